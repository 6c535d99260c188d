//! The values of expressions.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::rc::Rc;

use super::super::failure::Failure;
use super::super::functions::{LACKS, Scene, convert, like};
use super::super::plan::{Row, Sub, X};
use super::super::syntax::ast::Comparison;
use super::super::values;
use super::{Env, Kept, Run};
use crate::cell::Cell;

fn truth(value: Option<bool>) -> Cell {
    value.map_or(Cell::Null, Cell::Bool)
}

fn compared(operator: Comparison, a: &Cell, b: &Cell) -> Cell {
    match operator {
        Comparison::Equal => truth(values::equal(a, b)),
        Comparison::NotEqual => truth(values::equal(a, b).map(|it| !it)),
        _ => match values::compare(a, b) {
            None => Cell::Null,
            Some(order) => Cell::Bool(holds(operator, order)),
        },
    }
}

fn holds(operator: Comparison, order: Option<Ordering>) -> bool {
    match operator {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// An integer and a float, exactly.
fn mixed(a: &Cell, b: &Cell) -> Option<Option<Ordering>> {
    fn order(int: i64, float: f64) -> Option<Ordering> {
        if float.is_nan() {
            return None;
        }
        if float >= 9_223_372_036_854_775_808.0 {
            return Some(Ordering::Less);
        }
        if float < -9_223_372_036_854_775_808.0 {
            return Some(Ordering::Greater);
        }
        let whole = float.floor();
        Some(int.cmp(&(whole as i64)).then(if float > whole { Ordering::Less } else { Ordering::Equal }))
    }
    match (a, b) {
        (Cell::Null, _) | (_, Cell::Null) => None,
        (Cell::Int(a), Cell::Float(b)) => Some(order(*a, *b)),
        (Cell::Float(a), Cell::Int(b)) => Some(order(*b, *a).map(Ordering::reverse)),
        (a, b) => values::compare(a, b),
    }
}

impl Run<'_> {
    pub fn is_true(&self, x: &X, env: &Env<'_>) -> Result<bool, Failure> {
        Ok(matches!(self.value(x, env)?.as_ref(), Cell::Bool(true)))
    }

    pub fn eval(&self, x: &X, env: &Env<'_>) -> Result<Cell, Failure> {
        self.value(x, env).map(Cow::into_owned)
    }

    fn value<'v>(&self, x: &'v X, env: &Env<'v>) -> Result<Cow<'v, Cell>, Failure> {
        Ok(Cow::Owned(match x {
            X::Constant(cell) => return Ok(Cow::Borrowed(cell)),
            X::Column(slot) => match env.row.get(*slot) {
                Some(cell) => return Ok(Cow::Borrowed(cell)),
                None => return Err(Failure::internal("a column that no row has")),
            },
            X::Outer(level, slot) => {
                let mut at = env;
                for _ in 0..*level {
                    at = at.up.ok_or_else(|| Failure::internal("a query that has none around it"))?;
                }
                match at.row.get(*slot) {
                    Some(cell) => cell.clone(),
                    None => return Err(Failure::internal("a column that no outer row has")),
                }
            }
            X::Local(id) => self.locals.borrow().get(*id).cloned().unwrap_or(Cell::Null),
            X::Call(call) => {
                let mut arguments = Vec::with_capacity(call.arguments.len());
                for argument in &call.arguments {
                    arguments.push(self.eval(argument, env)?);
                }
                let scene = Scene { kinds: &call.kinds, returns: &call.returns };
                match call.function.call(&arguments, &scene) {
                    Ok(cell) => cell,
                    Err(message) if call.safe && !message.starts_with(LACKS) => Cell::Null,
                    Err(message) => {
                        return Err(Failure::of_function(message));
                    }
                }
            }
            X::Cast(cast) => {
                let value = self.value(&cast.value, env)?;
                match convert(&value, &cast.from, &cast.to) {
                    Ok(cell) => cell,
                    Err(_) if cast.safe => Cell::Null,
                    Err(message) => return Err(Failure::query(message)),
                }
            }
            X::Compare(operator, a, b) => {
                let (a, b) = (self.value(a, env)?, self.value(b, env)?);
                compared(*operator, &a, &b)
            }
            X::Mixed(operator, a, b) => {
                let (a, b) = (self.value(a, env)?, self.value(b, env)?);
                mixed(&a, &b).map_or(Cell::Null, |order| Cell::Bool(holds(*operator, order)))
            }
            X::Same(a, b) => {
                let (a, b) = (self.value(a, env)?, self.value(b, env)?);
                Cell::Bool(values::key(std::slice::from_ref(&a)) == values::key(std::slice::from_ref(&b)))
            }
            X::And(all) => self.decided(all, false, env)?,
            X::Or(all) => self.decided(all, true, env)?,
            X::Not(x) => match self.value(x, env)?.as_ref() {
                Cell::Bool(it) => Cell::Bool(!it),
                _ => Cell::Null,
            },
            X::IsNull(x) => Cell::Bool(self.value(x, env)?.is_null()),
            X::IsBool(x, wanted) => Cell::Bool(*self.value(x, env)? == Cell::Bool(*wanted)),
            X::In(value, all) => {
                let value = self.value(value, env)?;
                let mut unknown = false;
                for x in all {
                    match values::equal(&value, self.value(x, env)?.as_ref()) {
                        Some(true) => return Ok(Cow::Owned(Cell::Bool(true))),
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                if unknown { Cell::Null } else { Cell::Bool(false) }
            }
            X::InArray(value, array) => {
                let value = self.value(value, env)?;
                match self.value(array, env)?.as_ref() {
                    Cell::Array(items) if items.is_empty() => Cell::Bool(false),
                    Cell::Array(items) => {
                        let mut unknown = false;
                        let mut found = false;
                        for item in items {
                            match values::equal(&value, item) {
                                Some(true) => found = true,
                                Some(false) => {}
                                None => unknown = true,
                            }
                        }
                        match (found, unknown) {
                            (true, _) => Cell::Bool(true),
                            (false, true) => Cell::Null,
                            (false, false) => Cell::Bool(false),
                        }
                    }
                    _ => Cell::Bool(false),
                }
            }
            X::Case(branches, otherwise) => {
                for (condition, value) in branches {
                    if self.is_true(condition, env)? {
                        return self.value(value, env);
                    }
                }
                return self.value(otherwise, env);
            }
            X::Coalesce(all) => {
                for x in all {
                    let value = self.value(x, env)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Cell::Null
            }
            X::Struct(all) => {
                Cell::Struct(all.iter().map(|it| self.eval(it, env)).collect::<Result<_, _>>()?)
            }
            X::Array(all) => Cell::Array(all.iter().map(|it| self.eval(it, env)).collect::<Result<_, _>>()?),
            X::Field(of, at) => match self.value(of, env)? {
                Cow::Borrowed(Cell::Struct(cells)) => match cells.get(*at) {
                    Some(cell) => return Ok(Cow::Borrowed(cell)),
                    None => Cell::Null,
                },
                Cow::Owned(Cell::Struct(mut cells)) if *at < cells.len() => cells.swap_remove(*at),
                _ => Cell::Null,
            },
            X::Scalar(sub) => {
                let rows = self.sub(sub, env, 2)?;
                match rows.as_slice() {
                    [] => Cell::Null,
                    [row] => row.first().cloned().unwrap_or(Cell::Null),
                    _ => return Err(Failure::query("Scalar subquery produced more than one element")),
                }
            }
            X::ArrayOf(sub) => {
                let rows = self.sub(sub, env, usize::MAX)?;
                Cell::Array(rows.iter().map(|it| it.first().cloned().unwrap_or(Cell::Null)).collect())
            }
            X::Exists(sub) => Cell::Bool(!self.sub(sub, env, 1)?.is_empty()),
            X::InQuery(value, sub) => {
                let value = self.value(value, env)?;
                self.in_query(&value, sub, env)?
            }
            X::LikeQuery(value, sub, any) => {
                let value = self.value(value, env)?;
                let mut unknown = false;
                for row in self.sub(sub, env, usize::MAX)?.iter() {
                    let pattern = row.first().unwrap_or(&Cell::Null);
                    match like(&value, pattern).map_err(Failure::query)? {
                        Some(found) if found == *any => return Ok(Cow::Owned(Cell::Bool(*any))),
                        Some(_) => {}
                        None => unknown = true,
                    }
                }
                if unknown { Cell::Null } else { Cell::Bool(!any) }
            }
            X::Let(bound, body) => {
                for (id, x) in bound {
                    let value = self.eval(x, env)?;
                    if let Some(slot) = self.locals.borrow_mut().get_mut(*id) {
                        *slot = value;
                    }
                }
                self.eval(body, env)?
            }
            X::Deferred(x) => match self.value(x, env)?.into_owned() {
                Cell::Struct(mut cells) => match cells.pop() {
                    Some(Cell::Text(message)) if cells.len() == 1 => {
                        return Err(Failure::of_function(message));
                    }
                    Some(cell) => cell,
                    None => Cell::Null,
                },
                other => other,
            },
            X::Aggregate(_) | X::Window(_) => {
                return Err(Failure::internal("an aggregate that was not planned"));
            }
        }))
    }

    /// `AND` and `OR`: one term decides, and without it a null leaves it open.
    fn decided(&self, all: &[X], by: bool, env: &Env<'_>) -> Result<Cell, Failure> {
        let mut unknown = false;
        for x in all {
            match self.value(x, env)?.as_ref() {
                Cell::Bool(it) if *it == by => return Ok(Cell::Bool(by)),
                Cell::Null => unknown = true,
                _ => {}
            }
        }
        Ok(if unknown { Cell::Null } else { Cell::Bool(!by) })
    }

    /// The rows of a query in an expression; no more than `most` of them are needed.
    fn sub(&self, sub: &Sub, env: &Env<'_>, most: usize) -> Result<Rc<Vec<Row>>, Failure> {
        if !sub.correlated
            && let Some(Kept::Rows(rows)) = self.kept.borrow().get(&sub.id)
        {
            return Ok(Rc::clone(rows));
        }
        let mut charge = self.charge();
        let mut rows = Vec::new();
        self.run(&sub.plan, Some(env), &mut |row| {
            charge.add(values::memory_of(row))?;
            rows.push(row.to_vec());
            Ok(rows.len() < most)
        })?;
        let rows = Rc::new(rows);
        if !sub.correlated {
            self.kept.borrow_mut().insert(sub.id, Kept::Rows(Rc::clone(&rows)));
        }
        Ok(rows)
    }

    fn in_query(&self, value: &Cell, sub: &Sub, env: &Env<'_>) -> Result<Cell, Failure> {
        if !sub.correlated && !matches!(value, Cell::Struct(_) | Cell::Array(_) | Cell::Float(_)) {
            let known = match self.kept.borrow().get(&sub.id) {
                Some(Kept::Keys(keys)) => Some(Rc::clone(keys)),
                _ => None,
            };
            let keys = match known {
                Some(keys) => keys,
                None => {
                    let mut charge = self.charge();
                    let (mut keys, mut null) = (HashSet::new(), false);
                    self.run(&sub.plan, Some(env), &mut |row| {
                        if row.first().is_none_or(Cell::is_null) {
                            null = true;
                        } else {
                            let key = values::key(&row[..1]);
                            charge.add(key.len() + 64)?;
                            keys.insert(key);
                        }
                        Ok(true)
                    })?;
                    let keys = Rc::new((keys, null));
                    self.kept.borrow_mut().insert(sub.id, Kept::Keys(Rc::clone(&keys)));
                    keys
                }
            };
            return Ok(match value {
                Cell::Null if keys.0.is_empty() && !keys.1 => Cell::Bool(false),
                Cell::Null => Cell::Null,
                value if keys.0.contains(&values::key(std::slice::from_ref(value))) => Cell::Bool(true),
                _ if keys.1 => Cell::Null,
                _ => Cell::Bool(false),
            });
        }
        let (mut found, mut unknown) = (false, false);
        self.run(&sub.plan, Some(env), &mut |row| {
            match values::equal(value, row.first().unwrap_or(&Cell::Null)) {
                Some(true) => found = true,
                Some(false) => {}
                None => unknown = true,
            }
            Ok(!found)
        })?;
        Ok(match (found, unknown) {
            (true, _) => Cell::Bool(true),
            (false, true) => Cell::Null,
            (false, false) => Cell::Bool(false),
        })
    }
}
