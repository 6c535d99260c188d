//! A child process of this cloud: begun, listened to, and ended with all that it began.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use tokio::sync::watch;

use super::command::Command;
use super::listening;
use super::logs::Log;
use super::network::{Address, Namespace, Network, Sockets};
use crate::cloud::Cloud;

/// How long a process may take to end when it is told to.
pub const GRACE: Duration = Duration::from_secs(10);

/// Notes of processes that run, for a cloud that was killed and starts again.
const NOTES: &str = "run/processes";

/// How a process ended.
#[derive(Clone, Debug)]
pub struct Ended {
    pub well: bool,
    pub said: String,
}

/// A process that was begun.
#[derive(Clone, Debug)]
pub struct Process {
    pid: Pid,
    ended: watch::Receiver<Option<Ended>>,
    /// By which it is called, if it serves in a network of its own.
    sockets: Option<Arc<Sockets>>,
}

/// Begins a process in the network that containers have; what it says goes to the log. `serves`: whether it is going to
/// be called.
pub async fn spawn(cloud: &Cloud, command: &Command, log: &Log, serves: bool) -> io::Result<Process> {
    match &cloud.network {
        Network::Own(namespaces) => {
            let (child, namespace) = namespaces.spawn(command, serves).await?;
            watch_over(cloud, child, log, Some(namespace))
        }
        Network::Checked { .. } | Network::Open => watch_over(cloud, spawn_here(command).await?, log, None),
    }
}

/// Begins a process in this machine's network.
async fn spawn_here(command: &Command) -> io::Result<Child> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the command is not there");
    for program in &command.programs {
        for _ in 0..5 {
            let spawned = tokio::process::Command::new(program)
                .args(&command.arguments)
                .current_dir(&command.folder)
                .env_clear()
                .envs(&command.environment)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                // A group of its own, so that all that it begins ends with it, and Ctrl-C ends only this cloud.
                .process_group(0)
                .kill_on_drop(true)
                .spawn();
            match spawned {
                Ok(child) => return Ok(child),
                // It was unpacked just now, and another child still has the file open until it executes.
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                    failed = error;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                // A program of another system, or one without its loader: the machine may have it too.
                Err(error) => {
                    failed = error;
                    break;
                }
            }
        }
    }
    Err(failed)
}

fn watch_over(
    cloud: &Cloud,
    mut child: Child,
    log: &Log,
    namespace: Option<Namespace>,
) -> io::Result<Process> {
    let pid = child.id().and_then(|it| Pid::from_raw(i32::try_from(it).ok()?));
    let pid = pid.ok_or_else(|| io::Error::other("the process ended before it began"))?;
    let said = child.stdout.take().map(|it| tokio::spawn(log.clone().follow("stdout", it)));
    let complained = child.stderr.take().map(|it| tokio::spawn(log.clone().follow("stderr", it)));
    let note = note(cloud, pid);
    let (tell, ended) = watch::channel(None);
    let (checked, log) = (cloud.network.is_checked(), log.clone());
    let sockets = namespace.as_ref().and_then(|it| it.sockets.clone());
    tokio::spawn(async move {
        let mut refused = None;
        let status = tokio::select! {
            status = child.wait() => status,
            // Looking takes a while on a machine with many processes, and must not delay that an end is noticed.
            address = comes_to_listen_openly(pid), if checked => {
                let said = listens_openly(address);
                log.line("run", &said);
                refused = Some(said);
                let _ = kill_process_group(pid, Signal::KILL);
                child.wait().await
            }
        };
        // What the process began and left behind.
        let _ = kill_process_group(pid, Signal::KILL);
        drop(namespace);
        if let Some(note) = note {
            let _ = std::fs::remove_file(note);
        }
        // What it said last is in the log before anyone hears that it ended.
        for stream in [said, complained].into_iter().flatten() {
            let _ = tokio::time::timeout(Duration::from_secs(1), stream).await;
        }
        // Nobody may wait for it: that is not an error.
        let _ = tell.send(Some(match (refused, status) {
            (Some(said), _) => Ended { well: false, said },
            (None, Ok(status)) => {
                Ended { well: status.success(), said: format!("Container called exit({}).", code(status)) }
            }
            (None, Err(error)) => Ended { well: false, said: format!("The process was lost: {error}.") },
        }));
    });
    Ok(Process { pid, ended, sockets })
}

/// How often a container is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// An address that a process, or what it began, listens on for other machines.
async fn open_address(pid: Pid) -> Option<SocketAddr> {
    let group = pid.as_raw_nonzero().get();
    tokio::task::spawn_blocking(move || listening::open_address(group)).await.ok().flatten()
}

/// Looks again and again, until a process listens for other machines.
async fn comes_to_listen_openly(pid: Pid) -> SocketAddr {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Some(address) = open_address(pid).await {
            return address;
        }
    }
}

/// Why a container is ended that listens for other machines.
fn listens_openly(address: SocketAddr) -> String {
    format!(
        "The container listens on {address}, where other machines reach it past the local cloud. Let it listen on \
         127.0.0.1, as the variable HOST says, or start the local cloud with --open-containers."
    )
}

/// The exit code; of a process that a signal ended, as shells count it.
fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

impl Process {
    /// Why it may not go on running: it listens for other machines.
    pub async fn refusal(&self, cloud: &Cloud) -> Option<String> {
        if !cloud.network.is_checked() {
            return None;
        }
        open_address(self.pid).await.map(listens_openly)
    }

    /// Where it is called, if it listens at this port.
    pub fn address(&self, port: u16) -> Address {
        match &self.sockets {
            Some(sockets) => Address::Namespace { port, sockets: Arc::clone(sockets) },
            None => Address::Machine { port },
        }
    }

    pub fn alive(&self) -> bool {
        self.ended.borrow().is_none()
    }

    /// How it ended, once it has.
    pub async fn wait(&self) -> Ended {
        let mut ended = self.ended.clone();
        let ended = ended.wait_for(Option::is_some).await.ok().and_then(|it| it.clone());
        ended.unwrap_or_else(|| Ended { well: false, said: "The local cloud stopped.".to_owned() })
    }

    /// Tells it to end, and ends it if it does not in time.
    pub async fn stop(&self, grace: Duration) {
        if !self.alive() {
            return;
        }
        // It may have ended just now.
        let _ = kill_process_group(self.pid, Signal::TERM);
        if tokio::time::timeout(grace, self.wait()).await.is_err() {
            let _ = kill_process_group(self.pid, Signal::KILL);
            self.wait().await;
        }
    }
}

/// When a process began, in the words of the system: with its id this tells it from any other. `None` where
/// the system does not say.
fn began(pid: Pid) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name, which may have spaces, ends with the last parenthesis; the time is the 20th word after it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}

fn note(cloud: &Cloud, pid: Pid) -> Option<PathBuf> {
    let began = began(pid)?;
    let path = cloud.folder.make(NOTES).ok()?.join(pid.as_raw_nonzero().to_string());
    std::fs::write(&path, began).ok()?;
    Some(path)
}

/// Ends processes that a killed cloud has left behind.
pub fn end_orphans(cloud: &Cloud) {
    let Ok(notes) = std::fs::read_dir(cloud.folder.path(NOTES)) else { return };
    for note in notes.flatten() {
        let pid = note.file_name().to_str().and_then(|it| it.parse().ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid
            && let Some(began) = began(pid)
            && std::fs::read_to_string(note.path()).is_ok_and(|it| it == began)
        {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = std::fs::remove_file(note.path());
    }
}
