//! An estimate as a table, JSON, a page or a comment.

pub mod comparison;
pub mod html;
pub mod json;
pub mod markdown;
pub mod table;
mod words;

pub use words::{age, at_least, unpriced};

use time::OffsetDateTime;

/// What a report is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// What people call it: `pipeline/dev`.
    pub project: String,
    /// Where it was read from: a folder, a plan file.
    pub path: String,
    /// What that is: `stack`, `terraform_plan_json`.
    pub source: String,
    /// How the report was asked for: `breakdown`.
    pub command: String,
    pub generated: OffsetDateTime,
    pub commit: Commit,
    /// What is missing in what the report is of, a sentence each: a plan that failed, one that is made for some targets.
    pub partial: Vec<String>,
}

/// The commit that a report is of, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub branch: String,
    pub sha: String,
    pub author: String,
    pub email: String,
    pub message: String,
    pub time: OffsetDateTime,
}

impl Default for Commit {
    fn default() -> Commit {
        // The year 1 is what Infracost writes where there is no commit.
        let never = time::macros::datetime!(0001-01-01 00:00 UTC);
        let empty = String::new;
        Commit {
            branch: empty(),
            sha: empty(),
            author: empty(),
            email: empty(),
            message: empty(),
            time: never,
        }
    }
}

impl Context {
    /// A report on a project, made now as the caller's clock has it.
    pub fn new(project: &str, generated: OffsetDateTime) -> Context {
        Context {
            project: project.to_owned(),
            path: ".".to_owned(),
            source: "stack".to_owned(),
            command: "breakdown".to_owned(),
            generated,
            commit: Commit::default(),
            partial: Vec::new(),
        }
    }
}

#[cfg(test)]
mod samples;
