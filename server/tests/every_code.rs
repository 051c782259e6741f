//! Every refusal there is, brought about from outside: each is a page that says what happened, what to do
//! next, its code and the request's id. What a provider does wrong is brought about by `conformance`, which
//! holds its pages to the same; `server/src/web/refusal_page.rs` shows the page of each code whether reached or not.

use std::collections::BTreeSet;
use std::time::Duration;

use dev_provider::Fault;
use http::Method;
use identity::{Code, Secret, Ticket, TicketKind};
use sea_orm::ConnectionTrait;

use crate::conformance::{CASES, STEP_UP};
use crate::invitation::{invited, take_up, two};
use crate::support::app::{ADA, CLIENT_SECRET, GRACE, Plan, SESSION, TestApp};
use crate::support::browser::{Answer, between, parameter};

const FORM: &str = "application/x-www-form-urlencoded";
/// Another test holds its table to the program.
const DOCUMENT: &str = include_str!("../../docs/errors.md");

/// Codes that no visitor of this application can bring about, and why.
const ELSEWHERE: [(Code, &str); 6] = [
    (Code::Denied, "its own pages ask for no permission; `require_permission` is for those of others"),
    (Code::TokenTooLarge, "an answer that holds such a token is too large itself"),
    (Code::KeyTooShort, "the development provider makes no short keys; the tests of relying-party do"),
    (Code::IssuerChanged, "a refresh ends the session; the code is in the log"),
    (Code::SubjectChanged, "likewise"),
    (Code::AudienceChanged, "likewise"),
];

/// What the page of a refusal lacks; nothing where all is there.
pub(crate) fn lacks(answer: &Answer) -> Vec<&'static str> {
    let (body, id) = (answer.body.as_str(), answer.header("x-request-id"));
    let main = between(body, "<main", "</main>").unwrap_or_default();
    let title = between(body, "<title>", "</title>").unwrap_or_default();
    let ticket = between(main, "<p class=\"ref\">", "</p>").unwrap_or_default();
    let status = answer.code().parse::<Code>().map_or(0, Code::status);
    let later = matches!(answer.status.as_u16(), 429 | 503);
    let secrets = [CLIENT_SECRET, "sqlite:", "eyJ", "access_token=", "panicked", "<script>alert"];
    let all = [
        ("the type of a page", answer.header("content-type") == "text/html; charset=utf-8"),
        ("one main", body.matches("<main").count() == 1),
        ("one heading", body.matches("<h1>").count() == 1 && main.contains("<h1>")),
        ("the heading as its title", title == title_of(answer.heading())),
        ("a next step", main.contains("<a ") && main.contains("\"button primary\"")),
        ("its code", ticket.contains(&format!("Code <code>{}</code>", answer.code()))),
        ("the request's id", id.len() == 36 && ticket.contains(&format!("request <code>{id}</code>"))),
        ("the status of its code", answer.status == status),
        (
            "when to try again, where that helps, and only there",
            later != answer.header("retry-after").is_empty(),
        ),
        ("a place of its own", answer.header("location").is_empty()),
        ("silence about secrets", secrets.iter().all(|secret| !body.contains(secret))),
    ];
    all.iter().filter(|(_, is_there)| !is_there).map(|(what, _)| *what).collect()
}

fn title_of(heading: &str) -> String {
    format!("{} · Sparekey", heading.trim_end_matches('.'))
}

/// The code of a page that lacks nothing.
fn seen(answer: &Answer, expected: Code) -> Code {
    assert_eq!(answer.code(), expected.as_str(), "{answer:?}");
    assert_eq!(lacks(answer), [""; 0], "{answer:?}");
    expected
}

#[tokio::test]
async fn every_code_is_brought_about_from_outside() {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for codes in [
        of_what_is_asked().await,
        of_log_ins_that_go_astray().await,
        of_errors_that_the_provider_names().await,
        of_two_providers().await,
        of_settings().await,
        of_an_operator().await,
        of_invitations().await,
        of_a_database_that_fails().await,
    ] {
        found.extend(codes.into_iter().map(Code::as_str));
    }
    found.extend(CASES.iter().chain(STEP_UP.iter().map(|(_, case)| case)).map(|case| case.code));
    for (code, why) in ELSEWHERE {
        assert!(found.insert(code.as_str()), "{code} is seen, though {why}");
    }
    let (_, table) = DOCUMENT.split_once("## All of them").unwrap();
    let documented: BTreeSet<&str> = table.lines().filter_map(|line| between(line, "| `", "` | ")).collect();
    assert_eq!(found, documented);
}

/// Requests that are wrong in themselves.
async fn of_what_is_asked() -> Vec<Code> {
    let app = TestApp::start().await;
    let browser = app.browser();
    let ask = |method, target| browser.ask(method, target).header("origin", &app.site);
    let flood = || async {
        for _ in 0..2000 {
            let answer = browser.get("/auth/callback").await;
            if answer.status == 429 {
                return answer;
            }
        }
        panic!("a flood is not stopped")
    };
    let large = ask(Method::POST, "/auth/callback").body(FORM, vec![b'a'; 70_000]);
    let json = ask(Method::POST, "/auth/callback").body("application/json", "{}");
    let strange = browser.ask(Method::POST, "/auth/logout").header("sec-fetch-site", "cross-site");
    vec![
        seen(&browser.get("/nowhere").await, Code::NotFound),
        seen(&ask(Method::PUT, "/").send().await, Code::MethodNotAllowed),
        seen(&large.send().await, Code::BodyTooLarge),
        seen(&json.send().await, Code::MediaTypeUnsupported),
        seen(&ask(Method::POST, "/auth/sessions/end").form(&[]).send().await, Code::ParameterInvalid),
        seen(&ask(Method::POST, "/auth/link").form(&[("provider", "main")]).send().await, Code::SignedOut),
        seen(&browser.get("/auth/login?provider=nobody").await, Code::ProviderUnknown),
        seen(&strange.send().await, Code::CrossSite),
        seen(&flood().await, Code::TooManyRequests),
    ]
}

/// Answers of a provider that come twice, or to a browser that did not ask.
async fn of_log_ins_that_go_astray() -> Vec<Code> {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    let stranger = app.browser();
    let unknown = seen(&stranger.get(&callback).await, Code::LoginUnknown);
    browser.get(&callback).await.location();
    browser.post("/auth/logout", &[]).await;
    vec![unknown, seen(&browser.get(&callback).await, Code::LoginUsed)]
}

/// What a provider may say instead of logging somebody in, and the development provider does not.
async fn of_errors_that_the_provider_names() -> Vec<Code> {
    let app = TestApp::start().await;
    let mut codes = Vec::new();
    for code in [Code::UnmetAuthenticationRequirements, Code::InvalidRequestObject] {
        let browser = app.browser();
        let state = parameter(&browser.leave("").await, "state").unwrap();
        let issuer = app.provider.issuer();
        let answer = browser.get(&format!("/auth/callback?error={code}&state={state}&iss={issuer}")).await;
        codes.push(seen(&answer, code));
    }
    codes
}

/// What takes a second provider.
async fn of_two_providers() -> Vec<Code> {
    let app = Plan::new().await.and("second").await.start().await;
    let (grace, ada) = (app.browser(), app.browser());
    let left = grace.leave("?provider=second").await;
    grace.get(&grace.choose(&left, GRACE).await).await.location();
    let left = ada.leave("?provider=main").await;
    let callback = ada.choose(&left, ADA).await;
    let astray = callback.replace("/auth/callback?", "/auth/callback/second?");
    let mismatch = seen(&ada.get(&astray).await, Code::ProviderMismatch);
    ada.log_in_as(ADA).await;
    let left = ada.post("/auth/link", &[("provider", "second")]).await;
    let callback = ada.choose(left.location(), GRACE).await;
    let taken = seen(&ada.get(&callback).await, Code::IdentityTaken);
    let me = ada.get("/api/me").await.json()["identities"][0].clone();
    let of = |name: &str| me[name].as_str().unwrap().to_owned();
    let (issuer, subject) = (of("issuer"), of("subject"));
    let form = [("issuer", issuer.as_str()), ("subject", subject.as_str())];
    vec![mismatch, taken, seen(&ada.post("/auth/unlink", &form).await, Code::IdentityLast)]
}

/// What only other settings bring about.
async fn of_settings() -> Vec<Code> {
    let app = TestApp::with(&[("LOGIN_TTL_SECONDS", "1"), ("OIDC_TRUSTED_AUDIENCES", "stranger")]).await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let expired = seen(&browser.get(&callback).await, Code::LoginExpired);
    app.provider.faults().set(Fault::AudWithStrangerWithoutAzp);
    vec![expired, seen(&browser.try_as(ADA).await, Code::AuthorizedPartyMissing)]
}

async fn of_an_operator() -> Vec<Code> {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let id = identity::UserId(browser.user_id().await.parse().unwrap());
    let store = app.store().await;
    store.set_disabled(id, true, chrono::Utc::now()).await.unwrap();
    vec![seen(&browser.try_as(ADA).await, Code::UserDisabled)]
}

/// Invitations that are good no more.
async fn of_invitations() -> Vec<Code> {
    let app = two().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let unknown = seen(&app.browser().get("/auth/invitation").await, Code::InvitationUnknown);
    let (secret, store) = (Secret::new([3; 32]), app.store().await);
    let ticket = Ticket {
        kind: TicketKind::Invitation,
        key: secret.digest(),
        holder: None,
        content: Vec::new(),
        expires_at: chrono::Utc::now(),
    };
    store.tickets.issue(&ticket, 1).await.unwrap();
    let address = format!("/auth/invitation?code={}", secret.expose());
    let expired = seen(&app.browser().get(&address).await, Code::InvitationExpired);
    let address = invited(&app, &id);
    take_up(&app.browser(), &address, GRACE).await.location();
    vec![unknown, expired, seen(&app.browser().get(&address).await, Code::InvitationUsed)]
}

/// A database that was there before there was a search, that holds what we did not write, and that lost its tables.
async fn of_a_database_that_fails() -> Vec<Code> {
    let app = TestApp::with(&[("OPERATORS", "email:ada@example.com")]).await;
    let browser = app.signed_in(ADA).await;
    let database = sea_orm::Database::connect(app.setting("DATABASE_URL")).await.unwrap();
    database.execute_unprepared("INSERT INTO search_fill (id) VALUES (1)").await.unwrap();
    let filling = seen(&browser.get("/studio/export.csv").await, Code::SearchFilling);
    let never = "CREATE TRIGGER never BEFORE INSERT ON identities BEGIN SELECT RAISE(ABORT, 'no'); END";
    database.execute_unprepared(never).await.unwrap();
    let refused = seen(&app.browser().try_as(GRACE).await, Code::RecordRefused);
    database.execute_unprepared("UPDATE sessions SET details = 'nonsense'").await.unwrap();
    let internal = seen(&browser.get("/dashboard").await, Code::Internal);
    database.execute_unprepared("DROP TABLE sessions").await.unwrap();
    let unavailable = seen(&browser.get("/dashboard").await, Code::DatabaseUnavailable);
    assert!(!browser.cookie(SESSION).unwrap().is_empty(), "whoever was signed in still is");
    vec![filling, refused, internal, unavailable]
}

#[tokio::test]
async fn a_program_is_told_in_json_and_a_browser_by_a_page_whatever_refused_them() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let large = || vec![b'a'; 70_000];
    for (method, target, body, code, allow) in [
        (Method::POST, "/", None, Code::MethodNotAllowed, "GET,HEAD"),
        (Method::DELETE, "/dashboard", None, Code::MethodNotAllowed, "GET,HEAD"),
        (Method::DELETE, "/account", None, Code::MethodNotAllowed, "GET,HEAD"),
        (Method::POST, "/api/me", None, Code::MethodNotAllowed, "GET,HEAD"),
        (Method::POST, "/healthz", None, Code::MethodNotAllowed, "GET,HEAD"),
        (Method::PUT, "/auth/callback", None, Code::MethodNotAllowed, "GET,HEAD,POST"),
        (Method::PATCH, "/auth/logout", None, Code::MethodNotAllowed, "POST,GET,HEAD"),
        (Method::GET, "/auth/begin", None, Code::MethodNotAllowed, "POST"),
        (Method::GET, "/auth/backchannel-logout", None, Code::MethodNotAllowed, "POST"),
        (Method::POST, "/auth/begin", Some((FORM, large())), Code::BodyTooLarge, ""),
        (Method::POST, "/auth/logout", Some((FORM, large())), Code::BodyTooLarge, ""),
        (Method::POST, "/auth/callback", Some((FORM, large())), Code::BodyTooLarge, ""),
        (Method::POST, "/auth/backchannel-logout", Some((FORM, large())), Code::BodyTooLarge, ""),
        (Method::POST, "/auth/initiate", Some(("text/plain", vec![])), Code::MediaTypeUnsupported, ""),
        (
            Method::POST,
            "/auth/backchannel-logout",
            Some(("text/plain", vec![])),
            Code::MediaTypeUnsupported,
            "",
        ),
        (Method::POST, "/auth/backchannel-logout/%ff", Some((FORM, vec![])), Code::ParameterInvalid, ""),
        (Method::POST, "/auth/nowhere", None, Code::NotFound, ""),
        (Method::GET, "/pkg/nothing.js", None, Code::NotFound, ""),
    ] {
        let ask = || {
            let ask = browser.ask(method.clone(), target).header("origin", &app.site);
            match &body {
                Some((kind, body)) => ask.body(kind, body.clone()),
                None => ask,
            }
        };
        let page = ask().send().await;
        assert_eq!(seen(&page, code), code);
        for accept in ["application/json", "*/*"] {
            let told = ask().header("accept", accept).send().await;
            assert_eq!(told.json(), serde_json::json!({ "error": code }), "{method} {target}");
            assert_eq!(told.status, code.status(), "{method} {target}");
            assert_eq!(told.header("allow"), allow, "{method} {target}");
            assert_eq!(told.header("x-request-id").len(), 36);
        }
        assert_eq!(page.header("allow"), allow, "{method} {target}");
    }
}

#[tokio::test]
async fn what_is_no_address_of_a_page_is_refused_in_a_sentence() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let app = TestApp::start().await;
    for line in ["CONNECT example.com:443", "OPTIONS *", "GET *"] {
        for accept in ["text/html", "*/*"] {
            let mut stream = tokio::net::TcpStream::connect(app.door).await.unwrap();
            let ask = format!("{line} HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\nconnection: close\r\n\r\n");
            stream.write_all(ask.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 400 "), "{line}: {answer}");
            assert!(answer.ends_with(r#"{"error":"parameter_invalid"}"#), "{line}: {answer}");
        }
    }
}
