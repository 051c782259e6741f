//! How this application proves to a provider that it is the client it says it is.

use provider::ClientAuth;
use secrecy::SecretString;

use super::reader::Reader;
use super::secrets;

const METHODS: &[(&str, ClientAuth)] = &[
    ("client_secret_basic", ClientAuth::Basic),
    ("client_secret_post", ClientAuth::Post),
    ("private_key_jwt", ClientAuth::PrivateKeyJwt),
    ("none", ClientAuth::Public),
];

/// What a client can prove itself with.
pub(super) struct Credentials {
    pub(super) secret: Option<SecretString>,
    pub(super) key: Option<SecretString>,
    pub(super) key_id: Option<String>,
    /// `None` where there is but a secret: then metadata decides between Basic and post.
    pub(super) auth: Option<ClientAuth>,
}

/// Reads the settings of one provider; `prefix` is `OIDC_`, or `OIDC_ACME_` for the provider `acme`.
pub(super) fn read(reader: &Reader<'_>, prefix: &str) -> Credentials {
    let named = |setting: &str| format!("{prefix}{setting}");
    let key_is_given = reader.given(&named("CLIENT_KEY")).is_some();
    let key = reader.parsed(&named("CLIENT_KEY"), secrets::private_key);
    let secret = reader.secret(&named("CLIENT_SECRET"));
    let key_id = reader.parsed(&named("CLIENT_KEY_ID"), |id| Ok(id.to_owned()));
    if key_id.is_some() && !key_is_given {
        let sentence = format!("is set, but {} is not", named("CLIENT_KEY"));
        reader.invalid(named("CLIENT_KEY_ID"), sentence);
    }
    let asked = reader.parsed(&named("CLIENT_AUTH"), method);
    if let Some(contradiction) = contradiction(prefix, asked, key_is_given, secret.is_some()) {
        reader.invalid(named("CLIENT_AUTH"), contradiction);
    }
    let auth = asked.or(match (key_is_given, secret.is_some()) {
        (true, _) => Some(ClientAuth::PrivateKeyJwt),
        (false, true) => None,
        (false, false) => Some(ClientAuth::Public),
    });
    Credentials { secret, key, key_id, auth }
}

fn method(word: &str) -> Result<ClientAuth, String> {
    let known = METHODS.iter().find(|(name, _)| *name == word);
    let (_, auth) =
        known.ok_or("must be client_secret_basic, client_secret_post, private_key_jwt or none")?;
    Ok(*auth)
}

fn contradiction(prefix: &str, asked: Option<ClientAuth>, key: bool, secret: bool) -> Option<String> {
    match asked? {
        ClientAuth::PrivateKeyJwt if !key => {
            Some(format!("is private_key_jwt, which needs {prefix}CLIENT_KEY"))
        }
        ClientAuth::Basic | ClientAuth::Post if !secret => {
            Some(format!("asks for a secret, which needs {prefix}CLIENT_SECRET"))
        }
        ClientAuth::Public if key || secret => {
            Some(format!("is none, but {prefix}{} is set", if key { "CLIENT_KEY" } else { "CLIENT_SECRET" }))
        }
        _ => None,
    }
}
