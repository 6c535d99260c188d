//! A Google Cloud in memory: takes only what Google's descriptions allow, keeps what it is given, echoes it.

#![allow(dead_code, reason = "each test file uses its part")]

mod check;
pub mod describe;
mod store;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engine::{Answer, Call, Cloud, Lost, Patience, Session};
use serde_json::{Value, json};

pub use check::problems;

/// The cloud and what was asked of it.
#[derive(Default)]
pub struct Fake {
    state: Mutex<State>,
}

#[derive(Default)]
pub struct State {
    /// Resources by path, version and all.
    pub stored: BTreeMap<String, Value>,
    /// Policies by the path of their resource.
    pub policies: BTreeMap<String, Value>,
    pub calls: Vec<Call>,
    /// What is wrong with calls.
    pub problems: Vec<String>,
    /// Answers to give in place of the right ones, for calls whose text begins so.
    pub instead: Vec<(String, Answer)>,
}

impl Fake {
    pub fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap())
    }

    /// Puts a resource there.
    pub fn put(&self, path: &str, state: Value) {
        self.with(|it| it.stored.insert(path.to_owned(), state));
    }

    /// Answers the next call that begins so with a refusal.
    pub fn refuse(&self, start: &str, status: u16, body: Value) {
        let answer = Answer { status, retry_after: None, body };
        self.with(|it| it.instead.push((start.to_owned(), answer)));
    }

    /// Every call so far but reads: one a line, its body below it.
    pub fn told(&self) -> String {
        self.with(|it| {
            let calls = std::mem::take(&mut it.calls);
            calls.iter().map(written).collect::<Vec<_>>().join("\n")
        })
    }
}

/// A call as text: method, path and query, `if-match`, body.
pub fn written(call: &Call) -> String {
    let query: Vec<String> = call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut out = format!("{} {}", call.method.as_str(), call.path);
    if !query.is_empty() {
        out = format!("{out}?{}", query.join("&"));
    }
    if let Some(etag) = &call.if_match {
        out = format!("{out}\n  if-match {etag}");
    }
    if let Some(body) = &call.body {
        out = format!("{out}\n  {body}");
    }
    out
}

/// A session on it that does not wait long.
pub fn session(fake: &Arc<Fake>) -> Session {
    let patience = Patience {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(5),
        give_up: Duration::from_secs(1),
        fresh: Duration::from_secs(1),
    };
    Session::new(Arc::clone(fake) as Arc<dyn Cloud>, Arc::new(gcp::Google), patience)
}

#[async_trait]
impl Cloud for Fake {
    async fn send(&self, call: &Call) -> Result<Answer, Lost> {
        let call = &call.revealed();
        let mut state = self.state.lock().unwrap();
        state.calls.push(call.clone());
        let found = problems(call);
        state.problems.extend(found.into_iter().map(|it| format!("{}: {it}", written(call))));
        let text = written(call);
        if let Some(at) = state.instead.iter().position(|(start, _)| text.starts_with(start)) {
            return Ok(state.instead.remove(at).1);
        }
        Ok(state.answer(call))
    }
}

pub fn ok(body: Value) -> Answer {
    Answer { status: 200, retry_after: None, body }
}

pub fn absent() -> Answer {
    let error = json!({ "error": { "code": 404, "message": "not found", "status": "NOT_FOUND" } });
    Answer { status: 404, retry_after: None, body: error }
}
