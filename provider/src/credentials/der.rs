//! As much of DER (X.690) as says what kind a private key is: the outside of PKCS#8 (RFC 5208), the parts of
//! SEC1 (RFC 5915). Keys themselves are read by ring.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const OCTETS: u8 = 0x04;
const IDENTIFIER: u8 = 0x06;

/// What is wrong with a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("cannot be read as a private key in PEM")]
    Unreadable,
    #[error("is of a kind that we cannot sign with: take RSA, P-256, P-384 or Ed25519")]
    Kind,
    #[error("is RSA of a size that we cannot sign with: take 2048 to 4096 bits and an exponent of 65537")]
    Rsa,
    #[error("does not hold its public key: `openssl pkey -in OLD -out NEW` adds it")]
    NoPublicKey,
    #[error("is damaged: its parts do not belong together")]
    Damaged,
}

/// What a PKCS#8 document holds.
pub(super) enum Key<'a> {
    /// The PKCS#1 form.
    Rsa(&'a [u8]),
    /// The PKCS#1 form of a key for PSS alone.
    RsaPss(&'a [u8]),
    /// The SEC1 form, and the identifier of the curve.
    Elliptic {
        curve: &'a [u8],
        inner: &'a [u8],
    },
    Ed25519,
}

/// The parts of a SEC1 document.
pub(super) struct Sec1<'a> {
    pub(super) private: &'a [u8],
    pub(super) curve: Option<&'a [u8]>,
    pub(super) public: Option<&'a [u8]>,
}

/// The kind of the key in a PKCS#8 document, by the object identifiers of RFC 8017, 4055, 5480 and 8410.
pub(super) fn key_of_pkcs8(document: &[u8]) -> Result<Key<'_>, Unusable> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
    const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    let read = || {
        let (mut document, _) = element(document, SEQUENCE)?;
        take(&mut document, INTEGER)?;
        let mut algorithm = take(&mut document, SEQUENCE)?;
        let kind = take(&mut algorithm, IDENTIFIER)?;
        Some((kind, algorithm, take(&mut document, OCTETS)?))
    };
    let (kind, mut parameters, inner) = read().ok_or(Unusable::Unreadable)?;
    match kind {
        RSA => Ok(Key::Rsa(inner)),
        RSA_PSS => Ok(Key::RsaPss(inner)),
        ELLIPTIC => {
            let curve = take(&mut parameters, IDENTIFIER).ok_or(Unusable::Kind)?;
            Ok(Key::Elliptic { curve, inner })
        }
        ED25519 => Ok(Key::Ed25519),
        _ => Err(Unusable::Kind),
    }
}

pub(super) fn parts_of_sec1(document: &[u8]) -> Result<Sec1<'_>, Unusable> {
    let read = || {
        let (mut document, _) = element(document, SEQUENCE)?;
        take(&mut document, INTEGER)?;
        let private = take(&mut document, OCTETS)?;
        let curve = take(&mut document, 0xa0).and_then(|mut inner| take(&mut inner, IDENTIFIER));
        let public = take(&mut document, 0xa1).and_then(|mut inner| take(&mut inner, BITS));
        // A bit string begins with the number of bits that are not used.
        let public = public.and_then(|bits| bits.strip_prefix(&[0]));
        Some(Sec1 { private, curve, public })
    };
    read().ok_or(Unusable::Unreadable)
}

/// Takes the element of this tag from the front; leaves all as it is where another stands there.
fn take<'a>(from: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (value, rest) = element(from, tag)?;
    *from = rest;
    Some(value)
}

/// The value of the first element, if it has this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x83 => {
            let (length, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (first == tag).then_some(())?;
    rest.split_at_checked(length)
}
