//! What people call a provider.

use std::sync::Arc;

use identity::Provider;

/// Whether there is a choice of providers.
pub(crate) fn several_providers() -> bool {
    crate::login().is_ok_and(|login| login.providers().len() > 1)
}

/// What people call the provider of an identity: the one of this name if it still is of this issuer, else whichever
/// vouches for the issuer, else the issuer's host. A name in the settings is for whoever writes settings.
pub(crate) fn name_of(provider: &str, issuer: &str) -> String {
    let login = crate::login().ok();
    let known = login.as_ref().and_then(|login| {
        let is_it = |one: &&Arc<dyn Provider>| one.vouches_for(issuer);
        let named = login.provider(provider).ok().filter(is_it);
        named.or_else(|| login.providers().iter().find(is_it))
    });
    known.map_or_else(|| issuer_host(issuer), |known| known.label().to_owned())
}

/// What people call the provider of this name, where no issuer is at hand; of one that is in the settings no more,
/// nothing but its name is known.
pub(crate) fn label(provider: &str) -> String {
    let known = crate::login().ok().and_then(|login| Some(login.provider(provider).ok()?.label().to_owned()));
    known.unwrap_or_else(|| if provider == crate::MAIN { "a former provider" } else { provider }.to_owned())
}

/// What a provider is called in a sentence; none where there is but the one of the plain settings, or it is there no
/// more.
pub(crate) fn spoken(provider: &str) -> Option<String> {
    let known = crate::login().ok()?.provider(provider).ok()?.label().to_owned();
    (provider != crate::MAIN || several_providers()).then_some(known)
}

/// The host of an issuer, to recognise it by.
pub(crate) fn issuer_host(issuer: &str) -> String {
    let (_, rest) = issuer.split_once("://").unwrap_or(("", issuer));
    rest.split('/').next().unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_recognised_by_its_host() {
        assert_eq!(issuer_host("https://id.example.org/realms/staff"), "id.example.org");
        assert_eq!(issuer_host("http://127.0.0.1:4000"), "127.0.0.1:4000");
        assert_eq!(issuer_host("accounts.google.com"), "accounts.google.com");
    }
}
