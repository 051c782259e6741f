//! The claims of one identity as they were received, for an operator who asks; the operators' log has that they did. By
//! POST, for it writes that line.

use identity::{Act, UserId};
use leptos::prelude::*;

use crate::components::{Content, full_name, label, shown, studio};
use crate::way_back::{hand_on, list_of};

#[component]
pub(crate) fn Claims(form: Vec<(String, String)>) -> impl IntoView {
    studio(content(form))
}

async fn content(form: Vec<(String, String)>) -> Content {
    let operator = crate::require_operator().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let one = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let asked = one("user").and_then(UserId::parse).zip(one("issuer").zip(one("subject")));
    let Some((id, (issuer, subject))) = asked else {
        return Err(visit.refuse(&identity::Code::ParameterInvalid.into()));
    };
    let refuse = |error: identity::StoreError| visit.refuse(&error.into());
    let user = ports.directory.find(id).await.map_err(refuse)?;
    let Some((user, found)) = user.as_ref().and_then(|user| Some((user, user.identity(issuer, subject)?)))
    else {
        return Err(visit.refuse(&identity::Code::NotFound.into()));
    };
    let by = operator.operator(&*visit, None);
    // Before anything is shown.
    let noted = ports.directory.note(&by, Act::LookAtClaims, Some(id), Some(found.provider.clone())).await;
    noted.map_err(refuse)?;
    let name = full_name(user).unwrap_or_else(|| id.to_string());
    let heading = format!("Claims at {}", label(&found.provider));
    shown(
        format!("{heading} · Studio · Sparekey"),
        view! {
            <h1>{heading}</h1>
            <p class="lead">
                "All that this provider said of " <bdi>{name}</bdi>
                ", as it was received. That you looked stands in the operators' log."
            </p>
            <p><code>{found.issuer.clone()}</code> " " <code>{found.subject.clone()}</code></p>
            <pre tabindex="0" role="region" aria-label="Claims">{identity::pretty(&found.claims)}</pre>
            <p><a href=hand_on(&super::user_address(id), &list_of(&form))>"Back to the user"</a></p>
        },
    )
}
