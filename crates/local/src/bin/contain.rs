//! The helper that begins containers in networks of their own, as a program of its own for the tests of this crate;
//! people run the one in `stack`.

use std::process::ExitCode;

fn main() -> ExitCode {
    local::contain().unwrap_or(ExitCode::FAILURE)
}
