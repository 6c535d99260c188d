//! Queries: `SELECT`, what stands in `FROM`, set operations and pipes.

use super::super::failure::{Failure, Place};
use super::ast::{
    Body, Cte, Expr, Group, GroupItem, Item, JoinKind, Name, Order, Outer, Pipe, Pivot, Query, Select,
    SetHow, SetKind, Shape, Star, Table, Unpivot, Window,
};
use super::lexer::Kind;
use super::parser::{DEEPEST, Parser};

/// The operator between two queries, and the columns that `ON` or `BY` names.
type SetOperator = (SetHow, Option<Vec<Name>>);

impl Parser {
    pub(super) fn query(&mut self) -> Result<Query, Failure> {
        self.nested(|it| it.whole_query())
    }

    fn whole_query(&mut self) -> Result<Query, Failure> {
        let at = self.place();
        let (mut with, mut recursive) = (Vec::new(), false);
        if self.word("WITH") {
            recursive = self.word("RECURSIVE");
            with = self.ctes()?;
        }
        let body = self.set_operations()?;
        let named = self.is_word("AS") && self.is_symbol_at(2, "|>");
        let mut query = Query {
            at,
            with,
            recursive,
            body,
            order: Vec::new(),
            limit: None,
            offset: None,
            pipes: Vec::new(),
        };
        if self.words(&["ORDER", "BY"]) {
            query.order = self.order()?;
        }
        if self.word("LIMIT") {
            if self.is_word("ALL") {
                return Err(Failure::lacks("LIMIT ALL", self.place()));
            }
            query.limit = Some(self.expr()?);
            if self.word("OFFSET") {
                query.offset = Some(self.expr()?);
            }
        }
        if named {
            let place = self.place();
            self.advance();
            query.pipes.push((place, Pipe::As(self.name()?)));
        }
        while self.is_symbol("|>") {
            self.advance();
            let place = self.place();
            let pipe = self.pipe()?;
            query.pipes.push((place, pipe));
            if query.pipes.len() > DEEPEST {
                return Err(self.too_deep());
            }
        }
        Ok(query)
    }

    fn ctes(&mut self) -> Result<Vec<Cte>, Failure> {
        self.list(|it| {
            let name = it.name()?;
            it.expect_word("AS")?;
            it.expect("(")?;
            let query = it.query()?;
            it.expect(")")?;
            if it.words(&["WITH", "DEPTH"]) {
                return Err(Failure::lacks("WITH DEPTH", it.place()));
            }
            Ok(Cte { name, query })
        })
    }

    fn set_operations(&mut self) -> Result<Body, Failure> {
        let first = self.body()?;
        let at = self.place();
        let Some((how, on)) = self.set_operator()? else { return Ok(first) };
        let mut items = vec![first, self.body()?];
        loop {
            let here = self.place();
            match self.set_operator()? {
                None => return Ok(Body::Set { how, at, items, on }),
                Some((other, _)) if other == how => {
                    items.push(self.body()?);
                }
                Some(_) => {
                    return Err(Failure::placed(
                        "Syntax error: Different set operations cannot be used in the same query without using parentheses for grouping",
                        here,
                    ));
                }
            }
        }
    }

    /// `[LEFT|FULL|INNER [OUTER]] UNION ALL [BY NAME [ON (…)]] | CORRESPONDING …`.
    fn set_operator(&mut self) -> Result<Option<SetOperator>, Failure> {
        let start = self.at;
        let mut outer = match (self.word("LEFT"), self.word("FULL"), self.word("INNER")) {
            (true, _, _) => Outer::Left,
            (_, true, _) => Outer::Full,
            (_, _, true) => Outer::Inner,
            (_, _, _) => Outer::None,
        };
        if self.word("OUTER") && outer == Outer::None {
            outer = Outer::Full;
        }
        let kind = match (self.word("UNION"), self.word("INTERSECT"), self.word("EXCEPT")) {
            (true, _, _) => SetKind::Union,
            (_, true, _) => SetKind::Intersect,
            (_, _, true) => SetKind::Except,
            (_, _, _) => {
                self.at = start;
                return Ok(None);
            }
        };
        self.skip_hint();
        let all = match (self.word("ALL"), self.word("DISTINCT")) {
            (true, _) => true,
            (false, true) => false,
            (false, false) => return Err(self.expected("keyword ALL or keyword DISTINCT")),
        };
        let strict = self.word("STRICT");
        let mut by_name = self.words(&["BY", "NAME"]);
        if self.word("CORRESPONDING") {
            by_name = true;
            if outer == Outer::None && !strict {
                outer = Outer::Inner;
            }
            self.word("BY");
        } else if by_name {
            self.word("ON");
        }
        let mut on = None;
        if by_name
            && self.is_symbol("(")
            && matches!(self.kind_at(1), Kind::Word(word) if !word.eq_ignore_ascii_case("SELECT"))
        {
            self.advance();
            on = Some(self.list(|it| it.name())?);
            self.expect(")")?;
        }
        Ok(Some((SetHow { kind, all, by_name, outer }, on)))
    }

    fn body(&mut self) -> Result<Body, Failure> {
        if self.symbol("(") {
            let query = self.query()?;
            self.expect(")")?;
            return Ok(Body::Paren(Box::new(query)));
        }
        if self.word("FROM") {
            return Ok(Body::From(Box::new(self.from()?)));
        }
        if self.is_word("SELECT") {
            return Ok(Body::Select(Box::new(self.select()?)));
        }
        if self.is_word("TABLE") && matches!(self.kind_at(1), Kind::Word(_) | Kind::Quoted(_)) {
            return Err(Failure::lacks("TABLE as a query", self.place()));
        }
        Err(self.unexpected())
    }

    fn select(&mut self) -> Result<Select, Failure> {
        let at = self.place();
        self.expect_word("SELECT")?;
        self.skip_hint();
        if self.is_word("WITH") {
            return Err(Failure::lacks("SELECT WITH", self.place()));
        }
        let distinct = self.word("DISTINCT");
        if !distinct {
            self.word("ALL");
        }
        let mut shape = Shape::Row;
        if self.word("AS") {
            if self.word("STRUCT") {
                shape = Shape::Struct;
            } else if self.word("VALUE") {
                shape = Shape::Value;
            } else {
                return Err(Failure::lacks("SELECT AS of a type", self.place()));
            }
        }
        let items = self.items()?;
        let mut select = Select {
            at,
            distinct,
            shape,
            items,
            from: None,
            filter: None,
            group: None,
            having: None,
            qualify: None,
            windows: Vec::new(),
        };
        if self.word("FROM") {
            select.from = Some(self.from()?);
        }
        if self.word("WHERE") {
            select.filter = Some(self.expr()?);
        }
        if self.word("GROUP") {
            self.skip_hint();
            self.expect_word("BY")?;
            select.group = Some(self.group()?);
        }
        if self.word("HAVING") {
            select.having = Some(self.expr()?);
        }
        if self.word("QUALIFY") {
            select.qualify = Some(self.expr()?);
        }
        if self.word("WINDOW") {
            select.windows = self.windows()?;
        }
        Ok(select)
    }

    fn windows(&mut self) -> Result<Vec<(Name, Window)>, Failure> {
        self.list(|it| {
            let name = it.name()?;
            it.expect_word("AS")?;
            let window = match it.is_symbol("(") {
                true => it.window()?,
                false => Window { base: Some(it.name()?), ..Window::default() },
            };
            Ok((name, window))
        })
    }

    /// The list of a `SELECT`; it may end with a comma.
    fn items(&mut self) -> Result<Vec<Item>, Failure> {
        let mut items = vec![self.item()?];
        while self.symbol(",") {
            let ends = self.ended()
                || self.is_symbol(")")
                || self.is_symbol("|>")
                || ["FROM", "WHERE", "UNION", "LIMIT", "ORDER"].iter().any(|it| self.is_word(it));
            if ends {
                break;
            }
            items.push(self.item()?);
        }
        Ok(items)
    }

    fn item(&mut self) -> Result<Item, Failure> {
        let at = self.place();
        if self.symbol("*") {
            return Ok(Item::Star(at, self.star()?));
        }
        let value = self.expr()?;
        if self.is_symbol(".") && self.is_symbol_at(1, "*") {
            self.advance();
            self.advance();
            return Ok(Item::DotStar(value, self.star()?));
        }
        Ok(Item::Value(value, self.alias(true)?))
    }

    fn star(&mut self) -> Result<Star, Failure> {
        let mut star = Star::default();
        if self.is_word("EXCEPT") && self.is_symbol_at(1, "(") {
            self.advance();
            self.advance();
            star.except = self.list(|it| it.name())?;
            self.expect(")")?;
        }
        if self.is_word("REPLACE") && self.is_symbol_at(1, "(") {
            self.advance();
            self.advance();
            star.replace = self.list(|it| {
                let value = it.expr()?;
                it.expect_word("AS")?;
                Ok((value, it.name()?))
            })?;
            self.expect(")")?;
        }
        Ok(star)
    }

    fn group(&mut self) -> Result<Group, Failure> {
        if self.word("ALL") {
            return Ok(Group::All);
        }
        Ok(Group::By(self.list(|it| it.group_item(false))?))
    }

    fn group_item(&mut self, pipe: bool) -> Result<GroupItem, Failure> {
        if self.is_word("ROLLUP") && self.is_symbol_at(1, "(") {
            self.advance();
            return Ok(GroupItem::Rollup(self.group_sets()?));
        }
        if self.is_word("CUBE") && self.is_symbol_at(1, "(") {
            self.advance();
            return Ok(GroupItem::Cube(self.group_sets()?));
        }
        if self.words(&["GROUPING", "SETS"]) {
            self.expect("(")?;
            let sets = self.list(|it| {
                if it.is_word("ROLLUP") || it.is_word("CUBE") {
                    return it.group_item(false);
                }
                Ok(GroupItem::Set(it.group_set()?))
            })?;
            self.expect(")")?;
            return Ok(GroupItem::Sets(sets));
        }
        if self.is_symbol("(") && self.is_symbol_at(1, ")") {
            self.advance();
            self.advance();
            return Ok(GroupItem::Set(Vec::new()));
        }
        let value = self.expr()?;
        let alias = if pipe { self.alias(true)? } else { None };
        Ok(GroupItem::Value(value, alias))
    }

    fn group_sets(&mut self) -> Result<Vec<Vec<Expr>>, Failure> {
        self.expect("(")?;
        let sets = self.list(|it| it.group_set())?;
        self.expect(")")?;
        Ok(sets)
    }

    /// `a` or `(a, b)` or `()`.
    fn group_set(&mut self) -> Result<Vec<Expr>, Failure> {
        if self.is_symbol("(") && !self.opens_query() {
            self.advance();
            let all = if self.is_symbol(")") { Vec::new() } else { self.list(|it| it.expr())? };
            self.expect(")")?;
            return Ok(all);
        }
        Ok(vec![self.expr()?])
    }

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

    fn join_kind(&mut self) -> Result<Option<JoinKind>, Failure> {
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

    fn condition(&mut self, kind: JoinKind) -> Result<(Option<Expr>, Vec<Name>), Failure> {
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

    fn factor(&mut self) -> Result<Table, Failure> {
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

    fn pivot(&mut self, at: Place) -> Result<Pivot, Failure> {
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

    fn unpivot(&mut self, at: Place) -> Result<Unpivot, Failure> {
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

    fn pipe(&mut self) -> Result<Pipe, Failure> {
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

fn join(kind: JoinKind, at: Place, left: Table, right: Table, on: Option<Expr>, using: Vec<Name>) -> Table {
    Table::Join { kind, at, left: Box::new(left), right: Box::new(right), on, using }
}
