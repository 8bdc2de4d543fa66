//! Writing a record as JSON without a serializer in between.

use crate::bytes::{any, escaped_in_json, is_escaped_in_json, position};
use crate::customer::Customer;
use crate::outcome::Success;
use crate::schema::{AddressField, ContactField, Field};
use crate::value::address::Address;
use crate::value::contact::Contact;
use crate::value::time::Timestamp;

impl Customer {
    /// Appends the record as JSON, the very bytes that `serde_json` makes of
    /// its `Serialize`, for a fraction of the instructions.
    ///
    /// For whoever writes many: the buffer can be used again.
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
        /// The names, the times and what stands between them.
        const FRAME: usize = 512;
        out.reserve(FRAME);
        let start = out.len();
        for field in Field::ALL {
            match field {
                Field::Uuid => member(out, *field, |out| {
                    let id = self.id().as_uuid().hyphenated();
                    let mut buffer = uuid::Uuid::encode_buffer();
                    quoted(out, id.encode_lower(&mut buffer).as_bytes());
                }),
                Field::Customer => member(out, *field, |out| text(out, self.name().as_str())),
                Field::Email => member(out, *field, |out| text(out, self.email().as_str())),
                Field::MainPhone => member(out, *field, |out| {
                    nullable(out, self.main_phone(), |out, phone| {
                        text(out, phone.as_str());
                    });
                }),
                Field::Website => member(out, *field, |out| {
                    nullable(out, self.website(), |out, website| {
                        text(out, website.as_str());
                    });
                }),
                Field::Status => member(out, *field, |out| {
                    quoted(out, self.status().as_str().as_bytes());
                }),
                Field::BillingAddress => {
                    member(out, *field, |out| {
                        nullable(out, self.billing_address(), address);
                    });
                }
                Field::ShippingAddress => {
                    member(out, *field, |out| {
                        nullable(out, self.shipping_address(), address);
                    });
                }
                Field::Contacts => member(out, *field, |out| {
                    contacts(out, self.contacts().as_slice());
                }),
                Field::CreatedAt => member(out, *field, |out| timestamp(out, self.created_at())),
                Field::UpdatedAt => member(out, *field, |out| timestamp(out, self.updated_at())),
                // Not in the body of a record.
                Field::TeamId | Field::Version => {}
            }
        }
        open(out, start);
        out.push(b'}');
    }
}

impl Success<'_, Customer> {
    /// Appends the answer as JSON, the very bytes that `serde_json` makes of its
    /// `Serialize`: see [`Customer::write_json`].
    ///
    /// # Errors
    ///
    /// None that a text and a list of advisories are known to make.
    pub fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.extend_from_slice(br#"{"status":"success","message":"#);
        serde_json::to_writer(&mut *out, self.message())?;
        out.extend_from_slice(br#","data":"#);
        self.data().write_json(out);
        if !self.warnings().is_empty() {
            out.extend_from_slice(br#","warnings":"#);
            serde_json::to_writer(&mut *out, self.warnings())?;
        }
        out.push(b'}');
        Ok(())
    }
}

fn member(out: &mut Vec<u8>, field: Field, value: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(field.member().as_bytes());
    value(out);
}

fn nullable<T>(out: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        Some(value) => write(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

fn address(out: &mut Vec<u8>, address: &Address) {
    let start = out.len();
    for field in AddressField::ALL {
        out.extend_from_slice(field.member().as_bytes());
        nullable(out, address.get(*field), text);
    }
    open(out, start);
    out.push(b'}');
}

fn contacts(out: &mut Vec<u8>, contacts: &[Contact]) {
    out.push(b'[');
    for (index, contact) in contacts.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let start = out.len();
        for field in ContactField::ALL {
            out.extend_from_slice(field.member().as_bytes());
            match field {
                ContactField::Name => text(out, contact.name().as_str()),
                ContactField::Email => nullable(out, contact.email(), |out, email| {
                    text(out, email.as_str());
                }),
                ContactField::Phone => nullable(out, contact.phone(), |out, phone| {
                    text(out, phone.as_str());
                }),
                ContactField::IsPrimary => out.extend_from_slice(match contact.is_primary() {
                    true => b"true",
                    false => b"false",
                }),
            }
        }
        open(out, start);
        out.push(b'}');
    }
    out.push(b']');
}

/// Makes of the comma before the first member the brace that opens its object.
fn open(out: &mut [u8], start: usize) {
    if let Some(comma) = out.get_mut(start) {
        *comma = b'{';
    }
}

fn timestamp(out: &mut Vec<u8>, instant: Timestamp) {
    quoted(out, instant.to_rfc3339().as_bytes());
}

/// A text in which nothing needs an escape.
fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// A text of a value: of the control characters it can have but the line feed
/// (T3).
fn text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    if !any(rest, is_escaped_in_json) {
        return quoted(out, rest);
    }
    out.push(b'"');
    while let Some((before, after)) =
        position(rest, escaped_in_json).and_then(|at| rest.split_at_checked(at))
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
