//! What a query does, with every name and type resolved.

use std::sync::Arc;

use super::functions::Function;
use super::syntax::ast::{Comparison, SetKind};
use super::tables::Segment;
use crate::cell::Cell;
use crate::types::Type;

pub type Row = Vec<Cell>;

/// An expression over the cells of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum X {
    Constant(Cell),
    /// A cell of the present row.
    Column(usize),
    /// A cell of the row of a query around this one: how many queries out, and which.
    Outer(usize, usize),
    /// What `WITH(…)` or a function's argument is bound to.
    Local(usize),
    Call(Box<Invoke>),
    Cast(Box<Conversion>),
    Compare(Comparison, Box<X>, Box<X>),
    /// The comparison of an integer with a float, which no common type holds exactly.
    Mixed(Comparison, Box<X>, Box<X>),
    /// `IS NOT DISTINCT FROM`.
    Same(Box<X>, Box<X>),
    And(Vec<X>),
    Or(Vec<X>),
    Not(Box<X>),
    IsNull(Box<X>),
    /// `IS TRUE`, `IS FALSE`.
    IsBool(Box<X>, bool),
    In(Box<X>, Vec<X>),
    InArray(Box<X>, Box<X>),
    Case(Vec<(X, X)>, Box<X>),
    Coalesce(Vec<X>),
    Struct(Vec<X>),
    Field(Box<X>, usize),
    Array(Vec<X>),
    Scalar(Box<Sub>),
    ArrayOf(Box<Sub>),
    Exists(Box<Sub>),
    InQuery(Box<X>, Box<Sub>),
    /// `LIKE ANY`, `LIKE ALL` of a query: whether any suffices.
    LikeQuery(Box<X>, Box<Sub>, bool),
    Let(Vec<(usize, X)>, Box<X>),
    /// The value of a deferred aggregate, or its error.
    Deferred(Box<X>),
    /// An aggregate or a window function, by its number in the `SELECT` that it stands in.
    Aggregate(usize),
    Window(usize),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    pub function: &'static Function,
    pub arguments: Vec<X>,
    pub kinds: Vec<Type>,
    pub returns: Type,
    /// `SAFE.`: an error of the function is null.
    pub safe: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    pub value: X,
    pub from: Type,
    pub to: Type,
    pub safe: bool,
}

/// A query in an expression.
#[derive(Clone, Debug)]
pub struct Sub {
    pub id: usize,
    pub plan: Plan,
    /// Whether it depends on the row around it: what it yields may be kept otherwise.
    pub correlated: bool,
}

impl PartialEq for Sub {
    fn eq(&self, other: &Sub) -> bool {
        self.id == other.id
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    pub descending: bool,
    pub nulls_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    Inner,
    Left,
    Right,
    Full,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AggregateCall {
    pub name: &'static str,
    pub arguments: Vec<X>,
    pub kinds: Vec<Type>,
    pub returns: Type,
    pub distinct: bool,
    pub ignore_nulls: Option<bool>,
    pub having: Option<(bool, X)>,
    pub order: Vec<(X, Direction)>,
    pub limit: Option<X>,
    /// Whether an error counts only where the value is asked for: it stands in a branch that may not be taken.
    pub deferred: bool,
    /// Which rows count, in `PIVOT`.
    pub filter: Option<X>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    FirstRow,
    Before(X),
    Current,
    After(X),
    LastRow,
}

#[derive(Clone, Debug, PartialEq)]
pub struct WindowCall {
    pub call: AggregateCall,
    /// A function of windows alone, such as `ROW_NUMBER`, and not an aggregate.
    pub numbering: bool,
    pub partition: Vec<X>,
    pub order: Vec<(X, Direction)>,
    pub rows: bool,
    pub start: Bound,
    pub end: Bound,
}

#[derive(Clone, Debug)]
pub struct CtePlan {
    pub id: usize,
    pub plan: Plan,
    /// What is repeated until it yields nothing, and whether rows that came before are left out.
    pub step: Option<(Plan, bool)>,
}

#[derive(Clone, Debug)]
pub enum Plan {
    /// One row without columns.
    One,
    /// The rows of a table; with `numbered`, each with its number behind it.
    Scan {
        segments: Vec<Arc<Segment>>,
        numbered: bool,
    },
    Filter(Box<Plan>, X),
    Project(Box<Plan>, Vec<X>),
    Join {
        kind: Join,
        left: Box<Plan>,
        right: Box<Plan>,
        widths: (usize, usize),
        equal: Vec<(X, X)>,
        on: Option<X>,
    },
    /// Each row with each element of an array, and with its offset.
    Unnest {
        input: Box<Plan>,
        array: X,
        outer: bool,
        on: Option<X>,
    },
    Aggregate {
        input: Box<Plan>,
        keys: Vec<X>,
        sets: Option<Vec<Vec<bool>>>,
        calls: Vec<AggregateCall>,
    },
    Window(Box<Plan>, Vec<WindowCall>),
    Sort(Box<Plan>, Vec<(X, Direction)>),
    Limit(Box<Plan>, Option<X>, Option<X>),
    Distinct(Box<Plan>),
    Set {
        kind: SetKind,
        all: bool,
        items: Vec<Plan>,
    },
    With(Vec<CtePlan>, Box<Plan>),
    Cte(usize),
    Assert(Box<Plan>, X),
    /// Each row with its number behind it.
    Number(Box<Plan>),
}

/// Sees each node of a tree: the node, and in how many queries it is; answers whether to go into it.
pub type Visit<'a, E> = dyn FnMut(&mut X, usize) -> Result<bool, E> + 'a;

impl X {
    pub fn walk<E>(&mut self, depth: usize, visit: &mut Visit<'_, E>) -> Result<(), E> {
        if !visit(self, depth)? {
            return Ok(());
        }
        match self {
            X::Constant(_) | X::Column(_) | X::Outer(..) | X::Local(_) | X::Aggregate(_) | X::Window(_) => {
                Ok(())
            }
            X::Call(it) => it.arguments.iter_mut().try_for_each(|it| it.walk(depth, visit)),
            X::Cast(it) => it.value.walk(depth, visit),
            X::Compare(_, a, b) | X::Mixed(_, a, b) | X::Same(a, b) | X::InArray(a, b) => {
                a.walk(depth, visit)?;
                b.walk(depth, visit)
            }
            X::And(all) | X::Or(all) | X::Coalesce(all) | X::Struct(all) | X::Array(all) => {
                all.iter_mut().try_for_each(|it| it.walk(depth, visit))
            }
            X::Not(it) | X::IsNull(it) | X::IsBool(it, _) | X::Field(it, _) | X::Deferred(it) => {
                it.walk(depth, visit)
            }
            X::In(value, all) => {
                value.walk(depth, visit)?;
                all.iter_mut().try_for_each(|it| it.walk(depth, visit))
            }
            X::Case(branches, otherwise) => {
                for (condition, value) in branches {
                    condition.walk(depth, visit)?;
                    value.walk(depth, visit)?;
                }
                otherwise.walk(depth, visit)
            }
            X::Scalar(sub) | X::ArrayOf(sub) | X::Exists(sub) => sub.plan.walk(depth + 1, visit),
            X::InQuery(value, sub) | X::LikeQuery(value, sub, _) => {
                value.walk(depth, visit)?;
                sub.plan.walk(depth + 1, visit)
            }
            X::Let(bound, body) => {
                bound.iter_mut().try_for_each(|it| it.1.walk(depth, visit))?;
                body.walk(depth, visit)
            }
        }
    }

    /// This expression as it is written `by` queries further in.
    pub fn shifted(&self, by: usize) -> X {
        let mut out = self.clone();
        let Ok(()) = out.walk::<std::convert::Infallible>(0, &mut |x, depth| {
            match x {
                X::Column(slot) if depth == 0 => *x = X::Outer(by, *slot),
                X::Outer(level, slot) if *level >= depth.max(1) => *x = X::Outer(*level + by, *slot),
                _ => {}
            }
            Ok(true)
        });
        out
    }

    /// Which columns of the present row it reads; `None` if that cannot be told.
    pub fn reads(&self) -> Option<(usize, usize)> {
        let mut span = (usize::MAX, 0);
        let mut known = true;
        let mut copy = self.clone();
        let Ok(()) = copy.walk::<std::convert::Infallible>(0, &mut |x, depth| {
            match x {
                X::Column(slot) if depth == 0 => span = (span.0.min(*slot), span.1.max(*slot + 1)),
                X::Scalar(_) | X::ArrayOf(_) | X::Exists(_) | X::InQuery(..) | X::LikeQuery(..) => {
                    known = false
                }
                X::Local(_) => known = false,
                _ => {}
            }
            Ok(known)
        });
        known.then_some(span)
    }
}

impl AggregateCall {
    pub fn walk<E>(&mut self, depth: usize, visit: &mut Visit<'_, E>) -> Result<(), E> {
        self.arguments.iter_mut().try_for_each(|it| it.walk(depth, visit))?;
        if let Some((_, x)) = &mut self.having {
            x.walk(depth, visit)?;
        }
        self.order.iter_mut().try_for_each(|it| it.0.walk(depth, visit))?;
        self.limit.iter_mut().chain(&mut self.filter).try_for_each(|it| it.walk(depth, visit))
    }
}

impl WindowCall {
    pub fn walk<E>(&mut self, depth: usize, visit: &mut Visit<'_, E>) -> Result<(), E> {
        self.call.walk(depth, visit)?;
        self.partition.iter_mut().try_for_each(|it| it.walk(depth, visit))?;
        self.order.iter_mut().try_for_each(|it| it.0.walk(depth, visit))?;
        for bound in [&mut self.start, &mut self.end] {
            if let Bound::Before(x) | Bound::After(x) = bound {
                x.walk(depth, visit)?;
            }
        }
        Ok(())
    }
}

impl Plan {
    pub fn walk<E>(&mut self, depth: usize, visit: &mut Visit<'_, E>) -> Result<(), E> {
        match self {
            Plan::One | Plan::Scan { .. } | Plan::Cte(_) => Ok(()),
            Plan::Filter(input, x) | Plan::Assert(input, x) => {
                input.walk(depth, visit)?;
                x.walk(depth, visit)
            }
            Plan::Project(input, all) => {
                input.walk(depth, visit)?;
                all.iter_mut().try_for_each(|it| it.walk(depth, visit))
            }
            Plan::Join { left, right, equal, on, .. } => {
                left.walk(depth, visit)?;
                right.walk(depth, visit)?;
                for (a, b) in equal {
                    a.walk(depth, visit)?;
                    b.walk(depth, visit)?;
                }
                on.iter_mut().try_for_each(|it| it.walk(depth, visit))
            }
            Plan::Unnest { input, array, on, .. } => {
                input.walk(depth, visit)?;
                array.walk(depth, visit)?;
                on.iter_mut().try_for_each(|it| it.walk(depth, visit))
            }
            Plan::Aggregate { input, keys, calls, .. } => {
                input.walk(depth, visit)?;
                keys.iter_mut().try_for_each(|it| it.walk(depth, visit))?;
                calls.iter_mut().try_for_each(|it| it.walk(depth, visit))
            }
            Plan::Window(input, calls) => {
                input.walk(depth, visit)?;
                calls.iter_mut().try_for_each(|it| it.walk(depth, visit))
            }
            Plan::Sort(input, keys) => {
                input.walk(depth, visit)?;
                keys.iter_mut().try_for_each(|it| it.0.walk(depth, visit))
            }
            Plan::Limit(input, limit, offset) => {
                input.walk(depth, visit)?;
                limit.iter_mut().chain(offset).try_for_each(|it| it.walk(depth, visit))
            }
            Plan::Distinct(input) | Plan::Number(input) => input.walk(depth, visit),
            Plan::Set { items, .. } => items.iter_mut().try_for_each(|it| it.walk(depth, visit)),
            Plan::With(ctes, body) => {
                for cte in ctes {
                    cte.plan.walk(depth, visit)?;
                    if let Some((step, _)) = &mut cte.step {
                        step.walk(depth, visit)?;
                    }
                }
                body.walk(depth, visit)
            }
        }
    }
}
