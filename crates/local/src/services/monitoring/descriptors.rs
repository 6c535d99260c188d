//! Descriptors of custom metrics. Those that Google's own services come with are not listed here.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::filter;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind};
use crate::store::Tx;

pub(super) const DESCRIPTOR: Kind = Kind {
    collection: "monitoring/metricDescriptors",
    list: "metricDescriptors",
    missing: |_, name| format!("Could not find descriptor for metric '{}'.", kind_of(name)),
    taken: resource::already_exists,
    show: resource::plain,
    page: 1000,
};

/// `custom.googleapis.com/a/b` of a descriptor's name.
fn kind_of(name: &str) -> &str {
    name.splitn(4, '/').nth(3).unwrap_or(name)
}

/// Makes a descriptor, or puts another in its place.
pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut descriptor = request.body.clone();
    let kind = request.text("type").to_owned();
    let own = [
        "custom.googleapis.com/",
        "external.googleapis.com/",
        "workload.googleapis.com/",
        "prometheus.googleapis.com/",
    ];
    if !own.iter().any(|it| kind.starts_with(it) && kind.len() > it.len()) {
        return Err(Refusal::invalid(format!(
            "Field metricDescriptor.type had an invalid value of \"{kind}\": The metric type must be a URL-formatted \
             string with a domain and non-empty path."
        )));
    }
    for field in ["metricKind", "valueType"] {
        if !resource::has(&descriptor, field) {
            return Err(Refusal::invalid(format!(
                "Field metricDescriptor.{field} had an invalid value: it must be set."
            )));
        }
    }
    let name = format!("{}/metricDescriptors/{kind}", request.name());
    descriptor["name"] = json!(name);
    for label in descriptor.get_mut("labels").and_then(Value::as_array_mut).into_iter().flatten() {
        // Text is the first of the types, which is not shown.
        if label["valueType"] == "STRING" {
            resource::remove(label, "valueType");
        }
    }
    DESCRIPTOR.save(tx, &name, &descriptor)?;
    Ok(DESCRIPTOR.answer(request, descriptor))
}

/// A list whose filter says `metric.type`.
pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let filter = filter::parse(request.query.get("filter").unwrap_or_default())?;
    let prefix = format!("{}/metricDescriptors/", request.name());
    DESCRIPTOR.list_where(tx, request, &prefix, |_, it| filter.fits(&json!({"metric": it})))
}
