//! Bytes on the wire: what the first visit of a page loads, as a browser that takes brotli does.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

const PATIENCE: Duration = Duration::from_secs(5);

/// An answer as it came.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// What a first visit loads, in bytes, without heads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FirstLoad {
    pub(crate) html: usize,
    pub(crate) css: usize,
    pub(crate) script: usize,
    pub(crate) wasm: usize,
    /// The icon.
    pub(crate) other: usize,
}

impl FirstLoad {
    pub(crate) fn total(&self) -> usize {
        self.html + self.css + self.script + self.wasm + self.other
    }
}

/// Loads a page and what it names.
pub(crate) fn first_load(server: SocketAddr, page: &str, cookies: &str) -> Result<FirstLoad> {
    let html = ok(server, page, cookies)?;
    let mut load = FirstLoad { html: html.body.len(), ..FirstLoad::default() };
    for path in named(&String::from_utf8_lossy(&html.body)) {
        let file = ok(server, &path, cookies)?;
        ensure!(file.head.contains("content-encoding: br"), "{path} did not come as brotli");
        let ending = path.rsplit('.').next().unwrap_or_default();
        match ending {
            "css" => load.css += file.body.len(),
            "js" => load.script += file.body.len(),
            "wasm" => load.wasm += file.body.len(),
            _ => load.other += file.body.len(),
        }
    }
    Ok(load)
}

fn ok(server: SocketAddr, path: &str, cookies: &str) -> Result<Answer> {
    let answer = get(server, path, cookies)?;
    ensure!(answer.status == 200, "GET {path} answered {}", answer.status);
    Ok(answer)
}

/// The files that a document's links and scripts name, each once.
fn named(html: &str) -> BTreeSet<String> {
    let attributes = ["href=\"", "src=\""];
    let values = attributes.iter().flat_map(|name| html.split(name).skip(1));
    let paths = values.filter_map(|rest| rest.split('"').next());
    let is_file = |path: &&str| path.starts_with('/') && !path.starts_with("//") && path.contains('.');
    paths.filter(is_file).map(str::to_owned).collect()
}

/// Asks once. HTTP 1.0, so that a body comes as it is, without the marks of chunks.
pub(crate) fn get(server: SocketAddr, path: &str, cookies: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: localhost:{}\r\nAccept: text/html,*/*\r\nAccept-Encoding: br\r\n\
         Cookie: {cookies}\r\n\r\n",
        server.port()
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).with_context(|| format!("reading the answer to GET {path}"))
}

fn parse(bytes: &[u8]) -> Result<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").context("it has no end of its head")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("it has no status")?;
    Ok(Answer { status, head, body: bytes[end + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_page_are_found_and_its_other_links_are_not() {
        let html = r#"<link href="/pkg/a.css"><link href="/key.svg"><script src="/pkg/a.js"></script>
            <link href="/pkg/a.js"><a href="/dashboard">x</a><a href="//elsewhere/x.js">y</a>"#;
        assert_eq!(named(html).into_iter().collect::<Vec<_>>(), ["/key.svg", "/pkg/a.css", "/pkg/a.js"]);
    }

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = parse(b"HTTP/1.0 200 OK\r\nContent-Encoding: br\r\n\r\nbody").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"body".as_slice()));
        assert!(answer.head.contains("content-encoding: br"));
        assert!(parse(b"nothing of the kind").is_err());
    }
}
