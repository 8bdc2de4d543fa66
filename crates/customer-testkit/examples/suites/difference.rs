//! Intended differences between the rules and a suite. Each has a condition on the
//! string, so that it explains only the strings it applies to.

/// A rule that explains why a string is accepted or rejected contrary to the suite.
pub(crate) struct Difference {
    pub(crate) rule: &'static str,
    /// Whether the rules accept these strings.
    pub(crate) accepted: bool,
    pub(crate) applies: fn(&str) -> bool,
}

const fn rejects(rule: &'static str, applies: fn(&str) -> bool) -> Difference {
    Difference {
        rule,
        accepted: false,
        applies,
    }
}

const fn accepts(rule: &'static str, applies: fn(&str) -> bool) -> Difference {
    Difference {
        rule,
        accepted: true,
        applies,
    }
}

/// Email addresses.
pub(crate) const EMAIL: &[Difference] = &[
    rejects("V2: a local part is not quoted", |text| {
        local(text).contains('"')
    }),
    rejects("V2: no comments", |text| text.contains('(')),
    rejects("V2: no domain literals", |text| {
        domain(text).starts_with('[') && domain(text).ends_with(']')
    }),
    rejects("T3: no control characters", |text| {
        text.trim().contains(char::is_control)
    }),
    rejects("V2: no white space", |text| {
        text.trim().contains(char::is_whitespace)
    }),
    rejects("V2: no noncharacters", |text| text.contains('\u{FFFF}')),
    rejects("V2: at least two labels", |text| {
        !domain(text).contains('.')
    }),
    rejects("V2: the last label is not all digits", |text| {
        has_numeric_top(domain(text))
    }),
    rejects("V2: letters, digits and hyphens in a domain", |text| {
        domain(text)
            .contains(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-.".contains(c))
    }),
    rejects("V2: at most 64 octets in a local part", |text| {
        local(text).len() > 64
    }),
    rejects("V2: at most 63 octets in a label", |text| {
        domain(text).split('.').any(|label| label.len() > 63)
    }),
    rejects("V2: at most 253 octets in a domain", |text| {
        domain(text).len() > 253
    }),
    rejects("RULES, Record: at most 255 characters", |text| {
        text.chars().count() > 255
    }),
    accepts("T2: white space at the ends is trimmed", |text| {
        text.trim() != text
    }),
    rejects("T2: white space at the ends is trimmed", |text| {
        text.trim() != text && local(text.trim()).is_empty()
    }),
    rejects("V2: an A-label is valid Punycode", |text| {
        let has_prefix = |label: &str| label.to_ascii_lowercase().starts_with("xn--");
        let is_invalid = |label| has_prefix(label) && idna::domain_to_unicode(label).1.is_err();
        domain(text).split('.').any(is_invalid)
    }),
];

/// Host names: of a website with a protocol, and in an email address, followed by another
/// label.
pub(crate) const HOST: &[Difference] = &[
    rejects("V5: no invisible characters, such as joiners", |text| {
        text.contains(['\u{200C}', '\u{200D}'])
    }),
    accepts("T2: white space at the ends is trimmed", |text| {
        text.trim() != text
    }),
    accepts("V5: underscores", |text| text.contains('_')),
    // The format `hostname` is ASCII only.
    accepts("V2, V5: any spelling of the ASCII form", |text| {
        text == "example\u{FF0E}com" || text == "\u{212A}elvin.example.com"
    }),
    accepts("UTS #46: no CONTEXTO rules", |text| {
        // RFC 5892, appendices A.3 to A.9.
        unicode(text).contains(|c: char| {
            matches!(c, '\u{B7}' | '\u{375}' | '\u{5F3}' | '\u{5F4}' | '\u{30FB}'
                | '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}')
        })
    }),
    accepts("UTS #46: characters that IDNA 2008 disallows", |text| {
        // RFC 5892, section 2.6.
        unicode(text).contains(|c: char| {
            matches!(
                c,
                '\u{A1}' | '\u{640}' | '\u{7FA}' | '\u{302E}' | '\u{302F}' | '\u{3031}'
                    ..='\u{3035}' | '\u{303B}'
            )
        })
    }),
    accepts("V2, V5: hyphens in the third and fourth position", |text| {
        unicode(text)
            .split('.')
            .any(|label| label.chars().skip(2).take(2).eq(['-', '-']))
    }),
];

/// Domains of `IdnaTestV2.txt` in an email address.
pub(crate) const IDNA: &[Difference] = &[
    // Seal script, of Unicode 18. The suite is of Unicode 17.
    accepts("UTS #46: characters newer than the suite", |text| {
        unicode(text).contains(|c| ('\u{3D000}'..='\u{3FC3F}').contains(&c))
    }),
    rejects("V2: at least two labels", |text| {
        !unicode(text).contains('.')
    }),
    rejects("V2: the last label is not all digits", |text| {
        has_numeric_top(&unicode(text))
    }),
    accepts("V2, V5: hyphens in the third and fourth position", |text| {
        unicode(text)
            .split('.')
            .any(|label| label.chars().skip(2).take(2).eq(['-', '-']))
    }),
    accepts("T2: white space at the ends is trimmed", |text| {
        text.trim() != text
    }),
];

fn local(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local, _)| local)
}

fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

fn has_numeric_top(domain: &str) -> bool {
    let top = domain.rsplit('.').next().unwrap_or_default();
    top.chars().all(|c| c.is_ascii_digit())
}

/// The Unicode form of a domain, with replacement characters for invalid parts.
fn unicode(domain: &str) -> String {
    idna::domain_to_unicode(domain).0
}
