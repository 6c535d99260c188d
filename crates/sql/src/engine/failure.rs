//! Why a query fails, in BigQuery's words and with the position.

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::functions::words;

/// What kind of failure it is: decides the API's `reason` and status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `invalidQuery`.
    Query,
    /// `notFound`.
    NotFound,
    /// `duplicate`.
    Duplicate,
    /// `notImplemented`: BigQuery can, this engine cannot.
    Unsupported,
    /// Rows could not be read, or DataFusion is at fault.
    Internal,
}

/// A query's failure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub reason: Reason,
    pub message: String,
}

impl Failure {
    pub fn query(message: impl Into<String>) -> Failure {
        Failure { reason: Reason::Query, message: message.into() }
    }

    pub fn at(message: impl std::fmt::Display, location: Location) -> Failure {
        Failure::query(format!("{message}{}", position(location)))
    }

    pub fn not_found(message: impl Into<String>) -> Failure {
        Failure { reason: Reason::NotFound, message: message.into() }
    }

    pub fn unsupported(what: impl std::fmt::Display) -> Failure {
        Failure {
            reason: Reason::Unsupported,
            message: format!("The local BigQuery does not support {what}."),
        }
    }

    pub fn internal(message: impl std::fmt::Display) -> Failure {
        Failure { reason: Reason::Internal, message: message.to_string() }
    }
}

impl From<datafusion::arrow::error::ArrowError> for Failure {
    fn from(error: datafusion::arrow::error::ArrowError) -> Failure {
        Failure::internal(error)
    }
}

/// ` at [1:8]`; nothing for a piece of syntax that the query did not write.
pub fn position(location: Location) -> String {
    match location.line {
        0 => String::new(),
        line => format!(" at [{line}:{}]", location.column),
    }
}

/// BigQuery's reserved words: what the parser met that it did not expect is one or a name.
const RESERVED: &[&str] = &[
    "ALL",
    "AND",
    "ANY",
    "ARRAY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CREATE",
    "CROSS",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXTRACT",
    "FALSE",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IF",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MERGE",
    "NATURAL",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "QUALIFY",
    "RIGHT",
    "SELECT",
    "SET",
    "STRUCT",
    "TABLESAMPLE",
    "THEN",
    "TO",
    "TRUE",
    "UNION",
    "UNNEST",
    "USING",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

/// How BigQuery calls a token.
fn describe(token: &Token) -> String {
    match token {
        Token::EOF => "end of script".to_owned(),
        Token::Word(word) if word.quote_style.is_some() => format!("identifier `{}`", word.value),
        Token::Word(word) if RESERVED.contains(&word.value.to_uppercase().as_str()) => {
            format!("keyword {}", word.value.to_uppercase())
        }
        Token::Word(word) => format!("identifier \"{}\"", word.value),
        Token::Number(number, _) if number.contains('.') => format!("floating point literal \"{number}\""),
        Token::Number(number, _) => format!("integer literal \"{number}\""),
        Token::SingleQuotedString(text) => format!("string literal '{text}'"),
        Token::DoubleQuotedString(text) => format!("string literal \"{text}\""),
        other => format!("\"{other}\""),
    }
}

/// What BigQuery says where the parser stops.
pub fn syntax(error: &ParserError, tokens: &[TokenWithSpan], end: Location) -> Failure {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => "Query is nested too deeply",
    };
    let location = located(text).unwrap_or(end);
    let bare = text.rfind(" at Line:").map_or(text, |at| &text[..at]);
    if bare.starts_with("Unterminated string literal") {
        // The parser counts from behind the quote.
        let start = Location { line: location.line, column: location.column.saturating_sub(1) };
        return Failure::at("Syntax error: Unclosed string literal", start);
    }
    let visible = |it: &&TokenWithSpan| !matches!(it.token, Token::Whitespace(_));
    // The parser takes FROM for a column's name here, and stops later.
    let words: Vec<&TokenWithSpan> = tokens.iter().filter(visible).collect();
    let is = |it: &TokenWithSpan, word: &str| it.token.to_string().eq_ignore_ascii_case(word);
    if let Some(pair) = words.windows(2).find(|it| is(it[0], "SELECT") && is(it[1], "FROM")) {
        return Failure::at("Syntax error: Unexpected keyword FROM", pair[1].span.start);
    }
    let stopped = tokens.iter().filter(visible).find(|it| it.span.start == location);
    match (stopped, bare.contains("found: EOF")) {
        (_, true) => Failure::at("Syntax error: Unexpected end of script", end),
        (Some(token), _) if bare.contains("end of statement") => Failure::at(
            format!("Syntax error: Expected end of input but got {}", describe(&token.token)),
            location,
        ),
        (Some(token), _) => {
            Failure::at(format!("Syntax error: Unexpected {}", describe(&token.token)), location)
        }
        (None, _) => {
            Failure::at(format!("Syntax error: {}", bare.trim_start_matches("sql parser error: ")), location)
        }
    }
}

/// The location in a parser's message.
fn located(text: &str) -> Option<Location> {
    let rest = text.rsplit_once(" at Line: ")?.1;
    let (line, column) = rest.split_once(", Column: ")?;
    let digits = column.bytes().take_while(u8::is_ascii_digit).count();
    Some(Location { line: line.trim().parse().ok()?, column: column[..digits].parse().ok()? })
}

/// Where a name stands in a query for the first time.
pub fn find(tokens: &[TokenWithSpan], name: &str) -> Location {
    let found = tokens.iter().find(|it| match &it.token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(name),
        _ => false,
    });
    found.map_or(Location { line: 0, column: 0 }, |it| it.span.start)
}

/// How unlike two names are.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = before + usize::from(ca != *cb);
            before = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

/// What BigQuery says to what DataFusion says.
pub fn planned(error: &DataFusionError, tokens: &[TokenWithSpan]) -> Failure {
    if let DataFusionError::SchemaError(schema, _) = error.find_root() {
        match schema.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => {
                let location = find(tokens, &field.name);
                if let Some(relation) = &field.relation {
                    let message = format!("Name {} not found inside {}", field.name, relation.table());
                    return Failure::at(message, location);
                }
                let near = valid_fields
                    .iter()
                    .map(|it| (distance(&it.name, &field.name), it.name.as_str()))
                    .filter(|(far, name)| *far <= name.len() / 3 && !name.starts_with('$'))
                    .min();
                let hint = near.map_or_else(String::new, |(_, name)| format!("; Did you mean {name}?"));
                let written = tokens.iter().find_map(|it| match &it.token {
                    Token::Word(word) if word.value.eq_ignore_ascii_case(&field.name) => {
                        Some(word.value.as_str())
                    }
                    _ => None,
                });
                let written = written.unwrap_or(&field.name);
                return Failure::at(format!("Unrecognized name: {written}{hint}"), location);
            }
            SchemaError::AmbiguousReference { field } => {
                let message = format!("Column name {} is ambiguous", field.name);
                return Failure::at(message, find(tokens, &field.name));
            }
            SchemaError::DuplicateQualifiedField { name, .. }
            | SchemaError::DuplicateUnqualifiedField { name } => {
                return Failure::query(format!(
                    "Duplicate column names in the result are not supported. Found duplicate(s): {name}"
                ));
            }
        }
    }
    let text = error.to_string();
    if let Some(said) = words(&text) {
        let function =
            said.strip_prefix("No matching signature for function ").and_then(|it| it.split(' ').next());
        return match function {
            Some(function) => Failure::at(said, find(tokens, function)),
            None => Failure::query(said),
        };
    }
    if text.contains("must appear in the GROUP BY clause") || text.contains("must be part of GROUP BY") {
        let name = text.split('"').nth(1).unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
        return Failure::at(
            format!(
                "SELECT list expression references column {name} which is neither grouped nor aggregated"
            ),
            find(tokens, name),
        );
    }
    if text.contains("Projections require unique expression names") {
        let name = text.split(" AS ").nth(1).and_then(|it| it.split('"').next()).unwrap_or_default();
        return Failure::query(format!(
            "Duplicate column names in the result are not supported. Found duplicate(s): {name}"
        ));
    }
    let bare = error.strip_backtrace();
    let plain = bare.rsplit("caused by").next().unwrap_or(&bare).trim();
    let plain = plain.split_once(": ").map_or(plain, |(_, it)| it);
    Failure::query(plain.lines().next().unwrap_or(plain).to_owned())
}
