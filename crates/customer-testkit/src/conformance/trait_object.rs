//! The store behind a trait object does what it does in front of it.

use std::sync::Arc;

use customer_domain::{
    BoxFuture, CustomerStore, DynCustomerStore, InsertError, ListQuery, Precondition, ReplaceError,
};

use super::CaseResult;
use super::check::{absent, accepted, ensure, ensure_refused, stored};
use super::samples::{customer, full_customer, team, with_email, with_phone};

/// S6: every method of the trait object reaches the store.
///
/// # Errors
///
/// What the store did against the contract.
pub fn s6_a_trait_object_is_the_same_store<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> BoxFuture<'static, CaseResult> {
    let erased: Arc<dyn DynCustomerStore> = Arc::clone(&store) as _;
    Box::pin(both_are_one_store(store, erased))
}

#[expect(
    clippy::manual_async_fn,
    reason = "that the future is `Send` is shown here for every `E`; of one that holds the trait object the compiler cannot see it"
)]
fn both_are_one_store<S: CustomerStore, E: CustomerStore>(
    store: Arc<S>,
    erased: E,
) -> impl Future<Output = CaseResult> + Send {
    async move {
        let first = full_customer(team(), "a@acme.example");
        let (team, id) = (first.team(), first.id());
        accepted(erased.insert(&first).await, "S6: a trait object inserts")?;
        stored(&*store, &first, "S6: a trait object writes to the store").await?;
        stored(&erased, &first, "S6: a trait object reads from the store").await?;
        ensure_refused!(
            erased.insert(&customer(team, "A@acme.example")).await,
            InsertError::EmailTaken(holder) if holder == id,
            "S2: a trait object refuses a second customer of an address"
        );

        let second = with_email(&first, "b@acme.example");
        accepted(
            erased.replace(&second, first.version()).await,
            "S6: a trait object replaces",
        )?;
        stored(&*store, &second, "S6: a trait object writes to the store").await?;
        ensure_refused!(
            erased
                .replace(&with_phone(&first, "+9"), first.version())
                .await,
            ReplaceError::VersionConflict,
            "S3: a trait object refuses a replace of an older version"
        );

        let listed = accepted(
            erased.list(team, &ListQuery::new()).await,
            "S7: a trait object lists",
        )?;
        ensure!(
            listed.records == [second.clone()] && listed.total == Some(1),
            "S7: a trait object lists what the store has"
        );

        let precondition = Precondition::Version(second.version());
        accepted(
            erased.delete(team, id, precondition).await,
            "S6: a trait object deletes",
        )?;
        absent(
            &*store,
            &second,
            "S6: a trait object deletes from the store",
        )
        .await
    }
}
