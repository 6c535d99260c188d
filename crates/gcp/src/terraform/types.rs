//! Which of our kinds each of Terraform's types is, and which are free.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::foreign::FOREIGN;
use crate::bill::Priced;
use crate::kinds;

/// A type of Terraform's that is one of our kinds.
#[derive(Debug)]
pub(super) struct Type {
    pub terraform: &'static str,
    pub token: &'static str,
    /// Attributes that are called otherwise here: theirs, and the path of ours.
    pub renames: &'static [(&'static str, &'static str)],
    /// Fields that name another resource: our path, and the type that it is of.
    pub references: &'static [(&'static str, &'static str)],
}

impl Type {
    /// How Terraform writes the path of one of our fields.
    pub(super) fn attribute(&self, path: &str) -> String {
        let renamed = self.renames.iter().find(|(_, ours)| *ours == path);
        if let Some((theirs, _)) = renamed {
            return (*theirs).to_owned();
        }
        let mut snake = String::with_capacity(path.len() + 4);
        for c in path.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        // What stands in a map keeps its name, and blocks have none but snake case.
        match path.split_once('.') {
            Some((map @ ("parameters" | "params"), name)) => format!("{map}.{name}"),
            Some(_) | None => snake,
        }
    }
}

const fn plain(terraform: &'static str, token: &'static str) -> Type {
    Type { terraform, token, renames: &[], references: &[] }
}

const TOPIC: &str = "google_pubsub_topic";
const SUBSCRIPTION: &str = "google_pubsub_subscription";
const BUCKET: &str = "google_storage_bucket";
const DATASET: &str = "google_bigquery_dataset";
const TABLE: &str = "google_bigquery_table";

/// The first of a kind's types is the one that reports and usage files name it by.
pub(super) static TYPES: &[Type] = &[
    Type {
        renames: &[("repository_id", "name")],
        ..plain("google_artifact_registry_repository", "gcp:artifactregistry/v1:Repository")
    },
    plain("google_artifact_registry_repository_iam_member", "gcp:artifactregistry/v1:RepositoryIamMember"),
    Type { renames: &[("dataset_id", "name")], ..plain(DATASET, "gcp:bigquery/v2:Dataset") },
    Type {
        renames: &[("dataset_id", "dataset")],
        ..plain("google_bigquery_dataset_iam_member", "gcp:bigquery/v2:DatasetIamMember")
    },
    Type {
        renames: &[("dataset_id", "dataset"), ("table_id", "name")],
        references: &[("dataset", DATASET)],
        ..plain(TABLE, "gcp:bigquery/v2:Table")
    },
    Type {
        references: &[
            ("destinationDatasetId", DATASET),
            ("params.data_path_template", BUCKET),
            ("params.destination_table_name_template", TABLE),
        ],
        ..plain("google_bigquery_data_transfer_config", "gcp:bigquerydatatransfer/v1:TransferConfig")
    },
    Type {
        renames: &[("region", "location")],
        ..plain("google_cloud_scheduler_job", "gcp:cloudscheduler/v1:SchedulerJob")
    },
    Type {
        renames: &[
            ("region", "location"),
            ("template_gcs_path", "gcsPath"),
            ("temp_gcs_location", "environment.tempLocation"),
            ("max_workers", "environment.maxWorkers"),
            ("machine_type", "environment.machineType"),
            ("enable_streaming_engine", "environment.enableStreamingEngine"),
            ("additional_experiments", "environment.additionalExperiments"),
            ("service_account_email", "environment.serviceAccountEmail"),
        ],
        references: JOB_REFERENCES,
        ..plain("google_dataflow_job", "gcp:dataflow/v1b3:TemplateJob")
    },
    Type {
        renames: &[
            ("region", "location"),
            ("temp_location", "environment.tempLocation"),
            ("num_workers", "environment.numWorkers"),
            ("max_workers", "environment.maxWorkers"),
            ("machine_type", "environment.machineType"),
            ("launcher_machine_type", "environment.launcherMachineType"),
            ("enable_streaming_engine", "environment.enableStreamingEngine"),
            ("additional_experiments", "environment.additionalExperiments"),
            ("service_account_email", "environment.serviceAccountEmail"),
        ],
        references: JOB_REFERENCES,
        ..plain("google_dataflow_flex_template_job", "gcp:dataflow/v1b3:FlexTemplateJob")
    },
    Type {
        renames: &[("account_id", "name")],
        ..plain("google_service_account", "gcp:iam/v1:ServiceAccount")
    },
    plain("google_service_account_iam_member", "gcp:iam/v1:ServiceAccountIamMember"),
    Type {
        renames: &[("workload_identity_pool_id", "name")],
        ..plain("google_iam_workload_identity_pool", "gcp:iam/v1:WorkloadIdentityPool")
    },
    Type {
        renames: &[("workload_identity_pool_provider_id", "name")],
        ..plain("google_iam_workload_identity_pool_provider", "gcp:iam/v1:WorkloadIdentityPoolProvider")
    },
    plain("google_logging_metric", "gcp:logging/v2:LogMetric"),
    plain("google_logging_project_sink", "gcp:logging/v2:LogSink"),
    plain("google_monitoring_alert_policy", "gcp:monitoring/v3:AlertPolicy"),
    plain("google_monitoring_dashboard", "gcp:monitoring/v1:Dashboard"),
    plain("google_monitoring_custom_service", "gcp:monitoring/v3:MonitoredService"),
    plain("google_monitoring_service", "gcp:monitoring/v3:MonitoredService"),
    plain("google_monitoring_notification_channel", "gcp:monitoring/v3:NotificationChannel"),
    plain("google_monitoring_slo", "gcp:monitoring/v3:ServiceLevelObjective"),
    plain("google_pubsub_schema", "gcp:pubsub/v1:Schema"),
    Type {
        references: &[
            ("topic", TOPIC),
            ("cloudStorageConfig.bucket", BUCKET),
            ("bigqueryConfig.table", TABLE),
        ],
        ..plain(SUBSCRIPTION, "gcp:pubsub/v1:Subscription")
    },
    plain("google_pubsub_subscription_iam_member", "gcp:pubsub/v1:SubscriptionIamMember"),
    plain(TOPIC, "gcp:pubsub/v1:Topic"),
    plain("google_pubsub_topic_iam_member", "gcp:pubsub/v1:TopicIamMember"),
    plain("google_project_iam_member", "gcp:cloudresourcemanager/v3:ProjectIamMember"),
    plain("google_cloud_run_v2_job", "gcp:run/v2:Job"),
    plain("google_cloud_run_v2_job_iam_member", "gcp:run/v2:RunJobIamMember"),
    plain("google_cloud_run_v2_service_iam_member", "gcp:run/v2:RunServiceIamMember"),
    plain("google_cloud_run_service_iam_member", "gcp:run/v2:RunServiceIamMember"),
    plain("google_cloud_run_v2_service", "gcp:run/v2:Service"),
    plain("google_cloud_run_service", "gcp:run/v2:Service"),
    Type {
        renames: &[("secret_id", "name")],
        ..plain("google_secret_manager_secret", "gcp:secretmanager/v1:Secret")
    },
    plain("google_secret_manager_secret_iam_member", "gcp:secretmanager/v1:SecretIamMember"),
    Type {
        references: &[("secret", "google_secret_manager_secret")],
        ..plain("google_secret_manager_secret_version", "gcp:secretmanager/v1:SecretVersion")
    },
    Type {
        renames: &[("service", "name")],
        ..plain("google_project_service", "gcp:serviceusage/v1:Service")
    },
    plain(BUCKET, "gcp:storage/v1:Bucket"),
    plain("google_storage_bucket_iam_member", "gcp:storage/v1:BucketIamMember"),
];

const JOB_REFERENCES: &[(&str, &str)] = &[
    ("parameters.inputTopic", TOPIC),
    ("parameters.inputSubscription", SUBSCRIPTION),
    ("parameters.outputTableSpec", TABLE),
    ("parameters.outputTable", TABLE),
];

/// Types by their names.
static BY_NAME: LazyLock<HashMap<&'static str, &'static Type>> =
    LazyLock::new(|| TYPES.iter().map(|it| (it.terraform, it)).collect());

pub(super) fn by_name(terraform: &str) -> Option<&'static Type> {
    BY_NAME.get(terraform).copied()
}

/// How a type of Terraform's is charged, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Free,
    /// One of our kinds, or one that only Terraform has, says what it is charged for.
    Priced,
    /// It may cost something, and nobody has said here what.
    Unpriced,
}

/// A type that only Terraform has, and that is free.
#[derive(Debug)]
pub struct FreeType {
    pub terraform: &'static str,
    /// A sentence.
    pub why: &'static str,
}

/// Every type of Google's providers: its name, its class, and where the class is from.
const TABLE_OF_TYPES: &str = include_str!("types.csv");

/// The rows of the table; a test holds it to its form.
pub fn classes() -> impl Iterator<Item = (&'static str, Class, &'static str)> {
    TABLE_OF_TYPES.lines().skip(1).filter_map(|line| {
        let mut fields = line.splitn(3, ',');
        let (name, class, source) = (fields.next()?, fields.next()?, fields.next()?);
        let class = match class {
            "free" => Class::Free,
            "priced" => Class::Priced,
            "unpriced" => Class::Unpriced,
            _ => return None,
        };
        Some((name, class, source))
    })
}

/// Those that are free, by their names.
static FREE: LazyLock<HashMap<&'static str, FreeType>> = LazyLock::new(|| {
    let free = classes().filter(|(_, class, _)| *class == Class::Free);
    free.map(|(terraform, _, _)| {
        let why = match terraform.contains("_iam_") {
            true => "Roles and members are free.",
            false => "It has no charge of its own.",
        };
        (terraform, FreeType { terraform, why })
    })
    .collect()
});

/// Whether the table has this type.
pub(super) fn is_listed(terraform: &str) -> bool {
    static NAMES: LazyLock<HashSet<&'static str>> =
        LazyLock::new(|| classes().map(|(name, _, _)| name).collect());
    NAMES.contains(terraform)
}

/// What knows the charges of a type of Terraform's: `google_pubsub_topic` is our topic.
pub fn known(terraform: &str) -> Option<Priced> {
    if let Some(it) = by_name(terraform) {
        return kinds::by_token(it.token).map(Priced::Kind);
    }
    let foreign = FOREIGN.iter().find(|it| it.terraform == terraform).map(Priced::Foreign);
    foreign.or_else(|| FREE.get(terraform).map(Priced::Free))
}

/// Terraform's types of one of our kinds, the usual one first; what only Terraform has is its own.
pub fn terraform_types(token: &str) -> impl Iterator<Item = &'static str> {
    let own = FOREIGN.iter().filter(move |it| it.terraform == token).map(|it| it.terraform);
    TYPES.iter().filter(move |it| it.token == token).map(|it| it.terraform).chain(own)
}

/// What Terraform works out or keeps on the machine that runs it, by how the types of such providers begin.
const LOCAL: [&str; 13] = [
    "random_",
    "null_",
    "local_",
    "tls_",
    "time_",
    "terraform_",
    "archive_",
    "external",
    "http",
    "template_",
    "cloudinit_",
    "corefunc_",
    "assert_",
];

/// Whether something of this type may cost something somewhere.
pub(super) fn may_cost(terraform: &str) -> bool {
    !LOCAL.iter().any(|it| terraform.starts_with(it))
}

/// Why nobody knows here what a type costs.
pub(super) fn why_unknown(terraform: &str) -> String {
    match (terraform.starts_with("google_"), is_listed(terraform)) {
        (true, true) => format!("no price of {terraform} is known here"),
        (true, false) => format!("{terraform} is a type that is not known here, and so has no price"),
        (false, _) => format!("{terraform} is not of Google Cloud, and no price of it is known here"),
    }
}

/// Everything whose charges are known, with the types that Terraform has for it: our kinds first.
pub fn all() -> impl Iterator<Item = (Priced, Vec<&'static str>)> {
    let kinds =
        kinds::ALL.iter().map(|it| (Priced::Kind(it.driver), terraform_types(it.kind.facts.token).collect()));
    kinds.chain(FOREIGN.iter().map(|it| (Priced::Foreign(it), vec![it.terraform])))
}

/// The types that are free and that only Terraform has.
pub fn free() -> impl Iterator<Item = Priced> {
    FREE.values().filter(|it| by_name(it.terraform).is_none()).map(Priced::Free)
}
