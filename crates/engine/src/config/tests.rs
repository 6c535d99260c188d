//! Configurations from files, as people write them.

use serde_json::json;

use super::*;

const SALT: &str = "v1:AQIDBAUGBwg=:v1:AAECAwQFBgcICQoL:E27pUA/wPCIWegHkV0laI4yxSAT80Q==";
const HUNTER: &str = "v1:DA0ODxAREhMUFRYX:HPMQEo0Zmo9TKHnA7LVK/YgaKK9UlVs=";

const PROJECT: &str = "\
name: events
config:
  ingestion: {type: object}
  days: {type: integer, default: 7}
  fast: {type: boolean}
  hosts: {type: array, items: {type: integer}}
  topic: orders
  key: {type: string, secret: true}
  gcp:zone: {value: a}
";

fn resolve(stack: &str, flags: &[&str]) -> Result<Config, ConfigError> {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("Pulumi.yaml"), PROJECT).unwrap();
    std::fs::write(home.path().join("Pulumi.dev.yaml"), stack).unwrap();
    let project = Project::load(home.path()).unwrap();
    let file = StackFile::load(&project, "dev").unwrap();
    let flags: Vec<String> = flags.iter().map(|it| (*it).to_owned()).collect();
    Config::resolve(&project, &file, &flags, Secrets::passphrase("correct horse", Some(SALT.to_owned())))
}

fn check_error(stack: &str, flags: &[&str], message: &str, hint: Option<&str>) {
    let error = resolve(stack, flags).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.hint().as_deref(), hint);
}

#[test]
fn from_low_to_high() {
    let config = resolve(
        "config:\n  gcp:project: demo\n  other:x: 1\n  events:days: \"14\"\n  events:topic: a\n  events:hosts: '[1, 2]'\n",
        &["topic=b", "gcp:region=eu", "ingestion={a: 1}", "fast=true"],
    )
    .unwrap();
    assert_eq!(config.get::<u32>("days").unwrap(), 14);
    assert_eq!(config.get::<String>("topic").unwrap(), "b");
    assert_eq!(config.get::<Vec<u8>>("hosts").unwrap(), [1, 2]);
    assert_eq!(config.get::<Value>("ingestion").unwrap(), json!({ "a": 1 }));
    assert!(config.get::<bool>("fast").unwrap());
    assert_eq!(config.namespaced("gcp", "project").unwrap(), "demo");
    assert_eq!(config.text("gcp:region").unwrap(), "eu");
    assert_eq!(config.text("gcp:zone").unwrap(), "a");
    assert_eq!(config.text("days").unwrap(), "14");
    assert_eq!(config.place("days").unwrap(), "Pulumi.dev.yaml:4");
    assert_eq!(config.input("days").unwrap(), Input::Value("14".to_owned()));
    assert_eq!(resolve("", &[]).unwrap().get::<u32>("days").unwrap(), 7);
    assert_eq!(resolve("", &[]).unwrap().optional::<bool>("fast").unwrap(), None);
}

#[test]
fn unknown_keys() {
    let stack = "config:\n  gcp:project: x\n  events:ingestoin: {}\n";
    check_error(
        stack,
        &[],
        "Pulumi.dev.yaml:3: config ingestoin is not known",
        Some("did you mean ingestion?"),
    );
    check_error("", &["dayz=1"], "--config dayz: config dayz is not known", Some("did you mean days?"));
    check_error(
        "",
        &["gpc:region=x"],
        "--config gpc:region: config gpc:region is not known",
        Some("did you mean gcp:region?"),
    );
    check_error(
        "",
        &["quite=1"],
        "--config quite: config quite is not known",
        Some("declare it under `config:` in Pulumi.yaml, or remove quite"),
    );
    check_error(
        "",
        &["days"],
        "--config \"days\" is not of the form KEY=VALUE",
        Some("write `--config days=7`"),
    );
}

#[test]
fn wrong_types() {
    let days = "config:\n  events:days: soon\n";
    check_error(
        days,
        &[],
        "Pulumi.dev.yaml:2: config days must be a whole number, and is the text \"soon\"",
        None,
    );
    check_error(
        "config:\n  events:topic: 5\n",
        &[],
        "Pulumi.dev.yaml:2: config topic must be a text, and is the number 5",
        Some("put it in quotes"),
    );
    check_error(
        "config:\n  events:hosts:\n    - 1\n    - true\n",
        &[],
        "Pulumi.dev.yaml:2: config hosts[1] must be a whole number, and is true",
        None,
    );
    check_error(
        "",
        &["fast=yes"],
        "--config fast: config fast must be true or false, and is the text \"yes\"",
        None,
    );
    check_error(
        "config:\n  events:key: 77\n",
        &[],
        "Pulumi.dev.yaml:2: config key must be a text, and is a secret that is something else",
        None,
    );
    let config = resolve("config:\n  events:ingestion: {n: x}\n", &[]).unwrap();
    let unfit = config.get::<BTreeMap<String, u8>>("ingestion").unwrap_err();
    assert_eq!(unfit.to_string(), "Pulumi.dev.yaml:2: config ingestion does not fit");
    let missing = config.get::<bool>("fast").unwrap_err();
    assert_eq!(missing.to_string(), "config fast is not set");
    assert_eq!(missing.hint().unwrap(), "set it in the stack's file, or with `--config fast=VALUE`");
    let undeclared = config.get::<bool>("nothing").unwrap_err();
    assert_eq!(undeclared.hint().unwrap(), "declare it under `config:` in Pulumi.yaml");
}

#[test]
fn secrets_stay_wrapped() {
    let stack = format!(
        "config:\n  events:key: {{secure: '{HUNTER}'}}\n  events:ingestion:\n    inner:\n      secure: {HUNTER}\n"
    );
    let config = resolve(&stack, &[]).unwrap();
    assert!(config.is_secret("key") && config.is_secret("ingestion") && !config.is_secret("days"));
    assert!(!config.secrets.is_unlocked());
    assert_eq!(config.value("key").unwrap().unwrap(), secret(json!("hunter2")));
    assert_eq!(config.value("ingestion").unwrap().unwrap(), json!({ "inner": secret(json!("hunter2")) }));
    assert_eq!(format!("{:?}", config.input("key").unwrap()), "(secret)");
    assert_eq!(config.text("key"), None);
    // Read as plain it is known in clear, and noted, so that it stays a secret wherever it is declared.
    assert!(config.revealed().is_empty());
    assert_eq!(config.get::<String>("key").unwrap(), "hunter2");
    assert_eq!(config.clone().revealed(), [json!("hunter2")]);
    let unfit = config.get::<i64>("key").unwrap_err();
    assert_eq!(unfit.to_string(), "Pulumi.dev.yaml:2: config key is a secret that does not fit");
    // Written in clear by hand, and declared a secret all the same.
    let plain = resolve("config:\n  events:key: x\n", &[]).unwrap();
    assert_eq!(plain.value("key").unwrap().unwrap(), secret(json!("x")));
    let damaged = resolve("config:\n  events:key: {secure: v1:x}\n", &[]).unwrap();
    assert_eq!(
        damaged.value("key").unwrap_err().to_string(),
        "Pulumi.dev.yaml:2: config key cannot be decrypted"
    );
}

#[test]
fn distances() {
    for (a, b, expected) in [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
        assert_eq!(distance(a, b), expected, "{a} {b}");
    }
}
