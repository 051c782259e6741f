//! A scripted provider on a socket: what it does to connections, proxies and encodings, and what it was asked.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

/// What becomes of one request on a connection.
#[derive(Clone, Copy, PartialEq)]
enum Do {
    /// Answers and keeps the connection.
    Answer,
    /// Answers, says nothing of closing and closes.
    AnswerAndClose,
    /// Closes as soon as the next request begins to arrive.
    CloseUnread,
    /// Reads the request whole and closes.
    CloseRead,
    /// Sends half an answer and closes.
    Half,
}

/// The request lines it read, with the number of the connection.
type Heard = Arc<Mutex<Vec<(usize, String)>>>;

/// Serves every connection by the same script; after its end it answers.
fn scripted(script: &'static [Do]) -> (Url, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Heard::default());
    let noted = heard.clone();
    thread::spawn(move || {
        for (number, connection) in listener.incoming().enumerate() {
            let noted = noted.clone();
            thread::spawn(move || converse(connection.unwrap(), number, script, &noted));
        }
    });
    (Url::parse(&format!("http://{address}/")).unwrap(), heard)
}

fn converse(mut connection: TcpStream, number: usize, script: &[Do], heard: &Heard) {
    let script = script.iter().copied().chain(std::iter::repeat(Do::Answer));
    for action in script {
        if action == Do::CloseUnread {
            let _ = connection.peek(&mut [0]);
            return;
        }
        let Some(line) = request(&mut connection) else { return };
        heard.lock().unwrap().push((number, line));
        let answer: &[u8] = match action {
            Do::CloseRead => return,
            Do::Half => b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal",
            _ => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        };
        connection.write_all(answer).unwrap();
        if matches!(action, Do::AnswerAndClose | Do::Half) {
            return;
        }
    }
}

/// Reads one request, body and all; its first line.
fn request(connection: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let length = connection.read(&mut some).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&some[..length]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let due = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= due.unwrap_or(0) {
            return head.lines().next().map(str::to_owned);
        }
    }
}

/// Answers once with these bytes.
fn answering(bytes: Vec<u8>) -> Url {
    answering_as(|_| bytes)
}

/// Answers once with what is made of the address.
pub(crate) fn answering_as(bytes: impl FnOnce(&Url) -> Vec<u8>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let bytes = bytes(&url);
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        request(&mut connection);
        connection.write_all(&bytes).unwrap();
    });
    url
}

#[tokio::test]
async fn headers_are_read_whatever_else_stands_in_them() {
    for (lines, kind, seconds) in [
        (
            &b"Content-Type: application/jwt; x=bl\xe5\r\nCache-Control: max-age=60, x=bl\xe5"[..],
            "application/jwt; x=bl\u{fffd}",
            Some(60),
        ),
        (b"Content-Type: a/b\r\nCache-Control: public\r\nCache-Control: Max-Age=\"60\"", "a/b", Some(60)),
        (b"Content-Type: a/b\r\nCache-Control: no-store, s-max-age=60, max-age=0", "a/b", None),
    ] {
        let bytes = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", lines, b"\r\n\r\n{}"].concat();
        let url = answering_as(|_| bytes);
        let answer = client(&url).get(&url, None).await.unwrap();
        assert_eq!((answer.content_type.as_deref(), answer.max_age), (Some(kind), seconds));
    }
}

fn by_way_of(proxy: Option<Proxy>, issuer: &Url) -> Http {
    Http::make(issuer.as_str(), proxy.as_ref(), Duration::from_secs(10), &[]).unwrap()
}

pub(crate) fn client(issuer: &Url) -> Http {
    by_way_of(None, issuer)
}

/// One log-in's worth of calls: two GETs and a POST; whether all were answered.
async fn log_in(http: &Http, url: &Url) -> Result<(), Failure> {
    for _ in 0..2 {
        http.get(url, None).await?;
    }
    http.post(url, &[("code", "c")], None).await.map(drop)
}

fn posts(heard: &Heard) -> usize {
    heard.lock().unwrap().iter().filter(|(_, line)| line.starts_with("POST")).count()
}

#[tokio::test]
async fn thirty_of_thirty_log_ins_go_well_whatever_becomes_of_kept_connections() {
    for script in [
        &[Do::Answer, Do::Answer][..],
        &[Do::AnswerAndClose],
        &[Do::Answer, Do::CloseUnread],
        &[Do::Answer, Do::CloseRead],
        &[Do::Answer, Do::Half],
    ] {
        let (url, heard) = scripted(script);
        let http = client(&url);
        for _ in 0..30 {
            log_in(&http, &url).await.unwrap();
        }
        assert_eq!(posts(&heard), 30);
    }
}

#[tokio::test]
async fn a_get_goes_by_a_kept_connection_and_a_post_by_one_of_its_own() {
    let (url, heard) = scripted(&[]);
    let http = client(&url);
    http.get(&url, None).await.unwrap();
    log_in(&http, &url).await.unwrap();
    let by: Vec<usize> = heard.lock().unwrap().iter().map(|(connection, _)| *connection).collect();
    assert_eq!(by, [0, 0, 0, 1]);
}

#[tokio::test]
async fn a_post_that_may_have_been_read_is_never_sent_twice() {
    for action in [&[Do::CloseUnread][..], &[Do::CloseRead], &[Do::Half]] {
        let (url, heard) = scripted(action);
        let answer = client(&url).post(&url, &[("code", "c")], None).await;
        assert!(matches!(answer, Err(Failure::Broken(_))));
        assert!(posts(&heard) <= 1);
    }
}

#[tokio::test]
async fn a_get_is_asked_again_once_and_no_more() {
    let (url, heard) = scripted(&[Do::CloseRead]);
    assert!(matches!(client(&url).get(&url, None).await, Err(Failure::Broken(_))));
    assert_eq!(heard.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_compressed_though_nobody_asked_is_read() {
    // `printf '{"a":1}' | gzip -n`, and the same with zlib.
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\x54\xb2\x32\xac\x05\x00\xaf\xac\x1b\x56\x07\x00\x00\x00";
    let zlib = b"\x78\xda\xab\x56\x4a\x54\xb2\x32\xac\x05\x00\x08\x2a\x02\x09";
    for (name, body) in [("gzip", &gzip[..]), ("deflate", zlib), ("identity", b"{\"a\":1}")] {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\nContent-Length: {}\r\n\r\n", body.len());
        let url = answering([head.as_bytes(), body].concat());
        let answer = client(&url).get(&url, None).await.unwrap();
        assert_eq!(answer.body, b"{\"a\":1}", "{name}");
    }
}

#[tokio::test]
async fn an_encoding_that_cannot_be_read_is_named_as_such() {
    for (name, body) in [("br", "abc"), ("gzip", "no gzip")] {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\nContent-Length: {}\r\n\r\n", body.len());
        let url = answering(format!("{head}{body}").into());
        assert!(matches!(client(&url).get(&url, None).await, Err(Failure::Encoding)), "{name}");
    }
}

#[tokio::test]
async fn https_goes_by_way_of_the_proxy_and_loopback_does_not() {
    let (proxy, heard) = scripted(&[Do::CloseRead]);
    let issuer = Url::parse("https://op.example/").unwrap();
    let http = by_way_of(Proxy::new(proxy.as_str(), Some("other.example")).ok(), &issuer);
    assert!(http.get(&issuer, None).await.is_err());
    assert_eq!(heard.lock().unwrap()[0].1, "CONNECT op.example:443 HTTP/1.1");
    let (here, asked) = scripted(&[]);
    let told = heard.lock().unwrap().len();
    let http = by_way_of(Proxy::new(proxy.as_str(), None).ok(), &here);
    http.get(&here, None).await.unwrap();
    assert_eq!((asked.lock().unwrap().len(), heard.lock().unwrap().len()), (1, told));
}

#[tokio::test]
async fn nobody_waits_longer_than_a_provider_has_to_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let http = Http { patience: Duration::from_millis(20), ..client(&url) };
    let Err(Failure::Unreachable(why)) = http.get(&url, None).await else { panic!("it never answers") };
    assert_eq!(why, "it takes too long");
}

#[test]
fn only_a_max_age_above_zero_counts() {
    let control = |value: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, value.parse().unwrap());
        max_age(&headers)
    };
    assert_eq!(control("public, max-age=300"), Some(300));
    assert_eq!(control("max-age=0"), None);
    assert_eq!(control("no-store"), None);
    assert_eq!(control("max-age=soon"), None);
}
