//! Methods that manage topics, subscriptions, snapshots, schemas and policies: each is asked as its REST twin.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};

use http::{HeaderMap, Method, Uri};
use prost::Message;
use prost::bytes::Bytes;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, SerializeOptions};
use serde_json::{Map, Value};
use tonic::Status;

use super::status;
use crate::cloud::Cloud;
use crate::request::Body;
use crate::serve;
use crate::server::Raw;

/// A method's path, the messages it takes and gives, and its REST twin.
struct Twin {
    path: &'static str,
    request: &'static str,
    response: &'static str,
    verb: Method,
    /// Under `/v1/`; names in braces are fields of the request.
    template: &'static str,
    /// The field that is the body; `*` is all that is not in the path, and nothing is a query.
    body: &'static str,
}

const EMPTY: &str = "google.protobuf.Empty";

macro_rules! twins {
    ($(($service:literal, $method:literal, $request:literal, $response:expr, $verb:ident, $template:literal, $body:literal))*) => {
        &[$(Twin {
            path: concat!("/", $service, "/", $method),
            request: $request,
            response: $response,
            verb: Method::$verb,
            template: $template,
            body: $body,
        }),*]
    };
}

#[rustfmt::skip]
const TWINS: &[Twin] = twins![
    ("google.pubsub.v1.Publisher", "CreateTopic", "Topic", "Topic", PUT, "{name}", "*")
    ("google.pubsub.v1.Publisher", "UpdateTopic", "UpdateTopicRequest", "Topic", PATCH, "{topic.name}", "*")
    ("google.pubsub.v1.Publisher", "GetTopic", "GetTopicRequest", "Topic", GET, "{topic}", "")
    ("google.pubsub.v1.Publisher", "ListTopics", "ListTopicsRequest", "ListTopicsResponse", GET, "{project}/topics", "")
    ("google.pubsub.v1.Publisher", "ListTopicSubscriptions", "ListTopicSubscriptionsRequest", "ListTopicSubscriptionsResponse", GET, "{topic}/subscriptions", "")
    ("google.pubsub.v1.Publisher", "ListTopicSnapshots", "ListTopicSnapshotsRequest", "ListTopicSnapshotsResponse", GET, "{topic}/snapshots", "")
    ("google.pubsub.v1.Publisher", "DeleteTopic", "DeleteTopicRequest", EMPTY, DELETE, "{topic}", "")
    ("google.pubsub.v1.Publisher", "DetachSubscription", "DetachSubscriptionRequest", "DetachSubscriptionResponse", POST, "{subscription}:detach", "")
    ("google.pubsub.v1.Subscriber", "CreateSubscription", "Subscription", "Subscription", PUT, "{name}", "*")
    ("google.pubsub.v1.Subscriber", "GetSubscription", "GetSubscriptionRequest", "Subscription", GET, "{subscription}", "")
    ("google.pubsub.v1.Subscriber", "UpdateSubscription", "UpdateSubscriptionRequest", "Subscription", PATCH, "{subscription.name}", "*")
    ("google.pubsub.v1.Subscriber", "ListSubscriptions", "ListSubscriptionsRequest", "ListSubscriptionsResponse", GET, "{project}/subscriptions", "")
    ("google.pubsub.v1.Subscriber", "DeleteSubscription", "DeleteSubscriptionRequest", EMPTY, DELETE, "{subscription}", "")
    ("google.pubsub.v1.Subscriber", "ModifyPushConfig", "ModifyPushConfigRequest", EMPTY, POST, "{subscription}:modifyPushConfig", "*")
    ("google.pubsub.v1.Subscriber", "GetSnapshot", "GetSnapshotRequest", "Snapshot", GET, "{snapshot}", "")
    ("google.pubsub.v1.Subscriber", "ListSnapshots", "ListSnapshotsRequest", "ListSnapshotsResponse", GET, "{project}/snapshots", "")
    ("google.pubsub.v1.Subscriber", "CreateSnapshot", "CreateSnapshotRequest", "Snapshot", PUT, "{name}", "*")
    ("google.pubsub.v1.Subscriber", "UpdateSnapshot", "UpdateSnapshotRequest", "Snapshot", PATCH, "{snapshot.name}", "*")
    ("google.pubsub.v1.Subscriber", "DeleteSnapshot", "DeleteSnapshotRequest", EMPTY, DELETE, "{snapshot}", "")
    ("google.pubsub.v1.Subscriber", "Seek", "SeekRequest", "SeekResponse", POST, "{subscription}:seek", "*")
    ("google.pubsub.v1.SchemaService", "CreateSchema", "CreateSchemaRequest", "Schema", POST, "{parent}/schemas", "schema")
    ("google.pubsub.v1.SchemaService", "GetSchema", "GetSchemaRequest", "Schema", GET, "{name}", "")
    ("google.pubsub.v1.SchemaService", "ListSchemas", "ListSchemasRequest", "ListSchemasResponse", GET, "{parent}/schemas", "")
    ("google.pubsub.v1.SchemaService", "ListSchemaRevisions", "ListSchemaRevisionsRequest", "ListSchemaRevisionsResponse", GET, "{name}:listRevisions", "")
    ("google.pubsub.v1.SchemaService", "CommitSchema", "CommitSchemaRequest", "Schema", POST, "{name}:commit", "*")
    ("google.pubsub.v1.SchemaService", "RollbackSchema", "RollbackSchemaRequest", "Schema", POST, "{name}:rollback", "*")
    ("google.pubsub.v1.SchemaService", "DeleteSchemaRevision", "DeleteSchemaRevisionRequest", "Schema", DELETE, "{name}:deleteRevision", "")
    ("google.pubsub.v1.SchemaService", "DeleteSchema", "DeleteSchemaRequest", EMPTY, DELETE, "{name}", "")
    ("google.pubsub.v1.SchemaService", "ValidateSchema", "ValidateSchemaRequest", "ValidateSchemaResponse", POST, "{parent}/schemas:validate", "*")
    ("google.pubsub.v1.SchemaService", "ValidateMessage", "ValidateMessageRequest", "ValidateMessageResponse", POST, "{parent}/schemas:validateMessage", "*")
    ("google.iam.v1.IAMPolicy", "SetIamPolicy", "google.iam.v1.SetIamPolicyRequest", "google.iam.v1.Policy", POST, "{resource}:setIamPolicy", "*")
    ("google.iam.v1.IAMPolicy", "GetIamPolicy", "google.iam.v1.GetIamPolicyRequest", "google.iam.v1.Policy", GET, "{resource}:getIamPolicy", "")
    ("google.iam.v1.IAMPolicy", "TestIamPermissions", "google.iam.v1.TestIamPermissionsRequest", "google.iam.v1.TestIamPermissionsResponse", POST, "{resource}:testIamPermissions", "*")
];

fn pool() -> Option<&'static DescriptorPool> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    let bytes = include_bytes!("../../data/pubsub.descriptors");
    POOL.get_or_init(|| DescriptorPool::decode(bytes.as_slice()).ok()).as_ref()
}

fn descriptor(name: &str) -> Result<prost_reflect::MessageDescriptor, Status> {
    let full = if name.contains('.') { name.to_owned() } else { format!("google.pubsub.v1.{name}") };
    let found = pool().and_then(|it| it.get_message_by_name(&full));
    found.ok_or_else(|| Status::internal(format!("The local cloud does not know the message {full}.")))
}

/// Answers a method.
pub async fn answer(
    cloud: Arc<Cloud>,
    path: &str,
    headers: HeaderMap,
    message: Bytes,
) -> Result<Bytes, Status> {
    let twin = TWINS
        .iter()
        .find(|it| it.path == path)
        .ok_or_else(|| Status::unimplemented(format!("The local cloud has no method {path}.")))?;
    tokio::task::spawn_blocking(move || call(&cloud, twin, &headers, message))
        .await
        .unwrap_or_else(|_| Err(Status::internal("The local cloud failed at this request.")))
}

fn call(cloud: &Cloud, twin: &Twin, headers: &HeaderMap, message: Bytes) -> Result<Bytes, Status> {
    let raw = rest(twin, headers, message)?;
    let answer = serve::handle(cloud, &raw).map_err(|refusal| status::of(&refusal))?;
    if twin.response == EMPTY {
        return Ok(Bytes::new());
    }
    let response = descriptor(twin.response)?;
    let body = match answer.body {
        Body::Json(body) | Body::Compact(body) => body,
        Body::Bytes(_) | Body::Stored(..) | Body::None | Body::Later => return Ok(Bytes::new()),
    };
    // What REST shows and the description of gRPC does not know is left out.
    let lenient = DeserializeOptions::new().deny_unknown_fields(false);
    let message = DynamicMessage::deserialize_with_options(response, body, &lenient)
        .map_err(|error| Status::internal(format!("The answer is not a {}: {error}", twin.response)))?;
    Ok(message.encode_to_vec().into())
}

/// The REST request that asks the same.
fn rest(twin: &Twin, headers: &HeaderMap, message: Bytes) -> Result<Raw, Status> {
    let broken = |error: String| Status::invalid_argument(format!("Malformed {}: {error}", twin.request));
    let message = DynamicMessage::decode(descriptor(twin.request)?, message)
        .map_err(|error| broken(error.to_string()))?;
    let value = message
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .map_err(|error| broken(error.to_string()))?;
    let Value::Object(mut fields) = value else { return Err(broken("not a message".to_owned())) };
    let (before, rest) = twin.template.split_once('{').unwrap_or((twin.template, "}"));
    let (variable, after) = rest.split_once('}').unwrap_or((rest, ""));
    let name = match variable.split_once('.') {
        Some((outer, inner)) => fields.get(outer).and_then(|it| it[inner].as_str()).map(str::to_owned),
        None => fields.remove(variable).and_then(|it| it.as_str().map(str::to_owned)),
    }
    .unwrap_or_default();
    let mut path = format!("/v1/{before}{}{after}", escaped(&name));
    let body = match twin.body {
        "" => Vec::new(),
        "*" => Value::Object(std::mem::take(&mut fields)).to_string().into_bytes(),
        field => fields.remove(field).unwrap_or(Value::Object(Map::new())).to_string().into_bytes(),
    };
    let mut mark = '?';
    query(&fields, "", &mut |name, value| {
        // Writing to a text does not fail.
        let _ = write!(path, "{mark}{name}={}", escaped(value).replace('/', "%2F"));
        mark = '&';
    });
    let uri: Uri = format!("http://pubsub.googleapis.com{path}")
        .parse()
        .map_err(|_| Status::invalid_argument(format!("Invalid resource name given (name={name}).")))?;
    let mut kept = HeaderMap::new();
    if let Some(authorization) = headers.get(http::header::AUTHORIZATION) {
        kept.insert(http::header::AUTHORIZATION, authorization.clone());
    }
    Ok(Raw {
        method: twin.verb.clone(),
        uri,
        headers: kept,
        body: body.into(),
        upload: None,
        gone: std::sync::Arc::default(),
    })
}

/// Calls for each scalar in a message, by its dotted path.
fn query(fields: &Map<String, Value>, prefix: &str, each: &mut impl FnMut(&str, &str)) {
    for (name, value) in fields {
        let name = format!("{prefix}{name}");
        match value {
            Value::Object(inner) => query(inner, &format!("{name}."), each),
            Value::String(text) => each(&name, text),
            Value::Number(_) | Value::Bool(_) => each(&name, &value.to_string()),
            Value::Null | Value::Array(_) => {}
        }
    }
}

fn escaped(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each message exists, and each REST twin is a method that is built.
    #[test]
    fn every_twin_exists() {
        for twin in TWINS {
            descriptor(twin.request).unwrap();
            if twin.response != EMPTY {
                descriptor(twin.response).unwrap();
            }
            let of = |name: &str| match name {
                "project" | "parent" => "projects/p".to_owned(),
                "resource" => "projects/p/topics/t".to_owned(),
                _ => {
                    let kind = ["Topic", "Subscription", "Snapshot", "Schema"]
                        .into_iter()
                        .rev()
                        .find(|it| twin.path.rsplit('/').next().unwrap_or_default().contains(it));
                    let kind = match (kind, name) {
                        (_, "topic" | "topic.name") => "topic".to_owned(),
                        (_, "subscription" | "subscription.name") => "subscription".to_owned(),
                        (kind, _) => kind.unwrap_or("topic").to_lowercase(),
                    };
                    format!("projects/p/{kind}s/x")
                }
            };
            let (before, rest) = twin.template.split_once('{').unwrap();
            let (variable, after) = rest.split_once('}').unwrap();
            let path = format!("/v1/{before}{}{after}", of(variable));
            let found = crate::route::find("pubsub.googleapis.com", twin.verb.as_str(), &path);
            let found = found.unwrap_or_else(|| panic!("{} {path}", twin.path));
            assert!(crate::services::handler("pubsub", &found.method.id).is_some(), "{}", found.method.id);
        }
    }
}
