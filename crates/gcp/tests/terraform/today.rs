//! A plan of the pipeline as Terraform declares it is charged line by line as our declaration of the same.

use std::collections::BTreeMap;

use engine::{Expr, Input, Origin, Program, Range, Reading, Seconds, Usage, concat};
use gcp::bigquery::{Dataset, Table, column, columns, required};
use gcp::bigquerydatatransfer::{TransferConfig, params};
use gcp::bill::{Item, Resources};
use gcp::dataflow::TemplateJob;
use gcp::identity::ServiceAccount;
use gcp::monitoring::AlertPolicy;
use gcp::pubsub::{Subscription, Topic};
use gcp::resourcemanager::ProjectIamMember;
use gcp::run::{RunServiceIamMember, Service};
use gcp::schema::dataflow::RuntimeEnvironment;
use gcp::schema::monitoring_v3::{Combiner, Condition, MetricThreshold};
use gcp::schema::pubsub::CloudStorageConfig;
use gcp::schema::run::{Container, RevisionTemplate};
use gcp::schema::storage::{Lifecycle, LifecycleRule, LifecycleRuleAction, LifecycleRuleCondition};
use gcp::storage::{Bucket, BucketIamMember};
use gcp::{Stack, terraform};

use crate::all_charges;

const PLAN: &[u8] = include_bytes!("../data/today.plan.json");

/// What the plan declares, declared here.
fn declare(stack: &mut Stack<'_>) -> Result<(), ()> {
    let topic = stack.add("data-ingestion-topic", Topic::default());
    stack.add("data-subscription", Subscription { topic: topic.id().into(), ..Subscription::default() });
    let delete = LifecycleRule {
        action: Some(LifecycleRuleAction { r#type: "Delete".into(), ..LifecycleRuleAction::default() }),
        condition: Some(LifecycleRuleCondition { age: 30.into(), ..LifecycleRuleCondition::default() }),
    };
    let bucket = stack.add(
        "pubsub-exports",
        Bucket {
            name: format!("{}-pubsub-exports", stack.project()).into(),
            location: stack.region().into(),
            lifecycle: Some(Lifecycle { rule: vec![delete] }),
            force_destroy: true,
            ..Bucket::default()
        },
    );
    stack.add(
        "pubsub-writer",
        BucketIamMember { bucket: bucket.bucket_name().into(), ..BucketIamMember::default() },
    );
    stack.add(
        "export-to-storage",
        Subscription {
            topic: topic.id().into(),
            cloud_storage_config: Some(CloudStorageConfig {
                bucket: bucket.bucket_name().into(),
                filename_prefix: "events-".into(),
                filename_suffix: ".json".into(),
                max_duration: Seconds::new(60).into(),
                max_bytes: 1_000_000.into(),
                ..CloudStorageConfig::default()
            }),
            ..Subscription::default()
        },
    );
    let dataset =
        stack.add("analytics_data", Dataset { location: stack.region().into(), ..Dataset::default() });
    let table = stack.add(
        "events",
        Table {
            dataset: dataset.dataset_id().into(),
            schema: columns([required("event_id", "STRING"), column("event_data", "JSON")]),
            ..Table::default()
        },
    );
    let account = stack.add("api-service-account", ServiceAccount::default());
    stack
        .add("api-role", ProjectIamMember { member: account.member().into(), ..ProjectIamMember::default() });
    stack.add(
        "storage-to-bq",
        TransferConfig {
            display_name: "storage-to-bq".into(),
            data_source_id: "google_cloud_storage".into(),
            destination_dataset_id: dataset.dataset_id().into(),
            schedule: "every 15 minutes".into(),
            params: params([
                ("data_path_template", bucket.url_of("*.json").into()),
                ("destination_table_name_template", table.table_id().into()),
                ("file_format", "JSON".into()),
            ]),
            ..TransferConfig::default()
        },
    );
    let service = stack.add(
        "data-api",
        Service {
            template: Some(RevisionTemplate {
                containers: vec![Container { image: "data-api".into(), ..Container::default() }],
                ..RevisionTemplate::default()
            }),
            ..Service::default()
        },
    );
    stack.add(
        "noauth",
        RunServiceIamMember { service: service.service_name().into(), ..RunServiceIamMember::default() },
    );
    let filter =
        "resource.type = \"cloud_run_revision\" AND metric.type = \"run.googleapis.com/request_count\"";
    stack.add(
        "high-error-rate",
        AlertPolicy {
            display_name: "High API Error Rate".into(),
            combiner: Combiner::Or.into(),
            conditions: vec![Condition {
                condition_threshold: Some(MetricThreshold {
                    filter: filter.into(),
                    ..MetricThreshold::default()
                }),
                ..Condition::default()
            }],
            ..AlertPolicy::default()
        },
    );
    stack.add(
        "pubsub-to-bigquery-streaming",
        TemplateJob {
            gcs_path: "gs://dataflow-templates/latest/PubSub_to_BigQuery".into(),
            parameters: [
                ("inputTopic".to_owned(), topic.id().into()),
                ("outputTableSpec".to_owned(), table.spec().into()),
            ]
            .into(),
            environment: Some(RuntimeEnvironment {
                temp_location: concat([bucket.url().into(), "/temp".into()]),
                max_workers: 2.into(),
                ..RuntimeEnvironment::default()
            }),
            ..TemplateJob::default()
        },
    );
    Ok(())
}

/// A month: a million events of 600 bytes, some queries, some requests.
fn given(resources: &Resources) -> BTreeMap<String, Usage> {
    let mut given = BTreeMap::new();
    for item in resources.items() {
        let said: &[(&str, u64)] = match item.priced.token() {
            "gcp:pubsub/v1:Topic" => &[("monthly_messages", 1_000_000), ("average_message_bytes", 600)],
            "gcp:bigquery/v2:Dataset" => &[("monthly_queries_tb", 2)],
            "gcp:run/v2:Service" => &[("monthly_requests", 500_000), ("average_request_duration_ms", 300)],
            _ => continue,
        };
        let mut usage = Usage::default();
        for (name, number) in said {
            let key = item.priced.usage().iter().find(|it| it.name == *name).expect("a usage of this kind");
            let reading = Reading { range: Range::exact(*number), origin: Origin::Given };
            usage.readings.insert(key.name, reading);
        }
        given.insert(item.address.clone(), usage);
    }
    given
}

/// Which of ours each resource of the plan is.
const SAME: &[(&str, &str)] = &[
    ("google_pubsub_topic.data_topic", "data-ingestion-topic"),
    ("google_pubsub_subscription.data_subscription", "data-subscription"),
    ("google_storage_bucket.pubsub_export", "pubsub-exports"),
    ("google_storage_bucket_iam_member.pubsub_writer", "pubsub-writer"),
    ("google_pubsub_subscription.storage_export", "export-to-storage"),
    ("google_bigquery_dataset.analytics", "analytics_data"),
    ("google_bigquery_table.events", "events"),
    ("google_service_account.api", "api-service-account"),
    ("google_project_iam_member.api_roles[\"roles/bigquery.jobUser\"]", "api-role"),
    ("google_bigquery_data_transfer_config.storage_to_bq", "storage-to-bq"),
    ("google_cloud_run_service.api", "data-api"),
    ("google_cloud_run_service_iam_policy.noauth", "noauth"),
    ("google_monitoring_alert_policy.high_error_rate", "high-error-rate"),
    ("google_dataflow_job.pubsub_to_bigquery", "pubsub-to-bigquery-streaming"),
    ("google_project_service.services[\"pubsub.googleapis.com\"]", "pubsub.googleapis.com"),
];

fn ours() -> Resources {
    let mut program = Program::new("events", "today");
    gcp::declare(&mut program, "events-project", "europe-west1", declare).expect("it declares");
    Resources::of_program(&program)
}

#[test]
fn a_plan_is_charged_as_the_same_declaration_is() {
    let input = terraform::read(PLAN).expect("it is a plan");
    assert_eq!(input.region, "europe-west1");
    assert!(input.unsupported.is_empty(), "{:?}", input.unsupported);
    let ours = ours();
    let theirs = all_charges(&input.planned, &given(&input.planned), &input.region);
    let own = all_charges(&ours, &given(&ours), "europe-west1");
    for (address, name) in SAME {
        let theirs = theirs.get(*address).unwrap_or_else(|| panic!("the plan has no {address}"));
        let item = ours.items().iter().find(|it| it.name == *name);
        let item = item.unwrap_or_else(|| panic!("we do not declare {name}"));
        assert_eq!(theirs, &own[&item.address], "{address}");
    }
    // Nothing of either is left out.
    let is_named = |it: &&Item| !SAME.iter().any(|(address, _)| *address == it.address);
    let more: Vec<&str> = input.planned.items().iter().filter(is_named).map(|it| &*it.address).collect();
    let free = |address: &&str| theirs[*address].iter().all(|it| it.starts_with("free: "));
    assert!(more.iter().all(free), "{more:?}");
    assert_eq!(ours.items().iter().filter(|it| !it.name.ends_with("googleapis.com")).count(), SAME.len() - 1);
}

/// The quantities themselves: what both sides agree on could be wrong on both.
#[test]
fn the_whole_way_follows_from_the_topic() {
    let input = terraform::read(PLAN).expect("it is a plan");
    let charges = all_charges(&input.planned, &given(&input.planned), &input.region);
    let has = |address: &str, line: &str| {
        let lines = &charges[address];
        assert!(lines.iter().any(|it| it == line), "there is no\n  {line}\nin\n  {}", lines.join("\n  "));
    };
    // A million events, each charged as 1,000 bytes.
    let tib = "0.000909495..0.000909495..0.000909495 TiBy";
    let line = format!("Message publishing: Message Delivery Basic @global: {tib}");
    has("google_pubsub_topic.data_topic", &line);
    let line = format!("Message delivery: Message Delivery Basic @global: {tib}");
    has("google_pubsub_subscription.data_subscription", &line);
    let line =
        format!("Delivery into Cloud Storage: Message Delivery to Google Cloud Storage @global: {tib}");
    has("google_pubsub_subscription.storage_export", &line);
    let line = format!("Delivery of messages to the job: Message Delivery Basic @global: {tib}");
    has("google_dataflow_job.pubsub_to_bigquery", &line);
    // 600 MB, for 30 days and 7 more in which they can be had back.
    let line = "Storage (standard): Standard Storage (regional) @europe-west1: \
                0.679737901..0.679737901..0.679737901 GiBy.mo";
    has("google_storage_bucket.pubsub_export", line);
    let line = "Class A operations: Regional Standard Class A Operations @global: 600..43800..44400 count";
    has("google_storage_bucket.pubsub_export", line);
    // Once by the transfer, once by the job.
    let line = "Active storage (logical): Active Logical Storage (europe-west1) @europe-west1: \
                1.117587090..1.117587090..1.117587090 GiBy.mo";
    has("google_bigquery_table.events", &line.replace("1.117587090", "1.11758709"));
    let line =
        "Streaming inserts: Streaming Insert (europe-west1) @europe-west1: 976.5625..976.5625..976.5625 MiBy";
    has("google_bigquery_table.events", line);
    let line = "Queries (on demand): Analysis (europe-west1) @europe-west1: 2..2..2 TiBy";
    has("google_bigquery_dataset.analytics", line);
    // Paid for by the request, between one and eighty at a time.
    let line =
        "CPU while serving: Services CPU (Request-based billing) @europe-west1: 1875..150000..150000 vCPU.s";
    has("google_cloud_run_service.api", line);
}

#[test]
fn labels_of_the_provider_are_a_resources_own() {
    let input = terraform::read(PLAN).expect("it is a plan");
    let topic = input.planned.items().iter().find(|it| it.address == "google_pubsub_topic.data_topic");
    assert_eq!(topic.map(|it| &it.inputs["labels"]), Some(&serde_json::json!({ "app": "events" })));
}

/// A reference that is not known when declared stays unknown: the test above would not notice.
#[test]
fn our_own_references_are_known() {
    let account: Input<String> = Input::Expr(Expr::Fact("project.number".to_owned()));
    assert!(account.text().is_none());
    for item in ours().items() {
        let reference = item.inputs.get("topic").or_else(|| item.inputs.pointer("/parameters/inputTopic"));
        if let Some(reference) = reference {
            assert_eq!(reference, "projects/events-project/topics/data-ingestion-topic", "{}", item.address);
        }
    }
}
