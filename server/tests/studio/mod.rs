//! The studio from outside.

pub(crate) mod acts;
mod approve;
mod at_once;
mod bad_input;
mod door;
mod export;
mod inbox;
mod leaving;
mod list;
mod local;
mod person;
mod runs;
mod waiting;
mod way_back;
