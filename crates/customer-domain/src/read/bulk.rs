//! B1: many updates in one body, `{"customers": [{"uuid": …, …}, …]}`.

use std::iter;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess};
use serde::{Deserializer, Serialize, Serializer};

use crate::field_value::FieldValue;
use crate::patch::CustomerPatch;
use crate::patch::update::NullableUpdate;
use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::scalar::{Nested, Scalar, ValueSeed};
use crate::schema::Field;
use crate::value::id::CustomerId;
use crate::violation::Violations;

use super::body::{BodyReader, FromBody, Values};
use super::findings::Findings;
use super::json::{self, Root};
use super::members::{Members, Name};
use super::options::{Accepted, BodyError, Purpose, ReadOptions};

/// Many updates in one body, each of which succeeds or fails on its own (B2).
///
/// The body is one object with the member `customers`, an array of at most
/// [`MAX_ROWS`](Self::MAX_ROWS) rows. A row is the body of an update (P1 to P13)
/// with the `uuid` of its customer. A violation of the frame, which is everything
/// outside the rows, rejects the body; a violation of a row rejects that row. Invalid
/// JSON anywhere rejects the body (P10).
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
    rows: Vec<Result<Accepted<RowUpdate>, Violations>>,
}

/// A valid row of a bulk update.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowUpdate {
    /// The customer to update.
    pub id: CustomerId,
    /// The changes.
    pub patch: CustomerPatch,
}

/// The row, so that a client can send it.
impl Serialize for RowUpdate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let id = NullableUpdate::Set(FieldValue::Uuid(self.id.into()));
        let id = iter::once((Field::Id.as_str(), id));
        serializer.collect_map(id.chain(self.patch.members()))
    }
}

impl RowUpdate {
    /// The update of that customer.
    #[must_use]
    pub const fn new(id: CustomerId, patch: CustomerPatch) -> Self {
        Self { id, patch }
    }
}

impl FromBody for RowUpdate {
    const PURPOSE: Purpose = Purpose::Row;

    fn from_values(values: Values) -> Result<Self, Field> {
        Ok(Self {
            id: values.id.ok_or(Field::Id)?,
            patch: values.patch,
        })
    }
}

impl BulkUpdate {
    /// The maximum number of rows. An empty array is valid and changes nothing.
    pub const MAX_ROWS: usize = 100;

    /// The member of the body that contains the rows.
    pub const ROWS: &'static str = "customers";

    /// Reads the body of a bulk update.
    ///
    /// # Errors
    ///
    /// [`BodyError`] for violations of the frame: `MALFORMED_JSON` anywhere in the
    /// body; for `customers` the codes `REQUIRED`, `WRONG_TYPE`, `DUPLICATE_FIELD`
    /// and `TOO_MANY`; `UNKNOWN_FIELD` next to it.
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        Self::read_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of a bulk update, with options for the frame and all rows, and
    /// returns the warnings of the frame too. The warnings of a row are in its result.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions) -> Result<Accepted<Self>, BodyError> {
        let mut reader = BulkReader::new(options);
        json::read(body, &mut reader)?;
        let warnings = reader.findings.finish()?;
        let value = Self { rows: reader.rows };
        Ok(Accepted { value, warnings })
    }

    /// The result of each row, in body order: the update, or its violations. Paths are
    /// relative to the row. Violations of its `uuid` are `REQUIRED`, `WRONG_TYPE`,
    /// `INVALID_UUID` and `DUPLICATE_FIELD`.
    pub fn into_rows(self) -> Vec<Result<Accepted<RowUpdate>, Violations>> {
        self.rows
    }
}

/// Reads the frame.
struct BulkReader {
    options: ReadOptions,
    findings: Findings,
    rows: Vec<Result<Accepted<RowUpdate>, Violations>>,
    /// The number of elements of the array, including those beyond the limit.
    count: usize,
}

const ROWS: FieldPath = FieldPath::named(BulkUpdate::ROWS);

/// The only member of the frame.
#[derive(Clone, Copy)]
struct Rows;

impl Name for Rows {
    fn from_bytes(name: &[u8]) -> Option<Self> {
        (name == BulkUpdate::ROWS.as_bytes()).then_some(Self)
    }

    fn index(self) -> usize {
        0
    }

    fn as_str(self) -> &'static str {
        BulkUpdate::ROWS
    }
}

impl BulkReader {
    const fn new(options: ReadOptions) -> Self {
        Self {
            options,
            findings: Findings::new(options.unknown_fields()),
            rows: Vec::new(),
            count: 0,
        }
    }

    fn check_rows(&self, input: &Scalar<'_>) -> Result<(), Reason> {
        let max = BulkUpdate::MAX_ROWS;
        let actual = self.count;
        if *input != Scalar::Array {
            return Err(Reason::wrong_type(Expected::Array));
        }
        if actual > max {
            return Err(Reason::TooMany { max, actual });
        }
        Ok(())
    }
}

impl Root for BulkReader {
    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        let input = ValueSeed(&mut *self).deserialize(deserializer)?;
        self.findings.check_body(&input);
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new(self.options);
    }
}

impl<'de> Nested<'de> for &mut BulkReader {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let parent = Parent::Other(&[BulkUpdate::ROWS]);
        let mut members = Members::begin(parent, &self.findings);
        while let Some(Rows) = members.next(&mut map, &mut self.findings)? {
            let input = map.next_value_seed(ValueSeed(RowList(self)))?;
            if let Err(reason) = self.check_rows(&input) {
                self.findings.add(ROWS, reason);
            }
        }
        if !members.has(Rows) {
            self.findings.next_member();
            self.findings.add(ROWS, Reason::Required);
        }
        members.end(&mut self.findings);
        Ok(())
    }
}

/// Reads the array of rows.
struct RowList<'r>(&'r mut BulkReader);

impl<'de> Nested<'de> for RowList<'_> {
    fn array<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self(bulk) = self;
        while bulk.count < BulkUpdate::MAX_ROWS {
            let mut row = BodyReader::new(Purpose::Row, bulk.options);
            let Some(input) = seq.next_element_seed(ValueSeed(&mut row))? else {
                return Ok(());
            };
            bulk.count += 1;
            row.findings.check_body(&input);
            bulk.rows.push(row.finish());
        }
        // Rows beyond the limit are only counted.
        while seq.next_element::<IgnoredAny>()?.is_some() {
            bulk.count += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::findings::UnknownFields;

    const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

    fn codes(violations: &Violations) -> Vec<(&str, &str)> {
        let codes = violations.iter().map(|v| (v.field().as_str(), v.code()));
        codes.collect()
    }

    /// Reads a body that is malformed, and returns the position of the error.
    #[track_caller]
    fn malformed(body: impl AsRef<[u8]>) -> (usize, usize) {
        match BulkUpdate::from_json(body.as_ref()) {
            Err(BodyError::Malformed(at)) => (at.line(), at.column()),
            other => panic!("not malformed: {other:?}"),
        }
    }

    /// Reads a body whose frame is invalid.
    #[track_caller]
    fn frame(body: &str, expected: &[(&str, &str)]) {
        match BulkUpdate::from_json(body.as_bytes()) {
            Err(BodyError::Invalid(violations)) => {
                assert_eq!(codes(&violations), expected, "{body:.80}");
            }
            other => panic!("not invalid: {other:?}"),
        }
    }

    /// Reads a body of one row.
    #[track_caller]
    fn row(row: &str) -> Result<Accepted<RowUpdate>, Violations> {
        let body = format!(r#"{{"customers":[{row}]}}"#);
        let mut rows = BulkUpdate::from_json(body.as_bytes()).unwrap().into_rows();
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }

    #[track_caller]
    fn invalid_row(text: &str, expected: &[(&str, &str)]) {
        assert_eq!(codes(&row(text).unwrap_err()), expected, "{text}");
    }

    #[test]
    fn p10_a_syntax_error_anywhere_rejects_the_body() {
        assert_eq!(malformed(r#"{"customers":[{"zz":"\ud800"}]}"#), (1, 22));
        assert_eq!(malformed(r#"{"customers":[{},]}"#), (1, 18));
        assert_eq!(malformed("{\"customers\":[]}\nx"), (2, 1));
        assert_eq!(malformed(r#"{"customers":[],"b":01}"#), (1, 22));
        assert_eq!(malformed(b"{\"customers\":[{\"a\":\"\xff\"}]}"), (1, 21));
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
    fn p8_repeated_rows_are_one_violation_at_the_first_whatever_they_are() {
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
    fn p13_at_most_100_warnings_of_the_frame_are_reported() {
        let body = |fields| {
            let fields: String = (0..fields).map(|i| format!(r#""k{i}":0,"#)).collect();
            format!(r#"{{{fields}"customers":[]}}"#)
        };
        for (fields, warnings) in [(99, 99), (100, 100), (101, 100)] {
            let body = body(fields);
            let accepted = BulkUpdate::read_json(
                body.as_bytes(),
                ReadOptions::new().with_unknown_fields(UnknownFields::Ignore),
            );
            assert_eq!(accepted.unwrap().warnings.len(), warnings);
        }
    }

    #[test]
    fn p13_an_unknown_field_of_the_frame_produces_a_warning() {
        let body = br#"{"a":1,"a":1,"customers":[],"b":1}"#;
        let accepted = BulkUpdate::read_json(
            body,
            ReadOptions::new().with_unknown_fields(UnknownFields::Ignore),
        )
        .unwrap();
        let warnings: Vec<_> = accepted.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "a is not a known field and was ignored",
                "b is not a known field and was ignored"
            ]
        );
    }

    #[test]
    fn b1_a_bulk_update_has_0_to_100_rows() {
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
    fn b1_a_row_is_an_update_and_an_id() {
        let text = format!(r#"{{ "mainPhone":null, "\u0075uid" : "{ID}" ,"status":"active"}}"#);
        let accepted = row(&text).unwrap().value;
        assert_eq!(accepted.id.to_string(), ID);
        assert_eq!(
            serde_json::to_string(&accepted.patch).unwrap(),
            r#"{"mainPhone":null,"status":"active"}"#
        );
        let alone = row(&format!(r#"{{"uuid":"{ID}"}}"#)).unwrap().value;
        assert!(alone.patch.is_empty());
    }

    #[test]
    fn b1_a_row_has_exactly_one_valid_uuid() {
        invalid_row("{}", &[("uuid", "REQUIRED")]);
        invalid_row(r#"{"uuid":7}"#, &[("uuid", "WRONG_TYPE")]);
        invalid_row(r#"{"uuid":null}"#, &[("uuid", "WRONG_TYPE")]);
        invalid_row(r#"{"uuid":""}"#, &[("uuid", "INVALID_UUID")]);
        let twice = format!(r#"{{"uuid":"{ID}","u\u0075id":"{ID}"}}"#);
        invalid_row(&twice, &[("uuid", "DUPLICATE_FIELD")]);
    }

    #[test]
    fn p11_all_violations_of_a_row_are_reported_in_its_order() {
        invalid_row(
            r#"{"email":null,"uuid":"x","colour":1,"status":"no","status":"active"}"#,
            &[
                ("email", "NULL_NOT_ALLOWED"),
                ("uuid", "INVALID_UUID"),
                ("colour", "UNKNOWN_FIELD"),
                ("status", "DUPLICATE_FIELD"),
            ],
        );
        invalid_row(
            r#"{"contacts":[]}"#,
            &[("contacts", "CONTACTS_NOT_UPDATABLE"), ("uuid", "REQUIRED")],
        );
        let text = format!(r#"{{"uuid":"{ID}","version":1,"customer":""}}"#);
        invalid_row(&text, &[("version", "READ_ONLY"), ("customer", "BLANK")]);
    }

    #[test]
    fn p11_at_most_100_violations_of_a_row_are_reported() {
        let unknown: Vec<_> = (0..100).map(|n| format!(r#""k{n}":0"#)).collect();
        for (text, omitted) in [
            (format!("{{{}}}", unknown.join(",")), 1),
            (format!(r#"{{{},"uuid":1}}"#, unknown.join(",")), 1),
            (format!(r#"{{"uuid":1,{}}}"#, unknown.join(",")), 1),
        ] {
            let violations = row(&text).unwrap_err();
            assert_eq!((violations.len(), violations.omitted()), (100, omitted));
        }
    }

    #[test]
    fn p9_a_row_that_is_not_an_object_rejects_only_itself() {
        for text in ["null", "[]", "1e999", r#""x""#] {
            invalid_row(text, &[("", "WRONG_TYPE")]);
        }
        let body = format!(r#"{{"customers":[1,{{"uuid":"{ID}"}}]}}"#);
        let rows = BulkUpdate::from_json(body.as_bytes()).unwrap().into_rows();
        assert_eq!([rows[0].is_ok(), rows[1].is_ok()], [false, true]);
    }

    #[test]
    fn p10_a_row_with_a_number_that_serde_json_cannot_represent_is_read() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let text = format!(r#"{{"uuid":"{ID}","customer":{deep},"email":1e999}}"#);
        invalid_row(
            &text,
            &[("customer", "WRONG_TYPE"), ("email", "WRONG_TYPE")],
        );
    }
}
