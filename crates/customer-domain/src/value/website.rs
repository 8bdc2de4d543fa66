//! V5: websites.

use std::sync::Arc;

use url::{Host, Url};

use crate::bytes::{any, equal, one_of, position};
use crate::reason::Reason;
use crate::text::{self, Controls};

use super::{domain, text_value};

/// The address of a website (V5), kept as it was sent (T5).
///
/// At most 255 characters, without white space, backslash or invisible
/// character. Either an `http://` or `https://` URL without credentials, whose
/// host is an IP address or a domain name; or the same without the protocol,
/// whose host is a domain name with a dot. The latter earns a warning,
/// [`WEBSITE_WITHOUT_PROTOCOL`](crate::WarningCode::WebsiteWithoutProtocol).
///
/// The `url` crate decides last. Alone it drops tabs and line breaks, and takes
/// `https:\\x`, `http:8080` and every other scheme.
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
    /// The longest address, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// Whether the address begins with `http://` or `https://`.
    #[must_use]
    pub fn has_protocol(&self) -> bool {
        self.0.starts_with("https://") || split_protocol(&self.0).is_some()
    }
}

text_value!(WebsiteUrl, "website", check);

fn check(text: &str) -> Result<&str, Reason> {
    let text = text::check(text, WebsiteUrl::MAX_CHARS, Controls::Refuse)?;
    if is_common_website(text) || is_website(text) {
        Ok(text)
    } else {
        Err(Reason::InvalidUrl)
    }
}

/// The short way: a [common domain](domain::is_common_domain), with or without
/// a protocol in lower case and a path. It takes nothing that [`is_website`]
/// would not.
fn is_common_website(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or(text);
    let slash = position(rest.as_bytes(), |word| equal(word, b'/'));
    match rest.split_at_checked(slash.unwrap_or(rest.len())) {
        // A colon could make a protocol of what looks like a domain.
        Some((domain, path)) => {
            domain::is_common_domain(domain)
                && !any(path.as_bytes(), |byte| byte == b':')
                && !has_refused_character(path)
        }
        None => false,
    }
}

/// White space, a backslash or an invisible character, in a text without
/// control characters.
fn has_refused_character(text: &str) -> bool {
    // In UTF-8 each of them begins with one of these bytes.
    let is_suspect =
        |byte| one_of(byte, [b' ', b'\\', 0xC2, 0xCD, 0xD8, 0xE1, 0xE2, 0xE3]) | (byte >= 0xEF);
    any(text.as_bytes(), is_suspect)
        && text
            .chars()
            .any(|c| c == '\\' || c.is_whitespace() || text::is_default_ignorable(c))
}

fn is_website(text: &str) -> bool {
    match split_protocol(text) {
        Some((scheme, rest)) => {
            let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
            web && !has_refused_character(text) && host_of(text, rest).is_some()
        }
        // What looks like another scheme, `javascript:…`, is told without the
        // crate: in its eyes it is a host with a port that is no number.
        None if !has_port_of_digits(authority(text)) => false,
        None => {
            !has_refused_character(text)
                && matches!(
                    host_of(&format!("https://{text}"), text),
                    Some(Host::Domain(domain)) if domain.contains('.')
                )
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

/// What stands before the path, the query and the fragment.
fn authority(text: &str) -> &str {
    text.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Whether nothing but digits stands after the first colon, if there is one.
fn has_port_of_digits(authority: &str) -> bool {
    let mut bytes = authority.bytes().skip_while(|byte| *byte != b':').skip(1);
    bytes.all(|byte| byte.is_ascii_digit())
}

/// The host of a URL, of which `rest` is what follows `://`, when it has a
/// usable one: no third slash, no credentials, no empty label.
fn host_of(url: &str, rest: &str) -> Option<Host<String>> {
    let authority = authority(rest);
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let host = Url::parse(url).ok()?.host()?.to_owned();
    match &host {
        Host::Domain(domain) if domain.split('.').any(str::is_empty) => None,
        Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => Some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(protocol(text), Ok(false), "{text}");
        }
    }

    #[test]
    fn v5_all_else_is_refused() {
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
        ] {
            assert_eq!(protocol(text), Err("INVALID_URL"), "{text}");
        }
        assert_eq!(protocol("https://acme\t.example"), Err("CONTROL_CHARACTER"));
    }

    #[test]
    fn v5_the_short_way_takes_nothing_that_the_long_way_refuses() {
        let mut taken = 0;
        crate::value::every_text("a1-./@?:", 6, |text| {
            for protocol in ["", "http://", "https://"] {
                let text = format!("{protocol}{text}");
                if is_common_website(&text) {
                    taken += 1;
                    assert!(is_website(&text), "{text}");
                }
            }
        });
        assert!(taken > 1_000);
        assert!(!is_common_website("https://xn--a.example"));
        assert!(!is_common_website("https://a.0x1"));
    }

    #[test]
    fn v5_every_character_that_shows_nothing_is_refused_and_no_other() {
        for c in ('\u{20}'..=char::MAX).filter(|c| !c.is_control()) {
            let is_refused = c == '\\' || text::shows_nothing(c) && c != '\u{2800}';
            assert_eq!(has_refused_character(&format!("/{c}")), is_refused, "{c:?}");
        }
    }

    #[test]
    fn v5_a_website_has_at_most_255_characters() {
        let of = |n: usize| format!("acme.example/{}", "é".repeat(n - 13));
        assert_eq!(protocol(&of(255)), Ok(false));
        assert_eq!(protocol(&of(256)), Err("TOO_LONG"));
    }
}
