//! What went wrong, as it is told to a person.

use std::error::Error;

use crate::style::{Ink, Style};

/// An error that ends a command: what, why, and what to do next.
#[derive(Debug)]
pub struct Problem {
    pub message: String,
    pub causes: Vec<String>,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Problem {
        Problem { message: message.into(), causes: Vec::new(), hint: None }
    }

    /// An error with all its causes.
    pub fn of(error: &dyn Error, hint: Option<String>) -> Problem {
        let mut causes = Vec::new();
        let mut cause = error.source();
        while let Some(it) = cause {
            let text = it.to_string();
            // Some libraries repeat a cause in the message.
            if !error.to_string().contains(&text) {
                causes.push(text);
            }
            cause = it.source();
        }
        Problem { message: error.to_string(), causes, hint }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    /// All of it as one text, for what is no terminal.
    pub fn text(&self) -> String {
        let causes = self.causes.iter().map(|it| format!("because {it}"));
        let hint = self.hint.iter().map(|it| format!("hint: {it}"));
        [self.message.clone()].into_iter().chain(causes).chain(hint).collect::<Vec<_>>().join("\n")
    }

    pub fn show(&self, style: Style) -> String {
        let mut out = format!("{} {}\n", style.paint(Ink::Error, "error:"), self.message);
        for cause in &self.causes {
            out.push_str(&format!("  because {cause}\n"));
        }
        if let Some(hint) = &self.hint {
            out.push_str(&format!("{} {hint}\n", style.paint(Ink::Hint, "hint:")));
        }
        out
    }
}

/// Errors that know what to do next.
macro_rules! hinting {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Problem {
            fn from(it: $error) -> Problem {
                let hint = it.hint();
                Problem::of(&it, hint.map(Into::into))
            }
        })*
    };
}

impl From<engine::GraphError> for Problem {
    fn from(it: engine::GraphError) -> Problem {
        Problem::of(&it, Some(it.hint().to_owned()))
    }
}

hinting!(
    ci::ForgeError,
    ci::LoginError,
    engine::Failure,
    engine::PlanError,
    engine::config::ConfigError,
    engine::ledger::LedgerError,
    engine::ledger::store::StoreError,
    engine::project::ProjectError,
    engine::secret::SecretError,
    image::PackError,
    image::PushError,
    image::ReferenceError,
    image::WorkshopError,
);

impl From<engine::Lost> for Problem {
    fn from(it: engine::Lost) -> Problem {
        let hint = match &it {
            engine::Lost::Unreachable { hint, .. } | engine::Lost::Credentials { hint, .. } => hint.clone(),
            engine::Lost::Broken { .. } => None,
        };
        Problem::of(&it, hint)
    }
}

impl From<gcp::ClientError> for Problem {
    fn from(it: gcp::ClientError) -> Problem {
        Problem::of(&it, None)
    }
}

impl From<ci::RunnerError> for Problem {
    fn from(it: ci::RunnerError) -> Problem {
        Problem::of(&it, None)
    }
}
