//! Infracost's JSON, version 0.2, as we and Infracost write it.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::estimate::Estimate;
use crate::unit::HOURS_A_MONTH;

mod made;

pub(crate) use made::{explained, free, is_unpriced, missing, resources, totals};
pub use made::{of, summary};

/// The version of the format that we write.
pub const VERSION: &str = "0.2";

/// What the pseudo resource that carries the allowances is called.
pub const ALLOWANCES: &str = "Free allowances";

/// The code of a project's warnings that each name a resource without a price.
pub(crate) const UNPRICED: u32 = 1;

/// The one component of a resource of a kind without a price.
pub const ALL_CHARGES: &str = "All charges";

/// The whole file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    pub version: String,
    #[serde(default)]
    pub metadata: Value,
    #[serde(default = "dollars")]
    pub currency: String,
    pub projects: Vec<Project>,
    #[serde(default)]
    pub total_hourly_cost: Option<Decimal>,
    #[serde(default)]
    pub total_monthly_cost: Option<Decimal>,
    #[serde(default)]
    pub total_monthly_usage_cost: Option<Decimal>,
    #[serde(default)]
    pub past_total_hourly_cost: Option<Decimal>,
    #[serde(default)]
    pub past_total_monthly_cost: Option<Decimal>,
    #[serde(default)]
    pub past_total_monthly_usage_cost: Option<Decimal>,
    #[serde(default)]
    pub diff_total_hourly_cost: Option<Decimal>,
    #[serde(default)]
    pub diff_total_monthly_cost: Option<Decimal>,
    #[serde(default)]
    pub diff_total_monthly_usage_cost: Option<Decimal>,
    #[serde(default)]
    pub time_generated: String,
    #[serde(default)]
    pub summary: Summary,
}

fn dollars() -> String {
    "USD".to_owned()
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    pub name: String,
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub metadata: Value,
    #[serde(default)]
    pub past_breakdown: Option<Breakdown>,
    #[serde(default)]
    pub breakdown: Option<Breakdown>,
    #[serde(default)]
    pub diff: Option<Breakdown>,
    #[serde(default)]
    pub summary: Summary,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Breakdown {
    #[serde(default)]
    pub resources: Vec<Costed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub free_resources: Vec<Costed>,
    #[serde(default)]
    pub total_hourly_cost: Option<Decimal>,
    #[serde(default)]
    pub total_monthly_cost: Option<Decimal>,
    #[serde(default)]
    pub total_monthly_usage_cost: Option<Decimal>,
}

/// A resource in a breakdown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Costed {
    pub name: String,
    #[serde(default)]
    pub resource_type: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub tags: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: Map<String, Value>,
    #[serde(default)]
    pub hourly_cost: Option<Decimal>,
    #[serde(default)]
    pub monthly_cost: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly_usage_cost: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub cost_components: Vec<Component>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub subresources: Vec<Costed>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Component {
    pub name: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub hourly_quantity: Option<Decimal>,
    #[serde(default)]
    pub monthly_quantity: Option<Decimal>,
    #[serde(default)]
    pub price: Option<Decimal>,
    #[serde(default)]
    pub hourly_cost: Option<Decimal>,
    #[serde(default)]
    pub monthly_cost: Option<Decimal>,
    #[serde(default)]
    pub usage_based: bool,
    #[serde(default)]
    pub price_not_found: bool,
    /// Whether it may cost more than it says. Infracost's format has no place for it.
    #[serde(skip)]
    pub at_least: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Summary {
    pub total_detected_resources: usize,
    pub total_supported_resources: usize,
    pub total_unsupported_resources: usize,
    pub total_usage_based_resources: usize,
    /// Infracost means those that are free.
    pub total_no_price_resources: usize,
    #[serde(deserialize_with = "or_default")]
    pub unsupported_resource_counts: BTreeMap<String, usize>,
    #[serde(deserialize_with = "or_default")]
    pub no_price_resource_counts: BTreeMap<String, usize>,
}

/// Infracost writes `null` where a list or map is empty.
fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// Why a file is no breakdown.
#[derive(Debug, thiserror::Error)]
pub enum BreakdownError {
    #[error("not the JSON of a cost report")]
    Json(#[from] serde_json::Error),
    #[error("{what}, not the JSON of a cost report")]
    Other { what: &'static str },
    #[error("a cost report of version {0}, of which only 0.2 is known")]
    Version(String),
}

/// Reads a cost report, ours or Infracost's.
///
/// # Errors
/// Says what the text is instead, where it is a plan or a state of Terraform.
pub fn read(text: &str) -> Result<File, BreakdownError> {
    let value: Value = serde_json::from_str(text)?;
    let has = |key: &str| value.get(key).is_some();
    let what = if has("planned_values") {
        Some("a Terraform plan")
    } else if has("terraform_version") {
        Some("a Terraform state")
    } else if !has("projects") {
        Some("something else")
    } else {
        None
    };
    if let Some(what) = what {
        return Err(BreakdownError::Other { what });
    }
    match value.get("version").and_then(Value::as_str) {
        Some(VERSION) => {
            let mut file: File = serde_json::from_value(value)?;
            file.projects.iter_mut().for_each(Project::add_unpriced);
            Ok(file)
        }
        version => Err(BreakdownError::Version(version.unwrap_or("(none)").to_owned())),
    }
}

impl Project {
    /// Adds the resources without a price that its warnings name, so that they are no news in a comparison.
    fn add_unpriced(&mut self) {
        let warnings = self.metadata.get("warnings").and_then(Value::as_array).into_iter().flatten();
        let named = warnings.filter(|it| it["code"] == UNPRICED).filter_map(|it| {
            Some(Costed {
                name: it["data"]["name"].as_str()?.to_owned(),
                resource_type: it["data"]["resourceType"].as_str().unwrap_or_default().to_owned(),
                cost_components: vec![made::all_charges()],
                ..Costed::default()
            })
        });
        if let Some(breakdown) = &mut self.breakdown {
            breakdown.resources.extend(named);
        }
    }
}

/// The breakdowns of all projects as one.
pub(crate) struct Whole<'a> {
    pub resources: Vec<&'a Costed>,
    pub free: Vec<&'a Costed>,
    pub monthly: Option<Decimal>,
    pub monthly_usage: Option<Decimal>,
}

impl File {
    /// An estimate to compare another with: its breakdown, and nothing else.
    pub fn of(estimate: &Estimate) -> File {
        let breakdown = Breakdown { resources: explained(estimate).collect(), ..of(estimate) };
        File {
            version: VERSION.to_owned(),
            currency: estimate.currency.code.clone(),
            projects: vec![Project { breakdown: Some(breakdown), ..Project::default() }],
            ..File::default()
        }
    }

    pub(crate) fn whole(&self) -> Whole<'_> {
        let all: Vec<&Breakdown> = self.projects.iter().filter_map(|it| it.breakdown.as_ref()).collect();
        Whole {
            resources: all.iter().flat_map(|it| &it.resources).collect(),
            free: all.iter().flat_map(|it| &it.free_resources).collect(),
            monthly: all.iter().map(|it| it.total_monthly_cost).fold(None, sum),
            monthly_usage: all.iter().map(|it| it.total_monthly_usage_cost).fold(None, sum),
        }
    }
}

fn sum(a: Option<Decimal>, b: Option<Decimal>) -> Option<Decimal> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, None) | (None, one) => one,
    }
}

pub(crate) fn hourly(monthly: Decimal) -> Decimal {
    (monthly / Decimal::from(HOURS_A_MONTH)).round_dp(15).normalize()
}

#[cfg(test)]
mod tests;
