//! Many updates in one body: `{"customers": [{"uuid": …, …}, …]}`.
//!
//! A row is the body of an update with the identifier of its customer in it, and
//! is read as one, by the very same code: nothing between here and there parses
//! it a second time in another way. So the frame is taken apart into raw texts,
//! and the `uuid` is the one member that is taken out of a row.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::advisory::{Advisory, AdvisoryCode};
use crate::patch::CustomerPatch;
use crate::path::{FieldPath, Parent};
use crate::read::{Accepted, BodyError, ReadOptions, UnknownFields};
use crate::reason::{Expected, Reason};
use crate::schema::Field;
use crate::shape::MalformedJson;
use crate::value::id::CustomerId;
use crate::violation::{MAX_VIOLATIONS, Refused, Violation, Violations};

/// Many updates in one body, each of which is carried out or refused on its own.
///
/// The body is one object with the member `customers`, an array of at most
/// [`MAX_ROWS`](Self::MAX_ROWS) rows. A row is the body of an update (P1 to P13)
/// that has the `uuid` of its customer as well. What is wrong with the frame is
/// wrong with the body; what is wrong with a row is wrong with that row alone.
/// Text that is not JSON is so as a whole (P10).
///
/// ```
/// use customer_domain::BulkUpdate;
///
/// let bulk = BulkUpdate::from_json(br#"{"customers": [
///     {"uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8", "status": "inactive"},
///     {"status": "inactive"}
/// ]}"#)?;
/// let [first, second] = &bulk.into_rows()[..] else { panic!() };
/// assert!(first.is_ok());
/// assert_eq!(second.as_ref().unwrap_err().to_string(), "uuid is required");
/// # Ok::<(), customer_domain::BodyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkUpdate {
    rows: Vec<Result<Accepted<RowUpdate>, BodyError>>,
}

/// A row of a bulk update that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowUpdate {
    /// The customer it is meant for.
    pub id: CustomerId,
    /// What it changes.
    pub patch: CustomerPatch,
}

impl BulkUpdate {
    /// The most rows of a body. None at all is valid, and does nothing.
    pub const MAX_ROWS: usize = 100;

    /// The member of the body that holds the rows.
    pub const ROWS: &'static str = "customers";

    /// Reads the body of a bulk update.
    ///
    /// # Errors
    ///
    /// [`BodyError`], for what is wrong with the frame: `MALFORMED_JSON`
    /// anywhere in the body; for `customers` the codes `REQUIRED`, `WRONG_TYPE`,
    /// `DUPLICATE_FIELD` and `TOO_MANY`; `UNKNOWN_FIELD` beside it.
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        Self::read_json(body, UnknownFields::Reject).map(|accepted| accepted.value)
    }

    /// Reads the body of a bulk update, with a choice of what to do with unknown
    /// fields (P7, P13) and with the advisories that the frame earns; those of a
    /// row are the row's.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], unknown: UnknownFields) -> Result<Accepted<Self>, BodyError> {
        check_json(body)?;
        let frame = Frame::take_apart(body, unknown)?;
        let Accepted { value, advisories } = frame.rows()?;
        let rows = value.into_iter().map(|row| read_row(row, unknown));
        Ok(Accepted {
            value: Self {
                rows: rows.collect(),
            },
            advisories,
        })
    }

    /// The rows, in the order of the body: what each means, or what is wrong with
    /// it, with paths that begin in the row. For its `uuid` that is `REQUIRED`,
    /// `WRONG_TYPE`, `INVALID_UUID` or `DUPLICATE_FIELD`; the rest is as for an
    /// update.
    #[must_use]
    pub fn into_rows(self) -> Vec<Result<Accepted<RowUpdate>, BodyError>> {
        self.rows
    }
}

/// P10 over the whole body, by the reader that knows all of it. What it thinks
/// of the names in the frame does not matter.
fn check_json(body: &[u8]) -> Result<(), BodyError> {
    let is_whole = |violation: &Violation| *violation.field() == FieldPath::BODY;
    match CustomerPatch::from_json(body) {
        Err(BodyError::Invalid(violations)) if !violations.iter().any(is_whole) => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// The members of the body, its rows not read yet.
struct Frame<'a> {
    unknown: UnknownFields,
    refused: Refused,
    advisories: Vec<Advisory>,
    /// The rows, unless they were given twice, and the place of what is to be
    /// said of them among the violations.
    rows: Option<(usize, Option<&'a RawValue>)>,
}

impl<'a> Frame<'a> {
    fn take_apart(body: &'a [u8], unknown: UnknownFields) -> Result<Self, MalformedJson> {
        let mut frame = Self {
            unknown,
            refused: Refused::default(),
            advisories: Vec::new(),
            rows: None,
        };
        each_member(body, |name, _, value| frame.note(name, value))?;
        Ok(frame)
    }

    fn note(&mut self, name: &str, value: &'a RawValue) {
        if name == BulkUpdate::ROWS {
            self.rows = Some(match self.rows {
                None => (self.refused.next(), Some(value)),
                // P8: which of the two is meant is not ours to guess.
                Some((place, _)) => (place, None),
            });
            return;
        }
        let path = FieldPath::unknown(Parent::Bulk, name);
        match self.unknown {
            UnknownFields::Reject => self.refused.add(path, Reason::UnknownField),
            UnknownFields::Ignore => {
                let known = self.advisories.iter().any(|a| *a.field() == path);
                if !known && self.advisories.len() < MAX_VIOLATIONS {
                    let code = AdvisoryCode::UnknownFieldIgnored;
                    self.advisories.push(Advisory::new(path, code));
                }
            }
        }
    }

    fn rows(mut self) -> Result<Accepted<Vec<&'a RawValue>>, BodyError> {
        let (place, rows) = match self.rows {
            None => (self.refused.next(), Err(Reason::Required)),
            Some((place, None)) => (place, Err(Reason::DuplicateField)),
            Some((place, Some(value))) => (place, raw_rows(value)?),
        };
        let rows = rows.unwrap_or_else(|reason| {
            self.refused.insert(place, FieldPath::ROWS, reason);
            Vec::new()
        });
        Ok(Accepted {
            value: self.refused.or(rows)?,
            advisories: self.advisories,
        })
    }
}

/// The rows of an array, or why they are none.
fn raw_rows(value: &RawValue) -> Result<Result<Vec<&RawValue>, Reason>, MalformedJson> {
    if !value.get().starts_with('[') {
        let expected = Expected::Array;
        return Ok(Err(Reason::WrongType { expected }));
    }
    let Rows { kept, count } = serde_json::from_str(value.get())?;
    Ok(if count > BulkUpdate::MAX_ROWS {
        Err(Reason::TooMany {
            max: BulkUpdate::MAX_ROWS,
            actual: count,
        })
    } else {
        Ok(kept)
    })
}

/// The rows as texts, no more of them than are allowed, and how many there are.
struct Rows<'a> {
    kept: Vec<&'a RawValue>,
    count: usize,
}

impl<'de> Deserialize<'de> for Rows<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = Rows<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
                let mut kept = Vec::new();
                let mut count = 0;
                while let Some(row) = array.next_element()? {
                    count += 1;
                    if count <= BulkUpdate::MAX_ROWS {
                        kept.push(row);
                    }
                }
                Ok(Rows { kept, count })
            }
        }
        deserializer.deserialize_seq(Array)
    }
}

/// Reads a row: the body of an update, once its `uuid` is out of it.
fn read_row(row: &RawValue, unknown: UnknownFields) -> Result<Accepted<RowUpdate>, BodyError> {
    let options = ReadOptions::new().unknown_fields(unknown);
    let read = |text: &str| CustomerPatch::read_json(text.as_bytes(), options);
    if !row.get().starts_with('{') {
        let expected = Expected::Object;
        return Err(refuse(FieldPath::BODY, Reason::WrongType { expected }).into());
    }
    let Row { id, rest } = Row::take_apart(row)?;
    match id {
        Ok(id) => read(&rest).map(|accepted| Accepted {
            value: RowUpdate {
                id,
                patch: accepted.value,
            },
            advisories: accepted.advisories,
        }),
        // Read with its `uuid` in it, so that what is to be said of it stands in
        // the order of the body (P11).
        Err(reason) => Err(match read(row.get()) {
            Ok(_) => refuse(ID, reason).into(),
            Err(BodyError::Invalid(violations)) => {
                Refused::from(violations).with(ID, reason).into()
            }
            Err(BodyError::Malformed(at)) => at.into(),
        }),
    }
}

const ID: FieldPath = FieldPath::field(Field::Uuid);

fn refuse(path: FieldPath, reason: Reason) -> Violations {
    let mut refused = Refused::default();
    refused.add(path, reason);
    refused.into_violations()
}

/// A row in two: whose it is, and the body of the update.
struct Row {
    id: Result<CustomerId, Reason>,
    rest: String,
}

impl Row {
    fn take_apart(row: &RawValue) -> Result<Self, MalformedJson> {
        let mut id = None;
        let mut rest = String::with_capacity(row.get().len());
        each_member(row.get().as_bytes(), |name, raw_name, value| {
            if name == Field::Uuid.as_str() {
                id = Some(match id {
                    None => read_id(value),
                    // P8: the values do not matter.
                    Some(_) => Err(Reason::DuplicateField),
                });
                return;
            }
            rest.push(if rest.is_empty() { '{' } else { ',' });
            rest.push_str(raw_name.get());
            rest.push(':');
            rest.push_str(value.get());
        })?;
        rest.push_str(if rest.is_empty() { "{}" } else { "}" });
        Ok(Self {
            id: id.unwrap_or(Err(Reason::Required)),
            rest,
        })
    }
}

fn read_id(value: &RawValue) -> Result<CustomerId, Reason> {
    match serde_json::from_str::<Cow<'_, str>>(value.get()) {
        Ok(text) => CustomerId::check(&text),
        Err(_) => Err(Reason::WrongType {
            expected: Expected::String,
        }),
    }
}

/// Goes through the members of an object: the name, the name as it is written,
/// and the value as it is written.
fn each_member<'a>(
    object: &'a [u8],
    see: impl FnMut(&str, &'a RawValue, &'a RawValue),
) -> Result<(), MalformedJson> {
    struct Object<F>(F);
    impl<'de, F: FnMut(&str, &'de RawValue, &'de RawValue)> Visitor<'de> for Object<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some((raw, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                let name: Cow<'_, str> =
                    serde_json::from_str(raw.get()).map_err(A::Error::custom)?;
                (self.0)(&name, raw, value);
            }
            Ok(())
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(object);
    deserializer.deserialize_map(Object(see))?;
    Ok(deserializer.end()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID_1: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

    fn codes(error: &BodyError) -> Vec<(String, &'static str)> {
        match error {
            BodyError::Malformed(at) => vec![(format!("{}:{}", at.line(), at.column()), "JSON")],
            BodyError::Invalid(v) => v
                .iter()
                .map(|v| (v.field().to_string(), v.code()))
                .collect(),
        }
    }

    fn owned(pairs: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        pairs.iter().map(|(f, c)| ((*f).to_owned(), *c)).collect()
    }

    #[track_caller]
    fn frame(body: &str, expected: &[(&str, &'static str)]) {
        let error = BulkUpdate::from_json(body.as_bytes()).unwrap_err();
        assert_eq!(codes(&error), owned(expected), "{body:.80}");
    }

    #[track_caller]
    fn row(row: &str) -> Result<Accepted<RowUpdate>, BodyError> {
        let body = format!(r#"{{"customers":[{row}]}}"#);
        let mut rows = BulkUpdate::from_json(body.as_bytes()).unwrap().into_rows();
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    #[track_caller]
    fn refused(text: &str, expected: &[(&str, &'static str)]) {
        assert_eq!(codes(&row(text).unwrap_err()), owned(expected), "{text}");
    }

    #[test]
    fn p10_text_that_is_not_json_is_so_as_a_whole() {
        frame(r#"{"customers":[{"zz":"\ud800"}]}"#, &[("1:22", "JSON")]);
        frame(r#"{"customers":[{},]}"#, &[("1:18", "JSON")]);
        frame("{\"customers\":[]}\nx", &[("2:1", "JSON")]);
        frame(r#"{"customers":[],"b":01}"#, &[("1:22", "JSON")]);
        let bytes = BulkUpdate::from_json(b"{\"customers\":[{\"a\":\"\xff\"}]}").unwrap_err();
        assert_eq!(codes(&bytes), owned(&[("1:21", "JSON")]));
    }

    #[test]
    fn p9_the_frame_is_an_object_with_an_array() {
        frame("[]", &[("", "WRONG_TYPE")]);
        frame("null", &[("", "WRONG_TYPE")]);
        frame("{}", &[("customers", "REQUIRED")]);
        frame(r#"{"customers":null}"#, &[("customers", "WRONG_TYPE")]);
        frame(
            r#"{"customers":{"uuid":1}}"#,
            &[("customers", "WRONG_TYPE")],
        );
        frame(
            r#"{"Customers":[],"a":1,"a":2}"#,
            &[
                ("Customers", "UNKNOWN_FIELD"),
                ("a", "UNKNOWN_FIELD"),
                ("customers", "REQUIRED"),
            ],
        );
    }

    #[test]
    fn p8_rows_given_twice_are_refused_at_the_first_whatever_they_are() {
        frame(
            r#"{"a":1,"customers":1,"b":2,"cust\u006fmers":[{}]}"#,
            &[
                ("a", "UNKNOWN_FIELD"),
                ("customers", "DUPLICATE_FIELD"),
                ("b", "UNKNOWN_FIELD"),
            ],
        );
    }

    #[test]
    fn p13_a_hostile_frame_buys_no_large_answer() {
        let body = |fields| {
            let fields: String = (0..fields).map(|i| format!(r#""k{i}":0,"#)).collect();
            format!(r#"{{{fields}"customers":[]}}"#)
        };
        for (fields, advisories) in [(99, 99), (100, 100), (101, 100)] {
            let body = body(fields);
            let accepted = BulkUpdate::read_json(body.as_bytes(), UnknownFields::Ignore);
            assert_eq!(accepted.unwrap().advisories.len(), advisories);
        }
    }

    #[test]
    fn p13_an_unknown_field_of_the_frame_earns_an_advisory() {
        let body = br#"{"a":1,"a":1,"customers":[],"b":1}"#;
        let accepted = BulkUpdate::read_json(body, UnknownFields::Ignore).unwrap();
        let advice: Vec<_> = accepted
            .advisories
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            advice,
            [
                "a is not a known field and was ignored",
                "b is not a known field and was ignored"
            ]
        );
    }

    #[test]
    fn a_bulk_update_has_0_to_100_rows() {
        for (rows, accepted) in [(0, true), (1, true), (100, true), (101, false)] {
            let body = format!(r#"{{"customers":[{}]}}"#, vec!["{}"; rows].join(","));
            match BulkUpdate::from_json(body.as_bytes()) {
                Ok(bulk) => assert_eq!((bulk.into_rows().len(), accepted), (rows, true)),
                Err(error) => {
                    assert!(!accepted);
                    assert_eq!(
                        error.to_string(),
                        "customers must have at most 100 rows, has 101"
                    );
                }
            }
        }
    }

    #[test]
    fn a_row_is_an_update_and_an_id() {
        let text = format!(r#"{{ "mainPhone":null, "\u0075uid" : "{ID_1}" ,"status":"active"}}"#);
        let accepted = row(&text).unwrap().value;
        assert_eq!(accepted.id.to_string(), ID_1);
        assert_eq!(
            serde_json::to_string(&accepted.patch).unwrap(),
            r#"{"mainPhone":null,"status":"active"}"#
        );
        let alone = row(&format!(r#"{{"uuid":"{ID_1}"}}"#)).unwrap().value;
        assert!(alone.patch.is_empty());
    }

    #[test]
    fn a_row_has_one_uuid_that_is_one() {
        refused("{}", &[("uuid", "REQUIRED")]);
        refused(r#"{"uuid":7}"#, &[("uuid", "WRONG_TYPE")]);
        refused(r#"{"uuid":null}"#, &[("uuid", "WRONG_TYPE")]);
        refused(r#"{"uuid":""}"#, &[("uuid", "INVALID_UUID")]);
        let twice = format!(r#"{{"uuid":"{ID_1}","u\u0075id":"{ID_1}"}}"#);
        refused(&twice, &[("uuid", "DUPLICATE_FIELD")]);
    }

    #[test]
    fn p11_everything_wrong_with_a_row_is_told_in_its_order() {
        refused(
            r#"{"email":null,"uuid":"x","colour":1,"status":"no","status":"active"}"#,
            &[
                ("email", "NULL_NOT_ALLOWED"),
                ("uuid", "INVALID_UUID"),
                ("colour", "UNKNOWN_FIELD"),
                ("status", "DUPLICATE_FIELD"),
            ],
        );
        refused(
            r#"{"contacts":[]}"#,
            &[("contacts", "CONTACTS_NOT_UPDATABLE"), ("uuid", "REQUIRED")],
        );
        let text = format!(r#"{{"uuid":"{ID_1}","version":1,"customer":""}}"#);
        refused(&text, &[("version", "READ_ONLY"), ("customer", "BLANK")]);
    }

    #[test]
    fn p11_no_more_than_100_violations_of_a_row_are_told() {
        let unknown: Vec<_> = (0..100).map(|n| format!(r#""k{n}":0"#)).collect();
        for (text, omitted) in [
            (format!("{{{}}}", unknown.join(",")), 1),
            (format!(r#"{{{},"uuid":1}}"#, unknown.join(",")), 1),
            (format!(r#"{{"uuid":1,{}}}"#, unknown.join(",")), 1),
        ] {
            let Err(BodyError::Invalid(violations)) = row(&text) else {
                panic!("accepted");
            };
            assert_eq!(
                (violations.as_slice().len(), violations.omitted()),
                (100, omitted)
            );
        }
    }

    #[test]
    fn p9_a_row_that_is_not_an_object_is_refused_alone() {
        for text in ["null", "[]", "1e999", r#""x""#] {
            refused(text, &[("", "WRONG_TYPE")]);
        }
        let body = format!(r#"{{"customers":[1,{{"uuid":"{ID_1}"}}]}}"#);
        let rows = BulkUpdate::from_json(body.as_bytes()).unwrap().into_rows();
        assert_eq!([rows[0].is_ok(), rows[1].is_ok()], [false, true]);
    }

    #[test]
    fn p10_a_row_that_serde_json_cannot_hold_is_read_all_the_same() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let text = format!(r#"{{"uuid":"{ID_1}","customer":{deep},"email":1e999}}"#);
        refused(
            &text,
            &[("customer", "WRONG_TYPE"), ("email", "WRONG_TYPE")],
        );
    }
}
