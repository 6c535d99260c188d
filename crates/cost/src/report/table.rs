//! The table that a terminal shows.

use std::str::FromStr;

use engine::Range;
use rust_decimal::Decimal;

use super::{Context, words};
use crate::diff::{Change, Costs, Diff};
use crate::estimate::{Billing, Estimate, Line, Resource};
use crate::money::Currency;
use crate::unit::{self, HOURS_A_MONTH};

/// What is written around words to make them stand out; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    pub bold: (&'static str, &'static str),
    pub faint: (&'static str, &'static str),
    /// What is wrong, or dearer.
    pub bad: (&'static str, &'static str),
    /// What is cheaper.
    pub good: (&'static str, &'static str),
}

fn paint(style: (&str, &str), text: &str) -> String {
    format!("{}{text}{}", style.0, style.1)
}

/// A column beside the name, by Infracost's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Price,
    MonthlyQuantity,
    Unit,
    HourlyCost,
    MonthlyCost,
}

impl Field {
    pub const ALL: [Field; 5] =
        [Field::Price, Field::MonthlyQuantity, Field::Unit, Field::HourlyCost, Field::MonthlyCost];

    /// The columns of a list such as `price,monthlyCost`, or of `all`.
    ///
    /// # Errors
    /// Says the name that is none.
    pub fn parse(list: &str) -> Result<Vec<Field>, FieldError> {
        if list == "all" {
            return Ok(Field::ALL.to_vec());
        }
        let mut fields: Vec<Field> = list.split(',').map(|it| it.trim().parse()).collect::<Result<_, _>>()?;
        fields.sort();
        fields.dedup();
        Ok(fields)
    }

    fn name(self) -> &'static str {
        match self {
            Field::Price => "price",
            Field::MonthlyQuantity => "monthlyQuantity",
            Field::Unit => "unit",
            Field::HourlyCost => "hourlyCost",
            Field::MonthlyCost => "monthlyCost",
        }
    }

    fn head(self) -> &'static str {
        match self {
            Field::Price => "Price",
            Field::MonthlyQuantity => "Monthly Qty",
            Field::Unit => "Unit",
            Field::HourlyCost => "Hourly Cost",
            Field::MonthlyCost => "Monthly Cost",
        }
    }
}

impl FromStr for Field {
    type Err = FieldError;
    fn from_str(text: &str) -> Result<Field, FieldError> {
        Field::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| FieldError(text.to_owned()))
    }
}

/// A column that does not exist.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {0:?} is none of price, monthlyQuantity, unit, hourlyCost, monthlyCost, all")]
pub struct FieldError(pub String);

/// How to write a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub style: Style,
    pub fields: Vec<Field>,
    /// Whether free resources and those of unknown kinds are listed.
    pub show_skipped: bool,
    /// Whether each line says how it was made.
    pub explain: bool,
    /// The most letters a line may have, where names can be cut.
    pub width: Option<usize>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            style: Style::default(),
            fields: vec![Field::MonthlyQuantity, Field::Unit, Field::MonthlyCost],
            show_skipped: false,
            explain: false,
            width: None,
        }
    }
}

enum Row {
    Blank,
    /// A name in bold and what stands after it.
    Head(String, String),
    Cells(String, Vec<String>),
    /// A name, and words across all columns.
    Across(String, String, Mark),
    Faint(String),
    Total(String, String),
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Faint,
    Bad,
}

/// The whole table, with its line feeds.
pub fn write(estimate: &Estimate, context: &Context, options: &Options) -> String {
    let mut rows = Vec::new();
    let mut derived = false;
    for resource in &estimate.resources {
        if let Billing::Lines(lines) = &resource.billing
            && !lines.is_empty()
        {
            rows.push(Row::Blank);
            rows.push(Row::Head(resource.address.clone(), beside(resource)));
            for (index, line) in lines.iter().enumerate() {
                derived |= line.derived();
                push_line(&mut rows, line, index + 1 == lines.len(), estimate, options);
            }
        }
    }
    push_allowances(&mut rows, estimate, options);
    rows.push(Row::Blank);
    let total = if words::is_whole(estimate) { "OVERALL TOTAL" } else { "OVERALL TOTAL, at least" };
    rows.push(Row::Total(total.to_owned(), words::cost(estimate.total, &estimate.currency)));
    if !estimate.total.is_exact() {
        let expected = words::cost(Range::exact(estimate.total.expected), &estimate.currency);
        rows.push(Row::Total("  expected".to_owned(), expected));
    }
    let mut text = format!("Project: {}\n{}\n", context.project, partial(context, options.style));
    text += &set(&rows, options);
    text += &feet(estimate, derived, options);
    text
}

/// What the report is only part of.
fn partial(context: &Context, style: Style) -> String {
    context.partial.iter().map(|it| paint(style.bad, it) + "\n").collect()
}

/// The type, unless the address begins with it.
fn beside(resource: &Resource) -> String {
    let said = resource.address.contains(&resource.type_name);
    if said { String::new() } else { format!("({})", resource.type_name) }
}

fn push_line(rows: &mut Vec<Row>, line: &Line, last: bool, estimate: &Estimate, options: &Options) {
    let currency = &estimate.currency;
    let star = if line.derived() { " *" } else { "" };
    let name = format!("{} {}{star}", if last { "└─" } else { "├─" }, line.name);
    match (words::unknown(line, currency), line.cost()) {
        (Some(words), _) => {
            let mark = if line.price.is_some() { Mark::Faint } else { Mark::Bad };
            rows.push(Row::Across(name, words, mark));
        }
        (None, cost) => {
            let quantity = line.quantity.map(words::quantity).unwrap_or_default();
            let price = line.unit_price().map(|it| words::price(it, currency)).unwrap_or_default();
            let texts = [price, quantity, unit::words(line.unit)];
            let cells = cells(options, currency, cost, line.at_least().is_some(), texts);
            rows.push(Row::Cells(name, cells));
        }
    }
    if options.explain {
        let stem = if last { "      " } else { "│     " };
        rows.extend(words::explained(line, currency).into_iter().map(|it| Row::Faint(format!("{stem}{it}"))));
    }
}

fn push_allowances(rows: &mut Vec<Row>, estimate: &Estimate, options: &Options) {
    if estimate.allowances.is_empty() {
        return;
    }
    rows.push(Row::Blank);
    rows.push(Row::Head("Free allowances".to_owned(), "of the billing account".to_owned()));
    for (index, it) in estimate.allowances.iter().enumerate() {
        let last = index + 1 == estimate.allowances.len();
        let name = it.name.strip_prefix("Free allowance: ").unwrap_or(&it.name);
        let [quantity, unit] = words::used(it);
        let cells = cells(options, &estimate.currency, Some(it.cost), false, [String::new(), quantity, unit]);
        rows.push(Row::Cells(format!("{} {name}", if last { "└─" } else { "├─" }), cells));
        if options.explain {
            let stem = if last { "      " } else { "│     " };
            let date = it.date.map(|it| it.to_string()).unwrap_or_else(|| "undated".to_owned());
            rows.push(Row::Faint(format!("{stem}of: {}", it.skus.join(", "))));
            rows.push(Row::Faint(format!("{stem}price from: {} (grade {}, {date})", it.source, it.grade)));
        }
    }
}

fn cells(
    options: &Options,
    currency: &Currency,
    cost: Option<Range>,
    is_at_least: bool,
    [price, quantity, unit]: [String; 3],
) -> Vec<String> {
    let bound = if is_at_least { "at least " } else { "" };
    let money =
        |it: Option<Range>| it.map(|it| format!("{bound}{}", words::cost(it, currency))).unwrap_or_default();
    options
        .fields
        .iter()
        .map(|field| match field {
            Field::Price => price.clone(),
            Field::MonthlyQuantity => quantity.clone(),
            Field::Unit => unit.clone(),
            Field::HourlyCost => money(cost.map(|it| it.map(|it| it / Decimal::from(HOURS_A_MONTH)))),
            Field::MonthlyCost => money(cost),
        })
        .collect()
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Lines up the rows.
fn set(rows: &[Row], options: &Options) -> String {
    let style = options.style;
    let mut columns: Vec<usize> = options.fields.iter().map(|it| width(it.head())).collect();
    let mut names = width("Name");
    for row in rows {
        match row {
            Row::Cells(name, cells) => {
                names = names.max(width(name));
                for (column, cell) in columns.iter_mut().zip(cells) {
                    *column = (*column).max(width(cell));
                }
            }
            Row::Across(name, _, _) => names = names.max(width(name)),
            Row::Total(name, cost) => {
                names = names.max(width(name));
                if let Some(last) = columns.last_mut() {
                    *last = (*last).max(width(cost));
                }
            }
            Row::Blank | Row::Head(..) | Row::Faint(_) => {}
        }
    }
    let beside: usize = columns.iter().map(|it| it + 2).sum();
    if let Some(most) = options.width {
        names = names.min(most.saturating_sub(beside + 1).max(20));
    }
    let heads: Vec<String> = options.fields.iter().map(|it| it.head().to_owned()).collect();
    let mut text = format!(" {}\n", paint(style.bold, &aligned("Name", &heads, names, &columns, options)));
    for row in rows {
        let line = match row {
            Row::Blank => String::new(),
            Row::Head(name, after) if after.is_empty() => format!(" {}", paint(style.bold, name)),
            Row::Head(name, after) => {
                format!(" {} {}", paint(style.bold, name), paint(style.faint, after))
            }
            Row::Cells(name, cells) => format!(" {}", aligned(name, cells, names, &columns, options)),
            Row::Across(name, words, mark) => {
                let mark = if *mark == Mark::Bad { style.bad } else { style.faint };
                format!(" {}  {}", padded(name, names), paint(mark, words))
            }
            Row::Faint(words) => format!(" {}", paint(style.faint, words)),
            Row::Total(name, cost) => {
                let after = beside.saturating_sub(width(cost));
                format!(" {}{}{}", paint(style.bold, &padded(name, names)), " ".repeat(after), cost)
            }
        };
        text += line.trim_end();
        text.push('\n');
    }
    text
}

fn aligned(name: &str, cells: &[String], names: usize, columns: &[usize], options: &Options) -> String {
    let mut line = padded(name, names);
    for ((cell, column), field) in cells.iter().zip(columns).zip(&options.fields) {
        let blank = " ".repeat(column.saturating_sub(width(cell)));
        match field {
            Field::Unit => line += &format!("  {cell}{blank}"),
            Field::Price | Field::MonthlyQuantity | Field::HourlyCost | Field::MonthlyCost => {
                line += &format!("  {blank}{cell}");
            }
        }
    }
    line
}

/// A name as wide as its column, cut in the middle where it is wider.
fn padded(name: &str, to: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= to {
        return format!("{name}{}", " ".repeat(to - letters.len()));
    }
    let (front, back) = ((to - 1).div_ceil(2), (to - 1) / 2);
    let text: String = letters[..front].iter().collect();
    format!("{text}…{}", letters[letters.len() - back..].iter().collect::<String>())
}

/// What stands below the table.
fn feet(estimate: &Estimate, derived: bool, options: &Options) -> String {
    let mut text = String::from("\n");
    if derived {
        text += &format!(" * {}\n\n", words::DERIVED);
    }
    text += "──────────────────────────────────\n";
    for sentence in words::summary(estimate) {
        text += &format!("{sentence}\n");
    }
    if options.show_skipped {
        for sentence in words::skipped(estimate) {
            text += &format!("  ∙ {sentence}\n");
        }
    }
    for sentence in words::prices(estimate) {
        text += &paint(options.style.faint, &sentence);
        text.push('\n');
    }
    for it in &estimate.summary.unpriced {
        text += &format!("{} {}\n", paint(options.style.bad, "not in the total:"), words::unpriced(it));
    }
    for it in &estimate.summary.at_least {
        text +=
            &format!("{} {}\n", paint(options.style.bad, "only in part in the total:"), words::at_least(it));
    }
    text
}

/// What a change costs, resource by resource.
pub fn write_diff(diff: &Diff, currency: &Currency, context: &Context, options: &Options) -> String {
    let style = options.style;
    let mut text = format!("Project: {}\n{}", context.project, partial(context, style));
    let sign = |change: Change| match change {
        Change::Added => paint(style.bad, "+"),
        Change::Removed => paint(style.good, "-"),
        Change::Changed => "~".to_owned(),
        Change::Same => " ".to_owned(),
    };
    let mut any = false;
    for resource in diff.changed().filter(|it| !it.lines.is_empty()) {
        any = true;
        text += &format!("\n{} {}\n", sign(resource.change), paint(style.bold, &resource.address));
        let change = match resource.unpriced() {
            true => {
                paint(style.bad, &words::unpriced_change(resource.lines.iter(), resource.costs, currency))
            }
            false => changed(resource.costs, false, currency, style),
        };
        text += &format!("  {change}\n");
        for line in resource.lines.iter().filter(|it| it.change != Change::Same) {
            text += &format!("\n    {} {}\n", sign(line.change), line.name);
            let change = match line.unpriced() {
                true => paint(style.bad, &words::unpriced_change([line].into_iter(), line.costs, currency)),
                false => changed(line.costs, line.unknown(), currency, style),
            };
            text += &format!("      {change}\n");
        }
    }
    if !any {
        text += "\nNothing that costs has changed.\n";
    }
    text += "\n──────────────────────────────────\n";
    let change = match diff.unpriced() {
        true => paint(style.bad, &words::headline(diff, currency)),
        false => changed(diff.costs, false, currency, style),
    };
    text += &format!("Monthly cost change: {change}\n");
    if let Some(percent) = diff.percent() {
        text += &format!("Percent: {}\n", words::percent(percent));
    }
    text
}

fn changed(costs: Costs, unknown: bool, currency: &Currency, style: Style) -> String {
    let difference = costs.difference();
    let mark = match difference.cmp(&Decimal::ZERO) {
        std::cmp::Ordering::Greater => style.bad,
        std::cmp::Ordering::Less => style.good,
        std::cmp::Ordering::Equal => ("", ""),
    };
    let amount = paint(mark, &currency.write_change(difference));
    let unknown = if unknown { ", in part not known" } else { "" };
    match (costs.past, costs.now) {
        (Some(past), Some(now)) => {
            format!("{amount} ({} → {}){unknown}", currency.write(past), currency.write(now))
        }
        (None, None) => "depends on usage".to_owned(),
        (Some(_), None) | (None, Some(_)) => format!("{amount}{unknown}"),
    }
}

#[cfg(test)]
mod tests;
