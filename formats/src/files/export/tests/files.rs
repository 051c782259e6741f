//! Each format's file, byte for byte.

use super::*;

const ID: &str = "00000000-0000-0000-0000-000000000001";

fn assert_file(format: Format, users: &[UserLine], expected: &str, lost: &[&str]) {
    let (text, losses) = one(format, users);
    assert_eq!(text, expected.replace("ID", ID), "{format}");
    assert_eq!(losses, lost, "{format}");
}

#[test]
fn keycloak() {
    let file = r#"{"ifResourceExists":"SKIP","users":[
{"attributes":{"locale":["en-GB"],"phoneNumber":["+441234567890"],"phoneNumberVerified":["true"],"picture":["https://example.com/ada.png"],"zoneinfo":["Europe/London"]},"createdTimestamp":1795255200000,"email":"ada@example.com","emailVerified":true,"enabled":true,"firstName":"Ada","id":"ID","lastName":"Lovelace","realmRoles":["default-roles-acme"],"username":"ada_l"}
]}
"#;
    let attributes = "no_place attributes, unless the realm's user profile keeps unmanaged ones";
    assert_file(Format::Keycloak, &[ada()], file, &[attributes]);
}

#[test]
fn auth0() {
    let file = r#"[
{"email":"ada@example.com","email_verified":true,"family_name":"Lovelace","given_name":"Ada","name":"Ada Lovelace","phone_number":"+441234567890","phone_verified":true,"picture":"https://example.com/ada.png","user_id":"ID","user_metadata":{"locale":"en-GB","zoneinfo":"Europe/London"}}
]
"#;
    assert_file(Format::Auth0, &[ada()], file, &["no_place preferred_username"]);
}

#[test]
fn kinde() {
    let file = r#"{"first_name":"Ada","id":"ID","identities":[{"identity":"ada@example.com","is_verified":true,"type":"email"},{"identity":"+441234567890","is_verified":true,"type":"phone"},{"identity":"Ada_L","type":"username"}],"last_name":"Lovelace"}
"#;
    assert_file(Format::Kinde, &[ada()], file, &["no_place picture", "no_place locale", "no_place zoneinfo"]);
}

#[test]
fn okta() {
    let file = "login,firstName,lastName,middleName,honorificPrefix,honorificSuffix,email,title,displayName,nickName,\
        profileUrl,secondEmail,mobilePhone,primaryPhone,streetAddress,city,state,zipCode,countryCode,postalAddress,\
        preferredLanguage,locale,timezone,userType,employeeNumber,costCenter,organization,division,department,\
        managerId,manager\r\n\
        ada@example.com,Ada,Lovelace,,,,ada@example.com,,Ada Lovelace,,,,+441234567890,,,,,,,,en-GB,en_GB,\
        Europe/London,,,,,,,,\r\n";
    let lost = [
        "no_place email_verified",
        "no_place preferred_username",
        "no_place picture",
        "no_place phone_number_verified",
    ];
    assert_file(Format::Okta, &[ada()], file, &lost);
}

#[test]
fn entra() {
    let file = "version:v1.0\r\nEmail address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] \
        Required,Send invitation message (true or false) [sendEmail],Customized invitation message \
        [customizedMessageBody]\r\nada@example.com,Acme,false,\r\n";
    let (text, losses) = one(Format::Entra, &[ada()]);
    assert_eq!(text, file);
    assert_eq!(losses.len(), 9, "all but the address is lost: {losses:?}");
}

#[test]
fn cognito() {
    let file = "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,\
        email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,\
        cognito:mfa_enabled,cognito:username\n\
        Lovelace\\, Ada,Ada,Lovelace,,,Ada_L,,https://example.com/ada.png,,ada@example.com,true,,,Europe/London,en-GB,\
        +441234567890,true,,1795255200,false,ID\n";
    let ada = UserLine { name: Some("Lovelace, Ada".into()), ..ada() };
    assert_file(Format::Cognito, &[ada], file, &[]);
}

#[test]
fn firebase() {
    let file = r#"{"users":[
{"createdAt":"1795255200000","displayName":"Ada Lovelace","email":"ada@example.com","emailVerified":true,"lastSignedInAt":"1795341600000","localId":"ID","phoneNumber":"+441234567890","photoUrl":"https://example.com/ada.png"}
]}
"#;
    let lost = [
        "no_place given_name",
        "no_place family_name",
        "no_place preferred_username",
        "no_place phone_number_verified",
        "no_place locale",
        "no_place zoneinfo",
    ];
    assert_file(Format::Firebase, &[ada()], file, &lost);
}

#[test]
fn clerk() {
    let file = r#"[
{"createdAt":"2026-11-21T10:00:00Z","email":"ada@example.com","firstName":"Ada","lastName":"Lovelace","phone":"+441234567890","userId":"ID","username":"Ada_L"}
]
"#;
    assert_file(Format::Clerk, &[ada()], file, &["no_place picture", "no_place locale", "no_place zoneinfo"]);
}

#[test]
fn zitadel() {
    let file = r#"{"timeout":"30m0s","dataOrgs":{"orgs":[{"orgId":"Acme","humanUsers":[
{"user":{"email":{"email":"ada@example.com","isEmailVerified":true},"phone":{"isPhoneVerified":true,"phone":"+441234567890"},"profile":{"displayName":"Ada Lovelace","firstName":"Ada","lastName":"Lovelace","preferredLanguage":"en-GB"},"userName":"Ada_L"},"userId":"ID"}
]}]}}
"#;
    assert_file(Format::Zitadel, &[ada()], file, &["no_place picture", "no_place zoneinfo"]);
}

#[test]
fn scim() {
    let file = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"startIndex":1,"Resources":[
{"active":true,"displayName":"Ada Lovelace","emails":[{"primary":true,"type":"other","value":"ada@example.com"}],"externalId":"ID","id":"ID","locale":"en-GB","meta":{"created":"2026-11-21T10:00:00Z","lastModified":"2026-11-21T10:00:00Z","resourceType":"User"},"name":{"familyName":"Lovelace","formatted":"Ada Lovelace","givenName":"Ada"},"phoneNumbers":[{"primary":true,"type":"other","value":"+44 1234 567890"}],"photos":[{"primary":true,"type":"photo","value":"https://example.com/ada.png"}],"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"timezone":"Europe/London","userName":"Ada_L"}
],"itemsPerPage":1,"totalResults":1}
"#;
    assert_file(Format::Scim, &[ada()], file, &["no_place email_verified", "no_place phone_number_verified"]);
}

#[test]
fn csv() {
    let file = "id,status,email,email_verified,name,given_name,family_name,preferred_username,picture,phone_number,\
        phone_number_verified,locale,zoneinfo,created_at,updated_at,last_login_at,login_count,provider,issuer,subject\r\n\
        ID,active,ada@example.com,true,Ada Lovelace,Ada,Lovelace,Ada_L,https://example.com/ada.png,\
        '+44 1234 567890,true,en-GB,Europe/London,2026-11-21T10:00:00Z,2026-11-21T10:00:00Z,2026-11-22T10:00:00Z,3,,,\r\n";
    assert_file(Format::Csv, &[ada()], file, &[]);
}

#[test]
fn sparekey() {
    let (text, losses) = one(Format::Sparekey, &[ada(), nobody(2)]);
    let lines: Vec<UserLine> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, [ada(), nobody(2)]);
    assert!(losses.is_empty());
}

#[test]
fn an_export_of_nobody_is_a_file_too() {
    for format in Format::ALL {
        let (text, losses) = one(*format, &[]);
        assert!(losses.is_empty());
        if ["keycloak", "auth0", "clerk", "firebase", "zitadel", "scim"].contains(&&*format.to_string()) {
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{format}: {text}");
        }
    }
}
