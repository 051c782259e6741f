//! The provider by itself, for the browser tests and for looking at it:
//! `cargo run -p dev-provider --example serve -- [ADDRESS] [SITE_URL]`.

use std::net::SocketAddr;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address: SocketAddr = match arguments.next() {
        Some(address) => address.parse()?,
        None => ([127, 0, 0, 1], 0).into(),
    };
    let site = arguments.next();
    let site = site.as_deref().unwrap_or("http://localhost:3000");
    let provider = dev_provider::start(dev_provider::Settings::for_site(site).at(address)).await?;
    println!("{}", provider.issuer());
    tokio::signal::ctrl_c().await?;
    provider.stop().await;
    Ok(())
}
