//! Written by scripts/schema.py from Google's description of cloudscheduler v1, revision 20261106: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// cloudscheduler v1, AppEngineHttpTarget.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppEngineHttpTarget {
    /// A message. cloudscheduler v1, AppEngineHttpTarget.appEngineRouting.
    pub app_engine_routing: Option<AppEngineRouting>,
    /// Base64. cloudscheduler v1, AppEngineHttpTarget.body.
    pub body: Input<String>,
    /// A map. cloudscheduler v1, AppEngineHttpTarget.headers.
    pub headers: BTreeMap<String, Input<String>>,
    /// One of a list. cloudscheduler v1, AppEngineHttpTarget.httpMethod.
    pub http_method: Input<HttpMethod>,
    /// Text. cloudscheduler v1, AppEngineHttpTarget.relativeUri.
    pub relative_uri: Input<String>,
}

pub static APP_ENGINE_HTTP_TARGET: Message = Message {
    name: "AppEngineHttpTarget",
    fields: &[
        Field { name: "appEngineRouting", shape: Shape::Message(&APP_ENGINE_ROUTING), output: false },
        Field { name: "body", shape: Shape::Bytes, output: false },
        Field { name: "headers", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "httpMethod", shape: Shape::Enum, output: false },
        Field { name: "relativeUri", shape: Shape::Text, output: false },
    ],
};

/// cloudscheduler v1, AppEngineRouting.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppEngineRouting {
    /// Text. cloudscheduler v1, AppEngineRouting.instance.
    pub instance: Input<String>,
    /// Text. cloudscheduler v1, AppEngineRouting.service.
    pub service: Input<String>,
    /// Text. cloudscheduler v1, AppEngineRouting.version.
    pub version: Input<String>,
}

pub static APP_ENGINE_ROUTING: Message = Message {
    name: "AppEngineRouting",
    fields: &[
        Field { name: "host", shape: Shape::Text, output: true },
        Field { name: "instance", shape: Shape::Text, output: false },
        Field { name: "service", shape: Shape::Text, output: false },
        Field { name: "version", shape: Shape::Text, output: false },
    ],
};

/// cloudscheduler v1, HttpTarget.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpTarget {
    /// Base64. cloudscheduler v1, HttpTarget.body.
    pub body: Input<String>,
    /// A map. cloudscheduler v1, HttpTarget.headers.
    pub headers: BTreeMap<String, Input<String>>,
    /// One of a list. cloudscheduler v1, HttpTarget.httpMethod.
    pub http_method: Input<HttpMethod>,
    /// A message. cloudscheduler v1, HttpTarget.oauthToken.
    pub oauth_token: Option<OAuthToken>,
    /// A message. cloudscheduler v1, HttpTarget.oidcToken.
    pub oidc_token: Option<OidcToken>,
    /// Text. cloudscheduler v1, HttpTarget.uri.
    pub uri: Input<String>,
}

pub static HTTP_TARGET: Message = Message {
    name: "HttpTarget",
    fields: &[
        Field { name: "body", shape: Shape::Bytes, output: false },
        Field { name: "headers", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "httpMethod", shape: Shape::Enum, output: false },
        Field { name: "oauthToken", shape: Shape::Message(&O_AUTH_TOKEN), output: false },
        Field { name: "oidcToken", shape: Shape::Message(&OIDC_TOKEN), output: false },
        Field { name: "uri", shape: Shape::Text, output: false },
    ],
};

/// cloudscheduler v1, Job.
pub static JOB: Message = Message {
    name: "Job",
    fields: &[
        Field { name: "appEngineHttpTarget", shape: Shape::Message(&APP_ENGINE_HTTP_TARGET), output: false },
        Field { name: "attemptDeadline", shape: Shape::Duration, output: false },
        Field { name: "description", shape: Shape::Text, output: false },
        Field { name: "httpTarget", shape: Shape::Message(&HTTP_TARGET), output: false },
        Field { name: "lastAttemptTime", shape: Shape::Timestamp, output: true },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "pubsubTarget", shape: Shape::Message(&PUBSUB_TARGET), output: false },
        Field { name: "retryConfig", shape: Shape::Message(&RETRY_CONFIG), output: false },
        Field { name: "satisfiesPzs", shape: Shape::Bool, output: true },
        Field { name: "schedule", shape: Shape::Text, output: false },
        Field { name: "scheduleTime", shape: Shape::Timestamp, output: true },
        Field { name: "state", shape: Shape::Enum, output: true },
        Field { name: "status", shape: Shape::Any, output: true },
        Field { name: "timeZone", shape: Shape::Text, output: false },
        Field { name: "userUpdateTime", shape: Shape::Timestamp, output: true },
    ],
};

/// cloudscheduler v1, OAuthToken.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OAuthToken {
    /// Text. cloudscheduler v1, OAuthToken.scope.
    pub scope: Input<String>,
    /// Text. cloudscheduler v1, OAuthToken.serviceAccountEmail.
    pub service_account_email: Input<String>,
}

pub static O_AUTH_TOKEN: Message = Message {
    name: "OAuthToken",
    fields: &[
        Field { name: "scope", shape: Shape::Text, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
    ],
};

/// cloudscheduler v1, OidcToken.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OidcToken {
    /// Text. cloudscheduler v1, OidcToken.audience.
    pub audience: Input<String>,
    /// Text. cloudscheduler v1, OidcToken.serviceAccountEmail.
    pub service_account_email: Input<String>,
}

pub static OIDC_TOKEN: Message = Message {
    name: "OidcToken",
    fields: &[
        Field { name: "audience", shape: Shape::Text, output: false },
        Field { name: "serviceAccountEmail", shape: Shape::Text, output: false },
    ],
};

/// cloudscheduler v1, PubsubTarget.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PubsubTarget {
    /// A map. cloudscheduler v1, PubsubTarget.attributes.
    pub attributes: BTreeMap<String, Input<String>>,
    /// Base64. cloudscheduler v1, PubsubTarget.data.
    pub data: Input<String>,
    /// Text. cloudscheduler v1, PubsubTarget.topicName.
    pub topic_name: Input<String>,
}

pub static PUBSUB_TARGET: Message = Message {
    name: "PubsubTarget",
    fields: &[
        Field { name: "attributes", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "data", shape: Shape::Bytes, output: false },
        Field { name: "topicName", shape: Shape::Text, output: false },
    ],
};

/// cloudscheduler v1, RetryConfig.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryConfig {
    /// Seconds. cloudscheduler v1, RetryConfig.maxBackoffDuration.
    pub max_backoff_duration: Input<Seconds>,
    /// A whole number. cloudscheduler v1, RetryConfig.maxDoublings.
    pub max_doublings: Input<i64>,
    /// Seconds. cloudscheduler v1, RetryConfig.maxRetryDuration.
    pub max_retry_duration: Input<Seconds>,
    /// Seconds. cloudscheduler v1, RetryConfig.minBackoffDuration.
    pub min_backoff_duration: Input<Seconds>,
    /// A whole number. cloudscheduler v1, RetryConfig.retryCount.
    pub retry_count: Input<i64>,
}

pub static RETRY_CONFIG: Message = Message {
    name: "RetryConfig",
    fields: &[
        Field { name: "maxBackoffDuration", shape: Shape::Duration, output: false },
        Field { name: "maxDoublings", shape: Shape::Int, output: false },
        Field { name: "maxRetryDuration", shape: Shape::Duration, output: false },
        Field { name: "minBackoffDuration", shape: Shape::Duration, output: false },
        Field { name: "retryCount", shape: Shape::Int, output: false },
    ],
};

/// cloudscheduler v1, AppEngineHttpTarget.httpMethod and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HttpMethod {
    Post,
    Get,
    Head,
    Put,
    Delete,
    Patch,
    Options,
}
