//! A comparison as a table with bars, JSON, a page with a plot, or a comment.

mod plot;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::html::{escaped, shell};
use super::markdown;
use super::table::Style;
use crate::comparison::{Comparison, Crossing, Way};
use crate::money::Currency;
use crate::unit::grouped;

/// The longest bar of the table, in letters.
const LONGEST: u32 = 40;

/// What has no price that is known.
const UNKNOWN: &str = "no known price";

/// The volumes one below the other, and under each a bar for each way.
pub fn table(it: &Comparison, style: Style) -> String {
    let mut text = format!("{}, what it costs a month with free allowances taken off.\n", it.title);
    let most = it.volumes.iter().flat_map(|volume| it.ways.iter().filter_map(|way| it.cost(way, *volume)));
    let most = most.max().unwrap_or_default();
    let column = |name: fn(&Way) -> &str| it.ways.iter().map(|way| name(way).chars().count()).max();
    let names = column(|it| &it.name).unwrap_or_default();
    let delays = column(|it| &it.delay).unwrap_or_default();
    for volume in &it.volumes {
        let head = format!("{} {}", number(*volume), it.unit);
        text += &format!("\n{}{head}{}\n", style.bold.0, style.bold.1);
        for way in &it.ways {
            let (name, delay) = (&way.name, &way.delay);
            let (money, bar) = match it.cost(way, *volume) {
                Some(cost) => (Currency::default().write(cost), bar(cost, most)),
                None => (UNKNOWN.to_owned(), String::new()),
            };
            let line = format!(
                "  {name:<names$} {money:>14}  {delay:<delays$}  {}{bar}{}",
                style.good.0, style.good.1
            );
            text += line.trim_end();
            text.push('\n');
        }
    }
    if !it.crossings.is_empty() {
        text.push('\n');
    }
    for crossing in &it.crossings {
        text += &format!("{}\n", sentence(crossing, &it.unit));
    }
    text
}

/// Lengths are logarithms, for volumes differ by a thousand: a dollar is nothing.
fn bar(cost: Decimal, most: Decimal) -> String {
    let part = logarithm(cost) / logarithm(most).max(1.0);
    let length = (part * f64::from(LONGEST)).round();
    "█".repeat((0..LONGEST).take_while(|it| f64::from(*it) < length).count())
}

/// Of a dollar more than it costs, for what costs nothing is on the scale too.
fn logarithm(cost: Decimal) -> f64 {
    cost.to_f64().unwrap_or_default().max(0.0).ln_1p()
}

fn number(volume: Decimal) -> String {
    grouped(&volume.normalize().to_string())
}

/// A volume that was found, as exactly as it was found.
fn about(volume: Decimal) -> String {
    grouped(&volume.round_sf(2).unwrap_or(volume).normalize().to_string())
}

fn sentence(it: &Crossing, unit: &str) -> String {
    format!("From about {} {unit} on, {} is cheaper than {}.", about(it.volume), it.cheaper, it.than)
}

/// As data: costs in US dollars a month as text, null where a price is not known.
pub fn json(it: &Comparison) -> Value {
    let way = |way: &Way| {
        let cost = |volume: &Decimal| {
            let cost = it.cost(way, *volume).map(|it| it.round_dp(2).normalize().to_string());
            json!({ "volume": volume.normalize(), "monthlyCost": cost })
        };
        json!({ "name": way.name, "delay": way.delay, "costs": it.volumes.iter().map(cost).collect::<Vec<_>>() })
    };
    let crossing =
        |it: &Crossing| json!({ "volume": it.volume.normalize(), "cheaper": it.cheaper, "than": it.than });
    json!({
        "version": 1,
        "title": it.title,
        "unit": it.unit,
        "currency": "USD",
        "ways": it.ways.iter().map(way).collect::<Vec<_>>(),
        "crossings": it.crossings.iter().map(crossing).collect::<Vec<_>>(),
    })
}

/// A comment for a pull request.
pub fn markdown(it: &Comparison) -> String {
    let mut text = format!("### {}\n\n| {} |", markdown::escaped(&it.title), markdown::escaped(&it.unit));
    for way in &it.ways {
        text += &format!(" {} |", markdown::escaped(&way.name));
    }
    text += &format!("\n|--:|{}\n", "--:|".repeat(it.ways.len()));
    let mut row = |head: &str, cells: Vec<String>| text += &format!("| {head} | {} |\n", cells.join(" | "));
    for volume in &it.volumes {
        row(&number(*volume), it.ways.iter().map(|way| money(it, way, *volume)).collect());
    }
    row("typical delay", it.ways.iter().map(|way| markdown::escaped(&way.delay)).collect());
    for crossing in &it.crossings {
        text += &format!("\n{}\n", markdown::escaped(&sentence(crossing, &it.unit)));
    }
    text
}

fn money(it: &Comparison, way: &Way, volume: Decimal) -> String {
    it.cost(way, volume).map_or_else(|| UNKNOWN.to_owned(), |it| Currency::default().write(it))
}

/// One page that needs nothing else, with a plot; `notes` stand at its foot.
pub fn html(it: &Comparison, notes: &[String]) -> String {
    let mut main = format!(
        "<header>\n<h1>{}</h1>\n<p class=\"soft\">What it costs a month, free allowances taken off.</p>\n</header>\n\
         <main>\n",
        escaped(&it.title)
    );
    main += &plot::plot(it);
    if !it.crossings.is_empty() {
        let item = |crossing| format!("<li>{}</li>\n", escaped(&sentence(crossing, &it.unit)));
        let items: String = it.crossings.iter().map(item).collect();
        main += &format!("<section>\n<h2>Where one becomes cheaper</h2>\n<ul>\n{items}</ul>\n</section>\n");
    }
    let cell = |text: &str| format!("<td class=\"number\">{}</td>", escaped(text));
    let heads: String = it
        .ways
        .iter()
        .map(|it| format!("<th scope=\"col\" class=\"number\">{}</th>", escaped(&it.name)))
        .collect();
    let mut rows = String::new();
    let mut row = |head: &str, cells: String| {
        rows += &format!(
            "<tr class=\"resource\"><th scope=\"row\" class=\"cost\">{}</th>{cells}</tr>\n",
            escaped(head)
        );
    };
    for volume in &it.volumes {
        row(&number(*volume), it.ways.iter().map(|way| cell(&money(it, way, *volume))).collect());
    }
    row("Typical delay", it.ways.iter().map(|it| cell(&it.delay)).collect());
    main += &format!(
        "<section>\n<h2>By volume</h2>\n<table>\n<thead><tr><th scope=\"col\">{}</th>{heads}</tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</section>\n</main>\n<footer>\n",
        escaped(&it.unit)
    );
    for note in notes {
        main += &format!("<p>{}</p>\n", escaped(note));
    }
    shell(&it.title, &(main + "</footer>\n"))
}

#[cfg(test)]
mod tests;
