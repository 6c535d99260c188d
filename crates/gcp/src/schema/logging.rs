//! Written by scripts/schema.py from Google's description of logging v2, revision 20260911: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// logging v2, BigQueryOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigQueryOptions {
    /// True or false. logging v2, BigQueryOptions.usePartitionedTables.
    pub use_partitioned_tables: Input<bool>,
}

pub static BIG_QUERY_OPTIONS: Message = Message {
    name: "BigQueryOptions",
    fields: &[
        Field { name: "usePartitionedTables", shape: Shape::Bool, output: false },
        Field { name: "usesTimestampColumnPartitioning", shape: Shape::Bool, output: true },
    ],
};

/// logging v2, BucketOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketOptions {
    /// A message. logging v2, BucketOptions.explicitBuckets.
    pub explicit_buckets: Option<Explicit>,
    /// A message. logging v2, BucketOptions.exponentialBuckets.
    pub exponential_buckets: Option<Exponential>,
    /// A message. logging v2, BucketOptions.linearBuckets.
    pub linear_buckets: Option<Linear>,
}

pub static BUCKET_OPTIONS: Message = Message {
    name: "BucketOptions",
    fields: &[
        Field { name: "explicitBuckets", shape: Shape::Message(&EXPLICIT), output: false },
        Field { name: "exponentialBuckets", shape: Shape::Message(&EXPONENTIAL), output: false },
        Field { name: "linearBuckets", shape: Shape::Message(&LINEAR), output: false },
    ],
};

/// logging v2, Explicit.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explicit {
    /// A list. logging v2, Explicit.bounds.
    pub bounds: Vec<Input<f64>>,
}

pub static EXPLICIT: Message = Message {
    name: "Explicit",
    fields: &[Field { name: "bounds", shape: Shape::List(&Shape::Double), output: false }],
};

/// logging v2, Exponential.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exponential {
    /// A number. logging v2, Exponential.growthFactor.
    pub growth_factor: Input<f64>,
    /// A whole number. logging v2, Exponential.numFiniteBuckets.
    pub num_finite_buckets: Input<i64>,
    /// A number. logging v2, Exponential.scale.
    pub scale: Input<f64>,
}

pub static EXPONENTIAL: Message = Message {
    name: "Exponential",
    fields: &[
        Field { name: "growthFactor", shape: Shape::Double, output: false },
        Field { name: "numFiniteBuckets", shape: Shape::Int, output: false },
        Field { name: "scale", shape: Shape::Double, output: false },
    ],
};

/// logging v2, LabelDescriptor.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabelDescriptor {
    /// Text. logging v2, LabelDescriptor.description.
    pub description: Input<String>,
    /// Text. logging v2, LabelDescriptor.key.
    pub key: Input<String>,
    /// One of a list. logging v2, LabelDescriptor.valueType.
    pub value_type: Input<LabelDescriptorValueType>,
}

pub static LABEL_DESCRIPTOR: Message = Message {
    name: "LabelDescriptor",
    fields: &[
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "key", shape: Shape::Text, output: false },
        Field { name: "valueType", shape: Shape::Enum, output: false },
    ],
};

/// logging v2, Linear.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Linear {
    /// A whole number. logging v2, Linear.numFiniteBuckets.
    pub num_finite_buckets: Input<i64>,
    /// A number. logging v2, Linear.offset.
    pub offset: Input<f64>,
    /// A number. logging v2, Linear.width.
    pub width: Input<f64>,
}

pub static LINEAR: Message = Message {
    name: "Linear",
    fields: &[
        Field { name: "numFiniteBuckets", shape: Shape::Int, output: false },
        Field { name: "offset", shape: Shape::Double, output: false },
        Field { name: "width", shape: Shape::Double, output: false },
    ],
};

/// logging v2, LogExclusion.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogExclusion {
    /// Text. logging v2, LogExclusion.description.
    pub description: Input<String>,
    /// True or false. logging v2, LogExclusion.disabled.
    pub disabled: Input<bool>,
    /// Text. logging v2, LogExclusion.filter.
    pub filter: Input<String>,
    /// Text. logging v2, LogExclusion.name.
    pub name: Input<String>,
}

pub static LOG_EXCLUSION: Message = Message {
    name: "LogExclusion",
    fields: &[
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "disabled", shape: Shape::Bool, output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
    ],
};

/// logging v2, LogMetric.
pub static LOG_METRIC: Message = Message {
    name: "LogMetric",
    fields: &[
        Field { name: "bucketName", shape: Shape::Text, output: false },
        Field { name: "bucketOptions", shape: Shape::Message(&BUCKET_OPTIONS), output: false },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "disabled", shape: Shape::Bool, output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "labelExtractors", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "metricDescriptor", shape: Shape::Message(&METRIC_DESCRIPTOR), output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "resourceName", shape: Shape::Text, output: true },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
        Field { name: "valueExtractor", shape: Shape::Text, output: false },
        Field { name: "version", shape: Shape::Enum, output: false },
    ],
};

/// logging v2, LogSink.
pub static LOG_SINK: Message = Message {
    name: "LogSink",
    fields: &[
        Field { name: "bigqueryOptions", shape: Shape::Message(&BIG_QUERY_OPTIONS), output: false },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "destination", shape: Shape::Text, output: false },
        Field { name: "disabled", shape: Shape::Bool, output: false },
        Field { name: "exclusions", shape: Shape::List(&Shape::Message(&LOG_EXCLUSION)), output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "includeChildren", shape: Shape::Bool, output: false },
        Field { name: "interceptChildren", shape: Shape::Bool, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "outputVersionFormat", shape: Shape::Enum, output: false },
        Field { name: "resourceName", shape: Shape::Text, output: true },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
        Field { name: "writerIdentity", shape: Shape::Text, output: true },
    ],
};

/// logging v2, MetricDescriptor.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricDescriptor {
    /// Text. logging v2, MetricDescriptor.displayName.
    pub display_name: Input<String>,
    /// A list. logging v2, MetricDescriptor.labels.
    pub labels: Vec<LabelDescriptor>,
    /// One of a list. logging v2, MetricDescriptor.launchStage.
    pub launch_stage: Input<LaunchStage>,
    /// A message. logging v2, MetricDescriptor.metadata.
    pub metadata: Option<MetricDescriptorMetadata>,
    /// One of a list. logging v2, MetricDescriptor.metricKind.
    pub metric_kind: Input<MetricKind>,
    /// Text. logging v2, MetricDescriptor.unit.
    pub unit: Input<String>,
    /// One of a list. logging v2, MetricDescriptor.valueType.
    pub value_type: Input<MetricDescriptorValueType>,
}

pub static METRIC_DESCRIPTOR: Message = Message {
    name: "MetricDescriptor",
    fields: &[
        Field { name: "description", shape: Shape::Text, output: true },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "labels", shape: Shape::List(&Shape::Message(&LABEL_DESCRIPTOR)), output: false },
        Field { name: "launchStage", shape: Shape::Enum, output: false },
        Field { name: "metadata", shape: Shape::Message(&METRIC_DESCRIPTOR_METADATA), output: false },
        Field { name: "metricKind", shape: Shape::Enum, output: false },
        Field { name: "monitoredResourceTypes", shape: Shape::List(&Shape::Text), output: true },
        Field { name: "name", shape: Shape::Text, output: true },
        Field { name: "type", shape: Shape::Text, output: true },
        Field { name: "unit", shape: Shape::Text, output: false },
        Field { name: "valueType", shape: Shape::Enum, output: false },
    ],
};

/// logging v2, MetricDescriptorMetadata.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricDescriptorMetadata {
    /// Seconds. logging v2, MetricDescriptorMetadata.ingestDelay.
    pub ingest_delay: Input<Seconds>,
    /// Deprecated. One of a list. logging v2, MetricDescriptorMetadata.launchStage.
    pub launch_stage: Input<LaunchStage>,
    /// Seconds. logging v2, MetricDescriptorMetadata.samplePeriod.
    pub sample_period: Input<Seconds>,
    /// A list. logging v2, MetricDescriptorMetadata.timeSeriesResourceHierarchyLevel.
    pub time_series_resource_hierarchy_level: Vec<TimeSeriesResourceHierarchyLevel>,
}

pub static METRIC_DESCRIPTOR_METADATA: Message = Message {
    name: "MetricDescriptorMetadata",
    fields: &[
        Field { name: "ingestDelay", shape: Shape::Duration, output: false },
        Field { name: "launchStage", shape: Shape::Enum, output: false },
        Field { name: "samplePeriod", shape: Shape::Duration, output: false },
        Field { name: "timeSeriesResourceHierarchyLevel", shape: Shape::List(&Shape::Enum), output: false },
    ],
};

/// logging v2, LabelDescriptor.valueType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LabelDescriptorValueType {
    String,
    Bool,
    Int64,
}

/// logging v2, MetricDescriptor.launchStage and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LaunchStage {
    Unimplemented,
    Prelaunch,
    EarlyAccess,
    Alpha,
    Beta,
    Ga,
    Deprecated,
}

/// logging v2, LogMetric.version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogMetricVersion {
    V2,
    V1,
}

/// logging v2, MetricDescriptor.valueType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MetricDescriptorValueType {
    Bool,
    Int64,
    Double,
    String,
    Distribution,
    Money,
}

/// logging v2, MetricDescriptor.metricKind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MetricKind {
    Gauge,
    Delta,
    Cumulative,
}

/// logging v2, LogSink.outputVersionFormat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OutputVersionFormat {
    V2,
    V1,
}

/// logging v2, MetricDescriptorMetadata.timeSeriesResourceHierarchyLevel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeSeriesResourceHierarchyLevel {
    Project,
    Organization,
    Folder,
}
