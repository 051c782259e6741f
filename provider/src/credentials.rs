//! How we prove to a provider that we are its client (OpenID Connect Core 9): Basic, post, a signed
//! assertion, or not at all.

mod der;
mod key;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use relying_party::Metadata;
use secrecy::{ExposeSecret, SecretString};

use self::der::Unusable;
use self::key::SigningKey;
use crate::settings::{ClientAuth, ProviderSettings};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What we have to prove ourselves with.
pub(super) struct Credentials {
    client_id: String,
    secret: Option<SecretString>,
    key: Option<SigningKey>,
    auth: Option<ClientAuth>,
}

/// What a request to the provider carries for it.
#[derive(Default)]
pub(super) struct Proof {
    /// Further parameters of the form.
    pub(super) form: Vec<(&'static str, String)>,
    /// The `Authorization` header.
    pub(super) authorization: Option<String>,
}

/// The private key is none that we can sign with.
#[derive(Debug, thiserror::Error)]
#[error("{setting} {reason}")]
pub struct KeyError {
    setting: String,
    reason: Unusable,
}

impl Credentials {
    pub(super) fn new(settings: &ProviderSettings) -> Result<Self, KeyError> {
        let key = settings.client_key.as_ref().map(|pem| {
            SigningKey::parse(pem.expose_secret(), settings.client_key_id.clone())
                .map_err(|reason| KeyError { setting: settings.names.client_key.clone(), reason })
        });
        Ok(Self {
            client_id: settings.client_id.clone(),
            secret: settings.client_secret.clone(),
            key: key.transpose()?,
            auth: settings.client_auth,
        })
    }

    /// The secret as the key of an ID token signed with HMAC.
    pub(super) fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(SecretString::expose_secret)
    }

    /// The proof for one request: as set, else Basic where metadata lists it or lists nothing, else post.
    /// `now` in seconds; `id` is fresh for each assertion.
    pub(super) fn proof(&self, metadata: &Metadata, issuer: &str, now: i64, id: &str) -> Proof {
        let listed = metadata.token_endpoint_auth_methods_supported.as_deref();
        let basic = listed.is_none_or(|listed| listed.iter().any(|one| one == "client_secret_basic"));
        let auth = self.auth.unwrap_or(if basic { ClientAuth::Basic } else { ClientAuth::Post });
        let id_parameter = ("client_id", self.client_id.clone());
        match (auth, self.secret(), &self.key) {
            (ClientAuth::Basic, Some(secret), _) => {
                Proof { form: Vec::new(), authorization: Some(self.basic(secret)) }
            }
            (ClientAuth::Post, Some(secret), _) => {
                Proof { form: vec![id_parameter, ("client_secret", secret.to_owned())], authorization: None }
            }
            (ClientAuth::PrivateKeyJwt, _, Some(key)) => {
                let mut form = vec![id_parameter, ("client_assertion_type", ASSERTION_TYPE.to_owned())];
                let listed = metadata.token_endpoint_auth_signing_alg_values_supported.as_deref();
                let assertion = key.assertion(&self.client_id, issuer, now, id, listed);
                form.extend(assertion.map(|jwt| ("client_assertion", jwt)));
                Proof { form, authorization: None }
            }
            _ => Proof { form: vec![id_parameter], authorization: None },
        }
    }

    /// RFC 6749 2.3.1: both parts are form-encoded before they are joined.
    fn basic(&self, secret: &str) -> String {
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&self.client_id), encode(secret));
        format!("Basic {}", BASE64_STANDARD.encode(pair))
    }
}
