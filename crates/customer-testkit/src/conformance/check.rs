//! How a case says what it expects.

use std::fmt::Debug;

use customer_domain::{Customer, CustomerStore, EmailAddress, TeamId};

use super::{CaseFailure, CaseResult};

/// Fails the case with a sentence unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::conformance::CaseFailure::new(format!($($message)+)));
        }
    };
}

/// Fails the case with a sentence unless the result is that error.
macro_rules! ensure_refused {
    ($result:expr, $error:pat $(if $condition:expr)?, $($message:tt)+) => {
        match $result {
            Err($error) $(if $condition)? => {}
            other => {
                let message = format!($($message)+);
                return Err($crate::conformance::CaseFailure::new(format!(
                    "{message}; the answer was {other:?}"
                )));
            }
        }
    };
}

pub(crate) use {ensure, ensure_refused};

/// The value, or a failure: what the case asked for is valid, so that any error
/// is the store's.
pub(crate) fn accepted<T, E: Debug>(result: Result<T, E>, message: &str) -> Result<T, CaseFailure> {
    result.map_err(|error| CaseFailure::new(format!("{message}; the answer was {error:?}")))
}

/// Adds records that nothing is in the way of.
pub(crate) async fn add<S: CustomerStore>(store: &S, customers: &[&Customer]) -> CaseResult {
    for customer in customers {
        accepted(
            store.insert(customer).await,
            "S5: an insert that nothing is in the way of is accepted",
        )?;
    }
    Ok(())
}

/// The record of that id and team.
pub(crate) async fn get<S: CustomerStore>(
    store: &S,
    customer: &Customer,
) -> Result<Option<Customer>, CaseFailure> {
    accepted(
        store.get(customer.team(), customer.id()).await,
        "S5: a get succeeds",
    )
}

/// The record of that address.
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

/// The store has exactly this record, by its id and by its address.
pub(crate) async fn stored<S: CustomerStore>(
    store: &S,
    customer: &Customer,
    rule: &str,
) -> CaseResult {
    let by_id = get(store, customer).await?;
    ensure!(
        by_id.as_ref() == Some(customer),
        "{rule}; get returned {}",
        described(by_id.as_ref())
    );
    let by_email = find(store, customer.team(), customer.email()).await?;
    ensure!(
        by_email.as_ref() == Some(customer),
        "{rule}; find_by_email returned {}",
        described(by_email.as_ref())
    );
    Ok(())
}

/// The store has neither the record nor its address.
pub(crate) async fn absent<S: CustomerStore>(
    store: &S,
    customer: &Customer,
    rule: &str,
) -> CaseResult {
    let by_id = get(store, customer).await?;
    ensure!(by_id.is_none(), "{rule}; get returned a record");
    free(store, customer.team(), customer.email(), rule).await
}

/// Nobody in the team has that address.
pub(crate) async fn free<S: CustomerStore>(
    store: &S,
    team: TeamId,
    email: &EmailAddress,
    rule: &str,
) -> CaseResult {
    let by_email = find(store, team, email).await?;
    ensure!(
        by_email.is_none(),
        "{rule}; find_by_email returned a record"
    );
    Ok(())
}

fn described(record: Option<&Customer>) -> String {
    match record {
        None => "no record".to_owned(),
        Some(record) => format!("another record, of version {}", record.version()),
    }
}
