//! Turns a declaration and what is live into a plan, and a plan into calls. Knows no Google.

mod cloud;
mod diff;
mod graph;
mod input;
mod normal;
mod path;
mod plan;
mod program;
mod provider;
mod rule;
mod session;
mod shape;
mod urn;

pub use cloud::{Answer, Call, Cloud, Lost, Method, Repeat};
pub use diff::{Change, Terms, diff, merge, merge_field};
pub use graph::{Graph, GraphError};
pub use input::{
    Expr, Input, Labels, Lookup, Output, Seconds, concat, has_secret, has_unknown, is_secret, is_unknown, labels,
    mask, references, resolve, reveal, secret, unknown,
};
pub use normal::{prune, wire};
pub use path::Path;
pub use plan::{Diagnostic, Plan};
pub use program::{Invalid, Node, Options, Program, Timeouts};
pub use provider::{
    Cause, Driver, Facts, Intention, KindFacts, Live, Place, Provider, Rate, Refusal, Update,
};
pub use rule::Rule;
pub use session::{Failure, Fresh, OnRetry, Patience, Session};
pub use shape::{Field, Message, Shape};
pub use urn::Urn;
