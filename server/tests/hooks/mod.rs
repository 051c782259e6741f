//! What providers push to `POST /hooks/{provider}`, through HTTP on the production wiring.

mod formats;
mod guard;
mod operator;
mod push;
mod read_again;
mod standard;
mod strangers;
mod tokens;

use identity::{Identity, MessageName, MessageState, User};

use crate::support::app::{Plan, TestApp};

pub(crate) use push::{Push, WHSEC, standard};

/// An application whose provider `main` pushes in this format, proved by this secret.
async fn app(format: &str, secret: &str) -> TestApp {
    with(format, secret, &[]).await
}

async fn with(format: &str, secret: &str, settings: &[(&str, &str)]) -> TestApp {
    let plan = Plan::new().await.set("OIDC_WEBHOOK_FORMAT", format).set("OIDC_WEBHOOK_SECRET", secret);
    settings.iter().fold(plan, |plan, (name, value)| plan.set(name, value)).start().await
}

impl TestApp {
    /// The user of this subject at `main`.
    pub(crate) async fn user(&self, subject: &str) -> Option<User> {
        self.store().await.users.find_by_identity(self.setting("OIDC_ISSUER_URL"), subject).await.unwrap()
    }

    /// The identity of this subject at `main`.
    pub(crate) async fn identity(&self, subject: &str) -> Identity {
        let user = self.user(subject).await.unwrap_or_else(|| panic!("{subject} is nobody"));
        user.identity(self.setting("OIDC_ISSUER_URL"), subject).unwrap().clone()
    }

    /// What became of the message of `main` with this id of its sender, and why.
    pub(crate) async fn state_of(&self, id: &str) -> Option<(MessageState, Option<String>)> {
        let name = MessageName::Sender { provider: "main".into(), id: id.into() };
        let found = self.store().await.messages.find(&name).await.unwrap();
        found.map(|message| (message.state, message.reason))
    }
}

/// Processed, with nothing to say.
fn processed() -> Option<(MessageState, Option<String>)> {
    Some((MessageState::Processed, None))
}

fn so(state: MessageState, reason: &str) -> Option<(MessageState, Option<String>)> {
    Some((state, Some(reason.to_owned())))
}
