//! The tool that explains one resource.

use cost::Estimate;
use cost::breakdown::{Costed, File};
use engine::{Plan, Step, Urn, nearest};
use gcp::bill::Resources;
use serde_json::{Value, json};

use super::reply::Reply;
use super::{Server, arguments, looks};
use crate::problem::Problem;
use crate::show;
use crate::show::value;
use crate::style::Style;
use crate::world::World;

pub async fn explain(server: &Server, args: &arguments::Explain) -> Result<Reply, Problem> {
    let world = server.world(args.stack.as_deref()).await?;
    let plan = world.plan().await?;
    let urn = find(&args.resource, plan.steps.iter().map(|it| &it.urn))?;
    let step = plan.steps.iter().find(|it| it.urn == urn);
    let step = step.ok_or_else(|| Problem::new(format!("the plan has no step for {urn}")))?;
    let near = Near::of(&world, &urn);
    let bill = Bill::of(&world, &plan, &urn)?;
    let text = format!("{}\n{}", world.title, text(&plan, step, &near, &bill));
    let data = json!({
        "title": world.title,
        "step": engine::mask(&json!(step)),
        "noun": step.noun(),
        "dependsOn": near.needs,
        "dependents": near.users,
        "holds": step.facts().holds,
        "protect": near.protect,
        "monthly": monthly(&plan, &urn),
        "bill": { "past": bill.past, "planned": bill.planned },
        "diagnostics": plan.diagnostics.iter().filter(|it| it.urn.as_ref() == Some(&urn)).collect::<Vec<_>>(),
    });
    Ok(Reply { text, data }.redacted(&world.redactor))
}

/// The one resource of a name or address.
pub fn find<'a>(name: &str, all: impl Iterator<Item = &'a Urn>) -> Result<Urn, Problem> {
    let all: Vec<&Urn> = all.collect();
    let fits: Vec<&&Urn> = all.iter().filter(|it| it.name() == name || it.as_str() == name).collect();
    match fits.as_slice() {
        [urn] => Ok((**urn).clone()),
        [] => {
            let problem = Problem::new(format!("no resource is called {name}"));
            Err(match nearest(name, all.iter().map(|it| it.name())) {
                Some(nearest) => problem.hint(format!("did you mean {nearest}?")),
                None => problem,
            })
        }
        several => {
            let mut problem = Problem::new(format!("{} resources are called {name}", several.len()));
            problem.causes = several.iter().map(|it| format!("there is {it}")).collect();
            Err(problem.hint("say which by its URN"))
        }
    }
}

/// What a resource needs directly, and what needs it.
struct Near {
    needs: Vec<Urn>,
    users: Vec<Urn>,
    protect: bool,
}

impl Near {
    fn of(world: &World, urn: &Urn) -> Near {
        let (nodes, needs) = (&world.program.nodes, &world.graph.needs);
        let Some(at) = nodes.iter().position(|it| it.urn == *urn) else {
            // Declared no more: the ledger says what it needed.
            let entry = world.ledger.entries().into_iter().find(|it| it.urn == *urn);
            let (needs, protect) = entry.map(|it| (it.dependencies, it.protect)).unwrap_or_default();
            return Near { needs, users: Vec::new(), protect };
        };
        let users = (0..nodes.len()).filter(|it| needs[*it].contains(&at));
        Near {
            needs: needs[at].iter().map(|it| nodes[*it].urn.clone()).collect(),
            users: users.map(|it| nodes[it].urn.clone()).collect(),
            protect: nodes[at].options.protect,
        }
    }
}

/// What a resource costs, line by line.
struct Bill {
    past: Option<Costed>,
    planned: Option<Costed>,
}

impl Bill {
    fn of(world: &World, plan: &Plan, urn: &Urn) -> Result<Bill, Problem> {
        let estimates = world.estimates(plan)?;
        let lines = |of: &(Resources, Estimate)| lines(of, urn.as_str());
        Ok(Bill { past: lines(&estimates.past), planned: lines(&estimates.planned) })
    }
}

/// What an estimate has of a resource; none for what is free, or not there.
fn lines((resources, estimate): &(Resources, Estimate), address: &str) -> Option<Costed> {
    let at = resources.items().iter().position(|it| it.address == address)?;
    let name = &estimate.resources.get(at)?.address;
    let breakdown = File::of(estimate).projects.into_iter().next()?.breakdown?;
    breakdown.resources.into_iter().find(|it| it.name == *name)
}

fn monthly(plan: &Plan, urn: &Urn) -> Value {
    json!(plan.bills.as_ref().and_then(|it| it.steps.get(urn)))
}

fn text(plan: &Plan, step: &Step, near: &Near, bill: &Bill) -> String {
    let named = |urns: &[Urn]| match urns {
        [] => "nothing".to_owned(),
        urns => urns.iter().map(Urn::name).collect::<Vec<_>>().join(", "),
    };
    let mut lines = vec![
        format!("{} {} ({})", step.noun(), step.name, step.kind),
        format!("  operation: {}", json!(step.op).as_str().unwrap_or_default()),
    ];
    lines.extend(step.reason.as_ref().map(|it| format!("  reason: {it}")));
    lines.push(format!("  id in Google Cloud: {}", step.id.as_deref().unwrap_or("not known yet")));
    for change in &step.changes {
        let shown = value::change(
            &change.path.to_string(),
            &change.before,
            &change.after,
            looks::WIDTH,
            Style::PLAIN,
        );
        lines.extend(shown.iter().map(|it| format!("    {it}")));
        lines.extend(change.replaces.then(|| "      this makes the resource anew".to_owned()));
    }
    lines.push(format!("  depends on: {}", named(&near.needs)));
    lines.push(format!("  needed by: {}", named(&near.users)));
    lines.push(match step.facts().holds {
        Some(holds) => format!("  deleting it loses {holds}"),
        None => "  it holds nothing of its own".to_owned(),
    });
    lines.extend(near.protect.then(|| "  protected: neither deleted nor replaced".to_owned()));
    let cost = plan.bills.as_ref().and_then(|it| it.steps.get(&step.urn));
    lines.push(match cost {
        Some(it) => format!("  monthly cost: {} -> {} USD", it.before.round_dp(2), it.after.round_dp(2)),
        None => "  monthly cost: none".to_owned(),
    });
    for component in bill.planned.iter().flat_map(|it| &it.cost_components) {
        let cost =
            component.monthly_cost.map_or_else(|| "not known".to_owned(), |it| format!("{:.2} USD", it));
        lines.push(format!("    {} ({}): {cost}", component.name, component.unit));
    }
    let about = plan.diagnostics.iter().filter(|it| it.urn.as_ref() == Some(&step.urn));
    let about: Vec<String> = about.map(|it| show::plan::diagnostic(it, Style::PLAIN)).collect();
    lines.join("\n") + "\n" + &about.concat()
}
