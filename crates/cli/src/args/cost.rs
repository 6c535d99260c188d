//! Arguments of `stack cost`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use rust_decimal::Decimal;

use super::values::Increase;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cost {
    #[command(subcommand)]
    pub command: Option<CostCommand>,
    #[command(flatten)]
    pub report: CostReport,
}

#[derive(Debug, Subcommand)]
pub enum CostCommand {
    /// Show what becomes dearer and cheaper: of a plan, against what is there now; of the declaration, too.
    Diff(CostReport),
    /// Read Google's list prices of today, keep them beside the project, and say what has changed.
    Refresh,
    /// Compare what several ways cost: `ingestion`, by volume.
    Compare(CostCompare),
}

#[derive(Debug, Default, Args)]
pub struct CostReport {
    /// Of a Terraform plan or state (`terraform show -json`, or a terraform.tfstate), or a plan that `plan --out`
    /// saved, not of the declaration.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    pub path: Option<PathBuf>,
    /// Of all that is there in the stack's project of the kinds that can be declared, whoever made it, not of what is
    /// declared.
    #[arg(long)]
    pub live: bool,
    #[arg(long, value_enum, default_value = "table")]
    pub format: CostFormat,
    /// Write the report to this file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How much is used, in Infracost's form; infracost-usage.yml beside Pulumi.yaml if it is there.
    #[arg(long, value_name = "FILE")]
    pub usage_file: Option<PathBuf>,
    /// Write the keys that the usage file lacks into it.
    #[arg(long)]
    pub sync_usage_file: bool,
    /// Without what each billing account has free.
    #[arg(long)]
    pub no_free_tier: bool,
    /// Compare with an earlier report (`--format json`), ours or Infracost's.
    #[arg(long, value_name = "FILE")]
    pub compare_to: Option<PathBuf>,
    /// Columns of the table: price, monthlyQuantity, unit, hourlyCost, monthlyCost, or all.
    #[arg(long, value_name = "LIST")]
    pub fields: Option<String>,
    /// Also what is free, and what nobody knows the price of.
    #[arg(long)]
    pub show_skipped: bool,
    /// Say of each line how it was made: SKU, tiers, source and date of the price.
    #[arg(long)]
    pub explain: bool,
    /// Show another currency, at `--rate`.
    #[arg(long, value_name = "CODE", requires = "rate")]
    pub currency: Option<String>,
    /// How much of that currency a US dollar is.
    #[arg(long, value_name = "NUMBER", requires = "currency")]
    pub rate: Option<Decimal>,
    /// Fail if it costs more than this a month.
    #[arg(long, value_name = "AMOUNT")]
    pub fail_above: Option<Decimal>,
    /// Fail if it costs so much more than before: 10%, or an amount.
    #[arg(long, value_name = "INCREASE")]
    pub fail_on_increase: Option<Increase>,
    /// Succeed although something has no known price.
    #[arg(long)]
    pub allow_unpriced: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CostFormat {
    #[default]
    Table,
    /// Data; a report is in Infracost's format, version 0.2.
    Json,
    /// A page by itself.
    Html,
    /// A comment for a pull request.
    Markdown,
}

#[derive(Debug, Args)]
pub struct CostCompare {
    /// A setting with several values: `ingestion`.
    pub what: String,
    /// Events a month, each a column; 1000000 may be written 1M.
    #[arg(long, value_name = "LIST", default_value = "1M,10M,100M,1000M", value_delimiter = ',')]
    pub events: Vec<String>,
    /// Bytes of an event.
    #[arg(long, value_name = "BYTES", default_value_t = 500)]
    pub bytes: u32,
    /// `html` has a plot.
    #[arg(long, value_enum, default_value = "table")]
    pub format: CostFormat,
    /// Write it to this file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
