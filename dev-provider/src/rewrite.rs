//! Bytes that a test puts in the place of an honest answer's: what no JSON value can say (a member twice,
//! letters of another alphabet, numbers beyond any type).

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::HeaderValue;

use crate::calls::Endpoint;

/// Makes other bytes of the honest ones.
pub(crate) type Edit = Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>;

/// What is rewritten, until it is told otherwise.
#[derive(Default)]
pub(crate) struct Rewrites {
    /// Answers, each with its content type where that is another.
    pub(crate) answers: HashMap<Endpoint, (Option<HeaderValue>, Edit)>,
    /// The claims of ID tokens, before they are signed.
    pub(crate) id_token: Option<Edit>,
}
