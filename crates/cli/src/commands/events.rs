//! `stack events`: random events, published to the topic or inserted into the table.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use engine::{Call, Failure, Method, Repeat, Session};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::args::{Events, Global, Pace};
use crate::out::Out;
use crate::problem::Problem;
use crate::show::progress::seconds;
use crate::world::Ground;

/// At most so many in one call: Pub/Sub takes 1,000 messages, BigQuery advises 500 rows.
const BATCH: usize = 500;

pub async fn run(command: &Events, global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    let ground = Ground::open(global, out).await?;
    let session = ground.session()?;
    let (pace, target) = match command {
        Events::Publish { project, topic, pace } => {
            let project = project.as_deref().unwrap_or(ground.cloud_project());
            (pace, Target::Topic(format!("v1/projects/{project}/topics/{topic}:publish")))
        }
        Events::Insert { project, dataset, table, pace } => {
            let project = project.as_deref().unwrap_or(ground.cloud_project());
            let tables = format!("bigquery/v2/projects/{project}/datasets/{dataset}/tables");
            (pace, Target::Table(format!("{tables}/{table}/insertAll")))
        }
    };
    send_all(&session, &target, pace, out).await?;
    Ok(ExitCode::SUCCESS)
}

/// Where events go.
pub enum Target {
    /// The path of a topic's `:publish`.
    Topic(String),
    /// The path of a table's `insertAll`.
    Table(String),
}

async fn send_all(session: &Session, target: &Target, pace: &Pace, out: &Out) -> Result<(), Problem> {
    let total = pace.total.unwrap_or(pace.count);
    let begun = Instant::now();
    let mut sent = 0;
    while sent < total {
        let batch = batch(pace, total - sent, begun.elapsed(), sent);
        let events: Vec<Value> = (0..batch).map(|_| event()).collect();
        target.send(session, &events).await?;
        sent += batch;
        if batch == 1 {
            out.note(&format!("{sent}/{total} {}", events[0]["event_id"].as_str().unwrap_or_default()));
        } else if out.watched {
            out.note(&format!("{sent}/{total} {}", seconds(begun.elapsed())));
        }
        if sent < total {
            tokio::time::sleep(pause(pace, sent, begun.elapsed())).await;
        }
    }
    let took = begun.elapsed();
    let rate = f64::from(u32::try_from(sent).unwrap_or(u32::MAX)) / took.as_secs_f64().max(0.001);
    let done = match target {
        Target::Topic(_) => "published",
        Target::Table(_) => "inserted",
    };
    out.line(&format!("{sent} events {done} in {}, {rate:.0} a second.", seconds(took)));
    Ok(())
}

/// How many to send now: one where there is a delay between events, else all that are due.
fn batch(pace: &Pace, left: usize, passed: Duration, sent: usize) -> usize {
    let due = match pace.rate {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of events")]
        Some(rate) => ((passed.as_secs_f64() * rate) as usize + 1).saturating_sub(sent).max(1),
        None if pace.total.is_some() => BATCH,
        None => 1,
    };
    due.min(left).min(BATCH)
}

/// How long to wait before the next call.
fn pause(pace: &Pace, sent: usize, passed: Duration) -> Duration {
    match pace.rate {
        Some(rate) => {
            let due = f64::from(u32::try_from(sent).unwrap_or(u32::MAX)) / rate;
            // Calls at least 20 ms apart, so that a high rate goes in batches.
            Duration::from_secs_f64(due).saturating_sub(passed).max(Duration::from_millis(20))
        }
        None if pace.total.is_some() => Duration::ZERO,
        None => Duration::from_secs_f64(pace.delay),
    }
}

impl Target {
    /// Sends a batch; sent again after a broken connection, for an event is known by its id.
    pub async fn send(&self, session: &Session, events: &[Value]) -> Result<(), Problem> {
        let call = match self {
            Target::Topic(path) => {
                let messages: Vec<Value> =
                    events.iter().map(|it| json!({ "data": base64(it.to_string().as_bytes()) })).collect();
                Call::new(Method::Post, "pubsub.googleapis.com", path.clone())
                    .body(json!({ "messages": messages }))
            }
            Target::Table(path) => {
                let rows: Vec<Value> = events.iter().map(row).collect();
                Call::new(Method::Post, "bigquery.googleapis.com", path.clone()).body(json!({ "rows": rows }))
            }
        };
        let answer = session.send(&call.repeat(Repeat::Safe)).await.map_err(|it| failed(&it))?;
        // BigQuery answers 200 also when rows were refused.
        match answer.get("insertErrors").and_then(Value::as_array) {
            Some(errors) if !errors.is_empty() => {
                let first = &errors[0]["errors"][0];
                Err(Problem::new(format!(
                    "{} rows were refused: {}",
                    errors.len(),
                    first["message"].as_str().unwrap_or("?")
                )))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn failed(failure: &Failure) -> Problem {
    let hint = if failure.is_absent() {
        Some("apply first, so that it is there".to_owned())
    } else {
        failure.hint()
    };
    Problem::of(failure, hint)
}

/// A JSON column takes its value as text.
fn row(event: &Value) -> Value {
    let mut row = event.clone();
    row["event_data"] = Value::String(event["event_data"].to_string());
    json!({ "insertId": event["event_id"], "json": row })
}

const PAGES: [&str; 6] = ["/home", "/products", "/about", "/contact", "/cart", "/checkout"];
const TYPES: [&str; 5] = ["page_view", "click", "form_submit", "purchase", "login"];
const BROWSERS: [&str; 4] = ["Chrome", "Firefox", "Safari", "Edge"];
const DEVICES: [&str; 3] = ["desktop", "mobile", "tablet"];
const COUNTRIES: [&str; 7] = ["US", "UK", "CA", "DE", "FR", "JP", "MX"];

/// A random event, as the pipeline's clients send them.
pub fn event() -> Value {
    let kind = pick(&TYPES);
    let mut data = json!({
        "user_id": format!("user_{}", fastrand::u32(1..=10)),
        "page": pick(&PAGES),
        "event_type": kind,
        "browser": pick(&BROWSERS),
        "device": pick(&DEVICES),
        "country": pick(&COUNTRIES),
    });
    if kind == "purchase" {
        data["amount"] = json!(f64::from(fastrand::u32(1_000..=50_000)) / 100.0);
        data["items"] = json!(fastrand::u32(1..=5));
    }
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    json!({ "event_id": uuid(), "event_data": data, "timestamp": now })
}

fn pick<'a>(among: &[&'a str]) -> &'a str {
    among[fastrand::usize(..among.len())]
}

/// A random UUID, version 4.
fn uuid() -> String {
    let bits = (fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_as_its_readers_expect() {
        for _ in 0..200 {
            let event = event();
            let id = event["event_id"].as_str().unwrap();
            assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
            assert!("89ab".contains(&id[19..20]), "{id}");
            let data = event["event_data"].as_object().unwrap();
            assert_eq!(data.contains_key("amount"), data["event_type"] == "purchase");
            assert!(OffsetDateTime::parse(event["timestamp"].as_str().unwrap(), &Rfc3339).is_ok());
        }
    }

    #[test]
    fn a_rate_is_kept_in_batches() {
        let pace = Pace { count: 10, delay: 1.0, rate: Some(1000.0), total: Some(5000) };
        assert_eq!(batch(&pace, 5000, Duration::ZERO, 0), 1);
        assert_eq!(batch(&pace, 4999, Duration::from_millis(100), 1), 100);
        assert_eq!(batch(&pace, 4000, Duration::from_secs(10), 1000), BATCH);
        let pace = Pace { count: 10, delay: 1.0, rate: None, total: None };
        assert_eq!(
            (batch(&pace, 10, Duration::ZERO, 0), pause(&pace, 1, Duration::ZERO)),
            (1, Duration::from_secs(1))
        );
    }
}
