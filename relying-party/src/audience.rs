//! Whether a token is meant for this client: `aud` and `azp`.

use crate::Code;
use crate::json::present;
use serde_json::{Map, Value};

/// What `aud` must hold, beside what OpenID Connect Core 3.1.3.7 (3) to (5) asks for by itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum AudienceRule {
    /// The client; every other audience is one that is trusted.
    #[default]
    Client,
    /// Likewise, or the issuer alone where `azp` is the client.
    ClientOrIssuer,
    /// The client; where `azp` is the client too, any others. The provider lists every client of a project.
    ClientAmongOthers,
}

/// Who we are to the provider, and which other audiences a token of ours may name.
pub(crate) struct Audience<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) trusted: &'a [String],
    pub(crate) rule: AudienceRule,
}

impl Audience<'_> {
    /// OpenID Connect Core 3.1.3.7 (3) to (5): the client is an audience, every other one is
    /// trusted, and `azp` names the client wherever it is there or needed.
    pub(crate) fn check(&self, claims: &Map<String, Value>) -> Result<Vec<String>, Code> {
        let audience = audiences(claims).ok_or(Code::AudienceMissing)?;
        let azp = present(claims, "azp");
        let azp_needed = self.is_issuer_alone(&audience) || self.has_others(&audience)?;
        match azp {
            Some(azp) if azp != self.client_id => Err(Code::AuthorizedPartyMismatch),
            None if azp_needed => Err(Code::AuthorizedPartyMissing),
            _ => Ok(audience),
        }
    }

    fn is_issuer_alone(&self, audience: &[String]) -> bool {
        self.rule == AudienceRule::ClientOrIssuer && audience.iter().all(|one| one == self.issuer)
    }

    fn has_others(&self, audience: &[String]) -> Result<bool, Code> {
        let (ours, others): (Vec<_>, Vec<_>) = audience.iter().partition(|one| *one == self.client_id);
        if ours.is_empty() {
            return Err(Code::AudienceMismatch);
        }
        let any = self.rule == AudienceRule::ClientAmongOthers;
        if !any && others.iter().any(|other| !self.trusted.contains(other)) {
            return Err(Code::AudienceUntrusted);
        }
        Ok(!others.is_empty())
    }
}

/// `aud` as a list: it is a text or a list of texts that is not empty (RFC 7519 4.1.3).
pub(crate) fn audiences(claims: &Map<String, Value>) -> Option<Vec<String>> {
    match claims.get("aud")? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(many) if !many.is_empty() => {
            many.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(claims: Value) -> Result<Vec<String>, Code> {
        let trusted = ["api".to_owned()];
        by(AudienceRule::Client, &trusted, claims)
    }

    fn kinde(claims: Value) -> Result<Vec<String>, Code> {
        by(AudienceRule::ClientOrIssuer, &[], claims)
    }

    fn zitadel(claims: Value) -> Result<Vec<String>, Code> {
        by(AudienceRule::ClientAmongOthers, &[], claims)
    }

    fn by(rule: AudienceRule, trusted: &[String], claims: Value) -> Result<Vec<String>, Code> {
        Audience { client_id: "me", issuer: "https://k", trusted, rule }.check(claims.as_object().unwrap())
    }

    #[test]
    fn the_client_as_text_or_in_a_list_is_enough() {
        assert_eq!(check(json!({"aud":"me"})), Ok(vec!["me".into()]));
        assert_eq!(check(json!({"aud":["me"]})), Ok(vec!["me".into()]));
        assert!(check(json!({"aud":["me","me"]})).is_ok());
        assert!(check(json!({"aud":"me","azp":"me"})).is_ok());
        assert!(check(json!({"aud":"me","azp":null})).is_ok());
    }

    #[test]
    fn an_audience_that_is_no_text_is_missing() {
        let odd = [
            json!({}),
            json!({"aud":null}),
            json!({"aud":[]}),
            json!({"aud":5}),
            json!({"aud":["me",5]}),
            json!({"aud":{"me":"me"}}),
            json!({"aud":[["me"]]}),
        ];
        for claims in odd {
            assert_eq!(check(claims.clone()), Err(Code::AudienceMissing), "{claims}");
        }
    }

    #[test]
    fn another_client_is_a_mismatch() {
        for aud in [json!("other"), json!("ME"), json!("me "), json!(""), json!(["api"]), json!("me,api")] {
            let claims = json!({"aud":aud,"azp":"me"});
            assert_eq!(check(claims.clone()), Err(Code::AudienceMismatch), "{claims}");
        }
    }

    #[test]
    fn a_further_audience_must_be_trusted_and_azp_must_be_the_client() {
        assert!(check(json!({"aud":["me","api"],"azp":"me"})).is_ok());
        assert!(check(json!({"aud":["api","me"],"azp":"me"})).is_ok());
        assert_eq!(check(json!({"aud":["me","api"]})), Err(Code::AuthorizedPartyMissing));
        assert_eq!(check(json!({"aud":["me","api"],"azp":null})), Err(Code::AuthorizedPartyMissing));
        assert_eq!(check(json!({"aud":["me","evil"],"azp":"me"})), Err(Code::AudienceUntrusted));
        assert_eq!(check(json!({"aud":["me","api","evil"],"azp":"me"})), Err(Code::AudienceUntrusted));
    }

    #[test]
    fn an_azp_that_is_there_is_the_client() {
        for azp in [json!("other"), json!(""), json!(5), json!(["me"])] {
            let claims = json!({"aud":"me","azp":azp});
            assert_eq!(check(claims.clone()), Err(Code::AuthorizedPartyMismatch), "{claims}");
        }
        assert_eq!(check(json!({"aud":["me","api"],"azp":"api"})), Err(Code::AuthorizedPartyMismatch));
    }

    #[test]
    fn clients_of_the_same_project_are_audiences_only_where_set_and_with_azp() {
        assert!(zitadel(json!({"aud":["project","other","me"],"azp":"me"})).is_ok());
        assert!(zitadel(json!({"aud":"me"})).is_ok());
        assert_eq!(zitadel(json!({"aud":["me","other"]})), Err(Code::AuthorizedPartyMissing));
        assert_eq!(zitadel(json!({"aud":["me","other"],"azp":"other"})), Err(Code::AuthorizedPartyMismatch));
        assert_eq!(zitadel(json!({"aud":["project","other"],"azp":"me"})), Err(Code::AudienceMismatch));
        assert_eq!(zitadel(json!({"aud":["https://k"],"azp":"me"})), Err(Code::AudienceMismatch));
        assert_eq!(kinde(json!({"aud":["me","other"],"azp":"me"})), Err(Code::AudienceUntrusted));
    }

    #[test]
    fn the_issuer_alone_is_an_audience_only_where_set_and_with_azp() {
        assert!(kinde(json!({"aud":["https://k"],"azp":"me"})).is_ok());
        assert!(kinde(json!({"aud":"me"})).is_ok());
        assert_eq!(kinde(json!({"aud":["https://k"]})), Err(Code::AuthorizedPartyMissing));
        assert_eq!(kinde(json!({"aud":["https://k"],"azp":"x"})), Err(Code::AuthorizedPartyMismatch));
        assert_eq!(kinde(json!({"aud":["https://k/"],"azp":"me"})), Err(Code::AudienceMismatch));
        assert_eq!(kinde(json!({"aud":["https://k","x"],"azp":"me"})), Err(Code::AudienceMismatch));
        assert_eq!(kinde(json!({"aud":["https://k","me"],"azp":"me"})), Err(Code::AudienceUntrusted));
        assert_eq!(check(json!({"aud":["https://k"],"azp":"me"})), Err(Code::AudienceMismatch));
    }
}
