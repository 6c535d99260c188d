//! Cloud Monitoring: alerts and whom they tell, dashboards, services and their objectives.

mod alert_policy;
mod dashboard;
mod notification_channel;
mod objective;
mod service;

pub use alert_policy::AlertPolicy;
pub use dashboard::Dashboard;
pub use notification_channel::NotificationChannel;
pub use objective::ServiceLevelObjective;
pub use service::MonitoredService;

/// The API's host.
pub(crate) const API: &str = "monitoring.googleapis.com";
