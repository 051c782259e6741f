//! A network that can fail: everything to and from a server goes through it.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// It carries everything.
    Fair,
    /// All connections break; new ones are refused.
    Down,
    /// Nothing is carried, and nobody is told.
    Silent,
}

/// A network in front of one server.
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
}

impl Proxy {
    /// A network in front of the server that this URL names.
    pub async fn before(url: &str) -> Self {
        let url = url::Url::parse(url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, seen) = watch::channel(Weather::Fair);
        tokio::spawn(serve(Some(listener), address, server, seen));
        Self { address, weather }
    }

    /// The same URL, but through this network.
    pub fn through(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        if url.scheme() == "mongodb" {
            // Else the driver asks the server for its address and goes there itself.
            url.set_query(Some("directConnection=true"));
        }
        url.into()
    }

    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Breaks all connections and takes new ones again.
    pub async fn blink(&self) {
        self.set(Weather::Down);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        self.set(Weather::Fair);
        // Until the listener is back.
        while TcpStream::connect(self.address).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

async fn serve(
    mut listener: Option<TcpListener>,
    address: SocketAddr,
    server: String,
    mut weather: watch::Receiver<Weather>,
) {
    loop {
        if *weather.borrow_and_update() == Weather::Down {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            accepted = accepted => {
                if let Ok((client, _)) = accepted {
                    tokio::spawn(carry(client, server.clone(), weather.clone()));
                }
            }
            changed = weather.changed() => if changed.is_err() { return },
        }
    }
}

/// Carries one connection until the weather changes. A silent one breaks when the weather is fair again.
async fn carry(mut client: TcpStream, server: String, mut weather: watch::Receiver<Weather>) {
    let fair = *weather.borrow_and_update() == Weather::Fair;
    if fair && let Ok(mut server) = TcpStream::connect(server).await {
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut server) => return,
            _ = weather.changed() => {}
        }
    }
    let _ = weather.wait_for(|weather| *weather != Weather::Silent).await;
}
