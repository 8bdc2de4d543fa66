//! Generated email addresses and websites that are valid or almost valid (V2, V5), and
//! alternative spellings of an email address.

use arbitrary::{Result, Unstructured};
use unicode_normalization::UnicodeNormalization;

use crate::model;
use crate::random::Random;

/// Letters by script. Each line has some letters with several spellings: in case,
/// composition or compatibility form.
const SCRIPTS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "ABCIKSXYZ0123456789",
    "àéîõüçñășÀÉÎÜ\u{1E9E}ßſ\u{212A}\u{212B}Ååŉǰǅﬀﬃ",
    "iıIİ\u{307}\u{328}ĩį",
    "αάΑσςΣΐᾳᾼώὀΰ\u{345}\u{301}\u{387}\u{37A}",
    "абвгдеёйЁЙіїґЯ\u{306}",
    "աբգԱԲև",
    "אבגדש\u{5C1}\u{5BC}יִﬠ0٠",
    "ابتجیآ\u{653}۰٠ﻻ",
    "कखनमहऩड़\u{93E}\u{94B}\u{94D}\u{93C}\u{200D}\u{200C}",
    "অকয়ো\u{9CB}\u{9C7}\u{9BE}",
    "தமிழ\u{BCB}\u{BC6}\u{BBE}",
    "กขเแำ\u{E33}\u{E4D}ໜ",
    "가각한\u{1100}\u{1161}\u{11A8}ㄱﾡ",
    "かがハバ\u{3099}ﾊﾞ・",
    "中国國字﨑丽",
    "აბႠᲐⴀ",
    "ꭰᎠᏸꮿ",
    "𐐀𐐨𖺠𖺻",
    "ａＢ１𝐚𝟏ℵ㎏½",
    "😀👍🏽\u{2800}\u{378}·",
];

/// Characters that are special in an address, and characters that V2 rejects.
const SIGNS: &str = ".-_+@/'=%:*!`\u{1FEF} \"(<[\\,;\u{37E}\u{3002}．｡／\u{2000}\u{A0}\u{AD}\u{200B}\
    \u{200D}\u{3164}\u{E000}\u{FDD0}\u{FFFF}\u{F0000}\u{FF20}\u{2488}\u{2474}\u{338}\u{327}\u{0}";

const TOPS: &[&str] = &[
    "co",
    "com",
    "EXAMPLE",
    "भारत",
    "இந்தியா",
    "닷컴",
    "укр",
    "ไทย",
    "السعودية",
    "ישראל",
    "ευ",
    "xn--p1ai",
    "XN--FIQS8S",
    "xn--a",
    "1a",
    "123",
    "0x1",
    "１２",
];
const PROTOCOLS: &[&str] = &["", "http://", "https://", "HttpS://"];
const OTHER_SCHEMES: &[&str] = &[
    "https:",
    "https:/",
    "https:///",
    "//",
    "ftp://",
    "a.b://",
    "javascript:",
];
const IP_HOSTS: &[&str] = &[
    "1.2.3.4",
    "[::1]",
    "[::ffff:1.2.3.4]",
    "127.1",
    "0x7f.1",
    "1.2.3.4.",
    "[::1",
];
const PORTS: &[&str] = &[
    "", "", "", "", "", "", "", "", ":", ":80", ":8080", ":99999", ":x",
];
const PATHS: &[&str] = &[
    "",
    "",
    "",
    "",
    "/",
    "/shop",
    "?u=http://x@y",
    "#@",
    "/é字",
    "/%zz",
    "/:80//",
    "/\u{2800}",
    "/a b",
    "\\x",
    "/\u{200B}",
];

/// The `n`-th value for a seed.
///
/// # Panics
///
/// If `make` fails; no function of this module does.
pub fn numbered<T>(seed: u64, n: u64, make: fn(&mut Unstructured<'_>) -> Result<T>) -> T {
    let mut random = Random::new(seed, n);
    let bytes: Vec<u8> = (0..24).flat_map(|_| random.next().to_le_bytes()).collect();
    match make(&mut Unstructured::new(&bytes)) {
        Ok(value) => value,
        Err(error) => panic!("no value: {error}"),
    }
}

/// An email address, or a string similar to one.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn email(u: &mut Unstructured<'_>) -> Result<String> {
    let local = word(u, 12)?;
    let address = format!("{local}@{}", domain(u)?);
    changed(u, &address)
}

/// A website, or a string similar to one.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn website(u: &mut Unstructured<'_>) -> Result<String> {
    let host = match u.int_in_range(0..=7)? {
        0 => (*u.choose(IP_HOSTS)?).to_owned(),
        1 => label(u)?,
        2 => format!("my_{}", domain(u)?),
        _ => domain(u)?,
    };
    let protocols = if u.ratio(1, 8)? {
        OTHER_SCHEMES
    } else {
        PROTOCOLS
    };
    let (protocol, port, path) = (u.choose(protocols)?, u.choose(PORTS)?, u.choose(PATHS)?);
    changed(u, &format!("{protocol}{host}{port}{path}"))
}

/// Spellings of an email address: NFC, NFD, NFKC, other case, the Unicode and the ASCII
/// form of the domain, and the key itself. Most of them have the same key.
#[expect(clippy::disallowed_methods, reason = "other spellings, not keys")]
pub fn spellings(address: &str) -> Vec<String> {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let cases = |text: &str| {
        let nfd: String = text.nfd().collect();
        let upper = nfd.to_uppercase();
        let texts = [
            text.nfc().collect(),
            text.nfkc().collect(),
            text.to_lowercase(),
        ];
        [texts.to_vec(), vec![upper.nfc().collect(), upper, nfd]].concat()
    };
    let locals = cases(local);
    let mut spellings: Vec<String> = locals
        .iter()
        .map(|local| format!("{local}@{domain}"))
        .collect();
    let (unicode, _) = idna::domain_to_unicode(domain);
    for domain in [cases(domain), cases(&unicode)].concat() {
        spellings.push(format!("{local}@{domain}"));
    }
    if let Ok(ascii) = idna::domain_to_ascii(domain) {
        spellings.push(format!("{local}@{}", ascii.to_ascii_uppercase()));
    }
    spellings.push(model::email_key(address));
    spellings.sort_unstable();
    spellings.dedup();
    spellings
}

/// One or two labels and a top-level label.
fn domain(u: &mut Unstructured<'_>) -> Result<String> {
    let mut domain = String::new();
    for _ in 0..u.int_in_range(1..=2)? {
        domain.push_str(&label(u)?);
        domain.push(if u.ratio(1, 20)? { '\u{3002}' } else { '.' });
    }
    domain.push_str(u.choose(TOPS)?);
    // Sometimes near the maximum length.
    if u.ratio(1, 16)? {
        let filler = format!("{}.", "d".repeat(u.int_in_range(55..=63)?));
        domain.insert_str(0, &filler.repeat(u.int_in_range(1..=3)?));
    }
    Ok(domain)
}

/// A label: one in four in its ASCII form, and sometimes with an `xn--` prefix that is
/// not justified.
fn label(u: &mut Unstructured<'_>) -> Result<String> {
    let label = word(u, 8)?;
    Ok(match u.int_in_range(0..=7)? {
        0 | 1 => idna::domain_to_ascii(&label).unwrap_or(label),
        2 => format!("{label}-{}", word(u, 3)?),
        3 if u.ratio(1, 4)? => format!("xn--{label}"),
        _ => label,
    })
}

/// Letters of one script, sometimes with a letter of another script or any character.
fn word(u: &mut Unstructured<'_>, longest: usize) -> Result<String> {
    let mut script = *u.choose(SCRIPTS)?;
    let mut word = String::new();
    for _ in 0..u.int_in_range(1..=longest)? {
        match u.int_in_range(0..=63)? {
            0..=3 => script = u.choose(SCRIPTS)?,
            4 => word.push(u.arbitrary()?),
            5 => word.push('.'),
            _ => {}
        }
        word.push(character(u, script)?);
    }
    if u.ratio(1, 32)? {
        word = word.repeat(u.int_in_range(2..=16)?);
    }
    Ok(word)
}

fn character(u: &mut Unstructured<'_>, of: &str) -> Result<char> {
    let characters: Vec<char> = of.chars().collect();
    Ok(*u.choose(&characters)?)
}

/// The string; in one case of four with a character inserted or removed.
fn changed(u: &mut Unstructured<'_>, text: &str) -> Result<String> {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..u.int_in_range(0..=7_usize)?.saturating_sub(5) {
        let place = u.int_in_range(0..=characters.len())?;
        if place < characters.len() && u.arbitrary()? {
            characters.remove(place);
        } else {
            characters.insert(place, character(u, SIGNS)?);
        }
    }
    Ok(String::from_iter(characters))
}
