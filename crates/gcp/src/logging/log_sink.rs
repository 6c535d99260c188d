//! A sink: carries log entries to a bucket, a dataset, a topic or another project.

use engine::{Bill, Billed, Failure, Input, Invalid, Live, Output, Rule, Session, Update, UsageKey};
use serde::Serialize;

use super::API;
use crate::bill::logs;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::logging::{BigQueryOptions, LOG_SINK, LogExclusion};
use crate::stack::Handle;

/// A log sink. It writes as an account of its own, [`writer_identity`](Handle::writer_identity), which needs a
/// role on the destination.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogSink {
    /// At most 100 letters, digits and `_-.`, a letter or digit first.
    pub name: Input<String>,
    /// `storage.googleapis.com/B`, `bigquery.googleapis.com/projects/P/datasets/D`,
    /// `pubsub.googleapis.com/projects/P/topics/T` or `logging.googleapis.com/projects/P`.
    pub destination: Input<String>,
    /// Which entries; all if not set.
    pub filter: Input<String>,
    pub description: Input<String>,
    pub disabled: Input<bool>,
    /// Entries that stay behind although the filter takes them.
    pub exclusions: Vec<LogExclusion>,
    pub bigquery_options: Option<BigQueryOptions>,
}

impl Resource for LogSink {
    const KIND: Kind =
        Kind::new("gcp:logging/v2:LogSink", "log sink", API, "v2/projects/{project}/sinks/{name}", &LOG_SINK)
            .named("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", |it| {
                (1..=100).contains(&it.len())
                    && it.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && it.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-.".contains(&c))
            })
            .create(Create::Post { query: &[("uniqueWriterIdentity", "true")], body: &[("name", "{name}")] })
            .update(Updating::MaskInQuery)
            .permission("logging.sinks")
            .listed("sinks", &[])
            .acts()
            .rules(&[
                Rule::Trimmed("filter"),
                Rule::Keyed("exclusions", "name"),
                Rule::Trimmed("exclusions[*].filter"),
            ]);

    fn check(&self) -> Vec<Invalid> {
        check::all([
            check::required("destination", &self.destination),
            check::text("destination", &self.destination, "SERVICE.googleapis.com/…", |it| {
                ["storage", "bigquery", "pubsub", "logging"]
                    .iter()
                    .any(|service| it.starts_with(&format!("{service}.googleapis.com/")))
            }),
        ])
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let Some(mut call) = rest::changing(&Self::KIND, &update)? else { return Ok(update.live.clone()) };
        if let Some(body) = call.body.as_mut() {
            // It wants to be told although it does not change.
            body["destination"] = rest::merged(&Self::KIND, &update, "destination");
        }
        // An identity once its own cannot be given back.
        let call = call.query("uniqueWriterIdentity", "true");
        rest::update_by(&Self::KIND, session, update.at, &call).await
    }

    const USAGE: &'static [UsageKey] = logs::USAGE;

    fn bill(of: &Billed<'_>) -> Bill {
        logs::sink(of)
    }
}

impl Handle<LogSink> {
    /// `serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com`, or one of its own.
    pub fn writer_identity(&self) -> Output<String> {
        self.attribute("writerIdentity")
    }
}
