//! Pushes messages to endpoints, and takes their answers as acknowledgements.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::backlog::Limit;
use super::deliver::Received;
use super::settings::Target;
use super::subscriptions;
use crate::clock;
use crate::cloud::Cloud;
use crate::identity;
use crate::made_up;

/// The most messages that wait for an endpoint's answer, by subscription.
const MOST: usize = 100;

/// Sends messages to endpoints.
pub(super) struct Pusher {
    /// None if this machine cannot make TLS connections at all.
    client: Option<reqwest::Client>,
    consumer: u64,
}

impl Pusher {
    pub fn new() -> Pusher {
        // Someone else may have chosen a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Endpoints are most often on this machine, where no proxy reaches.
        let client = reqwest::Client::builder().no_proxy().user_agent("CloudPubSub-Google").build().ok();
        Pusher { client, consumer: made_up::random() }
    }

    /// Begins to push what is ready.
    pub fn push(&self, cloud: &Arc<Cloud>) {
        let Some(client) = &self.client else { return };
        let names: Vec<String> = {
            let state = cloud.pubsub.lock();
            let pushed = state.subscriptions.iter().filter(|(_, it)| {
                it.settings.target == Target::Push
                    && !it.settings.detached
                    && !it.settings.transforms
                    && it.backlog.outstanding(self.consumer).0 < MOST
                    && it.backlog.ready().next().is_some()
            });
            pushed.map(|(name, _)| name.clone()).collect()
        };
        for name in names {
            let now = cloud.clock.micros();
            let (has, _) = cloud.pubsub.outstanding(&name, self.consumer);
            let limit = Limit { messages: MOST.saturating_sub(has), bytes: usize::MAX };
            let document = cloud
                .store
                .read()
                .and_then(|tx| tx.get(subscriptions::SUBSCRIPTION.collection, &name))
                .unwrap_or_default();
            let (Some(document), Ok(taken)) =
                (document, cloud.pubsub.take(&name, now, limit, None, self.consumer))
            else {
                continue;
            };
            let document = Arc::new(document);
            for received in taken {
                let (cloud, client, name, document) =
                    (Arc::clone(cloud), client.clone(), name.clone(), Arc::clone(&document));
                tokio::spawn(async move {
                    let accepted = send(&cloud, &client, &name, &document, &received).await;
                    let now = cloud.clock.micros();
                    // Who deleted the subscription meanwhile does not want to know.
                    if accepted {
                        let _ = cloud.pubsub.acknowledge(&name, &[received.ack_id], now);
                    } else {
                        let _ = cloud.pubsub.modify(&name, &[(received.ack_id, 0)], now);
                    }
                });
            }
        }
    }
}

/// Posts a message; says whether the endpoint took it.
async fn send(
    cloud: &Cloud,
    client: &reqwest::Client,
    name: &str,
    document: &Value,
    received: &Received,
) -> bool {
    let config = &document["pushConfig"];
    let endpoint = config["pushEndpoint"].as_str().unwrap_or_default();
    let (url, host) = target(cloud, endpoint);
    let deadline = document["ackDeadlineSeconds"].as_u64().unwrap_or(10);
    let mut request =
        client.post(url).timeout(Duration::from_secs(deadline)).header("From", "noreply@google.com");
    if let Some(host) = host {
        request = request.header("Host", host);
    }
    if config["oidcToken"].is_object() {
        let now = clock::micros(cloud.clock.now()) / 1_000_000;
        request = request.bearer_auth(token(&config["oidcToken"], endpoint, now));
    }
    request = if config["noWrapper"].is_object() {
        unwrapped(request, name, config["noWrapper"]["writeMetadata"] == true, received)
    } else {
        let body = wrapped(name, received).to_string();
        request.header("Content-Type", "application/json").body(body)
    };
    match request.send().await {
        Ok(answer) => matches!(answer.status().as_u16(), 102 | 200 | 201 | 202 | 204),
        Err(_) => false,
    }
}

/// Where to send: a service of this cloud is reached here, by its host.
fn target(cloud: &Cloud, endpoint: &str) -> (String, Option<String>) {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host.ends_with(".run.app") {
        return (format!("http://{}/{path}", cloud.address), Some(host.to_owned()));
    }
    (endpoint.to_owned(), None)
}

/// A message in the envelope of a push. Google writes its id and time in two spellings.
fn wrapped(name: &str, received: &Received) -> Value {
    let mut message = received.message.json();
    message["message_id"] = message["messageId"].clone();
    message["publish_time"] = message["publishTime"].clone();
    let mut body = json!({"message": message, "subscription": name});
    if received.attempt > 0 {
        body["deliveryAttempt"] = json!(received.attempt);
    }
    body
}

/// A message's data as the whole body; what else there is goes into headers, if asked for.
fn unwrapped(
    mut request: reqwest::RequestBuilder,
    name: &str,
    metadata: bool,
    received: &Received,
) -> reqwest::RequestBuilder {
    let message = &received.message;
    if metadata {
        let mut headers = vec![
            ("subscription-name".to_owned(), name.to_owned()),
            ("message-id".to_owned(), message.id.to_string()),
            ("publish-time".to_owned(), message.published_text()),
        ];
        if !message.ordering_key.is_empty() {
            headers.push(("ordering-key".to_owned(), message.ordering_key.clone()));
        }
        if received.attempt > 0 {
            headers.push(("delivery-attempt".to_owned(), received.attempt.to_string()));
        }
        headers.extend(message.attributes.clone());
        for (key, value) in headers {
            let name = http::HeaderName::try_from(format!("x-goog-pubsub-{key}"));
            // An attribute that cannot be a header is left out, rather than the message.
            if let (Ok(name), Ok(value)) = (name, http::HeaderValue::try_from(value)) {
                request = request.header(name, value);
            }
        }
    }
    request.body(message.data.clone())
}

/// The token by which an endpoint knows the account that pushes to it.
fn token(config: &Value, endpoint: &str, now: i64) -> String {
    let email = config["serviceAccountEmail"].as_str().unwrap_or_default();
    let audience = config["audience"].as_str().filter(|it| !it.is_empty()).unwrap_or(endpoint);
    identity::id_token(&json!({
        "aud": audience, "azp": email, "sub": email, "email": email, "email_verified": true,
        "iss": "https://accounts.google.com", "iat": now, "exp": now + 3_600,
    }))
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn tokens_name_their_account_and_endpoint() {
        let config = json!({"serviceAccountEmail": "pusher@p-1.iam.gserviceaccount.com"});
        let token = token(&config, "https://x.example/push", 1_700_000_000);
        assert!(identity::is_ours(&token));
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(
            (&claims["email"], &claims["aud"], &claims["exp"]),
            (&config["serviceAccountEmail"], &json!("https://x.example/push"), &json!(1_700_003_600))
        );
    }
}
