//! Written by scripts/schema.py from Google's description of serviceusage v1, revision 20260921: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use engine::{Field, Message, Shape};
use serde::Serialize;

/// serviceusage v1, GoogleApiServiceusageV1Service.
pub static SERVICE: Message = Message {
    name: "GoogleApiServiceusageV1Service",
    fields: &[
        Field { name: "config", shape: Shape::Any, output: true },
        Field { name: "name", shape: Shape::Text, output: true },
        Field { name: "parent", shape: Shape::Text, output: true },
        Field { name: "state", shape: Shape::Enum, output: false },
    ],
};

/// serviceusage v1, GoogleApiServiceusageV1Service.state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    Disabled,
    Enabled,
}
