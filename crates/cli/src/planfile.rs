//! A plan that was saved: what it said, and how to tell that nothing has moved since.

use std::path::Path;

use engine::Plan;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The file's form.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    stack: String,
    project: String,
    /// Of everything that the plan says, secrets too, which themselves are not in the file.
    fingerprint: String,
    plan: Value,
}

/// Saves a plan.
pub fn save(plan: &Plan, path: &Path) -> Result<(), Problem> {
    let saved = Saved {
        version: VERSION,
        stack: plan.stack.clone(),
        project: plan.project.clone(),
        fingerprint: fingerprint(plan),
        plan: plan.to_json(),
    };
    let text = serde_json::to_string_pretty(&saved).map_err(|it| Problem::of(&it, None))?;
    std::fs::write(path, text)
        .map_err(|it| Problem::new(format!("{} cannot be written: {it}", path.display())))
}

/// Says what is no longer as it was when the plan was saved; empty when nothing has moved.
pub fn moved(path: &Path, now: &Plan) -> Result<Vec<String>, Problem> {
    let text = std::fs::read_to_string(path)
        .map_err(|it| Problem::new(format!("the plan {} cannot be read: {it}", path.display())))?;
    let saved: Saved = serde_json::from_str(&text).map_err(|it| {
        Problem::new(format!("{} is not a saved plan: {it}", path.display()))
            .hint("make one: stack plan --out FILE")
    })?;
    if saved.version != VERSION {
        return Err(Problem::new(format!(
            "{} is a plan of version {}, and this program reads {VERSION}",
            path.display(),
            saved.version
        )));
    }
    if (saved.stack.as_str(), saved.project.as_str()) != (now.stack.as_str(), now.project.as_str()) {
        return Err(Problem::new(format!(
            "{} is a plan of stack {}/{}",
            path.display(),
            saved.project,
            saved.stack
        ))
        .hint(format!("pass --stack {}", saved.stack)));
    }
    if saved.fingerprint == fingerprint(now) {
        return Ok(Vec::new());
    }
    let mut differences = differences(&saved.plan["steps"], &now.to_json()["steps"]);
    if differences.is_empty() {
        differences.push("a secret is another".to_owned());
    }
    Ok(differences)
}

fn fingerprint(plan: &Plan) -> String {
    // Resources as declared are left out: that nothing is to be done about them is all that counts.
    let steps: Vec<_> = plan.steps.iter().filter(|it| it.op != engine::Op::Same).collect();
    let text = serde_json::to_string(&steps).unwrap_or_default();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn differences(then: &Value, now: &Value) -> Vec<String> {
    let steps = |list: &Value| -> Vec<Value> {
        list.as_array().into_iter().flatten().filter(|it| it["op"] != "same").cloned().collect()
    };
    let (then, now) = (steps(then), steps(now));
    let of = |list: &[Value], urn: &Value| list.iter().find(|it| it["urn"] == *urn).cloned();
    let say =
        |it: &Value| format!("{} {}", it["op"].as_str().unwrap_or("?"), it["name"].as_str().unwrap_or("?"));
    let mut out = Vec::new();
    for old in &then {
        match of(&now, &old["urn"]) {
            None => out.push(format!("it was to {}, and now there is nothing to do", say(old))),
            Some(new) if new["op"] != old["op"] => {
                out.push(format!("it was to {}, and now would {}", say(old), say(&new)))
            }
            Some(new) => {
                let changes = |it: &Value| it["changes"].as_array().cloned().unwrap_or_default();
                for change in changes(&new) {
                    if !changes(old).contains(&change) {
                        out.push(format!(
                            "{}: {} is {} now",
                            new["name"].as_str().unwrap_or("?"),
                            change["path"].as_str().unwrap_or("?"),
                            change["before"]
                        ));
                    }
                }
                for change in changes(old) {
                    let path = &change["path"];
                    if !changes(&new).iter().any(|it| it["path"] == *path) {
                        out.push(format!(
                            "{}: {} is as declared by now",
                            new["name"].as_str().unwrap_or("?"),
                            path.as_str().unwrap_or("?")
                        ));
                    }
                }
            }
        }
    }
    for new in &now {
        if of(&then, &new["urn"]).is_none() {
            out.push(format!("it would {}, which was not in the plan", say(new)));
        }
    }
    out
}
