//! Acts on whoever is ticked: a form beside the table, which the boxes of its rows belong to. It leads to the question.

use leptos::prelude::*;

use super::list::List;
use crate::way_back::{handing_on, query_of};

/// The form's id.
pub(super) const ACTS: &str = "acts";

pub(super) fn acts(list: &List) -> impl IntoView + use<> {
    view! {
        <form id=ACTS class="row" action=crate::STUDIO_ACTS>
            {handing_on(&query_of(&list.address()))}
            <span class="hint">"All who are ticked:"</span>
            <button class="small" name="act" value="end_sessions">"End all sessions"</button>
            <button class="small" name="act" value="enable">"Enable"</button>
            <button class="small danger" name="act" value="disable">"Disable"</button>
            <button class="small danger" name="act" value="erase">"Erase"</button>
        </form>
    }
}
