//! The program that Cloud Run starts.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use api::app::{self, App};
use api::log::{Log, Severity, chain};
use api::server::Limits;
use api::settings::Settings;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let log = Log::new("", Severity::Debug);
    let settings = match Settings::resolve(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(bad) => {
            log.say(Severity::Critical, &format!("cannot start: {bad}"), None);
            return ExitCode::from(2);
        }
    };
    // A panic ends one request. It must still be found in the log.
    std::panic::set_hook(Box::new(|panic| {
        Log::new("", Severity::Debug).say(Severity::Critical, &panic.to_string(), None);
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(run(settings)),
        Err(problem) => Err(format!("no runtime: {problem}")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            log.say(Severity::Critical, &format!("cannot go on: {problem}"), None);
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<(), String> {
    let app = App::from_settings(&settings).map_err(|it| chain(&it))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|it| it.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|it| it.to_string())?;
    let at = SocketAddr::new(settings.host, settings.port);
    let listener = TcpListener::bind(at).await;
    let listener = listener.map_err(|it| format!("{at} cannot be listened on: {it}"))?;
    app.log.say(Severity::Info, &format!("listening on {at}"), None);
    if !settings.audiences.is_empty() && settings.emails.is_empty() {
        // Any Google account can have a token made for any audience.
        let message =
            "AUTH_AUDIENCES without AUTH_EMAILS lets in every Google account that names the audience";
        app.log.say(Severity::Warning, message, None);
    }
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    app::serve(listener, Arc::new(app), Limits::default(), stop).await;
    Ok(())
}
