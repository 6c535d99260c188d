//! The built program in a folder of its own, with a local cloud of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use engine::{Call, Cloud, Method};
use gcp::{Client, Endpoint};
use serde_json::Value;

pub struct Program {
    pub folder: tempfile::TempDir,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// The folder of the local cloud's programs.
    pub programs: PathBuf,
}

/// The folder of the local cloud's programs. Cargo is asked for them, so that they are never older than their sources, and
/// as it is asked for this test: with the features of the whole workspace, so that nothing is compiled twice.
pub fn programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_stack")).parent().unwrap();
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--workspace", "--bin", "stack-local", "--bin", "stack-local-sql"]);
        command.args(["--test", env!("CARGO_CRATE_NAME")]).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.arg("--target-dir").arg(folder.parent().unwrap());
        // The folder of the profile `dev` has a name of its own.
        if let Some(profile) = folder.file_name().filter(|it| *it != "debug") {
            command.arg("--profile").arg(profile);
        }
        let built = said(command.output().unwrap());
        assert_eq!(built.code, 0, "{}", built.err);
        folder.to_owned()
    })
}

/// A service that answers every request and is built in a second.
const SERVICE: &str = include_str!("data_api.rs");
const MANIFEST: &str = r#"[package]
name = "api"
version = "0.1.0"
edition = "2024"

[[bin]]
name = "data-api"
path = "src/main.rs"
"#;
const LOCK: &str = r#"version = 4

[[package]]
name = "api"
version = "0.1.0"
"#;

/// What a command printed and how it ended.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Program {
    /// Copies the project's files, puts a small service beside them, and starts a local cloud on a free port.
    pub fn new() -> Program {
        Program::with(&[])
    }

    /// As [`new`](Program::new), with arguments for the local cloud.
    pub fn with(serve: &[&str]) -> Program {
        Program::of(programs(), serve)
    }

    /// As [`with`](Program::with), with the local cloud's programs from a folder.
    pub fn of(programs: &Path, serve: &[&str]) -> Program {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for file in ["Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.dev.yaml"] {
            std::fs::copy(root.join(file), folder.path().join(file)).unwrap();
        }
        let mut program = Program { folder, url: String::new(), programs: programs.to_owned() };
        std::fs::create_dir(program.folder.path().join("src")).unwrap();
        for (file, text) in [("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), ("src/main.rs", SERVICE)] {
            program.write(file, text);
        }
        program.start(serve);
        program
    }

    pub fn start(&mut self, serve: &[&str]) {
        let said = self.run(&[&["local", "start", "--port", "0"], serve].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let note: Value = serde_json::from_str(&self.read(".stack/local/server.json")).unwrap();
        self.url = format!("http://{}", note["address"].as_str().unwrap());
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stack"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        command.env("STACK_LOCAL", &self.programs);
        for name in [
            "PULUMI_STACK",
            "PULUMI_CONFIG_PASSPHRASE",
            "PULUMI_BACKEND_URL",
            "CLICOLOR_FORCE",
            "GOOGLE_OAUTH_ACCESS_TOKEN",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().unwrap())
    }

    /// Runs and expects success.
    pub fn ok(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}\n{}\n{}", said.out, said.err);
        said.out
    }

    pub fn plan(&self) -> Value {
        serde_json::from_str(&self.ok(&["plan", "--json"])).unwrap()
    }

    /// The steps that do something, as `update bucket/labels.x`, one a change; without changes as `create topic`.
    pub fn todo(&self) -> Vec<String> {
        let plan = self.plan();
        let mut found = Vec::new();
        for step in plan["steps"].as_array().unwrap().iter().filter(|it| it["op"] != "same") {
            let (op, name) = (step["op"].as_str().unwrap(), step["name"].as_str().unwrap());
            let changes = step["changes"].as_array().unwrap();
            if op == "create" || changes.is_empty() {
                found.push(format!("{op} {name}"));
            } else {
                found
                    .extend(changes.iter().map(|it| format!("{op} {name} {}", it["path"].as_str().unwrap())));
            }
        }
        found
    }

    /// Sends a call behind the program's back.
    pub fn call(&self, method: Method, service: &str, path: &str, body: Option<Value>) -> Value {
        let client = Client::new(Endpoint::Local(self.url.clone())).unwrap();
        let mut call = Call::new(method, service, path);
        call.body = body;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(client.send(&call)).unwrap();
        assert!(answer.is_success(), "{call}: {} {}", answer.status, answer.body);
        answer.body
    }

    /// What a page that must be there says.
    pub fn get(&self, url: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let answer = reqwest::get(url).await.unwrap();
            assert_eq!(answer.status(), 200, "{url}");
            answer.text().await.unwrap()
        })
    }

    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(file)).unwrap()
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).unwrap();
    }

    /// Kills the local cloud as a power cut would.
    pub fn kill_cloud(&self) {
        let note: Value = serde_json::from_str(&self.read(".stack/local/server.json")).unwrap();
        let killed = Command::new("kill").args(["-9", &note["pid"].to_string()]).status().unwrap();
        assert!(killed.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.command(&["local", "stop"]).output();
    }
}

pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
