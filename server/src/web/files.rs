//! Where the built site is: its files, and how Leptos is told of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use leptos::config::{LeptosOptions, get_configuration};
use tower_http::services::ServeDir;

/// The name of the files that cargo-leptos makes.
const OUTPUT: &str = "sparekey";

/// Leptos' own settings. cargo-leptos gives them by environment; without it the site lies beside the binary,
/// so that a release runs from any directory.
pub(crate) fn options(listen: std::net::SocketAddr) -> LeptosOptions {
    match get_configuration(None) {
        Ok(found) if Path::new(&*found.leptos_options.site_root).join("pkg").is_dir() => found.leptos_options,
        _ => LeptosOptions::builder()
            .output_name(OUTPUT)
            .site_root(root().to_string_lossy())
            .site_addr(listen)
            .build(),
    }
}

/// `site` beside the binary, as in a release, or beside its folder, as under `target`.
fn root() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    let found = exe.ancestors().skip(1).take(2).map(|folder| folder.join("site")).find(|site| site.is_dir());
    found.unwrap_or_else(|| PathBuf::from("target/site"))
}

/// Where an open page hears that it should reload; only in what cargo-leptos watches.
pub(crate) fn reload_socket(options: &LeptosOptions) -> Option<String> {
    let watched = cfg!(debug_assertions) && std::env::vars().any(|(name, _)| name == "LEPTOS_WATCH");
    watched.then(|| format!("ws://127.0.0.1:{} ws://localhost:{}", options.reload_port, options.reload_port))
}

/// The files of the site, precompressed where the browser likes that.
pub(crate) fn files(options: &LeptosOptions) -> ServeDir {
    let root: Arc<str> = options.site_root.clone();
    ServeDir::new(&*root).append_index_html_on_directories(false).precompressed_br().precompressed_gzip()
}
