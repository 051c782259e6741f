//! What the settings say of one provider's client: its token, and which attribute is the reference.

use formats::Heard;
use formats::scim::{Error, Reference, Resource, ScimType};
use http::{HeaderMap, header};
use identity::{Digest, MissingLimit, Origin, Pushed, Source, Timestamp};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::ROOT;
use crate::config::Config;

/// A provider whose client may keep users here.
pub(crate) struct Realm {
    /// Its name in the settings.
    pub(super) provider: String,
    /// The address of all of it, without a slash at its end.
    pub(super) base: String,
    /// The attribute that is the reference.
    pub(super) attribute: Reference,
    issuer: String,
    is_subject: bool,
    is_retired: bool,
    /// Whether a reference is a GUID (Entra).
    is_guid: bool,
    token: Digest,
    /// How many may be taken away at once.
    pub(super) limit: MissingLimit,
}

/// All that have a token.
pub(crate) fn realms(config: &Config) -> Vec<Realm> {
    let realm = |settings: &provider::ProviderSettings| {
        let scim = settings.scim.as_ref()?;
        Some(Realm {
            provider: settings.name.clone(),
            base: config.site_url.at(&format!("{ROOT}/{}", settings.name)),
            attribute: scim.reference,
            issuer: settings.issuer.clone(),
            is_subject: settings.reference == "sub",
            is_retired: settings.is_retired,
            is_guid: settings.preset.name == "entra" && settings.reference == "oid",
            token: digest(scim.token.expose_secret()),
            limit: settings.missing_limit,
        })
    };
    config.providers.iter().filter_map(realm).collect()
}

/// Compared in constant time by their digests, which are of one length.
fn digest(token: &str) -> Digest {
    Digest::of_pair("scim", token)
}

impl Realm {
    /// Whether the request has this provider's bearer token (RFC 6750 2.1).
    pub(super) fn lets_in(&self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(given), None) = (given.next(), given.next()) else { return false };
        let token = given.to_str().ok().and_then(|given| given.split_once(' '));
        token.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && self.token.matches(&digest(token.trim()))
        })
    }

    /// What a client said, as of now.
    pub(super) fn pushed(&self, heard: Heard, now: Timestamp) -> Pushed {
        let Heard { reference, claims, extent, standing, linked, at: _ } = heard;
        Pushed {
            provider: self.provider.clone(),
            issuer: self.issuer.clone(),
            is_subject: self.is_subject,
            is_retired: self.is_retired,
            reference,
            origin: Origin { at: now, received_at: now, source: Source::Scim, actor: None, run: None },
            extent,
            claims,
            standing,
            linked,
        }
    }

    /// The reference of a resource, which no log-in would ever have if it is none of this provider's.
    pub(super) fn check(&self, resource: &Resource) -> Result<(), Error> {
        let is_guid = |text: &str| text.len() == 36 && text.parse::<Uuid>().is_ok();
        match resource.reference(self.attribute) {
            Some(reference) if self.is_guid && !is_guid(reference) => Err(Error {
                status: 400,
                scim_type: Some(ScimType::InvalidValue),
                code: "invalid_value",
                detail: "map objectId to externalId in the attribute mappings; Entra's own default, mailNickname, is no \
                         id by which anybody logs in",
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn realm() -> Realm {
        Realm {
            provider: "main".into(),
            base: "https://app.example/scim/v2/main".into(),
            attribute: Reference::ExternalId,
            issuer: "https://id.example".into(),
            is_subject: true,
            is_guid: false,
            is_retired: false,
            token: digest("t0ken"),
            limit: MissingLimit::default(),
        }
    }

    fn with(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn only_the_token_itself_lets_in() {
        for good in ["Bearer t0ken", "bearer t0ken", "BEARER  t0ken "] {
            assert!(realm().lets_in(&with(&[good])), "{good}");
        }
        for bad in ["", "t0ken", "Bearer", "Bearer ", "Bearer T0KEN", "Bearer t0ken2", "Basic t0ken"] {
            assert!(!realm().lets_in(&with(&[bad])), "{bad}");
        }
        assert!(!realm().lets_in(&with(&[])));
        assert!(!realm().lets_in(&with(&["Bearer t0ken", "Bearer t0ken"])), "which of two was meant?");
    }

    #[test]
    fn an_entra_reference_that_is_no_guid_is_told_what_to_map() {
        let named = |external_id: &str| {
            let body = serde_json::json!({"userName": "ada", "externalId": external_id});
            Resource::read(body, Reference::ExternalId).unwrap()
        };
        let entra = Realm { is_guid: true, ..realm() };
        let refused = entra.check(&named("ada.lovelace")).unwrap_err();
        assert!(refused.detail.starts_with("map objectId"), "{refused}");
        assert!(entra.check(&named("6c1dd94d-01ed-44bb-a0ab-29c2d2eb5d0b")).is_ok());
        assert!(realm().check(&named("ada.lovelace")).is_ok());
    }
}
