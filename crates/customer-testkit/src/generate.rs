//! Generates request bodies, records and patches from arbitrary bytes, for fuzz targets,
//! property tests and the comparison with the [`model`](crate::model).
//!
//! The fields come from [`Field::ALL`]. A new field needs a line in `typical`, unless any
//! string is a typical value.

use arbitrary::{Result, Unstructured};
use customer_domain::{
    AddressField, ContactField, Customer, CustomerId, CustomerPatch, Field, NewCustomer, TeamId,
    Timestamp, Version,
};
use uuid::Uuid;

/// The members of an object, and other names similar to them.
#[derive(Clone, Copy)]
enum Kind {
    Body,
    Address,
    Contact,
}

impl Kind {
    fn known(self) -> Vec<&'static str> {
        match self {
            Self::Body => Field::ALL.iter().map(|field| field.as_str()).collect(),
            Self::Address => AddressField::ALL.iter().map(|f| f.as_str()).collect(),
            Self::Contact => ContactField::ALL.iter().map(|f| f.as_str()).collect(),
        }
    }

    const fn unknown(self) -> &'static [&'static str] {
        match self {
            Self::Body => &["Email", "billing_address", "billingAddress.city", ""],
            Self::Address => &["zip"],
            Self::Contact => &["role"],
        }
    }

    /// Member names of an object: known ones, each at most once, or any names.
    fn names(self, u: &mut Unstructured<'_>) -> Result<Vec<String>> {
        let mut names = Vec::new();
        if u.arbitrary()? {
            for name in self.known() {
                if !u.ratio(1, 4)? {
                    names.push(name.to_owned());
                }
            }
            return Ok(names);
        }
        for _ in 0..u.int_in_range(0..=6)? {
            names.push(match u.int_in_range(0..=29)? {
                29 => text(u)?,
                25..=28 => (*u.choose(self.unknown())?).to_owned(),
                _ => (*u.choose(&self.known())?).to_owned(),
            });
        }
        Ok(names)
    }
}

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
    "A@BÜCHER.example",
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
const UUIDS: &[&str] = &[
    "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "67E55044-10B1-426F-9247-BB680E5FE0C8",
    "67e5504410b1426f9247bb680e5fe0c8",
];
const PHONES: &[&str] = &["+14155550100", "0041 1", "(415) 555-0100", "+ 1", "00", "+"];
const STATUSES: &[&str] = &["active", "inactive", "ACTIVE", " active", ""];
const PRIMARY: &[&str] = &["true", "true", "false", "null"];
const NUMBERS: &[&str] = &["0", "-1.5e3", "1e999", "123456789012345678901234567890"];

/// Parts of strings that the rules treat differently.
const PIECES: &[&str] = &[
    "a", "B", "x", "0", "1", ".", "-", "@", "/", ":", "+", "?", "#", "_", "\\", ";", "$", "\"",
    "'", "<", ">", "(", ")", " ", "%41", "www.", "xn--", "http://", "https://", "example", "co",
    "é", "ß", "Σ", "ς", "İ", "字", "😀", "\u{301}", "。", "＠", "⑴", "٣", "１", "²", "\u{A0}",
    "\u{AD}", "\u{200B}", "\u{2800}", "\u{3164}", "\u{37A}", "\u{FEFF}", "\0", "\n", "\t",
    "\u{85}", "[::1]", "1.2.3.4",
];

/// Lengths around each limit.
const LENGTHS: &[usize] = &[1, 49, 50, 51, 99, 100, 101, 254, 255, 256, 300];

/// The maximum nesting depth of a value.
const DEPTH: usize = 3;

/// JSON tokens, and tokens that are not JSON.
const TOKENS: &[&str] = &[
    "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "0", "-", ".5", "e5", " ", "\n",
    "{}", "[]", "\"\"", r"\u0061", r"\ud83d", r"\ude00", r"\/", "//", "NaN", "'", "\0", "\u{FEFF}",
];

/// Bytes that are not UTF-8: a continuation, an overlong form, a surrogate.
const NOT_UTF8: &[&[u8]] = &[b"\x80", b"\xC0\x80", b"\xED\xA0\x80"];

/// The body of a request: a valid update or create, or an object close to one with wrong
/// types, unknown, repeated and escaped names, and strings around the limits. Half of the
/// bodies are mutated in one to three places.
///
/// ```
/// use arbitrary::Unstructured;
/// use customer_testkit::generate::body;
///
/// let mut bytes = Unstructured::new(&[3; 64]);
/// assert!(body(&mut bytes)?.starts_with(b"{"));
/// # Ok::<(), arbitrary::Error>(())
/// ```
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn body(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let body = match u.int_in_range(0..=39)? {
        0..=19 => object(u, 0, Kind::Body)?,
        20..=29 => update_body(u)?,
        30..=38 => create_body(u)?,
        _ => value(u, 0)?,
    };
    mutated(u, body.into_bytes())
}

/// The bytes unchanged, or mutated in one to three places: by a byte, a token, or another
/// part of the same bytes.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn mutated(u: &mut Unstructured<'_>, mut body: Vec<u8>) -> Result<Vec<u8>> {
    for _ in 0..u.int_in_range(0..=5)?.max(2) - 2 {
        let place = u.int_in_range(0..=body.len())?;
        let end = body.len().min(place + u.int_in_range(1..=12)?);
        match u.int_in_range(0..=6)? {
            0 => body.insert(place, u.arbitrary()?),
            1 => drop(body.splice(place..body.len().min(place + 1), [u.arbitrary()?])),
            2 => drop(body.splice(place..place, u.choose(TOKENS)?.bytes())),
            3 => drop(body.splice(place..place, u.choose(NOT_UTF8)?.iter().copied())),
            4 => drop(body.drain(place..end)),
            5 => {
                let part = body.get(place..end).unwrap_or_default().to_vec();
                let place = u.int_in_range(0..=body.len())?;
                drop(body.splice(place..place, part));
            }
            _ => body.truncate(place),
        }
    }
    Ok(body)
}

/// A row of a bulk update, usually with the identifier of a customer (B1).
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn row(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let body = body(u)?;
    Ok(match u.int_in_range(0..=3)? {
        3 => body,
        _ => with_id(&body),
    })
}

/// The body with the identifier of a customer added, if it is an object.
pub(crate) fn with_id(body: &[u8]) -> Vec<u8> {
    let body = body.trim_ascii();
    let Some(members) = body.strip_prefix(b"{") else {
        return body.to_vec();
    };
    let id = format!(r#"{{"uuid":"{}""#, UUIDS[0]);
    let comma = if members.trim_ascii() == b"}" {
        ""
    } else {
        ","
    };
    [id.as_bytes(), comma.as_bytes(), members].concat()
}

/// The body of a valid update (RULES, Patch).
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn update_body(u: &mut Unstructured<'_>) -> Result<String> {
    let mut members = Vec::new();
    for field in Field::ALL.iter().filter(|field| field.is_patchable()) {
        if u.arbitrary()? {
            members.extend(valid_member(u, *field)?);
        }
    }
    in_random_order(u, members)
}

/// The body of a valid create (RULES, Create).
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn create_body(u: &mut Unstructured<'_>) -> Result<String> {
    let mut members = Vec::new();
    for field in Field::ALL {
        let otherwise = match *field {
            Field::Name => Some(r#""customer":"Acme""#.to_owned()),
            Field::Email => Some(r#""email":"a@b.co""#.to_owned()),
            _ => None,
        };
        if field.is_patchable() || *field == Field::Contacts {
            members.extend(valid_member(u, *field)?.or(otherwise));
        }
    }
    in_random_order(u, members)
}

fn in_random_order(u: &mut Unstructured<'_>, members: Vec<String>) -> Result<String> {
    let mut ordered = Vec::new();
    for member in members {
        let place = u.int_in_range(0..=ordered.len())?;
        ordered.insert(place, member);
    }
    Ok(format!("{{{}}}", ordered.join(",")))
}

/// The field with a valid value, as a member of an object; `None` if the bytes give an
/// invalid value.
fn valid_member(u: &mut Unstructured<'_>, field: Field) -> Result<Option<String>> {
    let name = string(u, field.as_str())?;
    let value = match u.int_in_range(0..=5)? {
        0 => "null".to_owned(),
        _ => typical(u, 0, field.as_str())?,
    };
    let member = format!("{name}:{value}");
    let is_valid = if field.is_patchable() {
        CustomerPatch::from_json(format!("{{{member}}}").as_bytes()).is_ok()
    } else {
        let body = format!(r#"{{"customer":"Acme","email":"a@b.co",{member}}}"#);
        NewCustomer::from_json(body.as_bytes()).is_ok()
    };
    Ok(is_valid.then_some(member))
}

/// A patch.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
///
/// # Panics
///
/// If fields that are valid separately are not valid in one body.
pub fn patch(u: &mut Unstructured<'_>) -> Result<CustomerPatch> {
    Ok(valid(CustomerPatch::from_json(update_body(u)?.as_bytes())))
}

/// A record.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
///
/// # Panics
///
/// If fields that are valid separately are not valid in one body.
pub fn customer(u: &mut Unstructured<'_>) -> Result<Customer> {
    let new: NewCustomer = valid(NewCustomer::from_json(create_body(u)?.as_bytes()));
    let id = CustomerId::from(Uuid::from_u128(u.arbitrary()?));
    // Few teams, so that two records are often in the same one.
    let team = TeamId::from(Uuid::from_u128(u.int_in_range(1..=3)?));
    let mut record = new.into_customer(id, team, timestamp(u)?).into_record();
    record.updated_at = timestamp(u)?;
    // A store keeps versions of up to 63 bits.
    let version = Version::from_stored(u.int_in_range(1..=i64::MAX as u64 - 9)?);
    Ok(record.into_customer(team, version.unwrap_or(Version::FIRST)))
}

/// A time; half of them are from a short list, so that two times can be equal.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn timestamp(u: &mut Unstructured<'_>) -> Result<Timestamp> {
    let micros = if u.arbitrary()? {
        u.int_in_range(0..=3)?
    } else {
        // Not the maximum, which has no later time.
        u.int_in_range(Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros() - 9)?
    };
    Ok(Timestamp::from_micros(micros).unwrap_or(Timestamp::MIN))
}

/// A string that is similar to a valid value of some field.
///
/// # Errors
///
/// Errors of the source of bytes; running out of bytes is not an error.
pub fn text(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(match u.int_in_range(0..=5)? {
        0 => string_of_pieces(u)?,
        1 => u
            .choose(&["n", "é", "😀", " ", "\u{200B}", "\u{E0041}"])?
            .repeat(*u.choose(LENGTHS)?),
        2 => changed(u, EMAILS)?,
        3 => changed(u, WEBSITES)?,
        4 => changed(u, PHONES)?,
        _ => changed(u, STATUSES)?,
    })
}

fn string_of_pieces(u: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=8)? {
        match u.int_in_range(0..=9)? {
            9 => text.push(u.arbitrary()?),
            _ => text.push_str(u.choose(PIECES)?),
        }
    }
    Ok(text)
}

/// One of the strings, sometimes with a piece inserted or a character removed.
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

/// Any JSON value.
fn value(u: &mut Unstructured<'_>, depth: usize) -> Result<String> {
    Ok(match u.int_in_range(0..=9)? {
        0 => "null".to_owned(),
        1 => "true".to_owned(),
        2 => (*u.choose(NUMBERS)?).to_owned(),
        3 if depth < DEPTH => list(u, |u| value(u, depth + 1))?,
        4 if depth < DEPTH => object(u, depth + 1, Kind::Address)?,
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

fn object(u: &mut Unstructured<'_>, depth: usize, kind: Kind) -> Result<String> {
    let mut members = Vec::new();
    for name in kind.names(u)? {
        let space = *u.choose(&["", " ", "\n"])?;
        let value = match u.int_in_range(0..=5)? {
            5 => value(u, depth)?,
            _ => typical(u, depth, &name)?,
        };
        members.push(format!("{space}{}:{space}{value}", string(u, &name)?));
    }
    if u.ratio(1, 40)? {
        let many = unknown_members(u)?;
        let place = u.int_in_range(0..=members.len())?;
        members.splice(place..place, many);
    }
    Ok(format!("{{{}}}", members.join(",")))
}

/// Many unknown names, some of them repeated, around the limits of the number of
/// violations and of the path length (P11).
fn unknown_members(u: &mut Unstructured<'_>) -> Result<Vec<String>> {
    let stem = "n".repeat(*u.choose(&[1, 80, 85, 98, 99, 101])?);
    let distinct = u.int_in_range(1..=120)?;
    Ok((0..u.int_in_range(0..=130)?)
        .map(|n| format!("\"{stem}{}\":{n}", n % distinct))
        .collect())
}

/// A value of the type of the field with that name, often a valid one.
fn typical(u: &mut Unstructured<'_>, depth: usize, name: &str) -> Result<String> {
    let text = match name {
        "billingAddress" | "shippingAddress" if depth < DEPTH => {
            return object(u, depth + 1, Kind::Address);
        }
        "contacts" if depth < DEPTH => return list(u, |u| object(u, depth + 1, Kind::Contact)),
        "isPrimary" => return Ok((*u.choose(PRIMARY)?).to_owned()),
        "uuid" => changed(u, UUIDS)?,
        "email" => changed(u, EMAILS)?,
        "website" => changed(u, WEBSITES)?,
        "mainPhone" | "phone" => changed(u, PHONES)?,
        "status" => (*u.choose(STATUSES)?).to_owned(),
        _ => string_of_pieces(u)?,
    };
    string(u, &text)
}

/// The string as JSON. Sometimes characters are escaped unnecessarily, and rarely it ends
/// with half a surrogate pair.
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

fn valid<T, E: std::fmt::Display>(read: std::result::Result<T, E>) -> T {
    match read {
        Ok(value) => value,
        Err(error) => panic!("a generated value is invalid: {error}"),
    }
}
