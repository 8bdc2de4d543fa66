//! Enums whose values are exact strings.

/// Declares an enum whose values have exact names, with the conversions of the
/// value types.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $name:ident, $subject:literal { $( $(#[$variant_meta:meta])* $variant:ident = $text:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $( $(#[$variant_meta])* $variant, )+ }

        impl $name {
            /// Every choice.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The names of all choices.
            pub const NAMES: &'static [&'static str] = &[$( $text, )+];

            /// Parses a name.
            ///
            /// # Errors
            ///
            /// `INVALID_CHOICE` for any other string.
            pub fn parse(text: &str) -> Result<Self, $crate::ValueError> {
                Self::check(text).map_err(|reason| $crate::ValueError::new($subject, reason))
            }

            pub(crate) fn check(text: &str) -> Result<Self, $crate::Reason> {
                match text {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err($crate::Reason::InvalidChoice { allowed: Self::NAMES }),
                }
            }

            /// The name.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }
        }

        $crate::value::conversions!($name, $subject);
    };
}
pub(crate) use choice;
