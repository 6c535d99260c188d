//! The events API: GET /events out of BigQuery, with a cache in front.

pub mod app;
pub mod auth;
pub mod cache;
pub mod events;
pub mod flight;
pub mod google;
pub mod json;
pub mod log;
pub mod metrics;
pub mod moment;
pub mod page;
pub mod parameters;
pub mod query;
pub mod queue;
pub mod routes;
pub mod server;
pub mod settings;
pub mod trace;
pub mod warehouse;
