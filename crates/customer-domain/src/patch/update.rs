//! The states of a field in a patch: three if the field can be cleared, two if it
//! cannot.

use serde::de::value::{
    BorrowedBytesDeserializer, BorrowedStrDeserializer, EnumAccessDeserializer,
    MapAccessDeserializer, SeqAccessDeserializer,
};
use serde::de::{self, IntoDeserializer, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use std::fmt;
use std::marker::PhantomData;
use std::mem;

/// What a patch does with a field that cannot be cleared: keep it or set it.
/// There is no third state, so clearing a name does not compile.
///
/// ```compile_fail
/// # use customer_domain::{CustomerName, Update};
/// let cleared: Update<CustomerName> = Update::Clear;
/// ```
///
/// Converts from `Option<T>`, where `None` keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Update<T> {
    /// The field is missing; the value is kept (P1).
    #[default]
    Keep,
    /// The value is set.
    Set(T),
}

/// What a patch does with a field that can be cleared: keep, clear or set it.
/// A missing field is not the same as null (P1 to P3).
///
/// Converts from `Option<Option<T>>`, where the outer `None` keeps and
/// the inner one clears. There is no conversion from `Option<T>`: it could mean
/// either.
///
/// A field of your own struct needs both attributes:
///
/// ```
/// use customer_domain::NullableUpdate;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Settings {
///     #[serde(default, skip_serializing_if = "NullableUpdate::is_keep")]
///     colour: NullableUpdate<String>,
/// }
///
/// let read = |json| serde_json::from_str::<Settings>(json).map(|s| s.colour);
/// assert_eq!(read("{}")?, NullableUpdate::Keep);
/// assert_eq!(read(r#"{"colour":null}"#)?, NullableUpdate::Clear);
/// assert_eq!(read(r#"{"colour":"red"}"#)?, NullableUpdate::Set("red".to_owned()));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Without `default`, deserializing a missing member fails; without
/// `skip_serializing_if`, serializing [`Keep`](Self::Keep) fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NullableUpdate<T> {
    /// The field is missing; the value is kept (P1).
    #[default]
    Keep,
    /// The field is null; the value is cleared (P2, P3).
    Clear,
    /// The value is set.
    Set(T),
}

impl<T> Update<T> {
    /// Whether the value is kept.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Whether the value is set.
    pub const fn is_set(&self) -> bool {
        matches!(self, Self::Set(_))
    }

    /// Applies a function to the value, if it is set.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Update<U> {
        match self {
            Self::Keep => Update::Keep,
            Self::Set(value) => Update::Set(f(value)),
        }
    }

    /// Sets the field, if its value differs. Returns the update that reverts this,
    /// [`Keep`](Self::Keep) if the field did not change (M2).
    ///
    /// ```
    /// use customer_domain::Update;
    ///
    /// let mut name = "old";
    /// assert_eq!(Update::Keep.apply_to(&mut name), Update::Keep);
    /// assert_eq!(Update::Set("old").apply_to(&mut name), Update::Keep);
    /// assert_eq!(Update::Set("new").apply_to(&mut name), Update::Set("old"));
    /// assert_eq!(name, "new");
    /// ```
    pub fn apply_to(&self, field: &mut T) -> Self
    where
        T: Clone + PartialEq,
    {
        match self {
            Self::Set(value) if value != field => Self::Set(mem::replace(field, value.clone())),
            Self::Keep | Self::Set(_) => Self::Keep,
        }
    }

    /// The update with a borrowed value.
    pub const fn as_ref(&self) -> Update<&T> {
        match self {
            Self::Keep => Update::Keep,
            Self::Set(value) => Update::Set(value),
        }
    }

    /// Composes two updates: `next` wins unless it keeps (M5).
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        match next {
            Self::Keep => self,
            Self::Set(_) => next,
        }
    }
}

impl<T> NullableUpdate<T> {
    /// Whether the value is kept.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Whether the value is set.
    pub const fn is_set(&self) -> bool {
        matches!(self, Self::Set(_))
    }

    /// Applies a function to the value, if it is set.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> NullableUpdate<U> {
        match self {
            Self::Keep => NullableUpdate::Keep,
            Self::Clear => NullableUpdate::Clear,
            Self::Set(value) => NullableUpdate::Set(f(value)),
        }
    }

    /// Sets or clears the field, if that changes it. Returns the update that reverts
    /// this, [`Keep`](Self::Keep) if the field did not change (M2).
    ///
    /// ```
    /// use customer_domain::NullableUpdate;
    ///
    /// let mut website = Some("https://old.example");
    /// assert_eq!(NullableUpdate::Keep.apply_to(&mut website), NullableUpdate::Keep);
    /// let reverse = NullableUpdate::Clear.apply_to(&mut website);
    /// assert_eq!(website, None);
    /// assert_eq!(reverse, NullableUpdate::Set("https://old.example"));
    /// assert_eq!(reverse.apply_to(&mut website), NullableUpdate::Clear);
    /// ```
    pub fn apply_to(&self, field: &mut Option<T>) -> Self
    where
        T: Clone + PartialEq,
    {
        match self {
            Self::Set(value) if field.as_ref() != Some(value) => {
                let old = field.replace(value.clone());
                old.map_or(Self::Clear, Self::Set)
            }
            Self::Clear => field.take().map_or(Self::Keep, Self::Set),
            Self::Keep | Self::Set(_) => Self::Keep,
        }
    }

    /// The update with a borrowed value.
    pub const fn as_ref(&self) -> NullableUpdate<&T> {
        match self {
            Self::Keep => NullableUpdate::Keep,
            Self::Clear => NullableUpdate::Clear,
            Self::Set(value) => NullableUpdate::Set(value),
        }
    }

    /// Composes two updates: `next` wins unless it keeps (M5).
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        match next {
            Self::Keep => self,
            Self::Clear | Self::Set(_) => next,
        }
    }
}

/// `None` keeps.
impl<T> From<Option<T>> for Update<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

/// An update that never clears.
impl<T> From<Update<T>> for NullableUpdate<T> {
    fn from(update: Update<T>) -> Self {
        match update {
            Update::Keep => Self::Keep,
            Update::Set(value) => Self::Set(value),
        }
    }
}

impl<T> From<Option<Option<T>>> for NullableUpdate<T> {
    fn from(value: Option<Option<T>>) -> Self {
        match value {
            None => Self::Keep,
            Some(None) => Self::Clear,
            Some(Some(value)) => Self::Set(value),
        }
    }
}

const KEPT: &str = "a kept field cannot be serialized: use `skip_serializing_if`";

impl<T: Serialize> Serialize for Update<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep => Err(ser::Error::custom(KEPT)),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<T: Serialize> Serialize for NullableUpdate<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep => Err(ser::Error::custom(KEPT)),
            Self::Clear => serializer.serialize_unit(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Update<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NullableUpdate::deserialize(deserializer)? {
            NullableUpdate::Keep => Ok(Self::Keep),
            NullableUpdate::Clear => Err(de::Error::custom("must not be null")),
            NullableUpdate::Set(value) => Ok(Self::Set(value)),
        }
    }
}

/// Uses `deserialize_any` and not `Option`: for a missing field without `default`, serde
/// deserializes an `Option` as null, which would clear a value that the input does not
/// name.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for NullableUpdate<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InputVisitor(PhantomData))
    }
}

/// Null clears; every other value is forwarded to the type of the value.
struct InputVisitor<T>(PhantomData<T>);

/// Visits that forward a value.
macro_rules! forward {
    ($($visit:ident($type:ty))*) => {$(
        fn $visit<E: de::Error>(self, value: $type) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(NullableUpdate::Set)
        }
    )*};
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for InputVisitor<T> {
    type Value = NullableUpdate<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null or a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(NullableUpdate::Clear)
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(NullableUpdate::Clear)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    forward! {
        visit_bool(bool)
        visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128)
        visit_u8(u8) visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128)
        visit_f32(f32) visit_f64(f64)
        visit_char(char) visit_str(&str) visit_string(String) visit_bytes(&[u8])
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Self::Value, E> {
        T::deserialize(BorrowedStrDeserializer::new(value)).map(NullableUpdate::Set)
    }

    fn visit_borrowed_bytes<E: de::Error>(self, value: &'de [u8]) -> Result<Self::Value, E> {
        T::deserialize(BorrowedBytesDeserializer::new(value)).map(NullableUpdate::Set)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(seq)).map(NullableUpdate::Set)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(NullableUpdate::Set)
    }

    fn visit_enum<A: de::EnumAccess<'de>>(self, data: A) -> Result<Self::Value, A::Error> {
        T::deserialize(EnumAccessDeserializer::new(data)).map(NullableUpdate::Set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Member {
        #[serde(default, skip_serializing_if = "NullableUpdate::is_keep")]
        field: NullableUpdate<Vec<u8>>,
    }

    #[derive(Debug, Deserialize, Serialize)]
    struct WithoutAttributes {
        field: NullableUpdate<u8>,
    }

    #[test]
    fn p1_a_missing_member_never_clears() {
        let read = serde_json::from_str::<Member>("{}").unwrap();
        assert_eq!(read.field, NullableUpdate::Keep);
        let without_default = serde_json::from_str::<WithoutAttributes>("{}").unwrap_err();
        assert!(without_default.to_string().starts_with("missing field"));
    }

    #[test]
    fn p1_a_kept_member_is_never_written_as_null() {
        let kept = Member {
            field: NullableUpdate::Keep,
        };
        assert_eq!(serde_json::to_string(&kept).unwrap(), "{}");
        let without_default = WithoutAttributes {
            field: NullableUpdate::Keep,
        };
        assert!(serde_json::to_string(&without_default).is_err());
    }

    #[test]
    fn p2_null_clears_and_a_value_sets() {
        for (json, field) in [
            (r#"{"field":null}"#, NullableUpdate::Clear),
            (r#"{"field":[1,2]}"#, NullableUpdate::Set(vec![1, 2])),
        ] {
            let member = Member { field };
            assert_eq!(serde_json::from_str::<Member>(json).unwrap(), member);
            assert_eq!(serde_json::to_string(&member).unwrap(), json);
        }
    }

    #[test]
    fn p2_every_type_of_value_is_forwarded() {
        #[derive(Debug, PartialEq, Deserialize)]
        enum Choice {
            One,
            Two(u8),
        }
        fn read<'de, T: Deserialize<'de>>(json: &'de str) -> NullableUpdate<T> {
            serde_json::from_str(json).unwrap()
        }
        assert_eq!(read::<&str>(r#""a""#), NullableUpdate::Set("a"));
        assert_eq!(
            read::<String>(r#""\u0061""#),
            NullableUpdate::Set("a".to_owned())
        );
        assert_eq!(read::<bool>("true"), NullableUpdate::Set(true));
        assert_eq!(read::<i8>("-7"), NullableUpdate::Set(-7));
        assert_eq!(read::<f64>("1.5"), NullableUpdate::Set(1.5));
        assert_eq!(read::<Choice>(r#""One""#), NullableUpdate::Set(Choice::One));
        assert_eq!(
            read::<Choice>(r#"{"Two":2}"#),
            NullableUpdate::Set(Choice::Two(2))
        );
    }

    #[test]
    fn p4_null_is_an_error_where_the_field_cannot_be_cleared() {
        assert!(serde_json::from_str::<Update<u8>>("null").is_err());
        assert_eq!(
            serde_json::from_str::<Update<u8>>("7").unwrap(),
            Update::Set(7)
        );
    }

    #[test]
    fn p1_options_convert() {
        assert_eq!(Update::from(None::<u8>), Update::Keep);
        assert_eq!(Update::from(Some(7)), Update::Set(7));
        assert_eq!(
            NullableUpdate::from(None::<Option<u8>>),
            NullableUpdate::Keep
        );
        assert_eq!(
            NullableUpdate::from(Some(None::<u8>)),
            NullableUpdate::Clear
        );
        assert_eq!(NullableUpdate::from(Some(Some(7))), NullableUpdate::Set(7));
    }

    #[test]
    fn p1_only_an_update_with_a_value_is_set() {
        for (update, is_set) in [(Update::Keep, false), (Update::Set(1), true)] {
            assert_eq!((update.is_set(), update.is_keep()), (is_set, !is_set));
        }
        assert!(NullableUpdate::Set(1).is_set());
        for update in [NullableUpdate::<u8>::Keep, NullableUpdate::Clear] {
            assert!(!update.is_set());
        }
    }

    #[test]
    fn m5_the_later_update_wins() {
        let all = [
            NullableUpdate::Keep,
            NullableUpdate::Clear,
            NullableUpdate::Set(1),
        ];
        for first in all {
            assert_eq!(first.then(NullableUpdate::Keep), first);
            assert_eq!(first.then(NullableUpdate::Clear), NullableUpdate::Clear);
            assert_eq!(first.then(NullableUpdate::Set(2)), NullableUpdate::Set(2));
        }
        assert_eq!(Update::Set(1).then(Update::Keep), Update::Set(1));
        assert_eq!(Update::Set(1).then(Update::Set(2)), Update::Set(2));
    }
}
