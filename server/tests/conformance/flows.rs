//! The ways in which a fault shows: at a log-in, when leaving for it, at a refresh, at a log-out.

use std::time::Duration;

use dev_provider::{Endpoint, Fault};
use http::Method;

use crate::every_code::lacks;
use crate::support::app::{ADA, CLIENT_ID, TestApp, eventually};
use crate::support::browser::{Answer, Browser};

/// Where a fault bites, and so what has to be done to meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Response,
    IdToken,
    Claims,
    Token,
    Userinfo,
    Metadata,
    Keys,
    Par,
    Refresh,
    LogoutToken,
    Goodbye,
}

/// What came of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub status: u16,
    pub code: String,
    /// The last of the provider's endpoints that was called with something of the visitor's.
    pub reached: Reached,
}

/// How far a log-in got at the provider before it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The code was not used.
    Nothing,
    /// The code, the refresh token or the logout token was used; userinfo was not asked.
    Token,
    Userinfo,
}

impl Flow {
    pub fn of(fault: Fault) -> Self {
        match fault.group() {
            "Authorization response" => Self::Response,
            "ID token" => Self::IdToken,
            "Odd claims" => Self::Claims,
            "Token endpoint" => Self::Token,
            "Userinfo" => Self::Userinfo,
            "Metadata" => Self::Metadata,
            "Keys" => Self::Keys,
            "Refresh" => Self::Refresh,
            "Logout token" => Self::LogoutToken,
            _ if fault.name().starts_with("par_") => Self::Par,
            _ => Self::Goodbye,
        }
    }

    /// What is fetched once and kept is met by an application that has not fetched it yet.
    pub fn has_an_application_each(self) -> bool {
        matches!(self, Self::Metadata | Self::Keys | Self::Par)
    }
}

/// What the cases of one flow share.
pub struct Shared {
    flow: Flow,
    app: Option<TestApp>,
}

/// A provider that is slow on purpose is waited for two seconds; one that is not, as long as anybody waits.
async fn start(flow: Flow) -> TestApp {
    let is_slow = |fault: &Fault| Flow::of(*fault) == flow && fault.name().ends_with("_slow");
    let seconds = if Fault::ALL.iter().any(is_slow) { "2" } else { "10" };
    TestApp::with(&[
        ("RATE_LIMIT", "off"),
        ("OIDC_SCOPES", "openid profile email offline_access"),
        ("OIDC_HTTP_TIMEOUT_SECONDS", seconds),
        ("OIDC_JWKS_COOLDOWN_SECONDS", "1"),
    ])
    .await
}

impl Shared {
    pub async fn start(flow: Flow) -> Self {
        let app = if flow.has_an_application_each() { None } else { Some(start(flow).await) };
        Self { flow, app }
    }

    /// What comes of the fault, and whether the same works without it.
    pub async fn refused(&self, fault: Fault) -> (Outcome, bool) {
        let own;
        let app = match &self.app {
            Some(app) => app,
            None => {
                own = start(self.flow).await;
                &own
            }
        };
        match self.flow {
            Flow::Refresh => refreshed(app, fault).await,
            Flow::LogoutToken => told(app, fault).await,
            _ => logged_in(app, fault, "").await,
        }
    }

    /// The same at a log-in that asked for something.
    pub async fn refused_when_asked(&self, fault: Fault, query: &str) -> (Outcome, bool) {
        logged_in(self.app.as_ref().unwrap(), fault, query).await
    }

    /// Whether somebody gets through all the same.
    pub async fn passes(&self, fault: Fault) -> bool {
        let (outcome, twin) = match self.flow {
            // Leaving is what these are about.
            Flow::Goodbye => return says_goodbye(self.app.as_ref().unwrap(), fault).await,
            _ => self.refused(fault).await,
        };
        let good = match self.flow {
            Flow::Refresh | Flow::LogoutToken => 200,
            _ => 303,
        };
        twin && outcome.status == good
    }
}

fn outcome(app: &TestApp, answer: &Answer, code: &str) -> Outcome {
    let calls = app.provider.calls();
    let used = calls.count(Endpoint::Token) + calls.count(Endpoint::Refresh);
    let reached = match (used, calls.count(Endpoint::Userinfo)) {
        (0, 0) => Reached::Nothing,
        (_, 0) => Reached::Token,
        _ => Reached::Userinfo,
    };
    assert_eq!(calls.count(Endpoint::Trap), 0, "nobody calls what a token or an answer names");
    Outcome { status: answer.status.as_u16(), code: code.to_owned(), reached }
}

/// As far as a log-in gets: the answer to leaving where that is refused, else the one to coming back.
async fn try_to_log_in(browser: &Browser, query: &str) -> Answer {
    let left = browser.get(&format!("/auth/login{query}")).await;
    if left.status != 303 {
        return left;
    }
    let callback = browser.choose(left.location(), ADA).await;
    browser.get(&callback).await
}

async fn logged_in(app: &TestApp, fault: Fault, query: &str) -> (Outcome, bool) {
    app.provider.calls().clear();
    if Flow::of(fault) == Flow::Par {
        app.provider.faults().set(Fault::PushedRequestsRequired);
    }
    app.provider.faults().set(fault);
    let browser = app.browser();
    let answer = try_to_log_in(&browser, query).await;
    let found = outcome(app, &answer, answer.code());
    let lacks = if answer.status == 303 { Vec::new() } else { lacks(&answer) };
    assert!(lacks.is_empty(), "{}: {lacks:?} {answer:?}", fault.name());
    assert_eq!(browser.is_signed_in().await, answer.status == 303, "{}", fault.name());
    app.provider.faults().clear_all();
    if Flow::of(fault) == Flow::Par {
        app.provider.faults().set(Fault::PushedRequestsRequired);
    }
    // What failed is left alone for the cooldown.
    eventually(fault.name(), || async { try_to_log_in(&browser, query).await.status == 303 }).await;
    (found, browser.is_signed_in().await)
}

/// A session whose access token has run out meets the fault at its next request.
async fn refreshed(app: &TestApp, fault: Fault) -> (Outcome, bool) {
    let run_out = async || {
        app.provider.access_tokens_live_for(Duration::ZERO);
        let browser = app.browser();
        browser.try_as(ADA).await.location();
        app.provider.access_tokens_live_for(Duration::from_secs(3600));
        app.provider.calls().clear();
        browser
    };
    let browser = run_out().await;
    app.provider.faults().set(fault);
    let answer = browser.get("/api/me").await;
    let found = outcome(app, &answer, answer.code());
    app.provider.faults().clear_all();
    assert_eq!(app.provider.calls().count(Endpoint::Refresh), 1, "{}", fault.name());
    assert_eq!(app.provider.calls().count(Endpoint::Revoke), 0, "{}", fault.name());
    assert_eq!(browser.is_signed_in().await, answer.status == 200, "it ended for good, or not at all");
    let twin = run_out().await.is_signed_in().await;
    (found, twin && app.provider.calls().count(Endpoint::Refresh) == 1)
}

/// A logout token with the fault is posted while its session is alive.
async fn told(app: &TestApp, fault: Fault) -> (Outcome, bool) {
    let tell = async |token: &str| {
        let caller = app.browser();
        let ask = caller.ask(Method::POST, "/auth/backchannel-logout").header("accept", "*/*");
        ask.form(&[("logout_token", token)]).send().await
    };
    app.provider.shut_out(ADA);
    let browser = app.signed_in(ADA).await;
    let sid = app.provider.sids(ADA).pop().unwrap();
    app.provider.calls().clear();
    app.provider.faults().set(fault);
    let answer = tell(&app.provider.logout_token(CLIENT_ID, Some(ADA), Some(&sid))).await;
    let code = if answer.body.is_empty() {
        String::new()
    } else {
        answer.json()["error_description"].as_str().unwrap().to_owned()
    };
    let found = outcome(app, &answer, &code);
    assert_eq!(answer.header("cache-control"), "no-store");
    app.provider.faults().clear_all();
    let is_of_nobody = [Fault::LogoutUnknownSid, Fault::LogoutOfAnotherSubject].contains(&fault);
    assert_eq!(browser.is_signed_in().await, answer.status != 200 || is_of_nobody, "{}", fault.name());
    let honest = tell(&app.provider.logout_token(CLIENT_ID, Some(ADA), Some(&sid))).await;
    (found, honest.status == 200 && !browser.is_signed_in().await)
}

async fn says_goodbye(app: &TestApp, fault: Fault) -> bool {
    let browser = app.signed_in(ADA).await;
    app.provider.faults().set(fault);
    let out = browser.post("/auth/logout", &[]).await;
    app.provider.faults().clear_all();
    out.status == 303 && !browser.is_signed_in().await
}
