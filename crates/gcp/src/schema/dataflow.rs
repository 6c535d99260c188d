//! Written by scripts/schema.py from Google's description of dataflow v1b3, revision 20261018: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Shape};
use serde::Serialize;

/// dataflow v1b3, ContainerSpec.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerSpec {
    /// A message. dataflow v1b3, ContainerSpec.defaultEnvironment.
    pub default_environment: Option<FlexTemplateRuntimeEnvironment>,
    /// Text. dataflow v1b3, ContainerSpec.image.
    pub image: Input<String>,
    /// Text. dataflow v1b3, ContainerSpec.imageRepositoryCertPath.
    pub image_repository_cert_path: Input<String>,
    /// Text. dataflow v1b3, ContainerSpec.imageRepositoryPasswordSecretId.
    pub image_repository_password_secret_id: Input<String>,
    /// Text. dataflow v1b3, ContainerSpec.imageRepositoryUsernameSecretId.
    pub image_repository_username_secret_id: Input<String>,
    /// A message. dataflow v1b3, ContainerSpec.metadata.
    pub metadata: Option<TemplateMetadata>,
    /// A message. dataflow v1b3, ContainerSpec.sdkInfo.
    pub sdk_info: Option<SdkInfo>,
}

pub static CONTAINER_SPEC: Message = Message {
    name: "ContainerSpec",
    fields: &[
        Field {
            name: "defaultEnvironment",
            shape: Shape::Message(&FLEX_TEMPLATE_RUNTIME_ENVIRONMENT),
            output: false,
        },
        Field { name: "image", shape: Shape::Text, output: false },
        Field { name: "imageRepositoryCertPath", shape: Shape::Text, output: false },
        Field { name: "imageRepositoryPasswordSecretId", shape: Shape::Text, output: false },
        Field { name: "imageRepositoryUsernameSecretId", shape: Shape::Text, output: false },
        Field { name: "metadata", shape: Shape::Message(&TEMPLATE_METADATA), output: false },
        Field { name: "sdkInfo", shape: Shape::Message(&SDK_INFO), output: false },
    ],
};

/// dataflow v1b3, FlexTemplateRuntimeEnvironment.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlexTemplateRuntimeEnvironment {
    /// A list. dataflow v1b3, FlexTemplateRuntimeEnvironment.additionalExperiments.
    pub additional_experiments: Vec<Input<String>>,
    /// A list. dataflow v1b3, FlexTemplateRuntimeEnvironment.additionalPipelineOptions.
    pub additional_pipeline_options: Vec<Input<String>>,
    /// A map. dataflow v1b3, FlexTemplateRuntimeEnvironment.additionalUserLabels.
    pub additional_user_labels: BTreeMap<String, Input<String>>,
    /// One of a list. dataflow v1b3, FlexTemplateRuntimeEnvironment.autoscalingAlgorithm.
    pub autoscaling_algorithm: Input<AutoscalingAlgorithm>,
    /// Gigabytes. dataflow v1b3, FlexTemplateRuntimeEnvironment.diskSizeGb.
    pub disk_size_gb: Input<i64>,
    /// True or false. dataflow v1b3, FlexTemplateRuntimeEnvironment.dumpHeapOnOom.
    pub dump_heap_on_oom: Input<bool>,
    /// True or false. dataflow v1b3, FlexTemplateRuntimeEnvironment.enableLauncherVmSerialPortLogging.
    pub enable_launcher_vm_serial_port_logging: Input<bool>,
    /// True or false. dataflow v1b3, FlexTemplateRuntimeEnvironment.enableStreamingEngine.
    pub enable_streaming_engine: Input<bool>,
    /// One of a list. dataflow v1b3, FlexTemplateRuntimeEnvironment.flexrsGoal.
    pub flexrs_goal: Input<FlexrsGoal>,
    /// One of a list. dataflow v1b3, FlexTemplateRuntimeEnvironment.ipConfiguration.
    pub ip_configuration: Input<IpConfiguration>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.kmsKeyName.
    pub kms_key_name: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.launcherMachineType.
    pub launcher_machine_type: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.machineType.
    pub machine_type: Input<String>,
    /// A whole number. dataflow v1b3, FlexTemplateRuntimeEnvironment.maxWorkers.
    pub max_workers: Input<i64>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.network.
    pub network: Input<String>,
    /// A whole number. dataflow v1b3, FlexTemplateRuntimeEnvironment.numWorkers.
    pub num_workers: Input<i64>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.saveHeapDumpsToGcsPath.
    pub save_heap_dumps_to_gcs_path: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.sdkContainerImage.
    pub sdk_container_image: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.serviceAccountEmail.
    pub service_account_email: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.stagingLocation.
    pub staging_location: Input<String>,
    /// One of a list. dataflow v1b3, FlexTemplateRuntimeEnvironment.streamingMode.
    pub streaming_mode: Input<StreamingMode>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.subnetwork.
    pub subnetwork: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.tempLocation.
    pub temp_location: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.workerRegion.
    pub worker_region: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.workerZone.
    pub worker_zone: Input<String>,
    /// Text. dataflow v1b3, FlexTemplateRuntimeEnvironment.zone.
    pub zone: Input<String>,
}

pub static FLEX_TEMPLATE_RUNTIME_ENVIRONMENT: Message = Message {
    name: "FlexTemplateRuntimeEnvironment",
    fields: &[
        Field { name: "additionalExperiments", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "additionalPipelineOptions", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "additionalUserLabels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "autoscalingAlgorithm", shape: Shape::Enum, output: false },
        Field { name: "diskSizeGb", shape: Shape::Int, output: false },
        Field { name: "dumpHeapOnOom", shape: Shape::Bool, output: false },
        Field { name: "enableLauncherVmSerialPortLogging", shape: Shape::Bool, output: false },
        Field { name: "enableStreamingEngine", shape: Shape::Bool, output: false },
        Field { name: "flexrsGoal", shape: Shape::Enum, output: false },
        Field { name: "ipConfiguration", shape: Shape::Enum, output: false },
        Field { name: "kmsKeyName", shape: Shape::Text, output: false },
        Field { name: "launcherMachineType", shape: Shape::Text, output: false },
        Field { name: "machineType", shape: Shape::Text, output: false },
        Field { name: "maxWorkers", shape: Shape::Int, output: false },
        Field { name: "network", shape: Shape::Text, output: false },
        Field { name: "numWorkers", shape: Shape::Int, output: false },
        Field { name: "saveHeapDumpsToGcsPath", shape: Shape::Text, output: false },
        Field { name: "sdkContainerImage", shape: Shape::Text, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
        Field { name: "stagingLocation", shape: Shape::Text, output: false },
        Field { name: "streamingMode", shape: Shape::Enum, output: false },
        Field { name: "subnetwork", shape: Shape::Text, output: false },
        Field { name: "tempLocation", shape: Shape::Text, output: false },
        Field { name: "workerRegion", shape: Shape::Text, output: false },
        Field { name: "workerZone", shape: Shape::Text, output: false },
        Field { name: "zone", shape: Shape::Text, output: false },
    ],
};

/// dataflow v1b3, LaunchFlexTemplateParameter.
pub static LAUNCH_FLEX_TEMPLATE_PARAMETER: Message = Message {
    name: "LaunchFlexTemplateParameter",
    fields: &[
        Field { name: "containerSpec", shape: Shape::Message(&CONTAINER_SPEC), output: false },
        Field { name: "containerSpecGcsPath", shape: Shape::Text, output: false },
        Field {
            name: "environment",
            shape: Shape::Message(&FLEX_TEMPLATE_RUNTIME_ENVIRONMENT),
            output: false,
        },
        Field { name: "jobName", shape: Shape::Text, output: false },
        Field { name: "launchOptions", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "parameters", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "transformNameMappings", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "update", shape: Shape::Bool, output: false },
    ],
};

/// dataflow v1b3, LaunchTemplateParameters.
pub static LAUNCH_TEMPLATE_PARAMETERS: Message = Message {
    name: "LaunchTemplateParameters",
    fields: &[
        Field { name: "environment", shape: Shape::Message(&RUNTIME_ENVIRONMENT), output: false },
        Field { name: "jobName", shape: Shape::Text, output: false },
        Field { name: "parameters", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "transformNameMapping", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "update", shape: Shape::Bool, output: false },
    ],
};

/// dataflow v1b3, ParameterMetadata.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterMetadata {
    /// A map. dataflow v1b3, ParameterMetadata.customMetadata.
    pub custom_metadata: BTreeMap<String, Input<String>>,
    /// Text. dataflow v1b3, ParameterMetadata.defaultValue.
    pub default_value: Input<String>,
    /// A list. dataflow v1b3, ParameterMetadata.enumOptions.
    pub enum_options: Vec<ParameterMetadataEnumOption>,
    /// Text. dataflow v1b3, ParameterMetadata.groupName.
    pub group_name: Input<String>,
    /// Text. dataflow v1b3, ParameterMetadata.helpText.
    pub help_text: Input<String>,
    /// True or false. dataflow v1b3, ParameterMetadata.hiddenUi.
    pub hidden_ui: Input<bool>,
    /// True or false. dataflow v1b3, ParameterMetadata.isOptional.
    pub is_optional: Input<bool>,
    /// Text. dataflow v1b3, ParameterMetadata.label.
    pub label: Input<String>,
    /// Text. dataflow v1b3, ParameterMetadata.name.
    pub name: Input<String>,
    /// One of a list. dataflow v1b3, ParameterMetadata.paramType.
    pub param_type: Input<ParamType>,
    /// Text. dataflow v1b3, ParameterMetadata.parentName.
    pub parent_name: Input<String>,
    /// A list. dataflow v1b3, ParameterMetadata.parentTriggerValues.
    pub parent_trigger_values: Vec<Input<String>>,
    /// A list. dataflow v1b3, ParameterMetadata.regexes.
    pub regexes: Vec<Input<String>>,
}

pub static PARAMETER_METADATA: Message = Message {
    name: "ParameterMetadata",
    fields: &[
        Field { name: "customMetadata", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "defaultValue", shape: Shape::Text, output: false },
        Field {
            name: "enumOptions",
            shape: Shape::List(&Shape::Message(&PARAMETER_METADATA_ENUM_OPTION)),
            output: false,
        },
        Field { name: "groupName", shape: Shape::Text, output: false },
        Field { name: "helpText", shape: Shape::Text, output: false },
        Field { name: "hiddenUi", shape: Shape::Bool, output: false },
        Field { name: "isOptional", shape: Shape::Bool, output: false },
        Field { name: "label", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "paramType", shape: Shape::Enum, output: false },
        Field { name: "parentName", shape: Shape::Text, output: false },
        Field { name: "parentTriggerValues", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "regexes", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// dataflow v1b3, ParameterMetadataEnumOption.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterMetadataEnumOption {
    /// Text. dataflow v1b3, ParameterMetadataEnumOption.description.
    pub description: Input<String>,
    /// Text. dataflow v1b3, ParameterMetadataEnumOption.label.
    pub label: Input<String>,
    /// Text. dataflow v1b3, ParameterMetadataEnumOption.value.
    pub value: Input<String>,
}

pub static PARAMETER_METADATA_ENUM_OPTION: Message = Message {
    name: "ParameterMetadataEnumOption",
    fields: &[
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "label", shape: Shape::Text, output: false },
        Field { name: "value", shape: Shape::Text, output: false },
    ],
};

/// dataflow v1b3, RuntimeEnvironment.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeEnvironment {
    /// A list. dataflow v1b3, RuntimeEnvironment.additionalExperiments.
    pub additional_experiments: Vec<Input<String>>,
    /// A list. dataflow v1b3, RuntimeEnvironment.additionalPipelineOptions.
    pub additional_pipeline_options: Vec<Input<String>>,
    /// A map. dataflow v1b3, RuntimeEnvironment.additionalUserLabels.
    pub additional_user_labels: BTreeMap<String, Input<String>>,
    /// True or false. dataflow v1b3, RuntimeEnvironment.bypassTempDirValidation.
    pub bypass_temp_dir_validation: Input<bool>,
    /// Gigabytes. dataflow v1b3, RuntimeEnvironment.diskSizeGb.
    pub disk_size_gb: Input<i64>,
    /// True or false. dataflow v1b3, RuntimeEnvironment.enableStreamingEngine.
    pub enable_streaming_engine: Input<bool>,
    /// One of a list. dataflow v1b3, RuntimeEnvironment.ipConfiguration.
    pub ip_configuration: Input<IpConfiguration>,
    /// Text. dataflow v1b3, RuntimeEnvironment.kmsKeyName.
    pub kms_key_name: Input<String>,
    /// Text. dataflow v1b3, RuntimeEnvironment.machineType.
    pub machine_type: Input<String>,
    /// A whole number. dataflow v1b3, RuntimeEnvironment.maxWorkers.
    pub max_workers: Input<i64>,
    /// Text. dataflow v1b3, RuntimeEnvironment.network.
    pub network: Input<String>,
    /// A whole number. dataflow v1b3, RuntimeEnvironment.numWorkers.
    pub num_workers: Input<i64>,
    /// Text. dataflow v1b3, RuntimeEnvironment.serviceAccountEmail.
    pub service_account_email: Input<String>,
    /// One of a list. dataflow v1b3, RuntimeEnvironment.streamingMode.
    pub streaming_mode: Input<StreamingMode>,
    /// Text. dataflow v1b3, RuntimeEnvironment.subnetwork.
    pub subnetwork: Input<String>,
    /// Text. dataflow v1b3, RuntimeEnvironment.tempLocation.
    pub temp_location: Input<String>,
    /// Text. dataflow v1b3, RuntimeEnvironment.workerRegion.
    pub worker_region: Input<String>,
    /// Text. dataflow v1b3, RuntimeEnvironment.workerZone.
    pub worker_zone: Input<String>,
    /// Text. dataflow v1b3, RuntimeEnvironment.zone.
    pub zone: Input<String>,
}

pub static RUNTIME_ENVIRONMENT: Message = Message {
    name: "RuntimeEnvironment",
    fields: &[
        Field { name: "additionalExperiments", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "additionalPipelineOptions", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "additionalUserLabels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "bypassTempDirValidation", shape: Shape::Bool, output: false },
        Field { name: "diskSizeGb", shape: Shape::Int, output: false },
        Field { name: "enableStreamingEngine", shape: Shape::Bool, output: false },
        Field { name: "ipConfiguration", shape: Shape::Enum, output: false },
        Field { name: "kmsKeyName", shape: Shape::Text, output: false },
        Field { name: "machineType", shape: Shape::Text, output: false },
        Field { name: "maxWorkers", shape: Shape::Int, output: false },
        Field { name: "network", shape: Shape::Text, output: false },
        Field { name: "numWorkers", shape: Shape::Int, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
        Field { name: "streamingMode", shape: Shape::Enum, output: false },
        Field { name: "subnetwork", shape: Shape::Text, output: false },
        Field { name: "tempLocation", shape: Shape::Text, output: false },
        Field { name: "workerRegion", shape: Shape::Text, output: false },
        Field { name: "workerZone", shape: Shape::Text, output: false },
        Field { name: "zone", shape: Shape::Text, output: false },
    ],
};

/// dataflow v1b3, SDKInfo.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SdkInfo {
    /// One of a list. dataflow v1b3, SDKInfo.language.
    pub language: Input<SdkInfoLanguage>,
    /// Text. dataflow v1b3, SDKInfo.version.
    pub version: Input<String>,
}

pub static SDK_INFO: Message = Message {
    name: "SDKInfo",
    fields: &[
        Field { name: "language", shape: Shape::Enum, output: false },
        Field { name: "version", shape: Shape::Text, output: false },
    ],
};

/// dataflow v1b3, TemplateMetadata.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateMetadata {
    /// Text. dataflow v1b3, TemplateMetadata.defaultStreamingMode.
    pub default_streaming_mode: Input<String>,
    /// Text. dataflow v1b3, TemplateMetadata.description.
    pub description: Input<String>,
    /// Text. dataflow v1b3, TemplateMetadata.name.
    pub name: Input<String>,
    /// A list. dataflow v1b3, TemplateMetadata.parameters.
    pub parameters: Vec<ParameterMetadata>,
    /// True or false. dataflow v1b3, TemplateMetadata.streaming.
    pub streaming: Input<bool>,
    /// True or false. dataflow v1b3, TemplateMetadata.supportsAtLeastOnce.
    pub supports_at_least_once: Input<bool>,
    /// True or false. dataflow v1b3, TemplateMetadata.supportsExactlyOnce.
    pub supports_exactly_once: Input<bool>,
    /// Text. dataflow v1b3, TemplateMetadata.yamlDefinition.
    pub yaml_definition: Input<String>,
}

pub static TEMPLATE_METADATA: Message = Message {
    name: "TemplateMetadata",
    fields: &[
        Field { name: "defaultStreamingMode", shape: Shape::Text, output: false },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "parameters", shape: Shape::List(&Shape::Message(&PARAMETER_METADATA)), output: false },
        Field { name: "streaming", shape: Shape::Bool, output: false },
        Field { name: "supportsAtLeastOnce", shape: Shape::Bool, output: false },
        Field { name: "supportsExactlyOnce", shape: Shape::Bool, output: false },
        Field { name: "yamlDefinition", shape: Shape::Text, output: false },
    ],
};

/// dataflow v1b3, FlexTemplateRuntimeEnvironment.autoscalingAlgorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum AutoscalingAlgorithm {
    #[serde(rename = "AUTOSCALING_ALGORITHM_UNKNOWN")]
    Unknown,
    #[serde(rename = "AUTOSCALING_ALGORITHM_NONE")]
    None,
    #[serde(rename = "AUTOSCALING_ALGORITHM_BASIC")]
    Basic,
}

/// dataflow v1b3, FlexTemplateRuntimeEnvironment.flexrsGoal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FlexrsGoal {
    #[serde(rename = "FLEXRS_SPEED_OPTIMIZED")]
    SpeedOptimized,
    #[serde(rename = "FLEXRS_COST_OPTIMIZED")]
    CostOptimized,
}

/// dataflow v1b3, FlexTemplateRuntimeEnvironment.ipConfiguration and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IpConfiguration {
    #[serde(rename = "WORKER_IP_PUBLIC")]
    Public,
    #[serde(rename = "WORKER_IP_PRIVATE")]
    Private,
}

/// dataflow v1b3, ParameterMetadata.paramType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ParamType {
    Default,
    Text,
    GcsReadBucket,
    GcsWriteBucket,
    GcsReadFile,
    GcsWriteFile,
    GcsReadFolder,
    GcsWriteFolder,
    PubsubTopic,
    PubsubSubscription,
    BigqueryTable,
    JavascriptUdfFile,
    ServiceAccount,
    MachineType,
    KmsKeyName,
    WorkerRegion,
    WorkerZone,
    Boolean,
    Enum,
    Number,
    KafkaTopic,
    KafkaReadTopic,
    KafkaWriteTopic,
}

/// dataflow v1b3, SDKInfo.language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SdkInfoLanguage {
    Unknown,
    Java,
    Python,
    Go,
    Yaml,
}

/// dataflow v1b3, FlexTemplateRuntimeEnvironment.streamingMode and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum StreamingMode {
    #[serde(rename = "STREAMING_MODE_EXACTLY_ONCE")]
    ExactlyOnce,
    #[serde(rename = "STREAMING_MODE_AT_LEAST_ONCE")]
    AtLeastOnce,
}
