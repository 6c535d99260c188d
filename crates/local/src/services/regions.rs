//! The places that Google Cloud has.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::request::{Answer, Request};
use crate::resource;

const REGIONS: &[&str] = &[
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "asia-southeast3",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
    "us-west8",
];

const MULTI: &[&str] = &["us", "eu", "asia"];
const DUAL: &[&str] = &["asia1", "eur4", "eur5", "eur7", "eur8", "nam4"];

/// What a location is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Region,
    DualRegion,
    MultiRegion,
}

/// Refuses a location that is no region and none of those that an API has beside.
pub fn check(location: &str, beside: &[&str]) -> Result<(), Refusal> {
    if place(location) == Some(Place::Region) || beside.contains(&location) {
        return Ok(());
    }
    Err(Refusal::denied(format!("Permission denied on 'locations/{location}' (or it may not exist).")))
}

/// The locations that a project can use of an API: every region, and those that it has beside.
pub fn list(request: &Request<'_>, beside: &[&str]) -> Result<Answer, Refusal> {
    let project = &request.project()?.id;
    let location = |it: &&str| {
        json!({
            "name": format!("projects/{project}/locations/{it}"),
            "locationId": it,
            "labels": { "cloud.googleapis.com/region": it },
        })
    };
    let all: Vec<Value> = REGIONS.iter().chain(beside).map(location).collect();
    Ok(resource::part(request, "locations", &all))
}

/// What a location is, in whatever case it is written; `None` if there is no such place.
pub fn place(location: &str) -> Option<Place> {
    let location = location.to_ascii_lowercase();
    let among = |all: &[&str]| all.contains(&location.as_str());
    if among(REGIONS) {
        Some(Place::Region)
    } else if among(DUAL) {
        Some(Place::DualRegion)
    } else if among(MULTI) {
        Some(Place::MultiRegion)
    } else {
        None
    }
}
