//! tmp
use serde::{Serialize,Deserialize};
#[derive(Debug)] pub struct Plan;
#[derive(Clone, Debug, Serialize, Deserialize)] pub struct Diagnostic;
