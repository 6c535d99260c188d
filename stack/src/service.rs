//! The API: the Cloud Run service, its image's repository, and who may call it.

use std::collections::BTreeMap;

use engine::config::{Config, ConfigError};
use engine::{Input, Seconds, concat};
use gcp::artifactregistry::{Image, Repository, built};
use gcp::bigquery::DatasetIamMember;
use gcp::identity::{ServiceAccount, ServiceAccountIamMember};
use gcp::resourcemanager::ProjectIamMember;
use gcp::run::{RunServiceIamMember, Service};
use gcp::schema::artifactregistry::{
    CleanupPolicy, CleanupPolicyAction, CleanupPolicyCondition, CleanupPolicyMostRecentVersions,
    RepositoryFormat, TagState,
};
use gcp::schema::run::{
    Container, EnvVar, HttpGetAction, Probe, ResourceRequirements, RevisionScaling, RevisionTemplate,
    TrafficTarget, TrafficTargetType,
};
use gcp::{Handle, Stack};

use crate::deployer;
use crate::ingestion::{Pipeline, labels};

/// What others need of the service.
pub struct Api {
    pub service: Handle<Service>,
}

pub fn declare(stack: &mut Stack<'_>, config: &Config, pipeline: &Pipeline) -> Result<Api, ConfigError> {
    let repository = stack.add("data-api-images", images());
    let image = image(stack, config.get("image")?, &repository);
    let account = account(stack, pipeline);
    let after = deployer::acts_as(stack, config, "deployer-acts-as-the-service", &account)?;
    let (traffic, canary_percent) = traffic(config.get("canary")?);
    let service = stack.add_with(
        "data-api",
        Service {
            labels: labels(),
            template: Some(RevisionTemplate {
                service_account: account.email().into(),
                timeout: Seconds::new(60).into(),
                scaling: Some(RevisionScaling {
                    max_instance_count: 10.into(),
                    ..RevisionScaling::default()
                }),
                containers: vec![Container {
                    image,
                    env: vec![
                        env("GOOGLE_CLOUD_PROJECT", stack.project().into()),
                        env("BIGQUERY_DATASET", pipeline.dataset.dataset_id().into()),
                        env("BIGQUERY_TABLE", pipeline.table.table_id().into()),
                        env("BIGQUERY_LOCATION", stack.region().into()),
                    ],
                    resources: Some(ResourceRequirements {
                        limits: BTreeMap::from([
                            ("cpu".to_owned(), "1".into()),
                            ("memory".to_owned(), "512Mi".into()),
                        ]),
                        // Paid by the request, not by the hour.
                        cpu_idle: true.into(),
                        startup_cpu_boost: true.into(),
                    }),
                    startup_probe: Some(Probe {
                        http_get: Some(HttpGetAction { path: "/health".into(), ..HttpGetAction::default() }),
                        period_seconds: 2.into(),
                        failure_threshold: 30.into(),
                        ..Probe::default()
                    }),
                    ..Container::default()
                }],
                ..RevisionTemplate::default()
            }),
            traffic,
            canary_percent,
            ..Service::default()
        },
        after,
    );
    if config.get("public")? {
        stack.add(
            "everybody-may-call",
            RunServiceIamMember {
                service: service.service_name().into(),
                role: "roles/run.invoker".into(),
                member: "allUsers".into(),
                ..RunServiceIamMember::default()
            },
        );
    }
    stack.output("url", service.uri());
    stack.output("images", repository.registry_uri());
    Ok(Api { service })
}

/// All traffic to what was deployed last, or a part of it until it is promoted.
fn traffic(canary: i64) -> (Vec<TrafficTarget>, Input<i64>) {
    if canary != 0 {
        return (Vec::new(), canary.into());
    }
    let latest = TrafficTarget {
        r#type: TrafficTargetType::Latest.into(),
        percent: 100.into(),
        ..TrafficTarget::default()
    };
    (vec![latest], Input::default())
}

/// Images of the last releases, and nothing that no release uses.
fn images() -> Repository {
    let policy =
        |action: CleanupPolicyAction| CleanupPolicy { action: action.into(), ..CleanupPolicy::default() };
    Repository {
        format: RepositoryFormat::Docker.into(),
        description: "Images of the API".into(),
        labels: labels(),
        cleanup_policies: BTreeMap::from([
            (
                "keep-the-last-ten".to_owned(),
                CleanupPolicy {
                    most_recent_versions: Some(CleanupPolicyMostRecentVersions {
                        keep_count: 10.into(),
                        ..CleanupPolicyMostRecentVersions::default()
                    }),
                    ..policy(CleanupPolicyAction::Keep)
                },
            ),
            (
                // Each has a tag that names its sources, by which an earlier commit finds it again.
                "delete-old".to_owned(),
                CleanupPolicy {
                    condition: Some(CleanupPolicyCondition {
                        tag_state: TagState::Any.into(),
                        older_than: Seconds::days(90).into(),
                        ..CleanupPolicyCondition::default()
                    }),
                    ..policy(CleanupPolicyAction::Delete)
                },
            ),
        ]),
        ..Repository::default()
    }
}

/// The account that the service runs as. Where it read every dataset of the project, it reads this one;
/// running queries is the project's to allow; and tokens it may make for itself alone, not for every
/// account of the project.
fn account(stack: &mut Stack<'_>, pipeline: &Pipeline) -> Handle<ServiceAccount> {
    let account = stack.add(
        "api-service-account",
        ServiceAccount { display_name: "Serves events".into(), ..ServiceAccount::default() },
    );
    stack.add(
        "api-reads-events",
        DatasetIamMember {
            dataset: pipeline.dataset.dataset_id().into(),
            role: "roles/bigquery.dataViewer".into(),
            member: account.member().into(),
            ..DatasetIamMember::default()
        },
    );
    stack.add(
        "api-runs-queries",
        ProjectIamMember {
            role: "roles/bigquery.jobUser".into(),
            member: account.member().into(),
            ..ProjectIamMember::default()
        },
    );
    stack.add(
        "api-makes-its-tokens",
        ServiceAccountIamMember {
            service_account: account.id().into(),
            role: "roles/iam.serviceAccountTokenCreator".into(),
            member: account.member().into(),
            ..ServiceAccountIamMember::default()
        },
    );
    account
}

fn env(name: &str, value: Input<String>) -> EnvVar {
    EnvVar { name: name.into(), value, ..EnvVar::default() }
}

/// `name:tag` is built of this workspace and kept in our own repository, and the service is given it by its
/// digest, so that what runs is what was planned; what has a registry is taken as it stands.
fn image(stack: &mut Stack<'_>, image: String, repository: &Handle<Repository>) -> Input<String> {
    match image.split_once('/') {
        Some((registry, _)) if registry.contains(['.', ':']) => return image.into(),
        Some(_) | None => {}
    }
    let (name, tag) = image.split_once(':').unwrap_or((&image, "latest"));
    let image = stack.add(
        name,
        Image {
            repository: repository.repository_id().into(),
            tag: tag.into(),
            digest: built("api", "data-api").into(),
            ..Image::default()
        },
    );
    concat([repository.registry_uri().into(), format!("/{name}@").into(), image.digest().into()])
}
