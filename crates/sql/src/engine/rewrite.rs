//! Turns a query of BigQuery's dialect into one that DataFusion plans.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use datafusion::logical_expr::ScalarUDF;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, Query, Select, SelectItem, SetExpr, SetQuantifier, TableFactor, ValueTableMode,
    VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::failure::Failure;
use super::functions::Function;
use super::syntax::{alias, call, ident, item, object, parts};
use super::tables::Table;
use super::{Catalog, Found, Scope, TableName, tables, unnest};
use crate::cell::Cell;
use crate::types::Type;

/// How deep views may read views.
const DEEPEST: usize = 16;

pub struct Rewriter<'a> {
    pub catalog: &'a dyn Catalog,
    pub scope: &'a Scope<'a>,
    /// Tables that the query reads, by the name under which DataFusion gets them.
    pub tables: BTreeMap<String, Table>,
    /// Functions made for this query, and all others, by name.
    pub functions: HashMap<String, ScalarUDF>,
    /// How names were spelled, by their lower case.
    pub spelled: HashMap<String, String>,
    /// Names of `WITH`, while inside.
    with: HashSet<String>,
    /// The columns of relations, by the relation's name: a name alone may mean the whole row.
    rows: HashMap<String, Vec<String>>,
    /// How many queries the present one is in.
    pub depth: usize,
    /// Views that were opened.
    views: usize,
    pub(super) positional: usize,
    fresh: usize,
}

type Flow = ControlFlow<Failure>;

impl<'a> Rewriter<'a> {
    pub fn new(
        catalog: &'a dyn Catalog,
        scope: &'a Scope<'a>,
        functions: HashMap<String, ScalarUDF>,
    ) -> Rewriter<'a> {
        Rewriter {
            catalog,
            scope,
            tables: BTreeMap::new(),
            functions,
            spelled: HashMap::new(),
            with: HashSet::new(),
            rows: HashMap::new(),
            depth: 0,
            views: 0,
            positional: 0,
            fresh: 0,
        }
    }

    /// Makes a function known under its name and answers the name.
    pub fn register(&mut self, function: Function) -> String {
        let name = function.name.clone();
        self.functions.entry(name.clone()).or_insert_with(|| function.udf());
        name
    }

    /// A name that no query has.
    pub fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("$u{}", self.fresh)
    }

    /// A constant of any type, as a call without arguments.
    pub fn constant(&mut self, cell: Cell, kind: Type) -> Expr {
        let name = format!("$constant {}", self.functions.len());
        let function = Function::of(&name, kind, move |_, _| Ok(cell.clone())).lenient();
        call(self.register(function), Vec::new())
    }

    pub(super) fn spell(&mut self, name: &str) {
        self.spelled.entry(name.to_lowercase()).or_insert_with(|| name.to_owned());
    }

    /// Names the columns that have none, as BigQuery does.
    fn name_columns(&mut self, select: &mut Select) {
        let mut unnamed = 0;
        let relations: HashSet<String> = unnest::aliases(select);
        for item in &mut select.projection {
            let SelectItem::UnnamedExpr(expr) = item else { continue };
            let name = match expr {
                Expr::Identifier(_) if !is_parameter(expr) => None,
                Expr::CompoundIdentifier(names)
                    if names.len() == 2 && relations.contains(&names[0].value.to_lowercase()) =>
                {
                    None
                }
                Expr::CompoundIdentifier(names) => names.last().map(|it| it.value.clone()),
                Expr::CompoundFieldAccess { access_chain, .. } => match access_chain.last() {
                    Some(AccessExpr::Dot(Expr::Identifier(name))) => Some(name.value.clone()),
                    Some(_) | None => Some(next(&mut unnamed)),
                },
                _ => Some(next(&mut unnamed)),
            };
            if let Some(name) = name {
                self.spell(&name);
                *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: ident(name.to_lowercase()) };
            }
        }
    }

    /// Notes the columns of the tables that a query reads, by the names it gives them.
    fn note_rows(&mut self, select: &Select) -> Result<(), Failure> {
        let joined = select
            .from
            .iter()
            .flat_map(|it| std::iter::once(&it.relation).chain(it.joins.iter().map(|it| &it.relation)));
        for factor in joined {
            let TableFactor::Table { name, alias, .. } = factor else { continue };
            let names = parts(name);
            let Some(shown) =
                alias.as_ref().map(|it| it.name.value.clone()).or_else(|| names.last().cloned())
            else {
                continue;
            };
            let Ok(wanted) = self.scope.resolve(&names) else { continue };
            if let Some(Found::Rows { fields, .. }) = self.catalog.find(&wanted).map_err(Failure::internal)? {
                self.rows.insert(shown.to_lowercase(), fields.into_iter().map(|it| it.name).collect());
            }
        }
        Ok(())
    }

    /// The struct of a whole row, if a name means that: no column of any table has it.
    pub(super) fn whole_row(&mut self, name: &Ident) -> Option<Expr> {
        let key = name.value.to_lowercase();
        let columns = self.rows.get(&key)?.clone();
        if self.rows.values().flatten().any(|it| it.to_lowercase() == key) || self.spelled.contains_key(&key)
        {
            return None;
        }
        let of =
            |column: &str| Expr::CompoundIdentifier(vec![ident(key.clone()), ident(column.to_lowercase())]);
        let values = columns.iter().map(|it| (it.clone(), of(it))).collect();
        Some(self.structure(values, Vec::new()))
    }

    fn select(&mut self, select: &mut Select) -> Result<(), Failure> {
        self.note_rows(select)?;
        self.name_columns(select);
        for item in &mut select.projection {
            if let SelectItem::ExprWithAlias { alias, .. } = item {
                self.spell(&alias.value.clone());
                lower(alias);
            }
            if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item {
                if let Some(except) = &mut options.opt_except {
                    lower(&mut except.first_element);
                    except.additional_elements.iter_mut().for_each(lower);
                }
                for replaced in options.opt_replace.iter_mut().flat_map(|it| &mut it.items) {
                    lower(&mut replaced.column_name);
                }
            }
        }
        unnest::rewrite(self, select)
    }

    /// `SELECT AS STRUCT a, b` selects one struct.
    fn as_struct(&mut self, select: &mut Select) -> Result<(), Failure> {
        let mode = select.value_table_mode.take();
        if !mode.is_some_and(|it| matches!(it, ValueTableMode::AsStruct | ValueTableMode::DistinctAsStruct)) {
            return Ok(());
        }
        let mut values = Vec::new();
        for item in &select.projection {
            let (expr, name) = match item {
                SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), alias.value.clone()),
                SelectItem::UnnamedExpr(expr) => (expr.clone(), last_name(expr).unwrap_or_default()),
                _ => return Err(Failure::unsupported("SELECT AS STRUCT *")),
            };
            values.push((name, expr));
        }
        let made = self.structure(values, Vec::new());
        select.projection = vec![item(made, "f0_")];
        Ok(())
    }

    /// Puts a table under a name that is its own in the place of one that BigQuery resolves.
    fn table(&mut self, factor: &mut TableFactor) -> Result<(), Failure> {
        let TableFactor::Table { name, alias: given, args, version, sample, .. } = factor else {
            return Ok(());
        };
        let location =
            name.0.first().and_then(|it| it.as_ident()).map_or(Location::empty(), |it| it.span.start);
        if args.is_some() {
            return Err(Failure::at(format!("Table-valued function not found: {name}"), location));
        }
        if version.is_some() {
            return Err(Failure::unsupported("FOR SYSTEM_TIME AS OF"));
        }
        if sample.is_some() {
            return Err(Failure::unsupported("TABLESAMPLE"));
        }
        if let Some(given) = given {
            lower(&mut given.name);
        }
        let names = parts(name);
        if names.len() == 1
            && (self.with.contains(&names[0].to_lowercase()) || self.tables.contains_key(&names[0]))
        {
            *name = object(names[0].to_lowercase());
            return Ok(());
        }
        let shown = names.last().map(|it| it.to_lowercase()).unwrap_or_default();
        if given.is_none() {
            *given = Some(alias(shown));
        }
        if let Some(table) = tables::information(self, &names)? {
            let key = names.join(".").to_lowercase();
            *name = object(&key);
            self.tables.insert(key, table);
            return Ok(());
        }
        let wanted = self.scope.resolve(&names).map_err(|message| Failure::at(message, location))?;
        let key = wanted.to_string();
        if !self.tables.contains_key(&key) {
            match self.catalog.find(&wanted).map_err(Failure::internal)? {
                Some(Found::Rows { fields, segments }) => {
                    let table = tables::load(self.catalog, &wanted, fields, &segments)?;
                    for field in &table.fields {
                        self.spell(&field.name);
                    }
                    self.tables.insert(key.clone(), table);
                }
                Some(Found::View { query }) => {
                    self.views += 1;
                    if self.views > DEEPEST {
                        return Err(Failure::query("Too many levels of nested views"));
                    }
                    let parsed = super::parse_query(&query)?;
                    *factor = super::syntax::derived(parsed, given.take());
                    return Ok(());
                }
                None => return Err(self.missing(&wanted)),
            }
        }
        *name = object(key);
        Ok(())
    }

    pub fn missing(&self, wanted: &TableName) -> Failure {
        let elsewhere = &self.scope.location;
        match self.catalog.dataset(&wanted.project, &wanted.dataset) {
            Ok(None) => Failure::not_found(format!(
                "Not found: Dataset {}:{} was not found in location {elsewhere}",
                wanted.project, wanted.dataset
            )),
            Ok(Some(location)) => {
                Failure::not_found(format!("Not found: Table {wanted} was not found in location {location}"))
            }
            Err(error) => Failure::internal(error),
        }
    }
}

fn next(unnamed: &mut usize) -> String {
    *unnamed += 1;
    format!("f{}_", *unnamed - 1)
}

fn is_parameter(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(name) if name.value.starts_with('@'))
}

/// The name that an expression has of itself.
pub fn last_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => names.last().map(|it| it.value.clone()),
        _ => None,
    }
}

/// Quoted names are taken as they are by DataFusion: ours are in lower case.
pub fn lower(name: &mut Ident) {
    if name.value.starts_with('$') {
        return;
    }
    name.value = name.value.to_lowercase();
    name.quote_style = Some('`');
}

fn flow(result: Result<(), Failure>) -> Flow {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(failure) => ControlFlow::Break(failure),
    }
}

impl VisitorMut for Rewriter<'_> {
    type Break = Failure;

    fn pre_visit_query(&mut self, query: &mut Query) -> Flow {
        self.depth += 1;
        if !query.pipe_operators.is_empty() {
            return ControlFlow::Break(Failure::unsupported("pipe syntax"));
        }
        for table in query.with.iter_mut().flat_map(|it| &mut it.cte_tables) {
            self.with.insert(table.alias.name.value.to_lowercase());
            lower(&mut table.alias.name);
        }
        flow(self.set(&mut query.body))
    }

    fn post_visit_query(&mut self, query: &mut Query) -> Flow {
        self.depth -= 1;
        if let SetExpr::Select(select) = query.body.as_mut()
            && let Err(failure) = self.as_struct(select)
        {
            return ControlFlow::Break(failure);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Flow {
        if let TableFactor::Derived { alias: Some(alias), .. } = factor {
            lower(&mut alias.name);
        }
        flow(self.table(factor))
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Flow {
        flow(self.expr(expr))
    }
}

impl Rewriter<'_> {
    fn set(&mut self, body: &mut SetExpr) -> Result<(), Failure> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::SetOperation { left, right, set_quantifier, .. } => {
                // UNION DISTINCT is what plain UNION means elsewhere.
                if *set_quantifier == SetQuantifier::Distinct {
                    *set_quantifier = SetQuantifier::None;
                }
                self.set(left)?;
                self.set(right)
            }
            _ => Ok(()),
        }
    }
}
