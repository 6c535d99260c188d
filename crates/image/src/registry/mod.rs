//! Pushes an image: blobs that are not there, the manifest by digest, what is attached, and last the tag, so
//! that a tag never names what is not whole.

mod body;
mod challenge;
mod error;
mod http;
mod login;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::{Method, StatusCode};
use bytes::Bytes;
use futures_util::future::try_join_all;

pub use error::PushError;
pub use login::{Login, LoginError};

use self::http::{Ask, Http};
use crate::digest::Digest;
use crate::image::{Attachment, Blob, Image};
use crate::oci::{self, Index};
use crate::reference::Reference;

/// What is going on.
#[derive(Debug)]
pub enum Event<'a> {
    /// It was there.
    Skipped {
        what: &'a str,
        size: u64,
    },
    Sending {
        what: &'a str,
        sent: u64,
        size: u64,
    },
    Sent {
        what: &'a str,
        size: u64,
    },
    /// A request failed and is sent again.
    Waiting {
        why: &'a str,
        wait: Duration,
    },
    /// The image is there; what is about it, the registry does not take.
    NotAttached {
        what: &'a str,
        why: &'a PushError,
    },
}

/// Who is told.
pub type Tell = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// How a registry is reached.
#[derive(Clone)]
pub struct Options {
    /// Another address at which the registry is reached under its own name: `http://127.0.0.1:8085`.
    pub via: Option<String>,
    /// http where it would be https.
    pub plain_http: bool,
    /// Who we are; without it, what this machine has for the registry.
    pub login: Option<Login>,
    pub tell: Tell,
}

impl Default for Options {
    fn default() -> Options {
        Options { via: None, plain_http: false, login: None, tell: Arc::new(|_| {}) }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { via, plain_http, login, tell: _ } = self;
        let mut it = f.debug_struct("Options");
        it.field("via", via).field("plain_http", plain_http).field("login", login).finish_non_exhaustive()
    }
}

/// What a push came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    pub digest: Digest,
    /// Bytes of blobs that were sent.
    pub sent: u64,
    /// Blobs that were there.
    pub skipped: usize,
    /// The tag was the image's already, and nothing was sent.
    pub unchanged: bool,
}

/// One repository of a registry.
pub struct Registry {
    http: Http,
}

const KINDS: [&str; 2] = [oci::MANIFEST, oci::INDEX];

impl Registry {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(to: &Reference, options: Options) -> Result<Registry, PushError> {
        Ok(Registry { http: Http::new(to, options)? })
    }

    /// The digest that the reference's tag has.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses; not when there is no such tag.
    pub async fn digest(&self) -> Result<Option<Digest>, PushError> {
        let mut ask = Ask::new(Method::HEAD, self.http.url(&format!("manifests/{}", self.http.to().tag)));
        for kind in KINDS {
            ask = ask.header("accept", kind);
        }
        let answer = self.http.send(&ask).await?;
        match answer.status() {
            it if it.is_success() => {
                let digest = answer.headers().get("docker-content-digest");
                Ok(digest.and_then(|it| Digest::parse(it.to_str().ok()?)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.http.refused("the question for the tag", answer).await),
        }
    }

    /// Gives an image that the registry has a further tag; tells whether it has it.
    ///
    /// # Errors
    /// When the registry cannot be reached or refuses.
    pub async fn tag(&self, digest: &Digest, tag: &str) -> Result<bool, PushError> {
        let mut ask = Ask::new(Method::GET, self.http.url(&format!("manifests/{digest}")));
        for kind in KINDS {
            ask = ask.header("accept", kind);
        }
        let answer = self.http.send(&ask).await?;
        match answer.status() {
            it if it.is_success() => {}
            StatusCode::NOT_FOUND => return Ok(false),
            _ => return Err(self.http.refused("the question for the image", answer).await),
        }
        let kind =
            answer.headers().get("content-type").and_then(|it| it.to_str().ok()).unwrap_or(oci::MANIFEST);
        let media_type = kind.to_owned();
        let bytes = answer.bytes().await.map_err(|_| self.http.confused("its manifest broke off"))?;
        let manifest = Blob { media_type, digest: Digest::of(&bytes), bytes };
        if manifest.digest != *digest {
            return Err(self.http.confused(format!("it gave {} for {digest}", manifest.digest)));
        }
        self.manifest(&manifest, tag).await.map(|_| true)
    }

    /// Pushes an image under the reference's tag. What is there is not sent again, so that after a failure it
    /// goes on from where it was.
    ///
    /// # Errors
    /// When the registry cannot be reached, or refuses.
    pub async fn push(&self, image: &Image) -> Result<Pushed, PushError> {
        let digest = image.digest().clone();
        let mut pushed = Pushed { digest: digest.clone(), sent: 0, skipped: 0, unchanged: false };
        // The tag comes last: if it is there, all is.
        if self.digest().await?.as_ref() == Some(&digest) {
            return Ok(Pushed { skipped: image.layers.len() + 1, unchanged: true, ..pushed });
        }
        let count = image.layers.len();
        let layers =
            image.layers.iter().enumerate().map(|(i, it)| (format!("layer {} of {count}", i + 1), it));
        let blobs: Vec<(String, &Blob)> = layers.chain([("the config".to_owned(), &image.config)]).collect();
        self.blobs(&blobs, &mut pushed).await?;
        self.manifest(&image.manifest, digest.as_str()).await?;
        for it in &image.attached {
            let attached = self.attach(image, it, &mut pushed).await;
            match attached {
                Ok(()) => {}
                // Not every registry takes what is not an image.
                Err(why) if why.is_final() => {
                    self.http.tell(&Event::NotAttached { what: &it.artifact_type, why: &why });
                }
                Err(error) => return Err(error),
            }
        }
        self.manifest(&image.manifest, &self.http.to().tag).await?;
        Ok(pushed)
    }

    /// Puts a list of images that are in the repository, one a platform, under the reference's tag.
    ///
    /// # Errors
    /// When the registry cannot be reached, or refuses.
    pub async fn push_index(&self, images: &[Image]) -> Result<Digest, PushError> {
        let index = Index { manifests: images.iter().map(Image::descriptor).collect(), ..Index::empty() };
        let index = Blob::json(oci::INDEX, &index).map_err(|it| self.http.confused(it.to_string()))?;
        if self.digest().await?.as_ref() != Some(&index.digest) {
            self.manifest(&index, &self.http.to().tag).await?;
        }
        Ok(index.digest)
    }

    async fn blobs(&self, blobs: &[(String, &Blob)], pushed: &mut Pushed) -> Result<(), PushError> {
        for (sent, size) in try_join_all(blobs.iter().map(|(what, blob)| self.blob(what, blob))).await? {
            if sent { pushed.sent += size } else { pushed.skipped += 1 }
        }
        Ok(())
    }

    /// Sends a blob unless it is there; whether it was sent, and its size.
    async fn blob(&self, what: &str, blob: &Blob) -> Result<(bool, u64), PushError> {
        let size = blob.size();
        let ask = Ask::new(Method::HEAD, self.http.url(&format!("blobs/{}", blob.digest)));
        let answer = self.http.send(&ask).await?;
        match answer.status() {
            it if it.is_success() => {
                self.http.tell(&Event::Skipped { what, size });
                return Ok((false, size));
            }
            StatusCode::NOT_FOUND => {}
            _ => return Err(self.http.refused(&format!("the question for {what}"), answer).await),
        }
        let mut attempt = 1;
        while let Err(error) = self.upload(what, blob).await {
            // From its beginning: an upload that broke cannot be relied on.
            let again = error.passes().filter(|_| attempt < http::TRIES);
            match again {
                Some(after) if self.http.pause(attempt, &error.to_string(), after).await => attempt += 1,
                Some(_) | None => return Err(error),
            }
        }
        self.http.tell(&Event::Sent { what, size });
        Ok((true, size))
    }

    /// In one piece: Google's registry takes no chunks.
    async fn upload(&self, what: &str, blob: &Blob) -> Result<(), PushError> {
        let mut begin = Ask::new(Method::POST, self.http.url("blobs/uploads/"));
        begin.tries = 1;
        let answer = self.http.send(&begin).await?;
        if answer.status() != StatusCode::ACCEPTED {
            return Err(self.unless_success(what, answer).await);
        }
        let place = self.http.location(&begin.url, &answer);
        let mut url = place.ok_or_else(|| self.http.confused("it does not say where to upload to"))?;
        url.query_pairs_mut().append_pair("digest", blob.digest.as_str());
        let mut put = Ask::new(Method::PUT, url).header("content-type", "application/octet-stream");
        put.body = blob.bytes.clone();
        put.told = Some(what.to_owned());
        put.tries = 1;
        let answer = self.http.send(&put).await?;
        if answer.status() != StatusCode::CREATED {
            return Err(self.unless_success(what, answer).await);
        }
        Ok(())
    }

    /// A registry that says yes to something else than was asked is none.
    async fn unless_success(&self, what: &str, answer: reqwest::Response) -> PushError {
        if answer.status().is_success() {
            return self.http.confused(format!("it answered {} to {what}", answer.status()));
        }
        self.http.refused(what, answer).await
    }

    /// Puts a manifest; whether the registry took note of its subject.
    async fn manifest(&self, manifest: &Blob, under: &str) -> Result<bool, PushError> {
        let what = format!("the manifest {under}");
        let mut ask = Ask::new(Method::PUT, self.http.url(&format!("manifests/{under}")));
        ask = ask.header("content-type", &manifest.media_type);
        ask.body = manifest.bytes.clone();
        let answer = self.http.send(&ask).await?;
        if answer.status() != StatusCode::CREATED {
            return Err(self.unless_success(&what, answer).await);
        }
        let kept =
            answer.headers().get("docker-content-digest").and_then(|it| Digest::parse(it.to_str().ok()?));
        match kept {
            Some(kept) if kept != manifest.digest => {
                Err(self.http.confused(format!("it kept {kept} for {}", manifest.digest)))
            }
            Some(_) | None => Ok(answer.headers().contains_key("oci-subject")),
        }
    }

    /// Attaches something to the image, which is there.
    async fn attach(&self, image: &Image, it: &Attachment, pushed: &mut Pushed) -> Result<(), PushError> {
        let what = it.artifact_type.clone();
        let blobs = [(what, &it.content), ("an empty config".to_owned(), &it.config)];
        self.blobs(&blobs, pushed).await?;
        if self.manifest(&it.manifest, it.manifest.digest.as_str()).await? {
            return Ok(());
        }
        // A registry from before OCI 1.1 keeps the list of what refers to an image under a tag of its own.
        let tag = format!("sha256-{}", image.digest().hex());
        let mut index = self.index(&tag).await?;
        let entry = it.descriptor();
        if !index.manifests.iter().any(|it| it.digest == entry.digest) {
            index.manifests.push(entry);
            self.manifest(&Blob::json(oci::INDEX, &index)?, &tag).await?;
        }
        Ok(())
    }

    async fn index(&self, tag: &str) -> Result<Index, PushError> {
        let ask =
            Ask::new(Method::GET, self.http.url(&format!("manifests/{tag}"))).header("accept", oci::INDEX);
        let answer = self.http.send(&ask).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(Index::empty()),
            it if it.is_success() => {
                let bytes = answer.bytes().await.unwrap_or_else(|_| Bytes::new());
                serde_json::from_slice(&bytes)
                    .map_err(|_| self.http.confused(format!("its {tag} is no list of referrers")))
            }
            _ => Err(self.http.refused("the question for what refers to the image", answer).await),
        }
    }
}
