//! Bytes on a connection, for what no well-behaved client sends.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back until the connection was closed.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Raw {
    /// Of the bytes of one answer.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// One header; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default()
    }
}

/// Sends these bytes and reads until the other side closes, for at most half a minute.
pub(crate) async fn send(door: SocketAddr, bytes: &[u8]) -> Raw {
    let mut stream = TcpStream::connect(door).await.unwrap();
    // Whoever is refused early does not read all of it.
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    drop(tokio::time::timeout(Duration::from_secs(30), read).await.expect("the connection is closed"));
    Raw::of(&answer)
}

/// A request without a body: this request line, these header lines, as bytes; the connection is closed after.
pub(crate) fn request(line: &[u8], headers: &[&[u8]]) -> Vec<u8> {
    let mut bytes = [line, b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"].concat();
    for header in headers {
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}
