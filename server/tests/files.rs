//! The files of the site, as a browser and whatever keeps copies on the way get them.

use http::Method;
use tempfile::TempDir;

use crate::support::app::SESSION;
use crate::support::browser::{Answer, Browser};
use crate::support::process::{Serving, free_port};

/// Each file with its type. Beside those of `pkg` lie a `.br` and a `.gz`, as a release has them.
const FILES: &[(&str, &str)] = &[
    ("/pkg/sparekey.css", "text/css"),
    ("/pkg/sparekey.js", "text/javascript"),
    ("/pkg/sparekey.wasm", "application/wasm"),
    ("/key.svg", "image/svg+xml"),
    ("/robots.txt", "text/plain"),
];

/// The real binary with a site of its own. What stands in a file is its address and how it is packed.
async fn site() -> (TempDir, Serving) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("site");
    std::fs::create_dir_all(root.join("pkg")).unwrap();
    for (path, _) in FILES {
        let packed = [("", ""), (".br", " br"), (".gz", " gzip")];
        for (ending, form) in packed.iter().take(if path.starts_with("/pkg/") { 3 } else { 1 }) {
            let file = root.join(format!("{}{ending}", &path[1..]));
            std::fs::write(file, format!("{path}{form}")).unwrap();
        }
    }
    let (root, secret) = (root.display().to_string(), "07".repeat(32));
    let settings = [
        ("LEPTOS_SITE_ROOT", root.as_str()),
        ("LEPTOS_OUTPUT_NAME", "sparekey"),
        ("OIDC_ISSUER_URL", "http://127.0.0.1:1"),
        ("OIDC_CLIENT_ID", "sparekey"),
        ("SESSION_SECRET", &secret),
    ];
    let serving = Serving::start(folder.path(), free_port(), &settings).await;
    (folder, serving)
}

async fn get(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    let ask = browser.ask(Method::GET, path).header("accept", "*/*");
    headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)).send().await
}

/// What every answer with a file says, changed or not.
fn is_kept_and_asked_for_again(answer: &Answer, path: &str) {
    assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
    assert_eq!(answer.header("vary"), "Accept-Encoding", "{path}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none';"), "{path}");
    assert!(answer.set_cookies().is_empty(), "{path}");
}

#[tokio::test]
async fn a_file_is_what_its_name_says_and_sets_no_cookie() {
    let (_folder, serving) = site().await;
    let browser = serving.browser();
    browser.plant(SESSION, &"A".repeat(43));
    for (path, kind) in FILES {
        let file = get(&browser, path, &[]).await;
        assert_eq!((file.status.as_u16(), file.body.as_str()), (200, *path));
        assert_eq!(file.header("content-type").split(';').next(), Some(*kind), "{path}");
        is_kept_and_asked_for_again(&file, path);
        let head = browser.ask(Method::HEAD, path).send().await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
        assert_eq!(head.header("etag"), file.header("etag"));
        is_kept_and_asked_for_again(&head, path);
    }
}

#[tokio::test]
async fn a_file_comes_packed_to_whoever_can_unpack_it() {
    let (_folder, serving) = site().await;
    let browser = serving.browser();
    for (path, kind) in FILES.iter().filter(|(path, _)| path.starts_with("/pkg/")) {
        let mut tags = std::collections::BTreeSet::new();
        for (accepted, encoding) in [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gzip"),
            ("zstd", ""),
            ("br;q=0, gzip;q=0", ""),
            ("", ""),
        ] {
            let file = get(&browser, path, &[("accept-encoding", accepted)]).await;
            assert_eq!(file.body, format!("{path} {encoding}").trim_end(), "{accepted}");
            assert_eq!(file.header("content-encoding"), encoding, "{path} {accepted}");
            assert_eq!(file.header("content-type").split(';').next(), Some(*kind));
            is_kept_and_asked_for_again(&file, path);
            tags.insert(file.header("etag").to_owned());
        }
        assert_eq!(tags.len(), 3, "each form has a tag of its own: {tags:?}");
    }
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let (folder, serving) = site().await;
    let browser = serving.browser();
    for (path, _) in FILES {
        let tag = get(&browser, path, &[]).await.header("etag").to_owned();
        let known = get(&browser, path, &[("if-none-match", &tag)]).await;
        assert_eq!((known.status.as_u16(), known.body.as_str()), (304, ""), "{path}");
        assert_eq!(known.header("etag"), tag, "{path}");
        is_kept_and_asked_for_again(&known, path);
        let other = get(&browser, path, &[("if-none-match", "\"another\"")]).await;
        assert_eq!((other.status.as_u16(), other.body.as_str()), (200, *path));
        std::fs::write(folder.path().join("site").join(&path[1..]), "changed since").unwrap();
        let changed = get(&browser, path, &[("if-none-match", &tag)]).await;
        assert_eq!((changed.status.as_u16(), changed.body.as_str()), (200, "changed since"));
        assert_ne!(changed.header("etag"), tag);
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_a_page_that_nobody_keeps() {
    let (_folder, serving) = site().await;
    let browser = serving.browser();
    for path in ["/pkg/nothing.js", "/pkg/", "/pkg", "/nothing.svg", "/pkg/..%2f..%2fsparekey.db", "/pkg/%00"]
    {
        let page = browser.get(path).await;
        assert_eq!(page.verdict(), (404, "not_found"), "{path}");
        assert_eq!((page.header("cache-control"), page.header("vary")), ("no-store", "Cookie"), "{path}");
    }
    assert_eq!(browser.get("/robots.txt").await.body, "/robots.txt");
}
