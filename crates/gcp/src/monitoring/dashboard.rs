//! A dashboard: charts side by side.

use engine::{
    Bill, Billed, Call, Failure, Input, Invalid, Labels, Live, Method, Output, Repeat, Rule, Session, Update,
};
use serde::Serialize;

use super::API;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::monitoring_v1::{
    ColumnLayout, DASHBOARD, DashboardAnnotations, DashboardFilter, GridLayout, MosaicLayout, RowLayout,
};
use crate::stack::Handle;

/// A Cloud Monitoring dashboard, in one of four layouts.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    /// The last part of its address: letters, digits, `-` and `_`.
    pub name: Input<String>,
    pub display_name: Input<String>,
    pub labels: Labels,
    pub grid_layout: Option<GridLayout>,
    pub mosaic_layout: Option<MosaicLayout>,
    pub row_layout: Option<RowLayout>,
    pub column_layout: Option<ColumnLayout>,
    pub dashboard_filters: Vec<DashboardFilter>,
    pub annotations: Option<DashboardAnnotations>,
}

impl Resource for Dashboard {
    const KIND: Kind = Kind::new(
        "gcp:monitoring/v1:Dashboard",
        "dashboard",
        API,
        "v1/projects/{project}/dashboards/{name}",
        &DASHBOARD,
    )
    .named("[A-Za-z0-9_-]{1,500}", |it| check::word(it, 500))
    .create(Create::Post { query: &[], body: &[("name", "projects/{project}/dashboards/{name}")] })
    .update(Updating::Own)
    .permission("monitoring.dashboards")
    .one_at_a_time()
    .rules(&[
        Rule::Name("**.resourceNames[*]"),
        Rule::Default("**.targetAxis", "\"Y1\""),
        Rule::Default("**.crossSeriesReducer", "\"REDUCE_NONE\""),
        Rule::Default("**.perSeriesAligner", "\"ALIGN_NONE\""),
        Rule::Trimmed("**.filter"),
        Rule::Trimmed("**.prometheusQuery"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([check::required("displayName", &self.display_name)]);
        found.extend(check::at_most_one(&[
            ("gridLayout", self.grid_layout.is_some()),
            ("mosaicLayout", self.mosaic_layout.is_some()),
            ("rowLayout", self.row_layout.is_some()),
            ("columnLayout", self.column_layout.is_some()),
        ]));
        found
    }

    /// Sent as it is declared: what the server filled in belongs to the chart that was there before.
    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let path = rest::path(&Self::KIND, update.at).ok_or_else(|| rest::unnamed(&Self::KIND))?;
        let mut body = rest::body(&Self::KIND, update.desired);
        body.insert("labels".to_owned(), rest::merged(&Self::KIND, &update, "labels"));
        for field in ["name", "etag"] {
            body.insert(field.to_owned(), update.live.state[field].clone());
        }
        body.retain(|_, value| !value.is_null());
        let call = Call::new(Method::Patch, API, path).body(body.into()).repeat(Repeat::Safe);
        rest::update_by(&Self::KIND, session, update.at, &call).await
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Dashboards are free.")
    }
}

impl Handle<Dashboard> {
    /// `projects/{project}/dashboards/{name}`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/dashboards/{}", self.project(), self.text_or_name(&self.name)))
    }

    /// Where people look at it.
    pub fn url(&self) -> Output<String> {
        let name = self.text_or_name(&self.name);
        let console = "https://console.cloud.google.com/monitoring/dashboards/builder";
        self.known(format!("{console}/{name}?project={}", self.project()))
    }
}
