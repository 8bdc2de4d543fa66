//! Reads the body of an update (P) or of a create (RULES, Create).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::json::{Document, Node};
use crate::model::report::{Report, reported};
use crate::model::text::{self, LineFeed};
use crate::model::value;
use crate::model::verdict::{UnknownFields, Verdict};

/// Every known top-level field of a body (RULES, Record; P5, P6).
const FIELDS: [&str; 13] = [
    "customer",
    "email",
    "mainPhone",
    "website",
    "status",
    "billingAddress",
    "shippingAddress",
    "contacts",
    "uuid",
    "teamId",
    "createdAt",
    "updatedAt",
    "version",
];
/// The fields that are null if a record has no value (RULES, Record).
pub(super) const NULLABLE: [&str; 4] =
    ["mainPhone", "website", "billingAddress", "shippingAddress"];
/// The five fields of an address (V7).
const ADDRESS_FIELDS: [&str; 5] = ["street", "city", "state", "zipCode", "country"];
/// The four fields of a contact (RULES, Record).
const CONTACT_FIELDS: [&str; 4] = ["name", "email", "phone", "isPrimary"];

/// What the body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A patch of a record (P).
    Update,
    /// A patch that names its customer (B1).
    Row,
    /// A new record (RULES, Create).
    Create,
}

/// The content of a valid body.
#[derive(Debug)]
pub(super) struct ValidBody {
    /// JSON name to the value to store, in its stored form; null if the value is removed.
    pub(super) fields: Map<String, Value>,
    /// [field, code] of each warning, in the order of the body.
    pub(super) warnings: Vec<(String, String)>,
}

/// P7, P8, P11: reads the members of an object in the order of the body. `each` returns
/// the value to store for every known field that occurs once; the result contains these
/// values.
fn members(
    doc: &Document,
    object: &[(String, usize)],
    known: &[&str],
    parent: &str,
    report: &mut Report,
    each: impl Fn(&str, &Node, &str, &mut Report) -> Option<Value>,
) -> Map<String, Value> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (key, place) in object {
        places.entry(key).or_default().push(*place);
    }
    let mut stored = Map::new();
    let mut unknown = BTreeSet::new();
    for (key, _) in object {
        let path = format!("{parent}{key}");
        // Removed at the first occurrence of the key, so that later ones are skipped.
        match places.remove(key.as_str()).as_deref() {
            None => {}
            Some(_) if !known.contains(&key.as_str()) => {
                // Of the paths that are equal after truncation, only the first is
                // reported.
                let is_first = unknown.insert(reported(&path));
                if is_first {
                    report.unknown_field(&path);
                }
            }
            Some([place]) => {
                if let Some(value) = each(key, doc.node(*place), &path, report) {
                    stored.insert(key.clone(), value);
                }
            }
            Some(_) => report.violation(&path, "DUPLICATE_FIELD"),
        }
    }
    stored
}

/// P1–P13, RULES, Create: reads a body; the error is `MALFORMED_JSON` or
/// `VALIDATION_FAILED`.
pub(super) fn read(
    body: &[u8],
    purpose: Purpose,
    unknown: UnknownFields,
) -> Result<ValidBody, Verdict> {
    let Some(doc) = Document::read(body) else {
        return Err(Verdict::Rejected {
            code: "MALFORMED_JSON".to_owned(),
            errors: Vec::new(),
            omitted: 0,
        });
    };
    let mut report = Report::new(unknown);
    let mut fields = Map::new();
    if let Node::Object(object) = doc.root() {
        let each = |name: &str, node: &Node, _: &str, report: &mut Report| {
            field(&doc, name, node, purpose, report)
        };
        fields = members(&doc, object, &FIELDS, "", &mut report, each);
        let needed: &[&str] = match purpose {
            Purpose::Update => &[],
            Purpose::Row => &["uuid"],
            Purpose::Create => &["customer", "email"],
        };
        for name in needed {
            require(name, name, object, &mut report);
        }
    } else {
        report.violation("", "WRONG_TYPE");
    }
    let warnings = report.finish()?;
    Ok(ValidBody { fields, warnings })
}

/// RULES, Create: a required field that is missing from the object.
fn require(name: &str, path: &str, object: &[(String, usize)], report: &mut Report) {
    if object.iter().all(|(key, _)| key != name) {
        report.violation(path, "REQUIRED");
    }
}

/// One top-level field: the value to store, or `None` if there is nothing to store.
fn field(
    doc: &Document,
    name: &str,
    node: &Node,
    purpose: Purpose,
    report: &mut Report,
) -> Option<Value> {
    if purpose == Purpose::Create && means_absent(name, node) {
        return None;
    }
    match name {
        "customer" => required(node, name, value::check_name, report),
        "email" => required(node, name, value::check_email, report),
        "mainPhone" => phone(node, name, report),
        "website" => website(node, name, report),
        "status" => required(node, name, value::check_status, report),
        "billingAddress" | "shippingAddress" => address(doc, node, name, report),
        "contacts" if purpose == Purpose::Create => contacts(doc, node, report),
        "contacts" => violation(name, "CONTACTS_NOT_UPDATABLE", report),
        // An id cannot be cleared, so null is a wrong type.
        "uuid" if purpose == Purpose::Row && *node == Node::Null => {
            violation(name, "WRONG_TYPE", report)
        }
        "uuid" if purpose == Purpose::Row => required(node, name, value::check_uuid, report),
        _ => violation(name, "READ_ONLY", report),
    }
}

/// RULES, Create: null or "" for an optional field of a new record; "" is not a valid
/// status (V6).
fn means_absent(name: &str, node: &Node) -> bool {
    let is_empty = *node == Node::String(String::new());
    let is_optional = name == "contacts" || NULLABLE.contains(&name);
    let is_null = *node == Node::Null;
    is_optional && (is_null || is_empty) || name == "status" && is_null
}

/// Reports a violation at the path. There is no value to store.
fn violation(path: &str, code: &str, report: &mut Report) -> Option<Value> {
    report.violation(path, code);
    None
}

/// P4, P9: a string that cannot be removed.
fn required(
    node: &Node,
    path: &str,
    check: fn(&str) -> Result<String, &'static str>,
    report: &mut Report,
) -> Option<Value> {
    match node {
        Node::Null => violation(path, "NULL_NOT_ALLOWED", report),
        Node::String(sent) => match check(sent) {
            Ok(text) => Some(Value::from(text)),
            Err(code) => violation(path, code, report),
        },
        _ => violation(path, "WRONG_TYPE", report),
    }
}

/// P2, V7, P9: a string that is removed by null, "" or a blank string. `check` also
/// returns whether the value produces the warning.
fn removable(
    node: &Node,
    path: &str,
    check: impl Fn(&str) -> Result<(String, bool), &'static str>,
    warning: &str,
    report: &mut Report,
) -> Option<Value> {
    match node {
        Node::Null => Some(Value::Null),
        Node::String(sent) => match check(sent) {
            Err("BLANK") => Some(Value::Null),
            Err(code) => violation(path, code, report),
            Ok((text, advised)) => {
                if advised {
                    report.warning(path, warning);
                }
                Some(Value::from(text))
            }
        },
        _ => violation(path, "WRONG_TYPE", report),
    }
}

/// P2, V4: a phone number that can be removed.
fn phone(node: &Node, path: &str, report: &mut Report) -> Option<Value> {
    let warning = "PHONE_NOT_INTERNATIONAL";
    removable(node, path, value::check_phone, warning, report)
}

/// P2, V5: a website that can be removed.
fn website(node: &Node, path: &str, report: &mut Report) -> Option<Value> {
    let warning = "WEBSITE_WITHOUT_PROTOCOL";
    removable(node, path, value::check_website, warning, report)
}

/// P3, V7: an address, replaced as a whole or removed.
fn address(doc: &Document, node: &Node, path: &str, report: &mut Report) -> Option<Value> {
    let object = match node {
        Node::Null => return Some(Value::Null),
        Node::Object(object) => object,
        _ => return violation(path, "WRONG_TYPE", report),
    };
    let before = report.violations();
    let mut address = nulls(&ADDRESS_FIELDS);
    let parent = format!("{path}.");
    let sent = members(doc, object, &ADDRESS_FIELDS, &parent, report, address_part);
    address.extend(sent);
    if report.violations() > before {
        return None;
    }
    if address.values().all(Value::is_null) {
        return violation(path, "EMPTY_ADDRESS", report);
    }
    Some(Value::Object(address))
}

/// RULES, Record: an object with every field, null if there is no value.
pub(super) fn nulls(fields: &[&str]) -> Map<String, Value> {
    let null = |name: &&str| ((*name).to_owned(), Value::Null);
    fields.iter().map(null).collect()
}

/// V7, T3: one of the five strings of an address; null, "" and a blank string mean
/// absent.
fn address_part(name: &str, node: &Node, path: &str, report: &mut Report) -> Option<Value> {
    let line_feed = match name {
        "street" => LineFeed::Kept,
        _ => LineFeed::Rejected,
    };
    let check = |sent: &str| Ok((text::check(sent, value::MAX_TEXT, line_feed)?, false));
    removable(node, path, check, "", report)
}

/// RULES, Record and Create: the contacts of a new record, at most one of them primary.
fn contacts(doc: &Document, node: &Node, report: &mut Report) -> Option<Value> {
    let Node::Array(items) = node else {
        return violation("contacts", "WRONG_TYPE", report);
    };
    let before = report.violations();
    let mut contacts = Vec::new();
    for (index, place) in items.iter().enumerate() {
        let path = format!("contacts[{index}]");
        contacts.push(contact(doc, doc.node(*place), &path, report));
    }
    let is_primary = |contact: &&Value| contact.get("isPrimary") == Some(&Value::Bool(true));
    if contacts.iter().filter(is_primary).count() > 1 {
        report.violation_at(before, "contacts", "MULTIPLE_PRIMARY_CONTACTS");
    }
    (report.violations() == before).then_some(Value::Array(contacts))
}

/// RULES, Record and Create: one contact. A name is required; an absent or empty `isPrimary`
/// is false. A contact with a violation keeps its valid values, so that its `isPrimary` still
/// counts.
fn contact(doc: &Document, node: &Node, path: &str, report: &mut Report) -> Value {
    let Node::Object(object) = node else {
        report.violation(path, "WRONG_TYPE");
        return Value::Null;
    };
    let mut contact = nulls(&CONTACT_FIELDS);
    contact.insert("isPrimary".to_owned(), Value::Bool(false));
    let parent = format!("{path}.");
    let sent = members(doc, object, &CONTACT_FIELDS, &parent, report, contact_part);
    contact.extend(sent);
    require("name", &format!("{path}.name"), object, report);
    Value::Object(contact)
}

/// RULES, Record and Create: one of the four fields of a contact.
fn contact_part(name: &str, node: &Node, path: &str, report: &mut Report) -> Option<Value> {
    let email = |sent: &str| Ok((value::check_email(sent)?, false));
    match (name, node) {
        ("name", _) => required(node, path, value::check_name, report),
        ("email", _) => removable(node, path, email, "", report),
        ("phone", _) => phone(node, path, report),
        (_, Node::Bool(is_primary)) => Some(Value::Bool(*is_primary)),
        (_, Node::Null) => Some(Value::Bool(false)),
        (_, Node::String(sent)) if sent.is_empty() => Some(Value::Bool(false)),
        _ => violation(path, "WRONG_TYPE", report),
    }
}
