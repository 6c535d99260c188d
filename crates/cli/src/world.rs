//! Everything a command works with, made ready once: project, configuration, declaration, ledger, cloud.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::config::{Config, ConfigError};
use engine::ledger::store::{Folder, Store};
use engine::ledger::{Lease, Ledger, LedgerError};
use engine::project::{Project, StackFile};
use engine::secret::Secrets;
use engine::{Bills, Cloud, Diagnostic, Graph, Patience, Plan, Program, Redactor, Selection, Session};
use gcp::{Client, Endpoint, Google, Recorder};

use crate::args::Global;
use crate::bills::Estimates;
use crate::daemon::Daemon;
use crate::images::{self, Building, Pusher};
use crate::out::Out;
use crate::problem::Problem;
use crate::{Declaration, planfile, show};

/// One stack, and the way to its cloud.
pub struct World {
    pub project: Project,
    pub stack: String,
    pub program: Program,
    pub graph: Graph,
    pub ledger: Ledger,
    pub session: Arc<Session>,
    /// The secrets of the declaration, of the ledger, and of what was sent since.
    pub redactor: Arc<Redactor>,
    /// Which stack, in which project, on which cloud: for people.
    pub title: String,
    /// The Google Cloud project's id.
    pub cloud_project: String,
    /// Of what does not say where it is.
    pub region: String,
    /// Images of this workspace whose digests are not known, for they are not built.
    pub unbuilt: Vec<String>,
    /// Which resources are planned for.
    pub selection: Selection,
    secrets: Secrets,
}

/// What is declared: everything, or nothing, for a stack that is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    Everything,
    Nothing,
}

/// What a stack's files say: no cloud, no ledger.
pub struct Outline {
    pub project: Project,
    pub stack: String,
    pub config: Config,
    cloud_project: String,
    region: String,
}

/// A stack before any cloud is reached.
pub struct Ground {
    pub project: Project,
    pub stack: String,
    pub config: Config,
    pub ledger: Ledger,
    endpoint: Endpoint,
    cloud_project: String,
    region: String,
    secrets: Secrets,
}

/// A stack and its cloud, before the ledger is read, which may ask for credentials.
pub struct Foundation {
    pub project: Project,
    pub stack: String,
    pub config: Config,
    pub endpoint: Endpoint,
    pub cloud_project: String,
    region: String,
    secrets: Secrets,
}

/// What is read of a stack before it must say where it is.
struct Files {
    project: Project,
    stack: String,
    config: Config,
    secrets: Secrets,
    /// Whether the stack has a file of its own.
    written: bool,
}

impl Files {
    /// Finds the project from the current folder, and reads the stack's files.
    fn read(global: &Global) -> Result<Files, Problem> {
        let here = std::env::current_dir().map_err(|it| Problem::of(&it, None))?;
        let project = Project::load(&here)?;
        let file = StackFile::load(&project, &global.stack)?;
        let secrets = Secrets::from_env(file.salt().map(str::to_owned))?;
        let config = Config::resolve(&project, &file, &global.config, secrets.clone())?;
        Ok(Files { project, stack: global.stack.clone(), config, secrets, written: file.exists() })
    }

    /// The cloud's project and region.
    fn place(&self) -> Result<(String, String), Problem> {
        let stack = &self.stack;
        let need = |key: &str| {
            if self.config.is_secret(&format!("gcp:{key}")) {
                return Err(Problem::new(format!(
                    "gcp:{key} of stack {stack} is a secret, and cannot be one"
                ))
                .hint("it stands in every address: write it in clear, with `stack config set`"));
            }
            self.config.namespaced("gcp", key).ok_or_else(|| {
                Problem::new(format!("stack {stack} does not say gcp:{key}")).hint(format!(
                    "write it into Pulumi.{stack}.yaml under config:, or pass --config gcp:{key}=…"
                ))
            })
        };
        let (cloud_project, region) = (need("project")?, need("region")?);
        if !gcp::check::project_id(&cloud_project) {
            let rule = "6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last";
            return Err(Problem::new(format!("gcp:project {cloud_project:?} is not a project's id: {rule}"))
                .hint("`gcloud projects list` shows yours; the id is not the name and not the number"));
        }
        Ok((cloud_project, region))
    }
}

impl Outline {
    /// Finds the project from the current folder, and reads the stack's files.
    pub fn open(global: &Global) -> Result<Outline, Problem> {
        let files = Files::read(global)?;
        let (cloud_project, region) = files.place()?;
        let Files { project, stack, config, .. } = files;
        Ok(Outline { project, stack, config, cloud_project, region })
    }

    /// The Google Cloud project's id.
    pub fn cloud_project(&self) -> &str {
        &self.cloud_project
    }

    /// The region of what does not say where it is.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Runs the declaration.
    pub fn declare(&self, declaration: Declaration) -> Result<Program, Problem> {
        let place = (self.cloud_project.as_str(), self.region.as_str());
        let mut program =
            declare(&self.project.name, &self.stack, place, |stack| declaration(stack, &self.config))?;
        program.keep_secret(&self.config.revealed());
        Ok(program)
    }
}

/// Runs a declaration for a project and a region of the cloud.
fn declare(
    project: &str,
    stack: &str,
    (cloud_project, region): (&str, &str),
    declaration: impl FnOnce(&mut gcp::Stack<'_>) -> Result<(), ConfigError>,
) -> Result<Program, Problem> {
    let mut program = Program::new(project, stack);
    gcp::declare(&mut program, cloud_project, region, declaration)?;
    Ok(program)
}

impl Foundation {
    /// Finds the project from the current folder, and reads the stack's files.
    pub async fn open(global: &Global, out: &Out) -> Result<Foundation, Problem> {
        let files = Files::read(global)?;
        let endpoint = endpoint(&files.config, &files.project, out).await?;
        let (cloud_project, region) = files.place()?;
        let Files { project, stack, config, secrets, .. } = files;
        Ok(Foundation { project, stack, config, endpoint, cloud_project, region, secrets })
    }

    /// With a ledger of its own, under another name than the project's.
    pub async fn ground(&self, ledger: &str, store: Arc<dyn Store>) -> Result<Ground, Problem> {
        let ledger = Ledger::open(store, ledger, &self.stack, self.secrets.clone()).await?;
        Ok(Ground {
            project: self.project.clone(),
            stack: self.stack.clone(),
            config: self.config.clone(),
            ledger,
            endpoint: self.endpoint.clone(),
            cloud_project: self.cloud_project.clone(),
            region: self.region.clone(),
            secrets: self.secrets.clone(),
        })
    }

    /// A way to the cloud.
    pub fn session(&self) -> Result<Session, Problem> {
        session(&self.endpoint)
    }
}

/// A way to a cloud without a declaration.
fn session(endpoint: &Endpoint) -> Result<Session, Problem> {
    let cloud = Arc::new(Client::new(endpoint.clone())?);
    Ok(Session::new(cloud, Arc::new(Google), Patience::default()))
}

impl Ground {
    /// Finds the project from the current folder, and reads the stack's files and ledger.
    pub async fn open(global: &Global, out: &Out) -> Result<Ground, Problem> {
        let files = Files::read(global)?;
        let endpoint = endpoint(&files.config, &files.project, out).await?;
        let store = store(&files, &endpoint)?;
        if !files.written {
            known(&files.project, &*store, &files.stack).await?;
        }
        let (cloud_project, region) = files.place()?;
        let Files { project, stack, config, secrets, .. } = files;
        let ledger = Ledger::open(store, &project.name, &stack, secrets.clone()).await?;
        Ok(Ground { project, stack, config, ledger, endpoint, cloud_project, region, secrets })
    }

    /// Runs a declaration, under the name of this ledger's project.
    pub fn declare(
        &self,
        declaration: impl FnOnce(&mut gcp::Stack<'_>, &Config) -> Result<(), ConfigError>,
    ) -> Result<Program, Problem> {
        let place = (self.cloud_project.as_str(), self.region.as_str());
        let mut program =
            declare(self.ledger.project(), &self.stack, place, |stack| declaration(stack, &self.config))?;
        program.keep_secret(&self.config.revealed());
        Ok(program)
    }

    /// Knows the secrets of the ledger.
    pub fn redactor(&self) -> Redactor {
        let redactor = Redactor::default();
        let pending = self.ledger.pending().into_iter().map(|it| it.entry);
        for entry in self.ledger.entries().into_iter().chain(pending) {
            redactor.learn(&entry.inputs);
            redactor.learn(&entry.state);
        }
        self.ledger.outputs().values().for_each(|it| redactor.learn(it));
        redactor
    }

    /// Which stack, in which project, on which cloud: for people.
    pub fn title(&self) -> String {
        let cloud = match &self.endpoint {
            Endpoint::Google => "on Google Cloud".to_owned(),
            Endpoint::Local(url) => format!("on the cloud at {url}"),
        };
        format!("{}/{}: project {} {cloud}", self.project.name, self.stack, self.cloud_project)
    }

    /// The Google Cloud project's id.
    pub fn cloud_project(&self) -> &str {
        &self.cloud_project
    }

    /// The region of what does not say where it is.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Where the cloud's APIs are.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// A way to the cloud without a declaration.
    pub fn session(&self) -> Result<Session, Problem> {
        session(&self.endpoint)
    }
}

impl World {
    /// Runs the declaration and makes the way to the cloud.
    pub async fn open(
        global: &Global,
        declaration: Declaration,
        declared: Declared,
        building: Building,
        selection: Selection,
        out: &Out,
    ) -> Result<World, Problem> {
        let ground = Ground::open(global, out).await?;
        let mut program = ground.declare(|stack, config| match declared {
            Declared::Everything => declaration(stack, config),
            Declared::Nothing => Ok(()),
        })?;
        program.destroys = declared == Declared::Nothing;
        World::of(ground, program, building, selection, global, out).await
    }

    /// Makes the way to the cloud for a program.
    pub async fn of(
        ground: Ground,
        mut program: Program,
        building: Building,
        selection: Selection,
        global: &Global,
        out: &Out,
    ) -> Result<World, Problem> {
        let graph = Graph::new(&program)?;
        let folder = ground.project.folder();
        let chosen = selection.nodes(&program, &graph);
        let unbuilt =
            images::tell(&mut program, &chosen, &ground.ledger, (folder, &ground.endpoint), building, out)
                .await?;
        let title = ground.title();
        let client = Arc::new(Client::new(ground.endpoint.clone())?);
        let redactor = Arc::new(ground.redactor());
        program.nodes.iter().for_each(|it| redactor.learn(&it.inputs));
        program.outputs.values().for_each(|it| redactor.learn(it));
        let mut cloud: Arc<dyn Cloud> = Arc::new(Pusher::new(client, folder, &ground.endpoint).await?);
        if let Some(folder) = &global.record {
            let name = format!("{}-{}", ground.stack, std::process::id());
            cloud = Arc::new(Recorder::new(cloud, redactor.clone(), folder, &name).map_err(|it| {
                Problem::new(format!("a recording cannot be written to {}: {it}", folder.display()))
            })?);
        }
        let session = Session::new(cloud, Arc::new(Google), Patience::default()).redacting(redactor.clone());
        Ok(World {
            project: ground.project,
            stack: ground.stack,
            program,
            graph,
            ledger: ground.ledger,
            session: Arc::new(session),
            redactor,
            title,
            cloud_project: ground.cloud_project,
            region: ground.region,
            unbuilt,
            selection,
            secrets: ground.secrets,
        })
    }

    /// Keeps other runs out, waiting for one that is at work as long as the person said.
    pub async fn lock(&self, global: &Global, out: &Out) -> Result<Lease, Problem> {
        let patience = global.lock_timeout;
        let waits = |locked: &LedgerError| {
            out.note(&format!("Waiting, at most {}: {locked}.", show::progress::seconds(patience)));
        };
        Ok(self.ledger.lock_within(patience, waits).await?)
    }

    /// Reads everything and decides.
    pub async fn plan(&self) -> Result<Plan, Problem> {
        let selection = &self.selection;
        if let Some(plan) = engine::invalid(&self.program) {
            return Ok(plan);
        }
        let (entries, pending) = (self.ledger.entries(), self.ledger.pending());
        let snapshot =
            engine::snapshot(&self.program, &self.graph, &entries, &pending, &self.session).await?;
        let mut plan = engine::plan(&self.program, &self.graph, snapshot, &self.session, selection)?;
        engine::foresee(&mut plan, &self.session).await;
        self.foresee_secrets(&mut plan);
        // A part of a stack has no bill of its own: what it follows may be in the other part.
        if selection.target.is_empty() && selection.exclude.is_empty() {
            match self.bills(&plan) {
                Ok(bills) => plan.bills = Some(bills),
                // Nobody is kept from a change by what is only told beside it.
                Err(problem) => plan.diagnostics.push(unbilled(problem)),
            }
        }
        Ok(plan)
    }

    /// What the plan makes of the monthly bill.
    fn bills(&self, plan: &Plan) -> Result<Bills, Problem> {
        Ok(self.estimates(plan)?.bills(plan))
    }

    /// What is there and what there will be costs, by the usage file beside the project file.
    pub fn estimates(&self, plan: &Plan) -> Result<Estimates, Problem> {
        Estimates::of((planfile::past(plan), planfile::planned(plan)), self.project.folder(), &self.region)
    }

    /// A secret that could not be written into the ledger is said before anything is done.
    fn foresee_secrets(&self, plan: &mut Plan) {
        let has_secret = plan.steps.iter().any(|it| engine::has_secret(it.desired()));
        if has_secret && let Secrets::None = self.secrets {
            let problem = engine::secret::SecretError::NoPassphrase;
            let mut diagnostic = Diagnostic::error(None, problem.to_string());
            diagnostic.hint = problem.hint();
            plan.diagnostics.push(diagnostic);
        }
    }

    /// Keeps the salt with which secrets were first encrypted, for without it they are lost.
    pub fn keep_salt(&self) -> Result<(), Problem> {
        if let Some(salt) = self.secrets.salt() {
            let mut file = StackFile::load(&self.project, &self.stack)?;
            if file.salt() != Some(salt.as_str()) {
                file.set_salt(&salt)?;
                file.save()?;
            }
        }
        Ok(())
    }
}

/// What is said where the monthly cost should stand.
fn unbilled(problem: Problem) -> Diagnostic {
    let mut causes = vec![problem.message];
    causes.extend(problem.causes);
    let mut diagnostic =
        Diagnostic::warning(None, format!("the monthly cost could not be worked out: {}", causes.join(": ")));
    diagnostic.hint = problem.hint;
    diagnostic
}

/// Makes ready for queries of the stack's tables: the local cloud may run without SQL.
pub async fn ready_for_queries(global: &Global, out: &Out) -> Result<(), Problem> {
    let files = Files::read(global)?;
    match files.config.namespaced("gcp", "endpoint") {
        Some(local) if local == "local" => Daemon::of(files.project.folder()).ensure_sql(out).await,
        Some(_) | None => Ok(()),
    }
}

/// Where calls go: Google, unless the configuration says `gcp:endpoint`.
async fn endpoint(config: &Config, project: &Project, out: &Out) -> Result<Endpoint, Problem> {
    match config.namespaced("gcp", "endpoint") {
        None => Ok(Endpoint::Google),
        Some(local) if local == "local" => {
            let daemon = Daemon::of(project.folder());
            let (running, started) = daemon.ensure(out).await?;
            if started {
                out.note(&format!(
                    "Started the local Google Cloud at {} (`stack local stop` ends it).",
                    running.url()
                ));
            }
            Ok(Endpoint::Local(running.url()))
        }
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => Ok(Endpoint::Local(url)),
        Some(other) => Err(Problem::new(format!("gcp:endpoint is {other:?}, neither local nor a URL"))
            .hint("leave it out for Google; write local for the local cloud")),
    }
}

/// Where the ledger is: PULUMI_BACKEND_URL, else the stack's `stack:ledger`, else `backend.url` of Pulumi.yaml, else
/// beside it.
fn store(files: &Files, endpoint: &Endpoint) -> Result<Arc<dyn Store>, Problem> {
    let project = &files.project;
    let url = std::env::var("PULUMI_BACKEND_URL").ok().filter(|it| !it.is_empty());
    let url = url.or_else(|| files.config.namespaced("stack", "ledger")).or_else(|| project.backend.clone());
    let url = url.unwrap_or_else(|| "file://.".to_owned());
    if let Some(path) = url.strip_prefix("file://") {
        return Ok(Arc::new(Folder::new(folder(project.folder(), path))));
    }
    if let Some(rest) = url.strip_prefix("gs://") {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let cloud = Arc::new(Client::new(endpoint.clone())?);
        return Ok(Arc::new(gcp::BucketStore::new(cloud, bucket, prefix)));
    }
    Err(Problem::new(format!("the ledger's place {url:?} is neither file:// nor gs://"))
        .hint("set PULUMI_BACKEND_URL, stack:ledger of the stack, or backend.url in Pulumi.yaml, to file://FOLDER or gs://BUCKET"))
}

fn folder(base: &Path, path: &str) -> PathBuf {
    match path.strip_prefix("~/") {
        Some(rest) => {
            std::env::var_os("HOME").map_or_else(|| base.join(rest), |home| Path::new(&home).join(rest))
        }
        None => base.join(path),
    }
}

/// A stack that has neither a file nor a ledger is most likely misspelt.
async fn known(project: &Project, store: &dyn Store, stack: &str) -> Result<(), Problem> {
    let mut names = Ledger::stacks(store, &project.name).await?;
    if names.iter().any(|it| it == stack) {
        return Ok(());
    }
    names.extend(project.stacks()?);
    names.sort();
    names.dedup();
    let known = if names.is_empty() {
        "there are none yet".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    };
    let problem = Problem::new(format!("there is no stack {stack}: {known}"));
    Err(problem.hint(format!("write Pulumi.{stack}.yaml to make it, or pass --stack")))
}
