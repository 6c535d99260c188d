//! Written by scripts/schema.py from Google's description of the APIs below: change the script, not this.
//!
//! Messages and enums that the kinds hold, and a table of fields for each message and each kind.

/// artifactregistry v1, revision 20261031.
pub mod artifactregistry;
/// bigquery v2, revision 20261009.
pub mod bigquery;
/// bigquerydatatransfer v1, revision 20261024.
pub mod bigquerydatatransfer;
/// cloudresourcemanager v3, revision 20261107.
pub mod cloudresourcemanager;
/// cloudscheduler v1, revision 20261106.
pub mod cloudscheduler;
/// dataflow v1b3, revision 20261018.
pub mod dataflow;
/// iam v1, revision 20261023.
pub mod iam;
/// logging v2, revision 20260911.
pub mod logging;
/// monitoring v1, revision 20260903.
pub mod monitoring_v1;
/// monitoring v3, revision 20260129.
pub mod monitoring_v3;
/// pubsub v1, revision 20261027.
pub mod pubsub;
/// run v2, revision 20261031.
pub mod run;
/// secretmanager v1, revision 20261021.
pub mod secretmanager;
/// serviceusage v1, revision 20260921.
pub mod serviceusage;
/// storage v1, revision 20261009.
pub mod storage;
