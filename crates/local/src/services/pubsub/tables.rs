//! Writes a subscription's messages into a BigQuery table, through whoever keeps the rows of tables.

use serde_json::{Map, Value, json};

use super::export::{note_state, own_request, reject, rest, set_state};
use super::message::Message;
use super::{held, schemas, subscriptions, topics, validation};
use crate::cloud::Cloud;
use crate::error::{Code, Refusal};
use crate::store::Tx;

/// The most rows that are written at once.
const MOST: usize = 500;

/// A row to be written: by column, and an id by which a second one of the same is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub insert_id: String,
    pub value: Map<String, Value>,
}

/// Why a row was not written.
#[derive(Clone, Debug, PartialEq)]
pub struct RowRefused {
    /// Its place among those handed over.
    pub index: usize,
    pub reason: String,
}

/// Why no row was written.
#[derive(Debug)]
pub enum AppendError {
    /// These rows do not fit the table; the others would have.
    Rows(Vec<RowRefused>),
    /// The table is not there, or cannot be written.
    Table(Refusal),
}

/// Keeps the rows of tables.
pub trait Rows: Send + Sync {
    /// Writes rows in a transaction: all of them, or none.
    ///
    /// `table` is `projects/p/datasets/d/tables/t`. Fields that the table does not have are an error, unless
    /// `ignore_unknown`. `now` is in microseconds since 1970.
    ///
    /// # Errors
    ///
    /// If rows do not fit, which; or why the table takes none.
    fn append(
        &self,
        tx: &mut Tx,
        table: &str,
        rows: &[Row],
        ignore_unknown: bool,
        now: i64,
    ) -> Result<(), AppendError>;
}

/// `projects/p/datasets/d/tables/t` of `p.d.t` or `p:d.t`.
fn table_name(cloud: &Cloud, table: &str) -> String {
    let parts: Vec<&str> = table.split(['.', ':']).collect();
    let [project, dataset, id] = parts[..] else { return table.to_owned() };
    let project = cloud.known(project).map_or_else(|| project.to_owned(), |it| it.id);
    format!("projects/{project}/datasets/{dataset}/tables/{id}")
}

/// A message as a row, as the subscription's configuration says.
fn row(tx: &Tx, name: &str, document: &Value, message: &Message) -> Result<Row, String> {
    let config = &document["bigqueryConfig"];
    let mut value = if config["useTableSchema"] == true {
        object(serde_json::from_slice(&message.data).map_err(|error| error.to_string())?)?
    } else if config["useTopicSchema"] == true {
        object(plain(by_topic(tx, document, message)?))?
    } else {
        let text = String::from_utf8(message.data.to_vec()).map_err(|error| error.to_string())?;
        Map::from_iter([("data".to_owned(), json!(text))])
    };
    if config["writeMetadata"] == true {
        let mut attributes = json!(message.attributes);
        if !message.ordering_key.is_empty() {
            attributes["orderingKey"] = json!(message.ordering_key);
        }
        value.insert("subscription_name".to_owned(), json!(name));
        value.insert("message_id".to_owned(), json!(message.id.to_string()));
        value.insert("publish_time".to_owned(), json!(message.published_text()));
        value.insert("attributes".to_owned(), json!(attributes.to_string()));
    }
    Ok(Row { insert_id: message.id.to_string(), value })
}

fn object(value: Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Object(fields) => Ok(fields),
        other => Err(format!("a row must be an object, not {other}")),
    }
}

fn by_topic(tx: &Tx, document: &Value, message: &Message) -> Result<Value, String> {
    let load = |collection: &str, name: &Value| {
        let found =
            tx.get(collection, name.as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
        found.ok_or_else(|| "the topic has no schema".to_owned())
    };
    let settings = load(topics::TOPIC.collection, &document["topic"])?["schemaSettings"].clone();
    let schema = load(schemas::SCHEMA.collection, &settings["schema"])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    validation::value(&text(&schema["definition"]), &text(&settings["encoding"]), &message.data)
}

/// Avro's JSON wraps an option of a union in its name; a row holds the value alone.
fn plain(value: Value) -> Value {
    let option = |name: &str| {
        matches!(name, "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string" | "array" | "map")
    };
    match value {
        Value::Object(fields) if fields.len() == 1 && fields.keys().all(|it| option(it)) => {
            fields.into_iter().next().map_or(Value::Null, |(_, value)| plain(value))
        }
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, plain(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        other => other,
    }
}

/// Writes what is ready. Where nobody keeps the rows of tables, messages stay.
pub(super) fn run(cloud: &Cloud, name: &str, now: i64) -> Result<(), Refusal> {
    let Some(keeper) = cloud.rows.get() else {
        rest(cloud, name, now);
        return Ok(());
    };
    let messages: Vec<_> = {
        let state = cloud.pubsub.lock();
        let it = state.subscriptions.get(name);
        it.into_iter().flat_map(|it| it.backlog.ready().take(MOST).cloned()).collect()
    };
    let request = own_request(cloud, ("bigquery", "v2"), "bigquery.tabledata.insertAll", name)?;
    let collection = subscriptions::SUBSCRIPTION.collection;
    let mut tx = cloud.store.write()?;
    let Some(mut document) = tx.get(collection, name)? else { return Ok(()) };
    let config = document["bigqueryConfig"].clone();
    let messages = if config.is_object() { held::still(&tx, name, &document, messages)? } else { Vec::new() };
    if messages.is_empty() {
        return Ok(());
    }
    let (mut rows, mut good, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    for message in &messages {
        match row(&tx, name, &document, message) {
            Ok(row) => {
                rows.push(row);
                good.push(message.id);
            }
            Err(reason) => bad.push((message.id, reason)),
        }
    }
    let table = table_name(cloud, config["table"].as_str().unwrap_or_default());
    let written = subscriptions::check_table(&tx, &request, &config)
        .map_err(AppendError::Table)
        .and_then(|()| keeper.append(&mut tx, &table, &rows, config["dropUnknownFields"] == true, now));
    match written {
        Ok(()) => {
            held::done(&mut tx, name, &document, good.iter().copied(), now)?;
            if note_state(&mut document, "bigqueryConfig", "ACTIVE") {
                tx.put(collection, name, &document)?;
            }
            tx.commit()?;
            let mut rows = Vec::new();
            let mut state = cloud.pubsub.lock();
            for id in good {
                state.take_out(name, id, now, &mut rows);
            }
            if let Some(it) = state.subscriptions.get_mut(name) {
                it.used = now;
            }
            drop(state);
            cloud.pubsub.writer.write(rows, |_| ());
        }
        Err(AppendError::Rows(refused)) => {
            drop(tx);
            bad.extend(refused.into_iter().filter_map(|it| Some((*good.get(it.index)?, it.reason))));
        }
        Err(AppendError::Table(refusal)) => {
            drop(tx);
            rest(cloud, name, now);
            let state = match refusal.code {
                Code::NotFound => "NOT_FOUND",
                Code::PermissionDenied => "PERMISSION_DENIED",
                _ => "SCHEMA_MISMATCH",
            };
            return set_state(cloud, name, "bigqueryConfig", state);
        }
    }
    bad.into_iter().try_for_each(|(id, reason)| reject(cloud, name, id, reason, now))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use super::*;
    use crate::services::pubsub::Draft;
    use crate::store::Store;

    /// Keeps rows in a list; one whose `data` is `bad` it refuses.
    struct List(Arc<Mutex<Vec<Row>>>);

    impl Rows for List {
        fn append(&self, _: &mut Tx, table: &str, rows: &[Row], _: bool, _: i64) -> Result<(), AppendError> {
            assert_eq!(table, "projects/p-1/datasets/d/tables/t");
            if let Some(index) = rows.iter().position(|it| it.value["data"] == "bad") {
                return Err(AppendError::Rows(vec![RowRefused {
                    index,
                    reason: "no such field: x.".to_owned(),
                }]));
            }
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(rows);
            Ok(())
        }
    }

    /// A cloud in which a subscription writes into a table, as an account that may.
    fn cloud() -> Cloud {
        let cloud =
            Cloud::new(Store::open(None).unwrap(), Duration::ZERO, ([127, 0, 0, 1], 8085).into(), None)
                .unwrap();
        let project = cloud.meet("p-1").unwrap().unwrap();
        let agent = format!("serviceAccount:{}", crate::iam::agent(&project, "gcp-sa-pubsub"));
        let sub = json!({
            "name": "projects/p-1/subscriptions/s", "topic": "projects/p-1/topics/t",
            "bigqueryConfig": {"table": "p-1.d.t", "state": "ACTIVE", "writeMetadata": true},
            "deadLetterPolicy": {"deadLetterTopic": "projects/p-1/topics/dead", "maxDeliveryAttempts": 5},
        });
        let roles = ["roles/bigquery.dataEditor", "roles/pubsub.publisher", "roles/pubsub.subscriber"];
        let bindings: Vec<Value> =
            roles.iter().map(|role| json!({"role": role, "members": [agent]})).collect();
        let mut tx = cloud.store.write().unwrap();
        for (collection, name, document) in [
            ("pubsub/topics", "projects/p-1/topics/t", json!({})),
            ("pubsub/topics", "projects/p-1/topics/dead", json!({})),
            ("pubsub/subscriptions", "projects/p-1/subscriptions/s", sub.clone()),
            (
                "pubsub/subscriptions",
                "projects/p-1/subscriptions/of-dead",
                json!({"topic": "projects/p-1/topics/dead"}),
            ),
            ("bigquery/tables", "projects/p-1/datasets/d/tables/t", json!({})),
        ] {
            tx.put(collection, name, &document).unwrap();
        }
        let policy = json!({ "bindings": bindings });
        tx.put(crate::iam::COLLECTION, &crate::iam::project_key("p-1"), &policy).unwrap();
        tx.commit().unwrap();
        for name in ["t", "dead"] {
            cloud.pubsub.sync_topic(&format!("projects/p-1/topics/{name}"), Some(&json!({})));
        }
        cloud.pubsub.sync_subscription("projects/p-1/subscriptions/s", Some(&sub));
        let of_dead = json!({"topic": "projects/p-1/topics/dead"});
        cloud.pubsub.sync_subscription("projects/p-1/subscriptions/of-dead", Some(&of_dead));
        cloud
    }

    fn publish(cloud: &Cloud, texts: &[&str]) {
        let drafts = texts.iter().map(|it| Draft { data: it.as_bytes().to_vec().into(), ..Draft::default() });
        let now = cloud.clock.micros();
        cloud
            .pubsub
            .publish("projects/p-1/topics/t", drafts.collect(), now)
            .blocking_recv()
            .unwrap()
            .unwrap();
    }

    fn waiting(cloud: &Cloud, name: &str) -> usize {
        cloud.pubsub.lock().subscriptions[&format!("projects/p-1/subscriptions/{name}")].backlog.len()
    }

    #[test]
    fn messages_stay_where_nobody_keeps_rows() {
        let cloud = cloud();
        publish(&cloud, &["one"]);
        run(&cloud, "projects/p-1/subscriptions/s", cloud.clock.micros()).unwrap();
        assert_eq!(waiting(&cloud, "s"), 1);
    }

    #[test]
    fn what_the_store_says_is_done_or_delivered_otherwise_is_not_written() {
        let cloud = cloud();
        let rows = Arc::new(Mutex::new(Vec::new()));
        assert!(cloud.rows.set(Box::new(List(Arc::clone(&rows)))).is_ok());
        publish(&cloud, &["written by another", "still there"]);
        let (name, now) = ("projects/p-1/subscriptions/s", cloud.clock.micros());
        // Another has written the first, and memory does not know yet.
        let first = cloud.pubsub.lock().subscriptions[name].backlog.oldest().unwrap().id;
        let mut tx = cloud.store.write().unwrap();
        let document = tx.get("pubsub/subscriptions", name).unwrap().unwrap();
        held::done(&mut tx, name, &document, [first], now).unwrap();
        // And somebody has just made it a subscription that is pulled.
        let mut pulled = document.clone();
        pulled.as_object_mut().unwrap().remove("bigqueryConfig");
        tx.put("pubsub/subscriptions", name, &pulled).unwrap();
        tx.commit().unwrap();
        run(&cloud, name, now).unwrap();
        assert_eq!((rows.lock().unwrap().len(), waiting(&cloud, "s")), (0, 2));
        let mut tx = cloud.store.write().unwrap();
        tx.put("pubsub/subscriptions", name, &document).unwrap();
        tx.commit().unwrap();
        run(&cloud, name, now).unwrap();
        let written: Vec<Value> = rows.lock().unwrap().iter().map(|it| it.value["data"].clone()).collect();
        assert_eq!(written, [json!("still there")]);
    }

    #[test]
    fn good_rows_are_written_and_bad_ones_become_dead_letters() {
        let cloud = cloud();
        let rows = Arc::new(Mutex::new(Vec::new()));
        assert!(cloud.rows.set(Box::new(List(Arc::clone(&rows)))).is_ok());
        publish(&cloud, &["one", "bad", "two"]);
        for _ in 0..12 {
            cloud.tick(61_000_000).unwrap();
            let now = cloud.clock.micros();
            let _ = cloud.pubsub.lock().tick("projects/p-1/subscriptions/s", now);
            run(&cloud, "projects/p-1/subscriptions/s", now).unwrap();
        }
        // The letter is on its way through the writer; what is written after it comes after it.
        cloud.pubsub.keep(Vec::new()).blocking_recv().unwrap().unwrap();
        let written: Vec<Value> = rows.lock().unwrap().iter().map(|it| it.value["data"].clone()).collect();
        assert_eq!(written, [json!("one"), json!("two")]);
        assert_eq!((waiting(&cloud, "s"), waiting(&cloud, "of-dead")), (0, 1));
        let state = cloud.pubsub.lock();
        let letter = state.subscriptions["projects/p-1/subscriptions/of-dead"].backlog.oldest().unwrap();
        let reason = &letter.attributes["CloudPubSubDeadLetterSourceDeliveryErrorMessage"];
        assert_eq!(reason, "no such field: x.");
    }
}
