//! Which revisions have the traffic of a service, and so are needed.

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::request::{last, parent};
use crate::store::StoreError;

/// A revision that has traffic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its full name.
    pub revision: String,
    pub percent: u64,
    pub tag: Option<String>,
}

/// Which revisions have the traffic of a service, as far as one is ready.
pub fn targets(service: &Value) -> Vec<Target> {
    let name = service["name"].as_str().unwrap_or_default();
    let ready = service["_ready"].as_str();
    let all = service["traffic"].as_array().filter(|it| !it.is_empty()).cloned();
    let all = all.unwrap_or_else(|| vec![json!({"percent": 100})]);
    let target = |it: &Value| {
        let revision = match it["revision"].as_str() {
            Some(pinned) => format!("{name}/revisions/{}", last(pinned)),
            None => ready?.to_owned(),
        };
        let percent = it["percent"].as_u64().unwrap_or(0);
        Some(Target { revision, percent, tag: it["tag"].as_str().map(str::to_owned) })
    };
    all.iter().filter_map(target).collect()
}

/// The target that a number from 0 to 99 hits.
pub fn hit(targets: Vec<Target>, mut number: u64) -> Option<String> {
    for target in targets {
        if number < target.percent {
            return Some(target.revision);
        }
        number -= target.percent;
    }
    None
}

/// What a revision is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// There is no such revision any more.
    Gone,
    /// Others have the traffic.
    NoTraffic,
    OnDemand,
    /// It must be up whether it is called or not.
    Up,
}

/// What a revision is needed for.
pub fn need(cloud: &Cloud, revision: &str) -> Result<Need, StoreError> {
    let tx = cloud.store.read()?;
    let service = tx.get("run/services", parent(revision))?;
    let (Some(service), Some(document)) = (service, tx.get("run/revisions", revision)?) else {
        return Ok(Need::Gone);
    };
    if !targets(&service).iter().any(|it| it.revision == revision) {
        return Ok(Need::NoTraffic);
    }
    let least = |it: &Value| it["scaling"]["minInstanceCount"].as_u64().unwrap_or(0);
    Ok(if least(&service) > 0 || least(&document) > 0 { Need::Up } else { Need::OnDemand })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(service: Value, want: &[(&str, u64)]) {
        let got = targets(&service);
        let got: Vec<(&str, u64)> = got.iter().map(|it| (it.revision.as_str(), it.percent)).collect();
        assert_eq!(got, want, "{service}");
    }

    #[test]
    fn traffic_goes_to_what_is_ready_and_what_is_pinned() {
        check(json!({"name": "s"}), &[]);
        check(json!({"name": "s", "_ready": "s/revisions/2"}), &[("s/revisions/2", 100)]);
        let traffic = json!([{"percent": 90}, {"revision": "1", "percent": 10}]);
        let split = json!({"name": "s", "_ready": "s/revisions/2", "traffic": traffic});
        check(split.clone(), &[("s/revisions/2", 90), ("s/revisions/1", 10)]);
        let hits: Vec<Option<String>> = [0, 89, 90, 99].map(|it| hit(targets(&split), it)).into();
        let names = ["s/revisions/2", "s/revisions/2", "s/revisions/1", "s/revisions/1"];
        assert_eq!(hits, names.map(|it| Some(it.to_owned())));
    }
}
