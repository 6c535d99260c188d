//! An alert: when metrics look like this, somebody is told.

use engine::{Bill, Billed, Input, Invalid, Labels, Output, Rule, Seconds, UsageKey};
use serde::Serialize;
use serde_json::Value;

use super::API;
use crate::bill::{Lines, key, sku};
use crate::check;
use crate::resource::{Create, Find, Kind, Resource, Updating};
use crate::schema::monitoring_v3::{
    ALERT_POLICY, AlertStrategy, Combiner, Comparison, Condition, Documentation, Severity,
};
use crate::stack::Handle;

/// An alerting policy. Google makes up its id, so it is known again by its display name.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertPolicy {
    /// At most 512 characters; what people and we know it by.
    pub display_name: Input<String>,
    /// How the conditions go together.
    pub combiner: Input<Combiner>,
    /// 1 to 6, told apart by their display names.
    pub conditions: Vec<Condition>,
    /// Full names of channels: `channel.id().into()`.
    pub notification_channels: Vec<Input<String>>,
    pub alert_strategy: Option<AlertStrategy>,
    /// What is in the message.
    pub documentation: Option<Documentation>,
    pub severity: Input<Severity>,
    /// True if not set.
    pub enabled: Input<bool>,
    pub user_labels: Labels,
}

const POINTS: &str = "monthly_condition_points";

/// How many metrics a condition refers to: one, or two where it is a ratio of different ones; none where it
/// matches log entries.
fn references(condition: &Value) -> u32 {
    if condition.get("conditionMatchedLog").is_some_and(|it| !it.is_null()) {
        return 0;
    }
    let metric = |filter: &Value| {
        let (_, rest) = filter.as_str()?.split_once("metric.type")?;
        rest.split('"').nth(1).map(str::to_owned)
    };
    let threshold = &condition["conditionThreshold"];
    let below = &threshold["denominatorFilter"];
    let is_ratio = below.as_str().is_some_and(|it| !it.is_empty());
    if is_ratio && metric(&threshold["filter"]) != metric(below) { 2 } else { 1 }
}

impl Resource for AlertPolicy {
    const KIND: Kind = Kind::new(
        "gcp:monitoring/v3:AlertPolicy",
        "alert policy",
        API,
        "v3/projects/{project}/alertPolicies/{id}",
        &ALERT_POLICY,
    )
    // Without a filter one list serves all policies of a stack.
    .made_id(Find { items: "alertPolicies", query: &[("pageSize", "1000")], by: &["displayName"] })
    .create(Create::Post { query: &[], body: &[] })
    .update(Updating::MaskInQuery)
    .permission("monitoring.alertPolicies")
    .listed("alertPolicies", &[("pageSize", "1000")])
    .one_at_a_time()
    .rules(&[
        Rule::Default("enabled", "true"),
        Rule::Keyed("conditions", "displayName"),
        Rule::Default("**.crossSeriesReducer", "\"REDUCE_NONE\""),
        Rule::Default("**.perSeriesAligner", "\"ALIGN_NONE\""),
        Rule::Default("**.evaluationInterval", "\"30s\""),
        Rule::Default("**.mimeType", "\"text/markdown\""),
        Rule::Trimmed("**.filter"),
        Rule::Trimmed("**.query"),
        Rule::Set("notificationChannels"),
        Rule::Name("notificationChannels[*]"),
        Rule::Name("alertStrategy.notificationChannelStrategy[*].notificationChannelNames[*]"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::required("displayName", &self.display_name),
            check::text("displayName", &self.display_name, "at most 512 characters", |it| {
                it.chars().count() <= 512
            }),
            check::required("combiner", &self.combiner),
        ]);
        if !(1..=6).contains(&self.conditions.len()) {
            found.push(Invalid::new(
                "conditions",
                format!("must be 1 to 6, and are {}", self.conditions.len()),
            ));
        }
        let mut names: Vec<&str> = Vec::new();
        for (i, condition) in self.conditions.iter().enumerate() {
            let at = format!("conditions[{i}]");
            found.extend(check_condition(&at, condition));
            let name = condition.display_name.text().unwrap_or_default();
            if !name.is_empty() && names.contains(&name) {
                found.push(Invalid::new(
                    &format!("{at}.displayName"),
                    format!("there are two called \"{name}\""),
                ));
            }
            names.push(name);
            let rated = self.alert_strategy.as_ref().is_some_and(|it| it.notification_rate_limit.is_some());
            if condition.condition_matched_log.is_some() && !rated {
                let problem = "must be set, for a condition on logs";
                found.push(Invalid::new("alertStrategy.notificationRateLimit", problem));
            }
        }
        found
    }

    const USAGE: &'static [UsageKey] = &[key(
        POINTS,
        "points a month",
        "What the queries of its conditions return, one a time series and run.",
    )];

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        let price =
            |what: &str| sku("Cloud Monitoring", format!("Alerting: {what} (from 2027-09-01)"), "global");
        let filter = "/conditions/*/conditionThreshold/filter";
        lines.counted_by(&[filter, "/conditions/*/conditionThreshold/denominatorFilter"]);
        let conditions = of.inputs["conditions"].as_array().into_iter().flatten();
        let references: u32 = conditions.map(references).sum();
        let name = "Metrics that conditions refer to (charged from 2027-09-01)";
        lines.fixed(name, price("metric reference in an alerting policy"), "mo", references);
        lines.counted_by(&[]);
        let name = "Points returned to conditions (charged from 2027-09-01)";
        lines.metered(name, price("points returned by condition queries"), "count", POINTS);
        lines.bill()
    }
}

fn check_condition(at: &str, it: &Condition) -> Vec<Invalid> {
    let field = |name: &str| format!("{at}.{name}");
    let mut found = check::exactly_one(&[
        (&field("conditionThreshold"), it.condition_threshold.is_some()),
        (&field("conditionAbsent"), it.condition_absent.is_some()),
        (&field("conditionMatchedLog"), it.condition_matched_log.is_some()),
        (&field("conditionMonitoringQueryLanguage"), it.condition_monitoring_query_language.is_some()),
        (&field("conditionPrometheusQueryLanguage"), it.condition_prometheus_query_language.is_some()),
        (&field("conditionSql"), it.condition_sql.is_some()),
    ]);
    found.extend(check::required(&field("displayName"), &it.display_name));
    if let Some(it) = &it.condition_threshold {
        found.extend(check::required(&field("conditionThreshold.filter"), &it.filter));
        found.extend(minutes(&field("conditionThreshold.duration"), &it.duration, 0));
        let comparison = field("conditionThreshold.comparison");
        if let Some(Comparison::Ge | Comparison::Le | Comparison::Eq | Comparison::Ne) = it.comparison.value()
        {
            found.push(Invalid::new(&comparison, "must be Gt or Lt: the API takes no other"));
        }
        for (i, aggregation) in it.aggregations.iter().enumerate() {
            let field = field(&format!("conditionThreshold.aggregations[{i}].alignmentPeriod"));
            found.extend(check::seconds(&field, &aggregation.alignment_period, 60, u64::MAX));
        }
    }
    if let Some(it) = &it.condition_absent {
        found.extend(minutes(&field("conditionAbsent.duration"), &it.duration, 120));
    }
    found
}

/// A time in whole minutes, at least so many seconds.
fn minutes(field: &str, value: &Input<Seconds>, least: u64) -> Option<Invalid> {
    let it = value.value()?.whole();
    (it % 60 != 0 || it < least).then(|| {
        Invalid::new(field, format!("\"{it}s\" is not a multiple of \"60s\", at least \"{least}s\""))
    })
}

impl Handle<AlertPolicy> {
    /// `projects/{project}/alertPolicies/{id}`.
    pub fn id(&self) -> Output<String> {
        self.attribute("name")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::monitoring_v3::MetricThreshold;

    #[test]
    fn a_threshold_is_checked() {
        let threshold = MetricThreshold {
            comparison: Comparison::Ge.into(),
            duration: Seconds::new(90).into(),
            ..Default::default()
        };
        let it = AlertPolicy {
            display_name: "errors".into(),
            combiner: Combiner::Or.into(),
            conditions: vec![Condition {
                display_name: "c".into(),
                condition_threshold: Some(threshold),
                ..Default::default()
            }],
            ..Default::default()
        };
        let found: Vec<String> = it.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "conditions[0].conditionThreshold.filter: must be set",
                "conditions[0].conditionThreshold.duration: \"90s\" is not a multiple of \"60s\", at least \"0s\"",
                "conditions[0].conditionThreshold.comparison: must be Gt or Lt: the API takes no other",
            ]
        );
    }
}
