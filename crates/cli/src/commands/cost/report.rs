//! Estimates, and shows it as it was asked for.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use cost::breakdown::{self, File};
use cost::diff::Diff;
use cost::report::{Commit, Context, html, json, markdown, table};
use cost::{Currency, Estimate, Missing, Options, Unpriced};
use engine::project::Project;
use time::OffsetDateTime;

use super::deliver::{deliver, style};
use super::input::Input;
use crate::Declaration;
use crate::args::{CostFormat, CostReport, Global};
use crate::bills::{self, UsageText};
use crate::out::Out;
use crate::problem::Problem;
use crate::system;

/// Something has no known price.
const UNPRICED: u8 = 3;

/// What of an estimate is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    All,
    Changes,
}

pub async fn run(
    args: &CostReport,
    shown: Shown,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let sums = Sums::of(args, shown, global, declaration, out).await?;
    for note in &sums.notes {
        out.note(note);
    }
    let report = report(args, shown, &sums.now, sums.past.as_ref(), &sums.context, out)?;
    deliver(args.out.as_deref(), out, |to| report.write(to))?;
    if sums.is_usage_unknown && sums.now.summary.lines_by_usage > 0 {
        out.note("Nothing says how much is used: --sync-usage-file writes a file to say it in.");
    }
    judge(args, &sums.now, sums.past.as_ref(), sums.is_errored, out)
}

/// What the declaration costs beside what is there, as data and as a table; and what is odd about the usage file.
pub async fn changes(
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<(serde_json::Value, String, Vec<String>), Problem> {
    let args = CostReport::default();
    let sums = Sums::of(&args, Shown::Changes, global, declaration, out).await?;
    let past = sums.past.as_ref();
    let data = json::Report::new(&sums.now, past, &sums.context).map_err(|it| Problem::of(&it, None))?;
    let data = serde_json::to_value(&data).map_err(|it| Problem::of(&it, None))?;
    let text = match compared(&sums.now, past)? {
        Some(diff) => table::write_diff(&diff, &sums.now.currency, &sums.context, &table::Options::default()),
        None => table::write(&sums.now, &sums.context, &table::Options::default()),
    };
    Ok((data, text, sums.notes))
}

/// Estimates of now and before, and what a report says beside them.
struct Sums {
    now: Estimate,
    past: Option<File>,
    context: Context,
    is_errored: bool,
    /// Whether nobody says how much is used.
    is_usage_unknown: bool,
    /// What is odd about the usage file.
    notes: Vec<String>,
}

impl Sums {
    async fn of(
        args: &CostReport,
        shown: Shown,
        global: &Global,
        declaration: Declaration,
        out: &Out,
    ) -> Result<Sums, Problem> {
        let currency = match (&args.currency, args.rate) {
            (Some(code), Some(rate)) => Currency::new(code, rate).map_err(|it| Problem::of(&it, None))?,
            (None, _) | (_, None) => Currency::default(),
        };
        let options = Options { free_tier: !args.no_free_tier, currency, ..bills::options() };
        let base = args.compare_to.as_deref().map(base).transpose()?;
        // A change needs something to compare with: a report, else what is there.
        let wants_past = base.is_none() && (shown == Shown::Changes || args.fail_on_increase.is_some());
        let input = Input::of(args, wants_past, global, declaration, out).await?;
        let here = std::env::current_dir().map_err(|it| Problem::of(&it, None))?;
        // A report of a file needs no project; of all else, what is wrong with the project is said below.
        let folder = Project::load(&here).map_or(here, |it| it.folder().to_owned());
        let list = bills::prices(&folder)?;
        let mut usage = UsageText::find(args.usage_file.as_deref(), &folder, args.sync_usage_file)?;
        usage.others = bills::others(input.past.as_ref(), &input.unsupported);
        if args.sync_usage_file {
            sync(&mut usage, &input, out)?;
        }
        let (planned, region) = (&input.planned, &input.region);
        let (planned_usage, mut notes) = bills::usage(planned, &usage, &input.measured)?;
        let idle = bills::without_effect(planned, &planned_usage, region);
        notes.extend(idle.into_iter().map(|it| format!("{}: {it}", usage.path.display())));
        let now = bills::estimate(planned, &planned_usage, region, &input.unsupported, &list, &options);
        let past = match (base, &input.past) {
            (Some(base), _) => Some(base),
            (None, Some(past)) if wants_past => {
                let (usage, _) = bills::usage(past, &usage, &BTreeMap::new())?;
                let unsupported = &input.past_unsupported;
                let past = bills::estimate(past, &usage, region, unsupported, &list, &options);
                Some(File::of(&past))
            }
            (None, None) if wants_past => {
                return Err(Problem::new(format!("{} says nothing of before", input.path))
                    .hint("compare with an earlier report: --compare-to base.json"));
            }
            (None, _) => None,
        };
        let (context, is_errored) = (context(&input), input.is_errored);
        // Resources and usage end here: reports are large, and need nothing but estimates.
        Ok(Sums { now, past, context, is_errored, is_usage_unknown: usage.text.is_empty(), notes })
    }
}

/// Writes the keys that the file lacks into it.
fn sync(usage: &mut UsageText, input: &Input, out: &Out) -> Result<(), Problem> {
    let name = usage.path.display().to_string();
    let (derived, _) = bills::usage(&input.planned, usage, &input.measured)?;
    let (types, targets) = (bills::types(), bills::targets(&input.planned, &derived));
    let synced =
        cost::usage_file::sync(&usage.text, &name, &types, &targets).map_err(|it| Problem::of(&it, None))?;
    for note in &synced.notes {
        out.note(&format!("{name}: {note}"));
    }
    if synced.text != usage.text {
        std::fs::write(&usage.path, &synced.text)
            .map_err(|it| Problem::new(format!("{name} cannot be written: {it}")))?;
    }
    out.note(&match synced.written {
        0 => format!("{name} has every key that is not known otherwise."),
        written => {
            format!(
                "{written} keys were written to {name} as comments: take the # away where you say how much."
            )
        }
    });
    usage.text = synced.text;
    Ok(())
}

fn base(path: &std::path::Path) -> Result<File, Problem> {
    let shown = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|it| Problem::new(format!("{shown} cannot be read: {it}")))?;
    breakdown::read(&text).map_err(|it| {
        Problem::new(format!("{shown} is {it}")).hint("make one: stack cost --format json --out base.json")
    })
}

fn context(input: &Input) -> Context {
    Context {
        project: input.title.clone(),
        path: input.path.clone(),
        source: input.source.to_owned(),
        command: "breakdown".to_owned(),
        generated: OffsetDateTime::now_utc(),
        commit: Commit::default(),
        partial: input.partial.clone(),
    }
}

fn compared(now: &Estimate, past: Option<&File>) -> Result<Option<Diff>, Problem> {
    let compare = |past| cost::diff::since(past, now).map_err(|it| Problem::of(&it, None));
    past.map(compare).transpose()
}

/// A report, ready to be written.
enum Report<'a> {
    Text(String),
    Json(Box<json::Report<'a>>),
}

impl Report<'_> {
    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Report::Text(text) => to.write_all(text.as_bytes()),
            Report::Json(report) => report.write(to),
        }
    }
}

fn report<'a>(
    args: &CostReport,
    shown: Shown,
    now: &'a Estimate,
    past: Option<&'a File>,
    context: &'a Context,
    out: &Out,
) -> Result<Report<'a>, Problem> {
    let compared = || compared(now, past);
    Ok(Report::Text(match args.format {
        CostFormat::Json => {
            let report = json::Report::new(now, past, context).map_err(|it| Problem::of(&it, None))?;
            return Ok(Report::Json(Box::new(report)));
        }
        CostFormat::Html => html::write(now, compared()?.as_ref(), context),
        CostFormat::Markdown => markdown::write(now, compared()?.as_ref(), context),
        CostFormat::Table => {
            let mut options = table::Options {
                show_skipped: args.show_skipped,
                explain: args.explain,
                width: Some(system::width()),
                ..table::Options::default()
            };
            if let Some(fields) = &args.fields {
                options.fields = table::Field::parse(fields).map_err(|it| Problem::of(&it, None))?;
            }
            options.style = style(args.out.as_deref(), out);
            match (shown, compared()?) {
                (Shown::Changes, Some(changes)) => {
                    table::write_diff(&changes, &now.currency, context, &options)
                }
                (_, None) => table::write(now, context, &options),
                (Shown::All, Some(changes)) => {
                    table::write(now, context, &options)
                        + "\n"
                        + &table::write_diff(&changes, &now.currency, context, &options)
                }
            }
        }
    }))
}

/// Says whether what it costs is more than it may. A limit is not held as long as a cost is not known.
fn judge(
    args: &CostReport,
    now: &Estimate,
    past: Option<&File>,
    is_errored: bool,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let mut wrong: Vec<String> = now.summary.unpriced.iter().filter_map(wrong).collect();
    wrong.dedup();
    if !wrong.is_empty() {
        let mut problem = Problem::new("something is declared that Google Cloud does not have");
        problem.causes = wrong;
        return Err(problem);
    }
    let total = now.currency.of(now.total.expected);
    if let Some(most) = args.fail_above.filter(|it| total > *it) {
        let (total, most) = (now.currency.write(now.total.expected), most.normalize());
        return Err(Problem::new(format!("it costs {total} a month, more than the {most} of --fail-above")));
    }
    if let (Some(increase), Some(compared)) = (args.fail_on_increase, compared(now, past)?) {
        let by = compared.costs.difference();
        let before = compared.costs.past.unwrap_or_default();
        if increase.is_exceeded(before, before + by) {
            let percent = compared.costs.percent().map(|it| format!(" ({}%)", it.round_dp(1).normalize()));
            let text = format!(
                "it costs {} {} a month more than before{}, which is more than --fail-on-increase allows",
                by.round_dp(2),
                now.currency.code,
                percent.unwrap_or_default()
            );
            return Err(Problem::new(text));
        }
    }
    let asked = [
        args.fail_above.map(|_| "--fail-above"),
        args.fail_on_increase.as_ref().map(|_| "--fail-on-increase"),
    ];
    if let Some(gate) = asked.into_iter().flatten().next() {
        unknown(now, is_errored, args.allow_unpriced, gate)?;
    }
    if now.summary.unpriced.is_empty() || args.allow_unpriced {
        return Ok(ExitCode::SUCCESS);
    }
    let said = match now.summary.unpriced.len() {
        1 => "1 line or resource has no known price, and is not in the total".to_owned(),
        count => format!("{count} lines or resources have no known price, and are not in the total"),
    };
    out.note(&format!("{said} (--allow-unpriced accepts that)."));
    Ok(ExitCode::from(UNPRICED))
}

/// What is wrong with a declared value, where that is why there is no price.
fn wrong(it: &Unpriced) -> Option<String> {
    match &it.why {
        Missing::Wrong(why) => Some(format!("{}: {why}", it.address)),
        Missing::Price | Missing::Unit { .. } | Missing::Quantity | Missing::Kind(_) | Missing::Later(_) => {
            None
        }
    }
}

/// As many reasons are listed.
const LISTED: usize = 20;

/// Refuses to say that a limit is held where not all costs are known.
fn unknown(now: &Estimate, is_errored: bool, is_allowed: bool, gate: &str) -> Result<(), Problem> {
    if is_errored {
        return Err(Problem::new(format!("{gate} cannot be held to: the plan failed, and is not complete"))
            .hint("run terraform plan again"));
    }
    let summary = &now.summary;
    if is_allowed || (summary.unpriced.is_empty() && summary.at_least.is_empty()) {
        return Ok(());
    }
    let unpriced = summary.unpriced.iter().map(cost::report::unpriced);
    let mut causes: Vec<String> =
        unpriced.chain(summary.at_least.iter().map(cost::report::at_least)).collect();
    let more = causes.len().saturating_sub(LISTED);
    causes.truncate(LISTED);
    if more > 0 {
        causes.push(format!("and {more} more"));
    }
    let mut problem =
        Problem::new(format!("{gate} cannot be held to: not all that is charged has a known cost"));
    problem.causes = causes;
    Err(problem.hint("--allow-unpriced holds it to what is known"))
}
