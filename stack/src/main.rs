//! The events pipeline on Google Cloud: `cargo run -p stack -- plan`.

mod delivery;
mod deployer;
mod ingestion;
mod operations;
mod service;

use engine::config::{Config, ConfigError};
use gcp::Stack;

fn main() -> std::process::ExitCode {
    cli::run(cli::Declarations { stack: declare, delivery: delivery::declare })
}

/// The whole stack: events come in, an API serves them, people watch over both.
fn declare(stack: &mut Stack<'_>, config: &Config) -> Result<(), ConfigError> {
    let pipeline = stack.scope("ingestion", |it| ingestion::declare(it, config))?;
    let api = stack.scope("service", |it| service::declare(it, config, &pipeline))?;
    stack.scope("operations", |it| operations::declare(it, config, &pipeline, &api))
}
