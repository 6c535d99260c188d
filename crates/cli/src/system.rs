//! What depends on the operating system: signals, processes, the terminal's width.
//!
//! The local cloud's program runs on Linux and macOS. Elsewhere everything but the local cloud works, and a command that needs
//! it says so.

#[cfg(unix)]
pub use unix::{end, exec, in_background, is_alive, stop_asked, width};

#[cfg(not(unix))]
pub use other::{end, exec, in_background, is_alive, stop_asked, width};

/// The width of a terminal that does not tell its own, in columns.
const COMMON_WIDTH: usize = 100;

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rustix::process::{Pid, Signal, kill_process, test_kill_process};

    /// Returns once the person or the system asks this process to end.
    pub async fn stop_asked() -> io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            done = tokio::signal::ctrl_c() => done,
            _ = terminate.recv() => Ok(()),
        }
    }

    /// The terminal's width in columns, or a common one.
    pub fn width() -> usize {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok().map(|it| usize::from(it.ws_col));
        size.filter(|it| *it > 0).unwrap_or(super::COMMON_WIDTH)
    }

    /// Whether there is a process of this number that this one may signal.
    pub fn is_alive(pid: i32) -> bool {
        Pid::from_raw(pid).is_some_and(|it| test_kill_process(it).is_ok())
    }

    /// Asks a process to end.
    pub fn end(pid: i32) -> io::Result<()> {
        let pid = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(kill_process(pid, Signal::TERM)?)
    }

    /// Has a process start in a group of its own, so that Ctrl-C does not end it.
    pub fn in_background(command: &mut Command) {
        command.process_group(0);
    }

    /// Becomes this program; returns only when that fails.
    pub fn exec(mut command: Command) -> io::Error {
        command.exec()
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;
    use std::process::Command;

    /// Returns once the person asks this process to end.
    pub async fn stop_asked() -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }

    /// The width that `COLUMNS` says, or a common one.
    pub fn width() -> usize {
        let said = std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok());
        said.filter(|it| *it > 0).unwrap_or(super::COMMON_WIDTH)
    }

    /// No local cloud runs here.
    pub fn is_alive(_: i32) -> bool {
        false
    }

    pub fn end(_: i32) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn in_background(_: &mut Command) {}

    pub fn exec(_: Command) -> io::Error {
        io::ErrorKind::Unsupported.into()
    }
}
