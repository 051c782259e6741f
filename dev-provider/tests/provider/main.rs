//! The provider over HTTP: what a conforming client sees when it behaves, and that each fault
//! changes what it says and nothing else.

// A test says by a panic what went wrong.
#![allow(clippy::unwrap_used)]

mod client;
mod every_fault;
mod flow;
mod log_out;
mod pages;
mod tokens;
