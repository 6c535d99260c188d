//! What all parts of the parser share: the tokens, how they are taken, and how deep they may nest.

use super::super::failure::{Failure, Place};
use super::ast::{Name, Path, Query, Statement};
use super::lexer::{Kind, Token, tokens};

/// How deep expressions, queries and types may nest. What reads, checks and runs them recurses this deep on a stack
/// that is made for it ([`super::super::STACK`]).
pub const DEEPEST: usize = 500;

/// Words that name nothing unless they are quoted.
const RESERVED: &str = " ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS \
CUBE CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM \
FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP MERGE \
NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP \
ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN ";

pub fn reserved(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    RESERVED.split(' ').any(|it| !it.is_empty() && it == upper)
}

pub(super) struct Parser {
    pub tokens: Vec<Token>,
    /// The place of the closing parenthesis of each opening one.
    closing: Vec<usize>,
    pub at: usize,
    depth: usize,
    pub positional: usize,
}

/// The statements of a text.
pub fn script(text: &str) -> Result<Vec<(Place, Statement)>, Failure> {
    let mut parser = Parser::new(text)?;
    let mut all = Vec::new();
    loop {
        while parser.symbol(";") {}
        if parser.ended() {
            break;
        }
        let at = parser.place();
        all.push((at, parser.statement()?));
        if !parser.symbol(";") && !parser.ended() {
            return Err(parser.expected_end());
        }
    }
    match all.is_empty() {
        true => Err(Failure::placed("Syntax error: Unexpected end of statement", parser.place())),
        false => Ok(all),
    }
}

/// A text that is one query: a view's.
pub fn query(text: &str) -> Result<Query, Failure> {
    let mut all = script(text)?;
    match (all.pop(), all.is_empty()) {
        (Some((_, Statement::Query(query))), true) => Ok(query),
        (_, _) => Err(Failure::query("A view must be a query")),
    }
}

impl Parser {
    fn new(text: &str) -> Result<Parser, Failure> {
        let tokens = tokens(text)?;
        let mut closing = vec![usize::MAX; tokens.len()];
        let mut open = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                Kind::Symbol("(") => open.push(at),
                Kind::Symbol(")") => {
                    if let Some(start) = open.pop() {
                        closing[start] = at;
                    }
                }
                _ => {}
            }
        }
        Ok(Parser { tokens, closing, at: 0, depth: 0, positional: 0 })
    }

    pub fn kind(&self) -> &Kind {
        self.kind_at(0)
    }

    pub fn kind_at(&self, ahead: usize) -> &Kind {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.at + ahead).min(last)].kind
    }

    pub fn place(&self) -> Place {
        Place(self.tokens[self.at.min(self.tokens.len() - 1)].at)
    }

    pub fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    pub fn ended(&self) -> bool {
        *self.kind() == Kind::End
    }

    pub fn is_symbol_at(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.kind_at(ahead), Kind::Symbol(it) if *it == symbol)
    }

    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.is_symbol_at(0, symbol)
    }

    /// Takes a symbol if it is next.
    pub fn symbol(&mut self, symbol: &str) -> bool {
        let is = self.is_symbol(symbol);
        if is {
            self.advance();
        }
        is
    }

    pub fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.kind_at(ahead), Kind::Word(it) if it.eq_ignore_ascii_case(word))
    }

    pub fn is_word(&self, word: &str) -> bool {
        self.is_word_at(0, word)
    }

    /// Takes a word if it is next.
    pub fn word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.advance();
        }
        is
    }

    /// Takes words if all of them are next.
    pub fn words(&mut self, words: &[&str]) -> bool {
        let are = words.iter().enumerate().all(|(ahead, word)| self.is_word_at(ahead, word));
        if are {
            words.iter().for_each(|_| self.advance());
        }
        are
    }

    pub fn expect(&mut self, symbol: &str) -> Result<(), Failure> {
        match self.symbol(symbol) {
            true => Ok(()),
            false => Err(self.expected(&format!("\"{symbol}\""))),
        }
    }

    pub fn expect_word(&mut self, word: &str) -> Result<(), Failure> {
        match self.word(word) {
            true => Ok(()),
            false => Err(self.expected(&format!("keyword {word}"))),
        }
    }

    /// Takes the `>` that ends a type; two of them may be one token.
    pub fn expect_close(&mut self) -> Result<(), Failure> {
        if self.is_symbol(">>") {
            let token = &mut self.tokens[self.at];
            token.kind = Kind::Symbol(">");
            token.at += 1;
            return Ok(());
        }
        self.expect(">")
    }

    /// How BigQuery calls the next token.
    fn described(&self) -> String {
        match self.kind() {
            Kind::End => "end of script".to_owned(),
            Kind::Quoted(name) => format!("identifier `{name}`"),
            Kind::Word(word) if reserved(word) => format!("keyword {}", word.to_ascii_uppercase()),
            Kind::Word(word) => format!("identifier \"{word}\""),
            Kind::Integer(number) => format!("integer literal \"{number}\""),
            Kind::Float(number) => format!("floating point literal \"{number}\""),
            Kind::Text(text) => format!("string literal {}", quoted(text)),
            Kind::Bytes(_) => "bytes literal".to_owned(),
            Kind::Parameter(name) => format!("\"@{name}\""),
            Kind::System(name) => format!("\"@@{name}\""),
            Kind::Symbol(symbol) => format!("\"{symbol}\""),
        }
    }

    pub fn unexpected(&self) -> Failure {
        Failure::placed(format!("Syntax error: Unexpected {}", self.described()), self.place())
    }

    pub fn expected(&self, wanted: &str) -> Failure {
        match self.kind() {
            Kind::End => self.unexpected(),
            _ => Failure::placed(
                format!("Syntax error: Expected {wanted} but got {}", self.described()),
                self.place(),
            ),
        }
    }

    pub fn expected_end(&self) -> Failure {
        self.expected("end of input")
    }

    /// Runs a part of the parser that may nest.
    pub fn nested<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        if self.depth >= DEEPEST {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let out = part(self);
        self.depth -= 1;
        out
    }

    pub fn too_deep(&self) -> Failure {
        Failure::placed(format!("Query is too complex: it nests deeper than {DEEPEST} levels"), self.place())
    }

    /// A name: a word that is not reserved, or anything in backquotes.
    pub fn name(&mut self) -> Result<Name, Failure> {
        match self.any_name(false) {
            Some(name) => Ok(name),
            None => Err(self.unexpected()),
        }
    }

    /// The next token as a name; `all`: a reserved word too.
    pub fn any_name(&mut self, all: bool) -> Option<Name> {
        let at = self.place();
        let name = match self.kind() {
            Kind::Word(word) if all || !reserved(word) => Name { text: word.clone(), at },
            Kind::Quoted(word) => Name { text: word.clone(), at },
            _ => return None,
        };
        self.advance();
        Some(name)
    }

    /// `AS name`, or a name alone where `bare` words may follow.
    pub fn alias(&mut self, bare: bool) -> Result<Option<Name>, Failure> {
        if self.word("AS") {
            return self.name().map(Some);
        }
        Ok(if bare { self.any_name(false) } else { None })
    }

    /// The path of a table or a function.
    pub fn path(&mut self) -> Result<Path, Failure> {
        let mut path = vec![self.name()?];
        while self.is_symbol(".") {
            self.advance();
            match self.any_name(true) {
                Some(name) => path.push(name),
                None => return Err(self.unexpected()),
            }
        }
        Ok(path)
    }

    /// Whether the parenthesis here opens a query and not an expression.
    pub fn opens_query(&self) -> bool {
        if !self.is_symbol("(") {
            return false;
        }
        let mut inner = 0;
        while self.is_symbol_at(inner, "(") {
            inner += 1;
        }
        let begins = self.is_word_at(inner, "SELECT")
            || self.is_word_at(inner, "FROM")
            || (self.is_word_at(inner, "WITH") && !self.is_symbol_at(inner + 1, "("));
        if !begins {
            return false;
        }
        // From the innermost out: what follows a query in parentheses tells whether the next pair holds a query too.
        (1..inner).rev().all(|level| {
            let close = self.closing[self.at + level];
            let Some(next) = close.checked_add(1).and_then(|it| self.tokens.get(it)) else { return true };
            match &next.kind {
                Kind::Symbol(")" | "|>") => true,
                Kind::Word(word) => {
                    let goes_on = ["UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "LEFT", "FULL", "INNER"];
                    goes_on.contains(&word.to_ascii_uppercase().as_str())
                }
                _ => false,
            }
        })
    }

    /// Items with commas between; the first is there.
    pub fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = vec![item(self)?];
        while self.symbol(",") {
            all.push(item(self)?);
        }
        Ok(all)
    }

    pub fn skip_hint(&mut self) {
        if self.is_symbol("@") && self.is_symbol_at(1, "{") {
            while !self.is_symbol("}") && !self.ended() {
                self.advance();
            }
            self.advance();
        }
    }
}

/// A text as a literal.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
