//! The program itself is killed with SIGKILL at many instants; the next run goes on.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::process::Stdio;
use std::time::Duration;

use engine::Method;
use program::Program;
use serde_json::Value;

/// Starts a command and kills it after so long; tells whether it had ended by itself.
fn killed(program: &Program, args: &[&str], after: Duration) -> bool {
    let mut child = program.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let ended = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    ended
}

/// How many instants to try: more than the few of an ordinary run when `STACK_KILLS` says so.
fn instants() -> u64 {
    std::env::var("STACK_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(6)
}

#[test]
fn nothing_is_made_twice_and_nothing_is_left_over() {
    // Distance stretches the run, so that an instant falls between calls as well as into one.
    let program = Program::with(&["--latency", "15ms"]);
    program.ok(&["image", "build"]);
    let (from, to, count) = (60, 1500, instants());
    let mut interrupted = 0;
    for i in 0..count {
        let after = Duration::from_millis(from + (to - from) * i / count);
        interrupted += u64::from(!killed(&program, &["apply", "--yes"], after));
        program.ok(&["apply", "--yes"]);
        assert_eq!(program.run(&["plan", "--detailed-exitcode"]).code, 0, "killed after {after:?}");
        let list = |service: &str, path: &str, list: &str| {
            program.call(Method::Get, service, path, None)[list].as_array().map_or(0, Vec::len)
        };
        let transfers = "v1/projects/local-project/locations/us-central1/transferConfigs";
        assert_eq!(
            list("bigquerydatatransfer.googleapis.com", transfers, "transferConfigs"),
            1,
            "after {after:?}"
        );
        assert_eq!(
            list("monitoring.googleapis.com", "v3/projects/local-project/alertPolicies", "alertPolicies"),
            1
        );
        killed(&program, &["destroy", "--yes"], after);
        program.ok(&["destroy", "--yes"]);
        assert_eq!(
            list("pubsub.googleapis.com", "v1/projects/local-project/topics", "topics"),
            0,
            "after {after:?}"
        );
        let accounts: Value = program.call(
            Method::Get,
            "iam.googleapis.com",
            "v1/projects/local-project/serviceAccounts",
            None,
        );
        assert_eq!(accounts["accounts"].as_array().map_or(0, Vec::len), 0, "after {after:?}");
    }
    assert!(interrupted * 2 >= count, "only {interrupted} of {count} were interrupted");
}
