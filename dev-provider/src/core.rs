//! What all addresses of one provider share: its name, its keys, its clients, the people and
//! what it remembers. Nothing here knows of HTTP requests.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::books::Books;
use crate::bounded::Locked;
use crate::calls::Calls;
use crate::clock::now;
use crate::faults::{Faults, Scene};
use crate::jwt::Draft;
use crate::keys::{Algorithm, Keys};
use crate::people::{Person, people};
use crate::rewrite::Rewrites;
use crate::settings::{Client, Provisioning, Settings};

/// People whom "Be somebody new" made are kept beside the first ones up to this number.
const MOST_PEOPLE: usize = 1000;

pub(crate) struct Core {
    pub(crate) issuer: String,
    /// The issuer without a trailing slash; endpoints are below it.
    pub(crate) base: String,
    /// Cookies do not know ports, so each provider on this host has a name of its own.
    pub(crate) cookie: String,
    pub(crate) log_in_as: Locked<Option<String>>,
    /// The tenant whose people log in, where there are several.
    pub(crate) tenant: Locked<Option<String>>,
    pub(crate) clients: Locked<Vec<Client>>,
    pub(crate) people: Locked<Vec<Person>>,
    pub(crate) signing: Locked<Signing>,
    pub(crate) access_lifetime: Locked<Duration>,
    pub(crate) books: Locked<Books>,
    pub(crate) faults: Faults,
    pub(crate) rewrites: Locked<Rewrites>,
    pub(crate) calls: Calls,
    pub(crate) http: reqwest::Client,
    pub(crate) provisioning: Locked<Option<Provisioning>>,
    /// What the application said to what it was told last.
    pub(crate) told: Locked<String>,
}

/// The keys in use and the algorithm of all that is signed honestly.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) keys: Keys,
    pub(crate) algorithm: Algorithm,
    pub(crate) rotations: u32,
}

impl Core {
    pub(crate) fn new(settings: Settings, port: u16, http: reqwest::Client) -> Arc<Self> {
        let issuer = settings.issuer.unwrap_or_else(|| format!("http://{}:{port}", settings.address.ip()));
        let signing = Signing { keys: Keys::first(), algorithm: Algorithm::Rs256, rotations: 0 };
        Arc::new(Self {
            base: issuer.trim_end_matches('/').to_owned(),
            issuer,
            cookie: format!("dev_provider_{port}"),
            log_in_as: Locked::new(settings.log_in_as),
            tenant: Locked::default(),
            clients: Locked::new(settings.clients),
            people: Locked::new(people()),
            signing: Locked::new(signing),
            access_lifetime: Locked::new(Duration::from_secs(3600)),
            books: Locked::default(),
            faults: Faults::default(),
            rewrites: Locked::default(),
            calls: Calls::default(),
            http,
            provisioning: Locked::new(settings.provisioning),
            told: Locked::default(),
        })
    }

    /// What tokens name as `iss`: the provider, or its tenant.
    pub(crate) fn token_issuer(&self) -> String {
        let tenant = self.tenant.lock();
        tenant.as_deref().map_or_else(|| self.issuer.clone(), |tenant| self.issuer_of(tenant))
    }

    /// The issuer of a tenant, or with `{tenantid}` the template of all of them.
    pub(crate) fn issuer_of(&self, tenant: &str) -> String {
        format!("{}/{tenant}/v2.0", self.base)
    }

    pub(crate) fn scene(&self, client_id: &str) -> Scene {
        Scene {
            issuer: self.issuer.clone(),
            base: self.base.clone(),
            client_id: client_id.to_owned(),
            now: now(),
        }
    }

    pub(crate) fn client(&self, id: &str) -> Option<Client> {
        let clients = self.clients.lock();
        clients.iter().find(|client| client.id == id).cloned()
    }

    /// The person with this subject; whoever is unknown is nothing but a subject.
    pub(crate) fn person(&self, subject: &str) -> Person {
        let people = self.people.lock();
        let known = people.iter().find(|person| person.subject == subject);
        known.cloned().unwrap_or_else(|| Person::new(subject))
    }

    /// The person with this subject, if there is one.
    pub(crate) fn known(&self, subject: &str) -> Option<Person> {
        self.people.lock().iter().find(|person| person.subject == subject).cloned()
    }

    /// Adds somebody, or replaces whoever has the same subject.
    pub(crate) fn add_person(&self, person: Person) {
        let mut people = self.people.lock();
        people.retain(|known| known.subject != person.subject);
        if people.len() >= MOST_PEOPLE {
            people.pop();
        }
        people.push(person);
    }

    pub(crate) fn draft(&self, claims: Map<String, Value>) -> Draft {
        let signing = self.signing.lock();
        Draft::new(&signing.keys.kid, signing.algorithm, claims)
    }

    /// Seals a draft meant for this client.
    pub(crate) fn seal(&self, draft: Draft, client_id: &str) -> String {
        let secret = self.client(client_id).and_then(|client| client.secret);
        let keys = self.signing.lock().keys.clone();
        draft.compact(&keys, secret.as_deref())
    }
}
