//! What does not need each other is done at once.

use std::time::Duration;

use engine::{Op, Options, Program};
use serde_json::json;
use tokio::time::Instant;

use crate::fake::{Builder, THINGS};
use crate::{applied, watched, world};

const SLOW: Duration = Duration::from_millis(50);

fn independent(count: usize) -> Program {
    let mut program = Builder::new();
    for i in 0..count {
        program.add(&THINGS, &i.to_string(), json!({}), Options::default());
    }
    program.0
}

#[tokio::test(start_paused = true)]
async fn as_many_at_once_as_allowed() {
    for (parallelism, times) in [(32, 1), (16, 1), (4, 4), (3, 6), (1, 16)] {
        let world = world();
        *world.slow.lock().unwrap() = SLOW;
        let begun = Instant::now();
        let (outcome, _) = watched(&world, &independent(16), parallelism).await;
        let took = begun.elapsed();
        assert!(outcome.is_success(), "{outcome:?}");
        assert_eq!(world.at_once.lock().unwrap().1, parallelism.min(16), "at once");
        assert_eq!(took.as_millis(), (SLOW * times).as_millis(), "with {parallelism} at once");
    }
}

#[tokio::test(start_paused = true)]
async fn none_at_once_counts_as_one() {
    let world = world();
    *world.slow.lock().unwrap() = Duration::from_millis(1);
    let (outcome, _) = watched(&world, &independent(3), 0).await;
    assert_eq!(outcome.done(), [(Op::Create, 3)].into());
    assert_eq!(world.at_once.lock().unwrap().1, 1);
}

#[tokio::test(start_paused = true)]
async fn deletions_too() {
    let world = applied(&independent(16)).await;
    *world.slow.lock().unwrap() = SLOW;
    let (outcome, _) = watched(&world, &Program::new("p", "s"), 32).await;
    assert_eq!(outcome.done(), [(Op::Delete, 16)].into());
    assert_eq!(world.at_once.lock().unwrap().1, 16);
}

#[tokio::test(start_paused = true)]
async fn a_slow_chain_does_not_hold_up_others() {
    let program = Builder::new()
        .with(&THINGS, "a", json!({}))
        .with(&THINGS, "b", json!({ "label": "things/a" }))
        .with(&THINGS, "c", json!({ "label": "things/b" }))
        .with(&THINGS, "x", json!({}))
        .with(&THINGS, "y", json!({ "label": "things/x" }))
        .with(&THINGS, "z", json!({ "label": "things/y" }));
    let world = world();
    *world.slow.lock().unwrap() = SLOW;
    let begun = Instant::now();
    assert!(watched(&world, &program.0, 8).await.0.is_success());
    let took = begun.elapsed();
    assert_eq!(took.as_millis(), (SLOW * 3).as_millis(), "two chains of three");
}
