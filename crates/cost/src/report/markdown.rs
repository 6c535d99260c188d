//! A comment for a pull request: the total, what changed, and the breakdown folded away.

use engine::Range;

use super::{Context, words};
use crate::diff::{Change, Diff};
use crate::estimate::{Billing, Estimate, Resource};
use crate::money::Currency;
use crate::unit;

/// By which whoever posts it finds the former one.
pub const MARK: &str = "<!-- stack cost -->";

/// Letters that a comment on GitHub may have, with room for a word of the poster's.
const MOST: usize = 64_000;

/// The comment; with a table of what changed where there is a past.
pub fn write(estimate: &Estimate, diff: Option<&Diff>, context: &Context) -> String {
    let currency = &estimate.currency;
    let mut text = format!("{MARK}\n### Monthly cost of {}: ", escaped(&context.project));
    text += &words::total(estimate, Range::exact(estimate.total.expected));
    if let Some(diff) = diff {
        text += &format!(" ({})", words::headline(diff, currency));
    }
    text += "\n\n";
    for it in &context.partial {
        text += &format!("> **{}**\n", escaped(it));
    }
    if !context.partial.is_empty() {
        text.push('\n');
    }
    if !estimate.total.is_exact() {
        text += &format!("Between {}.\n\n", words::cost(estimate.total, currency).replace('–', " and "));
    }
    for it in &estimate.summary.unpriced {
        text += &format!("> **Not in the total:** {}\n", escaped(&words::unpriced(it)));
    }
    for it in &estimate.summary.at_least {
        text += &format!("> **Only in part in the total:** {}\n", escaped(&words::at_least(it)));
    }
    if !estimate.summary.unpriced.is_empty() || !estimate.summary.at_least.is_empty() {
        text.push('\n');
    }
    if let Some(diff) = diff {
        text += &changes(diff, currency);
    }
    let feet = feet(estimate);
    let room = MOST.saturating_sub(text.len() + feet.len());
    text += &breakdown(estimate, room);
    text + &feet
}

fn changes(diff: &Diff, currency: &Currency) -> String {
    let mut text = String::new();
    for resource in diff.changed().filter(|it| !it.lines.is_empty()) {
        let word = match resource.change {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
            Change::Same => continue,
        };
        let unknown = resource.lines.iter().any(|it| it.change != Change::Same && it.unknown());
        let money = |it: Option<rust_decimal::Decimal>| {
            it.map(|it| currency.write(it)).unwrap_or_else(|| "–".to_owned())
        };
        text += &format!(
            "| {} | {word}{} | {} | {} | {} |\n",
            code(&resource.address),
            if unknown { ", in part not known" } else { "" },
            money(resource.costs.past),
            money(resource.costs.now),
            match resource.unpriced() {
                true => "not known".to_owned(),
                false => currency.write_change(resource.costs.difference()),
            }
        );
        if text.len() > MOST / 2 {
            text += "| … | | | | |\n";
            break;
        }
    }
    if text.is_empty() {
        return "Nothing that costs has changed.\n\n".to_owned();
    }
    format!("| Resource | | Past | Now | Difference |\n|---|---|--:|--:|--:|\n{text}\n")
}

fn breakdown(estimate: &Estimate, room: usize) -> String {
    let head = "<details>\n<summary>Breakdown</summary>\n\n\
                | Resource | Monthly quantity | Monthly cost |\n|---|--:|--:|\n";
    let end = "\n</details>\n\n";
    let mut rows = String::new();
    let mut derived = false;
    let mut left_out = 0;
    let room = room.saturating_sub(head.len() + end.len() + 200);
    for resource in &estimate.resources {
        if let Billing::Lines(lines) = &resource.billing
            && !lines.is_empty()
        {
            let row = lines_of(resource, estimate);
            if rows.len() + row.len() > room {
                left_out += 1;
                continue;
            }
            derived |= lines.iter().any(crate::Line::derived);
            rows += &row;
        }
    }
    for it in &estimate.allowances {
        rows += &format!(
            "| {} | {} | {} |\n",
            escaped(&it.name),
            words::used(it).join(" "),
            words::cost(it.cost, &estimate.currency)
        );
    }
    if left_out > 0 {
        rows += &format!("| and {left_out} more resources, for which a comment has no room | | |\n");
    }
    let derived = if derived { format!("\n\\* {}\n", words::DERIVED) } else { String::new() };
    format!("{head}{rows}{derived}{end}")
}

fn lines_of(resource: &Resource, estimate: &Estimate) -> String {
    let currency = &estimate.currency;
    let cost = resource.cost().map(|it| format!("**{}**", words::cost(it, currency))).unwrap_or_default();
    let mut rows = format!("| {} | | {cost} |\n", code(&resource.address));
    for line in resource.lines() {
        let star = if line.derived() { " \\*" } else { "" };
        let name = format!("&emsp;{}{star}", escaped(&line.name));
        let quantity = line
            .quantity
            .map(|it| format!("{} {}", words::quantity(it), unit::words(line.unit)))
            .unwrap_or_default();
        let cost = match words::unknown(line, currency) {
            Some(words) => format!("*{}*", escaped(&words)),
            None => words::line_cost(line, currency).unwrap_or_default(),
        };
        rows += &format!("| {name} | {quantity} | {cost} |\n");
    }
    rows
}

fn feet(estimate: &Estimate) -> String {
    let sentences = words::summary(estimate).into_iter().chain(words::prices(estimate));
    format!("{}\n", sentences.map(|it| escaped(&it)).collect::<Vec<_>>().join(" "))
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Text on one line in which nothing is markup: what Markdown or HTML would take for its own stands as entities.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => safe.push(' '),
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' | '@' | '!' => {
                safe += &format!("&#{};", u32::from(letter));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::samples::{context, items, sample};
    use super::*;
    use crate::{Options, PriceList, breakdown, diff, estimate};

    #[test]
    fn a_comment() {
        insta::assert_snapshot!(write(&sample(), None, &context()));
    }

    #[test]
    fn a_comment_on_a_change() {
        let mut before = items();
        before.remove(0);
        let before = breakdown::of(&estimate(before, PriceList::embedded(), &Options::default()));
        let diff = diff::diff(&before, &breakdown::of(&sample()));
        insta::assert_snapshot!(write(&sample(), Some(&diff), &context()));
    }

    #[test]
    fn names_cannot_break_the_table_or_bring_markup() {
        assert_eq!(escaped("a|b\n<x>*"), "a&#124;b &#60;x&#62;&#42;");
        let mut items = items();
        items[0].address = "<script>|\n| x".to_owned();
        let estimate = estimate(items, PriceList::embedded(), &Options::default());
        let text = write(&estimate, None, &context());
        assert!(!text.contains("<script>") && !text.contains("\n| x"), "{text}");
    }

    #[test]
    fn a_comment_has_a_size_that_can_be_posted() {
        let many: Vec<_> = (0..2000)
            .map(|index| crate::Item { address: format!("topic-{index}"), ..items()[0].clone() })
            .collect();
        let many = estimate(many, PriceList::embedded(), &Options::default());
        let diff = diff::diff(&crate::breakdown::Breakdown::default(), &breakdown::of(&many));
        let text = write(&many, Some(&diff), &context());
        assert!(text.len() < 65_536 && text.contains("more resources"), "{}", text.len());
    }
}
