//! Builds pieces of syntax trees.

use datafusion::sql::sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, ObjectNamePart, Query, Select, SelectFlavor, SelectItem, SetExpr,
    TableAlias, TableFactor, TableWithJoins, Value, WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::ast::{GroupByExpr, helpers::attached_token::AttachedToken};

/// A name that is taken as it is.
pub fn ident(name: impl Into<String>) -> Ident {
    Ident::with_quote('`', name)
}

pub fn object(name: impl Into<String>) -> ObjectName {
    ObjectName(vec![ObjectNamePart::Identifier(ident(name))])
}

pub fn column(name: impl Into<String>) -> Expr {
    Expr::Identifier(ident(name))
}

pub fn text(value: impl Into<String>) -> Expr {
    Expr::Value(Value::SingleQuotedString(value.into()).into())
}

pub fn number(value: impl std::fmt::Display) -> Expr {
    Expr::Value(Value::Number(value.to_string(), false).into())
}

pub fn null() -> Expr {
    Expr::Value(Value::Null.into())
}

fn argument(expr: Expr) -> FunctionArg {
    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))
}

/// A call of a function.
pub fn call(name: impl Into<String>, arguments: Vec<Expr>) -> Expr {
    Expr::Function(Function {
        name: object(name),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None::<DuplicateTreatment>,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `CASE WHEN condition THEN result … ELSE otherwise END`.
pub fn case(branches: Vec<(Expr, Expr)>, otherwise: Option<Expr>) -> Expr {
    if branches.is_empty() {
        return otherwise.unwrap_or_else(null);
    }
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: branches
            .into_iter()
            .map(|(condition, result)| datafusion::sql::sqlparser::ast::CaseWhen { condition, result })
            .collect(),
        else_result: otherwise.map(Box::new),
    }
}

pub fn item(expr: Expr, alias: impl Into<String>) -> SelectItem {
    SelectItem::ExprWithAlias { expr, alias: ident(alias) }
}

pub fn everything() -> SelectItem {
    SelectItem::Wildcard(WildcardAdditionalOptions::default())
}

pub fn alias(name: impl Into<String>) -> TableAlias {
    TableAlias { explicit: true, name: ident(name), columns: Vec::new(), at: None }
}

pub fn relation(factor: TableFactor) -> TableWithJoins {
    TableWithJoins { relation: factor, joins: Vec::new() }
}

/// A table by its name.
pub fn table(name: ObjectName, alias: Option<TableAlias>) -> TableFactor {
    TableFactor::Table {
        name,
        alias,
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// A query in parentheses.
pub fn derived(query: Query, alias: Option<TableAlias>) -> TableFactor {
    TableFactor::Derived { lateral: false, subquery: Box::new(query), alias, sample: None }
}

/// `SELECT projection FROM from WHERE selection`.
pub fn select(projection: Vec<SelectItem>, from: Vec<TableWithJoins>, selection: Option<Expr>) -> Query {
    query(SetExpr::Select(Box::new(Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection,
        exclude: None,
        into: None,
        from,
        lateral_views: Vec::new(),
        prewhere: None,
        selection,
        connect_by: Vec::new(),
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    })))
}

pub fn query(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// The plain names of a dotted name; BigQuery lets quotes hold dots.
pub fn parts(name: &ObjectName) -> Vec<String> {
    let texts = name.0.iter().filter_map(ObjectNamePart::as_ident);
    texts.flat_map(|it| it.value.split('.').map(str::to_owned).collect::<Vec<_>>()).collect()
}
