//! BigQuery's scalar functions, computed row by row over cells.

mod arrays;
mod casts;
mod elements;
mod json;
mod maths;
mod moments;
mod patterns;
mod strings;
mod units;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::arrow;
use crate::cell::Cell;
use crate::types::Type;

pub use casts::{cast, coerced, member};
pub use units::Unit;

/// Marks the part of an error's text that is for the caller, among what DataFusion puts around it.
const MARKS: (char, char) = ('\u{1}', '\u{2}');

/// An error in BigQuery's words.
pub fn said(message: impl fmt::Display) -> DataFusionError {
    DataFusionError::Execution(format!("{}{message}{}", MARKS.0, MARKS.1))
}

/// BigQuery's words within a text of DataFusion's.
pub fn words(text: &str) -> Option<&str> {
    let from = text.find(MARKS.0)? + MARKS.0.len_utf8();
    let to = text[from..].find(MARKS.1)? + from;
    Some(&text[from..to])
}

/// The type of a function's values, by those of its arguments; an error says which it takes.
pub type Returns = Arc<dyn Fn(&[Type]) -> std::result::Result<Type, String> + Send + Sync>;
/// One value, by those of the arguments and their types.
pub type Calls = Arc<dyn Fn(&[Cell], &[Type]) -> std::result::Result<Cell, String> + Send + Sync>;

/// One scalar function.
pub struct Function {
    pub name: String,
    pub returns: Returns,
    pub call: Calls,
    /// Whether a null among the arguments makes null.
    strict: bool,
    /// Whether an error makes null: `SAFE.`.
    safe: bool,
    volatile: bool,
}

impl Function {
    /// A function that is null where an argument is.
    pub fn new(
        name: &str,
        returns: impl Fn(&[Type]) -> std::result::Result<Type, String> + Send + Sync + 'static,
        call: impl Fn(&[Cell], &[Type]) -> std::result::Result<Cell, String> + Send + Sync + 'static,
    ) -> Function {
        Function {
            name: name.to_owned(),
            returns: Arc::new(returns),
            call: Arc::new(call),
            strict: true,
            safe: false,
            volatile: false,
        }
    }

    /// A function of one type whatever its arguments are.
    pub fn of(
        name: &str,
        kind: Type,
        call: impl Fn(&[Cell], &[Type]) -> std::result::Result<Cell, String> + Send + Sync + 'static,
    ) -> Function {
        Function::new(name, move |_| Ok(kind.clone()), call)
    }

    /// It sees nulls itself.
    pub fn lenient(mut self) -> Function {
        self.strict = false;
        self
    }

    pub fn volatile(mut self) -> Function {
        self.volatile = true;
        self
    }

    pub fn safe(mut self, safe: bool) -> Function {
        self.safe = safe;
        self
    }

    fn value(&self, row: &[Cell], kinds: &[Type]) -> Result<Cell> {
        if self.strict && row.iter().any(Cell::is_null) {
            return Ok(Cell::Null);
        }
        match (self.call)(row, kinds) {
            Ok(cell) => Ok(cell),
            Err(_) if self.safe => Ok(Cell::Null),
            Err(message) => Err(said(message)),
        }
    }

    /// Ready for DataFusion.
    pub fn udf(self) -> ScalarUDF {
        let volatility = if self.volatile { Volatility::Volatile } else { Volatility::Immutable };
        let signature = Signature::one_of(
            vec![
                datafusion::logical_expr::TypeSignature::VariadicAny,
                datafusion::logical_expr::TypeSignature::Nullary,
            ],
            volatility,
        );
        ScalarUDF::from(Adapter { function: self, signature })
    }
}

struct Adapter {
    function: Function,
    signature: Signature,
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function.name)
    }
}

impl PartialEq for Adapter {
    fn eq(&self, other: &Adapter) -> bool {
        self.function.name == other.function.name && self.function.safe == other.function.safe
    }
}

impl Eq for Adapter {}

impl Hash for Adapter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for Adapter {
    fn name(&self) -> &str {
        &self.function.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let kinds: Vec<Type> = arguments.iter().map(arrow::kind).collect();
        (self.function.returns)(&kinds).map(|it| arrow::data_type(&it)).map_err(said)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let kinds: Vec<Type> = args.args.iter().map(|it| arrow::kind(&it.data_type())).collect();
        let kind = (self.function.returns)(&kinds).map_err(said)?;
        let constant =
            args.args.iter().all(|it| matches!(it, ColumnarValue::Scalar(_))) && !self.function.volatile;
        let count = if constant { 1 } else { args.number_rows };
        let mut columns = Vec::with_capacity(args.args.len());
        for value in &args.args {
            columns.push(match value {
                // A constant is read once for all rows.
                ColumnarValue::Scalar(it) => {
                    (true, arrow::cells(&it.to_array_of_size(1)?).map_err(DataFusionError::from)?)
                }
                ColumnarValue::Array(it) => (false, arrow::cells(it).map_err(DataFusionError::from)?),
            });
        }
        let mut out = Vec::with_capacity(count);
        let mut row: Vec<Cell> =
            columns.iter().map(|(_, it)| it.first().cloned().unwrap_or(Cell::Null)).collect();
        for at in 0..count {
            for (slot, (constant, column)) in row.iter_mut().zip(&mut columns) {
                if !*constant {
                    *slot = std::mem::replace(&mut column[at], Cell::Null);
                }
            }
            out.push(self.function.value(&row, &kinds)?);
        }
        let references: Vec<&Cell> = out.iter().collect();
        let array: ArrayRef = arrow::array(&kind, &references)?;
        Ok(match constant {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?),
            false => ColumnarValue::Array(array),
        })
    }
}

/// Every function, by its name in capitals.
pub fn all() -> Vec<Function> {
    let mut all = Vec::new();
    all.extend(arrays::all());
    all.extend(casts::all());
    all.extend(json::all());
    all.extend(maths::all());
    all.extend(moments::all());
    all.extend(patterns::all());
    all.extend(strings::all());
    all
}

/// What BigQuery says to arguments of wrong types.
fn no_match(name: &str, kinds: &[Type]) -> String {
    let kinds: Vec<String> = kinds.iter().map(Type::sql).collect();
    format!("No matching signature for function {name} for argument types: {}.", kinds.join(", "))
}

/// The text of a cell that is one.
fn text(cell: &Cell) -> &str {
    match cell {
        Cell::Text(it) | Cell::Json(it) | Cell::BigNumeric(it) => it,
        _ => "",
    }
}

/// The integer of a cell that is one.
fn int(cell: &Cell) -> i64 {
    match cell {
        Cell::Int(it) => *it,
        Cell::Float(it) => *it as i64,
        _ => 0,
    }
}
