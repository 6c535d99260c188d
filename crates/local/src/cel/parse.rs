//! Reads expressions, and refuses those that use what is not known here.

use super::MOST_BYTES;
use super::functions::{self, Function};
use super::lex::{Kind, Token, tokens};
use super::value::Value;

/// How deep brackets may be nested: expressions are read by recursion, on threads with 2 MiB of stack.
const DEEPEST: usize = 24;

/// How deep the tree of an expression may be, which is evaluated by recursion.
const DEEPEST_TREE: usize = 64;

/// Why a text is no expression that can be evaluated here. Columns are bytes, from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParseError {
    #[error("it has more than {MOST_BYTES} bytes")]
    TooLong,
    #[error("it is empty")]
    Empty,
    #[error("it is nested too deeply at column {at}")]
    TooDeep { at: usize },
    #[error("{found} is not expected at column {at}")]
    Unexpected { found: String, at: usize },
    #[error("{found} stands at column {at} where {wanted} is expected")]
    Wanted { wanted: String, found: String, at: usize },
    #[error("the string at column {at} has no end")]
    OpenString { at: usize },
    #[error("the string has an unknown escape at column {at}")]
    Escape { at: usize },
    #[error("the number {text} at column {at} is too large")]
    Number { text: String, at: usize },
    #[error("undeclared reference to \"{name}\" at column {at}")]
    UnknownName { name: String, at: usize },
    #[error("the function \"{name}\" at column {at} is not known")]
    UnknownFunction { name: String, at: usize },
    #[error("the function \"{name}\" at column {at} takes {wanted}")]
    Arguments { name: String, wanted: &'static str, at: usize },
    #[error("{what} at column {at} is not supported")]
    Unsupported { what: String, at: usize },
    #[error("\"{pattern}\" at column {at} is no valid regular expression")]
    Pattern { pattern: String, at: usize },
    #[error(
        "the template \"{template}\" at column {at} must have exactly one part in braces, such as {{name}}"
    )]
    Template { template: String, at: usize },
    #[error("\"{text}\" at column {at} is no timestamp, such as 2026-01-31T00:00:00Z")]
    Timestamp { text: String, at: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
pub enum Expr {
    Literal(Value),
    Variable(&'static str),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Field(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    /// Whether a value has a field.
    Has(Box<Expr>, String),
    Not(Box<Expr>),
    /// Rows of `&&`, `||` and `+` are one level each, however long.
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Add(Vec<Expr>),
    /// Condition, value if it holds, value otherwise.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
}

impl Expr {
    /// The name of the type of its value, where the expression alone tells.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Expr::Literal(value) => Some(value.kind()),
            Expr::Variable(_) | Expr::Map(_) => Some("map"),
            Expr::List(_) => Some("list"),
            Expr::Field(..) | Expr::Index(..) => None,
            Expr::Has(..)
            | Expr::Not(_)
            | Expr::And(..)
            | Expr::Or(..)
            | Expr::Compare(..)
            | Expr::In(..) => Some("bool"),
            Expr::Conditional(_, a, b) => a.kind().filter(|it| b.kind() == Some(it)),
            Expr::Add(items) => items.iter().find_map(Expr::kind),
            Expr::Call(function, _) => Some(function.result()),
        }
    }

    /// The expressions that it is made of.
    fn parts(&self) -> Vec<&Expr> {
        match self {
            Expr::Literal(_) | Expr::Variable(_) => Vec::new(),
            Expr::List(items) | Expr::And(items) | Expr::Or(items) | Expr::Add(items) => {
                items.iter().collect()
            }
            Expr::Call(_, arguments) => arguments.iter().collect(),
            Expr::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Expr::Field(of, _) | Expr::Has(of, _) | Expr::Not(of) => vec![of],
            Expr::Index(a, b) | Expr::Compare(_, a, b) | Expr::In(a, b) => vec![a, b],
            Expr::Conditional(a, b, c) => vec![a, b, c],
        }
    }

    /// How many levels the tree has.
    fn depth(&self) -> usize {
        1 + self.parts().into_iter().map(Expr::depth).max().unwrap_or(0)
    }

    /// Whether its value depends on any variable.
    pub fn reads_variables(&self) -> bool {
        matches!(self, Expr::Variable(_)) || self.parts().into_iter().any(Expr::reads_variables)
    }
}

/// Reads an expression over these variables.
pub fn parse(text: &str, variables: &[&'static str]) -> Result<Expr, ParseError> {
    if text.len() > MOST_BYTES {
        return Err(ParseError::TooLong);
    }
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, variables };
    let expr = parser.conditional()?;
    match parser.next() {
        Token { kind: Kind::End, .. } => Ok(expr),
        other => Err(unexpected(&other)),
    }
}

fn unexpected(token: &Token) -> ParseError {
    ParseError::Unexpected { found: token.kind.shown(), at: token.at }
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    variables: &'a [&'static str],
}

impl Parser<'_> {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token { at: 0, kind: Kind::End })
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    /// Takes a sign if it is next.
    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek().kind, Kind::Sign(it) if it == sign);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Result<(), ParseError> {
        if self.take(sign) {
            return Ok(());
        }
        let Token { kind, at } = self.peek();
        Err(ParseError::Wanted { wanted: format!("\"{sign}\""), found: kind.shown(), at })
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ParseError>) -> Result<T, ParseError> {
        if self.depth >= DEEPEST {
            return Err(ParseError::TooDeep { at: self.peek().at });
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn conditional(&mut self) -> Result<Expr, ParseError> {
        self.nested(|it| {
            let condition = it.or()?;
            if !it.take("?") {
                return Ok(condition);
            }
            let yes = it.or()?;
            it.need(":")?;
            let no = it.conditional()?;
            Ok(Expr::Conditional(condition.into(), yes.into(), no.into()))
        })
    }

    /// An expression that is not too deep to become a part of another.
    fn bounded(&self, expr: Expr) -> Result<Expr, ParseError> {
        match expr.depth() > DEEPEST_TREE {
            true => Err(ParseError::TooDeep { at: self.peek().at }),
            false => Ok(expr),
        }
    }

    /// One operand, or a row of them with a sign between.
    fn row(
        &mut self,
        sign: &str,
        operand: fn(&mut Self) -> Result<Expr, ParseError>,
        build: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, ParseError> {
        let first = operand(self)?;
        if !self.take(sign) {
            return Ok(first);
        }
        let mut items = vec![first, operand(self)?];
        while self.take(sign) {
            items.push(operand(self)?);
        }
        Ok(build(items))
    }

    fn or(&mut self) -> Result<Expr, ParseError> {
        self.row("||", Self::and, Expr::Or)
    }

    fn and(&mut self) -> Result<Expr, ParseError> {
        self.row("&&", Self::relation, Expr::And)
    }

    fn relation(&mut self) -> Result<Expr, ParseError> {
        let mut left = self.sum()?;
        loop {
            let comparison = match self.peek().kind {
                Kind::Sign("==") => Some(Comparison::Equal),
                Kind::Sign("!=") => Some(Comparison::NotEqual),
                Kind::Sign("<") => Some(Comparison::Less),
                Kind::Sign("<=") => Some(Comparison::LessOrEqual),
                Kind::Sign(">") => Some(Comparison::Greater),
                Kind::Sign(">=") => Some(Comparison::GreaterOrEqual),
                Kind::Name(name) if name == "in" => None,
                _ => return Ok(left),
            };
            self.at += 1;
            let right = self.sum()?;
            left = self.bounded(match comparison {
                Some(comparison) => Expr::Compare(comparison, left.into(), right.into()),
                None => Expr::In(left.into(), right.into()),
            })?;
        }
    }

    fn sum(&mut self) -> Result<Expr, ParseError> {
        let sum = self.row("+", Self::unary, Expr::Add)?;
        match self.peek() {
            Token { kind: Kind::Sign(sign @ ("-" | "*" | "/" | "%")), at } => {
                Err(ParseError::Unsupported { what: format!("the operator \"{sign}\""), at })
            }
            _ => Ok(sum),
        }
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        let at = self.peek().at;
        if self.take("!") {
            return self.nested(|it| Ok(Expr::Not(it.unary()?.into())));
        }
        if self.take("-") {
            return match self.next().kind {
                Kind::Int(it) => Ok(Expr::Literal(Value::Int(-it))),
                Kind::Double(it) => Ok(Expr::Literal(Value::Double(-it))),
                _ => Err(ParseError::Unsupported { what: "the operator \"-\"".to_owned(), at }),
            };
        }
        self.member()
    }

    fn member(&mut self) -> Result<Expr, ParseError> {
        let mut value = self.primary()?;
        loop {
            if self.take("[") {
                let index = self.conditional()?;
                self.need("]")?;
                value = self.bounded(Expr::Index(value.into(), index.into()))?;
            } else if self.take(".") {
                value = self.selected(value)?;
            } else {
                return Ok(value);
            }
        }
    }

    /// The field or the method of a value behind a dot.
    fn selected(&mut self, value: Expr) -> Result<Expr, ParseError> {
        let token = self.next();
        let Kind::Name(name) = token.kind else {
            let found = token.kind.shown();
            return Err(ParseError::Wanted { wanted: "a name".to_owned(), found, at: token.at });
        };
        if !self.take("(") {
            return self.bounded(Expr::Field(value.into(), name));
        }
        let mut arguments = vec![value];
        arguments.extend(self.list(")")?);
        self.bounded(functions::method(name, arguments, token.at)?)
    }

    /// Expressions up to a closing bracket.
    fn list(&mut self, end: &str) -> Result<Vec<Expr>, ParseError> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.conditional()?);
            if !self.take(",") {
                self.need(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn primary(&mut self) -> Result<Expr, ParseError> {
        let token = self.next();
        let at = token.at;
        match token.kind {
            Kind::String(it) => Ok(Expr::Literal(Value::String(it))),
            Kind::Int(it) => Ok(Expr::Literal(Value::Int(it))),
            Kind::Double(it) => Ok(Expr::Literal(Value::Double(it))),
            Kind::Sign("(") => {
                let inner = self.conditional()?;
                self.need(")")?;
                Ok(inner)
            }
            Kind::Sign("[") => Ok(Expr::List(self.list("]")?)),
            Kind::Sign("{") => self.map(),
            Kind::Name(name) => match name.as_str() {
                "true" => Ok(Expr::Literal(Value::Bool(true))),
                "false" => Ok(Expr::Literal(Value::Bool(false))),
                "null" => Ok(Expr::Literal(Value::Null)),
                "has" if self.take("(") => self.has(at),
                _ if self.take("(") => functions::function(name, self.list(")")?, at),
                _ => match self.variables.iter().find(|it| **it == name) {
                    Some(known) => Ok(Expr::Variable(known)),
                    None => Err(ParseError::UnknownName { name, at }),
                },
            },
            kind @ (Kind::Sign(_) | Kind::End) => Err(unexpected(&Token { at, kind })),
        }
    }

    fn has(&mut self, at: usize) -> Result<Expr, ParseError> {
        let inner = self.conditional()?;
        self.need(")")?;
        match inner {
            Expr::Field(of, name) => Ok(Expr::Has(of, name)),
            _ => Err(ParseError::Arguments {
                name: "has".to_owned(),
                wanted: "a field, as in has(assertion.x)",
                at,
            }),
        }
    }

    fn map(&mut self) -> Result<Expr, ParseError> {
        let mut entries = Vec::new();
        while !self.take("}") {
            let key = self.conditional()?;
            self.need(":")?;
            entries.push((key, self.conditional()?));
            if !self.take(",") {
                self.need("}")?;
                break;
            }
        }
        Ok(Expr::Map(entries))
    }
}
