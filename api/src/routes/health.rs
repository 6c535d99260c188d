//! `GET /health` and `GET /ready`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::app::App;
use crate::events::object;

/// Whether the process lives
///
/// Asks nobody else.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = super::openapi::Status)))]
pub async fn health() -> Response {
    ([(CONTENT_TYPE, "application/json")], object("status", "healthy")).into_response()
}

/// Whether events can be read
///
/// Asks BigQuery for the price of the query, which is free.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "service",
    responses(
        (status = 200, body = super::openapi::Status),
        (status = 503, body = super::openapi::Error, description = "Not now; `Retry-After` says when to come back")
    )
)]
pub async fn ready(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    app.ready().await.map_err(|it| Problem::unavailable(it, 5))?;
    Ok(([(CONTENT_TYPE, "application/json")], object("status", "ready")).into_response())
}
