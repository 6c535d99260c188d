//! One page that needs nothing else: the total, a chart, what changed, and every line with its reasons.

use engine::Range;
use rust_decimal::Decimal;

use super::{Context, words};
use crate::diff::{Change, Costs, Diff};
use crate::estimate::{Billing, Estimate, Line, Resource};
use crate::money::Currency;
use crate::unit;

const STYLE: &str = include_str!("page.css");

/// Bars that a chart has at most; the rest are one.
const BARS: usize = 12;

/// The page; with a table of what changed where there is a past.
pub fn write(estimate: &Estimate, diff: Option<&Diff>, context: &Context) -> String {
    let title = format!("Monthly cost of {}", context.project);
    let mut page = format!("<header>\n<h1>{}</h1>\n", escaped(&title));
    page += &total(estimate, diff);
    for it in &context.partial {
        page += &format!("<p class=\"error\" role=\"alert\">{}</p>\n", escaped(it));
    }
    page += "</header>\n<main>\n";
    page += &errors(estimate);
    page += &chart(estimate);
    if let Some(diff) = diff {
        page += &changes(diff, &estimate.currency);
    }
    page += &breakdown(estimate);
    page += &skipped(estimate);
    page += "</main>\n<footer>\n";
    for sentence in words::summary(estimate).into_iter().chain(words::prices(estimate)) {
        page += &format!("<p>{}</p>\n", escaped(&sentence));
    }
    page += &format!("<p>Made on {}.</p>\n</footer>\n", context.generated.date());
    shell(&title, &page)
}

/// A page around its body, with the style of all pages, that loads nothing and runs nothing.
pub(super) fn shell(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

fn total(estimate: &Estimate, diff: Option<&Diff>) -> String {
    let currency = &estimate.currency;
    let mut text = format!(
        "<p class=\"total\">{}</p>\n",
        escaped(&words::total(estimate, Range::exact(estimate.total.expected)))
    );
    if !estimate.total.is_exact() {
        let range = words::cost(estimate.total, currency).replace('–', " and ");
        text += &format!("<p class=\"soft\">expected, between {}</p>\n", escaped(&range));
    }
    if let Some(diff) = diff {
        if diff.unpriced() {
            text += &format!("<p>Change: {}</p>\n", escaped(&words::headline(diff, currency)));
            return text;
        }
        let percent = diff.percent().map(|it| format!(" ({})", words::percent(it))).unwrap_or_default();
        let past = diff.costs.past.map(|it| format!(", was {}", currency.write(it))).unwrap_or_default();
        text += &format!("<p>{}{}</p>\n", change(diff.costs, currency), escaped(&(percent + &past)));
    }
    text
}

/// A difference, coloured by its sign.
fn change(costs: Costs, currency: &Currency) -> String {
    let difference = costs.difference();
    let class = match difference.cmp(&Decimal::ZERO) {
        std::cmp::Ordering::Greater => "up",
        std::cmp::Ordering::Less => "down",
        std::cmp::Ordering::Equal => "soft",
    };
    format!("<span class=\"{class}\">{}</span>", escaped(&currency.write_change(difference)))
}

fn errors(estimate: &Estimate) -> String {
    let summary = &estimate.summary;
    let unpriced = summary.unpriced.iter().map(words::unpriced).collect();
    let at_least = summary.at_least.iter().map(words::at_least).collect();
    list_of_errors("Not in the total:", unpriced) + &list_of_errors("Only in part in the total:", at_least)
}

fn list_of_errors(head: &str, sentences: Vec<String>) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let items: String = sentences.iter().map(|it| format!("<li>{}</li>\n", escaped(it))).collect();
    format!("<div class=\"error\" role=\"alert\">\n<p>{head}</p>\n<ul>\n{items}</ul>\n</div>\n")
}

/// A bar for each of the dearest resources, with a line over it from its low to its high.
fn chart(estimate: &Estimate) -> String {
    let mut costs: Vec<(String, Range)> = estimate
        .resources
        .iter()
        .filter_map(|it| Some((it.address.clone(), it.cost()?)))
        .filter(|(_, it)| it.high > Decimal::ZERO)
        .collect();
    costs.sort_by(|a, b| b.1.expected.cmp(&a.1.expected).then_with(|| a.0.cmp(&b.0)));
    if costs.len() > BARS {
        let rest = costs.split_off(BARS - 1);
        let name = format!("{} others", rest.len());
        let sum = rest.into_iter().map(|it| it.1).reduce(|a, b| a + b);
        costs.extend(sum.map(|it| (name, it)));
    }
    let Some(most) = costs.iter().map(|it| it.1.high.max(it.1.expected)).max() else { return String::new() };
    const ROW: usize = 44;
    let mut bars = String::new();
    let mut told = Vec::new();
    for (index, (name, range)) in costs.iter().enumerate() {
        let top = index * ROW;
        let part = |it: Decimal| {
            let part = it.checked_div(most).unwrap_or_default().saturating_mul(Decimal::ONE_HUNDRED);
            part.round_dp(2).normalize()
        };
        let cost = words::cost(*range, &estimate.currency);
        told.push(format!("{name}: {cost}"));
        bars += &format!(
            "<text x=\"0\" y=\"{}\">{}</text>\n<text x=\"100%\" y=\"{}\" text-anchor=\"end\">{}</text>\n\
             <rect class=\"bar\" x=\"0\" y=\"{}\" width=\"{}%\" height=\"12\" rx=\"2\"/>\n",
            top + 16,
            escaped(&shortened(name)),
            top + 16,
            escaped(&cost),
            top + 23,
            part(range.expected)
        );
        if !range.is_exact() {
            bars += &format!(
                "<line class=\"span\" x1=\"{}%\" x2=\"{}%\" y1=\"{y}\" y2=\"{y}\"/>\n",
                part(range.low),
                part(range.high),
                y = top + 29
            );
        }
    }
    format!(
        "<section>\n<h2>Dearest resources</h2>\n<svg role=\"img\" aria-labelledby=\"chart-title chart-text\" \
         height=\"{}\">\n<title id=\"chart-title\">Monthly cost by resource, before free allowances</title>\n\
         <desc id=\"chart-text\">{}</desc>\n{bars}</svg>\n</section>\n",
        costs.len() * ROW,
        escaped(&told.join("; "))
    )
}

/// A name that leaves room for its cost on a telephone.
fn shortened(name: &str) -> String {
    const MOST: usize = 30;
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= MOST {
        return name.to_owned();
    }
    let front: String = letters[..MOST / 2].iter().collect();
    let back: String = letters[letters.len() - MOST / 2 + 1..].iter().collect();
    format!("{front}…{back}")
}

fn changes(diff: &Diff, currency: &Currency) -> String {
    let mut rows = String::new();
    let money = |it: Option<Decimal>| it.map(|it| currency.write(it)).unwrap_or_else(|| "–".to_owned());
    let row = |class: &str, name: &str, word: &str, costs: Costs, unpriced: bool, unknown: bool| {
        format!(
            "<tr{class}><th scope=\"row\">{}{word}{}</th><td class=\"number wide\">{}</td>\
             <td class=\"number wide\">{}</td><td class=\"number\">{}</td></tr>\n",
            escaped(name),
            if unknown { " <span class=\"soft\">in part not known</span>" } else { "" },
            escaped(&money(costs.past)),
            escaped(&money(costs.now)),
            match unpriced {
                true => "not known".to_owned(),
                false => change(costs, currency),
            }
        )
    };
    for resource in diff.changed().filter(|it| !it.lines.is_empty()) {
        let word = |it: Change| match it {
            Change::Added => " <span class=\"soft\">added</span>",
            Change::Removed => " <span class=\"soft\">removed</span>",
            Change::Changed | Change::Same => "",
        };
        let class = " class=\"resource\"";
        rows += "<tbody>\n";
        rows +=
            &row(class, &resource.address, word(resource.change), resource.costs, resource.unpriced(), false);
        for line in resource.lines.iter().filter(|it| it.change != Change::Same) {
            rows += &row("", &line.name, "", line.costs, line.unpriced(), line.unknown());
        }
        rows += "</tbody>\n";
    }
    if rows.is_empty() {
        return "<section>\n<h2>Change</h2>\n<p>Nothing that costs has changed.</p>\n</section>\n".to_owned();
    }
    format!(
        "<section>\n<h2>Change</h2>\n<table>\n<caption>What a month costs more or less than before</caption>\n\
         <thead><tr><th scope=\"col\">Resource</th><th scope=\"col\" class=\"number wide\">Past</th>\
         <th scope=\"col\" class=\"number wide\">Now</th><th scope=\"col\" class=\"number\">Difference</th></tr>\
         </thead>\n{rows}</table>\n</section>\n"
    )
}

fn breakdown(estimate: &Estimate) -> String {
    let mut rows = String::new();
    let mut derived = false;
    for resource in &estimate.resources {
        if let Billing::Lines(lines) = &resource.billing
            && !lines.is_empty()
        {
            derived |= lines.iter().any(Line::derived);
            rows += &lines_of(resource, estimate);
        }
    }
    rows += &allowances(estimate);
    let note = if derived { format!("<p class=\"soft\">* {}</p>\n", words::DERIVED) } else { String::new() };
    format!(
        "<section>\n<h2>Breakdown</h2>\n<table>\n<caption>Quantities and costs of a month</caption>\n\
         <thead><tr><th scope=\"col\">Resource</th><th scope=\"col\" class=\"number wide\">Price</th>\
         <th scope=\"col\" class=\"number\">Quantity</th><th scope=\"col\" class=\"number\">Cost</th></tr></thead>\n\
         {rows}<tbody>\n<tr class=\"resource\"><th scope=\"row\" colspan=\"2\">Total</th><td class=\"wide\"></td>\
         <td class=\"number cost\">{}</td></tr>\n</tbody>\n</table>\n{note}</section>\n",
        escaped(&words::total(estimate, estimate.total))
    )
}

fn lines_of(resource: &Resource, estimate: &Estimate) -> String {
    let currency = &estimate.currency;
    let beside = if resource.address.contains(&resource.type_name) {
        String::new()
    } else {
        format!(" <span class=\"soft\">{}</span>", escaped(&resource.type_name))
    };
    let cost = resource.cost().map(|it| words::cost(it, currency)).unwrap_or_default();
    let mut rows = format!(
        "<tbody>\n<tr class=\"resource\"><th scope=\"row\" colspan=\"2\">{}{beside}</th><td class=\"wide\"></td>\
         <td class=\"number cost\">{}</td></tr>\n",
        escaped(&resource.address),
        escaped(&cost)
    );
    for line in resource.lines() {
        let star = if line.derived() { " *" } else { "" };
        let name = format!("{}{star}{}", escaped(&line.name), reasons(&words::explained(line, currency)));
        match words::unknown(line, currency) {
            Some(words) => {
                let class = if line.price.is_some() { "soft" } else { "up" };
                rows += &format!(
                    "<tr><th scope=\"row\">{name}</th><td class=\"wide\"></td>\
                     <td colspan=\"2\" class=\"number {class}\">{}</td></tr>\n",
                    escaped(&words)
                );
            }
            None => {
                let price = line.unit_price().map(|it| words::price(it, currency)).unwrap_or_default();
                let quantity = line.quantity.map(words::quantity).unwrap_or_default();
                rows += &row(
                    &name,
                    &price,
                    &format!("{quantity} {}", unit::words(line.unit)),
                    &words::line_cost(line, currency).unwrap_or_default(),
                );
            }
        }
    }
    rows + "</tbody>\n"
}

/// A row whose name is HTML, and whose cells are text.
fn row(name: &str, price: &str, quantity: &str, cost: &str) -> String {
    format!(
        "<tr><th scope=\"row\">{name}</th><td class=\"number wide\">{}</td><td class=\"number\">{}</td>\
         <td class=\"number cost\">{}</td></tr>\n",
        escaped(price),
        escaped(quantity),
        escaped(cost)
    )
}

fn reasons(sentences: &[String]) -> String {
    if sentences.is_empty() {
        return String::new();
    }
    let items: String = sentences.iter().map(|it| format!("<li>{}</li>", escaped(it))).collect();
    format!("<details><summary>why</summary><ul>{items}</ul></details>")
}

fn allowances(estimate: &Estimate) -> String {
    if estimate.allowances.is_empty() {
        return String::new();
    }
    let mut rows = "<tbody>\n<tr class=\"resource\"><th scope=\"row\" colspan=\"2\">Free allowances \
                    <span class=\"soft\">of the billing account</span></th><td class=\"wide\"></td>\
                    <td></td></tr>\n"
        .to_owned();
    for it in &estimate.allowances {
        let name = it.name.strip_prefix("Free allowance: ").unwrap_or(&it.name);
        let date = it.date.map(|it| it.to_string()).unwrap_or_else(|| "undated".to_owned());
        let why = [
            format!("of: {}", it.skus.join(", ")),
            format!("price from: {} (grade {}, {date})", it.source, it.grade),
        ];
        rows += &row(
            &(escaped(name) + &reasons(&why)),
            "",
            &words::used(it).join(" "),
            &words::cost(it.cost, &estimate.currency),
        );
    }
    rows + "</tbody>\n"
}

fn skipped(estimate: &Estimate) -> String {
    let skipped = words::skipped(estimate);
    if skipped.is_empty() {
        return String::new();
    }
    let items: String = skipped.iter().map(|it| format!("<li>{}</li>\n", escaped(it))).collect();
    format!(
        "<section>\n<h2>Without a cost</h2>\n<details><summary>{} kinds</summary>\n<ul>\n{items}</ul>\n</details>\n\
         </section>\n",
        skipped.len()
    )
}

pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
