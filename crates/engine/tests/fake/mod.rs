//! A cloud in memory with kinds of each sort: one whose name people choose, one whose id the server makes up,
//! one that holds data. It can be told to stop the world before or after the effect of any call or write.

#![allow(dead_code, reason = "each test uses its part")]

mod kinds;
mod world;

use std::sync::Arc;
use std::time::Duration;

use engine::ledger::Ledger;
use engine::secret::Secrets;
use engine::*;
use serde_json::{Value, json};

pub use kinds::*;
pub use world::*;

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
