//! Where a request comes from: the connection, or what a trusted proxy says of it. For rate limits and the list
//! of sessions only; nothing is decided by it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, header};
use ipnet::IpNet;

use crate::config::ProxyHeader;

/// Which proxies are ours, and which header of theirs is believed.
pub(super) struct ClientIp {
    pub(super) proxies: Vec<IpNet>,
    pub(super) header: ProxyHeader,
}

impl ClientIp {
    /// The address of whoever asks; none where the connection is not known.
    ///
    /// Each proxy adds at the right whom it heard. So the hops are read from there, up to the first that is not
    /// ours: whatever stands left of it may be made up. A hop that cannot be read ends the reading too, and
    /// the nearest that could be read counts.
    pub(super) fn of(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
        let is_ours = |address: &IpAddr| self.proxies.iter().any(|network| network.contains(address));
        let mut nearest = peer;
        let mut hops = self.hops(headers);
        while is_ours(&nearest) {
            let Some(Some(hop)) = hops.next() else { break };
            nearest = hop;
        }
        Some(nearest)
    }

    /// The hops, the nearest first; none for one that cannot be read.
    fn hops(&self, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
        let (name, read): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ProxyHeader::Forwarded => (header::FORWARDED.as_str(), forwarded),
            ProxyHeader::XForwardedFor => ("x-forwarded-for", address),
        };
        let lines = headers.get_all(name).into_iter().rev();
        let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        hops.map(move |hop| read(str::from_utf8(hop).ok()?.trim_matches([' ', '\t'])))
    }
}

/// The one `for` of an element of `Forwarded` (RFC 7239 4).
fn forwarded(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    let (_, node) = named.next()?;
    if named.next().is_some() {
        return None;
    }
    address(node.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(node))
}

/// An address, with or without brackets and port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    bare.or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const OURS: &[&str] = &["10.0.0.0/8"];

    fn seen(peer: &str, lines: &[(&'static str, &[u8])], header: ProxyHeader, ours: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let line = |(name, value): &(&'static str, &[u8])| {
            (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap())
        };
        let headers: HeaderMap = lines.iter().map(line).collect();
        let proxies = ours.iter().map(|network| network.parse().unwrap()).collect();
        ClientIp { proxies, header }.of(&extensions, &headers).unwrap().to_string()
    }

    fn through(value: &[u8]) -> String {
        seen("10.0.0.1", &[("x-forwarded-for", value)], ProxyHeader::XForwardedFor, OURS)
    }

    #[test]
    fn nobody_is_believed_who_is_not_a_proxy_of_ours() {
        let said = [("x-forwarded-for", &b"203.0.113.1"[..])];
        assert_eq!(seen("192.0.2.9", &said, ProxyHeader::XForwardedFor, &[]), "192.0.2.9");
        assert_eq!(seen("192.0.2.9", &said, ProxyHeader::XForwardedFor, OURS), "192.0.2.9");
        assert_eq!(seen("192.0.2.9", &said, ProxyHeader::XForwardedFor, &["192.0.2.0/24"]), "203.0.113.1");
    }

    #[test]
    fn one_header_is_believed_and_the_other_never() {
        let both = [("x-forwarded-for", &b"203.0.113.1"[..]), ("forwarded", b"for=198.51.100.7")];
        assert_eq!(seen("10.0.0.1", &both, ProxyHeader::XForwardedFor, OURS), "203.0.113.1");
        assert_eq!(seen("10.0.0.1", &both, ProxyHeader::Forwarded, OURS), "198.51.100.7");
        let other = [("forwarded", &b"for=198.51.100.7"[..])];
        assert_eq!(seen("10.0.0.1", &other, ProxyHeader::XForwardedFor, OURS), "10.0.0.1");
    }

    #[test]
    fn the_nearest_hop_that_is_not_ours_counts() {
        for (said, address) in [
            (&b"1.1.1.1, 203.0.113.1, 10.0.0.2"[..], "203.0.113.1"),
            (b"10.0.0.3,10.0.0.2", "10.0.0.3"),
            (b" 203.0.113.1\t", "203.0.113.1"),
            (b"203.0.113.1:4711", "203.0.113.1"),
            (b"2001:db8::1", "2001:db8::1"),
            (b"[2001:db8::1]:443", "2001:db8::1"),
            (b"::ffff:203.0.113.1", "203.0.113.1"),
        ] {
            assert_eq!(through(said), address);
        }
        let lines = [("x-forwarded-for", &b"1.1.1.1"[..]), ("x-forwarded-for", b"203.0.113.1, 10.0.0.2")];
        assert_eq!(seen("10.0.0.1", &lines, ProxyHeader::XForwardedFor, OURS), "203.0.113.1");
    }

    #[test]
    fn what_cannot_be_read_is_not_read_past() {
        for unreadable in [&b"unknown"[..], b"", b"_hidden", b"bl\xe5", b"1.1.1.1.1", b"\"1.1.1.1"] {
            assert_eq!(through(&[b"1.1.1.1, ", unreadable].concat()), "10.0.0.1");
            assert_eq!(through(&[b"1.1.1.1, ", unreadable, b", 10.0.0.2"].concat()), "10.0.0.2");
            assert_eq!(through(&[unreadable, b", 203.0.113.1"].concat()), "203.0.113.1");
        }
        assert_eq!(through(b"nonsense"), "10.0.0.1");
    }

    #[test]
    fn the_standard_header_is_read_as_rfc_7239_has_it() {
        for (said, address) in [
            (&b"for=1.1.1.1, for=\"[2001:db8::1]:443\";proto=https"[..], "2001:db8::1"),
            (b"For=203.0.113.1;by=10.0.0.1", "203.0.113.1"),
            (b"proto=https; for=203.0.113.1", "203.0.113.1"),
            (b"for=1.1.1.1, for=unknown", "10.0.0.1"),
            (b"for=1.1.1.1, by=10.0.0.2", "10.0.0.1"),
            (b"for=1.1.1.1, for=2.2.2.2;for=3.3.3.3", "10.0.0.1"),
            (b"for=\"1.1.1.1, for=203.0.113.1", "203.0.113.1"),
            (b"for=1.1.1.1, for=203.0.113.1, for=10.9.9.9", "203.0.113.1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[("forwarded", said)], ProxyHeader::Forwarded, OURS), address);
        }
    }
}
