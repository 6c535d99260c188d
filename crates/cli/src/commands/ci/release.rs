//! `stack ci release`: a release at GitHub, whole or not at all.

use std::fs;
use std::process::ExitCode;

use ci::{Asset, GitHub, Release, Runner};

use super::env;
use super::pack::{SUMS, files, name, unreadable};
use crate::args::CiRelease;
use crate::out::Out;
use crate::problem::Problem;
use crate::show::bytes;

/// The version that Cargo.toml says.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Characters of a release's text that GitHub takes.
const LIMIT: usize = 125_000;

pub async fn run(args: &CiRelease, runner: Option<&Runner>, out: &Out) -> Result<ExitCode, Problem> {
    agrees(&args.tag, VERSION)?;
    let changelog = fs::read_to_string(&args.notes_from).map_err(|it| unreadable(&args.notes_from, &it))?;
    let notes = notes(&changelog, VERSION)
        .map_err(|it| Problem { message: format!("{}: {}", args.notes_from.display(), it.message), ..it })?;
    if args.check {
        out.text(&format!("{notes}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let github = GitHub::from_env(&env, args.repo.as_deref())?;
    let mut assets = Vec::new();
    for path in &args.assets {
        for file in files(path)? {
            let bytes = fs::read(&file).map_err(|it| unreadable(&file, &it))?;
            assets.push(Asset { name: name(&file)?, bytes });
        }
    }
    whole(&assets)?;
    let tell = |it: &Asset| {
        let size = u64::try_from(it.bytes.len()).unwrap_or(u64::MAX);
        out.note(&format!("  + {} uploaded, {}", it.name, bytes(size)));
    };
    let release = Release { tag: &args.tag, notes: &notes, assets: &assets };
    let url = github.release(&release, &tell).await?;
    out.line(&format!("{} is released: {url}", args.tag));
    if let Some(runner) = runner {
        runner.output("url", &url)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn agrees(tag: &str, version: &str) -> Result<(), Problem> {
    if tag.strip_prefix('v') == Some(version) {
        return Ok(());
    }
    Err(Problem::new(format!("the tag is {tag}, and Cargo.toml says version {version}"))
        .hint(format!("tag v{version}, or set `version` in Cargo.toml's [workspace.package] first")))
}

/// The text of a changelog's top section, which must be about this version.
fn notes(changelog: &str, version: &str) -> Result<String, Problem> {
    let mut lines = changelog.lines().skip_while(|it| !it.starts_with("## "));
    let heading = lines.next().and_then(|it| it.strip_prefix("## ")).unwrap_or_default().trim();
    let named = heading.split_whitespace().next().unwrap_or_default().trim_matches(['[', ']']);
    if named.trim_start_matches('v') != version {
        return Err(Problem::new(format!("the top section is {heading:?} and not about {version}"))
            .hint(format!("call it `## {version}`: its text becomes the release's")));
    }
    let text: Vec<&str> = lines.take_while(|it| !it.starts_with("## ")).collect();
    let text = text.join("\n").trim().to_owned();
    if text.is_empty() {
        return Err(Problem::new(format!("the section about {version} is empty")).hint("say what is new"));
    }
    if text.chars().count() > LIMIT {
        return Err(Problem::new(format!(
            "the section about {version} has more than the {LIMIT} characters that GitHub takes"
        )));
    }
    Ok(text)
}

/// Whether the sums are there, and are of all files and of these very ones.
fn whole(assets: &[Asset]) -> Result<(), Problem> {
    let hint = "write them anew: stack ci sums DIR";
    let sums = assets.iter().find(|it| it.name == SUMS);
    let sums =
        sums.ok_or_else(|| Problem::new(format!("{SUMS} is not among the files")).hint(hint.to_owned()))?;
    let sums = String::from_utf8_lossy(&sums.bytes);
    let told: Vec<(&str, &str)> = sums.lines().filter_map(|it| it.split_once(" *")).collect();
    for asset in assets.iter().filter(|it| it.name != SUMS) {
        let sum = image::Digest::of(&asset.bytes);
        if !told.contains(&(sum.hex(), asset.name.as_str())) {
            let what = format!("{SUMS} does not say of {} what it is", asset.name);
            return Err(Problem::new(what).hint(hint));
        }
    }
    match told.iter().find(|(_, name)| !assets.iter().any(|it| it.name == *name)) {
        Some((_, name)) => {
            Err(Problem::new(format!("{name} is in {SUMS} and not among the files")).hint(hint))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_the_version() {
        assert!(agrees("v1.2.3", "1.2.3").is_ok());
        for tag in ["1.2.3", "v1.2.4", "vv1.2.3", "v1.2.3-rc.1"] {
            let said = agrees(tag, "1.2.3").unwrap_err();
            assert_eq!(said.message, format!("the tag is {tag}, and Cargo.toml says version 1.2.3"));
        }
    }

    #[test]
    fn the_top_section_is_the_text() {
        let of =
            |heading: &str| format!("# Changelog\n\n## {heading}\n\n- one\n- two\n\n## 0.9.0\n\n- old\n");
        for heading in ["1.0.0", "v1.0.0", "[1.0.0] - 2026-11-28", "1.0.0 (2026-11-28)"] {
            assert_eq!(notes(&of(heading), "1.0.0").unwrap(), "- one\n- two", "{heading}");
        }
        for heading in ["Unreleased", "1.0.1", "1.0.0-rc.1"] {
            let said = notes(&of(heading), "1.0.0").unwrap_err();
            assert_eq!(said.message, format!("the top section is {heading:?} and not about 1.0.0"));
        }
        assert!(notes("", "1.0.0").is_err());
        assert!(notes("## 1.0.0\n\n## 0.9.0\n- old", "1.0.0").unwrap_err().message.contains("is empty"));
    }

    #[test]
    fn sums_are_of_all_files() {
        let asset = |name: &str, text: &str| Asset { name: name.to_owned(), bytes: text.into() };
        let sums = format!("{} *a\n", image::Digest::of(b"text").hex());
        let (file, sums) = (asset("a", "text"), asset(SUMS, &sums));
        assert!(whole(&[file.clone(), sums.clone()]).is_ok());
        let said = |assets: &[Asset]| whole(assets).unwrap_err().message;
        assert_eq!(said(std::slice::from_ref(&file)), "SHA256SUMS is not among the files");
        assert_eq!(said(&[asset("a", "other"), sums.clone()]), "SHA256SUMS does not say of a what it is");
        assert_eq!(said(std::slice::from_ref(&sums)), "a is in SHA256SUMS and not among the files");
    }
}
