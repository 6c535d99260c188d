//! A plan as a comment in Markdown, for people who decide whether it is merged.

use std::collections::BTreeMap;
use std::fmt::Write;

use cost::Currency;
use cost::report::markdown::escaped;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::problem::Problem;

/// Bytes of one value; the rest of it is in `plan --json`.
const LONGEST_VALUE: usize = 400;
/// Paths named in one row of the table.
const PATHS: usize = 3;
/// Rows of the table that are seen at once; the others are folded away.
const ROWS: usize = 30;
/// Errors and warnings that are shown.
const DIAGNOSTICS: usize = 20;

/// What a comment is of.
pub struct Page<'a> {
    /// A line that no reader sees, by which the comment is found again.
    pub mark: Option<&'a str>,
    /// `events/dev`.
    pub title: &'a str,
    /// The Google Cloud project.
    pub project: &'a str,
    /// The commit that was planned.
    pub commit: Option<&'a str>,
    /// By which the plan is approved.
    pub digest: Option<&'a str>,
    /// As docs/plan.schema.json describes it.
    pub plan: &'a Value,
    /// Why the gate on the cost refuses the plan.
    pub refused: Option<&'a Problem>,
    /// The most bytes of the whole. A character has one at least, so a limit of characters is held, too.
    pub limit: usize,
}

/// The line by which a stack's comment is found again.
pub fn mark(title: &str) -> String {
    // Two hyphens would end a comment of HTML.
    format!("<!-- stack ci: {} -->", title.replace("--", "-&#45;"))
}

/// A plan as a comment.
pub fn plan(page: &Page<'_>) -> String {
    let steps = steps(page.plan);
    let mut head = start(page.mark, page.title, &headline(page.plan, &steps));
    let _ = writeln!(head, "{}\n", subtitle(page));
    head += &alerts(page, &steps);
    let feet = feet(page, &steps);
    // Rows come first: each step is named before any is shown in detail.
    let room = page.limit.saturating_sub(head.len() + feet.len() + 600);
    let (table, unnamed) = table(&steps, page.plan, room);
    let (details, undetailed) = details(&steps, room.saturating_sub(table.len()));
    let mut text = head + &table + &details;
    if unnamed > 0 {
        let _ = writeln!(text, "{}\n", left_out(&steps[steps.len() - unnamed..]));
    }
    if undetailed > 0 {
        let _ = writeln!(
            text,
            "The fields of {undetailed} more {} are left out, for a comment has no room for them: `stack plan` shows all.\n",
            noun(undetailed)
        );
    }
    text + &feet
}

/// A comment that says why there is no plan.
pub fn failure(mark: Option<&str>, title: &str, problem: &Problem, limit: usize) -> String {
    let mut text = start(mark, title, "no plan");
    text += "> [!CAUTION]\n";
    let room = limit.saturating_sub(text.len() + 200);
    let mut said = format!("> **{}**\n", escaped(&problem.message));
    for cause in &problem.causes {
        let _ = writeln!(said, "> because {}  ", escaped(cause));
    }
    if let Some(hint) = &problem.hint {
        let _ = writeln!(said, "> Hint: {}", escaped(hint));
    }
    text + &whole_lines(&said, room)
}

fn start(mark: Option<&str>, title: &str, headline: &str) -> String {
    let mark = mark.map(|it| format!("{it}\n")).unwrap_or_default();
    format!("{mark}### {}: {headline}\n\n", escaped(title))
}

/// One step of a plan that does something.
struct Step<'a> {
    op: &'a str,
    urn: &'a str,
    /// `topic orders`.
    name: String,
    changes: &'a [Value],
    reason: Option<&'a str>,
}

/// The steps that do something, those that can lose something first.
fn steps(plan: &Value) -> Vec<Step<'_>> {
    let all = plan["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut steps: Vec<Step<'_>> = all
        .iter()
        .filter(|it| it["op"] != "same")
        .map(|it| {
            let (kind, name) = (it["kind"].as_str().unwrap_or("?"), it["name"].as_str().unwrap_or("?"));
            let noun = gcp::kinds::by_token(kind).map_or(kind, |it| it.facts().noun);
            Step {
                op: it["op"].as_str().unwrap_or("?"),
                urn: it["urn"].as_str().unwrap_or_default(),
                name: format!("{noun} {name}"),
                changes: it["changes"].as_array().map(Vec::as_slice).unwrap_or_default(),
                reason: it["reason"].as_str(),
            }
        })
        .collect();
    let rank = |it: &Step<'_>| match it.op {
        "conflict" => 0,
        "replace" => 1,
        "delete" => 2,
        "update" => 3,
        "adopt" => 4,
        _ => 5,
    };
    steps.sort_by_key(rank);
    steps
}

/// `2 to create, 1 to replace; 47 unchanged`.
fn headline(plan: &Value, steps: &[Step<'_>]) -> String {
    let same = plan["summary"]["same"].as_u64().unwrap_or(0);
    if steps.is_empty() {
        return match is_wrong(plan) {
            true => "the plan has errors".to_owned(),
            false => format!("nothing to do, {same} resources are as declared"),
        };
    }
    let same = if same > 0 { format!("; {same} unchanged") } else { String::new() };
    format!("{}{same}", counted(steps))
}

/// `1 to replace, 2 to create`.
fn counted(steps: &[Step<'_>]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for step in steps {
        match counts.iter_mut().find(|it| it.0 == step.op) {
            Some(count) => count.1 += 1,
            None => counts.push((step.op, 1)),
        }
    }
    let say = |(op, count): &(&str, usize)| match *op {
        "conflict" => format!("{count} in conflict"),
        op => format!("{count} to {op}"),
    };
    counts.iter().map(say).collect::<Vec<_>>().join(", ")
}

fn is_wrong(plan: &Value) -> bool {
    plan["diagnostics"].as_array().into_iter().flatten().any(|it| it["severity"] == "error")
}

fn subtitle(page: &Page<'_>) -> String {
    let mut text = format!("Project {}", code(page.project));
    if let Some(commit) = page.commit {
        let _ = write!(text, ", commit {}", code(&commit.chars().take(12).collect::<String>()));
    }
    let bills = &page.plan["bills"];
    if let (Some(before), Some(after)) = (money(&bills["total"]["before"]), money(&bills["total"]["after"])) {
        let currency = Currency::default();
        let _ = write!(text, ". Monthly cost: **{}**", currency.write(after));
        if before != after {
            let _ = write!(text, " ({})", currency.write_change(after - before));
        }
        let by_usage = bills["byUsage"].as_u64().unwrap_or(0);
        if by_usage > 0 {
            let _ = write!(text, "; {by_usage} lines depend on usage that nobody has said");
        }
    }
    text + "."
}

fn money(value: &Value) -> Option<Decimal> {
    value.as_str()?.parse().ok()
}

/// What must not be overlooked, above the table.
fn alerts(page: &Page<'_>, steps: &[Step<'_>]) -> String {
    let mut text = String::new();
    if let Some(refused) = page.refused {
        let _ = writeln!(text, "> [!CAUTION]\n> **{}**", escaped(&refused.message));
        for cause in refused.causes.iter().take(DIAGNOSTICS) {
            let _ = writeln!(text, "> {}  ", escaped(cause));
        }
        text.push('\n');
    }
    let said = page.plan["diagnostics"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (severity, alert) in [("error", "CAUTION"), ("warning", "WARNING")] {
        let of: Vec<&Value> = said.iter().filter(|it| it["severity"] == severity).collect();
        for it in of.iter().take(DIAGNOSTICS) {
            let message = shortened(it["message"].as_str().unwrap_or_default(), 2 * LONGEST_VALUE);
            let _ = writeln!(text, "> [!{alert}]\n> {}", escaped(&message));
            if let Some(hint) = it["hint"].as_str() {
                let _ = writeln!(text, ">\n> Hint: {}", escaped(&shortened(hint, LONGEST_VALUE)));
            }
            text.push('\n');
        }
        if of.len() > DIAGNOSTICS {
            let _ = writeln!(text, "And {} more of severity {severity}.\n", of.len() - DIAGNOSTICS);
        }
    }
    let lost: Vec<&Step<'_>> = steps.iter().filter(|it| matches!(it.op, "replace" | "delete")).collect();
    if !lost.is_empty() {
        let names: Vec<String> =
            lost.iter().take(DIAGNOSTICS).map(|it| format!("{} {}", it.op, escaped(&it.name))).collect();
        let more = lost.len().saturating_sub(DIAGNOSTICS);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let _ = writeln!(
            text,
            "> [!WARNING]\n> Deleted or made anew, with what they hold: {}{more}.\n",
            names.join(", ")
        );
    }
    text
}

/// A row a step; and of how many steps there was no room for one.
fn table(steps: &[Step<'_>], plan: &Value, room: usize) -> (String, usize) {
    const HEAD: &str = "| | Resource | Changes | Cost a month |\n|---|---|---|--:|\n";
    if steps.is_empty() {
        return (String::new(), 0);
    }
    let costs: BTreeMap<&str, Decimal> = plan["bills"]["steps"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(urn, it)| Some((urn.as_str(), money(&it["after"])? - money(&it["before"])?)))
        .collect();
    let rows: Vec<String> = steps.iter().map(|it| row(it, costs.get(it.urn))).collect();
    let folding = 200 + HEAD.len();
    let room = room.saturating_sub(HEAD.len() + if rows.len() > ROWS { folding } else { 0 });
    let mut length = 0;
    let fits = |row: &&String| {
        length += row.len();
        length <= room
    };
    let named = rows.iter().take_while(fits).count();
    let seen = named.min(ROWS);
    let mut text = format!("{HEAD}{}\n", rows[..seen].concat());
    if named > seen {
        let more = named - seen;
        let rows = rows[seen..named].concat();
        let _ = writeln!(
            text,
            "<details>\n<summary>{more} more {}</summary>\n\n{HEAD}{rows}\n</details>\n",
            noun(more)
        );
    }
    (text, steps.len() - named)
}

fn row(step: &Step<'_>, cost: Option<&Decimal>) -> String {
    let cost = cost.filter(|it| !it.is_zero());
    let cost = cost.map(|it| Currency::default().write_change(*it)).unwrap_or_default();
    let op = match step.op {
        "replace" | "delete" | "conflict" => format!("**{}**", step.op),
        op => escaped(op),
    };
    format!("| {op} | {} | {} | {cost} |\n", code(&step.name), paths(step))
}

/// The fields that change, the first few by name.
fn paths(step: &Step<'_>) -> String {
    let reason = step.reason.map(|it| escaped(&shortened(it, 200)));
    let named = match step.op {
        "create" | "delete" => Vec::new(),
        _ => step.changes.iter().take(PATHS).filter_map(|it| it["path"].as_str()).map(code).collect(),
    };
    let mut parts: Vec<String> = reason.into_iter().chain(named).collect();
    let more = step.changes.len().saturating_sub(PATHS);
    if more > 0 && step.op != "create" && step.op != "delete" {
        parts.push(format!("and {more} more"));
    }
    parts.join(", ")
}

/// Every field that changes, folded away; and of how many steps there was no room for them.
fn details(steps: &[Step<'_>], room: usize) -> (String, usize) {
    let (start, end) = ("<details>\n<summary>Field by field</summary>\n\n", "</details>\n\n");
    let with: Vec<&Step<'_>> = steps.iter().filter(|it| !it.changes.is_empty()).collect();
    let room = room.saturating_sub(start.len() + end.len());
    let mut text = String::new();
    for (index, step) in with.iter().enumerate() {
        let block = block(step);
        if text.len() + block.len() > room {
            let left = with.len() - index;
            return (if text.is_empty() { text } else { format!("{start}{text}{end}") }, left);
        }
        text += &block;
    }
    (if text.is_empty() { text } else { format!("{start}{text}{end}") }, 0)
}

/// One step's fields, as a `diff`.
fn block(step: &Step<'_>) -> String {
    let sign = match step.op {
        "create" => "+",
        "delete" => "-",
        _ => "!",
    };
    let mut lines = vec![format!("{sign} {} {}", step.op, one_line(&step.name))];
    for change in step.changes {
        let path = one_line(change["path"].as_str().unwrap_or("?"));
        let (before, after) = (&change["before"], &change["after"]);
        if !before.is_null() {
            lines.push(format!("-   {path}: {}", inline(before)));
        }
        if !after.is_null() {
            let why =
                if change["replaces"] == true && step.op != "create" { "  # forces replacement" } else { "" };
            lines.push(format!("+   {path}: {}{why}", inline(after)));
        }
    }
    let body = lines.join("\n");
    let fence = "`".repeat(longest_run(&body).max(2) + 1);
    format!("{fence}diff\n{body}\n{fence}\n\n")
}

/// A line break in a name would begin a line that says something else.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// A value on one line, cut where it is long.
fn inline(value: &Value) -> String {
    if value["$unknown"] == true {
        return "(known after apply)".to_owned();
    }
    match value {
        Value::String(text) if text == "(secret)" => text.clone(),
        // A value as JSON is on one line.
        other => shortened(&other.to_string(), LONGEST_VALUE),
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
    format!("{} … ({} more characters)", &text[..end], text[end..].chars().count())
}

/// As many whole lines as there is room for.
fn whole_lines(text: &str, room: usize) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        if out.len() + line.len() > room {
            out += "> The rest is in the job's log.\n";
            break;
        }
        out += line;
    }
    out
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut now) = (0, 0);
    for letter in text.chars() {
        now = if letter == '`' { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest
}

fn left_out(steps: &[Step<'_>]) -> String {
    format!(
        "{} more {} are left out of the table, for a comment has no room for them ({}): `stack plan` shows all.",
        steps.len(),
        noun(steps.len()),
        counted(steps)
    )
}

fn noun(count: usize) -> &'static str {
    if count == 1 { "resource" } else { "resources" }
}

fn feet(page: &Page<'_>, steps: &[Step<'_>]) -> String {
    let mut text = String::new();
    let unpriced = page.plan["bills"]["unpriced"].as_array().map(Vec::as_slice).unwrap_or_default();
    for it in unpriced.iter().take(DIAGNOSTICS).filter_map(Value::as_str) {
        let _ = writeln!(text, "- Not in the monthly cost, for no price is known: {}", escaped(it));
    }
    if unpriced.len() > DIAGNOSTICS {
        let _ = writeln!(text, "- and {} more without a known price", unpriced.len() - DIAGNOSTICS);
    }
    let partly = page.plan["bills"]["atLeast"].as_array().map(Vec::as_slice).unwrap_or_default();
    for it in partly.iter().take(DIAGNOSTICS).filter_map(Value::as_str) {
        let _ = writeln!(text, "- Only in part in the monthly cost: {}", escaped(it));
    }
    if partly.len() > DIAGNOSTICS {
        let _ = writeln!(text, "- and {} more only in part", partly.len() - DIAGNOSTICS);
    }
    if !unpriced.is_empty() || !partly.is_empty() {
        text.push('\n');
    }
    if let Some(digest) = page.digest.filter(|_| !steps.is_empty()) {
        let _ = writeln!(text, "Digest of this plan: {}", code(digest));
    }
    text
}

/// Text as code, whatever is in it.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

#[cfg(test)]
mod tests;
