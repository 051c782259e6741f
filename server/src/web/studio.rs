//! What is of the studio, and who may be there.

use std::sync::Arc;

use app::Insider;
use identity::{Actor, Login, LoginError, Viewer};
use percent_encoding::percent_decode_str;

/// Whoever is signed in, where they may be in the studio.
pub(super) async fn insider(login: &Login, viewer: Arc<Viewer>) -> Result<Option<Arc<Insider>>, LoginError> {
    let Some(role) = login.role(&viewer).await? else { return Ok(None) };
    let actor = Actor::User(viewer.user.id);
    Ok(Some(Arc::new(Insider { role, actor, viewer: Some(viewer) })))
}

/// Whether an address is below the studio's, however it is spelled: encoded, with slashes or dots too many. Where two
/// readers could differ, it is.
pub(super) fn is_of_studio(path: &str) -> bool {
    let decoded = percent_decode_str(path).decode_utf8_lossy().replace('\\', "/");
    let own = app::STUDIO.trim_start_matches('/');
    let segments = || decoded.split('/').filter(|segment| !matches!(*segment, "" | "."));
    let mut resolved: Vec<&str> = Vec::new();
    for segment in segments() {
        match segment {
            ".." => drop(resolved.pop()),
            segment => resolved.push(segment),
        }
    }
    segments().next() == Some(own) || resolved.first() == Some(&own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_studio_is_below_its_address_in_every_spelling_and_nothing_else_is() {
        for within in [
            "/studio",
            "/studio/",
            "//studio",
            "/./studio",
            "/x/../studio",
            "/studio/../dashboard",
            "/studio%2fusers",
            "/%73tudio",
            "/studio\\users",
            "/%2e/studio",
            "/studio/users/%ff",
        ] {
            assert!(is_of_studio(within), "{within}");
        }
        for beside in ["/", "/studios", "/studio.css", "/x/studio", "/Studio", "/%2573tudio", "/dashboard"] {
            assert!(!is_of_studio(beside), "{beside}");
        }
    }
}
