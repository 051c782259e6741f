//! What was received, as it is kept: the body of a delivery (of a JWT, its verified payload), and the headers that are
//! read with it. Signatures and secrets are not kept.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::webhook::{Delivery, Format, Message, Unreadable};
use http::HeaderMap;
use identity::Digest;

/// The headers in which senders name their messages.
const HEADERS: [&str; 2] = ["webhook-id", "svix-id"];
/// A longer id is known by its digest, in bytes.
const LONGEST_ID: usize = 255;
/// No sender's name for what happened is longer, in letters.
const LONGEST_KIND: usize = 200;

/// What was received.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Received {
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(super) fn new(headers: &HeaderMap, body: Vec<u8>) -> Self {
        let kept = HEADERS.iter().filter_map(|name| {
            let value = headers.get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        Self { headers: kept.collect(), body }
    }

    /// What it says, in the provider's format.
    pub(crate) fn messages(&self, format: Format, issuer: &str) -> Result<Vec<Message>, Unreadable> {
        self.delivery(issuer, |delivery| delivery.read(format))
    }

    /// The one message of this id, or the only one.
    pub(super) fn message(&self, format: Format, issuer: &str, id: &str) -> Result<Message, Unreadable> {
        let mut all = self.messages(format, issuer)?;
        match all.len() {
            1 => all.pop(),
            _ => all.into_iter().find(|one| named(&one.id) == id),
        }
        .ok_or(Unreadable::NotThisFormat)
    }

    /// Its messages, each with what was received of it alone.
    pub(super) fn split(&self, format: Format, issuer: &str) -> Result<Vec<(Message, Self)>, Unreadable> {
        let split = self.delivery(issuer, |delivery| delivery.split(format))?;
        let alone = |body: Option<Vec<u8>>| match body {
            Some(body) => Self { headers: self.headers.clone(), body },
            None => self.clone(),
        };
        Ok(split.into_iter().map(|(message, body)| (message, alone(body))).collect())
    }

    /// The sender's id of what cannot be read: of its header, else a digest of the body.
    pub(super) fn id(&self) -> String {
        let header = HEADERS.iter().find_map(|name| self.headers.get(*name));
        header.map_or_else(|| digest(&STANDARD.encode(&self.body)), |id| named(id))
    }

    /// As it is kept: a line of headers, then the body.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(&self.headers).unwrap_or_else(|_| b"{}".to_vec());
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The inverse of [`Received::to_bytes`].
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let headers = serde_json::from_slice(&bytes[..end]).ok()?;
        Some(Self { headers, body: bytes[end + 1..].to_vec() })
    }

    fn delivery<T>(&self, issuer: &str, ask: impl FnOnce(&Delivery<'_>) -> T) -> T {
        let header = |name: &str| self.headers.get(name).map(String::as_str);
        ask(&Delivery { header: &header, body: &self.body, issuer })
    }
}

/// The sender's id as it is kept: one line, not too long.
pub(super) fn named(id: &str) -> String {
    match id.len() <= LONGEST_ID && !id.chars().any(char::is_control) {
        true => id.to_owned(),
        false => digest(id),
    }
}

/// The sender's name for what happened as it is kept: one line, not too long.
pub(super) fn kind(kind: &str) -> String {
    kind.chars().filter(|c| !c.is_control()).take(LONGEST_KIND).collect()
}

fn digest(text: &str) -> String {
    format!("sha256:{}", Digest::of_pair("", text).to_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_received_comes_back_without_its_proof() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("webhook-id", "msg_1"), ("webhook-signature", "v1,s3cret"), ("authorization", "s3cret")]
        {
            headers.insert(name, value.parse().unwrap());
        }
        let received = Received::new(&headers, b"{\n}\n\0".to_vec());
        let bytes = received.to_bytes();
        assert!(!String::from_utf8_lossy(&bytes).contains("s3cret"));
        assert_eq!(Received::parse(&bytes), Some(received.clone()));
        assert_eq!(received.id(), "msg_1");
        assert_eq!(Received::parse(b"no line"), None);
    }

    #[test]
    fn an_id_is_one_line_of_at_most_255_bytes() {
        assert_eq!(named("evt_1"), "evt_1");
        for odd in ["a\0b", "a\nb", &"x".repeat(256)] {
            let named = named(odd);
            assert!(named.starts_with("sha256:") && named.len() == 50, "{named}");
        }
        let unnamed = Received::new(&HeaderMap::new(), b"one".to_vec());
        assert_eq!(unnamed.id(), Received::new(&HeaderMap::new(), b"one".to_vec()).id());
        assert_ne!(unnamed.id(), Received::new(&HeaderMap::new(), b"two".to_vec()).id());
        assert_eq!(kind(&format!("user\u{1b}[31m.{}", "x".repeat(500))).chars().count(), 200);
    }
}
