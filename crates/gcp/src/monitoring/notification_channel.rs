//! A notification channel: where alerts go.

use engine::{Bill, Billed, Input, Invalid, Labels, Output, Rule};
use serde::Serialize;

use super::API;
use crate::check;
use crate::resource::{Create, Find, Kind, Resource, Updating};
use crate::schema::monitoring_v3::NOTIFICATION_CHANNEL;
use crate::stack::Handle;

/// A notification channel. Google makes up its id, so it is known again by its type and display name.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationChannel {
    /// `email`, `slack`, `pagerduty`, `webhook_basicauth`, `webhook_tokenauth`, `pubsub`, `sms`, … Fixed for good.
    pub r#type: Input<String>,
    /// At most 512 characters; what people and we know it by.
    pub display_name: Input<String>,
    pub description: Input<String>,
    /// What the type asks for: `email_address`, `channel_name` and `auth_token`, `service_key`, `url`, `topic`.
    pub labels: Labels,
    pub user_labels: Labels,
    /// True if not set.
    pub enabled: Input<bool>,
}

impl Resource for NotificationChannel {
    const KIND: Kind = Kind::new(
        "gcp:monitoring/v3:NotificationChannel",
        "notification channel",
        API,
        "v3/projects/{project}/notificationChannels/{id}",
        &NOTIFICATION_CHANNEL,
    )
    .made_id(Find {
        items: "notificationChannels",
        query: &[("pageSize", "1000")],
        by: &["type", "displayName"],
    })
    .create(Create::Post { query: &[], body: &[] })
    .update(Updating::MaskInQuery)
    .permission("monitoring.notificationChannels")
    .one_at_a_time()
    .rules(&[
        Rule::Immutable("type"),
        Rule::Default("enabled", "true"),
        Rule::Name("labels.topic"),
        // Given back with stars in their place.
        Rule::Secret("labels.auth_token"),
        Rule::InputOnly("labels.auth_token"),
        Rule::Secret("labels.password"),
        Rule::InputOnly("labels.password"),
        Rule::Secret("labels.service_key"),
        Rule::InputOnly("labels.service_key"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::required("type", &self.r#type),
            check::required("displayName", &self.display_name),
        ]);
        let needed: &[&str] = match self.r#type.text() {
            Some("email") => &["email_address"],
            Some("pubsub") => &["topic"],
            Some("pagerduty") => &["service_key"],
            Some("webhook_basicauth" | "webhook_tokenauth") => &["url"],
            _ => &[],
        };
        let missing = needed.iter().filter(|it| !self.labels.contains_key(**it));
        found.extend(missing.map(|it| Invalid::new(&format!("labels.{it}"), "must be set")));
        found
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Notification channels are free.")
    }
}

impl Handle<NotificationChannel> {
    /// `projects/{project}/notificationChannels/{id}`.
    pub fn id(&self) -> Output<String> {
        self.attribute("name")
    }
}
