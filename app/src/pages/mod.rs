//! One file a page.

mod account;
mod dashboard;
mod home;
mod invitation;
mod login_trace;
mod logout;
mod not_found;
mod onward;
mod providers;
pub(crate) mod studio;

pub(crate) use account::{Account, Erase, Erased};
pub(crate) use dashboard::Dashboard;
pub(crate) use home::Home;
pub(crate) use invitation::InvitationPage;
pub(crate) use login_trace::WhatHappened;
pub use login_trace::{Development, LoginTrace, Step};
pub(crate) use logout::LogOutPage;
pub(crate) use not_found::NotFound;
pub(crate) use onward::GoOn;
pub use onward::Onward;
pub(crate) use providers::Providers;
