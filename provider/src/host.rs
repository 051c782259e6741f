//! What the host of a URL is.

use url::{Host, Url};

/// Whether the host of a URL can only be this machine (RFC 6761 6.3 for the names).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the URL has a plain host, and names nobody before it.
pub(super) fn is_plain(url: &Url) -> bool {
    has_plain_host(url) && url.username().is_empty() && url.password().is_none()
}

/// Whether the host is of letters that mean nothing where an origin is written into a header: the standard of
/// URLs allows `;`, `,`, `'` and `*` in hosts.
pub(super) fn has_plain_host(url: &Url) -> bool {
    let plain = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    match url.host() {
        Some(Host::Domain(name)) => plain(name),
        Some(_) => true,
        None => false,
    }
}
