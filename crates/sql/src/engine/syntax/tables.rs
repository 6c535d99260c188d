//! `FROM`: tables, joins, `PIVOT` and `UNPIVOT`.

use super::super::failure::{Failure, Place};
use super::ast::{Expr, JoinKind, Name, Pivot, Table, Unpivot};
use super::lexer::Kind;
use super::parser::{DEEPEST, Parser};

impl Parser {
    /// What follows `FROM`: tables with commas and joins between.
    pub(super) fn from(&mut self) -> Result<Table, Failure> {
        let mut left = self.joined()?;
        let mut count = 0;
        while self.is_symbol(",") {
            let at = self.place();
            self.advance();
            // A comma binds as a join does, from the left.
            let right = self.factor()?;
            left = join(JoinKind::Cross, at, left, right, None, Vec::new());
            left = self.joins(left)?;
            count += 1;
            if count > DEEPEST {
                return Err(self.too_deep());
            }
        }
        Ok(left)
    }

    fn joined(&mut self) -> Result<Table, Failure> {
        let first = self.factor()?;
        self.joins(first)
    }

    pub(super) fn join_kind(&mut self) -> Result<Option<JoinKind>, Failure> {
        let start = self.at;
        if self.is_word("NATURAL") {
            return Err(self.unexpected());
        }
        let kind = if self.word("CROSS") {
            JoinKind::Cross
        } else if self.word("LEFT") {
            self.word("OUTER");
            JoinKind::Left
        } else if self.word("RIGHT") {
            self.word("OUTER");
            JoinKind::Right
        } else if self.word("FULL") {
            self.word("OUTER");
            JoinKind::Full
        } else {
            self.word("INNER");
            JoinKind::Inner
        };
        self.word("HASH");
        match self.word("JOIN") {
            true => {
                self.skip_hint();
                Ok(Some(kind))
            }
            false => {
                self.at = start;
                Ok(None)
            }
        }
    }

    fn joins(&mut self, mut left: Table) -> Result<Table, Failure> {
        let mut count = 0;
        // Conditions may follow several joins: `a JOIN b JOIN c ON … ON …`.
        loop {
            let at = self.place();
            let Some(kind) = self.join_kind()? else { return Ok(left) };
            let right = self.nested(|it| it.join_right(kind))?;
            let (on, using) = self.condition(kind)?;
            left = join(kind, at, left, right, on, using);
            count += 1;
            if count > DEEPEST {
                return Err(self.too_deep());
            }
        }
    }

    /// The right side of a join, with the joins that stand before its condition.
    fn join_right(&mut self, kind: JoinKind) -> Result<Table, Failure> {
        let mut right = self.factor()?;
        if kind == JoinKind::Cross {
            return Ok(right);
        }
        // Another join here belongs to the right side only if two conditions follow.
        let start = self.at;
        let at = self.place();
        if let Some(inner) = self.join_kind()?
            && inner != JoinKind::Cross
        {
            let further = self.nested(|it| it.join_right(inner))?;
            let (on, using) = self.condition(inner)?;
            if self.is_word("ON") || self.is_word("USING") {
                right = join(inner, at, right, further, on, using);
                return Ok(right);
            }
        }
        self.at = start;
        Ok(right)
    }

    pub(super) fn condition(&mut self, kind: JoinKind) -> Result<(Option<Expr>, Vec<Name>), Failure> {
        if kind == JoinKind::Cross {
            return Ok((None, Vec::new()));
        }
        if self.word("ON") {
            return Ok((Some(self.expr()?), Vec::new()));
        }
        if self.word("USING") {
            self.expect("(")?;
            let names = self.list(|it| it.name())?;
            self.expect(")")?;
            return Ok((None, names));
        }
        Ok((None, Vec::new()))
    }

    pub(super) fn factor(&mut self) -> Result<Table, Failure> {
        let table = self.nested(|it| it.plain_factor())?;
        self.table_clauses(table)
    }

    fn plain_factor(&mut self) -> Result<Table, Failure> {
        let at = self.place();
        if self.is_word("UNNEST") {
            self.advance();
            self.expect("(")?;
            let array = self.expr()?;
            if self.is_symbol(",") {
                return Err(Failure::lacks("UNNEST of several arrays", at));
            }
            self.expect(")")?;
            self.skip_hint();
            let alias = self.table_alias()?;
            let offset = self.offset()?;
            return Ok(Table::Unnest { at, array, alias, offset });
        }
        if self.is_word("LATERAL") {
            return Err(Failure::lacks("LATERAL", at));
        }
        if self.is_symbol("(") {
            if self.opens_query() {
                self.advance();
                let query = self.query()?;
                self.expect(")")?;
                let alias = self.table_alias()?;
                return Ok(Table::Query { query: Box::new(query), alias });
            }
            self.advance();
            let inner = self.from()?;
            self.expect(")")?;
            return Ok(Table::Paren(Box::new(inner)));
        }
        if self.is_symbol("@") || matches!(self.kind(), Kind::Parameter(_)) {
            return Err(self.unexpected());
        }
        let path = self.path()?;
        if self.is_symbol("(") {
            self.skip_parentheses()?;
            self.table_alias()?;
            return Ok(Table::Function { name: path, at });
        }
        self.skip_hint();
        if self.is_symbol("[") {
            return Err(Failure::lacks("A subscript in FROM", self.place()));
        }
        let alias = self.table_alias()?;
        let offset = self.offset()?;
        Ok(Table::Named { path, alias, offset })
    }

    fn table_alias(&mut self) -> Result<Option<Name>, Failure> {
        let clause = (self.is_word("PIVOT") || self.is_word("UNPIVOT"))
            && (self.is_symbol_at(1, "(") || self.is_word_at(1, "INCLUDE") || self.is_word_at(1, "EXCLUDE"));
        let recognized = self.is_word("MATCH_RECOGNIZE") && self.is_symbol_at(1, "(");
        if recognized {
            return Err(Failure::lacks("MATCH_RECOGNIZE", self.place()));
        }
        match clause {
            true => Ok(None),
            false => self.alias(true),
        }
    }

    fn offset(&mut self) -> Result<Option<Option<Name>>, Failure> {
        if !self.words(&["WITH", "OFFSET"]) {
            return Ok(None);
        }
        Ok(Some(self.alias(true)?))
    }

    /// `PIVOT`, `UNPIVOT`, `TABLESAMPLE`, `FOR SYSTEM_TIME`.
    fn table_clauses(&mut self, mut table: Table) -> Result<Table, Failure> {
        loop {
            let at = self.place();
            if self.is_word("FOR") && (self.is_word_at(1, "SYSTEM_TIME") || self.is_word_at(1, "SYSTEM")) {
                return Err(Failure::lacks("FOR SYSTEM_TIME AS OF", at));
            }
            if self.is_word("PIVOT") && self.is_symbol_at(1, "(") {
                self.advance();
                let pivot = self.pivot(at)?;
                let alias = self.table_alias()?;
                table = Table::Pivot { input: Box::new(table), pivot: Box::new(pivot), alias };
            } else if self.is_word("UNPIVOT") {
                self.advance();
                let unpivot = self.unpivot(at)?;
                let alias = self.table_alias()?;
                table = Table::Unpivot { input: Box::new(table), unpivot: Box::new(unpivot), alias };
            } else if self.is_word("TABLESAMPLE") {
                return Err(Failure::lacks("TABLESAMPLE", at));
            } else {
                return Ok(table);
            }
        }
    }

    pub(super) fn pivot(&mut self, at: Place) -> Result<Pivot, Failure> {
        self.expect("(")?;
        let aggregates = self.list(|it| {
            let value = it.expr()?;
            Ok((value, it.alias(!it.is_word("FOR"))?))
        })?;
        self.expect_word("FOR")?;
        let input = self.pivot_input()?;
        self.expect_word("IN")?;
        self.expect("(")?;
        if self.is_word("SELECT") || self.is_word("ANY") {
            return Err(Failure::lacks("PIVOT of values that are not constants", self.place()));
        }
        let values = self.list(|it| {
            let value = it.expr()?;
            Ok((value, it.alias(true)?))
        })?;
        self.expect(")")?;
        self.expect(")")?;
        Ok(Pivot { at, aggregates, input, values })
    }

    /// What `FOR` names: an expression that ends before `IN`.
    fn pivot_input(&mut self) -> Result<Expr, Failure> {
        self.nested(|it| it.operand())
    }

    pub(super) fn unpivot(&mut self, at: Place) -> Result<Unpivot, Failure> {
        let include_nulls = self.words(&["INCLUDE", "NULLS"]);
        self.words(&["EXCLUDE", "NULLS"]);
        self.expect("(")?;
        let names = |it: &mut Self| -> Result<Vec<Name>, Failure> {
            if it.symbol("(") {
                let all = it.list(|it| it.name())?;
                it.expect(")")?;
                return Ok(all);
            }
            Ok(vec![it.name()?])
        };
        let values = names(self)?;
        self.expect_word("FOR")?;
        let name = self.name()?;
        self.expect_word("IN")?;
        self.expect("(")?;
        let columns = self.list(|it| {
            let columns = names(it)?;
            let labelled = it.word("AS") || matches!(it.kind(), Kind::Text(_) | Kind::Integer(_));
            let label = if labelled { Some(it.operand()?) } else { None };
            Ok((columns, label))
        })?;
        self.expect(")")?;
        self.expect(")")?;
        Ok(Unpivot { at, include_nulls, values, name, columns })
    }
}

fn join(kind: JoinKind, at: Place, left: Table, right: Table, on: Option<Expr>, using: Vec<Name>) -> Table {
    Table::Join { kind, at, left: Box::new(left), right: Box::new(right), on, using }
}
