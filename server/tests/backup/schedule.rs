//! Backups that `serve` makes by itself.

use std::fs;

use super::{Site, done, fresh, text};
use crate::store::people::{plain_login, record};
use crate::support::app::eventually;
use crate::support::databases::Kind;
use crate::support::process::{Serving, free_port};

fn backups(site: &Site) -> Vec<String> {
    let entries = fs::read_dir(site.path("backups")).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> =
        names.filter(|name| name.starts_with("sparekey-") && !name.ends_with(".minisig")).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_makes_them_in_time_keeps_the_newest_and_check_says_which_was_proved() {
    let (site, db) = (Site::new(), fresh(Kind::Sqlite).await);
    record(&db.open().await, &plain_login("ada", 0)).await;
    let settings = [
        ("DATABASE_URL", db.url.as_str()),
        ("SESSION_SECRET", super::SECRET),
        ("OIDC_ISSUER_URL", "http://localhost:1"),
        ("OIDC_CLIENT_ID", "sparekey"),
        ("OIDC_CLIENT_SECRET", "secret"),
        ("BACKUP_TO", "backups"),
        ("BACKUP_SECONDS", "1"),
        ("BACKUP_KEEP", "2"),
        ("BACKUP_RECIPIENTS", site.recipients()),
        ("BACKUP_SIGN_KEY", "sign.key"),
        ("BACKUP_VERIFY_KEY", "sign.pub"),
    ];
    // Of two processes at one folder, one makes each.
    let _one = Serving::start(site.folder.path(), free_port(), &settings).await;
    let _two = Serving::start(site.folder.path(), free_port(), &settings).await;
    eventually("a first one", || async { !backups(&site).is_empty() }).await;
    let first = backups(&site).remove(0);
    eventually("the first one goes", || async { !backups(&site).contains(&first) }).await;
    drop((_one, _two));
    let mut left = backups(&site);
    left.retain(|name| !name.ends_with(".partial"));
    assert!(left.len() <= 3, "{left:?}");
    let newest = format!("backups/{}", left.last().unwrap());
    let check =
        |more: &[(&str, &str)]| text(&site.run(&db.url, &[&settings[2..], more].concat(), &["check"]).stdout);
    let said = check(&[]);
    assert!(said.contains("none of them was proved yet"), "{said}");
    done(&site.opening(&db.url, &[], &["backup", "verify", &newest]));
    let said = check(&[]);
    assert!(said.contains("was proved at") && said.contains(left.last().unwrap()), "{said}");
}
