//! A Cloud Run service: containers that answer requests, as many as it takes.

use engine::{Bill, Billed, Failure, Input, Invalid, Labels, Live, Output, Rule, Session, Update, UsageKey};
use serde::Serialize;
use serde_json::Value;

use super::{API, CPUS, bill, traffic};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::run::{
    BinaryAuthorization, BuildConfig, FunctionalType, Ingress, LaunchStage, MultiRegionSettings,
    RevisionTemplate, SERVICE, ServiceScaling, TrafficTarget,
};
use crate::stack::Handle;

/// A Cloud Run service.
///
/// A container's `resources` say all of them: without `cpu_idle: true` beside the limits, CPU is paid for
/// around the clock.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// 1 to 49 lower-case letters, digits and hyphens, a letter first, no hyphen last.
    pub name: Input<String>,
    /// The region; the stack's if not set.
    pub location: Input<String>,
    /// At most 512 characters.
    pub description: Input<String>,
    pub labels: Labels,
    pub annotations: Labels,
    /// What runs. Any change makes a new revision.
    pub template: Option<RevisionTemplate>,
    /// All to the latest revision if not set; percentages sum up to 100.
    pub traffic: Vec<TrafficTarget>,
    /// 1 to 99: how many percent of the traffic a new revision gets at first, under the tag `canary`. The rest stays with
    /// the one that had most of it, until `stack promote` moves it. Not together with `traffic`: where it goes is then not
    /// declared, and not compared.
    pub canary_percent: Input<i64>,
    /// Who can reach it; everybody if not set.
    pub ingress: Input<Ingress>,
    /// Instances of all revisions together.
    pub scaling: Option<ServiceScaling>,
    /// Lets everybody call it, whatever roles say.
    pub invoker_iam_disabled: Input<bool>,
    /// Takes the `run.app` address away.
    pub default_uri_disabled: Input<bool>,
    pub iap_enabled: Input<bool>,
    pub ssh_enabled: Input<bool>,
    /// Audiences that tokens may be for, beside its own address.
    pub custom_audiences: Vec<Input<String>>,
    /// Needed for what is not generally available; Google may give back another.
    pub launch_stage: Input<LaunchStage>,
    pub binary_authorization: Option<BinaryAuthorization>,
    /// How it is built from source.
    pub build_config: Option<BuildConfig>,
    pub multi_region_settings: Option<MultiRegionSettings>,
    pub functional_type: Input<FunctionalType>,
}

impl Resource for Service {
    const KIND: Kind = Kind::new(
        "gcp:run/v2:Service",
        "service",
        API,
        "v2/projects/{project}/locations/{location}/services/{name}",
        &SERVICE,
    )
    .named("[a-z]([a-z0-9-]{0,47}[a-z0-9])?", |it| it.len() < 50 && check::dns_label(it))
    .create(Create::Post { query: &[("serviceId", "{name}")], body: &[] })
    .update(Updating::Whole { put: false, etag: true })
    .operations()
    .permission("run.services")
    // The v2 of the API has no list of locations, and refuses `-` for all of them.
    .locations("v1")
    .listed("services", &[])
    .acts()
    .ours(&["canaryPercent"])
    .rules(&[
        Rule::Default("ingress", "\"INGRESS_TRAFFIC_ALL\""),
        Rule::InputOnly("launchStage"),
        Rule::Default("traffic", "[{\"type\":\"TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST\",\"percent\":100}]"),
        Rule::Default("scaling.scalingMode", "\"AUTOMATIC\""),
        Rule::Set("customAudiences"),
        Rule::Default("template.timeout", "\"300s\""),
        Rule::Default("template.maxInstanceRequestConcurrency", "80"),
        Rule::Keyed("template.containers[*].env", "name"),
        Rule::Alias("template.containers[*].resources.limits.cpu", CPUS),
        Rule::Keyed("template.containers[*].volumeMounts", "mountPath"),
        Rule::Keyed("template.volumes", "name"),
        Rule::Set("template.volumes[*].cloudSqlInstance.instances"),
        Rule::Name("template.volumes[*].secret.secret"),
        Rule::Name("**.secretKeyRef.secret"),
        Rule::Name("template.vpcAccess.connector"),
        Rule::Name("template.vpcAccess.networkInterfaces[*].network"),
        Rule::Name("template.vpcAccess.networkInterfaces[*].subnetwork"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found =
            check::all([check::text("description", &self.description, "at most 512 characters", |it| {
                it.chars().count() <= 512
            })]);
        let containers = self.template.iter().flat_map(|it| &it.containers);
        let images: Vec<&Input<String>> = containers.map(|it| &it.image).collect();
        if images.is_empty() {
            found.push(Invalid::new("template.containers", "must have at least one container"));
        }
        for (i, image) in images.into_iter().enumerate() {
            found.extend(check::required(&format!("template.containers[{i}].image"), image));
        }
        if let Some(it) = &self.template {
            found.extend(check::seconds("template.timeout", &it.timeout, 1, 3600));
            let ports = it.containers.iter().map(|it| it.ports.len()).sum::<usize>();
            if ports > 1 {
                found.push(Invalid::new("template.containers", "can have one port in all"));
            }
        }
        let percents: Option<Vec<i64>> =
            self.traffic.iter().map(|it| it.percent.value().copied().or(Some(0))).collect();
        let sum: i64 = percents.unwrap_or_default().iter().sum();
        if !self.traffic.is_empty() && sum != 100 {
            found.push(Invalid::new("traffic", format!("percentages sum up to {sum}, not 100")));
        }
        if let Some(percent) = self.canary_percent.value() {
            if !(1..=99).contains(percent) {
                found.push(Invalid::new("canaryPercent", format!("is {percent}, not 1 to 99")));
            }
            if !self.traffic.is_empty() {
                found.push(Invalid::new("canaryPercent", "cannot be set together with traffic"));
            }
        }
        found
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let Some(mut call) = rest::changing(&Self::KIND, &update)? else { return Ok(update.live.clone()) };
        if update.desired["template"].get("revision").is_none()
            && let Some(template) =
                call.body.as_mut().and_then(|it| it.get_mut("template")).and_then(Value::as_object_mut)
        {
            // A revision keeps its name for good, so the next one must not carry it on.
            template.remove("revision");
        }
        // A target is one whole: with what is live laid under it, one of the latest revision would keep an earlier one's name.
        let declared = update.desired["traffic"].as_array().filter(|it| !it.is_empty());
        if let (Some(declared), Some(body)) = (declared, call.body.as_mut()) {
            body["traffic"] = Value::Array(declared.clone());
        }
        // Only what makes a new revision has one to try out.
        let is_new = update.changes.iter().any(|it| it.path.top() == Some("template"));
        if let (Some(percent), true) = (update.desired["canaryPercent"].as_i64(), is_new)
            && let Some(body) = call.body.as_mut()
        {
            body["traffic"] = traffic::split(&update.live.state, percent);
        }
        rest::update_by(&Self::KIND, session, update.at, &call).await
    }

    const USAGE: &'static [UsageKey] = bill::USAGE;

    fn bill(of: &Billed<'_>) -> Bill {
        bill::bill(of)
    }
}

impl Handle<Service> {
    /// `https://{name}-….run.app`.
    pub fn uri(&self) -> Output<String> {
        self.attribute("uri")
    }

    /// `projects/{project}/locations/{location}/services/{name}`.
    pub fn id(&self) -> Output<String> {
        let (location, name) = (self.location_or_region(&self.location), self.text_or_name(&self.name));
        self.known(format!("projects/{}/locations/{location}/services/{name}", self.project()))
    }

    /// `{name}`, as metrics know it.
    pub fn service_name(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }
}
