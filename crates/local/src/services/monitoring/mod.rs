//! Cloud Monitoring: alert policies, notification channels, services and their objectives, groups, uptime checks
//! and metric descriptors (v3), dashboards (v1).

mod alerts;
mod channels;
mod dashboards;
mod descriptors;
mod groups;
mod objectives;
mod uptime;

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::filter;
use crate::request::{Answer, Handler, Request, last};
use crate::resource::Kind;
use crate::store::Tx;

/// The handler of a method, named without `monitoring.`.
pub fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.alertPolicies.create" => alerts::create,
        "projects.alertPolicies.get" => |tx, request| alerts::POLICY.get(tx, request),
        "projects.alertPolicies.list" => |tx, request| list(&alerts::POLICY, tx, request),
        "projects.alertPolicies.patch" => alerts::patch,
        "projects.alertPolicies.delete" => |tx, request| alerts::POLICY.drop(tx, request),
        "projects.notificationChannels.create" => channels::create,
        "projects.notificationChannels.get" => |tx, request| channels::CHANNEL.get(tx, request),
        "projects.notificationChannels.list" => |tx, request| list(&channels::CHANNEL, tx, request),
        "projects.notificationChannels.patch" => channels::patch,
        "projects.notificationChannels.delete" => channels::delete,
        "projects.notificationChannelDescriptors.get" => channels::get_descriptor,
        "projects.notificationChannelDescriptors.list" => channels::list_descriptors,
        "projects.dashboards.create" => dashboards::create,
        "projects.dashboards.get" => |tx, request| dashboards::DASHBOARD.get(tx, request),
        "projects.dashboards.list" => |tx, request| dashboards::DASHBOARD.list(tx, request),
        "projects.dashboards.patch" => dashboards::patch,
        "projects.dashboards.delete" => |tx, request| dashboards::DASHBOARD.drop(tx, request),
        "projects.groups.create" => groups::create,
        "projects.groups.get" => |tx, request| groups::GROUP.get(tx, request),
        "projects.groups.list" => groups::list,
        "projects.groups.update" => groups::update,
        "projects.groups.delete" => groups::delete,
        "projects.metricDescriptors.create" => descriptors::create,
        "projects.metricDescriptors.get" => |tx, request| descriptors::DESCRIPTOR.get(tx, request),
        "projects.metricDescriptors.list" => descriptors::list,
        "projects.metricDescriptors.delete" => |tx, request| descriptors::DESCRIPTOR.drop(tx, request),
        "projects.uptimeCheckConfigs.create" => uptime::create,
        "projects.uptimeCheckConfigs.get" => |tx, request| uptime::CHECK.get(tx, request),
        "projects.uptimeCheckConfigs.list" => |tx, request| list(&uptime::CHECK, tx, request),
        "projects.uptimeCheckConfigs.patch" => uptime::patch,
        "projects.uptimeCheckConfigs.delete" => |tx, request| uptime::CHECK.drop(tx, request),
        "services.create" => objectives::create_service,
        "services.get" => |tx, request| objectives::SERVICE.get(tx, request),
        "services.list" => |tx, request| list(&objectives::SERVICE, tx, request),
        "services.patch" => objectives::patch_service,
        "services.delete" => objectives::delete_service,
        "services.serviceLevelObjectives.create" => objectives::create,
        "services.serviceLevelObjectives.get" => objectives::get,
        "services.serviceLevelObjectives.list" => objectives::list,
        "services.serviceLevelObjectives.patch" => objectives::patch,
        "services.serviceLevelObjectives.delete" => objectives::delete,
        _ => return None,
    })
}

/// A list with a filter.
fn list(kind: &Kind, tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let filter = filter::parse(request.query.get("filter").unwrap_or_default())?;
    let prefix = format!("{}/{}/", request.name(), last(kind.collection));
    kind.list_where(tx, request, &prefix, |_, it| filter.fits(it))
}

/// When something changed.
fn record(request: &Request<'_>) -> Value {
    json!({"mutateTime": request.time()})
}

/// Refuses labels of a caller that Google would not take: keys begin with a letter.
fn check_user_labels(labels: &Value) -> Result<(), Refusal> {
    let Value::Object(labels) = labels else { return Ok(()) };
    if labels.len() > 64 {
        return Err(Refusal::invalid(
            "Field user_labels had an invalid value: at most 64 labels are allowed.",
        ));
    }
    for (key, value) in labels {
        let fits = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || c == '_' || c == '-';
        let good = key.chars().next().is_some_and(char::is_alphabetic)
            && key.chars().all(fits)
            && key.chars().count() <= 63
            && value.as_str().is_some_and(|it| it.chars().count() <= 63);
        if !good {
            return Err(Refusal::invalid(format!(
                "Field user_labels had an invalid value of \"{key}\": invalid label."
            )));
        }
    }
    Ok(())
}
