//! Arguments of `stack bootstrap` and `stack ci`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::release::{CiImage, CiPack, CiRelease, CiSums};
use super::values::{Increase, branch};

#[derive(Debug, Subcommand)]
pub enum Bootstrap {
    /// Let jobs of a repository at GitHub deploy the stack.
    ///
    /// Says what it will make and why each role is needed, and asks. It makes the ledger's bucket, a workload identity pool
    /// with a provider that only this repository passes, and the account that deploys, and writes their names into the
    /// stack's file. Run it again to bring all of it up to date.
    Github(BootstrapGithub),
}

#[derive(Debug, Args)]
pub struct BootstrapGithub {
    /// The repository.
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: String,
    /// Its number; GitHub is asked unless said.
    #[arg(long, value_name = "NUMBER")]
    pub repo_id: Option<u64>,
    /// A branch that is deployed; may be given several times.
    #[arg(long = "branch", value_name = "NAME", default_value = "main", value_parser = branch)]
    pub branches: Vec<String>,
    /// The environment of the jobs that deploy, where GitHub may ask for approval; the stack's name unless said.
    #[arg(long, value_name = "NAME", value_parser = branch)]
    pub environment: Option<String>,
    /// Only show what would be made, and why.
    #[arg(long)]
    pub plan: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Ci {
    /// Log in to Google Cloud with the job's own identity, without a key.
    ///
    /// Writes a credentials file that Google's client libraries, gcloud and Terraform read, too, and names it to the steps
    /// that follow.
    Login(CiLogin),
    /// Plan, save the plan, and tell the job: summary, outputs `digest` and `changes`, annotations.
    Plan(CiPlan),
    /// Keep one comment on a pull request up to date that says what the stack's plan would change and cost.
    Comment(CiComment),
    /// Look for drift: keep one issue up to date that says how what is live differs, and close it once nothing does.
    Drift(CiDrift),
    /// Build this program for a target, and pack it for people to download, with its bill of materials.
    Pack(CiPack),
    /// Push an image of what was packed: one a platform, and a list of them.
    Image(CiImage),
    /// Write the SHA-256 sum of each file of a folder into SHA256SUMS.
    Sums(CiSums),
    /// Release a tag at GitHub with its files: a draft is filled first, and nobody sees half of one.
    Release(CiRelease),
}

#[derive(Debug, Args)]
pub struct CiLogin {
    /// The provider that vouches for the repository's jobs:
    /// projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER.
    /// That of the stack's file unless said.
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Act as the deployer of the stack's file; as the job's own identity, which can only look, unless said.
    #[arg(long)]
    pub deployer: bool,
}

#[derive(Debug, Args)]
pub struct CiPlan {
    /// Save the plan, for `apply FILE --approved DIGEST`.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CommentFormat {
    /// A comment on a pull request at GitHub.
    Github,
    /// A note on a merge request at GitLab.
    Gitlab,
    /// Markdown on standard output; nothing is posted.
    Markdown,
}

#[derive(Debug, Args)]
pub struct CiComment {
    /// The number of the pull request or merge request; `--format markdown` needs none.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub pull: Option<u64>,
    /// OWNER/NAME; the job's repository unless said.
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// Where it goes, and in which dialect.
    #[arg(long, value_enum, default_value = "github")]
    pub format: CommentFormat,
    /// Of this saved plan; it is planned anew unless said.
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Fail if it would cost so much more than now: 10%, or an amount of US dollars a month.
    #[arg(long, value_name = "INCREASE")]
    pub fail_on_increase: Option<Increase>,
    /// Hold --fail-on-increase to what is known, although something has no known price.
    #[arg(long)]
    pub allow_unpriced: bool,
}

#[derive(Debug, Args)]
pub struct CiDrift {
    /// OWNER/NAME; the job's repository unless said.
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
}
