//! One file a command.

pub mod apply;
pub mod destroy;
pub mod events;
pub mod image;
pub mod local;
pub mod output;
pub mod plan;
