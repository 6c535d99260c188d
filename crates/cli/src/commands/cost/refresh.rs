//! `stack cost refresh`: reads the Cloud Billing Catalog, and says which prices have changed.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use cost::catalog::{self, Catalog};
use cost::{Price, PriceList};
use engine::{Call, Session};
use serde_json::Value;
use time::OffsetDateTime;

use crate::args::Global;
use crate::bills;
use crate::out::Out;
use crate::problem::Problem;
use crate::world::Ground;

const API: &str = "cloudbilling.googleapis.com";
/// The most that Google gives in one answer.
const PAGE: &str = "5000";
/// As many changes of one sort are listed.
const LISTED: usize = 20;

pub async fn run(global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    let ground = Ground::open(global, out).await?;
    let session = ground.session()?;
    let folder = ground.project.folder();
    let former = bills::prices(folder)?;
    let wanted: BTreeSet<&str> = former.prices().map(|it| it.service.as_str()).collect();
    let mut services = Vec::new();
    let mut token = None;
    loop {
        let (found, next) =
            catalog::services(&page(&session, "v1/services", token).await?).map_err(broken)?;
        services.extend(found.into_iter().filter(|it| wanted.contains(it.display_name.as_str())));
        match next {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    let mut read = Catalog::default();
    for service in &services {
        out.note(&format!("Reading the prices of {}.", service.display_name));
        let mut token = None;
        loop {
            let answer = page(&session, &format!("v1/services/{}/skus", service.service_id), token).await?;
            match read.add(&answer, OffsetDateTime::now_utc().date()).map_err(broken)? {
                Some(next) => token = Some(next),
                None => break,
            }
        }
    }
    let new = catalog::refresh(&former, &read).map_err(broken)?;
    let path = bills::cache(folder);
    let failed = |it: std::io::Error| Problem::new(format!("{} cannot be written: {it}", path.display()));
    std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
    std::fs::write(&path, new.list.to_csv()).map_err(failed)?;
    out.text(&told(&former, &new));
    out.note(&format!("Written to {}.", path.display()));
    Ok(ExitCode::SUCCESS)
}

async fn page(session: &Session, path: &str, token: Option<String>) -> Result<Value, Problem> {
    let call = Call::get(API, path).query("pageSize", PAGE);
    let call = match token {
        Some(token) => call.query("pageToken", token),
        None => call,
    };
    Ok(session.send(&call).await?)
}

fn broken(error: catalog::CatalogError) -> Problem {
    Problem::of(&error, None)
}

fn told(former: &PriceList, new: &catalog::Refreshed) -> String {
    let changes = catalog::changes(former, &new.list);
    let one = |it: &Arc<Price>| format!("{}: {} in {}", it.service, it.description, it.region);
    let first = |it: &Arc<Price>| it.tiers.iter().map(|it| it.price).max().unwrap_or_default().normalize();
    let pair = |(old, new): &(Arc<Price>, Arc<Price>)| {
        format!("{}: ${} -> ${} a {}", one(new), first(old), first(new), new.unit)
    };
    let mut text = String::new();
    list(&mut text, "dearer", changes.dearer.iter().map(pair).collect());
    list(&mut text, "cheaper", changes.cheaper.iter().map(pair).collect());
    list(&mut text, "otherwise tiered or counted", changes.otherwise.iter().map(pair).collect());
    list(&mut text, "gone", changes.gone.iter().map(one).collect());
    if changes.is_empty() {
        text += "No price has changed.\n";
    } else if !changes.added.is_empty() {
        text += &format!("{} prices are new.\n", changes.added.len());
    }
    if !new.kept.is_empty() {
        text += &format!(
            "{} prices are in the catalog under no known name, and stay as they were.\n",
            new.kept.len()
        );
    }
    list(&mut text, "ambiguous in the catalog, and not taken", new.ambiguous.clone());
    text
}

fn list(text: &mut String, what: &str, items: Vec<String>) {
    if items.is_empty() {
        return;
    }
    *text += &format!("{} {what}:\n", items.len());
    let more = items.len().saturating_sub(LISTED);
    for item in items.into_iter().take(LISTED) {
        *text += &format!("  {item}\n");
    }
    if more > 0 {
        *text += &format!("  … and {more} more\n");
    }
}
