//! Why a server takes no connection. The pool of the driver tries a refused one again until its time is over, and then
//! says that it is.

use std::io;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::try_error::NoConnection;

/// What is waited for, after all the waiting of the pool.
const LOOK: Duration = Duration::from_millis(300);

/// What is wrong with the server at this URL: it takes no connection, or all that we may have are busy.
pub(super) async fn trouble(url: &str) -> NoConnection {
    let silent = || Err(io::Error::from(io::ErrorKind::TimedOut));
    match timeout(LOOK, connect(url)).await.unwrap_or_else(|_| silent()) {
        Ok(()) => NoConnection::AllBusy,
        Err(error) => NoConnection::Refused(error),
    }
}

/// Connects as the driver does, and hangs up.
async fn connect(url: &str) -> io::Result<()> {
    let unreadable = || io::Error::from(io::ErrorKind::InvalidInput);
    let url = Url::parse(url).map_err(|_| unreadable())?;
    let usual = if url.scheme().starts_with("postgres") { 5432 } else { 3306 };
    let parameter = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
    };
    let port = parameter("port").and_then(|port| port.parse().ok()).or(url.port()).unwrap_or(usual);
    let host = parameter("host").or(url.host_str().map(str::to_owned)).unwrap_or("localhost".to_owned());
    let socket = match host.starts_with('/') {
        true => Some(format!("{host}/.s.PGSQL.{port}")),
        false => parameter("socket"),
    };
    match socket {
        Some(path) => at_socket(&path).await,
        None => TcpStream::connect((host.trim_matches(['[', ']']), port)).await.map(drop),
    }
}

#[cfg(unix)]
async fn at_socket(path: &str) -> io::Result<()> {
    tokio::net::UnixStream::connect(path).await.map(drop)
}

#[cfg(not(unix))]
async fn at_socket(_: &str) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_is_not_there_is_told_from_one_that_is() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for url in [
            format!("postgres://u:p@127.0.0.1:{port}/d"),
            format!("mysql://u@h/d?port={port}&host=127.0.0.1"),
        ] {
            assert!(matches!(trouble(&url).await, NoConnection::AllBusy), "{url}");
        }
        drop(listener);
        let refused = trouble(&format!("postgres://u:p@127.0.0.1:{port}/d")).await;
        let NoConnection::Refused(error) = refused else { panic!("{refused:?}") };
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let missing = trouble("postgres:///d?host=/nowhere/at/all").await;
        assert!(matches!(missing, NoConnection::Refused(error) if error.kind() == io::ErrorKind::NotFound));
    }
}
