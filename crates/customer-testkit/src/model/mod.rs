//! An independent, simple and slow implementation of the rules of a customer record.
//!
//! The core is tested against this model. The model shares no code with the core and has
//! no fast path. Each function names the rule it implements (T strings, V values, P
//! patch, M merge, RULES, Create).
//!
//! ```
//! use customer_testkit::model::{UnknownFields, Verdict, create, update};
//!
//! let now = "2026-11-23T12:00:00Z";
//! let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
//! let body = br#"{"customer":"Acme","email":"ann@acme.example"}"#;
//! let Verdict::Accepted { data, .. } = create(uuid, now, body, UnknownFields::Reject) else {
//!     unreachable!("the body is valid");
//! };
//!
//! let verdict = update(&data, now, br#"{"email":null}"#, UnknownFields::Reject);
//! let errors = vec![("email".to_owned(), "NULL_NOT_ALLOWED".to_owned())];
//! let code = "VALIDATION_FAILED".to_owned();
//! assert_eq!(verdict, Verdict::Rejected { code, errors, omitted: 0 });
//! ```

mod body;
pub mod json;
mod report;
mod text;
mod value;
mod verdict;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::body::Purpose;
pub use self::text::is_default_ignorable;
pub(crate) use self::value::caseless;
pub use self::value::{
    check_email, check_name, check_phone, check_status, check_website, email_key,
};
pub use self::verdict::{INVALID_CASE, UnknownFields, Verdict};

/// P, M: the outcome of a patch of a valid record (a JSON object as in RULES, Record) at
/// the time `now` (RFC 3339).
pub fn update(record: &Value, now: &str, body: &[u8], unknown: UnknownFields) -> Verdict {
    match body::read(body, Purpose::Update, unknown) {
        Ok(wish) => merged(record, now, wish).unwrap_or_else(invalid_case),
        Err(rejection) => rejection,
    }
}

/// B1: the outcome of a row of a bulk update. The record is any valid one, because the
/// row itself names its customer.
pub fn row(record: &Value, now: &str, body: &[u8], unknown: UnknownFields) -> Verdict {
    match body::read(body, Purpose::Row, unknown) {
        Ok(mut wish) => {
            let mut record = record.clone();
            record["uuid"] = wish.fields.remove("uuid").unwrap_or_default();
            merged(&record, now, wish).unwrap_or_else(invalid_case)
        }
        Err(rejection) => rejection,
    }
}

/// M1–M4: the record with the patch applied; `None` if the record or the time is invalid.
fn merged(record: &Value, now: &str, wish: body::ValidBody) -> Option<Verdict> {
    let mut data = record.as_object()?.clone();
    let created = instant(record.get("createdAt")?.as_str()?)?;
    let old = instant(record.get("updatedAt")?.as_str()?)?;
    let now = floored(instant(now)?)?;
    let uuid = record.get("uuid")?.as_str()?.to_ascii_lowercase();

    // M2: a field that is set to its current value has not changed.
    let mut changed = Vec::new();
    for (name, value) in wish.fields {
        if data.get(&name) != Some(&value) {
            data.insert(name.clone(), value);
            changed.push(name);
        }
    }
    changed.sort();

    // M3: `updatedAt` strictly increases.
    let updated = if changed.is_empty() {
        old
    } else if now > old {
        now
    } else {
        Timestamp::from_nanosecond(old.as_nanosecond() + NANOSECONDS_OF_A_MICROSECOND).ok()?
    };
    data.insert("uuid".to_owned(), json!(uuid));
    data.insert("createdAt".to_owned(), json!(created.to_string()));
    data.insert("updatedAt".to_owned(), json!(updated.to_string()));
    Some(Verdict::Accepted {
        data: Value::Object(data),
        changed,
        warnings: wish.warnings,
    })
}

/// RULES, Create: the outcome of the body of a create, for a record with this uuid,
/// created at the time `now` (RFC 3339).
pub fn create(uuid: &str, now: &str, body: &[u8], unknown: UnknownFields) -> Verdict {
    match body::read(body, Purpose::Create, unknown) {
        Ok(wish) => new_record(uuid, now, wish).unwrap_or_else(invalid_case),
        Err(rejection) => rejection,
    }
}

/// RULES, Create: the new record; `None` if the time is invalid.
fn new_record(uuid: &str, now: &str, wish: body::ValidBody) -> Option<Verdict> {
    let now = floored(instant(now)?)?.to_string();
    let mut data = body::nulls(&body::NULLABLE);
    data.insert("status".to_owned(), json!("active"));
    data.insert("contacts".to_owned(), json!([]));
    data.extend(wish.fields);
    data.insert("uuid".to_owned(), json!(uuid.to_ascii_lowercase()));
    data.insert("createdAt".to_owned(), json!(now));
    data.insert("updatedAt".to_owned(), json!(now));
    Some(Verdict::Accepted {
        data: Value::Object(data),
        changed: Vec::new(),
        warnings: wish.warnings,
    })
}

/// The verdict on an invalid test case: see [`INVALID_CASE`].
fn invalid_case() -> Verdict {
    Verdict::Rejected {
        code: INVALID_CASE.to_owned(),
        errors: Vec::new(),
        omitted: 0,
    }
}

const NANOSECONDS_OF_A_MICROSECOND: i128 = 1_000;

/// The instant of an RFC 3339 string.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// M3: the instant rounded down to the microsecond, also before 1970.
fn floored(instant: Timestamp) -> Option<Timestamp> {
    let microseconds = instant
        .as_nanosecond()
        .div_euclid(NANOSECONDS_OF_A_MICROSECOND);
    Timestamp::from_nanosecond(microseconds * NANOSECONDS_OF_A_MICROSECOND).ok()
}
