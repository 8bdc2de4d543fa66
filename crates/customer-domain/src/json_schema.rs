//! JSON Schema of the bodies of a create and an update, and of their values: the feature
//! `schemars`.
//!
//! The same schemas as in the OpenAPI document of `customer-http`, whose tests compare
//! them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::customer::NewCustomer;
use crate::patch::CustomerPatch;
use crate::patch::update::{NullableUpdate, Update};
use crate::read::body::FromBody;
use crate::read::options::Purpose;
use crate::schema::{AddressField, ContactField, Field};
use crate::value::{
    Address, Contact, ContactName, Contacts, CustomerId, CustomerName, EmailAddress, PhoneNumber,
    Status, TeamId, Timestamp, WebsiteUrl,
};

/// T3: no control character.
const ONE_LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// T3: no control character except a line feed.
const LINES: &str = r"^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f]*$";

/// Implements `JsonSchema` for types, each with a function that returns its schema.
macro_rules! schemas {
    ($($type:ident: $schema:expr,)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            /// Other crates may have types of the same name.
            fn schema_id() -> Cow<'static, str> {
                concat!("customer_domain::", stringify!($type)).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let schema: fn(&mut SchemaGenerator) -> Schema = $schema;
                schema(generator)
            }
        }
    )+};
}

schemas! {
    CustomerPatch: |generator| body::<CustomerPatch>(
        "A partial update. A missing field is left unchanged, null clears a field that can be \
         null, and an address is replaced as a whole.",
        generator,
    ),
    NewCustomer: |generator| body::<NewCustomer>(
        "A new customer. Null is the same as a missing field.",
        generator,
    ),
    CustomerName: |_| name(CustomerName::MAX_CHARS),
    ContactName: |_| name(ContactName::MAX_CHARS),
    EmailAddress: |_| json_schema!({
        "description": "Unique within the team, compared case-insensitively.",
        "type": "string",
        "format": "email",
        "maxLength": EmailAddress::MAX_CHARS,
    }),
    PhoneNumber: |_| json_schema!({
        "description": "International format is recommended.",
        "type": "string",
        "maxLength": PhoneNumber::MAX_CHARS,
        "pattern": ONE_LINE,
    }),
    WebsiteUrl: |_| json_schema!({
        "description": "An http or https URL, or a domain without protocol.",
        "type": "string",
        "maxLength": WebsiteUrl::MAX_CHARS,
        "pattern": ONE_LINE,
    }),
    Status: |_| json_schema!({ "type": "string", "enum": Status::NAMES }),
    Address: |_| address(),
    Contact: contact,
    Contacts: |generator| json_schema!({
        "description": "At most one is primary.",
        "type": "array",
        "items": generator.subschema_for::<Contact>(),
    }),
    CustomerId: |_| json_schema!({ "type": "string", "format": "uuid" }),
    TeamId: |_| json_schema!({ "type": "string", "format": "uuid" }),
    Timestamp: |_| json_schema!({ "type": "string", "format": "date-time" }),
}

/// Implements `JsonSchema` for a type with the schema of another.
macro_rules! forward {
    ($($(#[$meta:meta])* $type:ty => $other:ty,)+) => {$(
        $(#[$meta])*
        impl<T: JsonSchema> JsonSchema for $type {
            fn inline_schema() -> bool {
                <$other>::inline_schema()
            }

            fn schema_name() -> Cow<'static, str> {
                <$other>::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                <$other>::schema_id()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$other>::json_schema(generator)
            }
        }
    )+};
}

forward! {
    /// The schema of the value. With `#[serde(default)]`, a field of a struct is not
    /// required.
    Update<T> => T,
    /// The schema of the value, or null. With `#[serde(default)]`, a field of a struct is
    /// not required.
    NullableUpdate<T> => Option<T>,
}

/// An object with the fields that its purpose does not reject (P5, P6).
fn body<T: FromBody>(description: &str, generator: &mut SchemaGenerator) -> Schema {
    let accepted = Field::ALL.iter().copied();
    let accepted = accepted.filter(|field| T::PURPOSE.rejection(*field).is_none());
    let properties = accepted.map(|field| (field.as_str(), property(field, T::PURPOSE, generator)));
    let properties = properties.collect();
    let required = T::PURPOSE.required_fields().iter();
    let required = required.map(|field| field.as_str()).collect();
    object(description, properties, required)
}

fn property(field: Field, purpose: Purpose, generator: &mut SchemaGenerator) -> Schema {
    fn of<T: JsonSchema>(_: &T, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
    let patch = CustomerPatch::new();
    match field {
        Field::Name => of(&patch.name, generator),
        Field::Email => of(&patch.email, generator),
        Field::MainPhone => of(&patch.main_phone, generator),
        Field::Website => of(&patch.website, generator),
        // Null is the same as missing, which means active (RULES, Create).
        Field::Status if purpose == Purpose::Create => generator.subschema_for::<Option<Status>>(),
        Field::Status => of(&patch.status, generator),
        Field::BillingAddress => of(&patch.billing_address, generator),
        Field::ShippingAddress => of(&patch.shipping_address, generator),
        Field::Contacts => generator.subschema_for::<Option<Contacts>>(),
        Field::Id => generator.subschema_for::<CustomerId>(),
        Field::CreatedAt | Field::UpdatedAt => generator.subschema_for::<Timestamp>(),
        // Neither is in a body.
        Field::TeamId | Field::Version => Schema::from(false),
    }
}

/// V1.
fn name(max: usize) -> Schema {
    json_schema!({
        "description": "Not blank.",
        "type": "string",
        "minLength": 1,
        "maxLength": max,
        "pattern": ONE_LINE,
    })
}

/// V7.
fn address() -> Schema {
    let property = |field: &AddressField| {
        let has_lines = Address::check(*field, "a\nb").is_ok();
        let schema = json_schema!({
            "type": ["string", "null"],
            "maxLength": Address::MAX_CHARS,
            "pattern": if has_lines { LINES } else { ONE_LINE },
        });
        (field.as_str(), schema)
    };
    let properties = AddressField::ALL.iter().map(property).collect();
    let mut schema = object(
        "At least one field has a value. A field that is null, empty or blank counts as missing.",
        properties,
        Vec::new(),
    );
    schema.insert("minProperties".to_owned(), 1.into());
    schema
}

fn contact(generator: &mut SchemaGenerator) -> Schema {
    let property = |field: &ContactField| {
        let schema = match field {
            ContactField::Name => generator.subschema_for::<ContactName>(),
            ContactField::Email => generator.subschema_for::<Option<EmailAddress>>(),
            ContactField::Phone => generator.subschema_for::<Option<PhoneNumber>>(),
            ContactField::IsPrimary => generator.subschema_for::<Option<bool>>(),
        };
        (field.as_str(), schema)
    };
    let properties = ContactField::ALL.iter().map(property).collect();
    object(
        "A contact person.",
        properties,
        vec![ContactField::Name.as_str()],
    )
}

/// An object with these members and no other (P7).
fn object(description: &str, properties: Vec<(&str, Schema)>, required: Vec<&str>) -> Schema {
    let named = |(name, schema): (&str, Schema)| (name.to_owned(), Value::from(schema));
    let properties: Map<_, _> = properties.into_iter().map(named).collect();
    let mut schema = json_schema!({
        "description": description,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ranges that a pattern excludes.
    fn excluded(pattern: &str) -> Vec<(char, char)> {
        let class = pattern.strip_prefix("^[^").unwrap();
        let ranges = class.strip_suffix("]*$").unwrap().split(r"\u").skip(1);
        let ends: Vec<_> = ranges
            .map(|hex| u32::from_str_radix(hex.trim_end_matches('-'), 16).unwrap())
            .map(|code| char::from_u32(code).unwrap())
            .collect();
        ends.chunks(2).map(|pair| (pair[0], pair[1])).collect()
    }

    #[test]
    fn t3_the_patterns_exclude_the_control_characters() {
        for (pattern, allowed) in [(ONE_LINE, None), (LINES, Some('\n'))] {
            let ranges = excluded(pattern);
            for c in '\0'..=char::MAX {
                let is_excluded = ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
                let is_rejected = c.is_control() && Some(c) != allowed;
                assert_eq!(is_excluded, is_rejected, "{c:?}");
            }
        }
    }
}
