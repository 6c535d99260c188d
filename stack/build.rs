//! Links unoptimised programs at a fixed address.

#![allow(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

fn main() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|it| it == value);
    // With the SQL engine in it, an unoptimised program has 600,000 addresses that would be relocated at each start:
    // 4 ms and 22 MB, half of what a report on 1,000 resources takes.
    if is("PROFILE", "debug") && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
