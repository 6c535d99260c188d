//! The command line: the only crate that prints for people. The local cloud's program writes a log.

mod approvals;
mod args;
mod bills;
mod building;
mod commands;
mod daemon;
mod images;
mod out;
mod planfile;
mod problem;
mod show;
mod style;
mod system;
mod world;

use std::process::ExitCode;

use clap::Parser;

use args::{Bootstrap, Cli, Command};
use engine::config::{Config, ConfigError};
use out::Out;
use problem::Problem;

/// What a stack declares: resources, from a configuration.
pub type Declaration = fn(&mut gcp::Stack<'_>, &Config) -> Result<(), ConfigError>;

/// What a program's delivery declares: who the jobs of a repository are, and what they may do. Tells each role with its
/// reason.
pub type Delivery = fn(&mut gcp::Stack<'_>, &Config, &Repository) -> Result<Vec<Grant>, ConfigError>;

/// All that a program declares.
#[derive(Clone, Copy, Debug)]
pub struct Declarations {
    pub stack: Declaration,
    pub delivery: Delivery,
}

/// A repository whose jobs deliver a stack.
#[derive(Clone, Debug)]
pub struct Repository {
    /// `OWNER/NAME`.
    pub name: String,
    /// Its number, which stays when it is renamed.
    pub id: u64,
    /// The branches that are deployed.
    pub branches: Vec<String>,
    /// The environment of the jobs that deploy.
    pub environment: String,
    /// The stack that is delivered.
    pub stack: String,
    /// The id of the workload identity pool.
    pub pool: String,
    /// The id of the deployer's account.
    pub deployer: String,
    /// The bucket of the ledger.
    pub ledger: String,
}

/// A role that delivery needs, for people.
#[derive(Clone, Debug)]
pub struct Grant {
    pub role: String,
    pub whom: String,
    pub on: String,
    pub why: String,
}

/// Runs the command that the person typed, for these declarations.
pub fn run(declarations: Declarations) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version come this way too.
        Err(said) => {
            let shown = said.print().is_ok();
            let code = u8::try_from(said.exit_code()).unwrap_or(1);
            return if shown { ExitCode::from(code) } else { ExitCode::FAILURE };
        }
    };
    let out = Out::new(cli.global.color);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Problem::of(&error, None), &out),
    };
    let code = match runtime.block_on(command(&cli, declarations, &out)) {
        Ok(code) => code,
        Err(problem) => fail(&problem, &out),
    };
    match out.check() {
        Ok(()) => code,
        Err(problem) => fail(&problem, &out),
    }
}

async fn command(cli: &Cli, declarations: Declarations, out: &Out) -> Result<ExitCode, Problem> {
    let declaration = declarations.stack;
    match &cli.command {
        Command::Plan(args) => commands::plan::run(args, &cli.global, declaration, out).await,
        Command::Apply(args) => commands::apply::run(args, &cli.global, declaration, out).await,
        Command::Destroy(args) => commands::destroy::run(args, &cli.global, declaration, out).await,
        Command::Cost(args) => commands::cost::run(args, &cli.global, declaration, out).await,
        Command::Output(args) => commands::output::run(args, &cli.global, declaration, out).await,
        Command::Config { command } => commands::config::run(command, &cli.global, out),
        Command::Unlock(args) => commands::unlock::run(args, &cli.global, out).await,
        Command::Demo(args) => commands::demo::run(args, &cli.global, declaration, out).await,
        Command::Bootstrap { command: Bootstrap::Github(args) } => {
            commands::bootstrap::run(args, &cli.global, declarations.delivery, out).await
        }
        Command::Ci { command } => commands::ci::run(command, &cli.global, declaration, out).await,
        Command::Test(args) => commands::test::run(args, &cli.global, out).await,
        Command::Promote(args) => commands::promote::run(args, &cli.global, out).await,
        Command::Events { command } => commands::events::run(command, &cli.global, out).await,
        Command::Image { command } => commands::image::run(command, &cli.global, out).await,
        Command::Approve(args) => commands::approve::run(args, &cli.global, declaration, out).await,
        Command::Mcp => commands::mcp::run(&cli.global, declaration, out).await,
        Command::Local { command } => {
            commands::local::run(command, &cli.global, out).await.map(|()| ExitCode::SUCCESS)
        }
    }
}

fn fail(problem: &Problem, out: &Out) -> ExitCode {
    out.note(problem.show(out.notes).trim_end());
    ExitCode::FAILURE
}
