//! The checks that the cases share.

use std::fmt::Debug;

use customer_domain::{Customer, CustomerStore, EmailAddress, TeamId};

use super::describe::{difference, named};
use super::failure::{CaseFailure, CaseResult};

/// Fails the case with a message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::CaseFailure::new(format!($($message)+)));
        }
    };
}

/// Fails the case with a message unless the result is this error.
macro_rules! ensure_rejected {
    ($result:expr, $error:pat $(if $condition:expr)?, $($message:tt)+) => {
        match $result {
            Err($error) $(if $condition)? => {}
            other => {
                let message = format!($($message)+);
                return Err($crate::conformance::CaseFailure::new(format!(
                    "{message}; the result was {other:?}, expected was {}",
                    stringify!($error $(if $condition)?)
                )));
            }
        }
    };
}

pub(crate) use {ensure, ensure_rejected};

/// The value of a valid operation. Any error is a failure of the store.
pub(crate) fn accepted<T, E: Debug>(result: Result<T, E>, message: &str) -> Result<T, CaseFailure> {
    result.map_err(|error| CaseFailure::new(format!("{message}; the result was {error:?}")))
}

/// Inserts records that do not conflict.
pub(crate) async fn add<S: CustomerStore>(store: &S, customers: &[&Customer]) -> CaseResult {
    for customer in customers {
        let rule = format!(
            "S5: an insert without a conflict succeeds: {}",
            named(customer)
        );
        accepted(store.insert(customer).await, &rule)?;
    }
    Ok(())
}

/// Gets the record with that id and team.
pub(crate) async fn get<S: CustomerStore>(
    store: &S,
    customer: &Customer,
) -> Result<Option<Customer>, CaseFailure> {
    accepted(
        store.get(customer.team(), customer.id()).await,
        "S5: a get succeeds",
    )
}

/// Finds the record with that address.
pub(crate) async fn find<S: CustomerStore>(
    store: &S,
    team: TeamId,
    email: &EmailAddress,
) -> Result<Option<Customer>, CaseFailure> {
    accepted(
        store.find_by_email(team, &email.key()).await,
        "S5: a find succeeds",
    )
}

/// Checks that the operation returned exactly this record.
pub(crate) fn same(
    found: Option<&Customer>,
    expected: &Customer,
    operation: &str,
    rule: &str,
) -> CaseResult {
    match difference(found, expected) {
        None => Ok(()),
        Some(difference) => Err(CaseFailure::new(format!(
            "{rule}; {operation} returned {difference}"
        ))),
    }
}

/// Checks that the store has exactly this record, by its id and by its address.
pub(crate) async fn stored<S: CustomerStore>(
    store: &S,
    customer: &Customer,
    rule: &str,
) -> CaseResult {
    let by_id = get(store, customer).await?;
    same(by_id.as_ref(), customer, "get", rule)?;
    let by_email = find(store, customer.team(), customer.email()).await?;
    let operation = format!("find_by_email of {}", customer.email().as_str());
    same(by_email.as_ref(), customer, &operation, rule)
}

/// Checks that the store has neither the record nor its address.
pub(crate) async fn absent<S: CustomerStore>(
    store: &S,
    customer: &Customer,
    rule: &str,
) -> CaseResult {
    let by_id = get(store, customer).await?;
    none(by_id.as_ref(), "get", rule)?;
    free(store, customer.team(), customer.email(), rule).await
}

/// Checks that no customer of the team has that address.
pub(crate) async fn free<S: CustomerStore>(
    store: &S,
    team: TeamId,
    email: &EmailAddress,
    rule: &str,
) -> CaseResult {
    let by_email = find(store, team, email).await?;
    none(
        by_email.as_ref(),
        &format!("find_by_email of {}", email.as_str()),
        rule,
    )
}

/// Checks that the operation returned no record.
pub(crate) fn none(found: Option<&Customer>, operation: &str, rule: &str) -> CaseResult {
    match found {
        None => Ok(()),
        Some(found) => Err(CaseFailure::new(format!(
            "{rule}; {operation} returned {}, expected is no record",
            named(found)
        ))),
    }
}
