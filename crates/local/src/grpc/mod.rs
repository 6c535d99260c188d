//! Pub/Sub over gRPC, on the port of everything else.

mod control;
mod status;
mod streaming;
mod wire;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, BufMut};
use http::HeaderMap;
use prost::Message;
use prost::bytes::Bytes;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, UnaryService};
use tonic::{Request, Response, Status};

use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::identity;
use crate::made_up;
use crate::request::Caller;
use crate::serve;
use crate::services::pubsub::{self, Draft, Received};

/// The most bytes of a message that comes in: a full publish, and what frames it.
pub const MOST_BYTES: usize = 12_000_000;
/// How long a pull waits for a message.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of a deadline may go unseen.
const GLANCE: Duration = Duration::from_millis(100);

/// Whether a request is one of gRPC.
pub fn is(headers: &HeaderMap) -> bool {
    let kind = headers.get(http::header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    kind.is_some_and(|it| it.starts_with("application/grpc"))
}

/// Bytes as they are: each method reads and writes its own messages.
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Plain;
    type Decoder = Plain;

    fn encoder(&mut self) -> Plain {
        Plain
    }

    fn decoder(&mut self) -> Plain {
        Plain
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        out.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, input: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(input.copy_to_bytes(input.remaining())))
    }
}

/// A method that takes one message and gives one.
struct Unary {
    cloud: Arc<Cloud>,
    path: String,
    headers: HeaderMap,
}

impl UnaryService<Bytes> for Unary {
    type Response = Bytes;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Status>> + Send>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let (cloud, path, headers) =
            (Arc::clone(&self.cloud), std::mem::take(&mut self.path), std::mem::take(&mut self.headers));
        let message = request.into_inner();
        Box::pin(async move { unary(cloud, &path, headers, message).await.map(Response::new) })
    }
}

const STREAMING_PULL: &str = "/google.pubsub.v1.Subscriber/StreamingPull";

/// Whether the caller of a method sends messages while it receives some.
pub fn streams(path: &str) -> bool {
    path == STREAMING_PULL
}

/// Answers a request of gRPC.
pub async fn answer<B>(cloud: Arc<Cloud>, request: http::Request<B>) -> http::Response<Body>
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let path = request.uri().path().to_owned();
    let headers = request.headers().clone();
    let mut grpc =
        Grpc::new(Plain).max_decoding_message_size(MOST_BYTES).max_encoding_message_size(usize::MAX);
    match path.as_str() {
        STREAMING_PULL => grpc.streaming(streaming::StreamingPull::new(cloud, &headers), request).await,
        _ => grpc.unary(Unary { cloud, path, headers }, request).await,
    }
}

/// An answer that refuses a request before it is looked at.
pub fn refused(refusal: &Refusal) -> http::Response<Body> {
    status::of(refusal).into_http()
}

async fn unary(cloud: Arc<Cloud>, path: &str, headers: HeaderMap, message: Bytes) -> Result<Bytes, Status> {
    let caller = caller(&cloud, &headers)?;
    match path {
        "/google.pubsub.v1.Publisher/Publish" => publish(cloud, caller, decoded(message)?).await,
        "/google.pubsub.v1.Subscriber/Pull" => {
            let patience = timeout(&headers).map_or(PATIENCE, |it| PATIENCE.min(it * 4 / 5));
            pull(cloud, caller, decoded(message)?, patience).await
        }
        "/google.pubsub.v1.Subscriber/Acknowledge" => acknowledge(cloud, caller, decoded(message)?).await,
        "/google.pubsub.v1.Subscriber/ModifyAckDeadline" => modify(cloud, caller, decoded(message)?).await,
        path => control::answer(cloud, path, headers, message).await,
    }
}

fn caller(cloud: &Cloud, headers: &HeaderMap) -> Result<Caller, Status> {
    let authorization = headers.get(http::header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    identity::authenticate(cloud, authorization).map_err(|refusal| status::of(&refusal))
}

/// What the `grpc-timeout` header says: `10S`, `500m`.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(number.saturating_mul(3_600)),
        "M" => Duration::from_secs(number.saturating_mul(60)),
        "S" => Duration::from_secs(number),
        "m" => Duration::from_millis(number),
        "u" => Duration::from_micros(number),
        "n" => Duration::from_nanos(number),
        _ => return None,
    })
}

fn decoded<M: Message + Default>(message: Bytes) -> Result<M, Status> {
    M::decode(message).map_err(|error| Status::invalid_argument(format!("Malformed request: {error}")))
}

fn encoded(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// Does something on a thread that may wait for the disk.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Status> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(|refusal| status::of(&refusal)),
        Err(_) => Err(Status::internal("The local cloud failed at this request.")),
    }
}

/// Waits until something is kept.
async fn kept<T>(receiver: pubsub::Kept<T>) -> Result<T, Status> {
    match receiver.await {
        Ok(Ok(it)) => Ok(it),
        Ok(Err(why)) => Err(status::of(&Refusal::from(&*why))),
        Err(_) => Err(Status::unavailable("The local cloud is stopping.")),
    }
}

async fn publish(cloud: Arc<Cloud>, caller: Caller, asked: wire::PublishRequest) -> Result<Bytes, Status> {
    let drafts = asked.messages.into_iter().map(|it| Draft {
        data: it.data,
        attributes: it.attributes,
        ordering_key: it.ordering_key,
    });
    let drafts: Vec<Draft> = drafts.collect();
    let receiver = aside(move || {
        serve::call(&cloud, "pubsub.projects.topics.publish", &asked.topic, caller, |tx, request| {
            pubsub::publish(tx, request, drafts)
        })
    })
    .await?;
    let ids = kept(receiver).await?;
    Ok(encoded(&wire::PublishResponse { message_ids: ids.iter().map(u64::to_string).collect() }))
}

fn received(it: Received) -> wire::ReceivedMessage {
    let message = &it.message;
    wire::ReceivedMessage {
        ack_id: it.ack_id,
        delivery_attempt: i32::try_from(it.attempt).unwrap_or(i32::MAX),
        message: Some(wire::PubsubMessage {
            data: message.data.clone(),
            attributes: message.attributes.clone(),
            message_id: message.id.to_string(),
            publish_time: Some(wire::Timestamp {
                seconds: message.published.div_euclid(1_000_000),
                nanos: i32::try_from(message.published.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
            }),
            ordering_key: message.ordering_key.clone(),
        }),
    }
}

/// Checks that a caller may consume, and gives the name with the project's id in it.
async fn consumer(
    cloud: &Arc<Cloud>,
    caller: Caller,
    method: &'static str,
    name: String,
) -> Result<String, Status> {
    let cloud = Arc::clone(cloud);
    aside(move || {
        serve::call(&cloud, method, &name, caller, |tx, request| {
            if method.ends_with(".pull") {
                pubsub::check_pull(tx, request.name())?;
            }
            Ok(request.name().to_owned())
        })
    })
    .await
}

async fn pull(
    cloud: Arc<Cloud>,
    caller: Caller,
    asked: wire::PullRequest,
    patience: Duration,
) -> Result<Bytes, Status> {
    let limit = pubsub::limit(asked.max_messages.into()).map_err(|it| status::of(&it))?;
    let name = consumer(&cloud, caller, "pubsub.projects.subscriptions.pull", asked.subscription).await?;
    let begun = Instant::now();
    loop {
        // It hears of what changes from here on.
        let changed = cloud.pubsub.changed.notified();
        let now = cloud.clock.micros();
        let taken = cloud.pubsub.take(&name, now, limit, None, made_up::random());
        let taken = taken.map_err(|it| status::of(&it))?;
        if !taken.is_empty() || asked.return_immediately || begun.elapsed() >= patience {
            let received_messages = taken.into_iter().map(received).collect();
            return Ok(encoded(&wire::PullResponse { received_messages }));
        }
        let _ = tokio::time::timeout(GLANCE, changed).await;
    }
}

async fn acknowledge(
    cloud: Arc<Cloud>,
    caller: Caller,
    asked: wire::AcknowledgeRequest,
) -> Result<Bytes, Status> {
    let method = "pubsub.projects.subscriptions.acknowledge";
    let name = consumer(&cloud, caller, method, asked.subscription).await?;
    let outcome = cloud.pubsub.acknowledge(&name, &asked.ack_ids, cloud.clock.micros());
    let (outcome, receiver) = outcome.map_err(|it| status::of(&it))?;
    kept(receiver).await?;
    outcome.refusal().map_err(|it| status::of(&it))?;
    Ok(Bytes::new())
}

async fn modify(
    cloud: Arc<Cloud>,
    caller: Caller,
    asked: wire::ModifyAckDeadlineRequest,
) -> Result<Bytes, Status> {
    let method = "pubsub.projects.subscriptions.modifyAckDeadline";
    let name = consumer(&cloud, caller, method, asked.subscription).await?;
    let seconds = i64::from(asked.ack_deadline_seconds);
    let changes: Vec<_> = asked.ack_ids.into_iter().map(|it| (it, seconds)).collect();
    let outcome = cloud.pubsub.modify(&name, &changes, cloud.clock.micros());
    outcome.and_then(|it| it.refusal()).map_err(|it| status::of(&it))?;
    Ok(Bytes::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts() {
        for (text, want) in
            [("10S", Some(10_000)), ("500m", Some(500)), ("x", None), ("", None), ("5d", None)]
        {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            assert_eq!(timeout(&headers), want.map(Duration::from_millis), "{text}");
        }
    }
}
