//! What targets refuse, what would be a lie there, and the limits of their files.

use serde_json::Value as Json;

use super::*;

/// Formats with no place for somebody who may not enter.
const OPEN: [Format; 6] =
    [Format::Kinde, Format::Okta, Format::Entra, Format::Cognito, Format::Clerk, Format::Zitadel];
/// Formats that hold nobody without an address.
const MAILED: [Format; 4] = [Format::Auth0, Format::Okta, Format::Entra, Format::Zitadel];
/// Formats that know people by their address.
const BY_MAIL: [Format; 9] = [
    Format::Keycloak,
    Format::Auth0,
    Format::Kinde,
    Format::Okta,
    Format::Entra,
    Format::Cognito,
    Format::Firebase,
    Format::Clerk,
    Format::Zitadel,
];

fn left_out(format: Format, users: &[UserLine]) -> Vec<(u128, &'static str)> {
    let (_, losses, summary) = written(format, options(), users);
    let out: Vec<_> = losses.iter().filter(|loss| loss.kind == Kind::LeftOut).collect();
    assert_eq!(summary.users, users.len() as u64);
    assert_eq!(summary.written + out.len() as u64, summary.users);
    out.iter().map(|loss| (loss.user.0.as_u128(), loss.what)).collect()
}

#[test]
fn who_may_not_enter_here_may_not_enter_there() {
    for format in Format::ALL {
        let users = [ada(), disabled(mailed(2, "b@example.com", true))];
        let tombstone = UserLine { status: Status::Tombstone, ..mailed(3, "c@example.com", true) };
        let out = left_out(*format, &[users.as_slice(), &[tombstone]].concat());
        let ids: Vec<u128> = out.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, if OPEN.contains(format) { vec![2, 3] } else { vec![] }, "{format}");
    }
    for (format, word) in [
        (Format::Keycloak, r#""enabled":false"#),
        (Format::Auth0, r#""blocked":true"#),
        (Format::Firebase, r#""disabled":true"#),
        (Format::Scim, r#""active":false"#),
        (Format::Csv, ",disabled,"),
    ] {
        assert!(one(format, &[disabled(ada())]).0.contains(word), "{format}");
        assert!(!one(format, &[ada()]).0.contains(word), "{format}");
    }
}

#[test]
fn an_address_is_never_made_up() {
    let numbered = UserLine {
        phone_number: Some("+44 1234 567890".into()),
        phone_number_verified: Some(true),
        ..nobody(2)
    };
    for format in Format::ALL {
        let (files, _, _) = written(*format, options(), &[nobody(1), numbered.clone()]);
        assert!(files.iter().all(|(_, text)| !text.contains('@')), "{format}");
        let out: Vec<u128> =
            left_out(*format, &[nobody(1), numbered.clone()]).iter().map(|(id, _)| *id).collect();
        let expected = match format {
            format if MAILED.contains(format) => vec![1, 2],
            Format::Kinde | Format::Cognito | Format::Clerk => vec![1],
            _ => vec![],
        };
        assert_eq!(out, expected, "{format}");
    }
}

#[test]
fn nothing_is_sent_as_verified_that_was_not() {
    let unsure = |number| UserLine { email_verified: None, ..mailed(number, "b@example.com", false) };
    for user in [mailed(2, "b@example.com", false), unsure(2)] {
        for (format, says) in [
            (Format::Keycloak, r#""emailVerified":false"#),
            (Format::Auth0, r#""email_verified":false"#),
            (Format::Kinde, r#""is_verified":false"#),
            (Format::Firebase, r#""emailVerified":false"#),
            (Format::Zitadel, r#""isEmailVerified":false"#),
        ] {
            let (text, losses) = one(format, std::slice::from_ref(&user));
            assert!(text.contains(says), "{format}: {text}");
            assert!(losses.contains(&"not_verified email".to_owned()), "{format}: {losses:?}");
        }
        for format in [Format::Cognito, Format::Clerk] {
            let why = "neither a verified e-mail address nor a verified telephone number";
            assert_eq!(left_out(format, std::slice::from_ref(&user)), [(2, why)], "{format}");
        }
    }
    // An address that is not verified goes along with a number that is, under its own name.
    let both = UserLine { email_verified: Some(false), ..ada() };
    assert!(
        one(Format::Clerk, std::slice::from_ref(&both))
            .0
            .contains(r#""unverifiedEmailAddresses":"ada@example.com""#)
    );
    assert!(one(Format::Cognito, &[both]).0.contains("ada@example.com,false"));
    // A number is a way to log in at Firebase.
    let unsure = UserLine { phone_number_verified: Some(false), ..ada() };
    let (text, losses) = one(Format::Firebase, &[unsure]);
    assert!(!text.contains("phoneNumber") && losses.contains(&"no_place phone_number".to_owned()));
}

#[test]
fn two_users_with_one_address_do_not_become_one_account() {
    let users = [ada(), mailed(2, "ADA@example.com", true), mailed(3, "c@example.com", true)];
    for format in Format::ALL {
        let expected = match BY_MAIL.contains(format) {
            true => vec![(2, "another user has this e-mail address")],
            false => vec![],
        };
        assert_eq!(left_out(*format, &users), expected, "{format}");
    }
    // Who is left out for another reason takes no address from anybody.
    for format in [Format::Cognito, Format::Clerk] {
        let out = left_out(format, &[mailed(1, "a@example.com", false), mailed(2, "a@example.com", true)]);
        assert_eq!(out.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1]);
    }
}

#[test]
fn a_user_name_is_nobody_elses_and_no_address() {
    let named = |number, name: &str| UserLine {
        preferred_username: Some(name.into()),
        ..mailed(number, &format!("user{number}@example.com"), true)
    };
    let other = Uuid::from_u128(9).to_string();
    let users =
        [named(1, "ada"), named(2, "ADA"), named(3, "user1@example.com"), named(4, &other), named(5, "a/b")];
    let (text, losses) = one(Format::Keycloak, &users);
    let json: Json = serde_json::from_str(&text).unwrap();
    let names: Vec<_> =
        json["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["ada", "user2@example.com", "user3@example.com", "user4@example.com", "user5@example.com"]
    );
    assert_eq!(losses.iter().filter(|loss| *loss == "no_place preferred_username").count(), 4);
    let (text, _) = one(Format::Keycloak, &[nobody(7)]);
    assert!(text.contains(&format!(r#""username":"{}""#, Uuid::from_u128(7))));
}

#[test]
fn a_required_name_is_made_and_reported() {
    let named = |name: Option<&str>, given: Option<&str>, family: Option<&str>| UserLine {
        name: name.map(str::to_owned),
        given_name: given.map(str::to_owned),
        family_name: family.map(str::to_owned),
        ..mailed(1, "a@example.com", true)
    };
    for (user, first, last, made) in [
        (named(None, Some("Ada"), Some("Lovelace")), "Ada", "Lovelace", 0),
        (named(Some("Ada King Lovelace"), None, None), "Ada King", "Lovelace", 2),
        (named(Some("Ada King Lovelace"), Some("Ada"), None), "Ada", "King Lovelace", 1),
        (named(Some("Ada Lovelace"), None, Some("Lovelace")), "Ada", "Lovelace", 1),
        (named(Some("Ada"), None, None), "Ada", "-", 2),
        (named(None, None, None), "-", "-", 2),
        (named(Some("\u{7}"), None, None), "-", "-", 2),
    ] {
        let (text, losses) = one(Format::Zitadel, std::slice::from_ref(&user));
        let json: Json = serde_json::from_str(&text).unwrap();
        let profile = &json["dataOrgs"]["orgs"][0]["humanUsers"][0]["user"]["profile"];
        assert_eq!((profile["firstName"].as_str(), profile["lastName"].as_str()), (Some(first), Some(last)));
        assert_eq!(losses.iter().filter(|loss| loss.starts_with("name_made")).count(), made, "{losses:?}");
        assert!(one(Format::Okta, &[user]).0.contains(&format!(",{first},{last},")));
    }
    // Keycloak asks for a missing name itself.
    let (text, losses) = one(Format::Keycloak, &[named(None, Some("Ada"), None)]);
    assert!(!text.contains("lastName") && losses.contains(&"no_surname family_name".to_owned()));
}

#[test]
fn a_formula_is_a_text_in_csv_and_itself_elsewhere() {
    for name in ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "'tis", "＝1"] {
        let user = UserLine { given_name: Some(name.into()), ..ada() };
        assert!(one(Format::Csv, std::slice::from_ref(&user)).0.contains(&format!("'{name}")), "{name}");
        assert!(!one(Format::Okta, &[user]).0.contains(&format!("'{name}")), "{name}");
    }
    assert!(one(Format::Okta, &[ada()]).0.contains(",+441234567890,"));
    assert!(!one(Format::Csv, &[ada()]).0.contains("'Ada"));
}

#[test]
fn files_are_split_at_the_targets_limit() {
    let many: Vec<UserLine> = (0..1001).map(|n| mailed(n, &format!("user{n}@example.com"), true)).collect();
    let (files, _, summary) = written(Format::Keycloak, options(), &many);
    assert_eq!(summary.files, 3);
    let sizes: Vec<usize> = files
        .iter()
        .map(|(_, text)| serde_json::from_str::<Json>(text).unwrap()["users"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [500, 500, 1]);
    assert_eq!(files[2].0, "keycloak-0003.json");
    let long = |n: u128| UserLine {
        name: Some("x".repeat(290)),
        ..mailed(n, &format!("user{n}@example.com"), true)
    };
    let many: Vec<UserLine> = (0..3000).map(long).collect();
    let (files, _, _) = written(Format::Auth0, options(), &many);
    assert!(files.len() > 1 && files.iter().all(|(_, text)| text.len() <= 500_000));
    assert!(files[0].1.len() > 490_000, "a file is filled");
    let people = files.iter().map(|(_, text)| serde_json::from_str::<Vec<Json>>(text).unwrap().len());
    assert_eq!(people.sum::<usize>(), 3000);
}

#[test]
fn a_record_that_fits_no_file_is_left_out_alone() {
    let huge = UserLine { zoneinfo: Some("x".repeat(600_000)), ..ada() };
    let out = left_out(Format::Auth0, &[huge, mailed(2, "b@example.com", true)]);
    assert_eq!(out, [(1, "the record is larger than a file may be there")]);
}

#[test]
fn what_a_format_needs_to_know_is_asked_for() {
    let without = |format| Export::new(format, Options::default()).err();
    assert_eq!(without(Format::Zitadel), Some(Missing::Organization));
    assert_eq!(without(Format::Entra), Some(Missing::Arrival));
    assert_eq!(Format::ALL.iter().filter(|format| without(**format).is_some()).count(), 2);
    let columns = |columns: &[&str]| Options {
        columns: Some(columns.iter().map(|column| (*column).to_owned()).collect()),
        ..options()
    };
    let told = Export::new(Format::Cognito, columns(&["email"])).err();
    assert_eq!(told, Some(Missing::Column("email_verified")));
    // A pool's own order, with an attribute of its own.
    let own = ["cognito:username", "email_verified", "email", "custom:plan", "cognito:mfa_enabled"];
    let (files, _, _) = written(Format::Cognito, columns(&own), &[ada()]);
    let second = files[0].1.lines().nth(1).unwrap();
    assert_eq!(second, "00000000-0000-0000-0000-000000000001,true,ada@example.com,,false");
}

#[test]
fn without_a_realms_name_its_default_roles_go_out_one_by_one() {
    let (files, _, _) = written(Format::Keycloak, Options::default(), &[ada()]);
    assert!(files[0].1.contains(r#""realmRoles":["offline_access","uma_authorization"]"#));
}

#[test]
fn an_invitation_holds_few_special_characters() {
    for (address, fits) in [
        ("ada.l_1@example.com", true),
        ("ada+test@example.com", false),
        ("o'hara@example.com", false),
        (".ada@example.com", false),
        ("ada.@example.com", false),
    ] {
        assert_eq!(left_out(Format::Entra, &[mailed(1, address, true)]).is_empty(), fits, "{address}");
    }
}

/// The rules of firebase-tools 15.34.2, `src/accountImporter.ts` (`validateUserJson`).
#[test]
fn firebases_importer_finds_nothing_to_refuse() {
    const KEYS: [&str; 14] = [
        "localId",
        "email",
        "emailVerified",
        "passwordHash",
        "salt",
        "displayName",
        "photoUrl",
        "createdAt",
        "lastSignedInAt",
        "providerUserInfo",
        "phoneNumber",
        "disabled",
        "customAttributes",
        "mfaInfo",
    ];
    let mut linked = ada();
    linked.identities = ["https://acme.example", "https://accounts.google.com"].map(identity_at).to_vec();
    let (text, _) = one(Format::Firebase, &[linked, disabled(nobody(2)), mailed(3, "c@example.com", false)]);
    let json: Json = serde_json::from_str(&text).unwrap();
    for user in json["users"].as_array().unwrap() {
        assert!(user.as_object().unwrap().keys().all(|key| KEYS.contains(&&**key)));
        assert!(user["createdAt"].is_string());
    }
    assert_eq!(
        json["users"][0]["providerUserInfo"],
        serde_json::json!([{"providerId": "google.com", "rawId": "s"}])
    );
}

fn identity_at(issuer: &str) -> crate::IdentityLine {
    serde_json::from_value(serde_json::json!({
        "provider": "main", "issuer": issuer, "subject": "s", "standing": "present",
        "first_seen_at": "2026-11-21T10:00:00Z", "last_seen_at": "2026-11-21T10:00:00Z", "claims": {"a": 1},
    }))
    .unwrap()
}

#[test]
fn what_csv_has_no_column_for_is_said() {
    let mut linked = ada();
    linked.identities = ["https://a.example", "https://b.example"].map(identity_at).to_vec();
    let (text, losses) = one(Format::Csv, &[linked]);
    assert!(text.ends_with(",main,https://a.example,s\r\n"));
    assert_eq!(losses, ["no_place identities beyond the first", "no_place claims"]);
}
