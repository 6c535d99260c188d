//! Written by scripts/schema.py from Google's description of secretmanager v1, revision 20261021: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// secretmanager v1, Automatic.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Automatic {
    /// A message. secretmanager v1, Automatic.customerManagedEncryption.
    pub customer_managed_encryption: Option<CustomerManagedEncryption>,
}

pub static AUTOMATIC: Message = Message {
    name: "Automatic",
    fields: &[Field {
        name: "customerManagedEncryption",
        shape: Shape::Message(&CUSTOMER_MANAGED_ENCRYPTION),
        output: false,
    }],
};

/// secretmanager v1, CustomerManagedEncryption.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerManagedEncryption {
    /// Text. secretmanager v1, CustomerManagedEncryption.kmsKeyName.
    pub kms_key_name: Input<String>,
}

pub static CUSTOMER_MANAGED_ENCRYPTION: Message = Message {
    name: "CustomerManagedEncryption",
    fields: &[Field { name: "kmsKeyName", shape: Shape::Text, output: false }],
};

/// secretmanager v1, Replica.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replica {
    /// A message. secretmanager v1, Replica.customerManagedEncryption.
    pub customer_managed_encryption: Option<CustomerManagedEncryption>,
    /// Text. secretmanager v1, Replica.location.
    pub location: Input<String>,
}

pub static REPLICA: Message = Message {
    name: "Replica",
    fields: &[
        Field {
            name: "customerManagedEncryption",
            shape: Shape::Message(&CUSTOMER_MANAGED_ENCRYPTION),
            output: false,
        },
        Field { name: "location", shape: Shape::Text, output: false },
    ],
};

/// secretmanager v1, Replication.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replication {
    /// A message. secretmanager v1, Replication.automatic.
    pub automatic: Option<Automatic>,
    /// A message. secretmanager v1, Replication.userManaged.
    pub user_managed: Option<UserManaged>,
}

pub static REPLICATION: Message = Message {
    name: "Replication",
    fields: &[
        Field { name: "automatic", shape: Shape::Message(&AUTOMATIC), output: false },
        Field { name: "userManaged", shape: Shape::Message(&USER_MANAGED), output: false },
    ],
};

/// secretmanager v1, Rotation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// RFC 3339. secretmanager v1, Rotation.nextRotationTime.
    pub next_rotation_time: Input<String>,
    /// Seconds. secretmanager v1, Rotation.rotationPeriod.
    pub rotation_period: Input<Seconds>,
}

pub static ROTATION: Message = Message {
    name: "Rotation",
    fields: &[
        Field { name: "managedRotationStatus", shape: Shape::Any, output: true },
        Field { name: "nextRotationTime", shape: Shape::Timestamp, output: false },
        Field { name: "rotationPeriod", shape: Shape::Duration, output: false },
    ],
};

/// secretmanager v1, Secret.
pub static SECRET: Message = Message {
    name: "Secret",
    fields: &[
        Field { name: "annotations", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field {
            name: "customerManagedEncryption",
            shape: Shape::Message(&CUSTOMER_MANAGED_ENCRYPTION),
            output: false,
        },
        Field { name: "etag", shape: Shape::Text, output: false },
        Field { name: "expireTime", shape: Shape::Timestamp, output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "name", shape: Shape::Text, output: true },
        Field { name: "policyMember", shape: Shape::Any, output: true },
        Field { name: "replication", shape: Shape::Message(&REPLICATION), output: false },
        Field { name: "rotation", shape: Shape::Message(&ROTATION), output: false },
        Field { name: "secretType", shape: Shape::Enum, output: false },
        Field { name: "tags", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "topics", shape: Shape::List(&Shape::Message(&TOPIC)), output: false },
        Field { name: "ttl", shape: Shape::Duration, output: false },
        Field { name: "versionAliases", shape: Shape::Map(&Shape::Int64), output: false },
        Field { name: "versionDestroyTtl", shape: Shape::Duration, output: false },
    ],
};

/// secretmanager v1, SecretPayload.
pub static SECRET_PAYLOAD: Message = Message {
    name: "SecretPayload",
    fields: &[
        Field { name: "data", shape: Shape::Bytes, output: false },
        Field { name: "dataCrc32c", shape: Shape::Int64, output: false },
    ],
};

/// secretmanager v1, SecretVersion.
pub static SECRET_VERSION: Message = Message {
    name: "SecretVersion",
    fields: &[
        Field { name: "clientSpecifiedPayloadChecksum", shape: Shape::Bool, output: true },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "customerManagedEncryption", shape: Shape::Any, output: true },
        Field { name: "destroyTime", shape: Shape::Timestamp, output: true },
        Field { name: "etag", shape: Shape::Text, output: true },
        Field { name: "name", shape: Shape::Text, output: true },
        Field { name: "replicationStatus", shape: Shape::Any, output: true },
        Field { name: "scheduledDestroyTime", shape: Shape::Timestamp, output: true },
        Field { name: "state", shape: Shape::Enum, output: true },
    ],
};

/// secretmanager v1, Topic.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// Text. secretmanager v1, Topic.name.
    pub name: Input<String>,
}

pub static TOPIC: Message =
    Message { name: "Topic", fields: &[Field { name: "name", shape: Shape::Text, output: false }] };

/// secretmanager v1, UserManaged.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserManaged {
    /// A list. secretmanager v1, UserManaged.replicas.
    pub replicas: Vec<Replica>,
}

pub static USER_MANAGED: Message = Message {
    name: "UserManaged",
    fields: &[Field { name: "replicas", shape: Shape::List(&Shape::Message(&REPLICA)), output: false }],
};

/// secretmanager v1, Secret.secretType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SecretType {
    CloudSqlDbCredentials,
    AccessKey,
    Certificate,
    OtherDbCredentials,
    Other,
}
