//! S2: at most one customer of a team has an email address, and a customer does not
//! conflict with itself. Concurrent writes are tested in [`races`](super::races).

use std::sync::Arc;

use customer_domain::{CustomerStore, InsertError, Precondition, ReplaceError};

use super::check::{absent, accepted, add, ensure_rejected, find, free, same, stored};
use super::failure::CaseResult;
use super::samples::{customer, full_customer, team, with, with_email};

/// Spellings of one address (V3).
const ONE_ADDRESS: &[(&str, &str)] = &[
    ("ann@acme.example", "ANN@Acme.EXAMPLE"),
    ("Ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
    ("ÄRGER@acme.example", "ärger@acme.example"),
    ("STRASSE@acme.example", "straße@acme.example"),
    ("ΟΔΟΣ@acme.example", "οδος@acme.example"),
];

/// Addresses with different keys (V3).
const TWO_ADDRESSES: &[(&str, &str)] = &[
    ("a.b@acme.example", "ab@acme.example"),
    ("a@acme.example", "a+tag@acme.example"),
    ("a@acme.example", "a@acme2.example"),
    ("a_b@acme.example", "axb@acme.example"),
    ("a%b@acme.example", "acb@acme.example"),
    ("eric@acme.example", "éric@acme.example"),
    ("a@acme.example", "а@acme.example"),
];

/// S2: a second customer with an address is rejected, and no part of it is stored.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_a_second_customer_of_an_email_is_rejected<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = customer(team(), "a@acme.example");
    let second = full_customer(first.team(), "a@acme.example");
    add(&*store, &[&first]).await?;

    ensure_rejected!(
        store.insert(&second).await,
        InsertError::EmailTaken(id) if id == first.id(),
        "S2: a second customer of an email address is rejected"
    );
    stored(&*store, &first, "S2: a rejected insert changes nothing").await?;
    let freed = with_email(&first, "b@acme.example");
    accepted(
        store.replace(&freed, first.version()).await,
        "S2: the owner of an address may change it",
    )?;
    absent(
        &*store,
        &second,
        "S5: a rejected insert leaves nothing behind",
    )
    .await?;
    accepted(
        store.insert(&second).await,
        "S5: a rejected insert does not block its id",
    )
}

/// S2: two spellings of one address are the same address.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_an_email_is_compared_by_its_key<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    for (one, other) in ONE_ADDRESS {
        let first = customer(team(), one);
        let second = customer(first.team(), other);
        add(&*store, &[&first]).await?;
        ensure_rejected!(
            store.insert(&second).await,
            InsertError::EmailTaken(id) if id == first.id(),
            "S2: {one} and {other} are one address"
        );
        let found = find(&*store, first.team(), second.email()).await?;
        let rule = format!("S2: {other} finds the customer of {one}");
        same(found.as_ref(), &first, "find_by_email", &rule)?;
    }
    Ok(())
}

/// S2: similar addresses with different keys are different addresses.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_addresses_that_look_alike_are_two<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    for (one, other) in TWO_ADDRESSES {
        let first = customer(team(), one);
        let second = customer(first.team(), other);
        add(&*store, &[&first]).await?;
        free(
            &*store,
            first.team(),
            second.email(),
            &format!("S2: {one} and {other} are two addresses"),
        )
        .await?;
        accepted(
            store.insert(&second).await,
            &format!("S2: {one} and {other} are two addresses"),
        )?;
        stored(&*store, &first, "S2: each address finds its customer").await?;
        stored(&*store, &second, "S2: each address finds its customer").await?;
    }
    Ok(())
}

/// S2: a store compares the whole key of an address, independently of its length.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_long_addresses_that_differ_in_one_character_are_two<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let longest = longest_address();
    let places = (0..longest.len()).rev().step_by(9);
    let mut pairs: Vec<_> = places
        .filter(|place| longest.as_bytes().get(*place) == Some(&b'x'))
        .map(|place| {
            let mut other = longest.clone();
            other.replace_range(place..=place, "y");
            (longest.clone(), other)
        })
        .collect();
    pairs.push((longest_key('a'), longest_key('b')));
    for (one, other) in pairs {
        let first = customer(team(), &one);
        let second = customer(first.team(), &other);
        add(&*store, &[&first]).await?;
        let rule = format!("S2: {one} and {other} are two addresses");
        free(&*store, first.team(), second.email(), &rule).await?;
        accepted(store.insert(&second).await, &rule)?;
        stored(&*store, &first, &rule).await?;
        stored(&*store, &second, &rule).await?;
    }
    Ok(())
}

/// An address of 255 characters.
fn longest_address() -> String {
    let label = "x".repeat(63);
    format!("{}@{label}.{label}.{}", "x".repeat(64), "x".repeat(62))
}

/// An address whose key is longer than 255 characters. It ends with the given character,
/// its domain has an ASCII form of 253 octets, and case folding turns each letter before
/// it into two.
fn longest_key(last: char) -> String {
    format!(
        "{}@{}{}{last}",
        "ŉ".repeat(32),
        "bücher.".repeat(17),
        "x".repeat(14)
    )
}

/// S2: the same address in two teams is not a conflict.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_one_email_in_two_teams_is_no_conflict<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let ours = customer(team(), "a@acme.example");
    let theirs = customer(team(), "A@acme.example");
    let mover = customer(theirs.team(), "b@acme.example");
    add(&*store, &[&ours]).await?;
    accepted(
        store.insert(&theirs).await,
        "S2: an address of another team is free to insert",
    )?;
    stored(&*store, &ours, "S2: each team finds its own customer").await?;
    stored(&*store, &theirs, "S2: each team finds its own customer").await?;

    add(&*store, &[&mover]).await?;
    ensure_rejected!(
        store
            .replace(&with_email(&mover, "a@acme.example"), mover.version())
            .await,
        ReplaceError::EmailTaken(id) if id == theirs.id(),
        "S2: an address is taken by a customer of the same team"
    );
    accepted(
        store
            .delete(theirs.team(), theirs.id(), Precondition::Any)
            .await,
        "S1: a customer of the team can be deleted",
    )?;
    accepted(
        store
            .replace(&with_email(&mover, "a@acme.example"), mover.version())
            .await,
        "S2: an address of another team is free to replace by",
    )?;
    stored(&*store, &ours, "S2: each team finds its own customer").await
}

/// S2: a replace cannot take the address of another customer, and changes neither record.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_a_replace_cannot_take_the_email_of_another<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let owner = customer(team, "owner@acme.example");
    let taker = full_customer(team, "taker@acme.example");
    add(&*store, &[&owner, &taker]).await?;

    for email in ["owner@acme.example", "OWNER@ACME.example"] {
        ensure_rejected!(
            store
                .replace(&with_email(&taker, email), taker.version())
                .await,
            ReplaceError::EmailTaken(id) if id == owner.id(),
            "S2: a replace cannot take the address of another"
        );
        stored(&*store, &owner, "S5: a rejected replace changes nothing").await?;
        stored(&*store, &taker, "S5: a rejected replace changes nothing").await?;
    }
    ensure_rejected!(
        store.insert(&customer(team, "taker@acme.example")).await,
        InsertError::EmailTaken(id) if id == taker.id(),
        "S5: a rejected replace keeps the old address"
    );
    Ok(())
}

/// S2: a record does not conflict with itself if it keeps its address or changes its
/// case.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_a_record_does_not_conflict_with_itself<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    for (one, other) in ONE_ADDRESS {
        let first = customer(team(), one);
        add(&*store, &[&first]).await?;
        let respelt = with_email(&first, other);
        accepted(
            store.replace(&respelt, first.version()).await,
            "S2: another spelling of its own address does not conflict",
        )?;
        stored(&*store, &respelt, "S2: the new spelling is stored").await?;
        ensure_rejected!(
            store.insert(&customer(first.team(), one)).await,
            InsertError::EmailTaken(id) if id == first.id(),
            "S2: a respelt address is still taken"
        );
    }
    Ok(())
}

/// S2: a replaced address finds no record and is free immediately.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_an_email_given_up_is_free_at_once<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let first = customer(team, "old@acme.example");
    add(&*store, &[&first]).await?;
    let moved = with_email(&first, "new@acme.example");
    accepted(
        store.replace(&moved, first.version()).await,
        "S2: a free address can be taken by a replace",
    )?;
    stored(&*store, &moved, "S2: the new address finds the customer").await?;
    free(
        &*store,
        team,
        first.email(),
        "S2: the old address finds no record",
    )
    .await?;

    ensure_rejected!(
        store.insert(&customer(team, "NEW@acme.example")).await,
        InsertError::EmailTaken(id) if id == moved.id(),
        "S2: an address taken by a replace is taken"
    );
    let second = customer(team, "OLD@acme.example");
    accepted(
        store.insert(&second).await,
        "S2: a replaced address is free for an insert",
    )?;
    stored(&*store, &second, "S2: the address finds its new customer").await?;
    stored(&*store, &moved, "S2: the address finds its new customer").await
}

/// S2: two customers exchange their addresses by way of a third address.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_two_customers_exchange_their_emails<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let ann = customer(team, "ann@acme.example");
    let bob = customer(team, "bob@acme.example");
    add(&*store, &[&ann, &bob]).await?;

    let parked = with_email(&ann, "parked@acme.example");
    let bob_as_ann = with_email(&bob, "ann@acme.example");
    let ann_as_bob = with_email(&parked, "bob@acme.example");
    for (record, read) in [
        (&parked, ann.version()),
        (&bob_as_ann, bob.version()),
        (&ann_as_bob, parked.version()),
    ] {
        accepted(
            store.replace(record, read).await,
            "S2: a replaced address is free for a replace",
        )?;
    }
    stored(
        &*store,
        &ann_as_bob,
        "S2: an address finds its new customer",
    )
    .await?;
    stored(
        &*store,
        &bob_as_ann,
        "S2: an address finds its new customer",
    )
    .await?;
    let parked = parked.email();
    free(
        &*store,
        team,
        parked,
        "S2: a replaced address finds no record",
    )
    .await
}

/// S2: an insert that is rejected because of its id does not take its address.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s2_an_insert_rejected_for_its_id_takes_no_email<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let first = customer(team(), "a@acme.example");
    let again = with(&customer(first.team(), "b@acme.example"), |record| {
        record.id = first.id();
    });
    add(&*store, &[&first]).await?;

    ensure_rejected!(
        store.insert(&again).await,
        InsertError::IdTaken,
        "S2: a second record of an id is rejected"
    );
    stored(&*store, &first, "S5: a rejected insert changes nothing").await?;
    free(
        &*store,
        first.team(),
        again.email(),
        "S5: a rejected insert takes no address",
    )
    .await?;
    accepted(
        store
            .insert(&customer(first.team(), "b@acme.example"))
            .await,
        "S5: a rejected insert takes no address",
    )
}
