//! The identifiers of a customer and of a team.

use std::fmt;

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::reason::{Reason, ValueError};

/// Declares an identifier: a UUID of any version, parsed only from its canonical form
/// and written in lower case.
macro_rules! id {
    ($(#[$meta:meta])* $name:ident, $subject:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// Parses the hyphenated form of 36 characters, in upper or lower case.
            ///
            /// # Errors
            ///
            /// `INVALID_UUID` for any other string, including other forms of a UUID.
            pub fn parse(text: &str) -> Result<Self, ValueError> {
                Self::check(text).map_err(|reason| ValueError::new($subject, reason))
            }

            pub(crate) fn check(text: &str) -> Result<Self, Reason> {
                // The `uuid` crate also parses the simple, braced and URN forms, which
                // have other lengths.
                if text.len() == uuid::fmt::Hyphenated::LENGTH
                    && let Ok(uuid) = Uuid::try_parse(text)
                {
                    return Ok(Self(uuid));
                }
                Err(Reason::InvalidUuid)
            }

            /// The UUID.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        crate::value::parsing!($name, $subject);

        /// The canonical form, in lower case.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }
    };
}

id! {
    /// The identifier of a customer: the `uuid` of a record.
    ///
    /// ```
    /// use customer_domain::CustomerId;
    ///
    /// let id = CustomerId::parse("67E55044-10B1-426F-9247-BB680E5FE0C8")?;
    /// assert_eq!(id.to_string(), "67e55044-10b1-426f-9247-bb680e5fe0c8");
    /// assert!(CustomerId::parse("67e5504410b1426f9247bb680e5fe0c8").is_err());
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    CustomerId, "customer id"
}

id! {
    /// The identifier of a team. Every operation of a store is scoped to one team
    /// (S1), and an email address is unique within a team (S2).
    ///
    /// ```
    /// use customer_domain::TeamId;
    ///
    /// let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
    /// assert_eq!(TeamId::from(*team.as_uuid()), team);
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    TeamId, "team id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_read() {
        let canonical = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        for text in [canonical, &canonical.to_ascii_uppercase()] {
            let id = CustomerId::parse(text).map(|id| id.to_string());
            assert_eq!(id.as_deref(), Ok(canonical));
        }
        for text in [
            "",
            "67e5504410b1426f9247bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
            " 67e55044-10b1-426f-9247-bb680e5fe0c8",
            "67e55044-10b1-426f-9247-bb680e5fe0cg",
            "67e5504410-b1-426f-9247-bb680e5fe0c8",
            "{67e5504410b1426f9247bb680e5fe0c8}xx",
            "67e55044-10b1-426f-9247-bb680e5fe0é",
        ] {
            let code = CustomerId::parse(text).map_err(|e| e.code());
            assert_eq!(code, Err("INVALID_UUID"), "{text}");
        }
    }

    #[test]
    fn any_version_of_uuid_is_read() {
        for text in [
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "01932b5e-0000-7000-8000-000000000000",
        ] {
            assert_eq!(
                TeamId::parse(text).map(|id| id.to_string()).as_deref(),
                Ok(text)
            );
        }
    }
}
