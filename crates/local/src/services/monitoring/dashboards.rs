//! Dashboards.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request, last};
use crate::resource::{self, Kind};
use crate::store::Tx;

pub(super) const DASHBOARD: Kind = Kind {
    collection: "monitoring/dashboards",
    list: "dashboards",
    missing: resource::not_found,
    taken: resource::already_exists,
    show: resource::numbered,
    page: 1000,
};

const LAYOUTS: [&str; 4] = ["gridLayout", "mosaicLayout", "rowLayout", "columnLayout"];

/// Fills in what Google does in the widgets, wherever a layout or a group holds them. A plot's type and
/// an axis' scale are left to the page that draws them; the axis of a set and a text's style are not.
fn complete(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(complete),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match name.as_str() {
                    "xyChart" => {
                        for list in ["dataSets", "thresholds"] {
                            for it in value.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
                            {
                                resource::default(it, "targetAxis", "Y1");
                            }
                        }
                    }
                    "text" if value.is_object() => {
                        resource::default(value, "format", "MARKDOWN");
                        resource::default(value, "style", json!({}));
                    }
                    _ => {}
                }
                complete(value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check(dashboard: &Value) -> Result<(), Refusal> {
    if dashboard["displayName"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::invalid("Field displayName is required: a dashboard must have a display name."));
    }
    if LAYOUTS.iter().filter(|it| resource::has(dashboard, it)).count() > 1 {
        return Err(Refusal::invalid("Invalid dashboard: at most one layout may be set."));
    }
    for tile in dashboard["mosaicLayout"]["tiles"].as_array().into_iter().flatten() {
        let number = |field: &str| tile[field].as_i64().unwrap_or(0);
        let columns = dashboard["mosaicLayout"]["columns"].as_i64().unwrap_or(0);
        if number("width") < 1 || number("height") < 1 || number("xPos") + number("width") > columns {
            return Err(Refusal::invalid(
                "Field mosaicLayout.tiles has an invalid value: every tile must have a size and lie within the columns.",
            ));
        }
    }
    Ok(())
}

/// Keeps a dashboard, or only says what it would be.
fn finish(
    tx: &mut Tx,
    request: &Request<'_>,
    name: &str,
    mut dashboard: Value,
    new: bool,
) -> Result<Answer, Refusal> {
    check(&dashboard)?;
    complete(&mut dashboard);
    dashboard["name"] = json!(name);
    dashboard["etag"] = json!(made_up::etag());
    match (request.query.is("validateOnly"), new) {
        (true, _) => {}
        (false, true) => DASHBOARD.insert(tx, request, name, &dashboard)?,
        (false, false) => DASHBOARD.save(tx, name, &dashboard)?,
    }
    Ok(DASHBOARD.answer(request, dashboard))
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let given = request.text("name");
    let id = if given.is_empty() { made_up::uuid() } else { last(given).to_owned() };
    let name = format!("{}/dashboards/{id}", request.name());
    if !given.is_empty() && request.named(given) != name {
        return Err(Refusal::invalid(format!("Field name has an invalid value of \"{given}\".")));
    }
    finish(tx, request, &name, request.body.clone(), true)
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = DASHBOARD.load(tx, request, name)?;
    if made_up::is_stale(request.body["etag"].as_str(), old["etag"].as_str()) {
        return Err(Refusal::aborted("The dashboard was changed since it was read: its etag is another."));
    }
    finish(tx, request, name, request.body.clone(), false)
}
