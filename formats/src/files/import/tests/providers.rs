//! Each provider's own files.

use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../fixtures/", $name))
    };
}

const PROFILE: [&str; 5] = ["email", "email_verified", "name", "given_name", "family_name"];

#[test]
fn no_file_lets_a_secret_through() {
    for (format, text) in [
        (Format::Keycloak, fixture!("keycloak-realm.json")),
        (Format::Auth0, fixture!("auth0.ndjson")),
        (Format::Kinde, fixture!("kinde.ndjson")),
        (Format::Kinde, fixture!("kinde.csv")),
        (Format::Entra, fixture!("entra-create.csv")),
        (Format::Cognito, fixture!("cognito.json")),
        (Format::Firebase, fixture!("firebase.json")),
        (Format::Firebase, fixture!("firebase-52.csv")),
        (Format::Firebase, fixture!("firebase-28.csv")),
        (Format::Clerk, fixture!("clerk.csv")),
        (Format::Clerk, fixture!("clerk.json")),
        (Format::Supabase, fixture!("supabase.csv")),
        (Format::Scim, fixture!("scim.json")),
    ] {
        let kept = format!("{:?}", all(format, text.as_bytes()));
        for secret in [
            "$2b$",
            "aGFzaA",
            "c2FsdA",
            "JBSWY3DP",
            "Password1",
            "t1meMa",
            "ya29",
            "secretData",
            "confirmation_token",
            "recovery",
            "mfaInfo",
        ] {
            assert!(!kept.contains(secret), "{format}: {secret} in {kept}");
        }
        assert!(kept.contains("@"), "{format}");
    }
}

#[test]
fn keycloak_is_read_out_of_a_realm() {
    let items = all(Format::Keycloak, fixture!("keycloak-realm.json").as_bytes());
    assert_eq!(items.len(), 3);
    assert!(matches!(items[1], Ok(Item::NoPerson(Place::Number(2, _)))), "{:?}", items[1]);
    let people = people(Format::Keycloak, fixture!("keycloak-realm.json"));
    let ada = &people[0];
    assert_eq!(ada.subject.as_deref(), Some("0b0a5a1e-1111-4000-8000-000000000001"));
    assert_eq!(claims(ada, &PROFILE), json!(["ada@example.com", true, "Ada Lovelace", "Ada", "Lovelace"]));
    assert_eq!(
        claims(ada, &["picture", "preferred_username"]),
        json!(["https://example.com/ada.png", "ada"])
    );
    assert_eq!(ada.claims["attributes"]["city"], json!(["London"]));
    assert_eq!((ada.standing, people[1].standing), (Some(Standing::Present), Some(Standing::Blocked)));
    assert_eq!(ada.created_at.map(|at| at.timestamp()), Some(1_705_314_600));
    // A record of Keycloak's that has no e-mail says so; one without a picture says nothing of pictures.
    assert!(speaks_of(&people[1], Field::Email) && !speaks_of(&people[1], Field::Picture));
    assert!(speaks_of(ada, Field::Picture));
}

#[test]
fn keycloak_is_read_from_a_list_and_from_a_partial_import_too() {
    let user = r#"{"id":"1","username":"ada","email":"ada@example.com","enabled":true}"#;
    for text in [
        format!("[{user},{user}]"),
        format!(r#"{{"ifResourceExists":"SKIP","users":[{user},{user}]}}"#),
        format!(r#"{{"users":[{user},{user}],"realm":"acme","clients":[{{"a":"]}}"}}]}}"#),
        format!("{user}\n{user}"),
    ] {
        assert_eq!(people(Format::Keycloak, &text).len(), 2, "{text}");
    }
    let realms = format!(r#"[{{"realm":"acme","users":[{user}]}}]"#);
    assert_eq!(
        problems(Format::Keycloak, realms.as_bytes()),
        ["number 1 (line 1): a realm, not a user: export one realm alone"]
    );
}

#[test]
fn auth0_is_read_from_an_export_job() {
    let people = people(Format::Auth0, fixture!("auth0.ndjson"));
    assert_eq!(claims(&people[0], &PROFILE), json!(["ada@example.com", true, "Ada Lovelace", null, null]));
    assert_eq!(claims(&people[0], &["locale", "nickname"]), json!(["en-GB", "ada"]));
    assert_eq!(people[0].subject.as_deref(), Some("auth0|1"));
    assert!(!speaks_of(&people[0], Field::GivenName), "a field that was not asked for is not spoken of");
    assert_eq!(
        claims(&people[1], &["email", "phone_number", "phone_number_verified"]),
        json!([null, "+12125550100", true])
    );
    assert_eq!((people[0].standing, people[1].standing), (None, Some(Standing::Blocked)));
    assert_eq!(people[0].last_login_at.map(|at| at.timestamp()), Some(1_706_774_400));
}

#[test]
fn the_apostrophes_of_auth0s_csv_are_taken_away_once() {
    let people = people(Format::Auth0, fixture!("auth0.csv"));
    assert_eq!(people[0].subject.as_deref(), Some("auth0|1"));
    assert_eq!(claims(&people[0], &PROFILE), json!(["ada@example.com", true, "Ada Lovelace", "Ada", null]));
    assert_eq!(claims(&people[1], &PROFILE), json!(["tis@example.com", false, "'tis", null, null]));
    assert!(speaks_of(&people[1], Field::GivenName), "an empty cell of a column says that there is none");
    // Without them, a name's own apostrophe stays.
    let plain = "user_id,name\nauth0|1,'tis\n";
    assert_eq!(super::people(Format::Auth0, plain)[0].claims["name"], "'tis");
}

#[test]
fn auth0s_extension_has_titles_for_headings() {
    let people = people(Format::Auth0, fixture!("auth0-extension.csv"));
    assert_eq!(people[0].subject.as_deref(), Some("auth0|1"));
    assert_eq!(claims(&people[0], &PROFILE), json!(["ada@example.com", true, "Lovelace, Ada", null, null]));
    assert!(people[0].created_at.is_some());
}

#[test]
fn kinde_is_read_as_ndjson_and_csv() {
    let kinde = people(Format::Kinde, fixture!("kinde.ndjson"));
    assert_eq!(kinde[0].subject.as_deref(), Some("kp_1"));
    assert_eq!(claims(&kinde[0], &PROFILE), json!(["ada@example.com", true, null, "Ada", "Lovelace"]));
    assert_eq!(claims(&kinde[1], &["email", "phone_number"]), json!([null, "+12125550100"]));
    let csv = people(Format::Kinde, fixture!("kinde.csv"));
    assert_eq!(claims(&csv[0], &PROFILE), json!(["ada@example.com", true, null, "Ada", "Lovelace"]));
}

#[test]
fn okta_rows_have_no_subject_unless_a_column_is_named() {
    let okta = people(Format::Okta, fixture!("okta.csv"));
    assert_eq!(okta[0].subject, None);
    assert_eq!(
        claims(&okta[0], &PROFILE),
        json!(["ada@example.com", null, "Ada Lovelace", "Ada", "Lovelace"])
    );
    assert_eq!(
        claims(&okta[0], &["locale", "zoneinfo", "phone_number", "employeeNumber"]),
        json!(["en-GB", "Europe/London", "+441234567890", "4711"])
    );
    assert!(!speaks_of(&okta[0], Field::EmailVerified));
    let named = Options { subject: Some("employeeNumber".into()), ..options() };
    let item = read(fixture!("okta.csv").as_bytes(), Format::Okta, named).next().unwrap().unwrap();
    assert!(matches!(&item, Item::Record(record) if record.subject.as_deref() == Some("4711")), "{item:?}");
    let absent = Options { subject: Some("oid".into()), ..options() };
    let told = read(fixture!("okta.csv").as_bytes(), Format::Okta, absent).next().unwrap().unwrap_err();
    assert_eq!(told.to_string(), "there is no column oid");
    let api = r#"[{"id":"00u1","status":"SUSPENDED","created":"2024-01-15T10:30:00Z","profile":{"login":"a@b.example","email":"a@b.example","firstName":"A","locale":"en_US"}}]"#;
    let api = people(Format::Okta, api);
    assert_eq!((api[0].subject.as_deref(), api[0].standing), (Some("00u1"), Some(Standing::Blocked)));
    assert_eq!(claims(&api[0], &["email", "given_name", "locale"]), json!(["a@b.example", "A", "en-US"]));
}

#[test]
fn entra_is_read_as_downloaded_and_as_its_template() {
    let entra = people(Format::Entra, fixture!("entra-download.csv"));
    assert_eq!(
        claims(&entra[0], &PROFILE),
        json!(["ada@example.com", null, "Ada Lovelace", "Ada", "Lovelace"])
    );
    assert_eq!((entra[0].standing, entra[1].standing), (Some(Standing::Present), Some(Standing::Blocked)));
    assert_eq!((&entra[0].subject, &entra[1].claims.get("email")), (&None, &None));
    // The template asks whether to block; "No" is somebody who may enter.
    let template = people(Format::Entra, fixture!("entra-create.csv"));
    assert_eq!(
        (template[0].standing, template[1].standing),
        (Some(Standing::Present), Some(Standing::Blocked))
    );
    assert_eq!(
        claims(&template[0], &["name", "preferred_username"]),
        json!(["Alain Charon", "alain@contoso.com"])
    );
    assert_eq!(template[0].place, Place::Line(3));
}

#[test]
fn cognito_hides_commas_behind_backslashes() {
    let csv = people(Format::Cognito, fixture!("cognito.csv"));
    assert_eq!(
        claims(&csv[0], &PROFILE),
        json!(["ada@example.com", true, "Lovelace, Ada", "Ada", "Lovelace"])
    );
    assert_eq!((&csv[0].subject, &csv[0].claims["address"]), (&None, &json!("12 St James, London")));
    let api = people(Format::Cognito, fixture!("cognito.json"));
    assert_eq!(api[0].subject.as_deref(), Some("6e0b5e3c-0000-4000-8000-000000000001"));
    assert_eq!((api[0].standing, &api[0].claims["email_verified"]), (Some(Standing::Blocked), &json!(true)));
}

#[test]
fn firebase_is_read_in_both_widths_and_as_json() {
    for text in [fixture!("firebase.json"), fixture!("firebase-52.csv")] {
        let users = people(Format::Firebase, text);
        assert_eq!(
            users.iter().map(|one| one.subject.clone().unwrap()).collect::<Vec<_>>(),
            ["Hq1", "Hq2", "Hq3"]
        );
        assert_eq!(
            claims(&users[0], &PROFILE),
            json!(["ada@example.com", true, "Lovelace, Ada", null, null])
        );
        assert_eq!(
            claims(&users[0], &["picture", "phone_number"]),
            json!(["https://example.com/ada.png", "+441234567890"])
        );
        assert_eq!(users[0].claims["customAttributes"], json!({"admin": true}));
        assert_eq!(
            (users[0].standing, users[1].standing),
            (Some(Standing::Present), Some(Standing::Blocked))
        );
        assert_eq!(users[1].claims["name"], "\"Grace\"");
        assert!(speaks_of(&users[1], Field::Email), "silence means that there is none");
        assert!(!speaks_of(&users[0], Field::GivenName));
        assert_eq!(users[0].last_login_at.map(|at| at.timestamp()), Some(1_705_400_000));
    }
    let old = people(Format::Firebase, fixture!("firebase-28.csv"));
    assert_eq!(
        claims(&old[0], &PROFILE),
        json!(["ada@example.com", true, "Ada \"Countess\" Lovelace", null, null])
    );
    assert_eq!(old[1].subject.as_deref(), Some("8Q2"));
}

#[test]
fn clerks_primary_address_is_verified_only_if_the_list_says_so() {
    let csv = people(Format::Clerk, fixture!("clerk.csv").trim_end_matches("user_3,,,,,,,,,,,,\n"));
    assert_eq!(claims(&csv[0], &PROFILE), json!(["ada@example.com", true, null, "Ada", "Lovelace"]));
    assert_eq!(claims(&csv[1], &PROFILE), json!(["grace@example.com", false, null, "Grace", null]));
    assert_eq!(claims(&csv[1], &["phone_number", "phone_number_verified"]), json!(["+12125550100", true]));
    assert_eq!(csv[0].place, Place::Line(3));
    let api = people(Format::Clerk, fixture!("clerk.json"));
    assert_eq!(
        claims(&api[0], &["email", "email_verified", "picture"]),
        json!(["ada@example.com", false, "https://img.example/ada"])
    );
    assert_eq!(
        (api[0].standing, api[0].created_at.map(|at| at.timestamp())),
        (Some(Standing::Blocked), Some(1_705_314_600))
    );
    assert_eq!((api[1].subject.as_deref(), &api[1].claims["email_verified"]), (Some("user_2"), &json!(true)));
}

#[test]
fn somebody_of_whom_only_the_id_is_known_comes_in() {
    let clerk = people(Format::Clerk, fixture!("clerk.csv"));
    assert_eq!((clerk.len(), clerk[2].subject.as_deref()), (3, Some("user_3")));
}

#[test]
fn supabase_believes_its_own_columns_and_not_what_users_wrote() {
    let users = people(Format::Supabase, fixture!("supabase.csv"));
    assert_eq!(claims(&users[0], &PROFILE), json!(["ada@example.com", true, "Ada Lovelace", null, null]));
    assert_eq!(users[0].claims["picture"], "https://example.com/a.png");
    assert_eq!(
        claims(&users[1], &["email", "phone_number", "phone_number_verified"]),
        json!([null, "+12125550100", true])
    );
    assert_eq!(users[2].claims["email_verified"], json!(false));
    let standings: Vec<_> = users.iter().map(|user| user.standing.unwrap()).collect();
    assert_eq!(standings, [Standing::Present, Standing::Blocked, Standing::Deleted]);
    let api = r#"{"users":[{"id":"1","email":"a@b.example","email_confirmed_at":null,"user_metadata":{"name":"A"},"banned_until":"2020-01-01T00:00:00Z"}],"aud":"authenticated"}"#;
    let api = people(Format::Supabase, api);
    assert_eq!(claims(&api[0], &["email_verified", "name"]), json!([false, "A"]));
    assert_eq!(api[0].standing, Some(Standing::Present), "a ban that has ended is none");
}

#[test]
fn scim_takes_the_primary_address_and_the_servers_id() {
    let users = people(Format::Scim, fixture!("scim.json"));
    assert_eq!(users[0].subject.as_deref(), Some("2819c223"));
    assert_eq!(
        claims(&users[0], &PROFILE),
        json!(["bjensen@example.com", null, "Babs Jensen", "Barbara", "Jensen"])
    );
    assert_eq!(
        claims(&users[0], &["phone_number", "picture", "zoneinfo", "locale"]),
        json!(["555-555-8377", "https://photos.example.com/F", "America/Los_Angeles", "en-US"])
    );
    let named = Options { subject: Some("externalId".into()), ..options() };
    let item = read(fixture!("scim.json").as_bytes(), Format::Scim, named).next().unwrap().unwrap();
    assert!(matches!(&item, Item::Record(record) if record.subject.as_deref() == Some("701984")));
}

#[test]
fn a_table_of_ones_own_is_read_by_the_usual_words() {
    let people = people(Format::Csv, fixture!("people.csv"));
    assert_eq!(claims(&people[0], &PROFILE), json!(["ada@example.com", null, null, "Ada", "Lovelace"]));
    assert_eq!(claims(&people[0], &["phone_number", "customer_no"]), json!(["+441234567890", "1"]));
    assert_eq!((people[0].standing, people[1].standing), (Some(Standing::Present), Some(Standing::Blocked)));
    let named = Options { subject: Some("Customer no".into()), ..options() };
    let item = read(fixture!("people.csv").as_bytes(), Format::Csv, named).next().unwrap().unwrap();
    assert!(matches!(&item, Item::Record(record) if record.subject.as_deref() == Some("1")));
}
