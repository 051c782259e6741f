//! Scans: each provider's admin interface, scripted, and what a scan makes of it.

mod adapters;
mod command;
mod forget;
mod guard;
mod here;
mod lists;
#[cfg(feature = "full-run")]
mod many;
mod odd;
mod turns;
