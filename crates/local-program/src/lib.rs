//! The program of the local Google Cloud: takes flags, serves until it is told to stop, and makes way for the program with
//! SQL once a query needs that.

mod replacement;

use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use launcher::{Flags, Note};
use tokio::sync::Notify;

use replacement::Replacement;

/// How long an operation takes here; Google's take seconds to minutes.
const OPERATION: Duration = Duration::from_millis(300);

/// A local Google Cloud. `stack local start` calls this.
#[derive(Debug, Parser)]
#[command(name = "stack-local", version)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
    /// The folder of its notes, and of its data unless `--data` names another.
    #[arg(long, value_name = "DIR", default_value = ".stack/local")]
    home: PathBuf,
    /// Serve on the socket that is standard input, in place of `--port`.
    #[arg(long, hide = true)]
    listener_on_stdin: bool,
}

/// Why the program ends, as it is told to a person.
#[derive(Debug)]
struct Problem {
    message: String,
    hint: Option<String>,
}

impl Problem {
    fn of(error: &dyn Error) -> Problem {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(it) = cause {
            message.push_str(&format!("\n  because {it}"));
            cause = it.source();
        }
        Problem { message, hint: None }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Problem {
        Problem::of(&error)
    }
}

/// Runs the program.
pub fn main(sql: local::Sql) -> ExitCode {
    // The local cloud calls this program to begin containers: before anything else, and not for people.
    if let Some(code) = local::contain() {
        return code;
    }
    let arguments = Arguments::parse();
    match run(&arguments, sql) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let hint = problem.hint.map(|it| format!("hint: {it}\n")).unwrap_or_default();
            // There is nobody left to tell that this cannot be written.
            let _ = write!(io::stderr(), "error: {}\n{hint}", problem.message);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments, sql: local::Sql) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let next = runtime.block_on(serve(arguments, sql))?;
    // A build that nobody waits for any more is no reason to stay.
    runtime.shutdown_background();
    match next {
        None => Ok(()),
        Some(replacement) => match replacement.begin()? {},
    }
}

/// Serves until it is told to stop, or has to make way for the program that is returned.
async fn serve(arguments: &Arguments, sql: local::Sql) -> Result<Option<Replacement>, Problem> {
    let flags = &arguments.flags;
    let data = flags.data.clone().unwrap_or_else(|| arguments.home.join("data"));
    let settings = local::Settings {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, flags.port)),
        hosts: flags.hosts.clone(),
        open_containers: flags.open_containers,
        contain: Some(std::env::current_exe()?),
        containers_reach: flags.containers_reach.clone(),
        issuers: flags.issuers.clone(),
        data: Some(data.clone()),
        latency: flags.latency,
        fail: flags.fail,
        throttle: flags.throttle,
        seed: flags.seed,
        projects: (!flags.projects.is_empty()).then(|| flags.projects.iter().cloned().collect()),
        operation: OPERATION,
        sql,
        ..local::Settings::default()
    };
    let started = if arguments.listener_on_stdin {
        let socket = io::stdin().as_fd().try_clone_to_owned()?;
        local::start_on(settings, TcpListener::from(socket)).await
    } else {
        local::start(settings).await
    };
    let server = started.map_err(|it| start_problem(&it, flags.port))?;
    let pid = i32::try_from(std::process::id()).map_err(|it| Problem::of(&it))?;
    Note { pid, address: server.address }.write(&arguments.home).map_err(|it| Problem {
        message: format!("{} cannot be written: {it}", arguments.home.display()),
        hint: None,
    })?;
    say(&format!(
        "The local cloud serves at http://{}, and keeps its data in {}.\ncontainers: {}",
        server.address,
        data.display(),
        server.containers
    ));
    let stop = Arc::new(Stop::default());
    tokio::spawn(Arc::clone(&stop).watch());
    replacement::serve(server, &stop).await
}

/// Whether this process was asked to end.
#[derive(Debug, Default)]
struct Stop {
    asked: AtomicBool,
    bell: Notify,
}

impl Stop {
    /// Waits for the person or the system to ask.
    async fn watch(self: Arc<Stop>) -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            done = tokio::signal::ctrl_c() => done?,
            _ = terminate.recv() => {}
        }
        self.asked.store(true, Ordering::Release);
        self.bell.notify_one();
        Ok(())
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    async fn asked(&self) {
        self.bell.notified().await;
    }
}

/// A line for whoever started this, which is a log where it runs in the background.
fn say(text: &str) {
    let mut out = io::stdout().lock();
    // A reader that went away has had enough.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

fn start_problem(error: &local::StartError, port: u16) -> Problem {
    let mut problem = Problem::of(error);
    if let local::StartError::PortInUse { .. } = error {
        problem.hint = Some(format!(
            "stop what uses it, or take another: stack local start --port {}",
            port.wrapping_add(1)
        ));
    }
    problem
}
