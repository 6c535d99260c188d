//! `stack config`: reads and changes a stack's settings.

use std::io::Read;
use std::process::ExitCode;

use engine::config::Config;
use engine::project::{Project, StackFile};
use engine::secret::Secrets;
use engine::{is_secret, mask, reveal};
use serde_json::{Value, json};

use crate::args::{self, Global};
use crate::out::Out;
use crate::problem::Problem;
use crate::show::value;

pub fn run(command: &args::Config, global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    let here = std::env::current_dir().map_err(|it| Problem::of(&it, None))?;
    let project = Project::load(&here)?;
    let mut file = StackFile::load(&project, &global.stack)?;
    let secrets = Secrets::from_env(file.salt().map(str::to_owned))?;
    match command {
        args::Config::Set { key, value, secret } => {
            let key = full(&project, key);
            let text = match value {
                Some(value) => value.clone(),
                None => read()?,
            };
            if *secret || project.config.get(&key).is_some_and(|it| it.secret) {
                file.set_config(&key, &json!({ "secure": secrets.encrypt(&text)? }))?;
                if let Some(salt) = secrets.salt().filter(|it| file.salt() != Some(it)) {
                    file.set_salt(&salt)?;
                }
            } else {
                file.set_config(&key, &plain(&text))?;
            }
            // The whole must be sound before it is written: keys known, values of their types.
            Config::resolve(&project, &file, &[], secrets)?;
            file.save()?;
        }
        args::Config::Get { key, show_secret } => {
            let config = Config::resolve(&project, &file, &global.config, secrets)?;
            let key = full(&project, key);
            // A secret is decrypted only to be shown.
            if config.is_secret(&key) && !show_secret {
                out.line("(secret)");
                return Ok(ExitCode::SUCCESS);
            }
            let found = config.value(&key)?.ok_or_else(|| {
                let known: Vec<&str> = config.keys().collect();
                Problem::new(format!("config {key} is not set")).hint(format!("set are {}", known.join(", ")))
            })?;
            match if *show_secret || is_secret(&found) { reveal(&found) } else { mask(&found) } {
                Value::String(text) => out.line(&text),
                other => out.line(&value::inline(&other)),
            }
        }
        args::Config::Rm { key } => {
            let key = full(&project, key);
            if !file.config().contains_key(&key) {
                return Err(Problem::new(format!("config {key} is not in {}", file.name())));
            }
            file.remove_config(&key)?;
            file.save()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn full(project: &Project, key: &str) -> String {
    if key.contains(':') { key.to_owned() } else { format!("{}:{key}", project.name) }
}

/// Numbers and truth values stand in the file without quotes, as people write them.
fn plain(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
        Ok(_) | Err(_) => Value::String(text.to_owned()),
    }
}

/// What is piped in, without the line break at its end.
fn read() -> Result<String, Problem> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|it| Problem::of(&it, None))?;
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}
