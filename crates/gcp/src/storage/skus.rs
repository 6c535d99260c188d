//! What Cloud Storage's prices are called, by class and by where a bucket is.

use engine::Sku;

use crate::bill::place::{Continent, continent};
use crate::bill::sku;

const SERVICE: &str = "Cloud Storage";

/// A storage class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Standard,
    Nearline,
    Coldline,
    Archive,
}

impl Class {
    pub(super) const COLD: [Class; 3] = [Class::Nearline, Class::Coldline, Class::Archive];

    /// The class of a bucket that says this, old names too; `None` of what is no class.
    pub(super) fn of(text: &str) -> Option<Class> {
        match text.to_ascii_uppercase().as_str() {
            "" | "STANDARD" | "MULTI_REGIONAL" | "REGIONAL" | "DURABLE_REDUCED_AVAILABILITY" => {
                Some(Class::Standard)
            }
            "NEARLINE" => Some(Class::Nearline),
            "COLDLINE" => Some(Class::Coldline),
            "ARCHIVE" => Some(Class::Archive),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Class::Standard => "Standard",
            Class::Nearline => "Nearline",
            Class::Coldline => "Coldline",
            Class::Archive => "Archive",
        }
    }

    pub(super) fn lower(self) -> &'static str {
        match self {
            Class::Standard => "standard",
            Class::Nearline => "nearline",
            Class::Coldline => "coldline",
            Class::Archive => "archive",
        }
    }

    /// The usage of objects of this class in a bucket of another.
    pub(super) fn key(self) -> &'static str {
        match self {
            Class::Standard => "standard_storage_gb",
            Class::Nearline => "nearline_storage_gb",
            Class::Coldline => "coldline_storage_gb",
            Class::Archive => "archive_storage_gb",
        }
    }

    /// For how long an object is paid for at least, in days.
    pub(super) fn least_days(self) -> u32 {
        match self {
            Class::Standard => 0,
            Class::Nearline => 30,
            Class::Coldline => 90,
            Class::Archive => 365,
        }
    }
}

/// Where a bucket is, as prices tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spread {
    Region(String),
    /// `nam4`, `eur4`, `asia1`; two regions of a person's own as `us-east1+us-west1`.
    Dual(String),
    /// `us`, `europe`, `asia`.
    Multi(String),
}

impl Spread {
    /// Of a location and, for two regions of a person's own, these.
    pub(super) fn of(location: &str, pair: &[&str]) -> Spread {
        if !pair.is_empty() {
            let mut pair: Vec<String> = pair.iter().map(|it| it.to_ascii_lowercase()).collect();
            pair.sort_unstable();
            return Spread::Dual(match pair.join("+").as_str() {
                "us-central1+us-east1" => "nam4".to_owned(),
                "europe-north1+europe-west4" => "eur4".to_owned(),
                "asia-northeast1+asia-northeast2" => "asia1".to_owned(),
                other => other.to_owned(),
            });
        }
        let location = location.to_ascii_lowercase();
        match location.as_str() {
            "us" | "asia" => Spread::Multi(location),
            "eu" | "europe" => Spread::Multi("europe".to_owned()),
            "nam4" | "asia1" | "eur4" | "eur5" | "eur7" | "eur8" => Spread::Dual(location),
            _ => Spread::Region(location),
        }
    }

    fn place(&self) -> &str {
        match self {
            Spread::Region(it) | Spread::Dual(it) | Spread::Multi(it) => it,
        }
    }

    pub(super) fn storage(&self, class: Class) -> Sku {
        let name = class.name();
        let description = match self {
            // Some of these have an allowance of their own, and so a price of their own.
            Spread::Region(it)
                if class == Class::Standard
                    && ["us-central1", "us-east1", "us-west1"].contains(&it.as_str()) =>
            {
                "Standard Storage US Regional".to_owned()
            }
            Spread::Region(_) => format!("{name} Storage (regional)"),
            Spread::Dual(_) => format!("{name} Storage Dual-region"),
            Spread::Multi(_) => format!("{name} Storage Multi-region"),
        };
        sku(SERVICE, description, self.place())
    }

    /// Writes, lists, changes.
    pub(super) fn class_a(&self, class: Class) -> Sku {
        let name = class.name();
        let description = match (self, class) {
            (Spread::Region(_), _) => format!("Regional {name} Class A Operations"),
            (Spread::Dual(_), Class::Standard) => "Dual-Region Standard Class A Operations".to_owned(),
            (Spread::Dual(_) | Spread::Multi(_), _) => {
                format!("Multi/Dual-Region {name} Class A Operations")
            }
        };
        sku(SERVICE, description, "global")
    }

    /// Reads.
    pub(super) fn class_b(&self, class: Class) -> Sku {
        let name = class.name();
        let description = match (self, class) {
            (Spread::Region(_), Class::Standard) => "Regional Standard Class B Operations".to_owned(),
            // The others cost the same wherever they are.
            _ => format!("{name} Class B Operations"),
        };
        sku(SERVICE, description, "global")
    }

    /// To another place on the same continent.
    pub(super) fn nearby(&self) -> Sku {
        let within = match continent(self.place()) {
            Some(Continent::NorthAmerica) => "Northern America",
            Some(Continent::SouthAmerica) => "South America",
            Some(Continent::Europe) => "Europe",
            Some(Continent::Asia) => "Asia",
            Some(Continent::Oceania) => "Oceania",
            Some(Continent::MiddleEast) => "Middle East",
            Some(Continent::Africa) => "Africa",
            None => self.place(),
        };
        sku(SERVICE, format!("Network Data Transfer GCP Inter Region within {within}"), "global")
    }

    /// Copies to the other region within 15 minutes.
    pub(super) fn turbo(&self) -> Sku {
        sku(SERVICE, "Turbo Replication", self.place())
    }
}

pub(super) fn retrieval(class: Class) -> Sku {
    sku(SERVICE, format!("{} Data Retrieval", class.name()), "global")
}

/// The watching of objects that Autoclass moves.
pub(super) fn autoclass() -> Sku {
    sku(SERVICE, "Autoclass Management Fee", "global")
}

/// To the rest of the world, by the usage that says where.
pub(super) const DOWNLOADS: [(&str, &str, &str); 4] = [
    (
        "monthly_egress_data_transfer_gb.worldwide",
        "Download worldwide",
        "Download Worldwide Destinations (excluding Asia & Australia)",
    ),
    ("monthly_egress_data_transfer_gb.asia", "Download in Asia", "Download APAC"),
    ("monthly_egress_data_transfer_gb.china", "Download in China", "Download China"),
    ("monthly_egress_data_transfer_gb.australia", "Download in Australia", "Download Australia"),
];

pub(super) fn download(description: &str) -> Sku {
    sku(SERVICE, description, "global")
}
