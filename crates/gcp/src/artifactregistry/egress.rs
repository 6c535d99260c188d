//! What a repository is charged for: what lies in it, and what is fetched from other places.

use engine::{Bill, Billed, Sku, UsageKey};

use crate::bill::place::{Continent, EGRESS, continent};
use crate::bill::{Lines, key, sku};

const SERVICE: &str = "Artifact Registry";
pub(super) const STORAGE: &str = "storage_gb";

/// How the keys of what other regions fetch begin.
const FETCHED: &str = "monthly_egress_data_transfer_gb.";

/// The key of each region that is known here, and one that stands for those of all others.
pub(super) const USAGE: &[UsageKey] = &{
    let mut keys = [key(STORAGE, "GiB", "Images and packages, each layer once."); EGRESS.len() + 2];
    let mut at = 0;
    while at < EGRESS.len() {
        keys[at + 1] = key(EGRESS[at], "GiB a month", "What is fetched from this region.");
        at += 1;
    }
    keys[at + 1] = key(
        "monthly_egress_data_transfer_gb.{region}",
        "GiB a month",
        "What is fetched from another region, with _ for -.",
    );
    keys
};

pub(super) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let from = of.text("/location").unwrap_or(of.region);
    lines.metered("Storage", sku(SERVICE, "Artifact Registry Storage", "global"), "GiBy.mo", STORAGE);
    for key in of.usage.readings.keys() {
        let Some(to) = key.strip_prefix(FETCHED).map(|it| it.replace('_', "-")) else { continue };
        lines.priced_by(&["/location"]);
        if !lines.is_later(&["/location"])
            && let Some(place) = [from, &to].into_iter().find(|it| continent(it).is_none())
        {
            lines.no_price(format!("where {place} is in the world is not known here"));
        }
        if let Some(price) = egress(from, &to) {
            lines.metered(format!("Transfer to {to}"), price, "GiBy", key);
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
