//! `stack image`: builds the service's image without Docker, and pushes it to a registry.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use image::{Event, Login, Made, Options, Pushed, Reference, Registry, Settings, Source, Workshop};
use serde_json::json;

use crate::args::{Global, Image, ImageBuild};
use crate::images::{self, reach};
use crate::out::Out;
use crate::problem::Problem;
use crate::show::{bytes, progress::seconds};
use crate::world::Ground;

pub async fn run(command: &Image, global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    let here = std::env::current_dir().map_err(|it| Problem::of(&it, None))?;
    let project = engine::project::Project::load(&here)?;
    match command {
        Image::Build(args) => {
            let shop = Shop::of(args, project.folder());
            let begun = Instant::now();
            let made = shop.make(args, out).await?;
            say_built(&made, begun.elapsed(), args.json, out);
        }
        Image::Push { to, plain_http, build } => {
            // Where it goes is known before minutes are spent on building.
            let (to, options) = target(to.as_deref(), *plain_http, global, out).await?;
            let shop = Shop::of(build, project.folder());
            let begun = Instant::now();
            let made = shop.make(build, out).await?;
            if made.built && !build.json {
                say_built(&made, begun.elapsed(), false, out);
            }
            let begun = Instant::now();
            let pushed = push(&made, &to, options).await?;
            shop.workshop.note_pushed(&shop.source, &to, &pushed.digest)?;
            say_pushed(&made, &to, &pushed, begun.elapsed(), build.json, out);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What is built, and where images are kept.
struct Shop {
    source: Source,
    workshop: Workshop,
}

impl Shop {
    fn of(args: &ImageBuild, project: &Path) -> Shop {
        let settings = Settings {
            package: args.package.clone(),
            bin: args.bin.clone(),
            target: args.target.clone(),
            created: args.created,
            labels: BTreeMap::from_iter(args.labels.clone()),
            ..Settings::default()
        };
        Shop { source: Source { folder: project.to_owned(), settings }, workshop: images::workshop(project) }
    }

    async fn make(&self, args: &ImageBuild, out: &Out) -> Result<Made, Problem> {
        let (source, workshop) = (self.source.clone(), self.workshop.clone());
        let (tag, folder, force, out) = (args.tag.clone(), args.out.clone(), args.force, *out);
        // Compiling takes minutes, and a thread of its own.
        let work = move || workshop.make(&source, &tag, folder.as_deref(), force, &|line| out.note(line));
        let work = tokio::task::spawn_blocking(work);
        Ok(work.await.map_err(|it| Problem::of(&it, None))??)
    }
}

/// Sends an image, and tells how far it is.
async fn push(made: &Made, to: &Reference, options: Options) -> Result<Pushed, Problem> {
    Ok(Registry::new(to, options)?.push(&made.image).await?)
}

/// The reference that was asked for, else the stack's: its repository is an output, its image a setting.
pub async fn target(
    to: Option<&str>,
    plain_http: bool,
    global: &Global,
    out: &Out,
) -> Result<(Reference, Options), Problem> {
    let out = *out;
    let tell = Arc::new(move |event: &Event<'_>| tell(event, &out));
    let options = Options { plain_http, tell, ..Options::default() };
    if let Some(to) = to {
        let to: Reference = to.parse()?;
        // Only a stack knows of a cloud that stands for Google's.
        if !to.is_google() {
            return Ok((to, Options { login: login(&env), ..options }));
        }
        let ground = Ground::open(global, &out).await?;
        return Ok((to, reach(options, ground.endpoint()).await?));
    }
    let ground = Ground::open(global, &out).await?;
    let image: String = ground.config.get("image")?;
    let to = match image.parse::<Reference>() {
        Ok(whole) => whole,
        Err(_) => {
            let outputs = ground.ledger.outputs();
            let repository = outputs.get("images").and_then(|it| it.as_str()).ok_or_else(|| {
                Problem::new(format!("stack {} has no repository for images yet", ground.stack))
                    .hint("apply makes it; or say where to: stack image push REGISTRY/NAME:TAG")
            })?;
            format!("{repository}/{image}").parse()?
        }
    };
    let options = if to.is_google() { reach(options, ground.endpoint()).await? } else { options };
    Ok((to, options))
}

/// A variable of the environment; `None` if it is unset or empty.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// Who a job says that it is; without that, what this machine has for the registry is taken.
fn login(env: ::ci::Env<'_>) -> Option<Login> {
    let (user, password) = (env("REGISTRY_USER")?, env("REGISTRY_PASSWORD")?);
    Some(Login::Password { user, password })
}

fn tell(event: &Event<'_>, out: &Out) {
    match event {
        Event::Skipped { what, size } => out.note(&format!("  = {what} is there, {}", bytes(*size))),
        Event::Sent { what, size } => out.note(&format!("  + {what} sent, {}", bytes(*size))),
        Event::Sending { what, sent, size } => {
            // A person who watches hears of each megabyte.
            const STEP: u64 = 1 << 20;
            if out.watched && *sent < *size && sent % STEP == 0 {
                out.note(&format!("    {what}: {} of {}", bytes(*sent), bytes(*size)));
            }
        }
        Event::Waiting { why, wait } => out.note(&format!("  ! {why}; again in {}", seconds(*wait))),
        Event::NotAttached { what, why } => out.note(&format!("  ! {what} is not attached: {why}")),
    }
}

fn say_built(made: &Made, took: Duration, as_json: bool, out: &Out) {
    if as_json {
        return out.line(&described(made).to_string());
    }
    let folder = made.layout.folder().display();
    let platform = made.image.platform().unwrap_or_default();
    let did = if made.built { format!("built in {}", seconds(took)) } else { "up to date".to_owned() };
    out.note(&format!(
        "{platform}, {} compressed, {did}: oci:{folder}:{}",
        bytes(made.image.size()),
        made.tag
    ));
    out.line(made.image.digest().as_str());
}

fn say_pushed(made: &Made, to: &Reference, pushed: &Pushed, took: Duration, as_json: bool, out: &Out) {
    let whole = format!("{}@{}", to.name(), pushed.digest);
    if as_json {
        let mut json = described(made);
        json["pushed"] = json!({ "reference": to.to_string(), "image": whole, "sentBytes": pushed.sent,
            "skippedBlobs": pushed.skipped, "unchanged": pushed.unchanged });
        return out.line(&json.to_string());
    }
    if to.is_google() && made.image.platform().is_some_and(|it| it != "linux/amd64") {
        out.note("This image is not for linux/amd64, and Cloud Run runs no other.");
    }
    out.note(&if pushed.unchanged {
        format!("{to} is this image already.")
    } else {
        format!("{to} pushed in {}, {} sent.", seconds(took), bytes(pushed.sent))
    });
    out.line(&whole);
}

fn described(made: &Made) -> serde_json::Value {
    json!({
        "digest": made.image.digest(),
        "size": made.image.size(),
        "platform": made.image.platform(),
        "layout": made.layout.folder(),
        "tag": made.tag,
        "fingerprint": made.fingerprint,
        "built": made.built,
    })
}
