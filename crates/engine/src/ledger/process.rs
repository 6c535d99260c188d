//! Tells this process from others, and whether another one is still there.

use std::fs;
use std::path::Path;

/// What a lease says of the process that holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) username: String,
    pub(super) hostname: String,
    /// The boot and the process namespace: where the same number means the same process.
    pub(super) machine: Option<String>,
    /// When it started, in ticks since boot, so that a number given out again does not fool us.
    pub(super) started: Option<u64>,
}

impl Process {
    pub(super) fn this() -> Process {
        let pid = std::process::id();
        Process { pid, username: username(), hostname: hostname(), machine: machine(), started: alive(pid) }
    }

    /// Whether this process has certainly ended, as far as can be seen from `observer`.
    pub(super) fn has_ended(&self, observer: &Process) -> bool {
        let (Some(machine), Some(started)) = (&self.machine, self.started) else {
            return false;
        };
        if self.hostname != observer.hostname || Some(machine) != observer.machine.as_ref() {
            return false;
        }
        // A hardened /proc shows only one's own processes: then absence says nothing of others'.
        let sees = self.username == observer.username || Path::new("/proc/1").exists();
        sees && alive(self.pid) != Some(started)
    }

    /// Whether it runs on the same machine and can be seen there.
    pub(super) fn is_seen_by(&self, observer: &Process) -> bool {
        self.machine.is_some()
            && self.machine == observer.machine
            && self.started.is_some()
            && alive(self.pid) == self.started
    }
}

/// When a living process started. One that was killed and not yet waited for lives no more.
fn alive(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may hold spaces and parentheses; what follows the last one does not.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?;
    (state != "Z" && state != "X").then(|| fields.nth(18)?.parse().ok()).flatten()
}

fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

fn username() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|it| std::env::var(it).ok().filter(|it| !it.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

fn hostname() -> String {
    let told = || std::process::Command::new("hostname").output().ok().map(|it| it.stdout);
    fs::read("/proc/sys/kernel/hostname")
        .ok()
        .or_else(told)
        .map(|it| String::from_utf8_lossy(&it).trim().to_owned())
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_has_not_ended() {
        let this = Process::this();
        assert!(this.started.is_some());
        assert!(!this.has_ended(&this));
        assert!(this.is_seen_by(&this));
        let recycled = Process { started: this.started.map(|it| it + 1), ..this.clone() };
        assert!(recycled.has_ended(&this));
        let elsewhere = Process { hostname: "other".to_owned(), ..recycled };
        assert!(!elsewhere.has_ended(&this));
    }

    #[test]
    fn a_killed_process_has_ended_before_it_is_waited_for() {
        let this = Process::this();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let held = Process { pid: child.id(), started: alive(child.id()), ..this.clone() };
        assert!(!held.has_ended(&this));
        child.kill().unwrap();
        for _ in 0..200 {
            if held.has_ended(&this) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert!(held.has_ended(&this));
        child.wait().unwrap();
        assert!(held.has_ended(&this));
    }
}
