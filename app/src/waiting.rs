//! What operators say in the studio of accounts that wait. It is also a public POST address below `/studio`, so it asks
//! first who acts, and that they showed lately who they are.

use leptos::prelude::*;

use crate::AppError;

/// Says that a waiting account is this user's. Answers 303: to the user's page, or back to the list with what is in the
/// way.
#[server(prefix = "/studio", endpoint = "waiting/adopt")]
pub async fn adopt_account(account: String, user: String) -> Result<(), AppError> {
    use identity::{EntryId, EntryLinked, UserId};
    let Some(operator) = crate::operator_or_step_up(crate::STUDIO_WAITING).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let back = |problem: &str| visit.see_other(&format!("{}?problem={problem}", crate::STUDIO_WAITING));
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
