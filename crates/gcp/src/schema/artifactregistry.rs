//! Written by scripts/schema.py from Google's description of artifactregistry v1, revision 20261031: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// artifactregistry v1, AptRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AptRepository {
    /// A message. artifactregistry v1, AptRepository.customRepository.
    pub custom_repository: Option<AptRepositoryCustomRepository>,
    /// A message. artifactregistry v1, AptRepository.publicRepository.
    pub public_repository: Option<AptRepositoryPublicRepository>,
}

pub static APT_REPOSITORY: Message = Message {
    name: "AptRepository",
    fields: &[
        Field {
            name: "customRepository",
            shape: Shape::Message(&APT_REPOSITORY_CUSTOM_REPOSITORY),
            output: false,
        },
        Field {
            name: "publicRepository",
            shape: Shape::Message(&APT_REPOSITORY_PUBLIC_REPOSITORY),
            output: false,
        },
    ],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryCustomRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AptRepositoryCustomRepository {
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryCustomRepository.uri.
    pub uri: Input<String>,
}

pub static APT_REPOSITORY_CUSTOM_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryCustomRepository",
    fields: &[Field { name: "uri", shape: Shape::Text, output: false }],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryPublicRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AptRepositoryPublicRepository {
    /// One of a list. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryPublicRepository.repositoryBase.
    pub repository_base: Input<AptRepositoryPublicRepositoryBase>,
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryPublicRepository.repositoryPath.
    pub repository_path: Input<String>,
}

pub static APT_REPOSITORY_PUBLIC_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryPublicRepository",
    fields: &[
        Field { name: "repositoryBase", shape: Shape::Enum, output: false },
        Field { name: "repositoryPath", shape: Shape::Text, output: false },
    ],
};

/// artifactregistry v1, CleanupPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CleanupPolicy {
    /// One of a list. artifactregistry v1, CleanupPolicy.action.
    pub action: Input<CleanupPolicyAction>,
    /// A message. artifactregistry v1, CleanupPolicy.condition.
    pub condition: Option<CleanupPolicyCondition>,
    /// Text. artifactregistry v1, CleanupPolicy.id.
    pub id: Input<String>,
    /// A message. artifactregistry v1, CleanupPolicy.mostRecentVersions.
    pub most_recent_versions: Option<CleanupPolicyMostRecentVersions>,
}

pub static CLEANUP_POLICY: Message = Message {
    name: "CleanupPolicy",
    fields: &[
        Field { name: "action", shape: Shape::Enum, output: false },
        Field { name: "condition", shape: Shape::Message(&CLEANUP_POLICY_CONDITION), output: false },
        Field { name: "id", shape: Shape::Text, output: false },
        Field {
            name: "mostRecentVersions",
            shape: Shape::Message(&CLEANUP_POLICY_MOST_RECENT_VERSIONS),
            output: false,
        },
    ],
};

/// artifactregistry v1, CleanupPolicyCondition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CleanupPolicyCondition {
    /// Seconds. artifactregistry v1, CleanupPolicyCondition.newerThan.
    pub newer_than: Input<Seconds>,
    /// Seconds. artifactregistry v1, CleanupPolicyCondition.olderThan.
    pub older_than: Input<Seconds>,
    /// A list. artifactregistry v1, CleanupPolicyCondition.packageNamePrefixes.
    pub package_name_prefixes: Vec<Input<String>>,
    /// A list. artifactregistry v1, CleanupPolicyCondition.tagPrefixes.
    pub tag_prefixes: Vec<Input<String>>,
    /// One of a list. artifactregistry v1, CleanupPolicyCondition.tagState.
    pub tag_state: Input<TagState>,
    /// A list. artifactregistry v1, CleanupPolicyCondition.versionNamePrefixes.
    pub version_name_prefixes: Vec<Input<String>>,
}

pub static CLEANUP_POLICY_CONDITION: Message = Message {
    name: "CleanupPolicyCondition",
    fields: &[
        Field { name: "newerThan", shape: Shape::Duration, output: false },
        Field { name: "olderThan", shape: Shape::Duration, output: false },
        Field { name: "packageNamePrefixes", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "tagPrefixes", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "tagState", shape: Shape::Enum, output: false },
        Field { name: "versionNamePrefixes", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// artifactregistry v1, CleanupPolicyMostRecentVersions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CleanupPolicyMostRecentVersions {
    /// A whole number. artifactregistry v1, CleanupPolicyMostRecentVersions.keepCount.
    pub keep_count: Input<i64>,
    /// A list. artifactregistry v1, CleanupPolicyMostRecentVersions.packageNamePrefixes.
    pub package_name_prefixes: Vec<Input<String>>,
}

pub static CLEANUP_POLICY_MOST_RECENT_VERSIONS: Message = Message {
    name: "CleanupPolicyMostRecentVersions",
    fields: &[
        Field { name: "keepCount", shape: Shape::Int, output: false },
        Field { name: "packageNamePrefixes", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// artifactregistry v1, CommonRemoteRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommonRemoteRepository {
    /// Text. artifactregistry v1, CommonRemoteRepository.uri.
    pub uri: Input<String>,
}

pub static COMMON_REMOTE_REPOSITORY: Message = Message {
    name: "CommonRemoteRepository",
    fields: &[Field { name: "uri", shape: Shape::Text, output: false }],
};

/// artifactregistry v1, DockerRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerRepository {
    /// A message. artifactregistry v1, DockerRepository.customRepository.
    pub custom_repository: Option<DockerRepositoryCustomRepository>,
    /// One of a list. artifactregistry v1, DockerRepository.publicRepository.
    pub public_repository: Input<DockerRepositoryPublicRepository>,
}

pub static DOCKER_REPOSITORY: Message = Message {
    name: "DockerRepository",
    fields: &[
        Field {
            name: "customRepository",
            shape: Shape::Message(&DOCKER_REPOSITORY_CUSTOM_REPOSITORY),
            output: false,
        },
        Field { name: "publicRepository", shape: Shape::Enum, output: false },
    ],
};

/// artifactregistry v1, DockerRepositoryConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerRepositoryConfig {
    /// True or false. artifactregistry v1, DockerRepositoryConfig.immutableTags.
    pub immutable_tags: Input<bool>,
}

pub static DOCKER_REPOSITORY_CONFIG: Message = Message {
    name: "DockerRepositoryConfig",
    fields: &[Field { name: "immutableTags", shape: Shape::Bool, output: false }],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigDockerRepositoryCustomRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerRepositoryCustomRepository {
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigDockerRepositoryCustomRepository.uri.
    pub uri: Input<String>,
}

pub static DOCKER_REPOSITORY_CUSTOM_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigDockerRepositoryCustomRepository",
    fields: &[Field { name: "uri", shape: Shape::Text, output: false }],
};

/// artifactregistry v1, MavenRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MavenRepository {
    /// A message. artifactregistry v1, MavenRepository.customRepository.
    pub custom_repository: Option<MavenRepositoryCustomRepository>,
    /// One of a list. artifactregistry v1, MavenRepository.publicRepository.
    pub public_repository: Input<MavenRepositoryPublicRepository>,
}

pub static MAVEN_REPOSITORY: Message = Message {
    name: "MavenRepository",
    fields: &[
        Field {
            name: "customRepository",
            shape: Shape::Message(&MAVEN_REPOSITORY_CUSTOM_REPOSITORY),
            output: false,
        },
        Field { name: "publicRepository", shape: Shape::Enum, output: false },
    ],
};

/// artifactregistry v1, MavenRepositoryConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MavenRepositoryConfig {
    /// True or false. artifactregistry v1, MavenRepositoryConfig.allowSnapshotOverwrites.
    pub allow_snapshot_overwrites: Input<bool>,
    /// One of a list. artifactregistry v1, MavenRepositoryConfig.versionPolicy.
    pub version_policy: Input<VersionPolicy>,
}

pub static MAVEN_REPOSITORY_CONFIG: Message = Message {
    name: "MavenRepositoryConfig",
    fields: &[
        Field { name: "allowSnapshotOverwrites", shape: Shape::Bool, output: false },
        Field { name: "versionPolicy", shape: Shape::Enum, output: false },
    ],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigMavenRepositoryCustomRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MavenRepositoryCustomRepository {
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigMavenRepositoryCustomRepository.uri.
    pub uri: Input<String>,
}

pub static MAVEN_REPOSITORY_CUSTOM_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigMavenRepositoryCustomRepository",
    fields: &[Field { name: "uri", shape: Shape::Text, output: false }],
};

/// artifactregistry v1, NoCacheFetching.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NoCacheFetching {}

pub static NO_CACHE_FETCHING: Message = Message { name: "NoCacheFetching", fields: &[] };

/// artifactregistry v1, NpmRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NpmRepository {
    /// A message. artifactregistry v1, NpmRepository.customRepository.
    pub custom_repository: Option<NpmRepositoryCustomRepository>,
    /// One of a list. artifactregistry v1, NpmRepository.publicRepository.
    pub public_repository: Input<NpmRepositoryPublicRepository>,
}

pub static NPM_REPOSITORY: Message = Message {
    name: "NpmRepository",
    fields: &[
        Field {
            name: "customRepository",
            shape: Shape::Message(&NPM_REPOSITORY_CUSTOM_REPOSITORY),
            output: false,
        },
        Field { name: "publicRepository", shape: Shape::Enum, output: false },
    ],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigNpmRepositoryCustomRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NpmRepositoryCustomRepository {
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigNpmRepositoryCustomRepository.uri.
    pub uri: Input<String>,
}

pub static NPM_REPOSITORY_CUSTOM_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigNpmRepositoryCustomRepository",
    fields: &[Field { name: "uri", shape: Shape::Text, output: false }],
};

/// artifactregistry v1, PlatformLogsConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlatformLogsConfig {
    /// One of a list. artifactregistry v1, PlatformLogsConfig.loggingState.
    pub logging_state: Input<LoggingState>,
    /// One of a list. artifactregistry v1, PlatformLogsConfig.severityLevel.
    pub severity_level: Input<SeverityLevel>,
}

pub static PLATFORM_LOGS_CONFIG: Message = Message {
    name: "PlatformLogsConfig",
    fields: &[
        Field { name: "loggingState", shape: Shape::Enum, output: false },
        Field { name: "severityLevel", shape: Shape::Enum, output: false },
    ],
};

/// artifactregistry v1, PythonRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PythonRepository {
    /// A message. artifactregistry v1, PythonRepository.customRepository.
    pub custom_repository: Option<PythonRepositoryCustomRepository>,
    /// One of a list. artifactregistry v1, PythonRepository.publicRepository.
    pub public_repository: Input<PythonRepositoryPublicRepository>,
}

pub static PYTHON_REPOSITORY: Message = Message {
    name: "PythonRepository",
    fields: &[
        Field {
            name: "customRepository",
            shape: Shape::Message(&PYTHON_REPOSITORY_CUSTOM_REPOSITORY),
            output: false,
        },
        Field { name: "publicRepository", shape: Shape::Enum, output: false },
    ],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigPythonRepositoryCustomRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PythonRepositoryCustomRepository {
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigPythonRepositoryCustomRepository.uri.
    pub uri: Input<String>,
}

pub static PYTHON_REPOSITORY_CUSTOM_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigPythonRepositoryCustomRepository",
    fields: &[Field { name: "uri", shape: Shape::Text, output: false }],
};

/// artifactregistry v1, RemoteRepositoryConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoteRepositoryConfig {
    /// A message. artifactregistry v1, RemoteRepositoryConfig.aptRepository.
    pub apt_repository: Option<AptRepository>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.commonRepository.
    pub common_repository: Option<CommonRemoteRepository>,
    /// Text. artifactregistry v1, RemoteRepositoryConfig.description.
    pub description: Input<String>,
    /// True or false. artifactregistry v1, RemoteRepositoryConfig.disableUpstreamValidation.
    pub disable_upstream_validation: Input<bool>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.dockerRepository.
    pub docker_repository: Option<DockerRepository>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.mavenRepository.
    pub maven_repository: Option<MavenRepository>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.noCache.
    pub no_cache: Option<NoCacheFetching>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.npmRepository.
    pub npm_repository: Option<NpmRepository>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.pythonRepository.
    pub python_repository: Option<PythonRepository>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.upstreamCredentials.
    pub upstream_credentials: Option<UpstreamCredentials>,
    /// A message. artifactregistry v1, RemoteRepositoryConfig.yumRepository.
    pub yum_repository: Option<YumRepository>,
}

pub static REMOTE_REPOSITORY_CONFIG: Message = Message {
    name: "RemoteRepositoryConfig",
    fields: &[
        Field { name: "aptRepository", shape: Shape::Message(&APT_REPOSITORY), output: false },
        Field { name: "commonRepository", shape: Shape::Message(&COMMON_REMOTE_REPOSITORY), output: false },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "disableUpstreamValidation", shape: Shape::Bool, output: false },
        Field { name: "dockerRepository", shape: Shape::Message(&DOCKER_REPOSITORY), output: false },
        Field { name: "mavenRepository", shape: Shape::Message(&MAVEN_REPOSITORY), output: false },
        Field { name: "noCache", shape: Shape::Message(&NO_CACHE_FETCHING), output: false },
        Field { name: "npmRepository", shape: Shape::Message(&NPM_REPOSITORY), output: false },
        Field { name: "pythonRepository", shape: Shape::Message(&PYTHON_REPOSITORY), output: false },
        Field { name: "upstreamCredentials", shape: Shape::Message(&UPSTREAM_CREDENTIALS), output: false },
        Field { name: "yumRepository", shape: Shape::Message(&YUM_REPOSITORY), output: false },
    ],
};

/// artifactregistry v1, Repository.
pub static REPOSITORY: Message = Message {
    name: "Repository",
    fields: &[
        Field { name: "cleanupPolicies", shape: Shape::Map(&Shape::Message(&CLEANUP_POLICY)), output: false },
        Field { name: "cleanupPolicyDryRun", shape: Shape::Bool, output: false },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "disallowUnspecifiedMode", shape: Shape::Bool, output: false },
        Field { name: "dockerConfig", shape: Shape::Message(&DOCKER_REPOSITORY_CONFIG), output: false },
        Field { name: "format", shape: Shape::Enum, output: false },
        Field { name: "kmsKeyName", shape: Shape::Text, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "mavenConfig", shape: Shape::Message(&MAVEN_REPOSITORY_CONFIG), output: false },
        Field { name: "mode", shape: Shape::Enum, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "platformLogsConfig", shape: Shape::Message(&PLATFORM_LOGS_CONFIG), output: false },
        Field { name: "registryUri", shape: Shape::Text, output: true },
        Field {
            name: "remoteRepositoryConfig",
            shape: Shape::Message(&REMOTE_REPOSITORY_CONFIG),
            output: false,
        },
        Field { name: "satisfiesPzi", shape: Shape::Bool, output: true },
        Field { name: "satisfiesPzs", shape: Shape::Bool, output: true },
        Field { name: "sizeBytes", shape: Shape::Int64, output: true },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
        Field {
            name: "virtualRepositoryConfig",
            shape: Shape::Message(&VIRTUAL_REPOSITORY_CONFIG),
            output: false,
        },
        Field {
            name: "vulnerabilityScanningConfig",
            shape: Shape::Message(&VULNERABILITY_SCANNING_CONFIG),
            output: false,
        },
    ],
};

/// artifactregistry v1, Tag.
pub static TAG: Message = Message {
    name: "Tag",
    fields: &[
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "version", shape: Shape::Text, output: false },
    ],
};

/// artifactregistry v1, UpstreamCredentials.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamCredentials {
    /// A message. artifactregistry v1, UpstreamCredentials.usernamePasswordCredentials.
    pub username_password_credentials: Option<UsernamePasswordCredentials>,
}

pub static UPSTREAM_CREDENTIALS: Message = Message {
    name: "UpstreamCredentials",
    fields: &[Field {
        name: "usernamePasswordCredentials",
        shape: Shape::Message(&USERNAME_PASSWORD_CREDENTIALS),
        output: false,
    }],
};

/// artifactregistry v1, UpstreamPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamPolicy {
    /// Text. artifactregistry v1, UpstreamPolicy.id.
    pub id: Input<String>,
    /// A whole number. artifactregistry v1, UpstreamPolicy.priority.
    pub priority: Input<i64>,
    /// Text. artifactregistry v1, UpstreamPolicy.repository.
    pub repository: Input<String>,
}

pub static UPSTREAM_POLICY: Message = Message {
    name: "UpstreamPolicy",
    fields: &[
        Field { name: "id", shape: Shape::Text, output: false },
        Field { name: "priority", shape: Shape::Int, output: false },
        Field { name: "repository", shape: Shape::Text, output: false },
    ],
};

/// artifactregistry v1, UsernamePasswordCredentials.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsernamePasswordCredentials {
    /// Text. artifactregistry v1, UsernamePasswordCredentials.passwordSecretVersion.
    pub password_secret_version: Input<String>,
    /// Text. artifactregistry v1, UsernamePasswordCredentials.username.
    pub username: Input<String>,
}

pub static USERNAME_PASSWORD_CREDENTIALS: Message = Message {
    name: "UsernamePasswordCredentials",
    fields: &[
        Field { name: "passwordSecretVersion", shape: Shape::Text, output: false },
        Field { name: "username", shape: Shape::Text, output: false },
    ],
};

/// artifactregistry v1, VirtualRepositoryConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualRepositoryConfig {
    /// A list. artifactregistry v1, VirtualRepositoryConfig.upstreamPolicies.
    pub upstream_policies: Vec<UpstreamPolicy>,
}

pub static VIRTUAL_REPOSITORY_CONFIG: Message = Message {
    name: "VirtualRepositoryConfig",
    fields: &[Field {
        name: "upstreamPolicies",
        shape: Shape::List(&Shape::Message(&UPSTREAM_POLICY)),
        output: false,
    }],
};

/// artifactregistry v1, VulnerabilityScanningConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VulnerabilityScanningConfig {
    /// One of a list. artifactregistry v1, VulnerabilityScanningConfig.enablementConfig.
    pub enablement_config: Input<EnablementConfig>,
}

pub static VULNERABILITY_SCANNING_CONFIG: Message = Message {
    name: "VulnerabilityScanningConfig",
    fields: &[
        Field { name: "enablementConfig", shape: Shape::Enum, output: false },
        Field { name: "enablementState", shape: Shape::Enum, output: true },
        Field { name: "enablementStateReason", shape: Shape::Text, output: true },
        Field { name: "lastEnableTime", shape: Shape::Timestamp, output: true },
    ],
};

/// artifactregistry v1, YumRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct YumRepository {
    /// A message. artifactregistry v1, YumRepository.customRepository.
    pub custom_repository: Option<YumRepositoryCustomRepository>,
    /// A message. artifactregistry v1, YumRepository.publicRepository.
    pub public_repository: Option<YumRepositoryPublicRepository>,
}

pub static YUM_REPOSITORY: Message = Message {
    name: "YumRepository",
    fields: &[
        Field {
            name: "customRepository",
            shape: Shape::Message(&YUM_REPOSITORY_CUSTOM_REPOSITORY),
            output: false,
        },
        Field {
            name: "publicRepository",
            shape: Shape::Message(&YUM_REPOSITORY_PUBLIC_REPOSITORY),
            output: false,
        },
    ],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryCustomRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct YumRepositoryCustomRepository {
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryCustomRepository.uri.
    pub uri: Input<String>,
}

pub static YUM_REPOSITORY_CUSTOM_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryCustomRepository",
    fields: &[Field { name: "uri", shape: Shape::Text, output: false }],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryPublicRepository.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct YumRepositoryPublicRepository {
    /// One of a list. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryPublicRepository.repositoryBase.
    pub repository_base: Input<YumRepositoryPublicRepositoryBase>,
    /// Text. artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryPublicRepository.repositoryPath.
    pub repository_path: Input<String>,
}

pub static YUM_REPOSITORY_PUBLIC_REPOSITORY: Message = Message {
    name: "GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryPublicRepository",
    fields: &[
        Field { name: "repositoryBase", shape: Shape::Enum, output: false },
        Field { name: "repositoryPath", shape: Shape::Text, output: false },
    ],
};

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigAptRepositoryPublicRepository.repositoryBase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AptRepositoryPublicRepositoryBase {
    Debian,
    Ubuntu,
    DebianSnapshot,
}

/// artifactregistry v1, CleanupPolicy.action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CleanupPolicyAction {
    Delete,
    Keep,
}

/// artifactregistry v1, DockerRepository.publicRepository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DockerRepositoryPublicRepository {
    DockerHub,
}

/// artifactregistry v1, VulnerabilityScanningConfig.enablementConfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EnablementConfig {
    Inherited,
    Disabled,
}

/// artifactregistry v1, PlatformLogsConfig.loggingState.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LoggingState {
    Enabled,
    Disabled,
}

/// artifactregistry v1, MavenRepository.publicRepository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MavenRepositoryPublicRepository {
    MavenCentral,
}

/// artifactregistry v1, NpmRepository.publicRepository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NpmRepositoryPublicRepository {
    Npmjs,
}

/// artifactregistry v1, PythonRepository.publicRepository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PythonRepositoryPublicRepository {
    Pypi,
}

/// artifactregistry v1, Repository.format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RepositoryFormat {
    Docker,
    Maven,
    Npm,
    Apt,
    Yum,
    Googet,
    Python,
    Kfp,
    Go,
    Generic,
    Ruby,
    Conda,
}

/// artifactregistry v1, Repository.mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RepositoryMode {
    #[serde(rename = "STANDARD_REPOSITORY")]
    Standard,
    #[serde(rename = "VIRTUAL_REPOSITORY")]
    Virtual,
    #[serde(rename = "REMOTE_REPOSITORY")]
    Remote,
    #[serde(rename = "AOSS_REPOSITORY")]
    Aoss,
    #[serde(rename = "ASSURED_OSS_REPOSITORY")]
    AssuredOss,
}

/// artifactregistry v1, PlatformLogsConfig.severityLevel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SeverityLevel {
    Debug,
    Info,
    Notice,
    Warning,
    Error,
    Critical,
    Alert,
    Emergency,
}

/// artifactregistry v1, CleanupPolicyCondition.tagState.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TagState {
    Tagged,
    Untagged,
    Any,
}

/// artifactregistry v1, MavenRepositoryConfig.versionPolicy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VersionPolicy {
    Release,
    Snapshot,
}

/// artifactregistry v1, GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfigYumRepositoryPublicRepository.repositoryBase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum YumRepositoryPublicRepositoryBase {
    Centos,
    CentosDebug,
    CentosVault,
    CentosStream,
    Rocky,
    Epel,
}
