//! The container registry: the OCI distribution API over the repositories of the local Artifact Registry.
//!
//! It answers at `LOCATION-docker.pkg.dev` by host, and at any other name of this cloud by path. Blobs are
//! files in the data's folder; what a repository has, its manifests and its tags are in the store.

mod blobs;
mod listing;
mod manifests;
mod path;
mod refused;
mod repository;
mod uploads;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

pub use blobs::verified as verified_blob;
pub use listing::{images, packages, tag, tags, untag};
pub use manifests::{content as manifest, forget, resolve};
pub use path::{Reference, Target, target};
pub use refused::Refused;
pub use repository::{PULL, Repository, may, of_image};

use crate::cloud::Cloud;
use crate::error::{Code, Refusal};
use crate::identity;
use crate::payload::{self, Payload};
use crate::request::{Caller, last};
use crate::store::StoreError;
use crate::validate::Query;
use path::Part;

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
const UPLOAD: HeaderName = HeaderName::from_static("docker-upload-uuid");
const VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
const SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");

/// A request of the registry, without its body.
pub struct Call {
    target: Target,
    method: Method,
    caller: Caller,
    /// The token that it came with, if this cloud issued it.
    token: Option<String>,
    query: Query,
    content_type: String,
    content_range: Option<String>,
    range: Option<String>,
    host: String,
    anonymous: bool,
}

/// The token in a header: a bearer's, or one that is a password, as Docker sends it.
fn token_of(authorization: Option<&str>) -> Option<String> {
    let password = authorization.and_then(|it| it.strip_prefix("Basic ")).and_then(|it| {
        let text = String::from_utf8(STANDARD.decode(it.trim()).ok()?).ok()?;
        text.split_once(':').map(|(_, password)| password.to_owned())
    });
    password.or_else(|| Some(authorization?.split_once(' ')?.1.trim().to_owned()))
}

/// Answers a request of the registry.
pub async fn serve(target: Target, request: Request<Incoming>, cloud: Arc<Cloud>) -> Response<Payload> {
    let (parts, body) = request.into_parts();
    let text = |name: HeaderName| parts.headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
    let authorization = text(header::AUTHORIZATION);
    let authority = parts.uri.authority().map(ToString::to_string);
    let token = token_of(authorization.as_deref());
    let bearer = format!("Bearer {}", token.as_deref().unwrap_or_default());
    let caller = match identity::authenticate(&cloud, Some(&bearer)) {
        Ok(caller) => caller,
        Err(refusal) => {
            let mut response =
                unauthenticated(&refusal, &text(header::HOST).or(authority).unwrap_or_default());
            set(&mut response, VERSION, "registry/2.0");
            return response;
        }
    };
    let call = Call {
        target,
        method: parts.method.clone(),
        caller,
        token: token.filter(|it| identity::is_ours(it)),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        content_type: text(header::CONTENT_TYPE).unwrap_or_default(),
        content_range: text(header::CONTENT_RANGE),
        range: text(header::RANGE),
        host: text(header::HOST).or(authority).unwrap_or_default(),
        anonymous: authorization.is_none(),
    };
    let mut response = answer(&cloud, call, body).await.unwrap_or_else(|refused| refused.answer());
    set(&mut response, VERSION, "registry/2.0");
    response
}

async fn answer(cloud: &Arc<Cloud>, call: Call, body: Incoming) -> Result<Response<Payload>, Refused> {
    let read = call.method == Method::GET || call.method == Method::HEAD;
    match &call.target.part {
        Part::Ping => Ok(ping(&call)),
        Part::Token if read => Ok(token(&call)),
        Part::Catalog if read => catalog(cloud, &call),
        Part::Tags if read => manifests::tags(cloud, &call, &open(cloud, &call, repository::PULL)?),
        Part::Referrers(digest) if read => {
            manifests::referrers(cloud, &call, &open(cloud, &call, repository::PULL)?, digest)
        }
        Part::Token | Part::Catalog | Part::Tags | Part::Referrers(_) => Err(Refused::method()),
        Part::Blob(digest) if read => {
            let repository = open(cloud, &call, repository::PULL)?;
            let size = blobs::size(&cloud.store.read()?, &repository, digest)?;
            let size = size.ok_or_else(|| Refused::no_blob(digest))?;
            blobs::get(cloud, &call.method, digest, size, call.range.as_deref()).await
        }
        Part::Blob(digest) if call.method == Method::DELETE => {
            blobs::delete(cloud, &open(cloud, &call, repository::DELETE)?, digest)?;
            Ok(empty(StatusCode::ACCEPTED))
        }
        Part::Blob(_) => Err(Refused::method()),
        Part::Uploads if call.method == Method::POST => {
            uploads::begin(cloud, &call, &open(cloud, &call, repository::PUSH)?, body).await
        }
        Part::Uploads => Err(Refused::method()),
        Part::Upload(id) => {
            uploads::go_on(cloud, &call, &open(cloud, &call, repository::PUSH)?, id, body).await
        }
        Part::Manifest(reference) => manifest_call(cloud, &call, reference, body).await,
    }
}

async fn manifest_call(
    cloud: &Arc<Cloud>,
    call: &Call,
    reference: &str,
    body: Incoming,
) -> Result<Response<Payload>, Refused> {
    match call.method {
        Method::GET | Method::HEAD => {
            manifests::get(cloud, call, &open(cloud, call, repository::PULL)?, reference)
        }
        Method::PUT => {
            let repository = open(cloud, call, repository::PUSH)?;
            let bytes = Limited::new(body, manifests::LIMIT).collect().await.map_err(|it| {
                Refused::new(413, "MANIFEST_INVALID", format!("The manifest could not be read: {it}"))
            })?;
            manifests::put(cloud, call, &repository, reference, &bytes.to_bytes())
        }
        Method::DELETE => manifests::delete(cloud, &open(cloud, call, repository::DELETE)?, reference),
        _ => Err(Refused::method()),
    }
}

/// The repository of a call, if the caller holds a permission on it.
fn open(cloud: &Cloud, call: &Call, permission: &str) -> Result<Repository, Refused> {
    let tx = cloud.store.read()?;
    let found = repository::find(&tx, cloud, call.target.location.as_deref(), &call.target.name)?;
    repository::permit(&tx, &call.caller, permission, &found)?;
    Ok(found)
}

/// Docker's clients send a password only to who asks for it, so whoever knocks without one is asked.
fn ping(call: &Call) -> Response<Payload> {
    if !call.anonymous {
        return json_answer(&json!({}));
    }
    challenged("Say who you are, or ask for a token without saying it.", &call.host)
}

/// The answer to a token that is not taken.
fn unauthenticated(refusal: &Refusal, host: &str) -> Response<Payload> {
    match refusal.code {
        Code::Unauthenticated => challenged(&refusal.message, host),
        code => Refused::new(code.http(), "UNKNOWN", refusal.message.clone()).answer(),
    }
}

/// Tells a client where it gets a token.
fn challenged(message: &str, host: &str) -> Response<Payload> {
    let mut answer = Refused::new(401, "UNAUTHORIZED", message).answer();
    let challenge = format!("Bearer realm=\"http://{host}/v2/token\",service=\"{host}\"");
    set(&mut answer, header::WWW_AUTHENTICATE, &challenge);
    answer
}

/// A token that stands for who asks: the owner, or a principal.
fn token(call: &Call) -> Response<Payload> {
    let token = match (&call.caller, &call.token) {
        (_, Some(token)) => token.clone(),
        (Caller::Principal(email), None) => format!("local.{email}"),
        (Caller::Owner | Caller::Federated(_), None) => "owner".to_owned(),
    };
    json_answer(&json!({"token": token, "access_token": token, "expires_in": 3600}))
}

/// Lists the images that the caller may pull.
fn catalog(cloud: &Cloud, call: &Call) -> Result<Response<Payload>, Refused> {
    let tx = cloud.store.read()?;
    let mut names = std::collections::BTreeSet::new();
    for repository in repository::all(&tx, cloud)? {
        let place = repository.name.split('/').nth(3);
        let elsewhere = call.target.location.as_deref().is_some_and(|it| place != Some(it));
        if elsewhere || !repository::may(&tx, &call.caller, repository::PULL, &repository)? {
            continue;
        }
        for (_, it) in tx.all(manifests::MANIFESTS, &format!("{}/", repository.name))? {
            let image = it["image"].as_str().unwrap_or_default();
            let project = repository.project.id.replace(':', "/");
            names.insert(format!("{project}/{}/{image}", last(&repository.name)));
        }
    }
    let (names, next) = page(call, names.into_iter().collect());
    let mut answer = json_answer(&json!({"repositories": names}));
    if let Some(next) = next {
        set(&mut answer, header::LINK, &next);
    }
    Ok(answer)
}

/// What `n` and `last` ask for of a sorted list, and a link to what follows.
fn page(call: &Call, names: Vec<String>) -> (Vec<String>, Option<String>) {
    let size = call.query.number("n").and_then(|it| usize::try_from(it).ok()).unwrap_or(usize::MAX);
    let after = call.query.get("last").unwrap_or_default();
    let rest: Vec<String> = names.into_iter().filter(|it| it.as_str() > after).collect();
    let more = rest.len() > size;
    let shown: Vec<String> = rest.into_iter().take(size).collect();
    let path = match call.target.name.as_str() {
        "" => "/v2/_catalog".to_owned(),
        name => format!("/v2/{name}/tags/list"),
    };
    let next = shown.last().filter(|_| more).map(|it| format!("<{path}?n={size}&last={it}>; rel=\"next\""));
    (shown, next)
}

/// Removes what a killed process or a deleted repository has left behind.
pub fn sweep(cloud: &Cloud) -> Result<(), StoreError> {
    uploads::sweep(cloud);
    blobs::sweep(cloud)
}

fn empty(status: StatusCode) -> Response<Payload> {
    let mut response = Response::new(payload::full(Bytes::new()));
    *response.status_mut() = status;
    response
}

fn json_answer(body: &Value) -> Response<Payload> {
    let mut response = Response::new(payload::full(body.to_string()));
    set(&mut response, header::CONTENT_TYPE, "application/json");
    response
}

/// Sets a header; a value that no header can have is left out.
fn set(response: &mut Response<Payload>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
