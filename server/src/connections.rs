//! Connections, and what one client may hold of them: each has a time for its head, for sitting idle and for
//! taking its answer, and there is a bound on their number and on the bytes of heads that are not finished.
//! Whoever waits longest makes room, so that newcomers get in.
//!
//! HTTP/1.1 alone is spoken: a proxy speaks the rest, and what is not spoken needs no bounds.

mod stream;
mod table;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use stream::{Answering, Coming, Watched};
use table::{Connection, Table};

/// The bytes of a request line and all headers. Beyond it the answer is 431.
const HEAD_BYTES: usize = 64 * 1024;
/// How often what takes too long is looked for.
const ROUND: Duration = Duration::from_secs(1);
/// After an error of the system that is not the connection's own, such as no more files.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop`, then until all that is in flight is finished. Connections of `proxies` are those of
/// many clients, as are the machine's own, so they are not counted by client.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    proxies: Vec<IpNet>,
    stop: impl Future<Output = ()>,
) {
    let (table, graceful) = (Arc::new(Table::new(table::most())), GracefulShutdown::new());
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => accepted(&table, &graceful, &router, &proxies, stream, peer),
                Err(error) if is_of_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "accept failed");
                    table.make_room();
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    let watching = async {
        let mut clock = tokio::time::interval(ROUND);
        loop {
            clock.tick().await;
            table.close_what_takes_too_long();
        }
    };
    tokio::select! {
        () = async { tokio::join!(accepting, watching); } => {}
        () = stop => {}
    }
    drop(listener);
    graceful.shutdown().await;
}

fn accepted(
    table: &Arc<Table>,
    graceful: &GracefulShutdown,
    router: &Router,
    proxies: &[IpNet],
    stream: TcpStream,
    peer: SocketAddr,
) {
    // Without it, streamed pages wait for acknowledgements (40 ms each).
    drop(stream.set_nodelay(true));
    let Some(connection) = Table::admit(table, client(peer.ip(), proxies)) else { return };
    let (router, of_service) = (router.clone(), connection.clone());
    let service = service_fn(move |request| answer(router.clone(), of_service.clone(), peer, request));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        // Ours are finer; this one is for whatever they miss.
        .header_read_timeout(table::IDLE * 2)
        .max_buf_size(HEAD_BYTES)
        .max_header_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Watched::new(stream, connection.clone())), service);
    let serving = graceful.watch(serving);
    tokio::spawn(async move {
        tokio::select! {
            served = serving => if let Err(error) = served {
                tracing::debug!(%error, "connection error");
            },
            () = connection.closed() => {}
        }
    });
}

async fn answer(
    router: Router,
    connection: Arc<Connection>,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response<Answering>, std::convert::Infallible> {
    let busy = connection.busy(request.body().is_end_stream());
    request.extensions_mut().insert(ConnectInfo(peer));
    let request = request.map(|body| Body::new(Coming::new(body, connection)));
    let response = router.oneshot(request).await?;
    Ok(response.map(|body| Answering::new(body, busy)))
}

/// By whom a connection is counted: an IPv4 address, the network of an IPv6 one; nobody where many share it.
fn client(peer: IpAddr, proxies: &[IpNet]) -> Option<u64> {
    let peer = peer.to_canonical();
    let is_shared = peer.is_loopback() || proxies.iter().any(|proxy| proxy.contains(&peer));
    (!is_shared).then(|| crate::web::client_key(peer))
}

/// Whether only this one connection failed before it was accepted.
fn is_of_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
