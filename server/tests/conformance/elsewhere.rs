//! The rows of the checklist that take more than a fault of the provider, and the tests that hold them.

/// A row, what it asks for, and its tests: `file::name` among the tests of `server`, a path with `::name`
/// elsewhere, or `case:name` of the table.
pub const ROWS: &[(&str, &str, &[&str])] = &[
    (
        "S1",
        "PKCE, new each time",
        &["login::the_request_to_the_provider_is_bound_in_every_way_and_new_each_time"],
    ),
    ("S2", "no downgrade of PKCE", &["login::pkce_is_sent_to_a_provider_that_does_not_list_it"]),
    (
        "S3",
        "a state is bound to its browser",
        &["login::an_answer_that_another_browser_asked_for_is_refused_and_stays_usable_there"],
    ),
    (
        "S4",
        "an answer is used once",
        &[
            "login::a_used_answer_signs_nobody_in_again",
            "login::of_many_at_once_with_one_answer_one_redeems_it",
        ],
    ),
    ("S5", "a nonce is of its log-in", &["case:wrong_nonce"]),
    (
        "S6",
        "mix-up",
        &[
            "providers::an_answer_of_one_provider_at_the_address_of_another_is_refused",
            "providers::an_answer_that_names_another_issuer_is_refused_before_the_code_is_used",
        ],
    ),
    ("S7", "metadata of another issuer", &["case:metadata_of_another_issuer"]),
    ("S8", "every check of the ID token", &["case:wrong_audience"]),
    ("S9", "no other algorithm", &["case:alg_hs256_with_public_key"]),
    ("S10", "keys in the header are ignored, and nobody fetches them", &["case:attacker_jku"]),
    (
        "S11",
        "tokens and userinfo belong together",
        &["case:at_hash_wrong", "case:userinfo_of_another_subject"],
    ),
    (
        "S12",
        "one kind of token is not another",
        &["case:logout_token_as_id_token", "logout::an_id_token_is_no_logout_token"],
    ),
    (
        "S13",
        "a new session at each log-in",
        &[
            "login::a_planted_session_is_not_taken_over",
            "login::each_log_in_has_an_id_of_its_own_and_ends_the_session_before",
        ],
    ),
    (
        "S14",
        "cookies",
        &["login::the_cookies_are_those_of_the_product", "login::on_https_the_cookies_are_bound_to_the_host"],
    ),
    (
        "S15",
        "ids of 256 bits, kept as hashes",
        &[
            "login::the_cookies_are_those_of_the_product",
            "leaks::no_secret_stands_in_a_log_a_page_an_address_or_the_database",
        ],
    ),
    (
        "S16",
        "a log-out ends the session on the server",
        &["logout::the_provider_hears_who_logs_out_and_where_to_send_them"],
    ),
    (
        "S17",
        "idle and absolute limit, and the provider's own",
        &[
            "session::a_session_ends_when_it_was_not_used_for_too_long",
            "session::no_use_keeps_a_session_past_its_absolute_limit",
            "session::a_session_ends_when_the_provider_said_it_would",
        ],
    ),
    (
        "S18",
        "nobody else logs a visitor out",
        &[
            "logout::reading_the_log_out_page_changes_nothing",
            "guard::every_post_of_another_site_is_refused_and_changes_nothing",
        ],
    ),
    (
        "S19",
        "forged logout tokens",
        &[
            "logout::a_logout_token_ends_the_session_it_names_and_is_believed_once",
            "logout::a_logout_token_that_cannot_be_read_is_told_so",
        ],
    ),
    (
        "S21",
        "a log-in leads to no other site",
        &[
            "login::a_log_in_leads_to_no_other_site",
            "login::a_visitor_comes_back_to_where_they_were_going_byte_for_byte",
        ],
    ),
    (
        "S22",
        "requests of other sites",
        &[
            "guard::every_post_of_another_site_is_refused_and_changes_nothing",
            "guard::every_server_function_answers_its_own_site",
        ],
    ),
    (
        "S23",
        "no token in the browser",
        &["leaks::no_secret_stands_in_a_log_a_page_an_address_or_the_database"],
    ),
    (
        "S24",
        "no code in a referrer or the history",
        &["headers::a_redirect_of_the_journey_sends_no_referrer"],
    ),
    ("S25", "303 after a POST", &["login::an_answer_by_form_becomes_a_navigation"]),
    (
        "S26",
        "no user by e-mail",
        &["providers::the_same_subject_at_two_providers_is_two_users_and_so_is_the_same_mail"],
    ),
    (
        "S27",
        "no user who waits for somebody's e-mail",
        &["providers::the_same_subject_at_two_providers_is_two_users_and_so_is_the_same_mail"],
    ),
    (
        "S28",
        "an e-mail is an attribute",
        &[
            "login::the_copy_follows_the_person_and_keeps_what_was",
            "login::everybody_can_sign_in_however_odd_their_claims",
        ],
    ),
    (
        "S29",
        "a subject counts within its issuer",
        &["providers::the_same_subject_at_two_providers_is_two_users_and_so_is_the_same_mail"],
    ),
    ("S30", "what metadata makes us call", &["case:jwks_uri_link_local", "case:metadata_redirect"]),
    (
        "S31",
        "keys are not fetched on demand",
        &["provider_down::two_hundred_forged_tokens_cost_two_fetches_of_keys_at_most"],
    ),
    (
        "S32",
        "repeated parameters",
        &["case:response_with_state_twice", "logout::a_logout_token_that_cannot_be_read_is_told_so"],
    ),
    ("S33", "no header moves the redirect URI", &["login::no_header_moves_the_redirect_uri"]),
    ("S34", "one small cookie", &["login::many_started_log_ins_cost_one_small_cookie"]),
    (
        "S35",
        "content security policy",
        &[
            "headers::a_page_says_what_it_may_do_and_is_kept_by_nobody",
            "headers::scripts_come_with_islands_alone_and_none_is_without_the_nonce",
        ],
    ),
    ("S36", "nobody keeps a page", &["headers::data_and_refusals_carry_the_same"]),
    (
        "S37",
        "codes in the log, and nothing secret",
        &["leaks::no_secret_stands_in_a_log_a_page_an_address_or_the_database"],
    ),
    (
        "S39",
        "refresh tokens",
        &[
            "leaks::no_secret_stands_in_a_log_a_page_an_address_or_the_database",
            "session::each_refresh_token_is_used_once",
        ],
    ),
    (
        "S40",
        "a third party starts a log-in and no more",
        &[
            "logout::a_third_party_may_start_a_log_in_and_no_more",
            "logout::a_third_party_chooses_neither_a_strange_provider_nor_a_strange_place",
        ],
    ),
    (
        "S41",
        "a disabled user is out",
        &["operator::a_disabled_user_is_out_at_the_next_request_and_refused_until_enabled"],
    ),
    (
        "S42",
        "one's sessions",
        &[
            "session::ones_sessions_are_listed_and_ended_one_by_one",
            "session::logging_out_everywhere_ends_all_of_ones_sessions",
        ],
    ),
    (
        "S43",
        "step-up",
        &["conformance/mod::what_a_page_asked_for_is_demanded_on_return", "case:acr_not_as_asked"],
    ),
    ("S44", "a flood", &["guard::a_flood_from_one_place_is_stopped_and_the_pages_stay"]),
    ("S45", "https stays https", &["headers::over_https_the_browser_is_told_to_stay_there"]),
    ("C1", "two tabs", &["login::any_tab_may_finish_in_any_order"]),
    ("C2", "Back and reload", &["login::back_and_reload_do_no_harm_to_whoever_is_signed_in"]),
    ("C3", "cookies that pile up", &["login::many_started_log_ins_cost_one_small_cookie"]),
    ("C4", "prefetch burns the code", &["login::a_head_a_prefetch_and_a_preview_start_and_consume_nothing"]),
    ("C5", "prefetch logs out", &["logout::reading_the_log_out_page_changes_nothing"]),
    ("C6", "the refresh race", &["session::a_race_of_twenty_requests_in_two_processes_is_one_refresh"]),
    ("C7", "a refresh without an ID token", &["case:refresh_without_id_token"]),
    (
        "C8",
        "a provider that is down",
        &["provider_down::the_application_starts_and_serves_without_its_provider_and_recovers_by_itself"],
    ),
    (
        "C9",
        "new keys",
        &[
            "provider_down::new_keys_are_found_at_the_next_log_in",
            "provider_down::new_keys_under_an_old_name_are_found_too",
        ],
    ),
    (
        "C10",
        "unknown keys as an attack",
        &["provider_down::two_hundred_forged_tokens_cost_two_fetches_of_keys_at_most"],
    ),
    ("C11", "clocks that differ", &["case:iat_30_seconds_ahead", "case:exp_30_seconds_ago"]),
    ("C12", "redirect URIs behind a proxy", &["login::no_header_moves_the_redirect_uri"]),
    ("C13", "many groups", &["case:claims_of_200_groups"]),
    (
        "C14",
        "a script is not sent to the provider",
        &[
            "guard::a_script_hears_401_where_a_page_would_be_sent_to_log_in",
            "login::what_is_no_navigation_starts_and_consumes_nothing",
        ],
    ),
    ("C15", "answers by form", &["login::an_answer_by_form_becomes_a_navigation"]),
    (
        "C16",
        "log-out at the provider too",
        &["logout::the_provider_hears_who_logs_out_and_where_to_send_them"],
    ),
    ("C17", "a provider without a log-out", &["logout::a_provider_without_a_log_out_is_left_alone"]),
    ("C18", "a long hint", &["logout::a_long_hint_is_left_out"]),
    ("C19", "a log-out without a session", &["logout::whoever_is_out_already_is_out"]),
    (
        "C20",
        "logout tokens for sessions that are gone, and by subject",
        &[
            "logout::a_session_nobody_knows_is_no_error",
            "logout::with_a_sid_one_session_ends_and_with_a_subject_alone_all_do",
        ],
    ),
    (
        "C21",
        "one issuer for many tenants",
        &["relying-party/src/issuer.rs::a_template_takes_the_issuer_of_the_tokens_own_tenant"],
    ),
    (
        "C22",
        "linking by e-mail",
        &[
            "providers::a_plain_log_in_never_links_and_a_link_needs_its_user_to_be_there_still",
            "providers::an_identity_of_another_user_is_not_linked",
        ],
    ),
    ("C23", "a long wait at the provider", &["login::a_log_in_that_took_too_long_is_told_so"]),
    ("C24", "another host", &["login::a_log_in_begins_on_the_sites_own_host_and_moves_there_once"]),
    ("C25", "cookies of its own name", &["login::the_cookies_are_those_of_the_product"]),
    (
        "C26",
        "audiences",
        &["case:aud_array", "providers::kindes_audience_is_taken_in_either_form_and_at_kinde_alone"],
    ),
    (
        "C27",
        "a provider that is down at a refresh",
        &["session::a_provider_that_is_down_ends_no_session", "case:refresh_500"],
    ),
];
