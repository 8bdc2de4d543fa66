//! Properties that hold for every input. Each is a function that panics if the property
//! does not hold; fuzz targets and ordinary tests call the same functions.

use arbitrary::Unstructured;
use customer_domain::{
    Accepted, BodyError, BulkUpdate, ContactName, Customer, CustomerName, CustomerPatch,
    CustomerRecord, EmailAddress, ErrorCode, Failure, Field, NewCustomer, PhoneNumber, ReadOptions,
    RowUpdate, Success, Timestamp, UnknownFields, ValueError, Version, Violation, Violations,
    WebsiteUrl,
};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::model::json::Document;
pub use crate::store_history::store_history;
use crate::{addresses, differential, generate, model};

/// Any bytes as the body of an update. Parsing does not panic. The fast path and serde
/// accept the same bodies. An accepted patch survives serialization, and applying it
/// twice has the same effect as applying it once.
///
/// # Panics
///
/// If the property does not hold.
pub fn patch_json(bytes: &[u8]) {
    let read = CustomerPatch::from_json(bytes);
    let lenient = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
    let ignoring = CustomerPatch::read_json(bytes, lenient);
    let through_serde = serde_json::from_slice::<CustomerPatch>(bytes);
    assert_eq!(through_serde.as_ref().ok(), read.as_ref().ok());
    let Ok(patch) = read else {
        return;
    };
    assert_eq!(ignoring.map(|accepted| accepted.value), Ok(patch.clone()));
    let json = json_of(&patch);
    assert_eq!(CustomerPatch::from_json(json.as_bytes()), Ok(patch.clone()));

    let record = differential::sample_record();
    let once = record
        .clone()
        .apply(&patch, record.updated_at())
        .into_customer();
    let twice = once.clone().apply(&patch, Timestamp::MAX);
    assert!(twice.changed().is_empty());
    assert_eq!(*twice.customer(), once);
}

/// A generated body. The core and the model agree on it as an update, as a create and as
/// the rows of a bulk update.
///
/// # Panics
///
/// If they do not agree.
pub fn patch_differential(bytes: &[u8]) {
    if let Ok(Err(disagreement)) = differential::generated(&mut Unstructured::new(bytes)) {
        panic!("{disagreement}");
    }
}

/// Any bytes as the body of a bulk update, then a generated one and mutations of it. The
/// core reports malformed JSON exactly if the model does (P10). A generated body has the
/// same result as a row and as an update.
///
/// # Panics
///
/// If the property does not hold.
pub fn bulk_json(bytes: &[u8]) {
    malformed_if_the_model_says_so(bytes);
    let u = &mut Unstructured::new(bytes);
    let Ok(body) = generate::body(u) else {
        return;
    };
    let update = CustomerPatch::from_json(&body);
    if update.as_ref().is_err_and(may_differ) {
        return;
    }
    let bulk = [br#"{"customers":["#, &*generate::with_id(&body), b"]}"].concat();
    if let Ok(changed) = generate::mutated(u, bulk.clone()) {
        malformed_if_the_model_says_so(&changed);
    }
    let rows = match BulkUpdate::from_json(&bulk) {
        Ok(bulk) => bulk.into_rows(),
        Err(error) => panic!("the frame is rejected: {error}"),
    };
    let read = |row: Result<Accepted<RowUpdate>, Violations>| {
        row.map(|row| row.value.patch).map_err(BodyError::Invalid)
    };
    assert_eq!(rows.into_iter().map(read).collect::<Vec<_>>(), [update]);
}

fn malformed_if_the_model_says_so(bulk: &[u8]) {
    let read = BulkUpdate::from_json(bulk);
    let is_malformed = matches!(read, Err(BodyError::Malformed(_)));
    assert_eq!(is_malformed, Document::read(bulk).is_none());
}

/// Whether an update and a row may differ: because of invalid JSON, a `uuid`, or omitted
/// violations.
fn may_differ(error: &BodyError) -> bool {
    match error {
        BodyError::Malformed(_) => true,
        BodyError::Invalid(violations) => {
            let id = Field::Id.as_str();
            violations.omitted() > 0 || violations.iter().any(|v| v.field().as_str() == id)
        }
    }
}

/// Records and patches: every law of the merge (M5), and M2 to M4.
///
/// # Panics
///
/// If a law does not hold.
pub fn merge_laws(bytes: &[u8]) {
    let u = &mut Unstructured::new(bytes);
    let Ok((c, p, q, r, now)) = merge_input(u) else {
        return;
    };
    let empty = CustomerPatch::new();
    let unchanged = c.clone().apply(&empty, now);
    assert!(unchanged.changed().is_empty());
    assert_eq!(*unchanged.customer(), c, "identity");

    let applied = c.clone().apply(&p, now);
    let d = applied.customer();
    assert_eq!(d.clone().apply(&p, now).customer(), d, "idempotence");
    assert_eq!(applied.changed().is_empty(), *d == c, "M2");
    if applied.changed().is_empty() {
        assert_eq!(d.updated_at(), c.updated_at(), "M3");
    } else {
        assert!(
            d.updated_at() > c.updated_at() && d.updated_at() >= now,
            "M3"
        );
        assert_eq!(d.version().get(), c.version().get() + 1, "M3");
    }
    assert_eq!(d.id(), c.id(), "M4");
    assert_eq!(d.team(), c.team(), "M4");
    assert_eq!(d.created_at(), c.created_at(), "M4");
    assert_eq!(d.contacts(), c.contacts(), "M4");

    let both = content(d.clone().apply(&q, now).customer());
    let at_once = c.clone().apply(&p.clone().then(q.clone()), now);
    assert_eq!(both, content(at_once.customer()), "composition");
    let left = p.clone().then(q.clone()).then(r.clone());
    assert_eq!(left, p.clone().then(q.then(r)), "associativity");
    assert_eq!(p.clone().then(empty.clone()), p, "unit");
    assert_eq!(empty.then(p.clone()), p, "unit");

    let patch = c.diff(d);
    let by_difference = c.clone().apply(&patch, now);
    assert_eq!(content(by_difference.customer()), content(d), "difference");
    assert_eq!(
        by_difference.changed().names(),
        member_names(&patch),
        "minimal"
    );
    let json = json_of(&p);
    assert_eq!(
        CustomerPatch::from_json(json.as_bytes()),
        Ok(p),
        "round trip"
    );
}

type MergeInput = (
    Customer,
    CustomerPatch,
    CustomerPatch,
    CustomerPatch,
    Timestamp,
);

fn merge_input(u: &mut Unstructured<'_>) -> arbitrary::Result<MergeInput> {
    Ok((
        generate::customer(u)?,
        generate::patch(u)?,
        generate::patch(u)?,
        generate::patch(u)?,
        generate::timestamp(u)?,
    ))
}

/// All values except `updatedAt` and the version.
fn content(customer: &Customer) -> Customer {
    let mut record = customer.record().clone();
    record.updated_at = Timestamp::MIN;
    record.into_customer(customer.team(), Version::FIRST)
}

fn member_names(patch: &CustomerPatch) -> Vec<String> {
    match serde_json::to_value(patch) {
        Ok(Value::Object(members)) => members.keys().cloned().collect(),
        other => panic!("a patch is an object: {other:?}"),
    }
}

/// Any string as an email address. The core and the model, which has no fast path, agree
/// on its validity and its key. Every spelling with the same key, including the key
/// itself, is accepted and has that key (V2). Returns whether the address is valid.
///
/// # Panics
///
/// If the property does not hold.
pub fn email(text: &str) -> bool {
    let read = EmailAddress::parse(text);
    let outcome = read.as_ref().map(|e| e.as_str().to_owned());
    let outcome = outcome.map_err(|e: &ValueError| e.code());
    assert_eq!(outcome, model::check_email(text), "{text:?}");
    let Ok(email) = read else {
        return false;
    };
    assert!(email.as_str().chars().count() <= EmailAddress::MAX_CHARS);
    let key = email.key();
    assert_eq!(key.as_str(), model::email_key(email.as_str()), "{text:?}");
    for spelling in addresses::spellings(email.as_str()) {
        if model::email_key(&spelling) != key.as_str() || is_too_long(&spelling) {
            continue;
        }
        match EmailAddress::parse(&spelling) {
            Ok(other) => assert_eq!(other.key(), key, "{text:?} {spelling:?}"),
            Err(error) => panic!("{text:?} is valid and {spelling:?} is not: {error}"),
        }
    }
    true
}

/// Whether a spelling of a valid address exceeds a limit (V2). The domain cannot: all
/// spellings with one key have the same ASCII form.
fn is_too_long(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    local.nfc().map(char::len_utf8).sum::<usize>() > 64
        || address.chars().count() > EmailAddress::MAX_CHARS
}

/// Any string as a website. The core and the model, which has no fast path, agree.
/// Returns whether the website is valid.
///
/// # Panics
///
/// If they do not agree.
pub fn website(text: &str) -> bool {
    let read = WebsiteUrl::parse(text);
    let outcome = read
        .as_ref()
        .map(|w| (w.as_str().to_owned(), !w.has_protocol()));
    let outcome = outcome.map_err(|e: &ValueError| e.code());
    assert_eq!(outcome, model::check_website(text), "{text:?}");
    read.is_ok()
}

/// Any string as a phone number. The core and the model agree.
///
/// # Panics
///
/// If they do not agree.
pub fn phone(text: &str) {
    let read = PhoneNumber::parse(text).map(|p| (p.as_str().to_owned(), !p.is_international()));
    assert_eq!(read.map_err(|e| e.code()), model::check_phone(text));
}

/// Any string as a name. The core and the model agree.
///
/// # Panics
///
/// If they do not agree.
pub fn name(text: &str) {
    let read = CustomerName::parse(text).map(String::from);
    assert_eq!(read.map_err(|e| e.code()), model::check_name(text));
    let read = ContactName::parse(text).map(String::from);
    assert_eq!(read.map_err(|e| e.code()), model::check_name(text));
}

/// Any bytes as a record, then a generated record and mutations of its JSON. A record
/// that can be read serializes to the same JSON, with all members in order.
///
/// # Panics
///
/// If the property does not hold.
pub fn record_json(bytes: &[u8]) {
    let sample = differential::sample_record();
    if let Ok(record) = Customer::from_json(bytes, sample.team(), Version::FIRST) {
        round_trip(&record);
    }
    let u = &mut Unstructured::new(bytes);
    let Ok(record) = generate::customer(u) else {
        return;
    };
    round_trip(&record);
    let Ok(changed) = generate::mutated(u, json_of(&record).into_bytes()) else {
        return;
    };
    if let Ok(record) = Customer::from_json(&changed, sample.team(), Version::FIRST) {
        round_trip(&record);
    }
}

fn round_trip(record: &Customer) {
    let json = json_of(record);
    let mut written = Vec::new();
    record.write_json(&mut written);
    assert_eq!(written, json.as_bytes());
    let read = Customer::from_json(json.as_bytes(), record.team(), record.version());
    assert_eq!(read.as_ref(), Ok(record));
    // A value may contain the quoted name of another member, but not this pattern: quotes
    // in a value are escaped.
    let mut rest = json.as_str();
    for field in Field::ALL.iter().filter(|field| field.is_in_record()) {
        let member = format!("\"{field}\":");
        let Some((_, after)) = rest.split_once(&member) else {
            panic!("{field} is missing or out of order");
        };
        rest = after;
    }
}

/// A generated body of each kind, and a generated record. Every response has the form of
/// RULES, Responses, can be deserialized by a client, and repeats no value of the body.
///
/// # Panics
///
/// If the property does not hold.
pub fn envelope(bytes: &[u8]) {
    let u = &mut Unstructured::new(bytes);
    let (Ok(body), Ok(customer)) = (generate::body(u), generate::customer(u)) else {
        return;
    };
    let sample = differential::sample_record();
    let outcomes = [
        CustomerPatch::from_json(&body).map(drop),
        NewCustomer::from_json(&body).map(drop),
        Customer::from_json(&body, sample.team(), Version::FIRST).map(drop),
    ];
    for error in outcomes.into_iter().filter_map(Result::err) {
        failure(&error, &body);
    }
    let response = Success::updated(&customer);
    let json = json_of(&response);
    let mut written = Vec::new();
    response.write_json(&mut written);
    assert_eq!(written, json.as_bytes());
    match serde_json::from_str::<Success<CustomerRecord>>(&json) {
        Ok(read) => assert_eq!(read.data(), customer.record()),
        Err(error) => panic!("a client cannot read the response: {error}"),
    }
}

fn failure(error: &BodyError, body: &[u8]) {
    let failure = Failure::from(error.clone());
    let json = match serde_json::to_value(&failure) {
        Ok(json) => json,
        Err(error) => panic!("a response cannot be written: {error}"),
    };
    match serde_json::from_value::<Failure>(json.clone()) {
        Ok(read) => assert_eq!(serde_json::to_value(read).ok().as_ref(), Some(&json)),
        Err(error) => panic!("a client cannot read the response: {error}"),
    }
    let (code, message) = match error {
        BodyError::Malformed(_) => (
            ErrorCode::MalformedJson,
            ErrorCode::MalformedJson.message().to_owned(),
        ),
        BodyError::Invalid(violations) => (ErrorCode::ValidationFailed, summary(violations)),
    };
    assert_eq!(json["status"], "error");
    assert_eq!(json["code"], code.as_str());
    assert_eq!(json["message"], message);
    let known = ["status", "message", "code", "details", "errors"];
    let members: Vec<_> = json.as_object().into_iter().flatten().collect();
    assert!(
        members
            .iter()
            .all(|(name, _)| known.contains(&name.as_str()))
    );
    let BodyError::Invalid(violations) = error else {
        assert!(json["details"]["line"].is_u64() && json["details"]["column"].is_u64());
        return;
    };
    assert!(violations.len() <= customer_domain::MAX_VIOLATIONS);
    if let Ok(sent) = serde_json::from_slice::<Value>(body) {
        let messages: String = violations.iter().map(Violation::message).collect();
        for text in long_texts(&sent) {
            assert!(!messages.contains(text), "a message repeats a value");
        }
    }
}

/// RULES, Responses: the first field, its problem and the number of further violations.
fn summary(violations: &Violations) -> String {
    let first = format!("{} {}", violations[0].field(), violations[0].message());
    match violations[1..].len() + violations.omitted() {
        0 => first,
        further => format!("{first}; {further} more"),
    }
}

/// The strings in the body that are long enough not to occur in a message by chance.
fn long_texts(sent: &Value) -> Vec<&str> {
    match sent {
        Value::String(text) if text.chars().count() > 20 => vec![text],
        Value::Array(items) => items.iter().flat_map(long_texts).collect(),
        Value::Object(members) => members.values().flat_map(long_texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn json_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_string(value) {
        Ok(json) => json,
        Err(error) => panic!("a value cannot be written: {error}"),
    }
}
