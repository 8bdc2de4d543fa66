//! A query as it is sent: names and values, as in the query of a URL.

use std::fmt;

use crate::path::{FieldPath, Parent};
use crate::reason::Reason;
use crate::text;
use crate::violation::{Refused, Violations};

use super::{Direction, ListQuery, OrderBy, SearchText, within};

/// A parameter of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Search,
    Page,
    Limit,
    OrderBy,
    OrderDirection,
}

impl Parameter {
    const ALL: [Self; 5] = [
        Self::Search,
        Self::Page,
        Self::Limit,
        Self::OrderBy,
        Self::OrderDirection,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Page => "page",
            Self::Limit => "limit",
            Self::OrderBy => "orderBy",
            Self::OrderDirection => "orderDirection",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ListQuery {
    /// Every parameter, as it is sent.
    pub const PARAMETERS: &'static [&'static str] =
        &["search", "page", "limit", "orderBy", "orderDirection"];

    /// Reads the parameters of a list, decoded: `search`, `page`, `limit`,
    /// `orderBy` and `orderDirection`. One that is absent is as in
    /// [`new`](Self::new), and so is a search that is blank.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them at once (P11): `OUT_OF_RANGE` for a
    /// page or a limit, `INVALID_CHOICE` for an order, the codes of
    /// [`SearchText::parse`], `UNKNOWN_FIELD` for any other name (P7) and
    /// `DUPLICATE_FIELD` for one given twice (P8).
    ///
    /// ```
    /// use customer_domain::ListQuery;
    ///
    /// let query = ListQuery::from_parameters([("limit", "50"), ("orderBy", "createdAt")])?;
    /// assert_eq!(query.limit(), 50);
    ///
    /// let refused = ListQuery::from_parameters([("limit", "0"), ("orderby", "email")]).unwrap_err();
    /// assert_eq!(refused.to_string(), "limit must be a whole number from 1 to 100; \
    ///     orderby is not a known field; did you mean orderBy?");
    /// # Ok::<(), customer_domain::Violations>(())
    /// ```
    pub fn from_parameters<N: AsRef<str>, V: AsRef<str>>(
        parameters: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Violations> {
        let mut query = Self::new();
        let mut seen = Vec::new();
        let mut refused = Refused::default();
        for (name, value) in parameters {
            let Some(parameter) = Parameter::named(name.as_ref()) else {
                let path = FieldPath::unknown(Parent::Query, name.as_ref());
                refused.add(path, Reason::UnknownField);
                continue;
            };
            let outcome = if seen.contains(&parameter) {
                Err(Reason::DuplicateField)
            } else {
                query.set(parameter, value.as_ref())
            };
            seen.push(parameter);
            if let Err(reason) = outcome {
                refused.add(FieldPath::parameter(parameter), reason);
            }
        }
        refused.or(query)
    }

    fn set(&mut self, parameter: Parameter, value: &str) -> Result<(), Reason> {
        match parameter {
            Parameter::Search if text::is_blank(text::trim(value)) => self.search = None,
            Parameter::Search => self.search = Some(SearchText::check(value)?),
            Parameter::Page => self.page = number(value, u32::MAX)?,
            Parameter::Limit => self.limit = number(value, Self::MAX_LIMIT)?,
            Parameter::OrderBy => self.order_by = OrderBy::check(value)?,
            Parameter::OrderDirection => self.direction = Direction::check(value)?,
        }
        Ok(())
    }
}

/// Digits and nothing else: no sign, which `u32` would read.
fn number(text: &str, max: u32) -> Result<u32, Reason> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { text.parse().unwrap_or(0) } else { 0 };
    within(number, max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::violation::Violation;

    fn codes(parameters: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let refused = ListQuery::from_parameters(parameters.iter().copied()).unwrap_err();
        let pair = |v: &Violation| (v.field().to_string(), v.code());
        refused.iter().map(pair).collect()
    }

    #[test]
    fn s7_the_names_are_those_that_are_read() {
        assert_eq!(
            Parameter::ALL.map(Parameter::as_str),
            *ListQuery::PARAMETERS
        );
    }

    #[test]
    fn s7_absent_and_blank_are_the_default() {
        for parameters in [&[][..], &[("search", "")], &[("search", " \u{200B}")]] {
            let query = ListQuery::from_parameters(parameters.iter().copied());
            assert_eq!(query, Ok(ListQuery::new()));
        }
    }

    #[test]
    fn s7_numbers_are_digits_in_their_range() {
        for value in [
            "",
            "0",
            "-1",
            "+1",
            "1.0",
            " 1",
            "1e2",
            "x",
            "4294967296",
            "٣",
        ] {
            assert_eq!(codes(&[("page", value)]), [("page".into(), "OUT_OF_RANGE")]);
        }
        assert_eq!(
            codes(&[("limit", "101")]),
            [("limit".into(), "OUT_OF_RANGE")]
        );
        let query = ListQuery::from_parameters([("page", "007"), ("limit", "100")]);
        assert_eq!(query.map(|q| (q.page(), q.limit())), Ok((7, 100)));
    }

    #[test]
    fn s7_everything_wrong_is_told_at_once() {
        let refused = codes(&[
            ("orderBy", "name"),
            ("page", "1"),
            ("page", "x"),
            ("page", "y"),
            ("colour", "red"),
            ("search", "a\u{1}"),
            ("orderDirection", "ASC"),
        ]);
        let refused: Vec<_> = refused.iter().map(|(f, c)| (f.as_str(), *c)).collect();
        assert_eq!(
            refused,
            [
                ("orderBy", "INVALID_CHOICE"),
                ("page", "DUPLICATE_FIELD"),
                ("colour", "UNKNOWN_FIELD"),
                ("search", "CONTROL_CHARACTER"),
                ("orderDirection", "INVALID_CHOICE"),
            ]
        );
    }

    #[test]
    fn p11_a_limited_number_is_told() {
        let names: Vec<_> = (0..130).map(|n| (format!("p{n}"), "")).collect();
        let refused = ListQuery::from_parameters(names).unwrap_err();
        assert_eq!((refused.as_slice().len(), refused.omitted()), (100, 30));
    }
}
