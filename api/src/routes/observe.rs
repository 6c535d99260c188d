//! Logs and counts every request, and finds the trace that it belongs to.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, USER_AGENT, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::log::{HttpRequest, Severity};
use crate::metrics::Metrics;
use crate::trace::Trace;

/// Counts a request out even if its caller hangs up.
struct InFlight(Arc<Metrics>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.request_ended();
    }
}

pub async fn observe(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    app.metrics.request_began();
    let _in_flight = InFlight(Arc::clone(&app.metrics));
    let trace = Trace::from_headers(request.headers());
    if let Some(trace) = trace.clone() {
        request.extensions_mut().insert(trace);
    }
    // Only patterns of ours: paths that callers make up would be counters without end.
    let route = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
    let route = route.unwrap_or_else(|| "other".to_owned());
    let mut seen = HttpRequest {
        method: request.method().to_string(),
        url: request.uri().to_string(),
        status: 0,
        latency: started.elapsed(),
        user_agent: text(request.headers(), USER_AGENT.as_str()),
        remote_ip: caller(request.headers()),
        response_size: None,
    };
    let method = known(request.method());

    let mut response = next.run(request).await;

    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    seen.status = response.status().as_u16();
    seen.latency = started.elapsed();
    seen.response_size = text(response.headers(), CONTENT_LENGTH.as_str()).and_then(|it| it.parse().ok());
    app.metrics.request_answered(&route, method, seen.status, seen.latency);
    let severity = match seen.status {
        500.. => Severity::Error,
        400.. => Severity::Warning,
        // Probes come every few seconds and say nothing when all is well.
        _ if matches!(route.as_str(), "/health" | "/ready" | "/metrics") => Severity::Debug,
        _ => Severity::Info,
    };
    app.log.request(severity, &seen, trace.as_ref());
    response
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
}

/// Cloud Run's front end puts the caller's address first. It is for the log only: anybody can write one.
fn caller(headers: &HeaderMap) -> Option<String> {
    let first = text(headers, "x-forwarded-for")?.split(',').next()?.trim().to_owned();
    first.parse::<IpAddr>().ok().map(|it| it.to_string())
}

fn known(method: &Method) -> &'static str {
    let all = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
    all.into_iter().find(|it| *it == method.as_str()).unwrap_or("other")
}
