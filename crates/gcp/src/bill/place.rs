//! Where things are: continents, the names that prices know places by, Cloud Run's tiers.

/// A part of the world as network prices divide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Continent {
    NorthAmerica,
    SouthAmerica,
    Europe,
    Asia,
    Oceania,
    MiddleEast,
    Africa,
}

/// The continent of a region, a dual-region or a multi-region; `None` of what nobody knows.
pub(crate) fn continent(place: &str) -> Option<Continent> {
    let place = place.to_ascii_lowercase();
    let first = place.split('-').next().unwrap_or(&place);
    match first {
        "us" | "northamerica" | "nam4" => Some(Continent::NorthAmerica),
        "southamerica" => Some(Continent::SouthAmerica),
        "eu" | "europe" | "eur4" | "eur5" | "eur7" | "eur8" => Some(Continent::Europe),
        "asia" | "asia1" => Some(Continent::Asia),
        "australia" => Some(Continent::Oceania),
        "me" => Some(Continent::MiddleEast),
        "africa" => Some(Continent::Africa),
        _ => None,
    }
}

/// Every region there is a price for: where images go to, as Infracost's usage file names them, beside.
macro_rules! regions {
    ($($region:literal $key:literal,)*) => {
        /// Google's regions.
        pub(crate) const REGIONS: &[&str] = &[$($region),*];
        /// Keys of egress to each of the [`REGIONS`], in their order.
        pub(crate) const EGRESS: &[&str] = &[$(concat!("monthly_egress_data_transfer_gb.", $key)),*];
    };
}
regions! {
    "africa-south1" "africa_south1",
    "asia-east1" "asia_east1",
    "asia-east2" "asia_east2",
    "asia-northeast1" "asia_northeast1",
    "asia-northeast2" "asia_northeast2",
    "asia-northeast3" "asia_northeast3",
    "asia-south1" "asia_south1",
    "asia-south2" "asia_south2",
    "asia-southeast1" "asia_southeast1",
    "asia-southeast2" "asia_southeast2",
    "australia-southeast1" "australia_southeast1",
    "australia-southeast2" "australia_southeast2",
    "europe-central2" "europe_central2",
    "europe-north1" "europe_north1",
    "europe-north2" "europe_north2",
    "europe-southwest1" "europe_southwest1",
    "europe-west1" "europe_west1",
    "europe-west10" "europe_west10",
    "europe-west12" "europe_west12",
    "europe-west2" "europe_west2",
    "europe-west3" "europe_west3",
    "europe-west4" "europe_west4",
    "europe-west6" "europe_west6",
    "europe-west8" "europe_west8",
    "europe-west9" "europe_west9",
    "me-central1" "me_central1",
    "me-central2" "me_central2",
    "me-west1" "me_west1",
    "northamerica-northeast1" "northamerica_northeast1",
    "northamerica-northeast2" "northamerica_northeast2",
    "northamerica-south1" "northamerica_south1",
    "southamerica-east1" "southamerica_east1",
    "southamerica-west1" "southamerica_west1",
    "us-central1" "us_central1",
    "us-east1" "us_east1",
    "us-east4" "us_east4",
    "us-east5" "us_east5",
    "us-south1" "us_south1",
    "us-west1" "us_west1",
    "us-west2" "us_west2",
    "us-west3" "us_west3",
    "us-west4" "us_west4",
}

/// Whether Cloud Run's requests cost more here. Regions that nobody knows are in neither tier's prices, so
/// it does not matter which they are said to be in.
pub(crate) fn is_tier_two(region: &str) -> bool {
    const ONE: [&str; 16] = [
        "asia-east1",
        "asia-northeast1",
        "asia-northeast2",
        "europe-north1",
        "europe-southwest1",
        "europe-west1",
        "europe-west4",
        "europe-west8",
        "europe-west9",
        "me-west1",
        "us-central1",
        "us-east1",
        "us-east4",
        "us-east5",
        "us-south1",
        "us-west1",
    ];
    !ONE.contains(&region)
}

/// The place by which Dataflow's prices name a region; the region itself of what nobody knows.
pub(crate) fn city(region: &str) -> &str {
    match region {
        "us-central1" => "Iowa",
        "us-east1" => "South Carolina",
        "us-east4" => "Northern Virginia",
        "us-east5" => "Columbus",
        "us-south1" => "Dallas",
        "us-west1" => "Oregon",
        "us-west2" => "Los Angeles",
        "us-west3" => "Salt Lake City",
        "us-west4" => "Las Vegas",
        "northamerica-northeast1" => "Montreal",
        "northamerica-northeast2" => "Toronto",
        "southamerica-east1" => "Sao Paulo",
        "southamerica-west1" => "Santiago",
        "europe-west1" => "Belgium",
        "europe-west2" => "London",
        "europe-west3" => "Frankfurt",
        "europe-west4" => "Netherlands",
        "europe-west6" => "Zurich",
        "europe-west8" => "Milan",
        "europe-west9" => "Paris",
        "europe-west10" => "Berlin",
        "europe-west12" => "Turin",
        "europe-north1" => "Finland",
        "europe-north2" => "Stockholm",
        "europe-central2" => "Warsaw",
        "europe-southwest1" => "Madrid",
        "asia-east1" => "Taiwan",
        "asia-east2" => "Hong Kong",
        "asia-northeast1" => "Japan",
        "asia-northeast2" => "Osaka",
        "asia-northeast3" => "Seoul",
        "asia-south1" => "Mumbai",
        "asia-south2" => "Delhi",
        "asia-southeast1" => "Singapore",
        "asia-southeast2" => "Jakarta",
        "australia-southeast1" => "Sydney",
        "australia-southeast2" => "Melbourne",
        "me-central1" => "Doha",
        "me-central2" => "Dammam",
        "me-west1" => "Tel Aviv",
        "africa-south1" => "Johannesburg",
        other => other,
    }
}
