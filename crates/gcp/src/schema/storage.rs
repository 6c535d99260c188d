//! Written by scripts/schema.py from Google's description of storage v1, revision 20261009: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use engine::{Field, Input, Message, Shape};
use serde::Serialize;

/// storage v1, BucketAccessControl.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessControl {
    /// Text. storage v1, BucketAccessControl.entity.
    pub entity: Input<String>,
    /// Text. storage v1, BucketAccessControl.role.
    pub role: Input<String>,
}

pub static ACCESS_CONTROL: Message = Message {
    name: "BucketAccessControl",
    fields: &[
        Field { name: "bucket", shape: Shape::Text, output: true },
        Field { name: "domain", shape: Shape::Text, output: true },
        Field { name: "email", shape: Shape::Text, output: true },
        Field { name: "entity", shape: Shape::Text, output: false },
        Field { name: "entityId", shape: Shape::Text, output: true },
        Field { name: "etag", shape: Shape::Text, output: true },
        Field { name: "id", shape: Shape::Text, output: true },
        Field { name: "kind", shape: Shape::Text, output: true },
        Field { name: "projectTeam", shape: Shape::Any, output: true },
        Field { name: "role", shape: Shape::Text, output: false },
        Field { name: "selfLink", shape: Shape::Text, output: true },
    ],
};

/// storage v1, BucketAutoclass.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Autoclass {
    /// True or false. storage v1, BucketAutoclass.enabled.
    pub enabled: Input<bool>,
    /// Text. storage v1, BucketAutoclass.terminalStorageClass.
    pub terminal_storage_class: Input<String>,
}

pub static AUTOCLASS: Message = Message {
    name: "BucketAutoclass",
    fields: &[
        Field { name: "enabled", shape: Shape::Bool, output: false },
        Field { name: "terminalStorageClass", shape: Shape::Text, output: false },
        Field { name: "terminalStorageClassUpdateTime", shape: Shape::Timestamp, output: true },
        Field { name: "toggleTime", shape: Shape::Timestamp, output: true },
    ],
};

/// storage v1, BucketBilling.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Billing {
    /// True or false. storage v1, BucketBilling.requesterPays.
    pub requester_pays: Input<bool>,
}

pub static BILLING: Message = Message {
    name: "BucketBilling",
    fields: &[Field { name: "requesterPays", shape: Shape::Bool, output: false }],
};

/// storage v1, Bucket.
pub static BUCKET: Message = Message {
    name: "Bucket",
    fields: &[
        Field { name: "acl", shape: Shape::List(&Shape::Message(&ACCESS_CONTROL)), output: false },
        Field { name: "autoclass", shape: Shape::Message(&AUTOCLASS), output: false },
        Field { name: "billing", shape: Shape::Message(&BILLING), output: false },
        Field { name: "cors", shape: Shape::List(&Shape::Message(&CORS)), output: false },
        Field {
            name: "customPlacementConfig",
            shape: Shape::Message(&CUSTOM_PLACEMENT_CONFIG),
            output: false,
        },
        Field { name: "defaultEventBasedHold", shape: Shape::Bool, output: false },
        Field {
            name: "defaultObjectAcl",
            shape: Shape::List(&Shape::Message(&OBJECT_ACCESS_CONTROL)),
            output: false,
        },
        Field { name: "encryption", shape: Shape::Message(&ENCRYPTION), output: false },
        Field { name: "etag", shape: Shape::Text, output: true },
        Field { name: "generation", shape: Shape::Int64, output: true },
        Field { name: "hardDeleteTime", shape: Shape::Timestamp, output: true },
        Field {
            name: "hierarchicalNamespace",
            shape: Shape::Message(&HIERARCHICAL_NAMESPACE),
            output: false,
        },
        Field { name: "iamConfiguration", shape: Shape::Message(&IAM_CONFIGURATION), output: false },
        Field { name: "id", shape: Shape::Text, output: true },
        Field { name: "ipFilter", shape: Shape::Message(&IP_FILTER), output: false },
        Field { name: "kind", shape: Shape::Text, output: true },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "lifecycle", shape: Shape::Message(&LIFECYCLE), output: false },
        Field { name: "location", shape: Shape::Text, output: false },
        Field { name: "locationType", shape: Shape::Text, output: true },
        Field { name: "logging", shape: Shape::Message(&LOGGING), output: false },
        Field { name: "metageneration", shape: Shape::Int64, output: true },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "objectRetention", shape: Shape::Message(&OBJECT_RETENTION), output: false },
        Field { name: "owner", shape: Shape::Any, output: true },
        Field { name: "projectNumber", shape: Shape::Int64, output: true },
        Field { name: "retentionPolicy", shape: Shape::Message(&RETENTION_POLICY), output: false },
        Field { name: "rpo", shape: Shape::Text, output: false },
        Field { name: "satisfiesPZI", shape: Shape::Bool, output: true },
        Field { name: "satisfiesPZS", shape: Shape::Bool, output: true },
        Field { name: "selfLink", shape: Shape::Text, output: true },
        Field { name: "softDeletePolicy", shape: Shape::Message(&SOFT_DELETE_POLICY), output: false },
        Field { name: "softDeleteTime", shape: Shape::Timestamp, output: true },
        Field { name: "storageClass", shape: Shape::Text, output: false },
        Field { name: "timeCreated", shape: Shape::Timestamp, output: true },
        Field { name: "updated", shape: Shape::Timestamp, output: true },
        Field { name: "versioning", shape: Shape::Message(&VERSIONING), output: false },
        Field { name: "website", shape: Shape::Message(&WEBSITE), output: false },
    ],
};

/// storage v1, BucketCors.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cors {
    /// Seconds. storage v1, BucketCors.maxAgeSeconds.
    pub max_age_seconds: Input<i64>,
    /// A list. storage v1, BucketCors.method.
    pub method: Vec<Input<String>>,
    /// A list. storage v1, BucketCors.origin.
    pub origin: Vec<Input<String>>,
    /// A list. storage v1, BucketCors.responseHeader.
    pub response_header: Vec<Input<String>>,
}

pub static CORS: Message = Message {
    name: "BucketCors",
    fields: &[
        Field { name: "maxAgeSeconds", shape: Shape::Int, output: false },
        Field { name: "method", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "origin", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "responseHeader", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// storage v1, BucketCustomPlacementConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomPlacementConfig {
    /// A list. storage v1, BucketCustomPlacementConfig.dataLocations.
    pub data_locations: Vec<Input<String>>,
}

pub static CUSTOM_PLACEMENT_CONFIG: Message = Message {
    name: "BucketCustomPlacementConfig",
    fields: &[Field { name: "dataLocations", shape: Shape::List(&Shape::Text), output: false }],
};

/// storage v1, BucketEncryptionCustomerManagedEncryptionEnforcementConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerManagedEncryptionEnforcementConfig {
    /// One of a list. storage v1, BucketEncryptionCustomerManagedEncryptionEnforcementConfig.restrictionMode.
    pub restriction_mode: Input<RestrictionMode>,
}

pub static CUSTOMER_MANAGED_ENCRYPTION_ENFORCEMENT_CONFIG: Message = Message {
    name: "BucketEncryptionCustomerManagedEncryptionEnforcementConfig",
    fields: &[
        Field { name: "effectiveTime", shape: Shape::Timestamp, output: true },
        Field { name: "restrictionMode", shape: Shape::Enum, output: false },
    ],
};

/// storage v1, BucketEncryptionCustomerSuppliedEncryptionEnforcementConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerSuppliedEncryptionEnforcementConfig {
    /// One of a list. storage v1, BucketEncryptionCustomerSuppliedEncryptionEnforcementConfig.restrictionMode.
    pub restriction_mode: Input<RestrictionMode>,
}

pub static CUSTOMER_SUPPLIED_ENCRYPTION_ENFORCEMENT_CONFIG: Message = Message {
    name: "BucketEncryptionCustomerSuppliedEncryptionEnforcementConfig",
    fields: &[
        Field { name: "effectiveTime", shape: Shape::Timestamp, output: true },
        Field { name: "restrictionMode", shape: Shape::Enum, output: false },
    ],
};

/// storage v1, BucketEncryption.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Encryption {
    /// A message. storage v1, BucketEncryption.customerManagedEncryptionEnforcementConfig.
    pub customer_managed_encryption_enforcement_config: Option<CustomerManagedEncryptionEnforcementConfig>,
    /// A message. storage v1, BucketEncryption.customerSuppliedEncryptionEnforcementConfig.
    pub customer_supplied_encryption_enforcement_config: Option<CustomerSuppliedEncryptionEnforcementConfig>,
    /// Text. storage v1, BucketEncryption.defaultKmsKeyName.
    pub default_kms_key_name: Input<String>,
    /// A message. storage v1, BucketEncryption.googleManagedEncryptionEnforcementConfig.
    pub google_managed_encryption_enforcement_config: Option<GoogleManagedEncryptionEnforcementConfig>,
}

pub static ENCRYPTION: Message = Message {
    name: "BucketEncryption",
    fields: &[
        Field {
            name: "customerManagedEncryptionEnforcementConfig",
            shape: Shape::Message(&CUSTOMER_MANAGED_ENCRYPTION_ENFORCEMENT_CONFIG),
            output: false,
        },
        Field {
            name: "customerSuppliedEncryptionEnforcementConfig",
            shape: Shape::Message(&CUSTOMER_SUPPLIED_ENCRYPTION_ENFORCEMENT_CONFIG),
            output: false,
        },
        Field { name: "defaultKmsKeyName", shape: Shape::Text, output: false },
        Field {
            name: "googleManagedEncryptionEnforcementConfig",
            shape: Shape::Message(&GOOGLE_MANAGED_ENCRYPTION_ENFORCEMENT_CONFIG),
            output: false,
        },
    ],
};

/// storage v1, BucketEncryptionGoogleManagedEncryptionEnforcementConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GoogleManagedEncryptionEnforcementConfig {
    /// One of a list. storage v1, BucketEncryptionGoogleManagedEncryptionEnforcementConfig.restrictionMode.
    pub restriction_mode: Input<RestrictionMode>,
}

pub static GOOGLE_MANAGED_ENCRYPTION_ENFORCEMENT_CONFIG: Message = Message {
    name: "BucketEncryptionGoogleManagedEncryptionEnforcementConfig",
    fields: &[
        Field { name: "effectiveTime", shape: Shape::Timestamp, output: true },
        Field { name: "restrictionMode", shape: Shape::Enum, output: false },
    ],
};

/// storage v1, BucketHierarchicalNamespace.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HierarchicalNamespace {
    /// True or false. storage v1, BucketHierarchicalNamespace.enabled.
    pub enabled: Input<bool>,
}

pub static HIERARCHICAL_NAMESPACE: Message = Message {
    name: "BucketHierarchicalNamespace",
    fields: &[Field { name: "enabled", shape: Shape::Bool, output: false }],
};

/// storage v1, BucketIamConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IamConfiguration {
    /// Text. storage v1, BucketIamConfiguration.publicAccessPrevention.
    pub public_access_prevention: Input<String>,
    /// A message. storage v1, BucketIamConfiguration.uniformBucketLevelAccess.
    pub uniform_bucket_level_access: Option<UniformBucketLevelAccess>,
}

pub static IAM_CONFIGURATION: Message = Message {
    name: "BucketIamConfiguration",
    fields: &[
        Field { name: "bucketPolicyOnly", shape: Shape::Any, output: true },
        Field { name: "publicAccessPrevention", shape: Shape::Text, output: false },
        Field {
            name: "uniformBucketLevelAccess",
            shape: Shape::Message(&UNIFORM_BUCKET_LEVEL_ACCESS),
            output: false,
        },
    ],
};

/// storage v1, BucketIpFilter.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpFilter {
    /// True or false. storage v1, BucketIpFilter.allowAllServiceAgentAccess.
    pub allow_all_service_agent_access: Input<bool>,
    /// True or false. storage v1, BucketIpFilter.allowCrossOrgVpcs.
    pub allow_cross_org_vpcs: Input<bool>,
    /// Text. storage v1, BucketIpFilter.mode.
    pub mode: Input<String>,
    /// A message. storage v1, BucketIpFilter.publicNetworkSource.
    pub public_network_source: Option<PublicNetworkSource>,
    /// A list. storage v1, BucketIpFilter.vpcNetworkSources.
    pub vpc_network_sources: Vec<VpcNetworkSources>,
}

pub static IP_FILTER: Message = Message {
    name: "BucketIpFilter",
    fields: &[
        Field { name: "allowAllServiceAgentAccess", shape: Shape::Bool, output: false },
        Field { name: "allowCrossOrgVpcs", shape: Shape::Bool, output: false },
        Field { name: "mode", shape: Shape::Text, output: false },
        Field { name: "publicNetworkSource", shape: Shape::Message(&PUBLIC_NETWORK_SOURCE), output: false },
        Field {
            name: "vpcNetworkSources",
            shape: Shape::List(&Shape::Message(&VPC_NETWORK_SOURCES)),
            output: false,
        },
    ],
};

/// storage v1, BucketLifecycle.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lifecycle {
    /// A list. storage v1, BucketLifecycle.rule.
    pub rule: Vec<LifecycleRule>,
}

pub static LIFECYCLE: Message = Message {
    name: "BucketLifecycle",
    fields: &[Field { name: "rule", shape: Shape::List(&Shape::Message(&LIFECYCLE_RULE)), output: false }],
};

/// storage v1, BucketLifecycleRule.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleRule {
    /// A message. storage v1, BucketLifecycleRule.action.
    pub action: Option<LifecycleRuleAction>,
    /// A message. storage v1, BucketLifecycleRule.condition.
    pub condition: Option<LifecycleRuleCondition>,
}

pub static LIFECYCLE_RULE: Message = Message {
    name: "BucketLifecycleRule",
    fields: &[
        Field { name: "action", shape: Shape::Message(&LIFECYCLE_RULE_ACTION), output: false },
        Field { name: "condition", shape: Shape::Message(&LIFECYCLE_RULE_CONDITION), output: false },
    ],
};

/// storage v1, BucketLifecycleRuleAction.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleRuleAction {
    /// Text. storage v1, BucketLifecycleRuleAction.storageClass.
    pub storage_class: Input<String>,
    /// Text. storage v1, BucketLifecycleRuleAction.type.
    pub r#type: Input<String>,
}

pub static LIFECYCLE_RULE_ACTION: Message = Message {
    name: "BucketLifecycleRuleAction",
    fields: &[
        Field { name: "storageClass", shape: Shape::Text, output: false },
        Field { name: "type", shape: Shape::Text, output: false },
    ],
};

/// storage v1, BucketLifecycleRuleCondition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleRuleCondition {
    /// A whole number. storage v1, BucketLifecycleRuleCondition.age.
    pub age: Input<i64>,
    /// A date such as `2026-01-31`. storage v1, BucketLifecycleRuleCondition.createdBefore.
    pub created_before: Input<String>,
    /// A date such as `2026-01-31`. storage v1, BucketLifecycleRuleCondition.customTimeBefore.
    pub custom_time_before: Input<String>,
    /// A whole number. storage v1, BucketLifecycleRuleCondition.daysSinceCustomTime.
    pub days_since_custom_time: Input<i64>,
    /// A whole number. storage v1, BucketLifecycleRuleCondition.daysSinceNoncurrentTime.
    pub days_since_noncurrent_time: Input<i64>,
    /// True or false. storage v1, BucketLifecycleRuleCondition.isLive.
    pub is_live: Input<bool>,
    /// Text. storage v1, BucketLifecycleRuleCondition.matchesPattern.
    pub matches_pattern: Input<String>,
    /// A list. storage v1, BucketLifecycleRuleCondition.matchesPrefix.
    pub matches_prefix: Vec<Input<String>>,
    /// A list. storage v1, BucketLifecycleRuleCondition.matchesStorageClass.
    pub matches_storage_class: Vec<Input<String>>,
    /// A list. storage v1, BucketLifecycleRuleCondition.matchesSuffix.
    pub matches_suffix: Vec<Input<String>>,
    /// A date such as `2026-01-31`. storage v1, BucketLifecycleRuleCondition.noncurrentTimeBefore.
    pub noncurrent_time_before: Input<String>,
    /// A whole number. storage v1, BucketLifecycleRuleCondition.numNewerVersions.
    pub num_newer_versions: Input<i64>,
    /// Bytes. storage v1, BucketLifecycleRuleCondition.sizeAboveBytes.
    pub size_above_bytes: Input<i64>,
    /// Bytes. storage v1, BucketLifecycleRuleCondition.sizeBelowBytes.
    pub size_below_bytes: Input<i64>,
}

pub static LIFECYCLE_RULE_CONDITION: Message = Message {
    name: "BucketLifecycleRuleCondition",
    fields: &[
        Field { name: "age", shape: Shape::Int, output: false },
        Field { name: "createdBefore", shape: Shape::Text, output: false },
        Field { name: "customTimeBefore", shape: Shape::Text, output: false },
        Field { name: "daysSinceCustomTime", shape: Shape::Int, output: false },
        Field { name: "daysSinceNoncurrentTime", shape: Shape::Int, output: false },
        Field { name: "isLive", shape: Shape::Bool, output: false },
        Field { name: "matchesPattern", shape: Shape::Text, output: false },
        Field { name: "matchesPrefix", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "matchesStorageClass", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "matchesSuffix", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "noncurrentTimeBefore", shape: Shape::Text, output: false },
        Field { name: "numNewerVersions", shape: Shape::Int, output: false },
        Field { name: "sizeAboveBytes", shape: Shape::Int64, output: false },
        Field { name: "sizeBelowBytes", shape: Shape::Int64, output: false },
    ],
};

/// storage v1, BucketLogging.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Logging {
    /// Text. storage v1, BucketLogging.logBucket.
    pub log_bucket: Input<String>,
    /// Text. storage v1, BucketLogging.logObjectPrefix.
    pub log_object_prefix: Input<String>,
}

pub static LOGGING: Message = Message {
    name: "BucketLogging",
    fields: &[
        Field { name: "logBucket", shape: Shape::Text, output: false },
        Field { name: "logObjectPrefix", shape: Shape::Text, output: false },
    ],
};

/// storage v1, ObjectAccessControl.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectAccessControl {
    /// Text. storage v1, ObjectAccessControl.entity.
    pub entity: Input<String>,
    /// Text. storage v1, ObjectAccessControl.role.
    pub role: Input<String>,
}

pub static OBJECT_ACCESS_CONTROL: Message = Message {
    name: "ObjectAccessControl",
    fields: &[
        Field { name: "bucket", shape: Shape::Text, output: true },
        Field { name: "domain", shape: Shape::Text, output: true },
        Field { name: "email", shape: Shape::Text, output: true },
        Field { name: "entity", shape: Shape::Text, output: false },
        Field { name: "entityId", shape: Shape::Text, output: true },
        Field { name: "etag", shape: Shape::Text, output: true },
        Field { name: "generation", shape: Shape::Int64, output: true },
        Field { name: "id", shape: Shape::Text, output: true },
        Field { name: "kind", shape: Shape::Text, output: true },
        Field { name: "object", shape: Shape::Text, output: true },
        Field { name: "projectTeam", shape: Shape::Any, output: true },
        Field { name: "role", shape: Shape::Text, output: false },
        Field { name: "selfLink", shape: Shape::Text, output: true },
    ],
};

/// storage v1, BucketObjectRetention.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRetention {
    /// Text. storage v1, BucketObjectRetention.mode.
    pub mode: Input<String>,
}

pub static OBJECT_RETENTION: Message = Message {
    name: "BucketObjectRetention",
    fields: &[Field { name: "mode", shape: Shape::Text, output: false }],
};

/// storage v1, BucketIpFilterPublicNetworkSource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicNetworkSource {
    /// A list. storage v1, BucketIpFilterPublicNetworkSource.allowedIpCidrRanges.
    pub allowed_ip_cidr_ranges: Vec<Input<String>>,
}

pub static PUBLIC_NETWORK_SOURCE: Message = Message {
    name: "BucketIpFilterPublicNetworkSource",
    fields: &[Field { name: "allowedIpCidrRanges", shape: Shape::List(&Shape::Text), output: false }],
};

/// storage v1, BucketRetentionPolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionPolicy {
    /// True or false. storage v1, BucketRetentionPolicy.isLocked.
    pub is_locked: Input<bool>,
    /// A whole number. storage v1, BucketRetentionPolicy.retentionPeriod.
    pub retention_period: Input<i64>,
}

pub static RETENTION_POLICY: Message = Message {
    name: "BucketRetentionPolicy",
    fields: &[
        Field { name: "effectiveTime", shape: Shape::Timestamp, output: true },
        Field { name: "isLocked", shape: Shape::Bool, output: false },
        Field { name: "retentionPeriod", shape: Shape::Int64, output: false },
    ],
};

/// storage v1, BucketSoftDeletePolicy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftDeletePolicy {
    /// A message. storage v1, BucketSoftDeletePolicy.hardDeletePause.
    pub hard_delete_pause: Option<SoftDeletePolicyHardDeletePause>,
    /// Seconds. storage v1, BucketSoftDeletePolicy.retentionDurationSeconds.
    pub retention_duration_seconds: Input<i64>,
}

pub static SOFT_DELETE_POLICY: Message = Message {
    name: "BucketSoftDeletePolicy",
    fields: &[
        Field { name: "effectiveTime", shape: Shape::Timestamp, output: true },
        Field {
            name: "hardDeletePause",
            shape: Shape::Message(&SOFT_DELETE_POLICY_HARD_DELETE_PAUSE),
            output: false,
        },
        Field { name: "retentionDurationSeconds", shape: Shape::Int64, output: false },
    ],
};

/// storage v1, BucketSoftDeletePolicyHardDeletePause.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SoftDeletePolicyHardDeletePause {
    /// True or false. storage v1, BucketSoftDeletePolicyHardDeletePause.enabled.
    pub enabled: Input<bool>,
}

pub static SOFT_DELETE_POLICY_HARD_DELETE_PAUSE: Message = Message {
    name: "BucketSoftDeletePolicyHardDeletePause",
    fields: &[
        Field { name: "effectiveTime", shape: Shape::Timestamp, output: true },
        Field { name: "enabled", shape: Shape::Bool, output: false },
    ],
};

/// storage v1, BucketIamConfigurationUniformBucketLevelAccess.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UniformBucketLevelAccess {
    /// True or false. storage v1, BucketIamConfigurationUniformBucketLevelAccess.enabled.
    pub enabled: Input<bool>,
}

pub static UNIFORM_BUCKET_LEVEL_ACCESS: Message = Message {
    name: "BucketIamConfigurationUniformBucketLevelAccess",
    fields: &[
        Field { name: "enabled", shape: Shape::Bool, output: false },
        Field { name: "lockedTime", shape: Shape::Timestamp, output: true },
    ],
};

/// storage v1, BucketVersioning.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Versioning {
    /// True or false. storage v1, BucketVersioning.enabled.
    pub enabled: Input<bool>,
}

pub static VERSIONING: Message = Message {
    name: "BucketVersioning",
    fields: &[Field { name: "enabled", shape: Shape::Bool, output: false }],
};

/// storage v1, BucketIpFilterVpcNetworkSources.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcNetworkSources {
    /// A list. storage v1, BucketIpFilterVpcNetworkSources.allowedIpCidrRanges.
    pub allowed_ip_cidr_ranges: Vec<Input<String>>,
    /// Text. storage v1, BucketIpFilterVpcNetworkSources.network.
    pub network: Input<String>,
}

pub static VPC_NETWORK_SOURCES: Message = Message {
    name: "BucketIpFilterVpcNetworkSources",
    fields: &[
        Field { name: "allowedIpCidrRanges", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "network", shape: Shape::Text, output: false },
    ],
};

/// storage v1, BucketWebsite.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Website {
    /// Text. storage v1, BucketWebsite.mainPageSuffix.
    pub main_page_suffix: Input<String>,
    /// Text. storage v1, BucketWebsite.notFoundPage.
    pub not_found_page: Input<String>,
}

pub static WEBSITE: Message = Message {
    name: "BucketWebsite",
    fields: &[
        Field { name: "mainPageSuffix", shape: Shape::Text, output: false },
        Field { name: "notFoundPage", shape: Shape::Text, output: false },
    ],
};

/// storage v1, BucketEncryptionCustomerManagedEncryptionEnforcementConfig.restrictionMode and 2 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RestrictionMode {
    NotRestricted,
    FullyRestricted,
}
