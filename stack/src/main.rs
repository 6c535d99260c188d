//! The events pipeline on Google Cloud: `cargo run -p stack -- plan`.

mod delivery;
mod deployer;
mod ingestion;
mod operations;
mod service;

use engine::config::{Config, ConfigError};
use gcp::Stack;

/// Gives memory back after a load of the local cloud. glibc's allocator keeps what many threads have freed: after three
/// loads of 100,000 messages and 50,000 rows it held 319 MiB, and this one 122 (`docs/local-memory.md`).
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cli::run(cli::Declarations { stack: declare, delivery: delivery::declare })
}

/// The whole stack: events come in, an API serves them, people watch over both.
fn declare(stack: &mut Stack<'_>, config: &Config) -> Result<(), ConfigError> {
    let pipeline = stack.scope("ingestion", |it| ingestion::declare(it, config))?;
    let api = stack.scope("service", |it| service::declare(it, config, &pipeline))?;
    stack.scope("operations", |it| operations::declare(it, config, &pipeline, &api))
}
