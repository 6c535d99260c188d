//! A registry in memory that behaves as it is told to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use image::Digest;

/// How it behaves.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The password that its token server takes, if it asks for one.
    pub password: Option<String>,
    /// Asks for the password itself and not for a token.
    pub basic: bool,
    /// Its tokens are good for so many requests.
    pub token_lasts: Option<usize>,
    /// Knows what refers to what.
    pub referrers: bool,
    /// So many requests are answered 503 first.
    pub stumbles: usize,
    /// Closes the connection in the middle of so many uploads.
    pub breaks: usize,
    /// Every upload is answered so.
    pub refuses: Option<(u16, &'static str)>,
    /// Manifests whose config is not an image's are answered so.
    pub refuses_artifacts: Option<u16>,
    /// Keeps something else than it was sent.
    pub lies: bool,
    /// Sends uploads somewhere else first.
    pub redirects: bool,
    /// Calls itself so in what it says, however it is reached.
    pub name: Option<&'static str>,
}

#[derive(Debug, Default)]
pub struct State {
    pub rules: Rules,
    pub blobs: BTreeMap<String, Bytes>,
    /// By tag and by digest.
    pub manifests: BTreeMap<String, Bytes>,
    /// `PUT /v2/…`, in the order that they came.
    pub log: Vec<String>,
    /// The `Authorization` of each.
    pub shown: Vec<String>,
    pub hosts: Vec<String>,
    tokens: usize,
    used: usize,
}

#[derive(Clone)]
pub struct Fake {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

type Answer = Response<Full<Bytes>>;

impl Fake {
    pub async fn start(rules: Rules) -> Fake {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Fake { address, state: Arc::new(Mutex::new(State { rules, ..State::default() })) };
        let served = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fake = served.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |it| fake.clone().serve(it));
                    // A connection that breaks is what some tests are about.
                    let _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        fake
    }

    pub fn state<T>(&self, of: impl FnOnce(&mut State) -> T) -> T {
        of(&mut self.state.lock().unwrap())
    }

    /// How many requests began so.
    pub fn count(&self, start: &str) -> usize {
        self.state(|it| it.log.iter().filter(|it| it.starts_with(start)).count())
    }

    async fn serve(self, request: Request<Incoming>) -> Result<Answer, std::io::Error> {
        let (head, body) = request.into_parts();
        let path = head.uri.path().to_owned();
        let query = head.uri.query().unwrap_or_default().to_owned();
        let of = |name: &str| {
            let value = head.headers.get(name).and_then(|it| it.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (shown, host) = (of("authorization"), of("host"));
        let upload = head.method == Method::PUT && path.contains("/blobs/uploads/");
        let breaks = self.state(|it| {
            it.log.push(format!("{} {path}", head.method));
            it.shown.push(shown.clone());
            it.hosts.push(host);
            let breaks = upload && it.rules.breaks > 0;
            it.rules.breaks -= usize::from(breaks);
            breaks
        });
        if breaks {
            return Err(std::io::Error::other("broken on purpose"));
        }
        let bytes = body.collect().await.map(|it| it.to_bytes()).unwrap_or_default();
        Ok(self.state(|it| answer(it, self.address, &head.method, &path, &query, &shown, bytes)))
    }
}

fn status(code: u16) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::from_u16(code).unwrap();
    answer
}

fn with(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    answer.headers_mut().insert(name, value.parse().unwrap());
    answer
}

fn answer(
    state: &mut State,
    address: SocketAddr,
    method: &Method,
    path: &str,
    query: &str,
    shown: &str,
    bytes: Bytes,
) -> Answer {
    if state.rules.stumbles > 0 {
        state.rules.stumbles -= 1;
        return with(status(503), "retry-after", "0");
    }
    if let Some(refusal) = guard(state, address, path, query, shown) {
        return refusal;
    }
    let parts: Vec<&str> = path.trim_start_matches("/v2/").split('/').collect();
    let ([.., "blobs", "uploads", last] | [.., "blobs" | "manifests", last]) = &parts[..] else {
        return status(404);
    };
    let last = (*last).to_owned();
    let is_manifest = parts[parts.len() - 2] == "manifests";
    match (method.as_str(), is_manifest) {
        ("HEAD", false) if state.blobs.contains_key(&last) => status(200),
        ("HEAD" | "GET", true) if state.manifests.contains_key(&last) => {
            let bytes = state.manifests[&last].clone();
            let digest = Digest::of(&bytes).to_string();
            let mut answer = with(status(200), "docker-content-digest", &digest);
            *answer.body_mut() = Full::new(bytes);
            answer
        }
        ("HEAD" | "GET", _) => status(404),
        ("POST", false) => match state.rules.refuses {
            Some((code, body)) => {
                let mut answer = status(code);
                *answer.body_mut() = Full::from(body);
                answer
            }
            None => {
                let base = state.rules.name.map(|it| format!("https://{it}")).unwrap_or_default();
                with(status(202), "location", &format!("{base}{path}1?state=x%3D"))
            }
        },
        ("PUT", false) if state.rules.redirects && last == "1" => {
            with(status(307), "location", &format!("{}2?{query}", path.trim_end_matches('1')))
        }
        ("PUT", false) => {
            assert!(query.starts_with("state=x%3D&digest=sha256%3A"), "{query}");
            let digest = Digest::of(&bytes);
            if !query.ends_with(digest.hex()) {
                return status(400);
            }
            state.blobs.insert(digest.to_string(), bytes);
            status(201)
        }
        ("PUT", true) => put_manifest(state, &last, bytes),
        _ => status(405),
    }
}

fn put_manifest(state: &mut State, last: &str, bytes: Bytes) -> Answer {
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let subject = json["subject"]["digest"].as_str();
    if let (Some(code), Some(_)) = (state.rules.refuses_artifacts, subject) {
        return status(code);
    }
    for blob in json["layers"].as_array().into_iter().flatten().chain(json.get("config")) {
        assert!(state.blobs.contains_key(blob["digest"].as_str().unwrap()), "{blob} is named and not there");
    }
    let digest = Digest::of(if state.rules.lies { b"lie" } else { &bytes }).to_string();
    let mut answer = with(status(201), "docker-content-digest", &digest);
    if let (Some(subject), true) = (subject, state.rules.referrers) {
        answer = with(answer, "oci-subject", subject);
    }
    state.manifests.insert(last.to_owned(), bytes);
    answer
}

/// Refuses whoever shows nothing, or something that is no good any more.
fn guard(state: &mut State, address: SocketAddr, path: &str, query: &str, shown: &str) -> Option<Answer> {
    use base64::Engine;
    let password = state.rules.password.clone()?;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("oauth2accesstoken:{password}"));
    let basic = format!("Basic {basic}");
    if path == "/token" {
        assert!(query.contains("service=fake") && query.contains("scope=repository%3A"), "{query}");
        if shown != basic {
            return Some(status(401));
        }
        state.tokens += 1;
        state.used = 0;
        let mut answer = status(200);
        *answer.body_mut() = Full::from(format!("{{\"token\": \"t{}\", \"expires_in\": 60}}", state.tokens));
        return Some(answer);
    }
    if state.rules.basic {
        let refused = || with(status(401), "www-authenticate", "Basic realm=\"fake\"");
        return (shown != basic).then(refused);
    }
    state.used += 1;
    let fresh = state.rules.token_lasts.is_none_or(|it| state.used <= it);
    if fresh && shown == format!("Bearer t{}", state.tokens) {
        return None;
    }
    let realm = format!("Bearer realm=\"http://{address}/token\",service=\"fake\"");
    Some(with(status(401), "www-authenticate", &realm))
}
