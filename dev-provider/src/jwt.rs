//! A JSON Web Token on its way to being sealed. Faults change the draft at this one place, so
//! header, claims, text and signature can each be wrong alone.

use ring::hmac;
use serde_json::{Map, Value, json};

use crate::keys::{Algorithm, Keys, b64};
use crate::rewrite::Edit;

/// Header and claims, how they will be signed, and what happens to the text afterwards.
pub(crate) struct Draft {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    seal: Seal,
    repeated: String,
    rewrite: Option<Edit>,
    mangle: fn(String) -> String,
}

/// Who signs.
#[derive(Clone, Copy)]
pub(crate) enum Seal {
    /// The provider, as it should be.
    Own(Algorithm),
    /// Somebody else, with RS256.
    Foreign,
    /// Nobody.
    Nobody,
    /// HMAC with the client's secret.
    Secret,
    /// HMAC with the provider's public key as PEM.
    PublicKey,
}

impl Draft {
    pub(crate) fn new(kid: &str, algorithm: Algorithm, claims: Map<String, Value>) -> Self {
        let mut header = Map::new();
        header.insert("alg".into(), json!(algorithm.name()));
        header.insert("kid".into(), json!(kid));
        header.insert("typ".into(), json!("JWT"));
        Self {
            header,
            claims,
            seal: Seal::Own(algorithm),
            repeated: String::new(),
            rewrite: None,
            mangle: |compact| compact,
        }
    }

    /// States a claim.
    pub(crate) fn set(&mut self, claim: &str, value: impl Into<Value>) {
        self.claims.insert(claim.to_owned(), value.into());
    }

    /// Leaves a claim out.
    pub(crate) fn drop(&mut self, claim: &str) {
        self.claims.remove(claim);
    }

    /// States a header parameter.
    pub(crate) fn head(&mut self, name: &str, value: impl Into<Value>) {
        self.header.insert(name.to_owned(), value.into());
    }

    /// Leaves a header parameter out.
    pub(crate) fn behead(&mut self, name: &str) {
        self.header.remove(name);
    }

    /// States a claim twice: this value first, the honest one after it.
    pub(crate) fn twice(&mut self, claim: &str, value: &str) {
        self.repeated += &format!("{}:{},", json!(claim), json!(value));
    }

    /// Signs otherwise and says so in the header.
    pub(crate) fn seal(&mut self, seal: Seal) {
        self.seal = seal;
        self.head(
            "alg",
            match seal {
                Seal::Own(algorithm) => algorithm.name(),
                Seal::Foreign => Algorithm::Rs256.name(),
                Seal::Nobody => "none",
                Seal::Secret | Seal::PublicKey => "HS256",
            },
        );
    }

    /// Signs by the foreign key and shows that key to whoever would take it from the header.
    pub(crate) fn forge(&mut self, parameter: &str, value: impl Into<Value>) {
        self.seal(Seal::Foreign);
        self.head("kid", Keys::foreign().kid.clone());
        self.head(parameter, value);
    }

    /// Changes the text of the claims.
    pub(crate) fn rewrite(&mut self, edit: Option<Edit>) {
        self.rewrite = edit;
    }

    /// Changes the finished text.
    pub(crate) fn mangle(&mut self, mangle: fn(String) -> String) {
        self.mangle = mangle;
    }

    /// The compact serialization (RFC 7515 7.1).
    pub(crate) fn compact(self, keys: &Keys, secret: Option<&str>) -> String {
        let claims = json!(self.claims).to_string();
        let payload = claims.replacen('{', &format!("{{{}", self.repeated), 1);
        let payload = payload.into_bytes();
        let payload = match &self.rewrite {
            Some(edit) => edit(payload),
            None => payload,
        };
        let input = format!("{}.{}", b64(json!(self.header).to_string()), b64(payload));
        let signature = match self.seal {
            Seal::Own(algorithm) => keys.sign(algorithm, input.as_bytes()),
            Seal::Foreign => Keys::foreign().sign(Algorithm::Rs256, input.as_bytes()),
            Seal::Nobody => Vec::new(),
            Seal::Secret => hs256(secret.unwrap_or_default(), &input),
            Seal::PublicKey => hs256(&keys.public_pem(), &input),
        };
        (self.mangle)(format!("{input}.{}", b64(signature)))
    }
}

fn hs256(key: &str, input: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::unb64;

    fn draft() -> Draft {
        let claims = json!({"iss": "https://op.example"});
        Draft::new("dev-1", Algorithm::Rs256, claims.as_object().unwrap().clone())
    }

    fn part(compact: &str, index: usize) -> String {
        String::from_utf8(unb64(compact.split('.').nth(index).unwrap())).unwrap()
    }

    #[test]
    fn a_claim_stated_twice_is_twice_in_the_text() {
        let mut twice = draft();
        twice.twice("iss", "https://evil.example");
        let compact = twice.compact(&Keys::first(), None);
        assert_eq!(part(&compact, 1), r#"{"iss":"https://evil.example","iss":"https://op.example"}"#);
    }

    #[test]
    fn a_draft_that_nothing_touched_says_what_it_should() {
        let compact = draft().compact(&Keys::first(), None);
        assert_eq!(part(&compact, 0), r#"{"alg":"RS256","kid":"dev-1","typ":"JWT"}"#);
        assert_eq!(part(&compact, 1), r#"{"iss":"https://op.example"}"#);
        assert_eq!(unb64(compact.split('.').nth(2).unwrap()).len(), 256);
    }
}
