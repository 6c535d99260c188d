//! What a cost report is of: a declaration, a plan of ours, a plan or state of Terraform's, or what is there.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use engine::{Selection, Urn, Usage};
use gcp::bill::{Item, Resources};
use gcp::inventory::{self, Found};
use gcp::terraform::{self, Unsupported};

use crate::Declaration;
use crate::args::{CostReport, Global};
use crate::images::Building;
use crate::out::Out;
use crate::planfile;
use crate::problem::Problem;
use crate::world::{Declared, Ground, Outline, World};

/// What there will be, and what there is.
pub struct Input {
    pub planned: Resources,
    /// `None` where nobody says it.
    pub past: Option<Resources>,
    /// Of what does not say where it is.
    pub region: String,
    /// What nobody here knows the price of, of what there will be and of what there is.
    pub unsupported: Vec<Unsupported>,
    pub past_unsupported: Vec<Unsupported>,
    /// What of it is only part of the whole, a sentence each.
    pub partial: Vec<String>,
    /// Whether it is a plan that failed on its way.
    pub is_errored: bool,
    /// What people call it: `events/dev`.
    pub title: String,
    pub path: String,
    /// How much is stored there now, by address, where that is known.
    pub measured: BTreeMap<String, Usage>,
    /// As Infracost calls the sort of thing: `terraform_plan_json`.
    pub source: &'static str,
}

impl Input {
    pub async fn of(
        args: &CostReport,
        past: bool,
        global: &Global,
        declaration: Declaration,
        out: &Out,
    ) -> Result<Input, Problem> {
        if let Some(path) = &args.path {
            return file(path);
        }
        if args.live {
            return live(global, out).await;
        }
        let outline = Outline::open(global)?;
        let title = format!("{}/{}", outline.project.name, outline.stack);
        let path = outline.project.folder().display().to_string();
        let region = outline.region().to_owned();
        let input = |planned, past| Input {
            planned,
            past,
            region,
            unsupported: Vec::new(),
            past_unsupported: Vec::new(),
            partial: Vec::new(),
            is_errored: false,
            measured: BTreeMap::new(),
            title,
            path,
            source: "stack",
        };
        if !past {
            return Ok(input(Resources::of_program(&outline.declare(declaration)?), None));
        }
        // What is there has to be read.
        let all = Selection::default();
        let world = World::open(global, declaration, Declared::Everything, Building::Later, all, out).await?;
        let plan = world.plan().await?;
        Ok(input(planfile::planned(&plan), Some(planfile::past(&plan))))
    }
}

/// What the cloud's project has, whoever made it. What is of this stack is called as it calls it.
async fn live(global: &Global, out: &Out) -> Result<Input, Problem> {
    let ground = Ground::open(global, out).await?;
    let cloud_project = ground.cloud_project();
    let there = inventory::inventory(cloud_project, &ground.session()?).await.map_err(|refused| {
        let mut problem = Problem::new(format!("project {cloud_project} could not be looked at"));
        problem.causes = refused.iter().map(ToString::to_string).collect();
        problem.hint("the role roles/viewer on the project lets you look at all of it")
    })?;
    for service in &there.disabled {
        out.note(&format!("{service} is disabled, and so what there is of it could not be looked at."));
    }
    let entries = ground.ledger.entries();
    let service = |kind: &str| gcp::kinds::by_token(kind).map(|it| it.facts().service);
    let known = entries.iter().filter_map(|it| Some(((service(&it.kind)?, it.id.as_deref()?), &it.urn)));
    let ours: HashMap<(&str, &str), &Urn> = known.collect();
    let item = |it: Found| {
        let own = service(it.priced.token()).and_then(|service| ours.get(&(service, it.live.id.as_str())));
        Item {
            address: own.map_or_else(|| format!("{} {}", it.priced.noun(), it.live.id), ToString::to_string),
            name: own.map_or_else(|| it.name().to_owned(), |it| it.name().to_owned()),
            terraform: None,
            priced: it.priced,
            inputs: it.live.state,
        }
    };
    let planned = Resources::new(there.found.into_iter().map(item).collect());
    Ok(Input {
        measured: inventory::measured(&planned, ground.region()),
        planned,
        past: None,
        region: ground.region().to_owned(),
        unsupported: Vec::new(),
        past_unsupported: Vec::new(),
        partial: Vec::new(),
        is_errored: false,
        title: format!("{cloud_project} (live)"),
        path: ground.project.folder().display().to_string(),
        source: "live",
    })
}

fn file(path: &Path) -> Result<Input, Problem> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|it| Problem::new(format!("{shown} cannot be read: {it}")))?;
    if let Some(saved) = planfile::resources(&bytes)? {
        return Ok(Input {
            planned: saved.planned,
            past: Some(saved.past),
            region: saved.region,
            unsupported: Vec::new(),
            past_unsupported: Vec::new(),
            partial: Vec::new(),
            is_errored: false,
            measured: BTreeMap::new(),
            title: saved.title,
            path: shown,
            source: "stack_plan",
        });
    }
    let read = terraform::read(&bytes).map_err(|it| {
        let mut problem = Problem::new(format!("{shown}: {it}"));
        problem.hint = it.hint.map(str::to_owned);
        problem
    })?;
    let source = if read.past.is_some() { "terraform_plan_json" } else { "terraform_state_json" };
    Ok(Input {
        planned: read.planned,
        past: read.past,
        region: read.region,
        unsupported: read.unsupported,
        past_unsupported: read.past_unsupported,
        partial: read.partial,
        is_errored: read.is_errored,
        measured: BTreeMap::new(),
        title: path.file_name().map_or_else(|| shown.clone(), |it| it.to_string_lossy().into_owned()),
        path: shown,
        source,
    })
}
