//! The engine of the local BigQuery's SQL: at hand, or asked for from whoever runs this cloud.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;
use values::engine::Engine;

use crate::error::{Code, Refusal};

/// When a client asks again, in seconds.
const AGAIN: u64 = 2;

/// Where a local cloud has its SQL engine from.
#[derive(Clone, Debug, Default)]
pub enum Sql {
    /// There is none: what needs one is refused with 501. Rows are kept and listed all the same.
    #[default]
    None,
    /// This one.
    Engine(Arc<dyn Engine>),
    /// Whoever runs this cloud can replace it by one with an engine, and hears of the first query by
    /// [`crate::Running::sql_wanted`]. Until then what needs an engine is refused with 503, which clients repeat.
    OnRequest,
}

/// How far an engine that is asked for has come.
#[derive(Debug, Default)]
pub enum Progress {
    #[default]
    NotNeeded,
    Awaited(Instant),
    Failed(String),
}

/// The SQL engine of one cloud.
#[derive(Debug, Default)]
pub struct Source {
    sql: Sql,
    progress: Mutex<Progress>,
    wanted: Notify,
}

impl Source {
    pub fn new(sql: Sql) -> Source {
        Source { sql, progress: Mutex::default(), wanted: Notify::new() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine.
    ///
    /// # Errors
    ///
    /// 501 if there is none; 503 if one was asked for, by this call or an earlier one; 501 with the reason if it could
    /// not be had. Then it is asked for again.
    pub fn engine(&self) -> Result<&dyn Engine, Refusal> {
        match &self.sql {
            Sql::Engine(engine) => return Ok(&**engine),
            Sql::None => {
                return Err(Refusal::new(
                    Code::Unimplemented,
                    "This local cloud has no SQL engine: run the program stack-local-sql in its place.",
                ));
            }
            Sql::OnRequest => {}
        }
        match self.want() {
            Progress::Failed(why) => {
                let message = format!("The SQL engine of the local BigQuery could not be built: {why}.");
                Err(Refusal::new(Code::Unimplemented, message))
            }
            Progress::NotNeeded | Progress::Awaited(_) => {
                let mut refusal = Refusal::new(
                    Code::Unavailable,
                    "The SQL engine of the local BigQuery is being built, which happens once: ask again. \
                     `stack local status` says how far it is.",
                );
                refusal.retry_after = Some(AGAIN);
                Err(refusal)
            }
        }
    }

    /// Asks for the engine, unless it is awaited already, and says how it stood before.
    pub fn want(&self) -> Progress {
        let mut progress = self.progress();
        match &*progress {
            Progress::Awaited(since) => Progress::Awaited(*since),
            Progress::NotNeeded | Progress::Failed(_) => {
                self.wanted.notify_one();
                std::mem::replace(&mut progress, Progress::Awaited(Instant::now()))
            }
        }
    }

    /// Whether an engine was asked for and may still come.
    pub fn is_awaited(&self) -> bool {
        matches!(*self.progress(), Progress::Awaited(_))
    }

    /// Returns once an engine is asked for.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Takes note that the engine that was asked for could not be had.
    pub fn failed(&self, why: &str) {
        *self.progress() = Progress::Failed(why.to_owned());
    }

    /// How it stands, for people.
    pub fn status(&self) -> String {
        match (&self.sql, &*self.progress()) {
            (Sql::Engine(_), _) => "ready".to_owned(),
            (Sql::None, _) => "not in this program".to_owned(),
            (Sql::OnRequest, Progress::NotNeeded) => "built when it is first needed".to_owned(),
            (Sql::OnRequest, Progress::Awaited(since)) => {
                format!("being built, since {} s", since.elapsed().as_secs())
            }
            (Sql::OnRequest, Progress::Failed(why)) => {
                format!("could not be built, and is tried again at the next query: {why}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_on_request_is_asked_for_once_and_again_after_a_failure() {
        let source = Source::new(Sql::OnRequest);
        assert_eq!(source.status(), "built when it is first needed");
        for _ in 0..3 {
            let refusal = source.engine().unwrap_err();
            assert_eq!((refusal.code, refusal.retry_after), (Code::Unavailable, Some(AGAIN)));
        }
        source.wanted().await;
        assert!(source.is_awaited());
        source.failed("no space");
        assert!(!source.is_awaited() && source.status().ends_with(": no space"), "{}", source.status());
        let refusal = source.engine().unwrap_err();
        assert_eq!(refusal.code, Code::Unimplemented);
        assert!(refusal.message.contains("no space"), "{}", refusal.message);
        // That query has asked again.
        source.wanted().await;
        assert_eq!(source.engine().unwrap_err().code, Code::Unavailable);
    }

    #[test]
    fn without_an_engine_a_query_is_refused_for_good() {
        let source = Source::new(Sql::None);
        assert_eq!(source.engine().unwrap_err().code, Code::Unimplemented);
        assert!(!source.is_awaited());
    }
}
