//! The ways in: `from_json` for bytes, `Deserialize` for any serde format.

use serde::de::{DeserializeSeed, Error as _};
use serde::{Deserialize, Deserializer};

use crate::advisory::Advisory;
use crate::customer::Customer;
use crate::field::NullableUpdate;
use crate::new_customer::NewCustomer;
use crate::patch::CustomerPatch;
use crate::path::{FieldPath, Parent};
use crate::reason::Expected;
use crate::schema::Field;
use crate::shape::{
    AddressObject, BodyObject, BodyShape, ContactList, Entries, Inside, Numbers, Purpose, Sent,
    Value, check_utf8, read_json,
};
use crate::value::address::Address;
use crate::value::contact::Contacts;
use crate::value::id::TeamId;
use crate::value::version::Version;
use crate::violation::Violations;

use super::draft::Draft;
use super::reader::{Reader, wrong_type};
use super::{Accepted, BodyError, ReadOptions};

impl CustomerPatch {
    /// Reads the body of an update.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] when the body is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with everything that is wrong with it (P11).
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        Self::read_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of an update in another way than the default, and with
    /// the advisories it earns.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions<'_>) -> Result<Accepted<Self>, BodyError> {
        let mut draft = Draft::default();
        let advisories = read_body(body, Purpose::Patch, options, &mut draft)?;
        Ok(Accepted {
            value: draft.patch,
            advisories,
        })
    }
}

/// By the default options: unknown fields are violations.
impl<'de> Deserialize<'de> for CustomerPatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut draft = Draft::default();
        deserialize_body(deserializer, Purpose::Patch, &mut draft)?;
        Ok(draft.patch)
    }
}

impl NewCustomer {
    /// Reads the body of a creation.
    ///
    /// As for an update, save that a customer and an email are `REQUIRED`, that
    /// null or "" for an optional field means that it is absent, and that
    /// contacts are read: `contacts[1].email` is the path of a child.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] when the body is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with everything that is wrong with it (P11).
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        Self::read_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of a creation in another way than the default, and with
    /// the advisories it earns.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions<'_>) -> Result<Accepted<Self>, BodyError> {
        let mut draft = Draft::default();
        let advisories = read_body(body, Purpose::Create, options, &mut draft)?;
        Ok(Accepted {
            value: draft.into_new_customer()?,
            advisories,
        })
    }
}

/// By the default options: unknown fields are violations.
impl<'de> Deserialize<'de> for NewCustomer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut draft = Draft::default();
        deserialize_body(deserializer, Purpose::Create, &mut draft)?;
        draft.into_new_customer().map_err(D::Error::custom)
    }
}

impl Customer {
    /// Reads the body of a record, which has neither its team nor its version.
    ///
    /// The rules are those of a new customer's body, save that the read-only
    /// fields and the status are required and earn no advisory.
    ///
    /// # Errors
    ///
    /// [`BodyError`] with everything that is wrong with the record.
    pub fn from_json(body: &[u8], team: TeamId, version: Version) -> Result<Self, BodyError> {
        let mut draft = Draft::default();
        read_body(body, Purpose::Record, ReadOptions::new(), &mut draft)?;
        Ok(draft.into_customer(team, version)?)
    }
}

/// Reads an object by the rules of a body: every field is optional, and one
/// that is unknown, given twice or not a text is an error.
impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Numbers::Finite;
        let mut entries = Entries::new(Parent::Address(Field::BillingAddress));
        let address = AddressObject {
            entries: &mut entries,
            numbers,
        };
        let sent = Value::new(address, numbers).deserialize(deserializer)?;
        let mut reader = Reader::new(Purpose::Record, ReadOptions::new());
        let update = reader.address(
            Field::BillingAddress,
            &sent,
            Inside::Address(&entries),
            None,
        );
        match (update, reader.findings.finish()) {
            (NullableUpdate::Set(address), Ok(_)) => Ok(address),
            (NullableUpdate::Keep | NullableUpdate::Clear, Ok(_)) => {
                Err(D::Error::custom("address must be an object"))
            }
            (_, Err(violations)) => Err(D::Error::custom(violations)),
        }
    }
}

/// Reads an array by the rules of a new customer's body.
impl<'de> Deserialize<'de> for Contacts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Numbers::Finite;
        let mut contacts = Vec::new();
        let list = ContactList {
            contacts: &mut contacts,
            numbers,
        };
        let sent = Value::new(list, numbers).deserialize(deserializer)?;
        let mut reader = Reader::new(Purpose::Record, ReadOptions::new());
        let contacts = reader.contacts(&sent, Inside::Contacts(&contacts));
        let findings = reader.findings.finish();
        findings.map(|_| contacts).map_err(D::Error::custom)
    }
}

/// Reads the values of a body from JSON text into an empty draft.
fn read_body(
    bytes: &[u8],
    purpose: Purpose,
    options: ReadOptions<'_>,
    draft: &mut Draft,
) -> Result<Vec<Advisory>, BodyError> {
    let text = check_utf8(bytes)?;
    let mut reader = Reader::new(purpose, options);
    if reader.plain_body(draft, text).is_some() {
        return Ok(reader.findings.finish()?);
    }
    *draft = Draft::default();
    let mut shape = BodyShape::new();
    let sent = read_json(text, purpose, &mut shape)?;
    Ok(judge(&sent, &shape, purpose, options, draft)?)
}

/// Reads the values of a body from any serde format.
fn deserialize_body<'de, D: Deserializer<'de>>(
    deserializer: D,
    purpose: Purpose,
    draft: &mut Draft,
) -> Result<(), D::Error> {
    let numbers = Numbers::Finite;
    let mut shape = BodyShape::new();
    let body = BodyObject {
        shape: &mut shape,
        purpose,
        numbers,
    };
    let sent = Value::new(body, numbers).deserialize(deserializer)?;
    let findings = judge(&sent, &shape, purpose, ReadOptions::new(), draft);
    findings.map(drop).map_err(D::Error::custom)
}

fn judge(
    sent: &Sent<'_>,
    shape: &BodyShape<'_>,
    purpose: Purpose,
    options: ReadOptions<'_>,
    draft: &mut Draft,
) -> Result<Vec<Advisory>, Violations> {
    let mut reader = Reader::new(purpose, options);
    if *sent == Sent::Object {
        reader.body(draft, shape);
    } else {
        reader
            .findings
            .refuse(FieldPath::BODY, wrong_type(Expected::Object));
    }
    reader.findings.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a body comes to.
    type Outcome = Result<(CustomerPatch, Contacts, Vec<Advisory>), Violations>;

    fn outcome(draft: Draft, advisories: Result<Vec<Advisory>, Violations>) -> Outcome {
        advisories.map(|advisories| (draft.patch, draft.contacts, advisories))
    }

    /// Demands that the short way, where it is taken, leads where the long way
    /// does. Returns whether it is taken.
    #[track_caller]
    fn takes_the_short_way(text: &str, purpose: Purpose) -> bool {
        let mut reader = Reader::new(purpose, ReadOptions::new());
        let mut draft = Draft::default();
        if reader.plain_body(&mut draft, text).is_none() {
            return false;
        }
        let short = outcome(draft, reader.findings.finish());

        let mut shape = BodyShape::new();
        let sent = read_json(text, purpose, &mut shape);
        let sent = sent.unwrap_or_else(|_| panic!("not JSON: {text}"));
        let mut draft = Draft::default();
        let findings = judge(&sent, &shape, purpose, ReadOptions::new(), &mut draft);
        assert_eq!(short, outcome(draft, findings), "{text}");
        true
    }

    const BODIES: [&str; 5] = [
        r#"{"status":"active"}"#,
        r#"{"email":"ann@acme.example","mainPhone":null,"customer":"A\"\u00e9"}"#,
        r#"{"billingAddress":{"city":"Köln","zipCode":7,"state":null},"website":true,"mainPhone":false}"#,
        r#"{"shippingAddress":"x","billingAddress":{},"status":12}"#,
        "{\n\t\"customer\" : \"Acme\" ,\r\n\"email\":\"a@b.co\"\n}\n",
    ];

    const PURPOSES: [Purpose; 3] = [Purpose::Patch, Purpose::Create, Purpose::Record];

    #[test]
    fn p10_the_short_way_is_taken_by_ordinary_bodies() {
        for body in BODIES {
            for purpose in PURPOSES {
                assert!(takes_the_short_way(body, purpose), "{body}");
            }
        }
    }

    #[test]
    fn p10_the_short_way_leads_where_the_long_way_does_for_every_slip() {
        let slips = "{}[]\":,\\/ \n\0\u{1}\u{7f}nue019-.Eé\u{feff}";
        let mut taken = 0;
        for body in BODIES {
            for (at, c) in body.char_indices().chain([(body.len(), '\0')]) {
                let (before, from) = body.split_at(at);
                let after = from.strip_prefix(c).unwrap_or_default();
                let inserted = slips.chars().map(|slip| format!("{before}{slip}{from}"));
                let replaced = slips.chars().map(|slip| format!("{before}{slip}{after}"));
                let twice = format!("{before}{from}{from}");
                let gone = format!("{before}{after}");
                for text in inserted.chain(replaced).chain([twice, gone]) {
                    for purpose in PURPOSES {
                        taken += usize::from(takes_the_short_way(&text, purpose));
                    }
                }
            }
        }
        assert!(taken > 1_000);
    }

    #[test]
    fn p10_the_short_way_leads_where_the_long_way_does_for_every_run_of_tokens() {
        let tokens = [
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            " ",
            "\n",
            "null",
            "true",
            "0",
            "7",
            "-1",
            "1.5",
            "\0",
            "\"status\"",
            "\"active\"",
            "\"billingAddress\"",
            "\"city\"",
            "\"a\\n\"",
            "\"zz\"",
        ];
        let mut taken = 0;
        for first in [
            "{",
            "{\"status\":",
            "{\"billingAddress\":{",
            "{\"customer\":\"x\"",
        ] {
            let mut level = vec![first.to_owned()];
            for _ in 0..3 {
                level = level
                    .iter()
                    .flat_map(|text| tokens.map(|token| format!("{text}{token}")))
                    .collect();
                for text in &level {
                    taken += usize::from(takes_the_short_way(text, Purpose::Patch));
                }
            }
        }
        assert!(taken > 100);
    }
}
