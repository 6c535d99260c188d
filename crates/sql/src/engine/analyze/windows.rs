//! Calls with `OVER`: partitions, orders and frames.

use super::super::coercion::groupable;
use super::super::failure::{Failure, Place};
use super::super::plan::{AggregateCall, Bound, WindowCall, X};
use super::super::syntax::ast::{self, Window};
use super::aggregates::{direction, is_numbering};
use super::{Analyzer, Collected, Sight, same};
use crate::types::Type;

impl Analyzer<'_> {
    pub(super) fn windowed(
        &mut self,
        call: AggregateCall,
        name: &str,
        window: &Window,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<WindowCall, Failure> {
        let window = named_window(window, sight.collected)?;
        if !call.order.is_empty() || call.limit.is_some() || call.having.is_some() {
            return Err(Failure::placed(
                format!("Analytic function {name} cannot have ORDER BY, LIMIT or HAVING in its arguments"),
                at,
            ));
        }
        if name == "GROUPING" {
            return Err(Failure::placed(
                format!("Aggregate function {name} does not support an OVER clause"),
                at,
            ));
        }
        let mut partition = Vec::new();
        for expr in &window.partition {
            let value = self.expr(expr, sight)?;
            if let Err(kind) = groupable(&value.kind) {
                return Err(Failure::placed(
                    format!("Partitioning by expressions of type {kind} is not allowed"),
                    expr.at,
                ));
            }
            partition.push(value.x);
        }
        let mut order = Vec::new();
        let mut kinds = Vec::new();
        for item in &window.order {
            let value = self.expr(&item.value, sight)?;
            kinds.push(value.kind.clone());
            order.push((self.sortable(value, item)?, direction(item)));
        }
        let needs_order =
            ["CUME_DIST", "DENSE_RANK", "PERCENT_RANK", "RANK", "NTILE", "LAG", "LEAD"].contains(&name);
        if needs_order && order.is_empty() {
            return Err(Failure::placed(
                format!("Window ORDER BY is required for analytic function {name}"),
                at,
            ));
        }
        let free = ["ROW_NUMBER", "PERCENTILE_CONT", "PERCENTILE_DISC"].contains(&name);
        if (needs_order || free) && window.frame.is_some() {
            return Err(Failure::placed(
                format!("Window framing clause is not allowed for analytic function {name}"),
                at,
            ));
        }
        if (name.starts_with("PERCENTILE")) && !order.is_empty() {
            return Err(Failure::placed(
                format!("Window ORDER BY is not allowed for analytic function {name}"),
                at,
            ));
        }
        if call.distinct && (!order.is_empty() || window.frame.is_some()) {
            return Err(Failure::placed("Window ORDER BY is not allowed if DISTINCT is specified", at));
        }
        let (rows, start, end) = match &window.frame {
            None if order.is_empty() => (true, Bound::FirstRow, Bound::LastRow),
            None => (false, Bound::FirstRow, Bound::Current),
            Some(frame) => {
                let start = self.bound(&frame.start, frame.rows, &kinds, sight)?;
                let end = self.bound(&frame.end, frame.rows, &kinds, sight)?;
                check_frame(&start, &end).map_err(|it| Failure::placed(it, frame.at))?;
                if !frame.rows
                    && order.is_empty()
                    && !(matches!(start, Bound::FirstRow) && matches!(end, Bound::LastRow))
                {
                    return Err(Failure::placed("Window ORDER BY is required for a RANGE window", frame.at));
                }
                (frame.rows, start, end)
            }
        };
        Ok(WindowCall { call, numbering: is_numbering(name), partition, order, rows, start, end })
    }

    fn bound(
        &mut self,
        bound: &ast::Bound,
        rows: bool,
        kinds: &[Type],
        sight: &Sight<'_>,
    ) -> Result<Bound, Failure> {
        let (expr, before) = match bound {
            ast::Bound::FirstRow => return Ok(Bound::FirstRow),
            ast::Bound::LastRow => return Ok(Bound::LastRow),
            ast::Bound::Current => return Ok(Bound::Current),
            ast::Bound::Before(expr) => (expr, true),
            ast::Bound::After(expr) => (expr, false),
        };
        let value = self.expr(expr, sight)?;
        let kind = match (rows, kinds) {
            (true, _) => Type::Int64,
            (false, [kind @ (Type::Int64 | Type::Float64 | Type::Numeric | Type::BigNumeric)]) => {
                kind.clone()
            }
            (false, [kind]) => {
                return Err(Failure::lacks(format!("A RANGE window over {}", kind.sql()), expr.at));
            }
            (false, _) => {
                return Err(Failure::placed(
                    "RANGE-based window with OFFSET PRECEDING or OFFSET FOLLOWING boundaries must have exactly one ORDER BY key",
                    expr.at,
                ));
            }
        };
        let x = self.coerced(value, &kind, expr.at)?;
        let negative = match &x {
            X::Constant(cell) => cell.is_null() || super::super::functions::is_negative(cell),
            _ => false,
        };
        if negative {
            return Err(Failure::placed("Window frame offset must be a non-negative value", expr.at));
        }
        Ok(if before { Bound::Before(x) } else { Bound::After(x) })
    }
}

fn check_frame(start: &Bound, end: &Bound) -> Result<(), String> {
    match (start, end) {
        (Bound::LastRow, _) => Err("Starting window frame boundary cannot be UNBOUNDED FOLLOWING".to_owned()),
        (_, Bound::FirstRow) => Err("Ending window frame boundary cannot be UNBOUNDED PRECEDING".to_owned()),
        (Bound::Current, Bound::Before(_)) => Err(
            "Ending window framing expression cannot be PRECEDING if the starting boundary is CURRENT ROW"
                .to_owned(),
        ),
        (Bound::After(_), Bound::Before(_) | Bound::Current) => {
            Err("Ending window frame boundary cannot precede a starting boundary of FOLLOWING".to_owned())
        }
        (_, _) => Ok(()),
    }
}

/// A window with what the windows that it names say.
fn named_window(
    window: &Window,
    collected: Option<&std::cell::RefCell<Collected>>,
) -> Result<Window, Failure> {
    let mut out = window.clone();
    let mut steps = 0;
    while let Some(base) = out.base.take() {
        let named = collected
            .and_then(|it| it.borrow().named.iter().find(|it| same(&it.0.text, &base.text)).cloned());
        let Some((_, named)) = named else {
            return Err(Failure::placed(format!("Unrecognized window alias {}", base.text), base.at));
        };
        steps += 1;
        if steps > 100 {
            return Err(Failure::placed(format!("Window {} refers to itself", base.text), base.at));
        }
        if !out.partition.is_empty() && !named.partition.is_empty()
            || !out.order.is_empty() && !named.order.is_empty()
        {
            return Err(Failure::placed(
                format!(
                    "A window that inherits from {} cannot have PARTITION BY or a second ORDER BY",
                    base.text
                ),
                base.at,
            ));
        }
        if out.partition.is_empty() {
            out.partition = named.partition;
        }
        if out.order.is_empty() {
            out.order = named.order;
        }
        if out.frame.is_none() {
            out.frame = named.frame;
        }
        out.base = named.base;
    }
    Ok(out)
}
