//! `stack cost compare ingestion`: what each way costs at some volumes, and how long an event takes by it.

use std::collections::BTreeMap;
use std::process::ExitCode;

use cost::PriceList;
use cost::comparison::Comparison;
use cost::report::comparison;
use engine::project::Project;
use engine::{Origin, Program, Range, Reading, Usage};
use gcp::bill::{Resources, derive};
use rust_decimal::Decimal;

use super::deliver::{deliver, style};
use crate::args::{CostCompare, CostFormat, Global};
use crate::out::Out;
use crate::problem::Problem;
use crate::world::Outline;
use crate::{Declaration, bills};

/// A way of ingestion, and how long an event typically takes from the topic into the table: a file is open for
/// at most a minute and loaded every 15 minutes; the others write each event.
const WAYS: [(&str, &str); 3] =
    [("transfer", "1 to 16 minutes"), ("bigquery-subscription", "seconds"), ("dataflow", "seconds")];

pub fn run(
    args: &CostCompare,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    if args.what != "ingestion" {
        return Err(Problem::new(format!("there is nothing to compare of {:?}", args.what))
            .hint("stack cost compare ingestion"));
    }
    let volumes = args.events.iter().map(|it| volume(it)).collect::<Result<Vec<_>, _>>()?;
    let here = std::env::current_dir().map_err(|it| Problem::of(&it, None))?;
    let list = bills::prices(Project::load(&here)?.folder())?;
    let mut declared = Vec::new();
    for (way, _) in WAYS {
        let mut chosen = global.clone();
        chosen.config.push(format!("ingestion={way}"));
        let outline = Outline::open(&chosen)?;
        let program = outline.declare(declaration)?;
        declared.push((topic(&program)?, Resources::of_program(&program), outline.region().to_owned()));
    }
    let title = format!("How events of {} bytes reach the table", args.bytes);
    let compared = Comparison::new(&title, "events a month", &volumes, &WAYS, |way, events| {
        let (topic, resources, region) = &declared[way];
        cost_of(resources, topic, region, &list, events, args.bytes)
    });
    let report = match args.format {
        CostFormat::Table => comparison::table(&compared, style(args.out.as_deref(), out)),
        CostFormat::Json => {
            let text = serde_json::to_string_pretty(&comparison::json(&compared));
            text.map_err(|it| Problem::of(&it, None))? + "\n"
        }
        CostFormat::Html => {
            comparison::html(&compared, &[cost::report::age(list.age(), bills::options().today)])
        }
        CostFormat::Markdown => comparison::markdown(&compared),
    };
    deliver(args.out.as_deref(), out, |to| to.write_all(report.as_bytes()))?;
    Ok(ExitCode::SUCCESS)
}

/// `10M` is ten million.
fn volume(text: &str) -> Result<Decimal, Problem> {
    let (number, factor) = match text.trim().strip_suffix(['M', 'm']) {
        Some(number) => (number, 1_000_000),
        None => (text.trim(), 1),
    };
    let number = number.parse::<Decimal>().ok().filter(|it| *it > Decimal::ZERO);
    number
        .and_then(|it| it.checked_mul(Decimal::from(factor)))
        .filter(|it| *it < Decimal::from(10u64.pow(15)))
        .ok_or_else(|| {
            Problem::new(format!("{text:?} is not a number of events")).hint("write 1000000, or 1M")
        })
}

/// The address of the topic that events come in by, which the stack tells as its output `topic`.
fn topic(program: &Program) -> Result<String, Problem> {
    let referred = program.outputs.get("topic").map(engine::references).unwrap_or_default();
    referred.first().map(ToString::to_string).ok_or_else(|| {
        Problem::new("the stack has no output topic, and so nobody knows where its events come in")
    })
}

/// What all costs a month when so many events come; `None` if something has no known price.
fn cost_of(
    resources: &Resources,
    topic: &str,
    region: &str,
    list: &PriceList,
    events: Decimal,
    bytes: u32,
) -> Option<Decimal> {
    let given = |range: Range| Reading { range, origin: Origin::Given };
    let readings =
        [("monthly_messages", Range::exact(events)), ("average_message_bytes", Range::exact(bytes))];
    let usage = Usage { readings: readings.map(|(key, range)| (key, given(range))).into() };
    let used = derive(resources, &BTreeMap::from([(topic.to_owned(), usage)]));
    let estimate = bills::estimate(resources, &used, region, &[], list, &bills::options());
    let summary = &estimate.summary;
    let is_known = summary.unpriced.is_empty() && summary.at_least.is_empty();
    is_known.then_some(estimate.total.expected)
}
