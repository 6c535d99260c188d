//! A local cloud without SQL becomes one with SQL at the first query, and loses nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use engine::{Call, Cloud, Method};
use gcp::{Client, Endpoint};
use program::{Program, programs};
use serde_json::{Value, json};

const BIGQUERY: &str = "bigquery.googleapis.com";
const DATASETS: &str = "bigquery/v2/projects/local-project/datasets";
const QUERIES: &str = "bigquery/v2/projects/local-project/queries";

/// Asks for the number of rows of `d.t`: the status, the reason of an error, and the answer.
fn count(program: &Program) -> (u16, String, Value) {
    let client = Client::new(Endpoint::Local(program.url.clone())).unwrap();
    let query = json!({"query": "SELECT COUNT(*) FROM d.t", "useLegacySql": false});
    let call = Call::new(Method::Post, BIGQUERY, QUERIES).body(query);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(client.send(&call)).unwrap();
    let reason = answer.body["error"]["errors"][0]["reason"].as_str().unwrap_or_default().to_owned();
    (answer.status, reason, answer.body)
}

fn link(from: &Path, to: &Path, name: &str) {
    symlink(from.join(name), to.join(name)).unwrap();
}

#[test]
fn the_first_query_brings_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    link(programs(), folder.path(), "stack-local");
    let program = Program::of(folder.path(), &["--seed", "7"]);
    assert!(program.plan()["summary"]["create"].as_u64().unwrap() > 40);
    assert!(program.ok(&["local", "status"]).contains("SQL: built when it is first needed"));
    let enable = "v1/projects/local-project/services/bigquery.googleapis.com:enable";
    program.call(Method::Post, "serviceusage.googleapis.com", enable, Some(json!({})));
    let dataset = json!({"datasetReference": {"datasetId": "d"}});
    program.call(Method::Post, BIGQUERY, DATASETS, Some(dataset));
    let table = json!({"tableReference": {"tableId": "t"},
        "schema": {"fields": [{"name": "id", "type": "STRING"}]}});
    program.call(Method::Post, BIGQUERY, &format!("{DATASETS}/d/tables"), Some(table));
    let rows = json!({"rows": [{"json": {"id": "a"}}, {"json": {"id": "b"}}]});
    program.call(Method::Post, BIGQUERY, &format!("{DATASETS}/d/tables/t/insertAll"), Some(rows));

    // There is no program with SQL: clients are told to ask again until that is known, and then why.
    let (status, reason, _) = count(&program);
    assert_eq!((status, reason.as_str()), (503, "backendError"));
    let begun = Instant::now();
    let (status, reason, answer) = loop {
        let said = count(&program);
        if said.0 != 503 || begun.elapsed() > Duration::from_secs(20) {
            break said;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!((status, reason.as_str()), (501, "notImplemented"), "{answer}");
    assert!(answer.to_string().contains("stack-local-sql is not in"), "{answer}");

    // Now there is one. The process, the port and the data stay.
    let note = program.read(".stack/local/server.json");
    link(programs(), folder.path(), "stack-local-sql");
    let begun = Instant::now();
    let answer = loop {
        match count(&program) {
            (200, _, answer) => break answer,
            (501 | 503, ..) if begun.elapsed() < Duration::from_secs(40) => {}
            (status, reason, answer) => panic!("{status} {reason}: {answer}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(answer["rows"][0]["f"][0]["v"], "2", "{answer}");
    assert_eq!(program.read(".stack/local/server.json"), note);
    assert!(program.ok(&["local", "status"]).contains("SQL: ready"));
    let log = program.read(".stack/local/server.log");
    assert!(log.contains("takes this one's place"), "{log}");
    assert!(program.ok(&["local", "stop"]).contains("is stopped"));
}

#[test]
fn a_command_that_queries_has_the_engine_ready_before() {
    let folder = tempfile::tempdir().unwrap();
    link(programs(), folder.path(), "stack-local");
    let program = Program::of(folder.path(), &[]);
    let refused = program.run(&["test"]);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("stack-local-sql is not in"), "{}", refused.err);
    link(programs(), folder.path(), "stack-local-sql");
    // Nothing is applied, so the test itself fails; the engine is there.
    assert_ne!(program.run(&["test"]).code, 0);
    assert!(program.ok(&["local", "status"]).contains("SQL: ready"));
}
