//! The JSON Schemas describe what the reader accepts.

use std::collections::BTreeSet;

use customer_domain::{
    AddressField, BodyError, ContactField, CustomerId, CustomerPatch, Field, NewCustomer,
    NullableUpdate, Status, Timestamp, Update,
};
use schemars::{SchemaGenerator, schema_for};
use serde_json::{Value, json};

/// A body and its schema.
struct Body {
    schema: Value,
    read: fn(&[u8]) -> Option<BodyError>,
}

fn bodies() -> [Body; 2] {
    [
        Body {
            schema: schema_for!(CustomerPatch).to_value(),
            read: |body| CustomerPatch::from_json(body).err(),
        },
        Body {
            schema: schema_for!(NewCustomer).to_value(),
            read: |body| NewCustomer::from_json(body).err(),
        },
    ]
}

impl Body {
    /// The violation at this path, as JSON; null if there is none.
    fn violation(&self, body: &Value, path: &str) -> Value {
        let Some(BodyError::Invalid(violations)) = (self.read)(body.to_string().as_bytes()) else {
            return Value::Null;
        };
        let violation = violations.iter().find(|v| v.field().as_str() == path);
        serde_json::to_value(violation).unwrap()
    }

    /// The path and the schema of each member, also of an address and of a contact.
    fn members(&self) -> Vec<(String, &Value)> {
        let definitions = &self.schema["$defs"];
        let top = Field::ALL.iter().map(|f| f.as_str().to_owned());
        let top = top.map(|path| (self.schema["properties"].get(&path), path));
        let address = AddressField::ALL.iter().map(|field| {
            let schema = definitions["Address"]["properties"].get(field.as_str());
            (schema, format!("billingAddress.{field}"))
        });
        let contact = ContactField::ALL.iter().map(|field| {
            let schema = definitions.pointer(&format!("/Contact/properties/{field}"));
            (schema, format!("contacts[0].{field}"))
        });
        let members = top.chain(address).chain(contact);
        members
            .filter_map(|(schema, path)| Some((path, schema?)))
            .collect()
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.schema.pointer(&reference[1..]).unwrap(),
            None => schema,
        }
    }

    /// The schema of the value if it is not null.
    fn not_null<'a>(&'a self, schema: &'a Value) -> &'a Value {
        self.resolve(schema.pointer("/anyOf/0").unwrap_or(schema))
    }
}

fn is_nullable(schema: &Value) -> bool {
    schema["type"]
        .as_array()
        .is_some_and(|types| types.contains(&json!("null")))
        || schema["anyOf"][1]["type"] == "null"
}

/// A body with this value at this path.
fn body_with(path: &str, value: &Value) -> Value {
    match path.split_once('.') {
        Some(("contacts[0]", name)) => json!({"contacts": [{name: value}]}),
        Some((parent, name)) => json!({parent: {name: value}}),
        None => json!({path: value}),
    }
}

fn names(value: &Value) -> BTreeSet<&str> {
    let names = value.as_array().into_iter().flatten();
    names.map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn p5_p6_p7_a_schema_has_exactly_the_fields_that_the_reader_accepts() {
    for body in bodies() {
        for name in Field::ALL.iter().map(|field| field.as_str()) {
            let violation = body.violation(&json!({name: null}), name);
            let code = violation["code"].as_str().unwrap_or_default();
            let is_rejected = ["READ_ONLY", "CONTACTS_NOT_UPDATABLE"].contains(&code);
            let property = body.schema["properties"].get(name);
            assert_eq!(property.is_none(), is_rejected, "{name}");
        }
        assert_eq!(body.schema["additionalProperties"], false);
    }
}

#[test]
fn the_required_fields_of_a_schema_are_those_that_the_reader_requires() {
    for body in bodies() {
        let fields = Field::ALL.iter().map(|field| field.as_str());
        let required = fields.filter(|name| body.violation(&json!({}), name)["code"] == "REQUIRED");
        assert_eq!(names(&body.schema["required"]), required.collect());
    }
    let contact = &schema_for!(NewCustomer).to_value()["$defs"]["Contact"];
    assert_eq!(contact["required"], json!(["name"]));
}

#[test]
fn p2_p3_p4_a_member_is_nullable_where_the_reader_accepts_null() {
    for body in bodies() {
        for (path, schema) in body.members() {
            let violation = body.violation(&body_with(&path, &Value::Null), &path);
            assert_eq!(is_nullable(schema), violation.is_null(), "{path}");
        }
    }
}

/// The violation has the limit or the choices.
#[test]
fn t1_v6_the_limits_and_choices_are_those_of_the_reader() {
    for body in bodies() {
        for (path, schema) in body.members() {
            let long = body_with(&path, &json!("x".repeat(1000)));
            let violation = body.violation(&long, &path);
            let schema = body.not_null(schema);
            assert_eq!(schema.get("maxLength"), violation.get("max"), "{path}");
            assert_eq!(schema.get("enum"), violation.get("allowed"), "{path}");
        }
    }
}

#[test]
fn t3_a_pattern_excludes_a_line_feed_where_the_reader_does() {
    for body in bodies() {
        for (path, schema) in body.members() {
            if let Some(pattern) = body.not_null(schema)["pattern"].as_str() {
                let violation = body.violation(&body_with(&path, &json!("a\nb")), &path);
                let is_excluded = pattern.contains(r"\u0000-\u001f");
                assert_eq!(violation["code"] == "CONTROL_CHARACTER", is_excluded);
            }
        }
    }
}

#[test]
fn t4_v7_a_required_name_and_an_address_are_not_empty() {
    let schema = schema_for!(NewCustomer).to_value();
    for (definition, keyword) in [
        ("CustomerName", "minLength"),
        ("ContactName", "minLength"),
        ("Address", "minProperties"),
    ] {
        assert_eq!(schema["$defs"][definition][keyword], 1, "{definition}");
    }
}

#[test]
fn a_definition_has_the_name_of_its_type() {
    let values = [
        "Address",
        "CustomerName",
        "EmailAddress",
        "PhoneNumber",
        "Status",
        "WebsiteUrl",
    ];
    let update = BTreeSet::from(values);
    let mut create = update.clone();
    create.extend(["Contact", "ContactName", "Contacts"]);
    for (body, expected) in bodies().iter().zip([update, create]) {
        let definitions = body.schema["$defs"].as_object().unwrap();
        assert_eq!(
            definitions
                .keys()
                .map(String::as_str)
                .collect::<BTreeSet<_>>(),
            expected
        );
    }
    assert_eq!(
        schema_for!(CustomerPatch).to_value()["title"],
        "CustomerPatch"
    );
    assert_eq!(schema_for!(CustomerId).to_value()["format"], "uuid");
    assert_eq!(schema_for!(Timestamp).to_value()["format"], "date-time");
}

#[test]
fn p1_p2_an_update_of_a_type_has_its_schema_and_a_nullable_one_allows_null() {
    let mut generator = SchemaGenerator::default();
    let status = generator.subschema_for::<Status>();
    assert_eq!(generator.subschema_for::<Update<Status>>(), status);
    let nullable = generator.subschema_for::<NullableUpdate<Status>>();
    assert_eq!(nullable, generator.subschema_for::<Option<Status>>());
    assert!(is_nullable(nullable.as_value()));
}
