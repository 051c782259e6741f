//! The client by which a provider calls back, and by which tests and measurements play the browser.

/// A client that follows no redirect and uses no proxy. Where reqwest is built to ask for the TLS of the process,
/// as beside Sparekey's own client, that is ring.
pub fn client() -> reqwest::ClientBuilder {
    // Fails where it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy()
}
