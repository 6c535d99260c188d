//! At the first query: builds the program with SQL while this one goes on serving, then executes it in this one's place. The
//! process, the socket and the data stay the same; who connects meanwhile waits.

use std::convert::Infallible;
use std::ffi::OsString;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use launcher::{Building, Kind, LauncherError};
use tokio::sync::oneshot;

use crate::{Problem, Stop, say};

/// A program that takes this one's place, and the socket it serves on.
#[derive(Debug)]
pub struct Replacement {
    program: PathBuf,
    listener: TcpListener,
}

impl Replacement {
    /// Executes it; only a failure returns.
    pub fn begin(self) -> Result<Infallible, Problem> {
        let on_stdin = OsString::from("--listener-on-stdin");
        let given: Vec<OsString> = std::env::args_os().skip(1).filter(|it| *it != on_stdin).collect();
        let mut command = Command::new(&self.program);
        command.args(given).arg(on_stdin).stdin(OwnedFd::from(self.listener));
        let error = command.exec();
        let message = format!("{} cannot be executed: {error}", self.program.display());
        Err(Problem { message, hint: Some("start the local cloud again: stack local start".to_owned()) })
    }
}

/// Serves until it is told to stop, or the program with SQL is there that a query needs.
pub async fn serve(server: local::Running, stop: &Stop) -> Result<Option<Replacement>, Problem> {
    let program = loop {
        tokio::select! {
            () = stop.asked() => {
                server.stop().await;
                return Ok(None);
            }
            () = server.sql_wanted() => {}
        }
        say("A query needs the local BigQuery's SQL engine.");
        let built = tokio::select! {
            () = stop.asked() => {
                server.stop().await;
                return Ok(None);
            }
            built = build() => built,
        };
        match built {
            Ok(program) => break program,
            Err(error) => {
                say(&format!("The SQL engine could not be built: {error}"));
                server.sql_failed(&with_hint(&error));
            }
        }
    };
    say("The program with SQL takes this one's place.");
    let listener = server.hand_over().await?;
    Ok((!stop.is_asked()).then_some(Replacement { program, listener }))
}

/// Builds on a thread of its own, which nobody waits for when the program ends.
async fn build() -> Result<PathBuf, LauncherError> {
    let (done, built) = oneshot::channel();
    std::thread::spawn(move || {
        // If nobody waits for it any more, the program ends.
        let _ = done.send(launcher::program(Kind::Sql, &tell));
    });
    built.await.unwrap_or_else(|_| {
        Err(LauncherError::Failed { command: "cargo build".to_owned(), said: "its thread failed".to_owned() })
    })
}

fn tell(building: Building<'_>) {
    match building {
        Building::Waits => say("Waiting for another build to end."),
        Building::Begins { .. } => {
            say("Building the SQL engine; this happens once (about 3 minutes on 2 cores).");
        }
        Building::Compiled(_) => {}
        Building::Done(took) => say(&format!("Built it in {:.1}s.", took.as_secs_f64())),
    }
}

fn with_hint(error: &LauncherError) -> String {
    match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}
