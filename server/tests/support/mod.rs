//! What several tests need.

pub(crate) mod admin;
pub(crate) mod app;
pub(crate) mod browser;
pub mod databases;
pub(crate) mod nginx;
pub mod opened;
pub(crate) mod patient;
pub(crate) mod process;
pub mod proxy;
pub(crate) mod raw;
