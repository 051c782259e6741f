//! Keys as they are written in settings: session secrets in hex, a client's private key in PEM.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{SecretBox, SecretString};

/// The PEM labels of private keys: PKCS #8 (RFC 7468 10), PKCS #1 and SEC 1.
const KEY_LABELS: &[&str] = &["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

/// The keys that encrypt tokens at rest, each 32 bytes: the first encrypts, all decrypt.
///
/// # Errors
/// A sentence, where one is not 64 hex digits or is there twice.
pub(super) fn session_secrets(value: &str) -> Result<Vec<SecretBox<[u8; 32]>>, String> {
    let parts: Vec<&str> = value.split(',').map(str::trim).collect();
    let keys: Option<Vec<_>> = parts.iter().map(|part| hex_key(part)).collect();
    let keys = keys.ok_or(
        "must be 64 hex digits (32 bytes), or several of them separated by commas; \
         `openssl rand -hex 32` makes one",
    )?;
    let repeated = parts
        .iter()
        .enumerate()
        .any(|(at, part)| parts[..at].iter().any(|before| before.eq_ignore_ascii_case(part)));
    match repeated {
        true => Err("names a secret twice".to_owned()),
        false => Ok(keys),
    }
}

fn hex_key(digits: &str) -> Option<SecretBox<[u8; 32]>> {
    let digits: &[u8; 64] = digits.as_bytes().try_into().ok()?;
    SecretBox::try_init_with(|| {
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Ok::<_, NotHex>(key)
    })
    .ok()
}

struct NotHex;

fn hex_digit(digit: u8) -> Result<u8, NotHex> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(NotHex),
    }
}

/// A private key in PEM with real line ends; where the file could hold but one line, `\n` stands for them.
///
/// # Errors
/// A sentence, where it is no PEM or its label is not a private key's. Whether the key itself is sound shows in use.
pub(super) fn private_key(value: &str) -> Result<SecretString, String> {
    let pem = value.replace("\\r", "").replace("\\n", "\n");
    // `openssl ecparam -genkey` writes the curve before the key.
    let pem = pem.split_once("-----END EC PARAMETERS-----").map_or(&*pem, |(_, key)| key);
    let sentence = || "must be a private key in PEM (-----BEGIN PRIVATE KEY----- …)".to_owned();
    let (label, rest) = pem
        .trim()
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.split_once("-----"))
        .ok_or_else(sentence)?;
    if label == "ENCRYPTED PRIVATE KEY" || rest.contains("ENCRYPTED") {
        return Err("must not be encrypted with a password".to_owned());
    }
    let body: String = rest
        .strip_suffix(&format!("-----END {label}-----"))
        .ok_or_else(sentence)?
        .split_whitespace()
        .collect();
    let sound = KEY_LABELS.contains(&label) && STANDARD.decode(&body).is_ok_and(|der| !der.is_empty());
    match sound {
        true => Ok(format!("{}\n", pem.trim()).into()),
        false => Err(sentence()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_session_secret_is_64_hex_digits() {
        let keys = session_secrets(&format!("{}, {}", "0a".repeat(32), "Ff".repeat(32))).unwrap();
        assert_eq!(keys[0].expose_secret(), &[0x0a; 32]);
        assert_eq!(keys[1].expose_secret(), &[0xff; 32]);
        for bad in ["", "0a", &"0a".repeat(33), &"0g".repeat(32), &"é".repeat(32)] {
            assert!(session_secrets(bad).is_err(), "{bad}");
        }
        let good = "0a".repeat(32);
        assert!(session_secrets(&format!("{good},")).is_err());
        assert!(session_secrets(&format!("{good},{good}")).is_err());
    }

    #[test]
    fn a_private_key_is_pem_with_or_without_real_line_ends() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
        let read = |value: &str| private_key(value).map(|key| key.expose_secret().to_owned());
        assert_eq!(read(pem).unwrap(), pem);
        assert_eq!(read(&pem.replace('\n', "\\n")).unwrap(), pem);
        assert_eq!(read(&pem.replace('\n', "\\r\\n")).unwrap(), pem);
        assert!(read(&pem.replace("PRIVATE", "RSA PRIVATE")).is_ok());
        let curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
        assert_eq!(read(&format!("{curve}{pem}")).unwrap(), pem);
    }

    #[test]
    fn a_public_an_encrypted_or_a_broken_key_is_refused() {
        let with = |label: &str, body: &str| {
            private_key(&format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----"))
        };
        assert!(with("PRIVATE KEY", "AAAA").is_ok());
        assert!(with("PUBLIC KEY", "AAAA").is_err());
        assert!(with("CERTIFICATE", "AAAA").is_err());
        assert!(with("PRIVATE KEY", "%%%%").is_err());
        assert!(with("PRIVATE KEY", "").is_err());
        assert!(private_key("-----BEGIN PRIVATE KEY-----\nAAAA").is_err());
        assert!(private_key("AAAA").is_err());
        let encrypted = with("ENCRYPTED PRIVATE KEY", "AAAA").unwrap_err();
        assert!(encrypted.contains("encrypted"));
    }
}
