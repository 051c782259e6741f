//! The pages as a browser without script walks them.

use dev_provider::Fault;

use crate::client::{CALLBACK, Rp, header, json, location, sent_back};

/// Opens the page and returns it with the id in its forms.
async fn open(rp: &Rp, extra: &[(&str, &str)]) -> (String, String) {
    let response = rp.get(&format!("/authorize?{}", Rp::request(extra)), "").await;
    assert_eq!(response.status(), 200);
    let page = response.text().await.unwrap();
    let (_, rest) = page.split_once("name=\"request\" value=\"").unwrap();
    let id = rest.split_once('"').unwrap().0.to_owned();
    (page, id)
}

#[tokio::test]
async fn a_person_chosen_on_the_page_comes_back_with_a_code() {
    let rp = Rp::new().await;
    let (page, id) = open(&rp, &[]).await;
    assert!(page.contains("<bdi>Ada Lovelace</bdi> <small>ada@example.com</small>"));
    assert!(!page.contains("DEV|0001"));
    let form = [("request", id.as_str()), ("sub", "dev|0005")];
    let answer = sent_back(&rp.post_as("/authorize/choose", &form, None).await);
    assert_eq!(answer.get("state"), Some("the-state"));
    let tokens = crate::client::tokens(rp.redeem(answer.get("code").unwrap()).await).await;
    assert_eq!(tokens.claims["name"], "Mira 🌻🦊");
}

#[tokio::test]
async fn somebody_new_has_the_name_and_the_unverified_mail_they_gave_or_neither() {
    let rp = Rp::new().await;
    let (_, id) = open(&rp, &[]).await;
    for (name, email) in [("Eve <script>", "eve@example.com"), ("", "")] {
        let form = [("request", id.as_str()), ("name", name), ("email", email)];
        let answer = sent_back(&rp.post_as("/authorize/new", &form, None).await);
        let tokens = crate::client::tokens(rp.redeem(answer.get("code").unwrap()).await).await;
        let stated = |claim: &str| tokens.claims[claim].as_str().unwrap_or_default().to_owned();
        assert!(stated("sub").starts_with("new|"));
        assert_eq!(stated("name"), name);
        assert_eq!(stated("email"), email);
        assert_eq!(tokens.claims["email_verified"] == false, !email.is_empty());
    }
    let (page, _) = open(&rp, &[]).await;
    assert!(page.contains("Eve &lt;script&gt;"));
    assert!(!page.contains("Eve <script>"));
}

#[tokio::test]
async fn cancel_says_access_denied() {
    let rp = Rp::new().await;
    let (_, id) = open(&rp, &[]).await;
    let answer = sent_back(&rp.post_as("/authorize/cancel", &[("request", &id)], None).await);
    assert_eq!(answer.get("error"), Some("access_denied"));
    assert_eq!(answer.get("state"), Some("the-state"));
    assert_eq!(answer.get("iss"), Some(rp.provider.issuer()));
}

#[tokio::test]
async fn sign_up_shows_be_somebody_new_first_and_a_hint_puts_its_person_first() {
    let rp = Rp::new().await;
    let (page, _) = open(&rp, &[("prompt", "create")]).await;
    assert!(page.contains("<h1>Be somebody new</h1>"));
    let (page, _) = open(&rp, &[("login_hint", "grace@example.com")]).await;
    assert!(page.contains("<h1>Choose an account</h1>"));
    assert!(page.find("Grace Hopper") < page.find("Ada Lovelace"));
}

#[tokio::test]
async fn a_form_whose_log_in_is_forgotten_is_refused() {
    let rp = Rp::new().await;
    for path in ["/authorize/choose", "/authorize/new", "/authorize/cancel"] {
        let form = [("request", "unknown"), ("sub", "dev|0001")];
        assert_eq!(rp.post_as(path, &form, None).await.status(), 400);
    }
}

#[tokio::test]
async fn a_form_post_carries_the_same_parameters() {
    let rp = Rp::new().await;
    let response = rp.ask("dev|0001", &[("response_mode", "form_post")]).await;
    assert_eq!(response.status(), 200);
    let page = response.text().await.unwrap();
    assert!(page.contains(&format!("<form method=\"post\" action=\"{CALLBACK}\">")));
    assert!(page.contains("name=\"state\" value=\"the-state\""));
    assert!(page.contains("name=\"code\" value=\"dpco_"));
    assert!(page.contains(&format!("name=\"iss\" value=\"{}\"", rp.provider.issuer())));
}

#[tokio::test]
async fn pages_are_strict_but_let_a_form_lead_to_the_application() {
    let rp = Rp::new().await;
    let page = rp.get("/faults", "").await;
    let policy = header(&page, "content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"));
    assert!(!policy.contains("form-action"));
    assert_eq!(header(&page, "cache-control"), "no-store");
    for (path, kind) in [
        ("/provider.css", "text/css; charset=utf-8"),
        ("/provider.svg", "image/svg+xml"),
        ("/submit.js", "text/javascript; charset=utf-8"),
    ] {
        let asset = rp.get(path, "").await;
        assert_eq!(header(&asset, "content-type"), kind);
    }
}

#[tokio::test]
async fn a_fault_set_on_the_page_goes_with_one_log_in_and_the_page_comes_back() {
    let rp = Rp::new().await;
    let (_, id) = open(&rp, &[]).await;
    let form = [("request", id.as_str()), ("fault", "wrong_nonce")];
    let set = rp.post_as("/faults", &form, None).await;
    let page = rp.get(location(&set), "").await.text().await.unwrap();
    assert!(page.contains("On: wrong nonce."));
    assert_eq!(rp.log_in("dev|0001", &[]).await.claims["nonce"], "another");
    assert_eq!(rp.log_in("dev|0001", &[]).await.claims["nonce"], "the-nonce");
}

#[tokio::test]
async fn a_fault_can_be_kept_and_read_as_json_and_an_unknown_one_changes_nothing() {
    let rp = Rp::new().await;
    let keep = [("fault", "jwks_500"), ("keep", "on")];
    assert_eq!(rp.post_as("/faults", &keep, None).await.status(), 303);
    for _ in 0..2 {
        assert_eq!(rp.get("/jwks", "").await.status(), 500);
    }
    let unknown = rp.post_as("/faults", &[("fault", "no_such")], None).await;
    assert_eq!(unknown.status(), 400);
    let request = rp.http.get(rp.at("/faults"));
    let request = request.header("accept", "application/json");
    let state = json(request.send().await.unwrap()).await;
    assert_eq!(state["active"], serde_json::json!(["jwks_500"]));
    assert_eq!(state["all"].as_array().unwrap().len(), Fault::ALL.len());
    assert_eq!(rp.post_as("/faults", &[], None).await.status(), 303);
    assert_eq!(rp.get("/jwks", "").await.status(), 200);
}
