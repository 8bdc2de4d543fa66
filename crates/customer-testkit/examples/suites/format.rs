//! Parsers for the formats of the suites.

use serde::Deserialize;

/// A string and whether the suite calls it valid.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) is_valid: bool,
}

/// A row of `IdnaTestV2.txt`: the source with the status of `toAsciiN`, and the results
/// of `toUnicode` and `toAsciiN`.
pub(crate) struct IdnaRow {
    pub(crate) case: Case,
    pub(crate) unicode: String,
    pub(crate) ascii: String,
}

/// The addresses of an isemail file. Only the category `ISEMAIL_ERR` is invalid; the
/// others are valid by some RFC.
pub(crate) fn isemail(xml: &str) -> Vec<Case> {
    let tests = xml.split("<test ").skip(1);
    let case = |test| Case {
        text: control_characters(&unescape_xml(element(test, "address"))),
        is_valid: element(test, "category") != "ISEMAIL_ERR",
    };
    tests.map(case).collect()
}

/// The content of the first element with that name; empty if there is none.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let start = xml.split_once(&format!("<{name}>"));
    let content = start.and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    content.map_or("", |(content, _)| content)
}

fn unescape_xml(text: &str) -> String {
    let mut parts = text.split('&');
    let mut unescaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').unwrap_or((part, ""));
        let code = match entity.strip_prefix("#x") {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
            None => entity.strip_prefix('#').and_then(|code| code.parse().ok()),
        };
        let named = [
            ("amp", '&'),
            ("lt", '<'),
            ("gt", '>'),
            ("quot", '"'),
            ("apos", '\''),
        ];
        let named = named.into_iter().find(|(name, _)| *name == entity);
        let character = code.and_then(char::from_u32).or(named.map(|(_, c)| c));
        unescaped.extend(character);
        unescaped.push_str(rest);
    }
    unescaped
}

/// The files represent a control character as U+2400 plus its code.
fn control_characters(text: &str) -> String {
    let control = |c: char| match u32::from(c) {
        code @ 0x2400..=0x241F => char::from_u32(code - 0x2400).unwrap_or(c),
        _ => c,
    };
    text.chars().map(control).collect()
}

/// The strings of a file of the JSON Schema suite.
pub(crate) fn json_schema(json: &str) -> Result<Vec<Case>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Group {
        tests: Vec<Test>,
    }
    #[derive(Deserialize)]
    struct Test {
        data: serde_json::Value,
        valid: bool,
    }
    let groups: Vec<Group> = serde_json::from_str(json)?;
    let tests = groups.into_iter().flat_map(|group| group.tests);
    let case = |test: Test| {
        Some(Case {
            text: test.data.as_str()?.to_owned(),
            is_valid: test.valid,
        })
    };
    Ok(tests.filter_map(case).collect())
}

/// The rows of `IdnaTestV2.txt`, except those with half a surrogate pair, which is not a
/// string.
pub(crate) fn idna(text: &str) -> Vec<IdnaRow> {
    text.lines().filter_map(idna_row).collect()
}

fn idna_row(line: &str) -> Option<IdnaRow> {
    let (line, _) = line.split_once('#').unwrap_or((line, ""));
    let columns: Vec<&str> = line.split(';').map(str::trim).collect();
    let [source, unicode, unicode_status, ascii, ascii_status, ..] = *columns else {
        return None;
    };
    let or = |column: &'_ str, other: &String| match column {
        "" => Some(other.clone()),
        _ => idna_column(column),
    };
    let source = idna_column(source)?;
    let unicode = or(unicode, &source)?;
    let ascii = or(ascii, &unicode)?;
    let status = if ascii_status.is_empty() {
        unicode_status
    } else {
        ascii_status
    };
    let case = Case {
        text: source,
        is_valid: matches!(status, "" | "[]"),
    };
    Some(IdnaRow {
        case,
        unicode,
        ascii,
    })
}

/// `""` is the empty string; `\uXXXX` and `\x{XXXX}` are characters.
fn idna_column(column: &str) -> Option<String> {
    if column == "\"\"" {
        return Some(String::new());
    }
    let mut parts = column.split('\\');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = match part.strip_prefix("x{") {
            Some(part) => part.split_once('}')?,
            None => part.strip_prefix('u')?.split_at_checked(4)?,
        };
        text.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        text.push_str(rest);
    }
    Some(text)
}

/// The files of the packed JSON suite: name and content.
pub(crate) fn json_files(ndjson: &str) -> Result<Vec<(String, Vec<u8>)>, serde_json::Error> {
    #[derive(Deserialize)]
    struct File {
        name: String,
        base64: String,
    }
    let file = |line| {
        let file: File = serde_json::from_str(line)?;
        Ok((file.name, base64(&file.base64)))
    };
    ndjson.lines().map(file).collect()
}

/// RFC 4648, section 4.
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_usize, 0);
    for digit in text.chars().filter_map(|c| DIGITS.find(c)) {
        bits = (bits << 6 | digit) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    bytes
}
