//! The operators of pipe syntax.

use super::super::failure::Failure;
use super::ast::{Expr, GroupItem, Order, Pipe};
use super::parser::Parser;

impl Parser {
    pub(super) fn pipe(&mut self) -> Result<Pipe, Failure> {
        let at = self.place();
        if self.is_word("SELECT") {
            return Ok(Pipe::Select(Box::new(self.select()?)));
        }
        if self.word("EXTEND") {
            let items = self.items()?;
            let windows = if self.word("WINDOW") { self.windows()? } else { Vec::new() };
            return Ok(Pipe::Extend(items, windows));
        }
        if self.word("SET") {
            return Ok(Pipe::Set(self.list(|it| {
                let name = it.name()?;
                it.expect("=")?;
                Ok((name, it.expr()?))
            })?));
        }
        if self.word("DROP") {
            return Ok(Pipe::Drop(self.list(|it| it.name())?));
        }
        if self.word("RENAME") {
            return Ok(Pipe::Rename(self.list(|it| {
                let from = it.name()?;
                it.word("AS");
                Ok((from, it.name()?))
            })?));
        }
        if self.word("AS") {
            return Ok(Pipe::As(self.name()?));
        }
        if self.word("WHERE") {
            return Ok(Pipe::Where(self.expr()?));
        }
        if self.word("LIMIT") {
            let limit = self.expr()?;
            let offset = if self.word("OFFSET") { Some(self.expr()?) } else { None };
            return Ok(Pipe::Limit(limit, offset));
        }
        if self.word("AGGREGATE") {
            return self.pipe_aggregate();
        }
        if self.words(&["ORDER", "BY"]) {
            return Ok(Pipe::OrderBy(self.order()?));
        }
        if let Some((how, on)) = self.set_operator()? {
            if on.is_some() {
                return Err(Failure::lacks("ON in a set operation of pipes", at));
            }
            let mut queries = Vec::new();
            // The list may end with a comma.
            while queries.is_empty() || self.is_symbol("(") {
                self.expect("(")?;
                queries.push(self.query()?);
                self.expect(")")?;
                if !self.symbol(",") {
                    break;
                }
            }
            return Ok(Pipe::SetOperation(how, queries));
        }
        if let Some(kind) = self.join_kind()? {
            let right = self.factor()?;
            let (on, using) = self.condition(kind)?;
            return Ok(Pipe::Join { kind, right: Box::new(right), on, using });
        }
        if self.word("DISTINCT") {
            return Ok(Pipe::Distinct);
        }
        if self.word("PIVOT") {
            let pivot = self.pivot(at)?;
            return Ok(Pipe::Pivot(Box::new(pivot), self.alias(true)?));
        }
        if self.word("UNPIVOT") {
            let unpivot = self.unpivot(at)?;
            return Ok(Pipe::Unpivot(Box::new(unpivot), self.alias(true)?));
        }
        if self.word("WITH") {
            if self.is_word("RECURSIVE") {
                return Err(Failure::lacks("WITH RECURSIVE in pipes", at));
            }
            return Ok(Pipe::With(self.ctes()?));
        }
        if self.is_word("TABLESAMPLE") {
            return Err(Failure::lacks("TABLESAMPLE", at));
        }
        if self.word("ASSERT") {
            let condition = self.expr()?;
            while self.symbol(",") {
                self.expr()?;
            }
            return Ok(Pipe::Assert(condition));
        }
        if self.word("STATIC_DESCRIBE") {
            return Ok(Pipe::StaticDescribe);
        }
        let more = [
            "CALL",
            "WINDOW",
            "LOG",
            "IF",
            "FORK",
            "TEE",
            "EXPORT",
            "CREATE",
            "INSERT",
            "RECURSIVE",
            "MATCH_RECOGNIZE",
            "DESCRIBE",
        ];
        if let Some(word) = more.iter().find(|it| self.is_word(it)) {
            return Err(Failure::lacks(format!("Pipe operator {word}"), at));
        }
        Err(self.unexpected())
    }

    fn pipe_aggregate(&mut self) -> Result<Pipe, Failure> {
        let ordered = |it: &mut Self, value: &Expr| -> Result<Option<Order>, Failure> {
            let is = ["ASC", "DESC", "NULLS"].iter().any(|word| it.is_word(word));
            Ok(if is { Some(it.order_of(value.clone())?) } else { None })
        };
        let mut aggregates = Vec::new();
        if !self.is_word("GROUP") && !self.is_symbol(")") && !self.is_symbol("|>") && !self.ended() {
            loop {
                let value = self.expr()?;
                let alias = self.alias(true)?;
                let order = ordered(self, &value)?;
                aggregates.push((value, alias, order));
                if !self.symbol(",") || self.is_word("GROUP") {
                    break;
                }
            }
        }
        let (mut groups, mut sorted) = (Vec::new(), false);
        if self.word("GROUP") {
            self.skip_hint();
            sorted = self.words(&["AND", "ORDER"]);
            self.expect_word("BY")?;
            loop {
                let item = self.group_item(true)?;
                let order = match &item {
                    GroupItem::Value(value, _) => ordered(self, &value.clone())?,
                    _ => None,
                };
                groups.push((item, order));
                if !self.symbol(",") {
                    break;
                }
            }
        }
        Ok(Pipe::Aggregate(aggregates, groups, sorted))
    }
}
