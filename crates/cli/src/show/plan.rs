//! A plan, as people know it: `+ ~ -/+ - ↻`.

use std::fmt::Write;

use cost::Currency;
use engine::{Bills, Diagnostic, Op, Plan, Severity, Step, Summary};

use super::value;
use crate::style::{Ink, Style};

/// As many lines of one new resource are shown; the rest is in `--json`.
const NEW_LINES: usize = 12;

/// The mark of an operation and its colour.
pub fn mark(op: Op) -> (&'static str, Ink) {
    match op {
        Op::Same => (" ", Ink::Faint),
        Op::Create => ("+", Ink::Added),
        Op::Update => ("~", Ink::Changed),
        Op::Replace => ("-/+", Ink::Replaced),
        Op::Delete => ("-", Ink::Removed),
        Op::Adopt => ("↻", Ink::Adopted),
        Op::Conflict => ("!", Ink::Error),
    }
}

/// The whole plan as text: steps, outputs, diagnostics, a summary line.
pub fn plan(plan: &Plan, width: usize, style: Style) -> String {
    let mut out = String::new();
    let (forgotten, steps): (Vec<&Step>, Vec<&Step>) = plan.steps.iter().partition(|it| it.is_released());
    for step in steps.into_iter().filter(|it| it.op != Op::Same) {
        self::step(&mut out, step, monthly(plan, step), width, style);
    }
    if !forgotten.is_empty() {
        out.push('\n');
        let names: Vec<&str> = forgotten.iter().map(|it| it.name.as_str()).collect();
        let text = format!("Left as they are, and ours no more: {}.", names.join(", "));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}\n", style.paint(Ink::Faint, &text));
    }
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    for diagnostic in &plan.diagnostics {
        out.push_str(&self::diagnostic(diagnostic, style));
    }
    if !plan.diagnostics.is_empty() {
        out.push('\n');
    }
    if plan.steps.is_empty() && plan.has_errors() {
        return out.trim_end_matches('\n').to_owned() + "\n";
    }
    let forgotten = plan.steps.iter().filter(|it| it.is_released()).count();
    let _ = writeln!(out, "{}", summary(&plan.summary, forgotten, style));
    if let Some(bills) = &plan.bills {
        out.push_str(&self::bills(bills, style));
    }
    out
}

/// `+$12.00 a month`; nothing where a step changes no cost.
fn monthly(plan: &Plan, step: &Step) -> Option<String> {
    let difference = plan.bills.as_ref()?.steps.get(&step.urn)?.difference();
    let change = Currency::default().write_change(difference);
    (!difference.is_zero()).then(|| format!("{change} a month"))
}

/// `Monthly cost: $20.44 (+$12.00); 7 lines depend on usage.`
fn bills(it: &Bills, style: Style) -> String {
    let currency = Currency::default();
    let mut out = format!("Monthly cost: {}", currency.write(it.total.after));
    let difference = it.total.difference();
    if !difference.is_zero() {
        let _ = write!(out, " ({})", currency.write_change(difference));
    }
    if it.by_usage > 0 {
        let _ = write!(out, "; {} lines depend on usage (stack cost)", it.by_usage);
    }
    let mut out = style.paint(Ink::Faint, &format!("{out}.")) + "\n";
    for it in &it.unpriced {
        let _ = writeln!(out, "{} no price is known of {it}", style.paint(Ink::Warning, "warning:"));
    }
    out
}

fn step(out: &mut String, step: &Step, monthly: Option<String>, width: usize, style: Style) {
    let (mark, ink) = mark(step.op);
    let title = style.paint(Ink::Strong, &format!("{} {}", step.noun(), step.name));
    let reason = step.reason.as_ref().map(|it| style.paint(Ink::Faint, &format!("  ({it})")));
    // Writing to a String cannot fail.
    // Padded before it is painted, for a colour has no width.
    let mark = style.paint(ink, &format!("{mark:>5}"));
    let monthly = monthly.map(|it| style.paint(Ink::Faint, &format!("  {it}")));
    let _ = writeln!(out, "{mark} {title}{}{}", reason.unwrap_or_default(), monthly.unwrap_or_default());
    let indent = "        ";
    let room = width.saturating_sub(indent.len()).max(40);
    let mut lines = Vec::new();
    for change in &step.changes {
        if step.op == Op::Create {
            let name = style.paint(Ink::Faint, &change.path.to_string());
            lines.extend(value::lines(&name, &change.after, room));
        } else {
            let mut shown =
                value::change(&change.path.to_string(), &change.before, &change.after, room, style);
            if change.replaces
                && let Some(first) = shown.first_mut()
            {
                first.push_str(&style.paint(Ink::Replaced, "  # forces replacement"));
            }
            lines.extend(shown);
        }
    }
    let hidden = lines.len().saturating_sub(NEW_LINES);
    if step.op == Op::Create && hidden > 1 {
        lines.truncate(NEW_LINES);
        lines.push(style.paint(Ink::Faint, &format!("… {hidden} more lines (plan --json has them all)")));
    }
    // A step of one line stands close to its neighbours.
    if lines.is_empty() {
        return;
    }
    for line in lines {
        let _ = writeln!(out, "{indent}{line}");
    }
    out.push('\n');
}

/// An error or a warning with its hint.
pub fn diagnostic(it: &Diagnostic, style: Style) -> String {
    let head = match it.severity {
        Severity::Error => style.paint(Ink::Error, "error:"),
        Severity::Warning => style.paint(Ink::Warning, "warning:"),
    };
    let mut out = format!("{head} {}\n", it.message);
    if let Some(hint) = &it.hint {
        let _ = writeln!(out, "{} {hint}", style.paint(Ink::Hint, "hint:"));
    }
    out
}

/// `Plan: 3 to create, 1 to update; 40 unchanged.`
pub fn summary(it: &Summary, forgotten: usize, style: Style) -> String {
    let parts = [
        (it.create, "to create", Ink::Added),
        (it.update, "to update", Ink::Changed),
        (it.replace, "to replace", Ink::Replaced),
        (it.delete - forgotten, "to delete", Ink::Removed),
        (forgotten, "to forget", Ink::Faint),
        (it.adopt, "to adopt", Ink::Adopted),
        (it.conflict, "in conflict", Ink::Error),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, what, ink)| style.paint(ink, &format!("{count} {what}")))
        .collect();
    if parts.is_empty() {
        return format!("Nothing to do: {} resources are as declared.", it.same);
    }
    let same = if it.same > 0 { format!("; {} unchanged", it.same) } else { String::new() };
    format!("Plan: {}{same}.", parts.join(", "))
}
