//! The tools that are offered: what each is for, what it takes, what it gives, and how harmless it is.

use serde_json::{Value, json};

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Plan,
    Explain,
    Cost,
    Drift,
    State,
    Outputs,
    Apply,
}

impl Tool {
    const ALL: [Tool; 7] =
        [Tool::Plan, Tool::Explain, Tool::Cost, Tool::Drift, Tool::State, Tool::Outputs, Tool::Apply];

    pub fn name(self) -> &'static str {
        match self {
            Tool::Plan => "plan",
            Tool::Explain => "explain",
            Tool::Cost => "cost",
            Tool::Drift => "drift",
            Tool::State => "state",
            Tool::Outputs => "outputs",
            Tool::Apply => "apply",
        }
    }

    pub fn named(name: &str) -> Option<Tool> {
        Tool::ALL.into_iter().find(|it| it.name() == name)
    }

    fn title(self) -> &'static str {
        match self {
            Tool::Plan => "Plan",
            Tool::Explain => "Explain a resource",
            Tool::Cost => "Monthly cost",
            Tool::Drift => "Drift",
            Tool::State => "State",
            Tool::Outputs => "Outputs",
            Tool::Apply => "Apply an approved plan",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Tool::Plan => {
                "Compares the declaration with what is live in Google Cloud and says what would change, why, and what that \
                 makes of the monthly bill. Changes nothing, writes nothing and builds no image. The result has the plan, a \
                 text of it, and its digest, by which a person approves it. There is no digest where such a plan cannot be \
                 applied: with settings of this call, with errors, or while an image is not built."
            }
            Tool::Explain => {
                "Explains one resource: what would change and why, what it depends on and what depends on it, what is lost \
                 when it is deleted, its id in Google Cloud, and what it costs a month, line by line. Changes nothing."
            }
            Tool::Cost => {
                "Says what the stack costs a month, before (what is live) and after (what is declared), line by line, from \
                 list prices and the project's usage file. Changes nothing."
            }
            Tool::Drift => {
                "Says how what is live in Google Cloud differs from what is declared. Changes nothing."
            }
            Tool::State => {
                "Shows what the stack's ledger has: the resources that the stack made or adopted, and what was under way when \
                 a run stopped. With a resource, also what was declared of it and what was live after the last apply. Secrets \
                 are masked. Changes nothing."
            }
            Tool::Outputs => {
                "Shows the stack's outputs as of the last apply. Secrets are masked. Changes nothing."
            }
            Tool::Apply => {
                "Applies exactly the plan of a digest that a person approved with `stack approve DIGEST` at a terminal within \
                 the last 24 hours; an approval is used once. Refuses a digest that is not approved, and a plan that is \
                 another by now: then nothing is done. The stack and the selection are those of the approval. It may build \
                 and push the image that the plan deploys."
            }
        }
    }

    /// What it takes besides the stack: each property with its schema, and whether it must be there.
    fn properties(self) -> Vec<(&'static str, Value, bool)> {
        let resource = json!({
            "type": "string",
            "minLength": 1,
            "description": "The name that the program gives the resource, or its URN."
        });
        let config = json!({
            "type": "object",
            "description": "Settings of the program for this plan only, above those of the stack's file.",
            "additionalProperties": { "type": ["string", "number", "boolean"] }
        });
        let targets = json!({
            "type": "array",
            "description": "Only these resources, by name or URN, and what they need.",
            "items": { "type": "string", "minLength": 1 }
        });
        let digest = json!({
            "type": "string",
            "pattern": DIGEST,
            "description": "The digest of the plan, as the tool plan says it."
        });
        match self {
            Tool::Plan => vec![("config", config, false), ("targets", targets, false)],
            Tool::Explain => vec![("resource", resource, true)],
            Tool::State => vec![("resource", resource, false)],
            Tool::Cost | Tool::Drift | Tool::Outputs => Vec::new(),
            Tool::Apply => vec![("digest", digest, true)],
        }
    }

    fn input(self) -> Value {
        let mut properties = json!({});
        // The stack of what is applied stands in the approval.
        if self != Tool::Apply {
            properties["stack"] = json!({
                "type": "string",
                "pattern": "^[A-Za-z0-9._-]{1,100}$",
                "description": "Which stack: Pulumi.NAME.yaml says its configuration. The server's own unless said."
            });
        }
        let mut required = Vec::new();
        for (name, schema, must) in self.properties() {
            properties[name] = schema;
            required.extend(must.then_some(name));
        }
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false
        })
    }

    /// The schema of what it gives, where that is small enough to be worth a client's while.
    fn output(self) -> Option<Value> {
        match self {
            Tool::Plan => Some(plan_output()),
            Tool::Explain | Tool::Cost | Tool::Drift | Tool::State | Tool::Outputs | Tool::Apply => None,
        }
    }

    fn json(self) -> Value {
        let changes = self == Tool::Apply;
        let mut tool = json!({
            "name": self.name(),
            "title": self.title(),
            "description": self.description(),
            "inputSchema": self.input(),
            "annotations": {
                "title": self.title(),
                "readOnlyHint": !changes,
                "destructiveHint": changes,
                // An approval is used once, so that a second call does nothing.
                "idempotentHint": true,
                "openWorldHint": true
            }
        });
        if let Some(output) = self.output() {
            tool["outputSchema"] = output;
        }
        tool
    }
}

/// A plan's digest, as a pattern of JSON Schema.
const DIGEST: &str = "^sha256:[0-9a-f]{64}$";

/// The schema of plans, which `stack plan --json` is held to, too.
const PLAN: &str = include_str!("../../../../../docs/plan.schema.json");

fn plan_output() -> Value {
    // The file is part of the program, and a test parses it.
    let mut plan: Value = serde_json::from_str(PLAN).unwrap_or_default();
    let definitions = plan["$defs"].take();
    if let Some(plan) = plan.as_object_mut() {
        // Its references are to the root, where its definitions go; an id of its own would be a root of its own.
        plan.retain(|name, _| !name.starts_with('$'));
    }
    json!({
        "type": "object",
        "required": ["title", "plan", "digest", "unbuilt"],
        "additionalProperties": false,
        "properties": {
            "title": { "type": "string", "description": "Which stack, in which project, on which cloud." },
            "plan": plan,
            "digest": {
                "type": ["string", "null"],
                "pattern": DIGEST,
                "description": "By which a person approves the plan; null where such a plan cannot be applied."
            },
            "unbuilt": {
                "type": "array",
                "items": { "type": "string" },
                "description": "Images that are not built from their sources as they are now."
            }
        },
        "$defs": definitions
    })
}

/// All tools, as a client lists them.
pub fn tools() -> Vec<Value> {
    Tool::ALL.into_iter().map(Tool::json).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_apply_changes_anything_and_says_so() {
        for tool in tools() {
            let is_apply = tool["name"] == "apply";
            assert_eq!(tool["annotations"]["readOnlyHint"], !is_apply, "{tool}");
            assert_eq!(tool["annotations"]["destructiveHint"], is_apply, "{tool}");
            assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
            assert_eq!(Tool::named(tool["name"].as_str().unwrap()).unwrap().json(), tool);
        }
    }

    #[test]
    fn the_schema_of_a_plan_is_whole() {
        let output = plan_output();
        assert!(output["properties"]["plan"]["properties"]["steps"].is_object());
        assert!(output["$defs"]["step"].is_object() && output["properties"]["plan"]["$id"].is_null());
    }
}
