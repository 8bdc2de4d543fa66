//! The suite catches every broken store with a case of the rule that it breaks.

use std::panic::catch_unwind;

use customer_testkit::conformance::{
    CaseResult, cases, run_all, run_cases, run_planting, run_reopening,
};
use customer_testkit::properties::store_history;
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::broken::{BrokenStore, Flaw};

/// The result of one case on a store with the flaw.
async fn outcome(flaw: Flaw, name: &str) -> CaseResult {
    let open = || async { BrokenStore::new(flaw) };
    let mut reports = match cases().into_iter().find(|case| case.name == name) {
        Some(case) => run_cases(open, vec![case]).await,
        None => run_planting(open, BrokenStore::plant).await,
    };
    reports.extend(run_reopening(open, BrokenStore::reopen).await);
    let report = reports.into_iter().find(|report| report.case == name);
    report.unwrap().outcome
}

/// A case with random ids can miss a flaw: one of several runs must detect it.
async fn assert_caught(flaw: Flaw, case: &str) {
    for _ in 0..5 {
        if outcome(flaw, case).await.is_err() {
            return;
        }
    }
    panic!("no run of {case} detects {flaw:?}");
}

macro_rules! caught {
    ($($test:ident: $flaw:ident by $case:literal,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            assert_caught(Flaw::$flaw, $case).await;
        }
    )+};
}

caught! {
    s1_a_store_shared_by_teams: SharedByTeams by "s1_another_team_does_not_get_it",
    s1_ids_shared_by_teams: IdsSharedByTeams by "s1_one_id_in_two_teams_is_two_customers",
    s1_a_replace_that_inserts: ReplaceInserts by "s1_an_unknown_customer_is_not_found",
    s2_a_look_up_and_then_a_write: LookUpThenWrite by "s2_one_of_64_inserts_gets_the_email",
    s2_a_look_up_and_then_a_replace: LookUpThenWrite by "s2_one_of_64_replaces_gets_the_email",
    s2_an_email_compared_as_it_is_spelt: CaseSensitiveEmail by "s2_an_email_is_compared_by_its_key",
    s2_an_email_not_given_up: KeepsTheOldEmail by "s2_an_email_given_up_is_free_at_once",
    s2_an_email_of_the_deleted: KeepsTheEmailOfDeletedRecords by "s2_the_email_of_a_deleted_customer_is_free",
    s2_a_conflict_with_itself: ConflictsWithItself by "s2_a_record_does_not_conflict_with_itself",
    s2_the_email_before_the_id: EmailBeforeId by "s2_an_insert_names_the_id_before_the_email",
    s2_another_holder_of_the_email: NamesAnotherOwner by "s2_a_second_customer_of_an_email_is_rejected",
    s3_no_check_of_the_version: LostVersionCheck by "s3_a_replace_of_an_older_version_is_rejected",
    s3_a_check_and_then_a_write: LostUpdate by "s3_64_updates_of_one_record_all_succeed",
    s3_one_winner_of_a_version: LostUpdate by "s3_one_of_64_replaces_of_a_version_wins",
    s3_the_email_before_the_version: EmailBeforeVersion by "s3_the_version_comes_before_the_email",
    s3_a_delete_of_any_version: DeletesAnyVersion by "s3_a_delete_honours_its_precondition",
    s5_a_torn_replace: TornReplace by "s3_a_replace_of_an_older_version_is_rejected",
    s5_a_torn_insert_when_dropped: TornWhenDropped by "s5_a_dropped_insert_wrote_all_or_nothing",
    s6_milliseconds: Milliseconds by "s6_every_microsecond_comes_back",
    s6_a_version_of_32_bits: VersionOf32Bits by "s6_every_version_comes_back",
    s6_contacts_in_another_order: UnsortedContacts by "s6_the_order_of_contacts_comes_back",
    s6_a_replace_that_keeps_a_field: ReplaceKeepsTheWebsite by "s6_every_patchable_field_is_read_back_after_an_update",
    s7_a_list_of_every_team: ListsEveryTeam by "s7_a_list_has_every_record_of_the_team",
    s7_a_search_by_pattern: SearchesByPattern by "s7_a_search_is_literal",
    s7_a_search_that_folds_ascii_alone: FoldsOnlyAscii by "s7_a_search_folds_case_as_the_core_does",
    s7_a_search_of_all_fields: SearchesAllFields by "s7_a_search_looks_at_name_email_and_phone",
    s7_an_order_of_names_as_spelt: SortsWithoutCaseFolding by "s7_an_order_goes_by_the_bytes_of_its_key",
    s7_an_order_without_a_direction: IgnoresTheDirection by "s7_an_order_goes_by_the_bytes_of_its_key",
    s7_ties_left_open: LeavesTiesUnordered by "s7_ties_are_broken_by_the_id",
    s8_corrupt_rows_that_are_absent: CorruptRowsAreAbsent by "s8_a_read_of_a_corrupt_row_names_the_record",
    s8_errors_that_name_no_record: ErrorsNameNoRecord by "s8_a_read_of_a_corrupt_row_names_the_record",
    s8_corrupt_rows_that_stop_lists: CorruptRowsStopLists by "s8_a_list_skips_corrupt_rows",
    s8_corrupt_rows_that_stay: CorruptRowsStay by "s8_a_corrupt_row_is_deleted",
    s7_a_total_of_the_page: CountsThePage by "s7_a_page_has_its_part_and_the_total_of_all",
    s2_a_key_of_64_characters: KeyOf64Characters by "s2_long_addresses_that_differ_in_one_character_are_two",
    s2_a_key_of_191_characters: KeyOf191Characters by "s2_long_addresses_that_differ_in_one_character_are_two",
    s2_a_key_of_255_characters: KeyOf255Characters by "s2_long_addresses_that_differ_in_one_character_are_two",
    s7_an_index_of_updated_at_that_is_stale: StaleUpdatedAt by "s7_an_order_follows_a_replace",
    s7_an_order_by_the_email_in_lower_case: SortsByLowerCaseEmail by "s7_the_order_by_email_goes_by_the_key_of_the_address",
    s7_a_page_of_50_at_most: PageOf50 by "s7_a_page_of_the_greatest_limit_is_full",
    s7_a_total_of_a_later_snapshot: CountsLater by "s7_a_page_and_its_total_are_of_one_snapshot",
    s7_a_page_of_a_later_snapshot: ReadsThePageLater by "s7_a_page_and_its_total_are_of_one_snapshot",
    s4_a_store_that_persists_nothing: PersistsNothing by "s4_acknowledged_writes_are_there_after_a_reopen",
    s4_a_store_that_persists_no_owners: PersistsNoOwners by "s4_acknowledged_writes_are_there_after_a_reopen",
    s3_an_update_of_any_version: UpdateIgnoresTheVersion by "s3_an_update_honours_its_precondition",
    s3_an_update_in_two_steps: UpdateInTwoSteps by "s3_64_updates_of_one_record_all_succeed",
    s3_an_update_rejected_after_a_conflict: UpdateIsRejectedAfterAConflict by "s3_64_updates_of_one_record_all_succeed",
    s3_a_clock_read_before_the_record: UpdateReadsTheClockFirst by "s3_the_clock_is_read_after_the_record",
    s3_a_clock_read_for_no_record: UpdateReadsTheClockFirst by "s3_an_update_reads_the_clock_once",
    s3_a_clock_read_twice: UpdateReadsTheClockTwice by "s3_an_update_reads_the_clock_once",
    s3_an_update_that_returns_a_stale_record: UpdateReturnsAStaleRecord by "s3_64_updates_of_one_record_all_succeed",
    s3_an_update_that_skips_contacts: UpdateSkipsContacts by "s3_an_update_stores_the_merge_and_returns_it",
    s3_an_update_without_a_change_that_writes: UpdateWithoutAChangeWrites by "s3_an_update_without_a_change_writes_nothing",
    s1_an_update_of_any_team: UpdateOfAnyTeam by "s1_another_team_does_not_update_it",
    s1_an_update_that_restores_a_record: UpdateRestores by "s1_updates_do_not_restore_a_deleted_customer",
    s2_an_update_that_looks_up_the_email: UpdateLooksUpTheEmail by "s2_one_of_64_updates_gets_the_email",
    s2_an_update_that_keeps_the_old_email: KeepsTheOldEmail by "s2_an_update_moves_the_email",
    s3_an_update_that_checks_the_email_first: UpdateChecksTheEmailFirst by "s3_an_update_returns_the_first_error_that_applies",
    s5_an_update_torn_when_dropped: UpdateTornWhenDropped by "s5_a_dropped_update_wrote_all_or_nothing",
    s2_an_upsert_that_looks_up_the_email: UpsertLooksUpTheEmail by "s3_one_of_64_upserts_inserts_the_record",
    s3_an_upsert_that_always_inserts: UpsertAlwaysInserts by "s3_an_upsert_inserts_or_changes_a_record",
    s3_an_upsert_that_needs_every_value: UpsertNeedsEveryValue by "s3_an_upsert_by_id_needs_no_name",
    s3_an_upsert_by_id_only: UpsertIgnoresTheKind by "s3_an_upsert_inserts_or_changes_a_record",
    s3_an_upsert_that_drops_contacts: UpsertDropsContacts by "s3_an_upsert_inserts_or_changes_a_record",
    s10_a_batch_checked_before_its_writes: BatchChecksFirst by "s10_the_writes_of_one_record_are_in_order",
    s10_a_batch_that_stops_at_an_error: BatchStopsAtAnError by "s10_a_rejected_write_rejects_only_itself",
    s10_a_batch_rejected_as_a_whole: BatchIsRejectedAsAWhole by "s10_a_rejected_write_rejects_only_itself",
    s10_a_batch_that_omits_rejected_writes: BatchOmitsRejectedWrites by "s10_a_rejected_write_rejects_only_itself",
    s10_a_batch_that_writes_an_id_once: BatchWritesAnIdOnce by "s10_the_writes_of_one_record_are_in_order",
    s10_a_batch_with_results_by_id: BatchSortsItsResults by "s10_the_results_are_in_the_order_of_the_writes",
    s10_a_batch_that_deletes_first: BatchDeletesFirst by "s10_an_address_passes_from_write_to_write",
    s10_a_batch_with_one_time: BatchReadsTheClockOnce by "s10_the_clock_is_read_for_each_update",
    s10_a_batch_in_two_steps: BatchOfTwoSteps by "s10_concurrent_batches_of_the_same_records_all_succeed",
    s10_a_batch_that_keeps_addresses_of_the_deleted: KeepsTheEmailOfDeletedRecords by "s10_an_address_passes_from_write_to_write",
    s5_a_batch_torn_when_dropped: BatchTornWhenDropped by "s5_a_dropped_batch_wrote_each_record_or_not",
    s4_a_batch_that_is_not_persisted: BatchIsNotPersisted by "s4_acknowledged_writes_are_there_after_a_reopen",
    s1_a_traversal_of_every_team: ScanOfEveryTeam by "s7_a_traversal_returns_every_record_once",
    s7_a_traversal_that_includes_the_id: ScanIncludesTheId by "s7_a_traversal_continues_after_any_id",
    s7_a_traversal_by_position: ScanByPosition by "s7_a_traversal_returns_every_record_that_exists_throughout",
    s7_a_traversal_that_ends_after_a_full_step: ScanEndsAfterAFullStep by "s7_a_traversal_returns_every_record_once",
    s8_a_traversal_without_corrupt_rows: ScanOmitsCorruptRows by "s8_a_traversal_returns_the_ids_of_corrupt_rows",
    s7_a_total_that_is_not_asked_for: AlwaysCounts by "s7_a_page_without_its_total_is_the_same_page",
    s7_no_total: NeverCounts by "s7_a_page_has_its_part_and_the_total_of_all",
    s4_a_store_that_persists_no_deletes: PersistsNoDeletes by "s4_acknowledged_writes_are_there_after_a_reopen",
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_store_without_a_flaw_passes() {
    let open = || async { BrokenStore::new(Flaw::None) };
    let mut reports = run_all(open).await;
    reports.extend(run_planting(open, BrokenStore::plant).await);
    reports.extend(run_reopening(open, BrokenStore::reopen).await);
    for report in reports {
        assert_eq!(report.outcome, Ok(()), "{}", report.case);
    }
}

/// The message for the first of 400 sequences of calls by one client that reveals the
/// flaw.
fn seen_by_one_client(flaw: Flaw) -> Option<String> {
    let mut runner = TestRunner::deterministic();
    let bytes = vec(any::<u8>(), 0..600);
    (0..400).find_map(|_| {
        let bytes = bytes.new_tree(&mut runner).unwrap().current();
        let seen = catch_unwind(|| store_history(BrokenStore::new(flaw), &bytes));
        seen.err()
            .map(|message| *message.downcast::<String>().unwrap())
    })
}

#[test]
fn one_client_reveals_every_flaw_that_needs_no_concurrency() {
    for flaw in [
        Flaw::SharedByTeams,
        Flaw::IdsSharedByTeams,
        Flaw::ReplaceInserts,
        Flaw::CaseSensitiveEmail,
        Flaw::KeepsTheOldEmail,
        Flaw::KeepsTheEmailOfDeletedRecords,
        Flaw::ConflictsWithItself,
        Flaw::EmailBeforeId,
        Flaw::NamesAnotherOwner,
        Flaw::EmailBeforeVersion,
        Flaw::LostVersionCheck,
        Flaw::DeletesAnyVersion,
        Flaw::TornReplace,
        Flaw::TornWhenDropped,
        Flaw::Milliseconds,
        Flaw::VersionOf32Bits,
        Flaw::ListsEveryTeam,
        Flaw::SearchesByPattern,
        Flaw::FoldsOnlyAscii,
        Flaw::SearchesAllFields,
        Flaw::SortsWithoutCaseFolding,
        Flaw::IgnoresTheDirection,
        Flaw::LeavesTiesUnordered,
        Flaw::CountsThePage,
        Flaw::StaleUpdatedAt,
        Flaw::UpdateIgnoresTheVersion,
        Flaw::UpdateSkipsContacts,
        Flaw::UpdateWithoutAChangeWrites,
        Flaw::UpdateOfAnyTeam,
        Flaw::UpsertAlwaysInserts,
        Flaw::UpsertNeedsEveryValue,
        Flaw::UpsertIgnoresTheKind,
        Flaw::UpsertDropsContacts,
        Flaw::BatchChecksFirst,
        Flaw::BatchStopsAtAnError,
        Flaw::BatchIsRejectedAsAWhole,
        Flaw::BatchOmitsRejectedWrites,
        Flaw::BatchWritesAnIdOnce,
        Flaw::BatchSortsItsResults,
        Flaw::BatchDeletesFirst,
        Flaw::BatchTornWhenDropped,
        Flaw::ScanOfEveryTeam,
        Flaw::ScanIncludesTheId,
        Flaw::ScanEndsAfterAFullStep,
        Flaw::AlwaysCounts,
        Flaw::NeverCounts,
    ] {
        assert!(seen_by_one_client(flaw).is_some(), "{flaw:?}");
    }
    assert_eq!(seen_by_one_client(Flaw::None), None);
}

#[test]
fn a_history_of_one_client_is_printed_one_call_per_line() {
    let message = seen_by_one_client(Flaw::ScanIncludesTheId).unwrap();
    let mut lines = message.lines();
    let first = "the last result is not that of a plain list of records";
    assert_eq!(lines.next(), Some(first));
    assert!(lines.next().unwrap().starts_with("  [0] "), "{message}");
    let of = |start: &str| lines.clone().rfind(|line| line.starts_with(start)).unwrap();
    assert!(of("  [").contains("] scan in "), "{message}");
    assert!(
        of("  possible").contains(" before the last call: "),
        "{message}"
    );
}
