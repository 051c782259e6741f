//! The contract of the stores: every obligation of the ports, on every database. A fifth database is one
//! more line at the end.

mod faults;
mod identities;
mod leases;
mod lost_answers;
mod migrations;
mod not_ours;
pub mod people;
mod races;
mod sessions;
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
                    tokens_under_a_lost_secret_count_as_none
                    what_is_over_is_swept_away_and_nothing_else;
                tickets:
                    an_attempt_is_taken_once
                    another_browsers_attempt_is_unknown_and_stays_usable
                    an_expired_attempt_says_where_it_was_going
                    an_attempt_under_a_lost_secret_is_unknown
                    a_browser_has_only_so_many_attempts_under_way
                    a_logout_token_is_spent_once
                    tickets_that_are_over_are_swept_away_and_no_others;
                leases:
                    one_of_all_gets_the_lease_and_the_others_wait
                    a_lease_that_ran_out_goes_to_the_next
                    nobody_waits_for_a_lease_that_is_not_given_back
                    a_lease_of_a_session_that_is_gone_is_theirs
                    older_tokens_do_not_replace_newer_ones
                    the_time_is_that_of_whoever_asks;
                races:
                    sixty_four_first_logins_of_one_person_make_one_user
                    merges_that_race_lose_no_change
                    two_people_swap_their_emails
                    of_sixty_four_takers_one_gets_the_attempt
                    of_sixty_four_links_of_one_identity_one_user_gets_it
                    a_link_and_a_login_race_without_loss;
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
                    who_is_erased_is_said_to_be_though_the_answer_is_lost
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
