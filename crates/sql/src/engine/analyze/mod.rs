//! Finds out what the names and calls of a query mean, and makes a plan of it.

mod aggregates;
mod calls;
mod changes;
mod comparisons;
mod constructors;
mod expressions;
mod from;
mod grouping;
mod lists;
mod names;
mod pipes;
mod pivot;
mod select;
mod sets;
mod types;
mod windows;
mod with;

use std::cell::{Cell as Shared, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::coercion::Literal;
use super::failure::{Failure, Place, distance};
use super::plan::{AggregateCall, Plan, WindowCall, X};
use super::syntax::ast::{FunctionDef, Name, Window};
use super::tables::Segment;
use super::{Catalog, Scope, TableName};
use crate::types::{Field, Type};

pub(super) use changes::{Change, Clause, Merge, Then};
pub(super) use from::shown;

/// How deep views may read views.
const DEEPEST_VIEWS: usize = 16;
/// How many expressions a query may have, those of functions and views that it uses counted each time.
const MOST_NODES: usize = 2_000_000;

/// An expression and what is known of it.
#[derive(Clone, Debug)]
pub struct Typed {
    pub x: X,
    pub kind: Type,
    pub literal: Literal,
}

impl Typed {
    fn of(x: X, kind: Type) -> Typed {
        Typed { x, kind, literal: Literal::No }
    }
}

/// A column by a name.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub x: X,
    pub kind: Type,
    /// How the value was written, if a list of columns has just that.
    literal: Literal,
    /// The table that it is a column of, and which, to count what is read.
    origin: Option<(usize, usize)>,
}

/// What the name of a relation stands for.
#[derive(Clone, Debug)]
enum Variable {
    /// A row of several columns.
    Row(Vec<Column>),
    /// One value, such as an element of an array.
    Value(Column),
}

/// The names of a `FROM`.
#[derive(Clone, Debug, Default)]
pub struct Names {
    columns: Vec<Column>,
    variables: Vec<(String, Variable)>,
}

/// A table that is made up by a part of a query.
#[derive(Clone, Debug)]
pub struct Relation {
    pub plan: Plan,
    width: usize,
    names: Names,
    /// Whether its only column is what each row is.
    value: bool,
}

/// Aggregates and window functions that the expressions of a `SELECT` have.
#[derive(Default)]
struct Collected {
    aggregates: Vec<AggregateCall>,
    windows: Vec<WindowCall>,
    named: Vec<(Name, Window)>,
    /// Columns of the list that queries within a clause name: each is computed once, before the clause.
    lent: Vec<(usize, X)>,
    /// Names that were used for columns, and where, for errors.
    used: HashMap<usize, (String, Place)>,
}

/// Where an expression stands, and the names that it sees.
struct Sight<'s> {
    names: &'s Names,
    parent: Option<&'s Sight<'s>>,
    /// How many queries are around this one.
    depth: usize,
    collected: Option<&'s RefCell<Collected>>,
    /// What may not hold aggregates here: `WHERE clause`.
    clause: &'static str,
    /// What the list of the `SELECT` calls its columns.
    aliases: &'s [(String, Typed)],
    /// Whether an aggregate's arguments are being read, or a window function's.
    within: Shared<Within>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Nothing,
    Aggregate,
    Window,
}

impl<'s> Sight<'s> {
    fn new(names: &'s Names, parent: Option<&'s Sight<'s>>, clause: &'static str) -> Sight<'s> {
        Sight {
            names,
            parent,
            depth: parent.map_or(0, |it| it.depth + 1),
            collected: None,
            clause,
            aliases: &[],
            within: Shared::new(Within::Nothing),
        }
    }

    fn collecting(mut self, collected: &'s RefCell<Collected>) -> Sight<'s> {
        self.collected = Some(collected);
        self
    }

    fn aliased(mut self, aliases: &'s [(String, Typed)]) -> Sight<'s> {
        self.aliases = aliases;
        self
    }
}

/// A name of `WITH`.
#[derive(Clone, Debug)]
struct Cte {
    name: String,
    id: usize,
    columns: Vec<Field>,
    value: bool,
    /// Whether what it yields changes while the query runs.
    varies: bool,
}

/// A table that was opened.
struct Opened {
    name: Option<TableName>,
    segments: Vec<Arc<Segment>>,
    used: BTreeSet<usize>,
}

pub struct Analyzer<'a> {
    pub catalog: &'a dyn Catalog,
    pub scope: &'a Scope<'a>,
    opened: Vec<Opened>,
    ctes: Vec<Cte>,
    /// What `WITH(…)` and arguments of functions are bound to: the innermost last.
    locals: Vec<(String, usize, Type, Literal)>,
    functions: Vec<FunctionDef>,
    next_local: usize,
    next_id: usize,
    views: usize,
    nodes: usize,
    /// Whether something in the query that is being read depends on what varies.
    varies: bool,
    /// The outermost query that something refers to.
    reach: usize,
    positional: usize,
    /// The digits of floats that are written out, by the float; none where two are written differently.
    digits: HashMap<u64, Option<String>>,
}

impl<'a> Analyzer<'a> {
    pub fn new(catalog: &'a dyn Catalog, scope: &'a Scope<'a>) -> Analyzer<'a> {
        Analyzer {
            catalog,
            scope,
            opened: Vec::new(),
            ctes: Vec::new(),
            locals: Vec::new(),
            functions: Vec::new(),
            next_local: 0,
            next_id: 0,
            views: 0,
            nodes: 0,
            varies: false,
            reach: usize::MAX,
            positional: 0,
            digits: HashMap::new(),
        }
    }

    /// How many places for locals a run needs.
    pub fn locals(&self) -> usize {
        self.next_local
    }

    pub fn define(&mut self, function: FunctionDef) {
        self.functions.push(function);
    }

    /// Tables that were read.
    pub fn read(&self) -> Vec<TableName> {
        let mut all: Vec<TableName> = self.opened.iter().filter_map(|it| it.name.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Logical bytes of the columns that are read.
    pub fn bytes(&self) -> u64 {
        let mut columns: BTreeSet<(&TableName, usize)> = BTreeSet::new();
        let mut bytes = 0;
        for opened in &self.opened {
            let Some(name) = &opened.name else { continue };
            for column in &opened.used {
                if columns.insert((name, *column)) {
                    bytes += opened.segments.iter().filter_map(|it| it.sizes.get(*column)).sum::<u64>();
                }
            }
        }
        bytes
    }

    /// A whole query: its plan, and its columns as they are named.
    pub fn result(&mut self, query: &super::syntax::ast::Query) -> Result<(Plan, Vec<Field>), Failure> {
        let mut relation = self.query(query, None)?;
        if relation.value {
            // A struct of a value table is told by its fields.
            relation = relation.unnamed();
        }
        let all = relation.names.columns.clone();
        self.mark_all(&all);
        let relation = relation.compact();
        let fields = relation.fields();
        Ok((relation.plan, fields))
    }

    /// A query's rows as those of a table with these columns.
    pub fn fill(&mut self, plan: Plan, made: Vec<Field>, fields: &[Field]) -> Result<Plan, Failure> {
        self.filled(Relation::of(plan, made, false), fields)
    }

    /// The type of a column that is declared.
    pub fn column_type(&self, kind: &super::syntax::ast::TypeName) -> Result<Type, Failure> {
        self.type_of(kind)
    }

    fn id(&mut self) -> usize {
        self.next_id += 1;
        self.next_id - 1
    }

    fn count(&mut self, at: Place) -> Result<(), Failure> {
        self.nodes += 1;
        match self.nodes > MOST_NODES {
            true => Err(Failure::placed("Query is too complex: it has too many expressions", at)),
            false => Ok(()),
        }
    }

    fn mark(&mut self, column: &Column) {
        if let Some((table, at)) = column.origin {
            self.opened[table].used.insert(at);
        }
    }

    fn mark_all(&mut self, columns: &[Column]) {
        columns.iter().for_each(|it| self.mark(it));
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.to_lowercase() == b.to_lowercase()
}

/// What a name was found to be.
enum Found {
    Column(Column),
    Row(Vec<Column>),
}

impl Names {
    fn columns_named(&self, name: &str) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(move |it| !it.name.is_empty() && same(&it.name, name))
    }

    fn find(&self, name: &Name) -> Result<Option<Found>, Failure> {
        if let Some((_, variable)) = self.variables.iter().find(|it| same(&it.0, &name.text)) {
            return Ok(Some(match variable {
                Variable::Value(column) => Found::Column(column.clone()),
                Variable::Row(columns) => Found::Row(columns.clone()),
            }));
        }
        let mut found = self.columns_named(&name.text);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => {
                Err(Failure::placed(format!("Column name {} is ambiguous", name.text), name.at))
            }
            (Some(column), None) => Ok(Some(Found::Column(column.clone()))),
            (None, _) => Ok(None),
        }
    }

    /// The name that is most like one that is not there.
    fn nearest(&self, name: &str) -> Option<&str> {
        let wanted = name.to_lowercase();
        let names = self
            .columns
            .iter()
            .map(|it| it.name.as_str())
            .chain(self.variables.iter().map(|it| it.0.as_str()));
        names
            .filter(|it| !it.is_empty())
            .map(|it| (distance(&it.to_lowercase(), &wanted), it))
            .filter(|(far, it)| *far <= it.len() / 3)
            .min_by_key(|it| it.0)
            .map(|it| it.1)
    }

    /// These names with all columns `by` places further on.
    fn moved(mut self, by: usize) -> Names {
        let each = |column: &mut Column| {
            let Ok(()) = column.x.walk::<std::convert::Infallible>(0, &mut |x, depth| {
                if let (X::Column(slot), 0) = (&mut *x, depth) {
                    *slot += by;
                }
                Ok(true)
            });
        };
        self.columns.iter_mut().for_each(each);
        for (_, variable) in &mut self.variables {
            match variable {
                Variable::Row(columns) => columns.iter_mut().for_each(each),
                Variable::Value(column) => each(column),
            }
        }
        self
    }

    /// Names of both; columns of one name are ambiguous then.
    fn joined(mut self, other: Names) -> Names {
        self.columns.extend(other.columns);
        self.variables.extend(other.variables);
        self
    }
}

impl Relation {
    /// No table at all: one row without columns.
    fn nothing() -> Relation {
        Relation { plan: Plan::One, width: 0, names: Names::default(), value: false }
    }

    /// A relation whose columns are these, in this order.
    fn of(plan: Plan, fields: Vec<Field>, value: bool) -> Relation {
        let columns = fields.into_iter().enumerate().map(|(at, field)| Column {
            name: field.name,
            x: X::Column(at),
            kind: field.kind,
            literal: Literal::No,
            origin: None,
        });
        let columns: Vec<Column> = columns.collect();
        let width = columns.len();
        Relation { plan, width, names: Names { columns, variables: Vec::new() }, value }
    }

    fn fields(&self) -> Vec<Field> {
        self.names.columns.iter().map(|it| Field::new(&it.name, it.kind.clone())).collect()
    }

    /// The columns of a result in their places, nothing else.
    fn compact(self) -> Relation {
        let straight = self.names.columns.len() == self.width
            && self.names.columns.iter().enumerate().all(|(at, it)| it.x == X::Column(at));
        if straight {
            return self;
        }
        let fields = self.fields();
        let all = self.names.columns.into_iter().map(|it| it.x).collect();
        Relation::of(Plan::Project(Box::new(self.plan), all), fields, self.value)
    }

    /// Names this relation: what it is called stands for its row or its value.
    fn named(mut self, name: &str) -> Relation {
        if self.value
            && let Some(column) = self.names.columns.first().cloned()
        {
            let whole = Column { name: name.to_owned(), ..column };
            self.names.variables = vec![(name.to_owned(), Variable::Value(whole.clone()))];
            self.names.columns = expanded(&whole);
            return self;
        }
        self.names.variables = vec![(name.to_owned(), Variable::Row(self.names.columns.clone()))];
        self
    }

    /// A value table that has no name: its fields are columns.
    fn unnamed(mut self) -> Relation {
        if self.value
            && let Some(column) = self.names.columns.first().cloned()
        {
            self.names.columns = expanded(&column);
        }
        self
    }
}

/// The columns that a value shows: a struct's fields, or itself.
fn expanded(column: &Column) -> Vec<Column> {
    match &column.kind {
        Type::Struct(fields) => {
            let each = fields.iter().enumerate().map(|(at, field)| Column {
                name: field.name.clone(),
                x: X::Field(Box::new(column.x.clone()), at),
                kind: field.kind.clone(),
                literal: Literal::No,
                origin: column.origin,
            });
            each.collect()
        }
        _ => vec![column.clone()],
    }
}
