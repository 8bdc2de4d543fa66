//! Values as the parameters of statements.
//!
//! At log level `debug`, the driver logs the parameters of each statement in their
//! `Debug` form, so that form must not show strings.

use std::borrow::Cow;
use std::fmt;

use customer_domain::{ColumnValue, Timestamp};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Sync + Send>>;

/// A value of any kind, or a list of such. Its `Debug` form does not show strings.
#[derive(Debug)]
pub(crate) enum Parameter<'a> {
    /// The value of a column.
    Value(ColumnValue<'a>),
    Uuids(Vec<Uuid>),
    Texts(Texts),
}

/// Strings, which `Debug` does not show.
pub(crate) struct Texts(pub(crate) Vec<String>);

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} strings]", self.0.len())
    }
}

impl<'a> Parameter<'a> {
    pub(crate) const fn text(text: &'a str) -> Self {
        Self::Value(ColumnValue::Text(Some(Cow::Borrowed(text))))
    }

    pub(crate) const fn owned_text(text: String) -> Self {
        Self::Value(ColumnValue::Text(Some(Cow::Owned(text))))
    }

    pub(crate) const fn time(time: Timestamp) -> Self {
        Self::Value(ColumnValue::Time(time))
    }

    pub(crate) const fn uuid(uuid: Uuid) -> Self {
        Self::Value(ColumnValue::Uuid(uuid))
    }

    pub(crate) const fn integer(number: i64) -> Self {
        Self::Value(ColumnValue::Integer(number))
    }

    /// The type that the statement is prepared with.
    pub(crate) const fn type_of(&self) -> Type {
        match self {
            Self::Value(ColumnValue::Uuid(_)) => Type::UUID,
            Self::Value(ColumnValue::Text(_)) => Type::TEXT,
            Self::Value(ColumnValue::Integer(_)) => Type::INT8,
            Self::Value(ColumnValue::Time(_)) => Type::TIMESTAMPTZ,
            Self::Uuids(_) => Type::UUID_ARRAY,
            Self::Texts(_) => Type::TEXT_ARRAY,
        }
    }
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self, r#type: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        match self {
            Self::Value(ColumnValue::Uuid(uuid)) => uuid.to_sql_checked(r#type, out),
            Self::Value(ColumnValue::Text(text)) => text.to_sql_checked(r#type, out),
            Self::Value(ColumnValue::Integer(number)) => number.to_sql_checked(r#type, out),
            Self::Value(ColumnValue::Time(time)) => Instant(*time).to_sql_checked(r#type, out),
            Self::Uuids(uuids) => uuids.to_sql_checked(r#type, out),
            Self::Texts(texts) => texts.0.to_sql_checked(r#type, out),
        }
    }

    /// The value checks the type, because its kind decides.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// An instant as `timestamptz`, which counts microseconds from the year 2000.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) Timestamp);

/// 2000-01-01T00:00:00Z, in microseconds since 1970.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

impl ToSql for Instant {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        let micros = self.0.as_micros() - EPOCH_MICROS;
        out.extend_from_slice(&micros.to_be_bytes());
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);

    to_sql_checked!();
}

impl FromSql<'_> for Instant {
    fn from_sql(_: &Type, raw: &[u8]) -> Outcome<Self> {
        let micros = i64::from_be_bytes(raw.try_into()?).checked_add(EPOCH_MICROS);
        let instant = micros.and_then(Timestamp::from_micros);
        instant
            .map(Self)
            .ok_or_else(|| "not within the years 0000 to 9999".into())
    }

    accepts!(TIMESTAMPTZ);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s6_an_instant_is_a_number_of_microseconds() {
        for instant in [
            Timestamp::MIN,
            Timestamp::MAX,
            Timestamp::parse("1999-12-31T23:59:59.999999Z").unwrap(),
        ] {
            let mut bytes = BytesMut::new();
            Instant(instant)
                .to_sql(&Type::TIMESTAMPTZ, &mut bytes)
                .unwrap();
            let read = Instant::from_sql(&Type::TIMESTAMPTZ, &bytes).unwrap();
            assert_eq!(read.0, instant);
        }
        // The epoch itself, and both infinities.
        let read = Instant::from_sql(&Type::TIMESTAMPTZ, &0_i64.to_be_bytes()).unwrap();
        assert_eq!(read.0.to_string(), "2000-01-01T00:00:00Z");
        for infinity in [i64::MIN, i64::MAX] {
            assert!(Instant::from_sql(&Type::TIMESTAMPTZ, &infinity.to_be_bytes()).is_err());
        }
    }

    #[test]
    fn a_value_is_not_sent_as_another_type() {
        let mut bytes = BytesMut::new();
        let text = Parameter::text("7");
        assert!(text.to_sql_checked(&Type::INT8, &mut bytes).is_err());
        let number = Parameter::integer(7);
        assert!(number.to_sql_checked(&Type::TEXT, &mut bytes).is_err());
        assert!(number.to_sql_checked(&Type::INT8, &mut bytes).is_ok());
        assert_eq!(bytes, 7_i64.to_be_bytes().as_slice());
    }

    #[test]
    fn debug_of_a_parameter_does_not_show_strings() {
        let texts = Texts(vec!["ann@acme.example".to_owned()]);
        for parameter in [Parameter::text("ann@acme.example"), Parameter::Texts(texts)] {
            let shown = format!("{parameter:?}");
            assert!(!shown.contains("ann"), "{shown}");
        }
    }
}
