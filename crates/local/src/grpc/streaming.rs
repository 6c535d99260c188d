//! StreamingPull: messages flow to a consumer as they come, acknowledgements and new deadlines flow back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use http::HeaderMap;
use prost::bytes::Bytes;
use tokio::sync::mpsc;
use tonic::server::StreamingService;
use tonic::{Request, Response, Status, Streaming};

use super::{GLANCE, caller, consumer, decoded, encoded, received, status, wire};
use crate::cloud::Cloud;
use crate::made_up;
use crate::request::Caller;
use crate::services::pubsub::{Limit, MOST_BYTES, Outcome};

/// The most messages of one answer.
const MOST_MESSAGES: usize = 1_000;
/// The least and most seconds of a stream's deadline.
const DEADLINES: std::ops::RangeInclusive<i32> = 10..=600;

type Answers = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// The method.
pub struct StreamingPull {
    cloud: Arc<Cloud>,
    /// Who asks, or why their token is not taken.
    caller: Result<Caller, Status>,
}

impl StreamingPull {
    pub fn new(cloud: Arc<Cloud>, headers: &HeaderMap) -> StreamingPull {
        let caller = caller(&cloud, headers);
        StreamingPull { cloud, caller }
    }
}

impl StreamingService<Bytes> for StreamingPull {
    type Response = Bytes;
    type ResponseStream = Answers;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answers>, Status>> + Send>>;

    fn call(&mut self, request: Request<Streaming<Bytes>>) -> Self::Future {
        let (sender, answers) = mpsc::channel(4);
        let (cloud, caller) = (Arc::clone(&self.cloud), self.caller.clone());
        let task = tokio::spawn(async move {
            let done = match caller {
                Ok(caller) => run(cloud, caller, request.into_inner(), &sender).await,
                Err(status) => Err(status),
            };
            if let Err(status) = done {
                // A consumer that is gone need not be told.
                let _ = sender.send(Err(status)).await;
            }
        });
        let answers =
            futures_util::stream::unfold((answers, Ended(task)), |(mut answers, ended)| async move {
                answers.recv().await.map(|it| (it, (answers, ended)))
            });
        let answers: Answers = Box::pin(answers);
        Box::pin(async move { Ok(Response::new(answers)) })
    }
}

/// Ends the task when its answers are no longer wanted.
struct Ended(tokio::task::JoinHandle<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One open stream.
struct Session {
    cloud: Arc<Cloud>,
    name: String,
    consumer: u64,
    /// Microseconds until a delivery is due.
    deadline: i64,
    messages: usize,
    bytes: usize,
}

async fn run(
    cloud: Arc<Cloud>,
    caller: Caller,
    mut asked: Streaming<Bytes>,
    answers: &mpsc::Sender<Result<Bytes, Status>>,
) -> Result<(), Status> {
    let Some(first) = asked.message().await? else { return Ok(()) };
    let first: wire::StreamingPullRequest = decoded(first)?;
    let seconds = first.stream_ack_deadline_seconds;
    if !DEADLINES.contains(&seconds) {
        return Err(Status::invalid_argument(format!(
            "Invalid stream_ack_deadline_seconds given: {seconds}. It must be between 10 and 600 seconds."
        )));
    }
    let method = "pubsub.projects.subscriptions.pull";
    let name = consumer(&cloud, caller, method, first.subscription.clone()).await?;
    let limit = |asked: i64| usize::try_from(asked).ok().filter(|it| *it > 0).unwrap_or(usize::MAX);
    let mut session = Session {
        cloud,
        name,
        consumer: made_up::random(),
        deadline: i64::from(seconds) * 1_000_000,
        messages: limit(first.max_outstanding_messages),
        bytes: limit(first.max_outstanding_bytes),
    };
    session.take_back(first, answers).await?;
    let mut open = true;
    let cloud = Arc::clone(&session.cloud);
    loop {
        // It hears of what changes from here on.
        let changed = cloud.pubsub.changed.notified();
        while session.deliver(answers).await? {}
        tokio::select! {
            message = asked.message(), if open => match message? {
                Some(message) => session.take_back(decoded(message)?, answers).await?,
                // The consumer says no more, but still listens.
                None => open = false,
            },
            () = answers.closed() => return Ok(()),
            () = changed => {}
            // Deadlines end without a change.
            () = tokio::time::sleep(GLANCE) => {}
        }
    }
}

impl Session {
    /// Sends what is ready and fits the consumer's limits; says whether there may be more.
    async fn deliver(&self, answers: &mpsc::Sender<Result<Bytes, Status>>) -> Result<bool, Status> {
        // First a place in the queue: what is taken must not wait here while its deadline runs.
        let Ok(place) = answers.reserve().await else { return Ok(false) };
        let broker = &self.cloud.pubsub;
        let (messages, bytes) = broker.outstanding(&self.name, self.consumer);
        if messages >= self.messages || bytes >= self.bytes {
            return Ok(false);
        }
        let limit = Limit {
            messages: (self.messages - messages).min(MOST_MESSAGES),
            bytes: (self.bytes - bytes).min(MOST_BYTES),
        };
        let now = self.cloud.clock.micros();
        let taken = broker.take(&self.name, now, limit, Some(self.deadline), self.consumer);
        let taken = taken.map_err(|it| status::of(&it))?;
        if taken.is_empty() {
            return Ok(false);
        }
        let (ordered, exact) = broker.properties(&self.name).unwrap_or_default();
        place.send(Ok(encoded(&wire::StreamingPullResponse {
            received_messages: taken.into_iter().map(received).collect(),
            subscription_properties: Some(wire::SubscriptionProperties {
                exactly_once_delivery_enabled: exact,
                message_ordering_enabled: ordered,
            }),
            ..wire::StreamingPullResponse::default()
        })));
        Ok(true)
    }

    /// Takes acknowledgements and new deadlines; confirms them where exactly once is promised.
    async fn take_back(
        &mut self,
        asked: wire::StreamingPullRequest,
        answers: &mpsc::Sender<Result<Bytes, Status>>,
    ) -> Result<(), Status> {
        if DEADLINES.contains(&asked.stream_ack_deadline_seconds) {
            self.deadline = i64::from(asked.stream_ack_deadline_seconds) * 1_000_000;
        }
        let broker = &self.cloud.pubsub;
        let mut answer = wire::StreamingPullResponse::default();
        if !asked.ack_ids.is_empty() {
            let outcome = broker.acknowledge(&self.name, &asked.ack_ids, self.cloud.clock.micros());
            let (outcome, receiver) = outcome.map_err(|it| status::of(&it))?;
            if outcome.exactly_once {
                super::kept(receiver).await?;
                answer.acknowledge_confirmation = Some(confirmation(asked.ack_ids, &outcome));
            }
        }
        if !asked.modify_deadline_ack_ids.is_empty() {
            let seconds = asked.modify_deadline_seconds.iter().map(|it| i64::from(*it));
            let ids = asked.modify_deadline_ack_ids;
            let changes: Vec<_> = ids.iter().cloned().zip(seconds).collect();
            let outcome = broker.modify(&self.name, &changes, self.cloud.clock.micros());
            let outcome = outcome.map_err(|it| status::of(&it))?;
            if outcome.exactly_once {
                answer.modify_ack_deadline_confirmation = Some(confirmation(ids, &outcome));
            }
        }
        if answer != wire::StreamingPullResponse::default() {
            // A consumer that is gone is noticed where the next message is sent.
            let _ = answers.send(Ok(encoded(&answer))).await;
        }
        Ok(())
    }
}

fn confirmation(ids: Vec<String>, outcome: &Outcome) -> wire::AcknowledgeConfirmation {
    let (invalid_ack_ids, ack_ids) = ids.into_iter().partition(|it| outcome.failed.contains(it));
    wire::AcknowledgeConfirmation { ack_ids, invalid_ack_ids }
}
