//! The use case that creates a customer. The one that updates a customer calls
//! [`CustomerStore::update`], which has its own [cases](super::updates).

use std::sync::Arc;

use customer_domain::{CustomerStore, FnClock, InsertError, NewCustomer, create_customer};

use super::check::{accepted, ensure_rejected, stored};
use super::failure::CaseResult;
use super::samples::{noon, team, value};
use crate::ids::fresh_id;

/// S2: a created customer is stored; one whose address or id is taken is rejected.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_create_stores_the_customer_or_returns_why_not<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let (team, id) = (team(), fresh_id());
    let new = |email: &str| NewCustomer::new(value("Acme"), value(email));

    let created = create_customer(&*store, &FnClock(noon), team, id, new("a@acme.example")).await;
    let created = accepted(created, "S2: a customer with a free address is created")?;
    stored(&*store, &created, "S6: a created customer is stored").await?;

    let other = fresh_id();
    ensure_rejected!(
        create_customer(&*store, &FnClock(noon), team, other, new("A@acme.example")).await,
        InsertError::EmailTaken(holder) if holder == id,
        "S2: a customer with a taken address is not created"
    );
    ensure_rejected!(
        create_customer(&*store, &FnClock(noon), team, id, new("b@acme.example")).await,
        InsertError::IdTaken,
        "S2: a customer with a taken id is not created"
    );
    stored(&*store, &created, "S5: a rejected create changes nothing").await
}
