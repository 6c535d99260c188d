//! A message as it is kept and as it is shown.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::bytes::Bytes;
use serde_json::{Value, json};

use crate::clock;
use crate::error::Refusal;
use crate::moment;

/// The most messages of one publish.
const MOST_MESSAGES: usize = 1_000;
/// The most bytes of one publish, and of one message.
const MOST_BYTES: usize = 10_000_000;
const MOST_ATTRIBUTES: usize = 100;
const LONGEST_KEY: usize = 256;
const LONGEST_VALUE: usize = 1_024;
const LONGEST_ORDERING_KEY: usize = 1_024;

/// A message that was published. This is also the form in which it is kept.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Message {
    /// Also its place in the order of all messages.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(string, tag = "2")]
    pub topic: String,
    /// Microseconds since 1970.
    #[prost(int64, tag = "3")]
    pub published: i64,
    #[prost(bytes = "bytes", tag = "4")]
    pub data: Bytes,
    #[prost(btree_map = "string, string", tag = "5")]
    pub attributes: BTreeMap<String, String>,
    #[prost(string, tag = "6")]
    pub ordering_key: String,
}

impl Message {
    /// How many bytes it counts for.
    pub fn size(&self) -> usize {
        self.data.len() + self.ordering_key.len() + attributes_size(&self.attributes)
    }

    /// `2024-04-01T12:34:56.123Z`.
    pub fn published_text(&self) -> String {
        moment::short(clock::at(self.published))
    }

    /// As a pull or a push shows it.
    pub fn json(&self) -> Value {
        let mut shown = json!({"messageId": self.id.to_string(), "publishTime": self.published_text()});
        if !self.data.is_empty() {
            shown["data"] = json!(STANDARD.encode(&self.data));
        }
        if !self.attributes.is_empty() {
            shown["attributes"] = json!(self.attributes);
        }
        if !self.ordering_key.is_empty() {
            shown["orderingKey"] = json!(self.ordering_key);
        }
        shown
    }
}

fn attributes_size(attributes: &BTreeMap<String, String>) -> usize {
    attributes.iter().map(|(key, value)| key.len() + value.len()).sum()
}

/// What a publisher hands in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    pub data: Bytes,
    pub attributes: BTreeMap<String, String>,
    pub ordering_key: String,
}

impl Draft {
    /// Reads a message of a publish, already checked against Google's description.
    pub fn read(given: &Value) -> Draft {
        let attributes = given["attributes"].as_object().into_iter().flatten();
        Draft {
            data: STANDARD.decode(given["data"].as_str().unwrap_or_default()).unwrap_or_default().into(),
            attributes: attributes
                .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            ordering_key: given["orderingKey"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

/// Refuses a publish that Pub/Sub would not take.
pub fn check(drafts: &[Draft]) -> Result<(), Refusal> {
    if drafts.is_empty() {
        return Err(Refusal::invalid("The publish request must contain at least one message."));
    }
    if drafts.len() > MOST_MESSAGES {
        return Err(Refusal::invalid(format!(
            "The value for message_count is too large. You passed {} in the request, but the maximum value is \
             {MOST_MESSAGES}.",
            drafts.len()
        )));
    }
    let size = |it: &Draft| it.data.len() + it.ordering_key.len() + attributes_size(&it.attributes);
    let bytes: usize = drafts.iter().map(size).sum();
    if bytes > MOST_BYTES {
        return Err(Refusal::invalid(format!(
            "The value for request_size is too large. You passed {bytes} in the request, but the maximum value is \
             {MOST_BYTES}."
        )));
    }
    drafts.iter().try_for_each(check_one)
}

fn check_one(draft: &Draft) -> Result<(), Refusal> {
    if draft.data.is_empty() && draft.attributes.is_empty() {
        return Err(Refusal::invalid(
            "One or more messages in the publish request is empty. Each message must contain either non-empty data, \
             or at least one attribute. See https://cloud.google.com/pubsub/quotas for more information about \
             message limits.",
        ));
    }
    let too_large = |what: &str, got: usize, most: usize| {
        Err(Refusal::invalid(format!(
            "The value for {what} is too large. You passed {got} in the request, but the maximum value is {most}."
        )))
    };
    if draft.attributes.len() > MOST_ATTRIBUTES {
        return too_large("attribute_count", draft.attributes.len(), MOST_ATTRIBUTES);
    }
    if draft.ordering_key.len() > LONGEST_ORDERING_KEY {
        return too_large("ordering_key_size", draft.ordering_key.len(), LONGEST_ORDERING_KEY);
    }
    for (key, value) in &draft.attributes {
        if key.is_empty() || key.starts_with("goog") {
            return Err(Refusal::invalid(format!(
                "Invalid attribute key given (key={key}). It must not be empty or begin with \"goog\"."
            )));
        }
        if key.len() > LONGEST_KEY {
            return too_large("attribute_key_size", key.len(), LONGEST_KEY);
        }
        if value.len() > LONGEST_VALUE {
            return too_large("attribute_value_size", value.len(), LONGEST_VALUE);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        let some = Draft { data: Bytes::from_static(b"x"), ..Draft::default() };
        let attribute = |key: &str, value: &str| Draft {
            attributes: [(key.to_owned(), value.to_owned())].into(),
            ..Draft::default()
        };
        assert!(check(&[some.clone(), attribute("a", "")]).is_ok());
        for (drafts, words) in [
            (vec![], "at least one message"),
            (vec![some.clone(), Draft::default()], "is empty"),
            (vec![some.clone(); 1001], "message_count"),
            (vec![Draft { data: vec![0; 10_000_001].into(), ..Draft::default() }], "request_size"),
            (vec![attribute("googclient", "x")], "goog"),
            (vec![attribute("a", &"x".repeat(1025))], "attribute_value_size"),
            (vec![Draft { ordering_key: "x".repeat(1025), ..some }], "ordering_key_size"),
        ] {
            let refusal = check(&drafts).unwrap_err();
            assert!(refusal.message.contains(words), "{}", refusal.message);
        }
    }
}
