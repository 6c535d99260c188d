//! The least that a declaration of each kind must say, and what goes wrong with less.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use engine::{Graph, Input, Program, Seconds, concat, labels};
use gcp::artifactregistry::{Image, Repository, RepositoryIamMember, built};
use gcp::bigquery::{Dataset, DatasetIamMember, Table, column, columns, required};
use gcp::bigquerydatatransfer::{TransferConfig, params};
use gcp::cloudscheduler::SchedulerJob;
use gcp::dataflow::{FlexTemplateJob, TemplateJob};
use gcp::identity::{
    ServiceAccount, ServiceAccountIamMember, WorkloadIdentityPool, WorkloadIdentityPoolProvider,
};
use gcp::kinds::ALL;
use gcp::logging::{LogMetric, LogSink};
use gcp::monitoring::{AlertPolicy, Dashboard, MonitoredService, NotificationChannel, ServiceLevelObjective};
use gcp::pubsub::{Schema, Subscription, SubscriptionIamMember, Topic, TopicIamMember};
use gcp::resourcemanager::ProjectIamMember;
use gcp::run::{Job, RunJobIamMember, RunServiceIamMember, Service};
use gcp::schema::artifactregistry::RepositoryFormat;
use gcp::schema::cloudscheduler::PubsubTarget;
use gcp::schema::iam::Oidc;
use gcp::schema::monitoring_v3::{
    Combiner, Comparison, Condition, Custom, MetricThreshold, RequestBasedSli, ServiceLevelIndicator,
    TimeSeriesRatio,
};
use gcp::schema::pubsub::SchemaType;
use gcp::schema::run::{Container, ExecutionTemplate, RevisionTemplate, TaskTemplate};
use gcp::secretmanager::{Secret, SecretIamMember, SecretVersion};
use gcp::storage::{Bucket, BucketIamMember};
use gcp::{Stack, declare};

fn container() -> Vec<Container> {
    vec![Container { image: "eu-docker.pkg.dev/p/r/api:1".into(), ..Default::default() }]
}

/// One of each kind, with what it cannot do without.
fn one_of_each(stack: &mut Stack<'_>) {
    let account = stack.add("api-account", ServiceAccount::default());
    pubsub_and_storage(stack, &account.member().into());
    bigquery(stack, &account.member().into());
    serving(stack, &account.member().into());
    operations(stack);
    stack.add(
        "act-as",
        ServiceAccountIamMember {
            service_account: account.id().into(),
            role: "roles/iam.serviceAccountUser".into(),
            member: "user:me@example.com".into(),
            ..Default::default()
        },
    );
    let pool = stack.add("github", WorkloadIdentityPool::default());
    stack.add(
        "actions",
        WorkloadIdentityPoolProvider {
            pool: pool.pool_id().into(),
            attribute_mapping: labels([("google.subject", "assertion.sub")]),
            attribute_condition: "assertion.repository == 'me/events'".into(),
            oidc: Some(Oidc {
                issuer_uri: "https://token.actions.githubusercontent.com".into(),
                ..Default::default()
            }),
            ..Default::default()
        },
    );
    stack.add(
        "deployer",
        ProjectIamMember {
            role: "roles/run.admin".into(),
            member: pool.members("repository", "me/events"),
            ..Default::default()
        },
    );
}

fn pubsub_and_storage(stack: &mut Stack<'_>, member: &Input<String>) {
    let topic = stack.add("events", Topic::default());
    let subscription = stack.add("events", Subscription { topic: topic.id().into(), ..Default::default() });
    let (role, member) = ("roles/pubsub.subscriber".into(), member.clone());
    stack.add(
        "publish",
        TopicIamMember { topic: topic.id().into(), role, member: member.clone(), ..Default::default() },
    );
    stack.add(
        "subscribe",
        SubscriptionIamMember {
            subscription: subscription.id().into(),
            role: "roles/pubsub.subscriber".into(),
            member,
            ..Default::default()
        },
    );
    stack.add(
        "event",
        Schema { r#type: SchemaType::Avro.into(), definition: "{}".into(), ..Default::default() },
    );
    let bucket = stack.add("p-exports", Bucket::default());
    stack.add(
        "write",
        BucketIamMember {
            bucket: bucket.bucket_name().into(),
            role: "roles/storage.objectCreator".into(),
            member: stack.agent("gcp-sa-pubsub"),
            ..Default::default()
        },
    );
    stack.add(
        "logs",
        LogSink {
            destination: concat(["storage.googleapis.com/".into(), bucket.bucket_name().into()]),
            ..Default::default()
        },
    );
    stack.add("errors", LogMetric { filter: "severity>=ERROR".into(), ..Default::default() });
    let target = PubsubTarget { topic_name: topic.id().into(), data: "YQ==".into(), ..Default::default() };
    stack.add(
        "tick",
        SchedulerJob { schedule: "* * * * *".into(), pubsub_target: Some(target), ..Default::default() },
    );
}

fn bigquery(stack: &mut Stack<'_>, member: &Input<String>) {
    let dataset = stack.add("analytics", Dataset::default());
    let schema = columns([required("event_id", "STRING"), column("event_data", "JSON")]);
    let table =
        stack.add("events", Table { dataset: dataset.dataset_id().into(), schema, ..Default::default() });
    stack.add(
        "read",
        DatasetIamMember {
            dataset: dataset.dataset_id().into(),
            role: "roles/bigquery.dataViewer".into(),
            member: member.clone(),
            ..Default::default()
        },
    );
    stack.add(
        "load",
        TransferConfig {
            display_name: "load".into(),
            data_source_id: "google_cloud_storage".into(),
            params: params([
                ("data_path_template", "gs://p-exports/*.json".into()),
                ("destination_table_name_template", table.table_id().into()),
            ]),
            ..Default::default()
        },
    );
    stack.add("stream", TemplateJob { gcs_path: "gs://t/PubSub_to_BigQuery".into(), ..Default::default() });
    stack
        .add("flex", FlexTemplateJob { container_spec_gcs_path: "gs://t/flex".into(), ..Default::default() });
}

fn serving(stack: &mut Stack<'_>, member: &Input<String>) {
    let repository =
        stack.add("images", Repository { format: RepositoryFormat::Docker.into(), ..Default::default() });
    stack.add(
        "api",
        Image {
            repository: repository.repository_id().into(),
            tag: "latest".into(),
            digest: built("api", "data-api").into(),
            ..Default::default()
        },
    );
    let template = RevisionTemplate { containers: container(), ..Default::default() };
    let service = stack.add("api", Service { template: Some(template), ..Default::default() });
    let task = TaskTemplate { containers: container(), ..Default::default() };
    let template = ExecutionTemplate { template: Some(task), ..Default::default() };
    let job = stack.add("batch", Job { template: Some(template), ..Default::default() });
    let secret = stack.add("token", Secret::default());
    stack.add(
        "token-1",
        SecretVersion { secret: secret.id().into(), payload: "hush".into(), ..Default::default() },
    );
    let (role, member) = (|it: &str| it.into(), member.clone());
    stack.add(
        "open",
        RunServiceIamMember {
            service: service.id().into(),
            role: role("roles/run.invoker"),
            member: "allUsers".into(),
            ..Default::default()
        },
    );
    stack.add(
        "run",
        RunJobIamMember {
            job: job.id().into(),
            role: role("roles/run.invoker"),
            member: member.clone(),
            ..Default::default()
        },
    );
    stack.add(
        "pull",
        RepositoryIamMember {
            repository: repository.id().into(),
            role: role("roles/artifactregistry.reader"),
            member: member.clone(),
            ..Default::default()
        },
    );
    stack.add(
        "token",
        SecretIamMember {
            secret: secret.id().into(),
            role: role("roles/secretmanager.secretAccessor"),
            member,
            ..Default::default()
        },
    );
}

fn operations(stack: &mut Stack<'_>) {
    let channel = stack.add(
        "on-call",
        NotificationChannel {
            r#type: "email".into(),
            display_name: "On call".into(),
            labels: labels([("email_address", "me@example.com")]),
            ..Default::default()
        },
    );
    let threshold = MetricThreshold {
        filter: "metric.type=\"run.googleapis.com/request_count\"".into(),
        comparison: Comparison::Gt.into(),
        threshold_value: 0.05.into(),
        duration: Seconds::minutes(5).into(),
        ..Default::default()
    };
    stack.add(
        "errors",
        AlertPolicy {
            display_name: "High error rate".into(),
            combiner: Combiner::Or.into(),
            conditions: vec![Condition {
                display_name: "errors".into(),
                condition_threshold: Some(threshold),
                ..Default::default()
            }],
            notification_channels: vec![channel.id().into()],
            ..Default::default()
        },
    );
    stack.add("events", Dashboard { display_name: "Events".into(), ..Default::default() });
    let service =
        stack.add("api", MonitoredService { custom: Some(Custom::default()), ..Default::default() });
    let ratio = TimeSeriesRatio {
        good_service_filter: "a".into(),
        total_service_filter: "b".into(),
        ..Default::default()
    };
    let indicator = ServiceLevelIndicator {
        request_based: Some(RequestBasedSli { good_total_ratio: Some(ratio), ..Default::default() }),
        ..Default::default()
    };
    stack.add(
        "availability",
        ServiceLevelObjective {
            service: service.service_id().into(),
            goal: 0.995.into(),
            rolling_period: Seconds::days(28).into(),
            service_level_indicator: Some(indicator),
            ..Default::default()
        },
    );
}

fn program(declaration: impl FnOnce(&mut Stack<'_>)) -> Program {
    let mut program = Program::new("events", "dev");
    let done: Result<(), ()> = declare(&mut program, "p", "europe-west1", |stack| {
        declaration(stack);
        Ok(())
    });
    assert!(done.is_ok());
    program
}

#[test]
fn the_least_of_each_kind_is_enough() {
    let program = program(one_of_each);
    for node in &program.nodes {
        assert!(node.invalid.is_empty(), "{}: {:?}", node.urn, node.invalid);
    }
    for entry in ALL {
        let token = entry.kind.facts.token;
        assert!(program.nodes.iter().any(|it| it.urn.kind() == token), "there is no {token} in this test");
    }
    Graph::new(&program).unwrap();
}

#[test]
fn each_api_is_enabled_once() {
    let program = program(one_of_each);
    let mut apis: Vec<&str> = program
        .nodes
        .iter()
        .filter(|it| it.urn.kind() == "gcp:serviceusage/v1:Service")
        .map(|it| it.name.as_str())
        .collect();
    apis.sort_unstable();
    insta::assert_snapshot!(apis.join("\n"));
}

#[test]
fn less_is_not_enough() {
    let program = program(|stack| {
        stack.add("t", Topic::default());
        stack.add("s", Subscription::default());
        stack.add("Service_1", Job::default());
        stack.add("Bad_Bucket", Bucket { name: "Bad_Bucket".into(), ..Default::default() });
        stack.add("v", SecretVersion::default());
        stack.add("a", AlertPolicy::default());
        stack.add("o", ServiceLevelObjective { goal: 99.5.into(), ..Default::default() });
        stack.add(
            "m",
            ProjectIamMember { role: "editor".into(), member: "allUsers".into(), ..Default::default() },
        );
        stack.add(
            "b",
            BucketIamMember {
                role: "roles/viewer".into(),
                member: "me@example.com".into(),
                ..Default::default()
            },
        );
        stack.add("r", Service::default());
    });
    let told: Vec<String> = program
        .nodes
        .iter()
        .flat_map(|node| node.invalid.iter().map(move |it| (node, it)))
        .map(|(node, it)| {
            let hint = it.hint.as_ref().map(|it| format!("\n  hint: {it}")).unwrap_or_default();
            format!("{} {}: {it}{hint}", node.driver.facts().noun, node.name)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
