//! The edge: faults, and the way from a request to a handler and back.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::Settings;
use crate::bounds::{self, Budget, Held};
use crate::clock;
use crate::cloud::Cloud;
use crate::content::{self, Destination, Failure, Upload};
use crate::door::{Door, Foreign};
use crate::error::{Code, Dialect, Refusal};
use crate::grpc;
use crate::moment;
use crate::payload::{self, Payload};
use crate::registry;
use crate::request::{Answer, Body};
use crate::runtime::{self, Runtime};
use crate::serve;

/// What the edge does to requests on purpose.
pub struct Faults {
    latency: Duration,
    fail: f64,
    throttle: Option<f64>,
    seed: u64,
    /// How often each request was seen, by a hash of what it is; empty while nothing fails.
    seen: Mutex<HashMap<u64, u64>>,
    bucket: Mutex<(f64, Instant)>,
}

/// What befalls one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Answered so before anything happened.
    Before(Code),
    /// Answered so though it happened.
    After(Code),
    /// The connection breaks though it happened.
    Broken,
    /// The connection breaks before anything happened.
    BrokenBefore,
}

impl Faults {
    pub fn new(settings: &Settings) -> Faults {
        Faults {
            latency: settings.latency,
            fail: settings.fail,
            throttle: settings.throttle,
            seed: settings.seed,
            seen: Mutex::default(),
            bucket: Mutex::new((settings.throttle.unwrap_or(0.0).max(1.0), Instant::now())),
        }
    }

    /// Draws the fault of a request from the seed, what the request is, and how often the same came before: not from
    /// the order of arrival, which differs from run to run.
    fn draw(&self, method: &Method, uri: &Uri, body: &[u8]) -> Fault {
        if self.fail <= 0.0 {
            return Fault::None;
        }
        let target = uri.path_and_query().map_or("", |it| it.as_str());
        let identity = [method.as_str().as_bytes(), target.as_bytes(), body]
            .into_iter()
            .fold(self.seed, |hash, part| hashed(mixed(hash), part));
        let before = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let count = seen.entry(identity).or_default();
            *count += 1;
            *count - 1
        };
        let random = mixed(identity.wrapping_add(before.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        // 53 bits are what an f64 holds exactly.
        let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
        if share >= self.fail {
            return Fault::None;
        }
        match mixed(random) % 10 {
            0 | 1 => Fault::Before(Code::Unavailable),
            2 | 3 => Fault::After(Code::Unavailable),
            4 => Fault::Before(Code::ResourceExhausted),
            5 => Fault::Before(Code::Internal),
            6 => Fault::After(Code::Internal),
            7 => Fault::After(Code::BadGateway),
            8 => Fault::BrokenBefore,
            _ => Fault::Broken,
        }
    }

    /// Takes a place in the second, or says how many seconds to wait.
    fn take(&self) -> Result<(), u64> {
        let Some(rate) = self.throttle else { return Ok(()) };
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let filled = bucket.0 + now.duration_since(bucket.1).as_secs_f64() * rate;
        *bucket = (filled.min(rate.max(1.0)), now);
        if bucket.0 >= 1.0 {
            bucket.0 -= 1.0;
            return Ok(());
        }
        Err(1)
    }
}

/// FNV-1a: the same on every machine and in every build, unlike the standard library's hashes.
fn hashed(basis: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(basis, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

/// SplitMix64's mixing step.
fn mixed(mut it: u64) -> u64 {
    it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    it ^ (it >> 31)
}

/// A request as it came, its body read.
pub struct Raw {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// What was received in the place of a body, if this is an upload.
    pub upload: Option<Upload>,
    /// Set when the client has gone away before it was answered.
    pub gone: Arc<AtomicBool>,
}

/// Tells work on a request that its client has gone away: then what waits for the work is dropped.
struct Watch(Option<Arc<AtomicBool>>);

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(gone) = &self.0 {
            gone.store(true, Ordering::Relaxed);
        }
    }
}

impl Raw {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The host that the caller meant: of HTTP/1 in a header, of HTTP/2 in the URI.
    pub fn host(&self) -> &str {
        self.uri.host().or_else(|| self.header("host")).unwrap_or("localhost")
    }
}

/// Why the connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was broken on purpose")]
pub struct Broken;

/// What every request passes before it is handled.
pub struct Edge {
    pub door: Door,
    pub faults: Faults,
    pub bodies: Budget,
}

/// Gives a request that may come in to the registry, to the service that it calls, or to an API.
pub async fn dispatch(
    request: http::Request<Incoming>,
    peer: SocketAddr,
    cloud: Arc<Cloud>,
    edge: Arc<Edge>,
    runtime: Arc<Runtime>,
) -> Result<Reply, Broken> {
    if let Err(foreign) = edge.door.check(request.uri(), request.headers()) {
        return Ok(turned_away(&foreign, grpc::is(request.headers())));
    }
    let host = request.uri().host().or_else(|| request.headers().get("host")?.to_str().ok());
    let host = host.unwrap_or("localhost").to_owned();
    if let Some(place) = runtime::place(&host, request.uri().path()) {
        let shares_our_origin = place.is_by_path();
        let mut response = runtime.serve(place, request, peer).await;
        if shares_our_origin {
            sandbox(&mut response);
        }
        return Ok(response.map(Either::Left));
    }
    if let Some(target) = registry::target(&host, request.uri().path()) {
        return Ok(registry::serve(target, request, cloud).await.map(Either::Left));
    }
    answer(request, cloud, &edge).await
}

/// The answer to a request that may not come in. Its words are no secret: a page cannot read them.
fn turned_away(why: &Foreign, grpc: bool) -> Reply {
    let refusal = Refusal::denied(format!("The local cloud does not answer this: {why}."));
    match grpc {
        true => grpc::refused(&refusal).map(Either::Right),
        false => refused(&refusal, Dialect::OnePlatform).map(Either::Left),
    }
}

/// Gives a page that strangers may have written, and that is served under our own origin, an origin of its own: what it
/// then asks of us is refused at the door.
fn sandbox<B>(response: &mut Response<B>) {
    let headers = response.headers_mut();
    headers.append(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox allow-forms allow-scripts"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

async fn answer(request: http::Request<Incoming>, cloud: Arc<Cloud>, edge: &Edge) -> Result<Reply, Broken> {
    if grpc::is(request.headers()) {
        return grpc_answer(request, cloud, edge).await;
    }
    Ok(rest_answer(request, cloud, edge).await?.map(Either::Left))
}

async fn rest_answer(
    request: http::Request<Incoming>,
    cloud: Arc<Cloud>,
    edge: &Edge,
) -> Result<Response<Payload>, Broken> {
    let faults = &edge.faults;
    let (parts, body) = request.into_parts();
    let mut raw = Raw {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body: Bytes::new(),
        upload: None,
        gone: Arc::default(),
    };
    let ours = raw.uri.path() == "/healthz" || raw.uri.path().starts_with("/_local/");
    if ours {
        return Ok(own(&raw, cloud).await);
    }
    let dialect = serve::dialect(&raw);
    // An address that nothing answers has no body worth reading.
    let destination = match serve::destination(&raw) {
        Ok(destination) => destination,
        Err(refusal) => return Ok(refused(&refusal, dialect)),
    };
    // The memory is given back when the request is answered.
    let _held = match read(&mut raw, destination, body, &cloud, &edge.bodies).await {
        Ok(held) => held,
        Err(Failure::Lost) => return Err(Broken),
        Err(Failure::Refused(refusal)) => return Ok(refused(&refusal, dialect)),
    };
    if !faults.latency.is_zero() {
        tokio::time::sleep(faults.latency).await;
    }
    if let Err(wait) = faults.take() {
        let mut refusal =
            Refusal::new(Code::ResourceExhausted, "Quota exceeded: too many requests a second.");
        refusal.retry_after = Some(wait);
        return Ok(refused(&refusal, dialect));
    }
    let fault = match &raw.upload {
        None => faults.draw(&raw.method, &raw.uri, &raw.body),
        Some(upload) => {
            let (length, crc32c) = upload.identity;
            faults.draw(&raw.method, &raw.uri, format!("{length} {crc32c}").as_bytes())
        }
    };
    match fault {
        Fault::BrokenBefore => return Err(Broken),
        Fault::Before(code) => return Ok(refused(&injected(code), dialect)),
        Fault::None | Fault::After(_) | Fault::Broken => {}
    }
    let handled = handled(cloud, Arc::new(raw)).await;
    match fault {
        Fault::After(code) => Ok(refused(&injected(code), dialect)),
        Fault::Broken => Err(Broken),
        Fault::None | Fault::Before(_) | Fault::BrokenBefore => Ok(match handled {
            Ok(answer) => response(answer),
            Err(refusal) => refused(&refusal, dialect),
        }),
    }
}

/// Reads the body of a request into it: JSON into memory, an upload to where it goes.
async fn read(
    raw: &mut Raw,
    destination: Option<Destination>,
    body: Incoming,
    cloud: &Arc<Cloud>,
    bodies: &Budget,
) -> Result<Option<Held>, Failure> {
    let Some(destination) = destination else {
        let held = bodies.read(body, bounds::JSON).await?;
        raw.body = held.bytes.clone();
        return Ok(Some(held));
    };
    let content_type = raw.header("content-type").unwrap_or_default().to_owned();
    let (cloud, bodies) = (Arc::clone(cloud), bodies.clone());
    raw.upload = Some(content::receive(cloud, bodies, destination, content_type, body).await?);
    Ok(None)
}

/// Answers a request of gRPC, with the same faults as any other.
async fn grpc_answer(
    request: http::Request<Incoming>,
    cloud: Arc<Cloud>,
    edge: &Edge,
) -> Result<Reply, Broken> {
    let faults = &edge.faults;
    if !faults.latency.is_zero() {
        tokio::time::sleep(faults.latency).await;
    }
    let too_many = Refusal::new(Code::ResourceExhausted, "Quota exceeded: too many requests a second.");
    if faults.take().is_err() {
        return Ok(grpc::refused(&too_many).map(Either::Right));
    }
    // A call's identity holds its message, which for a stream is not there yet.
    let (parts, body) = request.into_parts();
    let (fault, request) = if grpc::streams(parts.uri.path()) {
        let fault = faults.draw(&parts.method, &parts.uri, &[]);
        (fault, http::Request::from_parts(parts, Either::Left(body)))
    } else {
        let held = match edge.bodies.read(body, grpc::MOST_BYTES).await {
            Ok(held) => held,
            Err(bounds::Refused::Lost) => return Err(Broken),
            Err(why) => {
                let refusal = Refusal::new(Code::ResourceExhausted, why.to_string());
                return Ok(grpc::refused(&refusal).map(Either::Right));
            }
        };
        let fault = faults.draw(&parts.method, &parts.uri, &held.bytes);
        (fault, http::Request::from_parts(parts, Either::Right(Full::new(held.bytes))))
    };
    match fault {
        Fault::BrokenBefore => return Err(Broken),
        Fault::Before(code) => return Ok(grpc::refused(&injected(code)).map(Either::Right)),
        Fault::None | Fault::After(_) | Fault::Broken => {}
    }
    let answer = grpc::answer(cloud, request).await;
    match fault {
        Fault::After(code) => Ok(grpc::refused(&injected(code)).map(Either::Right)),
        Fault::Broken => Err(Broken),
        Fault::None | Fault::Before(_) | Fault::BrokenBefore => Ok(answer.map(Either::Right)),
    }
}

/// An answer: whole, or one that streams.
pub type Reply = Response<Either<Payload, tonic::body::Body>>;

/// How long a pull waits for a message.
const PATIENCE: Duration = Duration::from_secs(5);

/// Handles a request; one that is to be asked again is, for a while.
async fn handled(cloud: Arc<Cloud>, raw: Arc<Raw>) -> Result<Answer, Refusal> {
    let begun = Instant::now();
    let mut watch = Watch(Some(Arc::clone(&raw.gone)));
    loop {
        // It hears of what changes from here on.
        let changed = cloud.pubsub.changed.notified();
        let (again, raw) = (Arc::clone(&cloud), Arc::clone(&raw));
        let handled = tokio::task::spawn_blocking(move || serve::handle(&again, &raw)).await;
        let handled =
            handled.unwrap_or_else(|_| Err(Refusal::internal("The local cloud failed at this request.")));
        let later = matches!(&handled, Ok(answer) if matches!(answer.body, Body::Later));
        if !later || begun.elapsed() > PATIENCE {
            watch.0 = None;
            return handled;
        }
        // Deadlines end without a change.
        let _ = tokio::time::timeout(Duration::from_millis(100), changed).await;
    }
}

fn injected(code: Code) -> Refusal {
    let words = match code {
        Code::ResourceExhausted => {
            "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'."
        }
        Code::Internal => "Internal error encountered.",
        _ => "The service is currently unavailable.",
    };
    let mut refusal = Refusal::new(code, words);
    refusal.retry_after = (code == Code::ResourceExhausted).then_some(1);
    refusal
}

/// Answers what tools of this cloud ask: not Google's.
async fn own(raw: &Raw, cloud: Arc<Cloud>) -> Response<Payload> {
    let path = raw.uri.path().to_owned();
    let query = raw.uri.query().unwrap_or_default().to_owned();
    let post = raw.method == Method::POST;
    let work = move || -> Result<Answer, Refusal> {
        match (path.as_str(), post) {
            ("/healthz", _) => {
                Ok(Answer::json(json!({"status": "ok", "project": crate::cloud::LOCAL_PROJECT})))
            }
            ("/_local/tick", true) => {
                let asked = query.split('&').find_map(|it| it.strip_prefix("by=")).unwrap_or_default();
                let by = clock::length(asked).ok_or_else(|| {
                    Refusal::invalid(format!("By how long? \"{asked}\" is not like 90s, 15m, 1h30m or 31d."))
                })?;
                cloud.tick(by)?;
                Ok(Answer::json(json!({"now": moment::text(cloud.clock.now())})))
            }
            ("/_local/sql", true) => {
                let _ = cloud.sql.engine();
                Ok(Answer::json(json!({"sql": cloud.sql.status()})))
            }
            ("/_local/reset", true) => {
                cloud.reset()?;
                registry::sweep(&cloud)?;
                // What runs belongs to nobody any more.
                cloud.bell.notify_one();
                Ok(Answer::empty())
            }
            ("/_local/logs", false) => {
                let query = crate::validate::Query::parse(&query);
                let lines = query.number("lines").and_then(|it| usize::try_from(it).ok()).unwrap_or(1000);
                let text = runtime::logs::read(&cloud, query.get("service").unwrap_or_default(), lines)?;
                let answer =
                    Answer { status: 200, body: Body::Bytes(text.into_bytes()), headers: Vec::new() };
                Ok(answer.header("content-type", "text/plain; charset=utf-8"))
            }
            ("/_local/state", false) => {
                let counts = cloud.store.read()?.counts()?;
                Ok(Answer::json(json!({
                    "counts": counts,
                    "backlogs": cloud.pubsub.backlogs(),
                    "containers": cloud.network.to_string(),
                    "sql": cloud.sql.status(),
                })))
            }
            _ => Err(Refusal::not_found("The local cloud has no such page.")),
        }
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(answer)) => response(answer),
        Ok(Err(refusal)) => refused(&refusal, Dialect::OnePlatform),
        Err(_) => {
            refused(&Refusal::internal("The local cloud failed at this request."), Dialect::OnePlatform)
        }
    }
}

fn response(answer: Answer) -> Response<Payload> {
    let (body, json) = match answer.body {
        Body::Json(body) => (payload::full(written(&body)), true),
        Body::Compact(body) => (payload::full(body.to_string()), true),
        Body::Bytes(content) => (payload::full(content), false),
        Body::Stored(content, length) => (payload::stored(content, length), false),
        Body::None => (payload::full(Bytes::new()), false),
        Body::Later => (payload::full("{}\n"), true),
    };
    let mut builder = Response::builder().status(answer.status);
    if json {
        builder = builder.header(http::header::CONTENT_TYPE, "application/json; charset=UTF-8");
    }
    for (name, value) in &answer.headers {
        builder = builder.header(*name, value);
    }
    let mut response = builder.body(body).unwrap_or_else(|_| failed());
    if !json {
        sandbox(&mut response);
    }
    response
}

fn refused(refusal: &Refusal, dialect: Dialect) -> Response<Payload> {
    let mut builder = Response::builder()
        .status(refusal.code.http())
        .header(http::header::CONTENT_TYPE, "application/json; charset=UTF-8");
    if refusal.code == Code::Unauthenticated {
        let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        builder = builder.header(http::header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(wait) = refusal.retry_after {
        builder = builder.header(http::header::RETRY_AFTER, wait);
    }
    let body = match refusal.code {
        Code::NotModified => payload::full(Bytes::new()),
        _ => payload::full(written(&refusal.body(dialect))),
    };
    builder.body(body).unwrap_or_else(|_| failed())
}

fn written(body: &Value) -> String {
    format!("{body:#}\n")
}

fn failed() -> Response<Payload> {
    let mut response = Response::new(payload::full(Bytes::new()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(fail: f64, throttle: Option<f64>, seed: u64) -> Faults {
        Faults::new(&Settings { fail, throttle, seed, ..Settings::default() })
    }

    #[test]
    fn a_fault_belongs_to_a_request_and_not_to_its_place_in_the_order() {
        let draw = |faults: &Faults, at: u64| {
            let uri: Uri = format!("/v1/projects/p/topics/t{}", at / 2).parse().unwrap();
            faults.draw(&Method::PUT, &uri, if at.is_multiple_of(2) { b"{}" } else { b"{\"a\": 1}" })
        };
        let run = |seed, order: &mut dyn Iterator<Item = u64>| {
            let faults = faults(0.3, None, seed);
            order.map(|at| (at, draw(&faults, at))).collect::<std::collections::BTreeMap<_, _>>()
        };
        let forward = run(7, &mut (0..200));
        assert_eq!(forward, run(7, &mut (0..200).rev()));
        assert_ne!(forward, run(8, &mut (0..200)));
        let share = forward.values().filter(|it| **it != Fault::None).count();
        assert!((30..90).contains(&share), "{share}");
        // The second time is another draw, so that what is asked again can succeed.
        let again = faults(0.3, None, 7);
        let times: Vec<Fault> = (0..50).map(|_| draw(&again, 3)).collect();
        assert!(times.contains(&Fault::None) && times.iter().any(|it| *it != Fault::None));
        assert_eq!(draw(&faults(0.0, None, 7), 1), Fault::None);
    }

    #[test]
    fn a_throttle_lets_its_rate_through() {
        let faults = faults(0.0, Some(5.0), 0);
        let passed = (0..20).filter(|_| faults.take().is_ok()).count();
        assert_eq!(passed, 5);
    }
}
