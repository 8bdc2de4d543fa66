//! The parameters in the query of a URL.

use std::mem;

use customer_domain::{
    ChangesError, Direction, EmailAddress, EmailKey, Failure, Field, FieldPath, ListQuery,
    LogPosition, OrderBy, ReadFrom, Reason, SearchText, ValueError, Violation, Violations,
    read_pairs,
};

const SEARCH: &str = "search";
const AFTER: &str = "after";
const PAGE: &str = "page";
const LIMIT: &str = "limit";
const ORDER_BY: &str = "orderBy";
const ORDER_DIRECTION: &str = "orderDirection";

/// The parameters of a list.
const LIST: &[&str] = &[SEARCH, PAGE, LIMIT, ORDER_BY, ORDER_DIRECTION];

/// The parameter of a search by email address.
const FIND_BY_EMAIL: &[&str] = &[Field::Email.as_str()];

/// The parameters of the change log.
const CHANGES: &[&str] = &[AFTER, LIMIT];

/// Reads the query of a list (S7). A missing parameter has the default of
/// [`ListQuery::new`]; a blank search is ignored.
///
/// # Errors
///
/// All violations (P11): `OUT_OF_RANGE` for a page or a limit, `INVALID_CHOICE` for
/// an order, the codes of [`SearchText::parse`], `UNKNOWN_FIELD` for any other
/// name (P7) and `DUPLICATE_FIELD` for a repeated one (P8).
pub(crate) fn list(query: &str) -> Result<ListQuery, Violations> {
    let mut list = ListQuery::new();
    let pairs = form_urlencoded::parse(query.as_bytes());
    read_pairs(LIST, &[], pairs, |name, value| {
        list = set(mem::take(&mut list), name, value).map_err(|error| error.reason())?;
        Ok(())
    })?;
    Ok(list)
}

/// Sets the parameter with that name, which is one of [`LIST`].
fn set(list: ListQuery, name: &str, value: &str) -> Result<ListQuery, ValueError> {
    let (order_by, direction) = (list.order_by(), list.direction());
    match name {
        SEARCH => match SearchText::parse(value) {
            Ok(search) => Ok(list.with_search(search)),
            Err(error) if error.reason() == Reason::Blank => Ok(list),
            Err(error) => Err(error),
        },
        PAGE => list.with_page(number(value)),
        LIMIT => list.with_limit(number(value)),
        ORDER_BY => Ok(list.with_order(OrderBy::parse(value)?, direction)),
        ORDER_DIRECTION => Ok(list.with_order(order_by, direction_of(value)?)),
        _ => Ok(list),
    }
}

/// Parses a direction in upper case, as documented, or in lower case.
fn direction_of(value: &str) -> Result<Direction, ValueError> {
    Direction::parse(match value {
        "asc" => "ASC",
        "desc" => "DESC",
        value => value,
    })
}

/// Parses digits only, without the sign that `u32` accepts; 0, which is out of every
/// range, for anything else.
fn number(value: &str) -> u32 {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        value.parse().unwrap_or(0)
    } else {
        0
    }
}

/// Reads the query of a search by email address: the key to search for.
///
/// A plus sign is a plus sign, as in RFC 3986, and not a space, as in a form: many
/// email addresses contain one, and none contains a space.
///
/// # Errors
///
/// All violations (P11): the codes of [`EmailAddress::parse`], `REQUIRED`,
/// `UNKNOWN_FIELD` for any other name (P7) and `DUPLICATE_FIELD` (P8).
pub(crate) fn find_by_email(query: &str) -> Result<EmailKey, Violations> {
    let query = query.replace('+', "%2B");
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut key = None;
    read_pairs(FIND_BY_EMAIL, FIND_BY_EMAIL, pairs, |_, value| {
        let email = EmailAddress::parse(value).map_err(|error| error.reason())?;
        key = Some(email.key());
        Ok(())
    })?;
    key.ok_or_else(|| Violation::new(FieldPath::field(Field::Email), Reason::Required).into())
}

/// Reads the query of the change log (S9): where to start, and the maximum number of
/// entries.
///
/// # Errors
///
/// All violations (P11): `INVALID_POSITION`, `OUT_OF_RANGE`, `UNKNOWN_FIELD` for any
/// other name (P7) and `DUPLICATE_FIELD` (P8).
pub(crate) fn changes(query: &str) -> Result<(ReadFrom, u32), Violations> {
    let (mut from, mut limit) = (ReadFrom::Oldest, ListQuery::MAX_LIMIT);
    let pairs = form_urlencoded::parse(query.as_bytes());
    read_pairs(CHANGES, &[], pairs, |name, value| {
        let set = match name {
            AFTER => LogPosition::parse(value).map(|after| from = ReadFrom::Position(after)),
            _ => ListQuery::new()
                .with_limit(number(value))
                .map(|list| limit = list.limit()),
        };
        set.map_err(|error| error.reason())
    })?;
    Ok((from, limit))
}

/// The failure to read the change log: a position that is not valid is a violation of
/// its parameter.
pub(crate) fn changes_failure(error: ChangesError) -> Failure {
    match error {
        ChangesError::InvalidPosition => {
            let after = FieldPath::named(AFTER);
            Violations::from(Violation::new(after, Reason::InvalidPosition)).into()
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    use super::*;

    /// The violations, each as its path and code.
    fn violations<T: Debug>(outcome: Result<T, Violations>) -> Vec<String> {
        let violations = outcome.unwrap_err();
        let pair = |v: &Violation| format!("{} {}", v.field(), v.code());
        violations.iter().map(pair).collect()
    }

    #[test]
    fn the_parameters_are_documented() {
        let document: serde_json::Value =
            serde_json::from_str(include_str!("../openapi.json")).unwrap();
        for (path, names) in [
            ("/partners/customers", LIST),
            ("/partners/customers/find-by-email", FIND_BY_EMAIL),
            ("/partners/customers/changes", CHANGES),
        ] {
            let parameters = document["paths"][path]["get"]["parameters"].as_array();
            let documented: BTreeSet<_> = parameters
                .unwrap()
                .iter()
                .filter(|parameter| parameter["in"] == "query")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(documented, names.iter().copied().collect(), "{path}");
        }
    }

    #[test]
    fn s7_every_parameter_has_an_effect() {
        let default = ListQuery::new();
        let set = |order_by, direction| default.clone().with_order(order_by, direction);
        for (name, value, expected) in [
            (
                SEARCH,
                "acme",
                default
                    .clone()
                    .with_search(SearchText::parse("acme").unwrap()),
            ),
            (PAGE, "007", default.clone().with_page(7).unwrap()),
            (LIMIT, "100", default.clone().with_limit(100).unwrap()),
            (
                ORDER_BY,
                "createdAt",
                set(OrderBy::CreatedAt, Direction::Ascending),
            ),
            (
                ORDER_DIRECTION,
                "desc",
                set(OrderBy::Name, Direction::Descending),
            ),
            (
                ORDER_DIRECTION,
                "DESC",
                set(OrderBy::Name, Direction::Descending),
            ),
        ] {
            assert_eq!(list(&format!("{name}={value}")), Ok(expected), "{name}");
        }
        let both = list("orderDirection=DESC&orderBy=email");
        assert_eq!(both, Ok(set(OrderBy::Email, Direction::Descending)));
    }

    #[test]
    fn s7_missing_parameters_and_a_blank_search_have_the_default() {
        for query in ["", "search=", "search=+%E2%80%8B"] {
            assert_eq!(list(query), Ok(ListQuery::new()), "{query}");
        }
    }

    #[test]
    fn s7_numbers_are_digits_in_their_range() {
        for value in [
            "",
            "0",
            "-1",
            "%2B1",
            "1.0",
            "+1",
            "1e2",
            "x",
            "4294967296",
            "٣",
        ] {
            let outcome = list(&format!("page={value}"));
            assert_eq!(violations(outcome), ["page OUT_OF_RANGE"], "{value}");
        }
        assert_eq!(violations(list("limit=101")), ["limit OUT_OF_RANGE"]);
    }

    #[test]
    fn s7_p8_p11_all_violations_are_reported_in_order() {
        let query =
            "orderBy=name&page=1&page=x&page=y&colour=red&search=a%01&orderDirection=Asc&page=2";
        let expected = [
            "orderBy INVALID_CHOICE",
            "page DUPLICATE_FIELD",
            "colour UNKNOWN_FIELD",
            "search CONTROL_CHARACTER",
            "orderDirection INVALID_CHOICE",
        ];
        assert_eq!(violations(list(query)), expected);
    }

    #[test]
    fn p8_a_repeated_parameter_is_reported_at_its_first_position() {
        let query = "limit=1&page=0&limit=1";
        let expected = ["limit DUPLICATE_FIELD", "page OUT_OF_RANGE"];
        assert_eq!(violations(list(query)), expected);
    }

    #[test]
    fn p7_the_message_of_an_unknown_parameter_has_a_suggestion() {
        assert_eq!(
            list("limit=0&orderby=email").unwrap_err().to_string(),
            "limit must be a whole number from 1 to 100; \
             orderby is not a known field; did you mean orderBy?"
        );
        assert_eq!(
            find_by_email("mail=x").unwrap_err().to_string(),
            "mail is not a known field; did you mean email?; email is required"
        );
    }

    #[test]
    fn p11_at_most_100_violations_are_reported() {
        let query: String = (0..130).map(|n| format!("p{n}=&")).collect();
        let violations = list(&query).unwrap_err();
        let counts = (violations.len(), violations.omitted());
        assert_eq!(counts, (100, 30));
    }

    #[test]
    fn v3_the_key_of_an_email_address_is_searched_for() {
        let key = |email| EmailAddress::parse(email).unwrap().key();
        for (query, email) in [
            ("email=ANN@acme.example", "ann@acme.example"),
            ("email=a+tag@acme.example", "a+tag@acme.example"),
            ("email=%20a%40acme.example", "a@acme.example"),
        ] {
            assert_eq!(find_by_email(query), Ok(key(email)), "{query}");
        }
    }

    #[test]
    fn v2_the_parameter_is_an_email_address() {
        for (query, expected) in [
            ("", "email REQUIRED"),
            ("email=", "email BLANK"),
            ("email=%20", "email BLANK"),
            ("email=nope", "email INVALID_EMAIL"),
            ("email=a@b.co%00", "email CONTROL_CHARACTER"),
        ] {
            assert_eq!(violations(find_by_email(query)), [expected], "{query}");
        }
    }

    #[test]
    fn p8_a_repeated_email_is_one_violation_whatever_its_values() {
        let query = "a=&email=a@b.co&b=&email=nope";
        let expected = [
            "a UNKNOWN_FIELD",
            "email DUPLICATE_FIELD",
            "b UNKNOWN_FIELD",
        ];
        assert_eq!(violations(find_by_email(query)), expected);
    }

    #[test]
    fn p7_any_other_parameter_is_unknown() {
        let outcome = find_by_email("email=a@b.co&Email=a@b.co");
        assert_eq!(violations(outcome), ["Email UNKNOWN_FIELD"]);
    }
}
