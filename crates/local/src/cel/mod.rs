//! Evaluates the part of CEL that attribute mappings, attribute conditions and conditions of IAM bindings use.
//!
//! An expression that uses anything else does not parse, so that nothing is ever evaluated to a guess.
//! The language: <https://github.com/google/cel-spec/blob/master/doc/langdef.md>.

mod eval;
mod functions;
mod lex;
mod parse;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;

pub use eval::EvalError;
pub use parse::ParseError;
pub use value::Value;

use parse::Expr;

/// The most bytes of an expression.
const MOST_BYTES: usize = 4096;

/// What the variables of an expression stand for.
pub type Variables = BTreeMap<&'static str, Value>;

/// An expression that uses only what can be evaluated here.
#[derive(Clone, Debug)]
pub struct Expression(Expr);

impl Expression {
    /// Reads an expression over these variables.
    ///
    /// # Errors
    ///
    /// If it is no CEL, or uses a name, a function or an operator that is not known here; the error names it.
    pub fn parse(text: &str, variables: &[&'static str]) -> Result<Expression, ParseError> {
        parse::parse(text, variables).map(Expression)
    }

    /// Evaluates it.
    ///
    /// # Errors
    ///
    /// If a value lacks a field that is read, or has a type that an operator or a function does not take.
    pub fn evaluate(&self, variables: &Variables) -> Result<Value, EvalError> {
        eval::evaluate(&self.0, variables)
    }

    /// The name of the type of its value, where the expression alone tells.
    pub fn kind(&self) -> Option<&'static str> {
        self.0.kind()
    }

    /// Whether its value depends on any variable.
    pub fn reads_variables(&self) -> bool {
        self.0.reads_variables()
    }
}
