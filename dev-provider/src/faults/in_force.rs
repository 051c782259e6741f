//! The faults that concern one answer, and what they make of it.

use serde_json::{Map, Value};

use super::bite::{Bite, Doc, Jwt, Reply, Scene};
use super::table::Fault;
use crate::calls::Endpoint;
use crate::jwt::Draft;
use crate::params::Params;

/// The faults that concern the answer at hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct InForce(pub(crate) Vec<Fault>);

impl InForce {
    pub(crate) fn params(&self, params: &mut Params, scene: &Scene) {
        for fault in &self.0 {
            if let Bite::Params(change) = fault.bite() {
                change(params, scene);
            }
        }
    }

    pub(crate) fn jwt(&self, which: Jwt, draft: &mut Draft, scene: &Scene) {
        for fault in &self.0 {
            if let Bite::Jwt(kind, change) = fault.bite()
                && kind == which
            {
                change(draft, scene);
            }
        }
    }

    pub(crate) fn json(&self, which: Doc, document: &mut Map<String, Value>, scene: &Scene) {
        for fault in &self.0 {
            if let Bite::Json(kind, change) = fault.bite()
                && kind == which
            {
                change(document, scene);
            }
        }
    }

    pub(crate) fn subject(&self, subject: &str) -> Value {
        let changed = self.0.iter().find_map(|fault| match fault.bite() {
            Bite::Subject(change) => Some(change(subject)),
            _ => None,
        });
        changed.unwrap_or_else(|| subject.into())
    }

    pub(crate) fn jwks(&self, keys: &mut Vec<Value>) {
        for fault in &self.0 {
            if let Bite::Jwks(change) = fault.bite() {
                change(keys);
            }
        }
    }

    pub(crate) fn reply(&self, at: Endpoint) -> Option<Reply> {
        self.0.iter().find_map(|fault| match fault.bite() {
            Bite::Http(endpoint, reply) if endpoint == at => Some(reply),
            _ => None,
        })
    }

    /// Whether userinfo is to be sent as a JWT.
    pub(crate) fn sign_userinfo(&self) -> bool {
        let signs = |fault: &Fault| matches!(fault.bite(), Bite::Jwt(Jwt::Userinfo, _));
        self.0.iter().any(signs)
    }
}
