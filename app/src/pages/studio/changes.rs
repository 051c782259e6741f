//! Changes in words, as the pages of runs say them.

use identity::{Change, What};

use crate::components::{field_name, label};

/// One change in words; none where that an identity came forward says nothing by itself.
pub(super) fn line(change: &Change) -> Option<String> {
    let whose = change.identity.as_ref().map(|name| label(&name.provider));
    Some(match whose {
        Some(whose) => format!("{whose}: {}", words(&change.what)?),
        None => words(&change.what)?,
    })
}

/// What changed, from what to what.
pub(super) fn words(what: &What) -> Option<String> {
    let side = |fact: &Option<identity::Fact>| match fact.as_ref().and_then(|fact| fact.value.as_ref()) {
        None => "nothing".to_owned(),
        Some(identity::Value::Flag(true)) => "yes".to_owned(),
        Some(identity::Value::Flag(false)) => "no".to_owned(),
        Some(identity::Value::Text(text)) => format!("“{text}”"),
    };
    Some(match what {
        What::Fact { field, from, to } => format!("{} {} → {}", field_name(*field), side(from), side(to)),
        What::Claims { from, to } => {
            let mut names: Vec<&str> = from.keys().chain(to.keys()).map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            format!("claims {}", names.join(", "))
        }
        What::Standing { from, to } => format!("account {} → {}", from.0, to.0),
        What::Linked => "linked".to_owned(),
        What::Unlinked(_) => "unlinked".to_owned(),
        What::Disabled { to: true, .. } => "disabled here".to_owned(),
        What::Disabled { to: false, .. } => "enabled here".to_owned(),
        What::Held { held, to: Some(_), .. } => format!("{held} held"),
        What::Held { held, to: None, .. } => format!("{held} not held any more"),
        What::Withdrawn { to: true } => "taken away: never logged in".to_owned(),
        What::Withdrawn { to: false } => "came to be".to_owned(),
        What::AccountMade => "account made there".to_owned(),
        What::Invited { provider } => format!("invited to log in at {}", label(provider)),
        What::CameForward { .. } => return None,
    })
}
