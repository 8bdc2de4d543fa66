//! The list of the cases.

/// Passes the list of all cases to another macro, after the given tokens.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_conformance_case {
    ($then:ident, $context:tt) => {
        $then! { $context
            teams::s1_another_team_does_not_get_it,
            teams::s1_another_team_does_not_find_it,
            teams::s1_another_team_does_not_replace_it,
            teams::s1_another_team_does_not_delete_it,
            teams::s1_one_id_in_two_teams_is_two_customers,
            removal::s1_an_unknown_customer_is_not_found,
            removal::s1_a_deleted_customer_is_not_found,
            updates::s1_another_team_does_not_update_it,
            races::s1_updates_do_not_restore_a_deleted_customer,
            uniqueness::s2_a_second_customer_of_an_email_is_rejected,
            uniqueness::s2_an_email_is_compared_by_its_key,
            uniqueness::s2_addresses_that_look_alike_are_two,
            uniqueness::s2_long_addresses_that_differ_in_one_character_are_two,
            uniqueness::s2_one_email_in_two_teams_is_no_conflict,
            uniqueness::s2_a_replace_cannot_take_the_email_of_another,
            uniqueness::s2_a_record_does_not_conflict_with_itself,
            uniqueness::s2_an_email_given_up_is_free_at_once,
            uniqueness::s2_two_customers_exchange_their_emails,
            uniqueness::s2_an_insert_rejected_for_its_id_takes_no_email,
            removal::s2_the_email_of_a_deleted_customer_is_free,
            removal::s2_a_delete_frees_the_email_the_record_has_now,
            precedence::s2_an_insert_names_the_id_before_the_email,
            updates::s2_an_update_moves_the_email,
            use_cases::s2_create_stores_the_customer_or_returns_why_not,
            races::s2_one_of_64_inserts_gets_the_email,
            races::s2_one_of_64_replaces_gets_the_email,
            races::s2_one_of_64_updates_gets_the_email,
            versions::s3_a_replace_of_the_version_read_is_written,
            versions::s3_a_replace_of_an_older_version_is_rejected,
            versions::s3_a_replace_of_a_later_version_is_rejected,
            versions::s3_the_version_read_decides_and_not_the_one_written,
            versions::s3_a_delete_honours_its_precondition,
            precedence::s3_not_found_comes_before_the_email,
            precedence::s3_the_version_comes_before_the_email,
            precedence::s3_a_delete_names_not_found_before_the_version,
            updates::s3_an_update_stores_the_merge_and_returns_it,
            updates::s3_an_update_honours_its_precondition,
            updates::s3_an_update_without_a_change_writes_nothing,
            updates::s3_an_update_reads_the_clock_once,
            updates::s3_an_update_returns_the_first_error_that_applies,
            races::s3_one_of_64_replaces_of_a_version_wins,
            races::s3_64_updates_of_one_record_all_succeed,
            upserts::s3_an_upsert_inserts_or_changes_a_record,
            upserts::s3_an_upsert_by_id_needs_no_name,
            upserts::s2_an_upsert_is_rejected_without_a_change,
            upserts::s3_one_of_64_upserts_inserts_the_record,
            races::s3_the_clock_is_read_after_the_record,
            cancellation::s5_a_dropped_insert_wrote_all_or_nothing,
            cancellation::s5_a_dropped_replace_wrote_all_or_nothing,
            cancellation::s5_a_dropped_update_wrote_all_or_nothing,
            cancellation::s5_a_dropped_delete_removed_all_or_nothing,
            cancellation::s5_a_dropped_batch_wrote_each_record_or_not,
            fidelity::s6_every_field_comes_back,
            fidelity::s6_every_code_point_comes_back,
            fidelity::s6_emails_and_websites_come_back_as_they_were_spelt,
            fidelity::s6_every_microsecond_comes_back,
            fidelity::s6_every_version_comes_back,
            fidelity::s6_the_longest_values_come_back,
            fidelity::s6_each_field_of_an_address_comes_back_in_its_place,
            fidelity::s6_the_order_of_contacts_comes_back,
            fidelity::s6_a_replace_writes_every_field,
            fidelity::s6_every_patchable_field_is_read_back_after_an_update,
            removal::s6_a_deleted_customer_can_be_inserted_again,
            listing::s7_a_list_has_every_record_of_the_team,
            listing::s7_a_list_has_what_was_written_last,
            listing::s7_a_search_looks_at_name_email_and_phone,
            listing::s7_a_search_is_literal,
            listing::s7_a_search_folds_case_as_the_core_does,
            ordering::s7_an_order_goes_by_the_bytes_of_its_key,
            ordering::s7_the_order_by_email_goes_by_the_key_of_the_address,
            ordering::s7_an_order_follows_a_replace,
            ordering::s7_ties_are_broken_by_the_id,
            listing::s7_a_page_has_its_part_and_the_total_of_all,
            listing::s7_a_page_of_the_greatest_limit_is_full,
            listing::s7_a_page_without_its_total_is_the_same_page,
            snapshots::s7_a_page_and_its_total_are_of_one_snapshot,
            traversal::s7_a_traversal_returns_every_record_once,
            traversal::s7_a_traversal_continues_after_any_id,
            traversal::s7_a_traversal_returns_every_record_that_exists_throughout,
            stored_values::s8_values_that_the_rules_reject_today_stay_readable,
            change_log::s9_each_change_has_one_entry,
            change_log::s9_batches_and_upserts_have_their_entries,
            change_log::s9_a_log_is_of_one_team,
            change_log::s9_the_position_of_a_pruned_entry_has_expired,
            change_log::s9_readers_follow_concurrent_writers,
            batches::s10_a_batch_may_have_no_write_or_one,
            batches::s10_the_writes_of_one_record_are_in_order,
            batches::s10_an_address_passes_from_write_to_write,
            batches::s10_a_rejected_write_rejects_only_itself,
            batches::s10_the_results_are_in_the_order_of_the_writes,
            batches::s10_concurrent_batches_of_the_same_records_all_succeed,
            batches::s10_the_clock_is_read_for_each_update,
            trait_object::s6_a_trait_object_is_the_same_store,
        }
    };
}

/// The same, with the cases that write a value without using the store.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_planting_case {
    ($then:ident, $context:tt) => {
        $then! { $context
            stored_values::s8_a_read_of_a_corrupt_row_names_the_record,
            stored_values::s8_a_list_skips_corrupt_rows,
            stored_values::s8_a_corrupt_row_is_deleted,
            traversal::s8_a_traversal_returns_the_ids_of_corrupt_rows,
        }
    };
}

/// The same, with the cases that reopen the store.
#[doc(hidden)]
#[macro_export]
macro_rules! __for_each_reopening_case {
    ($then:ident, $context:tt) => {
        $then! { $context
            persistence::s4_acknowledged_writes_are_there_after_a_reopen,
        }
    };
}

pub(crate) use crate::__for_each_conformance_case as for_each_case;
pub(crate) use crate::__for_each_planting_case as for_each_planting_case;
pub(crate) use crate::__for_each_reopening_case as for_each_reopening_case;
