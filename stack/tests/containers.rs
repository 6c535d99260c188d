//! In which network the program lets containers run, and how it says so.

mod program;

use std::process::Command;

use program::{Program, programs, said};

#[test]
fn the_local_cloud_says_in_which_network_containers_run() {
    let program = Program::new();
    let status = program.ok(&["local", "status"]);
    let line = status.lines().find(|it| it.starts_with("containers: ")).unwrap_or_default();
    // Which of them, this machine decides.
    let own = line == "containers: own network";
    assert!(own || line.starts_with("containers: this machine's network, checked, because "), "{status}");
    program.ok(&["local", "stop"]);
    let started = program.ok(&["local", "start", "--port", "0", "--open-containers"]);
    assert!(started.contains("containers: this machine's network, not checked"), "{started}");
    program.ok(&["local", "stop"]);
    // On a machine without the tools that make networks the check stays, and the reason is named.
    let mut start = program.command(&["local", "start", "--port", "0"]);
    if own
        && !std::path::Path::new("/usr/sbin/unshare").exists()
        && !std::path::Path::new("/sbin/unshare").exists()
    {
        let said = program::said(start.env("PATH", "/nowhere").output().unwrap());
        assert!(
            said.out.contains("checked, because it has no program `unshare`"),
            "{}{}",
            said.out,
            said.err
        );
    }
}

#[test]
fn what_containers_may_reach_is_an_address() {
    let program = Program::new();
    for wrong in ["5432", "db.example.com:5432", "0.0.0.0:5432", "127.0.0.1:0", "127.0.0.1"] {
        let said = program.run(&["local", "serve", "--containers-reach", wrong]);
        assert_eq!(said.code, 2, "{wrong}: {}{}", said.out, said.err);
        assert!(said.err.contains(wrong), "{}", said.err);
    }
}

#[test]
fn the_helper_is_not_for_people() {
    let said =
        said(Command::new(programs().join("stack-local-sql")).args(["local", "contain"]).output().unwrap());
    assert_eq!(said.code, 1);
    assert!(said.err.contains("is called by the local cloud"), "{}", said.err);
}
