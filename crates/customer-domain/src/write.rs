//! Writes a record as JSON, without a serializer.

use crate::bytes::{any, is_escaped_in_json, position};
use crate::customer::Customer;
use crate::field_value::FieldValue;
use crate::outcome::Success;
use crate::schema::{AddressField, Field};
use crate::value::address::Address;

impl Customer {
    /// Appends the record as JSON: the bytes that `serde_json` writes for its
    /// `Serialize`, in fewer instructions. The buffer can be reused.
    ///
    /// ```
    /// use customer_domain::NewCustomer;
    /// # use customer_domain::{CustomerId, TeamId, Timestamp};
    /// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
    /// # let noon = Timestamp::parse("2026-11-23T12:00:00Z")?;
    ///
    /// let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
    ///     .into_customer(id, team, noon);
    /// let mut line = Vec::new();
    /// acme.write_json(&mut line);
    /// assert_eq!(line, serde_json::to_vec(&acme)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_json(&self, out: &mut Vec<u8>) {
        /// The capacity for the names, the times and the punctuation.
        const OVERHEAD: usize = 512;
        out.reserve(OVERHEAD);
        let start = out.len();
        for field in Field::ALL.iter().filter(|field| field.is_in_record()) {
            member(out, field.as_str());
            match self.value(*field) {
                FieldValue::Null => out.extend_from_slice(b"null"),
                FieldValue::Uuid(id) => {
                    let mut buffer = uuid::Uuid::encode_buffer();
                    quoted(out, id.hyphenated().encode_lower(&mut buffer).as_bytes());
                }
                FieldValue::Text(value) => text(out, value),
                FieldValue::Address(value) => address(out, value),
                FieldValue::Contacts(contacts) => json(out, contacts),
                FieldValue::Time(time) => quoted(out, time.to_rfc3339().as_bytes()),
                FieldValue::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            }
        }
        open(out, start);
        out.push(b'}');
    }
}

impl Success<&Customer> {
    /// Appends the response as JSON: the bytes that `serde_json` writes for its
    /// `Serialize`. See [`Customer::write_json`].
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"status":"success","message":"#);
        json(out, self.message());
        out.extend_from_slice(br#","data":"#);
        self.data().write_json(out);
        if !self.warnings().is_empty() {
            out.extend_from_slice(br#","warnings":"#);
            json(out, self.warnings());
        }
        out.push(b'}');
    }
}

/// Appends any other value, with `serde_json`.
#[expect(
    clippy::expect_used,
    reason = "writing to a Vec does not fail, and these values have only string keys"
)]
fn json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("strings are serialized without errors");
}

fn address(out: &mut Vec<u8>, address: &Address) {
    let start = out.len();
    for (field, string) in AddressField::ALL.iter().zip(address.strings()) {
        member(out, field.as_str());
        match string {
            Some(value) => text(out, value),
            None => out.extend_from_slice(b"null"),
        }
    }
    open(out, start);
    out.push(b'}');
}

/// Appends a comma, the name of a member and a colon.
fn member(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Replaces the comma before the first member with the opening brace.
fn open(out: &mut [u8], start: usize) {
    if let Some(comma) = out.get_mut(start) {
        *comma = b'{';
    }
}

/// Appends a string without characters that need an escape.
fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// Appends the string of a value. Its only control character is the line feed (T3).
fn text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    if !any(rest, is_escaped_in_json) {
        return quoted(out, rest);
    }
    out.push(b'"');
    while let Some((before, after)) =
        position(rest, 0, is_escaped_in_json).and_then(|at| rest.split_at_checked(at))
    {
        out.extend_from_slice(before);
        let Some((escaped, after)) = after.split_first() else {
            break;
        };
        out.push(b'\\');
        out.push(match escaped {
            b'\n' => b'n',
            // A quotation mark or a backslash.
            mark => *mark,
        });
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
