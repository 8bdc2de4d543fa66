//! Options of `customer sign`.

use std::path::PathBuf;

use clap::Args;
use customer_domain::Timestamp;
use http::{Method, Uri};

/// Sign a request and print it as a curl command
///
/// The secret is that of a client in the configuration of the server. The bearer
/// token is not part of the signature: the curl command reads it from the
/// environment variable CUSTOMER_TOKEN. A signature is valid for 5 minutes, or as
/// configured, and for one write.
#[derive(Args, Debug)]
#[command(after_help = SIGN_HELP, verbatim_doc_comment)]
pub(crate) struct SignArgs {
    /// Request method
    #[arg(value_parser = method)]
    pub(crate) method: Method,

    /// URL of the request
    #[arg(value_parser = url)]
    pub(crate) url: Uri,

    /// Configuration file of the server, with the secret of the client
    #[arg(long, env = "CUSTOMER_CONFIG", value_name = "FILE")]
    pub(crate) config: PathBuf,

    /// Id of the client; required if the configuration has several
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<String>,

    /// File with the request body
    #[arg(long, value_name = "FILE")]
    pub(crate) body: Option<PathBuf>,

    /// Time of the signature, in RFC 3339; by default the system clock
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,

    /// Print only the headers, one per line
    #[arg(long)]
    pub(crate) headers: bool,
}

fn method(text: &str) -> Result<Method, http::method::InvalidMethod> {
    text.to_ascii_uppercase().parse()
}

fn url(text: &str) -> Result<Uri, &'static str> {
    let url: Option<Uri> = text.parse().ok();
    let is_http = |url: &Uri| matches!(url.scheme_str(), Some("http" | "https"));
    url.filter(is_http)
        .ok_or("expected a URL that begins with http:// or https://")
}

const SIGN_HELP: &str = r#"Examples:
  customer sign GET http://localhost:8080/partners/customers --config server.toml | sh
  customer sign POST "$URL" --config server.toml --body customer.json --headers |
    curl -H @- -H "authorization: Bearer $CUSTOMER_TOKEN" \
      -H "content-type: application/json" --data-binary @customer.json "$URL""#;
