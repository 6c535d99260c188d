//! `stack local`: the local Google Cloud, in the foreground or the background.

use std::net::{Ipv4Addr, SocketAddr};

use engine::Method;
use launcher::{Given, Kind};
use serde_json::Value;

use crate::args::{Global, Local};
use crate::daemon::Daemon;
use crate::out::Out;
use crate::problem::Problem;
use crate::system;

pub async fn run(command: &Local, global: &Global, out: &Out) -> Result<(), Problem> {
    let project =
        engine::project::Project::load(&std::env::current_dir().map_err(|it| Problem::of(&it, None))?)?;
    let daemon = Daemon::of(project.folder());
    match command {
        Local::Serve(given) => serve(&daemon, given, out),
        Local::Start(given) => {
            if let Some(running) = daemon.running().await {
                out.line(&format!("The local cloud runs already, at {}.", running.url()));
                return Ok(());
            }
            let running = daemon.start(given, Kind::Any, out).await?;
            out.line(&format!(
                "The local cloud runs at {}, and keeps its data in {}.",
                running.url(),
                daemon.data().display()
            ));
            let state = daemon.ask(&running, Method::Get, "_local/state").await?;
            containers(&state["containers"], out);
            Ok(())
        }
        Local::Stop => {
            let stopped = daemon.stop().await?;
            out.line(if stopped {
                "The local cloud is stopped."
            } else {
                "The local cloud was not running."
            });
            Ok(())
        }
        Local::Status => status(&daemon, out).await,
        Local::Reset { yes } => reset(&daemon, *yes, global, out).await,
        Local::Tick { by } => tick(&daemon, by, out).await,
        Local::Env => env(&daemon, out).await,
    }
}

/// Becomes the local cloud's program.
fn serve(daemon: &Daemon, given: &Given, out: &Out) -> Result<(), Problem> {
    let error = system::exec(daemon.command(given, Kind::Any, out)?);
    Err(Problem::new(format!("the local cloud's program cannot be executed: {error}")))
}

/// Says in which network containers run.
fn containers(network: &Value, out: &Out) {
    // A local cloud of an earlier version does not say.
    if let Some(network) = network.as_str() {
        out.line(&format!("containers: {network}"));
    }
}

async fn status(daemon: &Daemon, out: &Out) -> Result<(), Problem> {
    let Some(running) = daemon.running().await else {
        out.line("The local cloud is not running. `stack local start` starts it.");
        return Ok(());
    };
    out.line(&format!("The local cloud runs at {} (process {}).", running.url(), running.pid));
    let state = daemon.ask(&running, Method::Get, "_local/state").await?;
    containers(&state["containers"], out);
    if let Some(sql) = state["sql"].as_str() {
        out.line(&format!("SQL: {sql}"));
    }
    for (kind, count) in state["counts"].as_object().into_iter().flatten() {
        out.line(&format!("{:>7}  {kind}", count.to_string()));
    }
    Ok(())
}

async fn tick(daemon: &Daemon, by: &str, out: &Out) -> Result<(), Problem> {
    let Some(running) = daemon.running().await else {
        return Err(Problem::new("the local cloud is not running").hint("start it: stack local start"));
    };
    let valid = by.len() > 1
        && by.ends_with(['s', 'm', 'h'])
        && by[..by.len() - 1].bytes().all(|c| c.is_ascii_digit());
    if !valid {
        return Err(Problem::new(format!("{by:?} is not a span of time")).hint("write 15m, 90s or 2h"));
    }
    daemon.ask(&running, Method::Post, &format!("_local/tick?by={by}")).await?;
    out.line(&format!("The local cloud's time has moved on by {by}."));
    Ok(())
}

async fn reset(daemon: &Daemon, yes: bool, global: &Global, out: &Out) -> Result<(), Problem> {
    let running = daemon.running().await;
    if !yes && !out.confirm("Empty the local cloud, everything in it?")? {
        return Err(Problem::new("nothing was done"));
    }
    match running {
        Some(running) => {
            daemon.ask(&running, Method::Post, "_local/reset").await?;
        }
        None => match std::fs::remove_dir_all(daemon.data().join("data")) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Problem::of(&error, None)),
        },
    }
    out.line("The local cloud is empty.");
    out.note(&format!(
        "A ledger of stack {} that remembers what was there notices at the next plan.",
        global.stack
    ));
    Ok(())
}

/// The variables by which each tool is told where an API is.
async fn env(daemon: &Daemon, out: &Out) -> Result<(), Problem> {
    let address = match daemon.running().await {
        Some(running) => running.address,
        None => SocketAddr::from((Ipv4Addr::LOCALHOST, crate::daemon::DEFAULT_PORT)),
    };
    for (name, value) in variables(address) {
        out.line(&format!("export {name}={value}"));
    }
    Ok(())
}

/// An API's name, Terraform's and gcloud's name for it, and the version that Terraform puts into an endpoint.
const APIS: [(&str, &str, &str, &str); 14] = [
    ("pubsub", "PUBSUB", "PUBSUB", "v1/"),
    ("storage", "STORAGE", "STORAGE", "storage/v1/"),
    ("bigquery", "BIG_QUERY", "BIGQUERY", "bigquery/v2/"),
    ("bigquerydatatransfer", "BIGQUERY_DATA_TRANSFER", "BIGQUERYDATATRANSFER", "v1/"),
    ("run", "CLOUD_RUN_V2", "RUN", "v2/"),
    ("artifactregistry", "ARTIFACT_REGISTRY", "ARTIFACTREGISTRY", "v1/"),
    ("iam", "IAM", "IAM", "v1/"),
    ("cloudresourcemanager", "RESOURCE_MANAGER", "CLOUDRESOURCEMANAGER", "v1/"),
    ("serviceusage", "SERVICE_USAGE", "SERVICEUSAGE", "v1/"),
    ("dataflow", "DATAFLOW", "DATAFLOW", "v1b3/"),
    ("monitoring", "MONITORING", "MONITORING", ""),
    ("logging", "LOGGING", "LOGGING", "v2/"),
    ("secretmanager", "SECRET_MANAGER", "SECRETMANAGER", "v1/"),
    ("cloudscheduler", "CLOUD_SCHEDULER", "CLOUDSCHEDULER", "v1/"),
];

fn variables(address: SocketAddr) -> Vec<(String, String)> {
    let base = format!("http://{address}");
    let mut out = vec![
        ("GOOGLE_CLOUD_PROJECT".to_owned(), "local-project".to_owned()),
        ("CLOUDSDK_CORE_PROJECT".to_owned(), "local-project".to_owned()),
        ("PUBSUB_EMULATOR_HOST".to_owned(), address.to_string()),
        ("STORAGE_EMULATOR_HOST".to_owned(), base.clone()),
        ("BIGQUERY_EMULATOR_HOST".to_owned(), base.clone()),
        ("GOOGLE_OAUTH_ACCESS_TOKEN".to_owned(), "local".to_owned()),
        ("CLOUDSDK_AUTH_ACCESS_TOKEN".to_owned(), "local".to_owned()),
    ];
    for (api, terraform, gcloud, version) in APIS {
        out.push((format!("GOOGLE_{terraform}_CUSTOM_ENDPOINT"), format!("{base}/{api}/{version}")));
        out.push((format!("CLOUDSDK_API_ENDPOINT_OVERRIDES_{gcloud}"), format!("{base}/{api}/")));
    }
    out
}
