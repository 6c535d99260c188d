//! Which revision of a service has how much of its traffic, and how it moves from one to the next.

use engine::{Call, Failure, Method, Place, Repeat, Session};
use serde_json::{Value, json};

use super::{API, Service};
use crate::resource::Resource;
use crate::rest;

const LATEST: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
const REVISION: &str = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
/// By this tag a new revision is reached by itself: `https://canary---SERVICE-….run.app`.
const CANARY: &str = "canary";

/// Where traffic is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// All to the latest revision.
    ToLatest,
    /// So many percent to the latest revision, the rest to the one that has most of it now. 1 to 99.
    Percent(i64),
    /// All to the revision that had it before the latest.
    Back,
}

/// Where traffic went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// `100% to data-api-00002-abc`, `90% to data-api-00001-abc, 10% to data-api-00002-abc`.
    pub now: String,
    /// Whether it was so already.
    pub unchanged: bool,
}

/// A service as it is now.
///
/// # Errors
/// When it is not there or cannot be read.
pub async fn live(session: &Session, place: Place<'_>) -> Result<Value, Failure> {
    rest::fetch(&Service::KIND, session, place).await.map(|it| it.state)
}

/// The address of the revision that is tried out, and how many percent of traffic it has.
pub fn canary(service: &Value) -> Option<(&str, i64)> {
    let statuses = service["trafficStatuses"].as_array()?;
    let it = statuses.iter().find(|it| it["tag"] == CANARY)?;
    Some((it["uri"].as_str()?, it["percent"].as_i64().unwrap_or(0)))
}

/// The revision that has most of the traffic.
pub(crate) fn serving(service: &Value) -> Option<&str> {
    let targets = service["traffic"].as_array().filter(|it| !it.is_empty());
    let latest = service["latestReadyRevision"].as_str().map(last);
    let Some(targets) = targets else { return latest };
    let most = targets.iter().max_by_key(|it| it["percent"].as_i64().unwrap_or(0))?;
    match most["revision"].as_str().filter(|it| !it.is_empty()) {
        Some(revision) => Some(last(revision)),
        None => latest,
    }
}

/// So many percent to the latest revision, the rest to the one that has most of it now; all to the latest where none is
/// ready yet.
pub(super) fn split(service: &Value, percent: i64) -> Value {
    let new = json!({ "type": LATEST, "percent": percent, "tag": CANARY });
    match serving(service) {
        Some(old) => json!([{ "type": REVISION, "revision": old, "percent": 100 - percent }, new]),
        None => json!([{ "type": LATEST, "percent": 100 }]),
    }
}

/// Moves a service's traffic.
///
/// # Errors
/// When the service cannot be read or changed, and when there is no revision to go back to.
pub async fn move_traffic(session: &Session, place: Place<'_>, to: Move) -> Result<Moved, Failure> {
    let kind = &Service::KIND;
    let live = live(session, place).await?;
    let wanted = match to {
        Move::ToLatest => json!([{ "type": LATEST, "percent": 100 }]),
        Move::Percent(percent) => {
            let latest = live["latestReadyRevision"].as_str().map(last);
            if serving(&live) == latest {
                let (name, serves) = (live["name"].as_str().map_or("", last), latest.unwrap_or("none"));
                return Err(Failure::other(format!(
                    "{name} has nothing to split: its latest revision, {serves}, has the traffic"
                )));
            }
            split(&live, percent)
        }
        Move::Back => {
            let to = before(session, place, &live).await?;
            json!([{ "type": REVISION, "revision": to, "percent": 100 }])
        }
    };
    let unchanged = alike(&live["traffic"], &wanted);
    let live = if unchanged {
        live
    } else {
        let path = rest::path(kind, place).ok_or_else(|| rest::unnamed(kind))?;
        let body = json!({ "traffic": wanted, "etag": live["etag"] });
        let call = Call::new(Method::Patch, API, path)
            .query("updateMask", "traffic")
            .body(body)
            .repeat(Repeat::Safe);
        rest::update_by(kind, session, place, &call).await?.state
    };
    Ok(Moved { now: said(&live), unchanged })
}

/// The revision that had the traffic before the latest one.
async fn before(session: &Session, place: Place<'_>, live: &Value) -> Result<String, Failure> {
    let latest = live["latestReadyRevision"].as_str().map(last).unwrap_or_default();
    if let Some(other) = serving(live).filter(|it| *it != latest) {
        return Ok(other.to_owned());
    }
    let path = rest::path(&Service::KIND, place).ok_or_else(|| rest::unnamed(&Service::KIND))?;
    let all = rest::list(session, &Call::get(API, format!("{path}/revisions")), "revisions").await?;
    let made = |it: &Value| it["createTime"].as_str().unwrap_or_default().to_owned();
    let of_latest = all.iter().find(|it| it["name"].as_str().map(last) == Some(latest)).map(made);
    let mut older: Vec<&Value> = all.iter().filter(|it| is_ready(it) && Some(made(it)) < of_latest).collect();
    older.sort_by_key(|it| made(it));
    let newest = older.last().and_then(|it| it["name"].as_str()).map(last);
    newest.map(str::to_owned).ok_or_else(|| {
        let name = live["name"].as_str().map_or("the service", last);
        Failure::other(format!("{name} has no earlier revision that is ready"))
    })
}

fn is_ready(revision: &Value) -> bool {
    let conditions = revision["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|it| it["type"] == "Ready" && it["state"] == "CONDITION_SUCCEEDED")
}

/// Whether two lists send traffic to the same revisions.
fn alike(one: &Value, other: &Value) -> bool {
    let parts = |list: &Value| {
        let mut parts: Vec<(String, i64)> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| {
                let revision = it["revision"].as_str().map(last).unwrap_or_default();
                (revision.to_owned(), it["percent"].as_i64().unwrap_or(0))
            })
            .collect();
        parts.sort();
        parts
    };
    parts(one) == parts(other)
}

/// Where traffic goes, for people.
fn said(service: &Value) -> String {
    let latest = service["latestReadyRevision"].as_str().map_or("the latest revision", last);
    let targets = service["traffic"].as_array().map(Vec::as_slice).unwrap_or_default();
    let part = |it: &Value| {
        let revision = it["revision"].as_str().filter(|it| !it.is_empty()).map_or(latest, last);
        format!("{}% to {revision}", it["percent"].as_i64().unwrap_or(0))
    };
    let parts: Vec<String> = targets.iter().filter(|it| it["percent"].as_i64() > Some(0)).map(part).collect();
    if parts.is_empty() { format!("100% to {latest}") } else { parts.join(", ") }
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(traffic: Value) -> Value {
        json!({ "latestReadyRevision": "projects/p/locations/l/services/s/revisions/s-2", "traffic": traffic })
    }

    #[test]
    fn the_revision_with_most_of_the_traffic_keeps_the_rest() {
        let new = json!({ "type": LATEST, "percent": 10, "tag": CANARY });
        let of = |old: &str| json!([{ "type": REVISION, "revision": old, "percent": 90 }, new]);
        assert_eq!(split(&service(json!([{ "type": LATEST, "percent": 100 }])), 10), of("s-2"));
        assert_eq!(split(&service(json!([])), 10), of("s-2"));
        // A second change while the first is still tried out goes on from what most people see.
        assert_eq!(split(&service(of("s-1")), 10), of("s-1"));
        assert_eq!(
            split(&service(json!([{ "type": REVISION, "revision": "s-1", "percent": 100 }])), 10),
            of("s-1")
        );
        assert_eq!(split(&json!({}), 10), json!([{ "type": LATEST, "percent": 100 }]));
    }

    #[test]
    fn where_traffic_goes_is_said_by_revision() {
        let split =
            json!([{ "revision": "s-1", "percent": 90 }, { "type": LATEST, "percent": 10, "tag": CANARY }]);
        assert_eq!(said(&service(split.clone())), "90% to s-1, 10% to s-2");
        assert_eq!(said(&service(json!([]))), "100% to s-2");
        assert!(alike(&split, &json!([{ "percent": 10 }, { "revision": "s-1", "percent": 90 }])));
        assert!(!alike(&split, &json!([{ "percent": 100 }])));
    }
}
