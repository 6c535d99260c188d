//! Written by scripts/schema.py from Google's description of run v2, revision 20261031: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// run v2, GoogleCloudRunV2AmbientNetworking.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AmbientNetworking {
    /// One of a list. run v2, GoogleCloudRunV2AmbientNetworking.ambientScope.
    pub ambient_scope: Input<AmbientScope>,
    /// True or false. run v2, GoogleCloudRunV2AmbientNetworking.enabled.
    pub enabled: Input<bool>,
}

pub static AMBIENT_NETWORKING: Message = Message {
    name: "GoogleCloudRunV2AmbientNetworking",
    fields: &[
        Field { name: "ambientScope", shape: Shape::Enum, output: false },
        Field { name: "enabled", shape: Shape::Bool, output: false },
    ],
};

/// run v2, GoogleCloudRunV2BinaryAuthorization.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BinaryAuthorization {
    /// Text. run v2, GoogleCloudRunV2BinaryAuthorization.breakglassJustification.
    pub breakglass_justification: Input<String>,
    /// Text. run v2, GoogleCloudRunV2BinaryAuthorization.policy.
    pub policy: Input<String>,
    /// True or false. run v2, GoogleCloudRunV2BinaryAuthorization.useDefault.
    pub use_default: Input<bool>,
}

pub static BINARY_AUTHORIZATION: Message = Message {
    name: "GoogleCloudRunV2BinaryAuthorization",
    fields: &[
        Field { name: "breakglassJustification", shape: Shape::Text, output: false },
        Field { name: "policy", shape: Shape::Text, output: false },
        Field { name: "useDefault", shape: Shape::Bool, output: false },
    ],
};

/// run v2, GoogleCloudRunV2BuildConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildConfig {
    /// Text. run v2, GoogleCloudRunV2BuildConfig.baseImage.
    pub base_image: Input<String>,
    /// True or false. run v2, GoogleCloudRunV2BuildConfig.enableAutomaticUpdates.
    pub enable_automatic_updates: Input<bool>,
    /// A map. run v2, GoogleCloudRunV2BuildConfig.environmentVariables.
    pub environment_variables: BTreeMap<String, Input<String>>,
    /// Text. run v2, GoogleCloudRunV2BuildConfig.functionTarget.
    pub function_target: Input<String>,
    /// Text. run v2, GoogleCloudRunV2BuildConfig.imageUri.
    pub image_uri: Input<String>,
    /// Text. run v2, GoogleCloudRunV2BuildConfig.serviceAccount.
    pub service_account: Input<String>,
    /// Text. run v2, GoogleCloudRunV2BuildConfig.sourceLocation.
    pub source_location: Input<String>,
    /// Text. run v2, GoogleCloudRunV2BuildConfig.workerPool.
    pub worker_pool: Input<String>,
}

pub static BUILD_CONFIG: Message = Message {
    name: "GoogleCloudRunV2BuildConfig",
    fields: &[
        Field { name: "baseImage", shape: Shape::Text, output: false },
        Field { name: "enableAutomaticUpdates", shape: Shape::Bool, output: false },
        Field { name: "environmentVariables", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "functionTarget", shape: Shape::Text, output: false },
        Field { name: "imageUri", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: true },
        Field { name: "serviceAccount", shape: Shape::Text, output: false },
        Field { name: "sourceLocation", shape: Shape::Text, output: false },
        Field { name: "workerPool", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2BuildConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildConfiguration {
    /// A message. run v2, GoogleCloudRunV2BuildConfiguration.buildpacksBuild.
    pub buildpacks_build: Option<BuildConfigurationBuildpacksBuild>,
    /// A message. run v2, GoogleCloudRunV2BuildConfiguration.dockerBuild.
    pub docker_build: Option<BuildConfigurationDockerBuild>,
    /// Text. run v2, GoogleCloudRunV2BuildConfiguration.imageRepositoryUri.
    pub image_repository_uri: Input<String>,
    /// Text. run v2, GoogleCloudRunV2BuildConfiguration.serviceAccount.
    pub service_account: Input<String>,
    /// A list. run v2, GoogleCloudRunV2BuildConfiguration.tags.
    pub tags: Vec<Input<String>>,
    /// A message. run v2, GoogleCloudRunV2BuildConfiguration.workerConfiguration.
    pub worker_configuration: Option<WorkerConfiguration>,
}

pub static BUILD_CONFIGURATION: Message = Message {
    name: "GoogleCloudRunV2BuildConfiguration",
    fields: &[
        Field {
            name: "buildpacksBuild",
            shape: Shape::Message(&BUILD_CONFIGURATION_BUILDPACKS_BUILD),
            output: false,
        },
        Field {
            name: "dockerBuild",
            shape: Shape::Message(&BUILD_CONFIGURATION_DOCKER_BUILD),
            output: false,
        },
        Field { name: "imageRepositoryUri", shape: Shape::Text, output: false },
        Field { name: "serviceAccount", shape: Shape::Text, output: false },
        Field { name: "tags", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "workerConfiguration", shape: Shape::Message(&WORKER_CONFIGURATION), output: false },
    ],
};

/// run v2, GoogleCloudRunV2BuildConfigurationBuildpacksBuild.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildConfigurationBuildpacksBuild {
    /// Text. run v2, GoogleCloudRunV2BuildConfigurationBuildpacksBuild.buildBaseImageUri.
    pub build_base_image_uri: Input<String>,
    /// Text. run v2, GoogleCloudRunV2BuildConfigurationBuildpacksBuild.cacheImageUri.
    pub cache_image_uri: Input<String>,
    /// A map. run v2, GoogleCloudRunV2BuildConfigurationBuildpacksBuild.environmentVariables.
    pub environment_variables: BTreeMap<String, Input<String>>,
}

pub static BUILD_CONFIGURATION_BUILDPACKS_BUILD: Message = Message {
    name: "GoogleCloudRunV2BuildConfigurationBuildpacksBuild",
    fields: &[
        Field { name: "buildBaseImageUri", shape: Shape::Text, output: false },
        Field { name: "cacheImageUri", shape: Shape::Text, output: false },
        Field { name: "environmentVariables", shape: Shape::Map(&Shape::Text), output: false },
    ],
};

/// run v2, GoogleCloudRunV2BuildConfigurationDockerBuild.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BuildConfigurationDockerBuild {}

pub static BUILD_CONFIGURATION_DOCKER_BUILD: Message =
    Message { name: "GoogleCloudRunV2BuildConfigurationDockerBuild", fields: &[] };

/// run v2, GoogleCloudRunV2CloudBuildWorkerConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudBuildWorkerConfiguration {
    /// Text. run v2, GoogleCloudRunV2CloudBuildWorkerConfiguration.machineType.
    pub machine_type: Input<String>,
    /// Text. run v2, GoogleCloudRunV2CloudBuildWorkerConfiguration.workerPool.
    pub worker_pool: Input<String>,
}

pub static CLOUD_BUILD_WORKER_CONFIGURATION: Message = Message {
    name: "GoogleCloudRunV2CloudBuildWorkerConfiguration",
    fields: &[
        Field { name: "machineType", shape: Shape::Text, output: false },
        Field { name: "workerPool", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2CloudSqlInstance.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudSqlInstance {
    /// A list. run v2, GoogleCloudRunV2CloudSqlInstance.instances.
    pub instances: Vec<Input<String>>,
}

pub static CLOUD_SQL_INSTANCE: Message = Message {
    name: "GoogleCloudRunV2CloudSqlInstance",
    fields: &[Field { name: "instances", shape: Shape::List(&Shape::Text), output: false }],
};

/// run v2, GoogleCloudRunV2CloudStorageSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudStorageSource {
    /// Text. run v2, GoogleCloudRunV2CloudStorageSource.bucket.
    pub bucket: Input<String>,
    /// A whole number. run v2, GoogleCloudRunV2CloudStorageSource.generation.
    pub generation: Input<i64>,
    /// Text. run v2, GoogleCloudRunV2CloudStorageSource.object.
    pub object: Input<String>,
}

pub static CLOUD_STORAGE_SOURCE: Message = Message {
    name: "GoogleCloudRunV2CloudStorageSource",
    fields: &[
        Field { name: "bucket", shape: Shape::Text, output: false },
        Field { name: "generation", shape: Shape::Int64, output: false },
        Field { name: "object", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2Container.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// A list. run v2, GoogleCloudRunV2Container.args.
    pub args: Vec<Input<String>>,
    /// Text. run v2, GoogleCloudRunV2Container.baseImageUri.
    pub base_image_uri: Input<String>,
    /// A message. run v2, GoogleCloudRunV2Container.buildConfig.
    pub build_config: Option<BuildConfiguration>,
    /// A list. run v2, GoogleCloudRunV2Container.command.
    pub command: Vec<Input<String>>,
    /// A list. run v2, GoogleCloudRunV2Container.dependsOn.
    pub depends_on: Vec<Input<String>>,
    /// A list. run v2, GoogleCloudRunV2Container.env.
    pub env: Vec<EnvVar>,
    /// Text. run v2, GoogleCloudRunV2Container.image.
    pub image: Input<String>,
    /// A message. run v2, GoogleCloudRunV2Container.livenessProbe.
    pub liveness_probe: Option<Probe>,
    /// Text. run v2, GoogleCloudRunV2Container.name.
    pub name: Input<String>,
    /// A list. run v2, GoogleCloudRunV2Container.ports.
    pub ports: Vec<ContainerPort>,
    /// A message. run v2, GoogleCloudRunV2Container.readinessProbe.
    pub readiness_probe: Option<Probe>,
    /// A message. run v2, GoogleCloudRunV2Container.resources.
    pub resources: Option<ResourceRequirements>,
    /// True or false. run v2, GoogleCloudRunV2Container.sandboxLauncher.
    pub sandbox_launcher: Input<bool>,
    /// A message. run v2, GoogleCloudRunV2Container.sourceCode.
    pub source_code: Option<SourceCode>,
    /// A message. run v2, GoogleCloudRunV2Container.startupProbe.
    pub startup_probe: Option<Probe>,
    /// A list. run v2, GoogleCloudRunV2Container.volumeMounts.
    pub volume_mounts: Vec<VolumeMount>,
    /// Text. run v2, GoogleCloudRunV2Container.workingDir.
    pub working_dir: Input<String>,
}

pub static CONTAINER: Message = Message {
    name: "GoogleCloudRunV2Container",
    fields: &[
        Field { name: "args", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "baseImageUri", shape: Shape::Text, output: false },
        Field { name: "buildConfig", shape: Shape::Message(&BUILD_CONFIGURATION), output: false },
        Field { name: "buildInfo", shape: Shape::Any, output: true },
        Field { name: "command", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "dependsOn", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "env", shape: Shape::List(&Shape::Message(&ENV_VAR)), output: false },
        Field { name: "image", shape: Shape::Text, output: false },
        Field { name: "livenessProbe", shape: Shape::Message(&PROBE), output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "ports", shape: Shape::List(&Shape::Message(&CONTAINER_PORT)), output: false },
        Field { name: "readinessProbe", shape: Shape::Message(&PROBE), output: false },
        Field { name: "resources", shape: Shape::Message(&RESOURCE_REQUIREMENTS), output: false },
        Field { name: "sandboxLauncher", shape: Shape::Bool, output: false },
        Field { name: "sourceCode", shape: Shape::Message(&SOURCE_CODE), output: false },
        Field { name: "startupProbe", shape: Shape::Message(&PROBE), output: false },
        Field { name: "volumeMounts", shape: Shape::List(&Shape::Message(&VOLUME_MOUNT)), output: false },
        Field { name: "workingDir", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2ContainerPort.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerPort {
    /// A whole number. run v2, GoogleCloudRunV2ContainerPort.containerPort.
    pub container_port: Input<i64>,
    /// Text. run v2, GoogleCloudRunV2ContainerPort.name.
    pub name: Input<String>,
}

pub static CONTAINER_PORT: Message = Message {
    name: "GoogleCloudRunV2ContainerPort",
    fields: &[
        Field { name: "containerPort", shape: Shape::Int, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2EmptyDirVolumeSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmptyDirVolumeSource {
    /// One of a list. run v2, GoogleCloudRunV2EmptyDirVolumeSource.medium.
    pub medium: Input<Medium>,
    /// Text. run v2, GoogleCloudRunV2EmptyDirVolumeSource.sizeLimit.
    pub size_limit: Input<String>,
}

pub static EMPTY_DIR_VOLUME_SOURCE: Message = Message {
    name: "GoogleCloudRunV2EmptyDirVolumeSource",
    fields: &[
        Field { name: "medium", shape: Shape::Enum, output: false },
        Field { name: "sizeLimit", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2EnvVar.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvVar {
    /// Text. run v2, GoogleCloudRunV2EnvVar.name.
    pub name: Input<String>,
    /// Text. run v2, GoogleCloudRunV2EnvVar.value.
    pub value: Input<String>,
    /// A message. run v2, GoogleCloudRunV2EnvVar.valueSource.
    pub value_source: Option<EnvVarSource>,
}

pub static ENV_VAR: Message = Message {
    name: "GoogleCloudRunV2EnvVar",
    fields: &[
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "value", shape: Shape::Text, output: false },
        Field { name: "valueSource", shape: Shape::Message(&ENV_VAR_SOURCE), output: false },
    ],
};

/// run v2, GoogleCloudRunV2EnvVarSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EnvVarSource {
    /// A message. run v2, GoogleCloudRunV2EnvVarSource.secretKeyRef.
    pub secret_key_ref: Option<SecretKeySelector>,
}

pub static ENV_VAR_SOURCE: Message = Message {
    name: "GoogleCloudRunV2EnvVarSource",
    fields: &[Field { name: "secretKeyRef", shape: Shape::Message(&SECRET_KEY_SELECTOR), output: false }],
};

/// run v2, GoogleCloudRunV2ExecutionTemplate.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionTemplate {
    /// A map. run v2, GoogleCloudRunV2ExecutionTemplate.annotations.
    pub annotations: BTreeMap<String, Input<String>>,
    /// Text. run v2, GoogleCloudRunV2ExecutionTemplate.client.
    pub client: Input<String>,
    /// Text. run v2, GoogleCloudRunV2ExecutionTemplate.clientVersion.
    pub client_version: Input<String>,
    /// True or false. run v2, GoogleCloudRunV2ExecutionTemplate.delayExecution.
    pub delay_execution: Input<bool>,
    /// A map. run v2, GoogleCloudRunV2ExecutionTemplate.labels.
    pub labels: BTreeMap<String, Input<String>>,
    /// A whole number. run v2, GoogleCloudRunV2ExecutionTemplate.parallelism.
    pub parallelism: Input<i64>,
    /// A whole number. run v2, GoogleCloudRunV2ExecutionTemplate.taskCount.
    pub task_count: Input<i64>,
    /// A message. run v2, GoogleCloudRunV2ExecutionTemplate.template.
    pub template: Option<TaskTemplate>,
}

pub static EXECUTION_TEMPLATE: Message = Message {
    name: "GoogleCloudRunV2ExecutionTemplate",
    fields: &[
        Field { name: "annotations", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "client", shape: Shape::Text, output: false },
        Field { name: "clientVersion", shape: Shape::Text, output: false },
        Field { name: "delayExecution", shape: Shape::Bool, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "parallelism", shape: Shape::Int, output: false },
        Field { name: "taskCount", shape: Shape::Int, output: false },
        Field { name: "template", shape: Shape::Message(&TASK_TEMPLATE), output: false },
    ],
};

/// run v2, GoogleCloudRunV2FilestoreVolumeSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilestoreVolumeSource {
    /// Text. run v2, GoogleCloudRunV2FilestoreVolumeSource.volume.
    pub volume: Input<String>,
}

pub static FILESTORE_VOLUME_SOURCE: Message = Message {
    name: "GoogleCloudRunV2FilestoreVolumeSource",
    fields: &[Field { name: "volume", shape: Shape::Text, output: false }],
};

/// run v2, GoogleCloudRunV2GCSVolumeSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GcsVolumeSource {
    /// Text. run v2, GoogleCloudRunV2GCSVolumeSource.bucket.
    pub bucket: Input<String>,
    /// A list. run v2, GoogleCloudRunV2GCSVolumeSource.mountOptions.
    pub mount_options: Vec<Input<String>>,
    /// True or false. run v2, GoogleCloudRunV2GCSVolumeSource.readOnly.
    pub read_only: Input<bool>,
}

pub static GCS_VOLUME_SOURCE: Message = Message {
    name: "GoogleCloudRunV2GCSVolumeSource",
    fields: &[
        Field { name: "bucket", shape: Shape::Text, output: false },
        Field { name: "mountOptions", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "readOnly", shape: Shape::Bool, output: false },
    ],
};

/// run v2, GoogleCloudRunV2GRPCAction.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GrpcAction {
    /// A whole number. run v2, GoogleCloudRunV2GRPCAction.port.
    pub port: Input<i64>,
    /// Text. run v2, GoogleCloudRunV2GRPCAction.service.
    pub service: Input<String>,
}

pub static GRPC_ACTION: Message = Message {
    name: "GoogleCloudRunV2GRPCAction",
    fields: &[
        Field { name: "port", shape: Shape::Int, output: false },
        Field { name: "service", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2HTTPGetAction.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpGetAction {
    /// A list. run v2, GoogleCloudRunV2HTTPGetAction.httpHeaders.
    pub http_headers: Vec<HttpHeader>,
    /// Text. run v2, GoogleCloudRunV2HTTPGetAction.path.
    pub path: Input<String>,
    /// A whole number. run v2, GoogleCloudRunV2HTTPGetAction.port.
    pub port: Input<i64>,
}

pub static HTTP_GET_ACTION: Message = Message {
    name: "GoogleCloudRunV2HTTPGetAction",
    fields: &[
        Field { name: "httpHeaders", shape: Shape::List(&Shape::Message(&HTTP_HEADER)), output: false },
        Field { name: "path", shape: Shape::Text, output: false },
        Field { name: "port", shape: Shape::Int, output: false },
    ],
};

/// run v2, GoogleCloudRunV2HTTPHeader.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpHeader {
    /// Text. run v2, GoogleCloudRunV2HTTPHeader.name.
    pub name: Input<String>,
    /// Text. run v2, GoogleCloudRunV2HTTPHeader.value.
    pub value: Input<String>,
}

pub static HTTP_HEADER: Message = Message {
    name: "GoogleCloudRunV2HTTPHeader",
    fields: &[
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "value", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2InlinedSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InlinedSource {
    /// A list. run v2, GoogleCloudRunV2InlinedSource.sources.
    pub sources: Vec<SourceFile>,
}

pub static INLINED_SOURCE: Message = Message {
    name: "GoogleCloudRunV2InlinedSource",
    fields: &[Field { name: "sources", shape: Shape::List(&Shape::Message(&SOURCE_FILE)), output: false }],
};

/// run v2, GoogleCloudRunV2Job.
pub static JOB: Message = Message {
    name: "GoogleCloudRunV2Job",
    fields: &[
        Field { name: "annotations", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "binaryAuthorization", shape: Shape::Message(&BINARY_AUTHORIZATION), output: false },
        Field { name: "client", shape: Shape::Text, output: false },
        Field { name: "clientVersion", shape: Shape::Text, output: false },
        Field { name: "conditions", shape: Shape::List(&Shape::Any), output: true },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "creator", shape: Shape::Text, output: true },
        Field { name: "deleteTime", shape: Shape::Timestamp, output: true },
        Field { name: "etag", shape: Shape::Text, output: false },
        Field { name: "executionCount", shape: Shape::Int, output: true },
        Field { name: "expireTime", shape: Shape::Timestamp, output: true },
        Field { name: "functionalType", shape: Shape::Enum, output: false },
        Field { name: "generation", shape: Shape::Int64, output: true },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "lastModifier", shape: Shape::Text, output: true },
        Field { name: "latestCreatedExecution", shape: Shape::Any, output: true },
        Field { name: "launchStage", shape: Shape::Enum, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "observedGeneration", shape: Shape::Int64, output: true },
        Field { name: "reconciling", shape: Shape::Bool, output: true },
        Field { name: "runExecutionToken", shape: Shape::Text, output: false },
        Field { name: "satisfiesPzs", shape: Shape::Bool, output: true },
        Field { name: "startExecutionToken", shape: Shape::Text, output: false },
        Field { name: "template", shape: Shape::Message(&EXECUTION_TEMPLATE), output: false },
        Field { name: "terminalCondition", shape: Shape::Any, output: true },
        Field { name: "uid", shape: Shape::Text, output: true },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
    ],
};

/// run v2, GoogleCloudRunV2MultiRegionSettings.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MultiRegionSettings {
    /// Text. run v2, GoogleCloudRunV2MultiRegionSettings.multiRegionId.
    pub multi_region_id: Input<String>,
    /// A list. run v2, GoogleCloudRunV2MultiRegionSettings.regions.
    pub regions: Vec<Input<String>>,
}

pub static MULTI_REGION_SETTINGS: Message = Message {
    name: "GoogleCloudRunV2MultiRegionSettings",
    fields: &[
        Field { name: "multiRegionId", shape: Shape::Text, output: false },
        Field { name: "regions", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// run v2, GoogleCloudRunV2NetworkInterface.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterface {
    /// Text. run v2, GoogleCloudRunV2NetworkInterface.network.
    pub network: Input<String>,
    /// Text. run v2, GoogleCloudRunV2NetworkInterface.subnetwork.
    pub subnetwork: Input<String>,
    /// A list. run v2, GoogleCloudRunV2NetworkInterface.tags.
    pub tags: Vec<Input<String>>,
}

pub static NETWORK_INTERFACE: Message = Message {
    name: "GoogleCloudRunV2NetworkInterface",
    fields: &[
        Field { name: "network", shape: Shape::Text, output: false },
        Field { name: "subnetwork", shape: Shape::Text, output: false },
        Field { name: "tags", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// run v2, GoogleCloudRunV2NFSVolumeSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NfsVolumeSource {
    /// Text. run v2, GoogleCloudRunV2NFSVolumeSource.path.
    pub path: Input<String>,
    /// True or false. run v2, GoogleCloudRunV2NFSVolumeSource.readOnly.
    pub read_only: Input<bool>,
    /// Text. run v2, GoogleCloudRunV2NFSVolumeSource.server.
    pub server: Input<String>,
}

pub static NFS_VOLUME_SOURCE: Message = Message {
    name: "GoogleCloudRunV2NFSVolumeSource",
    fields: &[
        Field { name: "path", shape: Shape::Text, output: false },
        Field { name: "readOnly", shape: Shape::Bool, output: false },
        Field { name: "server", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2NodeSelector.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeSelector {
    /// Text. run v2, GoogleCloudRunV2NodeSelector.accelerator.
    pub accelerator: Input<String>,
}

pub static NODE_SELECTOR: Message = Message {
    name: "GoogleCloudRunV2NodeSelector",
    fields: &[Field { name: "accelerator", shape: Shape::Text, output: false }],
};

/// run v2, GoogleCloudRunV2Probe.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// A whole number. run v2, GoogleCloudRunV2Probe.failureThreshold.
    pub failure_threshold: Input<i64>,
    /// A message. run v2, GoogleCloudRunV2Probe.grpc.
    pub grpc: Option<GrpcAction>,
    /// A message. run v2, GoogleCloudRunV2Probe.httpGet.
    pub http_get: Option<HttpGetAction>,
    /// Seconds. run v2, GoogleCloudRunV2Probe.initialDelaySeconds.
    pub initial_delay_seconds: Input<i64>,
    /// Seconds. run v2, GoogleCloudRunV2Probe.periodSeconds.
    pub period_seconds: Input<i64>,
    /// A message. run v2, GoogleCloudRunV2Probe.tcpSocket.
    pub tcp_socket: Option<TcpSocketAction>,
    /// Seconds. run v2, GoogleCloudRunV2Probe.timeoutSeconds.
    pub timeout_seconds: Input<i64>,
}

pub static PROBE: Message = Message {
    name: "GoogleCloudRunV2Probe",
    fields: &[
        Field { name: "failureThreshold", shape: Shape::Int, output: false },
        Field { name: "grpc", shape: Shape::Message(&GRPC_ACTION), output: false },
        Field { name: "httpGet", shape: Shape::Message(&HTTP_GET_ACTION), output: false },
        Field { name: "initialDelaySeconds", shape: Shape::Int, output: false },
        Field { name: "periodSeconds", shape: Shape::Int, output: false },
        Field { name: "tcpSocket", shape: Shape::Message(&TCP_SOCKET_ACTION), output: false },
        Field { name: "timeoutSeconds", shape: Shape::Int, output: false },
    ],
};

/// run v2, GoogleCloudRunV2ResourceRequirements.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRequirements {
    /// True or false. run v2, GoogleCloudRunV2ResourceRequirements.cpuIdle.
    pub cpu_idle: Input<bool>,
    /// A map. run v2, GoogleCloudRunV2ResourceRequirements.limits.
    pub limits: BTreeMap<String, Input<String>>,
    /// True or false. run v2, GoogleCloudRunV2ResourceRequirements.startupCpuBoost.
    pub startup_cpu_boost: Input<bool>,
}

pub static RESOURCE_REQUIREMENTS: Message = Message {
    name: "GoogleCloudRunV2ResourceRequirements",
    fields: &[
        Field { name: "cpuIdle", shape: Shape::Bool, output: false },
        Field { name: "limits", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "startupCpuBoost", shape: Shape::Bool, output: false },
    ],
};

/// run v2, GoogleCloudRunV2RevisionScaling.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionScaling {
    /// A number. run v2, GoogleCloudRunV2RevisionScaling.concurrencyUtilization.
    pub concurrency_utilization: Input<f64>,
    /// A number. run v2, GoogleCloudRunV2RevisionScaling.cpuUtilization.
    pub cpu_utilization: Input<f64>,
    /// A whole number. run v2, GoogleCloudRunV2RevisionScaling.maxInstanceCount.
    pub max_instance_count: Input<i64>,
    /// A whole number. run v2, GoogleCloudRunV2RevisionScaling.minInstanceCount.
    pub min_instance_count: Input<i64>,
}

pub static REVISION_SCALING: Message = Message {
    name: "GoogleCloudRunV2RevisionScaling",
    fields: &[
        Field { name: "concurrencyUtilization", shape: Shape::Double, output: false },
        Field { name: "cpuUtilization", shape: Shape::Double, output: false },
        Field { name: "maxInstanceCount", shape: Shape::Int, output: false },
        Field { name: "minInstanceCount", shape: Shape::Int, output: false },
    ],
};

/// run v2, GoogleCloudRunV2RevisionTemplate.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevisionTemplate {
    /// A message. run v2, GoogleCloudRunV2RevisionTemplate.ambientNetworking.
    pub ambient_networking: Option<AmbientNetworking>,
    /// A map. run v2, GoogleCloudRunV2RevisionTemplate.annotations.
    pub annotations: BTreeMap<String, Input<String>>,
    /// Text. run v2, GoogleCloudRunV2RevisionTemplate.client.
    pub client: Input<String>,
    /// Text. run v2, GoogleCloudRunV2RevisionTemplate.clientVersion.
    pub client_version: Input<String>,
    /// A list. run v2, GoogleCloudRunV2RevisionTemplate.containers.
    pub containers: Vec<Container>,
    /// Text. run v2, GoogleCloudRunV2RevisionTemplate.encryptionKey.
    pub encryption_key: Input<String>,
    /// One of a list. run v2, GoogleCloudRunV2RevisionTemplate.encryptionKeyRevocationAction.
    pub encryption_key_revocation_action: Input<EncryptionKeyRevocationAction>,
    /// Seconds. run v2, GoogleCloudRunV2RevisionTemplate.encryptionKeyShutdownDuration.
    pub encryption_key_shutdown_duration: Input<Seconds>,
    /// One of a list. run v2, GoogleCloudRunV2RevisionTemplate.executionEnvironment.
    pub execution_environment: Input<ExecutionEnvironment>,
    /// True or false. run v2, GoogleCloudRunV2RevisionTemplate.gpuZonalRedundancyDisabled.
    pub gpu_zonal_redundancy_disabled: Input<bool>,
    /// True or false. run v2, GoogleCloudRunV2RevisionTemplate.healthCheckDisabled.
    pub health_check_disabled: Input<bool>,
    /// A map. run v2, GoogleCloudRunV2RevisionTemplate.labels.
    pub labels: BTreeMap<String, Input<String>>,
    /// A whole number. run v2, GoogleCloudRunV2RevisionTemplate.maxInstanceRequestConcurrency.
    pub max_instance_request_concurrency: Input<i64>,
    /// A message. run v2, GoogleCloudRunV2RevisionTemplate.nodeSelector.
    pub node_selector: Option<NodeSelector>,
    /// Text. run v2, GoogleCloudRunV2RevisionTemplate.revision.
    pub revision: Input<String>,
    /// A message. run v2, GoogleCloudRunV2RevisionTemplate.sandboxes.
    pub sandboxes: Option<SandboxConfiguration>,
    /// A message. run v2, GoogleCloudRunV2RevisionTemplate.scaling.
    pub scaling: Option<RevisionScaling>,
    /// Text. run v2, GoogleCloudRunV2RevisionTemplate.serviceAccount.
    pub service_account: Input<String>,
    /// A message. run v2, GoogleCloudRunV2RevisionTemplate.serviceMesh.
    pub service_mesh: Option<ServiceMesh>,
    /// True or false. run v2, GoogleCloudRunV2RevisionTemplate.sessionAffinity.
    pub session_affinity: Input<bool>,
    /// Seconds. run v2, GoogleCloudRunV2RevisionTemplate.timeout.
    pub timeout: Input<Seconds>,
    /// A list. run v2, GoogleCloudRunV2RevisionTemplate.volumes.
    pub volumes: Vec<Volume>,
    /// A message. run v2, GoogleCloudRunV2RevisionTemplate.vpcAccess.
    pub vpc_access: Option<VpcAccess>,
    /// A message. run v2, GoogleCloudRunV2RevisionTemplate.workloadIdentityConfig.
    pub workload_identity_config: Option<WorkloadIdentityConfig>,
}

pub static REVISION_TEMPLATE: Message = Message {
    name: "GoogleCloudRunV2RevisionTemplate",
    fields: &[
        Field { name: "ambientNetworking", shape: Shape::Message(&AMBIENT_NETWORKING), output: false },
        Field { name: "annotations", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "client", shape: Shape::Text, output: false },
        Field { name: "clientVersion", shape: Shape::Text, output: false },
        Field { name: "containers", shape: Shape::List(&Shape::Message(&CONTAINER)), output: false },
        Field { name: "encryptionKey", shape: Shape::Text, output: false },
        Field { name: "encryptionKeyRevocationAction", shape: Shape::Enum, output: false },
        Field { name: "encryptionKeyShutdownDuration", shape: Shape::Duration, output: false },
        Field { name: "executionEnvironment", shape: Shape::Enum, output: false },
        Field { name: "gpuZonalRedundancyDisabled", shape: Shape::Bool, output: false },
        Field { name: "healthCheckDisabled", shape: Shape::Bool, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "maxInstanceRequestConcurrency", shape: Shape::Int, output: false },
        Field { name: "nodeSelector", shape: Shape::Message(&NODE_SELECTOR), output: false },
        Field { name: "revision", shape: Shape::Text, output: false },
        Field { name: "sandboxes", shape: Shape::Message(&SANDBOX_CONFIGURATION), output: false },
        Field { name: "scaling", shape: Shape::Message(&REVISION_SCALING), output: false },
        Field { name: "serviceAccount", shape: Shape::Text, output: false },
        Field { name: "serviceMesh", shape: Shape::Message(&SERVICE_MESH), output: false },
        Field { name: "sessionAffinity", shape: Shape::Bool, output: false },
        Field { name: "timeout", shape: Shape::Duration, output: false },
        Field { name: "volumes", shape: Shape::List(&Shape::Message(&VOLUME)), output: false },
        Field { name: "vpcAccess", shape: Shape::Message(&VPC_ACCESS), output: false },
        Field {
            name: "workloadIdentityConfig",
            shape: Shape::Message(&WORKLOAD_IDENTITY_CONFIG),
            output: false,
        },
    ],
};

/// run v2, GoogleCloudRunV2SandboxConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxConfiguration {
    /// A list. run v2, GoogleCloudRunV2SandboxConfiguration.templates.
    pub templates: Vec<SandboxTemplate>,
}

pub static SANDBOX_CONFIGURATION: Message = Message {
    name: "GoogleCloudRunV2SandboxConfiguration",
    fields: &[Field {
        name: "templates",
        shape: Shape::List(&Shape::Message(&SANDBOX_TEMPLATE)),
        output: false,
    }],
};

/// run v2, GoogleCloudRunV2SandboxTemplate.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxTemplate {
    /// A list. run v2, GoogleCloudRunV2SandboxTemplate.args.
    pub args: Vec<Input<String>>,
    /// A list. run v2, GoogleCloudRunV2SandboxTemplate.command.
    pub command: Vec<Input<String>>,
    /// A list. run v2, GoogleCloudRunV2SandboxTemplate.env.
    pub env: Vec<EnvVar>,
    /// Text. run v2, GoogleCloudRunV2SandboxTemplate.image.
    pub image: Input<String>,
    /// Text. run v2, GoogleCloudRunV2SandboxTemplate.name.
    pub name: Input<String>,
    /// A list. run v2, GoogleCloudRunV2SandboxTemplate.volumeMounts.
    pub volume_mounts: Vec<VolumeMount>,
    /// Text. run v2, GoogleCloudRunV2SandboxTemplate.workingDir.
    pub working_dir: Input<String>,
}

pub static SANDBOX_TEMPLATE: Message = Message {
    name: "GoogleCloudRunV2SandboxTemplate",
    fields: &[
        Field { name: "args", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "command", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "env", shape: Shape::List(&Shape::Message(&ENV_VAR)), output: false },
        Field { name: "image", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "volumeMounts", shape: Shape::List(&Shape::Message(&VOLUME_MOUNT)), output: false },
        Field { name: "workingDir", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2SecretKeySelector.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretKeySelector {
    /// Text. run v2, GoogleCloudRunV2SecretKeySelector.secret.
    pub secret: Input<String>,
    /// Text. run v2, GoogleCloudRunV2SecretKeySelector.version.
    pub version: Input<String>,
}

pub static SECRET_KEY_SELECTOR: Message = Message {
    name: "GoogleCloudRunV2SecretKeySelector",
    fields: &[
        Field { name: "secret", shape: Shape::Text, output: false },
        Field { name: "version", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2SecretVolumeSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretVolumeSource {
    /// A whole number. run v2, GoogleCloudRunV2SecretVolumeSource.defaultMode.
    pub default_mode: Input<i64>,
    /// A list. run v2, GoogleCloudRunV2SecretVolumeSource.items.
    pub items: Vec<VersionToPath>,
    /// Text. run v2, GoogleCloudRunV2SecretVolumeSource.secret.
    pub secret: Input<String>,
}

pub static SECRET_VOLUME_SOURCE: Message = Message {
    name: "GoogleCloudRunV2SecretVolumeSource",
    fields: &[
        Field { name: "defaultMode", shape: Shape::Int, output: false },
        Field { name: "items", shape: Shape::List(&Shape::Message(&VERSION_TO_PATH)), output: false },
        Field { name: "secret", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2Service.
pub static SERVICE: Message = Message {
    name: "GoogleCloudRunV2Service",
    fields: &[
        Field { name: "annotations", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "binaryAuthorization", shape: Shape::Message(&BINARY_AUTHORIZATION), output: false },
        Field { name: "buildConfig", shape: Shape::Message(&BUILD_CONFIG), output: false },
        Field { name: "client", shape: Shape::Text, output: false },
        Field { name: "clientVersion", shape: Shape::Text, output: false },
        Field { name: "conditions", shape: Shape::List(&Shape::Any), output: true },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "creator", shape: Shape::Text, output: true },
        Field { name: "customAudiences", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "defaultUriDisabled", shape: Shape::Bool, output: false },
        Field { name: "deleteTime", shape: Shape::Timestamp, output: true },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "etag", shape: Shape::Text, output: false },
        Field { name: "expireTime", shape: Shape::Timestamp, output: true },
        Field { name: "functionalType", shape: Shape::Enum, output: false },
        Field { name: "generation", shape: Shape::Int64, output: true },
        Field { name: "iapEnabled", shape: Shape::Bool, output: false },
        Field { name: "ingress", shape: Shape::Enum, output: false },
        Field { name: "invokerIamDisabled", shape: Shape::Bool, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "lastModifier", shape: Shape::Text, output: true },
        Field { name: "latestCreatedRevision", shape: Shape::Text, output: true },
        Field { name: "latestReadyRevision", shape: Shape::Text, output: true },
        Field { name: "launchStage", shape: Shape::Enum, output: false },
        Field { name: "multiRegionSettings", shape: Shape::Message(&MULTI_REGION_SETTINGS), output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "observedGeneration", shape: Shape::Int64, output: true },
        Field { name: "reconciling", shape: Shape::Bool, output: true },
        Field { name: "satisfiesPzs", shape: Shape::Bool, output: true },
        Field { name: "scaling", shape: Shape::Message(&SERVICE_SCALING), output: false },
        Field { name: "sshEnabled", shape: Shape::Bool, output: false },
        Field { name: "template", shape: Shape::Message(&REVISION_TEMPLATE), output: false },
        Field { name: "terminalCondition", shape: Shape::Any, output: true },
        Field { name: "threatDetectionEnabled", shape: Shape::Bool, output: true },
        Field { name: "traffic", shape: Shape::List(&Shape::Message(&TRAFFIC_TARGET)), output: false },
        Field { name: "trafficStatuses", shape: Shape::List(&Shape::Any), output: true },
        Field { name: "uid", shape: Shape::Text, output: true },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
        Field { name: "uri", shape: Shape::Text, output: true },
        Field { name: "urls", shape: Shape::List(&Shape::Text), output: true },
    ],
};

/// run v2, GoogleCloudRunV2ServiceMesh.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceMesh {
    /// Text. run v2, GoogleCloudRunV2ServiceMesh.mesh.
    pub mesh: Input<String>,
}

pub static SERVICE_MESH: Message = Message {
    name: "GoogleCloudRunV2ServiceMesh",
    fields: &[Field { name: "mesh", shape: Shape::Text, output: false }],
};

/// run v2, GoogleCloudRunV2ServiceScaling.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceScaling {
    /// A whole number. run v2, GoogleCloudRunV2ServiceScaling.manualInstanceCount.
    pub manual_instance_count: Input<i64>,
    /// A whole number. run v2, GoogleCloudRunV2ServiceScaling.maxInstanceCount.
    pub max_instance_count: Input<i64>,
    /// A whole number. run v2, GoogleCloudRunV2ServiceScaling.minInstanceCount.
    pub min_instance_count: Input<i64>,
    /// One of a list. run v2, GoogleCloudRunV2ServiceScaling.scalingMode.
    pub scaling_mode: Input<ScalingMode>,
}

pub static SERVICE_SCALING: Message = Message {
    name: "GoogleCloudRunV2ServiceScaling",
    fields: &[
        Field { name: "manualInstanceCount", shape: Shape::Int, output: false },
        Field { name: "maxInstanceCount", shape: Shape::Int, output: false },
        Field { name: "minInstanceCount", shape: Shape::Int, output: false },
        Field { name: "scalingMode", shape: Shape::Enum, output: false },
    ],
};

/// run v2, GoogleCloudRunV2SourceCode.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceCode {
    /// A message. run v2, GoogleCloudRunV2SourceCode.cloudStorageSource.
    pub cloud_storage_source: Option<CloudStorageSource>,
    /// A message. run v2, GoogleCloudRunV2SourceCode.inlinedSource.
    pub inlined_source: Option<InlinedSource>,
}

pub static SOURCE_CODE: Message = Message {
    name: "GoogleCloudRunV2SourceCode",
    fields: &[
        Field { name: "cloudStorageSource", shape: Shape::Message(&CLOUD_STORAGE_SOURCE), output: false },
        Field { name: "inlinedSource", shape: Shape::Message(&INLINED_SOURCE), output: false },
    ],
};

/// run v2, GoogleCloudRunV2SourceFile.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceFile {
    /// Text. run v2, GoogleCloudRunV2SourceFile.content.
    pub content: Input<String>,
    /// Text. run v2, GoogleCloudRunV2SourceFile.filename.
    pub filename: Input<String>,
}

pub static SOURCE_FILE: Message = Message {
    name: "GoogleCloudRunV2SourceFile",
    fields: &[
        Field { name: "content", shape: Shape::Text, output: false },
        Field { name: "filename", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2TaskTemplate.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskTemplate {
    /// A list. run v2, GoogleCloudRunV2TaskTemplate.containers.
    pub containers: Vec<Container>,
    /// Text. run v2, GoogleCloudRunV2TaskTemplate.encryptionKey.
    pub encryption_key: Input<String>,
    /// One of a list. run v2, GoogleCloudRunV2TaskTemplate.executionEnvironment.
    pub execution_environment: Input<ExecutionEnvironment>,
    /// True or false. run v2, GoogleCloudRunV2TaskTemplate.gpuZonalRedundancyDisabled.
    pub gpu_zonal_redundancy_disabled: Input<bool>,
    /// A whole number. run v2, GoogleCloudRunV2TaskTemplate.maxRetries.
    pub max_retries: Input<i64>,
    /// A message. run v2, GoogleCloudRunV2TaskTemplate.nodeSelector.
    pub node_selector: Option<NodeSelector>,
    /// A message. run v2, GoogleCloudRunV2TaskTemplate.sandboxes.
    pub sandboxes: Option<SandboxConfiguration>,
    /// Text. run v2, GoogleCloudRunV2TaskTemplate.serviceAccount.
    pub service_account: Input<String>,
    /// Seconds. run v2, GoogleCloudRunV2TaskTemplate.timeout.
    pub timeout: Input<Seconds>,
    /// A list. run v2, GoogleCloudRunV2TaskTemplate.volumes.
    pub volumes: Vec<Volume>,
    /// A message. run v2, GoogleCloudRunV2TaskTemplate.vpcAccess.
    pub vpc_access: Option<VpcAccess>,
    /// A message. run v2, GoogleCloudRunV2TaskTemplate.workloadIdentityConfig.
    pub workload_identity_config: Option<WorkloadIdentityConfig>,
}

pub static TASK_TEMPLATE: Message = Message {
    name: "GoogleCloudRunV2TaskTemplate",
    fields: &[
        Field { name: "containers", shape: Shape::List(&Shape::Message(&CONTAINER)), output: false },
        Field { name: "encryptionKey", shape: Shape::Text, output: false },
        Field { name: "executionEnvironment", shape: Shape::Enum, output: false },
        Field { name: "gpuZonalRedundancyDisabled", shape: Shape::Bool, output: false },
        Field { name: "maxRetries", shape: Shape::Int, output: false },
        Field { name: "nodeSelector", shape: Shape::Message(&NODE_SELECTOR), output: false },
        Field { name: "sandboxes", shape: Shape::Message(&SANDBOX_CONFIGURATION), output: false },
        Field { name: "serviceAccount", shape: Shape::Text, output: false },
        Field { name: "timeout", shape: Shape::Duration, output: false },
        Field { name: "volumes", shape: Shape::List(&Shape::Message(&VOLUME)), output: false },
        Field { name: "vpcAccess", shape: Shape::Message(&VPC_ACCESS), output: false },
        Field {
            name: "workloadIdentityConfig",
            shape: Shape::Message(&WORKLOAD_IDENTITY_CONFIG),
            output: false,
        },
    ],
};

/// run v2, GoogleCloudRunV2TCPSocketAction.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TcpSocketAction {
    /// A whole number. run v2, GoogleCloudRunV2TCPSocketAction.port.
    pub port: Input<i64>,
}

pub static TCP_SOCKET_ACTION: Message = Message {
    name: "GoogleCloudRunV2TCPSocketAction",
    fields: &[Field { name: "port", shape: Shape::Int, output: false }],
};

/// run v2, GoogleCloudRunV2TrafficTarget.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TrafficTarget {
    /// Percent. run v2, GoogleCloudRunV2TrafficTarget.percent.
    pub percent: Input<i64>,
    /// Text. run v2, GoogleCloudRunV2TrafficTarget.revision.
    pub revision: Input<String>,
    /// Text. run v2, GoogleCloudRunV2TrafficTarget.tag.
    pub tag: Input<String>,
    /// One of a list. run v2, GoogleCloudRunV2TrafficTarget.type.
    pub r#type: Input<TrafficTargetType>,
}

pub static TRAFFIC_TARGET: Message = Message {
    name: "GoogleCloudRunV2TrafficTarget",
    fields: &[
        Field { name: "percent", shape: Shape::Int, output: false },
        Field { name: "revision", shape: Shape::Text, output: false },
        Field { name: "tag", shape: Shape::Text, output: false },
        Field { name: "type", shape: Shape::Enum, output: false },
    ],
};

/// run v2, GoogleCloudRunV2VersionToPath.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionToPath {
    /// A whole number. run v2, GoogleCloudRunV2VersionToPath.mode.
    pub mode: Input<i64>,
    /// Text. run v2, GoogleCloudRunV2VersionToPath.path.
    pub path: Input<String>,
    /// Text. run v2, GoogleCloudRunV2VersionToPath.version.
    pub version: Input<String>,
}

pub static VERSION_TO_PATH: Message = Message {
    name: "GoogleCloudRunV2VersionToPath",
    fields: &[
        Field { name: "mode", shape: Shape::Int, output: false },
        Field { name: "path", shape: Shape::Text, output: false },
        Field { name: "version", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2Volume.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// A message. run v2, GoogleCloudRunV2Volume.cloudSqlInstance.
    pub cloud_sql_instance: Option<CloudSqlInstance>,
    /// A message. run v2, GoogleCloudRunV2Volume.emptyDir.
    pub empty_dir: Option<EmptyDirVolumeSource>,
    /// A message. run v2, GoogleCloudRunV2Volume.filestore.
    pub filestore: Option<FilestoreVolumeSource>,
    /// A message. run v2, GoogleCloudRunV2Volume.gcs.
    pub gcs: Option<GcsVolumeSource>,
    /// Text. run v2, GoogleCloudRunV2Volume.name.
    pub name: Input<String>,
    /// A message. run v2, GoogleCloudRunV2Volume.nfs.
    pub nfs: Option<NfsVolumeSource>,
    /// A message. run v2, GoogleCloudRunV2Volume.secret.
    pub secret: Option<SecretVolumeSource>,
}

pub static VOLUME: Message = Message {
    name: "GoogleCloudRunV2Volume",
    fields: &[
        Field { name: "cloudSqlInstance", shape: Shape::Message(&CLOUD_SQL_INSTANCE), output: false },
        Field { name: "emptyDir", shape: Shape::Message(&EMPTY_DIR_VOLUME_SOURCE), output: false },
        Field { name: "filestore", shape: Shape::Message(&FILESTORE_VOLUME_SOURCE), output: false },
        Field { name: "gcs", shape: Shape::Message(&GCS_VOLUME_SOURCE), output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "nfs", shape: Shape::Message(&NFS_VOLUME_SOURCE), output: false },
        Field { name: "secret", shape: Shape::Message(&SECRET_VOLUME_SOURCE), output: false },
    ],
};

/// run v2, GoogleCloudRunV2VolumeMount.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumeMount {
    /// Text. run v2, GoogleCloudRunV2VolumeMount.mountPath.
    pub mount_path: Input<String>,
    /// Text. run v2, GoogleCloudRunV2VolumeMount.name.
    pub name: Input<String>,
    /// Text. run v2, GoogleCloudRunV2VolumeMount.subPath.
    pub sub_path: Input<String>,
}

pub static VOLUME_MOUNT: Message = Message {
    name: "GoogleCloudRunV2VolumeMount",
    fields: &[
        Field { name: "mountPath", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "subPath", shape: Shape::Text, output: false },
    ],
};

/// run v2, GoogleCloudRunV2VpcAccess.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcAccess {
    /// Text. run v2, GoogleCloudRunV2VpcAccess.connector.
    pub connector: Input<String>,
    /// One of a list. run v2, GoogleCloudRunV2VpcAccess.egress.
    pub egress: Input<Egress>,
    /// A list. run v2, GoogleCloudRunV2VpcAccess.networkInterfaces.
    pub network_interfaces: Vec<NetworkInterface>,
}

pub static VPC_ACCESS: Message = Message {
    name: "GoogleCloudRunV2VpcAccess",
    fields: &[
        Field { name: "connector", shape: Shape::Text, output: false },
        Field { name: "egress", shape: Shape::Enum, output: false },
        Field {
            name: "networkInterfaces",
            shape: Shape::List(&Shape::Message(&NETWORK_INTERFACE)),
            output: false,
        },
    ],
};

/// run v2, GoogleCloudRunV2WorkerConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerConfiguration {
    /// A message. run v2, GoogleCloudRunV2WorkerConfiguration.cloudBuildWorkerConfiguration.
    pub cloud_build_worker_configuration: Option<CloudBuildWorkerConfiguration>,
}

pub static WORKER_CONFIGURATION: Message = Message {
    name: "GoogleCloudRunV2WorkerConfiguration",
    fields: &[Field {
        name: "cloudBuildWorkerConfiguration",
        shape: Shape::Message(&CLOUD_BUILD_WORKER_CONFIGURATION),
        output: false,
    }],
};

/// run v2, GoogleCloudRunV2WorkloadIdentityConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadIdentityConfig {
    /// Text. run v2, GoogleCloudRunV2WorkloadIdentityConfig.identity.
    pub identity: Input<String>,
    /// True or false. run v2, GoogleCloudRunV2WorkloadIdentityConfig.identityCertificateEnabled.
    pub identity_certificate_enabled: Input<bool>,
    /// One of a list. run v2, GoogleCloudRunV2WorkloadIdentityConfig.identityType.
    pub identity_type: Input<IdentityType>,
}

pub static WORKLOAD_IDENTITY_CONFIG: Message = Message {
    name: "GoogleCloudRunV2WorkloadIdentityConfig",
    fields: &[
        Field { name: "identity", shape: Shape::Text, output: false },
        Field { name: "identityCertificateEnabled", shape: Shape::Bool, output: false },
        Field { name: "identityType", shape: Shape::Enum, output: false },
    ],
};

/// run v2, GoogleCloudRunV2AmbientNetworking.ambientScope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum AmbientScope {
    #[serde(rename = "AMBIENT_SCOPE_REGIONAL")]
    Regional,
    #[serde(rename = "AMBIENT_SCOPE_GLOBAL")]
    Global,
}

/// run v2, GoogleCloudRunV2VpcAccess.egress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Egress {
    AllTraffic,
    PrivateRangesOnly,
}

/// run v2, GoogleCloudRunV2RevisionTemplate.encryptionKeyRevocationAction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EncryptionKeyRevocationAction {
    PreventNew,
    Shutdown,
}

/// run v2, GoogleCloudRunV2RevisionTemplate.executionEnvironment and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ExecutionEnvironment {
    #[serde(rename = "EXECUTION_ENVIRONMENT_GEN1")]
    Gen1,
    #[serde(rename = "EXECUTION_ENVIRONMENT_GEN2")]
    Gen2,
}

/// run v2, GoogleCloudRunV2Job.functionalType and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FunctionalType {
    #[serde(rename = "FUNCTIONAL_TYPE_AGENT")]
    Agent,
    #[serde(rename = "FUNCTIONAL_TYPE_MCP_SERVER")]
    McpServer,
}

/// run v2, GoogleCloudRunV2WorkloadIdentityConfig.identityType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IdentityType {
    #[serde(rename = "IDENTITY_TYPE_SERVICE_ACCOUNT")]
    ServiceAccount,
    #[serde(rename = "IDENTITY_TYPE_AGENT_IDENTITY")]
    AgentIdentity,
}

/// run v2, GoogleCloudRunV2Service.ingress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Ingress {
    #[serde(rename = "INGRESS_TRAFFIC_ALL")]
    All,
    #[serde(rename = "INGRESS_TRAFFIC_INTERNAL_ONLY")]
    InternalOnly,
    #[serde(rename = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER")]
    InternalLoadBalancer,
    #[serde(rename = "INGRESS_TRAFFIC_NONE")]
    None,
}

/// run v2, GoogleCloudRunV2Job.launchStage and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LaunchStage {
    Unimplemented,
    Prelaunch,
    EarlyAccess,
    Alpha,
    Beta,
    Ga,
    Deprecated,
}

/// run v2, GoogleCloudRunV2EmptyDirVolumeSource.medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Medium {
    Memory,
    Disk,
}

/// run v2, GoogleCloudRunV2ServiceScaling.scalingMode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScalingMode {
    Automatic,
    Manual,
}

/// run v2, GoogleCloudRunV2TrafficTarget.type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TrafficTargetType {
    #[serde(rename = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST")]
    Latest,
    #[serde(rename = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION")]
    Revision,
}
