//! A provider that answers as it was told, and otherwise speaks of Ada.

use std::collections::VecDeque;

use async_trait::async_trait;
use serde_json::json;

use super::*;
use crate::{Access, Claims, LoggedOut, ProviderError, Refreshed, Tokens};

pub(in super::super) struct FakeProvider {
    name: String,
    issuer: Mutex<String>,
    asked: Mutex<Vec<Ask>>,
    answers: Mutex<VecDeque<Result<Redeemed, Code>>>,
    refreshes: Mutex<VecDeque<Result<Refreshed, Code>>>,
    logged_out: Mutex<VecDeque<Result<LoggedOut, Code>>>,
    meanwhile: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    down: Mutex<bool>,
    reference: Mutex<&'static str>,
    diary: Diary,
}

impl FakeProvider {
    pub(super) fn new(name: &str, diary: Diary) -> Self {
        let issuer = Mutex::new(format!("https://{name}.example"));
        let (asked, answers, refreshes, logged_out, meanwhile, down) = Default::default();
        let reference = Mutex::new("sub");
        Self {
            name: name.into(),
            issuer,
            asked,
            answers,
            refreshes,
            logged_out,
            meanwhile,
            down,
            reference,
            diary,
        }
    }

    /// What the next redeem answers; without it: Ada.
    pub(in super::super) fn will_answer(&self, answer: Result<Redeemed, Code>) {
        self.answers.lock().unwrap().push_back(answer);
    }

    /// What the next refresh answers.
    pub(in super::super) fn will_refresh(&self, answer: Result<Refreshed, Code>) {
        self.refreshes.lock().unwrap().push_back(answer);
    }

    /// What the next logout token says.
    pub(in super::super) fn will_say(&self, answer: Result<LoggedOut, Code>) {
        self.logged_out.lock().unwrap().push_back(answer);
    }

    /// What happens elsewhere while the next code is redeemed.
    pub(in super::super) fn during_redeem(&self, what: impl FnOnce() + Send + 'static) {
        self.during_refresh(what);
    }

    /// What happens elsewhere while the next refresh is under way.
    pub(in super::super) fn during_refresh(&self, what: impl FnOnce() + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::new(what));
    }

    pub(in super::super) fn go_down(&self) {
        *self.down.lock().unwrap() = true;
    }

    /// Its accounts are called by this claim.
    pub(in super::super) fn refer_by(&self, claim: &'static str) {
        *self.reference.lock().unwrap() = claim;
    }

    /// The settings name another issuer under the same name.
    pub(in super::super) fn move_to(&self, issuer: &str) {
        *self.issuer.lock().unwrap() = issuer.into();
    }

    /// What the last authorization request carried.
    pub(in super::super) fn asked(&self) -> Ask {
        self.asked.lock().unwrap().last().unwrap().clone()
    }

    /// A log-in of this subject as of now, with claims in the ID token, and no refresh token.
    pub(in super::super) fn redeemed(&self, subject: &str, now: Timestamp, id_token: Claims) -> Redeemed {
        Redeemed {
            issuer: self.issuer().to_owned(),
            subject: subject.into(),
            issued_at: now,
            id_token,
            userinfo: None,
            sid: Some("sid".into()),
            auth_time: Some(now - SECOND),
            acr: Some("acr".into()),
            session_expiry: None,
            tokens: Tokens::default(),
            access: Access::default(),
        }
    }

    fn refused(&self, code: Code) -> ProviderError {
        ProviderError { provider: self.name.clone(), code, source: None }
    }
}

#[async_trait]
impl Provider for FakeProvider {
    fn name(&self) -> &str {
        &self.name
    }

    fn issuer(&self) -> &str {
        // A test moves it once at most.
        self.issuer.lock().unwrap().clone().leak()
    }

    fn reference(&self) -> &str {
        *self.reference.lock().unwrap()
    }

    fn longest_refresh(&self) -> TimeDelta {
        TimeDelta::seconds(77)
    }

    async fn begin(&self, ask: &Ask) -> Result<String, ProviderError> {
        self.diary.note("ask");
        if *self.down.lock().unwrap() {
            return Err(self.refused(Code::ProviderUnavailable));
        }
        self.asked.lock().unwrap().push(ask.clone());
        Ok(format!("{}/authorize", self.issuer()))
    }

    fn state(&self, response: &str) -> Result<String, ProviderError> {
        let state = url::form_urlencoded::parse(response.as_bytes()).find(|(name, _)| name == "state");
        state.map(|(_, state)| state.into_owned()).ok_or_else(|| self.refused(Code::StateMissing))
    }

    async fn redeem(
        &self,
        attempt: &Attempt,
        response: &str,
        now: Timestamp,
    ) -> Result<Redeemed, ProviderError> {
        self.diary.note("redeem");
        if let Some(what) = self.meanwhile.lock().unwrap().take() {
            what();
        }
        let asked = self.asked();
        assert_eq!(attempt.nonce.expose(), asked.nonce.expose());
        assert_eq!(attempt.verifier.expose(), asked.verifier.expose());
        assert!(response.starts_with("code="));
        let ada = json!({"name": "Ada"}).as_object().unwrap().clone();
        let answer = self.answers.lock().unwrap().pop_front();
        answer.unwrap_or_else(|| Ok(self.redeemed("ada", now, ada))).map_err(|code| self.refused(code))
    }

    async fn refresh(&self, session: &Session, _now: Timestamp) -> Result<Refreshed, ProviderError> {
        self.diary.note(format!("refresh {}", session.tokens.refresh_token.as_deref().unwrap()));
        if let Some(what) = self.meanwhile.lock().unwrap().take() {
            what();
        }
        self.refreshes.lock().unwrap().pop_front().unwrap().map_err(|code| self.refused(code))
    }

    async fn logged_out(&self, _: &str, _: Timestamp) -> Result<LoggedOut, ProviderError> {
        self.logged_out.lock().unwrap().pop_front().unwrap().map_err(|code| self.refused(code))
    }

    async fn pushed(
        &self,
        _: &str,
        _: crate::PushedToken,
        _: Timestamp,
    ) -> Result<Result<crate::Claims, Code>, ProviderError> {
        unreachable!("a log-in is not pushed")
    }

    async fn goodbye(&self, session: &Session) -> Option<String> {
        self.diary.note("goodbye");
        Some(format!("{}/logout?of={}", self.issuer(), session.subject))
    }
}
