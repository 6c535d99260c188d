//! A monitored service: what objectives are about.

use engine::{Bill, Billed, Input, Invalid, Labels, Output, Rule};
use serde::Serialize;

use super::API;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::schema::monitoring_v3::{
    AppEngine, BasicService, CloudEndpoints, CloudRun, ClusterIstio, Custom, GkeNamespace, GkeService,
    GkeWorkload, IstioCanonicalService, MeshIstio, SERVICE, Telemetry,
};
use crate::stack::Handle;

/// A service as Cloud Monitoring sees it: one of a sort that it knows, or `custom`.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MonitoredService {
    /// The last part of its name: letters, digits, `-` and `_`.
    pub name: Input<String>,
    pub display_name: Input<String>,
    pub user_labels: Labels,
    /// Of no sort that Google knows.
    pub custom: Option<Custom>,
    pub basic_service: Option<BasicService>,
    pub cloud_run: Option<CloudRun>,
    pub cloud_endpoints: Option<CloudEndpoints>,
    pub app_engine: Option<AppEngine>,
    pub cluster_istio: Option<ClusterIstio>,
    pub mesh_istio: Option<MeshIstio>,
    pub istio_canonical_service: Option<IstioCanonicalService>,
    pub gke_namespace: Option<GkeNamespace>,
    pub gke_workload: Option<GkeWorkload>,
    pub gke_service: Option<GkeService>,
    pub telemetry: Option<Telemetry>,
}

impl Resource for MonitoredService {
    const KIND: Kind = Kind::new(
        "gcp:monitoring/v3:MonitoredService",
        "monitored service",
        API,
        "v3/projects/{project}/services/{name}",
        &SERVICE,
    )
    .named("[A-Za-z0-9_-]{1,63}", |it| check::word(it, 63))
    .create(Create::Post { query: &[("serviceId", "{name}")], body: &[] })
    .update(Updating::MaskInQuery)
    .permission("monitoring.services")
    .rules(&[
        Rule::Presence("custom"),
        Rule::Immutable("custom"),
        Rule::Immutable("basicService"),
        Rule::Immutable("cloudRun"),
        Rule::Immutable("cloudEndpoints"),
        Rule::Immutable("appEngine"),
        Rule::Immutable("clusterIstio"),
        Rule::Immutable("meshIstio"),
        Rule::Immutable("istioCanonicalService"),
        Rule::Immutable("gkeNamespace"),
        Rule::Immutable("gkeWorkload"),
        Rule::Immutable("gkeService"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        found.extend(check::exactly_one(&[
            ("custom", self.custom.is_some()),
            ("basicService", self.basic_service.is_some()),
            ("cloudRun", self.cloud_run.is_some()),
            ("cloudEndpoints", self.cloud_endpoints.is_some()),
            ("appEngine", self.app_engine.is_some()),
            ("clusterIstio", self.cluster_istio.is_some()),
            ("meshIstio", self.mesh_istio.is_some()),
            ("istioCanonicalService", self.istio_canonical_service.is_some()),
            ("gkeNamespace", self.gke_namespace.is_some()),
            ("gkeWorkload", self.gke_workload.is_some()),
            ("gkeService", self.gke_service.is_some()),
        ]));
        found
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Monitored services are free.")
    }
}

impl Handle<MonitoredService> {
    /// `{name}`, as an objective takes it.
    pub fn service_id(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }

    /// `projects/{project}/services/{name}`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/services/{}", self.project(), self.text_or_name(&self.name)))
    }
}
