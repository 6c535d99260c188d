//! A cloud in memory with two kinds: one whose name people choose, one whose id the server makes up. It can
//! be told to stop the world before or after the effect of any call or write.

#![allow(dead_code, reason = "each test uses its part")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engine::ledger::Ledger;
use engine::ledger::store::{Expect, Store, StoreError, Version};
use engine::secret::Secrets;
use engine::*;
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
    /// Answers to give instead, in turn, to calls whose text begins so.
    pub answers: Mutex<Vec<(String, Result<Answer, Lost>)>>,
}

fn answer(status: u16, body: Value) -> Result<Answer, Lost> {
    Ok(Answer { status, retry_after: None, body })
}

pub fn refusal_body(code: &str) -> Value {
    json!({ "error": code })
}

impl World {
    fn effect(&self, call: &Call) -> Result<Answer, Lost> {
        let mut things = self.things.lock().unwrap();
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
                        it[k] = v.clone();
                    }
                    answer(200, it.clone())
                }
                None => answer(404, refusal_body("NOT_FOUND")),
            },
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

const fn field(name: &'static str, shape: Shape, output: bool) -> Field {
    Field { name, shape, output }
}

static SHAPE: Message = Message {
    name: "Thing",
    fields: &[
        field("fixed", Shape::Text, false),
        field("id", Shape::Text, true),
        field("label", Shape::Text, false),
        field("of", Shape::Text, false),
        field("serial", Shape::Int, true),
    ],
};

const fn facts(token: &'static str, noun: &'static str, made_id: bool, data: bool) -> KindFacts {
    KindFacts {
        token,
        noun,
        service: "fake",
        shape: &SHAPE,
        rules: &[Rule::Immutable("fixed"), Rule::Bound("of")],
        made_id,
        data,
        kept: false,
        grant: false,
        permission: "",
        acts: false,
    }
}

static THING: KindFacts = facts("fake:Thing", "thing", false, false);
static STORE: KindFacts = facts("fake:Store", "store", false, true);
static MADE: KindFacts = facts("fake:Made", "made", true, false);

/// A kind by its facts.
pub struct Kind(&'static KindFacts);

pub static THINGS: Kind = Kind(&THING);
pub static STORES: Kind = Kind(&STORE);
pub static MADES: Kind = Kind(&MADE);

fn body(inputs: &Value) -> Value {
    let mut body = reveal(inputs);
    body.as_object_mut().unwrap().remove("name");
    body
}

impl Kind {
    fn path(&self, at: Place<'_>) -> Option<String> {
        if self.0.made_id {
            at.id.map(str::to_owned)
        } else {
            Some(format!("things/{}", at.inputs["name"].as_str()?))
        }
    }

    async fn find(&self, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        let all = session.send(&Call::get("fake", "made")).await?;
        let found = all.as_array().unwrap().iter().find(|it| {
            it["label"] == at.inputs["label"] && !at.others.iter().any(|other| it["id"] == **other)
        });
        Ok(found.map(|it| Live { id: it["id"].as_str().unwrap().to_owned(), state: it.clone() }))
    }
}

#[async_trait]
impl Driver for Kind {
    fn facts(&self) -> &'static KindFacts {
        self.0
    }
    fn identity(&self) -> Vec<&'static str> {
        if self.0.made_id { Vec::new() } else { vec!["name"] }
    }
    fn ours(&self) -> &'static [&'static str] {
        &[]
    }
    fn id(&self, inputs: &Value) -> Option<String> {
        if self.0.made_id { None } else { Some(format!("things/{}", inputs["name"].as_str()?)) }
    }
    async fn read(&self, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        let Some(path) = self.path(at) else { return self.find(session, at).await };
        match session.send(&Call::get("fake", path.clone())).await {
            Ok(state) => Ok(Some(Live { id: path, state })),
            Err(failure) if failure.is_absent() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
    async fn create(&self, session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let call = match self.path(at) {
            Some(path) => Call::new(Method::Put, "fake", path),
            None => Call::new(Method::Post, "fake", "made"),
        };
        let state = session.send(&call.body(body(at.inputs))).await?;
        let id = state["id"].as_str().map_or_else(|| self.path(at).unwrap(), str::to_owned);
        Ok(Live { id, state })
    }
    async fn update(&self, session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let call = Call::new(Method::Patch, "fake", update.live.id.clone());
        let mut fields = json!({});
        for change in update.changes {
            fields[&change.path] = reveal(&change.after);
        }
        Ok(Live { id: update.live.id.clone(), state: session.send(&call.body(fields)).await? })
    }
    async fn delete(&self, session: &Session, at: Place<'_>) -> Result<(), Failure> {
        match session.send(&Call::new(Method::Delete, "fake", self.path(at).unwrap())).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_absent() => Ok(()),
            Err(failure) => Err(failure),
        }
    }
    async fn foresee(&self, _: &Session, _: Place<'_>, _: &Live, _: Intention) -> Vec<String> {
        Vec::new()
    }
}

pub struct FakeProvider;

#[async_trait]
impl Provider for FakeProvider {
    fn driver(&self, kind: &str) -> Option<&'static dyn Driver> {
        let all: [&'static dyn Driver; 3] = [&THINGS, &STORES, &MADES];
        all.into_iter().find(|it| it.facts().token == kind)
    }
    fn refusal(&self, _: &Call, answer: &Answer) -> Refusal {
        let cause = match answer.status {
            404 => Cause::NotFound,
            409 => Cause::Exists,
            429 => Cause::Throttled,
            500..=599 => Cause::Unavailable,
            _ => Cause::Invalid,
        };
        Refusal {
            cause,
            status: answer.status,
            code: String::new(),
            message: answer.body.to_string(),
            hint: None,
        }
    }
    fn will_pass(&self, _: &Refusal, _: &Call, _: &Fresh, _: Duration) -> bool {
        false
    }
    fn rate(&self, _: &str) -> Rate {
        Rate { per_second: 1e6, burst: 1e6 }
    }
    async fn facts(&self, _: &Program, _: &Session) -> Result<Facts, Failure> {
        Ok(Facts::from([("number".to_owned(), json!("42"))]))
    }
    async fn foresee(&self, _: &Plan, _: &Session) -> Vec<Diagnostic> {
        Vec::new()
    }
}

fn process(world: &Arc<World>) -> usize {
    *world.clock.process.lock().unwrap()
}

pub fn session(world: &Arc<World>) -> Session {
    let patience = Patience {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(5),
        give_up: Duration::from_millis(200),
        fresh: Duration::from_millis(200),
    };
    Session::new(Arc::new(FakeCloud(world.clone(), process(world))), Arc::new(FakeProvider), patience)
}

/// Builds programs.
#[derive(Default)]
pub struct Builder(pub Program);

impl Builder {
    pub fn new() -> Builder {
        Builder(Program::new("p", "s"))
    }
    pub fn with(mut self, kind: &'static Kind, name: &str, inputs: Value) -> Builder {
        self.add(kind, name, inputs, Options::default());
        self
    }
    pub fn with_options(
        mut self,
        kind: &'static Kind,
        name: &str,
        inputs: Value,
        options: Options,
    ) -> Builder {
        self.add(kind, name, inputs, options);
        self
    }
    pub fn add(&mut self, kind: &'static Kind, name: &str, mut inputs: Value, options: Options) -> Urn {
        if !kind.0.made_id && inputs.get("name").is_none() {
            inputs["name"] = json!(name);
        }
        self.0.add(&[], name, kind, &inputs, options, Vec::new())
    }
}

pub async fn ledger(world: &Arc<World>) -> Ledger {
    Ledger::open(Arc::new(FakeStore(world.clone(), process(world))), "p", "s", Secrets::passphrase("x", None))
        .await
        .unwrap()
}

pub async fn plan_of(world: &Arc<World>, program: &Program, selection: &Selection) -> Plan {
    let (session, ledger) = (session(world), ledger(world).await);
    let graph = Graph::new(program).unwrap();
    let snapshot = snapshot(program, &graph, &ledger.entries(), &ledger.pending(), &session).await.unwrap();
    plan(program, &graph, snapshot, &session, selection).unwrap()
}

pub async fn run(world: &Arc<World>, program: &Program) -> Outcome {
    run_with(world, program, &Selection::default()).await
}

pub async fn run_with(world: &Arc<World>, program: &Program, selection: &Selection) -> Outcome {
    let (session, ledger) = (session(world), ledger(world).await);
    let graph = Graph::new(program).unwrap();
    let snapshot = snapshot(program, &graph, &ledger.entries(), &ledger.pending(), &session).await.unwrap();
    let plan = plan(program, &graph, snapshot, &session, selection).unwrap();
    assert!(!plan.has_errors(), "{:?}", plan.diagnostics);
    apply(&plan, &session, &ledger, 8, &|_| {}).await
}

/// The steps that do something, as `+ name`.
pub fn steps(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter(|it| it.op != Op::Same);
    steps.map(|it| format!("{:?} {}", it.op, it.name)).collect()
}
