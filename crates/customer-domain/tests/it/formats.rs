//! Other formats than JSON: the rules do not depend on what a format visits.

use customer_domain::{
    CustomerPatch, CustomerRecord, Failure, Field, FieldSet, NewCustomer, NullableUpdate, Update,
    Violation,
};
use serde::Serialize;
use serde::de::value::{Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};

use crate::acme;

/// A value with every type that a format can visit.
#[derive(Clone)]
enum Any {
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Wide(i128),
    WideUnsigned(u128),
    Float(f64),
    Text(&'static str),
    Owned(&'static str),
    Bytes(&'static [u8]),
    Unit,
    None,
    Some(Box<Self>),
    Newtype(Box<Self>),
    List(Vec<Self>),
    Map(Vec<(&'static str, Self)>),
    Variant(&'static str),
    /// A type that only this format has.
    Date,
}

impl<'de> Deserializer<'de> for Any {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Signed(value) => visitor.visit_i64(value),
            Self::Unsigned(value) => visitor.visit_u64(value),
            Self::Wide(value) => visitor.visit_i128(value),
            Self::WideUnsigned(value) => visitor.visit_u128(value),
            Self::Float(value) => visitor.visit_f64(value),
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Owned(text) => visitor.visit_string(text.to_owned()),
            Self::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Self::Unit => visitor.visit_unit(),
            Self::None => visitor.visit_none(),
            Self::Some(value) => visitor.visit_some(*value),
            Self::Newtype(value) => visitor.visit_newtype_struct(*value),
            Self::List(values) => visitor.visit_seq(SeqDeserializer::new(values.into_iter())),
            Self::Map(members) => visitor.visit_map(MapDeserializer::new(members.into_iter())),
            Self::Variant(name) => {
                let variant = MapDeserializer::new([(name, Self::Bool(true))].into_iter());
                visitor.visit_enum(MapAccessDeserializer::new(variant))
            }
            Self::Date => Err(Error::invalid_type(Unexpected::Other("date"), &visitor)),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Any {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn patch(members: Vec<(&'static str, Any)>) -> Result<CustomerPatch, Error> {
    CustomerPatch::deserialize(Any::Map(members))
}

#[test]
fn a_string_can_be_borrowed_owned_optional_or_a_newtype() {
    let expected = CustomerPatch::new().with_main_phone(NullableUpdate::Set("+1".parse().unwrap()));
    for text in [
        Any::Text("+1"),
        Any::Owned("+1"),
        Any::Some(Box::new(Any::Text("+1"))),
        Any::Newtype(Box::new(Any::Owned("+1"))),
    ] {
        assert_eq!(patch(vec![("mainPhone", text)]).as_ref(), Ok(&expected));
    }
    let cleared = CustomerPatch::new().with_main_phone(NullableUpdate::Clear);
    for null in [Any::Unit, Any::None] {
        assert_eq!(patch(vec![("mainPhone", null)]).as_ref(), Ok(&cleared));
    }
}

#[test]
fn p9_a_type_that_json_does_not_have_is_a_wrong_type() {
    for value in [
        Any::Bool(true),
        Any::Signed(-1),
        Any::Unsigned(1),
        Any::Wide(-1),
        Any::WideUnsigned(1),
        Any::Float(0.5),
        Any::Bytes(b"+1"),
        Any::List(vec![Any::Text("+1")]),
        Any::Map(vec![("a", Any::Unit)]),
        Any::Variant("active"),
    ] {
        let error = patch(vec![("mainPhone", value)]).unwrap_err();
        assert_eq!(error.to_string(), "mainPhone must be a string or null");
    }
}

#[test]
fn an_address_is_read_from_another_format() {
    let address = Any::Map(vec![("city", Any::Owned("Paris")), ("state", Any::None)]);
    let patch = patch(vec![("billingAddress", address)]).unwrap();
    assert_eq!(
        serde_json::to_value(&patch).unwrap()["billingAddress"]["city"],
        "Paris"
    );
}

#[test]
fn a_nullable_update_forwards_every_type_to_its_value() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Kind {
        Known(bool),
    }
    fn read<T: Deserialize<'static>>(value: Any) -> NullableUpdate<T> {
        NullableUpdate::deserialize(value).unwrap()
    }
    assert_eq!(read(Any::Bool(true)), NullableUpdate::Set(true));
    assert_eq!(read(Any::Signed(-1)), NullableUpdate::Set(-1_i64));
    assert_eq!(read(Any::Unsigned(1)), NullableUpdate::Set(1_u64));
    assert_eq!(read(Any::Wide(-1)), NullableUpdate::Set(-1_i128));
    assert_eq!(read(Any::WideUnsigned(1)), NullableUpdate::Set(1_u128));
    assert_eq!(read(Any::Float(0.5)), NullableUpdate::Set(0.5));
    assert_eq!(read(Any::Text("a")), NullableUpdate::Set("a".to_owned()));
    assert_eq!(
        read(Any::List(vec![Any::Signed(1)])),
        NullableUpdate::Set(vec![1])
    );
    assert_eq!(
        read::<i64>(Any::Some(Box::new(Any::Signed(1)))),
        NullableUpdate::Set(1)
    );
    assert_eq!(
        read::<i64>(Any::Newtype(Box::new(Any::Signed(1)))),
        NullableUpdate::Set(1)
    );
    assert_eq!(read::<i64>(Any::Unit), NullableUpdate::Clear);
    assert_eq!(read::<i64>(Any::None), NullableUpdate::Clear);
    assert_eq!(read(Any::Bytes(b"a")), NullableUpdate::Set(&b"a"[..]));
    assert_eq!(
        read(Any::Variant("Known")),
        NullableUpdate::Set(Kind::Known(true))
    );
    let map = std::collections::BTreeMap::from([("a".to_owned(), 1)]);
    assert_eq!(
        read(Any::Map(vec![("a", Any::Signed(1))])),
        NullableUpdate::Set(map)
    );

    assert_eq!(Update::deserialize(Any::Signed(1)), Ok(Update::Set(1)));
    assert!(Update::<i64>::deserialize(Any::None).is_err());
}

#[test]
fn an_error_of_the_format_names_what_was_expected() {
    fn message<T: Deserialize<'static>>() -> String {
        let error = T::deserialize(Any::Date).err();
        error.map_or(String::new(), |error| error.to_string())
    }
    for (message, expected) in [
        (message::<NullableUpdate<i64>>(), "null or a value"),
        (message::<CustomerPatch>(), "a value"),
    ] {
        assert_eq!(message, format!("invalid type: date, expected {expected}"));
    }
}

#[test]
fn p9_a_key_that_is_not_a_string_is_an_error() {
    let numbered = MapDeserializer::<_, Error>::new([(7, Any::Unit)].into_iter());
    let error = CustomerPatch::deserialize(MapAccessDeserializer::new(numbered)).unwrap_err();
    let message = "the name of a field must be a string";
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_kept_field_cannot_be_serialized() {
    assert!(serde_json::to_string(&Update::<i64>::Keep).is_err());
    assert!(serde_json::to_string(&NullableUpdate::<i64>::Keep).is_err());
    assert_eq!(serde_json::to_string(&Update::Set(1)).unwrap(), "1");
    assert_eq!(
        serde_json::to_string(&NullableUpdate::<i64>::Clear).unwrap(),
        "null"
    );
}

/// Reads MessagePack, which writes structs as arrays.
fn round_trip<T: for<'de> Deserialize<'de>>(value: &impl Serialize) -> T {
    let bytes = rmp_serde::to_vec(value).unwrap();
    rmp_serde::from_slice(&bytes).unwrap()
}

#[test]
fn m5_a_patch_round_trips_through_message_pack() {
    let body = br#"{"customer":"Acme","mainPhone":null,"website":"acme.example",
        "status":"inactive","billingAddress":{"city":"Paris"},"shippingAddress":null}"#;
    let patch = CustomerPatch::from_json(body).unwrap();
    assert_eq!(round_trip::<CustomerPatch>(&patch), patch);
    let empty = CustomerPatch::new();
    assert_eq!(round_trip::<CustomerPatch>(&empty), empty);
}

#[test]
fn s6_a_record_round_trips_through_message_pack() {
    assert_eq!(&round_trip::<CustomerRecord>(&acme()), acme().record());
    let fields: FieldSet = Field::ALL.iter().copied().collect();
    assert_eq!(round_trip::<FieldSet>(&fields), fields);
}

#[test]
fn p11_a_violation_round_trips_through_message_pack() {
    let error = CustomerPatch::from_json(br#"{"Email":1,"status":"on"}"#).unwrap_err();
    let failure = Failure::from(error);
    for violation in failure.violations().unwrap().iter() {
        assert_eq!(&round_trip::<Violation>(violation), violation);
    }
}

#[test]
fn a_new_customer_is_read_from_message_pack() {
    let body = serde_json::json!({
        "customer": "Acme", "email": "a@acme.example", "website": null,
        "contacts": [{"name": "Ann", "isPrimary": true}, {"name": "Bob", "phone": "+1"}],
    });
    let expected = NewCustomer::from_json(body.to_string().as_bytes()).unwrap();
    assert_eq!(round_trip::<NewCustomer>(&body), expected);
}
