//! The local Google Cloud in the background: started at need, found again, stopped.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use engine::{Call, Cloud, Method};
use gcp::{Client, Endpoint};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::Serve;
use crate::problem::Problem;

/// A local cloud that belongs to a project's folder.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// `.stack/local` beside Pulumi.yaml.
    folder: PathBuf,
}

/// Who serves it, in `server.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Running {
    pub pid: i32,
    pub address: SocketAddr,
}

impl Running {
    /// Where clients send their calls.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Daemon {
    pub fn of(project: &Path) -> Daemon {
        Daemon { folder: project.join(".stack").join("local") }
    }

    /// The folder it keeps everything in.
    pub fn data(&self) -> &Path {
        &self.folder
    }

    fn note(&self) -> PathBuf {
        self.folder.join("server.json")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Writes down who serves it.
    pub fn take_note(&self, running: &Running) -> Result<(), Problem> {
        let text = serde_json::to_string(running).map_err(|it| Problem::of(&it, None))?;
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(self.note(), text))
            .map_err(|it| cannot_write(&self.folder, &it))
    }

    /// The one that runs, if it answers.
    pub async fn running(&self) -> Option<Running> {
        let text = fs::read_to_string(self.note()).ok()?;
        let running: Running = serde_json::from_str(&text).ok()?;
        let alive = Pid::from_raw(running.pid).is_some_and(|it| test_kill_process(it).is_ok());
        (alive && answers(&running.url()).await).then_some(running)
    }

    /// The one that runs, started first if there is none. Tells whether it had to be started.
    pub async fn ensure(&self) -> Result<(Running, bool), Problem> {
        if let Some(running) = self.running().await {
            return Ok((running, false));
        }
        let serve = Serve {
            port: DEFAULT_PORT,
            hosts: Vec::new(),
            open_containers: false,
            containers_reach: Vec::new(),
            issuers: Vec::new(),
            data: None,
            latency: Duration::ZERO,
            fail: 0.0,
            throttle: None,
            seed: 1,
            projects: Vec::new(),
        };
        Ok((self.start(&serve).await?, true))
    }

    /// Starts one in the background.
    pub async fn start(&self, serve: &Serve) -> Result<Running, Problem> {
        use std::os::unix::process::CommandExt;
        fs::create_dir_all(&self.folder).map_err(|it| cannot_write(&self.folder, &it))?;
        let log = File::create(self.log()).map_err(|it| cannot_write(&self.log(), &it))?;
        let errors = log.try_clone().map_err(|it| cannot_write(&self.log(), &it))?;
        let exe = std::env::current_exe().map_err(|it| Problem::of(&it, None))?;
        let mut command = Command::new(exe);
        command.args([
            "local",
            "serve",
            "--port",
            &serve.port.to_string(),
            "--seed",
            &serve.seed.to_string(),
        ]);
        command.args(["--latency", &format!("{}ms", serve.latency.as_millis())]);
        command.args(["--fail", &format!("{}%", serve.fail * 100.0)]);
        if serve.open_containers {
            command.arg("--open-containers");
        }
        for address in &serve.containers_reach {
            command.args(["--containers-reach", &address.to_string()]);
        }
        for (issuer, url) in &serve.issuers {
            command.args(["--issuer", &format!("{issuer}={url}")]);
        }
        for host in &serve.hosts {
            command.args(["--host", host]);
        }
        if let Some(data) = &serve.data {
            command.arg("--data").arg(data);
        }
        if let Some(rate) = serve.throttle {
            command.args(["--throttle", &format!("{rate}/s")]);
        }
        for (id, number) in &serve.projects {
            command.args(["--project", &format!("{id}={number}")]);
        }
        // A group of its own, so that Ctrl-C ends the command and not the cloud.
        let mut child = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|it| Problem::of(&it, None))?;
        let begun = Instant::now();
        loop {
            if let Some(running) = self.running().await
                && u32::try_from(running.pid) == Ok(child.id())
            {
                return Ok(running);
            }
            let ended = child.try_wait().map_err(|it| Problem::of(&it, None))?;
            if ended.is_some() || begun.elapsed() > Duration::from_secs(20) {
                let said = fs::read_to_string(self.log()).unwrap_or_default();
                let said = said.trim().trim_start_matches("error: ");
                let (message, hint) = said.split_once("\nhint: ").unwrap_or((said, ""));
                let message = if message.is_empty() { "it does not answer" } else { message };
                let problem = Problem::new(format!("the local cloud did not start: {message}"));
                return Err(if hint.is_empty() { problem } else { problem.hint(hint) });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the one that runs; tells whether there was one.
    pub async fn stop(&self) -> Result<bool, Problem> {
        let Some(running) = self.running().await else { return Ok(false) };
        let Some(pid) = Pid::from_raw(running.pid) else { return Ok(false) };
        kill_process(pid, Signal::TERM).map_err(|it| Problem::of(&it, None))?;
        let begun = Instant::now();
        while test_kill_process(pid).is_ok() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err(
                    Problem::new(format!("process {} does not end", running.pid)).hint("end it by hand")
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(true)
    }

    /// Asks the one that runs.
    pub async fn ask(&self, running: &Running, method: Method, path: &str) -> Result<Value, Problem> {
        let client = Client::new(Endpoint::Local(running.url()))?;
        let answer = client.send(&Call::new(method, "localhost", path)).await;
        let answer = answer.map_err(|it| Problem::of(&it, None))?;
        if answer.is_success() {
            return Ok(answer.body);
        }
        Err(Problem::new(format!("the local cloud answered {}: {}", answer.status, answer.body)))
    }
}

/// The port of a local cloud that nobody chose another for.
pub const DEFAULT_PORT: u16 = 8085;

async fn answers(url: &str) -> bool {
    let Ok(client) = Client::new(Endpoint::Local(url.to_owned())) else { return false };
    let health = Call::get("localhost", "healthz");
    // Latency may be injected, so it has a moment.
    let answer = tokio::time::timeout(Duration::from_secs(5), client.send(&health)).await;
    matches!(answer, Ok(Ok(_)))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(format!("{} cannot be written: {error}", path.display()))
}
