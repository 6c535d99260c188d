//! A container image in a repository: what its tag names.

use engine::{Bill, Billed, Call, Failure, Input, Invalid, Live, Method, Output, Place, Session, Update};
use serde::Serialize;
use serde_json::{Value, json};

use super::API;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::artifactregistry::TAG;
use crate::stack::Handle;

/// A container image under a tag. What is pushed is said by its digest: whoever carries calls has it built.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The image's name in the repository: `data-api`.
    pub name: Input<String>,
    /// The repository's name.
    pub repository: Input<String>,
    /// A region, `us`, `europe` or `asia`; the stack's region if not set.
    pub location: Input<String>,
    pub tag: Input<String>,
    /// `sha256:…`: [`built`] for what this workspace builds.
    pub digest: Input<String>,
}

/// What a fact's name begins with that stands for the digest of what a package's binary makes.
pub const BUILT: &str = "image:";

/// The digest of the image that a binary of this workspace makes, once it is built.
pub fn built(package: &str, bin: &str) -> Output<String> {
    Output::fact(&format!("{BUILT}{package}/{bin}"))
}

impl Resource for Image {
    const KIND: Kind = Kind::new(
        "gcp:artifactregistry/v1:Image",
        "image",
        API,
        "v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{name}/tags/{tag}",
        &TAG,
    )
    .create(Create::Own)
    .update(Updating::Own)
    .permission("artifactregistry.tags");

    fn check(&self) -> Vec<Invalid> {
        check::all([
            check::required("repository", &self.repository),
            check::required("tag", &self.tag),
            check::required("digest", &self.digest),
        ])
    }

    async fn read(session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        Ok(rest::read(&Self::KIND, session, at).await?.map(told))
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        push(session, at, at.inputs).await
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        push(session, update.at, update.desired).await
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("An image is charged as part of what its repository stores.")
    }
}

/// The last call of a push, which names the tag; what carries it sends first what the registry lacks.
async fn push(session: &Session, at: Place<'_>, desired: &Value) -> Result<Live, Failure> {
    let place =
        |template: &str| rest::fill(template, desired, false).ok_or_else(|| rest::unnamed(&Image::KIND));
    let host = place("{location}-docker.pkg.dev")?;
    let path = place("v2/{project}/{repository}/{name}/manifests/{tag}")?;
    let call = Call::new(Method::Put, &host, path).body(json!({ "digest": desired["digest"] }));
    session.send(&call).await?;
    rest::fetch(&Image::KIND, session, at).await.map(told)
}

/// Google tells the version that a tag names, whose last part is the digest.
fn told(mut live: Live) -> Live {
    let version = live.state.get("version").and_then(Value::as_str).unwrap_or_default();
    let digest = version.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(state) = live.state.as_object_mut() {
        state.insert("digest".to_owned(), json!(digest));
    }
    live
}

impl Handle<Image> {
    /// `sha256:…`.
    pub fn digest(&self) -> Output<String> {
        self.attribute("digest")
    }
}
