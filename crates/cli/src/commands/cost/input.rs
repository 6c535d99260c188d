//! What a cost report is of: a declaration, a plan of ours, a plan or state of Terraform's, or what is there.

use std::collections::BTreeMap;
use std::path::Path;

use engine::Selection;
use gcp::bill::Resources;
use gcp::terraform;

use crate::Declaration;
use crate::args::{CostReport, Global};
use crate::images::Building;
use crate::out::Out;
use crate::planfile;
use crate::problem::Problem;
use crate::world::{Declared, Outline, World};

/// What there will be, and what there is.
pub struct Input {
    pub planned: Resources,
    /// `None` where nobody says it.
    pub past: Option<Resources>,
    /// Of what does not say where it is.
    pub region: String,
    /// Types that nobody here knows the price of, and how many there are of each.
    pub unsupported: BTreeMap<String, usize>,
    /// What people call it: `events/dev`.
    pub title: String,
    pub path: String,
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
        let outline = Outline::open(global)?;
        let title = format!("{}/{}", outline.project.name, outline.stack);
        let path = outline.project.folder().display().to_string();
        let region = outline.region().to_owned();
        let input = |planned, past| Input {
            planned,
            past,
            region,
            unsupported: BTreeMap::new(),
            title,
            path,
            source: "stack",
        };
        if !args.live && !past {
            return Ok(input(Resources::of_program(&outline.declare(declaration)?), None));
        }
        // What is there has to be read.
        let world = World::open(global, declaration, Declared::Everything, Building::Later, out).await?;
        let plan = world.plan(&Selection::default()).await?;
        let there = planfile::past(&plan);
        Ok(match args.live {
            true => input(there, None),
            false => input(planfile::planned(&plan), Some(there)),
        })
    }
}

fn file(path: &Path) -> Result<Input, Problem> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|it| Problem::new(format!("{shown} cannot be read: {it}")))?;
    if let Some(saved) = planfile::resources(&bytes)? {
        return Ok(Input {
            planned: saved.planned,
            past: Some(saved.past),
            region: saved.region,
            unsupported: BTreeMap::new(),
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
        title: path.file_name().map_or_else(|| shown.clone(), |it| it.to_string_lossy().into_owned()),
        path: shown,
        source,
    })
}
