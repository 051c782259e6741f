//! The one error that goes over the wire: a stable code and the request it happened in. Nothing secret fits.

use identity::Code;
use leptos::prelude::FromServerFnError;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::ServerFnErrorErr;
use serde::{Deserialize, Serialize};

/// A refusal, as a page or a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code} (request {request_id})")]
pub struct AppError {
    pub code: Code,
    /// Finds the log line.
    pub request_id: String,
    /// The provider's name in the settings, where it is about one.
    pub provider: Option<String>,
}

impl AppError {
    /// A fault of ours, outside any request.
    pub fn internal() -> Self {
        Self { code: Code::Internal, request_id: String::new(), provider: None }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// Arguments that cannot be read are the caller's fault; all else is ours.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Code::ParameterInvalid,
            _ => Code::Internal,
        };
        Self { code, ..Self::internal() }
    }
}
