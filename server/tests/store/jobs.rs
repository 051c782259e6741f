//! Who does a job.

use identity::Digest;

use super::people::{at, digest};
use crate::support::databases::Database;
use crate::support::opened::Opened;

const MINUTE: i64 = 60;

async fn lease(store: &Opened, job: &str, holder: &str, now: i64) -> bool {
    store.tickets.lease(&digest(job), &digest(holder), at(now), at(now + MINUTE)).await.unwrap()
}

async fn renew(store: &Opened, holder: &str, now: i64) -> bool {
    store.tickets.renew(&digest("job"), &digest(holder), at(now + MINUTE)).await.unwrap()
}

pub async fn of_sixty_four_processes_one_gets_the_job(db: &Database) {
    let stores = [db.open().await, db.open().await];
    let racers = (0..64).map(|number| {
        let store = stores[number % 2].clone();
        tokio::spawn(async move { lease(&store, "job", &format!("holder {number}"), 0).await })
    });
    let mut ours = 0;
    for racer in racers.collect::<Vec<_>>() {
        ours += u32::from(racer.await.unwrap());
    }
    assert_eq!(ours, 1);
}

pub async fn a_job_is_its_holders_until_it_is_given_back_or_runs_out(db: &Database) {
    let store = db.open().await;
    assert!(lease(&store, "job", "one", 0).await);
    assert!(lease(&store, "job", "one", 10).await, "asked again after a lost answer");
    assert!(!lease(&store, "job", "two", 69).await);
    assert!(lease(&store, "another job", "two", 0).await);
    assert!(lease(&store, "job", "two", 70).await, "it ran out");
    assert!(!lease(&store, "job", "one", 71).await);
    store.tickets.release(&digest("job"), &digest("one")).await.unwrap();
    assert!(!lease(&store, "job", "three", 72).await, "only its holder gives it back");
    store.tickets.release(&digest("job"), &digest("two")).await.unwrap();
    store.tickets.release(&digest("job"), &digest("two")).await.unwrap();
    assert!(lease(&store, "job", "three", 72).await);
}

pub async fn a_job_is_kept_by_its_holder_alone(db: &Database) {
    let store = db.open().await;
    assert!(!renew(&store, "one", 0).await, "nobody's");
    assert!(lease(&store, "job", "one", 0).await);
    assert!(renew(&store, "one", 50).await);
    assert!(!lease(&store, "job", "two", 109).await, "kept until 110");
    assert!(!renew(&store, "two", 109).await);
    assert!(renew(&store, "one", 200).await, "it ran out, and nobody took it");
    assert!(lease(&store, "job", "two", 260).await);
    assert!(!renew(&store, "one", 261).await, "somebody took it");
    store.tickets.release(&digest("job"), &digest("two")).await.unwrap();
    assert!(!renew(&store, "one", 262).await, "somebody did it");
}

pub async fn a_job_is_no_ticket_and_its_lease_is_swept_away(db: &Database) {
    let store = db.open().await;
    assert!(lease(&store, "job", "one", 0).await);
    let other = super::tickets::spent("job", 600);
    assert!(store.tickets.spend(&identity::Ticket { key: digest("job"), ..other }).await.unwrap());
    store.tickets.sweep(at(59)).await.unwrap();
    assert!(renew(&store, "one", 0).await);
    store.tickets.sweep(at(60)).await.unwrap();
    assert!(!renew(&store, "one", 0).await);
    let nobody = Digest([0; 32]);
    store.tickets.release(&nobody, &nobody).await.unwrap();
}
