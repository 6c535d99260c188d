//! The tools that look at a whole stack: plan, drift, cost, state, outputs.

use engine::Op;
use engine::ledger::{Entry, Intent};
use serde_json::{Value, json};

use super::Server;
use super::arguments::{self, with_stack};
use super::reply::Reply;
use crate::commands::cost;
use crate::images::Building;
use crate::planfile;
use crate::problem::Problem;
use crate::show;
use crate::show::value;
use crate::style::Style;
use crate::world::{Declared, Ground, World};

/// How wide texts are: for a model, lines need not be broken.
pub const WIDTH: usize = 120;

pub async fn plan(server: &Server, args: &arguments::Plan) -> Result<Reply, Problem> {
    let global = args.global(&server.global)?;
    let selection = engine::Selection { target: args.targets.clone(), ..engine::Selection::default() };
    let (what, later) = (Declared::Everything, Building::Later);
    let world = World::open(&global, server.declaration, what, later, selection, &server.out).await?;
    let plan = world.plan().await?;
    let mut text = format!("{}\n{}", world.title, show::plan::plan(&plan, WIDTH, Style::PLAIN));
    let why_not = match () {
        () if plan.has_errors() => Some("the plan has errors".to_owned()),
        () if args.is_what_if() => Some("its settings are of this call only".to_owned()),
        () if !world.unbuilt.is_empty() => Some(format!(
            "the image of {} is not built from its source as it now is; `stack approve`, without a digest, builds it and \
             shows the plan",
            world.unbuilt.join(" and of ")
        )),
        () => None,
    };
    let digest = planfile::digest(&plan, &world.selection);
    let data =
        json!({ "title": world.title, "plan": plan.to_json(), "digest": null, "unbuilt": world.unbuilt });
    text.push_str(&match &why_not {
        Some(why) => format!("This plan cannot be approved as it is: {why}.\n"),
        None => String::new(),
    });
    let mut reply = Reply { text, data }.redacted(&world.redactor);
    // A digest is of what has no secret in it; redacted, it would be none.
    if why_not.is_none() {
        let command = approve(&global.stack, &args.targets, &digest);
        reply.text.push_str(&format!("Digest: {digest}\nTo approve it, a person runs: {command}\n"));
        reply.data["digest"] = json!(digest);
    }
    Ok(reply)
}

/// What a person types to approve a plan.
fn approve(stack: &str, targets: &[String], digest: &str) -> String {
    let targets: String =
        targets.iter().map(|it| format!(" --target '{}'", it.replace('\'', r"'\''"))).collect();
    format!("stack approve --stack {stack}{targets} {digest}")
}

pub async fn drift(server: &Server, args: &arguments::Whole) -> Result<Reply, Problem> {
    let world = server.world(args.stack.as_deref()).await?;
    let plan = world.plan().await?;
    if plan.has_errors() {
        // Neither drift nor its absence can be told from it.
        let mut problem = Problem::new("the plan has errors, and drift cannot be told from it");
        let errors = plan.diagnostics.iter().filter(|it| it.severity == engine::Severity::Error);
        problem.causes = errors.map(|it| world.redactor.text(&it.message)).collect();
        return Err(problem);
    }
    let all = plan.to_json();
    let steps = all["steps"].as_array().into_iter().flatten();
    let resources: Vec<&Value> = steps.filter(|it| it["op"] != json!(Op::Same)).collect();
    let text = match resources.len() {
        0 => format!("{}\nNothing differs: {} resources are as declared.\n", world.title, plan.summary.same),
        _ => format!("{}\n{}", world.title, show::plan::plan(&plan, WIDTH, Style::PLAIN)),
    };
    let data = json!({ "title": world.title, "differs": resources.len(), "resources": resources });
    Ok(Reply { text, data }.redacted(&world.redactor))
}

pub async fn cost(server: &Server, args: &arguments::Whole) -> Result<Reply, Problem> {
    let global = with_stack(&server.global, args.stack.as_deref())?;
    let (data, mut text, notes) = cost::changes(&global, server.declaration, &server.out).await?;
    for note in notes {
        text.push_str(&format!("\n{note}"));
    }
    // Reports are of quantities and prices, and hold no declared value; names pass the redaction of all other tools.
    let ground = Ground::open(&global, &server.out).await?;
    Ok(Reply { text, data }.redacted(&ground.redactor()))
}

pub async fn outputs(server: &Server, args: &arguments::Whole) -> Result<Reply, Problem> {
    let global = with_stack(&server.global, args.stack.as_deref())?;
    let ground = Ground::open(&global, &server.out).await?;
    let outputs = engine::mask(&Value::Object(ground.ledger.outputs()));
    let lines = outputs.as_object().into_iter().flatten();
    let mut text: String = lines.map(|(name, it)| format!("{name}: {}\n", value::inline(it))).collect();
    if text.is_empty() {
        text = "The stack has no outputs: nothing was applied yet.\n".to_owned();
    }
    let data = json!({ "title": ground.title(), "outputs": outputs });
    Ok(Reply { text, data }.redacted(&ground.redactor()))
}

pub async fn state(server: &Server, args: &arguments::State) -> Result<Reply, Problem> {
    let global = with_stack(&server.global, args.stack.as_deref())?;
    let ground = Ground::open(&global, &server.out).await?;
    let entries = ground.ledger.entries();
    let (text, data) = match &args.resource {
        Some(name) => {
            let urns = entries.iter().map(|it| &it.urn);
            let urn = super::explain::find(name, urns)?;
            let entry = entries.iter().find(|it| it.urn == urn);
            let json = entry.map(whole).unwrap_or_default();
            (format!("{json:#}\n"), json!({ "title": ground.title(), "resource": json }))
        }
        None => {
            let word = |it: Intent| match it {
                Intent::Create => "creating",
                Intent::Update => "updating",
                Intent::Delete => "deleting",
            };
            let pending = ground.ledger.pending();
            let pending: Vec<Value> = pending
                .iter()
                .map(|it| json!({ "doing": word(it.intent), "resource": brief(&it.entry) }))
                .collect();
            let resources: Vec<Value> = entries.iter().map(brief).collect();
            let mut text = format!("{}\n", ground.title());
            for it in &entries {
                let adopted = if it.adopted { "  (adopted)" } else { "" };
                text.push_str(&format!(
                    "  {} {}  {}{adopted}\n",
                    it.kind,
                    it.urn.name(),
                    it.id.as_deref().unwrap_or("")
                ));
            }
            text.push_str(&format!("{} resources; {} under way\n", resources.len(), pending.len()));
            (text, json!({ "title": ground.title(), "resources": resources, "pending": pending }))
        }
    };
    Ok(Reply { text, data }.redacted(&ground.redactor()))
}

/// What the ledger has of a resource, but for its values.
fn brief(it: &Entry) -> Value {
    json!({
        "urn": it.urn,
        "kind": it.kind,
        "name": it.urn.name(),
        "id": it.id,
        "adopted": it.adopted,
        "protect": it.protect,
        "created": it.created,
        "modified": it.modified,
    })
}

/// All that the ledger has of a resource, secrets masked.
fn whole(it: &Entry) -> Value {
    let mut json = brief(it);
    json["parent"] = json!(it.parent);
    json["dependencies"] = json!(it.dependencies);
    json["retain"] = json!(it.retain);
    json["inputs"] = engine::mask(&it.inputs);
    json["state"] = engine::mask(&it.state);
    json
}
