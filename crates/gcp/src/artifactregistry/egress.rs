//! What a repository is charged for: what lies in it, and what is fetched from other places.

use engine::{Bill, Billed, Sku, UsageKey};

use crate::bill::place::{Continent, EGRESS, REGIONS, continent};
use crate::bill::{Lines, key, sku};

const SERVICE: &str = "Artifact Registry";
pub(super) const STORAGE: &str = "storage_gb";

pub(super) const USAGE: &[UsageKey] = &{
    let mut keys = [key(STORAGE, "GiB", "Images and packages, each layer once."); EGRESS.len() + 1];
    let mut at = 0;
    while at < EGRESS.len() {
        keys[at + 1] = key(EGRESS[at], "GiB a month", "What is fetched from this region.");
        at += 1;
    }
    keys
};

pub(super) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let from = of.text("/location").unwrap_or(of.region);
    lines.metered("Storage", sku(SERVICE, "Artifact Registry Storage", "global"), "GiBy.mo", STORAGE);
    for (to, key) in REGIONS.iter().zip(EGRESS) {
        if let Some(price) = egress(from, to) {
            lines.metered_if_used(format!("Transfer to {to}"), price, "GiBy", key);
        }
    }
    lines.bill()
}

/// The price of fetching from one place in another; `None` where it is the same, which is free.
fn egress(from: &str, to: &str) -> Option<Sku> {
    let (here, there) = (continent(from), continent(to));
    // `us`, `europe` and `asia` hold all their regions.
    if from == to || (!from.contains('-') && here == there) {
        return None;
    }
    use Continent::{Asia, Europe, NorthAmerica, Oceania};
    let way = match (here, there) {
        (Some(Oceania), _) | (_, Some(Oceania)) => "Intercontinental to/from Oceania",
        (Some(NorthAmerica), Some(NorthAmerica)) => "North America to North America",
        (Some(Europe), Some(Europe)) => "Europe to Europe",
        // Google's own spelling.
        (Some(Asia), Some(Asia)) => "AsiaPacfic to AsiaPacfic",
        _ => "Intercontinental (Excl Oceania)",
    };
    Some(sku(SERVICE, format!("Artifact Registry Network Inter Region Egress {way}"), "global"))
}
