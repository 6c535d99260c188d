//! Infracost's JSON, which its own `output` and `comment` take.

use std::io::{self, Write};

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Context;
use crate::breakdown::{self, Costed, File, Summary, UNPRICED, VERSION, Whole, hourly};
use crate::diff::{Costs, CurrencyDiffers, changes};
use crate::estimate::{Billing, Estimate, Resource};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Currency(#[from] CurrencyDiffers),
    #[error("the time {0} has no RFC 3339 form")]
    Time(OffsetDateTime),
}

/// An estimate as a [`File`] that is made only while it is written: as a whole it is many times as large as the
/// estimate. Its fields are those of the file, in their order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report<'a> {
    version: &'static str,
    metadata: Value,
    currency: &'a str,
    projects: [Project<'a>; 1],
    total_hourly_cost: Decimal,
    total_monthly_cost: Decimal,
    total_monthly_usage_cost: Decimal,
    past_total_hourly_cost: Option<Decimal>,
    past_total_monthly_cost: Option<Decimal>,
    past_total_monthly_usage_cost: Option<Decimal>,
    /// None where something that changes has no price.
    diff_total_hourly_cost: Option<Decimal>,
    diff_total_monthly_cost: Option<Decimal>,
    diff_total_monthly_usage_cost: Option<Decimal>,
    time_generated: String,
    summary: Summary,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Project<'a> {
    name: &'a str,
    display_name: &'static str,
    metadata: Value,
    past_breakdown: Part<Vec<&'a Costed>, Vec<&'a Costed>>,
    breakdown: Part<Charged<'a>, Free<'a>>,
    diff: Part<Changes<'a>, ()>,
    summary: Summary,
}

/// A breakdown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part<R, F> {
    resources: R,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_resources: Option<F>,
    total_hourly_cost: Option<Decimal>,
    total_monthly_cost: Option<Decimal>,
    total_monthly_usage_cost: Option<Decimal>,
}

impl<R, F> Part<R, F> {
    fn new(resources: R, free: Option<F>, monthly: Option<Decimal>, usage: Option<Decimal>) -> Part<R, F> {
        Part {
            resources,
            free_resources: free,
            total_hourly_cost: monthly.map(hourly),
            total_monthly_cost: monthly,
            total_monthly_usage_cost: usage,
        }
    }
}

/// What is charged for now.
struct Charged<'a>(&'a Estimate);

impl Serialize for Charged<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(breakdown::explained(self.0).filter(|it| !breakdown::is_unpriced(it)))
    }
}

/// What is free now.
struct Free<'a>(&'a Estimate);

impl Serialize for Free<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(breakdown::free(self.0))
    }
}

/// What is not as it was.
struct Changes<'a> {
    past: Option<&'a File>,
    now: &'a Estimate,
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(changes(&whole(self.past), self.now).filter_map(|it| it.told()))
    }
}

/// What there was; without a report of it, nothing.
fn whole(past: Option<&File>) -> Whole<'_> {
    let nothing = Some(Decimal::ZERO);
    let nothing =
        || Whole { resources: Vec::new(), free: Vec::new(), monthly: nothing, monthly_usage: nothing };
    past.map_or_else(nothing, File::whole)
}

/// Where it is from, what of it is only part of the whole, and what has no price: as Infracost writes warnings, for its
/// breakdown has no place for a resource that it cannot price.
fn metadata(estimate: &Estimate, context: &Context) -> Value {
    let mut metadata = json!({ "path": context.path, "type": context.source });
    let warning = |it: &String| json!({ "code": 0, "message": it, "data": null, "isError": false });
    let partial = context.partial.iter().map(warning);
    let unpriced = estimate.resources.iter().filter_map(|it| match &it.billing {
        Billing::Unsupported(why) => Some(json!({
            "code": UNPRICED,
            "message": format!("{}: {why}", it.address),
            "data": { "name": it.address, "resourceType": it.type_name },
            "isError": false,
        })),
        Billing::Free(_) | Billing::Lines(_) => None,
    });
    let warnings: Vec<Value> = partial.chain(unpriced).collect();
    if !warnings.is_empty() {
        metadata["warnings"] = Value::Array(warnings);
    }
    metadata
}

impl<'a> Report<'a> {
    /// A report on an estimate, compared with a past one where there is one.
    ///
    /// # Errors
    /// If the past is in another currency.
    pub fn new(
        estimate: &'a Estimate,
        past: Option<&'a File>,
        context: &'a Context,
    ) -> Result<Report<'a>, ReportError> {
        let currency = estimate.currency.code.as_str();
        if let Some(past) = past.filter(|it| it.currency != currency) {
            let (past, now) = (past.currency.clone(), currency.to_owned());
            return Err(CurrencyDiffers { past, now }.into());
        }
        let before = whole(past);
        let (monthly, usage) = breakdown::totals(estimate);
        let more = |past, now| Costs { past, now: Some(now) }.difference().normalize();
        let unpriced = past.is_some() && changes(&before, estimate).any(|it| it.unpriced());
        let known = |it: Decimal| (!unpriced).then_some(it);
        let more_monthly = known(more(before.monthly, monthly));
        let more_usage = known(more(before.monthly_usage, usage));
        let is_free = |it: &Resource| matches!(it.billing, Billing::Free(_));
        let has_free = estimate.resources.iter().any(is_free);
        let summary = breakdown::summary(estimate);
        let rfc = |it: OffsetDateTime| it.format(&Rfc3339).map_err(|_| ReportError::Time(it));
        let commit = &context.commit;
        Ok(Report {
            version: VERSION,
            metadata: json!({
                "infracostCommand": context.command,
                "vcsBranch": commit.branch,
                "vcsCommitSha": commit.sha,
                "vcsCommitAuthorName": commit.author,
                "vcsCommitAuthorEmail": commit.email,
                "vcsCommitTimestamp": rfc(commit.time)?,
                "vcsCommitMessage": commit.message,
            }),
            currency,
            total_hourly_cost: hourly(monthly),
            total_monthly_cost: monthly,
            total_monthly_usage_cost: usage,
            past_total_hourly_cost: before.monthly.map(hourly),
            past_total_monthly_cost: before.monthly,
            past_total_monthly_usage_cost: before.monthly_usage,
            diff_total_hourly_cost: more_monthly.map(hourly),
            diff_total_monthly_cost: more_monthly,
            diff_total_monthly_usage_cost: more_usage,
            time_generated: rfc(context.generated)?,
            summary: summary.clone(),
            projects: [Project {
                name: &context.project,
                display_name: "",
                metadata: metadata(estimate, context),
                past_breakdown: Part::new(
                    before.resources,
                    (!before.free.is_empty()).then_some(before.free),
                    before.monthly,
                    before.monthly_usage,
                ),
                breakdown: Part::new(
                    Charged(estimate),
                    has_free.then_some(Free(estimate)),
                    Some(monthly),
                    Some(usage),
                ),
                diff: Part::new(Changes { past, now: estimate }, None, more_monthly, more_usage),
                summary,
            }],
        })
    }

    /// Writes it on one line, as Infracost does.
    ///
    /// # Errors
    /// If it cannot be written to where it goes.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut to, self)?;
        to.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests;
