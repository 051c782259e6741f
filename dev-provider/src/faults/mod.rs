//! Misbehaviour on demand: which faults there are, where each bites, which are switched on.

mod bite;
mod edits;
mod fault;
mod in_force;
mod switches;
mod table;

pub(crate) use bite::{Doc, Jwt, Reply, Scene};
pub(crate) use fault::{EVERYDAY, Spent};
pub(crate) use in_force::InForce;
pub use switches::Faults;
pub use table::Fault;
