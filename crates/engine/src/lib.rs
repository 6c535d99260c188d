//! Turns a declaration and what is live into a plan, and a plan into calls. Knows no Google.

mod apply;
mod charge;
mod cloud;
pub mod config;
mod diff;
mod fact;
mod graph;
mod ignore;
mod input;
pub mod ledger;
mod merge;
mod nearest;
mod normal;
mod order;
mod path;
mod plan;
mod program;
pub mod project;
mod provider;
mod redact;
mod rule;
pub mod secret;
mod session;
mod shape;
mod snapshot;
mod urn;

pub use apply::{Applied, Doing, Event, Outcome, apply};
pub use charge::{Alone, Bill, Billed, Charge, Doubt, Origin, Others, Range, Reading, Sku, Usage, UsageKey};
pub use cloud::{Answer, Call, Cloud, Lost, Method, Repeat};
pub use diff::{Change, Terms, diff};
pub use fact::{Fact, Waiting};
pub use graph::{Graph, GraphError};
pub use input::{
    Expr, Input, Labels, Lookup, Output, Seconds, concat, conceal, expression, expression_of, has_secret,
    has_unknown, is_secret, is_unknown, labels, mask, references, resolve, reveal, secret, unknown,
};
pub use merge::{merge, merge_field};
pub use nearest::nearest;
pub use normal::{prune, wire};
pub use path::{NoField, Path, PathError, Pattern};
pub use plan::{
    Bills, Diagnostic, Monthly, Op, Plan, PlanError, Selection, Severity, Step, Summary, foresee, invalid,
    plan,
};
pub use program::{Invalid, Node, Options, Program, Timeouts};
pub use provider::{
    Cause, Driver, Facts, Intention, KindFacts, Live, Place, Provider, Rate, Refusal, Update,
};
pub use redact::Redactor;
pub use rule::Rule;
pub use session::{Failure, OnRetry, Patience, Session};
pub use shape::{Field, Message, Shape};
pub use snapshot::{Snapshot, snapshot};
pub use urn::Urn;

/// The present instant as RFC 3339, in UTC.
pub(crate) fn now() -> String {
    use time::format_description::well_known::Rfc3339;
    // A clock within the years 0 to 9999 always has this form.
    time::OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
