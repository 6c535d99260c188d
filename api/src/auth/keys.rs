//! API keys: from the environment, or from a secret that is read anew when it is likely to have changed.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::Value;
use subtle::{Choice, ConstantTimeEq as _};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Denied;
use crate::google::Service;
use crate::log::chain;

/// Keys are kept as hashes: of one length, and of no use to who reads our memory.
type Hash = [u8; 32];

/// The keys that let callers in.
pub struct Keys {
    set: Vec<Hash>,
    secret: Option<Secret>,
}

struct Secret {
    service: Service,
    /// `projects/P/secrets/S/versions/V`.
    version: String,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    keys: Vec<Hash>,
    read: Option<Instant>,
    tried: Option<Instant>,
}

/// A key that was taken back is refused after this long.
const LONGEST_HELD: Duration = Duration::from_secs(300);
/// An unknown key may be new, but whoever guesses keys must not make us read the secret each time.
const PAUSE: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(5);

impl Keys {
    pub const HOST: &'static str = "secretmanager.googleapis.com";
    pub const SCOPE: &'static str = "https://www.googleapis.com/auth/cloud-platform";

    /// Keys that are set, and those in a secret's version, one on each line.
    pub fn new(set: &[String], secret: Option<(Service, String)>) -> Keys {
        Keys {
            set: set.iter().map(|it| hash(it.as_bytes())).collect(),
            secret: secret.map(|(service, version)| Secret { service, version, held: Mutex::default() }),
        }
    }

    /// # Errors
    /// When the key is not known, or the secret cannot be read.
    pub async fn admit(&self, key: &[u8]) -> Result<(), Denied> {
        let key = hash(key);
        if among(&self.set, &key) {
            return Ok(());
        }
        match &self.secret {
            Some(secret) => secret.admit(&key).await,
            None => Err(Denied::UnknownKey),
        }
    }
}

impl Secret {
    async fn admit(&self, key: &Hash) -> Result<(), Denied> {
        let mut held = self.held.lock().await;
        let age = held.read.map(|it| it.elapsed());
        if age.is_some_and(|it| it < LONGEST_HELD) && among(&held.keys, key) {
            return Ok(());
        }
        if held.tried.is_some_and(|it| it.elapsed() < PAUSE) {
            return self.judge(&held, key, "it was tried just now");
        }
        held.tried = Some(Instant::now());
        match self.read().await {
            Ok(keys) => {
                held.keys = keys;
                held.read = Some(Instant::now());
                self.judge(&held, key, "")
            }
            Err(problem) => self.judge(&held, key, &problem),
        }
    }

    /// While Secret Manager is away, the keys that it last gave stay good.
    fn judge(&self, held: &Held, key: &Hash, problem: &str) -> Result<(), Denied> {
        if among(&held.keys, key) {
            return Ok(());
        }
        match held.read {
            Some(_) => Err(Denied::UnknownKey),
            None => {
                let version = &self.version;
                let detail = format!("{version} cannot be read: {problem}");
                Err(Denied::Unavailable("the API keys cannot be read now", detail))
            }
        }
    }

    async fn read(&self) -> Result<Vec<Hash>, String> {
        let url = format!("{}/v1/{}:access", self.service.base, self.version);
        let headers = self.service.headers().await?;
        let call = self.service.http.get(url).headers(headers).timeout(TIMEOUT);
        let response = call.send().await.map_err(|it| chain(&it))?;
        let status = response.status();
        let text = response.text().await.map_err(|it| chain(&it))?;
        // What went wrong is said by status alone: an answer to this call may hold the secret.
        if !status.is_success() {
            return Err(format!("Secret Manager answered {status}"));
        }
        let answer: Value = serde_json::from_str(&text).map_err(|_| "the answer is not JSON".to_owned())?;
        let data = answer["payload"]["data"].as_str().ok_or("the answer has no payload")?;
        let bytes = BASE64_STANDARD.decode(data).map_err(|_| "the payload is not base64".to_owned())?;
        let lines = bytes.split(|it| *it == b'\n').map(<[u8]>::trim_ascii);
        Ok(lines.filter(|it| !it.is_empty()).map(hash).collect())
    }
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
