//! A network that can fail: everything to and from a server goes through it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{ReadHalf, WriteHalf};
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
    /// How many answers come through before one is lost; below 0 none will be.
    before_loss: watch::Sender<i64>,
}

impl Proxy {
    /// A network in front of the server that this URL names.
    pub async fn before(url: &str) -> Self {
        let url = url::Url::parse(url).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (weather, seen) = watch::channel(Weather::Fair);
        let before_loss = watch::Sender::new(-1);
        tokio::spawn(serve(Some(listener), address, server, seen, before_loss.clone()));
        Self { address, weather, before_loss }
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

    /// Loses an answer after so many others, and soon its connection: what was asked is done, nobody is told.
    pub fn lose_an_answer(&self, after: i64) {
        self.before_loss.send_replace(after);
    }

    pub fn has_lost_it(&self) -> bool {
        *self.before_loss.borrow() < 0
    }

    /// Waits until it is lost; the connection is there still.
    pub async fn lost_it(&self) {
        self.before_loss.subscribe().wait_for(|left| *left < 0).await.unwrap();
    }

    /// Breaks all connections and takes new ones again.
    pub async fn blink(&self) {
        self.set(Weather::Down);
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.set(Weather::Fair);
        // Until the listener is back.
        while TcpStream::connect(self.address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn serve(
    mut listener: Option<TcpListener>,
    address: SocketAddr,
    server: String,
    mut weather: watch::Receiver<Weather>,
    before_loss: watch::Sender<i64>,
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
                    tokio::spawn(carry(client, server.clone(), weather.clone(), before_loss.clone()));
                }
            }
            changed = weather.changed() => if changed.is_err() { return },
        }
    }
}

/// Carries one connection until the weather changes. A silent one breaks when the weather is fair again.
async fn carry(
    mut client: TcpStream,
    server: String,
    mut weather: watch::Receiver<Weather>,
    before_loss: watch::Sender<i64>,
) {
    let fair = *weather.borrow_and_update() == Weather::Fair;
    if fair && let Ok(mut server) = TcpStream::connect(server).await {
        let (mut asks, hears) = client.split();
        let (answers, mut is_asked) = server.split();
        tokio::select! {
            _ = copy(&mut asks, &mut is_asked) => return,
            _ = until_one_is_lost(answers, hears, &before_loss) => return,
            _ = weather.changed() => {}
        }
    }
    let _ = weather.wait_for(|weather| *weather != Weather::Silent).await;
}

async fn until_one_is_lost(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    before_loss: &watch::Sender<i64>,
) -> std::io::Result<()> {
    let mut answer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut answer).await?;
        let mut is_lost = false;
        before_loss.send_modify(|left| {
            is_lost = *left == 0;
            *left -= 1;
        });
        if is_lost {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if is_lost || length == 0 {
            return Ok(());
        }
        to.write_all(&answer[..length]).await?;
    }
}
