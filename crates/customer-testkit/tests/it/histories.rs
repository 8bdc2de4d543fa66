//! Histories of concurrent clients.

use customer_testkit::linearizability::{CheckError, Workload, check_histories, histories};

use crate::broken::{BrokenStore, Flaw};

async fn rejected(flaw: Flaw) {
    let outcome = check_histories(
        || async { BrokenStore::new(flaw) },
        Workload::default(),
        histories(),
    )
    .await;
    assert!(
        matches!(outcome, Err(CheckError::NotLinearizable(_))),
        "{outcome:?}"
    );
}

macro_rules! rejected {
    ($($test:ident: $flaw:ident,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            rejected(Flaw::$flaw).await;
        }
    )+};
}

rejected! {
    s1_ids_shared_by_teams_are_rejected: IdsSharedByTeams,
    s2_a_look_up_and_then_a_write_is_rejected: LookUpThenWrite,
    s2_an_email_not_given_up_is_rejected: KeepsTheOldEmail,
    s3_a_lost_update_is_rejected: LostUpdate,
    s3_no_check_of_the_version_is_rejected: LostVersionCheck,
    s3_an_update_in_two_steps_is_rejected: UpdateInTwoSteps,
    s3_an_update_that_returns_a_stale_record_is_rejected: UpdateReturnsAStaleRecord,
    s2_an_update_that_looks_up_the_email_is_rejected: UpdateLooksUpTheEmail,
    s10_a_batch_in_two_steps_is_rejected: BatchOfTwoSteps,
    s5_a_torn_replace_is_rejected: TornReplace,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_store_without_a_flaw_is_linearizable() {
    let open = || async { BrokenStore::new(Flaw::None) };
    check_histories(open, Workload::default(), histories())
        .await
        .unwrap();
}
