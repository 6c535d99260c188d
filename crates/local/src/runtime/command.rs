//! What is executed to run a container: its command, its folder and its environment.
//!
//! A container's files are in a folder, and its process is a child of this cloud that sees the whole machine:
//! it is the person's own image on their own machine, and nothing is chrooted. So a command is looked for
//! in the image first and on the machine then, and an argument that is the path of a file of the image is
//! given as the path that this file really has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::image::Image;
use super::unpack::follow;

/// Where a command is looked for that an image has no `PATH` for.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A command that can be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The files that may be it, the likelier first.
    pub programs: Vec<PathBuf>,
    pub arguments: Vec<String>,
    pub folder: PathBuf,
    pub environment: BTreeMap<String, String>,
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The path that a path of an image really has, if the image has it.
fn real(root: &Path, path: &str) -> Option<PathBuf> {
    follow(root, root, path).ok().filter(|it| it.exists())
}

/// What a container of an image executes; `None` if neither says. The container's own command takes the place
/// of the image's entrypoint and arguments, and its arguments that of the image's.
pub fn of(image: &Image, container: &Value, environment: BTreeMap<String, String>) -> Option<Command> {
    let command = texts(&container["command"]);
    let arguments = texts(&container["args"]);
    let own = !command.is_empty();
    let mut words = if own { command } else { texts(&image.config["Entrypoint"]) };
    words.extend(match (arguments.is_empty(), own) {
        (false, _) => arguments,
        (true, false) => texts(&image.config["Cmd"]),
        (true, true) => Vec::new(),
    });
    let mut words = words.into_iter();
    let program = words.next()?;
    let mut all: BTreeMap<String, String> = texts(&image.config["Env"])
        .into_iter()
        .filter_map(|it| it.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    all.extend(environment);
    let path = all.entry("PATH".to_owned()).or_insert_with(|| PATH.to_owned()).clone();
    all.entry("HOME".to_owned()).or_insert_with(|| image.root.to_string_lossy().into_owned());
    let folder = container["workingDir"].as_str().or_else(|| image.config["WorkingDir"].as_str());
    let folder = folder.and_then(|it| real(&image.root, it)).unwrap_or_else(|| image.root.clone());
    let given = |argument: String| match argument.starts_with('/') && argument.len() > 1 {
        true => real(&image.root, &argument).map_or(argument, |it| it.to_string_lossy().into_owned()),
        false => argument,
    };
    Some(Command {
        programs: programs(image, &folder, &program, &path),
        arguments: words.map(given).collect(),
        folder,
        environment: all,
    })
}

/// The files that a command may mean: in the image, then on the machine.
fn programs(image: &Image, folder: &Path, program: &str, path: &str) -> Vec<PathBuf> {
    let here = |it: &str| real(&image.root, it).filter(|it| it.is_file());
    let there = |it: &str| Some(PathBuf::from(it)).filter(|it| it.is_file());
    if program.starts_with('/') {
        return here(program).into_iter().chain(there(program)).collect();
    }
    if program.contains('/') {
        let within = folder.strip_prefix(&image.root).unwrap_or(Path::new("")).join(program);
        return here(&within.to_string_lossy()).into_iter().collect();
    }
    let all = |path: &str| -> Vec<String> {
        path.split(':').filter(|it| !it.is_empty()).map(|it| format!("{it}/{program}")).collect()
    };
    let ours = all(path);
    // The machine may keep its programs elsewhere than the image says.
    let machine = all(&std::env::var("PATH").unwrap_or_default());
    let within = ours.iter().filter_map(|it| here(it));
    within.chain(ours.iter().chain(&machine).filter_map(|it| there(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(config: Value, container: Value, programs: &[&str], arguments: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        std::fs::create_dir_all(root.join("app")).unwrap();
        for file in ["app/run", "app/data"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        let image = Image { digest: String::new(), root: root.clone(), config };
        let got = of(&image, &container, BTreeMap::new()).unwrap();
        let expand = |it: &&str| it.replace("ROOT", root.to_str().unwrap());
        let shown: Vec<String> = got.programs.iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        assert_eq!(shown, programs.iter().map(expand).collect::<Vec<_>>());
        assert_eq!(got.arguments, arguments.iter().map(expand).collect::<Vec<_>>());
    }

    #[test]
    fn commands() {
        let run = json!({"Entrypoint": ["/app/run"], "Cmd": ["a"]});
        check(run.clone(), json!({}), &["ROOT/app/run"], &["a"]);
        check(run.clone(), json!({"args": ["b"]}), &["ROOT/app/run"], &["b"]);
        check(run, json!({"command": ["/app/run"]}), &["ROOT/app/run"], &[]);
        check(json!({"Cmd": ["./run"], "WorkingDir": "/app"}), json!({}), &["ROOT/app/run"], &[]);
        let shell = json!({"Cmd": ["/bin/sh", "/app/data", "/app/other"]});
        check(shell, json!({}), &["/bin/sh"], &["ROOT/app/data", "/app/other"]);
        check(json!({"Cmd": ["run"], "Env": ["PATH=/nowhere:/app"]}), json!({}), &["ROOT/app/run"], &[]);
    }
}
