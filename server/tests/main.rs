//! All tests of the server from outside, in one binary: one link, one set of databases.

mod store;
mod support;
