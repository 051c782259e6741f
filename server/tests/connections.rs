//! What one client may hold of the server itself: connections, unfinished heads, bodies that do not come.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::app::TestApp;
use crate::support::process::{Serving, Site};
use crate::support::raw::{Raw, request, send};

/// A process that may open so many files.
async fn process(files: &str) -> (Site, Serving) {
    let site = Site::new().await;
    let serving = site.serve_after(&format!("ulimit -n {files}")).await;
    (site, serving)
}

/// What a process holds in memory, in MiB.
fn resident(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}

async fn gets_in(serving: &Serving) {
    let started = Instant::now();
    let answer = send(serving.door(), &request(b"GET /healthz", &[])).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn heads_that_are_never_finished_fill_no_memory_and_keep_nobody_out() {
    let (_site, serving) = process("4096").await;
    gets_in(&serving).await;
    let before = resident(serving.pid());
    let mut open = Vec::new();
    for _ in 0..600 {
        let mut stream = TcpStream::connect(serving.door()).await.unwrap();
        let head = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}", "a".repeat(60_000));
        drop(stream.write_all(head.as_bytes()).await);
        open.push(stream);
    }
    gets_in(&serving).await;
    let grown = resident(serving.pid()).saturating_sub(before);
    assert!(grown < 64, "{grown} MiB for 600 unfinished heads");
}

#[tokio::test]
async fn what_comes_behind_a_finished_request_is_bounded_too() {
    let app = TestApp::start().await;
    let mut open = Vec::new();
    for _ in 0..400 {
        let mut stream = TcpStream::connect(app.door).await.unwrap();
        let two = format!(
            "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET / HTTP/1.1\r\nhost: localhost\r\nx: {}",
            "a".repeat(60_000)
        );
        drop(stream.write_all(two.as_bytes()).await);
        let mut answer = [0; 12];
        drop(stream.read_exact(&mut answer).await);
        open.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut held = 0;
    for stream in &mut open {
        let mut rest = Vec::new();
        let read = stream.read_to_end(&mut rest);
        held += usize::from(tokio::time::timeout(Duration::from_millis(5), read).await.is_err());
    }
    assert!(held * 60_000 <= 20 * 1024 * 1024, "{held} connections hold a head that is not finished");
    assert_eq!(send(app.door, &request(b"GET /healthz", &[])).await.status, 200);
}

#[tokio::test]
async fn connections_that_say_nothing_make_room_for_those_that_ask() {
    let (_site, serving) = process("400").await;
    let mut idle = Vec::new();
    for _ in 0..1020 {
        idle.push(TcpStream::connect(serving.door()).await.unwrap());
    }
    for _ in 0..20 {
        gets_in(&serving).await;
    }
    let mut last = idle.pop().unwrap();
    last.write_all(&request(b"GET /healthz", &[])).await.unwrap();
    let mut answer = Vec::new();
    last.read_to_end(&mut answer).await.unwrap();
    assert_eq!(Raw::of(&answer).status, 200, "the newest of them is still there");
}

#[tokio::test]
async fn bodies_that_are_never_finished_fill_no_memory_and_keep_nobody_out() {
    let (_site, serving) = process("4096").await;
    gets_in(&serving).await;
    let before = resident(serving.pid());
    let mut open = Vec::new();
    for _ in 0..3000 {
        let mut stream = TcpStream::connect(serving.door()).await.unwrap();
        let head = "POST /auth/callback HTTP/1.1\r\nhost: localhost\r\ncontent-length: 63000\r\n\r\n";
        drop(stream.write_all(&[head.as_bytes(), &[b'a'; 60_000]].concat()).await);
        open.push(stream);
    }
    gets_in(&serving).await;
    let grown = resident(serving.pid()).saturating_sub(before);
    assert!(grown < 256, "{grown} MiB for 3000 unfinished bodies");
}

#[tokio::test]
async fn bodies_that_trickle_keep_nobody_out() {
    let (_site, serving) = process("400").await;
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 9\r\nconnection: close";
    let head = format!("POST /auth/callback HTTP/1.1\r\nhost: localhost\r\n{form}\r\n\r\n");
    let mut slow = Vec::new();
    for _ in 0..600 {
        let mut stream = TcpStream::connect(serving.door()).await.unwrap();
        drop(stream.write_all(head.as_bytes()).await);
        drop(stream.write_all(b"st").await);
        slow.push(stream);
    }
    for _ in 0..20 {
        gets_in(&serving).await;
    }
    let mut last = slow.pop().unwrap();
    last.write_all(b"ate=xyz").await.unwrap();
    let mut answer = Vec::new();
    last.read_to_end(&mut answer).await.unwrap();
    assert_ne!(Raw::of(&answer).status, 0, "the newest of them is answered");
}

#[tokio::test]
async fn a_head_and_a_body_have_a_time_to_come() {
    let app = TestApp::start().await;
    let slow = |start: &'static str| async move {
        let mut stream = TcpStream::connect(app.door).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let dripping = tokio::spawn(async move {
            while write.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let (started, mut answer) = (Instant::now(), Vec::new());
        drop(read.read_to_end(&mut answer).await);
        dripping.abort();
        assert!(started.elapsed() < Duration::from_secs(30), "{start} {:?}", started.elapsed());
        Raw::of(&answer)
    };
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 5000\r\n\r\n";
    let body: &'static str = format!("POST /auth/callback HTTP/1.1\r\nhost: localhost\r\n{form}").leak();
    let (head, body) = tokio::join!(slow("GET / HTTP/1.1\r\nhost: localhost\r\nx: "), slow(body));
    assert_eq!((head.status, head.body.as_str()), (0, ""), "nothing was asked");
    assert_eq!((body.status, body.body.as_str()), (408, "{\"error\":\"parameter_invalid\"}"));
}

#[tokio::test]
async fn http_2_is_not_spoken_and_too_large_a_head_is_not_read() {
    let app = TestApp::start().await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    let answer = send(app.door, preface).await;
    assert!(!answer.head.starts_with("http/2") && answer.status != 200, "{answer:?}");
    let long = [b"x: ".to_vec(), vec![b'a'; 70_000]].concat();
    assert_eq!(send(app.door, &request(b"GET /", &[&long])).await.status, 431);
    let fits = [b"x: ".to_vec(), vec![b'a'; 40_000]].concat();
    assert_eq!(send(app.door, &request(b"GET /", &[&fits])).await.status, 200);
}

#[tokio::test]
async fn a_body_without_a_length_is_bounded_like_others() {
    let app = TestApp::start().await;
    for path in ["/auth/begin", "/auth/callback", "/auth/backchannel-logout", "/auth/logout"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\norigin: {}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n",
            app.site
        );
        let chunk = [b"2710\r\n".as_slice(), &[b'a'; 10_000], b"\r\n"].concat();
        let large = [head.as_bytes(), &chunk.repeat(10), b"0\r\n\r\n"].concat();
        let answer = send(app.door, &large).await;
        assert_eq!((answer.status, answer.body.as_str()), (413, "{\"error\":\"body_too_large\"}"), "{path}");
    }
}

#[tokio::test]
async fn a_server_function_that_cannot_read_its_arguments_names_the_request() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let ask = browser.ask(http::Method::POST, "/auth/link").header("origin", &app.site);
    let answer = ask.header("accept", "application/json").form(&[("provide", "x")]).send().await;
    assert_eq!(answer.verdict(), (400, "parameter_invalid"), "{answer:?}");
    assert_eq!(answer.json()["request_id"], answer.header("x-request-id"));
}

#[tokio::test]
async fn what_a_client_chose_fills_no_log() {
    let (site, serving) = process("4096").await;
    let length = || std::fs::metadata(site.folder.path().join("log")).unwrap().len();
    let before = length();
    for path in [format!("/{}", "a".repeat(60_000)), format!("/auth/callback/{}", "a".repeat(30_000))] {
        let line = format!("GET {path}?state=x&code=y");
        let answer = send(serving.door(), &request(line.as_bytes(), &[b"accept: text/html"])).await;
        assert!([400, 404].contains(&answer.status), "{}", answer.status);
    }
    let host = format!("host: {}", "h".repeat(30_000));
    let moved = format!("GET /auth/login?moved=1 HTTP/1.1\r\nconnection: close\r\n{host}\r\n\r\n");
    send(serving.door(), moved.as_bytes()).await;
    // A line each, and whatever the start still has to say: far less than the 150,000 bytes that were sent.
    assert!(length() - before < 15_000, "{} bytes", length() - before);
}
