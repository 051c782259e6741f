//! What kind of place an IP address is: the special-purpose registries of IANA (RFC 6890), as of 2026, and the
//! ways of IPv6 to carry an IPv4 address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address can be reached from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Nobody's: no provider lives there.
    Never,
    /// This machine.
    Loopback,
    /// Some network.
    Private,
    /// Everywhere.
    Public,
}

impl Kind {
    /// The kind of whoever has both.
    pub(super) fn widest(self, other: Self) -> Self {
        self.max(other)
    }
}

/// A network in CIDR form, and what it is.
type Range<A> = (A, u32, Kind);

const fn v4(address: [u8; 4], bits: u32, kind: Kind) -> Range<Ipv4Addr> {
    (Ipv4Addr::new(address[0], address[1], address[2], address[3]), bits, kind)
}

/// The first one that holds an address counts; what is in none is public.
const V4: &[Range<Ipv4Addr>] = &[
    // "This network"; many systems take 0.0.0.0 for loopback.
    v4([0, 0, 0, 0], 8, Kind::Never),
    v4([127, 0, 0, 0], 8, Kind::Loopback),
    // Link-local, where clouds have their metadata service, and its other places: Alibaba, Oracle, Azure.
    v4([169, 254, 0, 0], 16, Kind::Never),
    v4([100, 100, 100, 200], 32, Kind::Never),
    v4([192, 0, 0, 192], 32, Kind::Never),
    v4([168, 63, 129, 16], 32, Kind::Never),
    v4([10, 0, 0, 0], 8, Kind::Private),
    v4([172, 16, 0, 0], 12, Kind::Private),
    v4([192, 168, 0, 0], 16, Kind::Private),
    // Shared by the customers of a carrier, and by overlay networks.
    v4([100, 64, 0, 0], 10, Kind::Private),
    // For benchmarks, and used as private addresses.
    v4([198, 18, 0, 0], 15, Kind::Private),
    // Anycast for PCP and TURN is global; the other protocol assignments are not.
    v4([192, 0, 0, 9], 32, Kind::Public),
    v4([192, 0, 0, 10], 32, Kind::Public),
    v4([192, 0, 0, 0], 24, Kind::Private),
    // For documentation.
    v4([192, 0, 2, 0], 24, Kind::Private),
    v4([198, 51, 100, 0], 24, Kind::Private),
    v4([203, 0, 113, 0], 24, Kind::Private),
    // The anycast of 6to4 that was.
    v4([192, 88, 99, 0], 24, Kind::Private),
    v4([224, 0, 0, 0], 4, Kind::Never),
    v4([255, 255, 255, 255], 32, Kind::Never),
    // Reserved, and used as private addresses.
    v4([240, 0, 0, 0], 4, Kind::Private),
];

const fn v6(address: [u16; 4], bits: u32, kind: Kind) -> Range<Ipv6Addr> {
    let [a, b, c, d] = address;
    (Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), bits, kind)
}

/// As [`V4`].
const V6: &[Range<Ipv6Addr>] = &[
    (Ipv6Addr::LOCALHOST, 128, Kind::Loopback),
    // Unspecified, which many systems take for loopback, and IPv4-compatible addresses, which are no more.
    v6([0, 0, 0, 0], 96, Kind::Never),
    v6([0xfe80, 0, 0, 0], 10, Kind::Never),
    v6([0xff00, 0, 0, 0], 8, Kind::Never),
    // The metadata services of Amazon and Google.
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, Kind::Never),
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128, Kind::Never),
    v6([0xfc00, 0, 0, 0], 7, Kind::Private),
    // Site-local addresses, which are no more, and translation within one network.
    v6([0xfec0, 0, 0, 0], 10, Kind::Private),
    v6([0x64, 0xff9b, 1, 0], 48, Kind::Private),
    // To be discarded; a dummy.
    v6([0x100, 0, 0, 0], 63, Kind::Never),
    // Of the protocol assignments these are global: anycast, AMT, AS112, ORCHIDv2, drones.
    (Ipv6Addr::new(0x2001, 1, 0, 0, 0, 0, 0, 0), 126, Kind::Public),
    v6([0x2001, 3, 0, 0], 32, Kind::Public),
    v6([0x2001, 4, 0x112, 0], 48, Kind::Public),
    v6([0x2001, 0x20, 0, 0], 27, Kind::Public),
    v6([0x2001, 0, 0, 0], 23, Kind::Private),
    // For documentation.
    v6([0x2001, 0xdb8, 0, 0], 32, Kind::Private),
    v6([0x3fff, 0, 0, 0], 20, Kind::Private),
    // Segment routing.
    v6([0x5f00, 0, 0, 0], 16, Kind::Private),
];

/// The kind of an address, or of the IPv4 address that it carries.
pub(super) fn kind(address: IpAddr) -> Kind {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let number = u32::from(address);
            let holds = |(network, bits, _): &&Range<Ipv4Addr>| {
                (number ^ u32::from(*network)).leading_zeros() >= *bits
            };
            V4.iter().find(holds).map_or(Kind::Public, |(_, _, kind)| *kind)
        }
        IpAddr::V6(address) => carried(address).unwrap_or_else(|| {
            let number = u128::from(address);
            let holds = |(network, bits, _): &&Range<Ipv6Addr>| {
                (number ^ u128::from(*network)).leading_zeros() >= *bits
            };
            V6.iter().find(holds).map_or(Kind::Public, |(_, _, kind)| *kind)
        }),
    }
}

/// NAT64 (RFC 6052), its predecessor (RFC 2765), 6to4 (RFC 3056), Teredo (RFC 4380) and ISATAP (RFC 5214) carry
/// an IPv4 address: it is judged as such.
fn carried(address: Ipv6Addr) -> Option<Kind> {
    let inner = |high: u16, low: u16| kind(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)).into());
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => Some(inner(high, low)),
        [0x2002, high, low, ..] => Some(inner(high, low)),
        // The server, and the client behind its translator, whose bits are turned around.
        [0x2001, 0, server, server_low, _, _, high, low] => {
            Some(inner(server, server_low).min(inner(!high, !low)))
        }
        [first, _, _, _, 0 | 0x200, 0x5efe, high, low] if first & 0xe000 == 0x2000 => Some(inner(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Kind {
        kind(address.parse().unwrap())
    }

    #[test]
    fn every_special_range_is_told_from_what_lies_beside_it() {
        for (inside, kind, outside) in [
            ("10.255.255.255", Kind::Private, "11.0.0.0"),
            ("172.31.255.255", Kind::Private, "172.32.0.0"),
            ("192.168.0.1", Kind::Private, "192.169.0.0"),
            ("100.64.0.1", Kind::Private, "100.128.0.0"),
            ("198.19.255.255", Kind::Private, "198.20.0.0"),
            ("192.0.0.8", Kind::Private, "192.0.0.9"),
            ("192.0.2.1", Kind::Private, "192.0.3.0"),
            ("198.51.100.4", Kind::Private, "198.51.101.0"),
            ("203.0.113.7", Kind::Private, "203.0.114.0"),
            ("192.88.99.1", Kind::Private, "192.88.98.0"),
            ("240.0.0.1", Kind::Private, "223.255.255.255"),
            ("127.8.8.8", Kind::Loopback, "128.0.0.1"),
            ("0.0.0.0", Kind::Never, "1.0.0.0"),
            ("169.254.169.254", Kind::Never, "169.255.0.0"),
            ("224.0.0.1", Kind::Never, "223.0.0.1"),
            ("255.255.255.255", Kind::Never, "1.1.1.1"),
            ("168.63.129.16", Kind::Never, "168.63.129.17"),
            ("::1", Kind::Loopback, "2606:4700::1"),
            ("::", Kind::Never, "2606:4700::1"),
            ("::8.8.8.8", Kind::Never, "2606:4700::1"),
            ("febf::1", Kind::Never, "fe00::1"),
            ("ff02::1", Kind::Never, "fe00::1"),
            ("fd00:ec2::254", Kind::Never, "2606:4700::254"),
            ("fdff::1", Kind::Private, "fe00::1"),
            ("fec0::1", Kind::Private, "fe00::1"),
            ("64:ff9b:1::808:808", Kind::Private, "64:ff9b:2::1"),
            ("100::1", Kind::Never, "100:0:0:2::1"),
            ("2001:2::1", Kind::Private, "2001:3::1"),
            ("2001:10::1", Kind::Private, "2001:20::1"),
            ("2001:db8::1", Kind::Private, "2001:db9::1"),
            ("3fff:fff::1", Kind::Private, "3fff:1000::1"),
            ("5f00::1", Kind::Private, "5f01::1"),
        ] {
            assert_eq!((of(inside), of(outside)), (kind, Kind::Public), "{inside} {outside}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_is_what_counts() {
        for (private, public) in [
            ("::ffff:10.0.0.1", "::ffff:8.8.8.8"),
            ("64:ff9b::a00:1", "64:ff9b::808:808"),
            ("::ffff:0:10.0.0.1", "::ffff:0:8.8.8.8"),
            ("2002:a00:1::1", "2002:808:808::1"),
            // Server 8.8.8.8 and client 10.0.0.1, or 9.9.9.9.
            ("2001:0:808:808::f5ff:fffe", "2001:0:808:808::f6f6:f6f6"),
            ("2001:0:a00:1::f6f6:f6f6", "2001:0:808:808::f6f6:f6f6"),
            ("2606:4700::5efe:a00:1", "2606:4700::5efe:808:808"),
        ] {
            assert_eq!((of(private), of(public)), (Kind::Private, Kind::Public), "{private} {public}");
        }
        assert_eq!(of("2002:7f00:1::"), Kind::Loopback);
        assert_eq!(of("::ffff:169.254.169.254"), Kind::Never);
    }
}
