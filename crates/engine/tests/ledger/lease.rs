//! Of those who would change a stack at once, one does.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use engine::ledger::{Intent, LedgerError};
use serde_json::Value;

use super::{folder, open, pending, write};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_that_start_in_one_instant_one_wins() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let (one, two) = (open(&store).await.unwrap(), open(&store).await.unwrap());
    for round in 0..50 {
        let (first, second) = tokio::join!(one.lock(), two.lock());
        let lease = match (first, second) {
            (Ok(it), Err(why)) | (Err(why), Ok(it)) => {
                assert!(matches!(why, LedgerError::Locked { .. }), "{why}");
                it
            }
            (Ok(_), Ok(_)) => panic!("both won round {round}"),
            (Err(one), Err(two)) => panic!("both lost round {round}: {one}; {two}"),
        };
        lease.release().await.unwrap();
    }
}

const LOCKS: &str = ".pulumi/locks/organization/events/dev";

#[tokio::test]
async fn a_lock_of_pulumis_is_respected_and_ours_is_seen() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let ledger = open(&store).await.unwrap();
    let theirs = format!("{LOCKS}/0b1e6f8c.json");
    let content =
        r#"{"pid":7,"username":"anna","hostname":"laptop","timestamp":"2026-08-01T10:00:00+02:00"}"#;
    write(home.path(), &theirs, content);
    let error = ledger.lock().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "stack dev is locked by anna@laptop (process 7) since 2026-08-01T10:00:00+02:00"
    );
    assert!(error.hint().unwrap().contains("stack unlock"));
    let holders = ledger.locks().await.unwrap();
    assert_eq!(holders, ["anna@laptop (process 7) since 2026-08-01T10:00:00+02:00"]);
    store.delete(&theirs).await.unwrap();

    let lease = ledger.lock().await.unwrap();
    let paths = store.list(LOCKS).await.unwrap();
    assert_eq!(paths.len(), 1);
    let ours: Value = serde_json::from_slice(&store.get(&paths[0]).await.unwrap().unwrap().0).unwrap();
    assert_eq!(ours["pid"], std::process::id());
    assert!(ours["timestamp"].as_str().unwrap().ends_with('Z'));
    drop(lease);
    for _ in 0..200 {
        if store.list(LOCKS).await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("dropping did not release");
}

/// Does nothing by itself: what [`after_kill_9_the_next_run_goes_on`] starts and kills.
#[tokio::test]
async fn child() {
    let Some(home) = std::env::var_os("LEDGER_HOME") else { return };
    let ledger = open(&folder(Path::new(&home))).await.unwrap();
    let lease = ledger.lock().await;
    match lease {
        Ok(_lease) => {
            ledger.begin(pending(Intent::Create, "a")).await.unwrap();
            std::fs::write(Path::new(&home).join("won"), std::process::id().to_string()).unwrap();
            say("holding");
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        Err(it) => say(&it.to_string()),
    }
}

fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn start(home: &Path) -> (std::process::Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lease::child", "--nocapture"])
        .env("LEDGER_HOME", home)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn after_kill_9_the_next_run_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let (mut child, said) = start(home.path());
    assert_eq!(said, "holding\n");
    let error = open(&store).await.unwrap().lock().await.unwrap_err();
    assert!(error.to_string().contains(&format!("(process {})", child.id())), "{error}");
    child.kill().unwrap();
    child.wait().unwrap();
    let ledger = open(&store).await.unwrap();
    let lease = ledger.lock().await.unwrap();
    assert_eq!(ledger.pending().len(), 1);
    lease.release().await.unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn of_two_processes_one_wins() {
    for _ in 0..5 {
        let home = tempfile::tempdir().unwrap();
        let path = home.path();
        let results: Vec<(std::process::Child, String)> = std::thread::scope(|scope| {
            let both = [scope.spawn(|| start(path)), scope.spawn(|| start(path))];
            both.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let winners = results.iter().filter(|(_, said)| said == "holding\n").count();
        assert_eq!(winners, 1, "{:?}", results.iter().map(|it| &it.1).collect::<Vec<_>>());
        for (mut child, _) in results {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

#[tokio::test]
async fn a_lock_can_be_broken_and_a_released_one_is_nobodys_business() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let (one, two) = (open(&store).await.unwrap(), open(&store).await.unwrap());
    let lost = one.lock().await.unwrap();
    let holders = two.unlock().await.unwrap();
    assert!(holders[0].contains(&format!("(process {})", std::process::id())));
    let lease = two.lock().await.unwrap();
    two.begin(pending(Intent::Create, "a")).await.unwrap();
    // Even before it notices that its lease is gone.
    let error = one.begin(pending(Intent::Create, "b")).await.unwrap_err();
    assert!(matches!(error, LedgerError::Moved { .. }), "{error}");
    lost.release().await.unwrap();
    assert_eq!(store.list(LOCKS).await.unwrap().len(), 1);
    lease.release().await.unwrap();
    two.begin(pending(Intent::Create, "c")).await.unwrap();
}

#[tokio::test]
async fn a_lock_is_waited_for_as_long_as_asked() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let (first, second) = (open(&store).await.unwrap(), open(&store).await.unwrap());
    let lease = first.lock().await.unwrap();
    let said = std::sync::Mutex::new(Vec::new());
    let waits = |locked: &LedgerError| said.lock().unwrap().push(locked.to_string());
    let begun = std::time::Instant::now();
    let error = second.lock_within(Duration::from_millis(300), waits).await.unwrap_err();
    assert!(matches!(error, LedgerError::Locked { .. }) && begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(said.lock().unwrap().len(), 1);
    let (taken, released) = tokio::join!(second.lock_within(Duration::from_secs(30), waits), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        lease.release().await
    });
    released.unwrap();
    taken.unwrap().release().await.unwrap();
}
