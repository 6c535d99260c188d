//! A warehouse and a Google that answer as they are told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::app::App;
use api::auth::Gate;
use api::cache::Ages;
use api::events::{self, Event};
use api::log::{Log, Severity};
use api::moment::Moment;
use api::query::{Page, Query};
use api::queue::Bounds;
use api::routes;
use api::trace::Trace;
use api::warehouse::{Failure, Warehouse};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// A warehouse that has `rows`, takes `delay`, and fails with what is in `failure`.
#[derive(Default)]
pub struct Rows {
    pub rows: Mutex<Vec<Event>>,
    pub delay: Mutex<Duration>,
    pub failure: Mutex<Option<Failure>>,
    pub queries: AtomicUsize,
    pub probes: AtomicUsize,
    pub last: Mutex<Option<Query>>,
}

impl Rows {
    pub fn count(&self) -> usize {
        self.queries.load(Ordering::SeqCst)
    }

    pub fn fail(&self, failure: Option<Failure>) {
        *self.failure.lock().unwrap() = failure;
    }
}

#[async_trait]
impl Warehouse for Rows {
    async fn events(&self, query: &Query, _: Option<&Trace>) -> Result<Page, Failure> {
        self.queries.fetch_add(1, Ordering::SeqCst);
        *self.last.lock().unwrap() = Some(query.clone());
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        if let Some(failure) = self.failure.lock().unwrap().clone() {
            return Err(failure);
        }
        Ok(query.page(self.rows.lock().unwrap().clone()))
    }

    async fn probe(&self) -> Result<(), Failure> {
        self.probes.fetch_add(1, Ordering::SeqCst);
        self.failure.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

pub fn event(micros: i64, id: &str, data: &str) -> Event {
    Event { id: Some(id.into()), data: events::data(Some(data)), time: Moment::from_micros(micros) }
}

pub const AGES: Ages = Ages {
    fresh: Duration::from_secs(5),
    stale_while_revalidate: Duration::from_secs(10),
    stale_if_error: Duration::from_secs(100),
};

pub const BOUNDS: Bounds = Bounds { running: 4, waiting: 8, patience: Duration::from_secs(5) };

pub fn app(rows: &Arc<Rows>, gate: Gate) -> Arc<App> {
    Arc::new(unshared(rows, gate))
}

pub fn unshared(rows: &Arc<Rows>, gate: Gate) -> App {
    let warehouse: Arc<dyn Warehouse> = rows.clone();
    App::new(warehouse, AGES, BOUNDS, gate, Arc::default(), Log::new("p", Severity::Critical))
}

pub fn open(rows: &Arc<Rows>) -> Router {
    routes::router(app(rows, Gate::default()))
}

/// An answer whole.
pub struct Got {
    pub status: u16,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Got {
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

pub async fn get(router: &Router, path: &str, headers: &[(&str, &str)]) -> Got {
    send(router, "GET", path, headers).await
}

pub async fn send(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Got {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response: Response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Got { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// A call that the fake Google got.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub headers: axum::http::HeaderMap,
    pub body: Value,
}

/// An answer that it gives, after a delay.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
    pub retry_after: Option<&'static str>,
    pub delay: Duration,
}

impl Reply {
    pub fn new(status: u16, body: impl ToString) -> Reply {
        Reply { status, body: body.to_string(), retry_after: None, delay: Duration::ZERO }
    }
}

/// A server that gives its replies in turn, the last one for ever, and remembers what it was asked.
#[derive(Clone)]
pub struct Google {
    pub base: String,
    pub calls: Arc<Mutex<Vec<Call>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Google {
    pub async fn start(replies: Vec<Reply>) -> Google {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let google = Google { base, calls: Arc::default(), replies: Arc::new(Mutex::new(replies.into())) };
        let state = google.clone();
        let router = Router::new().fallback(move |request: Request| state.clone().answer(request));
        tokio::spawn(async move { axum::serve(listener, router).await });
        google
    }

    async fn answer(self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        self.calls.lock().unwrap().push(Call {
            method: parts.method.to_string(),
            path: parts.uri.to_string(),
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() }
        };
        tokio::time::sleep(reply.delay).await;
        let mut response = Response::builder().status(reply.status);
        if let Some(after) = reply.retry_after {
            response = response.header("retry-after", after);
        }
        response.body(Body::from(reply.body)).unwrap()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}
