//! Where a request comes from: the connection, or what a trusted proxy says of it (RFC 7239). For rate
//! limits and the list of sessions only; nothing is decided by it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header};
use ipnet::IpNet;

/// The address of whoever asks; none where the connection is not known.
pub(crate) fn client_ip(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return Some(peer);
    }
    // The nearest hop that is not ours: whatever stands before it may be made up.
    let hops = forwarded(headers);
    Some(hops.iter().rev().find(|hop| !is_trusted(hop)).or(hops.first()).copied().unwrap_or(peer))
}

/// The hops, the farthest first: `Forwarded`, else `X-Forwarded-For`.
fn forwarded(headers: &HeaderMap) -> Vec<IpAddr> {
    let lines = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|line| line.split(',')).map(|hop| hop.trim().to_owned()).collect()
    };
    let standard: Vec<String> = lines(header::FORWARDED.as_str())
        .iter()
        .filter_map(|hop| {
            let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs
                .into_iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("for"))
                .map(|(_, value)| value.to_owned())
        })
        .collect();
    let hops = if standard.is_empty() { lines("x-forwarded-for") } else { standard };
    hops.iter().filter_map(|hop| parse(hop.trim_matches('"'))).collect()
}

/// An address, with or without brackets and port.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    bare.or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, name: &str, value: &str, trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client_ip(&extensions, &headers, &trusted).unwrap().to_string()
    }

    #[test]
    fn nobody_is_believed_who_is_not_a_trusted_proxy() {
        assert_eq!(seen("192.0.2.9", "x-forwarded-for", "203.0.113.1", &[]), "192.0.2.9");
        assert_eq!(seen("192.0.2.9", "x-forwarded-for", "203.0.113.1", &["192.0.2.0/24"]), "203.0.113.1");
    }

    #[test]
    fn the_nearest_hop_that_is_not_ours_counts() {
        let trusted = &["10.0.0.0/8"];
        assert_eq!(
            seen("10.0.0.1", "x-forwarded-for", "1.1.1.1, 203.0.113.1, 10.0.0.2", trusted),
            "203.0.113.1"
        );
        assert_eq!(
            seen("10.0.0.1", "forwarded", "for=1.1.1.1, for=\"[2001:db8::1]:443\";proto=https", trusted),
            "2001:db8::1"
        );
        assert_eq!(seen("10.0.0.1", "x-forwarded-for", "nonsense", trusted), "10.0.0.1");
    }
}
