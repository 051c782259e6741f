//! The frame of every page: header, main, footer around what its `async` part comes to; a refusal where that
//! is refused; nothing at all where the visitor was sent elsewhere, so that a redirect carries no data.

use std::future::Future;

use identity::Code;
use leptos::prelude::*;
use leptos_meta::Title;

use super::header::{Header, StudioNavigation, Visitor};
use super::refusal::refusal;
use crate::AppError;

/// What a page shows.
pub(crate) struct Shown {
    title: String,
    main: AnyView,
}

/// What the `async` part of a page comes to; `None` where the visitor was sent elsewhere.
pub(crate) type Content = Result<Option<Shown>, AppError>;

/// A page with this title.
pub(crate) fn shown(title: impl Into<String>, main: impl IntoView + 'static) -> Content {
    Ok(Some(Shown { title: title.into(), main: main.into_any() }))
}

/// The frame around `content`.
pub(crate) fn page(content: impl Future<Output = Content> + Send + 'static) -> impl IntoView {
    within(content, framed)
}

/// The frame around a page of the studio: wide, with the studio's own navigation.
pub(crate) fn studio(content: impl Future<Output = Content> + Send + 'static) -> impl IntoView {
    within(content, |here, visitor, title, main| {
        let navigation = view! { <StudioNavigation here=here.clone()/> };
        in_frame(here, visitor, title, "studio", view! { {navigation} {main} }.into_any())
    })
}

/// What stands around a page: its address, who is looking, its title, its `main`.
type Frame = fn(Option<String>, Visitor, String, AnyView) -> AnyView;

fn within(content: impl Future<Output = Content> + Send + 'static, frame: Frame) -> impl IntoView {
    let here = here();
    Suspend::new(async move {
        match content.await {
            Ok(None) => view! { <main id="main"></main> }.into_any(),
            Ok(Some(shown)) => frame(here, visitor().await, shown.title, shown.main),
            Err(error) => {
                let visitor = match error.code {
                    Code::DatabaseUnavailable => Visitor::Unknown,
                    _ => visitor().await,
                };
                let (title, main) = refusal(error);
                framed(here, visitor, title, main)
            }
        }
    })
}

/// A page that is nothing but a refusal.
#[component]
pub(crate) fn Refusal(error: AppError) -> impl IntoView {
    page(async move { Err(error) })
}

/// The path of the request at hand.
fn here() -> Option<String> {
    let address = crate::visit().ok()?.address();
    Some(address.split_once('?').map_or(address.as_str(), |(path, _)| path).to_owned())
}

/// Who is looking; the lookup of the request is shared, so this costs nothing.
pub(super) async fn visitor() -> Visitor {
    let Ok(visit) = crate::visit() else { return Visitor::SignedOut };
    match (visit.viewer().await, visit.insider().await) {
        (Ok(Some(_)), Ok(insider)) => Visitor::SignedIn { in_studio: insider.is_some() },
        (Ok(None), Ok(Some(_))) => Visitor::Local,
        (Ok(None), Ok(None)) => Visitor::SignedOut,
        (Err(_), _) | (_, Err(_)) => Visitor::Unknown,
    }
}

/// The frame around what is known already, at the address `here`.
pub(crate) fn framed(here: Option<String>, visitor: Visitor, title: String, main: AnyView) -> AnyView {
    in_frame(here, visitor, title, "", main)
}

fn in_frame(
    here: Option<String>,
    visitor: Visitor,
    title: String,
    class: &'static str,
    main: AnyView,
) -> AnyView {
    view! {
        <Title text=title/>
        <Header here visitor/>
        <main id="main" class=(!class.is_empty()).then_some(class)>{main}</main>
        <footer>
            <p>
                "Sparekey keeps its own record of everyone who logs in here. Your provider keeps your password; we never see it."
            </p>
        </footer>
    }
    .into_any()
}
