//! S6: values as a store keeps them and reads them back.

use crate::schema::AddressField;
use crate::value::address::Address;

/// Reads back the text of a value (S6).
///
/// `None` when the text breaks the rule of its type, and also when the type
/// would have kept another one, such as the text without the space at its end:
/// either way it is not what was stored, and the row is corrupt.
///
/// ```
/// use customer_domain::{CustomerName, from_stored};
///
/// assert_eq!(from_stored::<CustomerName>("Acme").map(|name| name.to_string()).as_deref(), Some("Acme"));
/// assert_eq!(from_stored::<CustomerName>("Acme "), None);
/// assert_eq!(from_stored::<CustomerName>(""), None);
/// ```
#[must_use]
pub fn from_stored<T>(text: &str) -> Option<T>
where
    T: for<'t> TryFrom<&'t str> + AsRef<str>,
{
    let value = T::try_from(text).ok()?;
    (value.as_ref() == text).then_some(value)
}

impl Address {
    /// The number of columns that keep an address.
    pub const COLUMNS: usize = AddressField::ALL.len();

    /// The texts of an address as a store keeps them, one a column, in the order
    /// of [`AddressField::ALL`]. Without an address there is none.
    #[must_use]
    pub fn to_columns(address: Option<&Self>) -> [Option<&str>; Self::COLUMNS] {
        [
            AddressField::Street,
            AddressField::City,
            AddressField::State,
            AddressField::ZipCode,
            AddressField::Country,
        ]
        .map(|field| address.and_then(|address| address.get(field)))
    }

    /// Reads back what [`to_columns`](Self::to_columns) gave (S6).
    ///
    /// ```
    /// use customer_domain::Address;
    ///
    /// let address = Address::builder().city("Paris")?.build()?;
    /// let columns = Address::to_columns(Some(&address));
    /// assert_eq!(columns, [None, Some("Paris"), None, None, None]);
    /// assert_eq!(Address::from_columns(columns), Ok(Some(address)));
    /// assert_eq!(Address::from_columns([None; Address::COLUMNS]), Ok(None));
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first field whose text is not as an address keeps it.
    pub fn from_columns(
        columns: [Option<&str>; Self::COLUMNS],
    ) -> Result<Option<Self>, AddressField> {
        let mut builder = Self::builder();
        for (field, text) in AddressField::ALL.iter().zip(columns) {
            if let Some(text) = text {
                builder = builder.set(*field, text).map_err(|_| *field)?;
            }
        }
        // Without a text that is kept there is no address.
        let address = builder.build().ok();
        let kept = Self::to_columns(address.as_ref());
        for (field, (stored, kept)) in AddressField::ALL.iter().zip(columns.iter().zip(kept)) {
            if *stored != kept {
                return Err(*field);
            }
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::email::EmailAddress;
    use crate::value::phone::PhoneNumber;

    #[test]
    fn s6_a_text_that_is_not_as_its_type_keeps_it_is_not_read_back() {
        assert!(from_stored::<PhoneNumber>("+1 415").is_some());
        for text in ["", " ", " +1", "+1 ", "+\t1"] {
            assert_eq!(from_stored::<PhoneNumber>(text), None, "{text:?}");
        }
        assert!(from_stored::<EmailAddress>("Ann@Acme.example").is_some());
        assert_eq!(from_stored::<EmailAddress>("ann"), None);
    }

    #[test]
    fn s6_an_address_is_read_back_as_it_was_kept_or_not_at_all() {
        let columns = [Some("1 High St\nFlat 2"), None, Some("N"), None, Some("UK")];
        let address = Address::from_columns(columns).unwrap();
        assert_eq!(Address::to_columns(address.as_ref()), columns);
        for (column, text, field) in [
            (0, "", AddressField::Street),
            (1, "Paris ", AddressField::City),
            (2, "a\tb", AddressField::State),
            (3, " ", AddressField::ZipCode),
            (4, "a\nb", AddressField::Country),
        ] {
            let mut corrupt = columns;
            corrupt[column] = Some(text);
            assert_eq!(Address::from_columns(corrupt), Err(field), "{text:?}");
        }
        assert_eq!(
            Address::from_columns([None, None, None, None, Some(" ")]),
            Err(AddressField::Country)
        );
    }
}
