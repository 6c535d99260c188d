//! A workload identity pool: identities from elsewhere that Google Cloud trusts.

use engine::{
    Bill, Billed, Call, Cause, Failure, Input, Invalid, Live, Method, Output, Place, Repeat, Rule, Session,
    Update,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{API, is_id};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::iam::{
    InlineCertificateIssuanceConfig, InlineTrustConfig, WORKLOAD_IDENTITY_POOL, WorkloadIdentityPoolMode,
};
use crate::stack::Handle;

/// A workload identity pool. Deleted, it can be had back for 30 days, and its name is taken for as long: declared
/// again in that time, it comes back.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadIdentityPool {
    /// 4 to 32 lower-case letters, digits and hyphens, not `gcp-…`.
    pub name: Input<String>,
    /// At most 32 characters.
    pub display_name: Input<String>,
    /// At most 256 characters.
    pub description: Input<String>,
    pub disabled: Input<bool>,
    /// Fixed for good.
    pub mode: Input<WorkloadIdentityPoolMode>,
    pub inline_certificate_issuance_config: Option<InlineCertificateIssuanceConfig>,
    pub inline_trust_config: Option<InlineTrustConfig>,
}

impl Resource for WorkloadIdentityPool {
    const KIND: Kind = Kind::new(
        "gcp:iam/v1:WorkloadIdentityPool",
        "identity pool",
        API,
        "v1/projects/{project}/locations/global/workloadIdentityPools/{name}",
        &WORKLOAD_IDENTITY_POOL,
    )
    .named("[a-z0-9-]{4,32}, not gcp-…", is_id)
    .create(Create::Post { query: &[("workloadIdentityPoolId", "{name}")], body: &[] })
    .update(Updating::MaskInQuery)
    .operations()
    .gone("state", "DELETED")
    .permission("iam.workloadIdentityPools")
    .one_at_a_time()
    .rules(&[Rule::Immutable("mode"), Rule::Default("mode", "\"FEDERATION_ONLY\"")]);

    fn check(&self) -> Vec<Invalid> {
        check::all([
            check::text("displayName", &self.display_name, "at most 32 characters", |it| {
                it.chars().count() <= 32
            }),
            check::text("description", &self.description, "at most 256 characters", |it| {
                it.chars().count() <= 256
            }),
        ])
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        create(&Self::KIND, session, at).await
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        change(&Self::KIND, session, update).await
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Workload identity federation is free.")
    }
}

/// Makes it, or has it back where it was deleted not long ago.
pub(super) async fn create(kind: &Kind, session: &Session, at: Place<'_>) -> Result<Live, Failure> {
    let call = rest::creation(kind, at)?;
    let look = || rest::read(kind, session, at);
    match rest::send_create(kind, session, at, &call, look).await {
        Ok(rest::Made::Found(live)) => Ok(live),
        // The operation's answer need not hold it.
        Ok(rest::Made::Answer(_)) => rest::fetch(kind, session, at).await,
        Err(failure) if failure.cause() == Some(&Cause::Exists) && is_deleted(kind, session, at).await? => {
            undelete(kind, session, at, call.body.unwrap_or_default()).await
        }
        Err(failure) => Err(failure),
    }
}

async fn is_deleted(kind: &Kind, session: &Session, at: Place<'_>) -> Result<bool, Failure> {
    let path = rest::path(kind, at).ok_or_else(|| rest::unnamed(kind))?;
    match session.send(&Call::get(API, path)).await {
        Ok(state) => Ok(state["state"] == "DELETED"),
        Err(failure) if failure.is_absent() => Ok(false),
        Err(failure) => Err(failure),
    }
}

async fn undelete(kind: &Kind, session: &Session, at: Place<'_>, declared: Value) -> Result<Live, Failure> {
    let path = rest::path(kind, at).ok_or_else(|| rest::unnamed(kind))?;
    let call = Call::new(Method::Post, API, format!("{path}:undelete")).body(json!({})).repeat(Repeat::Safe);
    rest::finish(kind, session, session.send(&call).await?).await?;
    let mask: Vec<&str> = declared.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if !mask.is_empty() {
        let call =
            Call::new(Method::Patch, API, path).query("updateMask", mask.join(",")).body(declared.clone());
        rest::finish(kind, session, session.send(&call).await?).await?;
    }
    rest::fetch(kind, session, at).await
}

/// Changes it; the operation's answer need not hold it.
pub(super) async fn change(kind: &Kind, session: &Session, update: Update<'_>) -> Result<Live, Failure> {
    let Some(call) = rest::changing(kind, &update)? else { return Ok(update.live.clone()) };
    let lane = session.lane(&format!("{} {}", kind.facts.token, update.at.inputs["project"]));
    let _turn = lane.lock().await;
    rest::finish(kind, session, session.send(&call).await?).await?;
    rest::fetch(kind, session, update.at).await
}

impl Handle<WorkloadIdentityPool> {
    /// `{name}`, as a provider takes it.
    pub fn pool_id(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }

    /// `projects/{project}/locations/global/workloadIdentityPools/{name}`.
    pub fn id(&self) -> Output<String> {
        let name = self.text_or_name(&self.name);
        self.known(format!("projects/{}/locations/global/workloadIdentityPools/{name}", self.project()))
    }

    /// Everybody whose attribute has this value: `pool.members("repository", "owner/name")`. As IAM writes it,
    /// `principalSet://iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/{name}/attribute.…`
    pub fn members(&self, attribute: &str, value: &str) -> Input<String> {
        self.principal("principalSet", &format!("attribute.{attribute}/{value}"))
    }

    /// The one with this subject: `principal://iam.googleapis.com/…/subject/{subject}`.
    pub fn member(&self, subject: &str) -> Input<String> {
        self.principal("principal", &format!("subject/{subject}"))
    }

    fn principal(&self, kind: &str, whom: &str) -> Input<String> {
        let number: Output<String> = Output::fact("project.number");
        let pool = self.known(format!(
            "/locations/global/workloadIdentityPools/{}/{whom}",
            self.text_or_name(&self.name)
        ));
        let start = format!("{kind}://iam.googleapis.com/projects/");
        engine::concat([start.as_str().into(), number.into(), pool.into()])
    }
}
