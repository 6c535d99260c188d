//! Exclusions: entries that no sink of the project gets.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::request::{Answer, Request, last};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

pub(super) const EXCLUSION: Kind = Kind {
    collection: "logging/exclusions",
    list: "exclusions",
    missing: |_, name| format!("Exclusion {} does not exist", last(name)),
    taken: |_, name| format!("Exclusion {} already exists", last(name)),
    show: super::by_id,
    page: 1000,
};

fn check(exclusion: &Value) -> Result<(), Refusal> {
    let id = last(exclusion["name"].as_str().unwrap_or_default());
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    resource::check_id(id, 1..=100, fits, &format!("The exclusion identifier \"{id}\" is invalid."))?;
    if exclusion["filter"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::invalid("A filter must be provided for the exclusion."));
    }
    Ok(())
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = format!("{}/exclusions/{}", request.name(), request.text("name"));
    let mut exclusion = request.body.clone();
    exclusion["name"] = json!(name);
    check(&exclusion)?;
    exclusion["createTime"] = request.time();
    exclusion["updateTime"] = request.time();
    EXCLUSION.insert(tx, request, &name, &exclusion)?;
    Ok(EXCLUSION.answer(request, exclusion))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mut exclusion = EXCLUSION.load(tx, request, name)?;
    let mask = request.mask();
    if mask.is_empty() {
        return Err(Refusal::invalid("An update mask must be provided."));
    }
    resource::check_mask(request, "LogExclusion", &mask)?;
    apply_mask(&mut exclusion, &request.body, &mask);
    exclusion["name"] = json!(name);
    check(&exclusion)?;
    exclusion["updateTime"] = request.time();
    EXCLUSION.save(tx, name, &exclusion)?;
    Ok(EXCLUSION.answer(request, exclusion))
}
