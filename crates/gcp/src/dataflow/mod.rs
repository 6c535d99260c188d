//! Dataflow: jobs that are launched from templates.

pub(crate) mod bill;
mod flex_template_job;
mod job;
mod machine;
mod template_job;

pub use flex_template_job::FlexTemplateJob;
pub use job::OnDelete;
pub use template_job::TemplateJob;

/// The API's host.
pub(crate) const API: &str = "dataflow.googleapis.com";
