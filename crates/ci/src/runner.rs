//! The files and lines by which a step speaks to GitHub's runner: outputs, variables, summary, annotations.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::Env;

/// A job summary holds at most 1 MiB a step; GitHub drops the whole summary of a longer one.
const SUMMARY_LIMIT: u64 = 1024 * 1024;

/// Where the runner reads what a step says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    outputs: PathBuf,
    variables: PathBuf,
    summary: PathBuf,
    /// A folder of this job, emptied when it ends.
    pub temp: PathBuf,
}

/// Why something could not be told to the runner.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    #[error("{0} is not set")]
    Missing(&'static str),
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("the value of {0} holds a line break")]
    LineBreak(String),
}

/// A line that GitHub shows beside a job's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Annotation {
    Error,
    Warning,
    Notice,
}

impl Runner {
    /// The runner that the environment names; `None` outside GitHub Actions.
    ///
    /// # Errors
    /// Within GitHub Actions, when one of its files is not named.
    pub fn from_env(env: Env<'_>) -> Result<Option<Runner>, RunnerError> {
        if env("GITHUB_ACTIONS").as_deref() != Some("true") {
            return Ok(None);
        }
        let file = |name: &'static str| env(name).map(PathBuf::from).ok_or(RunnerError::Missing(name));
        Ok(Some(Runner {
            outputs: file("GITHUB_OUTPUT")?,
            variables: file("GITHUB_ENV")?,
            summary: file("GITHUB_STEP_SUMMARY")?,
            temp: file("RUNNER_TEMP")?,
        }))
    }

    /// An output of this step, one line.
    ///
    /// # Errors
    /// When the value holds a line break, or the file cannot be written.
    pub fn output(&self, name: &str, value: &str) -> Result<(), RunnerError> {
        append(&self.outputs, &assignment(name, value)?)
    }

    /// An environment variable of the steps that follow, one line.
    ///
    /// # Errors
    /// When the value holds a line break, or the file cannot be written.
    pub fn variable(&self, name: &str, value: &str) -> Result<(), RunnerError> {
        append(&self.variables, &assignment(name, value)?)
    }

    /// Markdown for the job's page. Tells whether there was room for it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn summary(&self, markdown: &str) -> Result<bool, RunnerError> {
        let there = match std::fs::metadata(&self.summary) {
            Ok(it) => it.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(source) => return Err(RunnerError::Write { path: self.summary.clone(), source }),
        };
        let length = u64::try_from(markdown.len()).unwrap_or(u64::MAX);
        if there.saturating_add(length).saturating_add(1) > SUMMARY_LIMIT {
            return Ok(false);
        }
        append(&self.summary, &format!("{markdown}\n")).map(|()| true)
    }
}

/// `NAME=VALUE`. A line break would let a value define further names.
fn assignment(name: &str, value: &str) -> Result<String, RunnerError> {
    if value.contains(['\n', '\r']) {
        return Err(RunnerError::LineBreak(name.to_owned()));
    }
    Ok(format!("{name}={value}\n"))
}

fn append(path: &Path, text: &str) -> Result<(), RunnerError> {
    let failed = |source| RunnerError::Write { path: path.to_owned(), source };
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

impl Annotation {
    /// The line that makes it, to be printed by itself: `::error title=…::…`.
    pub fn line(self, title: &str, message: &str) -> String {
        let kind = match self {
            Annotation::Error => "error",
            Annotation::Warning => "warning",
            Annotation::Notice => "notice",
        };
        format!("::{kind} title={}::{}", property(title), data(message))
    }
}

/// Escapes a command's message, so that it stays one line and begins no command of its own.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn runner(folder: &Path) -> Runner {
        let env = |name: &str| match name {
            "GITHUB_ACTIONS" => Some("true".to_owned()),
            other => Some(folder.join(other).display().to_string()),
        };
        Runner::from_env(&env).unwrap().unwrap()
    }

    #[test]
    fn outside_of_github_there_is_no_runner_and_within_it_is_whole() {
        assert_eq!(Runner::from_env(&|_| None).unwrap(), None);
        let bare = |name: &str| (name == "GITHUB_ACTIONS").then(|| "true".to_owned());
        assert_eq!(Runner::from_env(&bare).unwrap_err().to_string(), "GITHUB_OUTPUT is not set");
    }

    #[test]
    fn outputs_are_appended_and_cannot_define_others() {
        let folder = tempfile::tempdir().unwrap();
        let runner = runner(folder.path());
        runner.output("digest", "sha256:ab").unwrap();
        runner.output("changes", "3").unwrap();
        let refused = runner.output("title", "x\ndigest=sha256:forged").unwrap_err();
        assert_eq!(refused.to_string(), "the value of title holds a line break");
        let text = std::fs::read_to_string(folder.path().join("GITHUB_OUTPUT")).unwrap();
        assert_eq!(text, "digest=sha256:ab\nchanges=3\n");
    }

    #[test]
    fn a_summary_that_github_would_drop_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let runner = runner(folder.path());
        assert!(runner.summary("# Plan").unwrap());
        assert!(!runner.summary(&"x".repeat(1024 * 1024)).unwrap());
        let text = std::fs::read_to_string(folder.path().join("GITHUB_STEP_SUMMARY")).unwrap();
        assert_eq!(text, "# Plan\n");
    }

    #[test]
    fn an_annotation_is_one_line_whatever_it_says() {
        let line = Annotation::Error.line("a: b, c", "100% wrong\n::set-output name=x::y");
        assert_eq!(line, "::error title=a%3A b%2C c::100%25 wrong%0A::set-output name=x::y");
    }
}
