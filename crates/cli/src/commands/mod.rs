//! One file a command.

pub mod apply;
pub mod approve;
pub mod bootstrap;
pub mod ci;
pub mod config;
pub mod cost;
pub mod demo;
pub mod destroy;
pub mod events;
mod flow;
pub mod image;
pub mod local;
pub mod mcp;
pub mod output;
pub mod plan;
pub mod promote;
pub mod test;
pub mod unlock;
