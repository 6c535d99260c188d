//! Google Cloud resources as typed values, one file a kind.

pub mod artifactregistry;
pub mod bigquery;
pub mod bigquerydatatransfer;
pub mod bill;
mod bucket_store;
pub mod check;
mod client;
pub mod cloudscheduler;
pub mod dataflow;
pub mod iam;
mod id_token;
pub mod identity;
pub mod inventory;
pub mod kinds;
pub mod logging;
pub mod member;
pub mod monitoring;
mod permissions;
mod provider;
pub mod pubsub;
mod refusal;
pub mod resource;
pub mod resourcemanager;
pub mod rest;
pub mod run;
pub mod schema;
pub mod secretmanager;
pub mod serviceusage;
mod stack;
pub mod storage;
pub mod terraform;

pub use bucket_store::BucketStore;
pub use client::{Client, ClientError, Endpoint, Recorder, local_token};
pub use id_token::id_token;
pub use provider::Google;
pub use stack::{Handle, PROJECT, REGION, Stack, declare};
