//! B1: many creates or updates in one body, `{"customers": [row, …]}`.

use std::iter;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess};
use serde::{Deserializer, Serialize, Serializer};

use crate::customer::NewCustomer;
use crate::field_value::FieldValue;
use crate::patch::CustomerPatch;
use crate::patch::update::NullableUpdate;
use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::scalar::{Nested, Scalar, ValueSeed};
use crate::schema::Field;
use crate::value::id::CustomerId;
use crate::violation::{MAX_VIOLATIONS, Violations};

use super::body::{BodyReader, FromBody, Values};
use super::findings::Findings;
use super::json::{self, Root};
use super::members::{Members, Name};
use super::options::{Accepted, BodyError, Purpose, ReadOptions};

/// Many rows in one body, each of which succeeds or fails on its own (B2):
/// [`BulkCreate`] or [`BulkUpdate`].
///
/// The body is one object with the member `customers`, an array of at most
/// [`MAX_ROWS`](Self::MAX_ROWS) rows. A violation of the frame, which is everything
/// outside the rows, rejects the body; a violation of a row rejects that row. Invalid
/// JSON anywhere rejects the body (P10).
///
/// All rows together report at most [`MAX_VIOLATIONS`] violations: each invalid row
/// its first one, and the rest in body order. The others are
/// [`omitted`](Violations::omitted) by their row (B3).
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
pub struct Bulk<R> {
    rows: Vec<Result<Accepted<R>, Violations>>,
}

/// Many updates: a row is the body of an update (P1 to P13) with the `uuid` of its
/// customer. Violations of the `uuid` are `REQUIRED`, `WRONG_TYPE`, `INVALID_UUID`
/// and `DUPLICATE_FIELD`.
pub type BulkUpdate = Bulk<RowUpdate>;

/// Many new customers: a row is the body of a create (RULES, Create).
pub type BulkCreate = Bulk<NewCustomer>;

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

/// The maximum number of rows of a body.
const MAX_ROWS: usize = 100;

impl<R> Bulk<R> {
    /// The maximum number of rows of a body. An empty array is valid and changes nothing.
    pub const MAX_ROWS: usize = MAX_ROWS;

    /// The member of the body that contains the rows.
    pub const ROWS: &'static str = Rows::NAME;

    /// The result of each row, in body order: the value, or its violations. Paths are
    /// relative to the row.
    pub fn into_rows(self) -> Vec<Result<Accepted<R>, Violations>> {
        self.rows
    }

    /// B3: the limit of P11 for all rows together.
    fn limit_findings(&mut self) {
        let invalid = self.rows.iter().filter(|row| row.is_err()).count();
        let mut further = MAX_VIOLATIONS.saturating_sub(invalid);
        let mut warnings = MAX_VIOLATIONS;
        for row in &mut self.rows {
            match row {
                Ok(accepted) => {
                    accepted.warnings.truncate(warnings);
                    warnings -= accepted.warnings.len();
                }
                Err(violations) => {
                    violations.truncate(1 + further);
                    further -= violations.len().saturating_sub(1);
                }
            }
        }
    }
}

impl BulkUpdate {
    /// Reads the body of a bulk update.
    ///
    /// # Errors
    ///
    /// [`BodyError`] for violations of the frame: `MALFORMED_JSON` anywhere in the
    /// body; for `customers` the codes `REQUIRED`, `WRONG_TYPE`, `DUPLICATE_FIELD`
    /// and `TOO_MANY`; `UNKNOWN_FIELD` next to it.
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        read(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of a bulk update, with options for the frame and all rows, and
    /// returns the warnings of the frame too. The warnings of a row are in its result.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions) -> Result<Accepted<Self>, BodyError> {
        read(body, options)
    }
}

impl BulkCreate {
    /// Reads the body of a bulk create, with options for the frame and all rows, and
    /// returns the warnings of the frame too. The warnings of a row are in its result.
    ///
    /// # Errors
    ///
    /// As [`BulkUpdate::from_json`].
    pub fn read_json(body: &[u8], options: ReadOptions) -> Result<Accepted<Self>, BodyError> {
        read(body, options)
    }
}

fn read<R: FromBody>(body: &[u8], options: ReadOptions) -> Result<Accepted<Bulk<R>>, BodyError> {
    let mut reader = BulkReader::new(options);
    json::read(body, &mut reader)?;
    let warnings = reader.findings.finish()?;
    let mut value = Bulk { rows: reader.rows };
    value.limit_findings();
    Ok(Accepted { value, warnings })
}

/// Reads the frame.
struct BulkReader<R> {
    options: ReadOptions,
    findings: Findings,
    rows: Vec<Result<Accepted<R>, Violations>>,
    /// The number of elements of the array, including those beyond the limit.
    count: usize,
}

const ROWS: FieldPath = FieldPath::named(Rows::NAME);

/// The only member of the frame.
#[derive(Clone, Copy)]
struct Rows;

impl Rows {
    const NAME: &str = "customers";
}

impl Name for Rows {
    fn from_bytes(name: &[u8]) -> Option<Self> {
        (name == Self::NAME.as_bytes()).then_some(Self)
    }

    fn index(self) -> usize {
        0
    }

    fn as_str(self) -> &'static str {
        Self::NAME
    }
}

impl<R> BulkReader<R> {
    const fn new(options: ReadOptions) -> Self {
        Self {
            options,
            findings: Findings::new(options.unknown_fields()),
            rows: Vec::new(),
            count: 0,
        }
    }

    fn check_rows(&self, input: &Scalar<'_>) -> Result<(), Reason> {
        let max = MAX_ROWS;
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

impl<R: FromBody> Root for BulkReader<R> {
    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        let input = ValueSeed(&mut *self).deserialize(deserializer)?;
        self.findings.check_body(&input);
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new(self.options);
    }
}

impl<'de, R: FromBody> Nested<'de> for &mut BulkReader<R> {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let parent = Parent::Other(&[Rows::NAME]);
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
struct RowList<'r, R>(&'r mut BulkReader<R>);

impl<'de, R: FromBody> Nested<'de> for RowList<'_, R> {
    fn array<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self(bulk) = self;
        while bulk.count < MAX_ROWS {
            let mut row = BodyReader::new(R::PURPOSE, bulk.options);
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
    fn b3_all_rows_together_report_at_most_100_violations() {
        let unknown: Vec<_> = (0..70).map(|n| format!(r#""k{n}":0"#)).collect();
        let wide = format!(r#"{{"uuid":"{ID}",{}}}"#, unknown.join(","));
        let valid = format!(r#"{{"uuid":"{ID}"}}"#);
        for (rows, expected) in [
            // The second row reports its first violation, and others up to the limit.
            (vec![&*wide, &valid, &wide], vec![(70, 0), (30, 40)]),
            (
                vec![&wide, "{}", &wide, "7"],
                vec![(70, 0), (1, 0), (28, 42), (1, 0)],
            ),
            (vec![&wide; 100], vec![(1, 69); 100]),
            (vec!["{}"; 100], vec![(1, 0); 100]),
        ] {
            let body = format!(r#"{{"customers":[{}]}}"#, rows.join(","));
            let rows = BulkUpdate::from_json(body.as_bytes()).unwrap().into_rows();
            let invalid = rows.iter().filter_map(|row| row.as_ref().err());
            let counts: Vec<_> = invalid.map(|row| (row.len(), row.omitted())).collect();
            assert_eq!(counts, expected);
        }
    }

    #[test]
    fn b3_all_rows_together_have_at_most_100_warnings() {
        let unknown: Vec<_> = (0..70).map(|n| format!(r#""k{n}":0"#)).collect();
        let row = format!(r#"{{"uuid":"{ID}",{}}}"#, unknown.join(","));
        let body = format!(r#"{{"customers":[{row},{row},{row}]}}"#);
        let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
        let bulk = BulkUpdate::read_json(body.as_bytes(), options).unwrap();
        let rows = bulk.value.into_rows();
        let counts: Vec<_> = rows
            .iter()
            .map(|row| row.as_ref().unwrap().warnings.len())
            .collect();
        assert_eq!(counts, [70, 30, 0]);
    }

    #[test]
    fn b1_a_row_of_a_bulk_create_is_the_body_of_a_create() {
        let new = r#"{"customer":"Acme","email":"a@acme.example","contacts":[{"name":"Ann"}]}"#;
        let body = format!(r#"{{"customers":[{new},{{"uuid":"{ID}","customer":""}}]}}"#);
        let bulk = BulkCreate::read_json(body.as_bytes(), ReadOptions::new()).unwrap();
        let [first, second] = &bulk.value.into_rows()[..] else {
            panic!()
        };
        let alone = NewCustomer::from_json(new.as_bytes()).unwrap();
        assert_eq!(first.as_ref().unwrap().value, alone);
        assert_eq!(
            codes(second.as_ref().unwrap_err()),
            [
                ("uuid", "READ_ONLY"),
                ("customer", "BLANK"),
                ("email", "REQUIRED")
            ]
        );
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
