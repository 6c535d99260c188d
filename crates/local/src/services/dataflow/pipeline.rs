//! What a job of Google's template from Pub/Sub to BigQuery reads and writes, as its parameters say.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::request::Request;
use crate::store::Tx;

/// By the name of the job, as long as there is something to do for it.
pub(super) const PIPELINES: &str = "dataflow/pipelines";

/// A template that Google provides, by its name, and what it is launched with.
pub(super) struct Template<'a> {
    pub name: &'a str,
    pub parameters: &'a Value,
}

impl Template<'_> {
    /// Whether it brings messages into a table: classic or flex, from a topic or a subscription.
    fn moves(&self) -> bool {
        matches!(
            self.name,
            "PubSub_to_BigQuery"
                | "PubSub_Subscription_to_BigQuery"
                | "PubSub_to_BigQuery_Flex"
                | "PubSub_Subscription_to_BigQuery_Flex"
        )
    }

    fn text(&self, name: &str) -> &str {
        self.parameters[name].as_str().unwrap_or_default()
    }

    /// Which parameter it reads from: the classic templates have one each, the flex one takes either.
    fn input(&self) -> &'static str {
        match self.text("inputSubscription") {
            "" if self.name == "PubSub_Subscription_to_BigQuery" => "inputSubscription",
            "" => "inputTopic",
            _ if self.name == "PubSub_to_BigQuery" => "inputTopic",
            _ => "inputSubscription",
        }
    }
}

/// `projects/p/datasets/d/tables/t` of `p:d.t`, `p.d.t` or `d.t`.
fn table(spec: &str, project: &str) -> Option<String> {
    // A project may have a colon in it, as `example.com:p` does.
    let (project, rest) = spec.rsplit_once(':').unwrap_or((project, spec));
    let parts: Vec<&str> = rest.split('.').collect();
    let (project, dataset, table) = match parts[..] {
        [dataset, table] => (project, dataset, table),
        [project, dataset, table] if !spec.contains(':') => (project, dataset, table),
        _ => return None,
    };
    let whole = ![project, dataset, table].contains(&"");
    whole.then(|| format!("projects/{project}/datasets/{dataset}/tables/{table}"))
}

/// Refuses a launch without what the template needs, or with what cannot be.
pub(super) fn check(template: &Template<'_>) -> Result<(), Refusal> {
    if !template.moves() {
        return Ok(());
    }
    let wrong = |name: &str, why: &str| {
        Refusal::invalid(format!("The template parameters are invalid. Details: \n{name}: {why}"))
    };
    let input = template.input();
    for name in [input, "outputTableSpec"] {
        if template.text(name).is_empty() {
            return Err(wrong(name, "Missing required parameter"));
        }
    }
    let both = !template.text("inputTopic").is_empty() && !template.text("inputSubscription").is_empty();
    if both {
        return Err(wrong(input, "Either an inputTopic or an inputSubscription must be given, not both"));
    }
    let collection = if input == "inputTopic" { "topics" } else { "subscriptions" };
    if !matches!(template.text(input).split('/').collect::<Vec<_>>()[..], ["projects", _, it, _] if it == collection)
    {
        return Err(wrong(input, &format!("It must be projects/PROJECT/{collection}/NAME")));
    }
    for name in ["outputTableSpec", "outputDeadletterTable"] {
        let given = template.text(name);
        if !given.is_empty() && table(given, "p").is_none() {
            return Err(wrong(name, "It must be PROJECT:DATASET.TABLE"));
        }
    }
    Ok(())
}

/// Puts into the store what a job is to do; says whether it moves messages. A job that takes another's place reads
/// on from the other's own subscription.
pub(super) fn keep(
    tx: &mut Tx,
    request: &Request<'_>,
    job: &str,
    template: &Template<'_>,
    account: Option<&str>,
    before: Option<&str>,
) -> Result<bool, Refusal> {
    if !template.moves() {
        tx.put(PIPELINES, job, &json!({"idle": true}))?;
        return Ok(false);
    }
    let project = request.project()?;
    let input = template.input();
    let named = request.named(template.text(input));
    let default_account = format!("{}-compute@developer.gserviceaccount.com", project.number);
    let output = |spec: &str| {
        let name = table(spec, &project.id).unwrap_or_default();
        request.named(&name)
    };
    let into = output(template.text("outputTableSpec"));
    let dead = match template.text("outputDeadletterTable") {
        "" => format!("{into}_error_records"),
        given => output(given),
    };
    let script = ["javascriptTextTransformGcsPath", "javascriptTextTransformFunctionName"]
        .iter()
        .any(|it| !template.text(it).is_empty());
    let mut pipeline = json!({
        "input": named,
        "own": input == "inputTopic",
        "table": into,
        "dead": dead,
        "script": script,
        // Google gives the default account the role of an editor.
        "account": account.filter(|it| *it != default_account),
    });
    if input == "inputSubscription" {
        pipeline["subscription"] = json!(named);
    }
    if let Some(before) = before
        && let Some(old) = tx.get(PIPELINES, before)?
        && old["own"] == true
        && old["input"] == pipeline["input"]
        && old["subscription"].is_string()
    {
        pipeline["subscription"] = old["subscription"].clone();
        tx.remove(PIPELINES, before)?;
    }
    tx.put(PIPELINES, job, &pipeline)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        for (spec, want) in [
            ("p:d.t", Some("projects/p/datasets/d/tables/t")),
            ("p.d.t", Some("projects/p/datasets/d/tables/t")),
            ("d.t", Some("projects/own/datasets/d/tables/t")),
            ("example.com:p:d.t", Some("projects/example.com:p/datasets/d/tables/t")),
            ("t", None),
            ("p:d.", None),
        ] {
            assert_eq!(table(spec, "own").as_deref(), want, "{spec}");
        }
    }
}
