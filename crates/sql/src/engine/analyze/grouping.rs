//! `GROUP BY`, and what may be read behind it.

use super::super::coercion::groupable;
use super::super::failure::{Failure, Place};
use super::super::plan::{AggregateCall, X};
use super::super::syntax::ast::{Expr, Group, GroupItem, Node};
use super::lists::Output;
use super::select::{holds, ordinal, out_of_range};
use super::{Analyzer, Names, Sight, Typed, same};

impl Analyzer<'_> {
    pub(super) fn grouping(
        &mut self,
        group: Option<&Group>,
        outputs: &[Output],
        aliases: &[(String, Typed)],
        names: &Names,
        parent: Option<&Sight<'_>>,
    ) -> Result<Grouping, Failure> {
        let mut grouping = Grouping::default();
        let items = match group {
            None => return Ok(grouping),
            Some(Group::All) => {
                grouping.grouped = true;
                for output in outputs {
                    let plain = !holds(&output.value.x, |it| matches!(it, X::Aggregate(_) | X::Window(_)));
                    let names_column =
                        holds(&output.value.x, |it| matches!(it, X::Column(_) | X::Outer(..) | X::Scalar(_)));
                    if plain && names_column && !grouping.keys.contains(&output.value.x) {
                        self.check_group(&output.value, output.at)?;
                        grouping.keys.push(output.value.x.clone());
                    }
                }
                return Ok(grouping);
            }
            Some(Group::By(items)) => items,
        };
        grouping.grouped = true;
        // Items beside each other multiply: (a, ROLLUP(b)) is (a, b), (a).
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        let mut several = false;
        for item in items {
            let alternatives: Vec<Vec<usize>> = match item {
                GroupItem::Value(expr, _) => {
                    vec![vec![self.group_key(expr, outputs, aliases, names, parent, &mut grouping)?]]
                }
                other => {
                    several = true;
                    self.group_sets(other, outputs, aliases, names, parent, &mut grouping)?
                }
            };
            if sets.len().saturating_mul(alternatives.len()) > MOST_SETS {
                return Err(Failure::query(format!(
                    "Too many grouping sets: at most {MOST_SETS} are allowed"
                )));
            }
            sets = sets
                .iter()
                .flat_map(|set| {
                    alternatives
                        .iter()
                        .map(move |more| set.iter().chain(more).copied().collect::<Vec<usize>>())
                })
                .collect();
        }
        if several {
            grouping.sets = Some(sets);
        }
        Ok(grouping)
    }

    fn group_sets(
        &mut self,
        item: &GroupItem,
        outputs: &[Output],
        aliases: &[(String, Typed)],
        names: &Names,
        parent: Option<&Sight<'_>>,
        grouping: &mut Grouping,
    ) -> Result<Vec<Vec<usize>>, Failure> {
        let mut keys = |this: &mut Self, exprs: &[Expr]| -> Result<Vec<usize>, Failure> {
            exprs.iter().map(|it| this.group_key(it, outputs, aliases, names, parent, grouping)).collect()
        };
        Ok(match item {
            GroupItem::Value(expr, _) => vec![keys(self, std::slice::from_ref(expr))?],
            GroupItem::Set(exprs) => vec![keys(self, exprs)?],
            GroupItem::Rollup(parts) => {
                let parts = parts.iter().map(|it| keys(self, it)).collect::<Result<Vec<_>, _>>()?;
                (0..=parts.len()).rev().map(|count| parts[..count].concat()).collect()
            }
            GroupItem::Cube(parts) => {
                let parts = parts.iter().map(|it| keys(self, it)).collect::<Result<Vec<_>, _>>()?;
                if parts.len() > 12 {
                    return Err(Failure::query(format!(
                        "Too many grouping sets: at most {MOST_SETS} are allowed"
                    )));
                }
                let chosen = |mask: usize| {
                    parts
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| mask & (1 << (parts.len() - 1 - at)) != 0)
                        .flat_map(|it| it.1.clone())
                        .collect()
                };
                (0..1_usize << parts.len()).rev().map(chosen).collect()
            }
            GroupItem::Sets(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.extend(self.group_sets(item, outputs, aliases, names, parent, grouping)?);
                }
                all
            }
        })
    }

    fn check_group(&self, value: &Typed, at: Place) -> Result<(), Failure> {
        match groupable(&value.kind) {
            Ok(()) => Ok(()),
            Err(kind) => {
                Err(Failure::placed(format!("Grouping by expressions of type {kind} is not allowed"), at))
            }
        }
    }

    fn group_key(
        &mut self,
        expr: &Expr,
        outputs: &[Output],
        aliases: &[(String, Typed)],
        names: &Names,
        parent: Option<&Sight<'_>>,
        grouping: &mut Grouping,
    ) -> Result<usize, Failure> {
        let value = match ordinal(expr) {
            Some(at) => match at.checked_sub(1).and_then(|it| outputs.get(it)) {
                Some(output) => output.value.clone(),
                None => return Err(out_of_range("GROUP BY", at, expr)),
            },
            None => {
                let sight = Sight::new(names, parent, "GROUP BY clause").aliased(aliases);
                self.expr(expr, &sight)?
            }
        };
        if matches!(
            expr.node.as_ref(),
            Node::Text(_) | Node::Float(_) | Node::Bool(_) | Node::Null | Node::Bytes(_)
        ) {
            return Err(Failure::placed("Cannot GROUP BY literal values", expr.at));
        }
        if holds(&value.x, |it| matches!(it, X::Aggregate(_))) {
            return Err(Failure::placed("Aggregate functions are not allowed in GROUP BY", expr.at));
        }
        if holds(&value.x, |it| matches!(it, X::Window(_))) {
            return Err(Failure::placed("Analytic functions are not allowed in GROUP BY", expr.at));
        }
        self.check_group(&value, expr.at)?;
        let named = ordinal(expr).is_some()
            || matches!(expr.node.as_ref(), Node::Name(name) if aliases.iter().any(|it| same(&it.0, &name.text)));
        let whole = value.x.clone();
        let key = match grouping.keys.iter().position(|it| *it == value.x) {
            Some(at) => at,
            None => {
                grouping.keys.push(value.x);
                grouping.keys.len() - 1
            }
        };
        if named {
            grouping.outputs.push((whole, key));
        }
        Ok(key)
    }
}

/// What `GROUP BY` groups by, and which sets of it.
#[derive(Default)]
pub(super) struct Grouping {
    pub keys: Vec<X>,
    pub sets: Option<Vec<Vec<usize>>>,
    pub grouped: bool,
    /// Columns of the list that are named as keys, and which key each is.
    pub outputs: Vec<(X, usize)>,
}

/// The most sets that `ROLLUP`, `CUBE` and `GROUPING SETS` may come to.
const MOST_SETS: usize = 4096;

/// Defers the aggregates that stand in a branch of a condition: their errors only count if it is taken.
pub(super) fn defer<'x>(aggregates: &mut [AggregateCall], all: impl Iterator<Item = &'x X>) {
    for x in all {
        let mut copy = x.clone();
        let Ok(()) = copy.walk::<std::convert::Infallible>(0, &mut |x, _| {
            let branches: Vec<&mut X> = match x {
                X::Case(branches, otherwise) => {
                    // The first condition is always asked.
                    let rest = branches.iter_mut().enumerate().flat_map(|(at, (condition, value))| {
                        (at > 0).then_some(condition).into_iter().chain([value])
                    });
                    rest.chain([otherwise.as_mut()]).collect()
                }
                X::Coalesce(all) | X::And(all) | X::Or(all) => all.iter_mut().skip(1).collect(),
                _ => Vec::new(),
            };
            for branch in branches {
                let Ok(()) = branch.walk::<std::convert::Infallible>(0, &mut |x, _| {
                    if let X::Aggregate(at) = x
                        && let Some(call) = aggregates.get_mut(*at)
                    {
                        call.deferred = true;
                    }
                    Ok(true)
                });
            }
            Ok(true)
        });
    }
}

/// Turns what was read before grouping into what is read behind it.
pub(super) struct Remap<'r> {
    pub keys: &'r [X],
    pub used: &'r std::collections::HashMap<usize, (String, Place)>,
    /// Which aggregates are deferred.
    pub deferred: &'r [bool],
}

impl Remap<'_> {
    pub fn apply(&self, x: &mut X, clause: &str, at: Place) -> Result<(), Failure> {
        x.walk(0, &mut |x, depth| self.step(x, depth, clause, at))
    }

    pub fn step(&self, x: &mut X, depth: usize, clause: &str, at: Place) -> Result<bool, Failure> {
        let place = |at: usize| if depth == 0 { X::Column(at) } else { X::Outer(depth, at) };
        let found = match depth {
            0 => self.keys.iter().position(|it| it == x),
            _ => self.keys.iter().position(|it| it.shifted(depth) == *x),
        };
        // Of an expression whose columns are keys themselves, these count: with ROLLUP(a, a + 1) it is made of a.
        if let Some(found) = found
            && (matches!(x, X::Column(_) | X::Outer(..) | X::Field(..)) || !self.made_of_keys(x, depth))
        {
            *x = place(found);
            return Ok(false);
        }
        match x {
            X::Aggregate(which) if depth == 0 => {
                let deferred = self.deferred.get(*which) == Some(&true);
                let found = place(self.keys.len() + *which);
                *x = if deferred { X::Deferred(Box::new(found)) } else { found };
                Ok(false)
            }
            X::Column(slot) if depth == 0 => Err(self.ungrouped(*slot, clause, at)),
            X::Outer(level, slot) if depth > 0 && *level == depth => Err(self.ungrouped(*slot, clause, at)),
            _ => Ok(true),
        }
    }

    /// Whether all columns of an expression are keys.
    fn made_of_keys(&self, x: &X, depth: usize) -> bool {
        if self.keys.len() < 2 {
            return false;
        }
        let mut copy = x.clone();
        let mut all = true;
        let mut any = false;
        let Ok(()) = copy.walk::<std::convert::Infallible>(depth, &mut |x, depth| {
            let own = match x {
                X::Column(_) | X::Field(..) => depth == 0,
                X::Outer(level, _) => *level == depth,
                _ => false,
            };
            if own {
                any = true;
                let is_key =
                    self.keys.iter().any(|it| if depth == 0 { it == x } else { it.shifted(depth) == *x });
                if is_key {
                    return Ok(false);
                }
                if !matches!(x, X::Field(..)) {
                    all = false;
                }
            }
            Ok(all)
        });
        all && any
    }

    fn ungrouped(&self, slot: usize, clause: &str, at: Place) -> Failure {
        match self.used.get(&slot) {
            Some((name, place)) => Failure::placed(
                format!(
                    "{clause} expression references column {name} which is neither grouped nor aggregated"
                ),
                *place,
            ),
            None => Failure::placed(
                format!("{clause} expression references a column which is neither grouped nor aggregated"),
                at,
            ),
        }
    }
}
