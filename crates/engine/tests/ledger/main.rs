//! The ledger over a real folder and over a slow store: races, kills, conflicts, damage.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod lease;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engine::Urn;
use engine::ledger::store::{Expect, Folder, Store, StoreError, Version};
use engine::ledger::{Entry, Intent, Ledger, LedgerError, Pending, Run, RunResult};
use engine::secret::Secrets;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

const FILE: &str = ".pulumi/stacks/events/dev.json";
/// The SHA-256 of `v3.260.0`, by sha256sum.
const MAGIC: &str = "7dff0d166258e7f1d265e8e044021ea087795d58a0c6415ab6fe8b7c790e447f";
const SALT: &str = "v1:AQIDBAUGBwg=:v1:AAECAwQFBgcICQoL:E27pUA/wPCIWegHkV0laI4yxSAT80Q==";
const SEALED: &str = "v1:GBkaGxwdHh8gISIj:/+Ups6ovzh4OVm7ssAqdImjXMr9pYHEFDw==";

fn urn(name: &str) -> Urn {
    Urn::new("dev", "events", &[], "gcp:pubsub/v1:Topic", name)
}

fn entry(name: &str) -> Entry {
    Entry {
        adopted: false,
        urn: urn(name),
        kind: "gcp:pubsub/v1:Topic".to_owned(),
        id: Some(format!("projects/p/topics/{name}")),
        inputs: json!({ "labels": { "team": "a<b" } }),
        state: json!({ "name": name, "n": 7 }),
        parent: None,
        dependencies: Vec::new(),
        protect: false,
        retain: false,
        created: Some("2026-08-01T10:00:00Z".to_owned()),
        modified: None,
    }
}

fn pending(intent: Intent, name: &str) -> Pending {
    Pending { intent, entry: entry(name) }
}

async fn open(store: &Arc<dyn Store>) -> Result<Ledger, LedgerError> {
    Ledger::open(store.clone(), "events", "dev", Secrets::None).await
}

fn folder(home: &Path) -> Arc<dyn Store> {
    Arc::new(Folder::new(home))
}

fn file(home: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(home.join(FILE)).unwrap()).unwrap()
}

fn write(home: &Path, path: &str, content: &str) {
    let path = home.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// A store that is far away, counts what is written and can be made to fail.
struct Slow {
    inner: Folder,
    delay: Duration,
    writes: AtomicUsize,
    full: AtomicBool,
    /// Writes, and yet says that it did not.
    lies: AtomicBool,
}

impl Slow {
    fn new(home: &Path, delay: u64) -> Arc<Slow> {
        Arc::new(Slow {
            inner: Folder::new(home),
            delay: Duration::from_millis(delay),
            writes: AtomicUsize::new(0),
            full: AtomicBool::new(false),
            lies: AtomicBool::new(false),
        })
    }
}

#[async_trait]
impl Store for Slow {
    async fn get(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        tokio::time::sleep(self.delay).await;
        self.inner.get(path).await
    }
    async fn put(&self, path: &str, content: &[u8], expect: Expect) -> Result<Version, StoreError> {
        tokio::time::sleep(self.delay).await;
        if self.full.load(Ordering::Relaxed) {
            return Err(StoreError::Full { path: path.to_owned(), source: "disk quota exceeded".into() });
        }
        if path == FILE {
            self.writes.fetch_add(1, Ordering::Relaxed);
        }
        let version = self.inner.put(path, content, expect).await?;
        if self.lies.load(Ordering::Relaxed) {
            return Err(StoreError::Failed {
                action: "write",
                path: path.to_owned(),
                hint: None,
                source: "connection reset".into(),
            });
        }
        Ok(version)
    }
    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        self.inner.delete(path).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.inner.list(prefix).await
    }
    fn place(&self) -> String {
        self.inner.place()
    }
}

#[tokio::test]
async fn what_is_written_is_read_again_and_is_pulumis() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let ledger = open(&store).await.unwrap();
    assert!(ledger.is_new());
    let mut user = entry("b-user");
    user.dependencies = vec![urn("a-used")];
    user.protect = true;
    user.retain = true;
    ledger.begin(pending(Intent::Create, "b-user")).await.unwrap();
    assert_eq!(file(home.path())["checkpoint"]["latest"]["pending_operations"][0]["type"], "creating");
    ledger.settle(&user.urn, Some(user.clone())).await.unwrap();
    ledger.settle(&urn("a-used"), Some(entry("a-used"))).await.unwrap();
    ledger.set_outputs(Map::from_iter([("url".to_owned(), json!("https://x"))])).await.unwrap();
    assert!(!ledger.is_new());

    let again = open(&store).await.unwrap();
    assert_eq!(again.entries(), [entry("a-used"), user]);
    assert_eq!(again.outputs()["url"], "https://x");
    assert!(again.pending().is_empty());

    let text = std::fs::read_to_string(home.path().join(FILE)).unwrap();
    assert!(text.starts_with(
        r#"{"version":3,"checkpoint":{"stack":"organization/events/dev","latest":{"manifest":"#
    ));
    assert!(text.contains("a<b"));
    let latest = &file(home.path())["checkpoint"]["latest"];
    let resources = latest["resources"].as_array().unwrap();
    let kinds: Vec<&str> = resources.iter().map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["pulumi:pulumi:Stack", "pulumi:providers:gcp", "gcp:pubsub/v1:Topic", "gcp:pubsub/v1:Topic"]
    );
    assert_eq!(resources[0]["urn"], "urn:pulumi:dev::events::pulumi:pulumi:Stack::events-dev");
    assert_eq!(resources[0]["custom"], false);
    let provider =
        format!("{}::{}", resources[1]["urn"].as_str().unwrap(), resources[1]["id"].as_str().unwrap());
    assert!(provider.starts_with("urn:pulumi:dev::events::pulumi:providers:gcp::default::"));
    assert_eq!(resources[2]["provider"], provider.as_str());
    assert_eq!(resources[3]["parent"], resources[0]["urn"]);
    assert_eq!(resources[3]["dependencies"], json!([urn("a-used").as_str()]));
    assert_eq!(resources[3]["retainOnDelete"], true);
    assert_eq!(std::fs::read_to_string(home.path().join(".pulumi/meta.yaml")).unwrap(), "version: 1\n");
    assert_eq!(Ledger::stacks(store.as_ref(), "events").await.unwrap(), ["dev"]);

    for name in ["b-user", "a-used"] {
        again.begin(pending(Intent::Delete, name)).await.unwrap();
        again.settle(&urn(name), None).await.unwrap();
    }
    again.set_outputs(Map::new()).await.unwrap();
    assert!(file(home.path())["checkpoint"]["latest"].get("resources").is_none());
    assert!(home.path().join(format!("{FILE}.bak")).exists());
}

#[tokio::test]
async fn a_rename_is_one_write_and_takes_dependents_along() {
    let home = tempfile::tempdir().unwrap();
    let store = Slow::new(home.path(), 0);
    let shared: Arc<dyn Store> = store.clone();
    let ledger = open(&shared).await.unwrap();
    let mut user = entry("user");
    user.dependencies = vec![urn("old")];
    ledger.settle(&urn("old"), Some(entry("old"))).await.unwrap();
    ledger.settle(&user.urn, Some(user.clone())).await.unwrap();
    let before = store.writes.load(Ordering::Relaxed);
    ledger.rename(&urn("old"), &urn("new")).await.unwrap();
    assert_eq!(store.writes.load(Ordering::Relaxed), before + 1);
    assert!(matches!(ledger.rename(&urn("old"), &urn("x")).await, Err(LedgerError::NoEntry { .. })));
    assert!(matches!(ledger.rename(&urn("new"), &urn("user")).await, Err(LedgerError::Taken { .. })));
    let entries = open(&shared).await.unwrap().entries();
    assert_eq!(entries[0].urn, urn("new"));
    assert_eq!(entries[1].dependencies, [urn("new")]);
}

#[tokio::test]
async fn parallel_changes_share_writes() {
    let home = tempfile::tempdir().unwrap();
    let store = Slow::new(home.path(), 100);
    let shared: Arc<dyn Store> = store.clone();
    let ledger = open(&shared).await.unwrap();
    let begins = (0..32).map(|it| {
        let ledger = &ledger;
        async move { ledger.begin(pending(Intent::Create, &format!("t{it}"))).await }
    });
    for it in futures_util::future::join_all(begins).await {
        it.unwrap();
    }
    assert!(store.writes.load(Ordering::Relaxed) <= 3, "{} writes", store.writes.load(Ordering::Relaxed));
    assert_eq!(open(&shared).await.unwrap().pending().len(), 32);
}

#[tokio::test]
async fn somebody_elses_write_is_not_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let (one, two) = (open(&store).await.unwrap(), open(&store).await.unwrap());
    one.settle(&urn("a"), Some(entry("a"))).await.unwrap();
    let error = two.begin(pending(Intent::Create, "b")).await.unwrap_err();
    assert!(matches!(error, LedgerError::Moved { .. }), "{error}");
    assert!(error.to_string().contains("dev.json was written by somebody else"));
    assert!(two.pending().is_empty());
    assert_eq!(open(&store).await.unwrap().entries(), [entry("a")]);
    // Taking the lock reads what was written since.
    let three = open(&store).await.unwrap();
    one.settle(&urn("c"), Some(entry("c"))).await.unwrap();
    let lease = three.lock().await.unwrap();
    assert_eq!(three.entries().len(), 2);
    three.settle(&urn("d"), Some(entry("d"))).await.unwrap();
    lease.release().await.unwrap();
}

#[tokio::test]
async fn a_run_that_is_dropped_half_way_leaves_its_intents() {
    let home = tempfile::tempdir().unwrap();
    let store = Slow::new(home.path(), 20);
    let shared: Arc<dyn Store> = store.clone();
    let ledger = open(&shared).await.unwrap();
    ledger.settle(&urn("a"), Some(entry("a"))).await.unwrap();
    ledger.begin(pending(Intent::Update, "a")).await.unwrap();
    ledger.begin(pending(Intent::Create, "b")).await.unwrap();
    // A change whose waiting is given up does not disturb those after it.
    let impatient =
        tokio::time::timeout(Duration::from_millis(5), ledger.begin(pending(Intent::Create, "c"))).await;
    assert!(impatient.is_err());
    ledger.begin(pending(Intent::Create, "d")).await.unwrap();
    drop(ledger);
    let again = open(&shared).await.unwrap();
    let found: BTreeMap<String, Intent> =
        again.pending().into_iter().map(|it| (it.entry.urn.name().to_owned(), it.intent)).collect();
    assert_eq!(found["a"], Intent::Update);
    assert_eq!(found["b"], Intent::Create);
    assert_eq!(found["d"], Intent::Create);
    assert_eq!(again.entries(), [entry("a")]);
    again.settle(&urn("b"), None).await.unwrap();
    assert_eq!(again.pending().len(), found.len() - 1);
}

#[tokio::test]
async fn a_full_disk_is_told_and_got_over() {
    let home = tempfile::tempdir().unwrap();
    let store = Slow::new(home.path(), 0);
    let shared: Arc<dyn Store> = store.clone();
    let ledger = open(&shared).await.unwrap();
    ledger.settle(&urn("a"), Some(entry("a"))).await.unwrap();
    store.full.store(true, Ordering::Relaxed);
    let error = ledger.begin(pending(Intent::Create, "b")).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, format!("no space is left to write {FILE}"));
    assert!(error.hint().unwrap().contains("free some space"));
    assert!(ledger.pending().is_empty());
    store.full.store(false, Ordering::Relaxed);
    ledger.begin(pending(Intent::Create, "c")).await.unwrap();
    assert_eq!(open(&shared).await.unwrap().pending().len(), 1);
    // The answer was lost, not the write.
    store.lies.store(true, Ordering::Relaxed);
    ledger.begin(pending(Intent::Create, "d")).await.unwrap();
    store.lies.store(false, Ordering::Relaxed);
    ledger.begin(pending(Intent::Create, "e")).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_may_not_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    if std::fs::write(home.path().join("probe"), "").is_ok() {
        return; // The superuser may write anywhere.
    }
    let store = folder(home.path());
    let error = open(&store).await.unwrap().begin(pending(Intent::Create, "a")).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("not allowed to"), "{cause}");
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// As Pulumi writes it, with what we do not know in every place.
fn pulumis() -> Value {
    let stack = "urn:pulumi:dev::events::pulumi:pulumi:Stack::events-dev";
    let provider = "urn:pulumi:dev::events::pulumi:providers:gcp::default_8_0_0";
    json!({ "version": 3, "later": [1], "checkpoint": {
        "stack": "organization/events/dev", "config": { "gcp:project": "p" },
        "latest": {
            "manifest": { "time": "2026-08-01T10:00:00Z", "magic": MAGIC, "version": "v3.260.0", "plugins": [] },
            "secrets_providers": { "type": "passphrase", "state": { "salt": SALT } },
            "resources": [
                { "urn": stack, "custom": false, "type": "pulumi:pulumi:Stack",
                  "outputs": { "password": { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": SEALED } },
                  "sourcePosition": "project:///Pulumi.yaml#1,1" },
                { "urn": provider, "custom": true, "id": "8f1e", "type": "pulumi:providers:gcp", "inputs": { "version": "8.0.0" } },
                { "urn": urn("a").as_str(), "custom": true, "id": "projects/p/topics/a", "type": "gcp:pubsub/v1:Topic",
                  "inputs": { "name": "a", "key": { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": SEALED } },
                  "outputs": { "name": "a" }, "parent": stack, "dependencies": null, "provider": format!("{provider}::8f1e"),
                  "propertyDependencies": { "name": null }, "customTimeouts": { "create": 60 }, "additionalSecretOutputs": ["key"] },
                { "urn": "urn:pulumi:dev::events::gcp:storage/v1:Bucket::read", "custom": true, "external": true,
                  "id": "r", "type": "gcp:storage/v1:Bucket", "parent": stack, "provider": format!("{provider}::8f1e") },
                { "urn": urn("a").as_str(), "custom": true, "delete": true, "id": "projects/p/topics/a-old",
                  "type": "gcp:pubsub/v1:Topic", "parent": stack, "provider": format!("{provider}::8f1e") },
            ],
            "pending_operations": [
                { "type": "reading", "resource": { "urn": urn("r").as_str(), "custom": true, "type": "gcp:pubsub/v1:Topic" } },
                { "type": "deleting", "resource": { "urn": urn("a").as_str(), "custom": true, "type": "gcp:pubsub/v1:Topic" } },
            ],
            "metadata": { "integrity_error": { "version": "v1" } },
            "unheard_of": { "x": 1.5 },
        },
    } })
}

#[tokio::test]
async fn a_file_of_pulumis_keeps_all_that_is_in_it() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), FILE, &pulumis().to_string());
    let store = folder(home.path());
    let secrets = Secrets::passphrase("correct horse", None);
    let ledger = Ledger::open(store.clone(), "events", "dev", secrets).await.unwrap();
    let secret = engine::secret(json!("hunter2"));
    assert_eq!(ledger.outputs()["password"], secret);
    let entries = ledger.entries();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].inputs["key"], secret);
    assert_eq!(entries[0].parent, None);
    assert_eq!(ledger.pending().len(), 1);
    assert_eq!(ledger.pending()[0].intent, Intent::Delete);

    // The same entry again, and another: only the other is new in the file.
    ledger.settle(&urn("b"), Some(entry("b"))).await.unwrap();
    ledger.settle(&urn("a"), Some(entries[0].clone())).await.unwrap();
    let (before, after) = (pulumis(), file(home.path()));
    assert_eq!(after["later"], before["later"]);
    assert_eq!(after["checkpoint"]["config"], before["checkpoint"]["config"]);
    let (before, after) = (&before["checkpoint"]["latest"], &after["checkpoint"]["latest"]);
    for key in ["secrets_providers", "metadata", "unheard_of"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!(after["pending_operations"].as_array().unwrap().len(), 1);
    let after = after["resources"].as_array().unwrap();
    for mut it in before["resources"].as_array().unwrap().clone() {
        it.as_object_mut().unwrap().retain(|_, it| !it.is_null());
        assert!(after.contains(&it), "{it} was not kept");
    }
    assert_eq!(after.len(), before["resources"].as_array().unwrap().len() + 2);
}

#[tokio::test]
async fn secrets_are_never_in_clear_and_stay_as_they_were() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let secrets = Secrets::passphrase("", None);
    let ledger = Ledger::open(store.clone(), "events", "dev", secrets.clone()).await.unwrap();
    ledger.settle(&urn("plain"), Some(entry("plain"))).await.unwrap();
    assert!(!secrets.is_unlocked());
    let mut it = entry("a");
    it.inputs = json!({ "list": [engine::secret(json!({ "user": "u", "pin": 1234 }))] });
    ledger.settle(&it.urn, Some(it.clone())).await.unwrap();
    let first = std::fs::read_to_string(home.path().join(FILE)).unwrap();
    assert!(!first.contains("1234") && !first.contains("$secret"));
    it.state = json!({ "changed": true });
    ledger.settle(&it.urn, Some(it.clone())).await.unwrap();
    let sealed =
        |text: &str| text.split("\"ciphertext\":").nth(1).unwrap().split('}').next().unwrap().to_owned();
    assert_eq!(sealed(&first), sealed(&std::fs::read_to_string(home.path().join(FILE)).unwrap()));

    let again = Ledger::open(store.clone(), "events", "dev", Secrets::passphrase("", None)).await.unwrap();
    assert_eq!(again.entries()[1], it);
    for (wrong, hint) in [(Secrets::None, "may be empty"), (Secrets::passphrase("x", None), "correct PULUMI")]
    {
        let error = Ledger::open(store.clone(), "events", "dev", wrong).await.unwrap_err();
        assert!(matches!(error, LedgerError::Unreadable { .. }));
        assert!(error.hint().unwrap().contains(hint));
    }
    let mut hidden = entry("h");
    hidden.inputs = json!({ "key": engine::Input::from("hunter2").secret() });
    let error = ledger.settle(&hidden.urn.clone(), Some(hidden)).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unresolved { .. }));
}

#[tokio::test]
async fn a_damaged_file_is_told_and_left_alone() {
    let resource = |of: &str| {
        json!({ "version": 3, "checkpoint": { "stack": "x", "latest": { "resources": [{ "custom": true, "type": "t", "urn": of }] } } })
            .to_string()
    };
    let cases = [
        ("{\n  \"version\": 3,\n  nonsense", "is damaged at line 3, column 3"),
        ("", "it is empty"),
        ("{}", "it has no `version`"),
        (r#"{"version":3}"#, "is damaged at line 1, column 13"),
        (r#"{"version":4,"checkpoint":{}}"#, "has version 4"),
        (r#"{"version":1,"checkpoint":{}}"#, "has version 1"),
        (
            r#"{"version":3,"checkpoint":{"stack":"x","latest":{"resources":[{"urn":"u"}]}}}"#,
            "damaged at line 1",
        ),
        (&resource("nonsense"), "\"nonsense\" is not a URN"),
    ];
    for (content, expected) in cases {
        let home = tempfile::tempdir().unwrap();
        write(home.path(), FILE, content);
        let error = open(&folder(home.path())).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains("dev.json"), "{error}");
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(std::fs::read_to_string(home.path().join(FILE)).unwrap(), content);
    }
    let home = tempfile::tempdir().unwrap();
    write(home.path(), ".pulumi/stacks/events/dev.json.gz", "x");
    assert!(matches!(open(&folder(home.path())).await, Err(LedgerError::Compressed { .. })));
    let home = tempfile::tempdir().unwrap();
    write(home.path(), ".pulumi/stacks/dev.json", "{}");
    assert!(matches!(open(&folder(home.path())).await, Err(LedgerError::OldLayout { .. })));
    let bad = Ledger::open(folder(home.path()), "events", "../dev", Secrets::None).await;
    assert!(matches!(bad, Err(LedgerError::BadName { .. })));
}

#[tokio::test]
async fn a_run_leaves_history_and_a_backup() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let ledger = open(&store).await.unwrap();
    let run = Run {
        kind: "update".to_owned(),
        started: OffsetDateTime::UNIX_EPOCH,
        result: RunResult::Succeeded,
        changes: BTreeMap::from([("create".to_owned(), 2)]),
        message: "first".to_owned(),
    };
    ledger.finish(run).await.unwrap();
    assert_eq!(Ledger::stacks(store.as_ref(), "events").await.unwrap(), ["dev"]);
    let history = store.list(".pulumi/history/events/dev/").await.unwrap();
    assert_eq!(history.len(), 2);
    assert!(history[0].ends_with(".checkpoint.json"));
    let line: Value = serde_json::from_slice(&store.get(&history[1]).await.unwrap().unwrap().0).unwrap();
    assert_eq!(line["result"], "succeeded");
    assert_eq!(line["startTime"], 0);
    assert_eq!(line["resourceChanges"]["create"], 2);
    let backups = store.list(".pulumi/backups/events/dev/").await.unwrap();
    assert_eq!(store.get(&backups[0]).await.unwrap(), store.get(FILE).await.unwrap());
}

/// Changes a sound ledger of two topics, the second of which depends on the first, and opens it.
async fn changed(change: impl FnOnce(&mut Value)) -> Result<Ledger, LedgerError> {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let ledger = open(&store).await.unwrap();
    let second = Entry { dependencies: vec![urn("a")], ..entry("b") };
    ledger.settle(&urn("a"), Some(entry("a"))).await.unwrap();
    ledger.settle(&urn("b"), Some(second)).await.unwrap();
    let mut found = file(home.path());
    change(&mut found);
    write(home.path(), FILE, &found.to_string());
    open(&store).await
}

fn resources(file: &mut Value) -> &mut Vec<Value> {
    file["checkpoint"]["latest"]["resources"].as_array_mut().unwrap()
}

#[tokio::test]
async fn a_ledger_that_cannot_be_trusted_is_refused() {
    assert_eq!(changed(|_| {}).await.unwrap().entries().len(), 2);
    let check = async |change: fn(&mut Value), want: &str| {
        let error = changed(change).await.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    };
    let foreign = "which is of another stack or project than events/dev";
    check(|it| resources(it)[3]["urn"] = json!("urn:pulumi:prod::events::gcp:pubsub/v1:Topic::b"), foreign)
        .await;
    check(|it| resources(it)[3]["urn"] = json!("urn:pulumi:dev::other::gcp:pubsub/v1:Topic::b"), foreign)
        .await;
    check(
        |it| {
            let all = resources(it);
            all.push(all[2].clone());
        },
        "Topic::a is in it twice",
    )
    .await;
    check(
        |it| {
            resources(it).remove(2);
        },
        "Topic::b depends on urn:pulumi:dev::events::gcp:pubsub/v1:Topic::a, which is not in it",
    )
    .await;
    check(
        |it| resources(it)[2]["dependencies"] = json!([urn("b").as_str()]),
        "depends on itself by way of others",
    )
    .await;
    check(
        |it| it["checkpoint"]["latest"]["manifest"]["magic"] = json!("0"),
        "`magic` is not that of its version",
    )
    .await;
}

#[tokio::test]
async fn a_ledger_that_is_gone_is_missed() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let ledger = open(&store).await.unwrap();
    for name in ["a", "b"] {
        ledger.settle(&urn(name), Some(entry(name))).await.unwrap();
        let (started, changes) = (OffsetDateTime::now_utc(), BTreeMap::new());
        let (kind, message) = ("update".to_owned(), String::new());
        ledger.finish(Run { kind, started, result: RunResult::Succeeded, changes, message }).await.unwrap();
        // Another run makes the backup of what this one left.
    }
    let ledger = open(&store).await.unwrap();
    ledger.settle(&urn("c"), Some(entry("c"))).await.unwrap();
    std::fs::remove_file(home.path().join(FILE)).unwrap();
    let error = open(&store).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, LedgerError::Gone { .. }), "{error}");
    let hint = error.hint().unwrap();
    // The command does what it says.
    let command = hint.strip_prefix("restore it: ").unwrap().split(';').next().unwrap();
    let done = std::process::Command::new("sh").args(["-c", command]).status().unwrap();
    assert!(done.success(), "{command}");
    assert_eq!(open(&store).await.unwrap().entries().len(), 2);
}

#[tokio::test]
async fn what_was_there_before_is_remembered_in_pulumis_words() {
    let home = tempfile::tempdir().unwrap();
    let store = folder(home.path());
    let ledger = open(&store).await.unwrap();
    let adopted = Entry { adopted: true, ..entry("a") };
    ledger.settle(&urn("a"), Some(adopted.clone())).await.unwrap();
    ledger.begin(Pending { intent: Intent::Update, entry: adopted.clone() }).await.unwrap();
    let found = file(home.path());
    let raw = &found["checkpoint"]["latest"]["resources"][2];
    assert_eq!((&raw["importID"], &raw["retainOnDelete"]), (&json!("projects/p/topics/a"), &json!(true)));
    let again = open(&store).await.unwrap();
    assert_eq!((again.entries()[0].adopted, again.entries()[0].retain), (true, false));
    assert!(again.pending()[0].entry.adopted);
    again.settle(&urn("a"), Some(entry("a"))).await.unwrap();
    assert!(!open(&store).await.unwrap().entries()[0].adopted);
}
