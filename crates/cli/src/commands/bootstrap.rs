//! `stack bootstrap github`: what a repository needs to deliver the stack without a key.

use std::process::ExitCode;
use std::sync::Arc;

use ci::GitHub;
use engine::ledger::store::{Folder, Store};
use engine::project::StackFile;
use engine::{Op, Plan, Selection};
use gcp::{BucketStore, Client};
use serde_json::json;

use super::apply::{self, Way};
use crate::args::{BootstrapGithub, Global};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::style::Ink;
use crate::system;
use crate::world::{Foundation, World};
use crate::{Delivery, Grant, Repository, show};

/// What the program calls the ledger's bucket.
const LEDGER: &str = "ledger";

pub async fn run(
    args: &BootstrapGithub,
    global: &Global,
    delivery: Delivery,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let foundation = Foundation::open(global, out).await?;
    let of = repository(args, &foundation).await?;
    let bootstrap = Bootstrap { foundation, of, delivery, global, out };
    let of = &bootstrap.of;
    let is_there = exists(&bootstrap.foundation, &of.ledger).await?;
    let client = Arc::new(Client::new(bootstrap.foundation.endpoint.clone())?);
    let bucket: Arc<dyn Store> = Arc::new(BucketStore::new(client, &of.ledger, ""));
    // Until the bucket is there, what is planned is remembered in a folder that goes with this run.
    let scratch = Scratch::new()?;
    let first: Arc<dyn Store> = if is_there { bucket.clone() } else { Arc::new(Folder::new(&scratch.0)) };
    let adopt = Selection { adopt: vec![LEDGER.to_owned()], ..Selection::default() };
    let (world, grants) = bootstrap.open(first.clone(), adopt.clone()).await?;
    let plan = world.plan().await?;
    explain(of, &grants, &plan, &world, out);
    if plan.has_errors() {
        return Err(Problem::new("the plan has errors, and nothing was done"));
    }
    if args.plan {
        return Ok(ExitCode::SUCCESS);
    }
    if plan.summary.changes() > 0 && !args.yes && !out.confirm("Make this?")? {
        return Err(Problem::new("nothing was done"));
    }
    if !is_there {
        let only = Selection { target: vec![LEDGER.to_owned()], ..Selection::default() };
        let code = bootstrap.make(first, only).await?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    // The bucket was made a moment ago, or by an earlier run that was ended: it is adopted, and so never deleted with
    // what it keeps.
    let code = bootstrap.make(bucket, adopt).await?;
    if code == ExitCode::SUCCESS {
        bootstrap.tell(&world).await?;
    }
    Ok(code)
}

/// All that the steps of a bootstrap share.
struct Bootstrap<'a> {
    foundation: Foundation,
    of: Repository,
    delivery: Delivery,
    global: &'a Global,
    out: &'a Out,
}

/// Which repository it is, and what its parts are called.
async fn repository(args: &BootstrapGithub, of: &Foundation) -> Result<Repository, Problem> {
    let env = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
    let id = match args.repo_id {
        Some(id) => id,
        None => GitHub::reader(&env, &args.repo)?.repository_id().await.map_err(|it| {
            Problem::from(it)
                .hint("set GITHUB_TOKEN to a token that may read it, or say its number: --repo-id N")
        })?,
    };
    let (project, stack) = (&of.project.name, &of.stack);
    Ok(Repository {
        name: args.repo.clone(),
        id,
        branches: args.branches.clone(),
        environment: args.environment.clone().unwrap_or_else(|| stack.clone()),
        stack: stack.clone(),
        pool: format!("{project}-{stack}"),
        deployer: format!("{project}-{stack}-deployer"),
        ledger: format!("{}-{project}-ledger", of.cloud_project),
    })
}

/// Whether the bucket is there and ours to read.
async fn exists(of: &Foundation, bucket: &str) -> Result<bool, Problem> {
    let call = engine::Call::get("storage.googleapis.com", format!("storage/v1/b/{bucket}"));
    match of.session()?.send(&call).await {
        Ok(_) => Ok(true),
        Err(failure)
            if failure.is_absent() || matches!(failure.cause(), Some(engine::Cause::Disabled(_))) =>
        {
            Ok(false)
        }
        Err(failure) => Err(failure.into()),
    }
}

impl Bootstrap<'_> {
    /// The name of what is declared, in the ledger.
    fn project(&self) -> String {
        format!("{}-delivery", self.foundation.project.name)
    }

    async fn open(
        &self,
        store: Arc<dyn Store>,
        selection: Selection,
    ) -> Result<(World, Vec<Grant>), Problem> {
        let mut grants = Vec::new();
        let ground = self.foundation.ground(&self.project(), store).await?;
        let program = ground.declare(|stack, config| {
            grants = (self.delivery)(stack, config, &self.of)?;
            Ok(())
        })?;
        let world = World::of(ground, program, Building::Later, selection, self.global, self.out).await?;
        Ok((world, grants))
    }

    async fn make(&self, store: Arc<dyn Store>, selection: Selection) -> Result<ExitCode, Problem> {
        let (world, _) = self.open(store, selection).await?;
        let lease = world.lock(self.global, self.out).await?;
        let done = async {
            let plan = world.plan().await?;
            let way = Way { kind: "update", question: "", agreed: true, json: false, shown: false };
            apply::execute(&world, &plan, &way, self.global, self.out).await
        };
        let done = done.await;
        lease.release().await?;
        done
    }

    /// Writes the names into the stack's file, and says what is to be done at GitHub.
    async fn tell(&self, world: &World) -> Result<(), Problem> {
        let (of, out, project) = (&self.of, self.out, &self.foundation.project);
        let client = Arc::new(Client::new(self.foundation.endpoint.clone())?);
        let bucket: Arc<dyn Store> = Arc::new(BucketStore::new(client, &of.ledger, ""));
        let outputs = self.foundation.ground(&self.project(), bucket).await?.ledger.outputs();
        let output = |name: &str| {
            let found = outputs.get(name).and_then(|it| it.as_str()).map(str::to_owned);
            found.ok_or_else(|| Problem::new(format!("the ledger of {} has no output {name}", world.title)))
        };
        let values = [
            ("stack:provider".to_owned(), output("provider")?),
            ("stack:ledger".to_owned(), format!("gs://{}", of.ledger)),
            (format!("{}:deployer", project.name), output("deployer")?),
        ];
        let mut file = StackFile::load(project, &self.global.stack)?;
        for (key, value) in &values {
            file.set_config(key, &json!(value))?;
        }
        file.save()?;
        out.line(&format!("\nWritten into {}:", file.name()));
        for (key, value) in &values {
            out.line(&format!("  {key}: {value}"));
        }
        let (repo, environment) = (&of.name, &of.environment);
        out.line("\nWhat is left to do:");
        for line in [
            format!("  git add {} && git commit -m \"Deliver {}\" && git push", file.name(), of.stack),
            format!(
                "  gh api --method PUT repos/{repo}/environments/{environment}    # approval: Settings, Environments"
            ),
            format!("  gh variable set DELIVER --repo {repo} --body on    # lets the workflows run"),
        ] {
            out.line(&line);
        }
        Ok(())
    }
}

/// Says what will be there, who will be able to do what, and why.
fn explain(of: &Repository, grants: &[Grant], plan: &Plan, world: &World, out: &Out) {
    out.line(&out.results.paint(Ink::Faint, &world.title));
    out.line(&format!(
        "Lets jobs of {} (repository {}) deliver the stack {} without a key:\n",
        of.name, of.id, of.stack
    ));
    let branches = of.branches.join(" or ");
    for line in [
        format!("  a bucket for the ledger, {}: versioned, private, uniform access", of.ledger),
        format!(
            "  a workload identity pool, {}, whose provider lets in only this repository's jobs:",
            of.pool
        ),
        format!("  pull requests, schedules, and what runs on {branches}"),
        format!(
            "  an account that deploys, {}: for jobs of the environment {} on {branches}",
            of.deployer, of.environment
        ),
    ] {
        out.line(&line);
    }
    out.line("\nRoles, and why each is needed:\n");
    let mut whom = "";
    for it in grants {
        if it.whom != whom {
            whom = &it.whom;
            out.line(&out.results.paint(Ink::Strong, &format!("  {whom}")));
        }
        let on = if it.on == "the project" { String::new() } else { format!(" on {}", it.on) };
        out.line(&format!("    {}{on}", it.role));
        out.line(&out.results.paint(Ink::Faint, &format!("        {}", it.why)));
    }
    out.line("");
    let changed = plan.steps.iter().any(|it| !matches!(it.op, Op::Create | Op::Same | Op::Adopt));
    if changed {
        // What is made for the first time was told above; what changes is to be seen.
        out.text(&show::plan::plan(plan, system::width(), out.results));
    } else {
        let forgotten = plan.steps.iter().filter(|it| it.is_released()).count();
        for it in &plan.diagnostics {
            out.text(&show::plan::diagnostic(it, out.results));
        }
        out.line(&show::plan::summary(&plan.summary, forgotten, out.results));
    }
}

/// A folder that is removed with this value.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new() -> Result<Scratch, Problem> {
        let folder = std::env::temp_dir().join(format!(
            "stack-bootstrap-{}-{:016x}",
            std::process::id(),
            fastrand::u64(..)
        ));
        std::fs::create_dir(&folder).map_err(|it| Problem::of(&it, None))?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whatever is left is in the system's folder for such things, and holds no secret.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
