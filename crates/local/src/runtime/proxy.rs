//! Carries requests to the containers of services, and their answers back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::headers::{announce, without_hops};
use super::revision::{Flight, Revision};
use super::traffic::{hit, targets};
use super::{Runtime, blocking, invoker};
use crate::error::{Code, Refusal};
use crate::made_up;
use crate::payload::{self, Holding, Payload};

/// How long we wait before we look again for a container that crashed.
const PAUSE: Duration = Duration::from_millis(50);

/// The service that an address is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// By id or number.
    project: String,
    region: String,
    service: String,
    /// What of the path leads here and is not the service's: `/_run/p/r/s`.
    prefix: String,
}

impl Place {
    /// Whether it is told by the path alone, so that its pages have the origin of this cloud itself.
    pub fn is_by_path(&self) -> bool {
        !self.prefix.is_empty()
    }
}

/// The service that a host or path leads to: `/_run/PROJECT/REGION/SERVICE/…` or
/// `SERVICE-NUMBER.REGION.run.localhost`. `TAG---SERVICE` leads to what has the tag.
pub fn place(host: &str, path: &str) -> Option<Place> {
    let host = host.split(':').next().unwrap_or(host);
    let (project, region, service, prefix) = match host.strip_suffix(".run.localhost") {
        Some(rest) => {
            let (label, region) = rest.split_once('.')?;
            let (service, project) = label.rsplit_once('-')?;
            (project, region, service, String::new())
        }
        None => {
            let mut parts = path.strip_prefix("/_run/")?.splitn(4, '/');
            let (project, region, service) = (parts.next()?, parts.next()?, parts.next()?);
            (project, region, service, format!("/_run/{project}/{region}/{service}"))
        }
    };
    let owned = str::to_owned;
    Some(Place { project: owned(project), region: owned(region), service: owned(service), prefix })
}

/// Why a request was not carried to a container: the answer that says so, as Google's front end words it.
type Refused = Box<Response<Payload>>;

fn page(status: StatusCode, title: &str, words: &str) -> Refused {
    let number = status.as_u16();
    let body = format!(
        "<html><head>\n<meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n\
         <title>{number} {title}</title>\n</head>\n<body text=#000000 bgcolor=#ffffff>\n\
         <h1>Error: {title}</h1>\n<h2>{words}</h2>\n<h2></h2>\n</body></html>\n"
    );
    let mut response = Response::new(payload::full(body));
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    Box::new(response)
}

fn unavailable(words: &str) -> Refused {
    page(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", &escaped(words))
}

fn missing() -> Refused {
    let words = "The requested URL was not found on this server.";
    page(StatusCode::NOT_FOUND, "Page not found", words)
}

fn forbidden(path: &str) -> Refused {
    let path = escaped(if path.is_empty() { "/" } else { path });
    let words =
        format!("Your client does not have permission to get URL <code>{path}</code> from this server.");
    page(StatusCode::FORBIDDEN, "Forbidden", &words)
}

/// The answer to a token that is not taken.
fn unauthenticated(refusal: &Refusal) -> Refused {
    if refusal.code != Code::Unauthenticated {
        return unavailable(&refusal.message);
    }
    let words = "Your client does not have permission to the requested URL.";
    let mut answer = page(StatusCode::UNAUTHORIZED, "Unauthorized", words);
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    answer
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Runtime {
    /// Answers a request to a service.
    pub async fn serve(
        self: &Arc<Self>,
        place: Place,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Payload> {
        match self.carry(&place, request, peer).await {
            Ok(response) => response,
            Err(refused) => *refused,
        }
    }

    async fn carry(
        self: &Arc<Self>,
        place: &Place,
        mut request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Result<Response<Payload>, Refused> {
        let revision = self.choose(place, &request).await?;
        let authority = request.uri().authority().map(ToString::to_string);
        *request.uri_mut() = within(place, request.uri())
            .ok_or_else(|| page(StatusCode::BAD_REQUEST, "Bad Request", "The request has no path."))?;
        *request.version_mut() = http::Version::HTTP_11;
        let upgrade = upgrade_of(&mut request);
        announce(request.headers_mut(), authority, &place.prefix, peer);
        let (stream, flight) = self.reach(&revision).await?;
        let sent = send(stream, revision.speaks_h2(), request);
        let mut response = match tokio::time::timeout(revision.timeout(), sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => {
                revision.notice_its_end().await;
                return Err(unavailable(
                    "The request failed because either the HTTP response was malformed or connection to the \
                     instance had an error.",
                ));
            }
            Err(_) => {
                let words =
                    "The request has been terminated because it has reached the maximum request timeout.";
                return Err(page(StatusCode::GATEWAY_TIMEOUT, "Gateway Timeout", words));
            }
        };
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some((callers, protocol)) = upgrade
        {
            tokio::spawn(join(callers, hyper::upgrade::on(&mut response), flight));
            let mut answer = response.map(|_| payload::full(Bytes::new()));
            without_hops(answer.headers_mut());
            answer.headers_mut().insert(header::UPGRADE, protocol);
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            return Ok(answer);
        }
        without_hops(response.headers_mut());
        Ok(response.map(|body| Holding::new(body, flight).boxed_unsync()))
    }

    /// The revision that serves a request, if the caller may call the service.
    async fn choose(
        self: &Arc<Self>,
        place: &Place,
        request: &Request<Incoming>,
    ) -> Result<Arc<Revision>, Refused> {
        let caller = invoker::caller(&self.cloud, request.headers()).map_err(|it| unauthenticated(&it))?;
        let path = request.uri().path();
        let path = path.strip_prefix(place.prefix.as_str()).unwrap_or(path).to_owned();
        let (runtime, place) = (Arc::clone(self), place.clone());
        let found = blocking(move || {
            let tx = runtime.cloud.store.read()?;
            let project = runtime.cloud.known(&place.project).map(|it| it.id).unwrap_or_default();
            let (tag, id) = match place.service.split_once("---") {
                Some((tag, id)) => (Some(tag), id),
                None => (None, place.service.as_str()),
            };
            let name = format!("projects/{project}/locations/{}/services/{id}", place.region);
            let Some(service) = tx.get("run/services", &name)? else { return Ok(Err(missing())) };
            if !invoker::may_call(&tx, &service, caller.as_ref())? {
                return Ok(Err(forbidden(&path)));
            }
            let all = targets(&service);
            let chosen = match tag {
                None => hit(all, made_up::random() % 100),
                Some(tag) => match all.into_iter().find(|it| it.tag.as_deref() == Some(tag)) {
                    Some(tagged) => Some(tagged.revision),
                    None => return Ok(Err(missing())),
                },
            };
            let revision = match chosen {
                Some(chosen) => runtime.revision(&chosen)?,
                None => None,
            };
            Ok(revision.ok_or_else(|| {
                let said = service["terminalCondition"]["message"].as_str();
                let image = service["template"]["containers"][0]["image"].as_str().unwrap_or_default();
                let elsewhere = format!("{image} is not in a repository of this cloud: nothing runs here.");
                unavailable(match service["_runs"] == true {
                    true => said.unwrap_or("No revision is ready yet."),
                    false => &elsewhere,
                })
            }))
        })
        .await;
        found.unwrap_or_else(|failure| Err(unavailable(&failure.message)))
    }

    /// A connection to a revision, which is begun if need be.
    async fn reach(&self, revision: &Arc<Revision>) -> Result<(TcpStream, Flight), Refused> {
        let Some(flight) = revision.take_off().await else {
            return Err(page(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "Rate exceeded."));
        };
        let mut last = String::new();
        // That a process crashed just now may be known a moment later than that nobody listens.
        for _ in 0..5 {
            let address = revision.ensure(&self.cloud).await.map_err(|it| unavailable(&it.message))?;
            match address.connect().await {
                Ok(stream) => return Ok((stream, flight)),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(unavailable(&format!("The container does not listen any more: {last}.")))
    }
}

/// The path and query that the container is asked for.
fn within(place: &Place, uri: &Uri) -> Option<Uri> {
    let path = uri.path_and_query().map_or("/", |it| it.as_str());
    let rest = path.strip_prefix(place.prefix.as_str()).unwrap_or(path);
    let slash = if rest.starts_with('/') { "" } else { "/" };
    format!("{slash}{rest}").parse().ok()
}

/// Sends a request over a connection.
async fn send(
    stream: TcpStream,
    h2: bool,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, hyper::Error> {
    let io = TokioIo::new(stream);
    // How a connection ends is told by the answer's body.
    if h2 {
        let host = request.headers_mut().remove(header::HOST);
        let authority = host.as_ref().and_then(|it| it.to_str().ok()).unwrap_or("localhost");
        let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
        if let Ok(uri) = format!("http://{authority}{path}").parse() {
            *request.uri_mut() = uri;
        }
        *request.version_mut() = http::Version::HTTP_2;
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(async move { drop(connection.await) });
        return sender.send_request(request).await;
    }
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    tokio::spawn(async move { drop(connection.with_upgrades().await) });
    sender.send_request(request).await
}

/// Joins two connections that speak something else than HTTP from now on.
async fn join(callers: OnUpgrade, containers: OnUpgrade, flight: Flight) {
    if let (Ok(callers), Ok(containers)) = (callers.await, containers.await) {
        let (mut callers, mut containers) = (TokioIo::new(callers), TokioIo::new(containers));
        // How either side ends it is theirs.
        let _ = tokio::io::copy_bidirectional(&mut callers, &mut containers).await;
    }
    drop(flight);
}

/// The wish to speak another protocol, and which; other headers of the connection are removed.
fn upgrade_of(request: &mut Request<Incoming>) -> Option<(OnUpgrade, HeaderValue)> {
    let protocol = request.headers().get(header::UPGRADE).cloned();
    without_hops(request.headers_mut());
    let protocol = protocol?;
    request.headers_mut().insert(header::UPGRADE, protocol.clone());
    request.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    Some((hyper::upgrade::on(request), protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, path: &str, want: Option<(&str, &str, &str, &str)>) {
        let got = place(host, path).map(|it| {
            let uri = within(&it, &path.parse().unwrap()).unwrap().to_string();
            (it.project, it.region, it.service, uri)
        });
        let want = want.map(|(a, b, c, d)| (a.into(), b.into(), c.into(), d.into()));
        assert_eq!(got, want, "{host}{path}");
    }

    #[test]
    fn places() {
        let host = "127.0.0.1:1";
        check(host, "/_run/p-1/us-central1/svc", Some(("p-1", "us-central1", "svc", "/")));
        check(host, "/_run/p-1/us-central1/svc/a?b=c", Some(("p-1", "us-central1", "svc", "/a?b=c")));
        let host = "my-svc-123.us-central1.run.localhost:1";
        check(host, "/a", Some(("123", "us-central1", "my-svc", "/a")));
        check("run.localhost", "/_run", None);
        check("run.googleapis.com", "/v2/projects/p", None);
    }
}
