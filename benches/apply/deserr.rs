//! `deserr` on a `serde_json::Value`: validating value types, and an error type that
//! collects violations.

use std::ops::ControlFlow;

use customer_domain::{Customer, Timestamp};
use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, Value, ValuePointer,
    ValuePointerRef,
};

use super::plain::{self, Address, Changes, Code, Record};
use super::values::{Choice, Email, Name, Nullable, Part, Phone, Required, Street, Website};
use super::{Outcome, Row};

/// `deserr`, with validating value types.
pub(crate) struct DeserrOnValue;

#[derive(Deserr)]
#[deserr(error = Violations, rename_all = camelCase, deny_unknown_fields)]
struct Body {
    #[deserr(default)]
    customer: Required<Name>,
    #[deserr(default)]
    email: Required<Email>,
    #[deserr(default)]
    main_phone: Nullable<Phone>,
    #[deserr(default)]
    website: Nullable<Website>,
    #[deserr(default)]
    status: Required<Choice>,
    #[deserr(default)]
    billing_address: Nullable<AddressBody>,
    #[deserr(default)]
    shipping_address: Nullable<AddressBody>,
}

#[derive(Deserr)]
#[deserr(error = Violations, rename_all = camelCase, deny_unknown_fields)]
struct AddressBody {
    #[deserr(default)]
    street: Option<Street>,
    #[deserr(default)]
    city: Option<Part>,
    #[deserr(default)]
    state: Option<Part>,
    #[deserr(default)]
    zip_code: Option<Part>,
    #[deserr(default)]
    country: Option<Part>,
}

impl<T: Deserr<Violations>> Deserr<Violations> for Required<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Violations> {
        T::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

impl<T: Deserr<Violations>> Deserr<Violations> for Nullable<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Violations> {
        Option::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

macro_rules! read_from_text {
    ($($name:ident),+) => {
        $(
            impl Deserr<Violations> for $name {
                fn deserialize_from_value<V: IntoValue>(
                    value: Value<V>,
                    location: ValuePointerRef<'_>,
                ) -> Result<Self, Violations> {
                    let text = String::deserialize_from_value(value, location)?;
                    Self::try_from(text).map_err(|code| Violations::one(code.as_str(), location))
                }
            }
        )+
    };
}
read_from_text!(Name, Email, Phone, Website, Choice, Street, Part);

/// All violations with their positions.
pub(crate) struct Violations(Vec<(ValuePointer, &'static str)>);

impl Violations {
    fn one(code: &'static str, location: ValuePointerRef<'_>) -> Self {
        Self(vec![(location.to_owned(), code)])
    }

    fn with(self_: Option<Self>, other: Self) -> Self {
        let mut all = self_.map(|violations| violations.0).unwrap_or_default();
        all.extend(other.0);
        Self(all)
    }
}

impl DeserializeError for Violations {
    fn error<V: IntoValue>(
        self_: Option<Self>,
        error: ErrorKind<'_, V>,
        location: ValuePointerRef<'_>,
    ) -> ControlFlow<Self, Self> {
        let code = match error {
            ErrorKind::IncorrectValueKind {
                actual: Value::Null,
                ..
            } => Code::NullNotAllowed.as_str(),
            ErrorKind::IncorrectValueKind { .. } => "WRONG_TYPE",
            ErrorKind::UnknownKey { .. } => "UNKNOWN_FIELD",
            ErrorKind::MissingField { .. } => "REQUIRED",
            ErrorKind::UnknownValue { .. } => Code::InvalidChoice.as_str(),
            ErrorKind::BadSequenceLen { .. } | ErrorKind::Unexpected { .. } => "UNEXPECTED",
        };
        ControlFlow::Continue(Self::with(self_, Self::one(code, location)))
    }
}

impl MergeWithError<Self> for Violations {
    fn merge(self_: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        ControlFlow::Continue(Self::with(self_, other))
    }
}

/// The error for an invalid body.
pub(crate) enum Rejected {
    /// Not JSON.
    Malformed(#[expect(dead_code, reason = "no case produces it")] serde_json::Error),
    Invalid(Violations),
}

impl Row for DeserrOnValue {
    type Record = Record;
    type Merged = Record;
    type Rejected = Rejected;

    fn record(customer: &Customer) -> Record {
        plain::record(customer)
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, Rejected> {
        let body: serde_json::Value = serde_json::from_slice(body).map_err(Rejected::Malformed)?;
        let body: Body = deserr::deserialize(body).map_err(Rejected::Invalid)?;
        Ok(plain::merge(record, body.into(), now))
    }

    fn outcome(result: &Result<Record, Rejected>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(record),
            Err(Rejected::Invalid(Violations(violations))) => {
                let violations = violations
                    .iter()
                    .map(|(pointer, code)| (path(pointer), (*code).to_owned()));
                Some(Outcome::Rejected(violations.collect()))
            }
            Err(Rejected::Malformed(_)) => None,
        }
    }
}

/// The path of a pointer. Formats and parses it, because the type of its components is not
/// public.
fn path(pointer: &ValuePointer) -> String {
    let keys = pointer.path.iter().map(|component| {
        let text = format!("{component:?}");
        text.split('"').nth(1).unwrap_or_default().to_owned()
    });
    keys.collect::<Vec<_>>().join(".")
}

impl From<Body> for Changes {
    fn from(body: Body) -> Self {
        Self {
            customer: body.customer.0.map(|Name(name)| name),
            email: body.email.0.map(|Email(email)| email),
            main_phone: body
                .main_phone
                .0
                .map(|input| input.and_then(|Phone(phone)| phone)),
            website: body
                .website
                .0
                .map(|input| input.and_then(|Website(website)| website)),
            status: body.status.0.map(|Choice(status)| status),
            billing_address: body.billing_address.0.map(|input| input.map(Address::from)),
            shipping_address: body
                .shipping_address
                .0
                .map(|input| input.map(Address::from)),
        }
    }
}

impl From<AddressBody> for Address {
    fn from(body: AddressBody) -> Self {
        let part = |input: Option<Part>| input.and_then(|Part(part)| part);
        Self {
            street: body.street.and_then(|Street(street)| street),
            city: part(body.city),
            state: part(body.state),
            zip_code: part(body.zip_code),
            country: part(body.country),
        }
    }
}
