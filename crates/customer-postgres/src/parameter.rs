//! Values on their way to the server.
//!
//! The driver writes the parameters of each statement to the log where its level
//! is `debug`, in their `Debug` form; so that of a text does not show it.

use std::fmt;

use customer_domain::Timestamp;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Sync + Send>>;

/// A text, which may be somebody's name.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ToSql for Text<'_> {
    fn to_sql(&self, r#type: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        self.0.to_sql(r#type, out)
    }

    fn accepts(r#type: &Type) -> bool {
        <&str as ToSql>::accepts(r#type)
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
    fn the_debug_form_of_a_text_does_not_show_it() {
        assert_eq!(format!("{:?}", Some(Text("ann@acme.example"))), "Some(…)");
    }
}
