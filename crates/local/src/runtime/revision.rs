//! A revision of a service: at most one process, begun when it is needed and ended when it is not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::blocking;
use super::command::{self, Command};
use super::environment;
use super::failure::Failure;
use super::image::{self, Image};
use super::logs::Log;
use super::network::Address;
use super::probe::Probe;
use super::process::{self, GRACE, Process};
use crate::cloud::Cloud;
use crate::request::{last, parent};

/// The variables that Cloud Run sets itself.
pub const RESERVED: &[&str] = &["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"];

/// Where containers are told to listen, so that other machines do not reach one that shares this machine's network.
const LOOPBACK: &str = "127.0.0.1";

/// What must be up is begun again after a crash: first after this, and then ever later.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long after its last connection broke a process may take to be gone.
const ENDING: Duration = Duration::from_millis(500);

/// How long a request waits for one of the places that a container has.
const PATIENCE: Duration = Duration::from_secs(10);

/// A revision that runs or may run.
pub struct Revision {
    /// `projects/p/locations/l/services/s/revisions/r`.
    pub name: String,
    document: Value,
    instance: tokio::sync::Mutex<Option<Instance>>,
    flights: AtomicUsize,
    /// When it last served; the idle are ended.
    touched: Mutex<Instant>,
    slots: Arc<Semaphore>,
    crashes: Mutex<Crashes>,
}

struct Instance {
    address: Address,
    process: Process,
    since: Instant,
}

/// How often it ended though nobody asked for it, and when it is begun again.
#[derive(Default)]
struct Crashes {
    count: u32,
    again: Option<Instant>,
}

/// A request that a revision serves: counted until it is dropped.
pub struct Flight {
    revision: Arc<Revision>,
    _slot: OwnedSemaphorePermit,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.revision.touch();
        self.revision.flights.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The container that serves: the one with a port, or the first.
pub fn container(template: &Value) -> &Value {
    let all = template["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let serves = |it: &&Value| it["ports"].as_array().is_some_and(|it| !it.is_empty());
    all.iter().find(serves).or(all.first()).unwrap_or(&Value::Null)
}

impl Revision {
    pub fn new(name: &str, document: Value) -> Revision {
        let slots = document["maxInstanceRequestConcurrency"].as_u64().filter(|it| *it > 0).unwrap_or(80);
        Revision {
            name: name.to_owned(),
            instance: tokio::sync::Mutex::new(None),
            flights: AtomicUsize::new(0),
            touched: Mutex::new(Instant::now()),
            slots: Arc::new(Semaphore::new(usize::try_from(slots).unwrap_or(80))),
            crashes: Mutex::default(),
            document,
        }
    }

    /// How long one request may take.
    pub fn timeout(&self) -> Duration {
        let given = self.document["timeout"].as_str().and_then(crate::moment::duration_seconds);
        Duration::try_from_secs_f64(given.unwrap_or(300.0)).unwrap_or(Duration::from_secs(300))
    }

    /// Whether the container speaks HTTP/2 without TLS.
    pub fn speaks_h2(&self) -> bool {
        container(&self.document)["ports"][0]["name"] == "h2c"
    }

    fn touch(&self) {
        *self.touched.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether no request is being served, and none was for so long.
    pub fn idle(&self, long: Duration) -> bool {
        let touched = *self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        self.flights.load(Ordering::SeqCst) == 0 && touched.elapsed() >= long
    }

    /// Takes a place among the requests that are served at once, waiting for one if need be.
    pub async fn take_off(self: &Arc<Self>) -> Option<Flight> {
        let slot = Arc::clone(&self.slots).acquire_owned();
        let slot = tokio::time::timeout(PATIENCE, slot).await.ok()?.ok()?;
        self.flights.fetch_add(1, Ordering::SeqCst);
        self.touch();
        Some(Flight { revision: Arc::clone(self), _slot: slot })
    }

    /// Where it answers; begins it if it does not run.
    pub async fn ensure(&self, cloud: &Arc<Cloud>) -> Result<Address, Failure> {
        let mut instance = self.instance.lock().await;
        if let Some(running) = instance.as_ref().filter(|it| it.process.alive()) {
            if running.address.is_reachable() {
                return Ok(running.address.clone());
            }
            // The process that makes sockets in its network was killed: it cannot be called any more.
            running.process.stop(GRACE).await;
        }
        if instance.take().is_some_and(|it| it.since.elapsed() > LONGEST_PAUSE) {
            self.crashes.lock().unwrap_or_else(PoisonError::into_inner).count = 0;
        }
        let begun = self.begin(cloud).await?;
        self.touch();
        let address = begun.address.clone();
        *instance = Some(begun);
        Ok(address)
    }

    async fn begin(&self, cloud: &Arc<Cloud>) -> Result<Instance, Failure> {
        let (held, document) = (Arc::clone(cloud), self.document.clone());
        let (image, variables) = blocking(move || prepare(&held, &document)).await?;
        let container = container(&self.document);
        let declared = container["ports"][0]["containerPort"].as_u64();
        let failed = |said: &str| Failure::unhealthy(declared.unwrap_or(8080), said);
        let port = cloud.network.port(declared).await;
        let port = port.map_err(|it| Failure::internal(format!("No port is free: {it}.")))?;
        let command = command::of(&image, container, self.variables(port, variables))
            .ok_or_else(|| Failure::bad_image("The image has neither an entrypoint nor a command."))?;
        let log = Log::open(cloud, last(parent(&self.name)), last(&self.name))
            .map_err(|it| Failure::internal(format!("The log cannot be written: {it}.")))?;
        let shown = describe(&command);
        log.line("run", &format!("begins {shown} at port {port}"));
        let process = match process::spawn(cloud, &command, &log, true).await {
            Ok(process) => process,
            Err(error) => return Err(failed(&format!("{shown}: {error}."))),
        };
        let address = process.address(port);
        let mut up = Probe::of(container).wait(&address, &process).await;
        if up.is_ok()
            && let Some(said) = process.refusal(cloud).await
        {
            up = Err(said);
        }
        if let Err(said) = up {
            log.line("run", &format!("is not up: {said}"));
            process.stop(GRACE).await;
            return Err(failed(&said));
        }
        log.line("run", "is up");
        watch(cloud, process.clone(), log);
        Ok(Instance { address, process, since: Instant::now() })
    }

    /// What Cloud Run says, and then what is declared, which may lead a client elsewhere.
    fn variables(&self, port: u16, declared: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let service = last(parent(&self.name)).to_owned();
        let mut all: BTreeMap<String, String> = [
            ("PORT", port.to_string()),
            // Servers and frameworks that take an address from their environment.
            ("HOST", LOOPBACK.to_owned()),
            ("FLASK_RUN_HOST", LOOPBACK.to_owned()),
            ("UVICORN_HOST", LOOPBACK.to_owned()),
            ("GUNICORN_CMD_ARGS", format!("--bind={LOOPBACK}:{port}")),
            ("K_REVISION", last(&self.name).to_owned()),
            ("K_CONFIGURATION", service.clone()),
            ("K_SERVICE", service),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        all.extend(declared);
        all
    }

    /// Whether its process ended though nobody asked for it.
    fn crashed(&self) -> bool {
        let Ok(instance) = self.instance.try_lock() else { return false };
        instance.as_ref().is_some_and(|it| !it.process.alive())
    }

    /// Begins it if it does not run, and not too soon after it crashed.
    pub async fn keep_up(&self, cloud: &Arc<Cloud>) -> Result<(), Failure> {
        {
            let crashed = self.crashed();
            let mut crashes = self.crashes.lock().unwrap_or_else(PoisonError::into_inner);
            if crashes.again.is_some_and(|it| it > Instant::now()) {
                return Ok(());
            }
            if crashed {
                let pause = FIRST_PAUSE.saturating_mul(1 << crashes.count.min(8)).min(LONGEST_PAUSE);
                crashes.count += 1;
                crashes.again = Some(Instant::now() + pause);
            }
        }
        let up = self.ensure(cloud).await;
        if up.is_err() {
            let mut crashes = self.crashes.lock().unwrap_or_else(PoisonError::into_inner);
            crashes.again = Some(Instant::now() + LONGEST_PAUSE);
        }
        up.map(|_| ())
    }

    /// Ends its process, if it has one.
    pub async fn stop(&self, grace: Duration) {
        let ended = self.instance.lock().await.take();
        if let Some(instance) = ended {
            instance.process.stop(grace).await;
        }
    }

    /// Called when a connection broke: if that was because the process is ending, waits until it has, so that
    /// whoever calls next does not meet a port that still takes connections and serves none.
    pub async fn notice_its_end(&self) {
        let process = self.instance.lock().await.as_ref().map(|it| it.process.clone());
        if let Some(process) = process {
            // One that goes on has only broken this one connection.
            let _ = tokio::time::timeout(ENDING, process.wait()).await;
        }
    }

    /// Whether it has a process, or is about to.
    pub fn running(&self) -> bool {
        self.instance.try_lock().map_or(true, |it| it.is_some())
    }
}

/// Says so when a process ends, and lets who keeps it up know.
fn watch(cloud: &Arc<Cloud>, process: Process, log: Log) {
    let cloud = Arc::downgrade(cloud);
    tokio::spawn(async move {
        log.line("run", &format!("has ended. {}", process.wait().await.said));
        if let Some(cloud) = cloud.upgrade() {
            cloud.bell.notify_one();
        }
    });
}

fn describe(command: &Command) -> String {
    let program = command.programs.first().map_or_else(|| "a command".into(), |it| it.to_string_lossy());
    format!("{program} {}", command.arguments.join(" ")).trim_end().to_owned()
}

/// The image of a revision, and the variables that depend on the account it runs as.
fn prepare(cloud: &Cloud, document: &Value) -> Result<(Image, BTreeMap<String, String>), Failure> {
    let name = document["name"].as_str().unwrap_or_default();
    let project = name.split('/').nth(1).and_then(|it| cloud.known(it));
    let project = project.ok_or_else(|| Failure::internal(format!("{name} is of no project.")))?;
    let container = container(document);
    // A tag may move on; a revision stays what it was when it was made.
    let known = cloud.store.read()?.get("run/revisions", name)?;
    let digest = known.as_ref().and_then(|it| it["_digest"].as_str());
    let image = container["image"].as_str().unwrap_or_default();
    let image = image::prepare(cloud, image, &project, digest)?;
    if digest.is_none() {
        let mut tx = cloud.store.write()?;
        if let Some(mut document) = tx.get("run/revisions", name)? {
            document["_digest"] = json!(image.digest);
            tx.put("run/revisions", name, &document)?;
            tx.commit()?;
        }
    }
    let account = document["serviceAccount"].as_str().unwrap_or_default();
    let variables = environment::of(&cloud.store.read()?, cloud, &project, account, container)?;
    Ok((image, variables))
}
