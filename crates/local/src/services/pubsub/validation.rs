//! Holds messages to the schema of their topic.

use prost::bytes::Bytes;
use serde_json::{Value, json};

use super::message::Draft;
use super::schemas;
use crate::avro::{self, Schema};
use crate::error::{Code, Refusal};
use crate::store::Tx;

fn refused(why: &str) -> Refusal {
    Refusal::invalid(format!("Invalid data in message: Message failed schema validation: {why}")).detail(
        json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "INVALID_SCHEMA_MESSAGE",
            "domain": "pubsub.googleapis.com",
        }),
    )
}

/// Refuses a message that is not of a schema.
pub(super) fn check_one(schema: &Value, encoding: &str, message: &[u8]) -> Result<(), Refusal> {
    let definition = schema["definition"].as_str().unwrap_or_default();
    match schema["type"].as_str() {
        Some("AVRO") => {}
        _ => {
            return Err(Refusal::new(
                Code::Unimplemented,
                "The local cloud validates messages against AVRO schemas only, not PROTOCOL_BUFFER.",
            ));
        }
    }
    let schema = Schema::parse(definition).map_err(|why| refused(&why))?;
    match encoding {
        "BINARY" => avro::decode_all(&schema, message).map(drop).map_err(|why| refused(&why)),
        "JSON" => {
            let value = serde_json::from_slice(message).map_err(|error| refused(&error.to_string()))?;
            avro::encode(&schema, &value, &mut Vec::new()).map_err(|why| refused(&why))
        }
        _ => Err(Refusal::invalid("The encoding must be JSON or BINARY.")),
    }
}

/// The revisions that a topic takes, newest first.
fn revisions(tx: &Tx, settings: &Value) -> Result<Vec<Value>, Refusal> {
    let name = settings["schema"].as_str().unwrap_or_default();
    let document = tx.get(schemas::SCHEMA.collection, name)?.ok_or_else(|| {
        Refusal::precondition(format!("The schema of the topic does not exist (schema={name})."))
    })?;
    let mut all: Vec<Value> = document["_revisions"].as_array().cloned().unwrap_or_default();
    let place = |id: &Value| all.iter().position(|it| it["revisionId"] == *id);
    let last = place(&settings["lastRevisionId"]).unwrap_or(all.len().saturating_sub(1));
    let first = place(&settings["firstRevisionId"]).unwrap_or(0);
    all.truncate(last + 1);
    all.drain(..first.min(all.len()));
    all.reverse();
    Ok(all)
}

/// Refuses messages that are of none of the topic's revisions; marks the others with theirs.
pub(super) fn check(tx: &Tx, settings: &Value, drafts: &mut [Draft]) -> Result<(), Refusal> {
    let revisions = revisions(tx, settings)?;
    let encoding = settings["encoding"].as_str().unwrap_or("JSON");
    let name = settings["schema"].as_str().unwrap_or_default();
    for draft in drafts {
        let mut refusal = None;
        let fits = revisions.iter().find(|it| match check_one(it, encoding, &draft.data) {
            Ok(()) => true,
            Err(error) => {
                refusal.get_or_insert(error);
                false
            }
        });
        let Some(revision) = fits else {
            return Err(refusal.unwrap_or_else(|| refused("the topic takes no revision of its schema.")));
        };
        let marks = [
            ("googclient_schemaencoding", encoding),
            ("googclient_schemaname", name),
            ("googclient_schemarevisionid", revision["revisionId"].as_str().unwrap_or_default()),
        ];
        for (key, value) in marks {
            draft.attributes.insert(key.to_owned(), value.to_owned());
        }
    }
    Ok(())
}

/// A message's value by the Avro schema it was published with.
pub(super) fn value(definition: &str, encoding: &str, data: &Bytes) -> Result<Value, String> {
    match encoding {
        "BINARY" => avro::decode_all(&Schema::parse(definition)?, data),
        _ => serde_json::from_slice(data).map_err(|error| error.to_string()),
    }
}
