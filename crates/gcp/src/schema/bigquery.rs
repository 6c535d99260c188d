//! Written by scripts/schema.py from Google's description of bigquery v2, revision 20261009: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Shape};
use serde::Serialize;

/// bigquery v2, AggregationThresholdPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AggregationThresholdPolicy {
    /// A list. bigquery v2, AggregationThresholdPolicy.privacyUnitColumns.
    pub privacy_unit_columns: Vec<Input<String>>,
    /// A whole number. bigquery v2, AggregationThresholdPolicy.threshold.
    pub threshold: Input<i64>,
}

pub static AGGREGATION_THRESHOLD_POLICY: Message = Message {
    name: "AggregationThresholdPolicy",
    fields: &[
        Field { name: "privacyUnitColumns", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "threshold", shape: Shape::Int64, output: false },
    ],
};

/// bigquery v2, AvroOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvroOptions {
    /// True or false. bigquery v2, AvroOptions.useAvroLogicalTypes.
    pub use_avro_logical_types: Input<bool>,
}

pub static AVRO_OPTIONS: Message = Message {
    name: "AvroOptions",
    fields: &[Field { name: "useAvroLogicalTypes", shape: Shape::Bool, output: false }],
};

/// bigquery v2, BigLakeConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigLakeConfiguration {
    /// Text. bigquery v2, BigLakeConfiguration.connectionId.
    pub connection_id: Input<String>,
    /// One of a list. bigquery v2, BigLakeConfiguration.fileFormat.
    pub file_format: Input<FileFormat>,
    /// Text. bigquery v2, BigLakeConfiguration.storageUri.
    pub storage_uri: Input<String>,
    /// One of a list. bigquery v2, BigLakeConfiguration.tableFormat.
    pub table_format: Input<TableFormat>,
}

pub static BIG_LAKE_CONFIGURATION: Message = Message {
    name: "BigLakeConfiguration",
    fields: &[
        Field { name: "connectionId", shape: Shape::Text, output: false },
        Field { name: "fileFormat", shape: Shape::Enum, output: false },
        Field { name: "storageUri", shape: Shape::Text, output: false },
        Field { name: "tableFormat", shape: Shape::Enum, output: false },
    ],
};

/// bigquery v2, BigtableColumn.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigtableColumn {
    /// Text. bigquery v2, BigtableColumn.encoding.
    pub encoding: Input<String>,
    /// Text. bigquery v2, BigtableColumn.fieldName.
    pub field_name: Input<String>,
    /// True or false. bigquery v2, BigtableColumn.onlyReadLatest.
    pub only_read_latest: Input<bool>,
    /// A message. bigquery v2, BigtableColumn.protoConfig.
    pub proto_config: Option<BigtableProtoConfig>,
    /// Base64. bigquery v2, BigtableColumn.qualifierEncoded.
    pub qualifier_encoded: Input<String>,
    /// Text. bigquery v2, BigtableColumn.qualifierString.
    pub qualifier_string: Input<String>,
    /// Text. bigquery v2, BigtableColumn.type.
    pub r#type: Input<String>,
}

pub static BIGTABLE_COLUMN: Message = Message {
    name: "BigtableColumn",
    fields: &[
        Field { name: "encoding", shape: Shape::Text, output: false },
        Field { name: "fieldName", shape: Shape::Text, output: false },
        Field { name: "onlyReadLatest", shape: Shape::Bool, output: false },
        Field { name: "protoConfig", shape: Shape::Message(&BIGTABLE_PROTO_CONFIG), output: false },
        Field { name: "qualifierEncoded", shape: Shape::Bytes, output: false },
        Field { name: "qualifierString", shape: Shape::Text, output: false },
        Field { name: "type", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, BigtableColumnFamily.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigtableColumnFamily {
    /// A list. bigquery v2, BigtableColumnFamily.columns.
    pub columns: Vec<BigtableColumn>,
    /// Text. bigquery v2, BigtableColumnFamily.encoding.
    pub encoding: Input<String>,
    /// Text. bigquery v2, BigtableColumnFamily.familyId.
    pub family_id: Input<String>,
    /// True or false. bigquery v2, BigtableColumnFamily.onlyReadLatest.
    pub only_read_latest: Input<bool>,
    /// A message. bigquery v2, BigtableColumnFamily.protoConfig.
    pub proto_config: Option<BigtableProtoConfig>,
    /// Text. bigquery v2, BigtableColumnFamily.type.
    pub r#type: Input<String>,
}

pub static BIGTABLE_COLUMN_FAMILY: Message = Message {
    name: "BigtableColumnFamily",
    fields: &[
        Field { name: "columns", shape: Shape::List(&Shape::Message(&BIGTABLE_COLUMN)), output: false },
        Field { name: "encoding", shape: Shape::Text, output: false },
        Field { name: "familyId", shape: Shape::Text, output: false },
        Field { name: "onlyReadLatest", shape: Shape::Bool, output: false },
        Field { name: "protoConfig", shape: Shape::Message(&BIGTABLE_PROTO_CONFIG), output: false },
        Field { name: "type", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, BigtableOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigtableOptions {
    /// A list. bigquery v2, BigtableOptions.columnFamilies.
    pub column_families: Vec<BigtableColumnFamily>,
    /// True or false. bigquery v2, BigtableOptions.ignoreUnspecifiedColumnFamilies.
    pub ignore_unspecified_column_families: Input<bool>,
    /// True or false. bigquery v2, BigtableOptions.outputColumnFamiliesAsJson.
    pub output_column_families_as_json: Input<bool>,
    /// True or false. bigquery v2, BigtableOptions.readRowkeyAsString.
    pub read_rowkey_as_string: Input<bool>,
}

pub static BIGTABLE_OPTIONS: Message = Message {
    name: "BigtableOptions",
    fields: &[
        Field {
            name: "columnFamilies",
            shape: Shape::List(&Shape::Message(&BIGTABLE_COLUMN_FAMILY)),
            output: false,
        },
        Field { name: "ignoreUnspecifiedColumnFamilies", shape: Shape::Bool, output: false },
        Field { name: "outputColumnFamiliesAsJson", shape: Shape::Bool, output: false },
        Field { name: "readRowkeyAsString", shape: Shape::Bool, output: false },
    ],
};

/// bigquery v2, BigtableProtoConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BigtableProtoConfig {
    /// Text. bigquery v2, BigtableProtoConfig.protoMessageName.
    pub proto_message_name: Input<String>,
    /// Text. bigquery v2, BigtableProtoConfig.schemaBundleId.
    pub schema_bundle_id: Input<String>,
}

pub static BIGTABLE_PROTO_CONFIG: Message = Message {
    name: "BigtableProtoConfig",
    fields: &[
        Field { name: "protoMessageName", shape: Shape::Text, output: false },
        Field { name: "schemaBundleId", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, TableFieldSchemaCategories.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Categories {
    /// A list. bigquery v2, TableFieldSchemaCategories.names.
    pub names: Vec<Input<String>>,
}

pub static CATEGORIES: Message = Message {
    name: "TableFieldSchemaCategories",
    fields: &[Field { name: "names", shape: Shape::List(&Shape::Text), output: false }],
};

/// bigquery v2, Clustering.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Clustering {
    /// A list. bigquery v2, Clustering.fields.
    pub fields: Vec<Input<String>>,
}

pub static CLUSTERING: Message = Message {
    name: "Clustering",
    fields: &[Field { name: "fields", shape: Shape::List(&Shape::Text), output: false }],
};

/// bigquery v2, CsvOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CsvOptions {
    /// True or false. bigquery v2, CsvOptions.allowJaggedRows.
    pub allow_jagged_rows: Input<bool>,
    /// True or false. bigquery v2, CsvOptions.allowQuotedNewlines.
    pub allow_quoted_newlines: Input<bool>,
    /// Text. bigquery v2, CsvOptions.encoding.
    pub encoding: Input<String>,
    /// Text. bigquery v2, CsvOptions.fieldDelimiter.
    pub field_delimiter: Input<String>,
    /// Text. bigquery v2, CsvOptions.nullMarker.
    pub null_marker: Input<String>,
    /// A list. bigquery v2, CsvOptions.nullMarkers.
    pub null_markers: Vec<Input<String>>,
    /// True or false. bigquery v2, CsvOptions.preserveAsciiControlCharacters.
    pub preserve_ascii_control_characters: Input<bool>,
    /// Text. Default `"`. bigquery v2, CsvOptions.quote.
    pub quote: Input<String>,
    /// A whole number. bigquery v2, CsvOptions.skipLeadingRows.
    pub skip_leading_rows: Input<i64>,
    /// Text. bigquery v2, CsvOptions.sourceColumnMatch.
    pub source_column_match: Input<String>,
}

pub static CSV_OPTIONS: Message = Message {
    name: "CsvOptions",
    fields: &[
        Field { name: "allowJaggedRows", shape: Shape::Bool, output: false },
        Field { name: "allowQuotedNewlines", shape: Shape::Bool, output: false },
        Field { name: "encoding", shape: Shape::Text, output: false },
        Field { name: "fieldDelimiter", shape: Shape::Text, output: false },
        Field { name: "nullMarker", shape: Shape::Text, output: false },
        Field { name: "nullMarkers", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "preserveAsciiControlCharacters", shape: Shape::Bool, output: false },
        Field { name: "quote", shape: Shape::Text, output: false },
        Field { name: "skipLeadingRows", shape: Shape::Int64, output: false },
        Field { name: "sourceColumnMatch", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, TableFieldSchemaDataGovernanceTagsInfo.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataGovernanceTagsInfo {
    /// A map. bigquery v2, TableFieldSchemaDataGovernanceTagsInfo.dataGovernanceTags.
    pub data_governance_tags: BTreeMap<String, Input<String>>,
}

pub static DATA_GOVERNANCE_TAGS_INFO: Message = Message {
    name: "TableFieldSchemaDataGovernanceTagsInfo",
    fields: &[Field { name: "dataGovernanceTags", shape: Shape::Map(&Shape::Text), output: false }],
};

/// bigquery v2, DataPolicyList.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataPolicyList {
    /// A list. bigquery v2, DataPolicyList.dataPolicies.
    pub data_policies: Vec<DataPolicyOption>,
}

pub static DATA_POLICY_LIST: Message = Message {
    name: "DataPolicyList",
    fields: &[Field {
        name: "dataPolicies",
        shape: Shape::List(&Shape::Message(&DATA_POLICY_OPTION)),
        output: false,
    }],
};

/// bigquery v2, DataPolicyOption.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataPolicyOption {
    /// Text. bigquery v2, DataPolicyOption.name.
    pub name: Input<String>,
}

pub static DATA_POLICY_OPTION: Message = Message {
    name: "DataPolicyOption",
    fields: &[Field { name: "name", shape: Shape::Text, output: false }],
};

/// bigquery v2, Dataset.
pub static DATASET: Message = Message {
    name: "Dataset",
    fields: &[
        Field { name: "access", shape: Shape::List(&Shape::Message(&DATASET_ACCESS)), output: false },
        Field { name: "catalogSource", shape: Shape::Text, output: true },
        Field { name: "creationTime", shape: Shape::Int64, output: true },
        Field { name: "datasetReference", shape: Shape::Message(&DATASET_REFERENCE), output: false },
        Field { name: "defaultCollation", shape: Shape::Text, output: false },
        Field {
            name: "defaultEncryptionConfiguration",
            shape: Shape::Message(&ENCRYPTION_CONFIGURATION),
            output: false,
        },
        Field { name: "defaultPartitionExpirationMs", shape: Shape::Int64, output: false },
        Field { name: "defaultRoundingMode", shape: Shape::Enum, output: false },
        Field { name: "defaultTableExpirationMs", shape: Shape::Int64, output: false },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "etag", shape: Shape::Text, output: true },
        Field {
            name: "externalCatalogDatasetOptions",
            shape: Shape::Message(&EXTERNAL_CATALOG_DATASET_OPTIONS),
            output: false,
        },
        Field {
            name: "externalDatasetReference",
            shape: Shape::Message(&EXTERNAL_DATASET_REFERENCE),
            output: false,
        },
        Field { name: "friendlyName", shape: Shape::Text, output: false },
        Field { name: "id", shape: Shape::Text, output: true },
        Field { name: "isCaseInsensitive", shape: Shape::Bool, output: false },
        Field { name: "kind", shape: Shape::Text, output: true },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "lastModifiedTime", shape: Shape::Int64, output: true },
        Field { name: "linkedDatasetMetadata", shape: Shape::Any, output: true },
        Field { name: "linkedDatasetSource", shape: Shape::Message(&LINKED_DATASET_SOURCE), output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "maxTimeTravelHours", shape: Shape::Int64, output: false },
        Field { name: "resourceTags", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "restrictions", shape: Shape::Any, output: true },
        Field { name: "satisfiesPzi", shape: Shape::Bool, output: true },
        Field { name: "satisfiesPzs", shape: Shape::Bool, output: true },
        Field { name: "selfLink", shape: Shape::Text, output: true },
        Field { name: "storageBillingModel", shape: Shape::Enum, output: false },
        Field { name: "tags", shape: Shape::List(&Shape::Any), output: true },
        Field { name: "type", shape: Shape::Text, output: true },
    ],
};

/// bigquery v2, DatasetAccess.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatasetAccess {
    /// A message. bigquery v2, DatasetAccess.condition.
    pub condition: Option<Expr>,
    /// A message. bigquery v2, DatasetAccess.dataset.
    pub dataset: Option<DatasetAccessEntry>,
    /// Text. bigquery v2, DatasetAccess.domain.
    pub domain: Input<String>,
    /// Text. bigquery v2, DatasetAccess.groupByEmail.
    pub group_by_email: Input<String>,
    /// Text. bigquery v2, DatasetAccess.iamMember.
    pub iam_member: Input<String>,
    /// Text. bigquery v2, DatasetAccess.role.
    pub role: Input<String>,
    /// A message. bigquery v2, DatasetAccess.routine.
    pub routine: Option<RoutineReference>,
    /// Text. bigquery v2, DatasetAccess.specialGroup.
    pub special_group: Input<String>,
    /// Text. bigquery v2, DatasetAccess.userByEmail.
    pub user_by_email: Input<String>,
    /// A message. bigquery v2, DatasetAccess.view.
    pub view: Option<TableReference>,
}

pub static DATASET_ACCESS: Message = Message {
    name: "DatasetAccess",
    fields: &[
        Field { name: "condition", shape: Shape::Message(&EXPR), output: false },
        Field { name: "dataset", shape: Shape::Message(&DATASET_ACCESS_ENTRY), output: false },
        Field { name: "domain", shape: Shape::Text, output: false },
        Field { name: "groupByEmail", shape: Shape::Text, output: false },
        Field { name: "iamMember", shape: Shape::Text, output: false },
        Field { name: "role", shape: Shape::Text, output: false },
        Field { name: "routine", shape: Shape::Message(&ROUTINE_REFERENCE), output: false },
        Field { name: "specialGroup", shape: Shape::Text, output: false },
        Field { name: "userByEmail", shape: Shape::Text, output: false },
        Field { name: "view", shape: Shape::Message(&TABLE_REFERENCE), output: false },
    ],
};

/// bigquery v2, DatasetAccessEntry.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatasetAccessEntry {
    /// A message. bigquery v2, DatasetAccessEntry.dataset.
    pub dataset: Option<DatasetReference>,
    /// A list. bigquery v2, DatasetAccessEntry.targetTypes.
    pub target_types: Vec<TargetType>,
}

pub static DATASET_ACCESS_ENTRY: Message = Message {
    name: "DatasetAccessEntry",
    fields: &[
        Field { name: "dataset", shape: Shape::Message(&DATASET_REFERENCE), output: false },
        Field { name: "targetTypes", shape: Shape::List(&Shape::Enum), output: false },
    ],
};

/// bigquery v2, DatasetReference.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatasetReference {
    /// Text. bigquery v2, DatasetReference.datasetId.
    pub dataset_id: Input<String>,
    /// Text. bigquery v2, DatasetReference.projectId.
    pub project_id: Input<String>,
}

pub static DATASET_REFERENCE: Message = Message {
    name: "DatasetReference",
    fields: &[
        Field { name: "datasetId", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, DifferentialPrivacyPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DifferentialPrivacyPolicy {
    /// A number. bigquery v2, DifferentialPrivacyPolicy.deltaBudget.
    pub delta_budget: Input<f64>,
    /// A number. bigquery v2, DifferentialPrivacyPolicy.deltaPerQuery.
    pub delta_per_query: Input<f64>,
    /// A number. bigquery v2, DifferentialPrivacyPolicy.epsilonBudget.
    pub epsilon_budget: Input<f64>,
    /// A number. bigquery v2, DifferentialPrivacyPolicy.maxEpsilonPerQuery.
    pub max_epsilon_per_query: Input<f64>,
    /// A whole number. bigquery v2, DifferentialPrivacyPolicy.maxGroupsContributed.
    pub max_groups_contributed: Input<i64>,
    /// Text. bigquery v2, DifferentialPrivacyPolicy.privacyUnitColumn.
    pub privacy_unit_column: Input<String>,
}

pub static DIFFERENTIAL_PRIVACY_POLICY: Message = Message {
    name: "DifferentialPrivacyPolicy",
    fields: &[
        Field { name: "deltaBudget", shape: Shape::Double, output: false },
        Field { name: "deltaBudgetRemaining", shape: Shape::Double, output: true },
        Field { name: "deltaPerQuery", shape: Shape::Double, output: false },
        Field { name: "epsilonBudget", shape: Shape::Double, output: false },
        Field { name: "epsilonBudgetRemaining", shape: Shape::Double, output: true },
        Field { name: "maxEpsilonPerQuery", shape: Shape::Double, output: false },
        Field { name: "maxGroupsContributed", shape: Shape::Int64, output: false },
        Field { name: "privacyUnitColumn", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, EncryptionConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionConfiguration {
    /// Text. bigquery v2, EncryptionConfiguration.kmsKeyName.
    pub kms_key_name: Input<String>,
}

pub static ENCRYPTION_CONFIGURATION: Message = Message {
    name: "EncryptionConfiguration",
    fields: &[Field { name: "kmsKeyName", shape: Shape::Text, output: false }],
};

/// bigquery v2, Expr.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Expr {
    /// Text. bigquery v2, Expr.description.
    pub description: Input<String>,
    /// Text. bigquery v2, Expr.expression.
    pub expression: Input<String>,
    /// Text. bigquery v2, Expr.location.
    pub location: Input<String>,
    /// Text. bigquery v2, Expr.title.
    pub title: Input<String>,
}

pub static EXPR: Message = Message {
    name: "Expr",
    fields: &[
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "expression", shape: Shape::Text, output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "title", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, ExternalCatalogDatasetOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalCatalogDatasetOptions {
    /// Text. bigquery v2, ExternalCatalogDatasetOptions.defaultStorageLocationUri.
    pub default_storage_location_uri: Input<String>,
    /// A map. bigquery v2, ExternalCatalogDatasetOptions.parameters.
    pub parameters: BTreeMap<String, Input<String>>,
}

pub static EXTERNAL_CATALOG_DATASET_OPTIONS: Message = Message {
    name: "ExternalCatalogDatasetOptions",
    fields: &[
        Field { name: "defaultStorageLocationUri", shape: Shape::Text, output: false },
        Field { name: "parameters", shape: Shape::Map(&Shape::Text), output: false },
    ],
};

/// bigquery v2, ExternalCatalogTableOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalCatalogTableOptions {
    /// Text. bigquery v2, ExternalCatalogTableOptions.connectionId.
    pub connection_id: Input<String>,
    /// A map. bigquery v2, ExternalCatalogTableOptions.parameters.
    pub parameters: BTreeMap<String, Input<String>>,
    /// A message. bigquery v2, ExternalCatalogTableOptions.storageDescriptor.
    pub storage_descriptor: Option<StorageDescriptor>,
}

pub static EXTERNAL_CATALOG_TABLE_OPTIONS: Message = Message {
    name: "ExternalCatalogTableOptions",
    fields: &[
        Field { name: "connectionId", shape: Shape::Text, output: false },
        Field { name: "parameters", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "storageDescriptor", shape: Shape::Message(&STORAGE_DESCRIPTOR), output: false },
    ],
};

/// bigquery v2, ExternalDataConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDataConfiguration {
    /// True or false. bigquery v2, ExternalDataConfiguration.autodetect.
    pub autodetect: Input<bool>,
    /// A message. bigquery v2, ExternalDataConfiguration.avroOptions.
    pub avro_options: Option<AvroOptions>,
    /// A message. bigquery v2, ExternalDataConfiguration.bigtableOptions.
    pub bigtable_options: Option<BigtableOptions>,
    /// Text. bigquery v2, ExternalDataConfiguration.compression.
    pub compression: Input<String>,
    /// Text. bigquery v2, ExternalDataConfiguration.connectionId.
    pub connection_id: Input<String>,
    /// A message. bigquery v2, ExternalDataConfiguration.csvOptions.
    pub csv_options: Option<CsvOptions>,
    /// Text. bigquery v2, ExternalDataConfiguration.dateFormat.
    pub date_format: Input<String>,
    /// Text. bigquery v2, ExternalDataConfiguration.datetimeFormat.
    pub datetime_format: Input<String>,
    /// A list. bigquery v2, ExternalDataConfiguration.decimalTargetTypes.
    pub decimal_target_types: Vec<DecimalTargetType>,
    /// One of a list. bigquery v2, ExternalDataConfiguration.fileSetSpecType.
    pub file_set_spec_type: Input<FileSetSpecType>,
    /// A message. bigquery v2, ExternalDataConfiguration.googleSheetsOptions.
    pub google_sheets_options: Option<GoogleSheetsOptions>,
    /// A message. bigquery v2, ExternalDataConfiguration.hivePartitioningOptions.
    pub hive_partitioning_options: Option<HivePartitioningOptions>,
    /// True or false. bigquery v2, ExternalDataConfiguration.ignoreUnknownValues.
    pub ignore_unknown_values: Input<bool>,
    /// One of a list. bigquery v2, ExternalDataConfiguration.jsonExtension.
    pub json_extension: Input<JsonExtension>,
    /// A message. bigquery v2, ExternalDataConfiguration.jsonOptions.
    pub json_options: Option<JsonOptions>,
    /// A whole number. bigquery v2, ExternalDataConfiguration.maxBadRecords.
    pub max_bad_records: Input<i64>,
    /// One of a list. bigquery v2, ExternalDataConfiguration.metadataCacheMode.
    pub metadata_cache_mode: Input<MetadataCacheMode>,
    /// One of a list. bigquery v2, ExternalDataConfiguration.objectMetadata.
    pub object_metadata: Input<ObjectMetadata>,
    /// A message. bigquery v2, ExternalDataConfiguration.parquetOptions.
    pub parquet_options: Option<ParquetOptions>,
    /// Text. bigquery v2, ExternalDataConfiguration.referenceFileSchemaUri.
    pub reference_file_schema_uri: Input<String>,
    /// A message. bigquery v2, ExternalDataConfiguration.schema.
    pub schema: Option<TableSchema>,
    /// Text. bigquery v2, ExternalDataConfiguration.sourceFormat.
    pub source_format: Input<String>,
    /// A list. bigquery v2, ExternalDataConfiguration.sourceUris.
    pub source_uris: Vec<Input<String>>,
    /// Text. bigquery v2, ExternalDataConfiguration.timeFormat.
    pub time_format: Input<String>,
    /// Text. bigquery v2, ExternalDataConfiguration.timeZone.
    pub time_zone: Input<String>,
    /// Text. bigquery v2, ExternalDataConfiguration.timestampFormat.
    pub timestamp_format: Input<String>,
    /// A list. bigquery v2, ExternalDataConfiguration.timestampTargetPrecision.
    pub timestamp_target_precision: Vec<Input<i64>>,
}

pub static EXTERNAL_DATA_CONFIGURATION: Message = Message {
    name: "ExternalDataConfiguration",
    fields: &[
        Field { name: "autodetect", shape: Shape::Bool, output: false },
        Field { name: "avroOptions", shape: Shape::Message(&AVRO_OPTIONS), output: false },
        Field { name: "bigtableOptions", shape: Shape::Message(&BIGTABLE_OPTIONS), output: false },
        Field { name: "compression", shape: Shape::Text, output: false },
        Field { name: "connectionId", shape: Shape::Text, output: false },
        Field { name: "csvOptions", shape: Shape::Message(&CSV_OPTIONS), output: false },
        Field { name: "dateFormat", shape: Shape::Text, output: false },
        Field { name: "datetimeFormat", shape: Shape::Text, output: false },
        Field { name: "decimalTargetTypes", shape: Shape::List(&Shape::Enum), output: false },
        Field { name: "fileSetSpecType", shape: Shape::Enum, output: false },
        Field { name: "googleSheetsOptions", shape: Shape::Message(&GOOGLE_SHEETS_OPTIONS), output: false },
        Field {
            name: "hivePartitioningOptions",
            shape: Shape::Message(&HIVE_PARTITIONING_OPTIONS),
            output: false,
        },
        Field { name: "ignoreUnknownValues", shape: Shape::Bool, output: false },
        Field { name: "jsonExtension", shape: Shape::Enum, output: false },
        Field { name: "jsonOptions", shape: Shape::Message(&JSON_OPTIONS), output: false },
        Field { name: "maxBadRecords", shape: Shape::Int, output: false },
        Field { name: "metadataCacheMode", shape: Shape::Enum, output: false },
        Field { name: "objectMetadata", shape: Shape::Enum, output: false },
        Field { name: "parquetOptions", shape: Shape::Message(&PARQUET_OPTIONS), output: false },
        Field { name: "referenceFileSchemaUri", shape: Shape::Text, output: false },
        Field { name: "schema", shape: Shape::Message(&TABLE_SCHEMA), output: false },
        Field { name: "sourceFormat", shape: Shape::Text, output: false },
        Field { name: "sourceUris", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "timeFormat", shape: Shape::Text, output: false },
        Field { name: "timeZone", shape: Shape::Text, output: false },
        Field { name: "timestampFormat", shape: Shape::Text, output: false },
        Field { name: "timestampTargetPrecision", shape: Shape::List(&Shape::Int), output: false },
    ],
};

/// bigquery v2, ExternalDatasetReference.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDatasetReference {
    /// Text. bigquery v2, ExternalDatasetReference.connection.
    pub connection: Input<String>,
    /// Text. bigquery v2, ExternalDatasetReference.externalSource.
    pub external_source: Input<String>,
}

pub static EXTERNAL_DATASET_REFERENCE: Message = Message {
    name: "ExternalDatasetReference",
    fields: &[
        Field { name: "connection", shape: Shape::Text, output: false },
        Field { name: "externalSource", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, TableConstraintsForeignKeys.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignKeys {
    /// A list. bigquery v2, TableConstraintsForeignKeys.columnReferences.
    pub column_references: Vec<ForeignKeysColumnReferences>,
    /// Text. bigquery v2, TableConstraintsForeignKeys.name.
    pub name: Input<String>,
    /// A message. bigquery v2, TableConstraintsForeignKeys.referencedTable.
    pub referenced_table: Option<ForeignKeysReferencedTable>,
}

pub static FOREIGN_KEYS: Message = Message {
    name: "TableConstraintsForeignKeys",
    fields: &[
        Field {
            name: "columnReferences",
            shape: Shape::List(&Shape::Message(&FOREIGN_KEYS_COLUMN_REFERENCES)),
            output: false,
        },
        Field { name: "name", shape: Shape::Text, output: false },
        Field {
            name: "referencedTable",
            shape: Shape::Message(&FOREIGN_KEYS_REFERENCED_TABLE),
            output: false,
        },
    ],
};

/// bigquery v2, TableConstraintsForeignKeysColumnReferences.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignKeysColumnReferences {
    /// Text. bigquery v2, TableConstraintsForeignKeysColumnReferences.referencedColumn.
    pub referenced_column: Input<String>,
    /// Text. bigquery v2, TableConstraintsForeignKeysColumnReferences.referencingColumn.
    pub referencing_column: Input<String>,
}

pub static FOREIGN_KEYS_COLUMN_REFERENCES: Message = Message {
    name: "TableConstraintsForeignKeysColumnReferences",
    fields: &[
        Field { name: "referencedColumn", shape: Shape::Text, output: false },
        Field { name: "referencingColumn", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, TableConstraintsForeignKeysReferencedTable.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignKeysReferencedTable {
    /// Text. bigquery v2, TableConstraintsForeignKeysReferencedTable.datasetId.
    pub dataset_id: Input<String>,
    /// Text. bigquery v2, TableConstraintsForeignKeysReferencedTable.projectId.
    pub project_id: Input<String>,
    /// Text. bigquery v2, TableConstraintsForeignKeysReferencedTable.tableId.
    pub table_id: Input<String>,
}

pub static FOREIGN_KEYS_REFERENCED_TABLE: Message = Message {
    name: "TableConstraintsForeignKeysReferencedTable",
    fields: &[
        Field { name: "datasetId", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: false },
        Field { name: "tableId", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, ForeignTypeInfo.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignTypeInfo {
    /// One of a list. bigquery v2, ForeignTypeInfo.typeSystem.
    pub type_system: Input<TypeSystem>,
}

pub static FOREIGN_TYPE_INFO: Message = Message {
    name: "ForeignTypeInfo",
    fields: &[Field { name: "typeSystem", shape: Shape::Enum, output: false }],
};

/// bigquery v2, ForeignViewDefinition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignViewDefinition {
    /// Text. bigquery v2, ForeignViewDefinition.dialect.
    pub dialect: Input<String>,
    /// Text. bigquery v2, ForeignViewDefinition.query.
    pub query: Input<String>,
}

pub static FOREIGN_VIEW_DEFINITION: Message = Message {
    name: "ForeignViewDefinition",
    fields: &[
        Field { name: "dialect", shape: Shape::Text, output: false },
        Field { name: "query", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, GeneratedColumn.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedColumn {
    /// A message. bigquery v2, GeneratedColumn.generatedExpressionInfo.
    pub generated_expression_info: Option<GeneratedExpressionInfo>,
    /// One of a list. bigquery v2, GeneratedColumn.generatedMode.
    pub generated_mode: Input<GeneratedMode>,
}

pub static GENERATED_COLUMN: Message = Message {
    name: "GeneratedColumn",
    fields: &[
        Field {
            name: "generatedExpressionInfo",
            shape: Shape::Message(&GENERATED_EXPRESSION_INFO),
            output: false,
        },
        Field { name: "generatedMode", shape: Shape::Enum, output: false },
    ],
};

/// bigquery v2, GeneratedExpressionInfo.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedExpressionInfo {
    /// True or false. bigquery v2, GeneratedExpressionInfo.asynchronous.
    pub asynchronous: Input<bool>,
    /// Text. bigquery v2, GeneratedExpressionInfo.generationExpression.
    pub generation_expression: Input<String>,
    /// True or false. bigquery v2, GeneratedExpressionInfo.stored.
    pub stored: Input<bool>,
}

pub static GENERATED_EXPRESSION_INFO: Message = Message {
    name: "GeneratedExpressionInfo",
    fields: &[
        Field { name: "asynchronous", shape: Shape::Bool, output: false },
        Field { name: "generationExpression", shape: Shape::Text, output: false },
        Field { name: "stored", shape: Shape::Bool, output: false },
    ],
};

/// bigquery v2, GoogleSheetsOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GoogleSheetsOptions {
    /// Text. bigquery v2, GoogleSheetsOptions.range.
    pub range: Input<String>,
    /// A whole number. bigquery v2, GoogleSheetsOptions.skipLeadingRows.
    pub skip_leading_rows: Input<i64>,
}

pub static GOOGLE_SHEETS_OPTIONS: Message = Message {
    name: "GoogleSheetsOptions",
    fields: &[
        Field { name: "range", shape: Shape::Text, output: false },
        Field { name: "skipLeadingRows", shape: Shape::Int64, output: false },
    ],
};

/// bigquery v2, HivePartitioningOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HivePartitioningOptions {
    /// Text. bigquery v2, HivePartitioningOptions.mode.
    pub mode: Input<String>,
    /// True or false. Default `false`. bigquery v2, HivePartitioningOptions.requirePartitionFilter.
    pub require_partition_filter: Input<bool>,
    /// Text. bigquery v2, HivePartitioningOptions.sourceUriPrefix.
    pub source_uri_prefix: Input<String>,
}

pub static HIVE_PARTITIONING_OPTIONS: Message = Message {
    name: "HivePartitioningOptions",
    fields: &[
        Field { name: "fields", shape: Shape::List(&Shape::Text), output: true },
        Field { name: "mode", shape: Shape::Text, output: false },
        Field { name: "requirePartitionFilter", shape: Shape::Bool, output: false },
        Field { name: "sourceUriPrefix", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, JoinRestrictionPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinRestrictionPolicy {
    /// A list. bigquery v2, JoinRestrictionPolicy.joinAllowedColumns.
    pub join_allowed_columns: Vec<Input<String>>,
    /// One of a list. bigquery v2, JoinRestrictionPolicy.joinCondition.
    pub join_condition: Input<JoinCondition>,
}

pub static JOIN_RESTRICTION_POLICY: Message = Message {
    name: "JoinRestrictionPolicy",
    fields: &[
        Field { name: "joinAllowedColumns", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "joinCondition", shape: Shape::Enum, output: false },
    ],
};

/// bigquery v2, JsonOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonOptions {
    /// Text. bigquery v2, JsonOptions.encoding.
    pub encoding: Input<String>,
}

pub static JSON_OPTIONS: Message =
    Message { name: "JsonOptions", fields: &[Field { name: "encoding", shape: Shape::Text, output: false }] };

/// bigquery v2, LinkedDatasetSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedDatasetSource {
    /// A message. bigquery v2, LinkedDatasetSource.sourceDataset.
    pub source_dataset: Option<DatasetReference>,
}

pub static LINKED_DATASET_SOURCE: Message = Message {
    name: "LinkedDatasetSource",
    fields: &[Field { name: "sourceDataset", shape: Shape::Message(&DATASET_REFERENCE), output: false }],
};

/// bigquery v2, MaterializedViewDefinition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MaterializedViewDefinition {
    /// True or false. bigquery v2, MaterializedViewDefinition.allowNonIncrementalDefinition.
    pub allow_non_incremental_definition: Input<bool>,
    /// True or false. bigquery v2, MaterializedViewDefinition.enableRefresh.
    pub enable_refresh: Input<bool>,
    /// Base64. bigquery v2, MaterializedViewDefinition.maxStaleness.
    pub max_staleness: Input<String>,
    /// Text. bigquery v2, MaterializedViewDefinition.query.
    pub query: Input<String>,
    /// Milliseconds. bigquery v2, MaterializedViewDefinition.refreshIntervalMs.
    pub refresh_interval_ms: Input<i64>,
}

pub static MATERIALIZED_VIEW_DEFINITION: Message = Message {
    name: "MaterializedViewDefinition",
    fields: &[
        Field { name: "allowNonIncrementalDefinition", shape: Shape::Bool, output: false },
        Field { name: "enableRefresh", shape: Shape::Bool, output: false },
        Field { name: "lastRefreshTime", shape: Shape::Int64, output: true },
        Field { name: "maxStaleness", shape: Shape::Bytes, output: false },
        Field { name: "query", shape: Shape::Text, output: false },
        Field { name: "refreshIntervalMs", shape: Shape::Int64, output: false },
    ],
};

/// bigquery v2, ParquetOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParquetOptions {
    /// True or false. bigquery v2, ParquetOptions.enableListInference.
    pub enable_list_inference: Input<bool>,
    /// True or false. bigquery v2, ParquetOptions.enumAsString.
    pub enum_as_string: Input<bool>,
    /// One of a list. bigquery v2, ParquetOptions.mapTargetType.
    pub map_target_type: Input<MapTargetType>,
}

pub static PARQUET_OPTIONS: Message = Message {
    name: "ParquetOptions",
    fields: &[
        Field { name: "enableListInference", shape: Shape::Bool, output: false },
        Field { name: "enumAsString", shape: Shape::Bool, output: false },
        Field { name: "mapTargetType", shape: Shape::Enum, output: false },
    ],
};

/// bigquery v2, PartitionedColumn.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionedColumn {
    /// Text. bigquery v2, PartitionedColumn.field.
    pub field: Input<String>,
}

pub static PARTITIONED_COLUMN: Message = Message {
    name: "PartitionedColumn",
    fields: &[Field { name: "field", shape: Shape::Text, output: false }],
};

/// bigquery v2, PartitioningDefinition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitioningDefinition {
    /// A list. bigquery v2, PartitioningDefinition.partitionedColumn.
    pub partitioned_column: Vec<PartitionedColumn>,
}

pub static PARTITIONING_DEFINITION: Message = Message {
    name: "PartitioningDefinition",
    fields: &[Field {
        name: "partitionedColumn",
        shape: Shape::List(&Shape::Message(&PARTITIONED_COLUMN)),
        output: false,
    }],
};

/// bigquery v2, TableFieldSchemaPolicyTags.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyTags {
    /// A list. bigquery v2, TableFieldSchemaPolicyTags.names.
    pub names: Vec<Input<String>>,
}

pub static POLICY_TAGS: Message = Message {
    name: "TableFieldSchemaPolicyTags",
    fields: &[Field { name: "names", shape: Shape::List(&Shape::Text), output: false }],
};

/// bigquery v2, TableConstraintsPrimaryKey.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrimaryKey {
    /// A list. bigquery v2, TableConstraintsPrimaryKey.columns.
    pub columns: Vec<Input<String>>,
}

pub static PRIMARY_KEY: Message = Message {
    name: "TableConstraintsPrimaryKey",
    fields: &[Field { name: "columns", shape: Shape::List(&Shape::Text), output: false }],
};

/// bigquery v2, PrivacyPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivacyPolicy {
    /// A message. bigquery v2, PrivacyPolicy.aggregationThresholdPolicy.
    pub aggregation_threshold_policy: Option<AggregationThresholdPolicy>,
    /// A message. bigquery v2, PrivacyPolicy.differentialPrivacyPolicy.
    pub differential_privacy_policy: Option<DifferentialPrivacyPolicy>,
    /// A message. bigquery v2, PrivacyPolicy.joinRestrictionPolicy.
    pub join_restriction_policy: Option<JoinRestrictionPolicy>,
}

pub static PRIVACY_POLICY: Message = Message {
    name: "PrivacyPolicy",
    fields: &[
        Field {
            name: "aggregationThresholdPolicy",
            shape: Shape::Message(&AGGREGATION_THRESHOLD_POLICY),
            output: false,
        },
        Field {
            name: "differentialPrivacyPolicy",
            shape: Shape::Message(&DIFFERENTIAL_PRIVACY_POLICY),
            output: false,
        },
        Field {
            name: "joinRestrictionPolicy",
            shape: Shape::Message(&JOIN_RESTRICTION_POLICY),
            output: false,
        },
    ],
};

/// bigquery v2, TableFieldSchemaRangeElementType.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RangeElementType {
    /// Text. bigquery v2, TableFieldSchemaRangeElementType.type.
    pub r#type: Input<String>,
}

pub static RANGE_ELEMENT_TYPE: Message = Message {
    name: "TableFieldSchemaRangeElementType",
    fields: &[Field { name: "type", shape: Shape::Text, output: false }],
};

/// bigquery v2, RangePartitioning.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RangePartitioning {
    /// Text. bigquery v2, RangePartitioning.field.
    pub field: Input<String>,
    /// A message. bigquery v2, RangePartitioning.range.
    pub range: Option<RangePartitioningRange>,
}

pub static RANGE_PARTITIONING: Message = Message {
    name: "RangePartitioning",
    fields: &[
        Field { name: "field", shape: Shape::Text, output: false },
        Field { name: "range", shape: Shape::Message(&RANGE_PARTITIONING_RANGE), output: false },
    ],
};

/// bigquery v2, RangePartitioningRange.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RangePartitioningRange {
    /// A whole number. bigquery v2, RangePartitioningRange.end.
    pub end: Input<i64>,
    /// A whole number. bigquery v2, RangePartitioningRange.interval.
    pub interval: Input<i64>,
    /// A whole number. bigquery v2, RangePartitioningRange.start.
    pub start: Input<i64>,
}

pub static RANGE_PARTITIONING_RANGE: Message = Message {
    name: "RangePartitioningRange",
    fields: &[
        Field { name: "end", shape: Shape::Int64, output: false },
        Field { name: "interval", shape: Shape::Int64, output: false },
        Field { name: "start", shape: Shape::Int64, output: false },
    ],
};

/// bigquery v2, RoutineReference.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutineReference {
    /// Text. bigquery v2, RoutineReference.datasetId.
    pub dataset_id: Input<String>,
    /// Text. bigquery v2, RoutineReference.projectId.
    pub project_id: Input<String>,
    /// Text. bigquery v2, RoutineReference.routineId.
    pub routine_id: Input<String>,
}

pub static ROUTINE_REFERENCE: Message = Message {
    name: "RoutineReference",
    fields: &[
        Field { name: "datasetId", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: false },
        Field { name: "routineId", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, SerDeInfo.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SerDeInfo {
    /// Text. bigquery v2, SerDeInfo.name.
    pub name: Input<String>,
    /// A map. bigquery v2, SerDeInfo.parameters.
    pub parameters: BTreeMap<String, Input<String>>,
    /// Text. bigquery v2, SerDeInfo.serializationLibrary.
    pub serialization_library: Input<String>,
}

pub static SER_DE_INFO: Message = Message {
    name: "SerDeInfo",
    fields: &[
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "parameters", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "serializationLibrary", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, StorageDescriptor.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageDescriptor {
    /// Text. bigquery v2, StorageDescriptor.inputFormat.
    pub input_format: Input<String>,
    /// Text. bigquery v2, StorageDescriptor.locationUri.
    pub location_uri: Input<String>,
    /// Text. bigquery v2, StorageDescriptor.outputFormat.
    pub output_format: Input<String>,
    /// A message. bigquery v2, StorageDescriptor.serdeInfo.
    pub serde_info: Option<SerDeInfo>,
}

pub static STORAGE_DESCRIPTOR: Message = Message {
    name: "StorageDescriptor",
    fields: &[
        Field { name: "inputFormat", shape: Shape::Text, output: false },
        Field { name: "locationUri", shape: Shape::Text, output: false },
        Field { name: "outputFormat", shape: Shape::Text, output: false },
        Field { name: "serdeInfo", shape: Shape::Message(&SER_DE_INFO), output: false },
    ],
};

/// bigquery v2, Table.
pub static TABLE: Message = Message {
    name: "Table",
    fields: &[
        Field { name: "biglakeConfiguration", shape: Shape::Message(&BIG_LAKE_CONFIGURATION), output: false },
        Field { name: "cloneDefinition", shape: Shape::Any, output: true },
        Field { name: "clustering", shape: Shape::Message(&CLUSTERING), output: false },
        Field { name: "creationTime", shape: Shape::Int64, output: true },
        Field { name: "defaultCollation", shape: Shape::Text, output: false },
        Field { name: "defaultRoundingMode", shape: Shape::Enum, output: false },
        Field { name: "description", shape: Shape::Text, output: false },
        Field {
            name: "encryptionConfiguration",
            shape: Shape::Message(&ENCRYPTION_CONFIGURATION),
            output: false,
        },
        Field { name: "etag", shape: Shape::Text, output: true },
        Field { name: "expirationTime", shape: Shape::Int64, output: false },
        Field {
            name: "externalCatalogTableOptions",
            shape: Shape::Message(&EXTERNAL_CATALOG_TABLE_OPTIONS),
            output: false,
        },
        Field {
            name: "externalDataConfiguration",
            shape: Shape::Message(&EXTERNAL_DATA_CONFIGURATION),
            output: false,
        },
        Field { name: "friendlyName", shape: Shape::Text, output: false },
        Field { name: "id", shape: Shape::Text, output: true },
        Field { name: "kind", shape: Shape::Text, output: true },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "lastModifiedTime", shape: Shape::Int64, output: true },
        Field { name: "location", shape: Shape::Text, output: true },
        Field { name: "managedTableType", shape: Shape::Enum, output: false },
        Field {
            name: "materializedView",
            shape: Shape::Message(&MATERIALIZED_VIEW_DEFINITION),
            output: false,
        },
        Field { name: "materializedViewStatus", shape: Shape::Any, output: true },
        Field { name: "maxStaleness", shape: Shape::Text, output: false },
        Field { name: "model", shape: Shape::Any, output: true },
        Field { name: "numActiveLogicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numActivePhysicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numBytes", shape: Shape::Int64, output: true },
        Field { name: "numCurrentPhysicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numLongTermBytes", shape: Shape::Int64, output: true },
        Field { name: "numLongTermLogicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numLongTermPhysicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numPartitions", shape: Shape::Int64, output: true },
        Field { name: "numPhysicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numRows", shape: Shape::Int64, output: true },
        Field { name: "numTimeTravelPhysicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numTotalLogicalBytes", shape: Shape::Int64, output: true },
        Field { name: "numTotalPhysicalBytes", shape: Shape::Int64, output: true },
        Field { name: "partitionDefinition", shape: Shape::Message(&PARTITIONING_DEFINITION), output: false },
        Field { name: "rangePartitioning", shape: Shape::Message(&RANGE_PARTITIONING), output: false },
        Field { name: "replicas", shape: Shape::List(&Shape::Message(&TABLE_REFERENCE)), output: true },
        Field { name: "requirePartitionFilter", shape: Shape::Bool, output: false },
        Field { name: "resourceTags", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "restrictions", shape: Shape::Any, output: true },
        Field { name: "schema", shape: Shape::Message(&TABLE_SCHEMA), output: false },
        Field { name: "selfLink", shape: Shape::Text, output: true },
        Field { name: "snapshotDefinition", shape: Shape::Any, output: true },
        Field { name: "streamingBuffer", shape: Shape::Any, output: true },
        Field { name: "tableConstraints", shape: Shape::Message(&TABLE_CONSTRAINTS), output: false },
        Field { name: "tableReference", shape: Shape::Message(&TABLE_REFERENCE), output: false },
        Field { name: "tableReplicationInfo", shape: Shape::Message(&TABLE_REPLICATION_INFO), output: false },
        Field { name: "timePartitioning", shape: Shape::Message(&TIME_PARTITIONING), output: false },
        Field { name: "type", shape: Shape::Text, output: true },
        Field { name: "view", shape: Shape::Message(&VIEW_DEFINITION), output: false },
    ],
};

/// bigquery v2, TableConstraints.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableConstraints {
    /// A list. bigquery v2, TableConstraints.foreignKeys.
    pub foreign_keys: Vec<ForeignKeys>,
    /// A message. bigquery v2, TableConstraints.primaryKey.
    pub primary_key: Option<PrimaryKey>,
}

pub static TABLE_CONSTRAINTS: Message = Message {
    name: "TableConstraints",
    fields: &[
        Field { name: "foreignKeys", shape: Shape::List(&Shape::Message(&FOREIGN_KEYS)), output: false },
        Field { name: "primaryKey", shape: Shape::Message(&PRIMARY_KEY), output: false },
    ],
};

/// bigquery v2, TableFieldSchema.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableFieldSchema {
    /// A message. bigquery v2, TableFieldSchema.categories.
    pub categories: Option<Categories>,
    /// Text. bigquery v2, TableFieldSchema.collation.
    pub collation: Input<String>,
    /// A message. bigquery v2, TableFieldSchema.dataGovernanceTagsInfo.
    pub data_governance_tags_info: Option<DataGovernanceTagsInfo>,
    /// A list. bigquery v2, TableFieldSchema.dataPolicies.
    pub data_policies: Vec<DataPolicyOption>,
    /// A message. bigquery v2, TableFieldSchema.dataPolicyList.
    pub data_policy_list: Option<DataPolicyList>,
    /// Text. bigquery v2, TableFieldSchema.defaultValueExpression.
    pub default_value_expression: Input<String>,
    /// Text. bigquery v2, TableFieldSchema.description.
    pub description: Input<String>,
    /// A list. bigquery v2, TableFieldSchema.fields.
    pub fields: Vec<TableFieldSchema>,
    /// Text. bigquery v2, TableFieldSchema.foreignTypeDefinition.
    pub foreign_type_definition: Input<String>,
    /// A message. bigquery v2, TableFieldSchema.generatedColumn.
    pub generated_column: Option<GeneratedColumn>,
    /// A whole number. bigquery v2, TableFieldSchema.maxLength.
    pub max_length: Input<i64>,
    /// Text. bigquery v2, TableFieldSchema.mode.
    pub mode: Input<String>,
    /// Text. bigquery v2, TableFieldSchema.name.
    pub name: Input<String>,
    /// A message. bigquery v2, TableFieldSchema.policyTags.
    pub policy_tags: Option<PolicyTags>,
    /// A whole number. bigquery v2, TableFieldSchema.precision.
    pub precision: Input<i64>,
    /// A message. bigquery v2, TableFieldSchema.rangeElementType.
    pub range_element_type: Option<RangeElementType>,
    /// One of a list. bigquery v2, TableFieldSchema.roundingMode.
    pub rounding_mode: Input<RoundingMode>,
    /// A whole number. bigquery v2, TableFieldSchema.scale.
    pub scale: Input<i64>,
    /// A whole number. Default `6`. bigquery v2, TableFieldSchema.timestampPrecision.
    pub timestamp_precision: Input<i64>,
    /// Text. bigquery v2, TableFieldSchema.type.
    pub r#type: Input<String>,
}

pub static TABLE_FIELD_SCHEMA: Message = Message {
    name: "TableFieldSchema",
    fields: &[
        Field { name: "categories", shape: Shape::Message(&CATEGORIES), output: false },
        Field { name: "collation", shape: Shape::Text, output: false },
        Field {
            name: "dataGovernanceTagsInfo",
            shape: Shape::Message(&DATA_GOVERNANCE_TAGS_INFO),
            output: false,
        },
        Field {
            name: "dataPolicies",
            shape: Shape::List(&Shape::Message(&DATA_POLICY_OPTION)),
            output: false,
        },
        Field { name: "dataPolicyList", shape: Shape::Message(&DATA_POLICY_LIST), output: false },
        Field { name: "defaultValueExpression", shape: Shape::Text, output: false },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "fields", shape: Shape::List(&Shape::Message(&TABLE_FIELD_SCHEMA)), output: false },
        Field { name: "foreignTypeDefinition", shape: Shape::Text, output: false },
        Field { name: "generatedColumn", shape: Shape::Message(&GENERATED_COLUMN), output: false },
        Field { name: "maxLength", shape: Shape::Int64, output: false },
        Field { name: "mode", shape: Shape::Text, output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "policyTags", shape: Shape::Message(&POLICY_TAGS), output: false },
        Field { name: "precision", shape: Shape::Int64, output: false },
        Field { name: "rangeElementType", shape: Shape::Message(&RANGE_ELEMENT_TYPE), output: false },
        Field { name: "roundingMode", shape: Shape::Enum, output: false },
        Field { name: "scale", shape: Shape::Int64, output: false },
        Field { name: "timestampPrecision", shape: Shape::Int64, output: false },
        Field { name: "type", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, TableReference.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableReference {
    /// Text. bigquery v2, TableReference.datasetId.
    pub dataset_id: Input<String>,
    /// Text. bigquery v2, TableReference.projectId.
    pub project_id: Input<String>,
    /// Text. bigquery v2, TableReference.tableId.
    pub table_id: Input<String>,
}

pub static TABLE_REFERENCE: Message = Message {
    name: "TableReference",
    fields: &[
        Field { name: "datasetId", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: false },
        Field { name: "tableId", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, TableReplicationInfo.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableReplicationInfo {
    /// Milliseconds. bigquery v2, TableReplicationInfo.replicationIntervalMs.
    pub replication_interval_ms: Input<i64>,
    /// A message. bigquery v2, TableReplicationInfo.sourceTable.
    pub source_table: Option<TableReference>,
}

pub static TABLE_REPLICATION_INFO: Message = Message {
    name: "TableReplicationInfo",
    fields: &[
        Field { name: "replicatedSourceLastRefreshTime", shape: Shape::Int64, output: true },
        Field { name: "replicationError", shape: Shape::Any, output: true },
        Field { name: "replicationIntervalMs", shape: Shape::Int64, output: false },
        Field { name: "replicationStatus", shape: Shape::Enum, output: true },
        Field { name: "sourceTable", shape: Shape::Message(&TABLE_REFERENCE), output: false },
    ],
};

/// bigquery v2, TableSchema.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableSchema {
    /// A list. bigquery v2, TableSchema.fields.
    pub fields: Vec<TableFieldSchema>,
    /// A message. bigquery v2, TableSchema.foreignTypeInfo.
    pub foreign_type_info: Option<ForeignTypeInfo>,
}

pub static TABLE_SCHEMA: Message = Message {
    name: "TableSchema",
    fields: &[
        Field { name: "fields", shape: Shape::List(&Shape::Message(&TABLE_FIELD_SCHEMA)), output: false },
        Field { name: "foreignTypeInfo", shape: Shape::Message(&FOREIGN_TYPE_INFO), output: false },
    ],
};

/// bigquery v2, TimePartitioning.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimePartitioning {
    /// Milliseconds. bigquery v2, TimePartitioning.expirationMs.
    pub expiration_ms: Input<i64>,
    /// Text. bigquery v2, TimePartitioning.field.
    pub field: Input<String>,
    /// Deprecated. True or false. Default `false`. bigquery v2, TimePartitioning.requirePartitionFilter.
    pub require_partition_filter: Input<bool>,
    /// Text. bigquery v2, TimePartitioning.type.
    pub r#type: Input<String>,
}

pub static TIME_PARTITIONING: Message = Message {
    name: "TimePartitioning",
    fields: &[
        Field { name: "expirationMs", shape: Shape::Int64, output: false },
        Field { name: "field", shape: Shape::Text, output: false },
        Field { name: "requirePartitionFilter", shape: Shape::Bool, output: false },
        Field { name: "type", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, UserDefinedFunctionResource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserDefinedFunctionResource {
    /// Text. bigquery v2, UserDefinedFunctionResource.inlineCode.
    pub inline_code: Input<String>,
    /// Text. bigquery v2, UserDefinedFunctionResource.resourceUri.
    pub resource_uri: Input<String>,
}

pub static USER_DEFINED_FUNCTION_RESOURCE: Message = Message {
    name: "UserDefinedFunctionResource",
    fields: &[
        Field { name: "inlineCode", shape: Shape::Text, output: false },
        Field { name: "resourceUri", shape: Shape::Text, output: false },
    ],
};

/// bigquery v2, ViewDefinition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewDefinition {
    /// A list. bigquery v2, ViewDefinition.foreignDefinitions.
    pub foreign_definitions: Vec<ForeignViewDefinition>,
    /// A message. bigquery v2, ViewDefinition.privacyPolicy.
    pub privacy_policy: Option<PrivacyPolicy>,
    /// Text. bigquery v2, ViewDefinition.query.
    pub query: Input<String>,
    /// True or false. bigquery v2, ViewDefinition.useExplicitColumnNames.
    pub use_explicit_column_names: Input<bool>,
    /// True or false. bigquery v2, ViewDefinition.useLegacySql.
    pub use_legacy_sql: Input<bool>,
    /// A list. bigquery v2, ViewDefinition.userDefinedFunctionResources.
    pub user_defined_function_resources: Vec<UserDefinedFunctionResource>,
}

pub static VIEW_DEFINITION: Message = Message {
    name: "ViewDefinition",
    fields: &[
        Field {
            name: "foreignDefinitions",
            shape: Shape::List(&Shape::Message(&FOREIGN_VIEW_DEFINITION)),
            output: false,
        },
        Field { name: "privacyPolicy", shape: Shape::Message(&PRIVACY_POLICY), output: false },
        Field { name: "query", shape: Shape::Text, output: false },
        Field { name: "useExplicitColumnNames", shape: Shape::Bool, output: false },
        Field { name: "useLegacySql", shape: Shape::Bool, output: false },
        Field {
            name: "userDefinedFunctionResources",
            shape: Shape::List(&Shape::Message(&USER_DEFINED_FUNCTION_RESOURCE)),
            output: false,
        },
    ],
};

/// bigquery v2, ExternalDataConfiguration.decimalTargetTypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecimalTargetType {
    Numeric,
    Bignumeric,
    String,
}

/// bigquery v2, BigLakeConfiguration.fileFormat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FileFormat {
    Parquet,
}

/// bigquery v2, ExternalDataConfiguration.fileSetSpecType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FileSetSpecType {
    #[serde(rename = "FILE_SET_SPEC_TYPE_FILE_SYSTEM_MATCH")]
    FileSystemMatch,
    #[serde(rename = "FILE_SET_SPEC_TYPE_NEW_LINE_DELIMITED_MANIFEST")]
    NewLineDelimitedManifest,
}

/// bigquery v2, GeneratedColumn.generatedMode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum GeneratedMode {
    #[serde(rename = "GENERATED_ALWAYS")]
    Always,
    #[serde(rename = "GENERATED_BY_DEFAULT")]
    ByDefault,
}

/// bigquery v2, JoinRestrictionPolicy.joinCondition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum JoinCondition {
    #[serde(rename = "JOIN_ANY")]
    Any,
    #[serde(rename = "JOIN_ALL")]
    All,
    #[serde(rename = "JOIN_NOT_REQUIRED")]
    NotRequired,
    #[serde(rename = "JOIN_BLOCKED")]
    Blocked,
}

/// bigquery v2, ExternalDataConfiguration.jsonExtension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JsonExtension {
    Geojson,
}

/// bigquery v2, Table.managedTableType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ManagedTableType {
    Native,
    Biglake,
}

/// bigquery v2, ParquetOptions.mapTargetType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MapTargetType {
    ArrayOfStruct,
}

/// bigquery v2, ExternalDataConfiguration.metadataCacheMode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MetadataCacheMode {
    Automatic,
    Manual,
}

/// bigquery v2, ExternalDataConfiguration.objectMetadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ObjectMetadata {
    Directory,
    Simple,
}

/// bigquery v2, Dataset.defaultRoundingMode and 2 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RoundingMode {
    #[serde(rename = "ROUND_HALF_AWAY_FROM_ZERO")]
    HalfAwayFromZero,
    #[serde(rename = "ROUND_HALF_EVEN")]
    HalfEven,
}

/// bigquery v2, Dataset.storageBillingModel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageBillingModel {
    Logical,
    Physical,
}

/// bigquery v2, BigLakeConfiguration.tableFormat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TableFormat {
    Iceberg,
}

/// bigquery v2, DatasetAccessEntry.targetTypes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetType {
    Views,
    Routines,
}

/// bigquery v2, ForeignTypeInfo.typeSystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TypeSystem {
    Hive,
}
