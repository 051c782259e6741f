//! A small OpenID Provider for development and tests: well-behaved, or misbehaving on demand.
//!
//! It knows nothing of the application, keeps everything in memory, asks for no password and
//! is never part of a release. [`start`] serves it; [`DevProvider`] is the handle that tests
//! steer it by; each way to misbehave is one line in `faults/table.rs`.

mod answer;
mod authorize;
mod back_channel;
mod books;
mod bounded;
mod calls;
mod choose_page;
mod client_auth;
mod clock;
mod core;
mod door;
mod faults;
mod html;
pub mod http;
mod id_token;
mod jwt;
mod keys;
mod logout;
mod metadata;
mod par;
mod params;
mod people;
mod people_page;
mod provider;
mod push;
mod request;
mod revoke;
mod rewrite;
mod scim;
mod settings;
mod switch_page;
mod token;
mod userinfo;

pub use back_channel::Delivered;
pub use books::{ACCESS_TOKEN_PREFIX, CODE_PREFIX, REFRESH_TOKEN_PREFIX};
pub use calls::{Call, Calls, Endpoint};
pub use faults::{Fault, Faults};
pub use keys::Algorithm;
pub use params::Params;
pub use people::{Person, people};
pub use provider::{DevProvider, running_at, start};
pub use settings::{Client, Provisioning, Settings};
