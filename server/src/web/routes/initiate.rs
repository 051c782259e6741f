//! `GET`, `POST /auth/initiate`: third-party-initiated log-in (OpenID Connect Core 4). It only leads to our own
//! log-in, at the provider that is named, and to our own pages afterwards.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};
use identity::Code;

use super::{form, once};
use crate::Shared;
use crate::web::refusal::refuse;

/// 303 to `/auth/login`.
pub(crate) async fn initiate(State(shared): State<Shared>, request: Request) -> Response {
    let pairs = match *request.method() {
        Method::POST => match form(request).await {
            Ok(pairs) => pairs,
            Err(code) => return refuse(code),
        },
        _ => url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
    };
    let issuer = once(&pairs, "iss");
    let providers = || shared.ports.login.providers().iter();
    let named = providers().find(|one| Some(one.issuer()) == issuer);
    let stated = || providers().find(|one| issuer.is_some_and(|issuer| one.vouches_for(issuer)));
    let Some(provider) = named.or_else(stated) else {
        return refuse(Code::ProviderUnknown);
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("provider", provider.name());
    query.extend_pairs(once(&pairs, "login_hint").map(|hint| ("login_hint", hint)));
    query.extend_pairs(once(&pairs, "target_link_uri").map(|target| ("return_to", target)));
    let location = format!("{}?{}", app::LOGIN, query.finish());
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
