//! What operators say in the studio of accounts that wait. It is also a public POST address below `/studio`, so it asks
//! first who acts, and that they showed lately who they are.

use identity::EntryId;
use leptos::prelude::*;

use crate::AppError;

/// Which accounts that wait a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WaitingShown {
    /// Of this provider alone.
    pub(crate) provider: Option<String>,
    /// From the account after this one on.
    pub(crate) after: Option<EntryId>,
}

impl WaitingShown {
    /// Reads the query of an address, whatever stands there.
    pub(crate) fn of_address(query: &str) -> Self {
        let pairs = identity::form_pairs(query);
        let one = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        Self {
            provider: one("provider").filter(|name| is_name(name)).map(str::to_owned),
            after: one("after").and_then(|id| Some(EntryId(id.parse().ok()?))),
        }
    }

    /// Where they stand, with what was in the way of an act.
    pub(crate) fn address(&self, problem: Option<&str>) -> String {
        let provider = self.provider.as_ref().map(|provider| format!("provider={provider}"));
        let after = self.after.map(|after| format!("after={after}"));
        let problem = problem.map(|problem| format!("problem={problem}"));
        let parts: Vec<String> = [provider, after, problem].into_iter().flatten().collect();
        match parts.is_empty() {
            true => crate::STUDIO_WAITING.to_owned(),
            false => format!("{}?{}", crate::STUDIO_WAITING, parts.join("&")),
        }
    }
}

/// Whether a provider may be called so.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Says that a waiting account is this user's. Answers 303: to the user's page, or back to the list with what is in the
/// way.
#[server(prefix = "/studio", endpoint = "waiting/adopt")]
pub async fn adopt_account(account: String, user: String, list: Option<String>) -> Result<(), AppError> {
    use identity::{EntryLinked, UserId};
    let from = WaitingShown::of_address(list.as_deref().unwrap_or_default());
    let Some(operator) = crate::operator_or_step_up(&from.address(None)).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let back = |problem: &str| visit.see_other(&from.address(Some(problem)));
    let (Some(id), Some(user)) = (account.parse().ok().map(EntryId), UserId::parse(user.trim())) else {
        back("nobody");
        return Ok(());
    };
    let entry = ports.directory.entry(id).await.map_err(|error| visit.refuse(&error.into()))?;
    let Some(entry) = entry else {
        back("nobody");
        return Ok(());
    };
    let Ok(provider) = ports.login.provider(&entry.provider) else {
        back("provider");
        return Ok(());
    };
    let (issuer, is_subject) = (provider.issuer().to_owned(), provider.reference() == "sub");
    let by = operator.operator(&*visit, None);
    let linked = ports.directory.link_entry(&by, id, user, &issuer, is_subject).await;
    match linked.map_err(|error| visit.refuse(&error.into()))? {
        EntryLinked::Done | EntryLinked::AsItWas => {
            visit.see_other(&format!("{}{user}", crate::STUDIO_USERS));
        }
        EntryLinked::Nobody => back("nobody"),
        EntryLinked::Taken => back("taken"),
        EntryLinked::NoIdentity => back("identity"),
    }
    Ok(())
}

/// What was in the way, for people.
pub(crate) fn sentence(problem: &str) -> Option<&'static str> {
    Some(match problem {
        "nobody" => {
            "Nothing was done: there is no such account, or no user of that id. The id stands on the user's page."
        }
        "taken" => "Nothing was done: the account is another user's.",
        "identity" => {
            "Nothing was done: the user has no identity of that provider, or several. Which one the account is, only a \
             log-in says."
        }
        "provider" => "Nothing was done: nobody logs in at that provider here.",
        _ => return None,
    })
}
