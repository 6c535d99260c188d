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
use crate::log::Severity;
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

async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response, Problem> {
    match app.gate.admit(request.headers()).await {
        Ok(()) => Ok(next.run(request).await),
        Err(denied) => {
            if let Denied::Unavailable(_, detail) = &denied {
                app.log.say(Severity::Error, detail, request.extensions().get::<Trace>());
            }
            Err(denied.into())
        }
    }
}
