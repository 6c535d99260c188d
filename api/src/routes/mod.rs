//! Which path is whose, and what goes around all of them: logs, metrics, compression, who may call.

mod events;
mod health;
mod metrics;
mod observe;
mod openapi;
mod page;
mod problem;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use crate::app::App;
use crate::auth::Denied;
use crate::cache::Asker;
use crate::log::Severity;
use crate::queue::Caller;
use crate::server::Peer;
use crate::trace::Trace;

use problem::Problem;

/// The service.
pub fn router(app: Arc<App>) -> Router {
    // What shows events or counts is for callers who may; that we live and how we are called is for all.
    let guarded = Router::new()
        .route("/", get(page::page))
        .route("/events", get(events::events))
        .route("/metrics", get(metrics::metrics))
        .route_layer(from_fn_with_state(Arc::clone(&app), guard));
    Router::new()
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/openapi.json", get(openapi::openapi))
        .merge(guarded)
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "no such path"))
        .method_not_allowed_fallback(other_method)
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(Arc::clone(&app), in_time))
        .layer(from_fn_with_state(Arc::clone(&app), observe::observe))
        .with_state(app)
}

/// axum adds `Allow`. OPTIONS is answered, as Flask does.
async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        return StatusCode::OK.into_response();
    }
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered here").into_response()
}

/// Answers while there is time, also when the service is being stopped.
async fn in_time(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    tokio::select! {
        biased;
        response = next.run(request) => response,
        () = app.last_call() => Problem::unavailable("the service is being stopped", 1).into_response(),
    }
}

async fn guard(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response, Problem> {
    match app.gate.admit(request.headers()).await {
        Ok(caller) => {
            let caller = caller.unwrap_or_else(|| at_address(&request, app.behind_front));
            let trace = request.extensions().get::<Trace>().cloned();
            request.extensions_mut().insert(Asker { caller, trace });
            Ok(next.run(request).await)
        }
        Err(denied) => {
            if let Denied::Unavailable(_, detail) = &denied {
                app.log.say(Severity::Error, detail, request.extensions().get::<Trace>());
            }
            Err(denied.into())
        }
    }
}

/// A caller that does not say who it is. Behind Cloud Run's front end the last address of `X-Forwarded-For` is the one
/// that it saw; those before it, and all of them anywhere else, are whatever the caller wrote.
fn at_address(request: &Request, behind_front: bool) -> Caller {
    let forwarded = || {
        let last = request.headers().get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    let peer = || request.extensions().get::<Peer>().map(|it| it.0.ip());
    let address = if behind_front { forwarded().or_else(peer) } else { peer() };
    address.map(Caller::address).unwrap_or_default()
}
