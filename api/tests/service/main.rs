//! The service as callers and BigQuery see it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod auth;
mod bigquery;
mod cache;
mod connections;
mod crowd;
mod fake;
mod http;
mod stop;
