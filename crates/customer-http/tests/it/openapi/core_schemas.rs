//! The JSON Schemas of `customer-domain` are those of the document, apart from texts.

use customer_domain::{Contacts, CustomerPatch, NewCustomer};
use schemars::schema_for;
use serde_json::{Map, Value, json};

use super::Document;

/// A schema without references, descriptions and examples, in which a nullable type has
/// one form.
fn plain(document: &Document, schema: &Value) -> Value {
    match document.resolve(schema) {
        Value::Object(members) => {
            let texts = ["$defs", "$schema", "description", "examples", "title"];
            let members = members
                .iter()
                .filter(|(name, _)| !texts.contains(&name.as_str()));
            let members = members.map(|(name, value)| (name.clone(), plain(document, value)));
            nullable(members.collect())
        }
        Value::Array(values) => values.iter().map(|value| plain(document, value)).collect(),
        value => value.clone(),
    }
}

fn nullable(schema: Map<String, Value>) -> Value {
    match schema
        .get("anyOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([value, null]) if *null == json!({"type": "null"}) => {
            let mut value = value.clone();
            value["type"] = json!([value["type"], "null"]);
            value
        }
        _ => schema.into(),
    }
}

#[test]
fn the_schemas_of_bodies_are_those_of_the_core() {
    let document = Document::parse();
    for (name, schema) in [
        ("CustomerCreate", schema_for!(NewCustomer)),
        ("CustomerUpdate", schema_for!(CustomerPatch)),
    ] {
        let core = Document(schema.to_value());
        assert_eq!(
            plain(&core, &core.0),
            plain(&document, document.schema(name)),
            "{name}"
        );
    }
    let core = Document(schema_for!(Contacts).to_value());
    let contacts = &document.schema("ContactsUpdate")["properties"]["contacts"];
    assert_eq!(plain(&core, &core.0), plain(&document, contacts));
}
