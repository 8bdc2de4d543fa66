//! Bodies that come through another reader than that of JSON text: whatever a
//! format hands over, the rules are the same.

use customer_domain::{CustomerPatch, NullableUpdate, Update};
use serde::de::value::{Error, MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};

/// A value as some format has it.
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
    /// What only this format knows.
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
fn a_text_is_a_text_however_it_is_handed_over() {
    let wanted = CustomerPatch::new().with_main_phone(NullableUpdate::Set("+1".parse().unwrap()));
    for text in [
        Any::Text("+1"),
        Any::Owned("+1"),
        Any::Some(Box::new(Any::Text("+1"))),
        Any::Newtype(Box::new(Any::Owned("+1"))),
    ] {
        assert_eq!(patch(vec![("mainPhone", text)]).as_ref(), Ok(&wanted));
    }
    let cleared = CustomerPatch::new().with_main_phone(NullableUpdate::Clear);
    for null in [Any::Unit, Any::None] {
        assert_eq!(patch(vec![("mainPhone", null)]).as_ref(), Ok(&cleared));
    }
}

#[test]
fn p9_what_json_does_not_have_is_of_a_wrong_type() {
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
        let refused = patch(vec![("mainPhone", value)]).unwrap_err();
        assert!(refused.to_string().contains("mainPhone"), "{refused}");
        assert!(!refused.to_string().contains("+1"), "{refused}");
    }
}

#[test]
fn an_address_is_read_through_another_format() {
    let address = Any::Map(vec![("city", Any::Owned("Paris")), ("state", Any::None)]);
    let sent = patch(vec![("billingAddress", address)]).unwrap();
    assert_eq!(
        serde_json::to_value(&sent).unwrap()["billingAddress"]["city"],
        "Paris"
    );
}

#[test]
fn a_field_of_three_states_takes_whatever_its_type_takes() {
    type Sent<T> = NullableUpdate<T>;
    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Kind {
        Known(bool),
    }
    fn sent<T: Deserialize<'static>>(value: Any) -> Sent<T> {
        Sent::deserialize(value).unwrap()
    }
    assert_eq!(sent(Any::Bool(true)), Sent::Set(true));
    assert_eq!(sent(Any::Signed(-1)), Sent::Set(-1_i64));
    assert_eq!(sent(Any::Unsigned(1)), Sent::Set(1_u64));
    assert_eq!(sent(Any::Wide(-1)), Sent::Set(-1_i128));
    assert_eq!(sent(Any::WideUnsigned(1)), Sent::Set(1_u128));
    assert_eq!(sent(Any::Float(0.5)), Sent::Set(0.5));
    assert_eq!(sent(Any::Text("a")), Sent::Set("a".to_owned()));
    assert_eq!(sent(Any::List(vec![Any::Signed(1)])), Sent::Set(vec![1]));
    assert_eq!(
        sent::<i64>(Any::Some(Box::new(Any::Signed(1)))),
        Sent::Set(1)
    );
    assert_eq!(
        sent::<i64>(Any::Newtype(Box::new(Any::Signed(1)))),
        Sent::Set(1)
    );
    assert_eq!(sent::<i64>(Any::Unit), Sent::Clear);
    assert_eq!(sent::<i64>(Any::None), Sent::Clear);
    assert_eq!(sent(Any::Bytes(b"a")), Sent::Set(&b"a"[..]));
    assert_eq!(sent(Any::Variant("Known")), Sent::Set(Kind::Known(true)));
    let map = std::collections::BTreeMap::from([("a".to_owned(), 1)]);
    assert_eq!(sent(Any::Map(vec![("a", Any::Signed(1))])), Sent::Set(map));

    assert_eq!(Update::deserialize(Any::Signed(1)), Ok(Update::Set(1)));
    assert!(Update::<i64>::deserialize(Any::None).is_err());
}

#[test]
fn a_format_is_told_what_was_expected() {
    fn told<T: Deserialize<'static>>() -> String {
        let refused = T::deserialize(Any::Date).err();
        refused.map_or(String::new(), |error| error.to_string())
    }
    for (told, expected) in [
        (told::<NullableUpdate<i64>>(), "null or a value"),
        (told::<CustomerPatch>(), "a value"),
    ] {
        assert_eq!(told, format!("invalid type: date, expected {expected}"));
    }
}

#[test]
fn p9_a_key_that_is_no_text_is_no_name() {
    let numbered = MapDeserializer::<_, Error>::new([(7, Any::Unit)].into_iter());
    let refused = CustomerPatch::deserialize(MapAccessDeserializer::new(numbered)).unwrap_err();
    let told = "invalid type: integer `7`, expected the name of a field";
    assert_eq!(refused.to_string(), told);
}

#[test]
fn a_field_that_was_not_sent_has_no_form() {
    assert!(serde_json::to_string(&Update::<i64>::Keep).is_err());
    assert!(serde_json::to_string(&NullableUpdate::<i64>::Keep).is_err());
    assert_eq!(serde_json::to_string(&Update::Set(1)).unwrap(), "1");
    assert_eq!(
        serde_json::to_string(&NullableUpdate::<i64>::Clear).unwrap(),
        "null"
    );
}
