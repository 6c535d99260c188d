//! Google's predefined roles, their permissions, and the permissions that methods ask for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::OnceLock;

/// Permissions that methods ask for where Google's published table says nothing, or names a permission that no
/// role has. An empty list: anyone may.
const MORE_METHODS: &[(&str, &[&str])] = &[
    ("pubsub.projects.subscriptions.pull", &["pubsub.subscriptions.consume"]),
    ("pubsub.projects.subscriptions.acknowledge", &["pubsub.subscriptions.consume"]),
    ("pubsub.projects.subscriptions.modifyAckDeadline", &["pubsub.subscriptions.consume"]),
    ("pubsub.projects.subscriptions.seek", &["pubsub.subscriptions.consume"]),
    ("pubsub.projects.subscriptions.modifyPushConfig", &["pubsub.subscriptions.update"]),
    ("pubsub.projects.subscriptions.detach", &["pubsub.topics.detachSubscription"]),
    ("pubsub.projects.topics.subscriptions.list", &["pubsub.topics.get"]),
    ("pubsub.projects.topics.snapshots.list", &["pubsub.topics.get"]),
    ("pubsub.projects.schemas.validateMessage", &["pubsub.schemas.validate"]),
    ("run.projects.locations.jobs.executions.cancel", &["run.executions.cancel"]),
    ("storage.buckets.restore", &["storage.buckets.restore"]),
    ("storage.objects.restore", &["storage.objects.restore", "storage.objects.create"]),
    ("storage.folders.insert", &["storage.folders.create"]),
    ("storage.folders.get", &["storage.folders.get"]),
    ("storage.folders.list", &["storage.folders.list"]),
    ("storage.folders.delete", &["storage.folders.delete"]),
    ("storage.managedFolders.insert", &["storage.managedFolders.create"]),
    ("storage.managedFolders.get", &["storage.managedFolders.get"]),
    ("storage.managedFolders.list", &["storage.managedFolders.list"]),
    ("storage.managedFolders.delete", &["storage.managedFolders.delete"]),
    ("storage.managedFolders.getIamPolicy", &["storage.managedFolders.getIamPolicy"]),
    ("storage.managedFolders.setIamPolicy", &["storage.managedFolders.setIamPolicy"]),
    ("bigquery.datasets.list", &["bigquery.datasets.get"]),
    ("bigquery.projects.list", &[]),
    ("bigquery.projects.getServiceAccount", &[]),
    ("bigquery.tabledata.list", &["bigquery.tables.getData"]),
    ("bigquery.jobs.query", &["bigquery.jobs.create"]),
    ("bigquery.jobs.cancel", &["bigquery.jobs.update"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.create", &["bigquery.transfers.update"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.patch", &["bigquery.transfers.update"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.delete", &["bigquery.transfers.update"]),
    (
        "bigquerydatatransfer.projects.locations.transferConfigs.startManualRuns",
        &["bigquery.transfers.update"],
    ),
    ("bigquerydatatransfer.projects.locations.transferConfigs.scheduleRuns", &["bigquery.transfers.update"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.get", &["bigquery.transfers.get"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.list", &["bigquery.transfers.get"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.runs.get", &["bigquery.transfers.get"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.runs.list", &["bigquery.transfers.get"]),
    ("bigquerydatatransfer.projects.locations.transferConfigs.runs.delete", &["bigquery.transfers.update"]),
    (
        "bigquerydatatransfer.projects.locations.transferConfigs.runs.transferLogs.list",
        &["bigquery.transfers.get"],
    ),
    ("bigquerydatatransfer.projects.locations.dataSources.get", &["bigquery.transfers.get"]),
    ("bigquerydatatransfer.projects.locations.dataSources.list", &["bigquery.transfers.get"]),
    // Whoever asks sees the projects that they may see.
    ("cloudresourcemanager.projects.list", &[]),
    ("cloudresourcemanager.projects.search", &[]),
    ("cloudresourcemanager.operations.get", &[]),
    (
        "iam.projects.locations.workloadIdentityPools.getIamPolicy",
        &["iam.googleapis.com/workloadIdentityPools.getIamPolicy"],
    ),
    (
        "iam.projects.locations.workloadIdentityPools.setIamPolicy",
        &["iam.googleapis.com/workloadIdentityPools.setIamPolicy"],
    ),
    ("iam.projects.locations.workloadIdentityPools.operations.get", &[]),
    ("iam.projects.locations.workloadIdentityPools.providers.operations.get", &[]),
    ("iam.roles.queryGrantableRoles", &[]),
    // The published table has the permissions of workforce pools there.
    (
        "iam.projects.locations.workloadIdentityPools.providers.patch",
        &["iam.googleapis.com/workloadIdentityPoolProviders.update"],
    ),
    ("iamcredentials.projects.serviceAccounts.generateAccessToken", &["iam.serviceAccounts.getAccessToken"]),
    ("iamcredentials.projects.serviceAccounts.generateIdToken", &["iam.serviceAccounts.getOpenIdToken"]),
    ("iamcredentials.projects.serviceAccounts.signBlob", &["iam.serviceAccounts.signBlob"]),
    ("iamcredentials.projects.serviceAccounts.signJwt", &["iam.serviceAccounts.signJwt"]),
    ("sts.token", &[]),
    ("dataflow.projects.locations.templates.launch", &["dataflow.jobs.create"]),
    ("dataflow.projects.locations.templates.create", &["dataflow.jobs.create"]),
    ("dataflow.projects.locations.flexTemplates.launch", &["dataflow.jobs.create"]),
    ("dataflow.projects.locations.jobs.get", &["dataflow.jobs.get"]),
    ("dataflow.projects.locations.jobs.list", &["dataflow.jobs.list"]),
    ("dataflow.projects.locations.jobs.update", &["dataflow.jobs.cancel"]),
    ("dataflow.projects.jobs.aggregated", &["dataflow.jobs.list"]),
    ("monitoring.projects.dashboards.create", &["monitoring.dashboards.create"]),
    ("monitoring.projects.dashboards.get", &["monitoring.dashboards.get"]),
    ("monitoring.projects.dashboards.list", &["monitoring.dashboards.list"]),
    ("monitoring.projects.dashboards.patch", &["monitoring.dashboards.update"]),
    ("monitoring.projects.dashboards.delete", &["monitoring.dashboards.delete"]),
    ("monitoring.services.serviceLevelObjectives.patch", &["monitoring.slos.update"]),
    ("artifactregistry.projects.locations.operations.get", &[]),
    ("serviceusage.operations.get", &[]),
    ("serviceusage.services.generateServiceIdentity", &["serviceusage.services.use"]),
    ("secretmanager.projects.secrets.versions.enable", &["secretmanager.versions.enable"]),
    ("secretmanager.projects.secrets.versions.disable", &["secretmanager.versions.disable"]),
    ("secretmanager.projects.locations.secrets.versions.enable", &["secretmanager.versions.enable"]),
    ("secretmanager.projects.locations.secrets.versions.disable", &["secretmanager.versions.disable"]),
    ("secretmanager.projects.secrets.versions.access", &["secretmanager.versions.access"]),
    ("secretmanager.projects.secrets.addVersion", &["secretmanager.versions.add"]),
    ("run.projects.locations.list", &["run.locations.list"]),
    ("run.projects.locations.operations.wait", &["run.operations.get"]),
    (
        "iam.projects.locations.workloadIdentityPools.patch",
        &["iam.googleapis.com/workloadIdentityPools.update"],
    ),
    ("run.projects.locations.services.revisions.get", &["run.revisions.get"]),
    ("run.projects.locations.services.revisions.list", &["run.revisions.list"]),
    ("run.projects.locations.services.revisions.delete", &["run.revisions.delete"]),
    ("run.projects.locations.instances.getIamPolicy", &["run.instances.getIamPolicy"]),
    ("run.projects.locations.instances.setIamPolicy", &["run.instances.setIamPolicy"]),
    ("run.projects.locations.workerPools.getIamPolicy", &["run.workerpools.getIamPolicy"]),
    ("run.projects.locations.workerPools.setIamPolicy", &["run.workerpools.setIamPolicy"]),
    ("storage.projects.serviceAccount.get", &["resourcemanager.projects.get"]),
    ("logging.projects.locations.buckets.undelete", &["logging.buckets.undelete"]),
    ("logging.projects.metrics.create", &["logging.logMetrics.create"]),
    ("logging.projects.metrics.get", &["logging.logMetrics.get"]),
    ("logging.projects.metrics.list", &["logging.logMetrics.list"]),
    ("logging.projects.metrics.update", &["logging.logMetrics.update"]),
    ("logging.projects.metrics.delete", &["logging.logMetrics.delete"]),
    ("dataflow.projects.locations.jobs.getMetrics", &["dataflow.metrics.get"]),
    ("bigquerydatatransfer.projects.locations.dataSources.checkValidCreds", &["bigquery.transfers.get"]),
    ("bigquerydatatransfer.projects.locations.enrollDataSources", &["bigquery.transfers.update"]),
    ("bigquerydatatransfer.projects.locations.unenrollDataSources", &["bigquery.transfers.update"]),
    ("secretmanager.projects.secrets.getIamPolicy", &["secretmanager.secrets.getIamPolicy"]),
    ("secretmanager.projects.secrets.setIamPolicy", &["secretmanager.secrets.setIamPolicy"]),
];

struct Roles {
    /// Permissions of each role, in Google's spelling.
    permissions: BTreeMap<&'static str, HashSet<String>>,
    methods: HashMap<&'static str, Vec<String>>,
}

fn roles() -> &'static Roles {
    static ROLES: OnceLock<Roles> = OnceLock::new();
    ROLES.get_or_init(|| {
        let mut permissions = BTreeMap::<&'static str, HashSet<String>>::new();
        let mut role = "";
        for line in include_str!("../data/roles.txt").lines().filter(|it| !it.starts_with('#')) {
            match line.strip_prefix(' ') {
                None => {
                    role = line;
                    permissions.insert(role, HashSet::new());
                }
                Some(line) => {
                    let mut words = line.split(' ');
                    let noun = words.next().unwrap_or_default();
                    let all = permissions.entry(role).or_default();
                    all.extend(words.map(|verb| format!("{noun}.{verb}")));
                }
            }
        }
        let mut methods = HashMap::new();
        for line in include_str!("../data/methods.txt").lines().filter(|it| !it.starts_with('#')) {
            let mut words = line.split(' ');
            let method = words.next().unwrap_or_default();
            methods.insert(
                method,
                words.map(|it| it.replace("iam.googleapis.com-", "iam.googleapis.com/")).collect(),
            );
        }
        for (method, needed) in MORE_METHODS {
            methods.insert(method, needed.iter().map(|it| (*it).to_owned()).collect());
        }
        Roles { permissions, methods }
    })
}

/// Whether a role holds a permission. The published tables spell some nouns with capitals, some without.
pub fn grants(role: &str, permission: &str) -> bool {
    roles().permissions.get(role).is_some_and(|all| {
        all.contains(permission) || all.iter().any(|it| it.eq_ignore_ascii_case(permission))
    })
}

/// The permissions of a predefined role, in order.
pub fn permissions(role: &str) -> Option<Vec<String>> {
    let mut all: Vec<String> = roles().permissions.get(role)?.iter().cloned().collect();
    all.sort();
    Some(all)
}

/// Every predefined role.
pub fn names() -> impl Iterator<Item = &'static str> {
    roles().permissions.keys().copied()
}

/// Whether a predefined role certainly does not exist: its service is one whose roles are all known.
pub fn is_unknown(role: &str) -> bool {
    let all = &roles().permissions;
    if all.contains_key(role) {
        return false;
    }
    let Some(name) = role.strip_prefix("roles/") else { return false };
    let Some((service, _)) = name.split_once('.') else { return true };
    let service = format!("roles/{service}.");
    all.keys().any(|it| it.starts_with(&service))
}

/// The permissions that a method asks for; `None` if it is not known.
pub fn of_method(method: &str) -> Option<&'static [String]> {
    if method.ends_with(".testIamPermissions") || method.ends_with(".testPermissions") {
        return Some(&[]);
    }
    // List prices are everybody's to read.
    if method.starts_with("cloudbilling.services.") {
        return Some(&[]);
    }
    let all = &roles().methods;
    // With a location or without one a method asks for the same.
    let other = match method.contains(".projects.locations.") {
        true => method.replacen(".projects.locations.", ".projects.", 1),
        false => method.replacen(".projects.", ".projects.locations.", 1),
    };
    all.get(method).or_else(|| all.get(other.as_str())).map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_grant_and_methods_ask() {
        assert!(grants("roles/pubsub.publisher", "pubsub.topics.publish"));
        assert!(!grants("roles/pubsub.viewer", "pubsub.topics.publish"));
        assert_eq!(
            of_method("pubsub.projects.topics.create"),
            Some(&["pubsub.topics.create".to_owned()][..])
        );
        assert_eq!(of_method("pubsub.projects.topics.testIamPermissions"), Some(&[][..]));
        assert_eq!(
            of_method("secretmanager.projects.secrets.versions.enable"),
            Some(&["secretmanager.versions.enable".to_owned()][..])
        );
        assert!(is_unknown("roles/pubsub.nonsense") && !is_unknown("roles/unheard.of"));
    }
}
