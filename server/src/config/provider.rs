//! The settings of one provider: the plain `OIDC_…` ones are the provider `main`,
//! `OIDC_ACME_…` are those of the provider `acme`.

use app::MAIN;
use formats::scim::Reference;
use identity::Access;
use provider::presets::{PRESETS, Preset};
use provider::{ProviderSettings, Proxy, PushedRequests, ResponseMode, ScimSettings, SettingNames};
use secrecy::ExposeSecret;

use url::Url;

use super::admin;
use super::client;
use super::reader::Reader;
use super::settings;
use super::site::{self, OwnUrl, SiteUrl};
use super::timeouts::Timeouts;
use super::values;

/// The algorithms an ID token may be signed with (RFC 7518 3.1, RFC 8037 3.1); never `none`.
const ALGORITHMS: &[&str] = &[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "HS256", "HS384",
    "HS512",
];

/// Longer ones would not stand on a button.
const LONGEST_LABEL: usize = 40;

/// What the reading of a provider needs to know of the rest; `None` is at fault already.
pub(super) struct Surroundings<'a> {
    pub(super) site: Option<&'a SiteUrl>,
    /// Where a log-out ends.
    pub(super) after_log_out: Option<&'a OwnUrl>,
    /// Whether the plain settings came under Kinde's names.
    pub(super) kinde_names: bool,
    /// The names of the claims that rights in the studio rest on.
    pub(super) claims_of_rights: &'a [String],
}

/// Whether the plain provider is given under Kinde's names.
pub(super) fn came_by_kinde(reader: &Reader<'_>) -> bool {
    ["KINDE_ISSUER_URL", "KINDE_CLIENT_ID", "KINDE_CLIENT_SECRET"]
        .iter()
        .any(|name| reader.exactly(name).is_some())
}

/// Reads `main`, if it is set, and the providers that `OIDC_PROVIDERS` names.
pub(super) fn read_all(reader: &Reader<'_>, around: &Surroundings<'_>) -> Vec<ProviderSettings> {
    let timeouts = Timeouts::default().read(reader, "OIDC_");
    let main = read(reader, MAIN, timeouts.clone(), around);
    let named = reader.parsed("OIDC_PROVIDERS", names).unwrap_or_default();
    let named = named.iter().filter_map(|name| {
        let timeouts = timeouts.read(reader, &prefix(name));
        read(reader, name, timeouts, around)
    });
    let proxy = proxy(reader);
    main.into_iter().chain(named).map(|settings| settings.by_way_of(proxy.clone())).collect()
}

/// The names of the providers that are set, whether or not all of their settings can be read.
pub(super) fn all_names(reader: &Reader<'_>) -> Vec<String> {
    let is_main = ["ISSUER_URL", "CLIENT_ID"]
        .iter()
        .any(|setting| reader.given(&format!("{}{setting}", prefix(MAIN))).is_some());
    let main = is_main.then(|| MAIN.to_owned());
    let listed = reader.given("OIDC_PROVIDERS").and_then(|given| names(given.value.trim()).ok());
    main.into_iter().chain(listed.unwrap_or_default()).collect()
}

/// The proxy of the process, under the names that other programs read it by; the small ones win, as with curl.
fn proxy(reader: &Reader<'_>) -> Option<Proxy> {
    let given = |small: &'static str, large: &'static str| {
        if reader.exactly(small).is_some() { small } else { large }
    };
    let except = reader.exactly(given("no_proxy", "NO_PROXY"));
    let address = given("https_proxy", "HTTPS_PROXY");
    reader.parsed(address, |address| Proxy::new(address, except.as_deref()))
}

/// What the names of this provider's settings begin with.
pub(crate) fn prefix(provider: &str) -> String {
    match provider {
        MAIN => "OIDC_".to_owned(),
        name => format!("OIDC_{}_", name.to_ascii_uppercase()),
    }
}

/// Reads the provider of this name. `None` where it is not set, or at fault.
///
/// Every setting of it is looked at either way, so that all faults come at once.
fn read(
    reader: &Reader<'_>,
    name: &str,
    timeouts: Timeouts,
    around: &Surroundings<'_>,
) -> Option<ProviderSettings> {
    let is_main = name == MAIN;
    let prefix = prefix(name);
    let named = |setting: &str| format!("{prefix}{setting}");
    let by_kinde = is_main && around.kinde_names;

    let issuer =
        reader.parsed(&named("ISSUER_URL"), |value| site::issuer(value).map(|url| (value.to_owned(), url)));
    let client_id = reader.parsed(&named("CLIENT_ID"), values::client_id);
    let credentials = client::read(reader, &prefix);
    let preset = reader
        .parsed(&named("PRESET"), preset)
        .or(by_kinde.then(|| Preset::named("kinde")).flatten())
        .or(issuer.as_ref().map(|(_, url)| Preset::of_issuer(url)));
    let known = issuer.as_ref().map(|(_, url)| url).zip(preset);
    let admin = admin::read(reader, &prefix, known);
    let label = reader.parsed(&named("LABEL"), label);
    let reference = reader.parsed(&named("REFERENCE"), claim);
    let retired = reader.or(&named("RETIRED"), "off", values::switch);
    let scim = scim(reader, &prefix);
    let scopes = reader.parsed(&named("SCOPES"), values::scopes);
    let audience = reader.parsed(&named("AUDIENCE"), values::words);
    let response_mode = reader.parsed(&named("RESPONSE_MODE"), response_mode);
    let par = reader.parsed(&named("PAR"), pushed_requests);
    let alg = reader.parsed(&named("ID_TOKEN_ALG"), algorithm);
    let trusted = reader.parsed(&named("TRUSTED_AUDIENCES"), values::words);
    let missing_limit = reader.parsed(&named("MISSING_LIMIT"), values::missing_limit);

    if alg.as_ref().is_some_and(|alg| alg.starts_with("HS")) && credentials.secret.is_none() {
        let sentence = format!("is an HMAC, which needs {}", named("CLIENT_SECRET"));
        reader.invalid(named("ID_TOKEN_ALG"), sentence);
    }
    let begun = ["ISSUER_URL", "CLIENT_ID", "CLIENT_SECRET"]
        .iter()
        .any(|setting| reader.given(&named(setting)).is_some());
    if begun || !is_main {
        demand(reader, &named("ISSUER_URL"), by_kinde);
        demand(reader, &named("CLIENT_ID"), by_kinde);
    }

    let (site, after_log_out) = (around.site?, around.after_log_out?);
    let ((issuer, address), client_id, preset) = (issuer?, client_id?, preset?);
    let reference = reference.unwrap_or_else(|| preset.reference.to_owned());
    let default_scopes = || preset.scopes.iter().map(|&scope| scope.to_owned()).collect();
    let (scopes, parameters) = preset.spell_scopes(scopes.unwrap_or_else(default_scopes));
    let as_written = preset.redirects_as_written || by_kinde;
    Some(ProviderSettings {
        name: name.to_owned(),
        label: label.unwrap_or_else(|| preset.label.map_or_else(|| host_of(&address), str::to_owned)),
        is_retired: retired?,
        issuer,
        client_id,
        client_secret: credentials.secret,
        client_auth: credentials.auth,
        client_key: credentials.key,
        client_key_id: credentials.key_id,
        scopes,
        audience: audience.unwrap_or_default(),
        parameters,
        preset,
        response_mode: response_mode.unwrap_or(ResponseMode::Query),
        par: par.unwrap_or_default(),
        id_token_alg: alg.unwrap_or_else(|| "RS256".to_owned()),
        trusted_audiences: trusted.unwrap_or_default(),
        careful_claims: around
            .claims_of_rights
            .iter()
            .map(String::as_str)
            .chain(Access::RIGHTS)
            .chain([reference.as_str()])
            .map(str::to_owned)
            .collect(),
        reference,
        scim,
        redirect_uri: site.at(&match (is_main, by_kinde) {
            (true, true) => app::KINDE_CALLBACK.to_owned(),
            (true, false) => app::CALLBACK.to_owned(),
            (false, _) => format!("{}/{name}", app::CALLBACK),
        }),
        post_logout_redirect_uri: after_log_out.registered(as_written).to_owned(),
        metadata_ttl: timeouts.metadata_ttl,
        jwks_cooldown: timeouts.jwks_cooldown,
        http_timeout: timeouts.http_timeout,
        clock_skew: timeouts.clock_skew,
        admin: admin.settings,
        scan_every: admin.scan_every,
        missing_limit: missing_limit.unwrap_or_default(),
        ca_file: timeouts.ca_file,
        proxy: None,
        names: names_of(&prefix, by_kinde),
    })
}

/// The names under which the operator finds these settings.
fn names_of(prefix: &str, by_kinde: bool) -> SettingNames {
    let called = |name: &str| {
        let own = format!("{prefix}{name}");
        let kinde = settings::kinde_name(&own).filter(|_| by_kinde);
        kinde.map_or(own, str::to_owned)
    };
    SettingNames {
        issuer_url: called("ISSUER_URL"),
        client_id: called("CLIENT_ID"),
        client_secret: called("CLIENT_SECRET"),
        client_key: called("CLIENT_KEY"),
        client_auth: called("CLIENT_AUTH"),
        id_token_alg: called("ID_TOKEN_ALG"),
        par: called("PAR"),
        ca_file: called("CA_FILE"),
    }
}

/// A fault where a setting that must be there is not, under the name the operator would look for.
pub(super) fn demand(reader: &Reader<'_>, setting: &str, by_kinde: bool) {
    if reader.given(setting).is_none() {
        let kinde = settings::kinde_name(setting).filter(|_| by_kinde);
        reader.invalid(kinde.unwrap_or(setting), "is missing");
    }
}

/// The names in `OIDC_PROVIDERS`.
///
/// # Errors
/// A sentence, where one could not be told from a plain setting, or is there twice.
pub(super) fn names(value: &str) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for name in value.split(',').map(str::trim) {
        if !is_name(name) {
            return Err("must list names of small letters and digits, separated by commas".to_owned());
        }
        if name == MAIN {
            return Err("must not name `main`, which is the provider of the plain settings".to_owned());
        }
        if settings::begins_a_setting(name) {
            return Err(format!("must not name `{name}`, a word that settings begin with"));
        }
        if names.iter().any(|before| before == name) {
            return Err(format!("names `{name}` twice"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// Whether a provider may be called so.
pub(super) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn preset(word: &str) -> Result<&'static Preset, String> {
    Preset::named(word).ok_or_else(|| {
        let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

fn response_mode(word: &str) -> Result<ResponseMode, String> {
    match word {
        "query" => Ok(ResponseMode::Query),
        "form_post" => Ok(ResponseMode::FormPost),
        _ => Err("must be query or form_post".to_owned()),
    }
}

/// What stands in a sentence of ours.
fn label(text: &str) -> Result<String, String> {
    match text.chars().count() <= LONGEST_LABEL && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err(format!("must be one line of at most {LONGEST_LABEL} letters")),
    }
}

/// The provider's SCIM client, if it has a token.
fn scim(reader: &Reader<'_>, prefix: &str) -> Option<ScimSettings> {
    let named = |setting: &str| format!("{prefix}{setting}");
    let reference = reader.parsed(&named("SCIM_SUBJECT"), |word| {
        word.parse::<Reference>().map_err(|_| "must be externalId or userName".to_owned())
    });
    let token = reader.secret(&named("SCIM_TOKEN"));
    if reference.is_some() && token.is_none() {
        let sentence = format!("is set, but {} is not", named("SCIM_TOKEN"));
        reader.invalid(named("SCIM_SUBJECT"), sentence);
    }
    if token.as_ref().is_some_and(|token| !is_bearer(token.expose_secret())) {
        let sentence =
            "must be of the letters, digits and signs of a bearer token; `openssl rand -hex 32` makes one";
        reader.invalid(named("SCIM_TOKEN"), sentence);
    }
    Some(ScimSettings { token: token?, reference: reference.unwrap_or_default() })
}

/// What can stand behind `Bearer` (visible ASCII, without blanks).
fn is_bearer(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The name of a claim, of which a token has but one.
fn claim(name: &str) -> Result<String, String> {
    let is_name = name.len() <= 255 && !name.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_name { Ok(name.to_owned()) } else { Err("must be the name of one claim".to_owned()) }
}

fn host_of(issuer: &Url) -> String {
    let port = issuer.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", issuer.host_str().unwrap_or_default())
}

fn pushed_requests(word: &str) -> Result<PushedRequests, String> {
    match word {
        "auto" => Ok(PushedRequests::Auto),
        "on" => Ok(PushedRequests::On),
        "off" => Ok(PushedRequests::Off),
        _ => Err("must be auto, on or off".to_owned()),
    }
}

fn algorithm(word: &str) -> Result<String, String> {
    match ALGORITHMS.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(format!("must be one of {}", ALGORITHMS.join(", "))),
    }
}
