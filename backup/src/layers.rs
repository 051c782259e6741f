//! What lies between lines and file: zstd, then age. Both stream.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use age::{DecryptError, Decryptor};

use crate::{BackupError, BadKey};

/// zstd's own default: more takes a multiple of the time for a tenth of the size.
const LEVEL: i32 = 3;
const AGE: &[u8] = b"age-encryption.org/";
/// RFC 8878 3.1.1.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Whom a backup is encrypted to: public keys of age, `age1…`.
#[derive(Clone)]
pub struct Recipients(Vec<age::x25519::Recipient>);

/// Who opens a backup: secret keys of age.
#[derive(Clone)]
pub struct Identities(Vec<age::x25519::Identity>);

impl Recipients {
    /// Public keys, separated by commas or blanks.
    ///
    /// # Errors
    /// One is no public key of age, or there is none.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let keys = text.split([',', ' ', '\n']).map(str::trim).filter(|key| !key.is_empty());
        let keys = keys.map(str::parse).collect::<Result<Vec<_>, _>>();
        let keys =
            keys.map_err(|_| BadKey("must list public keys of age such as age1…, separated by commas"))?;
        match keys.is_empty() {
            true => Err(BadKey("names nobody")),
            false => Ok(Self(keys)),
        }
    }
}

impl Identities {
    /// The text of an identity file as `age-keygen` writes it.
    ///
    /// # Errors
    /// It holds no secret key of age, or something besides.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(str::parse).collect::<Result<Vec<_>, _>>();
        match keys {
            Ok(keys) if !keys.is_empty() => Ok(Self(keys)),
            _ => Err(BadKey("is no identity of age, as age-keygen makes them (AGE-SECRET-KEY-1…)")),
        }
    }
}

/// What lines are written to.
pub(crate) struct Sink(zstd::Encoder<'static, Encrypted>);

enum Encrypted {
    No(BufWriter<File>),
    Yes(age::stream::StreamWriter<BufWriter<File>>),
}

impl Sink {
    /// Packs, and encrypts to these, if to anybody.
    pub(crate) fn new(file: File, recipients: Option<&Recipients>) -> io::Result<Self> {
        let file = BufWriter::new(file);
        let encrypted = match recipients {
            None => Encrypted::No(file),
            Some(recipients) => {
                let recipients = recipients.0.iter().map(|one| one as &dyn age::Recipient);
                let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
                Encrypted::Yes(encryptor.wrap_output(file)?)
            }
        };
        Ok(Self(zstd::Encoder::new(encrypted, LEVEL)?))
    }

    /// Writes all that is left.
    pub(crate) fn finish(self) -> io::Result<File> {
        let file = match self.0.finish()? {
            Encrypted::No(file) => file,
            Encrypted::Yes(stream) => stream.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Write for Encrypted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::No(file) => file.write(bytes),
            Self::Yes(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::No(file) => file.flush(),
            Self::Yes(stream) => stream.flush(),
        }
    }
}

/// A file, as it is or decrypted.
type Opened = BufReader<Box<dyn Read + Send>>;

/// What lines are read from.
pub(crate) enum Source {
    /// Unpacked by hand.
    Lines(Opened),
    Packed(BufReader<zstd::Decoder<'static, Opened>>),
}

impl Source {
    /// Whatever it takes to come to the lines of a file.
    pub(crate) fn open(
        mut file: BufReader<File>,
        identities: Option<&Identities>,
    ) -> Result<Self, BackupError> {
        let is_encrypted = file.fill_buf().map_err(BackupError::Damaged)?.starts_with(AGE);
        let opened: Box<dyn Read + Send> = match is_encrypted {
            true => decrypted(file, identities.ok_or(BackupError::NoIdentity)?)?,
            false => Box::new(file),
        };
        let mut opened = BufReader::new(opened);
        match opened.fill_buf().map_err(BackupError::Damaged)?.starts_with(ZSTD) {
            true => {
                let decoder = zstd::Decoder::with_buffer(opened).map_err(BackupError::Damaged)?;
                Ok(Self::Packed(BufReader::new(decoder.single_frame())))
            }
            false => Ok(Self::Lines(opened)),
        }
    }

    /// Whether there is more than what was read as lines. age knows only at its end whether a file was cut.
    pub(crate) fn has_more(self) -> io::Result<bool> {
        let mut rest = match self {
            Self::Lines(rest) => rest,
            Self::Packed(packed) => packed.into_inner().finish(),
        };
        Ok(rest.read(&mut [0])? > 0)
    }
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Lines(from) => from.read(to),
            Self::Packed(from) => from.read(to),
        }
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Lines(from) => from.fill_buf(),
            Self::Packed(from) => from.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Self::Lines(from) => from.consume(amount),
            Self::Packed(from) => from.consume(amount),
        }
    }
}

fn decrypted(file: BufReader<File>, identities: &Identities) -> Result<Box<dyn Read + Send>, BackupError> {
    let keys = identities.0.iter().map(|one| one as &dyn age::Identity);
    let opened = Decryptor::new_buffered(file).and_then(|sealed| sealed.decrypt(keys));
    match opened {
        Ok(stream) => Ok(Box::new(stream)),
        Err(DecryptError::NoMatchingKeys) => Err(BackupError::WrongIdentity),
        Err(DecryptError::Io(error)) => Err(BackupError::Damaged(error)),
        Err(error) => Err(BackupError::Damaged(io::Error::other(error.to_string()))),
    }
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(ToString::to_string)).finish()
    }
}

impl std::fmt::Debug for Identities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identities({})", self.0.len())
    }
}
