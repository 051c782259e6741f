//! One user as a new account, as a provider's admin interface takes it: what its import format says of them, with our id
//! where it is found again.

use identity::{Claims, NewAccount, UserId};
use serde_json::{Map, Value as Json, json};

use super::loss::{LeftOut, Losses};
use super::person::{fitting, must_enter, phone, required_email, required_names};
use super::{Target, hosted, keycloak, zitadel};
use crate::UserLine;
use crate::accounts::Interface;

/// The attribute of a Keycloak account that bears our id, where the account has an id of its own.
pub const KEYCLOAK_MARK: &str = "sparekey_user";

/// The account of a user. `into` is the realm at Keycloak, the connection at Auth0, the organization at ZITADEL.
///
/// # Errors
/// Why the interface cannot hold them without a lie; or that it makes no accounts for us.
pub fn new_account(of: Interface, user: &UserLine, into: Option<&str>) -> Result<NewAccount, &'static str> {
    let mut lost = Vec::new();
    let losses = &mut Losses::new(user, &mut lost);
    let body = match of {
        Interface::Keycloak => at_keycloak(user, into, losses),
        Interface::Auth0 => at_auth0(user, into, losses),
        Interface::Zitadel => at_zitadel(user, into, losses),
        Interface::Kinde => at_kinde(user, losses),
        Interface::Okta => at_okta(user, losses),
        Interface::Clerk => at_clerk(user, losses),
        Interface::WorkOs => at_workos(user, losses),
        Interface::Entra | Interface::Authentik | Interface::Scim => Err(LeftOut(NOT_MADE)),
    };
    let body = body.map_err(|LeftOut(why)| why)?;
    let username = ["/username", "/profile/login"].iter().find_map(|at| body.pointer(at)?.as_str());
    let email = user.email.as_deref().filter(|_| body.to_string().contains('@'));
    let named = |kind: &str, name: Option<&str>| Some(format!("{kind} {}", name?.to_lowercase()));
    let names = [named("username", username), named("email", email)].into_iter().flatten().collect();
    Ok(NewAccount { user: user.id, body, names })
}

const NOT_MADE: &str = "accounts are not made by this interface";

/// The user whom an account bears the id of, by its claims as the interface lists them.
pub fn our_id(of: Interface, reference: &str, claims: &Claims) -> Option<UserId> {
    let text = |at: &str| Json::Object(claims.clone()).pointer(at).and_then(Json::as_str).map(str::to_owned);
    let marked = match of {
        Interface::Keycloak => text(&format!("/attributes/{KEYCLOAK_MARK}/0")).or(Some(reference.to_owned())),
        Interface::Auth0 => reference.strip_prefix(AUTH0_PREFIX).map(str::to_owned),
        Interface::Zitadel => Some(reference.to_owned()),
        Interface::Kinde => text("/provided_id"),
        Interface::Okta => text("/profile/employeeNumber").or_else(|| text("/employeeNumber")),
        Interface::Clerk | Interface::WorkOs => text("/external_id"),
        Interface::Entra | Interface::Authentik | Interface::Scim => None,
    };
    marked?.parse().ok().map(UserId)
}

/// The subject of an account that is made under our id; none where the interface takes no ids.
pub fn chosen_subject(of: Interface, user: UserId) -> Option<String> {
    match of {
        Interface::Keycloak | Interface::Zitadel => Some(user.to_string()),
        Interface::Auth0 => Some(format!("{AUTH0_PREFIX}{user}")),
        _ => None,
    }
}

/// What Auth0 puts before the id of an account in its database.
const AUTH0_PREFIX: &str = "auth0|";

fn read(bytes: Result<Vec<u8>, LeftOut>) -> Result<Json, LeftOut> {
    serde_json::from_slice(&bytes?).map_err(|_| LeftOut("the record cannot be written as JSON"))
}

fn at_keycloak(user: &UserLine, realm: Option<&str>, losses: &mut Losses<'_>) -> Result<Json, LeftOut> {
    let mut body = read(keycloak::Keycloak::new(realm.map(str::to_owned)).user(user, losses))?;
    body["attributes"][KEYCLOAK_MARK] = json!([user.id]);
    Ok(body)
}

/// By `POST /api/v2/users`. It takes telephone numbers for people without a password only, and who is blocked as it is.
fn at_auth0(user: &UserLine, connection: Option<&str>, losses: &mut Losses<'_>) -> Result<Json, LeftOut> {
    let mut body = read(hosted::Auth0::default().user(user, losses))?;
    if let Json::Object(account) = &mut body {
        account.remove("phone_number");
        account.remove("phone_verified");
        account.insert("connection".into(), json!(connection.unwrap_or(AUTH0_CONNECTION)));
        account.insert("verify_email".into(), json!(false));
    }
    Ok(body)
}

/// The database that every tenant of Auth0 begins with.
const AUTH0_CONNECTION: &str = "Username-Password-Authentication";

/// By `POST /v2/users/human`.
fn at_zitadel(user: &UserLine, organization: Option<&str>, losses: &mut Losses<'_>) -> Result<Json, LeftOut> {
    let record = zitadel::Zitadel::new(Some(organization.unwrap_or_default().to_owned()));
    let record = read(record.map_err(|_| LeftOut(NOT_MADE))?.user(user, losses))?;
    let of = &record["user"];
    let mut profile = json!({
        "givenName": of["profile"]["firstName"],
        "familyName": of["profile"]["lastName"],
    });
    for name in ["displayName", "preferredLanguage"] {
        if let Some(text) = of["profile"].get(name) {
            profile[name] = text.clone();
        }
    }
    let mut body = json!({
        "userId": user.id,
        "username": of["userName"],
        "profile": profile,
        "email": { "email": of["email"]["email"], "isVerified": of["email"]["isEmailVerified"] },
    });
    if let Some(phone) = of.get("phone") {
        body["phone"] = json!({ "phone": phone["phone"], "isVerified": phone["isPhoneVerified"] });
    }
    if let Some(organization) = organization {
        body["organization"] = json!({ "orgId": organization });
    }
    Ok(body)
}

/// By `POST /api/v1/user`.
fn at_kinde(user: &UserLine, losses: &mut Losses<'_>) -> Result<Json, LeftOut> {
    let line = read(hosted::Kinde::default().user(user, losses))?;
    let identities = line["identities"].as_array().into_iter().flatten().map(|one| {
        let kind = one["type"].as_str().unwrap_or_default();
        let mut identity = json!({ "type": kind, "details": { kind: one["identity"] } });
        if let Some(verified) = one.get("is_verified") {
            identity["is_verified"] = verified.clone();
        }
        identity
    });
    let identities: Vec<Json> = identities.collect();
    let mut profile = Map::new();
    for (ours, theirs) in [("first_name", "given_name"), ("last_name", "family_name")] {
        profile.extend(line.get(ours).map(|name| (theirs.to_owned(), name.clone())));
    }
    Ok(json!({ "provided_id": user.id, "profile": profile, "identities": identities }))
}

/// By `POST /api/v1/users`. Our id is the employee number: of the attributes that every organization has, it is the one
/// that is somebody's number elsewhere.
fn at_okta(user: &UserLine, losses: &mut Losses<'_>) -> Result<Json, LeftOut> {
    must_enter(user)?;
    let (address, _) = required_email(user, losses)?;
    let (given, family) = required_names(user, 50, losses);
    let mut profile = json!({
        "login": address,
        "email": address,
        "firstName": given,
        "lastName": family,
        "employeeNumber": user.id,
    });
    if let Some(name) = fitting(&user.name, identity::Field::Name, 255, losses) {
        profile["displayName"] = json!(name);
    }
    if let Some((number, _)) = phone(user, losses) {
        profile["mobilePhone"] = json!(number);
    }
    Ok(json!({ "profile": profile }))
}

/// By `POST /v1/users`, where every address and number counts as verified: others are not sent.
fn at_clerk(user: &UserLine, losses: &mut Losses<'_>) -> Result<Json, LeftOut> {
    let record = read(hosted::Clerk::default().user(user, losses))?;
    let mut body = json!({ "external_id": user.id, "skip_password_requirement": true });
    for (ours, theirs) in [("username", "username"), ("firstName", "first_name"), ("lastName", "last_name")] {
        if let Some(text) = record.get(ours) {
            body[theirs] = text.clone();
        }
    }
    for (ours, theirs) in [("email", "email_address"), ("phone", "phone_number")] {
        if let Some(text) = record.get(ours) {
            body[theirs] = json!([text]);
        }
    }
    Ok(body)
}

/// By `POST /user_management/users`.
fn at_workos(user: &UserLine, losses: &mut Losses<'_>) -> Result<Json, LeftOut> {
    must_enter(user)?;
    let (address, verified) = required_email(user, losses)?;
    let mut body = json!({ "email": address, "email_verified": verified, "external_id": user.id });
    for (name, text) in [("first_name", &user.given_name), ("last_name", &user.family_name)] {
        if let Some(text) = text {
            body[name] = json!(text);
        }
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::super::tests::ada;
    use super::*;

    const ALL: [Interface; 7] = [
        Interface::Keycloak,
        Interface::Auth0,
        Interface::Zitadel,
        Interface::Kinde,
        Interface::Okta,
        Interface::Clerk,
        Interface::WorkOs,
    ];

    #[test]
    fn every_account_bears_our_id_and_no_password() {
        let user = ada();
        for of in ALL {
            let account = new_account(of, &user, None).unwrap();
            let body = account.body.to_string();
            assert!(body.contains(&user.id.to_string()), "{of}: {body}");
            assert!(!body.to_lowercase().contains("\"password\""), "{of}: {body}");
            let email = format!("email {}", user.email.as_deref().unwrap().to_lowercase());
            assert!(account.names.contains(&email), "{of}: {:?}", account.names);
        }
    }

    #[test]
    fn nobody_is_verified_by_being_moved() {
        let user = UserLine { email_verified: Some(false), phone_number: None, ..ada() };
        for of in ALL {
            match new_account(of, &user, None) {
                Ok(account) => {
                    let body = account.body.to_string();
                    let says = ["erified\":true", "email_address"].iter().any(|word| body.contains(word));
                    assert!(!says, "{of}: {body}");
                }
                Err(why) => assert!(of == Interface::Clerk, "{of}: {why}"),
            }
        }
    }

    #[test]
    fn an_interface_that_makes_none_says_so() {
        for of in [Interface::Entra, Interface::Authentik, Interface::Scim] {
            assert_eq!(new_account(of, &ada(), None), Err(NOT_MADE));
        }
    }

    #[test]
    fn our_id_is_read_where_it_was_written() {
        let user = ada();
        let id = user.id.to_string();
        let marked = [
            (Interface::Keycloak, "k1", json!({ "attributes": { KEYCLOAK_MARK: [id] } })),
            (Interface::Keycloak, &*id, json!({})),
            (Interface::Auth0, &*format!("auth0|{id}"), json!({})),
            (Interface::Zitadel, &*id, json!({})),
            (Interface::Kinde, "kp_1", json!({ "provided_id": id })),
            (Interface::Okta, "00u1", json!({ "profile": { "employeeNumber": id } })),
            (Interface::Clerk, "user_1", json!({ "external_id": id })),
            (Interface::WorkOs, "user_1", json!({ "external_id": id })),
        ];
        for (of, reference, claims) in marked {
            assert_eq!(our_id(of, reference, claims.as_object().unwrap()), Some(user.id), "{of}");
        }
        for of in ALL {
            assert_eq!(our_id(of, "somebody", &Claims::new()), None, "{of}");
        }
    }
}
