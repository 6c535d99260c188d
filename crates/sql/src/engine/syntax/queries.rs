//! Queries: `SELECT`, what stands in `FROM`, set operations and pipes.

use super::super::failure::Failure;
use super::ast::{
    Body, Cte, Expr, Group, GroupItem, Item, Name, Outer, Pipe, Query, Select, SetHow, SetKind, Shape, Star,
    Window,
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

    pub(super) fn ctes(&mut self) -> Result<Vec<Cte>, Failure> {
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
    pub(super) fn set_operator(&mut self) -> Result<Option<SetOperator>, Failure> {
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

    pub(super) fn select(&mut self) -> Result<Select, Failure> {
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

    pub(super) fn windows(&mut self) -> Result<Vec<(Name, Window)>, Failure> {
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
    pub(super) fn items(&mut self) -> Result<Vec<Item>, Failure> {
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

    pub(super) fn group_item(&mut self, pipe: bool) -> Result<GroupItem, Failure> {
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
}
