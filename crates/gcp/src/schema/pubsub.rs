//! Written by scripts/schema.py from Google's description of pubsub v1, revision 20261027: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// pubsub v1, AIInference.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AiInference {
    /// Text. pubsub v1, AIInference.endpoint.
    pub endpoint: Input<String>,
    /// Text. pubsub v1, AIInference.serviceAccountEmail.
    pub service_account_email: Input<String>,
    /// A message. pubsub v1, AIInference.unstructuredInference.
    pub unstructured_inference: Option<UnstructuredInference>,
}

pub static AI_INFERENCE: Message = Message {
    name: "AIInference",
    fields: &[
        Field { name: "endpoint", shape: Shape::Text, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
        Field {
            name: "unstructuredInference",
            shape: Shape::Message(&UNSTRUCTURED_INFERENCE),
            output: false,
        },
    ],
};

/// pubsub v1, AvroConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvroConfig {
    /// True or false. pubsub v1, AvroConfig.useTopicSchema.
    pub use_topic_schema: Input<bool>,
    /// True or false. pubsub v1, AvroConfig.writeMetadata.
    pub write_metadata: Input<bool>,
}

pub static AVRO_CONFIG: Message = Message {
    name: "AvroConfig",
    fields: &[
        Field { name: "useTopicSchema", shape: Shape::Bool, output: false },
        Field { name: "writeMetadata", shape: Shape::Bool, output: false },
    ],
};

/// pubsub v1, AvroFormat.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AvroFormat {}

pub static AVRO_FORMAT: Message = Message { name: "AvroFormat", fields: &[] };

/// pubsub v1, AwsKinesis.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsKinesis {
    /// Text. pubsub v1, AwsKinesis.awsRoleArn.
    pub aws_role_arn: Input<String>,
    /// Text. pubsub v1, AwsKinesis.consumerArn.
    pub consumer_arn: Input<String>,
    /// Text. pubsub v1, AwsKinesis.gcpServiceAccount.
    pub gcp_service_account: Input<String>,
    /// Text. pubsub v1, AwsKinesis.streamArn.
    pub stream_arn: Input<String>,
}

pub static AWS_KINESIS: Message = Message {
    name: "AwsKinesis",
    fields: &[
        Field { name: "awsRoleArn", shape: Shape::Text, output: false },
        Field { name: "consumerArn", shape: Shape::Text, output: false },
        Field { name: "gcpServiceAccount", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "streamArn", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, AwsMsk.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsMsk {
    /// Text. pubsub v1, AwsMsk.awsRoleArn.
    pub aws_role_arn: Input<String>,
    /// Text. pubsub v1, AwsMsk.clusterArn.
    pub cluster_arn: Input<String>,
    /// Text. pubsub v1, AwsMsk.gcpServiceAccount.
    pub gcp_service_account: Input<String>,
    /// Text. pubsub v1, AwsMsk.topic.
    pub topic: Input<String>,
}

pub static AWS_MSK: Message = Message {
    name: "AwsMsk",
    fields: &[
        Field { name: "awsRoleArn", shape: Shape::Text, output: false },
        Field { name: "clusterArn", shape: Shape::Text, output: false },
        Field { name: "gcpServiceAccount", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "topic", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, AzureEventHubs.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AzureEventHubs {
    /// Text. pubsub v1, AzureEventHubs.clientId.
    pub client_id: Input<String>,
    /// Text. pubsub v1, AzureEventHubs.eventHub.
    pub event_hub: Input<String>,
    /// Text. pubsub v1, AzureEventHubs.gcpServiceAccount.
    pub gcp_service_account: Input<String>,
    /// Text. pubsub v1, AzureEventHubs.namespace.
    pub namespace: Input<String>,
    /// Text. pubsub v1, AzureEventHubs.resourceGroup.
    pub resource_group: Input<String>,
    /// Text. pubsub v1, AzureEventHubs.subscriptionId.
    pub subscription_id: Input<String>,
    /// Text. pubsub v1, AzureEventHubs.tenantId.
    pub tenant_id: Input<String>,
}

pub static AZURE_EVENT_HUBS: Message = Message {
    name: "AzureEventHubs",
    fields: &[
        Field { name: "clientId", shape: Shape::Text, output: false },
        Field { name: "eventHub", shape: Shape::Text, output: false },
        Field { name: "gcpServiceAccount", shape: Shape::Text, output: false },
        Field { name: "namespace", shape: Shape::Text, output: false },
        Field { name: "resourceGroup", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "subscriptionId", shape: Shape::Text, output: false },
        Field { name: "tenantId", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, BigQueryConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigQueryConfig {
    /// True or false. pubsub v1, BigQueryConfig.dropUnknownFields.
    pub drop_unknown_fields: Input<bool>,
    /// Text. pubsub v1, BigQueryConfig.serviceAccountEmail.
    pub service_account_email: Input<String>,
    /// Text. pubsub v1, BigQueryConfig.table.
    pub table: Input<String>,
    /// True or false. pubsub v1, BigQueryConfig.useTableSchema.
    pub use_table_schema: Input<bool>,
    /// True or false. pubsub v1, BigQueryConfig.useTopicSchema.
    pub use_topic_schema: Input<bool>,
    /// True or false. pubsub v1, BigQueryConfig.writeMetadata.
    pub write_metadata: Input<bool>,
}

pub static BIG_QUERY_CONFIG: Message = Message {
    name: "BigQueryConfig",
    fields: &[
        Field { name: "dropUnknownFields", shape: Shape::Bool, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "table", shape: Shape::Text, output: false },
        Field { name: "useTableSchema", shape: Shape::Bool, output: false },
        Field { name: "useTopicSchema", shape: Shape::Bool, output: false },
        Field { name: "writeMetadata", shape: Shape::Bool, output: false },
    ],
};

/// pubsub v1, BigtableConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigtableConfig {
    /// Text. pubsub v1, BigtableConfig.appProfileId.
    pub app_profile_id: Input<String>,
    /// A message. pubsub v1, BigtableConfig.columnFamilyMapping.
    pub column_family_mapping: Option<ColumnFamilyMapping>,
    /// Text. pubsub v1, BigtableConfig.serviceAccountEmail.
    pub service_account_email: Input<String>,
    /// Text. pubsub v1, BigtableConfig.table.
    pub table: Input<String>,
    /// True or false. pubsub v1, BigtableConfig.writeMetadata.
    pub write_metadata: Input<bool>,
}

pub static BIGTABLE_CONFIG: Message = Message {
    name: "BigtableConfig",
    fields: &[
        Field { name: "appProfileId", shape: Shape::Text, output: false },
        Field { name: "columnFamilyMapping", shape: Shape::Message(&COLUMN_FAMILY_MAPPING), output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "table", shape: Shape::Text, output: false },
        Field { name: "writeMetadata", shape: Shape::Bool, output: false },
    ],
};

/// pubsub v1, CloudStorage.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudStorage {
    /// A message. pubsub v1, CloudStorage.avroFormat.
    pub avro_format: Option<AvroFormat>,
    /// Text. pubsub v1, CloudStorage.bucket.
    pub bucket: Input<String>,
    /// Text. pubsub v1, CloudStorage.matchGlob.
    pub match_glob: Input<String>,
    /// RFC 3339. pubsub v1, CloudStorage.minimumObjectCreateTime.
    pub minimum_object_create_time: Input<String>,
    /// A message. pubsub v1, CloudStorage.pubsubAvroFormat.
    pub pubsub_avro_format: Option<PubSubAvroFormat>,
    /// A message. pubsub v1, CloudStorage.textFormat.
    pub text_format: Option<TextFormat>,
}

pub static CLOUD_STORAGE: Message = Message {
    name: "CloudStorage",
    fields: &[
        Field { name: "avroFormat", shape: Shape::Message(&AVRO_FORMAT), output: false },
        Field { name: "bucket", shape: Shape::Text, output: false },
        Field { name: "matchGlob", shape: Shape::Text, output: false },
        Field { name: "minimumObjectCreateTime", shape: Shape::Timestamp, output: false },
        Field { name: "pubsubAvroFormat", shape: Shape::Message(&PUB_SUB_AVRO_FORMAT), output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "textFormat", shape: Shape::Message(&TEXT_FORMAT), output: false },
    ],
};

/// pubsub v1, CloudStorageConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudStorageConfig {
    /// A message. pubsub v1, CloudStorageConfig.avroConfig.
    pub avro_config: Option<AvroConfig>,
    /// Text. pubsub v1, CloudStorageConfig.bucket.
    pub bucket: Input<String>,
    /// Text. pubsub v1, CloudStorageConfig.filenameDatetimeFormat.
    pub filename_datetime_format: Input<String>,
    /// Text. pubsub v1, CloudStorageConfig.filenamePrefix.
    pub filename_prefix: Input<String>,
    /// Text. pubsub v1, CloudStorageConfig.filenameSuffix.
    pub filename_suffix: Input<String>,
    /// Bytes. pubsub v1, CloudStorageConfig.maxBytes.
    pub max_bytes: Input<i64>,
    /// Seconds. pubsub v1, CloudStorageConfig.maxDuration.
    pub max_duration: Input<Seconds>,
    /// A whole number. pubsub v1, CloudStorageConfig.maxMessages.
    pub max_messages: Input<i64>,
    /// Text. pubsub v1, CloudStorageConfig.serviceAccountEmail.
    pub service_account_email: Input<String>,
    /// A message. pubsub v1, CloudStorageConfig.textConfig.
    pub text_config: Option<TextConfig>,
}

pub static CLOUD_STORAGE_CONFIG: Message = Message {
    name: "CloudStorageConfig",
    fields: &[
        Field { name: "avroConfig", shape: Shape::Message(&AVRO_CONFIG), output: false },
        Field { name: "bucket", shape: Shape::Text, output: false },
        Field { name: "filenameDatetimeFormat", shape: Shape::Text, output: false },
        Field { name: "filenamePrefix", shape: Shape::Text, output: false },
        Field { name: "filenameSuffix", shape: Shape::Text, output: false },
        Field { name: "maxBytes", shape: Shape::Int64, output: false },
        Field { name: "maxDuration", shape: Shape::Duration, output: false },
        Field { name: "maxMessages", shape: Shape::Int64, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "textConfig", shape: Shape::Message(&TEXT_CONFIG), output: false },
    ],
};

/// pubsub v1, ColumnFamilyMapping.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnFamilyMapping {
    /// A message. pubsub v1, ColumnFamilyMapping.delimitedKey.
    pub delimited_key: Option<DelimitedKey>,
    /// A message. pubsub v1, ColumnFamilyMapping.rowKeySchema.
    pub row_key_schema: Option<RowKeySchema>,
}

pub static COLUMN_FAMILY_MAPPING: Message = Message {
    name: "ColumnFamilyMapping",
    fields: &[
        Field { name: "delimitedKey", shape: Shape::Message(&DELIMITED_KEY), output: false },
        Field { name: "rowKeySchema", shape: Shape::Message(&ROW_KEY_SCHEMA), output: false },
    ],
};

/// pubsub v1, CompiledProtoSchema.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompiledProtoSchema {
    /// Base64. pubsub v1, CompiledProtoSchema.compiledBytes.
    pub compiled_bytes: Input<String>,
    /// Text. pubsub v1, CompiledProtoSchema.rootMessage.
    pub root_message: Input<String>,
}

pub static COMPILED_PROTO_SCHEMA: Message = Message {
    name: "CompiledProtoSchema",
    fields: &[
        Field { name: "compiledBytes", shape: Shape::Bytes, output: false },
        Field { name: "rootMessage", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, Compression.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compression {
    /// One of a list. pubsub v1, Compression.compressionAlgorithm.
    pub compression_algorithm: Input<CompressionAlgorithm>,
    /// One of a list. pubsub v1, Compression.compressionMode.
    pub compression_mode: Input<CompressionMode>,
}

pub static COMPRESSION: Message = Message {
    name: "Compression",
    fields: &[
        Field { name: "compressionAlgorithm", shape: Shape::Enum, output: false },
        Field { name: "compressionMode", shape: Shape::Enum, output: false },
    ],
};

/// pubsub v1, ConfluentCloud.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfluentCloud {
    /// Text. pubsub v1, ConfluentCloud.bootstrapServer.
    pub bootstrap_server: Input<String>,
    /// Text. pubsub v1, ConfluentCloud.clusterId.
    pub cluster_id: Input<String>,
    /// Text. pubsub v1, ConfluentCloud.gcpServiceAccount.
    pub gcp_service_account: Input<String>,
    /// Text. pubsub v1, ConfluentCloud.identityPoolId.
    pub identity_pool_id: Input<String>,
    /// Text. pubsub v1, ConfluentCloud.topic.
    pub topic: Input<String>,
}

pub static CONFLUENT_CLOUD: Message = Message {
    name: "ConfluentCloud",
    fields: &[
        Field { name: "bootstrapServer", shape: Shape::Text, output: false },
        Field { name: "clusterId", shape: Shape::Text, output: false },
        Field { name: "gcpServiceAccount", shape: Shape::Text, output: false },
        Field { name: "identityPoolId", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "topic", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, DeadLetterPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetterPolicy {
    /// Text. pubsub v1, DeadLetterPolicy.deadLetterTopic.
    pub dead_letter_topic: Input<String>,
    /// A whole number. pubsub v1, DeadLetterPolicy.maxDeliveryAttempts.
    pub max_delivery_attempts: Input<i64>,
}

pub static DEAD_LETTER_POLICY: Message = Message {
    name: "DeadLetterPolicy",
    fields: &[
        Field { name: "deadLetterTopic", shape: Shape::Text, output: false },
        Field { name: "maxDeliveryAttempts", shape: Shape::Int, output: false },
    ],
};

/// pubsub v1, DelimitedKey.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DelimitedKey {
    /// Base64. pubsub v1, DelimitedKey.delimiter.
    pub delimiter: Input<String>,
    /// A list. pubsub v1, DelimitedKey.keyFields.
    pub key_fields: Vec<Input<String>>,
}

pub static DELIMITED_KEY: Message = Message {
    name: "DelimitedKey",
    fields: &[
        Field { name: "delimiter", shape: Shape::Bytes, output: false },
        Field { name: "keyFields", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// pubsub v1, ExpirationPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpirationPolicy {
    /// Seconds. pubsub v1, ExpirationPolicy.ttl.
    pub ttl: Input<Seconds>,
}

pub static EXPIRATION_POLICY: Message = Message {
    name: "ExpirationPolicy",
    fields: &[Field { name: "ttl", shape: Shape::Duration, output: false }],
};

/// pubsub v1, IngestionDataSourceSettings.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IngestionDataSourceSettings {
    /// A message. pubsub v1, IngestionDataSourceSettings.awsKinesis.
    pub aws_kinesis: Option<AwsKinesis>,
    /// A message. pubsub v1, IngestionDataSourceSettings.awsMsk.
    pub aws_msk: Option<AwsMsk>,
    /// A message. pubsub v1, IngestionDataSourceSettings.azureEventHubs.
    pub azure_event_hubs: Option<AzureEventHubs>,
    /// A message. pubsub v1, IngestionDataSourceSettings.cloudStorage.
    pub cloud_storage: Option<CloudStorage>,
    /// A message. pubsub v1, IngestionDataSourceSettings.confluentCloud.
    pub confluent_cloud: Option<ConfluentCloud>,
    /// A message. pubsub v1, IngestionDataSourceSettings.platformLogsSettings.
    pub platform_logs_settings: Option<PlatformLogsSettings>,
}

pub static INGESTION_DATA_SOURCE_SETTINGS: Message = Message {
    name: "IngestionDataSourceSettings",
    fields: &[
        Field { name: "awsKinesis", shape: Shape::Message(&AWS_KINESIS), output: false },
        Field { name: "awsMsk", shape: Shape::Message(&AWS_MSK), output: false },
        Field { name: "azureEventHubs", shape: Shape::Message(&AZURE_EVENT_HUBS), output: false },
        Field { name: "cloudStorage", shape: Shape::Message(&CLOUD_STORAGE), output: false },
        Field { name: "confluentCloud", shape: Shape::Message(&CONFLUENT_CLOUD), output: false },
        Field { name: "platformLogsSettings", shape: Shape::Message(&PLATFORM_LOGS_SETTINGS), output: false },
    ],
};

/// pubsub v1, JavaScriptUDF.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JavaScriptUdf {
    /// Text. pubsub v1, JavaScriptUDF.code.
    pub code: Input<String>,
    /// Text. pubsub v1, JavaScriptUDF.functionName.
    pub function_name: Input<String>,
}

pub static JAVA_SCRIPT_UDF: Message = Message {
    name: "JavaScriptUDF",
    fields: &[
        Field { name: "code", shape: Shape::Text, output: false },
        Field { name: "functionName", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, MessageStoragePolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageStoragePolicy {
    /// A list. pubsub v1, MessageStoragePolicy.allowedPersistenceRegions.
    pub allowed_persistence_regions: Vec<Input<String>>,
    /// True or false. pubsub v1, MessageStoragePolicy.enforceInTransit.
    pub enforce_in_transit: Input<bool>,
}

pub static MESSAGE_STORAGE_POLICY: Message = Message {
    name: "MessageStoragePolicy",
    fields: &[
        Field { name: "allowedPersistenceRegions", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "enforceInTransit", shape: Shape::Bool, output: false },
    ],
};

/// pubsub v1, MessageTransform.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageTransform {
    /// A message. pubsub v1, MessageTransform.aiInference.
    pub ai_inference: Option<AiInference>,
    /// A message. pubsub v1, MessageTransform.compression.
    pub compression: Option<Compression>,
    /// True or false. pubsub v1, MessageTransform.disabled.
    pub disabled: Input<bool>,
    /// Deprecated. True or false. pubsub v1, MessageTransform.enabled.
    pub enabled: Input<bool>,
    /// A message. pubsub v1, MessageTransform.javascriptUdf.
    pub javascript_udf: Option<JavaScriptUdf>,
}

pub static MESSAGE_TRANSFORM: Message = Message {
    name: "MessageTransform",
    fields: &[
        Field { name: "aiInference", shape: Shape::Message(&AI_INFERENCE), output: false },
        Field { name: "compression", shape: Shape::Message(&COMPRESSION), output: false },
        Field { name: "disabled", shape: Shape::Bool, output: false },
        Field { name: "enabled", shape: Shape::Bool, output: false },
        Field { name: "javascriptUdf", shape: Shape::Message(&JAVA_SCRIPT_UDF), output: false },
    ],
};

/// pubsub v1, NoWrapper.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoWrapper {
    /// True or false. pubsub v1, NoWrapper.writeMetadata.
    pub write_metadata: Input<bool>,
}

pub static NO_WRAPPER: Message = Message {
    name: "NoWrapper",
    fields: &[Field { name: "writeMetadata", shape: Shape::Bool, output: false }],
};

/// pubsub v1, OidcToken.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OidcToken {
    /// Text. pubsub v1, OidcToken.audience.
    pub audience: Input<String>,
    /// Text. pubsub v1, OidcToken.serviceAccountEmail.
    pub service_account_email: Input<String>,
}

pub static OIDC_TOKEN: Message = Message {
    name: "OidcToken",
    fields: &[
        Field { name: "audience", shape: Shape::Text, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, PlatformLogsSettings.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlatformLogsSettings {
    /// One of a list. pubsub v1, PlatformLogsSettings.severity.
    pub severity: Input<Severity>,
}

pub static PLATFORM_LOGS_SETTINGS: Message = Message {
    name: "PlatformLogsSettings",
    fields: &[Field { name: "severity", shape: Shape::Enum, output: false }],
};

/// pubsub v1, PubSubAvroFormat.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PubSubAvroFormat {}

pub static PUB_SUB_AVRO_FORMAT: Message = Message { name: "PubSubAvroFormat", fields: &[] };

/// pubsub v1, PubsubWrapper.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PubsubWrapper {}

pub static PUBSUB_WRAPPER: Message = Message { name: "PubsubWrapper", fields: &[] };

/// pubsub v1, PushConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushConfig {
    /// A map. pubsub v1, PushConfig.attributes.
    pub attributes: BTreeMap<String, Input<String>>,
    /// A message. pubsub v1, PushConfig.noWrapper.
    pub no_wrapper: Option<NoWrapper>,
    /// A message. pubsub v1, PushConfig.oidcToken.
    pub oidc_token: Option<OidcToken>,
    /// A message. pubsub v1, PushConfig.pubsubWrapper.
    pub pubsub_wrapper: Option<PubsubWrapper>,
    /// Text. pubsub v1, PushConfig.pushEndpoint.
    pub push_endpoint: Input<String>,
}

pub static PUSH_CONFIG: Message = Message {
    name: "PushConfig",
    fields: &[
        Field { name: "attributes", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "noWrapper", shape: Shape::Message(&NO_WRAPPER), output: false },
        Field { name: "oidcToken", shape: Shape::Message(&OIDC_TOKEN), output: false },
        Field { name: "pubsubWrapper", shape: Shape::Message(&PUBSUB_WRAPPER), output: false },
        Field { name: "pushEndpoint", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, RetryPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryPolicy {
    /// Seconds. pubsub v1, RetryPolicy.maximumBackoff.
    pub maximum_backoff: Input<Seconds>,
    /// Seconds. pubsub v1, RetryPolicy.minimumBackoff.
    pub minimum_backoff: Input<Seconds>,
}

pub static RETRY_POLICY: Message = Message {
    name: "RetryPolicy",
    fields: &[
        Field { name: "maximumBackoff", shape: Shape::Duration, output: false },
        Field { name: "minimumBackoff", shape: Shape::Duration, output: false },
    ],
};

/// pubsub v1, RowKeySchema.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RowKeySchema {}

pub static ROW_KEY_SCHEMA: Message = Message { name: "RowKeySchema", fields: &[] };

/// pubsub v1, Schema.
pub static SCHEMA: Message = Message {
    name: "Schema",
    fields: &[
        Field { name: "compiledProtoSchema", shape: Shape::Message(&COMPILED_PROTO_SCHEMA), output: false },
        Field { name: "definition", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "revisionCreateTime", shape: Shape::Timestamp, output: true },
        Field { name: "revisionId", shape: Shape::Text, output: true },
        Field { name: "type", shape: Shape::Enum, output: false },
    ],
};

/// pubsub v1, SchemaSettings.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaSettings {
    /// One of a list. pubsub v1, SchemaSettings.encoding.
    pub encoding: Input<Encoding>,
    /// Text. pubsub v1, SchemaSettings.firstRevisionId.
    pub first_revision_id: Input<String>,
    /// Text. pubsub v1, SchemaSettings.lastRevisionId.
    pub last_revision_id: Input<String>,
    /// Text. pubsub v1, SchemaSettings.schema.
    pub schema: Input<String>,
}

pub static SCHEMA_SETTINGS: Message = Message {
    name: "SchemaSettings",
    fields: &[
        Field { name: "encoding", shape: Shape::Enum, output: false },
        Field { name: "firstRevisionId", shape: Shape::Text, output: false },
        Field { name: "lastRevisionId", shape: Shape::Text, output: false },
        Field { name: "schema", shape: Shape::Text, output: false },
    ],
};

/// pubsub v1, Subscription.
pub static SUBSCRIPTION: Message = Message {
    name: "Subscription",
    fields: &[
        Field { name: "ackDeadlineSeconds", shape: Shape::Int, output: false },
        Field { name: "analyticsHubSubscriptionInfo", shape: Shape::Any, output: true },
        Field { name: "bigqueryConfig", shape: Shape::Message(&BIG_QUERY_CONFIG), output: false },
        Field { name: "bigtableConfig", shape: Shape::Message(&BIGTABLE_CONFIG), output: false },
        Field { name: "cloudStorageConfig", shape: Shape::Message(&CLOUD_STORAGE_CONFIG), output: false },
        Field { name: "deadLetterPolicy", shape: Shape::Message(&DEAD_LETTER_POLICY), output: false },
        Field { name: "detached", shape: Shape::Bool, output: false },
        Field { name: "enableExactlyOnceDelivery", shape: Shape::Bool, output: false },
        Field { name: "enableMessageOrdering", shape: Shape::Bool, output: false },
        Field { name: "expirationPolicy", shape: Shape::Message(&EXPIRATION_POLICY), output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "messageRetentionDuration", shape: Shape::Duration, output: false },
        Field {
            name: "messageTransforms",
            shape: Shape::List(&Shape::Message(&MESSAGE_TRANSFORM)),
            output: false,
        },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "pushConfig", shape: Shape::Message(&PUSH_CONFIG), output: false },
        Field { name: "retainAckedMessages", shape: Shape::Bool, output: false },
        Field { name: "retryPolicy", shape: Shape::Message(&RETRY_POLICY), output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "tags", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "topic", shape: Shape::Text, output: false },
        Field { name: "topicMessageRetentionDuration", shape: Shape::Duration, output: true },
    ],
};

/// pubsub v1, TextConfig.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TextConfig {}

pub static TEXT_CONFIG: Message = Message { name: "TextConfig", fields: &[] };

/// pubsub v1, TextFormat.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextFormat {
    /// Text. pubsub v1, TextFormat.delimiter.
    pub delimiter: Input<String>,
}

pub static TEXT_FORMAT: Message =
    Message { name: "TextFormat", fields: &[Field { name: "delimiter", shape: Shape::Text, output: false }] };

/// pubsub v1, Topic.
pub static TOPIC: Message = Message {
    name: "Topic",
    fields: &[
        Field {
            name: "ingestionDataSourceSettings",
            shape: Shape::Message(&INGESTION_DATA_SOURCE_SETTINGS),
            output: false,
        },
        Field { name: "kmsKeyName", shape: Shape::Text, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "messageRetentionDuration", shape: Shape::Duration, output: false },
        Field { name: "messageStoragePolicy", shape: Shape::Message(&MESSAGE_STORAGE_POLICY), output: false },
        Field {
            name: "messageTransforms",
            shape: Shape::List(&Shape::Message(&MESSAGE_TRANSFORM)),
            output: false,
        },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "satisfiesPzs", shape: Shape::Bool, output: true },
        Field { name: "schemaSettings", shape: Shape::Message(&SCHEMA_SETTINGS), output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "tags", shape: Shape::Map(&Shape::Text), output: false },
    ],
};

/// pubsub v1, UnstructuredInference.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnstructuredInference {
    /// A map. pubsub v1, UnstructuredInference.parameters.
    pub parameters: BTreeMap<String, Input<serde_json::Value>>,
}

pub static UNSTRUCTURED_INFERENCE: Message = Message {
    name: "UnstructuredInference",
    fields: &[Field { name: "parameters", shape: Shape::Map(&Shape::Any), output: false }],
};

/// pubsub v1, Compression.compressionAlgorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompressionAlgorithm {
    Zlib,
}

/// pubsub v1, Compression.compressionMode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompressionMode {
    Compress,
    Decompress,
}

/// pubsub v1, SchemaSettings.encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Encoding {
    Json,
    Binary,
}

/// pubsub v1, Schema.type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SchemaType {
    ProtocolBuffer,
    Avro,
}

/// pubsub v1, PlatformLogsSettings.severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Severity {
    Disabled,
    Debug,
    Info,
    Warning,
    Error,
}
