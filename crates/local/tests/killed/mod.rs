//! A cloud in a process of its own, to be killed: this very test program, asked to be one.
//!
//! A test file that uses it has a test `serves_until_it_is_killed` that calls [`serve_if_asked`].

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use local::{Settings, start};

/// Names the folder of the cloud in the environment of its process.
const FOLDER: &str = "LOCAL_KILL_TEST_FOLDER";

/// Serves until it is killed, if the environment says so; else does nothing.
pub async fn serve_if_asked(change: impl FnOnce(&mut Settings)) {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let data = Some(folder.join("data"));
    let mut settings = Settings { address: ([127, 0, 0, 1], 0).into(), data, ..Settings::default() };
    change(&mut settings);
    let running = start(settings).await.unwrap();
    let whole = folder.join("whole");
    std::fs::write(&whole, running.address.to_string()).unwrap();
    std::fs::rename(whole, folder.join("address")).unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Kills the process when it is dropped, however the test ends.
pub struct Server(Child);

impl Server {
    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A cloud in a process of its own, which keeps its data in `folder/data`, and its address.
pub async fn serve(folder: &Path) -> (Server, String) {
    let address = folder.join("address");
    let _ = std::fs::remove_file(&address);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["serves_until_it_is_killed", "--exact"]).env(FOLDER, folder);
    let server = Server(command.stdout(Stdio::null()).spawn().unwrap());
    let begun = Instant::now();
    while !address.exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server did not start");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (server, std::fs::read_to_string(&address).unwrap())
}
