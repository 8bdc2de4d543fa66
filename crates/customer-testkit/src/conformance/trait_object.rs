//! S6: a store behaves the same as a trait object.

use std::sync::Arc;

use customer_domain::{
    BoxFuture, CustomerStore, DynCustomerStore, InsertError, ListQuery, MatchBy, Precondition,
    ReplaceError, Upsert, Write,
};

use super::check::{absent, accepted, ensure, ensure_rejected, same, stored};
use super::failure::CaseResult;
use super::samples::{customer, full_customer, team, with_email, with_phone};
use super::updates::{later, later_time, phone, update};

/// S6: every method of the trait object reaches the store.
///
/// # Errors
///
/// A violation of the contract by the store.
pub fn s6_a_trait_object_is_the_same_store<S: CustomerStore + 'static>(
    store: Arc<S>,
) -> BoxFuture<'static, CaseResult> {
    let erased: Arc<dyn DynCustomerStore> = Arc::clone(&store) as _;
    Box::pin(both_are_one_store(store, erased))
}

#[expect(
    clippy::manual_async_fn,
    reason = "the compiler proves that the future is `Send` for every `E`, but not for one that holds the trait object"
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
        ensure_rejected!(
            erased.insert(&customer(team, "A@acme.example")).await,
            InsertError::EmailTaken(holder) if holder == id,
            "S2: a trait object rejects a second customer of an address"
        );

        let second = with_email(&first, "b@acme.example");
        accepted(
            erased.replace(&second, first.version()).await,
            "S6: a trait object replaces",
        )?;
        stored(&*store, &second, "S6: a trait object writes to the store").await?;
        ensure_rejected!(
            erased
                .replace(&with_phone(&first, "+9"), first.version())
                .await,
            ReplaceError::VersionConflict,
            "S3: a trait object rejects a replace of an older version"
        );

        let listed = accepted(
            erased.list(team, &ListQuery::new()).await,
            "S7: a trait object lists",
        )?;
        ensure!(
            listed.records == [second.clone()] && listed.total == Some(1),
            "S7: a trait object lists what the store has"
        );

        let third = update(&erased, &second, phone("+7"), Precondition::Any).await;
        let third = accepted(third, "S6: a trait object updates")?.into_customer();
        stored(&*store, &third, "S6: a trait object writes to the store").await?;

        let other = customer(team, "c@acme.example");
        let batch = vec![
            Write::Insert(Box::new(other.clone())),
            Write::Delete(other.id(), Precondition::Any),
            Write::Update(id, phone("+8").into(), Precondition::Any),
        ];
        let results = erased.write_batch(team, batch, later()).await;
        ensure!(
            results.len() == 3,
            "S10: a trait object returns a result for each of 3 writes; there are {}",
            results.len()
        );
        let fourth = third.apply(&phone("+8"), later_time()).into_customer();
        stored(
            &*store,
            &fourth,
            "S10: a trait object writes a batch to the store",
        )
        .await?;
        absent(
            &*store,
            &other,
            "S10: a trait object writes a batch to the store",
        )
        .await?;

        let scan = accepted(
            erased.scan(team, None, 10).await,
            "S7: a trait object scans",
        )?;
        let rule = "S7: a trait object scans the records of the store";
        same(scan.records.first(), &fourth, "scan", rule)?;

        let by_id = Upsert {
            by: MatchBy::Id,
            id,
            change: phone("+9").into(),
        };
        let fourth = fourth.apply(&phone("+9"), later_time()).into_customer();
        let upserted = erased.upsert(team, by_id, later()).await;
        let upserted = accepted(upserted, "S6: a trait object upserts")?;
        let rule = "S6: a trait object upserts a record of the store";
        same(Some(upserted.customer()), &fourth, "the upsert", rule)?;
        stored(&*store, &fourth, rule).await?;

        let precondition = Precondition::Version(fourth.version());
        accepted(
            erased.delete(team, id, precondition).await,
            "S6: a trait object deletes",
        )?;
        absent(
            &*store,
            &fourth,
            "S6: a trait object deletes from the store",
        )
        .await
    }
}
