//! The schemas: bodies, records, envelopes.

use customer_domain::{
    Address, AddressField, WarningCode, BulkUpdate, ContactField, ContactName, CustomerName,
    EmailAddress, ErrorCode, Field, ListQuery, MAX_VIOLATIONS, PhoneNumber, Reason, Status,
    WebsiteUrl,
};
use serde_json::{Map, Value, json};

/// Who writes an object: the limits of what is read and of what is sent differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Update,
    Create,
    Service,
}

pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Every schema, by its name.
pub(super) fn all() -> Value {
    json!({
        "Customer": customer(),
        "CustomerCreate": customer_create(),
        "CustomerUpdate": customer_update(),
        "Address": address(By::Service),
        "AddressInput": address(By::Create),
        "Contact": contact(By::Service),
        "ContactInput": contact(By::Create),
        "BulkUpdate": bulk_update(),
        "BulkRow": bulk_row(),
        "BulkResult": bulk_result(),
        "CustomerPage": customer_page(),
        "Warning": warning(),
        "Violation": violation(),
        "Error": error(),
    })
}

/// The schema, with one more member.
fn with(mut schema: Value, key: &str, value: impl Into<Value>) -> Value {
    if let Value::Object(schema) = &mut schema {
        schema.insert(key.to_owned(), value.into());
    }
    schema
}

fn described(schema: Value, description: &str) -> Value {
    with(schema, "description", description)
}

/// An object of these members and no others.
fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    let schema = json!({"type": "object", "additionalProperties": false});
    let schema = with(schema, "properties", properties);
    match required {
        [] => schema,
        _ => with(schema, "required", required),
    }
}

/// No control characters (T3).
pub(super) const ONE_LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Nor here, save for the line feed.
const LINES: &str = r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$";

fn text(max: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": max, "pattern": ONE_LINE})
}

fn nullable_text(max: usize) -> Value {
    json!({"type": ["string", "null"], "maxLength": max, "pattern": ONE_LINE})
}

/// The schema of a field of the record; `None` for one that is not in the body
/// that is written by them.
fn field(field: Field, by: By) -> Option<Value> {
    let address = |name| json!({"anyOf": [reference(name), {"type": "null"}]});
    Some(match (field, by) {
        (Field::Id, By::Service) => described(uuid(), "Chosen by the service."),
        (Field::Name, _) => described(text(CustomerName::MAX_CHARS), "The name; not blank."),
        (Field::Email, _) => described(
            json!({"type": "string", "format": "email", "maxLength": EmailAddress::MAX_CHARS}),
            "Unique within the team, without regard to case.",
        ),
        (Field::MainPhone, By::Update) => described(
            nullable_text(PhoneNumber::MAX_CHARS),
            "International format is advised. Null, empty or blank removes it.",
        ),
        (Field::MainPhone, By::Create | By::Service) => nullable_text(PhoneNumber::MAX_CHARS),
        (Field::Website, By::Update) => described(
            nullable_text(WebsiteUrl::MAX_CHARS),
            "An http or https URL, or a bare domain. Null, empty or blank removes it.",
        ),
        (Field::Website, By::Create | By::Service) => nullable_text(WebsiteUrl::MAX_CHARS),
        (Field::Status, By::Create) => described(
            json!({"type": ["string", "null"], "enum": choices_or_null(Status::NAMES)}),
            "Active when absent or null.",
        ),
        (Field::Status, By::Update | By::Service) => {
            json!({"type": "string", "enum": Status::NAMES})
        }
        (Field::BillingAddress | Field::ShippingAddress, By::Update) => described(
            address("AddressInput"),
            "Replaces the whole address; null removes it.",
        ),
        (Field::BillingAddress | Field::ShippingAddress, By::Create) => address("AddressInput"),
        (Field::BillingAddress | Field::ShippingAddress, By::Service) => address("Address"),
        (Field::Contacts, By::Service) => {
            json!({"type": "array", "items": reference("Contact")})
        }
        (Field::Contacts, By::Create) => described(
            json!({"type": ["array", "null"], "items": reference("ContactInput")}),
            "At most one is primary. They cannot be changed by an update.",
        ),
        (Field::CreatedAt | Field::UpdatedAt, By::Service) => described(
            json!({"type": "string", "format": "date-time"}),
            "UTC, to the microsecond.",
        ),
        // Read-only, or not in a body at all.
        (Field::Contacts, By::Update)
        | (Field::Id | Field::CreatedAt | Field::UpdatedAt, By::Update | By::Create)
        | (Field::TeamId | Field::Version, _) => return None,
    })
}

fn choices_or_null(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| json!(name))
        .chain([Value::Null])
        .collect()
}

fn uuid() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn fields(by: By) -> Map<String, Value> {
    let fields = Field::ALL.iter().copied();
    fields
        .filter_map(|name| Some((name.as_str().to_owned(), field(name, by)?)))
        .collect()
}

fn customer() -> Value {
    let properties = fields(By::Service);
    let names: Vec<_> = Field::ALL.iter().map(|field| field.as_str()).collect();
    let required: Vec<_> = names
        .into_iter()
        .filter(|name| properties.contains_key(*name))
        .collect();
    described(
        object(properties, &required),
        "A customer record: always every field, null where there is no value.",
    )
}

fn customer_create() -> Value {
    let required = [Field::Name.as_str(), Field::Email.as_str()];
    let example = json!({
        "customer": "Acme Corporation",
        "email": "billing@acme.example",
        "mainPhone": "+14155550100",
        "contacts": [{"name": "Ann Lee", "email": "ann@acme.example", "isPrimary": true}],
    });
    with(object(fields(By::Create), &required), "examples", [example])
}

fn customer_update() -> Value {
    let schema = described(
        object(fields(By::Update), &[]),
        "A partial update: a field that is absent stays as it is.",
    );
    let example = json!({
        "mainPhone": null,
        "website": "https://acme.example",
        "billingAddress": {"street": "1 Rue de la Paix", "city": "Paris"},
    });
    with(schema, "examples", [example])
}

fn address(by: By) -> Value {
    let names: Vec<_> = AddressField::ALL
        .iter()
        .map(|field| field.as_str())
        .collect();
    let schema = |field| match field {
        AddressField::Street => with(nullable_text(Address::MAX_CHARS), "pattern", LINES),
        AddressField::City
        | AddressField::State
        | AddressField::ZipCode
        | AddressField::Country => nullable_text(Address::MAX_CHARS),
    };
    let properties = AddressField::ALL
        .iter()
        .map(|field| (field.as_str().to_owned(), schema(*field)))
        .collect();
    match by {
        By::Service => described(object(properties, &names), "Always every field."),
        By::Update | By::Create => {
            let schema = described(
                object(properties, &[]),
                "At least one field has a value; one that is null, empty or blank is absent.",
            );
            with(schema, "minProperties", 1)
        }
    }
}

fn contact(by: By) -> Value {
    let names: Vec<_> = ContactField::ALL
        .iter()
        .map(|field| field.as_str())
        .collect();
    let schema = |field| match (field, by) {
        (ContactField::Name, _) => text(ContactName::MAX_CHARS),
        (ContactField::Email, _) => json!({
            "type": ["string", "null"],
            "format": "email",
            "maxLength": EmailAddress::MAX_CHARS,
        }),
        (ContactField::Phone, _) => nullable_text(PhoneNumber::MAX_CHARS),
        (ContactField::IsPrimary, By::Service) => json!({"type": "boolean"}),
        (ContactField::IsPrimary, By::Update | By::Create) => described(
            json!({"type": ["boolean", "null"]}),
            "False when absent or null.",
        ),
    };
    let properties = ContactField::ALL
        .iter()
        .map(|field| (field.as_str().to_owned(), schema(*field)))
        .collect();
    match by {
        By::Service => object(properties, &names),
        By::Update | By::Create => object(properties, &[ContactField::Name.as_str()]),
    }
}

fn bulk_update() -> Value {
    let rows = json!({
        "type": "array",
        "maxItems": BulkUpdate::MAX_ROWS,
        "items": reference("BulkRow"),
    });
    object(
        Map::from_iter([(BulkUpdate::ROWS.to_owned(), rows)]),
        &[BulkUpdate::ROWS],
    )
}

fn bulk_row() -> Value {
    let mut properties = fields(By::Update);
    properties.insert(Field::Id.as_str().to_owned(), uuid());
    described(
        object(properties, &[Field::Id.as_str()]),
        "A partial update, and the customer it is for.",
    )
}

fn bulk_result() -> Value {
    let count = || json!({"type": "integer", "minimum": 0, "maximum": BulkUpdate::MAX_ROWS});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["successCount", "errorCount", "results"],
        "properties": {
            "successCount": count(),
            "errorCount": count(),
            "results": {
                "type": "array",
                "maxItems": BulkUpdate::MAX_ROWS,
                "description": "One of each row, in their order.",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["index", "success"],
                    "properties": {
                        "index": {
                            "type": "integer",
                            "minimum": 0,
                            "exclusiveMaximum": BulkUpdate::MAX_ROWS,
                        },
                        "success": {"type": "boolean"},
                        "customer": reference("Customer"),
                        "warnings": {"type": "array", "items": reference("Warning")},
                        "error": described(
                            reference("Error"),
                            "What an update of this customer alone would have been answered with.",
                        ),
                    },
                    "oneOf": [{"required": ["customer"]}, {"required": ["error"]}],
                },
            },
        },
    })
}

fn customer_page() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["records", "page", "limit", "totalRecords", "totalPages"],
        "properties": {
            "records": {
                "type": "array",
                "maxItems": ListQuery::MAX_LIMIT,
                "items": reference("Customer"),
            },
            "page": {"type": "integer", "minimum": 1},
            "limit": {"type": "integer", "minimum": 1, "maximum": ListQuery::MAX_LIMIT},
            "totalRecords": {"type": "integer", "minimum": 0},
            "totalPages": {"type": "integer", "minimum": 0},
        },
    })
}

fn warning() -> Value {
    let codes: Vec<_> = WarningCode::ALL.iter().map(|code| code.as_str()).collect();
    described(
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["field", "code", "message"],
            "properties": {
                "field": path(),
                "code": {"type": "string", "enum": codes},
                "message": {"type": "string"},
            },
        }),
        "Advice on a value that was accepted.",
    )
}

fn path() -> Value {
    described(
        json!({"type": "string"}),
        "The path of a field, such as `billingAddress.zipCode`; empty for the body itself.",
    )
}

fn violation() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["field", "code", "message"],
        "properties": {
            "field": path(),
            "code": {"type": "string", "enum": Reason::CODES},
            "message": {"type": "string"},
            "min": described(json!({"type": "integer"}), "With OUT_OF_RANGE."),
            "max": described(
                json!({"type": "integer"}),
                "With TOO_LONG, TOO_MANY and OUT_OF_RANGE.",
            ),
            "actual": described(json!({"type": "integer"}), "With TOO_LONG and TOO_MANY."),
            "allowed": described(
                json!({"type": "array", "items": {"type": "string"}}),
                "With INVALID_CHOICE.",
            ),
            "expected": described(json!({"type": "string"}), "With WRONG_TYPE."),
            "suggestion": described(json!({"type": "string"}), "With UNKNOWN_FIELD."),
        },
    })
}

fn error() -> Value {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let count = || json!({"type": "integer", "minimum": 0});
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["status", "message", "code"],
        "properties": {
            "status": {"type": "string", "const": "error"},
            "message": {"type": "string"},
            "code": {"type": "string", "enum": codes},
            "details": {
                "type": "object",
                "additionalProperties": false,
                "description": "Where JSON is malformed, or how many violations were left out.",
                "properties": {"line": count(), "column": count(), "omitted": count()},
            },
            "errors": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_VIOLATIONS,
                "description": "Everything that is wrong, with VALIDATION_FAILED alone.",
                "items": reference("Violation"),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranges of the characters that are refused, as they stand in a pattern.
    fn refused(but: Option<char>) -> String {
        let mut ranges: Vec<(char, char)> = Vec::new();
        for c in ('\0'..=char::MAX).filter(|c| c.is_control() && Some(*c) != but) {
            match ranges.last_mut() {
                Some((_, last)) if *last as u32 + 1 == c as u32 => *last = c,
                _ => ranges.push((c, c)),
            }
        }
        let range = |(from, to)| format!(r"\u{:04x}-\u{:04x}", from as u32, to as u32);
        ranges.into_iter().map(range).collect()
    }

    #[test]
    fn t3_the_patterns_refuse_every_control_character() {
        assert_eq!(ONE_LINE, format!("^[^{}]*$", refused(None)));
        assert_eq!(LINES, format!("^[^{}]*$", refused(Some('\n'))));
    }
}
