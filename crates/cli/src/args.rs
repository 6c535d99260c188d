//! Arguments of the command line: the commands, and those of their flags that are not in a file of their own.

mod ci;
mod cost;
mod release;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use launcher::{Given, rate};

pub use ci::{Bootstrap, BootstrapGithub, Ci, CiComment, CiDrift, CiLogin, CiPlan, CommentFormat};
pub use cost::{Cost, CostCommand, CostCompare, CostFormat, CostReport};
pub use release::{CiImage, CiPack, CiRelease, CiSums};
pub use values::{Increase, digest};
use values::{demo_count, label, nonnegative, span};

/// Infrastructure as code for Google Cloud.
///
/// Compares what this program declares with what is live, says what would change, and makes it so.
/// Without a Google account, the stack `local` runs on a local Google Cloud that starts by itself.
#[derive(Debug, Parser)]
#[command(name = "stack", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Which stack: `Pulumi.NAME.yaml` says its configuration.
    #[arg(long, global = true, env = "PULUMI_STACK", default_value = "local", value_name = "NAME")]
    pub stack: String,
    /// A configuration value for this run, above the stack's file.
    #[arg(long = "config", global = true, value_name = "KEY=VALUE")]
    pub config: Vec<String>,
    /// How many steps may run at once.
    #[arg(long, global = true, default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallelism: u16,
    /// When to use colour.
    #[arg(long, global = true, default_value = "auto", value_enum)]
    pub color: When,
    /// How long to wait for another run on the same stack to end: 90s, 5m.
    #[arg(long, global = true, default_value = "0s", value_name = "TIME", value_parser = span)]
    pub lock_timeout: std::time::Duration,
    /// Write down every call and its answer, secrets left out, into a file in this folder.
    #[arg(long, global = true, value_name = "DIR")]
    pub record: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what apply would do.
    Plan(Plan),
    /// Make what is live as declared.
    Apply(Apply),
    /// Delete what this stack made.
    Destroy(Destroy),
    /// Show what this costs a month.
    ///
    /// Works offline: the list prices are built in. A cloud is asked only for what is there (`--live`, and a change
    /// without a report to compare with), and for today's prices (`refresh`).
    Cost(Box<Cost>),
    /// Show the stack's outputs.
    Output(Output),
    /// Read and change the stack's configuration, in Pulumi.NAME.yaml.
    Config {
        #[command(subcommand)]
        command: Config,
    },
    /// Show who holds the stack's lock, and break it: only when that run has certainly ended.
    Unlock(Unlock),
    /// Make the stack, send events through it, and show each hop.
    Demo(Demo),
    /// Make what a repository needs to deliver the stack without a key; once for each stack.
    Bootstrap {
        #[command(subcommand)]
        command: Bootstrap,
    },
    /// Commands for a job of GitHub Actions or GitLab CI: log in without a key, plan, comment, look for drift, release.
    Ci {
        #[command(subcommand)]
        command: Ci,
    },
    /// Test the stack that is there: a row in the table, and an event on its whole way, are found through the API.
    Test(Test),
    /// Move a service's traffic to its latest revision, in part or in all, or back to the one before.
    Promote(Promote),
    /// Send random events through the pipeline.
    Events {
        #[command(subcommand)]
        command: Events,
    },
    /// Build and push the service's container image, without Docker.
    Image {
        #[command(subcommand)]
        command: Image,
    },
    /// Approve a plan at this terminal, for `stack mcp` to apply it, once, within 24 hours.
    Approve(Approve),
    /// Serve the Model Context Protocol on standard input and output: an agent may look, and apply what a person approved.
    Mcp,
    /// The local Google Cloud.
    Local {
        #[command(subcommand)]
        command: Local,
    },
}

/// Which resources to look at, by name or URN; each may be given several times.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Only this resource and what it needs.
    #[arg(long, value_name = "NAME")]
    pub target: Vec<String>,
    /// All but this resource.
    #[arg(long, value_name = "NAME")]
    pub exclude: Vec<String>,
    /// Delete this resource and make it anew, with what is stored in it.
    #[arg(long, value_name = "NAME")]
    pub replace: Vec<String>,
    /// With each target also what needs it.
    #[arg(long, requires = "target")]
    pub target_dependents: bool,
}

/// Consent to what is not ours.
#[derive(Clone, Debug, Default, Args)]
pub struct Adoption {
    /// Take this resource over although this stack did not make it; `all` for every one. Leaving the stack releases it.
    #[arg(long, value_name = "NAME")]
    pub adopt: Vec<String>,
    /// Delete this resource, once it leaves the stack, although it was there before the stack.
    #[arg(long, value_name = "NAME")]
    pub delete_adopted: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub adoption: Adoption,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
    /// Save the plan, for `apply FILE` to do that or nothing.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 when there is something to change.
    #[arg(long)]
    pub detailed_exitcode: bool,
}

#[derive(Debug, Args)]
pub struct Apply {
    /// A plan that `plan --out` saved: it is done if nothing has moved since.
    #[arg(
        value_name = "FILE",
        conflicts_with_all = ["target", "target_dependents", "exclude", "replace", "adopt", "delete_adopted"]
    )]
    pub plan: Option<PathBuf>,
    /// Do only the plan of this digest, which `plan --out` says; do nothing if the plan is another by now.
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    pub approved: Option<String>,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub adoption: Adoption,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
    /// JSON lines instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Approve {
    /// The digest that the plan must have; without it, whatever plan is shown.
    #[arg(value_name = "DIGEST", value_parser = digest)]
    pub digest: Option<String>,
    #[command(flatten)]
    pub selection: Selection,
    #[command(flatten)]
    pub adoption: Adoption,
}

#[derive(Debug, Args)]
pub struct Destroy {
    #[command(flatten)]
    pub selection: Selection,
    /// Delete this resource although it was there before the stack; it is released otherwise.
    #[arg(long, value_name = "NAME")]
    pub delete_adopted: Vec<String>,
    /// Wait so long before anything is looked at: 90s, 5m, 1h.
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub after: Option<std::time::Duration>,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
    /// JSON lines instead of text.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Output {
    /// Only this output, bare.
    pub name: Option<String>,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// How many events, at most as many as the API shows at once.
    #[arg(long, default_value_t = 10, value_parser = demo_count)]
    pub count: usize,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Events {
    /// Publish them to the topic.
    Publish {
        /// The stack's project unless said.
        #[arg(long)]
        project: Option<String>,
        #[arg(long, default_value = "data-ingestion-topic")]
        topic: String,
        #[command(flatten)]
        pace: Pace,
    },
    /// Insert them straight into the table.
    Insert {
        /// The stack's project unless said.
        #[arg(long)]
        project: Option<String>,
        #[arg(long, default_value = "analytics_data")]
        dataset: String,
        #[arg(long, default_value = "events")]
        table: String,
        #[command(flatten)]
        pace: Pace,
    },
}

/// How many events, and how quickly.
#[derive(Clone, Debug, Args)]
pub struct Pace {
    #[arg(long, default_value_t = 10)]
    pub count: usize,
    /// Seconds between two events.
    #[arg(long, default_value_t = 1.0, value_parser = nonnegative)]
    pub delay: f64,
    /// Events a second, in place of the delay: `500/s`.
    #[arg(long, value_parser = rate)]
    pub rate: Option<f64>,
    /// So many in all, in batches and without delay, in place of the count.
    #[arg(long)]
    pub total: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub enum Image {
    /// Build the image into a folder, unless it is there and up to date.
    Build(ImageBuild),
    /// Build the image if need be, and push it.
    ///
    /// Credentials: for Google's registries, application default credentials; for others REGISTRY_USER and REGISTRY_PASSWORD,
    /// else what `docker login` or `podman login` left.
    Push {
        /// REGISTRY/NAME:TAG; the stack's own repository and its `image` setting unless said.
        #[arg(value_name = "REFERENCE")]
        to: Option<String>,
        /// Speak http to a registry that is not on this machine.
        #[arg(long)]
        plain_http: bool,
        #[command(flatten)]
        build: ImageBuild,
    },
}

/// What to build the image of.
#[derive(Clone, Debug, Args)]
pub struct ImageBuild {
    /// The package of the workspace.
    #[arg(long, default_value = "api", value_name = "NAME")]
    pub package: String,
    /// Its binary.
    #[arg(long, default_value = "data-api", value_name = "NAME")]
    pub bin: String,
    /// What to compile for; Linux on this machine's processor unless said.
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// The image layout's folder; `.stack/images/BIN` beside Pulumi.yaml unless said.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The image's name in that folder.
    #[arg(long, default_value = "latest", value_name = "TAG")]
    pub tag: String,
    /// A label of the image; may be given several times.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub labels: Vec<(String, String)>,
    /// When the image says it was made: seconds since 1970.
    #[arg(long, env = "SOURCE_DATE_EPOCH", default_value_t = 0, value_name = "SECONDS")]
    pub created: u64,
    /// Build even if nothing has changed.
    #[arg(long)]
    pub force: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    pub json: bool,
}

impl Default for ImageBuild {
    fn default() -> ImageBuild {
        let settings = image::Settings::default();
        ImageBuild {
            package: settings.package,
            bin: settings.bin,
            target: None,
            out: None,
            tag: "latest".to_owned(),
            labels: Vec::new(),
            created: 0,
            force: false,
            json: false,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Local {
    /// Run it here until it is stopped.
    Serve(Given),
    /// Run it in the background.
    Start(Given),
    /// Stop the one in the background; what it holds stays.
    Stop,
    /// Say whether it runs, where, and what it holds.
    Status,
    /// Move its time on, so that nobody waits for a schedule.
    Tick {
        /// `15m`, `90s`, `2h`.
        by: String,
    },
    /// Empty it.
    Reset {
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Print shell variables that point gcloud, Terraform, bq and the client libraries at it.
    Env,
}

#[derive(Debug, Subcommand)]
pub enum Config {
    /// Set a value: `stack config set ingestion dataflow`.
    Set {
        #[arg(value_name = "KEY")]
        key: String,
        /// Read from standard input where it is left out.
        #[arg(value_name = "VALUE")]
        value: Option<String>,
        /// Encrypt it. Wherever it is used it stays a secret.
        #[arg(long)]
        secret: bool,
    },
    /// Show a value.
    Get {
        #[arg(value_name = "KEY")]
        key: String,
        /// Show it in clear although it is a secret.
        #[arg(long)]
        show_secret: bool,
    },
    /// Remove a value.
    Rm {
        #[arg(value_name = "KEY")]
        key: String,
    },
}

#[derive(Debug, Args)]
pub struct Test {
    /// If a test fails, send all traffic back to the revision that had it before.
    #[arg(long)]
    pub roll_back: bool,
}

#[derive(Debug, Args)]
pub struct Promote {
    /// The service, by the name that the program calls it; the stack's only one unless said.
    pub service: Option<String>,
    /// Only so many percent, 1 to 99; the rest stays where most of it is.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..100))]
    pub percent: Option<i64>,
    /// All traffic back to the revision that had it before the latest.
    #[arg(long, conflicts_with = "percent")]
    pub back: bool,
}

#[derive(Debug, Args)]
pub struct Unlock {
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
}

impl Selection {
    /// The selection with what the person consents to.
    pub fn with(&self, adopt: &[String], delete_adopted: &[String]) -> engine::Selection {
        engine::Selection {
            target: self.target.clone(),
            target_dependents: self.target_dependents,
            exclude: self.exclude.clone(),
            replace: self.replace.clone(),
            adopt: adopt.to_vec(),
            delete_adopted: delete_adopted.to_vec(),
        }
    }
}
