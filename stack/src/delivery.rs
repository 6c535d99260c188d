//! How a repository at GitHub delivers this stack without a key: who its jobs are, what they may do, and where the
//! ledger is kept. Made once, by `stack bootstrap github`.

use cli::{Grant, Repository};
use engine::config::{Config, ConfigError};
use engine::{Input, Labels, Options, concat};
use gcp::identity::{
    ServiceAccount, ServiceAccountIamMember, WorkloadIdentityPool, WorkloadIdentityPoolProvider,
};
use gcp::resourcemanager::ProjectIamMember;
use gcp::schema::iam::{Expr, Oidc};
use gcp::schema::storage::{
    IamConfiguration, Lifecycle, LifecycleRule, LifecycleRuleAction, LifecycleRuleCondition,
    UniformBucketLevelAccess, Versioning,
};
use gcp::serviceusage::Service;
use gcp::storage::{Bucket, BucketIamMember};
use gcp::{Handle, Stack};

/// Who vouches for jobs of GitHub Actions.
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// A role in the project, why it is needed, and which broader one it stands in for.
struct Role {
    name: &'static str,
    why: &'static str,
    instead_of: Option<&'static str>,
}

const fn role(name: &'static str, why: &'static str) -> Role {
    Role { name, why, instead_of: None }
}

/// What whoever deploys must be able to do. `roles/run.admin` was there before, with two broader ones.
const DEPLOYS: &[Role] = &[
    role("roles/serviceusage.serviceUsageAdmin", "enables the APIs that declared resources are of"),
    role(
        "roles/pubsub.admin",
        "makes the topics and subscriptions, and says who may use them (an editor may not)",
    ),
    role(
        "roles/storage.admin",
        "makes the bucket of exported files, says who may use it, and keeps the ledger",
    ),
    role(
        "roles/bigquery.admin",
        "makes the dataset and the table, and the transfer of files into it: no narrower role may make transfers",
    ),
    role("roles/run.admin", "makes the API's service, and says who may call it (a developer may not)"),
    Role {
        name: "roles/artifactregistry.admin",
        why: "makes the repository of images and pushes into it",
        instead_of: Some("roles/cloudbuild.builds.builder"),
    },
    Role {
        name: "roles/iam.serviceAccountAdmin",
        why: "makes the stack's accounts, and lets the deployer act as these and no others",
        instead_of: Some(
            "roles/iam.serviceAccountUser on the project, which is to act as every account in it",
        ),
    },
    role("roles/monitoring.alertPolicyEditor", "makes the alert"),
    role("roles/monitoring.servicesEditor", "makes the objectives"),
    role("roles/monitoring.dashboardEditor", "makes the dashboard"),
];

/// What depends on the stack's settings.
const STREAMS: Role = role("roles/dataflow.developer", "starts and drains the streaming job");
const TELLS: Role =
    role("roles/monitoring.notificationChannelEditor", "makes the channel that alerts are sent through");

/// What the jobs that only look must be able to read.
const LOOKS: &[Role] = &[
    role("roles/iam.securityReviewer", "reads who may do what, of every kind of resource"),
    role("roles/serviceusage.serviceUsageViewer", "reads which APIs are enabled"),
    role("roles/pubsub.viewer", "reads topics and subscriptions, not their messages"),
    role("roles/storage.bucketViewer", "reads buckets, not what is in them"),
    role("roles/bigquery.metadataViewer", "reads the dataset and the table, not the rows"),
    role("roles/bigquery.user", "reads transfers; no narrower role may"),
    role("roles/run.viewer", "reads the API's service"),
    role("roles/artifactregistry.reader", "reads the repository of images"),
    role("roles/iam.serviceAccountViewer", "reads service accounts"),
    role("roles/monitoring.viewer", "reads the alert, the objectives and the dashboard"),
];

/// Roles on the project that the stack itself gives away, and the only ones that the deployer may.
const GIVEN: &[&str] = &["roles/bigquery.jobUser"];
const GIVEN_BY_DATAFLOW: &[&str] = &["roles/bigquery.jobUser", "roles/dataflow.worker"];

/// Who a job of the repository is, and what it may do.
struct Jobs {
    deployer: Handle<ServiceAccount>,
    /// Every job of the repository that the provider lets in.
    readers: Input<String>,
}

/// Declares it all, and tells each role with its reason.
pub fn declare(stack: &mut Stack<'_>, config: &Config, of: &Repository) -> Result<Vec<Grant>, ConfigError> {
    let ledger = ledger(stack, of);
    let jobs = jobs(stack, of);
    let streams = config.get::<String>("ingestion")? == "dataflow";
    let mut grants = Vec::new();
    let tells = !config.get::<String>("alertEmail")?.is_empty();
    let deploys = [streams.then_some(STREAMS), tells.then_some(TELLS)];
    let deployer: Input<String> = jobs.deployer.member().into();
    for role in DEPLOYS.iter().chain(deploys.iter().flatten()) {
        grants.push(grant(stack, "deployer", "the deployer", &deployer, role));
    }
    grants.push(gives_roles(stack, &jobs, if streams { GIVEN_BY_DATAFLOW } else { GIVEN }));
    let looks = streams.then_some(role("roles/dataflow.viewer", "reads the streaming job"));
    for role in LOOKS.iter().chain(&looks) {
        grants.push(grant(stack, "reader", "every job of the repository", &jobs.readers, role));
    }
    stack.add(
        "reader-reads-ledger",
        BucketIamMember {
            bucket: ledger.bucket_name().into(),
            role: "roles/storage.objectViewer".into(),
            member: jobs.readers.clone(),
            ..BucketIamMember::default()
        },
    );
    grants.push(Grant {
        role: "roles/storage.objectViewer".to_owned(),
        whom: "every job of the repository".to_owned(),
        on: "the ledger's bucket".to_owned(),
        why: "reads what the last apply has made".to_owned(),
    });
    grants.push(Grant {
        role: "roles/iam.workloadIdentityUser".to_owned(),
        whom: format!("jobs of the environment {} on {}", of.environment, of.branches.join(" or ")),
        on: "the deployer's account".to_owned(),
        why: "acts as the deployer: Cloud Run and transfers ask whether it may act as other accounts, and only an \
              account has ID tokens to call the API with"
            .to_owned(),
    });
    stack.output("deployer", jobs.deployer.email());
    Ok(grants)
}

/// The bucket that the ledger is kept in: every version is kept for a while, and nobody outside can be let in.
fn ledger(stack: &mut Stack<'_>, of: &Repository) -> Handle<Bucket> {
    let older = LifecycleRule {
        action: Some(LifecycleRuleAction { r#type: "Delete".into(), ..LifecycleRuleAction::default() }),
        condition: Some(LifecycleRuleCondition {
            days_since_noncurrent_time: 90.into(),
            num_newer_versions: 10.into(),
            ..LifecycleRuleCondition::default()
        }),
    };
    let bucket = Bucket {
        name: of.ledger.as_str().into(),
        location: stack.region().into(),
        versioning: Some(Versioning { enabled: true.into() }),
        iam_configuration: Some(IamConfiguration {
            public_access_prevention: "enforced".into(),
            uniform_bucket_level_access: Some(UniformBucketLevelAccess { enabled: true.into() }),
        }),
        lifecycle: Some(Lifecycle { rule: vec![older] }),
        ..Bucket::default()
    };
    stack.add_with("ledger", bucket, Options::default().protect())
}

/// The repository's jobs as Google knows them, and the account that some of them act as.
fn jobs(stack: &mut Stack<'_>, of: &Repository) -> Jobs {
    // Jobs exchange their tokens at the one, and act as the deployer by the other.
    for api in ["sts.googleapis.com", "iamcredentials.googleapis.com"] {
        stack.add(api, Service::default());
    }
    let pool = stack.add(
        "repository",
        WorkloadIdentityPool {
            name: of.pool.as_str().into(),
            display_name: "GitHub Actions".into(),
            description: format!("Jobs of {}", of.name).into(),
            ..WorkloadIdentityPool::default()
        },
    );
    let refs: Vec<String> = of.branches.iter().map(|it| format!("'refs/heads/{it}'")).collect();
    let refs = refs.join(", ");
    let mapping = [
        // A run of the repository. What GitHub says itself may be longer than the 127 bytes that Google takes.
        ("google.subject", "assertion.repository_id + '/' + assertion.run_id".to_owned()),
        ("attribute.repository_id", "assertion.repository_id".to_owned()),
        // The environment of a job on a branch that is deployed; a pull request is on none, whatever it says.
        (
            "attribute.deploys",
            format!("assertion.ref in [{refs}] && has(assertion.environment) ? assertion.environment : ''"),
        ),
    ];
    let provider = stack.add(
        "github",
        WorkloadIdentityPoolProvider {
            pool: pool.pool_id().into(),
            name: "github".into(),
            display_name: "GitHub Actions".into(),
            // The number stays when a repository is renamed, and a new one of the old name has another. A schedule runs only
            // what the default branch says.
            attribute_condition: format!(
                "assertion.repository_id == '{}' && (assertion.event_name in ['pull_request', 'schedule'] || assertion.ref \
                 in [{refs}])",
                of.id
            )
            .into(),
            attribute_mapping: mapping.map(|(name, it)| (name.to_owned(), it.into())).into_iter().collect::<Labels>(),
            oidc: Some(Oidc { issuer_uri: ISSUER.into(), ..Oidc::default() }),
            ..WorkloadIdentityPoolProvider::default()
        },
    );
    let deployer = stack.add(
        "deployer",
        ServiceAccount {
            name: of.deployer.as_str().into(),
            display_name: format!("Deploys {} from GitHub", of.stack).into(),
            ..ServiceAccount::default()
        },
    );
    stack.add(
        "repository-acts-as-deployer",
        ServiceAccountIamMember {
            service_account: deployer.id().into(),
            role: "roles/iam.workloadIdentityUser".into(),
            member: pool.members("deploys", &of.environment),
            ..ServiceAccountIamMember::default()
        },
    );
    stack.output("provider", provider.id());
    Jobs { deployer, readers: pool.members("repository_id", &of.id.to_string()) }
}

/// Gives a role on the project.
fn grant(stack: &mut Stack<'_>, who: &str, whom: &str, member: &Input<String>, role: &Role) -> Grant {
    let short = role.name.trim_start_matches("roles/");
    stack.add(
        &format!("{who}-{short}"),
        ProjectIamMember { role: role.name.into(), member: member.clone(), ..ProjectIamMember::default() },
    );
    let instead = role.instead_of.map(|it| format!("; instead of {it}")).unwrap_or_default();
    Grant {
        role: role.name.to_owned(),
        whom: whom.to_owned(),
        on: "the project".to_owned(),
        why: format!("{}{instead}", role.why),
    }
}

/// Lets the deployer give away these roles on the project, and no others: otherwise it could make itself its owner.
fn gives_roles(stack: &mut Stack<'_>, jobs: &Jobs, given: &[&str]) -> Grant {
    let name = "roles/resourcemanager.projectIamAdmin";
    let list: Vec<String> = given.iter().map(|it| format!("'{it}'")).collect();
    let expression = format!(
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([{}])",
        list.join(", ")
    );
    stack.add(
        "deployer-resourcemanager.projectIamAdmin",
        ProjectIamMember {
            role: name.into(),
            member: concat([jobs.deployer.member().into()]),
            condition: Some(Expr {
                title: "gives-only-the-stacks-roles".into(),
                description: "Gives away only the roles that the stack gives".into(),
                expression: expression.into(),
                ..Expr::default()
            }),
            ..ProjectIamMember::default()
        },
    );
    Grant {
        role: name.to_owned(),
        whom: "the deployer".to_owned(),
        on: "the project".to_owned(),
        why: format!("gives the stack's accounts {}, and by a condition nothing else", given.join(" and ")),
    }
}
