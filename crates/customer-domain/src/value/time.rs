//! Points in time.

use std::fmt;
use std::time::SystemTime;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};

use crate::reason::{Reason, ValueError};

use super::parsing;

const SUBJECT: &str = "timestamp";

/// The instant from which microseconds are counted, 1970-01-01T00:00:00Z.
const EPOCH: DateTime = jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// A point in time with microsecond precision: the type of `createdAt` and
/// `updatedAt`.
///
/// Parsed from RFC 3339 with any offset and written in UTC with a `Z`, without a
/// fraction for a whole second and otherwise with six digits. Finer instants are
/// rounded down, also before 1970 (M3). The range is that of RFC 3339, the years 0000
/// to 9999. A leap second (`:60`) is rejected.
///
/// There is no `now`: the crate has no clock.
///
/// ```
/// use customer_domain::Timestamp;
///
/// let noon = Timestamp::parse("2026-11-23T13:00:00.1234567+01:00")?;
/// assert_eq!(noon.to_string(), "2026-11-23T12:00:00.123456Z");
/// assert_eq!(Timestamp::from_micros(0).map(|t| t.to_string()).as_deref(), Some("1970-01-01T00:00:00Z"));
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    /// Microseconds since the epoch.
    micros: i64,
}

impl Timestamp {
    /// 0000-01-01T00:00:00Z
    pub const MIN: Self = Self {
        micros: -62_167_219_200_000_000,
    };

    /// 9999-12-31T23:59:59.999999Z
    pub const MAX: Self = Self {
        micros: 253_402_300_799_999_999,
    };

    /// The instant that many microseconds after 1970-01-01T00:00:00Z, the stored form.
    /// `None` outside of [`MIN`](Self::MIN) to [`MAX`](Self::MAX).
    #[must_use]
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros < Self::MIN.micros || micros > Self::MAX.micros {
            return None;
        }
        Some(Self { micros })
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.micros
    }

    /// Parses an RFC 3339 timestamp and rounds it down to the microsecond.
    ///
    /// # Errors
    ///
    /// `INVALID_TIMESTAMP` for any other string, including other forms of ISO 8601.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        Self::check(text).map_err(|reason| ValueError::new(SUBJECT, reason))
    }

    pub(crate) fn check(text: &str) -> Result<Self, Reason> {
        parse_rfc3339(text)
            .and_then(Self::from_micros)
            .ok_or(Reason::InvalidTimestamp)
    }

    /// The next microsecond; [`MAX`](Self::MAX) has none and is returned unchanged.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        let micros = self.micros.saturating_add(1).min(Self::MAX.micros);
        Self { micros }
    }
}

/// `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)` in microseconds since the epoch. The
/// form is checked here, because jiff parses other forms of ISO 8601 too.
fn parse_rfc3339(text: &str) -> Option<i64> {
    let (date_time, rest) = text.split_at_checked(DATE_TIME.len())?;
    if !has_form(date_time, DATE_TIME) || date_time.ends_with(":60") {
        return None;
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => rest
            .split_at_checked(digits(rest))
            .filter(|(f, _)| !f.is_empty())?,
        None => ("", rest),
    };
    // A fraction is added to the second, also before 1970, so cutting it rounds down.
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let local: DateTime = date_time.to_ascii_uppercase().parse().ok()?;
    let seconds = local.duration_since(EPOCH).as_secs();
    Some((seconds - parse_offset_seconds(offset)?) * 1_000_000 + micros)
}

/// The form of a date and time; 0 stands for any digit.
const DATE_TIME: &str = "0000-00-00T00:00:00";

fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                _ => byte.eq_ignore_ascii_case(&form),
            })
}

/// `Z` or `±hh:mm`, in seconds east of UTC.
fn parse_offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (sign, time) = text.split_at_checked(1)?;
    let sign = [("+", 1), ("-", -1)].iter().find(|(s, _)| *s == sign)?.1;
    let (hours, minutes) = time.split_once(':').filter(|_| has_form(time, "00:00"))?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Rounds down to the microsecond (M3).
impl TryFrom<SystemTime> for Timestamp {
    type Error = ValueError;

    fn try_from(time: SystemTime) -> Result<Self, Self::Error> {
        let nanos = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()),
            Err(before) => i128::try_from(before.duration().as_nanos()).map(|nanos| -nanos),
        };
        let micros = nanos.map(|nanos| nanos.div_euclid(1_000));
        let micros = micros.and_then(i64::try_from).ok();
        micros
            .and_then(Self::from_micros)
            .ok_or(ValueError::new(SUBJECT, Reason::InvalidTimestamp))
    }
}

parsing!(Timestamp, SUBJECT);

impl Timestamp {
    pub(crate) fn to_rfc3339(self) -> String {
        // The range of the type is within that of `DateTime`: nothing saturates.
        let utc = EPOCH.saturating_add(SignedDuration::from_micros(self.micros));
        let digits = if self.micros % 1_000_000 == 0 { 0 } else { 6 };
        let printer = DateTimePrinter::new().precision(Some(digits));
        let mut text = printer.datetime_to_string(&utc);
        text.push('Z');
        text
    }
}

/// RFC 3339 in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn micros(text: &str) -> Option<i64> {
        Timestamp::parse(text).ok().map(Timestamp::as_micros)
    }

    #[test]
    fn rfc_3339_is_read_with_any_offset() {
        assert_eq!(micros("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(micros("1970-01-01t00:00:00z"), Some(0));
        assert_eq!(micros("1970-01-01T01:30:00+01:30"), Some(0));
        assert_eq!(micros("1969-12-31T23:59:00-00:01"), Some(0));
        assert_eq!(
            micros("2026-02-28T23:59:59.5Z"),
            Some(1_772_323_199_500_000)
        );
        assert_eq!(micros("2024-02-29T00:00:00Z"), Some(1_709_164_800_000_000));
    }

    #[test]
    fn m3_a_timestamp_is_rounded_down_to_the_microsecond() {
        assert_eq!(micros("1970-01-01T00:00:00.0000019999999999Z"), Some(1));
        assert_eq!(micros("1969-12-31T23:59:59.9999985Z"), Some(-2));
        let nanosecond = std::time::Duration::from_nanos(1);
        let before_1970 = Timestamp::try_from(SystemTime::UNIX_EPOCH - nanosecond);
        assert_eq!(before_1970, Ok(Timestamp { micros: -1 }));
        let after_1970 = Timestamp::try_from(SystemTime::UNIX_EPOCH + nanosecond);
        assert_eq!(after_1970, Ok(Timestamp { micros: 0 }));
    }

    #[test]
    fn any_other_string_is_rejected() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T12:00:00",
            "2026-11-23T12:00Z",
            "2026-11-23 12:00:00Z",
            "2026-11-23T12:00:00.Z",
            "2026-11-23T12:00:00,5Z",
            "2026-11-23T12:00:00Z[UTC]",
            "2026-11-23T12:00:00+0100",
            "2026-11-23T12:00:00+24:00",
            "2026-11-23T12:00:00+00:60",
            "2026-11-23T24:00:00Z",
            "2026-11-23T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "2026-00-10T00:00:00Z",
            "20261123T120000Z",
            "+002026-11-23T12:00:00Z",
            "-001-11-23T12:00:00Z",
            "2026-11-23T12:00:0éZ",
            " 2026-11-23T12:00:00Z",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_and_the_last_timestamp_round_trip() {
        for (instant, text) in [
            (Timestamp::MIN, "0000-01-01T00:00:00Z"),
            (Timestamp::MAX, "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(instant.to_string(), text);
            assert_eq!(Timestamp::parse(text), Ok(instant));
        }
        assert_eq!(Timestamp::from_micros(Timestamp::MAX.micros + 1), None);
        assert_eq!(Timestamp::from_micros(Timestamp::MIN.micros - 1), None);
        assert_eq!(Timestamp::MAX.next(), Timestamp::MAX);
        assert_eq!(
            Timestamp::MIN.next().to_string(),
            "0000-01-01T00:00:00.000001Z"
        );
    }
}
