//! Bodies near the schema, out of any bytes: what a fuzzer or a random test
//! hands to the reader of an update or of a creation.

use arbitrary::{Result, Unstructured};

/// Names that mean something somewhere, and some that are near to one that does.
const NAMES: &[&str] = &[
    "customer",
    "email",
    "mainPhone",
    "website",
    "status",
    "billingAddress",
    "shippingAddress",
    "contacts",
    "uuid",
    "teamId",
    "createdAt",
    "updatedAt",
    "version",
    "Email",
    "billing_address",
    "billingAddress.city",
    "",
];
const ADDRESS_NAMES: &[&str] = &["street", "city", "state", "zipCode", "country", "zip"];
const CONTACT_NAMES: &[&str] = &["name", "email", "phone", "isPrimary", "role"];

const EMAILS: &[&str] = &[
    "a@b.co",
    "Billing@ACME.example",
    "billing@acme.example",
    "nope",
    "a@localhost",
    "a@1.2.3.4",
    "\"a\"@b.co",
    "Ann <a@b.co>",
    "a@b.co\n",
    "δ@παράδειγμα.example",
    "a@xn--bcher-kva.example",
    "a@b.１２",
    "a..b@c.co",
    "a@-b.co",
    "a@b_c.co",
    "a@xn--a.co",
    "a@b.co.",
    "a@b.\u{3164}",
];
const WEBSITES: &[&str] = &[
    "https://acme.example",
    "acme.example",
    "acme.example:8080",
    "http://x",
    "javascript:alert(1)",
    "ftp://x.example",
    "https:acme.example",
    "https:\\\\x",
    "https://u:p@x.example",
    "https://a.b/@",
    "HTTPS://A.b",
    "localhost:8080",
    "1.2.3.4",
    "https://1.2.3.4",
    "https://[::1]/",
    "//x.example",
    "https://a..b",
    "https://a.b.",
    "https:///a.b",
    "a.b?x=http://c",
    "mailto:a@b.co",
    "https://a.b:99999",
    "a.0x1",
    "https://xn--a.b",
    "a://b.c",
];
const PHONES: &[&str] = &["+14155550100", "0041 1", "(415) 555-0100", "+ 1", "00", "+"];
const STATUSES: &[&str] = &["active", "inactive", "ACTIVE", " active", ""];
const PRIMARY: &[&str] = &["true", "true", "false", "null"];
const NUMBERS: &[&str] = &["0", "-1.5e3", "1e999", "123456789012345678901234567890"];

/// Pieces of text, each likely to be judged in its own way.
const PIECES: &[&str] = &[
    "a",
    "B",
    "x",
    "0",
    "1",
    ".",
    "-",
    "@",
    "/",
    ":",
    "+",
    "?",
    "#",
    "_",
    "\\",
    ";",
    "$",
    "\"",
    "'",
    "<",
    ">",
    "(",
    ")",
    " ",
    "%41",
    "www.",
    "xn--",
    "http://",
    "https://",
    "example",
    "co",
    "é",
    "ß",
    "Σ",
    "ς",
    "İ",
    "字",
    "😀",
    "\u{301}",
    "。",
    "＠",
    "⑴",
    "٣",
    "１",
    "²",
    "\u{A0}",
    "\u{AD}",
    "\u{200B}",
    "\u{2800}",
    "\u{3164}",
    "\u{37A}",
    "\u{E0041}",
    "\u{FEFF}",
    "\0",
    "\n",
    "\t",
    "\u{85}",
    "[::1]",
    "1.2.3.4",
];

/// Lengths on both sides of each limit.
const LENGTHS: &[usize] = &[1, 49, 50, 51, 99, 100, 101, 254, 255, 256, 300];

/// How deep a value may be.
const DEPTH: usize = 3;

/// A body: most often one JSON object near the schema, with wrong types, names
/// that are unknown, repeated or escaped, and texts on the limits; now and then
/// cut off or with a byte changed.
///
/// ```
/// use arbitrary::Unstructured;
/// use customer_testkit::bodies::body;
///
/// let mut bytes = Unstructured::new(&[3; 64]);
/// assert!(body(&mut bytes)?.starts_with(b"{"));
/// # Ok::<(), arbitrary::Error>(())
/// ```
///
/// # Errors
///
/// As the source of bytes has them; out of bytes is none.
pub fn body(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut body = match u.int_in_range(0..=39)? {
        39 => value(u, 0)?,
        _ => object(u, 0, NAMES)?,
    }
    .into_bytes();
    let place = u.choose_index(body.len().max(1))?;
    match u.int_in_range(0..=39)? {
        39 => body.truncate(place),
        38 => body.insert(place, u.arbitrary()?),
        37 => body
            .splice(place..body.len().min(place + 1), [u.arbitrary()?])
            .for_each(drop),
        _ => {}
    }
    Ok(body)
}

/// A text, near to one that is valid somewhere.
///
/// # Errors
///
/// As the source of bytes has them; out of bytes is none.
pub fn text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=5)? {
        0 => text_of_pieces(u)?,
        1 => u
            .choose(&["n", "é", "😀", " ", "\u{200B}"])?
            .repeat(*u.choose(LENGTHS)?),
        2 => email_text(u)?,
        3 => website_text(u)?,
        4 => phone_text(u)?,
        _ => changed(u, STATUSES)?,
    })
}

pub(crate) fn email_text(u: &mut Unstructured<'_>) -> Result<String> {
    changed(u, EMAILS)
}

pub(crate) fn website_text(u: &mut Unstructured<'_>) -> Result<String> {
    changed(u, WEBSITES)
}

pub(crate) fn phone_text(u: &mut Unstructured<'_>) -> Result<String> {
    changed(u, PHONES)
}

fn text_of_pieces(u: &mut Unstructured<'_>) -> Result<String> {
    (0..u.int_in_range(0..=8)?)
        .map(|_| u.choose(PIECES).copied())
        .collect()
}

/// One of the texts, with a piece put in or a character taken out now and then.
fn changed(u: &mut Unstructured<'_>, texts: &[&str]) -> Result<String> {
    let mut characters: Vec<char> = u.choose(texts)?.chars().collect();
    for _ in 0..u.int_in_range(0..=2)? {
        let place = u.int_in_range(0..=characters.len())?;
        if place < characters.len() && u.arbitrary()? {
            characters.remove(place);
        } else {
            characters.splice(place..place, u.choose(PIECES)?.chars());
        }
    }
    Ok(String::from_iter(characters))
}

/// Any value.
fn value(u: &mut Unstructured<'_>, depth: usize) -> Result<String> {
    Ok(match u.int_in_range(0..=9)? {
        0 => "null".to_owned(),
        1 => "true".to_owned(),
        2 => (*u.choose(NUMBERS)?).to_owned(),
        3 if depth < DEPTH => list(u, |u| value(u, depth + 1))?,
        4 if depth < DEPTH => object(u, depth + 1, ADDRESS_NAMES)?,
        _ => {
            let text = text(u)?;
            string(u, &text)?
        }
    })
}

fn list(
    u: &mut Unstructured<'_>,
    mut item: impl FnMut(&mut Unstructured<'_>) -> Result<String>,
) -> Result<String> {
    let items = (0..u.int_in_range(0..=3)?)
        .map(|_| item(u))
        .collect::<Result<Vec<_>>>()?;
    Ok(format!("[{}]", items.join(",")))
}

fn object(u: &mut Unstructured<'_>, depth: usize, names: &[&str]) -> Result<String> {
    let mut members = Vec::new();
    for _ in 0..u.int_in_range(0..=6)? {
        let name = match u.int_in_range(0..=29)? {
            29 => text(u)?,
            _ => (*u.choose(names)?).to_owned(),
        };
        let space = *u.choose(&["", " ", "\n"])?;
        let value = member(u, depth, &name)?;
        members.push(format!("{space}{}:{space}{value}", string(u, &name)?));
    }
    if u.ratio(1, 40)? {
        let many = unknown_members(u)?;
        let place = u.int_in_range(0..=members.len())?;
        members.splice(place..place, many);
    }
    Ok(format!("{{{}}}", members.join(",")))
}

/// Many names that nobody knows, some of them twice, around the number that is
/// told and the length at which a path is cut.
fn unknown_members(u: &mut Unstructured<'_>) -> Result<Vec<String>> {
    let stem = "n".repeat(*u.choose(&[1, 80, 85, 98, 99, 101])?);
    let distinct = u.int_in_range(1..=120)?;
    Ok((0..u.int_in_range(0..=130)?)
        .map(|n| format!("\"{stem}{}\":{n}", n % distinct))
        .collect())
}

/// A value for the member of that name, three times out of four one of its kind.
fn member(u: &mut Unstructured<'_>, depth: usize, name: &str) -> Result<String> {
    if depth >= DEPTH || u.int_in_range(0..=3)? == 3 {
        return value(u, depth);
    }
    let text = match name {
        "billingAddress" | "shippingAddress" => return object(u, depth + 1, ADDRESS_NAMES),
        "contacts" => return list(u, |u| object(u, depth + 1, CONTACT_NAMES)),
        "isPrimary" => return Ok((*u.choose(PRIMARY)?).to_owned()),
        "email" => email_text(u)?,
        "website" => website_text(u)?,
        "mainPhone" | "phone" => phone_text(u)?,
        "status" => (*u.choose(STATUSES)?).to_owned(),
        _ => text_of_pieces(u)?,
    };
    string(u, &text)
}

/// The text as JSON, some of its characters escaped though they need not be, and
/// once in a while with half of a surrogate pair.
fn string(u: &mut Unstructured<'_>, text: &str) -> Result<String> {
    let style = u.int_in_range(0..=99)?;
    let mut json = String::from("\"");
    for (index, c) in text.chars().enumerate() {
        if c < ' ' || matches!(c, '"' | '\\') || (style > 80 && index % 3 == 0) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                json.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            json.push(c);
        }
    }
    if style == 99 {
        json.push_str("\\ud800");
    }
    json.push('"');
    Ok(json)
}
