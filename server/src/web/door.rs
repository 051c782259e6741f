//! The one door of the studio: whatever is below its address, by any method and in any spelling, answers nobody but
//! operators and viewers, and everybody else alike.

use std::sync::Arc;

use app::Insider;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use identity::{Code, LoginError};

use super::studio::{insider, is_of_studio};
use super::{filters, local, refusal};
use crate::Shared;

/// Who comes to the door.
enum Comer {
    Insider(Arc<Insider>),
    Outsider,
    SignedOut,
}

/// Lets insiders pass, and tells the page who they are.
pub(super) async fn admit(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    if let Some(local) = &shared.web.local {
        return local::admit(&shared, local, request, next).await;
    }
    if !is_of_studio(request.uri().path()) {
        return next.run(request).await;
    }
    if request.method() == Method::OPTIONS {
        return alike(StatusCode::NO_CONTENT.into_response());
    }
    match who_comes(&shared, request.headers()).await {
        Ok(Comer::Insider(insider)) => {
            request.extensions_mut().insert(insider);
            next.run(request).await
        }
        Ok(Comer::Outsider) => alike(refusal::refuse(Code::Denied)),
        Ok(Comer::SignedOut) => alike(log_in_first(&request)),
        Err(error) => alike(refusal::answer(&error)),
    }
}

/// An answer that says of no address whether it is there: axum names the methods that one takes, where none are named.
fn alike(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD,POST"));
    answer
}

async fn who_comes(shared: &Shared, headers: &HeaderMap) -> Result<Comer, LoginError> {
    let Some(session) = shared.web.cookies.session(headers) else { return Ok(Comer::SignedOut) };
    let login = &shared.ports.login;
    let Some(viewer) = crate::viewer(login, session).await? else { return Ok(Comer::SignedOut) };
    let insider = insider(login, Arc::new(viewer)).await?;
    Ok(insider.map_or(Comer::Outsider, Comer::Insider))
}

/// A navigation goes to the log-in and comes back; all else hears why it did not.
fn log_in_first(request: &Request) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads {
        return refusal::refuse(Code::SignedOut);
    }
    if !filters::is_navigation(request.headers()) {
        return filters::log_in_first(request.uri());
    }
    let back = request.uri().path_and_query().map_or(app::STUDIO, |back| back.as_str());
    let to = HeaderValue::from_str(&app::log_in_and_return(back));
    let to = to.unwrap_or(HeaderValue::from_static(app::LOGIN));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}
