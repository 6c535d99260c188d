//! What a client says of a tool's arguments, parsed and held to its schema.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::catalog::Tool;
use crate::args::Global;
use crate::problem::Problem;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    stack: Option<String>,
    #[serde(default)]
    config: BTreeMap<String, Value>,
    #[serde(default)]
    pub targets: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    pub stack: Option<String>,
    pub resource: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub stack: Option<String>,
    pub resource: Option<String>,
}

/// Of tools that take nothing else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whole {
    pub stack: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    pub digest: String,
}

/// Reads a tool's arguments.
pub fn parse<T: DeserializeOwned>(tool: Tool, arguments: Map<String, Value>) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(arguments)).map_err(|it| {
        Problem::new(format!("wrong arguments for {}: {it}", tool.name()))
            .hint("the tool's inputSchema says what it takes")
    })
}

/// The server's own flags with another stack.
pub fn with_stack(global: &Global, stack: Option<&str>) -> Result<Global, Problem> {
    let mut global = global.clone();
    if let Some(stack) = stack {
        let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
        // It is part of a file's name.
        if stack.is_empty() || stack.len() > 100 || !stack.chars().all(fits) {
            return Err(Problem::new(format!("{stack:?} is not the name of a stack"))
                .hint("a name has letters, digits, -, _ and ."));
        }
        stack.clone_into(&mut global.stack);
    }
    Ok(global)
}

impl Plan {
    /// Whether the plan is for settings that only this call has.
    pub fn is_what_if(&self) -> bool {
        !self.config.is_empty()
    }

    /// The server's own flags with what this call says.
    pub fn global(&self, global: &Global) -> Result<Global, Problem> {
        let mut global = with_stack(global, self.stack.as_deref())?;
        for (key, value) in &self.config {
            // The others say where the cloud and the ledger are: credentials would go where a model was talked into.
            if key.is_empty() || key.contains([':', '=']) {
                return Err(Problem::new(format!("{key:?} is not a setting of the program"))
                    .hint("Pulumi.yaml lists the settings; those with a colon are the person's alone"));
            }
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(Problem::new(format!(
                        "config.{key} is neither text, number nor truth value"
                    )));
                }
            };
            global.config.push(format!("{key}={text}"));
        }
        Ok(global)
    }
}
