//! All tests of the server from outside, in one binary: one link, one set of databases.

// Whole journeys are deep futures, and the compiler computes their layout all at once.
#![recursion_limit = "256"]
// A test says by a panic what went wrong.
#![allow(clippy::unwrap_used, clippy::expect_used)]
// Nothing of a binary is public.
#![allow(unreachable_pub)]

mod addresses;
mod bad_input;
mod client;
mod conformance;
mod connections;
mod cookies;
mod docs;
mod every_code;
mod files;
mod guard;
mod habits;
mod headers;
mod import;
mod leaks;
mod login;
mod logout;
mod odd_claims;
mod onward;
mod operator;
mod peers;
mod permission;
mod processes;
mod provider_down;
mod providers;
mod running;
mod session;
mod settings;
mod store;
mod support;
mod tenants;
mod terminal;
mod tidy;
