//! A metric that is counted from log entries.

use engine::{
    Bill, Billed, Fact, Failure, Input, Invalid, Labels, Live, Output, Place, Rule, Session, UsageKey,
};
use serde::Serialize;

use super::API;
use crate::bill::metrics;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::logging::{BucketOptions, LOG_METRIC, MetricDescriptor};
use crate::stack::Handle;

/// A logs-based metric.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogMetric {
    /// At most 100 letters, digits and `_-.,+!*',()%/`, no `/` first.
    pub name: Input<String>,
    /// At most 20000 characters: which entries count.
    pub filter: Input<String>,
    /// At most 8000 characters.
    pub description: Input<String>,
    pub disabled: Input<bool>,
    /// `projects/P/locations/L/buckets/B`: counts what is in this log bucket.
    pub bucket_name: Input<String>,
    /// A counter of whole numbers if not set.
    pub metric_descriptor: Option<MetricDescriptor>,
    /// For a distribution: `EXTRACT(jsonPayload.latency)`.
    pub value_extractor: Input<String>,
    /// For each label of the descriptor, where its value is.
    pub label_extractors: Labels,
    /// The buckets of a distribution.
    pub bucket_options: Option<BucketOptions>,
}

impl Resource for LogMetric {
    const KIND: Kind = Kind::new(
        "gcp:logging/v2:LogMetric",
        "log metric",
        API,
        "v2/projects/{project}/metrics/{name}",
        &LOG_METRIC,
    )
    .named("[A-Za-z0-9_.,+!*',()%/-]{1,100}", |it| {
        (1..=100).contains(&it.len())
            && !it.starts_with('/')
            && it.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-.,+!*',()%/".contains(&c))
    })
    .create(Create::Post { query: &[], body: &[("name", "{name}")] })
    .update(Updating::Whole { put: true, etag: false })
    .permission("logging.logMetrics")
    .listed("metrics", &[])
    .one_at_a_time()
    .rules(&[
        Rule::Default("metricDescriptor.metricKind", "\"DELTA\""),
        Rule::Default("metricDescriptor.valueType", "\"INT64\""),
        Rule::Default("metricDescriptor.unit", "\"1\""),
        Rule::Keyed("metricDescriptor.labels", "key"),
        Rule::Default("metricDescriptor.labels[*].valueType", "\"STRING\""),
        Rule::Immutable("metricDescriptor.labels[*].valueType"),
        Rule::Name("bucketName"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::required("filter", &self.filter),
            check::text("filter", &self.filter, "at most 20000 characters", |it| {
                it.chars().count() <= 20_000
            }),
            check::text("description", &self.description, "at most 8000 characters", |it| {
                it.chars().count() <= 8_000
            }),
        ]);
        let labels = self.metric_descriptor.iter().flat_map(|it| &it.labels).filter_map(|it| it.key.text());
        for label in labels.filter(|it| !self.label_extractors.contains_key(*it)) {
            let problem = "must be set: the descriptor has this label";
            found.push(Invalid::new(&format!("labelExtractors.{label}"), problem));
        }
        found
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let live = rest::create(&Self::KIND, session, at).await?;
        if let Some(name) = at.inputs["name"].as_str() {
            session.note(Fact::Metric { name: name.to_owned() });
        }
        Ok(live)
    }

    const USAGE: &'static [UsageKey] = metrics::USAGE;

    fn bill(of: &Billed<'_>) -> Bill {
        metrics::bill(of)
    }
}

impl Handle<LogMetric> {
    /// `logging.googleapis.com/user/{name}`, as alerts and charts know it.
    pub fn metric_type(&self) -> Output<String> {
        self.known(format!("logging.googleapis.com/user/{}", self.text_or_name(&self.name)))
    }
}
