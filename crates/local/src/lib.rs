//! A local Google Cloud: what it manages and what it moves, in one process, on one port, durable in one folder.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

mod avro;
mod bounds;
mod cel;
mod clock;
mod cloud;
mod content;
mod door;
mod enums;
mod error;
mod filter;
mod folder;
#[doc(hidden)]
pub mod fuzzing;
mod grpc;
mod iam;
mod identity;
mod listen;
mod made_up;
mod moment;
mod operation;
mod payload;
mod present;
mod queue;
mod ranges;
mod registry;
mod request;
mod resource;
mod resumable;
mod roles;
mod route;
mod runtime;
mod serve;
mod server;
mod services;
mod sql;
mod store;
mod validate;

pub use runtime::network::contain;
use runtime::network::{Network, Rules};
pub use sql::Sql;

/// Settings of one local cloud.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen; port 0 takes any that is free.
    pub address: SocketAddr,
    /// Host names under which requests may come, beyond loopback, `*.localhost` and Google's.
    pub hosts: Vec<String>,
    /// The folder of the data; `None` keeps it in memory.
    pub data: Option<PathBuf>,
    /// Added to every answer.
    pub latency: Duration,
    /// The share of requests that fail, from 0 to 1.
    pub fail: f64,
    /// Requests a second; above it the answer is 429.
    pub throttle: Option<f64>,
    /// Decides which requests fail, and how.
    pub seed: u64,
    /// The projects that exist, with their numbers; `None`: any that a request names.
    pub projects: Option<BTreeMap<String, u64>>,
    /// How long a long-running operation takes.
    pub operation: Duration,
    /// After how long without a request a Cloud Run service is ended, until the next one.
    pub idle: Duration,
    /// Containers run in this machine's network and may listen where other machines reach them. Otherwise each has a
    /// network of its own or, without [`Settings::contain`] or on a machine that makes no network namespaces, one that
    /// listens beyond loopback is ended.
    pub open_containers: bool,
    /// A program that calls [`contain`] before anything else, such as the current one: it is executed in new network
    /// namespaces, as `PROGRAM local contain`.
    pub contain: Option<PathBuf>,
    /// Addresses of this machine or its network that containers with networks of their own reach, beside this cloud:
    /// under the same address, without a proxy.
    pub containers_reach: Vec<SocketAddr>,
    /// Issuers of identity providers whose discovery documents and keys are read below another address, each with that
    /// address: `("https://token.actions.githubusercontent.com", "http://127.0.0.1:9000")`.
    pub issuers: Vec<(String, String)>,
    /// Where queries of BigQuery find their engine.
    pub sql: Sql,
}

impl Default for Settings {
    /// Port 8085 of this machine, in memory, no faults, operations of 300 ms.
    fn default() -> Settings {
        Settings {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8085),
            hosts: Vec::new(),
            data: None,
            latency: Duration::ZERO,
            fail: 0.0,
            throttle: None,
            seed: 0,
            projects: None,
            operation: Duration::from_millis(300),
            idle: Duration::from_secs(15 * 60),
            open_containers: false,
            contain: None,
            containers_reach: Vec::new(),
            issuers: Vec::new(),
            sql: Sql::None,
        }
    }
}

/// Why a local cloud did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Something listens there already.
    #[error("{0} is in use")]
    PortInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Address { address: SocketAddr, source: std::io::Error },
    /// Another process works on the same data.
    #[error("another process holds the data in {}", .0.display())]
    DataInUse(PathBuf),
    /// The data cannot be opened.
    #[error("cannot open the data")]
    Data(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<store::StoreError> for StartError {
    fn from(error: store::StoreError) -> StartError {
        match error {
            store::StoreError::Locked(folder) => StartError::DataInUse(folder),
            other => StartError::Data(Box::new(other)),
        }
    }
}

/// A local cloud that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The network that containers run in, in words: `own network`, or `this machine's network, …` with the reason.
    pub containers: String,
    stop: watch::Sender<Stop>,
    task: Option<JoinHandle<TcpListener>>,
    sql: Arc<sql::Source>,
    /// What handlers and background work still hold; the data is closed with the last of them.
    cloud: Weak<cloud::Cloud>,
}

/// How a local cloud is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// It is not.
    No,
    /// Connections are closed as they stand.
    Now,
    /// Requests that are under way are answered first.
    Gently,
}

/// How many connections of containers may wait for the server.
const WAITING_CONNECTIONS: usize = 16;

/// How long background work may take to let go of the data.
const LETTING_GO: Duration = Duration::from_secs(5);

impl Running {
    /// Stops listening, closes the connections and the data.
    pub async fn stop(self) {
        self.end_queries();
        self.end(Stop::Now).await;
    }

    /// Answers the requests that are under way, closes the connections and the data, and gives the socket on which it
    /// listened: who connects from now on waits there for the next local cloud that is started on it.
    ///
    /// # Errors
    ///
    /// If the server had failed, or the socket cannot be given away.
    pub async fn hand_over(self) -> std::io::Result<std::net::TcpListener> {
        match self.end(Stop::Gently).await {
            Some(listener) => listener.into_std(),
            None => Err(std::io::Error::other("the server had failed")),
        }
    }

    /// Returns once a query asked for an engine that is not there ([`Sql::OnRequest`]).
    pub async fn sql_wanted(&self) {
        self.sql.wanted().await;
    }

    /// Takes note of why the engine that was asked for cannot be had. The next query is told so, and asks again.
    pub fn sql_failed(&self, why: &str) {
        self.sql.failed(why);
    }

    async fn end(mut self, how: Stop) -> Option<TcpListener> {
        // The receiver lives as long as the task, which may have ended: then there is nothing to stop.
        let _ = self.stop.send(how);
        // The last to let go of the data is this, so that it is closed when this returns.
        let last = self.cloud.upgrade();
        let mut listener = None;
        if let Some(task) = self.task.take() {
            listener = task.await.ok();
        }
        let begun = std::time::Instant::now();
        while self.cloud.strong_count() > 1 && begun.elapsed() < LETTING_GO {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        drop(last);
        listener
    }

    /// Nobody waits for what queries would yield.
    fn end_queries(&self) {
        if let Some(cloud) = self.cloud.upgrade() {
            cloud.queries.close();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end_queries();
        let _ = self.stop.send(Stop::Now);
    }
}

/// Starts a local cloud.
///
/// # Errors
///
/// If the address is taken, or the data cannot be opened or is held by another process: stop that
/// one, or choose another port or folder.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let listener = listen::bind(settings.address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortInUse(settings.address),
        _ => StartError::Address { address: settings.address, source },
    })?;
    start_with(settings, listener).await
}

/// Starts a local cloud on a socket that listens already, as [`Running::hand_over`] gives it; the settings' address is
/// not looked at.
///
/// # Errors
///
/// If the socket is of no use, or as [`start`].
pub async fn start_on(
    mut settings: Settings,
    listener: std::net::TcpListener,
) -> Result<Running, StartError> {
    let unusable = |address, source| StartError::Address { address, source };
    settings.address = listener.local_addr().map_err(|it| unusable(settings.address, it))?;
    listener.set_nonblocking(true).map_err(|it| unusable(settings.address, it))?;
    let listener = TcpListener::from_std(listener).map_err(|it| unusable(settings.address, it))?;
    start_with(settings, listener).await
}

async fn start_with(settings: Settings, listener: TcpListener) -> Result<Running, StartError> {
    let address =
        listener.local_addr().map_err(|source| StartError::Address { address: settings.address, source })?;
    let edge = server::Edge {
        door: door::Door::new(&settings.hosts),
        faults: server::Faults::new(&settings),
        bodies: bounds::Budget::new(),
    };
    let store = store::Store::open(settings.data.as_deref())?;
    let mut cloud = cloud::Cloud::new(store, settings.operation, address, settings.projects)?;
    let (to_server, from_containers) = tokio::sync::mpsc::channel(WAITING_CONNECTIONS);
    let rules = Rules { cloud: cloud.reachable(), reach: settings.containers_reach };
    cloud.network =
        Network::find(settings.open_containers, settings.contain.as_deref(), rules, to_server).await;
    cloud.issuers = settings.issuers;
    let containers = cloud.network.to_string();
    let sql = Arc::new(sql::Source::new(settings.sql));
    cloud.sql = Arc::clone(&sql);
    let cloud = Arc::new(cloud);
    // It was empty until now, so nobody else has set it.
    let _ = cloud.rows.set(Box::new(services::bigquery::Streamed));
    let _ = cloud.me.set(Arc::downgrade(&cloud));
    registry::sweep(&cloud)?;
    // Descriptions are parsed at first use; doing it now, aside, spares the first request the wait.
    std::thread::spawn(route::warm);
    let (stop, stopped) = watch::channel(Stop::No);
    let held = Arc::downgrade(&cloud);
    let task = tokio::spawn(listen::run(listener, from_containers, cloud, edge, settings.idle, stopped));
    Ok(Running { address, containers, stop, task: Some(task), sql, cloud: held })
}
