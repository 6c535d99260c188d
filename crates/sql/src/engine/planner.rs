//! What DataFusion asks about BigQuery's operators, now that it knows the types.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, DFSchema, Result, TableReference};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarUDF};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::arrow;
use super::functions::{cast, member, said};
use crate::types::Type;

/// Plans what is BigQuery's own.
#[derive(Debug)]
pub struct Planner {
    pub divide: Arc<ScalarUDF>,
    pub concat: Arc<ScalarUDF>,
}

fn called(function: &Arc<ScalarUDF>, arguments: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(function), arguments))
}

fn is_moment(kind: &Type) -> bool {
    matches!(kind, Type::Timestamp | Type::Datetime | Type::Date | Type::Time)
}

impl ExprPlanner for Planner {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = expr;
        let given = |it: &Expr| it.get_type(schema);
        let compares = matches!(
            op,
            BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq
        );
        match op {
            BinaryOperator::Divide => {
                return Ok(PlannerResult::Planned(called(&self.divide, vec![left, right])));
            }
            BinaryOperator::StringConcat => {
                return Ok(PlannerResult::Planned(called(&self.concat, vec![left, right])));
            }
            _ => {}
        }
        // A column that is not there is said where it is resolved, not here.
        let (Ok(a), Ok(b)) = (given(&left), given(&right)) else {
            return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
        };
        if compares && a != DataType::Null && b != DataType::Null {
            let (a, b) = (arrow::kind(&a), arrow::kind(&b));
            for kind in [&a, &b] {
                if matches!(kind, Type::Json | Type::Struct(_) | Type::Array(_))
                    && (a != b || *kind == Type::Json)
                {
                    let what = if op == BinaryOperator::Eq || op == BinaryOperator::NotEq {
                        "Equality"
                    } else {
                        "Less than"
                    };
                    return Err(said(format!("{what} is not defined for arguments of type {}", kind.sql())));
                }
            }
            let converted = |expr: Expr, to: &Type| called(&Arc::new(cast(to, false).udf()), vec![expr]);
            match (&a, &b) {
                (Type::String, kind) if is_moment(kind) => {
                    let left = converted(left, kind);
                    return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
                }
                (kind, Type::String) if is_moment(kind) => {
                    let right = converted(right, kind);
                    return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }));
                }
                (Type::String, kind) | (kind, Type::String) if *kind != Type::String => {
                    return Err(said(format!(
                        "No matching signature for operator {op} for argument types: {}, {}",
                        a.sql(),
                        b.sql()
                    )));
                }
                (_, _) => {}
            }
        }
        Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }))
    }

    fn plan_compound_identifier(
        &self,
        field: &Field,
        qualifier: Option<&TableReference>,
        nested: &[String],
    ) -> Result<PlannerResult<Vec<Expr>>> {
        let start = Expr::Column(Column::from((qualifier, field)));
        let accessed = nested.iter().fold(start, |of, name| called(&Arc::new(member(name).udf()), vec![of]));
        Ok(PlannerResult::Planned(accessed))
    }
}
