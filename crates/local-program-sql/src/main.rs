//! `stack-local-sql`: the local Google Cloud, with an engine of BigQuery's SQL.

use std::sync::Arc;

/// Gives memory back after a load. glibc's allocator keeps what many threads have freed: after three loads of 100,000
/// messages and 50,000 rows it held 319 MiB, and this one 122 (`docs/local-memory.md`). `stack-local` does without it, for it
/// takes half a minute to build.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    local_program::main(local::Sql::Engine(Arc::new(sql::engine::Engine)))
}
