//! Watching over it: alerts, dashboard, objectives.

use engine::config::{Config, ConfigError};
use engine::{Input, Seconds, concat};
use gcp::monitoring::{AlertPolicy, Dashboard, MonitoredService, NotificationChannel, ServiceLevelObjective};
use gcp::schema::monitoring_v1 as board;
use gcp::schema::monitoring_v3::{
    Aggregation, AlertStrategy, Combiner, Comparison, Condition, CrossSeriesReducer, Custom, DistributionCut,
    Documentation, MetricThreshold, PerSeriesAligner, Range, RequestBasedSli, ServiceLevelIndicator,
    TimeSeriesRatio,
};
use gcp::{Handle, Stack};

use crate::ingestion::Pipeline;
use crate::service::Api;

pub fn declare(
    stack: &mut Stack<'_>,
    config: &Config,
    pipeline: &Pipeline,
    api: &Api,
) -> Result<(), ConfigError> {
    let email: String = config.get("alertEmail")?;
    alert(stack, api, &email);
    objectives(stack, pipeline, api);
    dashboard(stack, pipeline, api);
    Ok(())
}

/// The share of answers that are errors, for a count says nothing without the traffic it comes from.
fn alert(stack: &mut Stack<'_>, api: &Api, email: &str) {
    let channel = (!email.is_empty()).then(|| {
        stack.add(
            "on-call",
            NotificationChannel {
                r#type: "email".into(),
                display_name: "On call".into(),
                labels: engine::labels([("email_address", email)]),
                ..NotificationChannel::default()
            },
        )
    });
    let rate = || Aggregation {
        alignment_period: Seconds::minutes(5).into(),
        per_series_aligner: PerSeriesAligner::Rate.into(),
        cross_series_reducer: CrossSeriesReducer::Sum.into(),
        ..Aggregation::default()
    };
    stack.add(
        "high-api-error-rate",
        AlertPolicy {
            display_name: "High API Error Rate".into(),
            combiner: Combiner::Or.into(),
            conditions: vec![Condition {
                display_name: "More than 5% of requests fail".into(),
                condition_threshold: Some(MetricThreshold {
                    filter: requests(api, " AND metric.labels.response_code_class = \"5xx\""),
                    aggregations: vec![rate()],
                    denominator_filter: requests(api, ""),
                    denominator_aggregations: vec![rate()],
                    comparison: Comparison::Gt.into(),
                    threshold_value: 0.05.into(),
                    duration: Seconds::minutes(5).into(),
                    ..MetricThreshold::default()
                }),
                ..Condition::default()
            }],
            notification_channels: channel.iter().map(|it| it.id().into()).collect(),
            alert_strategy: Some(AlertStrategy {
                auto_close: Seconds::hours(1).into(),
                ..AlertStrategy::default()
            }),
            documentation: Some(Documentation {
                content: "Look at the service's logs for severity ERROR, and at BigQuery's status.".into(),
                mime_type: "text/markdown".into(),
                ..Documentation::default()
            }),
            ..AlertPolicy::default()
        },
    );
}

/// A filter for requests to the service.
fn requests(api: &Api, and: &str) -> Input<String> {
    concat([
        "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"".into(),
        api.service.service_name().into(),
        "\" AND metric.type = \"run.googleapis.com/request_count\"".into(),
        and.into(),
    ])
}

/// What we promise of each hop, over four weeks.
fn objectives(stack: &mut Stack<'_>, pipeline: &Pipeline, api: &Api) {
    let service = stack.add(
        "events-pipeline",
        MonitoredService {
            display_name: "Events pipeline".into(),
            custom: Some(Custom {}),
            ..MonitoredService::default()
        },
    );
    let topic = concat([
        "metric.type = \"pubsub.googleapis.com/topic/send_request_count\" AND resource.type = \"pubsub_topic\" AND \
         resource.labels.topic_id = \""
            .into(),
        pipeline.topic.topic_id().into(),
        "\"".into(),
    ]);
    let reads = concat([
        "metric.type = \"storage.googleapis.com/api/request_count\" AND resource.type = \"gcs_bucket\" AND \
         resource.labels.bucket_name = \""
            .into(),
        pipeline.bucket.bucket_name().into(),
        "\" AND metric.labels.method = \"ReadObject\"".into(),
    ]);
    let queries: Input<String> =
        "metric.type = \"serviceruntime.googleapis.com/api/request_count\" AND resource.type = \
                                  \"consumed_api\" AND resource.labels.service = \"bigquery.googleapis.com\""
            .into();
    let class = "metric.labels.response_code_class";
    let ratios = [
        ("publish-success", "Events are accepted", 0.99, topic, "metric.labels.response_class = \"success\""),
        ("api-success", "Requests succeed", 0.995, requests(api, ""), &format!("{class} = \"2xx\"")),
        ("query-success", "Queries succeed", 0.99, queries, &format!("{class} = \"2xx\"")),
        ("storage-reads", "Files can be read", 0.999, reads, "metric.labels.response_code = \"OK\""),
    ];
    for (name, says, goal, total, good) in ratios {
        let good = concat([total.clone(), " AND ".into(), good.into()]);
        let ratio = TimeSeriesRatio {
            good_service_filter: good,
            total_service_filter: total,
            ..TimeSeriesRatio::default()
        };
        let measured = RequestBasedSli { good_total_ratio: Some(ratio), ..RequestBasedSli::default() };
        stack.add(name, objective(&service, says, goal, measured));
    }
    let fast = DistributionCut {
        distribution_filter: concat([
            "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"".into(),
            api.service.service_name().into(),
            "\" AND metric.type = \"run.googleapis.com/request_latencies\"".into(),
        ]),
        // Milliseconds.
        range: Some(Range { max: 800.0.into(), ..Range::default() }),
    };
    let measured = RequestBasedSli { distribution_cut: Some(fast), ..RequestBasedSli::default() };
    stack.add("api-latency", objective(&service, "Requests are answered within 800 ms", 0.95, measured));
}

fn objective(
    service: &Handle<MonitoredService>,
    says: &str,
    goal: f64,
    measured: RequestBasedSli,
) -> ServiceLevelObjective {
    ServiceLevelObjective {
        service: service.service_id().into(),
        display_name: says.into(),
        goal: goal.into(),
        rolling_period: Seconds::days(28).into(),
        service_level_indicator: Some(ServiceLevelIndicator {
            request_based: Some(measured),
            ..ServiceLevelIndicator::default()
        }),
        ..ServiceLevelObjective::default()
    }
}

/// An event's way from left to right, the service below.
fn dashboard(stack: &mut Stack<'_>, pipeline: &Pipeline, api: &Api) {
    let charts = [
        (
            "Events published",
            concat([
                "metric.type = \"pubsub.googleapis.com/topic/send_message_operation_count\" AND resource.type = \
                 \"pubsub_topic\" AND resource.labels.topic_id = \""
                    .into(),
                pipeline.topic.topic_id().into(),
                "\"".into(),
            ]),
            board::PerSeriesAligner::Rate,
        ),
        (
            "Events waiting",
            "metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type = \
             \"pubsub_subscription\""
                .into(),
            board::PerSeriesAligner::Mean,
        ),
        ("Requests", requests(api, ""), board::PerSeriesAligner::Rate),
        (
            "Requests that fail",
            requests(api, " AND metric.labels.response_code_class = \"5xx\""),
            board::PerSeriesAligner::Rate,
        ),
    ];
    let tiles = charts.into_iter().zip(0..).map(|((title, filter, aligner), at)| board::Tile {
        // The grid is 48 wide; a position of zero is left out by the server.
        x_pos: (at % 2 * 24).into(),
        y_pos: (at / 2 * 16).into(),
        width: 24.into(),
        height: 16.into(),
        widget: Some(chart(title, filter, aligner)),
    });
    stack.add(
        "events-pipeline",
        Dashboard {
            display_name: "Events pipeline".into(),
            mosaic_layout: Some(board::MosaicLayout { columns: 48.into(), tiles: tiles.collect() }),
            ..Dashboard::default()
        },
    );
}

fn chart(title: &str, filter: Input<String>, aligner: board::PerSeriesAligner) -> board::Widget {
    let series = board::TimeSeriesFilter {
        filter,
        aggregation: Some(board::Aggregation {
            alignment_period: Seconds::minutes(1).into(),
            per_series_aligner: aligner.into(),
            cross_series_reducer: board::CrossSeriesReducer::Sum.into(),
            ..board::Aggregation::default()
        }),
        ..board::TimeSeriesFilter::default()
    };
    let query =
        board::TimeSeriesQuery { time_series_filter: Some(series), ..board::TimeSeriesQuery::default() };
    let line = board::DataSet {
        plot_type: board::PlotType::Line.into(),
        time_series_query: Some(query),
        ..board::DataSet::default()
    };
    board::Widget {
        title: title.into(),
        xy_chart: Some(board::XyChart { data_sets: vec![line], ..board::XyChart::default() }),
        ..board::Widget::default()
    }
}
