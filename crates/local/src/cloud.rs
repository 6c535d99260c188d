//! What every request shares: the data, the projects that exist, and what caches remember.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use serde_json::json;
use time::OffsetDateTime;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::content::Sessions;
use crate::folder::Folder;
use crate::moment;
use crate::runtime::network::Network;
use crate::services::bigquery::Queries;
use crate::services::pubsub::{Broker, Rows};
use crate::sql;
use crate::store::{Store, StoreError, Tx};

/// The project that starts empty, with every API disabled.
pub const LOCAL_PROJECT: &str = "local-project";

/// The collection and name of how far the clock was moved.
const CLOCK: (&str, &str) = ("clock", "ahead");

/// Projects whose number is fixed, so that scripts may rely on it.
const NUMBERED: &[(&str, u64)] = &[("replay-project", 123_000_456_000)];

/// How long Pub/Sub remembers that something was not there.
const ABSENCE: Duration = Duration::from_secs(5);

/// A project: what people call it and what Google calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    pub id: String,
    pub number: String,
}

/// The state of one local cloud.
pub struct Cloud {
    pub store: Arc<Store>,
    /// The time here.
    pub clock: Clock,
    /// Pub/Sub's messages.
    pub pubsub: Broker,
    /// Who keeps the rows of tables, if anyone does.
    pub rows: OnceLock<Box<dyn Rows>>,
    /// How long an operation takes.
    pub operation: Duration,
    /// Where this cloud listens.
    pub address: SocketAddr,
    /// Where what is too big for the store is kept.
    pub folder: Arc<Folder>,
    /// Uploads that come in parts.
    pub uploads: Sessions,
    /// The network that containers run in.
    pub network: Network,
    /// Issuers whose documents are read below another address, and that address.
    pub issuers: Vec<(String, String)>,
    /// Rung when there is something to run, or no longer.
    pub bell: Notify,
    /// Query jobs that run.
    pub queries: Queries,
    /// Its SQL engine.
    pub sql: Arc<sql::Source>,
    /// This cloud, for work that outlives the request that began it.
    pub me: OnceLock<Weak<Cloud>>,
    /// Those that exist; `None` if any does.
    projects: Option<BTreeMap<String, u64>>,
    known: RwLock<HashMap<String, Project>>,
    absent: Mutex<HashMap<String, Instant>>,
}

impl Cloud {
    pub fn new(
        store: Store,
        operation: Duration,
        address: SocketAddr,
        projects: Option<BTreeMap<String, u64>>,
    ) -> Result<Cloud, StoreError> {
        let store = Arc::new(store);
        let folder = Arc::clone(&store.folder);
        let cloud = Cloud {
            pubsub: Broker::open(Arc::clone(&store))?,
            store,
            clock: Clock::default(),
            rows: OnceLock::new(),
            operation,
            address,
            folder,
            uploads: Sessions::default(),
            network: Network::Open,
            issuers: Vec::new(),
            bell: Notify::new(),
            queries: Queries::default(),
            sql: Arc::default(),
            me: OnceLock::new(),
            projects,
            known: RwLock::new(HashMap::new()),
            absent: Mutex::new(HashMap::new()),
        };
        cloud.begin()?;
        Ok(cloud)
    }

    /// Where this cloud is reached from this machine.
    pub fn reachable(&self) -> SocketAddr {
        match self.address.ip().is_unspecified() {
            true => SocketAddr::from(([127, 0, 0, 1], self.address.port())),
            false => self.address,
        }
    }

    /// The time here as Google writes it.
    pub fn time(&self) -> String {
        moment::text(self.clock.now())
    }

    /// Moves the time of this cloud, by microseconds.
    pub fn tick(&self, by: i64) -> Result<(), StoreError> {
        let mut tx = self.store.write()?;
        let ahead = self.clock.ahead().saturating_add(by);
        tx.put(CLOCK.0, CLOCK.1, &json!({ "ahead": ahead }))?;
        tx.commit()?;
        self.clock.set(ahead);
        self.pubsub.changed.notify_waiters();
        Ok(())
    }

    /// Learns how far the clock was moved, and the projects that the data or the settings name.
    fn begin(&self) -> Result<(), StoreError> {
        let ahead = self.store.read()?.get(CLOCK.0, CLOCK.1)?;
        self.clock.set(ahead.and_then(|it| it["ahead"].as_i64()).unwrap_or(0));
        let stored = self.store.read()?.all("projects", "")?;
        for (id, document) in stored {
            let number = document["number"].as_str().unwrap_or_default().to_owned();
            self.learn(Project { id, number });
        }
        match &self.projects {
            None => {
                self.meet(LOCAL_PROJECT)?;
            }
            Some(projects) => {
                for id in projects.keys() {
                    self.meet(id)?;
                }
            }
        }
        Ok(())
    }

    /// Forgets everything but the settings.
    pub fn reset(&self) -> Result<(), StoreError> {
        self.store.clear()?;
        self.pubsub.clear();
        self.known.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.absent.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.begin()
    }

    fn learn(&self, project: Project) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(project.number.clone(), project.clone());
        known.insert(project.id.clone(), project);
    }

    /// The project of this id or number, if it is known already.
    pub fn known(&self, named: &str) -> Option<Project> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(named).cloned()
    }

    /// Every project that is known, by id.
    pub fn all(&self) -> Vec<Project> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Project> =
            known.iter().filter(|(key, it)| **key == it.id).map(|(_, it)| it.clone()).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// The project of this id or number; an id that was never named before comes to be.
    pub fn meet(&self, named: &str) -> Result<Option<Project>, StoreError> {
        if let Some(project) = self.known(named) {
            return Ok(Some(project));
        }
        let fixed = NUMBERED.iter().find(|(id, number)| *id == named || number.to_string() == named);
        let id = fixed.map_or(named, |(id, _)| id);
        let number = match &self.projects {
            Some(projects) => {
                projects.iter().find(|(it, number)| *it == named || number.to_string() == named)
            }
            None => None,
        };
        let (id, number) = match (&self.projects, number) {
            (Some(_), None) => return Ok(None),
            (Some(_), Some((id, number))) => (id.as_str(), number.to_string()),
            (None, _) if !is_id(id) => return Ok(None),
            (None, _) => (id, fixed.map_or_else(|| number_of(id), |(_, number)| number.to_string())),
        };
        let project = Project { id: id.to_owned(), number };
        let mut tx = self.store.write()?;
        if tx.get("projects", id)?.is_none() {
            let created = moment::text(moment::now());
            tx.put("projects", id, &json!({"number": project.number, "createTime": created}))?;
        }
        tx.commit()?;
        self.learn(project.clone());
        Ok(Some(project))
    }

    /// Whether a project has an API enabled.
    pub fn enabled(&self, tx: &Tx, project: &Project, service: &str) -> Result<bool, StoreError> {
        let name = format!("projects/{}/services/{service}", project.id);
        Ok(match tx.get("services", &name)? {
            Some(document) => document["state"] == "ENABLED",
            None => project.id != LOCAL_PROJECT && served(service),
        })
    }

    /// Remembers that something was looked for and not there.
    pub fn note_absence(&self, name: &str) {
        let mut absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        absent.retain(|_, since| since.elapsed() < ABSENCE);
        absent.insert(name.to_owned(), Instant::now());
    }

    /// Whether a cache still believes that something is not there; it is asked once and then knows better.
    pub fn believes_absent(&self, name: &str) -> bool {
        let mut absent = self.absent.lock().unwrap_or_else(PoisonError::into_inner);
        absent.remove(name).is_some_and(|since| since.elapsed() < ABSENCE)
    }
}

/// The time of this cloud as a transaction sees it.
pub fn time_in(tx: &Tx) -> Result<OffsetDateTime, StoreError> {
    let ahead = tx.get(CLOCK.0, CLOCK.1)?.and_then(|it| it["ahead"].as_i64()).unwrap_or(0);
    Ok(moment::now().saturating_add(time::Duration::microseconds(ahead)))
}

/// Whether this cloud serves an API.
pub fn served(service: &str) -> bool {
    let name = service.strip_suffix(".googleapis.com");
    name.is_some_and(|name| discovery::names().any(|(it, _)| it == name))
}

/// Whether a text can be a project's id. Google asks for six characters; tests like fewer.
fn is_id(text: &str) -> bool {
    let text = text.rsplit(':').next().unwrap_or(text);
    text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A number of twelve digits that is always the same for an id.
fn number_of(id: &str) -> String {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (100_000_000_000 + hash % 900_000_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(projects: Option<BTreeMap<String, u64>>) -> Cloud {
        Cloud::new(Store::open(None).unwrap(), Duration::ZERO, ([127, 0, 0, 1], 8085).into(), projects)
            .unwrap()
    }

    #[test]
    fn a_project_has_one_number() {
        let cloud = cloud(None);
        let project = cloud.meet("some-project").unwrap().unwrap();
        assert_eq!(project.number.len(), 12);
        assert_eq!(cloud.meet(&project.number).unwrap().unwrap().id, "some-project");
        assert_eq!(cloud.meet("123000456000").unwrap().unwrap().id, "replay-project");
        assert_eq!(cloud.meet("999999999999").unwrap(), None);
    }

    #[test]
    fn only_listed_projects_exist_if_there_is_a_list() {
        let cloud = cloud(Some([("mine".to_owned(), 7)].into()));
        assert_eq!(cloud.meet("7").unwrap().unwrap().id, "mine");
        assert_eq!(cloud.meet("other").unwrap(), None);
    }

    #[test]
    fn the_local_project_starts_with_every_api_off() {
        let cloud = cloud(None);
        let tx = cloud.store.read().unwrap();
        let on = |id: &str, service: &str| {
            let project = Project { id: id.to_owned(), number: String::new() };
            cloud.enabled(&tx, &project, service).unwrap()
        };
        assert!(!on(LOCAL_PROJECT, "pubsub.googleapis.com"));
        assert!(on("other", "pubsub.googleapis.com"));
        assert!(!on("other", "containerscanning.googleapis.com"));
    }
}
