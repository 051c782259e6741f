//! Just enough HTTP to ask a server on this machine whether it is there and what it answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const PATIENCE: Duration = Duration::from_secs(5);

/// An answer: its status, its head in lower case, and its body as it came.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

/// Asks for one path; `accept_encoding` may be empty.
pub fn get(server: SocketAddr, path: &str, accept_encoding: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nAccept: text/html,*/*\r\n\
         Accept-Encoding: {accept_encoding}\r\nConnection: close\r\n\r\n",
        server.port()
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).with_context(|| format!("reading the answer to GET {path}"))
}

/// Waits until `/healthz` says 200; `alive` tells whether it is worth waiting on.
pub fn wait_for(server: SocketAddr, limit: Duration, mut alive: impl FnMut() -> bool) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < limit && alive() {
        if get(server, "/healthz", "").is_ok_and(|answer| answer.status == 200) {
            return Ok(());
        }
        sleep(Duration::from_millis(200));
    }
    bail!("nothing answered at http://{server}/healthz");
}

/// An address of this machine that nobody listens on just now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

fn parse(bytes: &[u8]) -> Result<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.context("it has no end of its head")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok(Answer { status: status.context("it has no status")?, head, body: bytes[end + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = parse(b"HTTP/1.1 303 See Other\r\nLocation: /X\r\n\r\nbody").unwrap();
        assert_eq!(answer.status, 303);
        assert!(answer.head.contains("location: /x"));
        assert_eq!(answer.body, b"body");
        assert!(parse(b"nothing of the kind").is_err());
    }

    #[test]
    fn nobody_at_home_is_an_error_not_a_wait_for_ever() {
        let nobody = free_address().unwrap();
        assert!(wait_for(nobody, Duration::from_secs(60), || false).is_err());
    }
}
