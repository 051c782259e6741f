//! `/auth/invitation`: what an invitation means, and the button that takes it up. The page takes nothing.

use identity::{Invitation, User};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::components::{Content, full_name, label, page, shown};
use crate::{AcceptInvitation, HOME};

#[component]
pub(crate) fn InvitationPage() -> impl IntoView {
    page(ask())
}

async fn ask() -> Content {
    let (login, visit) = (crate::login()?, crate::visit()?);
    if let Some(elsewhere) = visit.canonical() {
        visit.see_other(&elsewhere);
        return Ok(None);
    }
    let query = visit.query();
    let code = query.split('&').find_map(|pair| pair.strip_prefix("code=")).unwrap_or_default();
    let secret = crate::journey::invitation(&*visit, code)?;
    let found = login.invitation(&secret).await.map_err(|error| visit.refuse(&error))?;
    shown("You are invited · Sparekey", invited(code.to_owned(), &found))
}

fn invited(code: String, (invitation, user): &(Invitation, User)) -> impl IntoView + use<> {
    let there = label(&invitation.provider);
    let name = full_name(user).map(|name| view! { ": " <bdi>{name}</bdi> });
    view! {
        <h1>"You are invited."</h1>
        <p class="lead">{format!("Log in with {there}, and you are here who you were")} {name} "."</p>
        <ul class="ledger">
            <li>{format!("Your account at {there} opens this record from then on.")}</li>
            <li>"Whoever is signed in as you now is signed out, everywhere."</li>
            <li>"The invitation is good once. It is not used before you have logged in."</li>
        </ul>
        <form method="post" action=AcceptInvitation::PATH>
            <div class="row">
                <button class="primary" name="code" value=code>{format!("Log in with {there}")}</button>
                <a class="button" href=HOME>"This is not me"</a>
            </div>
        </form>
        <p class="hint">"If you do not know whose record this is, close this page: your account would become another person's."</p>
    }
}
