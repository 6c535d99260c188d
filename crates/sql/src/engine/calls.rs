//! Which of BigQuery's functions is what here: one of ours by row, or an aggregate of DataFusion's.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, HavingBound, HavingBoundKind, Interval, NullTreatment, OrderByExpr, OrderByOptions,
};

use datafusion::sql::sqlparser::tokenizer::Location;

use super::failure::Failure;
use super::syntax::{call, case, number, object, parts, text};

/// Aggregates and window functions that DataFusion has by another name or the same.
const NATIVE: &[(&str, &str)] = &[
    ("COUNT", "count"),
    ("SUM", "sum"),
    ("AVG", "avg"),
    ("MIN", "min"),
    ("MAX", "max"),
    ("ARRAY_AGG", "array_agg"),
    ("ARRAY_CONCAT_AGG", "array_agg"),
    ("STRING_AGG", "string_agg"),
    ("STDDEV", "stddev"),
    ("STDDEV_SAMP", "stddev"),
    ("STDDEV_POP", "stddev_pop"),
    ("VARIANCE", "var"),
    ("VAR_SAMP", "var"),
    ("VAR_POP", "var_pop"),
    ("CORR", "corr"),
    ("COVAR_POP", "covar_pop"),
    ("COVAR_SAMP", "covar_samp"),
    ("LOGICAL_AND", "bool_and"),
    ("LOGICAL_OR", "bool_or"),
    ("BIT_AND", "bit_and"),
    ("BIT_OR", "bit_or"),
    ("BIT_XOR", "bit_xor"),
    ("ROW_NUMBER", "row_number"),
    ("RANK", "rank"),
    ("DENSE_RANK", "dense_rank"),
    ("PERCENT_RANK", "percent_rank"),
    ("CUME_DIST", "cume_dist"),
    ("NTILE", "ntile"),
    ("LAG", "lag"),
    ("LEAD", "lead"),
    ("FIRST_VALUE", "first_value"),
    ("LAST_VALUE", "last_value"),
    ("NTH_VALUE", "nth_value"),
    ("COALESCE", "coalesce"),
    ("NULLIF", "nullif"),
    ("UNNEST", "unnest"),
    ("GROUPING", "grouping"),
];

/// Other names of one function.
const SAME: &[(&str, &str)] = &[
    ("POWER", "POW"),
    ("CEILING", "CEIL"),
    ("CHAR_LENGTH", "LENGTH"),
    ("CHARACTER_LENGTH", "LENGTH"),
    ("OCTET_LENGTH", "BYTE_LENGTH"),
    ("SUBSTRING", "SUBSTR"),
    ("LCASE", "LOWER"),
    ("UCASE", "UPPER"),
    ("INSTR", "STRPOS"),
    ("REGEXP_SUBSTR", "REGEXP_EXTRACT"),
];

/// The arguments of a call that are expressions.
pub fn arguments(function: &Function) -> Vec<Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    list.args
        .iter()
        .filter_map(|it| match it {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
            FunctionArg::Named { arg: FunctionArgExpr::Expr(expr), .. } => Some(expr.clone()),
            _ => None,
        })
        .collect()
}

fn set_arguments(function: &mut Function, arguments: Vec<Expr>) {
    if let FunctionArguments::List(list) = &mut function.args {
        list.args = arguments.into_iter().map(|it| FunctionArg::Unnamed(FunctionArgExpr::Expr(it))).collect();
    }
}

/// The number and the part of an interval.
pub fn interval(given: &Interval) -> Option<[Expr; 2]> {
    let part = given.leading_field.as_ref()?.to_string().to_uppercase();
    let count = match given.value.as_ref() {
        Expr::Value(value) => match value.value.clone().into_string() {
            Some(written) => number(written),
            None => given.value.as_ref().clone(),
        },
        other => other.clone(),
    };
    Some([count, text(part)])
}

/// The name of a part of a date, where a function takes one: `DAY`, `WEEK(MONDAY)`.
fn part(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Identifier(name) => Some(text(name.value.to_uppercase())),
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("WEEK") => {
            let day = arguments(function).first().map(ToString::to_string)?;
            Some(text(format!("WEEK({})", day.trim_matches('`').to_uppercase())))
        }
        Expr::Value(_) => Some(expr.clone()),
        _ => None,
    }
}

/// Whether a function's last or second argument is a part of a date.
fn part_at(name: &str) -> Option<usize> {
    let (kind, what) = name.split_once('_')?;
    if !matches!(kind, "TIMESTAMP" | "DATETIME" | "DATE" | "TIME") {
        return (name == "LAST_DAY").then_some(1);
    }
    match what {
        "TRUNC" => Some(1),
        "DIFF" => Some(2),
        _ => None,
    }
}

/// What a call becomes. Its arguments have been rewritten before.
pub fn rewrite(mut function: Function, known: &dyn Fn(&str) -> bool) -> Result<Expr, Failure> {
    let names: Vec<String> = parts(&function.name).iter().map(|it| it.to_uppercase()).collect();
    let location = function.name.0.first().and_then(|it| it.as_ident()).map(|it| it.span.start);
    let location = location.unwrap_or_else(Location::empty);
    let (safe, name) = match names.as_slice() {
        [name] => (false, name.as_str()),
        [prefix, name] if prefix == "SAFE" => (true, name.as_str()),
        _ => {
            return Err(Failure::at(
                format!("Function not found: {}", names.join(".").to_lowercase()),
                location,
            ));
        }
    };
    // What we made ourselves stays.
    if function
        .name
        .0
        .iter()
        .filter_map(|it| it.as_ident())
        .any(|it| it.quote_style.is_some() && known(&it.value))
    {
        return Ok(Expr::Function(function));
    }
    let mut given = arguments(&function);
    let unparenthesised = matches!(function.args, FunctionArguments::None);
    let name = SAME.iter().find(|it| it.0 == name).map_or(name, |it| it.1);
    let count = |wanted: std::ops::RangeInclusive<usize>| -> Result<(), Failure> {
        match wanted.contains(&given.len()) {
            true => Ok(()),
            false => Err(Failure::at(
                format!("No matching signature for function {name} with {} arguments", given.len()),
                location,
            )),
        }
    };
    match name {
        "WEEK" | "OFFSET" | "ORDINAL" | "SAFE_OFFSET" | "SAFE_ORDINAL" => {
            return Ok(Expr::Function(function));
        }
        "IF" => {
            count(3..=3)?;
            let [condition, yes, no] = <[Expr; 3]>::try_from(given).map_err(|_| Failure::query("IF"))?;
            return Ok(case(vec![(condition, yes)], Some(no)));
        }
        "IFNULL" => {
            count(2..=2)?;
            return Ok(call("coalesce", given));
        }
        "COUNTIF" => {
            count(1..=1)?;
            let distinct = given.remove(0);
            set_arguments(&mut function, vec![case(vec![(distinct, number(1))], None)]);
            function.name = object("count");
            return Ok(Expr::Function(function));
        }
        "APPROX_COUNT_DISTINCT" => {
            count(1..=1)?;
            if let FunctionArguments::List(list) = &mut function.args {
                list.duplicate_treatment = Some(DuplicateTreatment::Distinct);
            }
            function.name = object("count");
            return Ok(Expr::Function(function));
        }
        "APPROX_QUANTILES" | "APPROX_TOP_COUNT" => {
            count(2..=2)?;
            let how_many = given.remove(1);
            set_arguments(&mut function, given);
            function.name = object("array_agg");
            let then = if name == "APPROX_QUANTILES" { "$QUANTILES" } else { "$TOP_COUNT" };
            return Ok(call(then, vec![Expr::Function(function), how_many]));
        }
        "ANY_VALUE" | "MAX_BY" | "MIN_BY" => {
            let (by, ascending) = match (name, bound(&mut function)) {
                ("MAX_BY", _) => (given.pop(), Some(false)),
                ("MIN_BY", _) => (given.pop(), Some(true)),
                (_, Some(HavingBound(kind, by))) => (Some(by), Some(kind == HavingBoundKind::Min)),
                (_, None) => (None, None),
            };
            set_arguments(&mut function, given);
            if let (Some(by), FunctionArguments::List(list)) = (by, &mut function.args) {
                list.clauses.push(FunctionArgumentClause::OrderBy(vec![OrderByExpr {
                    expr: by,
                    options: OrderByOptions { asc: ascending, nulls_first: Some(false) },
                    with_fill: None,
                }]));
            }
            function.name = object("first_value");
            return Ok(Expr::Function(function));
        }
        "ARRAY_AGG" | "STRING_AGG" => return collected(function, name),
        "TIMESTAMP_ADD" | "TIMESTAMP_SUB" | "DATETIME_ADD" | "DATETIME_SUB" | "DATE_ADD" | "DATE_SUB"
        | "TIME_ADD" | "TIME_SUB" => {
            count(2..=2)?;
            let Some(parts) = (match &given[1] {
                Expr::Interval(it) => interval(it),
                _ => None,
            }) else {
                return Err(Failure::at(format!("{name} needs an INTERVAL"), location));
            };
            given.truncate(1);
            given.extend(parts);
        }
        "GENERATE_DATE_ARRAY" | "GENERATE_TIMESTAMP_ARRAY" => {
            count(2..=3)?;
            if let Some(Expr::Interval(it)) = given.get(2).cloned() {
                given.truncate(2);
                given.extend(interval(&it).into_iter().flatten());
            }
            return Ok(call(if safe { "safe_GENERATE_SERIES" } else { "GENERATE_SERIES" }, given));
        }
        "CURRENT_TIMESTAMP" | "CURRENT_DATE" | "CURRENT_DATETIME" | "CURRENT_TIME" => {
            let now = call("$NOW", Vec::new());
            let kind = name.trim_start_matches("CURRENT_");
            return Ok(match kind {
                "TIMESTAMP" => now,
                kind => call(kind, std::iter::once(now).chain(given).collect()),
            });
        }
        "SESSION_USER" => return Ok(call("$USER", Vec::new())),
        _ => {}
    }
    if unparenthesised {
        return Ok(Expr::Function(function));
    }
    if let Some(at) = part_at(name)
        && let Some(named) = given.get(at).and_then(part)
    {
        given[at] = named;
    }
    if let Some((_, native)) = NATIVE.iter().find(|it| it.0 == name) {
        if function.null_treatment.is_none() {
            function.null_treatment = treatment(&mut function);
        }
        function.name = object(*native);
        return Ok(Expr::Function(function));
    }
    if known(name) {
        return Ok(call(if safe { format!("safe_{name}") } else { name.to_owned() }, given));
    }
    Err(Failure::at(format!("Function not found: {}", names.join(".").to_lowercase()), location))
}

fn take(
    function: &mut Function,
    wanted: fn(&FunctionArgumentClause) -> bool,
) -> Option<FunctionArgumentClause> {
    let FunctionArguments::List(list) = &mut function.args else { return None };
    let at = list.clauses.iter().position(wanted)?;
    Some(list.clauses.remove(at))
}

fn bound(function: &mut Function) -> Option<HavingBound> {
    match take(function, |it| matches!(it, FunctionArgumentClause::Having(_)))? {
        FunctionArgumentClause::Having(bound) => Some(bound),
        _ => None,
    }
}

fn treatment(function: &mut Function) -> Option<NullTreatment> {
    match take(function, |it| matches!(it, FunctionArgumentClause::IgnoreOrRespectNulls(_)))? {
        FunctionArgumentClause::IgnoreOrRespectNulls(treatment) => Some(treatment),
        _ => None,
    }
}

/// `ARRAY_AGG` and `STRING_AGG` with what may stand in their parentheses.
fn collected(mut function: Function, name: &str) -> Result<Expr, Failure> {
    let nulls = treatment(&mut function).or(function.null_treatment.take());
    let limit = match take(&mut function, |it| matches!(it, FunctionArgumentClause::Limit(_))) {
        Some(FunctionArgumentClause::Limit(limit)) => Some(limit),
        Some(_) | None => None,
    };
    if name == "STRING_AGG" {
        let mut given = arguments(&function);
        if given.len() == 1 {
            given.push(text(","));
        }
        let between = given.get(1).cloned().unwrap_or_else(|| text(","));
        if let Some(limit) = limit {
            given.truncate(1);
            set_arguments(&mut function, given);
            function.name = object("array_agg");
            let kept = call("$FIRST", vec![Expr::Function(function), limit]);
            return Ok(call("ARRAY_TO_STRING", vec![kept, between]));
        }
        set_arguments(&mut function, given);
        function.name = object("string_agg");
        // DataFusion answers with its large text, which is JSON to us.
        return Ok(call("$PLAIN", vec![Expr::Function(function)]));
    }
    function.name = object("array_agg");
    let mut out = Expr::Function(function);
    if nulls == Some(NullTreatment::IgnoreNulls) {
        out = call("$PRESENT", vec![out]);
    }
    Ok(match limit {
        Some(limit) => call("$FIRST", vec![out, limit]),
        None => out,
    })
}

/// `moment + INTERVAL …`; `None` if neither side is an interval.
pub fn shifted(left: &Expr, operator: &BinaryOperator, right: &Expr) -> Option<Expr> {
    let (moment, parts, sign) = match (left, operator, right) {
        (Expr::Interval(it), BinaryOperator::Plus, moment) => (moment, interval(it)?, 1),
        (moment, BinaryOperator::Plus, Expr::Interval(it)) => (moment, interval(it)?, 1),
        (moment, BinaryOperator::Minus, Expr::Interval(it)) => (moment, interval(it)?, -1),
        (_, _, _) => return None,
    };
    let [count, part] = parts;
    let count = match sign {
        1 => count,
        _ => Expr::BinaryOp {
            left: Box::new(number(-1)),
            op: BinaryOperator::Multiply,
            right: Box::new(Expr::Nested(Box::new(count))),
        },
    };
    Some(call("$SHIFT", vec![moment.clone(), count, part]))
}
