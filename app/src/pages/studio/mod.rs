//! The studio: the users, for operators and viewers. One file a page. A new one takes this: its file here, a line for it
//! in the route table of `lib.rs`, and, if the studio's navigation shall lead there, a line in `STUDIO_NAVIGATION`.

mod acts;
mod approve;
mod changes;
mod claims;
mod closed;
mod copy;
mod history;
mod identities;
mod inbox;
mod inbox_act;
mod leaving;
mod left_out;
mod log;
mod people;
mod run;
mod runs;
mod undo;
mod user;
mod users;
mod waiting;

use identity::UserId;

pub(crate) use acts::{Acted, Confirm};
pub(crate) use approve::ApprovePage;
pub(crate) use claims::Claims;
pub(crate) use closed::Closed;
pub(crate) use copy::Copy;
pub(crate) use inbox::Inbox;
pub(crate) use inbox_act::InboxAct;
pub(crate) use left_out::LeftOut;
pub(crate) use log::Log;
pub(crate) use run::RunPage;
pub(crate) use runs::Runs;
pub(crate) use undo::UndoPage;
pub(crate) use user::UserPage;
pub(crate) use users::Users;
pub(crate) use waiting::Waiting;

/// Where the page of this user is.
pub(super) fn user_address(id: UserId) -> String {
    format!("{}{id}", crate::STUDIO_USERS)
}
