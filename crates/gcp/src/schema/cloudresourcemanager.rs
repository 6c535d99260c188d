//! Written by scripts/schema.py from Google's description of cloudresourcemanager v3, revision 20261107: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use engine::{Field, Message, Shape};

/// cloudresourcemanager v3, Project.
pub static PROJECT: Message = Message {
    name: "Project",
    fields: &[
        Field { name: "configuredCapabilities", shape: Shape::List(&Shape::Text), output: true },
        Field { name: "createTime", shape: Shape::Timestamp, output: true },
        Field { name: "deleteTime", shape: Shape::Timestamp, output: true },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "etag", shape: Shape::Text, output: true },
        Field { name: "isManagementProject", shape: Shape::Bool, output: true },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "managementType", shape: Shape::Enum, output: true },
        Field { name: "name", shape: Shape::Text, output: true },
        Field { name: "parent", shape: Shape::Text, output: false },
        Field { name: "projectId", shape: Shape::Text, output: false },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "tags", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "updateTime", shape: Shape::Timestamp, output: true },
    ],
};
