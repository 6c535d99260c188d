//! `GET /`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::events::no_cache;
use super::problem::Problem;
use crate::app::App;
use crate::cache::{Asker, How};
use crate::page;
use crate::parameters::Asked;

/// The latest events as a page
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let raw = raw.unwrap_or_default();
    // A form sends the fields that were left empty, too.
    let filled: Vec<&str> = raw.split('&').filter(|it| !it.ends_with('=')).collect();
    let shown = async {
        let asked = Asked::parse(&filled.join("&"))?;
        // The same query as for /events, so that both share an answer.
        let served = app.cache.answer(&asked.query, no_cache(&headers), &asker).await?;
        let notice = (served.how == How::StaleError).then(|| {
            let minutes = served.answer.age().as_secs() / 60;
            match minutes {
                0 => "BigQuery does not answer; these are from less than a minute ago.".to_owned(),
                1 => "BigQuery does not answer; these are from a minute ago.".to_owned(),
                minutes => format!("BigQuery does not answer; these are from {minutes} minutes ago."),
            }
        });
        Ok::<_, Problem>(page::events(&asked, &served.answer.page, notice.as_deref()))
    };
    match shown.await {
        Ok(text) => html(StatusCode::OK, text),
        Err(problem) => {
            let mut response = html(problem.status, page::problem(&problem.message));
            response.headers_mut().extend(problem.headers);
            response
        }
    }
}

fn html(status: StatusCode, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, page::content_security_policy()),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, text).into_response()
}
