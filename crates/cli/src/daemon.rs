//! The local Google Cloud in the background: started at need, found again, stopped.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use engine::{Call, Cloud, Method};
use gcp::{Client, Endpoint};
use launcher::{Given, Kind, Note};
use serde_json::Value;

use crate::building;
use crate::out::Out;
use crate::problem::Problem;
use crate::system;

/// What a local cloud says of its SQL engine once it has one.
const READY: &str = "ready";

/// How long it may take a local cloud to be replaced: requests that are under way are answered first.
const REPLACEMENT: Duration = Duration::from_secs(60);

/// A local cloud that belongs to a project's folder.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// `.stack/local` beside Pulumi.yaml.
    folder: PathBuf,
}

/// A local cloud that answers.
#[derive(Clone, Copy, Debug)]
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

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// The one that runs, if it answers.
    pub async fn running(&self) -> Option<Running> {
        let Note { pid, address } = Note::read(&self.folder)?;
        let running = Running { pid, address };
        (system::is_alive(pid) && answers(&running.url()).await).then_some(running)
    }

    /// The one that runs, started first if there is none. Tells whether it had to be started.
    pub async fn ensure(&self, out: &Out) -> Result<(Running, bool), Problem> {
        if let Some(running) = self.running().await {
            return Ok((running, false));
        }
        Ok((self.start(&Given::default(), Kind::Any, out).await?, true))
    }

    /// Has a local cloud run that answers queries: one that runs without SQL is replaced, and nothing in it is lost.
    pub async fn ensure_sql(&self, out: &Out) -> Result<(), Problem> {
        let Some(running) = self.running().await else {
            self.start(&Given::default(), Kind::Sql, out).await?;
            return Ok(());
        };
        let state = self.ask(&running, Method::Get, "_local/state").await?;
        // A local cloud of an earlier version does not say.
        if state["sql"].as_str().is_none_or(|it| it == READY) {
            return Ok(());
        }
        // It builds the same, which then is there already.
        building::program(Kind::Sql, out)?;
        self.ask(&running, Method::Post, "_local/sql").await?;
        let begun = Instant::now();
        loop {
            let state = self.ask(&running, Method::Get, "_local/state").await;
            let sql = state.map(|it| it["sql"].as_str().unwrap_or_default().to_owned());
            match sql {
                Ok(sql) if sql == READY => return Ok(()),
                // It is being replaced, or is about to be.
                Ok(_) | Err(_) if begun.elapsed() < REPLACEMENT => {}
                Ok(sql) => {
                    return Err(Problem::new(format!("the local cloud runs without SQL: {sql}"))
                        .hint("start it again: stack local stop; stack local start"));
                }
                Err(problem) => return Err(problem),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// How the program is called, whether here or in the background.
    pub fn command(&self, given: &Given, kind: Kind, out: &Out) -> Result<Command, Problem> {
        let mut command = Command::new(building::program(kind, out)?);
        command.arg("--home").arg(&self.folder).args(given.arguments());
        Ok(command)
    }

    /// Starts one in the background.
    pub async fn start(&self, given: &Given, kind: Kind, out: &Out) -> Result<Running, Problem> {
        let mut command = self.command(given, kind, out)?;
        fs::create_dir_all(&self.folder).map_err(|it| cannot_write(&self.folder, &it))?;
        let log = File::create(self.log()).map_err(|it| cannot_write(&self.log(), &it))?;
        let errors = log.try_clone().map_err(|it| cannot_write(&self.log(), &it))?;
        // A group of its own, so that Ctrl-C ends the command and not the cloud.
        system::in_background(&mut command);
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let mut child = command.spawn().map_err(|it| Problem::of(&it, None))?;
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
        system::end(running.pid).map_err(|it| Problem::of(&it, None))?;
        let begun = Instant::now();
        while system::is_alive(running.pid) {
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
