//! What handlers share, made from settings; and the server that runs until it is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use crate::auth::{Gate, Keys, Tokens};
use crate::cache::Cache;
use crate::google::{self, Service};
use crate::log::{Log, Severity};
use crate::metrics::Metrics;
use crate::routes;
use crate::settings::Settings;
use crate::warehouse::{BigQuery, Failure, Options, Warehouse};

/// What handlers share.
pub struct App {
    pub cache: Arc<Cache>,
    pub gate: Gate,
    pub metrics: Arc<Metrics>,
    pub log: Log,
    warehouse: Arc<dyn Warehouse>,
    readiness: Mutex<Option<(Instant, Result<(), Failure>)>>,
    stopping: AtomicBool,
}

/// Cloud Run kills what still runs 10 s after it was told to stop.
const LONGEST_STOP: Duration = Duration::from_secs(8);
/// Probes come every few seconds, from several places; BigQuery is asked less often.
const READINESS_HELD: Duration = Duration::from_secs(5);

impl App {
    /// An app in front of any warehouse.
    pub fn new(
        warehouse: Arc<dyn Warehouse>,
        ages: crate::cache::Ages,
        gate: Gate,
        metrics: Arc<Metrics>,
        log: Log,
    ) -> App {
        let cache = Cache::new(Arc::clone(&warehouse), ages, Arc::clone(&metrics), log.clone());
        let (readiness, stopping) = (Mutex::default(), AtomicBool::default());
        App { cache, gate, metrics, log, warehouse, readiness, stopping }
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
            max_queries: settings.max_queries,
        };
        let emulator = settings.bigquery_emulator.as_deref();
        let service = Service::new(http.clone(), BigQuery::HOST, BigQuery::SCOPE, emulator);
        let warehouse = Arc::new(BigQuery::new(service, options, Arc::clone(&metrics)));
        let log = Log::new(&settings.table.project, settings.log_level);
        let gate = gate(settings, http);
        Ok(App::new(warehouse, settings.ages, gate, metrics, log))
    }

    /// Whether events could be read now.
    pub async fn ready(&self) -> Result<(), String> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err("the service is stopping".to_owned());
        }
        // Held over the probe, so that many who ask cause one.
        let mut held = self.readiness.lock().await;
        if let Some((at, result)) = &*held
            && at.elapsed() < READINESS_HELD
        {
            return result.clone().map_err(|it| it.public());
        }
        let result = self.warehouse.probe().await;
        if let Err(failure) = &result {
            self.log.say(Severity::Warning, &format!("not ready: {failure}"), None);
        }
        *held = Some((Instant::now(), result.clone()));
        result.map_err(|it| it.public())
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

/// Serves until `stop` is over, then answers what is under way, but not for longer than Cloud Run allows.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let told = Arc::new(Notify::new());
    let (state, notify) = (Arc::clone(&app), Arc::clone(&told));
    // Small answers must not wait for more to send. A connection that is gone already fails by itself.
    let listener = listener.tap_io(|it| drop(it.set_nodelay(true)));
    let server = axum::serve(listener, routes::router(Arc::clone(&app))).with_graceful_shutdown(async move {
        stop.await;
        state.stopping.store(true, Ordering::Relaxed);
        state.log.say(Severity::Info, "told to stop; answering what is under way", None);
        notify.notify_one();
    });
    let late = async {
        told.notified().await;
        tokio::time::sleep(LONGEST_STOP).await;
    };
    tokio::select! {
        ended = server => {
            app.log.say(Severity::Info, "stopped", None);
            ended
        }
        () = late => {
            app.log.say(Severity::Warning, "stopped with requests unanswered", None);
            Ok(())
        }
    }
}
