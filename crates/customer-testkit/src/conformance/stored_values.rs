//! S8: stored values stay readable, and a row that cannot be decoded does not affect
//! other rows.

use std::sync::Arc;

use customer_domain::{
    Customer, CustomerStore, DeleteError, ListQuery, Precondition, StoreError, StoreErrorKind,
    UpdateError, update_customer,
};

use super::check::{accepted, add, ensure, ensure_rejected, stored};
use super::failure::{CaseFailure, CaseResult};
use super::plant::{Plant, PlantedValue};
use super::samples::{customer, full_customer, team, version, with_phone};
use super::updates::{later, phone};

/// Values that no record of the cases has.
const CORRUPT: &[(&str, &str)] = &[
    ("customer", ""),
    ("email", " ann@acme.example"),
    ("website", "https://acme.example/\t"),
    ("status", "ACTIVE"),
    ("billing_city", " "),
    ("contacts", "[{}]"),
];

/// Writes a corrupt value into the row of a customer.
async fn corrupt<S: CustomerStore>(
    store: &S,
    plant: Plant<S>,
    customer: &Customer,
    (column, value): (&'static str, &'static str),
) {
    let (team, id) = (customer.team(), customer.id());
    let value = PlantedValue {
        team,
        id,
        column,
        value,
    };
    plant(store, value).await;
}

/// Checks that the error is that of a corrupt row, and names the record.
fn names_the_record(error: &StoreError, customer: &Customer, operation: &str) -> CaseResult {
    let id = customer.id();
    ensure!(
        error.kind() == StoreErrorKind::Corrupt && error.record() == Some(id),
        "S8: {operation} of a corrupt row is an error with the id of the record; it was {error:?}"
    );
    ensure!(
        error.to_string().contains(&id.to_string()),
        "S8: the error of a corrupt row displays the id of the record; it was {error}"
    );
    Ok(())
}

/// S8: values that an earlier version of the rules accepted are read, found, listed, and
/// kept by an update of another field.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s8_values_that_the_rules_reject_today_stay_readable<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let today = customer(team(), "ann@acme.example");
    let json = serde_json::to_string(&today).unwrap_or_default();
    let json = json
        .replace("ann@acme.example", "a@b/c.com")
        .replace(r#""website":null"#, r#""website":"$$$.!!!""#);
    let old = Customer::from_json(json.as_bytes(), today.team(), today.version());
    let old = accepted(old, "S8: an old value is accepted as a stored value")?;
    add(&*store, &[&old]).await?;
    stored(&*store, &old, "S8: an old value is read back").await?;
    let page = accepted(
        store.list(old.team(), &ListQuery::new()).await,
        "S8: a list with an old value succeeds",
    )?;
    ensure!(
        page.records == [old.clone()] && page.corrupt.is_empty(),
        "S8: a record with an old value is in a list"
    );

    let (clock, any) = (later(), Precondition::Any);
    let updated = update_customer(&*store, clock, old.team(), old.id(), &phone("+1"), any).await;
    let updated = accepted(updated, "S8: a record with an old value is updated")?;
    let updated = updated.into_customer();
    ensure!(
        (updated.email(), updated.website()) == (old.email(), old.website()),
        "S8: an update of another field keeps an old value"
    );
    stored(
        &*store,
        &updated,
        "S8: an update with an old value is stored",
    )
    .await
}

/// S8: a read of a corrupt row by its id or its email address is an error that names the
/// record, and so is an update.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s8_a_read_of_a_corrupt_row_names_the_record<S: CustomerStore>(
    store: Arc<S>,
    plant: Plant<S>,
) -> CaseResult {
    for planted in CORRUPT {
        let first = full_customer(team(), "ann@acme.example");
        let (team, id) = (first.team(), first.id());
        add(&*store, &[&first]).await?;
        corrupt(&*store, plant, &first, *planted).await;

        let unread = || CaseFailure::new("S8: a corrupt row is read without an error");
        let error = store.get(team, id).await.err().ok_or_else(unread)?;
        names_the_record(&error, &first, "a get")?;
        let found = store.find_by_email(team, &first.email().key()).await;
        names_the_record(&found.err().ok_or_else(unread)?, &first, "a find")?;
        let (clock, any) = (later(), Precondition::Any);
        match update_customer(&*store, clock.clone(), team, id, &phone("+1"), any).await {
            Err(UpdateError::Store(error)) => names_the_record(&error, &first, "an update")?,
            other => {
                return Err(CaseFailure::new(format!(
                    "S8: an update of a corrupt row is an error; it was {other:?}"
                )));
            }
        }
    }
    Ok(())
}

/// S8: a list skips corrupt rows, returns their ids, and counts them in the total.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s8_a_list_skips_corrupt_rows<S: CustomerStore>(
    store: Arc<S>,
    plant: Plant<S>,
) -> CaseResult {
    for planted in CORRUPT {
        let team = team();
        let emails = ["a@acme.example", "b@acme.example", "c@acme.example"];
        let [first, second, third] = emails.map(|email| full_customer(team, email));
        add(&*store, &[&first, &second, &third]).await?;
        corrupt(&*store, plant, &second, *planted).await;

        let page = accepted(
            store.list(team, &ListQuery::new()).await,
            "S8: a list with a corrupt row succeeds",
        )?;
        ensure!(
            page.records == [first, third],
            "S8: a list has all records except the corrupt one"
        );
        ensure!(
            page.corrupt == [second.id()],
            "S8: a list returns the ids of the corrupt rows"
        );
        ensure!(
            page.total == Some(3),
            "S7: the total counts all stored rows"
        );
    }
    Ok(())
}

/// S8: a corrupt row can be deleted with an expected version; its email address is then
/// free.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s8_a_corrupt_row_is_deleted<S: CustomerStore>(
    store: Arc<S>,
    plant: Plant<S>,
) -> CaseResult {
    for planted in CORRUPT {
        let first = full_customer(team(), "ann@acme.example");
        let (team, id) = (first.team(), first.id());
        for precondition in [Precondition::Any, Precondition::Version(first.version())] {
            add(&*store, &[&first]).await?;
            corrupt(&*store, plant, &first, *planted).await;
            ensure_rejected!(
                store
                    .delete(team, id, Precondition::Version(version(9)))
                    .await,
                DeleteError::VersionConflict,
                "S8: a delete of a corrupt row honours its precondition"
            );
            accepted(
                store.delete(team, id, precondition).await,
                "S8: a corrupt row can be deleted",
            )?;
        }
        add(&*store, &[&with_phone(&first, "+1")]).await?;
    }
    Ok(())
}
