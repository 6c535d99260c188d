//! A repository: holds images or packages of one format.

use std::collections::BTreeMap;

use engine::{Bill, Billed, Failure, Input, Invalid, Labels, Live, Output, Rule, Session, Update, UsageKey};
use rust_decimal::Decimal;
use serde::Serialize;

use super::egress::STORAGE;
use super::{API, egress};
use crate::bill::quantity::{GIB, number};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::artifactregistry::{
    CleanupPolicy, DockerRepositoryConfig, MavenRepositoryConfig, PlatformLogsConfig, REPOSITORY,
    RemoteRepositoryConfig, RepositoryFormat, RepositoryMode, VirtualRepositoryConfig,
    VulnerabilityScanningConfig,
};
use crate::stack::Handle;

/// An Artifact Registry repository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repository {
    /// 1 to 63 lower-case letters, digits and hyphens, a letter first, no hyphen last.
    pub name: Input<String>,
    /// A region, `us`, `europe` or `asia`; the stack's region if not set.
    pub location: Input<String>,
    /// Fixed for good.
    pub format: Input<RepositoryFormat>,
    /// Of its own, remote or virtual; of its own if not set. Fixed for good.
    pub mode: Input<RepositoryMode>,
    pub description: Input<String>,
    pub labels: Labels,
    /// Fixed for good.
    pub kms_key_name: Input<String>,
    pub docker_config: Option<DockerRepositoryConfig>,
    /// Fixed for good.
    pub maven_config: Option<MavenRepositoryConfig>,
    /// By name: what is deleted, and what is kept whatever the others say.
    pub cleanup_policies: BTreeMap<String, CleanupPolicy>,
    /// Policies only say what they would delete.
    pub cleanup_policy_dry_run: Input<bool>,
    pub vulnerability_scanning_config: Option<VulnerabilityScanningConfig>,
    /// Where a remote repository fetches from; fixed for good but for its credentials.
    pub remote_repository_config: Option<RemoteRepositoryConfig>,
    /// What a virtual repository shows.
    pub virtual_repository_config: Option<VirtualRepositoryConfig>,
    pub platform_logs_config: Option<PlatformLogsConfig>,
    pub disallow_unspecified_mode: Input<bool>,
}

impl Resource for Repository {
    const KIND: Kind = Kind::new(
        "gcp:artifactregistry/v1:Repository",
        "repository",
        API,
        "v1/projects/{project}/locations/{location}/repositories/{name}",
        &REPOSITORY,
    )
    .named("[a-z]([a-z0-9-]{0,61}[a-z0-9])?", |it| it.len() <= 63 && check::dns_label(it))
    .create(Create::Post { query: &[("repositoryId", "{name}")], body: &[] })
    .update(Updating::MaskInQuery)
    .operations()
    .permission("artifactregistry.repositories")
    .listed("repositories", &[("pageSize", "1000")])
    .data()
    .rules(&[
        Rule::Immutable("format"),
        Rule::Immutable("mode"),
        Rule::Default("mode", "\"STANDARD_REPOSITORY\""),
        Rule::Immutable("kmsKeyName"),
        Rule::Immutable("mavenConfig.allowSnapshotOverwrites"),
        Rule::Immutable("mavenConfig.versionPolicy"),
        Rule::Immutable("remoteRepositoryConfig.aptRepository"),
        Rule::Immutable("remoteRepositoryConfig.commonRepository"),
        Rule::Immutable("remoteRepositoryConfig.dockerRepository"),
        Rule::Immutable("remoteRepositoryConfig.mavenRepository"),
        Rule::Immutable("remoteRepositoryConfig.npmRepository"),
        Rule::Immutable("remoteRepositoryConfig.pythonRepository"),
        Rule::Immutable("remoteRepositoryConfig.yumRepository"),
        Rule::InputOnly("remoteRepositoryConfig.disableUpstreamValidation"),
        Rule::Keyed("virtualRepositoryConfig.upstreamPolicies", "id"),
        Rule::Name("virtualRepositoryConfig.upstreamPolicies[*].repository"),
        Rule::Default("cleanupPolicies[*].condition.tagState", "\"ANY\""),
        Rule::Default("vulnerabilityScanningConfig.enablementConfig", "\"INHERITED\""),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([check::required("format", &self.format)]);
        found.extend(check::at_most_one(&[
            ("remoteRepositoryConfig", self.remote_repository_config.is_some()),
            ("virtualRepositoryConfig", self.virtual_repository_config.is_some()),
        ]));
        for (name, policy) in &self.cleanup_policies {
            let field = |it: &str| format!("cleanupPolicies.{name}.{it}");
            found.extend(check::required(&field("action"), &policy.action));
            found.extend(check::exactly_one(&[
                (&field("condition"), policy.condition.is_some()),
                (&field("mostRecentVersions"), policy.most_recent_versions.is_some()),
            ]));
        }
        found
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let Some(call) = rest::changing(&Self::KIND, &update)? else { return Ok(update.live.clone()) };
        // Unlike a creation, a change is answered at once, with the repository.
        let state = session.send(&call).await?;
        rest::live(&Self::KIND, update.at, state)
            .ok_or_else(|| Failure::unexpected(&call, "it is gone at once"))
    }

    fn measured(of: &Billed<'_>) -> Vec<(&'static str, Decimal)> {
        let stored = number(of.inputs.get("sizeBytes")).map(|it| (STORAGE, it / Decimal::from(GIB)));
        stored.into_iter().collect()
    }

    const USAGE: &'static [UsageKey] = egress::USAGE;

    fn bill(of: &Billed<'_>) -> Bill {
        egress::bill(of)
    }
}

impl Handle<Repository> {
    /// `images`: the last part of its name.
    pub fn repository_id(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }

    /// `projects/{project}/locations/{location}/repositories/{name}`.
    pub fn id(&self) -> Output<String> {
        let (location, name) = (self.location_or_region(&self.location), self.text_or_name(&self.name));
        self.known(format!("projects/{}/locations/{location}/repositories/{name}", self.project()))
    }

    /// `{location}-docker.pkg.dev/{project}/{name}`: what images in a Docker repository begin with.
    pub fn registry_uri(&self) -> Output<String> {
        let (location, name) = (self.location_or_region(&self.location), self.text_or_name(&self.name));
        self.known(format!("{location}-docker.pkg.dev/{}/{name}", self.project()))
    }
}
