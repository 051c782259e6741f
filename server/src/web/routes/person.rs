//! `GET /studio/users/{id}/data.json`: everything that is stored about one user, as one file, for an operator who logged in
//! lately. It holds all claims, as a look at them would show; the operators' log has whose it was.

use std::sync::Arc;

use app::Insider;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::request::Parts;
use identity::{Code, UserId};

use super::{account_data, export};
use crate::Shared;
use crate::web::refusal;

pub(super) async fn data(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    insider: Option<Extension<Arc<Insider>>>,
    asked: Parts,
) -> Response {
    let operator = match export::exporter(&shared, insider, &asked) {
        Ok(operator) => operator,
        Err(response) => return *response,
    };
    let Some(user) = UserId::parse(&id) else { return refusal::refuse(Code::NotFound) };
    let file = match account_data::file(&shared, user, None).await {
        Ok(Some(file)) => file,
        Ok(None) => return refusal::refuse(Code::NotFound),
        Err(error) => return refusal::answer(&error.into()),
    };
    match export::note(&shared, &operator, &asked, Some(user), None).await {
        Ok(()) => file,
        Err(error) => refusal::answer(&error.into()),
    }
}
