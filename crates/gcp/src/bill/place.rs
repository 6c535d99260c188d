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

/// Keys of what is fetched from each region, as Infracost's usage file names them. Only offered: any other region may be
/// written, too.
pub(crate) const EGRESS: &[&str] = &[
    "monthly_egress_data_transfer_gb.africa_south1",
    "monthly_egress_data_transfer_gb.asia_east1",
    "monthly_egress_data_transfer_gb.asia_east2",
    "monthly_egress_data_transfer_gb.asia_northeast1",
    "monthly_egress_data_transfer_gb.asia_northeast2",
    "monthly_egress_data_transfer_gb.asia_northeast3",
    "monthly_egress_data_transfer_gb.asia_south1",
    "monthly_egress_data_transfer_gb.asia_south2",
    "monthly_egress_data_transfer_gb.asia_southeast1",
    "monthly_egress_data_transfer_gb.asia_southeast2",
    "monthly_egress_data_transfer_gb.asia_southeast3",
    "monthly_egress_data_transfer_gb.asia_southeast4",
    "monthly_egress_data_transfer_gb.australia_southeast1",
    "monthly_egress_data_transfer_gb.australia_southeast2",
    "monthly_egress_data_transfer_gb.europe_central2",
    "monthly_egress_data_transfer_gb.europe_north1",
    "monthly_egress_data_transfer_gb.europe_north2",
    "monthly_egress_data_transfer_gb.europe_southwest1",
    "monthly_egress_data_transfer_gb.europe_west1",
    "monthly_egress_data_transfer_gb.europe_west10",
    "monthly_egress_data_transfer_gb.europe_west12",
    "monthly_egress_data_transfer_gb.europe_west2",
    "monthly_egress_data_transfer_gb.europe_west3",
    "monthly_egress_data_transfer_gb.europe_west4",
    "monthly_egress_data_transfer_gb.europe_west6",
    "monthly_egress_data_transfer_gb.europe_west8",
    "monthly_egress_data_transfer_gb.europe_west9",
    "monthly_egress_data_transfer_gb.me_central1",
    "monthly_egress_data_transfer_gb.me_central2",
    "monthly_egress_data_transfer_gb.me_west1",
    "monthly_egress_data_transfer_gb.northamerica_northeast1",
    "monthly_egress_data_transfer_gb.northamerica_northeast2",
    "monthly_egress_data_transfer_gb.northamerica_south1",
    "monthly_egress_data_transfer_gb.southamerica_east1",
    "monthly_egress_data_transfer_gb.southamerica_west1",
    "monthly_egress_data_transfer_gb.us_central1",
    "monthly_egress_data_transfer_gb.us_east1",
    "monthly_egress_data_transfer_gb.us_east4",
    "monthly_egress_data_transfer_gb.us_east5",
    "monthly_egress_data_transfer_gb.us_south1",
    "monthly_egress_data_transfer_gb.us_west1",
    "monthly_egress_data_transfer_gb.us_west2",
    "monthly_egress_data_transfer_gb.us_west3",
    "monthly_egress_data_transfer_gb.us_west4",
];

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
