//! `WITH`, also `RECURSIVE`.

use super::super::coercion::Literal;
use super::super::failure::Failure;
use super::super::plan::{CtePlan, Plan, X};
use super::super::syntax::ast::{Body, Name, Query, SetKind};
use super::{Analyzer, Cte, Relation, Sight, Typed, same};

impl Analyzer<'_> {
    pub(super) fn with(
        &mut self,
        with: &[super::super::syntax::ast::Cte],
        recursive: bool,
        parent: Option<&Sight<'_>>,
    ) -> Result<Vec<CtePlan>, Failure> {
        let mut plans = Vec::new();
        // With RECURSIVE a name may be used before it is defined.
        let order = if recursive { dependencies(with)? } else { (0..with.len()).collect() };
        for at in order {
            let cte = &with[at];
            if with[..at].iter().any(|it| same(&it.name.text, &cte.name.text)) {
                return Err(Failure::placed(
                    format!("Duplicate alias {} for WITH subquery", cte.name.text),
                    cte.name.at,
                ));
            }
            let id = self.id();
            if recursive && names_table(&cte.query, &cte.name.text) {
                plans.push(self.recursive(id, &cte.name, &cte.query, parent)?);
                continue;
            }
            let varied = std::mem::replace(&mut self.varies, false);
            let reached = std::mem::replace(&mut self.reach, usize::MAX);
            let relation = self.query(&cte.query, parent)?.compact();
            let varies = self.varies || self.reach != usize::MAX || !self.locals.is_empty();
            self.varies = varied;
            self.reach = self.reach.min(reached);
            self.ctes.push(Cte {
                name: cte.name.text.clone(),
                id,
                columns: relation.fields(),
                value: relation.value,
                varies,
            });
            plans.push(CtePlan { id, plan: relation.plan, step: None });
        }
        Ok(plans)
    }

    /// `WITH RECURSIVE a AS (start UNION ALL step)`.
    fn recursive(
        &mut self,
        id: usize,
        name: &Name,
        query: &Query,
        parent: Option<&Sight<'_>>,
    ) -> Result<CtePlan, Failure> {
        let wrong = |message: &str| Err(Failure::placed(message.to_owned(), name.at));
        let plain = query.order.is_empty() && query.limit.is_none() && query.pipes.is_empty();
        let Body::Set { how, items, .. } = &query.body else {
            return wrong("Recursive query must be a UNION of a non-recursive and a recursive term");
        };
        if !plain || how.kind != SetKind::Union || how.by_name {
            return wrong("Recursive query must be a UNION of a non-recursive and a recursive term");
        }
        let (last, starts) = match items.split_last() {
            Some(it) => it,
            None => return wrong("Recursive query must be a UNION"),
        };
        if starts.iter().any(|it| body_names(it, &name.text)) {
            return wrong("Recursive reference is only allowed in the last term of a UNION");
        }
        let ctes = self.with(&query.with, query.recursive, parent)?;
        let relations = starts
            .iter()
            .map(|it| self.body(it, &[], parent).map(Relation::compact))
            .collect::<Result<Vec<_>, _>>()?;
        let start = if relations.len() == 1 {
            relations.into_iter().next().unwrap_or_else(Relation::nothing)
        } else {
            self.union(relations, how.all, name.at)?
        };
        let fields = start.fields();
        self.ctes.push(Cte {
            name: name.text.clone(),
            id,
            columns: fields.clone(),
            value: start.value,
            varies: true,
        });
        let varied = self.varies;
        let step = self.body(last, &[], parent)?.compact();
        self.varies = varied;
        if step.width != start.width {
            return wrong("Queries in UNION have mismatched column count");
        }
        // The step's columns become what the start's are.
        let mut all = Vec::new();
        for (at, (have, want)) in step.fields().iter().zip(&fields).enumerate() {
            let value = Typed { x: X::Column(at), kind: have.kind.clone(), literal: Literal::No };
            all.push(self.coerced(value, &want.kind, name.at)?);
        }
        let step = Plan::Project(Box::new(step.plan), all);
        // Its inner names stay as long as the whole does.
        if let Some(cte) = self.ctes.last_mut() {
            cte.varies = false;
        }
        let (plan, step) = match ctes.is_empty() {
            true => (start.plan, step),
            false => (Plan::With(ctes.clone(), Box::new(start.plan)), Plan::With(ctes, Box::new(step))),
        };
        let position = self.ctes.len() - 1;
        let cte = self.ctes.remove(position);
        let keep = self.ctes.len().saturating_sub(query.with.len());
        self.ctes.truncate(keep);
        self.ctes.push(cte);
        Ok(CtePlan { id, plan, step: Some((step, !how.all)) })
    }
}

/// The places of names of `WITH`, each behind those that it reads.
fn dependencies(with: &[super::super::syntax::ast::Cte]) -> Result<Vec<usize>, Failure> {
    let reads = |at: usize, other: usize| at != other && names_table(&with[at].query, &with[other].name.text);
    let mut order: Vec<usize> = Vec::new();
    while order.len() < with.len() {
        let next = (0..with.len()).find(|at| {
            !order.contains(at) && (0..with.len()).all(|other| order.contains(&other) || !reads(*at, other))
        });
        match next {
            Some(next) => order.push(next),
            None => {
                let stuck = (0..with.len()).find(|at| !order.contains(at)).unwrap_or(0);
                return Err(Failure::lacks("Mutual recursion in WITH", with[stuck].name.at));
            }
        }
    }
    Ok(order)
}

/// Whether a query reads a table of this name.
fn names_table(query: &Query, name: &str) -> bool {
    let hidden = query.with.iter().any(|it| same(&it.name.text, name));
    !hidden && (body_names(&query.body, name) || query.with.iter().any(|it| names_table(&it.query, name)))
}

fn body_names(body: &Body, name: &str) -> bool {
    match body {
        Body::Select(select) => {
            // Queries in expressions count too: their text tells.
            let text = format!("{select:?}");
            text.to_lowercase()
                .contains(&format!("named {{ path: [name {{ text: \"{}\"", name.to_lowercase()))
        }
        Body::Paren(query) => names_table(query, name),
        Body::Set { items, .. } => items.iter().any(|it| body_names(it, name)),
        Body::From(table) => {
            let text = format!("{table:?}");
            text.to_lowercase()
                .contains(&format!("named {{ path: [name {{ text: \"{}\"", name.to_lowercase()))
        }
    }
}
