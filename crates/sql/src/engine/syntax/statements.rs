//! Statements that change tables, and those that are known and not run here.

use super::super::failure::{Failure, Place};
use super::ast::{Action, Alter, ColumnDef, FunctionDef, Matched, Name, Path, Source, Statement, When};
use super::lexer::Kind;
use super::parser::Parser;

/// Statements of BigQuery that are not run here, by their first word.
const LACKING: &[&str] = &[
    "DECLARE", "SET", "IF", "CASE", "LOOP", "WHILE", "REPEAT", "FOR", "BEGIN", "CALL", "EXECUTE", "RAISE",
    "RETURN", "BREAK", "CONTINUE", "LEAVE", "ITERATE", "COMMIT", "ROLLBACK", "EXPORT", "LOAD", "GRANT",
    "REVOKE", "ASSERT", "UNDROP", "ALTER", "CREATE", "DROP", "TRUNCATE",
];

impl Parser {
    pub(super) fn statement(&mut self) -> Result<Statement, Failure> {
        let at = self.place();
        let query = self.is_symbol("(") || ["SELECT", "WITH", "FROM"].iter().any(|it| self.is_word(it));
        if query {
            return Ok(Statement::Query(self.query()?));
        }
        if self.word("INSERT") {
            return self.insert();
        }
        if self.word("UPDATE") {
            return self.update();
        }
        if self.word("DELETE") {
            self.word("FROM");
            let table = self.path()?;
            let alias = self.alias(true)?;
            if !self.word("WHERE") {
                return Err(Failure::placed("DELETE must have a WHERE clause", self.place()));
            }
            let filter = self.expr()?;
            return Ok(Statement::Delete { table, alias, filter });
        }
        if self.word("MERGE") {
            return self.merge();
        }
        if self.words(&["TRUNCATE", "TABLE"]) {
            return Ok(Statement::Truncate(self.path()?));
        }
        let start = self.at;
        let found = if self.word("CREATE") {
            self.create()?
        } else if self.word("DROP") {
            self.drop_statement()?
        } else if self.words(&["ALTER", "TABLE"]) {
            self.alter()?
        } else {
            None
        };
        if let Some(statement) = found {
            return Ok(statement);
        }
        self.at = start;
        let labelled = matches!(self.kind(), Kind::Word(_)) && self.is_symbol_at(1, ":");
        match self.kind() {
            _ if labelled => Err(Failure::lacks("A label", at)),
            Kind::Word(word) if LACKING.contains(&word.to_ascii_uppercase().as_str()) => {
                Err(Failure::lacks(format!("The statement {}", self.statement_name()), at))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// The words with which a statement begins: `CREATE MODEL`.
    fn statement_name(&self) -> String {
        let mut words = Vec::new();
        for ahead in 0..5 {
            let Kind::Word(word) = self.kind_at(ahead) else { break };
            let upper = word.to_ascii_uppercase();
            let skipped =
                ["OR", "REPLACE", "IF", "NOT", "EXISTS"].contains(&upper.as_str()) && !words.is_empty();
            if skipped {
                continue;
            }
            let noun = [
                "MODEL",
                "TABLE",
                "VIEW",
                "SCHEMA",
                "FUNCTION",
                "PROCEDURE",
                "INDEX",
                "POLICY",
                "CAPACITY",
                "RESERVATION",
                "ASSIGNMENT",
                "SNAPSHOT",
                "CLONE",
                "IMMEDIATE",
                "TRANSACTION",
                "DATA",
                "INTO",
                "COLUMN",
                "ORGANIZATION",
                "PROJECT",
                "BI_CAPACITY",
                "CONNECTION",
            ]
            .contains(&upper.as_str());
            let adjective = [
                "TEMP",
                "TEMPORARY",
                "MATERIALIZED",
                "EXTERNAL",
                "SNAPSHOT",
                "ROW",
                "ACCESS",
                "SEARCH",
                "VECTOR",
                "AGGREGATE",
                "ALL",
                "PRIVATE",
                "PUBLIC",
            ]
            .contains(&upper.as_str());
            if !words.is_empty() && !noun && !adjective {
                break;
            }
            words.push(upper);
            if noun {
                break;
            }
        }
        words.join(" ")
    }

    fn names(&mut self) -> Result<Vec<Name>, Failure> {
        self.expect("(")?;
        let names = self.list(|it| it.name())?;
        self.expect(")")?;
        Ok(names)
    }

    fn insert(&mut self) -> Result<Statement, Failure> {
        if self.is_word("OR") {
            return Err(self.unexpected());
        }
        self.word("INTO");
        let table = self.path()?;
        let columns = if self.is_symbol("(") && !self.opens_query() { self.names()? } else { Vec::new() };
        let source = self.source()?;
        Ok(Statement::Insert { table, columns, source })
    }

    fn source(&mut self) -> Result<Source, Failure> {
        if self.word("VALUES") {
            return Ok(Source::Values(self.list(|it| {
                it.expect("(")?;
                let row = it.list(|it| it.expr())?;
                it.expect(")")?;
                Ok(row)
            })?));
        }
        Ok(Source::Query(self.query()?))
    }

    fn assignments(&mut self) -> Result<Vec<(super::ast::Expr, super::ast::Expr)>, Failure> {
        self.list(|it| {
            if it.is_symbol("(") {
                return Err(Failure::lacks("A nested change in UPDATE", it.place()));
            }
            let target = it.operand()?;
            it.expect("=")?;
            Ok((target, it.expr()?))
        })
    }

    fn update(&mut self) -> Result<Statement, Failure> {
        let table = self.path()?;
        let alias = self.alias(true)?;
        self.expect_word("SET")?;
        let set = self.assignments()?;
        let from = if self.word("FROM") { Some(self.from()?) } else { None };
        if !self.word("WHERE") {
            return Err(Failure::placed("UPDATE must have a WHERE clause", self.place()));
        }
        let filter = self.expr()?;
        Ok(Statement::Update { table, alias, set, from, filter })
    }

    fn merge(&mut self) -> Result<Statement, Failure> {
        self.word("INTO");
        let table = self.path()?;
        let alias = self.alias(true)?;
        self.expect_word("USING")?;
        let source = self.from()?;
        self.expect_word("ON")?;
        let on = self.expr()?;
        let mut clauses = Vec::new();
        while self.is_word("WHEN") {
            let at = self.place();
            self.advance();
            let not = self.word("NOT");
            self.expect_word("MATCHED")?;
            let matched = match (not, self.word("BY")) {
                (false, _) => Matched::Yes,
                (true, false) => Matched::NotByTarget,
                (true, true) if self.word("SOURCE") => Matched::NotBySource,
                (true, true) => {
                    self.expect_word("TARGET")?;
                    Matched::NotByTarget
                }
            };
            let condition = if self.word("AND") { Some(self.expr()?) } else { None };
            self.expect_word("THEN")?;
            let action = if self.word("INSERT") {
                if self.word("ROW") {
                    Action::Insert { columns: Vec::new(), source: Source::Row }
                } else {
                    let columns = if self.is_symbol("(") { self.names()? } else { Vec::new() };
                    match self.word("ROW") {
                        true => Action::Insert { columns, source: Source::Row },
                        false => Action::Insert { columns, source: self.source()? },
                    }
                }
            } else if self.word("UPDATE") {
                self.expect_word("SET")?;
                Action::Update(self.assignments()?)
            } else if self.word("DELETE") {
                Action::Delete
            } else {
                return Err(self.unexpected());
            };
            clauses.push(When { at, matched, condition, action });
        }
        if clauses.is_empty() {
            return Err(self.expected("keyword WHEN"));
        }
        Ok(Statement::Merge { table, alias, source, on, clauses })
    }

    fn exists_not(&mut self) -> bool {
        self.words(&["IF", "NOT", "EXISTS"])
    }

    /// Skips `(…)` with all within.
    pub(super) fn skip_parentheses(&mut self) -> Result<(), Failure> {
        self.expect("(")?;
        let mut open = 1;
        while open > 0 {
            match self.kind() {
                Kind::Symbol("(") => open += 1,
                Kind::Symbol(")") => open -= 1,
                Kind::End => return Err(self.unexpected()),
                _ => {}
            }
            self.advance();
        }
        Ok(())
    }

    fn create(&mut self) -> Result<Option<Statement>, Failure> {
        let replace = self.words(&["OR", "REPLACE"]);
        let temporary = self.word("TEMP") || self.word("TEMPORARY");
        if self.word("TABLE") && !self.is_word("FUNCTION") {
            if temporary {
                return Ok(None);
            }
            return self.create_table(replace);
        }
        if self.word("FUNCTION") {
            return match temporary {
                true => self.create_function(),
                false => Ok(None),
            };
        }
        if temporary {
            return Ok(None);
        }
        if self.word("VIEW") {
            let if_not_exists = self.exists_not();
            let table = self.path()?;
            let columns = if self.is_symbol("(") { self.names()? } else { Vec::new() };
            if self.word("OPTIONS") {
                self.skip_parentheses()?;
            }
            self.expect_word("AS")?;
            let start = self.place().0;
            let query = self.query()?;
            let end = self.tokens[self.at.saturating_sub(1)].end;
            let text = (start, end);
            return Ok(Some(Statement::CreateView { table, columns, query, text, replace, if_not_exists }));
        }
        if !replace && self.word("SCHEMA") {
            let if_not_exists = self.exists_not();
            let name = self.path()?;
            if self.is_word("DEFAULT") {
                return Err(Failure::lacks("DEFAULT COLLATE", self.place()));
            }
            if self.word("OPTIONS") {
                self.skip_parentheses()?;
            }
            return Ok(Some(Statement::CreateSchema { name, if_not_exists }));
        }
        Ok(None)
    }

    fn column(&mut self) -> Result<ColumnDef, Failure> {
        let Some(name) = self.any_name(false) else { return Err(self.unexpected()) };
        let kind = self.type_name()?;
        let (mut required, mut default) = (false, None);
        loop {
            let place = self.place();
            if self.words(&["NOT", "NULL"]) {
                required = true;
            } else if self.word("DEFAULT") {
                self.expr()?;
                default = Some(place);
            } else if self.word("OPTIONS") {
                self.skip_parentheses()?;
            } else if self.words(&["PRIMARY", "KEY"]) {
                self.words(&["NOT", "ENFORCED"]);
            } else if self.is_word("REFERENCES") || self.is_word("GENERATED") || self.is_word("AS") {
                return Err(Failure::lacks("A generated or referencing column", place));
            } else {
                return Ok(ColumnDef { name, kind, required, default });
            }
        }
    }

    fn create_table(&mut self, replace: bool) -> Result<Option<Statement>, Failure> {
        let if_not_exists = self.exists_not();
        let table = self.path()?;
        let mut columns = Vec::new();
        if self.symbol("(") {
            while !self.is_symbol(")") {
                let constraint = self.is_word("CONSTRAINT")
                    || (self.is_word("PRIMARY") && self.is_word_at(1, "KEY"))
                    || (self.is_word("FOREIGN") && self.is_word_at(1, "KEY"));
                if constraint {
                    // Google does not enforce them either.
                    while !self.is_symbol(",") && !self.is_symbol(")") && !self.ended() {
                        match self.is_symbol("(") {
                            true => self.skip_parentheses()?,
                            false => self.advance(),
                        }
                    }
                } else {
                    columns.push(self.column()?);
                }
                if !self.symbol(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        for word in ["LIKE", "COPY", "CLONE", "DEFAULT"] {
            if self.is_word(word) {
                return Err(Failure::lacks(format!("CREATE TABLE … {word}"), self.place()));
            }
        }
        if self.words(&["PARTITION", "BY"]) {
            self.list(|it| it.expr())?;
        }
        if self.words(&["CLUSTER", "BY"]) {
            self.list(|it| it.expr())?;
        }
        if self.word("OPTIONS") {
            self.skip_parentheses()?;
        }
        let query = if self.word("AS") { Some(self.query()?) } else { None };
        Ok(Some(Statement::CreateTable { table, columns, query, replace, if_not_exists }))
    }

    fn create_function(&mut self) -> Result<Option<Statement>, Failure> {
        self.exists_not();
        let mut path: Path = self.path()?;
        let Some(name) = path.pop() else { return Ok(None) };
        if !path.is_empty() {
            return Ok(None);
        }
        self.expect("(")?;
        let arguments = match self.is_symbol(")") {
            true => Vec::new(),
            false => self.list(|it| {
                let name = it.name()?;
                let any = it.words(&["ANY", "TYPE"]);
                let kind = if any { None } else { Some(it.type_name()?) };
                if it.is_word("DEFAULT") {
                    return Err(Failure::lacks("DEFAULT of an argument", it.place()));
                }
                Ok((name, kind))
            })?,
        };
        self.expect(")")?;
        let returns = if self.word("RETURNS") { Some(self.type_name()?) } else { None };
        if !self.word("AS") || !self.is_symbol("(") {
            return Ok(None);
        }
        self.expect("(")?;
        let body = self.expr()?;
        self.expect(")")?;
        Ok(Some(Statement::CreateFunction(FunctionDef { name, arguments, returns, body })))
    }

    fn drop_statement(&mut self) -> Result<Option<Statement>, Failure> {
        let view = match (self.word("TABLE"), self.words(&["MATERIALIZED", "VIEW"]), self.word("VIEW")) {
            (true, _, _) if !self.is_word("FUNCTION") => false,
            (false, true, _) | (false, false, true) => true,
            (_, _, _) => return Ok(None),
        };
        let if_exists = self.words(&["IF", "EXISTS"]);
        Ok(Some(Statement::Drop { name: self.path()?, view, if_exists }))
    }

    fn alter(&mut self) -> Result<Option<Statement>, Failure> {
        self.words(&["IF", "EXISTS"]);
        let table = self.path()?;
        let mut changes = Vec::new();
        loop {
            let at: Place = self.place();
            if self.words(&["ADD", "COLUMN"]) {
                let if_not_exists = self.exists_not();
                changes.push(Alter::Add(self.column()?, if_not_exists));
            } else if self.words(&["DROP", "COLUMN"]) {
                let if_exists = self.words(&["IF", "EXISTS"]);
                changes.push(Alter::Drop(self.name()?, if_exists));
            } else {
                let words: Vec<String> = (0..2)
                    .filter_map(|ahead| match self.kind_at(ahead) {
                        Kind::Word(word) => Some(word.to_ascii_uppercase()),
                        _ => None,
                    })
                    .collect();
                return match ["SET", "RENAME", "ALTER", "ADD", "DROP"]
                    .contains(&words.first().map_or("", String::as_str))
                {
                    true => Err(Failure::lacks(format!("ALTER TABLE … {}", words.join(" ")), at)),
                    false => Err(self.unexpected()),
                };
            }
            if !self.symbol(",") {
                break;
            }
        }
        Ok(Some(Statement::Alter { table, changes }))
    }
}
