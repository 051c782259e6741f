//! Wherever there is no page.

use identity::Code;
use leptos::prelude::*;

use crate::components::{Content, page};

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    page(not_found())
}

async fn not_found() -> Content {
    Err(crate::visit()?.refuse(&Code::NotFound.into()))
}
