//! A service-level objective: how good a service is to be.

use engine::{Bill, Billed, Input, Invalid, Labels, Output, Rule, Seconds};
use serde::Serialize;

use super::API;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::schema::monitoring_v3::{CalendarPeriod, SERVICE_LEVEL_OBJECTIVE, ServiceLevelIndicator};
use crate::stack::Handle;

/// A service-level objective of a monitored service.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLevelObjective {
    /// The monitored service's id: `service.service_id().into()`.
    pub service: Input<String>,
    /// The last part of its name: letters, digits, `-` and `_`.
    pub name: Input<String>,
    pub display_name: Input<String>,
    /// The share that must be good: more than 0, at most 0.9999.
    pub goal: Input<f64>,
    /// 1 to 30 whole days, looking back from now.
    pub rolling_period: Input<Seconds>,
    /// In place of a rolling period.
    pub calendar_period: Input<CalendarPeriod>,
    /// What is measured.
    pub service_level_indicator: Option<ServiceLevelIndicator>,
    pub user_labels: Labels,
}

const DAY: u64 = 86_400;

impl Resource for ServiceLevelObjective {
    const KIND: Kind = Kind::new(
        "gcp:monitoring/v3:ServiceLevelObjective",
        "objective",
        API,
        "v3/projects/{project}/services/{service}/serviceLevelObjectives/{name}",
        &SERVICE_LEVEL_OBJECTIVE,
    )
    .named("[A-Za-z0-9_-]{1,63}", |it| check::word(it, 63))
    .create(Create::Post { query: &[("serviceLevelObjectiveId", "{name}")], body: &[] })
    .update(Updating::MaskInQuery)
    .permission("monitoring.slos")
    .rules(&[Rule::Bound("service")]);

    fn check(&self) -> Vec<Invalid> {
        let mut found =
            check::all([check::required("service", &self.service), check::required("goal", &self.goal)]);
        if let Some(goal) = self.goal.value()
            && !(*goal > 0.0 && *goal <= 0.9999)
        {
            let invalid = Invalid::new("goal", format!("{goal} is not more than 0 and at most 0.9999"));
            found.push(invalid.hint("write 99.5 % as 0.995"));
        }
        found.extend(check::exactly_one(&[
            ("rollingPeriod", !self.rolling_period.is_unset()),
            ("calendarPeriod", !self.calendar_period.is_unset()),
        ]));
        if let Some(it) = self.rolling_period.value().map(|it| it.whole())
            && (it % DAY != 0 || !(DAY..=30 * DAY).contains(&it))
        {
            found.push(Invalid::new("rollingPeriod", format!("\"{it}s\" is not 1 to 30 whole days")));
        }
        if self.service_level_indicator.is_none() {
            found.push(Invalid::new("serviceLevelIndicator", "must be set"));
        }
        found
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Service-level objectives are free; alerts on them are charged as alerts.")
    }
}

impl Handle<ServiceLevelObjective> {
    /// `projects/{project}/services/{service}/serviceLevelObjectives/{name}`.
    pub fn id(&self) -> Output<String> {
        let (service, name) = (self.service.text().unwrap_or_default(), self.text_or_name(&self.name));
        self.known(format!("projects/{}/services/{service}/serviceLevelObjectives/{name}", self.project()))
    }
}
