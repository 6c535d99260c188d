//! Keeps a ledger's files in a Cloud Storage bucket: `gs://bucket/prefix`.

use std::sync::Arc;

use async_trait::async_trait;
use engine::ledger::store::{Expect, Store, StoreError, Version};
use engine::{Call, Cause, Cloud, Failure, Method, Patience, Repeat, Session};
use serde_json::Value;

use crate::provider::Google;
use crate::rest::{list, segment};

/// Files in a bucket; the generation of an object is its version.
pub struct BucketStore {
    session: Session,
    bucket: String,
    prefix: String,
}

const API: &str = "storage.googleapis.com";

impl BucketStore {
    pub fn new(cloud: Arc<dyn Cloud>, bucket: &str, prefix: &str) -> BucketStore {
        let prefix = prefix.trim_matches('/');
        BucketStore {
            session: Session::new(cloud, Arc::new(Google), Patience::default()),
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
        }
    }

    fn object(&self, path: &str) -> String {
        format!("storage/v1/b/{}/o/{}", segment(&self.bucket), segment(&format!("{}{path}", self.prefix)))
    }

    fn failed(&self, action: &'static str, path: &str, failure: Failure) -> StoreError {
        let path = format!("{}/{path}", self.place());
        match failure.cause() {
            Some(Cause::Denied) => {
                StoreError::Denied { action, path, hint: failure.hint(), source: failure.into() }
            }
            _ => StoreError::Failed { action, path, hint: failure.hint(), source: failure.into() },
        }
    }

    async fn generation(&self, path: &str) -> Result<Option<String>, StoreError> {
        // A snapshot's answers are shared; a ledger wants what is there now.
        match self.session.send(&Call::get(API, self.object(path))).await {
            Ok(object) => Ok(object.get("generation").and_then(Value::as_str).map(str::to_owned)),
            Err(failure) if failure.is_absent() => Ok(None),
            Err(failure) => Err(self.failed("read", path, failure)),
        }
    }
}

#[async_trait]
impl Store for BucketStore {
    async fn get(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        loop {
            let Some(generation) = self.generation(path).await? else { return Ok(None) };
            let call = Call::get(API, self.object(path))
                .query("alt", "media")
                .query("generation", &generation)
                .plain();
            match self.session.send(&call).await {
                Ok(Value::String(text)) => return Ok(Some((text.into_bytes(), Version(generation)))),
                Ok(_) => return Ok(Some((Vec::new(), Version(generation)))),
                // Somebody replaced it between the two calls.
                Err(failure) if failure.is_absent() => {}
                Err(failure) => return Err(self.failed("read", path, failure)),
            }
        }
    }

    async fn put(&self, path: &str, content: &[u8], expect: Expect) -> Result<Version, StoreError> {
        let text = String::from_utf8_lossy(content).into_owned();
        let name = format!("{}{path}", self.prefix);
        let mut call =
            Call::new(Method::Post, API, format!("upload/storage/v1/b/{}/o", segment(&self.bucket)))
                .query("uploadType", "media")
                .query("name", name)
                .text(text.clone());
        call = match &expect {
            Expect::Absent => call.query("ifGenerationMatch", "0"),
            Expect::Version(Version(generation)) => call.query("ifGenerationMatch", generation),
            Expect::Any => call,
        };
        // With its precondition it takes effect once at most.
        match self.session.send(&call.repeat(Repeat::Safe)).await {
            Ok(object) => {
                Ok(Version(object.get("generation").and_then(Value::as_str).unwrap_or_default().to_owned()))
            }
            Err(failure) if failure.cause() == Some(&Cause::Stale) => match self.get(path).await? {
                // A try whose answer was lost had written it.
                Some((there, version)) if there == text.as_bytes() => Ok(version),
                Some(_) | None => Err(StoreError::Moved { path: path.to_owned() }),
            },
            Err(failure) => Err(self.failed("write", path, failure)),
        }
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        match self.session.send(&Call::new(Method::Delete, API, self.object(path))).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_absent() => Ok(()),
            Err(failure) => Err(self.failed("delete", path, failure)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.session.forget_reads();
        let call = Call::get(API, format!("storage/v1/b/{}/o", segment(&self.bucket)))
            .query("prefix", format!("{}{prefix}", self.prefix))
            .query("fields", "items(name),nextPageToken");
        let items =
            list(&self.session, &call, "items").await.map_err(|it| self.failed("list", prefix, it))?;
        Ok(items
            .iter()
            .filter_map(|it| it.get("name")?.as_str()?.strip_prefix(&self.prefix).map(str::to_owned))
            .collect())
    }

    fn place(&self) -> String {
        format!("gs://{}/{}", self.bucket, self.prefix).trim_end_matches('/').to_owned()
    }
}
