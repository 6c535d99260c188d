//! Cloud Run runs jobs whose image is in the local registry to their end.

#![allow(clippy::unwrap_used, reason = "what helps tests is a test too")]

mod client;
mod container;

use std::time::{Duration, Instant};

use client::{raw, send};
use container::{HOST, RUN, cloud, done, push, repository};
use local::Running;
use serde_json::{Value, json};

const NAME: &str = "p-1/images/job";

#[test]
fn all_of_it_also_holds_in_the_shared_network() {
    container::again_in_the_shared_network("all_of_it_also_holds_in_the_shared_network");
}

/// A cloud with a job of two tasks that runs a command of a shell.
async fn with_job(command: &str, retries: u64) -> Running {
    let cloud = cloud().await;
    repository(&cloud, "p-1", "images").await;
    push(&cloud, NAME, "v1", "job").await;
    let container = json!({
        "image": format!("{HOST}/{NAME}:v1"), "command": ["/bin/sh", "-c"], "args": [command],
        "env": [{"name": "WHOM", "value": "world"}],
    });
    let body =
        json!({"template": {"taskCount": 2, "template": {"maxRetries": retries, "containers": [container]}}});
    done(&cloud, &send(&cloud, "POST", &format!("{RUN}/jobs?jobId=job"), body).await).await;
    cloud
}

async fn run(cloud: &Running, body: Value) -> Value {
    done(cloud, &send(cloud, "POST", &format!("{RUN}/jobs/job:run"), body).await).await
}

async fn logs(cloud: &Running) -> String {
    let logs = raw(cloud, "GET", "http://127.0.0.1/_local/logs?service=job", &[], b"").await.unwrap();
    String::from_utf8(logs.body).unwrap()
}

#[tokio::test]
async fn an_execution_runs_its_tasks_to_their_end() {
    let cloud = with_job("echo hello $WHOM $CLOUD_RUN_TASK_INDEX of $CLOUD_RUN_TASK_COUNT", 0).await;
    let ended = run(&cloud, json!({})).await;
    assert_eq!(ended["response"]["succeededCount"], 2, "{ended}");
    let logs = logs(&cloud).await;
    assert!(logs.contains("hello world 0 of 2") && logs.contains("hello world 1 of 2"), "{logs}");
    let name = ended["response"]["name"].as_str().unwrap();
    let shown =
        send(&cloud, "GET", &format!("https://run.googleapis.com/v2/{name}"), Value::Null).await.json();
    assert_eq!(shown["conditions"][0]["state"], "CONDITION_SUCCEEDED");
    assert!(shown["completionTime"].is_string() && shown["startTime"].is_string(), "{shown}");
    let job = send(&cloud, "GET", &format!("{RUN}/jobs/job"), Value::Null).await.json();
    assert_eq!(job["latestCreatedExecution"]["completionStatus"], "EXECUTION_SUCCEEDED");
    assert_eq!(job["executionCount"], 1);
    let overrides = json!({"overrides": {"taskCount": 1, "containerOverrides": [{"env": [{"name": "WHOM", "value": "moon"}]}]}});
    assert_eq!(run(&cloud, overrides).await["response"]["succeededCount"], 1);
    assert!(self::logs(&cloud).await.contains("hello moon 0 of 1"));
    let list = send(&cloud, "GET", &format!("{RUN}/jobs/job/executions"), Value::Null).await.json();
    assert_eq!(list["executions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_failing_task_is_tried_again_and_then_fails_the_execution() {
    let cloud = with_job("[ $CLOUD_RUN_TASK_INDEX = 0 ] || exit 4", 1).await;
    let ended = run(&cloud, json!({})).await;
    let said = ended["error"]["message"].as_str().unwrap();
    assert!(said.contains("task1 failed") && said.contains("exit(4)"), "{ended}");
    let list = send(&cloud, "GET", &format!("{RUN}/jobs/job/executions"), Value::Null).await.json();
    let execution = &list["executions"][0];
    assert_eq!((&execution["succeededCount"], &execution["failedCount"]), (&json!(1), &json!(1)));
    assert_eq!(execution["retriedCount"], 1);
    assert_eq!(execution["conditions"][0]["executionReason"], "NON_ZERO_EXIT_CODE");
}

#[tokio::test]
async fn an_execution_is_cancelled() {
    let cloud = with_job("exec sleep 60", 0).await;
    let running = send(&cloud, "POST", &format!("{RUN}/jobs/job:run"), json!({})).await;
    let name = running.json()["metadata"]["name"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    let url = format!("https://run.googleapis.com/v2/{name}");
    while send(&cloud, "GET", &url, Value::Null).await.json()["runningCount"] != 2 {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(send(&cloud, "POST", &format!("{url}:cancel"), json!({})).await.status, 200);
    let ended = done(&cloud, &running).await;
    assert_eq!(ended["error"]["message"], "The execution was cancelled.");
    assert_eq!(send(&cloud, "GET", &url, Value::Null).await.json()["cancelledCount"], 2);
    assert_eq!(send(&cloud, "POST", &format!("{url}:cancel"), json!({})).await.status, 400);
}

#[tokio::test]
async fn a_task_that_is_cancelled_may_end_well() {
    let cloud =
        with_job("trap 'echo packing up; exit 0' TERM; echo ready; while :; do sleep 0.05; done", 0).await;
    let running = send(&cloud, "POST", &format!("{RUN}/jobs/job:run"), json!({})).await;
    let name = running.json()["metadata"]["name"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    while logs(&cloud).await.matches("stdout ready").count() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", logs(&cloud).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let url = format!("https://run.googleapis.com/v2/{name}");
    assert_eq!(send(&cloud, "POST", &format!("{url}:cancel"), json!({})).await.status, 200);
    done(&cloud, &running).await;
    assert!(begun.elapsed() < Duration::from_secs(9), "they were not killed");
    let logs = logs(&cloud).await;
    assert_eq!(logs.matches("stdout packing up").count(), 2, "{logs}");
}

#[tokio::test]
async fn a_task_that_a_signal_ends_is_said_to_have_ended_as_shells_say_it() {
    let cloud = with_job("kill -9 $$", 0).await;
    let ended = run(&cloud, json!({})).await;
    assert!(ended["error"]["message"].as_str().unwrap().contains("exit(137)"), "{ended}");
}
