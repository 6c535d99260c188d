//! Plans and runs a rewritten query with DataFusion.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, FieldRef, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, TableReference, plan_err};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner};
use datafusion::logical_expr::{
    AggregateUDF, HigherOrderUDF, LogicalPlan, ScalarUDF, TableSource, WindowUDF,
};
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionConfig;
use datafusion::sql::planner::{NullOrdering, ParserOptions, SqlToRel};
use datafusion::sql::sqlparser::ast::{Query, Statement};

use super::functions::{self, Function};
use super::planner::Planner;
use super::tables::Table;
use super::{Scope, arrow};
use crate::cell::Cell;
use crate::types::{Field, Type};

/// DataFusion's own functions and rules, made once.
static BASE: LazyLock<SessionState> = LazyLock::new(|| {
    let mut config = SessionConfig::new().with_target_partitions(1).with_batch_size(8192);
    config.options_mut().sql_parser.dialect = datafusion::common::config::Dialect::BigQuery;
    SessionStateBuilder::new().with_config(config).with_default_features().build()
});

/// BigQuery's functions, made once; each with its `SAFE.` form.
static OURS: LazyLock<HashMap<String, ScalarUDF>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for safe in [true, false] {
        for mut function in functions::all() {
            if safe {
                function.name = format!("safe_{}", function.name);
                function = function.safe(true);
            }
            let name = function.name.clone();
            all.entry(name).or_insert_with(|| function.udf());
        }
    }
    all
});

/// Every function that a query may call, and what it may ask of its scope.
pub fn functions(scope: &Scope<'_>) -> HashMap<String, ScalarUDF> {
    let mut all = OURS.clone();
    let (now, user) = (scope.now, scope.user.clone());
    for function in [
        Function::of("$NOW", Type::Timestamp, move |_, _| Ok(Cell::Timestamp(now))),
        Function::of("$USER", Type::String, move |_, _| Ok(Cell::Text(user.clone()))),
    ] {
        all.insert(function.name.clone(), function.udf());
    }
    all
}

/// What a query yields.
pub struct Yielded {
    pub fields: Vec<Field>,
    pub rows: Vec<Vec<Cell>>,
    pub bytes: u64,
}

struct Provider<'a> {
    sources: HashMap<String, Arc<dyn TableSource>>,
    functions: &'a HashMap<String, ScalarUDF>,
    planners: Vec<Arc<dyn ExprPlanner>>,
}

impl ContextProvider for Provider<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        match self.sources.get(name.table()) {
            Some(source) => Ok(Arc::clone(source)),
            None => plan_err!("table '{name}' not found"),
        }
    }

    fn create_cte_work_table(&self, _: &str, schema: SchemaRef) -> Result<Arc<dyn TableSource>> {
        Ok(provider_as_source(Arc::new(MemTable::try_new(schema, vec![Vec::new()])?)))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.planners
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        let ours = self.functions.get(name).map(|it| Arc::new(it.clone()));
        ours.or_else(|| BASE.scalar_functions().get(name).cloned())
    }

    fn get_higher_order_meta(&self, _: &str) -> Option<Arc<HigherOrderUDF>> {
        None
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        BASE.aggregate_functions().get(name).cloned()
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        BASE.window_functions().get(name).cloned()
    }

    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn get_variable_field(&self, _: &[String]) -> Option<FieldRef> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        BASE.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udwf_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Bytes of the columns that a plan reads.
fn bytes_read(plan: &LogicalPlan, tables: &BTreeMap<String, Table>) -> Result<u64> {
    let mut bytes = 0;
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Some(table) = tables.get(scan.table_name.table()).filter(|it| it.name.is_some())
        {
            let all: Vec<usize> = (0..table.fields.len()).collect();
            for at in scan.projection.as_ref().unwrap_or(&all) {
                bytes += table.batches.iter().map(|it| arrow::size(it.column(*at))).sum::<u64>();
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(bytes)
}

/// Plans a query, and runs it unless it is only asked what it would read.
pub fn run(
    query: Query,
    tables: &BTreeMap<String, Table>,
    functions: &HashMap<String, ScalarUDF>,
    dry: bool,
) -> Result<Yielded> {
    let mut sources: HashMap<String, Arc<dyn TableSource>> = HashMap::new();
    for (name, table) in tables {
        let rows = MemTable::try_new(Arc::clone(&table.schema), vec![table.batches.clone()])?;
        sources.insert(name.clone(), provider_as_source(Arc::new(rows)));
    }
    let ours = |name: &str| -> Result<Arc<ScalarUDF>> {
        let found = functions.get(name).map(|it| Arc::new(it.clone()));
        found.ok_or_else(|| DataFusionError::Internal(format!("no function {name}")))
    };
    let own: Arc<dyn ExprPlanner> = Arc::new(Planner { divide: ours("$DIVIDE")?, concat: ours("CONCAT")? });
    let planners = std::iter::once(own).chain(BASE.expr_planners().iter().cloned()).collect();
    let provider = Provider { sources, functions, planners };
    let options = ParserOptions::new().with_default_null_ordering(NullOrdering::NullsMin);
    let planner = SqlToRel::new_with_options(&provider, options);
    let plan = planner.sql_statement_to_plan(Statement::Query(Box::new(query)))?;
    let fields = plan
        .schema()
        .fields()
        .iter()
        .map(|it| Field::new(it.name(), arrow::kind(it.data_type())))
        .collect::<Vec<_>>();
    let plan = BASE.optimize(&plan)?;
    let bytes = bytes_read(&plan, tables)?;
    if dry {
        return Ok(Yielded { fields, rows: Vec::new(), bytes });
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| DataFusionError::Internal(format!("no runtime: {error}")))?;
    let batches = runtime.block_on(async {
        let physical = BASE.query_planner().create_physical_plan(&plan, &BASE).await?;
        collect(physical, BASE.task_ctx()).await
    })?;
    let mut rows = Vec::new();
    for batch in &batches {
        rows.extend(arrow::rows(batch)?);
    }
    Ok(Yielded { fields, rows, bytes })
}
