//! Setting out: which provider, what it is asked, what is remembered.

use super::*;

fn asked(provider: Option<&str>) -> LoginRequest {
    LoginRequest { provider: provider.map(str::to_owned), ..LoginRequest::default() }
}

async fn chosen(providers: &[&str], provider: Option<&str>) -> Result<Begun, LoginError> {
    let stage = Stage::with(providers);
    stage.login.begin(asked(provider), &stage.browser, None).await
}

fn at(name: &str) -> Begun {
    Begun::Provider(format!("https://{name}.example/authorize"))
}

#[tokio::test]
async fn a_named_provider_is_the_one() {
    assert_eq!(chosen(&["main", "kinde"], Some("kinde")).await.unwrap(), at("kinde"));
    assert_eq!(chosen(&["main", "kinde"], Some("main")).await.unwrap(), at("main"));
}

#[tokio::test]
async fn a_provider_that_nobody_named_in_the_settings_is_refused() {
    assert_eq!(code(chosen(&["main", "kinde"], Some("google")).await), Code::ProviderUnknown);
    assert_eq!(code(chosen(&["kinde"], Some("Kinde")).await), Code::ProviderUnknown);
}

#[tokio::test]
async fn without_a_name_it_is_main_wherever_it_stands() {
    assert_eq!(chosen(&["main", "kinde"], None).await.unwrap(), at("main"));
    assert_eq!(chosen(&["kinde", "main"], None).await.unwrap(), at("main"));
}

#[tokio::test]
async fn without_main_it_is_the_only_one() {
    assert_eq!(chosen(&["kinde"], None).await.unwrap(), at("kinde"));
}

#[tokio::test]
async fn of_several_without_main_the_visitor_chooses_and_nothing_is_remembered() {
    let stage = Stage::with(&["kinde", "google"]);
    let begun = stage.login.begin(asked(None), &stage.browser, None).await.unwrap();
    assert_eq!(begun, Begun::Choose);
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn the_provider_is_asked_what_the_visitor_asked() {
    let stage = Stage::new();
    let request = LoginRequest {
        login_hint: Some("ada".into()),
        prompt: Some("login".into()),
        max_age: Some(5),
        acr_values: Some(" gold  silver ".into()),
        further: [("org_code".into(), "org".into())].into(),
        ..LoginRequest::default()
    };
    stage.login.begin(request, &stage.browser, None).await.unwrap();
    let ask = stage.main().asked();
    assert_eq!((ask.login_hint.as_deref(), ask.prompt.as_deref()), (Some("ada"), Some("login")));
    assert_eq!((ask.max_age, ask.further.get("org_code").map(String::as_str)), (Some(5), Some("org")));
    assert_eq!(ask.acr_values, ["gold", "silver"]);
    let attempt = stage.store.attempts().remove(0);
    assert_eq!((attempt.max_age, attempt.acr_values), (Some(5), vec!["gold".into(), "silver".into()]));
}

#[tokio::test]
async fn the_attempt_is_remembered_for_this_browser_and_for_a_while() {
    let stage = Stage::new();
    let viewer = stage.viewer(&stage.sign_in().await).await.unwrap();
    stage.diary.read();
    stage.login.begin(asked(None), &stage.browser, Some(&viewer)).await.unwrap();
    let (ask, attempt) = (stage.main().asked(), stage.store.attempts().pop().unwrap());
    assert_eq!(stage.diary.read(), ["ask", "issue"]);
    assert_eq!((attempt.state, attempt.browser), (ask.state.digest(), stage.browser.digest()));
    assert_eq!(
        (attempt.nonce.digest(), attempt.verifier.digest()),
        (ask.nonce.digest(), ask.verifier.digest())
    );
    assert_eq!((attempt.provider.as_str(), attempt.issuer.as_str()), ("main", "https://main.example"));
    assert_eq!((attempt.created_at, attempt.expires_at), (stage.now(), stage.now() + LOGIN_TTL));
    let link = Link { user: viewer.user.id, session: viewer.session.id };
    assert_eq!(attempt.joins, Joins::Link(link));
    assert_ne!(ask.state.digest(), ask.nonce.digest());
    assert_ne!(ask.state.digest(), ask.verifier.digest());
    assert_ne!(ask.nonce.digest(), ask.verifier.digest());
}

#[tokio::test]
async fn a_log_in_leads_where_it_was_asked_to_lead_on_our_own_origin_only() {
    for (wanted, leads) in [
        (Some("/notes?a=%2F"), "/notes?a=%2F"),
        (Some("http://localhost:3000/notes"), "http://localhost:3000/notes"),
        (Some("https://evil.example/"), "/dashboard"),
        (Some("//evil.example"), "/dashboard"),
        (None, "/dashboard"),
    ] {
        let stage = Stage::new();
        let request = LoginRequest { return_to: wanted.map(str::to_owned), ..LoginRequest::default() };
        stage.login.begin(request, &stage.browser, None).await.unwrap();
        assert_eq!(stage.store.attempts()[0].return_to, leads);
    }
}

#[tokio::test]
async fn a_provider_that_is_down_is_said_to_be_and_nothing_is_remembered() {
    let stage = Stage::new();
    stage.main().go_down();
    let refused = stage.login.begin(asked(None), &stage.browser, None).await.unwrap_err();
    assert_eq!((refused.code(), refused.provider()), (Code::ProviderUnavailable, Some("main")));
    assert!(stage.store.attempts().is_empty());
}
