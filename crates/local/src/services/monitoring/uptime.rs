//! Uptime checks. They are kept and told; nothing is checked here.

use serde_json::{Value, json};

use super::check_user_labels;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

pub(super) const CHECK: Kind = Kind {
    collection: "monitoring/uptimeCheckConfigs",
    list: "uptimeCheckConfigs",
    missing: |_, name| format!("Cannot find uptime check config with name {name}."),
    taken: resource::already_exists,
    show: resource::plain,
    page: 100,
};

/// Fills in what Google does.
fn complete(check: &mut Value) {
    resource::default(check, "period", "60s");
    resource::default(check, "timeout", "10s");
    if !resource::has(check, "syntheticMonitor") {
        resource::default(check, "checkerType", "STATIC_IP_CHECKERS");
    }
    if check["httpCheck"].is_object() {
        let http = &mut check["httpCheck"];
        let port = if http["useSsl"] == true { 443 } else { 80 };
        resource::default(http, "path", "/");
        resource::default(http, "port", port);
        resource::default(http, "requestMethod", "GET");
    }
    for matcher in check.get_mut("contentMatchers").and_then(Value::as_array_mut).into_iter().flatten() {
        resource::default(matcher, "matcher", "CONTAINS_STRING");
    }
}

fn verify(check: &Value) -> Result<(), Refusal> {
    if check["displayName"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::invalid("Field uptime_check_config.display_name is required."));
    }
    let count = |fields: &[&str]| fields.iter().filter(|it| resource::has(check, it)).count();
    if count(&["monitoredResource", "resourceGroup", "syntheticMonitor"]) != 1 {
        return Err(Refusal::invalid("An uptime check must have exactly one resource that is checked."));
    }
    if count(&["httpCheck", "tcpCheck"]) != usize::from(!resource::has(check, "syntheticMonitor")) {
        return Err(Refusal::invalid("An uptime check must have exactly one type of check."));
    }
    let seconds = |field: &str| check[field].as_str().and_then(moment::duration_seconds).unwrap_or(0.0);
    if ![60.0, 300.0, 600.0, 900.0].contains(&seconds("period")) {
        return Err(Refusal::invalid("Field uptime_check_config.period must be 60s, 300s, 600s or 900s."));
    }
    if !(1.0..=60.0).contains(&seconds("timeout")) {
        return Err(Refusal::invalid("Field uptime_check_config.timeout must be between 1s and 60s."));
    }
    let regions = check["selectedRegions"].as_array().map_or(0, Vec::len);
    if (1..3).contains(&regions) {
        return Err(Refusal::invalid(
            "An uptime check must have at least three locations, or none to have all.",
        ));
    }
    check_user_labels(&check["userLabels"])
}

/// The id is made of what people call it, and of letters and digits that make it the only one.
fn id_of(title: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let slug: String = title.chars().map(plain).take(50).collect();
    format!("{}-{}", slug.trim_matches('-'), made_up::hex(11))
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut check = request.body.clone();
    complete(&mut check);
    verify(&check)?;
    let name = format!("{}/uptimeCheckConfigs/{}", request.name(), id_of(request.text("displayName")));
    check["name"] = json!(name);
    CHECK.insert(tx, request, &name, &check)?;
    Ok(CHECK.answer(request, check))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = CHECK.load(tx, request, name)?;
    let mask = request.mask();
    resource::check_mask(request, "UptimeCheckConfig", &mask)?;
    let mut check = if mask.is_empty() { request.body.clone() } else { old.clone() };
    apply_mask(&mut check, &request.body, &mask);
    complete(&mut check);
    verify(&check)?;
    resource::check_immutable(&old, &check, &["monitoredResource", "resourceGroup", "checkerType"])?;
    check["name"] = json!(name);
    CHECK.save(tx, name, &check)?;
    Ok(CHECK.answer(request, check))
}
