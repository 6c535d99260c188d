//! A plan that was saved: what it said, and how to tell that nothing has moved since.

use std::path::Path;

use engine::{Op, Plan, Selection, Step};
use gcp::bill::{Item, Priced};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The file's form.
const VERSION: u32 = 4;

#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    stack: String,
    project: String,
    /// Of everything that the plan says, secrets too, which themselves are not in the file.
    fingerprint: String,
    /// By which a person approves it.
    digest: String,
    /// Which resources it is for, and what the person consented to.
    selection: Selection,
    plan: Value,
    /// What there will be and what there is, as far as bills need it.
    resources: Listed,
}

/// What bills need of a saved plan; the rest is read over. Another file's first field ends the reading.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Billed {
    #[serde(rename = "version")]
    _version: IgnoredAny,
    stack: String,
    project: String,
    #[serde(rename = "fingerprint")]
    _fingerprint: IgnoredAny,
    #[serde(rename = "digest")]
    _digest: IgnoredAny,
    #[serde(rename = "selection")]
    _selection: IgnoredAny,
    #[serde(rename = "plan")]
    _plan: IgnoredAny,
    resources: Listed,
}

/// Resources by themselves, without what is secret in them.
#[derive(Serialize, Deserialize)]
struct Listed {
    region: String,
    planned: Vec<Resource>,
    past: Vec<Resource>,
}

#[derive(Serialize, Deserialize)]
struct Resource {
    urn: String,
    name: String,
    kind: String,
    inputs: Value,
}

/// What a saved plan says of resources.
pub struct Resources {
    pub planned: gcp::bill::Resources,
    pub past: gcp::bill::Resources,
    pub region: String,
    /// `events/dev`.
    pub title: String,
}

/// The resources of a saved plan; `None` if this is none.
pub fn resources(bytes: &[u8]) -> Result<Option<Resources>, Problem> {
    let Ok(saved) = serde_json::from_slice::<Billed>(bytes) else { return Ok(None) };
    Ok(Some(Resources {
        planned: read(saved.resources.planned)?,
        past: read(saved.resources.past)?,
        region: saved.resources.region,
        title: format!("{}/{}", saved.project, saved.stack),
    }))
}

fn read(listed: Vec<Resource>) -> Result<gcp::bill::Resources, Problem> {
    let item = |it: Resource| {
        let driver = gcp::kinds::by_token(&it.kind).ok_or_else(|| {
            Problem::new(format!("the plan has a {}, which this program does not know", it.kind))
        })?;
        let priced = Priced::Kind(driver);
        Ok::<_, Problem>(Item { address: it.urn, name: it.name, terraform: None, priced, inputs: it.inputs })
    };
    Ok(gcp::bill::Resources::new(listed.into_iter().map(item).collect::<Result<_, _>>()?))
}

/// What there will be once a plan is done.
pub fn planned(plan: &Plan) -> gcp::bill::Resources {
    let stays = plan.steps.iter().filter(|it| it.op != Op::Delete);
    gcp::bill::Resources::new(stays.map(|it| item(it, it.desired().clone())).collect())
}

/// What is there and ours before a plan is done.
pub fn past(plan: &Plan) -> gcp::bill::Resources {
    let there = plan.steps.iter().filter_map(|it| Some(item(it, present(it)?)));
    gcp::bill::Resources::new(there.collect())
}

/// What is there, with what no API tells but the declaration: what says where it is.
fn present(step: &Step) -> Option<Value> {
    let mut inputs = step.present()?.clone();
    if let (Some(inputs), Some(desired)) = (inputs.as_object_mut(), step.desired().as_object()) {
        for name in step.driver().identity() {
            if let Some(value) = desired.get(name) {
                inputs.insert(name.to_owned(), value.clone());
            }
        }
    }
    Some(inputs)
}

fn item(step: &Step, inputs: Value) -> Item {
    Item {
        address: step.urn.to_string(),
        name: step.name.clone(),
        terraform: None,
        priced: Priced::Kind(step.driver()),
        inputs,
    }
}

fn listed(resources: &gcp::bill::Resources) -> Vec<Resource> {
    let of = |it: &Item| Resource {
        urn: it.address.clone(),
        name: it.name.clone(),
        kind: it.priced.token().to_owned(),
        inputs: engine::mask(&it.inputs),
    };
    resources.items().iter().map(of).collect()
}

/// Saves a plan.
pub fn save(plan: &Plan, selection: &Selection, region: &str, path: &Path) -> Result<(), Problem> {
    let saved = Saved {
        version: VERSION,
        stack: plan.stack.clone(),
        project: plan.project.clone(),
        fingerprint: fingerprint(plan),
        digest: digest(plan, selection),
        selection: selection.clone(),
        plan: plan.to_json(),
        resources: Listed {
            region: region.to_owned(),
            planned: listed(&planned(plan)),
            past: listed(&past(plan)),
        },
    };
    let text = serde_json::to_string_pretty(&saved).map_err(|it| Problem::of(&it, None))?;
    std::fs::write(path, text)
        .map_err(|it| Problem::new(format!("{} cannot be written: {it}", path.display())))
}

/// By which a person approves a plan: `sha256:…` of which stack it is of, of what is selected, and of each step with each
/// change, secrets left out. For a digest is shown where anybody may read it, and of a short secret it would tell which
/// it is.
pub fn digest(plan: &Plan, selection: &Selection) -> String {
    let steps = plan.to_json()["steps"].take();
    let steps: Vec<&Value> = steps.as_array().into_iter().flatten().filter(|it| it["op"] != "same").collect();
    let whole =
        json!({ "project": plan.project, "stack": plan.stack, "selection": selection, "steps": steps });
    format!("sha256:{}", hex(&whole.to_string()))
}

/// What a saved plan says, and its digest.
pub struct Shown {
    /// As docs/plan.schema.json describes it.
    pub plan: Value,
    pub digest: String,
}

/// Reads what a saved plan says, which must be of this project and stack.
pub fn shown(path: &Path, project: &str, stack: &str) -> Result<Shown, Problem> {
    let saved = load(path)?;
    check_stack(&saved, path, project, stack)?;
    Ok(Shown { plan: saved.plan, digest: saved.digest })
}

/// A plan of one stack says nothing of another.
fn check_stack(saved: &Saved, path: &Path, project: &str, stack: &str) -> Result<(), Problem> {
    if (saved.stack.as_str(), saved.project.as_str()) == (stack, project) {
        return Ok(());
    }
    let of = format!("{} is a plan of stack {}/{}", path.display(), saved.project, saved.stack);
    Err(Problem::new(of).hint(format!("pass --stack {}", saved.stack)))
}

/// Which resources a saved plan is for.
pub fn selection(path: &Path) -> Result<Selection, Problem> {
    load(path).map(|it| it.selection)
}

fn load(path: &Path) -> Result<Saved, Problem> {
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
        ))
        .hint("make it anew: stack plan --out FILE"));
    }
    Ok(saved)
}

/// Says what is no longer as it was when the plan was saved; empty when nothing has moved.
pub fn moved(path: &Path, now: &Plan) -> Result<Vec<String>, Problem> {
    let saved = load(path)?;
    check_stack(&saved, path, &now.project, &now.stack)?;
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
    // A step is plain data.
    hex(&serde_json::to_string(&steps).unwrap_or_default())
}

fn hex(text: &str) -> String {
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
