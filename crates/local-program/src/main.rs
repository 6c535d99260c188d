//! `stack-local`: the local Google Cloud without SQL, which builds soon. At the first query it has the program with SQL
//! built, and makes way for it.

fn main() -> std::process::ExitCode {
    local_program::main(local::Sql::OnRequest)
}
