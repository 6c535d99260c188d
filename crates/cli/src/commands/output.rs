//! `stack output`: what the stack tells once it is there.

use std::process::ExitCode;

use serde_json::Value;

use crate::Declaration;
use crate::args::{Global, Output};
use crate::out::Out;
use crate::problem::Problem;
use crate::show::value;
use crate::world::Ground;

pub async fn run(args: &Output, global: &Global, _: Declaration, out: &Out) -> Result<ExitCode, Problem> {
    let ground = Ground::open(global, out).await?;
    let outputs = ground.ledger.outputs();
    let shown = match &args.name {
        Some(name) => {
            let value = outputs.get(name).ok_or_else(|| {
                let names: Vec<&str> = outputs.keys().map(String::as_str).collect();
                let known = if names.is_empty() {
                    "it has none: apply first".to_owned()
                } else {
                    format!("it has {}", names.join(", "))
                };
                Problem::new(format!("stack {} has no output {name}: {known}", ground.stack))
            })?;
            engine::mask(value)
        }
        None => engine::mask(&Value::Object(outputs.clone())),
    };
    match (&shown, args.json) {
        (_, true) => out.line(&format!("{shown:#}")),
        (Value::Object(map), false) if args.name.is_none() => {
            for (name, value) in map {
                out.line(&format!("{name}: {}", value::inline(value)));
            }
        }
        (Value::String(text), false) => out.line(text),
        (value, false) => out.line(&value::inline(value)),
    }
    Ok(ExitCode::SUCCESS)
}
