//! Expressions.

use super::super::failure::{Failure, Place};
use super::ast::{Binary, Comparison, Expr, Node, Quantifier, Set, Truth, TypeName, TypeNode, Unary};
use super::calls::plain_call;
use super::lexer::Kind;
use super::parser::Parser;

fn expr(at: Place, node: Node) -> Expr {
    Expr { at, node: Box::new(node) }
}

/// Operators from those that bind least.
const LEVELS: &[&[(&str, Binary)]] = &[
    &[("|", Binary::BitOr)],
    &[("^", Binary::BitXor)],
    &[("&", Binary::BitAnd)],
    &[("<<", Binary::ShiftLeft), (">>", Binary::ShiftRight)],
    &[("+", Binary::Add), ("-", Binary::Subtract)],
    &[("*", Binary::Multiply), ("/", Binary::Divide), ("||", Binary::Concat)],
];

/// Functions that are called without parentheses.
const BARE: &[&str] = &["CURRENT_DATE", "CURRENT_TIME", "CURRENT_DATETIME", "CURRENT_TIMESTAMP"];

impl Parser {
    pub(super) fn expr(&mut self) -> Result<Expr, Failure> {
        self.nested(|it| it.either())
    }

    fn either(&mut self) -> Result<Expr, Failure> {
        self.terms("OR", Parser::all, Node::Or)
    }

    fn all(&mut self) -> Result<Expr, Failure> {
        self.terms("AND", Parser::negation, Node::And)
    }

    /// Terms with a word between them: one node however many they are, so that none is too deep.
    fn terms(
        &mut self,
        word: &str,
        term: fn(&mut Parser) -> Result<Expr, Failure>,
        node: fn(Vec<Expr>) -> Node,
    ) -> Result<Expr, Failure> {
        let at = self.place();
        let first = term(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.word(word) {
            terms.push(term(self)?);
        }
        Ok(expr(at, node(terms)))
    }

    fn negation(&mut self) -> Result<Expr, Failure> {
        let at = self.place();
        let mut count = 0_usize;
        while self.is_word("NOT") {
            self.advance();
            count += 1;
        }
        let mut inner = self.comparison()?;
        // Two and four of them are the same.
        let nots = if count > 2 { 2 - count % 2 } else { count };
        for _ in 0..nots {
            inner = expr(at, Node::Not(inner));
        }
        Ok(inner)
    }

    fn comparison(&mut self) -> Result<Expr, Failure> {
        let at = self.place();
        let left = self.chain(0)?;
        let operator = match self.kind() {
            Kind::Symbol("=") => Some(Comparison::Equal),
            Kind::Symbol("!=" | "<>") => Some(Comparison::NotEqual),
            Kind::Symbol("<") => Some(Comparison::Less),
            Kind::Symbol("<=") => Some(Comparison::LessOrEqual),
            Kind::Symbol(">") => Some(Comparison::Greater),
            Kind::Symbol(">=") => Some(Comparison::GreaterOrEqual),
            _ => None,
        };
        if let Some(operator) = operator {
            self.advance();
            let right = self.chain(0)?;
            return Ok(expr(at, Node::Compare(operator, left, right)));
        }
        if self.word("IS") {
            let negated = self.word("NOT");
            if self.words(&["DISTINCT", "FROM"]) {
                let right = self.chain(0)?;
                return Ok(expr(at, Node::Distinct { left, right, negated }));
            }
            let truth = match self.kind() {
                Kind::Word(word) => match word.to_ascii_uppercase().as_str() {
                    "NULL" => Truth::Null,
                    "TRUE" => Truth::True,
                    "FALSE" => Truth::False,
                    "UNKNOWN" => Truth::Unknown,
                    _ => return Err(self.unexpected()),
                },
                _ => return Err(self.unexpected()),
            };
            self.advance();
            return Ok(expr(at, Node::Is { value: left, truth, negated }));
        }
        let negated = self.is_word("NOT")
            && (self.is_word_at(1, "IN") || self.is_word_at(1, "LIKE") || self.is_word_at(1, "BETWEEN"));
        if negated {
            self.advance();
        }
        if self.word("BETWEEN") {
            let low = self.chain(0)?;
            self.expect_word("AND")?;
            let high = self.chain(0)?;
            return Ok(expr(at, Node::Between { value: left, low, high, negated }));
        }
        if self.word("IN") {
            let set = self.set()?;
            return Ok(expr(at, Node::In { value: left, set, negated }));
        }
        if self.word("LIKE") {
            let quantifier = match self.kind() {
                Kind::Word(word) => match word.to_ascii_uppercase().as_str() {
                    "ANY" | "SOME" => Some(Quantifier::Any),
                    "ALL" => Some(Quantifier::All),
                    _ => None,
                },
                _ => None,
            };
            if let Some(quantifier) = quantifier {
                self.advance();
                let set = self.set()?;
                return Ok(expr(at, Node::LikeSet { value: left, quantifier, set, negated }));
            }
            let pattern = self.chain(0)?;
            return Ok(expr(at, Node::Like { value: left, pattern, negated }));
        }
        Ok(left)
    }

    fn set(&mut self) -> Result<Set, Failure> {
        self.skip_hint();
        if self.word("UNNEST") {
            self.expect("(")?;
            let array = self.expr()?;
            self.expect(")")?;
            return Ok(Set::Unnest(array));
        }
        if self.opens_query() {
            self.advance();
            let query = self.query()?;
            self.expect(")")?;
            return Ok(Set::Query(query));
        }
        self.expect("(")?;
        let items = self.list(|it| it.expr())?;
        self.expect(")")?;
        Ok(Set::List(items))
    }

    /// An expression without comparisons.
    pub(super) fn operand(&mut self) -> Result<Expr, Failure> {
        self.chain(0)
    }

    fn chain(&mut self, level: usize) -> Result<Expr, Failure> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let at = self.place();
        let first = self.chain(level + 1)?;
        let mut rest = Vec::new();
        loop {
            let found = match self.kind() {
                Kind::Symbol(symbol) => operators.iter().find(|it| it.0 == *symbol),
                _ => None,
            };
            let Some((_, operator)) = found else { break };
            self.advance();
            // Each operation begins where the chain does, and so says its failure.
            rest.push((*operator, at, self.chain(level + 1)?));
        }
        Ok(if rest.is_empty() { first } else { expr(at, Node::Chain(first, rest)) })
    }

    fn unary(&mut self) -> Result<Expr, Failure> {
        let at = self.place();
        let operator = match self.kind() {
            Kind::Symbol("-") => Unary::Negative,
            Kind::Symbol("+") => Unary::Plus,
            Kind::Symbol("~") => Unary::BitNot,
            _ => return self.postfix(),
        };
        self.advance();
        // The least integer has no positive twin.
        if operator == Unary::Negative
            && let Kind::Integer(written) | Kind::Float(written) = self.kind()
        {
            let signed = format!("-{written}");
            let node = if matches!(self.kind(), Kind::Integer(_)) {
                Node::Integer(signed)
            } else {
                Node::Float(signed)
            };
            self.advance();
            return self.accesses(expr(at, node));
        }
        let inner = self.nested(|it| it.unary())?;
        Ok(expr(at, Node::Unary(operator, inner)))
    }

    fn postfix(&mut self) -> Result<Expr, Failure> {
        let first = self.primary()?;
        self.accesses(first)
    }

    fn accesses(&mut self, mut out: Expr) -> Result<Expr, Failure> {
        let mut count = 0;
        loop {
            let at = out.at;
            if self.is_symbol(".") && !self.is_symbol_at(1, "*") {
                self.advance();
                if self.is_symbol("(") {
                    return Err(Failure::lacks("A generalized field access", self.place()));
                }
                let Some(name) = self.any_name(true) else { return Err(self.unexpected()) };
                if self.is_symbol("(") {
                    return Err(Failure::lacks("A chained function call", name.at));
                }
                out = expr(at, Node::Dot(out, name));
            } else if self.symbol("[") {
                let index = self.expr()?;
                self.expect("]")?;
                out = expr(at, Node::Index(out, index));
            } else {
                return Ok(out);
            }
            count += 1;
            if count > super::parser::DEEPEST {
                return Err(self.too_deep());
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Failure> {
        let at = self.place();
        let simple = match self.kind() {
            Kind::Integer(it) => Some(Node::Integer(it.clone())),
            Kind::Float(it) => Some(Node::Float(it.clone())),
            Kind::Bytes(it) => Some(Node::Bytes(it.clone())),
            Kind::Parameter(it) => Some(Node::Parameter(it.clone())),
            Kind::System(it) => Some(Node::System(it.clone())),
            _ => None,
        };
        if let Some(node) = simple {
            self.advance();
            // Literals beside each other are one.
            if let Node::Bytes(mut bytes) = node {
                while let Kind::Bytes(more) = self.kind() {
                    bytes.extend_from_slice(more);
                    self.advance();
                }
                return Ok(expr(at, Node::Bytes(bytes)));
            }
            return Ok(expr(at, node));
        }
        if let Kind::Text(_) = self.kind() {
            let text = self.text_literal()?;
            return Ok(expr(at, Node::Text(text)));
        }
        if self.symbol("?") {
            self.positional += 1;
            return Ok(expr(at, Node::Positional(self.positional - 1)));
        }
        if self.is_symbol("(") {
            return self.parenthesis(at);
        }
        if self.symbol("[") {
            let items = if self.is_symbol("]") { Vec::new() } else { self.list(|it| it.expr())? };
            self.expect("]")?;
            return Ok(expr(at, Node::Array(None, items)));
        }
        let (word, quoted) = match self.kind() {
            Kind::Word(word) => (word.to_ascii_uppercase(), false),
            Kind::Quoted(_) => (String::new(), true),
            _ => return Err(self.unexpected()),
        };
        if !quoted && let Some(node) = self.keyword(&word, at)? {
            return Ok(expr(at, node));
        }
        self.named(at)
    }

    pub(super) fn text_literal(&mut self) -> Result<String, Failure> {
        let mut out = match self.kind() {
            Kind::Text(text) => text.clone(),
            _ => return Err(self.expected("string literal")),
        };
        self.advance();
        while let Kind::Text(more) = self.kind() {
            out.push_str(more);
            self.advance();
        }
        Ok(out)
    }

    fn parenthesis(&mut self, at: Place) -> Result<Expr, Failure> {
        if self.opens_query() {
            self.advance();
            let query = self.nested(|it| it.query())?;
            self.expect(")")?;
            return Ok(expr(at, Node::Subquery(Box::new(query))));
        }
        self.advance();
        let first = self.expr()?;
        if self.is_symbol(",") {
            let mut items = vec![(first, None)];
            while self.symbol(",") {
                items.push((self.expr()?, None));
            }
            self.expect(")")?;
            return Ok(expr(at, Node::Struct(None, items)));
        }
        self.expect(")")?;
        // Parentheses keep a name from being a path's start, and their own place.
        Ok(first)
    }

    /// What begins with a keyword; `None` if the word begins nothing special.
    fn keyword(&mut self, word: &str, at: Place) -> Result<Option<Node>, Failure> {
        let called = self.is_symbol_at(1, "(");
        let before_text = matches!(self.kind_at(1), Kind::Text(_));
        Ok(Some(match word {
            "NULL" => {
                self.advance();
                Node::Null
            }
            "TRUE" | "FALSE" => {
                self.advance();
                Node::Bool(word == "TRUE")
            }
            "DEFAULT" => {
                self.advance();
                Node::Default
            }
            "CASE" => {
                self.advance();
                self.case()?
            }
            "CAST" | "SAFE_CAST" if called => {
                self.advance();
                self.cast(word == "SAFE_CAST")?
            }
            "EXTRACT" if called => {
                self.advance();
                self.expect("(")?;
                let part = self.expr()?;
                self.expect_word("FROM")?;
                let value = self.expr()?;
                let zone = if self.words(&["AT", "TIME", "ZONE"]) { Some(self.expr()?) } else { None };
                self.expect(")")?;
                Node::Extract { part, value, zone }
            }
            "EXISTS" if called => {
                self.advance();
                self.expect("(")?;
                let query = self.nested(|it| it.query())?;
                self.expect(")")?;
                Node::Exists(Box::new(query))
            }
            "ARRAY" => {
                self.advance();
                self.array()?
            }
            "STRUCT" => {
                self.advance();
                self.structure()?
            }
            "INTERVAL" => {
                self.advance();
                let value = self.nested(|it| it.chain(0))?;
                let Some(from) = self.any_name(true) else { return Err(self.unexpected()) };
                let to = match self.word("TO") {
                    true => Some(self.any_name(true).ok_or_else(|| self.unexpected())?),
                    false => None,
                };
                Node::Interval(value, from, to)
            }
            "WITH" if called => {
                self.advance();
                self.advance();
                let mut bindings = Vec::new();
                loop {
                    let named =
                        matches!(self.kind(), Kind::Word(_) | Kind::Quoted(_)) && self.is_word_at(1, "AS");
                    if !named {
                        break;
                    }
                    let name = self.name()?;
                    self.expect_word("AS")?;
                    bindings.push((name, self.expr()?));
                    self.expect(",")?;
                }
                let body = self.expr()?;
                self.expect(")")?;
                Node::With(bindings, body)
            }
            "NEW" => return Err(Failure::lacks("NEW", at)),
            "DATE" | "TIME" | "DATETIME" | "TIMESTAMP" | "NUMERIC" | "DECIMAL" | "BIGNUMERIC"
            | "BIGDECIMAL" | "JSON"
                if before_text =>
            {
                self.advance();
                let text = self.text_literal()?;
                Node::Typed(TypeName { at, node: TypeNode::Plain(word.to_owned(), Vec::new()) }, text)
            }
            "RANGE" if self.is_symbol_at(1, "<") => {
                let kind = self.type_name()?;
                let text = self.text_literal()?;
                Node::Typed(kind, text)
            }
            _ if BARE.contains(&word) && !called => {
                let name = self.name()?;
                Node::Call(Box::new(plain_call(vec![name])))
            }
            _ => return Ok(None),
        }))
    }

    /// A name, a path or a call.
    fn named(&mut self, at: Place) -> Result<Expr, Failure> {
        // IF, LEFT and others are reserved, and functions.
        let callable = self.is_symbol_at(1, "(")
            && matches!(self.kind(), Kind::Word(word) if matches!(word.to_ascii_uppercase().as_str(),
                "IF" | "LEFT" | "RIGHT" | "GROUPING" | "RANGE" | "HASH" | "COLLATE"));
        let Some(first) = self.any_name(callable) else { return Err(self.unexpected()) };
        let mut path = vec![first];
        while self.is_symbol(".")
            && matches!(self.kind_at(1), Kind::Word(_) | Kind::Quoted(_))
            && path.len() < super::parser::DEEPEST
        {
            self.advance();
            path.extend(self.any_name(true));
        }
        if self.is_symbol("(") {
            let call = self.nested(|it| it.call(path))?;
            return Ok(expr(at, Node::Call(Box::new(call))));
        }
        let mut names = path.into_iter();
        let Some(first) = names.next() else { return Err(self.unexpected()) };
        let start = expr(at, Node::Name(first));
        Ok(names.fold(start, |of, name| expr(at, Node::Dot(of, name))))
    }

    fn case(&mut self) -> Result<Node, Failure> {
        let operand = if self.is_word("WHEN") { None } else { Some(self.expr()?) };
        let mut branches = Vec::new();
        while self.word("WHEN") {
            let condition = self.expr()?;
            self.expect_word("THEN")?;
            branches.push((condition, self.expr()?));
        }
        if branches.is_empty() {
            return Err(self.expected("keyword WHEN"));
        }
        let otherwise = if self.word("ELSE") { Some(self.expr()?) } else { None };
        self.expect_word("END")?;
        Ok(Node::Case { operand, branches, otherwise })
    }

    fn cast(&mut self, safe: bool) -> Result<Node, Failure> {
        self.expect("(")?;
        let value = self.expr()?;
        self.expect_word("AS")?;
        let to = self.type_name()?;
        let format = if self.word("FORMAT") { Some(self.expr()?) } else { None };
        let zone = if self.words(&["AT", "TIME", "ZONE"]) { Some(self.expr()?) } else { None };
        self.expect(")")?;
        Ok(Node::Cast { value, to, format, zone, safe })
    }

    fn array(&mut self) -> Result<Node, Failure> {
        if self.is_symbol("(") {
            if !self.opens_query() {
                self.advance();
                return Err(self.unexpected());
            }
            self.advance();
            let query = self.nested(|it| it.query())?;
            self.expect(")")?;
            return Ok(Node::ArrayQuery(Box::new(query)));
        }
        let kind = match self.symbol("<") {
            true => {
                let of = self.type_name()?;
                self.expect_close()?;
                Some(of)
            }
            false => None,
        };
        self.expect("[")?;
        let items = if self.is_symbol("]") { Vec::new() } else { self.list(|it| it.expr())? };
        self.expect("]")?;
        Ok(Node::Array(kind, items))
    }

    fn structure(&mut self) -> Result<Node, Failure> {
        let typed = self.is_symbol("<") || self.is_symbol("<>");
        let kind = if typed { Some(self.struct_fields()?) } else { None };
        self.expect("(")?;
        let items = match self.is_symbol(")") {
            true => Vec::new(),
            false => self.list(|it| {
                let value = it.expr()?;
                let alias = it.alias(false)?;
                Ok((value, alias))
            })?,
        };
        self.expect(")")?;
        Ok(Node::Struct(kind, items))
    }
}
