//! `stack ci image`: the very programs that were packed, as an image for each platform, under one tag.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use ::image::{Image, Reference, Registry, Settings, of_programs, programs};
use ci::Runner;

use super::pack::{STACK, name, sbom_name, unreadable};
use crate::args::{CiImage, Global};
use crate::commands::image::target;
use crate::out::Out;
use crate::problem::Problem;

pub async fn run(
    args: &CiImage,
    runner: Option<&Runner>,
    global: &Global,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let (to, options) = target(Some(&args.to), args.plain_http, global, out).await?;
    let mut images = Vec::new();
    for archive in &args.archives {
        let image = of(archive)?;
        let platform = image.platform().unwrap_or_default();
        let processor = platform.rsplit('/').next().unwrap_or_default();
        let tagged = Reference { tag: format!("{}-{processor}", to.tag), ..to.clone() };
        Registry::new(&tagged, options.clone())?.push(&image).await?;
        out.note(&format!("{tagged} is {}.", image.digest()));
        images.push(image);
    }
    let digest = Registry::new(&to, options)?.push_index(&images).await?;
    out.line(&format!("{}@{digest}", to.name()));
    // A later step vouches for the image by its digest.
    if let Some(runner) = runner {
        runner.output("image", &to.name())?;
        runner.output("digest", digest.as_str())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The image of an archive.
fn of(archive: &Path) -> Result<Image, Problem> {
    let bytes = fs::read(archive).map_err(|it| unreadable(archive, &it))?;
    let mut found = programs(&bytes).map_err(|it| unreadable(archive, &it))?;
    // What the image runs comes first.
    found.sort_by_key(|(name, _)| name != STACK);
    if found.first().is_none_or(|(name, _)| name != STACK) {
        return Err(Problem::new(format!("{} holds no program {STACK}", archive.display()))
            .hint("name an archive for Linux that `stack ci pack` made"));
    }
    let sbom = archive.with_file_name(sbom_name(&name(archive)?));
    let sbom = fs::read(&sbom).map_err(|it| unreadable(&sbom, &it))?;
    let label = |name: &str, value: &str| (format!("org.opencontainers.image.{name}"), value.to_owned());
    let settings = Settings {
        package: STACK.to_owned(),
        bin: STACK.to_owned(),
        labels: BTreeMap::from([
            label("version", env!("CARGO_PKG_VERSION")),
            label("licenses", env!("CARGO_PKG_LICENSE")),
        ]),
        ..Settings::default()
    };
    of_programs(&found, &settings, sbom).map_err(|it| Problem::of(&it, it.hint()))
}
