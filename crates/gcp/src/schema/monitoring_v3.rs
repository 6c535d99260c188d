//! Written by scripts/schema.py from Google's description of monitoring v3, revision 20260129: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// monitoring v3, Aggregation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aggregation {
    /// Seconds. monitoring v3, Aggregation.alignmentPeriod.
    pub alignment_period: Input<Seconds>,
    /// One of a list. monitoring v3, Aggregation.crossSeriesReducer.
    pub cross_series_reducer: Input<CrossSeriesReducer>,
    /// A list. monitoring v3, Aggregation.groupByFields.
    pub group_by_fields: Vec<Input<String>>,
    /// One of a list. monitoring v3, Aggregation.perSeriesAligner.
    pub per_series_aligner: Input<PerSeriesAligner>,
}

pub static AGGREGATION: Message = Message {
    name: "Aggregation",
    fields: &[
        Field { name: "alignmentPeriod", shape: Shape::Duration, output: false },
        Field { name: "crossSeriesReducer", shape: Shape::Enum, output: false },
        Field { name: "groupByFields", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "perSeriesAligner", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v3, AlertPolicy.
pub static ALERT_POLICY: Message = Message {
    name: "AlertPolicy",
    fields: &[
        Field { name: "alertStrategy", shape: Shape::Message(&ALERT_STRATEGY), output: false },
        Field { name: "combiner", shape: Shape::Enum, output: false },
        Field { name: "conditions", shape: Shape::List(&Shape::Message(&CONDITION)), output: false },
        Field { name: "creationRecord", shape: Shape::Any, output: true },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "documentation", shape: Shape::Message(&DOCUMENTATION), output: false },
        Field { name: "enabled", shape: Shape::Bool, output: false },
        Field { name: "mutationRecord", shape: Shape::Any, output: true },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "notificationChannels", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "severity", shape: Shape::Enum, output: false },
        Field { name: "userLabels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "validity", shape: Shape::Any, output: true },
    ],
};

/// monitoring v3, AlertStrategy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertStrategy {
    /// Seconds. monitoring v3, AlertStrategy.autoClose.
    pub auto_close: Input<Seconds>,
    /// A list. monitoring v3, AlertStrategy.notificationChannelStrategy.
    pub notification_channel_strategy: Vec<NotificationChannelStrategy>,
    /// A list. monitoring v3, AlertStrategy.notificationPrompts.
    pub notification_prompts: Vec<NotificationPrompt>,
    /// A message. monitoring v3, AlertStrategy.notificationRateLimit.
    pub notification_rate_limit: Option<NotificationRateLimit>,
}

pub static ALERT_STRATEGY: Message = Message {
    name: "AlertStrategy",
    fields: &[
        Field { name: "autoClose", shape: Shape::Duration, output: false },
        Field {
            name: "notificationChannelStrategy",
            shape: Shape::List(&Shape::Message(&NOTIFICATION_CHANNEL_STRATEGY)),
            output: false,
        },
        Field { name: "notificationPrompts", shape: Shape::List(&Shape::Enum), output: false },
        Field {
            name: "notificationRateLimit",
            shape: Shape::Message(&NOTIFICATION_RATE_LIMIT),
            output: false,
        },
    ],
};

/// monitoring v3, AppEngine.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppEngine {
    /// Text. monitoring v3, AppEngine.moduleId.
    pub module_id: Input<String>,
}

pub static APP_ENGINE: Message =
    Message { name: "AppEngine", fields: &[Field { name: "moduleId", shape: Shape::Text, output: false }] };

/// monitoring v3, AvailabilityCriteria.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AvailabilityCriteria {}

pub static AVAILABILITY_CRITERIA: Message = Message { name: "AvailabilityCriteria", fields: &[] };

/// monitoring v3, BasicService.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BasicService {
    /// A map. monitoring v3, BasicService.serviceLabels.
    pub service_labels: BTreeMap<String, Input<String>>,
    /// Text. monitoring v3, BasicService.serviceType.
    pub service_type: Input<String>,
}

pub static BASIC_SERVICE: Message = Message {
    name: "BasicService",
    fields: &[
        Field { name: "serviceLabels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "serviceType", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, BasicSli.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BasicSli {
    /// A message. monitoring v3, BasicSli.availability.
    pub availability: Option<AvailabilityCriteria>,
    /// A message. monitoring v3, BasicSli.latency.
    pub latency: Option<LatencyCriteria>,
    /// A list. monitoring v3, BasicSli.location.
    pub location: Vec<Input<String>>,
    /// A list. monitoring v3, BasicSli.method.
    pub method: Vec<Input<String>>,
    /// A list. monitoring v3, BasicSli.version.
    pub version: Vec<Input<String>>,
}

pub static BASIC_SLI: Message = Message {
    name: "BasicSli",
    fields: &[
        Field { name: "availability", shape: Shape::Message(&AVAILABILITY_CRITERIA), output: false },
        Field { name: "latency", shape: Shape::Message(&LATENCY_CRITERIA), output: false },
        Field { name: "location", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "method", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "version", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v3, BooleanTest.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BooleanTest {
    /// Text. monitoring v3, BooleanTest.column.
    pub column: Input<String>,
}

pub static BOOLEAN_TEST: Message =
    Message { name: "BooleanTest", fields: &[Field { name: "column", shape: Shape::Text, output: false }] };

/// monitoring v3, CloudEndpoints.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudEndpoints {
    /// Text. monitoring v3, CloudEndpoints.service.
    pub service: Input<String>,
}

pub static CLOUD_ENDPOINTS: Message = Message {
    name: "CloudEndpoints",
    fields: &[Field { name: "service", shape: Shape::Text, output: false }],
};

/// monitoring v3, CloudRun.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudRun {
    /// Text. monitoring v3, CloudRun.location.
    pub location: Input<String>,
    /// Text. monitoring v3, CloudRun.serviceName.
    pub service_name: Input<String>,
}

pub static CLOUD_RUN: Message = Message {
    name: "CloudRun",
    fields: &[
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "serviceName", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, ClusterIstio.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterIstio {
    /// Text. monitoring v3, ClusterIstio.clusterName.
    pub cluster_name: Input<String>,
    /// Text. monitoring v3, ClusterIstio.location.
    pub location: Input<String>,
    /// Text. monitoring v3, ClusterIstio.serviceName.
    pub service_name: Input<String>,
    /// Text. monitoring v3, ClusterIstio.serviceNamespace.
    pub service_namespace: Input<String>,
}

pub static CLUSTER_ISTIO: Message = Message {
    name: "ClusterIstio",
    fields: &[
        Field { name: "clusterName", shape: Shape::Text, output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "serviceName", shape: Shape::Text, output: false },
        Field { name: "serviceNamespace", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, Condition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// A message. monitoring v3, Condition.conditionAbsent.
    pub condition_absent: Option<MetricAbsence>,
    /// A message. monitoring v3, Condition.conditionMatchedLog.
    pub condition_matched_log: Option<LogMatch>,
    /// A message. monitoring v3, Condition.conditionMonitoringQueryLanguage.
    pub condition_monitoring_query_language: Option<MonitoringQueryLanguageCondition>,
    /// A message. monitoring v3, Condition.conditionPrometheusQueryLanguage.
    pub condition_prometheus_query_language: Option<PrometheusQueryLanguageCondition>,
    /// A message. monitoring v3, Condition.conditionSql.
    pub condition_sql: Option<SqlCondition>,
    /// A message. monitoring v3, Condition.conditionThreshold.
    pub condition_threshold: Option<MetricThreshold>,
    /// Text. monitoring v3, Condition.displayName.
    pub display_name: Input<String>,
    /// Text. monitoring v3, Condition.name.
    pub name: Input<String>,
}

pub static CONDITION: Message = Message {
    name: "Condition",
    fields: &[
        Field { name: "conditionAbsent", shape: Shape::Message(&METRIC_ABSENCE), output: false },
        Field { name: "conditionMatchedLog", shape: Shape::Message(&LOG_MATCH), output: false },
        Field {
            name: "conditionMonitoringQueryLanguage",
            shape: Shape::Message(&MONITORING_QUERY_LANGUAGE_CONDITION),
            output: false,
        },
        Field {
            name: "conditionPrometheusQueryLanguage",
            shape: Shape::Message(&PROMETHEUS_QUERY_LANGUAGE_CONDITION),
            output: false,
        },
        Field { name: "conditionSql", shape: Shape::Message(&SQL_CONDITION), output: false },
        Field { name: "conditionThreshold", shape: Shape::Message(&METRIC_THRESHOLD), output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, Custom.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Custom {}

pub static CUSTOM: Message = Message { name: "Custom", fields: &[] };

/// monitoring v3, Daily.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Daily {
    /// A message. monitoring v3, Daily.executionTime.
    pub execution_time: Option<TimeOfDay>,
    /// A whole number. monitoring v3, Daily.periodicity.
    pub periodicity: Input<i64>,
}

pub static DAILY: Message = Message {
    name: "Daily",
    fields: &[
        Field { name: "executionTime", shape: Shape::Message(&TIME_OF_DAY), output: false },
        Field { name: "periodicity", shape: Shape::Int, output: false },
    ],
};

/// monitoring v3, DistributionCut.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DistributionCut {
    /// Text. monitoring v3, DistributionCut.distributionFilter.
    pub distribution_filter: Input<String>,
    /// A message. monitoring v3, DistributionCut.range.
    pub range: Option<Range>,
}

pub static DISTRIBUTION_CUT: Message = Message {
    name: "DistributionCut",
    fields: &[
        Field { name: "distributionFilter", shape: Shape::Text, output: false },
        Field { name: "range", shape: Shape::Message(&RANGE), output: false },
    ],
};

/// monitoring v3, Documentation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Documentation {
    /// Text. monitoring v3, Documentation.content.
    pub content: Input<String>,
    /// A list. monitoring v3, Documentation.links.
    pub links: Vec<Link>,
    /// Text. monitoring v3, Documentation.mimeType.
    pub mime_type: Input<String>,
    /// Text. monitoring v3, Documentation.subject.
    pub subject: Input<String>,
}

pub static DOCUMENTATION: Message = Message {
    name: "Documentation",
    fields: &[
        Field { name: "content", shape: Shape::Text, output: false },
        Field { name: "links", shape: Shape::List(&Shape::Message(&LINK)), output: false },
        Field { name: "mimeType", shape: Shape::Text, output: false },
        Field { name: "subject", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, ForecastOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForecastOptions {
    /// Seconds. monitoring v3, ForecastOptions.forecastHorizon.
    pub forecast_horizon: Input<Seconds>,
}

pub static FORECAST_OPTIONS: Message = Message {
    name: "ForecastOptions",
    fields: &[Field { name: "forecastHorizon", shape: Shape::Duration, output: false }],
};

/// monitoring v3, GkeNamespace.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GkeNamespace {
    /// Text. monitoring v3, GkeNamespace.clusterName.
    pub cluster_name: Input<String>,
    /// Text. monitoring v3, GkeNamespace.location.
    pub location: Input<String>,
    /// Text. monitoring v3, GkeNamespace.namespaceName.
    pub namespace_name: Input<String>,
}

pub static GKE_NAMESPACE: Message = Message {
    name: "GkeNamespace",
    fields: &[
        Field { name: "clusterName", shape: Shape::Text, output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "namespaceName", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: true },
    ],
};

/// monitoring v3, GkeService.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GkeService {
    /// Text. monitoring v3, GkeService.clusterName.
    pub cluster_name: Input<String>,
    /// Text. monitoring v3, GkeService.location.
    pub location: Input<String>,
    /// Text. monitoring v3, GkeService.namespaceName.
    pub namespace_name: Input<String>,
    /// Text. monitoring v3, GkeService.serviceName.
    pub service_name: Input<String>,
}

pub static GKE_SERVICE: Message = Message {
    name: "GkeService",
    fields: &[
        Field { name: "clusterName", shape: Shape::Text, output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "namespaceName", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: true },
        Field { name: "serviceName", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, GkeWorkload.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GkeWorkload {
    /// Text. monitoring v3, GkeWorkload.clusterName.
    pub cluster_name: Input<String>,
    /// Text. monitoring v3, GkeWorkload.location.
    pub location: Input<String>,
    /// Text. monitoring v3, GkeWorkload.namespaceName.
    pub namespace_name: Input<String>,
    /// Text. monitoring v3, GkeWorkload.topLevelControllerName.
    pub top_level_controller_name: Input<String>,
    /// Text. monitoring v3, GkeWorkload.topLevelControllerType.
    pub top_level_controller_type: Input<String>,
}

pub static GKE_WORKLOAD: Message = Message {
    name: "GkeWorkload",
    fields: &[
        Field { name: "clusterName", shape: Shape::Text, output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "namespaceName", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: true },
        Field { name: "topLevelControllerName", shape: Shape::Text, output: false },
        Field { name: "topLevelControllerType", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, Hourly.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hourly {
    /// A whole number. monitoring v3, Hourly.minuteOffset.
    pub minute_offset: Input<i64>,
    /// A whole number. monitoring v3, Hourly.periodicity.
    pub periodicity: Input<i64>,
}

pub static HOURLY: Message = Message {
    name: "Hourly",
    fields: &[
        Field { name: "minuteOffset", shape: Shape::Int, output: false },
        Field { name: "periodicity", shape: Shape::Int, output: false },
    ],
};

/// monitoring v3, IstioCanonicalService.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IstioCanonicalService {
    /// Text. monitoring v3, IstioCanonicalService.canonicalService.
    pub canonical_service: Input<String>,
    /// Text. monitoring v3, IstioCanonicalService.canonicalServiceNamespace.
    pub canonical_service_namespace: Input<String>,
    /// Text. monitoring v3, IstioCanonicalService.meshUid.
    pub mesh_uid: Input<String>,
}

pub static ISTIO_CANONICAL_SERVICE: Message = Message {
    name: "IstioCanonicalService",
    fields: &[
        Field { name: "canonicalService", shape: Shape::Text, output: false },
        Field { name: "canonicalServiceNamespace", shape: Shape::Text, output: false },
        Field { name: "meshUid", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, LatencyCriteria.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LatencyCriteria {
    /// Seconds. monitoring v3, LatencyCriteria.threshold.
    pub threshold: Input<Seconds>,
}

pub static LATENCY_CRITERIA: Message = Message {
    name: "LatencyCriteria",
    fields: &[Field { name: "threshold", shape: Shape::Duration, output: false }],
};

/// monitoring v3, Link.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// Text. monitoring v3, Link.displayName.
    pub display_name: Input<String>,
    /// Text. monitoring v3, Link.url.
    pub url: Input<String>,
}

pub static LINK: Message = Message {
    name: "Link",
    fields: &[
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "url", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, LogMatch.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogMatch {
    /// Text. monitoring v3, LogMatch.filter.
    pub filter: Input<String>,
    /// A map. monitoring v3, LogMatch.labelExtractors.
    pub label_extractors: BTreeMap<String, Input<String>>,
}

pub static LOG_MATCH: Message = Message {
    name: "LogMatch",
    fields: &[
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "labelExtractors", shape: Shape::Map(&Shape::Text), output: false },
    ],
};

/// monitoring v3, MeshIstio.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeshIstio {
    /// Text. monitoring v3, MeshIstio.meshUid.
    pub mesh_uid: Input<String>,
    /// Text. monitoring v3, MeshIstio.serviceName.
    pub service_name: Input<String>,
    /// Text. monitoring v3, MeshIstio.serviceNamespace.
    pub service_namespace: Input<String>,
}

pub static MESH_ISTIO: Message = Message {
    name: "MeshIstio",
    fields: &[
        Field { name: "meshUid", shape: Shape::Text, output: false },
        Field { name: "serviceName", shape: Shape::Text, output: false },
        Field { name: "serviceNamespace", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, MetricAbsence.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricAbsence {
    /// A list. monitoring v3, MetricAbsence.aggregations.
    pub aggregations: Vec<Aggregation>,
    /// Seconds. monitoring v3, MetricAbsence.duration.
    pub duration: Input<Seconds>,
    /// Text. monitoring v3, MetricAbsence.filter.
    pub filter: Input<String>,
    /// A message. monitoring v3, MetricAbsence.trigger.
    pub trigger: Option<Trigger>,
}

pub static METRIC_ABSENCE: Message = Message {
    name: "MetricAbsence",
    fields: &[
        Field { name: "aggregations", shape: Shape::List(&Shape::Message(&AGGREGATION)), output: false },
        Field { name: "duration", shape: Shape::Duration, output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "trigger", shape: Shape::Message(&TRIGGER), output: false },
    ],
};

/// monitoring v3, MetricRange.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricRange {
    /// A message. monitoring v3, MetricRange.range.
    pub range: Option<Range>,
    /// Text. monitoring v3, MetricRange.timeSeries.
    pub time_series: Input<String>,
}

pub static METRIC_RANGE: Message = Message {
    name: "MetricRange",
    fields: &[
        Field { name: "range", shape: Shape::Message(&RANGE), output: false },
        Field { name: "timeSeries", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, MetricThreshold.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricThreshold {
    /// A list. monitoring v3, MetricThreshold.aggregations.
    pub aggregations: Vec<Aggregation>,
    /// One of a list. monitoring v3, MetricThreshold.comparison.
    pub comparison: Input<Comparison>,
    /// A list. monitoring v3, MetricThreshold.denominatorAggregations.
    pub denominator_aggregations: Vec<Aggregation>,
    /// Text. monitoring v3, MetricThreshold.denominatorFilter.
    pub denominator_filter: Input<String>,
    /// Seconds. monitoring v3, MetricThreshold.duration.
    pub duration: Input<Seconds>,
    /// One of a list. monitoring v3, MetricThreshold.evaluationMissingData.
    pub evaluation_missing_data: Input<EvaluationMissingData>,
    /// Text. monitoring v3, MetricThreshold.filter.
    pub filter: Input<String>,
    /// A message. monitoring v3, MetricThreshold.forecastOptions.
    pub forecast_options: Option<ForecastOptions>,
    /// A number. monitoring v3, MetricThreshold.thresholdValue.
    pub threshold_value: Input<f64>,
    /// A message. monitoring v3, MetricThreshold.trigger.
    pub trigger: Option<Trigger>,
}

pub static METRIC_THRESHOLD: Message = Message {
    name: "MetricThreshold",
    fields: &[
        Field { name: "aggregations", shape: Shape::List(&Shape::Message(&AGGREGATION)), output: false },
        Field { name: "comparison", shape: Shape::Enum, output: false },
        Field {
            name: "denominatorAggregations",
            shape: Shape::List(&Shape::Message(&AGGREGATION)),
            output: false,
        },
        Field { name: "denominatorFilter", shape: Shape::Text, output: false },
        Field { name: "duration", shape: Shape::Duration, output: false },
        Field { name: "evaluationMissingData", shape: Shape::Enum, output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "forecastOptions", shape: Shape::Message(&FORECAST_OPTIONS), output: false },
        Field { name: "thresholdValue", shape: Shape::Double, output: false },
        Field { name: "trigger", shape: Shape::Message(&TRIGGER), output: false },
    ],
};

/// monitoring v3, Minutes.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Minutes {
    /// A whole number. monitoring v3, Minutes.periodicity.
    pub periodicity: Input<i64>,
}

pub static MINUTES: Message =
    Message { name: "Minutes", fields: &[Field { name: "periodicity", shape: Shape::Int, output: false }] };

/// monitoring v3, MonitoringQueryLanguageCondition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MonitoringQueryLanguageCondition {
    /// Seconds. monitoring v3, MonitoringQueryLanguageCondition.duration.
    pub duration: Input<Seconds>,
    /// One of a list. monitoring v3, MonitoringQueryLanguageCondition.evaluationMissingData.
    pub evaluation_missing_data: Input<EvaluationMissingData>,
    /// Text. monitoring v3, MonitoringQueryLanguageCondition.query.
    pub query: Input<String>,
    /// A message. monitoring v3, MonitoringQueryLanguageCondition.trigger.
    pub trigger: Option<Trigger>,
}

pub static MONITORING_QUERY_LANGUAGE_CONDITION: Message = Message {
    name: "MonitoringQueryLanguageCondition",
    fields: &[
        Field { name: "duration", shape: Shape::Duration, output: false },
        Field { name: "evaluationMissingData", shape: Shape::Enum, output: false },
        Field { name: "query", shape: Shape::Text, output: false },
        Field { name: "trigger", shape: Shape::Message(&TRIGGER), output: false },
    ],
};

/// monitoring v3, NotificationChannel.
pub static NOTIFICATION_CHANNEL: Message = Message {
    name: "NotificationChannel",
    fields: &[
        Field { name: "creationRecord", shape: Shape::Any, output: true },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "enabled", shape: Shape::Bool, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "mutationRecords", shape: Shape::List(&Shape::Any), output: true },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "type", shape: Shape::Text, output: false },
        Field { name: "userLabels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "verificationStatus", shape: Shape::Enum, output: true },
    ],
};

/// monitoring v3, NotificationChannelStrategy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationChannelStrategy {
    /// A list. monitoring v3, NotificationChannelStrategy.notificationChannelNames.
    pub notification_channel_names: Vec<Input<String>>,
    /// Seconds. monitoring v3, NotificationChannelStrategy.renotifyInterval.
    pub renotify_interval: Input<Seconds>,
}

pub static NOTIFICATION_CHANNEL_STRATEGY: Message = Message {
    name: "NotificationChannelStrategy",
    fields: &[
        Field { name: "notificationChannelNames", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "renotifyInterval", shape: Shape::Duration, output: false },
    ],
};

/// monitoring v3, NotificationRateLimit.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRateLimit {
    /// Seconds. monitoring v3, NotificationRateLimit.period.
    pub period: Input<Seconds>,
}

pub static NOTIFICATION_RATE_LIMIT: Message = Message {
    name: "NotificationRateLimit",
    fields: &[Field { name: "period", shape: Shape::Duration, output: false }],
};

/// monitoring v3, PerformanceThreshold.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PerformanceThreshold {
    /// A message. monitoring v3, PerformanceThreshold.basicSliPerformance.
    pub basic_sli_performance: Option<BasicSli>,
    /// A message. monitoring v3, PerformanceThreshold.performance.
    pub performance: Option<RequestBasedSli>,
    /// A number. monitoring v3, PerformanceThreshold.threshold.
    pub threshold: Input<f64>,
}

pub static PERFORMANCE_THRESHOLD: Message = Message {
    name: "PerformanceThreshold",
    fields: &[
        Field { name: "basicSliPerformance", shape: Shape::Message(&BASIC_SLI), output: false },
        Field { name: "performance", shape: Shape::Message(&REQUEST_BASED_SLI), output: false },
        Field { name: "threshold", shape: Shape::Double, output: false },
    ],
};

/// monitoring v3, PrometheusQueryLanguageCondition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrometheusQueryLanguageCondition {
    /// Text. monitoring v3, PrometheusQueryLanguageCondition.alertRule.
    pub alert_rule: Input<String>,
    /// True or false. monitoring v3, PrometheusQueryLanguageCondition.disableMetricValidation.
    pub disable_metric_validation: Input<bool>,
    /// Seconds. monitoring v3, PrometheusQueryLanguageCondition.duration.
    pub duration: Input<Seconds>,
    /// Seconds. monitoring v3, PrometheusQueryLanguageCondition.evaluationInterval.
    pub evaluation_interval: Input<Seconds>,
    /// A map. monitoring v3, PrometheusQueryLanguageCondition.labels.
    pub labels: BTreeMap<String, Input<String>>,
    /// Text. monitoring v3, PrometheusQueryLanguageCondition.query.
    pub query: Input<String>,
    /// Text. monitoring v3, PrometheusQueryLanguageCondition.ruleGroup.
    pub rule_group: Input<String>,
}

pub static PROMETHEUS_QUERY_LANGUAGE_CONDITION: Message = Message {
    name: "PrometheusQueryLanguageCondition",
    fields: &[
        Field { name: "alertRule", shape: Shape::Text, output: false },
        Field { name: "disableMetricValidation", shape: Shape::Bool, output: false },
        Field { name: "duration", shape: Shape::Duration, output: false },
        Field { name: "evaluationInterval", shape: Shape::Duration, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "query", shape: Shape::Text, output: false },
        Field { name: "ruleGroup", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, GoogleMonitoringV3Range.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Range {
    /// A number. monitoring v3, GoogleMonitoringV3Range.max.
    pub max: Input<f64>,
    /// A number. monitoring v3, GoogleMonitoringV3Range.min.
    pub min: Input<f64>,
}

pub static RANGE: Message = Message {
    name: "GoogleMonitoringV3Range",
    fields: &[
        Field { name: "max", shape: Shape::Double, output: false },
        Field { name: "min", shape: Shape::Double, output: false },
    ],
};

/// monitoring v3, RequestBasedSli.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestBasedSli {
    /// A message. monitoring v3, RequestBasedSli.distributionCut.
    pub distribution_cut: Option<DistributionCut>,
    /// A message. monitoring v3, RequestBasedSli.goodTotalRatio.
    pub good_total_ratio: Option<TimeSeriesRatio>,
}

pub static REQUEST_BASED_SLI: Message = Message {
    name: "RequestBasedSli",
    fields: &[
        Field { name: "distributionCut", shape: Shape::Message(&DISTRIBUTION_CUT), output: false },
        Field { name: "goodTotalRatio", shape: Shape::Message(&TIME_SERIES_RATIO), output: false },
    ],
};

/// monitoring v3, RowCountTest.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RowCountTest {
    /// One of a list. monitoring v3, RowCountTest.comparison.
    pub comparison: Input<Comparison>,
    /// A whole number. monitoring v3, RowCountTest.threshold.
    pub threshold: Input<i64>,
}

pub static ROW_COUNT_TEST: Message = Message {
    name: "RowCountTest",
    fields: &[
        Field { name: "comparison", shape: Shape::Enum, output: false },
        Field { name: "threshold", shape: Shape::Int64, output: false },
    ],
};

/// monitoring v3, Service.
pub static SERVICE: Message = Message {
    name: "Service",
    fields: &[
        Field { name: "appEngine", shape: Shape::Message(&APP_ENGINE), output: false },
        Field { name: "basicService", shape: Shape::Message(&BASIC_SERVICE), output: false },
        Field { name: "cloudEndpoints", shape: Shape::Message(&CLOUD_ENDPOINTS), output: false },
        Field { name: "cloudRun", shape: Shape::Message(&CLOUD_RUN), output: false },
        Field { name: "clusterIstio", shape: Shape::Message(&CLUSTER_ISTIO), output: false },
        Field { name: "custom", shape: Shape::Message(&CUSTOM), output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "gkeNamespace", shape: Shape::Message(&GKE_NAMESPACE), output: false },
        Field { name: "gkeService", shape: Shape::Message(&GKE_SERVICE), output: false },
        Field { name: "gkeWorkload", shape: Shape::Message(&GKE_WORKLOAD), output: false },
        Field {
            name: "istioCanonicalService",
            shape: Shape::Message(&ISTIO_CANONICAL_SERVICE),
            output: false,
        },
        Field { name: "meshIstio", shape: Shape::Message(&MESH_ISTIO), output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "telemetry", shape: Shape::Message(&TELEMETRY), output: false },
        Field { name: "userLabels", shape: Shape::Map(&Shape::Text), output: false },
    ],
};

/// monitoring v3, ServiceLevelIndicator.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLevelIndicator {
    /// A message. monitoring v3, ServiceLevelIndicator.basicSli.
    pub basic_sli: Option<BasicSli>,
    /// A message. monitoring v3, ServiceLevelIndicator.requestBased.
    pub request_based: Option<RequestBasedSli>,
    /// A message. monitoring v3, ServiceLevelIndicator.windowsBased.
    pub windows_based: Option<WindowsBasedSli>,
}

pub static SERVICE_LEVEL_INDICATOR: Message = Message {
    name: "ServiceLevelIndicator",
    fields: &[
        Field { name: "basicSli", shape: Shape::Message(&BASIC_SLI), output: false },
        Field { name: "requestBased", shape: Shape::Message(&REQUEST_BASED_SLI), output: false },
        Field { name: "windowsBased", shape: Shape::Message(&WINDOWS_BASED_SLI), output: false },
    ],
};

/// monitoring v3, ServiceLevelObjective.
pub static SERVICE_LEVEL_OBJECTIVE: Message = Message {
    name: "ServiceLevelObjective",
    fields: &[
        Field { name: "calendarPeriod", shape: Shape::Enum, output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "goal", shape: Shape::Double, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "rollingPeriod", shape: Shape::Duration, output: false },
        Field {
            name: "serviceLevelIndicator",
            shape: Shape::Message(&SERVICE_LEVEL_INDICATOR),
            output: false,
        },
        Field { name: "userLabels", shape: Shape::Map(&Shape::Text), output: false },
    ],
};

/// monitoring v3, SqlCondition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SqlCondition {
    /// A message. monitoring v3, SqlCondition.booleanTest.
    pub boolean_test: Option<BooleanTest>,
    /// A message. monitoring v3, SqlCondition.daily.
    pub daily: Option<Daily>,
    /// A message. monitoring v3, SqlCondition.hourly.
    pub hourly: Option<Hourly>,
    /// A message. monitoring v3, SqlCondition.minutes.
    pub minutes: Option<Minutes>,
    /// Text. monitoring v3, SqlCondition.query.
    pub query: Input<String>,
    /// A message. monitoring v3, SqlCondition.rowCountTest.
    pub row_count_test: Option<RowCountTest>,
}

pub static SQL_CONDITION: Message = Message {
    name: "SqlCondition",
    fields: &[
        Field { name: "booleanTest", shape: Shape::Message(&BOOLEAN_TEST), output: false },
        Field { name: "daily", shape: Shape::Message(&DAILY), output: false },
        Field { name: "hourly", shape: Shape::Message(&HOURLY), output: false },
        Field { name: "minutes", shape: Shape::Message(&MINUTES), output: false },
        Field { name: "query", shape: Shape::Text, output: false },
        Field { name: "rowCountTest", shape: Shape::Message(&ROW_COUNT_TEST), output: false },
    ],
};

/// monitoring v3, Telemetry.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Telemetry {
    /// Text. monitoring v3, Telemetry.resourceName.
    pub resource_name: Input<String>,
}

pub static TELEMETRY: Message = Message {
    name: "Telemetry",
    fields: &[Field { name: "resourceName", shape: Shape::Text, output: false }],
};

/// monitoring v3, TimeOfDay.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeOfDay {
    /// Hours. monitoring v3, TimeOfDay.hours.
    pub hours: Input<i64>,
    /// Minutes. monitoring v3, TimeOfDay.minutes.
    pub minutes: Input<i64>,
    /// A whole number. monitoring v3, TimeOfDay.nanos.
    pub nanos: Input<i64>,
    /// Seconds. monitoring v3, TimeOfDay.seconds.
    pub seconds: Input<i64>,
}

pub static TIME_OF_DAY: Message = Message {
    name: "TimeOfDay",
    fields: &[
        Field { name: "hours", shape: Shape::Int, output: false },
        Field { name: "minutes", shape: Shape::Int, output: false },
        Field { name: "nanos", shape: Shape::Int, output: false },
        Field { name: "seconds", shape: Shape::Int, output: false },
    ],
};

/// monitoring v3, TimeSeriesRatio.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeSeriesRatio {
    /// Text. monitoring v3, TimeSeriesRatio.badServiceFilter.
    pub bad_service_filter: Input<String>,
    /// Text. monitoring v3, TimeSeriesRatio.goodServiceFilter.
    pub good_service_filter: Input<String>,
    /// Text. monitoring v3, TimeSeriesRatio.totalServiceFilter.
    pub total_service_filter: Input<String>,
}

pub static TIME_SERIES_RATIO: Message = Message {
    name: "TimeSeriesRatio",
    fields: &[
        Field { name: "badServiceFilter", shape: Shape::Text, output: false },
        Field { name: "goodServiceFilter", shape: Shape::Text, output: false },
        Field { name: "totalServiceFilter", shape: Shape::Text, output: false },
    ],
};

/// monitoring v3, Trigger.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// A whole number. monitoring v3, Trigger.count.
    pub count: Input<i64>,
    /// A number. monitoring v3, Trigger.percent.
    pub percent: Input<f64>,
}

pub static TRIGGER: Message = Message {
    name: "Trigger",
    fields: &[
        Field { name: "count", shape: Shape::Int, output: false },
        Field { name: "percent", shape: Shape::Double, output: false },
    ],
};

/// monitoring v3, WindowsBasedSli.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowsBasedSli {
    /// Text. monitoring v3, WindowsBasedSli.goodBadMetricFilter.
    pub good_bad_metric_filter: Input<String>,
    /// A message. monitoring v3, WindowsBasedSli.goodTotalRatioThreshold.
    pub good_total_ratio_threshold: Option<PerformanceThreshold>,
    /// A message. monitoring v3, WindowsBasedSli.metricMeanInRange.
    pub metric_mean_in_range: Option<MetricRange>,
    /// A message. monitoring v3, WindowsBasedSli.metricSumInRange.
    pub metric_sum_in_range: Option<MetricRange>,
    /// Seconds. monitoring v3, WindowsBasedSli.windowPeriod.
    pub window_period: Input<Seconds>,
}

pub static WINDOWS_BASED_SLI: Message = Message {
    name: "WindowsBasedSli",
    fields: &[
        Field { name: "goodBadMetricFilter", shape: Shape::Text, output: false },
        Field {
            name: "goodTotalRatioThreshold",
            shape: Shape::Message(&PERFORMANCE_THRESHOLD),
            output: false,
        },
        Field { name: "metricMeanInRange", shape: Shape::Message(&METRIC_RANGE), output: false },
        Field { name: "metricSumInRange", shape: Shape::Message(&METRIC_RANGE), output: false },
        Field { name: "windowPeriod", shape: Shape::Duration, output: false },
    ],
};

/// monitoring v3, ServiceLevelObjective.calendarPeriod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CalendarPeriod {
    Day,
    Week,
    Fortnight,
    Month,
    Quarter,
    Half,
    Year,
}

/// monitoring v3, AlertPolicy.combiner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Combiner {
    And,
    Or,
    AndWithMatchingResource,
}

/// monitoring v3, MetricThreshold.comparison and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Comparison {
    #[serde(rename = "COMPARISON_GT")]
    Gt,
    #[serde(rename = "COMPARISON_GE")]
    Ge,
    #[serde(rename = "COMPARISON_LT")]
    Lt,
    #[serde(rename = "COMPARISON_LE")]
    Le,
    #[serde(rename = "COMPARISON_EQ")]
    Eq,
    #[serde(rename = "COMPARISON_NE")]
    Ne,
}

/// monitoring v3, Aggregation.crossSeriesReducer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CrossSeriesReducer {
    #[serde(rename = "REDUCE_NONE")]
    None,
    #[serde(rename = "REDUCE_MEAN")]
    Mean,
    #[serde(rename = "REDUCE_MIN")]
    Min,
    #[serde(rename = "REDUCE_MAX")]
    Max,
    #[serde(rename = "REDUCE_SUM")]
    Sum,
    #[serde(rename = "REDUCE_STDDEV")]
    Stddev,
    #[serde(rename = "REDUCE_COUNT")]
    Count,
    #[serde(rename = "REDUCE_COUNT_TRUE")]
    CountTrue,
    #[serde(rename = "REDUCE_COUNT_FALSE")]
    CountFalse,
    #[serde(rename = "REDUCE_FRACTION_TRUE")]
    FractionTrue,
    #[serde(rename = "REDUCE_PERCENTILE_99")]
    Percentile99,
    #[serde(rename = "REDUCE_PERCENTILE_95")]
    Percentile95,
    #[serde(rename = "REDUCE_PERCENTILE_50")]
    Percentile50,
    #[serde(rename = "REDUCE_PERCENTILE_05")]
    Percentile05,
}

/// monitoring v3, MetricThreshold.evaluationMissingData and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum EvaluationMissingData {
    #[serde(rename = "EVALUATION_MISSING_DATA_INACTIVE")]
    Inactive,
    #[serde(rename = "EVALUATION_MISSING_DATA_ACTIVE")]
    Active,
    #[serde(rename = "EVALUATION_MISSING_DATA_NO_OP")]
    NoOp,
}

/// monitoring v3, AlertStrategy.notificationPrompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotificationPrompt {
    Opened,
    Closed,
}

/// monitoring v3, Aggregation.perSeriesAligner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PerSeriesAligner {
    #[serde(rename = "ALIGN_NONE")]
    None,
    #[serde(rename = "ALIGN_DELTA")]
    Delta,
    #[serde(rename = "ALIGN_RATE")]
    Rate,
    #[serde(rename = "ALIGN_INTERPOLATE")]
    Interpolate,
    #[serde(rename = "ALIGN_NEXT_OLDER")]
    NextOlder,
    #[serde(rename = "ALIGN_MIN")]
    Min,
    #[serde(rename = "ALIGN_MAX")]
    Max,
    #[serde(rename = "ALIGN_MEAN")]
    Mean,
    #[serde(rename = "ALIGN_COUNT")]
    Count,
    #[serde(rename = "ALIGN_SUM")]
    Sum,
    #[serde(rename = "ALIGN_STDDEV")]
    Stddev,
    #[serde(rename = "ALIGN_COUNT_TRUE")]
    CountTrue,
    #[serde(rename = "ALIGN_COUNT_FALSE")]
    CountFalse,
    #[serde(rename = "ALIGN_FRACTION_TRUE")]
    FractionTrue,
    #[serde(rename = "ALIGN_PERCENTILE_99")]
    Percentile99,
    #[serde(rename = "ALIGN_PERCENTILE_95")]
    Percentile95,
    #[serde(rename = "ALIGN_PERCENTILE_50")]
    Percentile50,
    #[serde(rename = "ALIGN_PERCENTILE_05")]
    Percentile05,
    #[serde(rename = "ALIGN_PERCENT_CHANGE")]
    PercentChange,
}

/// monitoring v3, AlertPolicy.severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Severity {
    Critical,
    Error,
    Warning,
}
