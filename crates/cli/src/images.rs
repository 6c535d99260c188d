//! Images that a stack declares of its own workspace: built when they have to be, and pushed by the call that
//! names their tag.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use engine::ledger::Ledger;
use engine::{Answer, Call, Cloud, Lost, Method, Program};
use gcp::Endpoint;
use gcp::artifactregistry::BUILT;
use image::{Digest, Login, Options, PushError, Reference, Registry, Settings, Source, Workshop};
use serde_json::json;

use crate::out::Out;
use crate::problem::Problem;
use crate::show::{bytes, progress::seconds};

/// Whether what is not built as its source now is gets built, or stays unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Building {
    Now,
    Later,
}

/// The kind of an image in a repository.
const IMAGE: &str = "gcp:artifactregistry/v1:Image";

/// Where a project's images are kept.
pub fn workshop(project: &Path) -> Workshop {
    Workshop::at(project.join(".stack").join("images"))
}

/// Tells a declaration the digests of the images that it wants of this workspace; the packages and binaries of
/// those that are not built.
pub async fn tell(
    program: &mut Program,
    chosen: &BTreeSet<usize>,
    ledger: &Ledger,
    place: (&Path, &Endpoint),
    building: Building,
    out: &Out,
) -> Result<Vec<String>, Problem> {
    let mut unbuilt = Vec::new();
    let (project, endpoint) = place;
    // Nothing is built for what is not selected.
    for fact in program.facts_of(chosen) {
        let Some(what) = fact.strip_prefix(BUILT) else { continue };
        let (package, bin) = what.split_once('/').ok_or_else(|| {
            Problem::new(format!("the declaration names an image {what:?}, not PACKAGE/BINARY"))
        })?;
        let settings = Settings {
            package: package.to_owned(),
            bin: bin.to_owned(),
            target: target(endpoint),
            ..Settings::default()
        };
        let source = Source { folder: project.to_owned(), settings };
        let at = deployed(program, ledger, &fact);
        let found =
            match made(project, &source, Building::Later, out).await.map_err(|it| elsewhere(it, what))? {
                Some(digest) => Some(digest),
                // Nothing is built that was deployed before.
                None => match pushed(at.as_ref(), &source, endpoint, out).await? {
                    None if building == Building::Now => {
                        made(project, &source, building, out).await.map_err(|it| elsewhere(it, what))?
                    }
                    found => found,
                },
            };
        match found {
            Some(digest) => drop(program.settings.insert(fact.clone(), digest.to_string())),
            None => unbuilt.push(what.to_owned()),
        }
    }
    Ok(unbuilt)
}

/// The image of a source that is built here, or is built now.
async fn made(
    project: &Path,
    source: &Source,
    building: Building,
    out: &Out,
) -> Result<Option<Digest>, image::WorkshopError> {
    let (workshop, source, out) = (workshop(project), source.clone(), *out);
    // Compiling takes minutes, and a thread of its own.
    let work = move || digest(&workshop, &source, building, &out);
    match tokio::task::spawn_blocking(work).await {
        Ok(found) => found,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// Where the image that a fact is the digest of was pushed to by the last apply.
fn deployed(program: &Program, ledger: &Ledger, fact: &str) -> Option<Reference> {
    let uses = |at: usize| program.facts_of(&BTreeSet::from([at])).contains(fact);
    let nodes = program.nodes.iter().enumerate().filter(|(at, _)| uses(*at));
    let urns: Vec<&engine::Urn> = nodes.map(|(_, it)| &it.urn).collect();
    let entry = ledger.entries().into_iter().find(|it| urns.contains(&&it.urn) && it.kind == IMAGE)?;
    let text = |name: &str| entry.inputs[name].as_str();
    let (location, project) = (text("location")?, text("project")?);
    let (repository, name, tag) = (text("repository")?, text("name")?, text("tag")?);
    format!("{location}-docker.pkg.dev/{project}/{repository}/{name}:{tag}").parse().ok()
}

/// The image that a registry has of these very sources. That it cannot be asked is said, and as good as none.
async fn pushed(
    at: Option<&Reference>,
    source: &Source,
    endpoint: &Endpoint,
    out: &Out,
) -> Result<Option<Digest>, Problem> {
    let Some(at) = at else { return Ok(None) };
    let revision = source.revision().map_err(|it| Problem::of(&it, it.hint()))?;
    let by_source = Reference { tag: source_tag(&revision), ..at.clone() };
    let registry = Registry::new(&by_source, reach(Options::default(), endpoint).await?)?;
    match registry.digest().await {
        Ok(found) => Ok(found),
        Err(PushError::NoRepository { .. }) => Ok(None),
        Err(error) => {
            out.note(&format!("Whether an image of these sources was pushed before is not known: {error}"));
            Ok(None)
        }
    }
}

/// The tag under which an image is found again by its sources: `source-` and half of their digest.
fn source_tag(revision: &Digest) -> String {
    format!("source-{}", &revision.hex()[..32])
}

/// Cloud Run runs on one kind of processor; the local cloud on this machine's.
fn target(endpoint: &Endpoint) -> Option<String> {
    let other = *endpoint == Endpoint::Google && std::env::consts::ARCH != "x86_64";
    other.then(|| "x86_64-unknown-linux-musl".to_owned())
}

fn digest(
    workshop: &Workshop,
    source: &Source,
    building: Building,
    out: &Out,
) -> Result<Option<Digest>, image::WorkshopError> {
    let current = workshop.current(source)?;
    if current.is_some() || building == Building::Later {
        return Ok(current);
    }
    let Settings { package, bin, .. } = &source.settings;
    out.note(&format!("Building the image of {package}/{bin}."));
    let begun = Instant::now();
    let made = workshop.make(source, "latest", None, false, &|line| out.note(line))?;
    let (size, took) = (bytes(made.image.size()), seconds(begun.elapsed()));
    out.note(&format!("Built in {took}: {size} compressed, {}.", made.image.digest()));
    Ok(Some(made.image.digest().clone()))
}

/// Who has no compiler here can still deploy what others have pushed.
fn elsewhere(error: image::WorkshopError, what: &str) -> Problem {
    let hint = error.hint().map(|it| format!("{it}; ")).unwrap_or_default();
    let mut problem = Problem::of(&error, None);
    problem.message = format!("the image of {what} cannot be built here: {}", problem.message);
    problem.hint(format!(
        "{hint}to deploy one that is pushed already, let the setting image name it: REGISTRY/NAME:TAG"
    ))
}

/// Carries calls; one that names a tag for an image that was built here brings the image along.
pub struct Pusher {
    cloud: Arc<dyn Cloud>,
    workshop: Workshop,
    options: Options,
}

impl Pusher {
    pub async fn new(cloud: Arc<dyn Cloud>, project: &Path, endpoint: &Endpoint) -> Result<Pusher, Problem> {
        let options = reach(Options::default(), endpoint).await?;
        Ok(Pusher { cloud, workshop: workshop(project), options })
    }
}

impl Pusher {
    /// Has a tag name an image: one that was built here, or one that the registry has. False if neither is there.
    async fn bring(
        &self,
        to: &Reference,
        digest: &Digest,
        built: Option<(image::Image, Option<Digest>)>,
    ) -> Result<bool, PushError> {
        let registry = Registry::new(to, self.options.clone())?;
        let Some((image, revision)) = built else { return registry.tag(digest, &to.tag).await };
        registry.push(&image).await?;
        match revision {
            Some(revision) => registry.tag(digest, &source_tag(&revision)).await,
            None => Ok(true),
        }
    }
}

#[async_trait]
impl Cloud for Pusher {
    async fn send(&self, call: &Call) -> Result<Answer, Lost> {
        let Some((to, digest)) = naming(call) else { return self.cloud.send(call).await };
        let refused = |status: u16, message: String| {
            let body = json!({ "errors": [{ "code": "", "message": message }] });
            Ok(Answer { status, retry_after: None, body })
        };
        let built = match self.workshop.built(&digest) {
            Ok(built) => built,
            Err(error) => return refused(400, format!("the image {digest} cannot be read: {error}")),
        };
        let error = match self.bring(&to, &digest, built).await {
            Ok(true) => {
                let body = json!({ "digest": digest });
                return Ok(Answer { status: 201, retry_after: None, body });
            }
            Ok(false) => {
                return refused(400, format!("no image {digest} was built here, and {} has none", to.name()));
            }
            Err(error) => error,
        };
        let (hint, message) = (error.hint(), error.to_string());
        let refused = |status| {
            // An answer has no hint beside its words.
            refused(
                status,
                hint.as_ref().map_or_else(|| message.clone(), |hint| format!("{message} ({hint})")),
            )
        };
        match error {
            PushError::Unreachable { .. } => Err(Lost::Unreachable { reason: message, hint }),
            PushError::Broken { .. } => Err(Lost::Broken { reason: message }),
            PushError::Login(_) | PushError::BadToken { .. } | PushError::InClear { .. } => {
                Err(Lost::Credentials { reason: message, hint })
            }
            PushError::Denied { .. } => refused(403),
            PushError::NoRepository { .. } => refused(404),
            PushError::Full { .. } => refused(507),
            PushError::Refused { status, after, .. } => {
                let answer = refused(status.as_u16())?;
                Ok(Answer { retry_after: after, ..answer })
            }
            PushError::Client(_) | PushError::Confused { .. } | PushError::Json(_) => refused(400),
        }
    }
}

/// The tag that a call names, and the digest that it is to have.
fn naming(call: &Call) -> Option<(Reference, Digest)> {
    let image = call.path.strip_prefix("v2/").filter(|_| call.method == Method::Put)?;
    let (repository, tag) = image.split_once("/manifests/")?;
    let digest = call.body.as_ref()?.get("digest")?.as_str()?;
    Some((format!("{}/{repository}:{tag}", call.service).parse().ok()?, Digest::parse(digest)?))
}

/// Google's registries are where the stack's cloud is.
pub async fn reach(options: Options, endpoint: &Endpoint) -> Result<Options, Problem> {
    Ok(match endpoint {
        Endpoint::Google => options,
        Endpoint::Local(base) => {
            let token = gcp::token_at(endpoint).await?;
            Options { via: Some(base.clone()), login: Some(Login::Bearer(token)), ..options }
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn which_calls_bring_an_image_along() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let call = |method: Method, path: &str| {
            Call::new(method, "us-docker.pkg.dev", path).body(json!({ "digest": digest }))
        };
        let (to, found) = naming(&call(Method::Put, "v2/p/r/n/manifests/v1")).unwrap();
        assert_eq!(
            (to.to_string().as_str(), found.as_str()),
            ("us-docker.pkg.dev/p/r/n:v1", digest.as_str())
        );
        assert!(naming(&call(Method::Get, "v2/p/r/n/manifests/v1")).is_none());
        assert!(naming(&call(Method::Put, "v1/projects/p")).is_none());
        assert!(naming(&Call::new(Method::Put, "us-docker.pkg.dev", "v2/p/r/n/manifests/v1")).is_none());
    }
}
