//! API keys: from the environment, or from a secret that is read anew when it is likely to have changed.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::Value;
use subtle::{Choice, ConstantTimeEq as _};

use super::Denied;
use super::renewed::Renewed;
use crate::google::Service;
use crate::log::chain;
use crate::queue::Caller;

/// Keys are kept as hashes: of one length, and of no use to who reads our memory.
type Hash = [u8; 32];

/// The keys that let callers in.
pub struct Keys {
    set: Vec<Hash>,
    secret: Option<Secret>,
}

struct Secret {
    service: Arc<Service>,
    /// `projects/P/secrets/S/versions/V`.
    version: String,
    keys: Renewed<Vec<Hash>>,
}

/// A key that was taken back is refused after this long.
const LONGEST_HELD: Duration = Duration::from_secs(300);

impl Keys {
    pub const HOST: &'static str = "secretmanager.googleapis.com";
    pub const SCOPE: &'static str = "https://www.googleapis.com/auth/cloud-platform";

    /// Keys that are set, and those in a secret's version, one on each line.
    pub fn new(set: &[String], secret: Option<(Service, String)>) -> Keys {
        Keys {
            set: set.iter().map(|it| hash(it.as_bytes())).collect(),
            secret: secret.map(|(service, version)| Secret {
                service: Arc::new(service),
                version,
                keys: Renewed::new(LONGEST_HELD),
            }),
        }
    }

    /// The caller behind an API key, identified by the key's hash: keys carry no names.
    ///
    /// # Errors
    /// When the key is not known, or the secret cannot be read.
    pub async fn admit(&self, key: &[u8]) -> Result<Caller, Denied> {
        let key = hash(key);
        if !among(&self.set, &key) {
            self.secret.as_ref().ok_or(Denied::UnknownKey)?.admit(&key).await?;
        }
        Ok(Caller::key(&key))
    }
}

impl Secret {
    async fn admit(&self, key: &Hash) -> Result<(), Denied> {
        let find = |keys: &Vec<Hash>| among(keys, key).then_some(());
        let fetch = || read(Arc::clone(&self.service), self.version.clone());
        match self.keys.find(find, fetch).await {
            Ok(found) => found.ok_or(Denied::UnknownKey),
            Err(problem) => {
                let detail = format!("{} cannot be read: {problem}", self.version);
                Err(Denied::Unavailable("the API keys cannot be read now", detail))
            }
        }
    }
}

async fn read(service: Arc<Service>, version: String) -> Result<Vec<Hash>, String> {
    let url = format!("{}/v1/{version}:access", service.base);
    let headers = service.headers().await?;
    let response = service.http.get(url).headers(headers).send().await.map_err(|it| chain(&it))?;
    let status = response.status();
    let text = response.text().await.map_err(|it| chain(&it))?;
    // The error gives the HTTP status only: the response body may contain the secret.
    if !status.is_success() {
        return Err(format!("Secret Manager answered {status}"));
    }
    let answer: Value = serde_json::from_str(&text).map_err(|_| "the answer is not JSON".to_owned())?;
    let data = answer["payload"]["data"].as_str().ok_or("the answer has no payload")?;
    let bytes = BASE64_STANDARD.decode(data).map_err(|_| "the payload is not base64".to_owned())?;
    let lines = bytes.split(|it| *it == b'\n').map(<[u8]>::trim_ascii);
    Ok(lines.filter(|it| !it.is_empty()).map(hash).collect())
}

fn hash(key: &[u8]) -> Hash {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, key).as_ref());
    out
}

/// Takes as long whichever key it is, and whether or not it is one.
fn among(keys: &[Hash], key: &Hash) -> bool {
    keys.iter().fold(Choice::from(0), |found, it| found | it.ct_eq(key)).into()
}
