//! V5: websites.

use std::sync::Arc;

use memchr::memchr;
use url::{Host, Url};

use crate::bytes::{any, one_of};
use crate::reason::Reason;
use crate::text::{self, Controls};

use super::{domain, text_value};

/// The address of a website (V5), stored as received (T5).
///
/// At most 255 characters, without white space, backslashes or invisible characters.
/// Either an `http://` or `https://` URL without credentials, whose host is an IP
/// address or a host name; or the same without the protocol, whose host is a host name
/// with a dot. The latter produces a warning,
/// [`WEBSITE_WITHOUT_PROTOCOL`](crate::WarningCode::WebsiteWithoutProtocol).
///
/// A host name consists of labels of 1 to 63 letters, digits, hyphens and underscores
/// in ASCII form, without a hyphen at either end of a label, at most 253 octets in
/// total.
///
/// The `url` crate parses what passes these checks. On its own it drops tabs and line
/// breaks, and accepts `https:\\x`, `http:8080`, `https://*.x` and every other scheme.
///
/// ```
/// use customer_domain::WebsiteUrl;
///
/// assert!(WebsiteUrl::parse("https://acme.example/shop")?.has_protocol());
/// assert!(!WebsiteUrl::parse("acme.example/shop")?.has_protocol());
/// assert!(WebsiteUrl::parse("javascript:alert(1)").is_err());
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebsiteUrl(Arc<str>);

impl WebsiteUrl {
    /// The maximum length, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// Whether the address begins with `http://` or `https://`, in any case.
    ///
    /// If it does not, do not use the value as a link: a browser treats it as a
    /// relative reference, and a stored value that an older rule accepted (S8) may have
    /// another scheme.
    pub fn has_protocol(&self) -> bool {
        self.0.starts_with("https://")
            || split_protocol(&self.0).is_some_and(|(scheme, _)| is_web(scheme))
    }
}

text_value!(WebsiteUrl, "website", check);

fn check(text: &str) -> Result<&str, Reason> {
    if is_common_website(text) {
        return Ok(text);
    }
    let text = text::check(text, WebsiteUrl::MAX_CHARS, Controls::Reject)?;
    if is_website(text) {
        Ok(text)
    } else {
        Err(Reason::InvalidUrl)
    }
}

/// The fast path: a [common domain](domain::is_common_domain), with or without
/// a protocol in lower case and a path. It accepts nothing that [`text::check`] trims or
/// rejects, or that [`is_website`] rejects.
fn is_common_website(text: &str) -> bool {
    // A character has at least one byte.
    if text.len() > WebsiteUrl::MAX_CHARS {
        return false;
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text);
    let slash = memchr(b'/', rest.as_bytes());
    match rest.split_at_checked(slash.unwrap_or(rest.len())) {
        Some((domain, path)) => domain::is_common_domain(domain) && !has_rejected_character(path),
        None => false,
    }
}

/// Whether a string contains white space, a control character, a backslash or an invisible
/// character.
fn has_rejected_character(text: &str) -> bool {
    // The fast path: in UTF-8, each of these characters begins with one of these bytes.
    let may_be_rejected = |byte| {
        one_of(byte, [b'\\', 0x7F, 0xC2, 0xCD, 0xD8, 0xE1, 0xE2, 0xE3])
            | (byte <= b' ')
            | (byte >= 0xEF)
    };
    let is_rejected =
        |c: char| c == '\\' || c.is_whitespace() || c.is_control() || text::is_default_ignorable(c);
    any(text.as_bytes(), may_be_rejected) && text.chars().any(is_rejected)
}

fn is_website(text: &str) -> bool {
    match split_protocol(text) {
        Some((scheme, rest)) => {
            is_web(scheme) && !has_rejected_character(text) && has_host(text, rest, is_host)
        }
        // Rejects another scheme, such as `javascript:…`, without parsing it: after
        // `https://` it would be a host with a port that is not a number.
        None if !has_port_of_digits(authority(text)) => false,
        None => {
            let url = format!("https://{text}");
            !has_rejected_character(text) && has_host(&url, text, is_host_name_with_dot)
        }
    }
}

/// The scheme (RFC 3986, section 3.1) and what follows `://`, if there is one.
fn split_protocol(text: &str) -> Option<(&str, &str)> {
    let is_of_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let end = text.bytes().position(|b| !is_of_scheme(b))?;
    let (scheme, rest) = text.split_at_checked(end)?;
    let rest = rest.strip_prefix("://")?;
    scheme
        .starts_with(|c: char| c.is_ascii_alphabetic())
        .then_some((scheme, rest))
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// The part before the path, the query and the fragment.
fn authority(text: &str) -> &str {
    text.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Whether only digits follow the first colon, if there is one.
fn has_port_of_digits(authority: &str) -> bool {
    let mut bytes = authority.bytes().skip_while(|byte| *byte != b':').skip(1);
    bytes.all(|byte| byte.is_ascii_digit())
}

/// Whether a URL has an allowed host. `rest` is what follows `://` in it. Its authority
/// must not be empty (a third slash) and must not contain credentials or percent
/// encoding.
fn has_host(url: &str, rest: &str, is_allowed: fn(&Host<&str>) -> bool) -> bool {
    let authority = authority(rest);
    if authority.is_empty() || authority.contains(['@', '%']) {
        return false;
    }
    let url = Url::parse(url);
    url.is_ok_and(|url| url.host().is_some_and(|host| is_allowed(&host)))
}

fn is_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => domain::is_host_name(name),
        Host::Ipv4(_) | Host::Ipv6(_) => true,
    }
}

fn is_host_name_with_dot(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.contains('.') && domain::is_host_name(name),
        Host::Ipv4(_) | Host::Ipv6(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::TextValue;

    fn protocol(text: &str) -> Result<bool, &'static str> {
        WebsiteUrl::parse(text)
            .map(|website| website.has_protocol())
            .map_err(|error| error.code())
    }

    #[test]
    fn v5_with_a_protocol() {
        for text in [
            "https://acme.example",
            "http://acme.example",
            "HTTPS://Acme.Example/Shop",
            "https://acme.example:8443/a/b?c=d@e#f@g",
            "https://acme.example?u=a@b",
            "https://acme.example#a@b",
            "https://acme.example//x",
            "https://bücher.example",
            "https://localhost:8080",
            "http://127.0.0.1/",
            "http://[2001:db8::1]:80/",
            "https://acme.example/%20?q=1",
            "https://acme.example?a%2Fb#%2F",
            "https://my_shop.example",
            "https://_a.b_",
            "https://acme.example:",
            "https://acme.example:/",
            "https://xn--bcher-kva.example",
            "https://a\u{3002}b",
            &format!("https://{}.b", "a".repeat(63)),
        ] {
            assert_eq!(protocol(text), Ok(true), "{text}");
        }
    }

    #[test]
    fn v5_without_a_protocol() {
        for text in [
            "acme.example",
            "acme.example/shop",
            "acme.example:8080",
            "www.bücher.example?x=y",
            "acme.example/go?to=https://b.example",
            "acme.example/a@b",
            "acme.example:",
            "my_shop.example",
            "a\u{3002}b",
            "acme.example/%20",
        ] {
            assert_eq!(protocol(text), Ok(false), "{text}");
        }
    }

    #[test]
    fn v5_everything_else_is_rejected() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://x.example",
            "mailto:a@b.co",
            "https:acme.example",
            "https:/acme.example",
            "https:///acme.example",
            "https://",
            "https://?x",
            "https://#x",
            "https:\\\\acme.example",
            "https://acme.example\\x",
            "http:8080",
            "localhost",
            "localhost:8080",
            "127.0.0.1",
            "127.0.0.1:80",
            "[2001:db8::1]",
            "/acme.example",
            "//acme.example",
            "?acme.example",
            "#acme.example",
            ":8080",
            "://acme.example",
            "acme.example://x",
            "view-source://acme.example",
            "https://user:pw@acme.example",
            "https://@acme.example",
            "user@acme.example",
            "https://acme .example",
            "https://acme.example/a b",
            "https://acme.example/\u{200B}",
            "https://ac\u{AD}me.example",
            "https://acme.example./",
            "acme.example.",
            "https://acme..example",
            ".acme.example",
            "https://acme.example:99999",
            "https://acme.example:x",
            "https://[::1",
            "https://1.2.3.4.5",
            "https://xn--a.example",
            "$$$.!!!",
            "https://*.foo.com",
            "https://-hello/",
            "https://hello-/",
            "https://a.-b",
            "-a.b",
            "https://-ü.example",
            "https://xn----eha.example",
            "https://a~b.example",
            "https://a!.example",
            "https://acme%2Eexample",
            "https://%61cme.example",
            "https://acme.example:%38",
            "acme%2Eexample",
            "acme.example\u{3002}",
            "https://\u{3164}.b",
            &format!("https://{}.b", "a".repeat(64)),
            &format!("{}.b", "a".repeat(64)),
            &format!("https://{}co", "ü.".repeat(32)),
        ] {
            assert_eq!(protocol(text), Err("INVALID_URL"), "{text}");
        }
        assert_eq!(protocol("https://acme\t.example"), Err("CONTROL_CHARACTER"));
    }

    /// S8: what an older rule accepted, and what any rule could have.
    #[test]
    fn v5_every_stored_value_has_a_protocol_or_none() {
        for (text, has_protocol) in [
            ("https://*.foo.com", true),
            ("HTTP://x", true),
            ("https://", true),
            ("https:x", false),
            ("https:/x", false),
            ("ftp://old.example", false),
            ("httpsx://a.b", false),
            ("javascript://a.b", false),
            ("javascript:alert(1)", false),
            ("://", false),
            ("é", false),
        ] {
            let stored = WebsiteUrl::from_checked(text);
            assert_eq!(stored.has_protocol(), has_protocol, "{text}");
        }
    }

    /// Whether the rule accepts a string as it is, without the fast path.
    fn is_accepted(text: &str) -> bool {
        let checked = text::check(text, WebsiteUrl::MAX_CHARS, Controls::Reject);
        checked == Ok(text) && is_website(text)
    }

    #[test]
    fn v5_the_fast_path_accepts_nothing_that_the_rule_rejects() {
        let mut accepted = 0;
        crate::value::every_string("a1-./@?é", 6, |text| {
            for protocol in ["", "http://", "https://"] {
                let text = format!("{protocol}{text}");
                if is_common_website(&text) {
                    accepted += 1;
                    assert!(is_accepted(&text), "{text}");
                }
            }
        });
        assert!(accepted > 1_000);
        assert!(is_common_website("acme.example/a:b"));
        assert!(!is_common_website("acme.example/\u{200B}"));
        assert!(!is_common_website("https://xn--a.example"));
        assert!(!is_common_website("https://a.0x1"));
        assert!(is_common_website("https://bücher.example/é"));
        assert!(!is_common_website("https://字.example"));
    }

    proptest! {
        #[test]
        fn v5_the_fast_path_agrees_on_any_path(
            host in "(https?://)?[a-zé0-9.-]{1,8}",
            path in "(/[ -~é字\u{AD}\u{2003}😀]{0,20}[\n\u{7F}\u{80}\u{85} ]?)?",
        ) {
            let text = format!("{host}{path}");
            prop_assert!(!is_common_website(&text) || is_accepted(&text));
        }
    }

    #[test]
    fn v5_exactly_the_invisible_characters_are_rejected() {
        for c in '\0'..=char::MAX {
            let is_rejected = c == '\\' || text::is_invisible(c) && c != '\u{2800}';
            assert_eq!(
                has_rejected_character(&format!("/{c}")),
                is_rejected,
                "{c:?}"
            );
        }
    }

    #[test]
    fn v5_a_website_has_at_most_255_characters() {
        for letter in ["a", "é"] {
            let of = |n: usize| format!("acme.example/{}", letter.repeat(n - 13));
            assert_eq!(protocol(&of(255)), Ok(false));
            assert_eq!(protocol(&of(256)), Err("TOO_LONG"));
        }
    }
}
