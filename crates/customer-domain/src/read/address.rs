//! P3 and V7: reads an address.

use std::borrow::Cow;

use serde::de::{DeserializeSeed, Error as _, MapAccess};
use serde::{Deserialize, Deserializer};

use crate::path::Parent;
use crate::reason::{Expected, Reason};
use crate::scalar::{Ignore, Nested, Scalar, ValueSeed};
use crate::schema::{AddressField, Field};
use crate::value::address::{Address, FIELDS};

use super::findings::{Findings, Mark, UnknownFields};
use super::members::Members;
use super::options;

/// Reads the address of one field. Keeps the strings borrowed, so that no address is
/// allocated for an invalid body.
pub(super) struct AddressReader<'f, 'de> {
    field: Field,
    findings: &'f mut Findings,
    mark: Mark,
    strings: [Option<Cow<'de, str>>; FIELDS],
}

impl<'f, 'de> AddressReader<'f, 'de> {
    pub(super) fn new(field: Field, findings: &'f mut Findings) -> Self {
        Self {
            field,
            mark: findings.mark(),
            findings,
            strings: [const { None }; FIELDS],
        }
    }

    #[inline(always)]
    fn child(&mut self, child: AddressField, input: Scalar<'de>) -> Result<(), Reason> {
        let Some(text) = options::nullable(input, Expected::StringOrNull)? else {
            return Ok(());
        };
        let trimmed = match Address::check(child, &text) {
            Ok(trimmed) if trimmed.len() == text.len() => text,
            Ok(trimmed) => Cow::Owned(trimmed.to_owned()),
            Err(Reason::Blank) => return Ok(()),
            Err(reason) => return Err(reason),
        };
        if let Some(slot) = self.strings.get_mut(child as usize) {
            *slot = Some(trimmed);
        }
        Ok(())
    }

    /// The address of an object that was read; `None` if the body is invalid.
    ///
    /// # Errors
    ///
    /// `EMPTY_ADDRESS` if no field is present and none was invalid (V7).
    pub(super) fn finish(self) -> Result<Option<Address>, Reason> {
        if self.findings.is_invalid_since(self.mark) {
            return Ok(None);
        }
        if self.strings.iter().all(Option::is_none) {
            return Err(Reason::EmptyAddress);
        }
        if self.findings.is_invalid() {
            return Ok(None);
        }
        Ok(Some(Address::from_checked(&self.strings)))
    }
}

impl<'de> Nested<'de> for &mut AddressReader<'_, 'de> {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let parent = Parent::Address(self.field);
        let mut members = Members::begin(parent, self.findings);
        while let Some(child) = members.next(&mut map, self.findings)? {
            let input = map.next_value_seed(ValueSeed(Ignore))?;
            if let Err(reason) = self.child(child, input) {
                self.findings.add(parent.path(child.as_str()), reason);
            }
        }
        members.end(self.findings);
        Ok(())
    }
}

/// Reads an object by the rules of a body: every field is optional; an unknown or
/// repeated field, or one that is not a string, is an error.
impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const FIELD: Field = Field::BillingAddress;
        let mut findings = Findings::new(UnknownFields::Reject);
        let mut reader = AddressReader::new(FIELD, &mut findings);
        let input = ValueSeed(&mut reader).deserialize(deserializer)?;
        let address = reader.finish();
        if let Err(violations) = findings.finish() {
            return Err(D::Error::custom(violations));
        }
        match (input, address) {
            (Scalar::Object, Ok(Some(address))) => Ok(address),
            (Scalar::Object, Err(reason)) => {
                Err(D::Error::custom(format_args!("address {reason}")))
            }
            _ => Err(D::Error::custom("address must be an object")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v7_the_error_of_an_address_states_the_rule() {
        let error = |json| {
            serde_json::from_str::<Address>(json)
                .unwrap_err()
                .to_string()
        };
        let empty = format!("address {}", Reason::EmptyAddress);
        assert!(error("{}").starts_with(&empty), "{}", error("{}"));
        assert!(error("null").starts_with("address must be an object"));
    }

    #[test]
    fn a_string_is_copied_only_if_it_is_trimmed() {
        let mut findings = Findings::new(UnknownFields::Reject);
        let mut reader = AddressReader::new(Field::BillingAddress, &mut findings);
        for (field, text) in [
            (AddressField::City, "Paris"),
            (AddressField::State, " Paris "),
        ] {
            let input = Scalar::String(Cow::Borrowed(text));
            assert_eq!(reader.child(field, input), Ok(()));
        }
        let string = |field: AddressField| &reader.strings[field as usize];
        assert!(matches!(
            string(AddressField::City),
            Some(Cow::Borrowed("Paris"))
        ));
        assert!(matches!(string(AddressField::State), Some(Cow::Owned(state)) if state == "Paris"));
    }
}
