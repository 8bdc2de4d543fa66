//! The credentials of the programs that measure the server.

/// The secret of the client `shop`.
pub(crate) const SECRET: &str = "kept-between-the-client-and-the-server";

/// A token of the client.
pub(crate) const TOKEN: &str = "a-token-drawn-at-random";

/// A configuration with that client and that token, and with that rate limit.
pub(crate) fn config(requests_per_minute: u32) -> String {
    format!(
        r#"
[[clients]]
id = "shop"
secret = "{SECRET}"
teams = ["00000000-0000-0000-0000-000000000001"]

[[tokens]]
sha256 = "99d75b059e03325c14b8af6df846229105f1f9a763dd8800e167e30646218b94"
user = "u-17"
team = "00000000-0000-0000-0000-000000000001"

[rate_limit]
requests_per_minute = {requests_per_minute}
"#
    )
}
