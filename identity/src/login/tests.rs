//! Every path of a log-in, over ports in memory.

mod begin;
mod finish;
mod invited;
mod log_out;
mod logged_out;
mod login_trace;
mod pushed;
mod refusals;
mod renewal;
mod viewer;

use serde_json::json;

use super::fakes::{ABSOLUTE, FakeProvider, IDLE, LOGIN_TTL, MICRO, SECOND, SESSIONS, Stage};
use super::*;
use crate::{Claims, LoginError, Status};

fn claims(json: serde_json::Value) -> Claims {
    json.as_object().unwrap().clone()
}

fn code<T: std::fmt::Debug>(result: Result<T, LoginError>) -> Code {
    result.unwrap_err().code()
}
