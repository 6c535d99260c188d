//! What a tool answers, with the stack's secrets left out.

use engine::Redactor;
use serde_json::{Value, json};

use crate::problem::Problem;

/// A tool's answer: for people and models, and as data.
#[derive(Debug)]
pub struct Reply {
    pub text: String,
    pub data: Value,
}

/// Values that people declared and servers answered: there a number may be a secret, too.
const FREE: [&str; 6] = ["before", "after", "inputs", "state", "outputs", "value"];

impl Reply {
    /// Secrets are masked already where their type says so. This hides what repeats one: a text that a server made of it.
    pub fn redacted(self, redactor: &Redactor) -> Reply {
        Reply { text: redactor.text(&self.text), data: redacted(&self.data, redactor) }
    }

    /// As the result of a call.
    pub fn result(self) -> Value {
        json!({
            "content": [{ "type": "text", "text": self.text }],
            "structuredContent": self.data,
            "isError": false
        })
    }
}

fn redacted(value: &Value, redactor: &Redactor) -> Value {
    match value {
        Value::Object(map) => {
            let field = |(name, it): (&String, &Value)| {
                let shown = if FREE.contains(&name.as_str()) {
                    redactor.value(it, &[])
                } else {
                    redacted(it, redactor)
                };
                (name.clone(), shown)
            };
            Value::Object(map.iter().map(field).collect())
        }
        Value::Array(items) => items.iter().map(|it| redacted(it, redactor)).collect(),
        Value::String(text) => Value::String(redactor.text(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A failure as the result of a call: the model reads it and can do better.
pub fn failure(problem: &Problem) -> Value {
    json!({ "content": [{ "type": "text", "text": format!("error: {}", problem.text()) }], "isError": true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_a_secret_is_hidden_and_counts_stay() {
        let redactor = Redactor::default();
        redactor.learn(&engine::secret(json!("hunter2")));
        redactor.learn(&engine::secret(json!(42)));
        let reply = Reply {
            text: "it is hunter2".to_owned(),
            data: json!({ "summary": { "create": 42 }, "changes": [{ "before": 42, "after": "a-hunter2" }], "why": "hunter2" }),
        };
        let shown = reply.redacted(&redactor);
        assert_eq!(shown.text, "it is (secret)");
        assert_eq!(
            shown.data,
            json!({ "summary": { "create": 42 }, "changes": [{ "before": "(secret)", "after": "a-(secret)" }], "why": "(secret)" })
        );
    }
}
