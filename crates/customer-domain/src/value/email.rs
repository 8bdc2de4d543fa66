//! V2 and V3: email addresses and their keys.

use std::sync::Arc;

use email_address::Options;
use memchr::{memchr, memrchr};

use crate::reason::Reason;
use crate::text::{self, Controls};

use super::{derived_string, domain, text_value};

/// An email address (V2), stored as received (T5).
///
/// At most 255 characters. The address is split at its last `@`:
///
/// - The *domain* has an ASCII form according to UTS #46 (IDNA), with at least two
///   labels, the last of which is not all digits. All limits apply to the ASCII
///   form: labels of 1 to 63 letters, digits and hyphens, at most 253 octets.
/// - The *local part* is a dot-atom of at most 64 octets of UTF-8 in NFC, not
///   quoted. Its characters are those of RFC 5322 and, beyond ASCII, all except
///   white space, invisible characters, noncharacters and private use.
///
/// If an address is accepted, every other spelling with the same
/// [`key`](Self::key) is accepted too, apart from the limits on lengths.
///
/// # Unicode versions
///
/// The accepted local parts do not depend on the version of Unicode. Domains do:
/// UTS #46 rejects unassigned characters. The version of the `idna_adapter` crate in
/// your `Cargo.lock` selects the tables, and so decides which of the newest
/// characters a domain may contain. Stored addresses stay readable either way (S8).
///
/// # Equality
///
/// Two values are *equal* if they are spelled alike, and *the same address* if their
/// keys are equal.
///
/// ```
/// use customer_domain::EmailAddress;
///
/// let one = EmailAddress::parse("Ann@BÜCHER.example")?;
/// let two = EmailAddress::parse("ann@xn--bcher-kva.example")?;
/// assert_eq!(one.as_str(), "Ann@BÜCHER.example");
/// assert_ne!(one, two);
/// assert_eq!(one.key(), two.key());
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(Arc<str>);

impl EmailAddress {
    /// The maximum length, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// The part before the last `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or(&self.0, |(local, _)| local)
    }

    /// The part after the last `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// V3: the form under which the address is unique within a team and is
    /// looked up.
    pub fn key(&self) -> EmailKey {
        if !self.0.is_ascii() {
            return EmailKey(full_key(&self.0).into());
        }
        // In ASCII, case folding and the ASCII form of a domain are both the lower
        // case; the tests compare them. Most addresses are lower case already, and share
        // their string. Not `any`, which the compiler does not turn into vector
        // instructions.
        let bytes = self.0.bytes();
        if bytes.fold(false, |any, byte| any | byte.is_ascii_uppercase()) {
            EmailKey(self.0.to_ascii_lowercase().into())
        } else {
            EmailKey(Arc::clone(&self.0))
        }
    }
}

text_value!(EmailAddress, "email address", check);

/// V3 for any stored value, which an older rule may have accepted (S8): a domain
/// without an ASCII form is case-folded like a local part, as is a value without `@`.
fn full_key(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return text::folded(address);
    };
    let mut key = text::folded(local);
    key.push('@');
    match domain::ascii_form(domain) {
        Some(ascii) => key.push_str(&ascii),
        None => key.push_str(&text::folded(domain)),
    }
    key
}

fn check(text: &str) -> Result<&str, Reason> {
    if is_common_address(text) {
        return Ok(text);
    }
    let text = text::check(text, EmailAddress::MAX_CHARS, Controls::Reject)?;
    if is_address(text) {
        Ok(text)
    } else {
        Err(Reason::InvalidEmail)
    }
}

/// The fast path: a [common local part](domain::is_common_local_part) in a
/// [common domain](domain::is_common_domain). It accepts nothing that
/// [`text::check`] trims or rejects, or that [`is_address`] rejects.
fn is_common_address(text: &str) -> bool {
    split_at_sign(text, memchr).is_some_and(|(local, domain)| {
        domain::is_common_local_part(local) && domain::is_common_domain(domain)
    })
}

/// The parts before and after the `@` that `find` finds, the first or the last one.
fn split_at_sign(text: &str, find: fn(u8, &[u8]) -> Option<usize>) -> Option<(&str, &str)> {
    let at = find(b'@', text.as_bytes())?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// V2. The `email_address` crate sees only ASCII, so that its Unicode tables, which
/// differ between versions, have no influence.
#[expect(
    clippy::disallowed_types,
    reason = "the only place that parses an address, with explicit options"
)]
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = split_at_sign(text, memrchr) else {
        return false;
    };
    // A domain without a dot is the most frequent error, and is detected without the
    // conversion. Only ASCII, because other scripts have other characters for the dot.
    if domain.is_ascii() && !domain.contains('.') {
        return false;
    }
    let Some(domain) = domain::ascii_form(domain) else {
        return false;
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    if top.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    // A domain in ASCII form is neither a literal nor the end of `Name <a@b>`, so that
    // the options for these do not matter.
    let options = Options::default().with_required_tld();
    local_skeleton(local).is_some_and(|local| {
        let skeleton = format!("{local}@{domain}");
        email_address::EmailAddress::parse_with_options(&skeleton, options).is_ok()
    })
}

/// The NFC form of a local part with every character beyond ASCII replaced by a
/// letter; `None` if V2 rejects one of its characters or its length.
///
/// Only the NFC form is checked: U+037E is a semicolon in it, and U+212A a `K`.
fn local_skeleton(local: &str) -> Option<String> {
    let local = text::composed(local);
    // The `email_address` crate would accept a quoted local part.
    if local.len() > domain::MAX_LOCAL_OCTETS || local.contains('"') {
        return None;
    }
    let letter = |c: char| match c {
        '\0'..='\x7F' => Some(c),
        _ if is_atom_character(c) => Some('a'),
        _ => None,
    };
    local.chars().map(letter).collect()
}

/// Whether a character beyond ASCII may be in a local part (V2).
fn is_atom_character(c: char) -> bool {
    let is_noncharacter = matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE;
    let is_private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    !(c.is_whitespace()
        || c.is_control()
        || text::is_default_ignorable(c)
        || is_noncharacter
        || is_private)
}

/// The key of an email address (V3): two addresses with one key are the same
/// address. A team has at most one customer per key (S2).
///
/// The local part under canonical caseless matching, NFC(toCasefold(NFD(local))) with
/// full case folding, which, unlike lower case, does not depend on a letter's position
/// in a word; and the domain in its ASCII form. No locale and no provider-specific
/// rules: `a.b@`, `ab@` and `a+tag@` are three addresses.
///
/// The key is defined for every stored address (S8). If an older rule accepted a domain
/// that has no ASCII form, its part of the key is NFC(toCasefold(NFD(domain))).
///
/// A store keeps the key next to the record and compares its bytes, so that the
/// database's definition of lower case has no influence. Case folding is stable: the
/// key of an address of assigned characters is the same in every later version
/// of Unicode (the Unicode character encoding stability policies, "Case
/// Folding Stability"). If the definition changes, increase
/// [`Column::KEY_VERSION`](crate::Column::KEY_VERSION).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailKey(Arc<str>);

derived_string!(EmailKey);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::string::string_regex;
    use unicode_normalization::UnicodeNormalization;

    use super::*;
    use crate::value::TextValue;

    /// Letters whose spellings differ in case, composition or compatibility: sharp s,
    /// long s, sigmas, dotted and dotless i, Kelvin, Ångström, ypogegrammeni, digraphs,
    /// ligatures, Cherokee, Hangul jamo, Hebrew, Arabic, Devanagari, Tamil, Thai, CJK.
    const LETTERS: &str = "a-eA-Eiklsß\u{1E9E}ſσςΣΐİıK\u{212B}ÅåéÉ\u{345}ᾳᾼǅŉﬀﬃꭰᎠᏸ\
        \u{1100}\u{1161}\u{11A8}가각אבابكरामனเว็字ぁが𐐀𐐨";
    /// Characters that V2 rejects, or that are a rejected ASCII character in NFC.
    const REJECTED: &str =
        "\u{37E}\u{2000}\u{1680}\u{200D}\u{AD}\u{3164}\u{E000}\u{FDD0}\u{10FFFF}(;\"";
    const MARKS: &str = "\u{300}\u{301}\u{302}\u{307}\u{308}\u{327}\u{338}\u{345}\u{93C}\u{3099}";
    const SIGNS: &str = "0-9._+/=`\u{1FEF}\u{387}·";

    fn key(text: &str) -> String {
        EmailAddress::parse(text).unwrap().key().as_str().to_owned()
    }

    fn stored_key(text: &str) -> String {
        EmailAddress::from_checked(text).key().as_str().to_owned()
    }

    #[test]
    fn v3_the_key_of_an_address_in_lower_case_shares_its_string() {
        for (text, is_shared) in [
            ("a.1@b.co", true),
            ("a@B.co", false),
            ("A@B.co", false),
            ("é@b.co", false),
        ] {
            let address = EmailAddress::parse(text).unwrap();
            let key = address.key();
            let shares = std::ptr::eq(key.as_str(), address.as_str());
            assert_eq!(shares, is_shared, "{text}");
        }
    }

    #[test]
    fn v2_email_addresses_are_accepted() {
        for text in [
            "a@b.co",
            "a+tag@b.co",
            "a.b@c-d.example",
            "o'neil!#$%&*/=?^_`{|}~@x.example",
            "ann@bücher.example",
            "δοκιμή@παράδειγμα.example",
            "राम@मोहन.ईन्फो",
            "info@เว็บ.ไทย",
            "info@paral·lel.cat",
            "cafe\u{301}@b.co",
            "\u{2800}😀\u{378}@b.co",
            "a@b\u{3002}co",
            "a@xn--bcher-kva.example",
            "a@президентскаябиблиотекамениельцина.com",
            "a@1.2.3.4a",
            "a@b\u{AD}c.co",
            &format!("{}@b.co", "l".repeat(64)),
            &format!(
                "{}@{}.{}.co",
                "l".repeat(64),
                "d".repeat(63),
                "e".repeat(63)
            ),
        ] {
            assert_eq!(
                EmailAddress::parse(text).map(String::from).as_deref(),
                Ok(text)
            );
        }
        let trimmed = EmailAddress::parse("\u{A0}a@b.co\n").map(String::from);
        assert_eq!(trimmed.as_deref(), Ok("a@b.co"));
    }

    #[test]
    fn v2_everything_else_is_rejected() {
        for text in [
            "acme.example",
            "@b.co",
            "a@",
            "a@localhost",
            "a@bücher",
            "a@b..co",
            "a@.b.co",
            "a@b.co.",
            "a@b.co\u{3002}",
            "a@-b.co",
            "a@b-.co",
            "a@-ü.co",
            "a@b/c.com",
            "a@b_c.example",
            "a@b=c.com",
            "a@b'c.com",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a b@c.co",
            "a@b c.co",
            "a@b@c.co",
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "a@[ü]",
            "a@b.123",
            "a@b.１２３",
            "\"a\"@b.co",
            "\"é\"@b.co",
            "\"a@b\"@c.co",
            "a\"b@c.co",
            "(c)a@b.co",
            "Ann <a@b.co>",
            "Ann <a@b.co",
            "é <a@b.co",
            "<a@b.co>",
            "mailto:a@b.co",
            "a@b.co,c@d.co",
            "a\u{200B}b@c.co",
            "a\u{200D}b@x.example",
            "a\u{2003}é@b.co",
            "a\u{37E}b@c.co",
            "a\u{E000}@b.co",
            "a\u{FDD0}@b.co",
            "a\u{FFFF}@b.co",
            "a\u{F0000}@b.co",
            "a@xn--a.example",
            "a@b.\u{3164}",
            "a@\u{3164}.co",
            "a@\u{37A}.co",
            "a@⑴.co",
            &format!("{}@b.co", "l".repeat(65)),
            &format!("a@{}.co", "d".repeat(64)),
            &format!("a@üüü{}.example", "x".repeat(54)),
        ] {
            let code = EmailAddress::parse(text).map_err(|e| e.code());
            assert_eq!(code, Err("INVALID_EMAIL"), "{text}");
        }
    }

    #[test]
    fn v2_an_address_has_at_most_255_characters() {
        let of = |n: usize| {
            let labels = ["d".repeat(60), "e".repeat(60), "f".repeat(60)].join(".");
            format!("{}@{labels}.{}", "l".repeat(10), "g".repeat(n - 11 - 183))
        };
        assert_eq!(of(250).len(), 250);
        assert!(EmailAddress::parse(&of(250)).is_ok());
        let code = EmailAddress::parse(&"l".repeat(256)).map_err(|e| e.code());
        assert_eq!(code, Err("TOO_LONG"));
        let code = EmailAddress::parse(&"l".repeat(255)).map_err(|e| e.code());
        assert_eq!(code, Err("INVALID_EMAIL"));
    }

    #[test]
    fn v2_the_local_part_has_at_most_64_octets_in_nfc() {
        for (local, is_valid) in [
            ("é".repeat(32), true),
            ("é".repeat(33), false),
            ("e\u{301}".repeat(32), true),
            ("e\u{301}".repeat(33), false),
            // U+212A has three octets; its NFC form is `K`.
            ("\u{212A}".repeat(64), true),
            ("\u{212A}".repeat(65), false),
            // U+0958 is excluded from composition: six octets in NFC, three as received.
            ("\u{958}".repeat(10), true),
            ("\u{958}".repeat(11), false),
        ] {
            let address = format!("{local}@b.co");
            assert_eq!(EmailAddress::parse(&address).is_ok(), is_valid, "{address}");
        }
    }

    #[test]
    fn v2_the_ascii_form_of_the_domain_has_at_most_253_octets() {
        // A label of one letter has seven octets in its ASCII form.
        let of = |labels: usize| format!("a@{}.co", vec!["ü"; labels].join("."));
        for (labels, octets, is_valid) in [(31, 250, true), (32, 258, false)] {
            let address = of(labels);
            let domain = address.strip_prefix("a@").unwrap();
            let ascii = idna::domain_to_ascii(domain).map(|ascii| ascii.len());
            assert_eq!(ascii.ok(), Some(octets));
            assert_eq!(EmailAddress::parse(&address).is_ok(), is_valid);
        }
    }

    #[test]
    fn v2_the_characters_of_a_local_part_are_defined_by_stable_properties() {
        let mut counts = [0; 2];
        for c in '\u{80}'..=char::MAX {
            let code = u32::from(c);
            let is_noncharacter = code % 0x1_0000 >= 0xFFFE || (0xFDD0..=0xFDEF).contains(&code);
            let is_private = (0xE000..=0xF8FF).contains(&code) || code >= 0xF_0000;
            counts[0] += u32::from(is_noncharacter);
            counts[1] += u32::from(is_private && !is_noncharacter);
            let is_invisible = text::is_invisible(c) && c != '\u{2800}';
            let is_rejected = is_noncharacter || is_private || is_invisible;
            assert_eq!(is_atom_character(c), !is_rejected, "{c:?}");
        }
        // The sizes that the Unicode Standard states.
        assert_eq!(counts, [66, 137_468]);
    }

    #[test]
    fn v2_a_character_is_accepted_in_every_spelling_or_in_none() {
        let is_accepted = |text: &str| local_skeleton(text).is_some();
        for c in '\u{80}'..=char::MAX {
            let text = String::from(c);
            let expected = is_accepted(&text);
            assert_eq!(is_accepted(&text::folded(&text)), expected, "{c:?}");
            let decomposed: String = text.nfd().collect();
            assert_eq!(is_accepted(&decomposed), expected, "{c:?}");
        }
    }

    #[test]
    fn v3_the_key_ignores_case_and_spelling() {
        for (one, other) in [
            ("ANN@Acme.Example", "ann@acme.example"),
            ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
            ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
            ("é@BÜCHER.example", "É@xn--bcher-kva.example"),
            ("a@b\u{3002}co", "a@b.co"),
            ("a@b\u{AD}c.co", "a@bc.co"),
            ("a@ｂ.co", "a@b.co"),
            ("a@faß.de", "a@xn--fa-hia.de"),
            ("STRASSE@b.co", "straße@b.co"),
            // The lower case of the first has a final sigma, unlike the second.
            ("ΟΔΟΣ@b.co", "οδοσ@b.co"),
            ("οδος@b.co", "οδοσ@b.co"),
            ("e\u{301}a@b.co", "\u{E9}a@b.co"),
            ("\u{212A}@b.co", "k@b.co"),
            ("\u{212B}@b.co", "a\u{30A}@b.co"),
            ("\u{1100}\u{1161}@b.co", "가@b.co"),
            // Case folding before decomposition would keep the marks in this order.
            ("α\u{345}\u{301}@b.co", "ά\u{3B9}@b.co"),
            ("\u{1FEF}@b.co", "`@b.co"),
        ] {
            assert_eq!(key(one), key(other), "{one}");
        }
        assert_eq!(key("\u{C9}a@b.co"), "\u{E9}a@b.co");
        assert_eq!(key("é@BÜCHER.example"), "é@xn--bcher-kva.example");
        assert_ne!(key("a@fass.de"), key("a@faß.de"));
    }

    #[test]
    fn v3_no_locale_applies() {
        assert_eq!(key("I@b.co"), "i@b.co");
        assert_ne!(key("ı@b.co"), key("i@b.co"));
        assert_eq!(key("İ@b.co"), key("i\u{307}@b.co"));
    }

    #[test]
    fn v3_no_provider_specific_rules_apply() {
        let keys = [
            key("a.b@c.co"),
            key("ab@c.co"),
            key("ab+tag@c.co"),
            key("a.b@c.com"),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(index + 1).all(|other| one != other));
        }
    }

    /// S8: values that an older rule accepted, or that any rule could have accepted.
    #[test]
    fn v3_every_stored_value_has_a_key() {
        for (text, expected) in [
            ("A@B/c.com", "a@b/c.com"),
            ("a@BÜ/c.com", "a@bü/c.com"),
            ("a@bu\u{308}/c.com", "a@bü/c.com"),
            ("É@b_C.com", "é@b_c.com"),
            ("É@localhost", "é@localhost"),
            ("A@b.co.", "a@b.co."),
            ("\"A@É\"@B.co", "\"a@é\"@b.co"),
            ("Acme", "acme"),
            ("ÉCOLE", "école"),
            ("É@", "é@"),
            ("@É", "@xn--9ca"),
            ("@", "@"),
        ] {
            assert_eq!(stored_key(text), expected, "{text}");
            assert_eq!(stored_key(expected), expected, "{text}");
        }
        let stored = EmailAddress::from_checked("Acme");
        assert_eq!((stored.local_part(), stored.domain()), ("Acme", ""));
        let stored = EmailAddress::from_checked("a@b@c");
        assert_eq!((stored.local_part(), stored.domain()), ("a@b", "c"));
    }

    #[test]
    fn v2_the_fast_path_accepts_nothing_that_the_rule_rejects() {
        // Whether the rule accepts a string as it is, without the fast path.
        let is_accepted = |text: &str| {
            let checked = text::check(text, EmailAddress::MAX_CHARS, Controls::Reject);
            checked == Ok(text) && is_address(text)
        };
        let mut accepted = 0;
        crate::value::every_string("a1-.@+é", 7, |text| {
            if is_common_address(text) {
                accepted += 1;
                assert!(is_accepted(text), "{text}");
            }
        });
        for c in '\0'..=char::MAX {
            for text in [format!("{c}@b.co"), format!("a@{c}.co"), format!("a@b.{c}")] {
                assert!(!is_common_address(&text) || is_accepted(&text), "{c:?}");
            }
        }
        assert!(accepted > 1_000);
        for octets in [63, 64, 65] {
            let long = "a".repeat(octets);
            for text in [
                format!("{long}@b.co"),
                format!("a@{long}.co"),
                format!("a@b.{long}"),
            ] {
                assert!(!is_common_address(&text) || is_accepted(&text), "{text}");
            }
        }
        assert!(is_common_address("a@b.co"));
        assert!(is_common_address("é@b.co"));
        assert!(is_common_address("a@é.co"));
        assert!(!is_common_address("字@b.co"));
        assert!(!is_common_address("a@字.co"));
        assert!(!is_common_address("a@xn--a.example"));
    }

    #[test]
    fn v3_the_lower_case_of_an_ascii_string_is_its_full_key() {
        crate::value::every_string("aXn-.@1", 6, |text| {
            assert_eq!(full_key(text), text.to_ascii_lowercase(), "{text}");
        });
        crate::value::every_string("aXn-k9", 5, |label| {
            let text = format!("A@xn--{label}.X");
            assert_eq!(full_key(&text), text.to_ascii_lowercase(), "{text}");
        });
    }

    /// Spellings of an address: unchanged, in NFC and NFD, in other cases, with the
    /// domain in its Unicode and ASCII forms.
    #[expect(clippy::disallowed_methods, reason = "other spellings, not keys")]
    fn spellings(address: &str) -> Vec<String> {
        let (local, domain) = address.rsplit_once('@').unwrap();
        let cases = |text: &str| {
            let (nfc, nfd): (String, String) = (text.nfc().collect(), text.nfd().collect());
            let folded = text::folded(text);
            let changed = [text.to_uppercase(), nfd.to_uppercase(), nfd.to_lowercase()];
            [vec![text.to_owned(), nfc, nfd, folded], changed.to_vec()].concat()
        };
        let unicode = idna::domain_to_unicode(domain).0;
        let domains = [
            cases(domain),
            cases(&unicode),
            domain::ascii_form(domain).map_or(vec![], |ascii| cases(&ascii)),
        ];
        let domains = domains.concat();
        let locals = cases(local);
        let pairs = locals.iter().flat_map(|local| {
            domains
                .iter()
                .map(move |domain| format!("{local}@{domain}"))
        });
        pairs.collect()
    }

    fn any_address() -> impl Strategy<Value = String> {
        let local = format!("[{LETTERS}{MARKS}{SIGNS}]{{1,8}}[{LETTERS}{REJECTED}]?");
        let label = format!("([xX]n--)?[{LETTERS}{MARKS}0-9-]{{0,6}}[{LETTERS}]");
        let top = "(co|ΣΑΣ|भारत|இந்தியா|닷컴|укр|ไทย|xn--p1ai|السعودية|ישראל)";
        let regex = |regex: &str| string_regex(regex).unwrap();
        (regex(&local), regex(&label), top)
            .prop_map(|(local, label, top)| format!("{local}@{label}.{top}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn v2_every_spelling_of_an_accepted_address_is_accepted(address in any_address()) {
            if EmailAddress::parse(&address).is_ok() {
                let key = stored_key(&address);
                prop_assert!(EmailAddress::parse(&key).is_ok(), "{}", key);
                prop_assert_eq!(stored_key(&key), &*key);
                for spelling in spellings(&address) {
                    if stored_key(&spelling) == key {
                        prop_assert!(EmailAddress::parse(&spelling).is_ok(), "{}", spelling);
                    }
                }
            }
        }
    }

    /// Ensures that the test above also sees accepted addresses.
    #[test]
    fn v2_half_of_the_generated_addresses_are_accepted() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let accepted = (0..400).filter(|_| {
            let address = any_address().new_tree(&mut runner).unwrap().current();
            EmailAddress::parse(&address).is_ok()
        });
        let accepted = accepted.count();
        assert!((100..300).contains(&accepted), "{accepted}");
    }
}
