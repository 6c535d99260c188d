//! Services and their service-level objectives.

use serde_json::{Value, json};

use super::check_user_labels;
use crate::error::Refusal;
use crate::filter;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request, last, parent};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

pub(super) const SERVICE: Kind = Kind {
    collection: "monitoring/services",
    list: "services",
    missing: |request, name| {
        let number = request.project.as_ref().map_or("", |it| it.number.as_str());
        format!("There is no service with id '{}' in project '{number}'", last(name))
    },
    taken: |request, name| {
        let number = request.project.as_ref().map_or("", |it| it.number.as_str());
        format!("There is already a service with id '{}' in project '{number}'", last(name))
    },
    show: resource::numbered,
    page: 1000,
};

pub(super) const OBJECTIVE: Kind = Kind {
    collection: "monitoring/serviceLevelObjectives",
    list: "serviceLevelObjectives",
    // Unlike a service's, this message says the project's id.
    missing: |request, name| {
        let project = request.project.as_ref().map_or("", |it| it.id.as_str());
        let service = last(parent(name));
        format!(
            "There is no slo with id \"{}\" under service \"{service}\" in project \"{project}\"",
            last(name)
        )
    },
    taken: |request, name| {
        let project = request.project.as_ref().map_or("", |it| it.id.as_str());
        let service = last(parent(name));
        format!(
            "There is already a slo with id \"{}\" under service \"{service}\" in project \"{project}\"",
            last(name)
        )
    },
    show: resource::numbered,
    page: 1000,
};

/// The name of something new: its id is chosen by the caller or made up.
fn new_name(request: &Request<'_>, collection: &str, parameter: &str) -> Result<String, Refusal> {
    let id = match request.query.get(parameter).filter(|it| !it.is_empty()) {
        Some(id) => id.to_owned(),
        None => made_up::hex(22),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
    resource::check_id(
        &id,
        1..=63,
        fits,
        &format!("Invalid id \"{id}\": use letters, digits, and -_:. only."),
    )?;
    Ok(format!("{}/{collection}/{id}", request.name()))
}

pub(super) fn create_service(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = new_name(request, "services", "serviceId")?;
    let mut service = request.body.clone();
    service["name"] = json!(name);
    check_user_labels(&service["userLabels"])?;
    SERVICE.insert(tx, request, &name, &service)?;
    Ok(SERVICE.answer(request, service))
}

/// The new state of something: the masked fields changed, or, without a mask, all that were given.
fn updated(request: &Request<'_>, schema: &str, old: &Value) -> Result<Value, Refusal> {
    let mut mask = request.mask();
    resource::check_mask(request, schema, &mask)?;
    if mask.is_empty() {
        mask = request.body.as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect();
    }
    mask.retain(|it| it != "name");
    let mut new = old.clone();
    apply_mask(&mut new, &request.body, &mask);
    Ok(new)
}

pub(super) fn patch_service(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = SERVICE.load(tx, request, name)?;
    let service = updated(request, "Service", &old)?;
    check_user_labels(&service["userLabels"])?;
    SERVICE.save(tx, name, &service)?;
    Ok(SERVICE.answer(request, service))
}

/// A service goes with its objectives.
pub(super) fn delete_service(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    SERVICE.delete(tx, request, name)?;
    for (objective, _) in tx.all(OBJECTIVE.collection, &format!("{name}/"))? {
        tx.remove(OBJECTIVE.collection, &objective)?;
    }
    Ok(Answer::empty())
}

fn check(objective: &Value) -> Result<(), Refusal> {
    let goal = objective["goal"].as_f64().unwrap_or(0.0);
    if !(goal > 0.0 && goal <= 0.9999) {
        return Err(Refusal::invalid(format!(
            "Invalid goal {goal}: it must be greater than 0 and at most 0.9999."
        )));
    }
    if !objective["serviceLevelIndicator"].is_object() {
        return Err(Refusal::invalid("A service-level objective must have a service-level indicator."));
    }
    match (objective["rollingPeriod"].as_str(), objective["calendarPeriod"].as_str()) {
        (Some(_), Some(_)) | (None, None) => Err(Refusal::invalid(
            "A service-level objective must have either a rolling period or a calendar period.",
        )),
        (Some(period), None) => {
            let days = moment::duration_seconds(period).unwrap_or(0.0) / 86_400.0;
            if days.fract() == 0.0 && (1.0..=30.0).contains(&days) {
                return Ok(());
            }
            Err(Refusal::invalid(format!(
                "Invalid rolling period {period}: it must be a whole number of days, 1 to 30."
            )))
        }
        (None, Some("DAY" | "WEEK" | "FORTNIGHT" | "MONTH")) => Ok(()),
        (None, Some(period)) => Err(Refusal::invalid(format!(
            "Invalid calendar period {period}: it must be DAY, WEEK, FORTNIGHT or MONTH."
        ))),
    }
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    SERVICE.load(tx, request, request.name())?;
    let name = new_name(request, "serviceLevelObjectives", "serviceLevelObjectiveId")?;
    let mut objective = request.body.clone();
    objective["name"] = json!(name);
    check(&objective)?;
    check_user_labels(&objective["userLabels"])?;
    OBJECTIVE.insert(tx, request, &name, &objective)?;
    Ok(OBJECTIVE.answer(request, objective))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    SERVICE.load(tx, request, parent(request.name()))?;
    OBJECTIVE.get(tx, request)
}

/// Objectives of one service, or with `-` of all.
pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    if request.id() != "-" {
        SERVICE.load(tx, request, request.name())?;
    }
    let filter = filter::parse(request.query.get("filter").unwrap_or_default())?;
    let prefix = format!("{}/serviceLevelObjectives/", request.name());
    OBJECTIVE.list_where(tx, request, &prefix, |_, it| filter.fits(it))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    SERVICE.load(tx, request, parent(name))?;
    let old = OBJECTIVE.load(tx, request, name)?;
    let mut objective = updated(request, "ServiceLevelObjective", &old)?;
    // The two kinds of periods exclude each other: the one that is given takes the place of the other.
    for (given, other) in [("rollingPeriod", "calendarPeriod"), ("calendarPeriod", "rollingPeriod")] {
        if objective[given] != old[given]
            && resource::has(&objective, given)
            && objective[other] == old[other]
        {
            resource::remove(&mut objective, other);
        }
    }
    check(&objective)?;
    check_user_labels(&objective["userLabels"])?;
    OBJECTIVE.save(tx, name, &objective)?;
    Ok(OBJECTIVE.answer(request, objective))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    SERVICE.load(tx, request, parent(request.name()))?;
    OBJECTIVE.drop(tx, request)
}
