//! Keys of minisign: who signs a backup, and whose signature is believed.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minisign::{PublicKey, SecretKey, SignatureBox};

use crate::{BackupError, BadKey};

/// The beginning of a minisign file's first line.
const COMMENT: &str = "untrusted comment:";
/// How a secret key begins that is kept without a password: Ed25519, no derivation.
const WITHOUT_PASSWORD: &[u8] = b"Ed\0\0";
/// How many bytes a secret key has.
const LENGTH: usize = 158;

/// A secret key of minisign without a password.
#[derive(Clone)]
pub struct SigningKey {
    secret: SecretKey,
    public: PublicKey,
}

/// A public key of minisign.
#[derive(Clone, Debug)]
pub struct VerifyingKey(PublicKey);

impl SigningKey {
    /// The text of a secret key of minisign, with or without its comment. Its checksum is not looked at, for minisign
    /// writes none where there is no password; that it is whole is seen by what it signs.
    ///
    /// # Errors
    /// It is none, or is kept under a password.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        const BAD: BadKey = BadKey("is no secret key of minisign without a password (minisign -G -W)");
        let bytes = STANDARD.decode(key_line(text)).map_err(|_| BAD)?;
        let key = SecretKey::from_bytes(&bytes).map_err(|_| BAD)?;
        let is_one = bytes.len() == LENGTH && bytes.starts_with(WITHOUT_PASSWORD);
        let key = Self { public: PublicKey::from_secret_key(&key).map_err(|_| BAD)?, secret: key };
        let is_whole =
            || minisign::sign(Some(&key.public), &key.secret, std::io::empty(), None, None).is_ok();
        if is_one && is_whole() { Ok(key) } else { Err(BAD) }
    }

    /// Signs a file; the text of the signature.
    pub(crate) fn sign(&self, file: File, name: &str, at: i64) -> Result<String, BackupError> {
        let trusted = format!("timestamp:{at}\tfile:{name}\thashed");
        let (public, secret) = (Some(&self.public), &self.secret);
        let signed = minisign::sign(public, secret, file, Some(&trusted), Some("signature from Sparekey"));
        let signed = signed.map_err(|error| BackupError::NoSignatureMade(error.to_string()))?;
        Ok(signed.into_string())
    }
}

impl VerifyingKey {
    /// The text of a public key of minisign, with or without its comment.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let key = PublicKey::from_base64(key_line(text));
        key.map(Self).map_err(|_| BadKey("is no public key of minisign"))
    }

    /// Whether the signature beside the file is of this key and of this file.
    ///
    /// # Errors
    /// It is not, cannot be read, or is not there.
    pub fn verify(&self, file: &Path) -> Result<(), BackupError> {
        let beside = signature_of(file);
        let text = match std::fs::read_to_string(&beside) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(BackupError::NotSigned(beside));
            }
            Err(error) if error.raw_os_error().is_some() => {
                return Err(BackupError::Unreadable { file: beside, source: error });
            }
            text => text.unwrap_or_default(),
        };
        let signature = SignatureBox::from_string(&text).map_err(|_| BackupError::NoSignature(beside))?;
        if signature.keynum() != self.0.keynum() {
            return Err(BackupError::SignedByAnother);
        }
        let unreadable = |source| BackupError::Unreadable { file: file.to_owned(), source };
        let signed = File::open(file).map_err(unreadable)?;
        let verified = minisign::verify(&self.0, &signature, signed, true, false, false);
        verified.map_err(|_| BackupError::WrongSignature)
    }
}

/// Where the signature of a file is.
pub fn signature_of(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".minisig");
    name.into()
}

/// The line of a key file that is the key.
fn key_line(text: &str) -> &str {
    let is_key = |line: &&str| !line.is_empty() && !line.starts_with(COMMENT);
    text.lines().map(str::trim).rfind(is_key).unwrap_or_default()
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}
