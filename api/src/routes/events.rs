//! `GET /events`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::app::App;
use crate::cache::{Asker, How, Served};
use crate::parameters::Asked;

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// The newest events
///
/// A JSON array, newest first, each event once.
#[utoipa::path(
    get,
    path = "/events",
    tag = "events",
    params(super::openapi::EventsParameters),
    responses(super::openapi::EventsResponses),
    security((), ("id_token" = []), ("api_key" = []))
)]
pub async fn events(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = Asked::parse(raw.as_deref().unwrap_or_default())?;
    let served = app.cache.answer(&asked.query, no_cache(&headers), &asker).await?;
    let rendered = served.answer.rendered(asked.timestamps);
    let mut response = if matches(&headers, &rendered.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, "application/json")], rendered.body.clone()).into_response()
    };
    describe(response.headers_mut(), &asked, &served, app.gate.is_open());
    Ok(response)
}

/// Says how old the answer is, where it goes on, and that it may be kept only to be asked for again.
fn describe(headers: &mut HeaderMap, asked: &Asked, served: &Served, open: bool) {
    let answer = &served.answer;
    // A number, a tag and a query string are all that goes in: each is a header's value.
    let mut insert = |name, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    insert(ETAG, answer.rendered(asked.timestamps).etag.clone());
    insert(CACHE_CONTROL, if open { "no-cache" } else { "private, no-cache" }.to_owned());
    insert(AGE, answer.age().as_secs().to_string());
    let status = match served.how {
        How::Hit => "data-api; hit",
        How::Stale => "data-api; hit; detail=stale",
        How::Miss => "data-api; fwd=miss",
        How::Shared => "data-api; fwd=miss; collapsed",
        How::StaleError => "data-api; hit; detail=stale-error",
    };
    insert(CACHE_STATUS, status.to_owned());
    if let Some(next) = &answer.page.next {
        let query = asked.starting(next.clone()).to_query_string();
        insert(LINK, format!("</events?{query}>; rel=\"next\""));
    }
}

pub fn no_cache(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CACHE_CONTROL);
    let mut directives = values.iter().filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(','));
    directives.any(|it| it.trim().eq_ignore_ascii_case("no-cache"))
}

/// Whether the caller has this very answer. Tags are compared weakly, as RFC 9110 has it for this header.
fn matches(headers: &HeaderMap, etag: &str) -> bool {
    let strong = |it: &str| it.trim().trim_start_matches("W/").to_owned();
    let values = headers.get_all(IF_NONE_MATCH);
    let mut tags = values.iter().filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(','));
    tags.any(|it| it.trim() == "*" || strong(it) == strong(etag))
}
