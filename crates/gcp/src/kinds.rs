//! Every kind there is.

use std::pin::Pin;

use engine::{Billed, Driver, Failure, Live, Session};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::resource::{Kind, Resource, driver};
use crate::{
    artifactregistry, bigquery, bigquerydatatransfer, cloudscheduler, dataflow, identity, logging,
    monitoring, pubsub, resourcemanager, run, secretmanager, serviceusage, storage,
};

/// One kind, as the engine and as tests see it.
pub struct Entry {
    pub driver: &'static dyn Driver,
    pub kind: &'static Kind,
    /// The names of its fields in JSON.
    pub fields: fn() -> Vec<String>,
    /// All that a project has of it.
    pub list: for<'a> fn(&'a Session, &'a str) -> Listing<'a>,
    /// How much of its usage is there now, as the API tells.
    pub measured: fn(&Billed<'_>) -> Vec<(&'static str, Decimal)>,
}

/// A list that is being read.
pub type Listing<'a> = Pin<Box<dyn Future<Output = Result<Vec<Live>, Failure>> + Send + 'a>>;

impl Entry {
    const fn of<R: Resource>() -> Entry {
        Entry {
            driver: driver::<R>(),
            kind: &const { R::KIND },
            fields: fields::<R>,
            list: |session, project| Box::pin(R::list(session, project)),
            measured: R::measured,
        }
    }
}

fn fields<R: Resource>() -> Vec<String> {
    match serde_json::to_value(R::default()) {
        Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        // A struct of plain data is always an object.
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// By module and name.
pub static ALL: &[Entry] = &[
    Entry::of::<artifactregistry::Image>(),
    Entry::of::<artifactregistry::Repository>(),
    Entry::of::<artifactregistry::RepositoryIamMember>(),
    Entry::of::<bigquery::Dataset>(),
    Entry::of::<bigquery::DatasetIamMember>(),
    Entry::of::<bigquery::Table>(),
    Entry::of::<bigquerydatatransfer::TransferConfig>(),
    Entry::of::<cloudscheduler::SchedulerJob>(),
    Entry::of::<dataflow::FlexTemplateJob>(),
    Entry::of::<dataflow::TemplateJob>(),
    Entry::of::<identity::ServiceAccount>(),
    Entry::of::<identity::ServiceAccountIamMember>(),
    Entry::of::<identity::WorkloadIdentityPool>(),
    Entry::of::<identity::WorkloadIdentityPoolProvider>(),
    Entry::of::<logging::LogMetric>(),
    Entry::of::<logging::LogSink>(),
    Entry::of::<monitoring::AlertPolicy>(),
    Entry::of::<monitoring::Dashboard>(),
    Entry::of::<monitoring::MonitoredService>(),
    Entry::of::<monitoring::NotificationChannel>(),
    Entry::of::<monitoring::ServiceLevelObjective>(),
    Entry::of::<pubsub::Schema>(),
    Entry::of::<pubsub::Subscription>(),
    Entry::of::<pubsub::SubscriptionIamMember>(),
    Entry::of::<pubsub::Topic>(),
    Entry::of::<pubsub::TopicIamMember>(),
    Entry::of::<resourcemanager::ProjectIamMember>(),
    Entry::of::<run::Job>(),
    Entry::of::<run::RunJobIamMember>(),
    Entry::of::<run::RunServiceIamMember>(),
    Entry::of::<run::Service>(),
    Entry::of::<secretmanager::Secret>(),
    Entry::of::<secretmanager::SecretIamMember>(),
    Entry::of::<secretmanager::SecretVersion>(),
    Entry::of::<serviceusage::Service>(),
    Entry::of::<storage::Bucket>(),
    Entry::of::<storage::BucketIamMember>(),
];

/// The kind of a token.
pub fn entry(token: &str) -> Option<&'static Entry> {
    ALL.iter().find(|it| it.kind.facts.token == token)
}

/// The driver of a kind's token, such as `gcp:pubsub/v1:Topic`.
pub fn by_token(token: &str) -> Option<&'static dyn Driver> {
    entry(token).map(|it| it.driver)
}
