//! What outlives a process: things, files, and a clock that can stop.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engine::ledger::store::{Expect, Store, StoreError, Version};
use engine::{Answer, Call, Cloud, Lost, Method};
use serde_json::{Value, json};

/// Counts what happens, and stops the world at one point: whoever gets there waits for ever.
#[derive(Default)]
pub struct Clock {
    /// Which process lives; what earlier ones left running does nothing any more.
    pub process: Mutex<usize>,
    pub count: Mutex<usize>,
    pub stop_at: Mutex<Option<usize>>,
    pub stopped: tokio::sync::Notify,
}

impl Clock {
    pub async fn tick(&self, process: usize) {
        if process != *self.process.lock().unwrap() {
            std::future::pending::<()>().await;
        }
        let now = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            *count
        };
        if *self.stop_at.lock().unwrap() == Some(now) {
            self.stopped.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// Everything that outlives a process.
#[derive(Default)]
pub struct World {
    pub things: Mutex<BTreeMap<String, Value>>,
    pub files: Mutex<BTreeMap<String, (Vec<u8>, u64)>>,
    pub next: Mutex<u64>,
    pub clock: Clock,
    /// Calls so far, as text.
    pub calls: Mutex<Vec<String>>,
    /// Refuse to delete what another is `of`, and to make what is `of` nothing.
    pub strict: Mutex<bool>,
    /// How long a call that changes something takes.
    pub slow: Mutex<Duration>,
    /// How many such calls there are now, and how many there were at most.
    pub at_once: Mutex<(usize, usize)>,
    /// Writes of the ledger that fail from this one on, counted down.
    pub writes_left: Mutex<Option<usize>>,
    /// Answers to give instead, in turn, to calls whose text begins so.
    pub answers: Mutex<Vec<(String, Result<Answer, Lost>)>>,
    /// How many deletions took what was in it along.
    pub forced: Mutex<usize>,
}

pub fn answer(status: u16, body: Value) -> Result<Answer, Lost> {
    Ok(Answer { status, retry_after: None, body })
}

pub fn refusal_body(code: &str) -> Value {
    json!({ "error": code })
}

impl World {
    /// Calls that change something, in order.
    pub fn changes(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|it| !it.starts_with("GET")).cloned().collect()
    }

    fn effect(&self, call: &Call) -> Result<Answer, Lost> {
        let mut things = self.things.lock().unwrap();
        if *self.strict.lock().unwrap() {
            let used = things.iter().any(|(path, it)| *path != call.path && it["of"] == *call.path);
            if call.method == Method::Delete && used {
                return answer(400, refusal_body("IN_USE"));
            }
            let of = call.body.as_ref().and_then(|it| it.get("of")).and_then(Value::as_str);
            if call.method != Method::Get && of.is_some_and(|it| !it.is_empty() && !things.contains_key(it)) {
                return answer(400, refusal_body("NOTHING_THERE"));
            }
        }
        match call.method {
            Method::Get if call.path == "made" => answer(
                200,
                json!(
                    things.iter().filter(|(k, _)| k.starts_with("made/")).map(|(_, v)| v).collect::<Vec<_>>()
                ),
            ),
            Method::Get => match things.get(&call.path) {
                Some(it) => answer(200, it.clone()),
                None => answer(404, refusal_body("NOT_FOUND")),
            },
            Method::Put if things.contains_key(&call.path) => answer(409, refusal_body("EXISTS")),
            Method::Put => {
                let mut body = call.body.clone().unwrap();
                body["serial"] = json!(*self.next.lock().unwrap());
                *self.next.lock().unwrap() += 1;
                things.insert(call.path.clone(), body.clone());
                answer(200, body)
            }
            Method::Post => {
                let id = format!("made/{}", *self.next.lock().unwrap());
                *self.next.lock().unwrap() += 1;
                let mut body = call.body.clone().unwrap();
                body["id"] = json!(id);
                things.insert(id, body.clone());
                answer(200, body)
            }
            Method::Patch => match things.get_mut(&call.path) {
                Some(it) => {
                    for (k, v) in call.body.as_ref().unwrap().as_object().unwrap() {
                        match v {
                            Value::Null => it.as_object_mut().unwrap().remove(k),
                            v => it.as_object_mut().unwrap().insert(k.clone(), v.clone()),
                        };
                    }
                    answer(200, it.clone())
                }
                None => answer(404, refusal_body("NOT_FOUND")),
            },
            Method::Delete if call.query.iter().any(|(name, _)| name == "force") => {
                *self.forced.lock().unwrap() += 1;
                things.remove(&call.path);
                answer(200, json!({}))
            }
            Method::Delete => match things.remove(&call.path) {
                Some(_) => answer(200, json!({})),
                None => answer(404, refusal_body("NOT_FOUND")),
            },
        }
    }
}

pub struct FakeCloud(pub Arc<World>, pub usize);

#[async_trait]
impl Cloud for FakeCloud {
    async fn send(&self, call: &Call) -> Result<Answer, Lost> {
        let call = &call.revealed();
        let text = format!("{} {}", call.method.as_str(), call.path);
        self.0.calls.lock().unwrap().push(text.clone());
        let instead = {
            let mut answers = self.0.answers.lock().unwrap();
            let at = answers.iter().position(|(prefix, _)| text.starts_with(prefix));
            at.map(|at| answers.remove(at).1)
        };
        if let Some(instead) = instead {
            return instead;
        }
        // Reads lose nothing, so only what changes is a point to stop at.
        if call.method == Method::Get {
            return self.0.effect(call);
        }
        self.0.clock.tick(self.1).await;
        let slow = *self.0.slow.lock().unwrap();
        if !slow.is_zero() {
            {
                let mut at_once = self.0.at_once.lock().unwrap();
                at_once.0 += 1;
                at_once.1 = at_once.1.max(at_once.0);
            }
            tokio::time::sleep(slow).await;
            self.0.at_once.lock().unwrap().0 -= 1;
        }
        let answer = self.0.effect(call);
        self.0.clock.tick(self.1).await;
        answer
    }
}

pub struct FakeStore(pub Arc<World>, pub usize);

#[async_trait]
impl Store for FakeStore {
    async fn get(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        Ok(self.0.files.lock().unwrap().get(path).map(|(it, v)| (it.clone(), Version(v.to_string()))))
    }
    async fn put(&self, path: &str, content: &[u8], expect: Expect) -> Result<Version, StoreError> {
        self.0.clock.tick(self.1).await;
        if let Some(left) = self.0.writes_left.lock().unwrap().as_mut() {
            if *left == 0 {
                return Err(StoreError::Full {
                    path: path.to_owned(),
                    source: std::io::Error::other("disk full").into(),
                });
            }
            *left -= 1;
        }
        let version = {
            let mut files = self.0.files.lock().unwrap();
            let now = files.get(path).map(|it| it.1);
            let fits = match expect {
                Expect::Any => true,
                Expect::Absent => now.is_none(),
                Expect::Version(Version(v)) => now.map(|it| it.to_string()) == Some(v),
            };
            if !fits {
                return Err(StoreError::Moved { path: path.to_owned() });
            }
            let version = now.unwrap_or(0) + 1;
            files.insert(path.to_owned(), (content.to_vec(), version));
            version
        };
        self.0.clock.tick(self.1).await;
        Ok(Version(version.to_string()))
    }
    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        self.0.files.lock().unwrap().remove(path);
        Ok(())
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.0.files.lock().unwrap().keys().filter(|it| it.starts_with(prefix)).cloned().collect())
    }
    fn place(&self) -> String {
        "memory".to_owned()
    }
}
