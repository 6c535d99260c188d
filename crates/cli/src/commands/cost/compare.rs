//! `stack cost compare ingestion`: what each way costs at some volumes, and how long an event takes by it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

use cost::{Currency, PriceList, grouped};
use engine::{Origin, Program, Range, Reading, Usage};
use gcp::bill::{Resources, derive};
use rust_decimal::Decimal;

use crate::Declaration;
use crate::args::{CostCompare, Global};
use crate::bills;
use crate::out::Out;
use crate::problem::Problem;
use crate::style::Ink;
use crate::world::Outline;

/// A way of ingestion, and how long an event typically takes from the topic into the table: a file is open for
/// at most a minute and loaded every 15 minutes; the others write each event.
const WAYS: [(&str, &str); 3] =
    [("transfer", "1 to 16 minutes"), ("bigquery-subscription", "seconds"), ("dataflow", "seconds")];
/// The longest bar, in letters.
const LONGEST: u32 = 40;

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
    let mut costs: Vec<Vec<Option<Decimal>>> = Vec::new();
    for (way, _) in WAYS {
        let mut chosen = global.clone();
        chosen.config.push(format!("ingestion={way}"));
        let outline = Outline::open(&chosen)?;
        let program = outline.declare(declaration)?;
        let topic = topic(&program)?;
        let resources = Resources::of_program(&program);
        let list = bills::prices(outline.project.folder())?;
        let cost =
            |events: &Decimal| cost_of(&resources, &topic, outline.region(), &list, *events, args.bytes);
        costs.push(volumes.iter().map(cost).collect());
    }
    out.text(&shown(&volumes, &costs, args.bytes, out));
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
    let estimate = bills::estimate(resources, &used, region, &BTreeMap::new(), list, &bills::options());
    estimate.summary.unpriced.is_empty().then_some(estimate.total.expected)
}

fn shown(volumes: &[Decimal], costs: &[Vec<Option<Decimal>>], bytes: u32, out: &Out) -> String {
    let currency = Currency::default();
    let most = costs.iter().flatten().flatten().max().copied().unwrap_or_default();
    let mut text = format!(
        "What the stack costs a month by how events of {bytes} bytes reach the table, free allowances taken off.\n"
    );
    for (at, events) in volumes.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n{}",
            out.results
                .paint(Ink::Strong, &format!("{} events a month", grouped(&events.normalize().to_string())))
        );
        for ((way, delay), costs) in WAYS.iter().zip(costs) {
            let (money, bar) = match costs[at] {
                Some(cost) => (currency.write(cost), bar(cost, most)),
                None => ("no known price".to_owned(), String::new()),
            };
            let line =
                format!("  {way:<22} {money:>14}  {delay:<16} {}", out.results.paint(Ink::Added, &bar));
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

/// On a scale of logarithms, for volumes differ by a thousand: a dollar is nothing.
fn bar(cost: Decimal, most: Decimal) -> String {
    let scale = |it: Decimal| f64::try_from(it).unwrap_or(0.0).max(1.0).ln();
    let part = if most > Decimal::ONE { scale(cost) / scale(most) } else { 0.0 };
    let length = (part * f64::from(LONGEST)).round();
    "█".repeat((0..=LONGEST).take_while(|it| f64::from(*it) < length).count())
}
