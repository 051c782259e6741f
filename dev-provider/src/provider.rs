//! Starting the provider, and the handle by which tests steer it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Router, middleware};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::back_channel::{self, Delivered};
use crate::bounded::Locked;
use crate::calls::{Calls, Endpoint};
use crate::core::Core;
use crate::faults::Faults;
use crate::http;
use crate::keys::{Algorithm, Keys};
use crate::people::Person;
use crate::settings::{Client, Provisioning, Settings};
use crate::{
    authorize, door, html, logout, metadata, par, people_page, revoke, scim, switch_page, token, userinfo,
};

/// How long `stop` waits for answers under way.
const PATIENCE: Duration = Duration::from_secs(1);

/// A running provider. It stops when this is dropped.
pub struct DevProvider {
    core: Arc<Core>,
    address: SocketAddr,
    serving: Locked<Option<Serving>>,
}

struct Serving {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Binds the address and serves on a task of the running tokio runtime.
///
/// # Errors
/// The address cannot be bound.
pub async fn start(settings: Settings) -> io::Result<DevProvider> {
    let listener = TcpListener::bind(settings.address).await?;
    let address = listener.local_addr()?;
    // Making the first RSA key would hold up a runtime of one thread.
    tokio::task::spawn_blocking(Keys::first).await?;
    let http = http::client().timeout(Duration::from_secs(10)).build().map_err(io::Error::other)?;
    let core = Core::new(settings, address.port(), http);
    let serving = serve(listener, core.clone());
    Ok(DevProvider { core, address, serving: Locked::new(Some(serving)) })
}

/// The issuer of a provider of this kind that listens at this address already; none where there is none.
pub async fn running_at(address: SocketAddr) -> Option<String> {
    let http = http::client().timeout(Duration::from_secs(1)).build().ok()?;
    let origin = format!("http://{address}");
    let answer = http.get(format!("{origin}/.well-known/openid-configuration")).send().await.ok()?;
    let metadata: Value = serde_json::from_str(&answer.text().await.ok()?).ok()?;
    (metadata["issuer"] == origin.as_str()).then_some(origin)
}

impl DevProvider {
    /// What tokens and metadata name as `iss`.
    pub fn issuer(&self) -> &str {
        &self.core.issuer
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The switches for misbehaviour.
    pub fn faults(&self) -> &Faults {
        &self.core.faults
    }

    /// What was asked of it.
    pub fn calls(&self) -> &Calls {
        &self.core.calls
    }

    /// Registers a client, in the place of one with the same id.
    pub fn register(&self, client: Client) {
        let mut clients = self.core.clients.lock();
        clients.retain(|known| known.id != client.id);
        clients.push(client);
    }

    /// Tells this application who changes from now on, and lets it read who is there.
    pub fn provision(&self, provisioning: Provisioning) {
        *self.core.provisioning.lock() = Some(provisioning);
    }

    /// Answers every authorization request as this subject, known or not, without a page;
    /// `None` shows the page. A request header `dev-choose: SUBJECT` does so for one request.
    pub fn log_in_as(&self, subject: Option<&str>) {
        *self.core.log_in_as.lock() = subject.map(str::to_owned);
    }

    /// Speaks for a tenant from now on: tokens name `ISSUER/TENANT/v2.0`, where its metadata is. Whether a
    /// person is of that tenant says their claim `tid`, as at Microsoft Entra ID.
    pub fn speak_for_tenant(&self, tenant: &str) {
        *self.core.tenant.lock() = Some(tenant.to_owned());
    }

    /// Replaces the people, also for userinfo and refreshes of log-ins that were before.
    pub fn set_people(&self, people: Vec<Person>) {
        *self.core.people.lock() = people;
    }

    /// Adds one person, or replaces whoever has the same subject.
    pub fn set_person(&self, person: Person) {
        self.core.add_person(person);
    }

    /// How long access tokens say they live; an hour at the start.
    pub fn access_tokens_live_for(&self, lifetime: Duration) {
        *self.core.access_lifetime.lock() = lifetime;
    }

    /// Signs by this algorithm from now on. The published key and metadata follow.
    pub fn sign_with(&self, algorithm: Algorithm) {
        self.core.signing.lock().algorithm = algorithm;
    }

    /// New keys under a new key id, the old ones gone at once.
    pub fn rotate_keys(&self) {
        let mut signing = self.core.signing.lock();
        signing.rotations += 1;
        signing.keys = Keys::new(&format!("dev-{}", signing.rotations + 1));
    }

    /// New keys under the old key id, as some providers do after a restart.
    pub fn rotate_keys_under_the_same_kid(&self) {
        let mut signing = self.core.signing.lock();
        signing.keys = Keys::new(&signing.keys.kid.clone());
    }

    /// Answers at this address with what `edit` makes of the honest body, and with this content type where one
    /// is given.
    pub fn rewrite(
        &self,
        at: Endpoint,
        content_type: Option<&'static str>,
        edit: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static,
    ) {
        let content_type = content_type.map(HeaderValue::from_static);
        self.core.rewrites.lock().answers.insert(at, (content_type, Arc::new(edit)));
    }

    /// Signs ID tokens over what `edit` makes of the honest claims, as JSON text.
    pub fn rewrite_id_tokens(&self, edit: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) {
        self.core.rewrites.lock().id_token = Some(Arc::new(edit));
    }

    /// Ends this person's sessions and makes their refresh and access tokens worthless.
    pub fn shut_out(&self, subject: &str) {
        self.core.books.lock().shut_out(subject);
    }

    /// The `sid` of each session that this person has here.
    pub fn sids(&self, subject: &str) -> Vec<String> {
        let books = self.core.books.lock();
        let own = books.sessions.values().filter(|session| session.subject == subject);
        own.map(|session| session.sid.clone()).collect()
    }

    /// A logout token, bent by the faults that are on.
    pub fn logout_token(&self, client_id: &str, sub: Option<&str>, sid: Option<&str>) -> String {
        back_channel::logout_token(&self.core, client_id, sub, sid)
    }

    /// Any claims, signed by the current key; members of `header` join or replace `alg`,
    /// `kid` and `typ` in the text, `null` removes them. Both are JSON objects.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let mut draft = self.core.draft(claims.as_object().cloned().unwrap_or_default());
        for (name, value) in header.as_object().into_iter().flatten() {
            match value {
                Value::Null => draft.behead(name),
                value => draft.head(name, value.clone()),
            }
        }
        self.core.seal(draft, "")
    }

    /// Posts a logout token to the client's back-channel address. `None` where the client has
    /// none or cannot be reached.
    pub async fn send_logout_token(&self, client_id: &str, token: &str) -> Option<Delivered> {
        back_channel::deliver(&self.core, client_id, token).await
    }

    /// Ends every session of this person and tells each client that took part in one.
    pub async fn log_out_everywhere(&self, subject: &str) -> Vec<Delivered> {
        let ended = self.core.books.lock().end_sessions(|session| session.subject == subject);
        back_channel::tell(&self.core, ended).await
    }

    /// Stops listening and closes all connections; what it knows stays, for `start_again`.
    pub async fn stop(&self) {
        let serving = self.serving.lock().take();
        if let Some(Serving { stop, mut task }) = serving {
            stop.send(()).ok();
            self.core.faults.release();
            if tokio::time::timeout(PATIENCE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }

    /// Serves again at the same address after `stop`.
    ///
    /// # Errors
    /// The address was taken in the meantime.
    pub async fn start_again(&self) -> io::Result<()> {
        self.stop().await;
        let listener = TcpListener::bind(self.address).await?;
        *self.serving.lock() = Some(serve(listener, self.core.clone()));
        Ok(())
    }
}

fn serve(listener: TcpListener, core: Arc<Core>) -> Serving {
    let (stop, stopped) = oneshot::channel();
    // A small answer must not wait for the acknowledgement of its header.
    let listener = listener.tap_io(|stream| {
        stream.set_nodelay(true).ok();
    });
    let task = tokio::spawn(async move {
        let until = async move {
            stopped.await.ok(); // a dropped handle counts as a stop
        };
        let server = axum::serve(listener, router(core)).with_graceful_shutdown(until);
        if let Err(error) = server.await {
            tracing::error!(%error, "the development provider stopped");
        }
    });
    Serving { stop, task }
}

fn router(core: Arc<Core>) -> Router {
    Router::new()
        .route("/", get(authorize::front))
        .route("/.well-known/openid-configuration", get(metadata::discovery))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::of_tenant))
        .route("/jwks", get(metadata::jwks))
        .route("/authorize", get(authorize::begin).post(authorize::begin))
        .route("/authorize/choose", get(authorize::show).post(authorize::choose))
        .route("/authorize/new", post(authorize::somebody_new))
        .route("/authorize/cancel", post(authorize::cancel))
        .route("/par", post(par::push))
        .route("/token", post(token::exchange))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/revoke", post(revoke::revoke))
        .route("/logout", get(logout::end_session).post(logout::end_session))
        .route("/people", get(people_page::show).post(people_page::change))
        .route("/scim/v2/Users", get(scim::list))
        .route("/scim/v2/Users/{id}", get(scim::one))
        .route("/faults", get(switch_page::show).post(switch_page::set))
        .route("/provider.css", get(html::style))
        .route("/provider.svg", get(html::icon))
        .route("/submit.js", get(html::script))
        .layer(middleware::from_fn_with_state(core.clone(), door::door))
        .with_state(core)
}
