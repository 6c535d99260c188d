//! Alert policies.

use serde_json::{Value, json};

use super::{channels, check_user_labels, record};
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

pub(super) const POLICY: Kind = Kind {
    collection: "monitoring/alertPolicies",
    list: "alertPolicies",
    missing: |_, name| format!("The alert policy {name} could not be found."),
    taken: resource::already_exists,
    show: resource::plain,
    page: 1000,
};

/// The one-of of a condition.
const CONDITIONS: [&str; 6] = [
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionMonitoringQueryLanguage",
    "conditionPrometheusQueryLanguage",
    "conditionSql",
];

fn wrong(field: &str, value: &Value, why: &str) -> Refusal {
    Refusal::invalid(format!("Field {field} had an invalid value of {value}: {why}"))
}

/// Refuses a duration that is not so many whole minutes, or is too short.
fn check_minutes(field: &str, value: &Value, least: f64) -> Result<(), Refusal> {
    let Some(seconds) = value.as_str().and_then(moment::duration_seconds) else { return Ok(()) };
    if seconds < least || seconds % 60.0 != 0.0 {
        return Err(wrong(
            field,
            value,
            &format!("must be a multiple of 60 seconds and at least {least} seconds."),
        ));
    }
    Ok(())
}

fn check_condition(at: &str, condition: &Value) -> Result<(), Refusal> {
    if condition["displayName"].as_str().unwrap_or_default().is_empty() {
        return Err(wrong(
            &format!("{at}.display_name"),
            &json!(""),
            "A condition must have a display name.",
        ));
    }
    let given: Vec<&str> = CONDITIONS.iter().copied().filter(|it| resource::has(condition, it)).collect();
    let [kind] = given[..] else {
        return Err(wrong(
            at,
            &condition["displayName"],
            "A condition must have exactly one condition type.",
        ));
    };
    let inner = &condition[kind];
    let needs_filter = matches!(kind, "conditionThreshold" | "conditionAbsent" | "conditionMatchedLog");
    let field = if needs_filter { "filter" } else { "query" };
    if inner[field].as_str().unwrap_or_default().is_empty() && kind != "conditionSql"
        || (kind == "conditionSql" && inner["query"].is_null())
    {
        return Err(wrong(&format!("{at}.{kind}.{field}"), &json!(""), &format!("The {field} must be set.")));
    }
    if kind == "conditionThreshold" {
        let comparison = &inner["comparison"];
        if !matches!(comparison.as_str(), Some("COMPARISON_GT" | "COMPARISON_LT")) {
            return Err(wrong(
                &format!("{at}.condition_threshold.comparison"),
                comparison,
                "The comparison must be COMPARISON_GT or COMPARISON_LT.",
            ));
        }
    }
    let least = if kind == "conditionAbsent" { 120.0 } else { 0.0 };
    if kind != "conditionPrometheusQueryLanguage" {
        check_minutes(&format!("{at}.{kind}.duration"), &inner["duration"], least)?;
    }
    for aggregation in inner["aggregations"].as_array().into_iter().flatten() {
        check_minutes(
            &format!("{at}.{kind}.aggregations.alignment_period"),
            &aggregation["alignmentPeriod"],
            60.0,
        )?;
        let aligned = aggregation["perSeriesAligner"].is_string();
        if aligned && aggregation["alignmentPeriod"].is_null() {
            return Err(wrong(
                &format!("{at}.{kind}.aggregations.alignment_period"),
                &json!(""),
                "An alignment period must be set along with an aligner.",
            ));
        }
    }
    Ok(())
}

/// A metric that counts log entries must exist before an alert can watch it.
fn check_log_metrics(tx: &Tx, request: &Request<'_>, condition: &Value) -> Result<(), Refusal> {
    let project = &request.project()?.id;
    for kind in ["conditionThreshold", "conditionAbsent"] {
        for text in ["filter", "denominatorFilter"] {
            let filter = condition[kind][text].as_str().unwrap_or_default();
            for part in filter.split("logging.googleapis.com/user/").skip(1) {
                let id = part.split(['"', '\'', ' ', ')']).next().unwrap_or_default();
                if tx.get("logging/metrics", &format!("projects/{project}/metrics/{id}"))?.is_none() {
                    return Err(Refusal::not_found(format!(
                        "Cannot find metric that matches type = \"logging.googleapis.com/user/{id}\". If a metric was \
                         created recently, it could take up to 10 minutes to become available. Please try again soon."
                    )));
                }
            }
        }
    }
    Ok(())
}

fn check(tx: &Tx, request: &Request<'_>, policy: &Value) -> Result<(), Refusal> {
    let empty = Vec::new();
    let conditions = policy["conditions"].as_array().unwrap_or(&empty);
    if policy["displayName"].as_str().unwrap_or_default().is_empty() {
        return Err(wrong("display_name", &json!(""), "A policy must have a display name."));
    }
    if conditions.is_empty() || conditions.len() > 6 {
        return Err(Refusal::invalid(format!(
            "Field alert_policy.conditions had an invalid value: a policy must have 1 to 6 conditions, not {}.",
            conditions.len()
        )));
    }
    if policy["combiner"].is_null() {
        return Err(wrong(
            "alert_policy.combiner",
            &json!("COMBINE_UNSPECIFIED"),
            "The combiner must be set.",
        ));
    }
    for (index, condition) in conditions.iter().enumerate() {
        check_condition(&format!("alert_policy.conditions[{index}]"), condition)?;
        check_log_metrics(tx, request, condition)?;
    }
    let is = |kind: &str| conditions.iter().any(|it| resource::has(it, kind));
    let alone = ["conditionMatchedLog", "conditionMonitoringQueryLanguage"].into_iter().any(is);
    if alone && conditions.len() > 1 {
        return Err(Refusal::invalid(
            "Field alert_policy.conditions had an invalid value: a condition on logs or of the Monitoring Query \
             Language must be the only one.",
        ));
    }
    let limit = &policy["alertStrategy"]["notificationRateLimit"];
    if is("conditionMatchedLog") != limit.is_object() {
        let why = match limit.is_object() {
            true => "metric-based alert policies must not specify a notification rate limit",
            false => "log-based alert policies must specify a notification rate limit",
        };
        return Err(wrong("alertStrategy.notificationRateLimit", limit, why));
    }
    check_user_labels(&policy["userLabels"])?;
    for channel in policy["notificationChannels"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let parts: Vec<&str> = channel.split('/').collect();
        if !matches!(parts[..], ["projects", _, "notificationChannels", _]) {
            return Err(Refusal::invalid(format!(
                "Name must begin with 'projects/{{project_id}}/notificationChannels/{{channel_id}}', got: {channel}"
            )));
        }
        channels::CHANNEL.load(tx, request, &request.named(channel))?;
    }
    Ok(())
}

/// Fills in what Google does; a condition that brings no name gets one.
fn complete(name: &str, policy: &mut Value) {
    resource::default(policy, "enabled", true);
    if policy["documentation"].is_object() {
        resource::default(&mut policy["documentation"], "mimeType", "text/markdown");
    }
    let prefix = format!("{name}/conditions/");
    for condition in policy["conditions"].as_array_mut().into_iter().flatten() {
        let id = condition["name"].as_str().and_then(|it| it.rsplit_once('/')).map(|(_, id)| id.to_owned());
        condition["name"] = json!(format!("{prefix}{}", id.unwrap_or_else(|| made_up::digits(20))));
    }
}

fn signed(request: &Request<'_>) -> Value {
    let mut record = record(request);
    record["mutatedBy"] = json!(request.caller.shown());
    record
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = format!("{}/alertPolicies/{}", request.name(), made_up::digits(19));
    let mut policy = request.body.clone();
    check(tx, request, &policy)?;
    // The names that a caller gives to new conditions count for nothing.
    for condition in policy["conditions"].as_array_mut().into_iter().flatten() {
        resource::remove(condition, "name");
    }
    policy["name"] = json!(name);
    complete(&name, &mut policy);
    policy["creationRecord"] = signed(request);
    policy["mutationRecord"] = signed(request);
    POLICY.insert(tx, request, &name, &policy)?;
    Ok(POLICY.answer(request, policy))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = POLICY.load(tx, request, name)?;
    let mask = request.mask();
    resource::check_mask(request, "AlertPolicy", &mask)?;
    let mut policy = if mask.is_empty() { request.body.clone() } else { old.clone() };
    apply_mask(&mut policy, &request.body, &mask);
    check(tx, request, &policy)?;
    policy["name"] = json!(name);
    complete(name, &mut policy);
    policy["creationRecord"] = old["creationRecord"].clone();
    policy["mutationRecord"] = signed(request);
    POLICY.save(tx, name, &policy)?;
    Ok(POLICY.answer(request, policy))
}
