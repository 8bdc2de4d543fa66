//! B1: many updates in one body, `{"customers": [{"uuid": …, …}, …]}`.

use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use crate::patch::CustomerPatch;
use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::scalar::{Nested, Scalar, ValueSeed};
use crate::value::id::CustomerId;
use crate::violation::Violations;

use super::body::BodyReader;
use super::findings::Findings;
use super::json::{self, Root};
use super::members::{Members, Name};
use super::options::{Accepted, BodyError, Purpose, ReadOptions};

/// Many updates in one body, each of which succeeds or fails on its own (B2).
///
/// The body is one object with the member `customers`, an array of at most
/// [`MAX_ROWS`](Self::MAX_ROWS) rows. A row is the body of an update (P1 to P13)
/// with the `uuid` of its customer. A violation of the frame rejects the body; a
/// violation of a row rejects that row. Invalid JSON anywhere rejects the body
/// (P10).
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
pub struct RowUpdate {
    /// The customer to update.
    pub id: CustomerId,
    /// The changes.
    pub patch: CustomerPatch,
}

impl BulkUpdate {
    /// The most rows of a body. An empty array is valid and changes nothing.
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

    /// Reads the body of a bulk update, with options for the frame and all rows,
    /// and returns the warnings of the frame too; those of a row are in the row.
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

    /// The rows, in body order: the update, or the violations, with paths that
    /// begin in the row. Violations of its `uuid` are `REQUIRED`, `WRONG_TYPE`,
    /// `NULL_NOT_ALLOWED`, `INVALID_UUID` and `DUPLICATE_FIELD`.
    #[must_use]
    pub fn into_rows(self) -> Vec<Result<Accepted<RowUpdate>, Violations>> {
        self.rows
    }
}

/// Reads the frame.
struct BulkReader {
    options: ReadOptions,
    findings: Findings,
    rows: Vec<Result<Accepted<RowUpdate>, Violations>>,
    /// The number of elements of the array, those beyond the limit included.
    count: usize,
}

const ROWS: FieldPath = FieldPath::named(BulkUpdate::ROWS);

/// The one member of the frame.
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
        match input {
            Scalar::Array if actual > max => Err(Reason::TooMany { max, actual }),
            Scalar::Array => Ok(()),
            Scalar::Null | Scalar::Bool(_) | Scalar::String(_) | Scalar::Object | Scalar::Other => {
                Err(Reason::wrong_type(Expected::Array))
            }
        }
    }
}

impl Root for BulkReader {
    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        let input = ValueSeed(&mut *self).deserialize(deserializer)?;
        if input != Scalar::Object {
            let reason = Reason::wrong_type(Expected::Object);
            self.findings.add(FieldPath::BODY, reason);
        }
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
            row.check_is_object(&input);
            bulk.rows
                .push(row.into_row().map(|Accepted { value, warnings }| {
                    let (id, patch) = value;
                    let value = RowUpdate { id, patch };
                    Accepted { value, warnings }
                }));
        }
        // Rows beyond the limit are only counted.
        while seq.next_element::<IgnoredAny>()?.is_some() {
            bulk.count += 1;
        }
        Ok(())
    }
}
