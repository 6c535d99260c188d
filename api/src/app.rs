//! What handlers share, made from settings; and the server that runs until it is told to stop.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::auth::{Gate, Keys, Tokens};
use crate::cache::{Ages, Cache};
use crate::flight::{self, Flight};
use crate::google::{self, Service};
use crate::log::{Log, Severity};
use crate::metrics::Metrics;
use crate::queue::{Bounds, Queue};
use crate::routes;
use crate::server::{self, Ended, Limits};
use crate::settings::Settings;
use crate::warehouse::{BigQuery, Failure, Options, Warehouse};

/// What handlers share.
pub struct App {
    pub cache: Arc<Cache>,
    pub gate: Gate,
    pub metrics: Arc<Metrics>,
    pub log: Log,
    /// Whether Cloud Run's front end says who calls.
    pub behind_front: bool,
    warehouse: Arc<dyn Warehouse>,
    readiness: Arc<Mutex<Readiness>>,
    /// Since when, once it is told.
    stopping: watch::Sender<Option<Instant>>,
}

#[derive(Default)]
struct Readiness {
    held: Option<(Instant, Result<(), Failure>)>,
    flight: Option<Flight<Result<(), Failure>>>,
}

/// So long after being told to stop, what is not answered yet is answered with 503. Cloud Run kills us after 10 s, and
/// no request is to be cut without an answer; [`Limits`] leave what is written then the time to arrive.
const LAST_CALL: Duration = Duration::from_secs(9);
/// Probes come every few seconds, from several places; BigQuery is asked less often.
const READINESS_HELD: Duration = Duration::from_secs(5);

impl App {
    /// An app in front of any warehouse.
    pub fn new(
        warehouse: Arc<dyn Warehouse>,
        ages: Ages,
        bounds: Bounds,
        gate: Gate,
        metrics: Arc<Metrics>,
        log: Log,
    ) -> App {
        let queue = Queue::new(bounds, Arc::clone(&metrics));
        let cache = Cache::new(Arc::clone(&warehouse), ages, queue, Arc::clone(&metrics), log.clone());
        let (readiness, stopping) = (Arc::default(), watch::Sender::new(None));
        App { cache, gate, metrics, log, behind_front: false, warehouse, readiness, stopping }
    }

    /// The app that settings describe, in front of BigQuery.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn from_settings(settings: &Settings) -> Result<App, reqwest::Error> {
        let http = google::http_client()?;
        let metrics = Arc::new(Metrics::default());
        let options = Options {
            table: settings.table.clone(),
            location: settings.location.clone(),
            max_bytes_billed: settings.max_bytes_billed,
            timeout: settings.query_timeout,
        };
        let emulator = settings.bigquery_emulator.as_deref();
        let service = Service::new(http.clone(), BigQuery::HOST, BigQuery::SCOPE, emulator);
        let warehouse = Arc::new(BigQuery::new(service, options, Arc::clone(&metrics)));
        let log = Log::new(&settings.table.project, settings.log_level);
        let gate = gate(settings, http);
        let app = App::new(warehouse, settings.ages, settings.queue, gate, metrics, log);
        Ok(App { behind_front: settings.behind_front, ..app })
    }

    /// Whether events could be read now. Many who ask cause one probe.
    pub async fn ready(&self) -> Result<(), String> {
        if self.stopping.borrow().is_some() {
            return Err("the service is stopping".to_owned());
        }
        let flight = {
            let mut state = self.readiness.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((at, result)) = &state.held
                && at.elapsed() < READINESS_HELD
            {
                return result.clone().map_err(|it| it.public());
            }
            match state.flight.as_ref().filter(|it| flight::under_way(it)) {
                Some(flight) => flight.clone(),
                None => state.flight.insert(self.probe()).clone(),
            }
        };
        flight::outcome(flight).await.unwrap_or(Err(Failure::Dropped)).map_err(|it| it.public())
    }

    fn probe(&self) -> Flight<Result<(), Failure>> {
        let (warehouse, readiness, log) =
            (Arc::clone(&self.warehouse), Arc::clone(&self.readiness), self.log.clone());
        flight::start(async move {
            let result = warehouse.probe().await;
            if let Err(failure) = &result {
                log.say(Severity::Warning, &format!("not ready: {failure}"), None);
            }
            let mut state = readiness.lock().unwrap_or_else(PoisonError::into_inner);
            state.held = Some((Instant::now(), result.clone()));
            result
        })
    }

    /// Over when what is not answered yet must be answered with 503; never while nothing tells us to stop.
    pub async fn last_call(&self) {
        let mut told = self.stopping.subscribe();
        let since = told.wait_for(Option::is_some).await.ok().and_then(|it| *it);
        match since {
            Some(since) => sleep_until(since + LAST_CALL).await,
            // The sender is ours, and outlives this.
            None => std::future::pending().await,
        }
    }
}

fn gate(settings: &Settings, http: reqwest::Client) -> Gate {
    let secret = settings.api_keys_secret.as_ref().map(|version| {
        let emulator = settings.secretmanager_emulator.as_deref();
        (Service::new(http.clone(), Keys::HOST, Keys::SCOPE, emulator), version.clone())
    });
    let keys = !settings.api_keys.is_empty() || secret.is_some();
    let tokens = !settings.audiences.is_empty();
    Gate {
        keys: keys.then(|| Keys::new(&settings.api_keys, secret)),
        tokens: tokens.then(|| Tokens::new(http, &settings.jwks_url, &settings.audiences, &settings.emails)),
    }
}

/// Serves until `stop` is over, then answers what is under way: within nine seconds, or with 503.
pub async fn serve(listener: TcpListener, app: Arc<App>, limits: Limits, stop: impl Future<Output = ()>) {
    let told = async {
        stop.await;
        app.stopping.send_replace(Some(Instant::now()));
        app.log.say(Severity::Info, "told to stop; answering what is under way", None);
    };
    match server::run(listener, routes::router(Arc::clone(&app)), limits, told).await {
        Ended::Answered => app.log.say(Severity::Info, "stopped", None),
        Ended::Late => app.log.say(Severity::Warning, "stopped with connections open", None),
    }
}
