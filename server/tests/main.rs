//! All tests of the server from outside, in one binary: one link, one set of databases.

// Whole journeys are deep futures, and the compiler computes their layout all at once.
#![recursion_limit = "256"]
// A test says by a panic what went wrong.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// Nothing of a binary is public.
#![allow(unreachable_pub)]

mod account;
mod addresses;
mod backup;
mod bad_input;
mod client;
mod conformance;
mod connections;
mod cookies;
mod development;
mod docs;
mod every_code;
mod files;
mod habits;
mod headers;
mod hooks;
mod import;
mod invitation;
mod leaks;
mod login;
mod logout;
mod logs;
mod metrics;
mod odd_claims;
mod odd_headers;
mod onward;
mod operator;
mod outside;
mod peers;
mod permission;
mod processes;
mod provider_down;
mod providers;
mod running;
mod scan;
mod scim;
mod session;
mod settings;
mod store;
mod studio;
mod support;
mod switch;
mod tenants;
mod terminal;
mod tidy;
mod undo;
