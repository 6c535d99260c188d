//! Infracost's JSON, which its own `output` and `comment` take.

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Context;
use crate::breakdown::{self, Breakdown, File, Project, VERSION, hourly};
use crate::diff::{CurrencyDiffers, diff};
use crate::estimate::Estimate;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Currency(#[from] CurrencyDiffers),
    #[error("the time {0} has no RFC 3339 form")]
    Time(OffsetDateTime),
    #[error("the report has no JSON form")]
    Json(#[from] serde_json::Error),
}

/// An estimate as a file, compared with a past one where there is one.
///
/// # Errors
/// If the past is in another currency.
pub fn file(estimate: &Estimate, past: Option<&File>, context: &Context) -> Result<File, ReportError> {
    let mut now = breakdown::of(estimate);
    let zero = Breakdown {
        total_hourly_cost: Some(0.into()),
        total_monthly_cost: Some(0.into()),
        total_monthly_usage_cost: Some(0.into()),
        ..Breakdown::default()
    };
    let before = match past {
        None => zero,
        Some(file) if file.currency == estimate.currency.code => file.whole(),
        Some(file) => {
            let (past, now) = (file.currency.clone(), estimate.currency.code.clone());
            return Err(CurrencyDiffers { past, now }.into());
        }
    };
    let change = diff(&before, &now).breakdown();
    breakdown::explain(&mut now, estimate);
    let summary = breakdown::summary(estimate);
    let rfc = |it: OffsetDateTime| it.format(&Rfc3339).map_err(|_| ReportError::Time(it));
    let commit = &context.commit;
    Ok(File {
        version: VERSION.to_owned(),
        metadata: json!({
            "infracostCommand": context.command,
            "vcsBranch": commit.branch,
            "vcsCommitSha": commit.sha,
            "vcsCommitAuthorName": commit.author,
            "vcsCommitAuthorEmail": commit.email,
            "vcsCommitTimestamp": rfc(commit.time)?,
            "vcsCommitMessage": commit.message,
        }),
        currency: estimate.currency.code.clone(),
        total_hourly_cost: now.total_hourly_cost,
        total_monthly_cost: now.total_monthly_cost,
        total_monthly_usage_cost: now.total_monthly_usage_cost,
        past_total_hourly_cost: before.total_monthly_cost.map(hourly),
        past_total_monthly_cost: before.total_monthly_cost,
        past_total_monthly_usage_cost: before.total_monthly_usage_cost,
        diff_total_hourly_cost: change.total_hourly_cost,
        diff_total_monthly_cost: change.total_monthly_cost,
        diff_total_monthly_usage_cost: change.total_monthly_usage_cost,
        time_generated: rfc(context.generated)?,
        summary: summary.clone(),
        projects: vec![Project {
            name: context.project.clone(),
            display_name: String::new(),
            metadata: json!({ "path": context.path, "type": context.source }),
            past_breakdown: Some(before),
            breakdown: Some(now),
            diff: Some(change),
            summary,
        }],
    })
}

/// The file's text, on one line as Infracost writes it.
///
/// # Errors
/// If the past is in another currency.
pub fn write(estimate: &Estimate, past: Option<&File>, context: &Context) -> Result<String, ReportError> {
    Ok(serde_json::to_string(&file(estimate, past, context)?)? + "\n")
}

#[cfg(test)]
mod tests;
