//! Serves a local cloud: `serve PORT [FOLDER]`; without a folder the data is in memory.

use std::error::Error;
use std::net::SocketAddr;

use local::{Settings, start};

/// As in the program `stack`, so that memory can be measured here.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("which port?")?.parse()?;
    let settings = Settings {
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        data: arguments.next().map(Into::into),
        ..Settings::default()
    };
    let running = start(settings).await?;
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}
