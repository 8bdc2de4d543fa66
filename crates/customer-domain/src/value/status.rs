//! V6: the status of a customer.

use crate::value::choice::choice;

choice! {
    /// Whether a customer is in use (V6).
    ///
    /// A choice and not a string: compared as received, without trimming or case
    /// folding. In a create, a missing status means active (RULES, Create), but in an
    /// update it means unchanged (P1), so there is no `Default`.
    ///
    /// ```
    /// use customer_domain::Status;
    ///
    /// assert_eq!(Status::parse("inactive")?, Status::Inactive);
    /// assert!(Status::parse("ACTIVE").is_err());
    /// # Ok::<(), customer_domain::ValueError>(())
    /// ```
    Status, "status" {
        /// `active`
        Active = "active",
        /// `inactive`
        Inactive = "inactive",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v6_the_choices_are_exact() {
        for name in Status::NAMES {
            assert_eq!(Status::parse(name).map(Status::as_str), Ok(*name));
        }
        for text in [
            "",
            "ACTIVE",
            "Active",
            " active",
            "active ",
            "activ",
            "a\u{200B}ctive",
        ] {
            let code = Status::parse(text).map_err(|e| e.code());
            assert_eq!(code, Err("INVALID_CHOICE"), "{text:?}");
        }
    }
}
