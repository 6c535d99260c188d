//! Written by scripts/schema.py from Google's description of bigquerydatatransfer v1, revision 20261024: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use engine::{Field, Input, Message, Shape};
use serde::Serialize;

/// bigquerydatatransfer v1, DataplexConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataplexConfiguration {
    /// Text. bigquerydatatransfer v1, DataplexConfiguration.entryGroup.
    pub entry_group: Input<String>,
}

pub static DATAPLEX_CONFIGURATION: Message = Message {
    name: "DataplexConfiguration",
    fields: &[Field { name: "entryGroup", shape: Shape::Text, output: false }],
};

/// bigquerydatatransfer v1, EmailPreferences.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailPreferences {
    /// True or false. bigquerydatatransfer v1, EmailPreferences.enableFailureEmail.
    pub enable_failure_email: Input<bool>,
}

pub static EMAIL_PREFERENCES: Message = Message {
    name: "EmailPreferences",
    fields: &[Field { name: "enableFailureEmail", shape: Shape::Bool, output: false }],
};

/// bigquerydatatransfer v1, EncryptionConfiguration.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionConfiguration {
    /// Text. bigquerydatatransfer v1, EncryptionConfiguration.kmsKeyName.
    pub kms_key_name: Input<String>,
}

pub static ENCRYPTION_CONFIGURATION: Message = Message {
    name: "EncryptionConfiguration",
    fields: &[Field { name: "kmsKeyName", shape: Shape::Text, output: false }],
};

/// bigquerydatatransfer v1, EventDrivenSchedule.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventDrivenSchedule {
    /// Text. bigquerydatatransfer v1, EventDrivenSchedule.pubsubSubscription.
    pub pubsub_subscription: Input<String>,
}

pub static EVENT_DRIVEN_SCHEDULE: Message = Message {
    name: "EventDrivenSchedule",
    fields: &[Field { name: "pubsubSubscription", shape: Shape::Text, output: false }],
};

/// bigquerydatatransfer v1, ManualSchedule.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ManualSchedule {}

pub static MANUAL_SCHEDULE: Message = Message { name: "ManualSchedule", fields: &[] };

/// bigquerydatatransfer v1, MetadataDestination.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataDestination {
    /// A message. bigquerydatatransfer v1, MetadataDestination.dataplexConfiguration.
    pub dataplex_configuration: Option<DataplexConfiguration>,
}

pub static METADATA_DESTINATION: Message = Message {
    name: "MetadataDestination",
    fields: &[Field {
        name: "dataplexConfiguration",
        shape: Shape::Message(&DATAPLEX_CONFIGURATION),
        output: false,
    }],
};

/// bigquerydatatransfer v1, ParameterConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterConfig {
    /// A list. bigquerydatatransfer v1, ParameterConfig.secretManagerManagedParams.
    pub secret_manager_managed_params: Vec<Input<String>>,
}

pub static PARAMETER_CONFIG: Message = Message {
    name: "ParameterConfig",
    fields: &[Field { name: "secretManagerManagedParams", shape: Shape::List(&Shape::Text), output: false }],
};

/// bigquerydatatransfer v1, ScheduleOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleOptions {
    /// True or false. bigquerydatatransfer v1, ScheduleOptions.disableAutoScheduling.
    pub disable_auto_scheduling: Input<bool>,
    /// RFC 3339. bigquerydatatransfer v1, ScheduleOptions.endTime.
    pub end_time: Input<String>,
    /// RFC 3339. bigquerydatatransfer v1, ScheduleOptions.startTime.
    pub start_time: Input<String>,
}

pub static SCHEDULE_OPTIONS: Message = Message {
    name: "ScheduleOptions",
    fields: &[
        Field { name: "disableAutoScheduling", shape: Shape::Bool, output: false },
        Field { name: "endTime", shape: Shape::Timestamp, output: false },
        Field { name: "startTime", shape: Shape::Timestamp, output: false },
    ],
};

/// bigquerydatatransfer v1, ScheduleOptionsV2.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleOptionsV2 {
    /// A message. bigquerydatatransfer v1, ScheduleOptionsV2.eventDrivenSchedule.
    pub event_driven_schedule: Option<EventDrivenSchedule>,
    /// A message. bigquerydatatransfer v1, ScheduleOptionsV2.manualSchedule.
    pub manual_schedule: Option<ManualSchedule>,
    /// A message. bigquerydatatransfer v1, ScheduleOptionsV2.timeBasedSchedule.
    pub time_based_schedule: Option<TimeBasedSchedule>,
}

pub static SCHEDULE_OPTIONS_V2: Message = Message {
    name: "ScheduleOptionsV2",
    fields: &[
        Field { name: "eventDrivenSchedule", shape: Shape::Message(&EVENT_DRIVEN_SCHEDULE), output: false },
        Field { name: "manualSchedule", shape: Shape::Message(&MANUAL_SCHEDULE), output: false },
        Field { name: "timeBasedSchedule", shape: Shape::Message(&TIME_BASED_SCHEDULE), output: false },
    ],
};

/// bigquerydatatransfer v1, TimeBasedSchedule.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeBasedSchedule {
    /// RFC 3339. bigquerydatatransfer v1, TimeBasedSchedule.endTime.
    pub end_time: Input<String>,
    /// Text. bigquerydatatransfer v1, TimeBasedSchedule.schedule.
    pub schedule: Input<String>,
    /// RFC 3339. bigquerydatatransfer v1, TimeBasedSchedule.startTime.
    pub start_time: Input<String>,
}

pub static TIME_BASED_SCHEDULE: Message = Message {
    name: "TimeBasedSchedule",
    fields: &[
        Field { name: "endTime", shape: Shape::Timestamp, output: false },
        Field { name: "schedule", shape: Shape::Text, output: false },
        Field { name: "startTime", shape: Shape::Timestamp, output: false },
    ],
};

/// bigquerydatatransfer v1, TransferConfig.
pub static TRANSFER_CONFIG: Message = Message {
    name: "TransferConfig",
    fields: &[
        Field { name: "dataRefreshWindowDays", shape: Shape::Int, output: false },
        Field { name: "dataSourceId", shape: Shape::Text, output: false },
        Field { name: "datasetRegion", shape: Shape::Text, output: true },
        Field { name: "destinationDatasetId", shape: Shape::Text, output: false },
        Field { name: "disabled", shape: Shape::Bool, output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "emailPreferences", shape: Shape::Message(&EMAIL_PREFERENCES), output: false },
        Field {
            name: "encryptionConfiguration",
            shape: Shape::Message(&ENCRYPTION_CONFIGURATION),
            output: false,
        },
        Field { name: "error", shape: Shape::Any, output: true },
        Field { name: "managedTableType", shape: Shape::Enum, output: false },
        Field { name: "metadataDestination", shape: Shape::Message(&METADATA_DESTINATION), output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "nextRunTime", shape: Shape::Timestamp, output: true },
        Field { name: "notificationPubsubTopic", shape: Shape::Text, output: false },
        Field { name: "ownerInfo", shape: Shape::Any, output: true },
        Field { name: "paramConfig", shape: Shape::Message(&PARAMETER_CONFIG), output: false },
        Field { name: "params", shape: Shape::Map(&Shape::Any), output: false },
        Field { name: "schedule", shape: Shape::Text, output: false },
        Field { name: "scheduleOptions", shape: Shape::Message(&SCHEDULE_OPTIONS), output: false },
        Field { name: "scheduleOptionsV2", shape: Shape::Message(&SCHEDULE_OPTIONS_V2), output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
        Field { name: "userId", shape: Shape::Int64, output: false },
    ],
};

/// bigquerydatatransfer v1, TransferConfig.managedTableType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ManagedTableType {
    Native,
    Biglake,
}
