//! Headers are bytes: one letter that is none of ASCII makes none of them unread.

use crate::support::app::{ADA, SESSION, TestApp};
use crate::support::raw::{request, send};

#[tokio::test]
async fn a_page_is_a_page_whatever_else_is_accepted() {
    let app = TestApp::start().await;
    for accept in [&b"accept: text/html, x/bl\xe5"[..], b"accept: x/bl\xe5\r\naccept: text/html"] {
        let page = send(app.door, &request(b"GET /nowhere", &[accept])).await;
        assert!(page.status == 404 && page.body.contains("<h1>"), "{page:?}");
    }
    let data = send(app.door, &request(b"GET /nowhere", &[b"accept: x/bl\xe5"])).await;
    assert_eq!((data.status, data.body.as_str()), (404, "{\"error\":\"not_found\"}"));
}

#[tokio::test]
async fn a_device_is_recognised_by_the_rest_of_its_name() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let callback = browser.come_back_as(ADA).await;
    let line = format!("GET {}", callback.strip_prefix(&app.site).unwrap());
    let cookie = format!("cookie: {}", browser.cookies());
    let agent = b"user-agent: Mozilla/5.0 (X11; Linux; bl\xe5) Firefox/140.0";
    let signed = send(app.door, &request(line.as_bytes(), &[cookie.as_bytes(), agent])).await;
    assert_eq!(signed.status, 303, "{signed:?}");
    let start = format!("set-cookie: {}=", browser.name_of(SESSION).to_lowercase());
    // The head is in lower case here, so the session is looked up in the database.
    assert!(signed.head.contains(&start), "{signed:?}");
    let other = app.signed_in(ADA).await;
    assert!(other.get("/account").await.body.contains("Firefox on Linux"));
}

#[tokio::test]
async fn a_host_that_is_not_ours_leads_to_ours() {
    let app = TestApp::start().await;
    let bytes = b"GET /auth/login HTTP/1.1\r\nconnection: close\r\nhost: bl\xe5.example\r\n\r\n";
    let moved = send(app.door, bytes).await;
    assert_eq!(moved.status, 303, "{moved:?}");
    assert_eq!(moved.header("location"), format!("{}/auth/login?moved=1", app.site));
}

#[tokio::test]
async fn a_form_is_a_form_whatever_its_parameters() {
    let app = TestApp::start().await;
    for (kind, status) in [
        (&b"content-type: application/x-www-form-urlencoded; x=bl\xe5"[..], 303),
        (b"content-type: application/x-www-form-urlencoded\xe5", 415),
    ] {
        let request = [
            b"POST /auth/callback HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 7\r\n",
            kind,
            b"\r\n\r\nstate=x",
        ];
        assert_eq!(send(app.door, &request.concat()).await.status, status);
    }
}
