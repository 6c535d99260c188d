//! Calls of functions, with their orders and windows.

use super::super::failure::Failure;
use super::ast::{Argument, Bound, Call, Expr, Frame, Name, Order, Window};
use super::lexer::Kind;
use super::parser::Parser;

impl Parser {
    pub(super) fn call(&mut self, name: Vec<Name>) -> Result<Call, Failure> {
        self.expect("(")?;
        let mut call = plain_call(name);
        call.distinct = self.word("DISTINCT");
        if !self.is_symbol(")") && !self.call_clause() {
            call.arguments = self.list(|it| it.argument())?;
        }
        if self.words(&["IGNORE", "NULLS"]) {
            call.ignore_nulls = Some(true);
        } else if self.words(&["RESPECT", "NULLS"]) {
            call.ignore_nulls = Some(false);
        }
        if self.is_word("WHERE") || self.is_word("GROUP") || self.is_word("CLAMPED") || self.is_word("WITH") {
            call.other = self.any_name(true);
            let what = call.other.as_ref().map_or_else(String::new, |it| it.text.to_ascii_uppercase());
            return Err(Failure::lacks(format!("{what} in the arguments of a function"), self.place()));
        }
        if self.word("HAVING") {
            let greatest = match (self.word("MAX"), self.word("MIN")) {
                (true, _) => true,
                (false, true) => false,
                (false, false) => return Err(self.unexpected()),
            };
            call.having = Some((greatest, self.expr()?));
        }
        if self.words(&["ORDER", "BY"]) {
            call.order = self.order()?;
        }
        if self.word("LIMIT") {
            call.limit = Some(self.expr()?);
        }
        self.expect(")")?;
        self.skip_hint();
        if self.word("OVER") {
            call.over = Some(match self.is_symbol("(") {
                true => self.window()?,
                false => Window { base: Some(self.name()?), ..Window::default() },
            });
        }
        Ok(call)
    }

    fn call_clause(&self) -> bool {
        ["IGNORE", "RESPECT", "HAVING", "ORDER", "LIMIT"].iter().any(|it| self.is_word(it))
    }

    fn argument(&mut self) -> Result<Argument, Failure> {
        if self.symbol("*") {
            return Ok(Argument::Star);
        }
        if matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_)) && self.is_symbol_at(1, "=>") {
            let Some(name) = self.any_name(true) else { return Err(self.unexpected()) };
            self.advance();
            return Ok(Argument::Named(name, self.expr()?));
        }
        let other = ["TABLE", "MODEL", "CONNECTION", "DESCRIPTOR"].iter().any(|it| self.is_word(it));
        if other && matches!(self.kind_at(1), Kind::Word(_) | Kind::Quoted(_)) {
            let Some(name) = self.any_name(true) else { return Err(self.unexpected()) };
            self.path()?;
            return Ok(Argument::Other(name));
        }
        let value = self.expr()?;
        if self.is_symbol("->") {
            return Err(Failure::lacks("A lambda", self.place()));
        }
        if self.is_word("AS") {
            return Err(self.expected("\")\""));
        }
        Ok(Argument::Plain(value))
    }

    pub(super) fn order(&mut self) -> Result<Vec<Order>, Failure> {
        self.list(|it| {
            let value = it.expr()?;
            it.order_of(value)
        })
    }

    pub(super) fn order_of(&mut self, value: Expr) -> Result<Order, Failure> {
        if self.is_word("COLLATE") {
            return Err(Failure::lacks("COLLATE", self.place()));
        }
        let descending = !self.word("ASC") && self.word("DESC");
        let nulls_first = match (self.words(&["NULLS", "FIRST"]), self.words(&["NULLS", "LAST"])) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        Ok(Order { value, descending, nulls_first })
    }

    pub(super) fn window(&mut self) -> Result<Window, Failure> {
        self.expect("(")?;
        let mut window = Window::default();
        let clause = ["PARTITION", "ORDER", "ROWS", "RANGE"].iter().any(|it| self.is_word(it));
        if !clause && !self.is_symbol(")") {
            window.base = Some(self.name()?);
        }
        if self.words(&["PARTITION", "BY"]) {
            window.partition = self.list(|it| it.expr())?;
        }
        if self.words(&["ORDER", "BY"]) {
            window.order = self.order()?;
        }
        if self.is_word("ROWS") || self.is_word("RANGE") {
            let at = self.place();
            let rows = self.word("ROWS") || !self.word("RANGE");
            let (start, end) = match self.word("BETWEEN") {
                true => {
                    let start = self.bound()?;
                    self.expect_word("AND")?;
                    (start, self.bound()?)
                }
                false => (self.bound()?, Bound::Current),
            };
            window.frame = Some(Frame { rows, at, start, end });
        }
        self.expect(")")?;
        Ok(window)
    }

    fn bound(&mut self) -> Result<Bound, Failure> {
        if self.words(&["UNBOUNDED", "PRECEDING"]) {
            return Ok(Bound::FirstRow);
        }
        if self.words(&["UNBOUNDED", "FOLLOWING"]) {
            return Ok(Bound::LastRow);
        }
        if self.words(&["CURRENT", "ROW"]) {
            return Ok(Bound::Current);
        }
        let distance = self.expr()?;
        match (self.word("PRECEDING"), self.word("FOLLOWING")) {
            (true, _) => Ok(Bound::Before(distance)),
            (false, true) => Ok(Bound::After(distance)),
            (false, false) => Err(self.unexpected()),
        }
    }
}

pub(super) fn plain_call(name: Vec<Name>) -> Call {
    Call {
        name,
        arguments: Vec::new(),
        distinct: false,
        ignore_nulls: None,
        having: None,
        order: Vec::new(),
        limit: None,
        over: None,
        other: None,
    }
}
