//! A scheduled job: calls an address, or publishes a message, by the clock.

use engine::{
    Bill, Billed, Call, Failure, Input, Invalid, Live, Method, Output, Place, Repeat, Rule, Seconds, Session,
    Update,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::API;
use crate::bill::{Lines, sku};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::cloudscheduler::{AppEngineHttpTarget, HttpTarget, JOB, PubsubTarget, RetryConfig};
use crate::stack::Handle;

/// A Cloud Scheduler job, with one of three targets.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchedulerJob {
    /// 1 to 500 letters, digits, `-` and `_`.
    pub name: Input<String>,
    /// The region; the stack's if not set.
    pub location: Input<String>,
    /// At most 500 characters.
    pub description: Input<String>,
    /// `*/15 * * * *`, or `every 15 minutes`.
    pub schedule: Input<String>,
    /// `Europe/Zurich`; `Etc/UTC` if not set.
    pub time_zone: Input<String>,
    /// 15 to 1800 seconds for HTTP; 180 if not set.
    pub attempt_deadline: Input<Seconds>,
    pub retry_config: Option<RetryConfig>,
    pub http_target: Option<HttpTarget>,
    pub pubsub_target: Option<PubsubTarget>,
    pub app_engine_http_target: Option<AppEngineHttpTarget>,
    /// It does not run while this is true.
    pub paused: Input<bool>,
}

impl Resource for SchedulerJob {
    const KIND: Kind = Kind::new(
        "gcp:cloudscheduler/v1:SchedulerJob",
        "scheduled job",
        API,
        "v1/projects/{project}/locations/{location}/jobs/{name}",
        &JOB,
    )
    .named("[A-Za-z0-9_-]{1,500}", |it| check::word(it, 500))
    .create(Create::Post {
        query: &[],
        body: &[("name", "projects/{project}/locations/{location}/jobs/{name}")],
    })
    .update(Updating::MaskInQuery)
    .permission("cloudscheduler.jobs")
    .listed("jobs", &[])
    .acts()
    .rules(&[
        Rule::Default("timeZone", "\"Etc/UTC\""),
        Rule::Alias("timeZone", &[("UTC", "Etc/UTC")]),
        Rule::Default("attemptDeadline", "\"180s\""),
        Rule::Default("retryConfig.minBackoffDuration", "\"5s\""),
        Rule::Default("retryConfig.maxBackoffDuration", "\"3600s\""),
        Rule::Default("retryConfig.maxDoublings", "5"),
        Rule::Default("**.httpMethod", "\"POST\""),
        Rule::Default("**.scope", "\"https://www.googleapis.com/auth/cloud-platform\""),
        Rule::Name("pubsubTarget.topicName"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::required("schedule", &self.schedule),
            check::text("description", &self.description, "at most 500 characters", |it| {
                it.chars().count() <= 500
            }),
        ]);
        found.extend(check::exactly_one(&[
            ("httpTarget", self.http_target.is_some()),
            ("pubsubTarget", self.pubsub_target.is_some()),
            ("appEngineHttpTarget", self.app_engine_http_target.is_some()),
        ]));
        if let Some(it) = &self.http_target {
            found.extend(check::required("httpTarget.uri", &it.uri));
            found.extend(check::seconds("attemptDeadline", &self.attempt_deadline, 15, 1800));
            found.extend(check::at_most_one(&[
                ("httpTarget.oidcToken", it.oidc_token.is_some()),
                ("httpTarget.oauthToken", it.oauth_token.is_some()),
            ]));
        }
        if let Some(it) = &self.pubsub_target {
            found.extend(check::required("pubsubTarget.topicName", &it.topic_name));
            if it.data.is_unset() && it.attributes.is_empty() {
                found.push(Invalid::new("pubsubTarget.data", "must be set, or an attribute"));
            }
        }
        found
    }

    async fn read(session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        Ok(rest::read(&Self::KIND, session, at).await?.map(|it| told(it, at.inputs)))
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let mut call = rest::creation(&Self::KIND, at)?;
        if let Some(body) = call.body.as_mut().and_then(Value::as_object_mut) {
            body.remove("paused");
        }
        let live = rest::create_by(&Self::KIND, session, at, &call).await?;
        if at.inputs["paused"] == true {
            return switch(session, at, true).await;
        }
        Ok(told(live, at.inputs))
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let (pauses, changes): (Vec<_>, Vec<_>) =
            update.changes.iter().cloned().partition(|it| it.path.is_top("paused"));
        let rest_of_it = Update { changes: &changes, ..update };
        let mut live = rest_of_it.live.clone();
        if let Some(call) = rest::changing(&Self::KIND, &rest_of_it)? {
            live =
                told(rest::update_by(&Self::KIND, session, rest_of_it.at, &call).await?, rest_of_it.desired);
        }
        if pauses.is_empty() {
            return Ok(live);
        }
        switch(session, rest_of_it.at, rest_of_it.desired["paused"] == true).await
    }

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        // A job is charged for being there, paused or not, and not for its runs.
        lines.fixed("Job", sku("Cloud Scheduler", "Jobs", "global"), "job-month", 1);
        lines.bill()
    }
}

async fn switch(session: &Session, at: Place<'_>, off: bool) -> Result<Live, Failure> {
    let path = rest::path(&SchedulerJob::KIND, at).ok_or_else(|| rest::unnamed(&SchedulerJob::KIND))?;
    let verb = if off { "pause" } else { "resume" };
    let call = Call::new(Method::Post, API, format!("{path}:{verb}")).body(json!({})).repeat(Repeat::Safe);
    let live = rest::update_by(&SchedulerJob::KIND, session, at, &call).await?;
    Ok(told(live, at.inputs))
}

/// Google tells a state where we declare whether it is paused, and may add a slash to the address.
fn told(mut live: Live, inputs: &Value) -> Live {
    let paused = live.state.get("state").and_then(Value::as_str) == Some("PAUSED");
    if let Some(state) = live.state.as_object_mut() {
        state.insert("paused".to_owned(), json!(paused));
    }
    let declared = inputs.pointer("/httpTarget/uri").and_then(Value::as_str);
    if let (Some(declared), Some(uri)) = (declared, live.state.pointer_mut("/httpTarget/uri")) {
        let bare = |it: &str| it.strip_suffix('/').unwrap_or(it).to_owned();
        if uri.as_str().map(bare) == Some(bare(declared)) {
            *uri = json!(declared);
        }
    }
    live
}

impl Handle<SchedulerJob> {
    /// `projects/{project}/locations/{location}/jobs/{name}`.
    pub fn id(&self) -> Output<String> {
        let (location, name) = (self.location_or_region(&self.location), self.text_or_name(&self.name));
        self.known(format!("projects/{}/locations/{location}/jobs/{name}", self.project()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_is_no_drift() {
        let live = Live {
            id: String::new(),
            state: json!({ "state": "PAUSED", "httpTarget": { "uri": "https://x.run.app/" } }),
        };
        let told = told(live, &json!({ "httpTarget": { "uri": "https://x.run.app" } }));
        assert_eq!(told.state["httpTarget"]["uri"], "https://x.run.app");
        assert_eq!(told.state["paused"], true);
    }
}
