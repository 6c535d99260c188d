//! Names of types.

use super::super::failure::Failure;
use super::ast::{Name, TypeName, TypeNode};
use super::lexer::Kind;
use super::parser::Parser;

impl Parser {
    pub(super) fn struct_fields(&mut self) -> Result<Vec<(Option<Name>, TypeName)>, Failure> {
        if self.symbol("<>") {
            return Ok(Vec::new());
        }
        self.expect("<")?;
        let mut fields = Vec::new();
        if !self.is_symbol(">") && !self.is_symbol(">>") {
            fields = self.list(|it| {
                // A field has a name if a type follows it.
                let named = matches!(it.kind_at(1), Kind::Word(_) | Kind::Quoted(_));
                let name = if named { it.any_name(true) } else { None };
                let kind = it.type_name()?;
                // What a column may have besides.
                if it.words(&["NOT", "NULL"]) || it.word("OPTIONS") {
                    return Err(Failure::lacks("A constraint or option of a field", it.place()));
                }
                Ok((name, kind))
            })?;
        }
        self.expect_close()?;
        Ok(fields)
    }

    pub(super) fn type_name(&mut self) -> Result<TypeName, Failure> {
        self.nested(|it| it.type_of())
    }

    fn type_of(&mut self) -> Result<TypeName, Failure> {
        let at = self.place();
        let node = if self.is_word("ARRAY") && self.is_symbol_at(1, "<") {
            self.advance();
            self.advance();
            let of = self.type_name()?;
            self.expect_close()?;
            TypeNode::Array(Box::new(of))
        } else if self.is_word("STRUCT") && (self.is_symbol_at(1, "<") || self.is_symbol_at(1, "<>")) {
            self.advance();
            TypeNode::Struct(self.struct_fields()?)
        } else if self.is_word("RANGE") && self.is_symbol_at(1, "<") {
            self.advance();
            self.advance();
            let of = self.type_name()?;
            self.expect_close()?;
            TypeNode::Range(Box::new(of))
        } else if self.word("INTERVAL") {
            TypeNode::Plain("INTERVAL".to_owned(), Vec::new())
        } else {
            let mut path = self.path()?;
            let first = path.remove(0);
            if !path.is_empty() {
                let rest: Vec<String> = path.into_iter().map(|it| it.text).collect();
                return Ok(TypeName {
                    at,
                    node: TypeNode::Other(format!("{}.{}", first.text, rest.join("."))),
                });
            }
            let mut parameters = Vec::new();
            if self.symbol("(") {
                parameters = self.list(|it| it.expr())?;
                self.expect(")")?;
            }
            TypeNode::Plain(first.text, parameters)
        };
        if self.is_word("COLLATE") {
            return Err(Failure::lacks("COLLATE", self.place()));
        }
        Ok(TypeName { at, node })
    }
}
