//! The contract of the stores: every obligation of the ports, on every database. A fifth database is one
//! more line at the end.

pub mod archive;
mod census;
pub mod entries;
mod erasures;
mod faults;
mod identities;
mod jobs;
mod leases;
mod link_rules;
mod lost_answers;
pub mod messages;
mod migrations;
mod not_ours;
mod operator_log;
pub mod people;
mod races;
mod removals;
pub mod runs;
mod search;
mod sessions;
mod shelf;
pub mod tickets;
pub mod users;

use crate::support::databases::{Database, Kind};

macro_rules! obligations {
    ($kind:expr; $($file:ident: $($name:ident)*;)*) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::keep($kind, super::$file::$name).await;
            }
        )*)*
    };
}

macro_rules! contract {
    ($store:ident, $kind:expr) => {
        mod $store {
            use super::Kind;

            obligations! { $kind;
                users:
                    a_first_observation_makes_a_user
                    the_same_observation_again_changes_no_field_and_counts
                    an_older_observation_changes_no_field
                    changes_come_newest_first_with_their_origin
                    changes_of_claims_that_no_field_is_read_from_are_left_out
                    a_full_observation_clears_and_the_change_keeps_what_it_was
                    odd_texts_come_back_whole
                    times_are_kept_to_the_microsecond
                    a_standing_is_kept_with_its_time_and_ends_the_sessions
                    what_operators_look_at_in_the_database_is_what_is_shown
                    a_status_is_set_once_with_its_change
                    a_session_starts_and_others_end_with_the_write
                    a_session_that_starts_is_not_the_oldest
                    a_session_that_is_there_already_is_no_fault
                    a_write_of_many_identities_comes_whole
                    a_decision_to_leave_or_refuse_writes_nothing
                    an_identity_leaves_its_user_and_its_next_log_in_starts_another
                    who_is_erased_is_nowhere_and_comes_back_as_another
                    users_without_identities_are_lost_by_no_reader
                    who_was_taken_away_by_an_undo_is_on_no_page_and_comes_back
                    what_is_held_is_kept_with_who_holds_it
                    pages_show_every_user_once_while_others_arrive
                    it_answers_a_ping;
                identities:
                    an_identity_is_compared_byte_for_byte
                    an_identity_joins_the_user_whom_it_is_linked_to
                    an_identity_of_another_user_is_not_linked
                    a_nul_in_a_subject_is_refused
                    two_people_with_one_email_are_two_users;
                sessions:
                    a_session_comes_back_with_its_user
                    an_unknown_session_is_none
                    a_use_is_noted_and_never_goes_back
                    a_session_ends_once
                    the_sessions_of_a_user_end_but_one
                    a_logout_token_ends_what_it_names
                    sessions_are_listed_the_last_used_first
                    sessions_that_were_started_within_a_time_come_by_pages
                    tokens_under_a_lost_secret_count_as_none
                    what_is_over_is_swept_away_and_nothing_else;
                tickets:
                    an_attempt_is_taken_once
                    another_browsers_attempt_is_unknown_and_stays_usable
                    an_expired_attempt_says_where_it_was_going
                    an_attempt_under_a_lost_secret_is_unknown
                    a_browser_has_only_so_many_attempts_under_way
                    a_logout_token_is_spent_once
                    a_ticket_that_is_looked_at_stays_as_it_is
                    tickets_that_are_over_are_swept_away_and_no_others;
                jobs:
                    of_sixty_four_processes_one_gets_the_job
                    a_job_is_its_holders_until_it_is_given_back_or_runs_out
                    a_job_is_kept_by_its_holder_alone
                    a_job_is_no_ticket_and_its_lease_is_swept_away;
                archive:
                    everything_comes_out_whole_and_fills_a_database_of_any_kind
                    what_is_written_after_the_moment_is_not_taken_out
                    only_what_holds_nothing_is_empty_and_clearing_keeps_who_was_erased
                    more_than_a_page_comes_out_in_order_and_once;
                shelf:
                    sheets_come_back_under_their_numbers
                    what_was_read_is_sealed_and_forgotten_in_time;
                operator_log:
                    a_line_is_written_with_its_act_and_outlives_the_user
                    lines_come_by_pages_both_ways_and_once
                    lines_about_one_user_come_by_pages_and_no_others
                    a_line_that_nobody_moved_is_found;
                erasures:
                    who_was_erased_is_known_by_every_name_and_nobody_else_is
                    entries_and_messages_go_with_whoever_is_erased
                    what_another_ledger_knows_is_known_too;
                link_rules:
                    a_link_rule_is_there_once_until_it_is_taken_away
                    link_rules_come_by_pages_and_kinds_and_go_in_their_time;
                leases:
                    one_of_all_gets_the_lease_and_the_others_wait
                    a_lease_that_ran_out_goes_to_the_next
                    nobody_waits_for_a_lease_that_is_not_given_back
                    a_lease_of_a_session_that_is_gone_is_theirs
                    older_tokens_do_not_replace_newer_ones
                    the_time_is_that_of_whoever_asks;
                entries:
                    an_entry_comes_back_whole_by_each_of_its_names
                    a_reference_is_there_once_per_provider_byte_for_byte
                    an_entry_is_put_only_over_what_was_read
                    an_entry_takes_the_reference_of_another_or_both_stay
                    a_name_is_there_once_and_free_when_it_is_given_back
                    entries_are_paged_in_the_order_of_their_ids_and_counted
                    of_sixty_four_entries_of_one_reference_one_is_kept;
                races:
                    sixty_four_first_logins_of_one_person_make_one_user
                    merges_that_race_lose_no_change
                    two_people_swap_their_emails
                    of_sixty_four_takers_one_gets_the_attempt
                    of_sixty_four_links_of_one_identity_one_user_gets_it
                    a_link_and_a_login_race_without_loss;
                runs:
                    a_run_is_kept_and_moves_on_from_where_it_is
                    a_run_moves_on_with_a_line_of_the_log
                    a_run_that_nobody_goes_on_with_has_failed
                    of_many_who_take_a_run_back_at_once_one_does
                    a_turn_to_take_something_back_is_given_back_and_runs_out
                    runs_come_newest_first_as_they_are_asked_for
                    what_a_run_changed_comes_person_by_person
                    what_was_received_within_a_time_comes_person_by_person;
                messages:
                    a_message_is_kept_once_and_comes_back_whole
                    a_message_is_written_over_the_version_that_was_read
                    of_two_who_write_a_message_alike_one_wrote_it
                    of_many_who_drop_or_replay_a_message_at_once_one_does_and_one_line_says_so
                    what_waits_and_is_due_is_given_out_the_longest_first
                    messages_are_listed_by_state_and_provider_in_the_order_of_their_receipt
                    the_last_time_that_an_account_went_is_known
                    messages_are_forgotten_one_by_one_and_old_ones_are_swept_away
                    a_message_under_a_lost_secret_has_no_content
                    of_many_who_take_up_what_is_due_one_gets_each;
                removals:
                    removals_are_written_over_the_version_that_was_read
                    those_who_are_present_are_counted
                    of_many_removals_at_once_no_more_than_the_limit_go
                    what_the_operator_released_begins_the_count_anew;
                census:
                    identities_are_counted_by_provider_and_standing_with_the_oldest_word;
                search:
                    each_kind_of_query_finds_whom_it_means
                    what_is_written_is_found_as_it_is_now
                    every_order_shows_everybody_once_forwards_and_back
                    pages_show_everybody_once_while_others_log_in
                    a_walk_meets_everybody_once_who_is_found
                    a_walk_loses_nobody_who_is_written_or_erased_meanwhile
                    each_filter_shows_whom_it_names
                    odd_questions_are_questions
                    who_was_there_before_there_was_a_search_is_taken_in
                    figures_are_of_everybody;
                migrations:
                    stores_that_open_at_once_migrate_once
                    opening_is_not_migrating
                    a_database_from_the_future_is_refused;
                not_ours:
                    what_another_application_made_is_refused_and_left_alone;
            }
        }
    };
}

async fn keep(kind: Kind, obligation: impl AsyncFnOnce(&Database)) {
    obligation(&Database::fresh(kind).await).await;
}

/// What only a database behind a network has to bear.
macro_rules! network {
    ($store:ident, $kind:expr) => {
        mod $store {
            use super::Kind;

            obligations! { $kind;
                faults:
                    broken_connections_are_not_noticed
                    a_server_that_is_down_is_told_soon_and_found_again
                    a_server_that_says_nothing_is_told_soon_and_found_again;
                lost_answers:
                    a_first_login_whose_answer_is_lost_is_heard
                    a_login_whose_answer_is_lost_counts_once
                    a_session_starts_though_the_answer_is_lost
                    an_attempt_is_taken_though_the_answer_is_lost
                    a_logout_token_is_spent_though_the_answer_is_lost
                    an_entry_is_kept_though_the_answer_is_lost
                    who_is_erased_is_said_to_be_though_the_answer_is_lost
                    whoever_dies_over_an_act_leaves_no_session_that_it_ends
                    whoever_dies_over_a_reference_that_changes_hands_loses_and_doubles_nothing
                    a_message_is_kept_and_written_though_the_answer_is_lost
                    a_removal_is_counted_though_the_answer_is_lost
                    an_act_stands_in_the_log_once_though_the_answer_is_lost
                    a_death_after_any_answer_leaves_all_or_nothing;
            }
        }
    };
}

contract!(sqlite, Kind::Sqlite);
contract!(postgres, Kind::Postgres);
contract!(mariadb, Kind::MariaDb);
#[cfg(feature = "mongodb")]
contract!(mongodb, Kind::MongoDb);

network!(postgres_by_network, Kind::Postgres);
network!(mariadb_by_network, Kind::MariaDb);
#[cfg(feature = "mongodb")]
network!(mongodb_by_network, Kind::MongoDb);
