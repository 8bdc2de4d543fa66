//! `deserr` on a `serde_json::Value`: values that are valid by their type, and an
//! error that collects.

use std::ops::ControlFlow;

use customer_domain::{Customer, Timestamp};
use deserr::{
    DeserializeError, Deserr, ErrorKind, IntoValue, MergeWithError, Value, ValuePointer,
    ValuePointerRef,
};

use super::plain::{self, Address, Changes, Code, Record};
use super::values::{Choice, Email, Given, Name, Part, Phone, Sent, Street, Website};
use super::{Outcome, Row};

/// `deserr`, with values that are valid by their type.
pub(crate) struct DeserrOnValue;

#[derive(Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
struct Body {
    #[deserr(default)]
    customer: Given<Name>,
    #[deserr(default)]
    email: Given<Email>,
    #[deserr(default)]
    main_phone: Sent<Phone>,
    #[deserr(default)]
    website: Sent<Website>,
    #[deserr(default)]
    status: Given<Choice>,
    #[deserr(default)]
    billing_address: Sent<AddressBody>,
    #[deserr(default)]
    shipping_address: Sent<AddressBody>,
}

#[derive(Deserr)]
#[deserr(error = Mistakes, rename_all = camelCase, deny_unknown_fields)]
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

impl<T: Deserr<Mistakes>> Deserr<Mistakes> for Given<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Mistakes> {
        T::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

impl<T: Deserr<Mistakes>> Deserr<Mistakes> for Sent<T> {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, Mistakes> {
        Option::deserialize_from_value(value, location).map(|value| Self(Some(value)))
    }
}

macro_rules! read_from_text {
    ($($name:ident),+) => {
        $(
            impl Deserr<Mistakes> for $name {
                fn deserialize_from_value<V: IntoValue>(
                    value: Value<V>,
                    location: ValuePointerRef<'_>,
                ) -> Result<Self, Mistakes> {
                    let text = String::deserialize_from_value(value, location)?;
                    Self::try_from(text).map_err(|code| Mistakes::one(code.as_str(), location))
                }
            }
        )+
    };
}
read_from_text!(Name, Email, Phone, Website, Choice, Street, Part);

/// All that is wrong, and where.
pub(crate) struct Mistakes(Vec<(ValuePointer, &'static str)>);

impl Mistakes {
    fn one(code: &'static str, location: ValuePointerRef<'_>) -> Self {
        Self(vec![(location.to_owned(), code)])
    }

    fn with(self_: Option<Self>, other: Self) -> Self {
        let mut all = self_.map(|mistakes| mistakes.0).unwrap_or_default();
        all.extend(other.0);
        Self(all)
    }
}

impl DeserializeError for Mistakes {
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

impl MergeWithError<Self> for Mistakes {
    fn merge(self_: Option<Self>, other: Self, _: ValuePointerRef<'_>) -> ControlFlow<Self, Self> {
        ControlFlow::Continue(Self::with(self_, other))
    }
}

/// Why a body is refused.
pub(crate) enum Refused {
    /// It is not JSON.
    Malformed(#[expect(dead_code, reason = "no case has it")] serde_json::Error),
    Invalid(Mistakes),
}

impl Row for DeserrOnValue {
    type Record = Record;
    type Merged = Record;
    type Refused = Refused;

    fn record(customer: &Customer) -> Record {
        plain::record(customer)
    }

    fn apply(body: &[u8], record: Record, now: Timestamp) -> Result<Record, Refused> {
        let body: serde_json::Value = serde_json::from_slice(body).map_err(Refused::Malformed)?;
        let body: Body = deserr::deserialize(body).map_err(Refused::Invalid)?;
        Ok(plain::merge(record, body.into(), now))
    }

    fn outcome(result: &Result<Record, Refused>) -> Option<Outcome> {
        match result {
            Ok(record) => plain::merged(record),
            Err(Refused::Invalid(Mistakes(mistakes))) => {
                let mistakes = mistakes
                    .iter()
                    .map(|(pointer, code)| (path(pointer), (*code).to_owned()));
                Some(Outcome::Refused(mistakes.collect()))
            }
            Err(Refused::Malformed(_)) => None,
        }
    }
}

/// The type of a component cannot be named, so that its text is taken apart.
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
                .map(|sent| sent.and_then(|Phone(phone)| phone)),
            website: body
                .website
                .0
                .map(|sent| sent.and_then(|Website(website)| website)),
            status: body.status.0.map(|Choice(status)| status),
            billing_address: body.billing_address.0.map(|sent| sent.map(Address::from)),
            shipping_address: body.shipping_address.0.map(|sent| sent.map(Address::from)),
        }
    }
}

impl From<AddressBody> for Address {
    fn from(body: AddressBody) -> Self {
        let part = |sent: Option<Part>| sent.and_then(|Part(part)| part);
        Self {
            street: body.street.and_then(|Street(street)| street),
            city: part(body.city),
            state: part(body.state),
            zip_code: part(body.zip_code),
            country: part(body.country),
        }
    }
}
