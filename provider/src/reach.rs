//! Which addresses a provider's metadata may make us call (RFC 9700 4.9.1, server-side request forgery).
//!
//! https only, but for plain http on loopback. Link-local addresses never (cloud metadata services live
//! there); private and loopback ones only where the issuer's own host is on one.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::settings::is_loopback;

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forbidden {
    #[error("it is not https")]
    Plain,
    #[error("it is link-local")]
    LinkLocal,
    #[error("it is on a private network, and the issuer is not")]
    Private,
}

/// What may be reached on behalf of one issuer. Also the client's resolver, so that the address which was
/// judged is the one that is called.
#[derive(Clone)]
pub(super) struct Reach {
    issuer: Arc<Option<Url>>,
}

impl Reach {
    pub(super) fn of_issuer(issuer: &str) -> Self {
        Self { issuer: Arc::new(Url::parse(issuer).ok()) }
    }

    /// Judges scheme and literal addresses; names are judged when they are resolved.
    pub(super) async fn allows(&self, url: &Url) -> Result<(), Forbidden> {
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
            return Err(Forbidden::Plain);
        }
        match literal(url) {
            Some(address) => self.judge(address, self.is_issuers_host(url.host_str())).await,
            None => Ok(()),
        }
    }

    async fn judge(&self, address: IpAddr, of_issuer: bool) -> Result<(), Forbidden> {
        match kind(address) {
            Kind::Public => Ok(()),
            Kind::LinkLocal => Err(Forbidden::LinkLocal),
            Kind::Private if of_issuer || self.issuer_is_private().await => Ok(()),
            Kind::Private => Err(Forbidden::Private),
        }
    }

    fn is_issuers_host(&self, host: Option<&str>) -> bool {
        self.issuer.as_ref().as_ref().is_some_and(|issuer| issuer.host_str() == host)
    }

    async fn issuer_is_private(&self) -> bool {
        let Some(issuer) = self.issuer.as_ref() else { return false };
        if let Some(address) = literal(issuer) {
            return kind(address) == Kind::Private;
        }
        let Some(host) = issuer.host_str() else { return false };
        match tokio::net::lookup_host((host, 443)).await {
            Ok(mut addresses) => addresses.any(|address| kind(address.ip()) == Kind::Private),
            Err(_) => false,
        }
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let of_issuer = reach.is_issuers_host(Some(name.as_str()));
            let (mut allowed, mut refused) = (Vec::<SocketAddr>::new(), None);
            for address in tokio::net::lookup_host((name.as_str(), 0)).await? {
                match reach.judge(address.ip(), of_issuer).await {
                    Ok(()) => allowed.push(address),
                    Err(why) => refused = Some(why),
                }
            }
            match refused {
                Some(why) if allowed.is_empty() => Err(why.into()),
                _ => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Public,
    Private,
    LinkLocal,
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

fn kind(address: IpAddr) -> Kind {
    match address.to_canonical() {
        IpAddr::V4(v4) if v4.is_link_local() => Kind::LinkLocal,
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let carrier = a == 100 && (64..128).contains(&b);
            let private = v4.is_private() || v4.is_loopback() || a == 0 || v4.is_broadcast() || carrier;
            if private || v4.is_multicast() { Kind::Private } else { Kind::Public }
        }
        IpAddr::V6(v6) if v6.is_unicast_link_local() => Kind::LinkLocal,
        IpAddr::V6(v6) => v6_kind(v6),
    }
}

/// NAT64 and 6to4 carry an IPv4 address inside: it is judged as such.
fn v6_kind(v6: Ipv6Addr) -> Kind {
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind(IpAddr::from([a, b, c, d]))
    };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x2002, high, low, ..] => inner(high, low),
        _ if v6.is_unique_local() || v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() => {
            Kind::Private
        }
        _ => Kind::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn allowed(issuer: &str, url: &str) -> Result<(), Forbidden> {
        Reach::of_issuer(issuer).allows(&Url::parse(url).unwrap()).await
    }

    #[tokio::test]
    async fn only_https_leaves_the_machine() {
        let issuer = "https://op.example";
        assert_eq!(allowed(issuer, "https://op.example/token").await, Ok(()));
        assert_eq!(allowed(issuer, "http://op.example/token").await, Err(Forbidden::Plain));
        assert_eq!(allowed(issuer, "ftp://op.example/token").await, Err(Forbidden::Plain));
        assert_eq!(allowed("http://127.0.0.1:3001", "http://127.0.0.1:3001/token").await, Ok(()));
    }

    #[tokio::test]
    async fn a_public_issuer_does_not_make_us_call_private_addresses() {
        let issuer = "https://203.0.113.7";
        for private in
            ["10.0.0.1", "192.168.1.1", "127.0.0.1", "172.16.0.1", "100.64.0.1", "[::1]", "[fd00::1]"]
        {
            let url = format!("https://{private}/keys");
            assert_eq!(allowed(issuer, &url).await, Err(Forbidden::Private), "{url}");
        }
        for hidden in ["[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "0x0a000001", "0"] {
            let url = format!("https://{hidden}/keys");
            assert_eq!(allowed(issuer, &url).await, Err(Forbidden::Private), "{url}");
        }
        assert_eq!(allowed(issuer, "https://198.51.100.4/keys").await, Ok(()));
    }

    #[tokio::test]
    async fn a_private_issuer_may_have_private_endpoints_but_never_link_local_ones() {
        let issuer = "https://10.1.2.3";
        assert_eq!(allowed(issuer, "https://10.1.2.3/token").await, Ok(()));
        assert_eq!(allowed(issuer, "https://192.168.7.7/token").await, Ok(()));
        for local in ["https://169.254.169.254/", "https://[fe80::1]/", "https://[::ffff:169.254.169.254]/"] {
            assert_eq!(allowed(issuer, local).await, Err(Forbidden::LinkLocal), "{local}");
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_the_address_it_resolves_to() {
        let refused = Reach::of_issuer("https://203.0.113.7").resolve("localhost".parse().unwrap()).await;
        let why = refused.err().unwrap();
        assert_eq!(why.downcast_ref::<Forbidden>(), Some(&Forbidden::Private));
        let found = Reach::of_issuer("https://localhost:8443").resolve("localhost".parse().unwrap()).await;
        assert!(found.unwrap().next().is_some());
    }
}
