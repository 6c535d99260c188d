//! Why a query fails, in BigQuery's words and with the position.

/// What kind of failure it is: decides the API's `reason` and status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `invalidQuery`.
    Query,
    /// `notFound`.
    NotFound,
    /// `duplicate`.
    Duplicate,
    /// `notImplemented`: BigQuery can, this engine cannot.
    Unsupported,
    /// `resourcesExceeded`: it needs more memory than a query may take.
    Resources,
    /// `stopped`: it was cancelled.
    Stopped,
    /// `timeout`: it ran longer than it may.
    Timeout,
    /// Rows could not be read, or the engine is at fault.
    Internal,
}

/// How the text of a function's error begins that is about something the engine lacks.
pub const LACKS: char = '\u{1}';

/// A byte of the query's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub u32);

/// A query's failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub reason: Reason,
    pub message: String,
    /// Where; it is told within the message once the text is at hand.
    place: Option<Place>,
}

impl Failure {
    pub fn new(reason: Reason, message: impl Into<String>) -> Failure {
        Failure { reason, message: message.into(), place: None }
    }

    pub fn query(message: impl Into<String>) -> Failure {
        Failure::new(Reason::Query, message)
    }

    pub fn placed(message: impl Into<String>, place: Place) -> Failure {
        Failure { place: Some(place), ..Failure::query(message) }
    }

    pub fn not_found(message: impl Into<String>) -> Failure {
        Failure::new(Reason::NotFound, message)
    }

    /// Something that BigQuery has and this engine has not.
    pub fn lacks(what: impl std::fmt::Display, place: Place) -> Failure {
        let message = format!("{what} is not supported by the local BigQuery");
        Failure { place: Some(place), ..Failure::new(Reason::Unsupported, message) }
    }

    /// What a function says: that it fails, or that it lacks something.
    pub fn of_function(message: String) -> Failure {
        match message.strip_prefix(LACKS) {
            Some(what) => {
                Failure::new(Reason::Unsupported, format!("{what} is not supported by the local BigQuery"))
            }
            None => Failure::query(message),
        }
    }

    pub fn internal(message: impl std::fmt::Display) -> Failure {
        Failure::new(Reason::Internal, message.to_string())
    }

    /// This failure at a place, if it has none yet.
    pub fn or_at(mut self, place: Place) -> Failure {
        self.place.get_or_insert(place);
        self
    }

    /// This failure without a place, for one in another text.
    pub fn elsewhere(mut self) -> Failure {
        self.place = None;
        self
    }

    /// Says the place within the message: ` at [1:8]`.
    pub fn told(mut self, text: &str) -> Failure {
        if let Some(Place(at)) = self.place.take() {
            let before = text.get(..(at as usize).min(text.len())).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            self.message.push_str(&format!(" at [{line}:{column}]"));
        }
        self
    }
}
