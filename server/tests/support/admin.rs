//! A scripted provider: metadata, tokens for service accounts, and the admin interfaces of all whom we scan, over one
//! list of people; with limits, and faults on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Somebody at the provider.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) given_name: String,
    pub(crate) is_enabled: bool,
    /// Our id of them, where their account bears it.
    pub(crate) mark: Option<String>,
}

impl Person {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            id: format!("id-{number:06}"),
            username: format!("user{number:06}"),
            email: format!("user{number}@example.com"),
            given_name: format!("Given{number}"),
            is_enabled: true,
            mark: None,
        }
    }
}

/// What an answer is instead of what it should be.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// This status, with these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// The page before, once more.
    PageAgain,
    /// An empty page.
    Empty,
    /// Nothing for so long, in milliseconds.
    Slow(u64),
    /// After the answer somebody of this index has another user name.
    Rename(usize, &'static str),
    /// All tokens so far are worth nothing.
    TokensEnd,
}

#[derive(Default)]
pub(crate) struct Script {
    pub(crate) people: Vec<Person>,
    /// What was asked, and how: `GET /path?query`.
    pub(crate) asked: Vec<String>,
    /// For the list alone: of each request in turn, what is wrong.
    pub(crate) faults: VecDeque<Option<Fault>>,
    /// The most that a page holds, whatever is asked for; 0 where it is the interface's own.
    pub(crate) page: usize,
    /// Tokens given out so far; the last one counts.
    pub(crate) tokens: usize,
    /// The forms by which tokens were asked for.
    pub(crate) forms: Vec<String>,
    /// How long a token lives, in seconds.
    pub(crate) token_life: u64,
    /// Further headers of each answer.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Entra: who was removed since, by id.
    pub(crate) removed: Vec<String>,
    /// Auth0: ids of second accounts, by that of the first.
    pub(crate) linked: BTreeMap<String, String>,
    /// authentik: what its provider says of subjects.
    pub(crate) sub_mode: Option<&'static str>,
    /// What stands in answers and files instead of a text.
    pub(crate) written: BTreeMap<String, String>,
    /// Auth0: the file, unpacked, instead of one with everybody.
    pub(crate) file: Option<Vec<u8>>,
    /// Kinde: each page is empty, and names another. Entra: what has changed leads back to itself.
    pub(crate) is_endless: bool,
    /// There, but in no list.
    pub(crate) hidden: Vec<Person>,
    /// What a 404 says, instead of the interface's own words: a proxy's, say.
    pub(crate) missing: Option<Json>,
    /// Keycloak: what is answered to whoever asks for one by id, instead.
    pub(crate) by_id_answers: Option<u16>,
    /// Keycloak: what is answered to whoever asks how many there are, instead.
    pub(crate) count_answers: Option<u16>,
    last: Option<Json>,
    /// The e-mail address of somebody whom it does not take.
    pub(crate) unfit: Option<String>,
    /// Whether an account that is to be made is made, and nothing answered.
    pub(crate) is_silent: bool,
    /// Keycloak: whether we may not import, but only manage users.
    pub(crate) manages_users_only: bool,
    /// Keycloak: whether attributes that nobody declared vanish.
    pub(crate) drops_attributes: bool,
}

/// A running one. It stops when this is dropped.
pub(crate) struct Admin {
    pub(crate) origin: String,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Admin {
    /// With so many people.
    pub(crate) async fn start(people: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let people = (0..people).map(Person::new).collect();
        let script = Arc::new(Mutex::new(Script { people, token_life: 300, ..Script::default() }));
        let router = Router::new().fallback(answer).with_state((script.clone(), origin.clone()));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, script, task }
    }

    /// What it takes to ask the interface of a preset that is at this path.
    pub(crate) fn settings(&self, preset: &str, path: &str) -> BTreeMap<String, String> {
        [
            ("OIDC_ISSUER_URL", self.issuer()),
            ("OIDC_CLIENT_ID", "sparekey".to_owned()),
            ("OIDC_CLIENT_SECRET", "secret".to_owned()),
            ("OIDC_PRESET", preset.to_owned()),
            ("OIDC_ADMIN_URL", format!("{}{path}", self.origin)),
            ("OIDC_ADMIN_CLIENT_ID", "scanner".to_owned()),
            ("OIDC_ADMIN_CLIENT_SECRET", "scanner-secret".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// The issuer of a Keycloak realm.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/realms/acme", self.origin)
    }

    /// How often an address was asked that holds this.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.script().asked.iter().filter(|line| line.contains(what)).count()
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Shared = (Arc<Mutex<Script>>, String);

/// What a request asks for.
struct Asked {
    method: Method,
    path: Vec<String>,
    query: BTreeMap<String, String>,
    body: Json,
}

impl Asked {
    fn number(&self, name: &str) -> Option<usize> {
        self.query.get(name)?.parse().ok()
    }
}

async fn answer(State((script, origin)): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let line = format!("{} {}", parts.method, parts.uri);
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let decoded = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned();
    let asked = Asked {
        method: parts.method.clone(),
        path: parts.uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect(),
        query: query.into_owned().collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
    let slow = {
        let mut script = script.lock().unwrap();
        script.asked.push(line);
        match &path[..] {
            [.., ".well-known", "openid-configuration"] => return metadata(&origin, &path).into_response(),
            [.., "token"] => return token(&mut script, &body),
            ["file", ..] => return file(&script),
            _ if !is_let_in(&script, &parts.headers) => return StatusCode::UNAUTHORIZED.into_response(),
            _ => {}
        }
        let is_list = is_list(&asked, &path);
        let fault = if is_list { script.faults.pop_front().flatten() } else { None };
        match fault {
            Some(Fault::Slow(milliseconds)) => Some(milliseconds),
            None if script.is_silent => {
                let before = script.people.len();
                let answer = respond(&mut script, &origin, &asked, &path, None);
                if script.people.len() == before {
                    return answer;
                }
                None
            }
            fault => return respond(&mut script, &origin, &asked, &path, fault),
        }
    };
    let Some(slow) = slow else { return std::future::pending().await };
    tokio::time::sleep(std::time::Duration::from_millis(slow)).await;
    respond(&mut script.lock().unwrap(), &origin, &asked, &path, None)
}

fn respond(
    script: &mut Script,
    origin: &str,
    asked: &Asked,
    path: &[&str],
    fault: Option<Fault>,
) -> Response {
    let headers: HeaderMap = script
        .headers
        .iter()
        .map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    let answer = match &fault {
        Some(Fault::Status(status, headers)) => {
            let status = StatusCode::from_u16(*status).unwrap();
            let mut response = status.into_response();
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            return response;
        }
        Some(Fault::PageAgain) => (StatusCode::OK, HeaderMap::new(), script.last.clone().unwrap()),
        Some(Fault::Empty) => {
            let people = std::mem::take(&mut script.people);
            let answer = interface(script, origin, asked, path);
            script.people = people;
            answer
        }
        _ => interface(script, origin, asked, path),
    };
    match fault {
        Some(Fault::Rename(index, name)) => name.clone_into(&mut script.people[index].username),
        Some(Fault::TokensEnd) => script.tokens += 1000,
        _ => {}
    }
    if is_list(asked, path) {
        script.last = Some(answer.2.clone());
    }
    let (status, own, body) = answer;
    let body = script.written(body.to_string());
    (status, headers, own, [("content-type", "application/json")], body).into_response()
}

impl Script {
    fn written(&self, text: String) -> String {
        self.written.iter().fold(text, |text, (from, to)| text.replace(from, to))
    }
}

/// Whether it is the list itself that is asked for, and not its size or one of it.
fn is_list(asked: &Asked, path: &[&str]) -> bool {
    match path {
        [.., "users"] | [.., "users", "delta"] | [.., "Users"] => {
            asked.number("count") != Some(1)
                && asked.number("page_size") != Some(1)
                && asked.number("per_page") != Some(1)
                && asked.body.pointer("/query/limit") != Some(&json!(1))
        }
        _ => false,
    }
}

fn metadata(origin: &str, path: &[&str]) -> impl IntoResponse + use<> {
    let below = &path[..path.len() - 2];
    let issuer = if below.is_empty() { origin.to_owned() } else { format!("{origin}/{}", below.join("/")) };
    axum::Json(json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }))
}

fn token(script: &mut Script, form: &Bytes) -> Response {
    script.tokens += 1;
    script.forms.push(String::from_utf8_lossy(form).into_owned());
    let token = format!("token-{}", script.tokens);
    axum::Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": script.token_life }))
        .into_response()
}

fn is_let_in(script: &Script, headers: &HeaderMap) -> bool {
    let expected = format!("Bearer token-{}", script.tokens);
    headers.get("authorization").is_some_and(|given| {
        let given = given.to_str().unwrap();
        given == expected || matches!(given, "Bearer static" | "SSWS static")
    })
}

type Said = (StatusCode, HeaderMap, Json);

fn ok(body: Json) -> Said {
    (StatusCode::OK, HeaderMap::new(), body)
}

/// Of somebody who is not there; the interface says it in its own words.
fn missing() -> Said {
    (StatusCode::NOT_FOUND, HeaderMap::new(), Json::Null)
}

/// How each interface says that somebody is not there.
fn words_of_absence(path: &[&str]) -> Json {
    match path[0] {
        "admin" => json!({ "error": "User not found" }),
        "kinde" => json!({ "errors": [{ "code": "USER_NOT_FOUND", "message": "no such user" }] }),
        "okta" => json!({
            "errorCode": "E0000007", "errorSummary": "Not found: Resource not found: it (User)",
            "errorLink": "E0000007", "errorId": "oae", "errorCauses": [],
        }),
        "auth0" => json!({
            "statusCode": 404, "error": "Not Found", "message": "The user does not exist.",
            "errorCode": "inexistent_user",
        }),
        "zitadel" => json!({
            "code": 5, "message": "User could not be found (QUERY-Dfbg2)",
            "details": [{
                "@type": "type.googleapis.com/zitadel.v1.ErrorDetail", "id": "QUERY-Dfbg2",
                "message": "User could not be found",
            }],
        }),
        "clerk" => json!({
            "errors": [{ "message": "not found", "long_message": "No user was found with id it", "code": "resource_not_found" }],
        }),
        "workos" => {
            json!({ "code": "entity_not_found", "message": "User not found: 'it'.", "entity_id": "it" })
        }
        "api" => json!({ "detail": "No User matches the given query." }),
        "graph" => json!({
            "error": { "code": "Request_ResourceNotFound", "message": "Resource 'it' does not exist …" },
        }),
        _ => json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "not found",
        }),
    }
}

fn interface(script: &mut Script, origin: &str, asked: &Asked, path: &[&str]) -> Said {
    let mut said = interface_of(script, origin, asked, path);
    if said.0 == StatusCode::NOT_FOUND && said.2.is_null() {
        said.2 = script.missing.clone().unwrap_or_else(|| words_of_absence(path));
    }
    said
}

fn interface_of(script: &mut Script, origin: &str, asked: &Asked, path: &[&str]) -> Said {
    match path {
        ["admin", "realms", "acme", rest @ ..] => keycloak(script, asked, rest),
        ["kinde", "api", "v1", rest @ ..] => kinde(script, asked, rest),
        ["okta", "api", "v1", rest @ ..] => okta(script, origin, asked, rest),
        ["auth0", "api", "v2", rest @ ..] => auth0(script, origin, asked, rest),
        ["zitadel", "v2", rest @ ..] => zitadel(script, asked, rest),
        ["clerk", "v1", rest @ ..] => clerk(script, asked, rest),
        ["workos", "user_management", rest @ ..] => workos(script, asked, rest),
        ["api", "v3", rest @ ..] => authentik(script, asked, rest),
        ["scim", "v2", rest @ ..] => scim(script, asked, rest),
        ["graph", "v1.0", rest @ ..] => entra(script, origin, asked, rest),
        other => panic!("nobody's: {other:?}"),
    }
}

/// Of a page of at most so many, from an offset on.
fn part(script: &Script, from: usize, most: usize) -> Vec<Person> {
    let most = if script.page > 0 { most.min(script.page) } else { most };
    script.people.iter().skip(from).take(most).cloned().collect()
}

fn by_id(script: &Script, id: &str) -> Option<Person> {
    script.people.iter().chain(&script.hidden).find(|one| one.id == id).cloned()
}

/// Makes an account; none where somebody has the address, the name or the id already.
fn make(script: &mut Script, mut person: Person) -> Option<String> {
    person.username = person.username.to_lowercase();
    let is_same = |one: &Person| {
        one.email.eq_ignore_ascii_case(&person.email)
            || one.username == person.username
            || one.id == person.id
    };
    let is_unfit = script.unfit.as_ref() == Some(&person.email);
    if is_unfit || script.people.iter().any(is_same) {
        return None;
    }
    let id = person.id.clone();
    script.people.push(person);
    Some(id)
}

fn refusal(status: u16, body: Json) -> Said {
    (StatusCode::from_u16(status).unwrap(), HeaderMap::new(), body)
}

/// Takes an account away.
fn unmake(script: &mut Script, id: &str) -> Said {
    let before = script.people.len();
    script.people.retain(|one| one.id != *id);
    match script.people.len() < before {
        true => (StatusCode::NO_CONTENT, HeaderMap::new(), Json::Null),
        false => missing(),
    }
}

/// Those whose address or name is asked for.
fn named(script: &Script, asked: &Asked, parameters: &[&str]) -> Vec<Person> {
    let wanted = |one: &&Person| {
        parameters.iter().any(|name| {
            asked.query.get(*name).is_some_and(|value| {
                one.email.eq_ignore_ascii_case(value)
                    || one.username.eq_ignore_ascii_case(value)
                    || one.mark.as_ref() == Some(value)
            })
        })
    };
    script.people.iter().filter(wanted).cloned().collect()
}

/// A new account's own id.
fn next_id(script: &Script, prefix: &str) -> String {
    format!("{prefix}{:04}", script.people.len() + 1)
}

fn clerk(script: &mut Script, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        json!({
            "object": "user", "id": one.id, "external_id": one.mark, "username": one.username,
            "first_name": one.given_name, "banned": !one.is_enabled, "primary_email_address_id": "e",
            "email_addresses": [{
                "id": "e", "email_address": one.email, "verification": { "status": "verified" },
            }],
        })
    };
    match path {
        ["users", "count"] => ok(json!({ "object": "total_count", "total_count": script.people.len() })),
        ["users"] if asked.method == Method::POST => {
            let body = &asked.body;
            assert_eq!(body["skip_password_requirement"], true);
            let email = body["email_address"][0].as_str().unwrap_or_default().to_owned();
            let id = next_id(script, "user_");
            let person = Person {
                username: body["username"].as_str().map_or_else(|| id.clone(), str::to_owned),
                id,
                email,
                given_name: body["first_name"].as_str().unwrap_or_default().to_owned(),
                is_enabled: true,
                mark: body["external_id"].as_str().map(str::to_owned),
            };
            let taken = json!({ "errors": [{ "code": "form_identifier_exists", "message": "That email address is taken." }] });
            match make(script, person) {
                Some(id) => ok(record(&by_id(script, &id).unwrap())),
                None => refusal(422, taken),
            }
        }
        ["users"] if asked.query.contains_key("external_id") || asked.query.contains_key("email_address") => {
            ok(named(script, asked, &["external_id", "email_address"]).iter().map(record).collect())
        }
        ["users"] => {
            let people = part(script, asked.number("offset").unwrap(), asked.number("limit").unwrap());
            ok(people.iter().map(record).collect())
        }
        ["users", id] if asked.method == Method::DELETE => unmake(script, id),
        ["users", id] => by_id(script, id).map_or_else(missing, |one| ok(record(&one))),
        other => panic!("not Clerk's: {other:?}"),
    }
}

fn workos(script: &mut Script, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        json!({
            "object": "user", "id": one.id, "external_id": one.mark, "email": one.email, "email_verified": true,
            "first_name": one.given_name,
        })
    };
    match path {
        ["users"] if asked.method == Method::POST => {
            let body = &asked.body;
            let id = next_id(script, "user_01");
            let person = Person {
                username: id.clone(),
                id,
                email: body["email"].as_str().unwrap().to_owned(),
                given_name: body["first_name"].as_str().unwrap_or_default().to_owned(),
                is_enabled: true,
                mark: body["external_id"].as_str().map(str::to_owned),
            };
            let taken =
                json!({ "code": "user_creation_error", "errors": [{ "code": "email_not_available" }] });
            match make(script, person) {
                Some(id) => (StatusCode::CREATED, HeaderMap::new(), record(&by_id(script, &id).unwrap())),
                None => refusal(422, taken),
            }
        }
        ["users"] => {
            let people: Vec<Person> = match asked.query.contains_key("email") {
                true => named(script, asked, &["email"]),
                false => {
                    let after = asked.query.get("after");
                    let from =
                        after.map_or(0, |id| script.people.iter().position(|one| one.id == *id).unwrap() + 1);
                    part(script, from, asked.number("limit").unwrap())
                }
            };
            let last = people.last().map(|one| one.id.clone());
            let is_end = last.as_ref() == script.people.last().map(|one| &one.id);
            let after = last.filter(|_| !is_end && !asked.query.contains_key("email"));
            let data: Vec<Json> = people.iter().map(record).collect();
            ok(json!({ "object": "list", "data": data, "list_metadata": { "before": null, "after": after } }))
        }
        ["users", id] if asked.method == Method::DELETE => unmake(script, id),
        ["users", id] => by_id(script, id).map_or_else(missing, |one| ok(record(&one))),
        other => panic!("not WorkOS': {other:?}"),
    }
}

fn keycloak(script: &mut Script, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        json!({
            "id": one.id, "username": one.username, "firstName": one.given_name, "email": one.email,
            "emailVerified": true, "enabled": one.is_enabled, "createdTimestamp": 1_700_000_000_000_i64,
            "attributes": one.mark.as_ref().map(|mark| json!({ "sparekey_user": [mark] })),
        })
    };
    match path {
        ["users", "count"] if script.count_answers.is_some() => {
            let status = script.count_answers.unwrap_or_default();
            (StatusCode::from_u16(status).unwrap(), HeaderMap::new(), json!({}))
        }
        ["users", "count"] => ok(json!(script.people.len())),
        ["users"] if asked.method == Method::POST => keycloak_user(script, asked),
        ["users"] if asked.query.contains_key("exact") => {
            ok(named(script, asked, &["username", "email"]).iter().map(record).collect())
        }
        ["users"] => {
            // Sorted by user name, as Keycloak does.
            script.people.sort_by(|one, other| one.username.cmp(&other.username));
            assert_eq!(asked.query["briefRepresentation"], "false");
            let people = part(script, asked.number("first").unwrap(), asked.number("max").unwrap());
            ok(people.iter().map(record).collect())
        }
        ["users", _] if script.by_id_answers.is_some() => {
            let status = script.by_id_answers.unwrap_or_default();
            (StatusCode::from_u16(status).unwrap(), HeaderMap::new(), json!({}))
        }
        ["users", id] if asked.method == Method::DELETE => unmake(script, id),
        ["users", id] => by_id(script, id).map_or_else(missing, |one| ok(record(&one))),
        ["partialImport"] if script.manages_users_only => {
            (StatusCode::FORBIDDEN, HeaderMap::new(), json!({ "error": "HTTP 403 Forbidden" }))
        }
        ["partialImport"] => partial_import(script, asked),
        other => panic!("not Keycloak's: {other:?}"),
    }
}

/// `POST /users`: it takes no id, and says its own in `Location`.
fn keycloak_user(script: &mut Script, asked: &Asked) -> Said {
    let user = &asked.body;
    let text = |member: &str| user[member].as_str().unwrap_or_default().to_owned();
    let mark = user.pointer("/attributes/sparekey_user/0").and_then(Json::as_str).map(str::to_owned);
    let person = Person {
        id: next_id(script, "11111111-2222-3333-4444-00000000"),
        username: text("username"),
        email: text("email"),
        given_name: text("firstName"),
        is_enabled: user["enabled"] == true,
        mark: mark.filter(|_| !script.drops_attributes),
    };
    let taken = json!({ "errorMessage": "User exists with same username" });
    match make(script, person) {
        Some(id) => {
            let mut headers = HeaderMap::new();
            headers.insert(
                "location",
                format!("http://127.0.0.1/admin/realms/acme/users/{id}").parse().unwrap(),
            );
            (StatusCode::CREATED, headers, Json::Null)
        }
        None => refusal(409, taken),
    }
}

/// As 26.7.3 does it: one transaction, and whoever is there, by user name or e-mail address, is skipped and told by the
/// id of who is there.
fn partial_import(script: &mut Script, asked: &Asked) -> Said {
    assert_eq!((&asked.method, &asked.body["ifResourceExists"]), (&Method::POST, &json!("SKIP")));
    let users = asked.body["users"].as_array().unwrap();
    let text = |user: &Json, member: &str| user[member].as_str().unwrap_or_default().to_owned();
    if users.iter().any(|user| script.unfit == Some(text(user, "email"))) {
        return (StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new(), json!({ "error": "unknown_error" }));
    }
    let mut results = Vec::new();
    for user in users {
        let (name, email) = (text(user, "username").to_lowercase(), text(user, "email").to_lowercase());
        let is_there =
            |one: &&Person| one.username == name || (!email.is_empty() && one.email.to_lowercase() == email);
        let there = script.people.iter().find(is_there).map(|one| one.id.clone());
        let action = if there.is_some() { "SKIPPED" } else { "ADDED" };
        let id = there.unwrap_or_else(|| {
            let id = text(user, "id");
            script.people.push(Person {
                id: id.clone(),
                username: name.clone(),
                email: text(user, "email"),
                given_name: text(user, "firstName"),
                is_enabled: user["enabled"] == true,
                mark: None,
            });
            id
        });
        results.push(json!({ "action": action, "resourceType": "USER", "resourceName": name, "id": id }));
    }
    ok(json!({ "overwritten": 0, "results": results }))
}

fn kinde(script: &mut Script, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        json!({
            "id": one.id, "email": one.email, "first_name": one.given_name, "last_name": null,
            "username": one.username, "is_suspended": !one.is_enabled, "total_sign_ins": 3,
            "provided_id": one.mark,
        })
    };
    match path {
        ["user"] if asked.method == Method::POST => {
            let body = &asked.body;
            let of = |kind: &str| {
                let all = body["identities"].as_array().unwrap().iter();
                let one = all.clone().find(|one| one["type"] == kind)?;
                Some(one["details"][kind].as_str().unwrap().to_owned())
            };
            let id = next_id(script, "kp_");
            let person = Person {
                username: of("username").unwrap_or_else(|| id.clone()),
                id,
                email: of("email").unwrap_or_default(),
                given_name: body["profile"]["given_name"].as_str().unwrap_or_default().to_owned(),
                is_enabled: true,
                mark: body["provided_id"].as_str().map(str::to_owned),
            };
            let taken = json!({ "errors": [{ "code": "USER_ALREADY_EXISTS", "message": "…" }] });
            match make(script, person) {
                Some(id) => ok(json!({ "id": id, "created": true, "identities": [] })),
                None => refusal(400, taken),
            }
        }
        ["user"] if asked.method == Method::DELETE => {
            assert_eq!(asked.query["is_delete_profile"], "true");
            unmake(script, &asked.query["id"])
        }
        ["users"] if asked.query.contains_key("email") || asked.query.contains_key("username") => {
            let users: Vec<Json> = named(script, asked, &["email", "username"]).iter().map(record).collect();
            ok(json!({ "code": "OK", "users": users, "next_token": null }))
        }
        ["users"] => {
            let from = asked
                .query
                .get("next_token")
                .map_or(0, |token| token.strip_prefix("t").unwrap().parse().unwrap());
            let people = part(script, from, asked.number("page_size").unwrap());
            let people = if script.is_endless { Vec::new() } else { people };
            let to = from + people.len() + usize::from(script.is_endless);
            let next = (script.is_endless || to < script.people.len()).then(|| format!("t{to}"));
            let users: Vec<Json> = people.iter().map(record).collect();
            ok(json!({ "code": "OK", "users": users, "next_token": next }))
        }
        ["user"] => match by_id(script, &asked.query["id"]) {
            Some(one) => ok(record(&one)),
            None if script.missing.is_some() => missing(),
            None => refusal(400, words_of_absence(&["kinde"])),
        },
        ["users", id, "identities"] => match by_id(script, id) {
            Some(one) => {
                let email =
                    json!({ "type": "email", "name": one.email, "email": one.email, "is_confirmed": true });
                ok(json!({ "code": "OK", "identities": [email], "has_more": false }))
            }
            None => missing(),
        },
        other => panic!("not Kinde's: {other:?}"),
    }
}

fn okta(script: &mut Script, origin: &str, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        let profile = json!({ "login": one.username, "email": one.email, "firstName": one.given_name, "lastName": "L", "employeeNumber": one.mark });
        json!({ "id": one.id, "status": if one.is_enabled { "ACTIVE" } else { "DEPROVISIONED" }, "profile": profile })
    };
    match path {
        ["users"] if asked.method == Method::POST => {
            assert_eq!(asked.query["activate"], "true");
            let profile = &asked.body["profile"];
            let text = |member: &str| profile[member].as_str().unwrap_or_default().to_owned();
            let person = Person {
                id: next_id(script, "00u"),
                username: text("login"),
                email: text("email"),
                given_name: text("firstName"),
                is_enabled: true,
                mark: Some(text("employeeNumber")),
            };
            let taken = json!({ "errorCode": "E0000001", "errorCauses": [{ "errorSummary": "login: An object with this field already exists in the current organization" }] });
            match make(script, person) {
                Some(id) => ok(record(&by_id(script, &id).unwrap())),
                None => refusal(400, taken),
            }
        }
        ["users"] if asked.query.contains_key("filter") => {
            let wanted =
                |one: &&Person| asked.query["filter"] == format!("profile.email eq \"{}\"", one.email);
            ok(script.people.iter().filter(wanted).map(record).collect())
        }
        // The first one deactivates, the second one deletes.
        ["users", id] if asked.method == Method::DELETE => {
            match script.people.iter_mut().find(|one| one.id == *id && one.is_enabled) {
                Some(one) => {
                    one.is_enabled = false;
                    (StatusCode::NO_CONTENT, HeaderMap::new(), Json::Null)
                }
                None => unmake(script, id),
            }
        }
        ["users"] => {
            // Whoever was deactivated is not in the list.
            let active: Vec<&Person> = script.people.iter().filter(|one| one.is_enabled).collect();
            let from = asked.number("after").unwrap_or(0);
            let most = if script.page > 0 { script.page } else { asked.number("limit").unwrap() };
            let page: Vec<Json> = active.iter().skip(from).take(most).map(|one| record(one)).collect();
            let (to, mut headers) = (from + page.len(), HeaderMap::new());
            let own = format!("<{origin}/okta/api/v1/users?limit=200>; rel=\"self\"");
            headers.append("link", own.parse().unwrap());
            if to < active.len() {
                let next = format!("<{origin}/okta/api/v1/users?after={to}&limit=200>; rel=\"next\"");
                headers.append("link", next.parse().unwrap());
            }
            (StatusCode::OK, headers, Json::Array(page))
        }
        // By id or by login.
        ["users", id] => {
            let login = || script.people.iter().find(|one| one.username == *id).cloned();
            by_id(script, id).or_else(login).map_or_else(missing, |one| ok(record(&one)))
        }
        other => panic!("not Okta's: {other:?}"),
    }
}

fn of_auth0(script: &Script, one: &Person) -> Json {
    let mut identities = Vec::new();
    if let Some(second) = script.linked.get(&one.id) {
        let (provider, id) = second.split_once('|').unwrap();
        identities.push(json!({ "provider": provider, "user_id": id, "access_token": "s3cret" }));
    }
    json!({
        "user_id": one.id, "email": one.email, "email_verified": true, "given_name": one.given_name,
        "name": one.username, "blocked": !one.is_enabled, "identities": identities, "logins_count": 7,
    })
}

fn auth0(script: &mut Script, origin: &str, asked: &Asked, path: &[&str]) -> Said {
    match path {
        ["users"] if asked.method == Method::POST => {
            let body = &asked.body;
            assert_eq!((&body["connection"], &body["verify_email"]), (&json!("people"), &json!(false)));
            assert!(body["password"].as_str().unwrap().len() > 40 && body["phone_number"].is_null());
            let id = format!("auth0|{}", body["user_id"].as_str().unwrap());
            let person = Person {
                username: id.clone(),
                id,
                email: body["email"].as_str().unwrap().to_owned(),
                given_name: body["given_name"].as_str().unwrap_or_default().to_owned(),
                is_enabled: true,
                mark: None,
            };
            let taken =
                json!({ "statusCode": 409, "error": "Conflict", "message": "The user already exists." });
            match make(script, person) {
                Some(id) => {
                    (StatusCode::CREATED, HeaderMap::new(), of_auth0(script, &by_id(script, &id).unwrap()))
                }
                None => refusal(409, taken),
            }
        }
        ["users", id] if asked.method == Method::DELETE => unmake(script, id),
        ["users-by-email"] => {
            let people = named(script, asked, &["email"]);
            ok(people.iter().map(|one| of_auth0(script, one)).collect())
        }
        ["users"] => ok(json!({ "total": script.people.len(), "users": [] })),
        ["users", id] => by_id(script, id).map_or_else(missing, |one| ok(of_auth0(script, &one))),
        ["jobs", "users-exports"] => {
            assert_eq!((&asked.method, &asked.body["format"]), (&Method::POST, &json!("json")));
            ok(json!({ "id": "job_1", "status": "pending" }))
        }
        ["jobs", "job_1"] => {
            let is_done = script.asked.iter().filter(|line| line.contains("/jobs/job_1")).count() > 1;
            match is_done {
                true => {
                    ok(json!({ "status": "completed", "location": format!("{origin}/file/users.json.gz") }))
                }
                false => ok(json!({ "status": "processing" })),
            }
        }
        ["jobs", _] => missing(),
        other => panic!("not Auth0's: {other:?}"),
    }
}

/// The export: one user a line, compressed, in two members as a concatenation has them.
fn file(script: &Script) -> Response {
    let mut bytes = Vec::new();
    let half = script.people.len() / 2;
    let lines = |people: &[Person]| {
        let lines = people.iter().map(|one| script.written(format!("{}\n", of_auth0(script, one))));
        lines.collect::<String>().into_bytes()
    };
    let parts = match &script.file {
        Some(file) => vec![file.clone()],
        None => vec![lines(&script.people[..half]), lines(&script.people[half..])],
    };
    for part in parts {
        let mut packed = flate2::write::GzEncoder::new(&mut bytes, flate2::Compression::fast());
        packed.write_all(&part).unwrap();
        packed.finish().unwrap();
    }
    ([("content-type", "application/gzip")], bytes).into_response()
}

fn zitadel(script: &mut Script, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        let human = json!({
            "profile": { "givenName": one.given_name, "familyName": "L", "displayName": one.username },
            "email": { "email": one.email, "isVerified": true },
        });
        let state = if one.is_enabled { "USER_STATE_ACTIVE" } else { "USER_STATE_INACTIVE" };
        json!({ "userId": one.id, "state": state, "preferredLoginName": one.username, "human": human })
    };
    match path {
        ["users", "human"] => {
            let body = &asked.body;
            let text = |at: &str| body.pointer(at).and_then(Json::as_str).unwrap_or_default().to_owned();
            let person = Person {
                id: text("/userId"),
                username: text("/username"),
                email: text("/email/email"),
                given_name: text("/profile/givenName"),
                is_enabled: true,
                mark: None,
            };
            assert!(!text("/profile/familyName").is_empty() && body["email"]["isVerified"].is_boolean());
            let taken = json!({ "code": 6, "message": "User already exists (V3-DKcYh)" });
            match make(script, person) {
                Some(id) => (StatusCode::CREATED, HeaderMap::new(), json!({ "userId": id, "details": {} })),
                None => refusal(409, taken),
            }
        }
        ["users", id] if asked.method == Method::DELETE => {
            let said = unmake(script, id);
            if said.0 == StatusCode::NOT_FOUND { said } else { ok(json!({ "details": {} })) }
        }
        ["users"] => {
            let query = &asked.body["query"];
            let from = query["offset"].as_str().unwrap().parse().unwrap();
            let people = part(script, from, query["limit"].as_u64().unwrap().min(1000) as usize);
            let result: Vec<Json> = people.iter().map(record).collect();
            let mut answer = json!({ "details": { "totalResult": script.people.len().to_string() } });
            if !result.is_empty() {
                answer["result"] = Json::Array(result);
            }
            ok(answer)
        }
        ["users", id] => by_id(script, id).map_or_else(missing, |one| ok(json!({ "user": record(&one) }))),
        other => panic!("not ZITADEL's: {other:?}"),
    }
}

fn authentik(script: &mut Script, asked: &Asked, path: &[&str]) -> Said {
    let record = |(index, one): (usize, &Person)| {
        json!({
            "pk": index + 1, "uid": one.id, "uuid": format!("uuid-{}", one.id), "username": one.username,
            "name": one.given_name, "email": one.email, "is_active": one.is_enabled, "type": "internal",
        })
    };
    match path {
        ["providers", "oauth2"] => match script.sub_mode {
            Some(mode) => {
                ok(json!({ "results": [{ "client_id": asked.query["client_id"], "sub_mode": mode }] }))
            }
            None => (StatusCode::FORBIDDEN, HeaderMap::new(), json!({ "detail": "no" })),
        },
        ["core", "users"] => {
            let (number, size) = (asked.number("page").unwrap_or(1), asked.number("page_size").unwrap());
            let from = (number - 1) * size;
            let people: Vec<Json> =
                script.people.iter().enumerate().skip(from).take(size).map(record).collect();
            let count = script.people.len();
            let next = if from + people.len() < count { number + 1 } else { 0 };
            ok(json!({ "pagination": { "next": next, "count": count }, "results": people }))
        }
        ["core", "users", pk] => {
            let index = pk.parse::<usize>().unwrap() - 1;
            script.people.get(index).map_or_else(missing, |one| ok(record((index, one))))
        }
        other => panic!("not authentik's: {other:?}"),
    }
}

fn scim(script: &mut Script, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        json!({
            "id": one.id, "externalId": format!("ext-{}", one.id), "userName": one.username, "active": one.is_enabled,
            "name": { "givenName": one.given_name }, "emails": [{ "value": one.email, "primary": true }],
        })
    };
    match path {
        ["Users"] => {
            let found: Vec<Person> = match asked.query.get("filter") {
                Some(filter) => {
                    let wanted = |one: &&Person| *filter == format!("externalId eq \"ext-{}\"", one.id);
                    script.people.iter().filter(wanted).cloned().collect()
                }
                None => {
                    let start = asked.number("startIndex").unwrap();
                    part(script, start - 1, asked.number("count").unwrap())
                }
            };
            let is_all = !asked.query.contains_key("filter");
            let total = if is_all { script.people.len() } else { found.len() };
            let resources: Vec<Json> = found.iter().map(record).collect();
            ok(json!({ "totalResults": total, "Resources": resources }))
        }
        ["Users", id] => by_id(script, id).map_or_else(missing, |one| ok(record(&one))),
        other => panic!("not SCIM's: {other:?}"),
    }
}

fn entra(script: &mut Script, origin: &str, asked: &Asked, path: &[&str]) -> Said {
    let record = |one: &Person| {
        json!({
            "id": one.id, "displayName": one.username, "givenName": one.given_name, "mail": one.email,
            "userPrincipalName": one.username, "accountEnabled": one.is_enabled,
        })
    };
    let link = |rest: String| format!("{origin}/graph/v1.0/users/delta?{rest}");
    match path {
        ["users", "delta"] => {
            if let Some(since) = asked.query.get("$deltatoken") {
                return match since.as_str() {
                    "old" => (
                        StatusCode::GONE,
                        HeaderMap::new(),
                        json!({ "error": { "code": "syncStateNotFound" } }),
                    ),
                    _ if script.is_endless => {
                        let one = json!({ "id": script.people[0].id, "@removed": { "reason": "changed" } });
                        ok(json!({ "value": [one], "@odata.nextLink": link(format!("$deltatoken={since}")) }))
                    }
                    _ => {
                        let removed = |id: &String| json!({ "id": id, "@removed": { "reason": "changed" } });
                        let removed: Vec<Json> = script.removed.iter().map(removed).collect();
                        ok(json!({ "value": removed, "@odata.deltaLink": link("$deltatoken=next".into()) }))
                    }
                };
            }
            // An empty page first, then one who comes twice.
            let Some(skip) = asked.query.get("$skiptoken") else {
                assert!(asked.query["$select"].contains("accountEnabled"));
                return ok(json!({ "value": [], "@odata.nextLink": link("$skiptoken=0".into()) }));
            };
            let from: usize = skip.parse().unwrap();
            let mut page: Vec<Json> = part(script, from, 3).iter().map(record).collect();
            let to = from + page.len();
            if from > 0 {
                page.push(record(&script.people[0]));
            }
            match to < script.people.len() {
                true => ok(json!({ "value": page, "@odata.nextLink": link(format!("$skiptoken={to}")) })),
                false => ok(json!({ "value": page, "@odata.deltaLink": link("$deltatoken=first".into()) })),
            }
        }
        ["users", id] => by_id(script, id).map_or_else(missing, |one| ok(record(&one))),
        other => panic!("not Graph's: {other:?}"),
    }
}
