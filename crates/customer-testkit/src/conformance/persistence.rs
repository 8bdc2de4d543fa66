//! S4: acknowledged writes are still stored after the store was closed and opened again.

use customer_domain::{
    BoxFuture, CustomerStore, Direction, InsertError, ListQuery, OrderBy, Precondition, Write,
    WriteResult,
};

use super::check::{absent, accepted, add, ensure, ensure_rejected, free, stored};
use super::failure::CaseResult;
use super::listing::same_as_the_core;
use super::samples::{customer, full_customer, team, with_email, with_phone};
use super::updates::{later, phone, update};

/// Closes a store and opens it again on the same data.
pub type Reopen<S> = fn(S) -> BoxFuture<'static, S>;

/// S4: inserts, replaces, updates, deletes and batches are still stored after the store
/// was reopened, with their addresses and in every list. Writes after that are stored
/// too.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s4_acknowledged_writes_are_there_after_a_reopen<S: CustomerStore>(
    store: S,
    reopen: Reopen<S>,
) -> CaseResult {
    let team = team();
    let emails = ["a@acme.example", "b@acme.example", "c@acme.example"];
    let [kept, changed, gone] = emails.map(|email| full_customer(team, email));
    add(&store, &[&kept, &changed, &gone]).await?;
    let kept = update(&store, &kept, phone("+2"), Precondition::Any).await;
    let kept = accepted(kept, "S3: an update without a conflict succeeds")?.into_customer();
    let [one, two] = ["e@acme.example", "f@acme.example"].map(|email| customer(team, email));
    let batch = vec![
        Write::Insert(Box::new(one.clone())),
        Write::Insert(Box::new(two.clone())),
        Write::Delete(two.id(), Precondition::Any),
    ];
    for result in store.write_batch(team, batch, later()).await {
        ensure!(
            matches!(
                result,
                WriteResult::Insert(Ok(())) | WriteResult::Delete(Ok(()))
            ),
            "S10: a batch without a conflict succeeds; a result was {result:?}"
        );
    }
    let moved = with_email(&changed, "d@acme.example");
    accepted(
        store.replace(&moved, changed.version()).await,
        "S3: a replace of the version read is written",
    )?;
    accepted(
        store.delete(team, gone.id(), Precondition::Any).await,
        "S1: a customer of the team can be deleted",
    )?;

    let store = reopen(store).await;
    stored(&store, &kept, "S4: an update is stored after a reopen").await?;
    stored(&store, &one, "S4: a batch is stored after a reopen").await?;
    absent(&store, &two, "S4: a batch is stored after a reopen").await?;
    stored(&store, &moved, "S4: a replace is stored after a reopen").await?;
    absent(&store, &gone, "S4: a delete is stored after a reopen").await?;
    let rule = "S4: a replaced address is free after a reopen";
    free(&store, team, changed.email(), rule).await?;
    for by in OrderBy::ALL {
        let query = ListQuery::new().with_order(*by, Direction::Ascending);
        let all = [kept.clone(), moved.clone(), one.clone()];
        let rule = format!("S4: a list by {} after a reopen", by.as_str());
        same_as_the_core(&store, team, &query, &all, &rule).await?;
    }
    ensure_rejected!(
        store.insert(&customer(team, "D@acme.example")).await,
        InsertError::EmailTaken(id) if id == moved.id(),
        "S4: an address is taken after a reopen"
    );

    let again = customer(team, "c@acme.example");
    add(&store, &[&again]).await?;
    let next = with_phone(&kept, "+1");
    accepted(
        store.replace(&next, kept.version()).await,
        "S4: a version is the same after a reopen",
    )?;
    let store = reopen(store).await;
    for record in [&next, &moved, &again] {
        stored(
            &store,
            record,
            "S4: a write after a reopen is stored after the next reopen",
        )
        .await?;
    }
    Ok(())
}
