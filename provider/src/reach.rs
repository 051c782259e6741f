//! Which addresses a provider's metadata may make us call (RFC 9700 4.9.1, server-side request forgery).
//!
//! https only, but for plain http on loopback. What no provider lives at never (link-local, multicast, the
//! metadata services of clouds). What is not reachable from everywhere only where the issuer is not either, and
//! loopback only where the issuer is on it; the issuer's own host is the operator's word. By way of a proxy it is
//! the proxy that resolves names, and its rules that count; addresses are judged here all the same.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::network::{Kind, kind};
use crate::host::{is_loopback, is_plain};
use crate::proxy::Proxy;

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Forbidden {
    #[error("it is not https")]
    Plain,
    #[error("its host is no plain name")]
    Host,
    #[error("no provider lives there")]
    Never,
    #[error("it is on a private network, and the issuer is not")]
    Private,
    #[error("it is on this machine, and the issuer is not")]
    Loopback,
}

/// What may be reached on behalf of one issuer. Also the client's resolver, so that the address which was
/// judged is the one that is called.
#[derive(Clone)]
pub(super) struct Reach {
    issuer: Arc<Option<Url>>,
    proxy: Option<Proxy>,
}

impl Reach {
    pub(super) fn new(issuer: &str, proxy: Option<Proxy>) -> Self {
        Self { issuer: Arc::new(Url::parse(issuer).ok()), proxy }
    }

    /// Judges scheme, host and literal addresses; names are judged when they are resolved.
    pub(super) async fn allows(&self, url: &Url) -> Result<(), Forbidden> {
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(url)) {
            return Err(Forbidden::Plain);
        }
        if !is_plain(url) {
            return Err(Forbidden::Host);
        }
        let of_issuer = self.is_issuers_host(url.host_str());
        match literal(url) {
            Some(address) => self.judge(address, of_issuer).await,
            // No proxy's business, and not resolved by one.
            None if is_loopback(url) && !of_issuer => match self.issuer_kind().await {
                Kind::Loopback => Ok(()),
                _ => Err(Forbidden::Loopback),
            },
            None => Ok(()),
        }
    }

    async fn judge(&self, address: IpAddr, of_issuer: bool) -> Result<(), Forbidden> {
        match kind(address) {
            Kind::Public => Ok(()),
            Kind::Never => Err(Forbidden::Never),
            Kind::Loopback | Kind::Private if of_issuer => Ok(()),
            Kind::Loopback if self.issuer_kind().await == Kind::Loopback => Ok(()),
            Kind::Loopback => Err(Forbidden::Loopback),
            Kind::Private if self.issuer_kind().await != Kind::Public => Ok(()),
            Kind::Private => Err(Forbidden::Private),
        }
    }

    fn is_issuers_host(&self, host: Option<&str>) -> bool {
        self.issuer.as_ref().as_ref().is_some_and(|issuer| issuer.host_str() == host)
    }

    fn is_proxys_host(&self, host: &str) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| proxy.address().host_str() == Some(host))
    }

    /// Where the issuer lives. With one public address it is public: whoever is asked by its name must not make
    /// us reach further than that.
    async fn issuer_kind(&self) -> Kind {
        let Some(issuer) = self.issuer.as_ref() else { return Kind::Public };
        if let Some(address) = literal(issuer) {
            return kind(address);
        }
        if is_loopback(issuer) {
            return Kind::Loopback;
        }
        let host = issuer.host_str().unwrap_or_default();
        let Ok(addresses) = tokio::net::lookup_host((host, 443)).await else { return Kind::Public };
        addresses.map(|address| kind(address.ip())).reduce(Kind::widest).unwrap_or(Kind::Public)
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // The proxy is the operator's choice.
            if !reach.is_proxys_host(name.as_str()) {
                let of_issuer = reach.is_issuers_host(Some(name.as_str()));
                for address in &addresses {
                    reach.judge(address.ip(), of_issuer).await?;
                }
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://9.9.9.9";

    async fn allowed(issuer: &str, url: &str) -> Result<(), Forbidden> {
        Reach::new(issuer, None).allows(&Url::parse(url).unwrap()).await
    }

    async fn resolved(issuer: &str, name: &str, proxy: Option<&str>) -> Result<usize, Forbidden> {
        let proxy = proxy.map(|address| Proxy::new(address, None).unwrap());
        match Reach::new(issuer, proxy).resolve(name.parse().unwrap()).await {
            Ok(found) => Ok(found.count()),
            Err(why) => Err(*why.downcast_ref::<Forbidden>().unwrap()),
        }
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
    async fn a_host_is_of_plain_letters_and_nobody_is_named_before_it() {
        for odd in [
            "https://a;b/",
            "https://a,b.example/",
            "https://*.example/",
            "https://o'b.example/",
            "https://u:p@op.example/",
        ] {
            assert_eq!(allowed(PUBLIC, odd).await, Err(Forbidden::Host), "{odd}");
        }
        for fine in ["https://xn--bcher-kva.example/", "https://my_op.example:8443/"] {
            assert_eq!(allowed(PUBLIC, fine).await, Ok(()), "{fine}");
        }
    }

    #[tokio::test]
    async fn a_public_issuer_opens_neither_private_networks_nor_this_machine() {
        for private in ["10.0.0.1", "0x0a000001", "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]"] {
            let url = format!("https://{private}/keys");
            assert_eq!(allowed(PUBLIC, &url).await, Err(Forbidden::Private), "{url}");
        }
        for here in ["https://127.0.0.1/", "https://[::1]/", "http://127.0.0.1:9/", "http://localhost:9/"] {
            assert_eq!(allowed(PUBLIC, here).await, Err(Forbidden::Loopback), "{here}");
        }
        assert_eq!(allowed(PUBLIC, "https://8.8.4.4/keys").await, Ok(()));
    }

    #[tokio::test]
    async fn a_private_issuer_opens_private_networks_and_not_this_machine() {
        let issuer = "https://10.1.2.3";
        assert_eq!(allowed(issuer, "https://10.1.2.3/token").await, Ok(()));
        assert_eq!(allowed(issuer, "https://192.168.7.7/token").await, Ok(()));
        for here in ["https://127.0.0.1/", "https://localhost:6379/", "http://[::1]:9/"] {
            assert_eq!(allowed(issuer, here).await, Err(Forbidden::Loopback), "{here}");
        }
    }

    #[tokio::test]
    async fn an_issuer_on_this_machine_opens_this_machine() {
        for issuer in ["http://127.0.0.1:3001", "http://localhost:3001"] {
            for here in ["http://localhost:9/", "http://127.0.0.1:9/", "https://[::1]/", "https://10.0.0.1/"]
            {
                assert_eq!(allowed(issuer, here).await, Ok(()), "{issuer} {here}");
            }
        }
    }

    #[tokio::test]
    async fn what_no_provider_lives_at_is_never_called() {
        for local in ["https://169.254.169.254/", "https://[fe80::1]/", "https://[::ffff:169.254.169.254]/"] {
            for issuer in [PUBLIC, "https://10.1.2.3", "http://127.0.0.1:3001", "https://169.254.169.254"] {
                assert_eq!(allowed(issuer, local).await, Err(Forbidden::Never), "{issuer} {local}");
            }
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_every_address_it_resolves_to() {
        assert_eq!(resolved(PUBLIC, "localhost", None).await, Err(Forbidden::Loopback));
        assert!(resolved("https://localhost:8443", "localhost", None).await.unwrap() > 0);
        assert!(resolved("https://127.0.0.1:8443", "localhost", None).await.unwrap() > 0);
    }

    #[tokio::test]
    async fn a_proxy_may_be_wherever_the_operator_says() {
        assert!(resolved(PUBLIC, "localhost", Some("http://localhost:3128")).await.unwrap() > 0);
        assert_eq!(resolved(PUBLIC, "localhost", Some("http://9.9.9.9:1")).await, Err(Forbidden::Loopback));
    }
}
