//! A transfer: loads data into a dataset by the clock.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    Bill, Billed, Call, Failure, Input, Invalid, Live, Output, Place, Rule, Session, Update, UsageKey, reveal,
};
use serde::Serialize;
use serde_json::Value;

use super::API;
use crate::bigquery::Dataset;
use crate::bill::{Lines, key, sku};
use crate::check;
use crate::resource::{Create, Find, Kind, Resource, Updating};
use crate::rest;
use crate::schema::bigquerydatatransfer::{
    EmailPreferences, EncryptionConfiguration, ManagedTableType, MetadataDestination, ParameterConfig,
    ScheduleOptions, ScheduleOptionsV2, TRANSFER_CONFIG,
};
use crate::stack::Handle;

/// A BigQuery transfer. Google makes up its id, so it is known again by what it is called.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferConfig {
    /// Where the dataset is; the stack's region if not set.
    pub location: Input<String>,
    /// What people and we know it by.
    pub display_name: Input<String>,
    /// `google_cloud_storage`, `scheduled_query`, `amazon_s3`, … Fixed for good.
    pub data_source_id: Input<String>,
    /// The dataset's id: `analytics`.
    pub destination_dataset_id: Input<String>,
    /// What the source asks for: `params([("data_path_template", bucket.url_of("*.json").into()), …])`.
    pub params: BTreeMap<String, Input<Value>>,
    /// `every 15 minutes`, `every day 00:00`; the source's own if not set.
    pub schedule: Input<String>,
    pub schedule_options: Option<ScheduleOptions>,
    /// In place of `schedule` and `schedule_options`: by the clock, by Pub/Sub events, or by hand.
    #[serde(rename = "scheduleOptionsV2")]
    pub schedule_options_v2: Option<ScheduleOptionsV2>,
    /// The address of the account that it runs as; without it, as whoever makes it.
    pub service_account_name: Input<String>,
    pub disabled: Input<bool>,
    /// Days to look back.
    pub data_refresh_window_days: Input<i64>,
    /// `projects/P/topics/T`, told of each run.
    pub notification_pubsub_topic: Input<String>,
    pub email_preferences: Option<EmailPreferences>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
    pub managed_table_type: Input<ManagedTableType>,
    pub metadata_destination: Option<MetadataDestination>,
    pub param_config: Option<ParameterConfig>,
}

/// Not in the transfer but beside it.
const ACCOUNT: &str = "serviceAccountName";

impl Resource for TransferConfig {
    const KIND: Kind = Kind::new(
        "gcp:bigquerydatatransfer/v1:TransferConfig",
        "transfer",
        API,
        "v1/projects/{project}/locations/{location}/transferConfigs/{id}",
        &TRANSFER_CONFIG,
    )
    .made_id(Find {
        items: "transferConfigs",
        query: &[("dataSourceIds", "{dataSourceId}")],
        by: &["displayName", "dataSourceId"],
    })
    .create(Create::Post { query: &[], body: &[] })
    .update(Updating::MaskInQuery)
    .acts()
    .listed("transferConfigs", &[])
    .rules(&[
        Rule::Immutable("dataSourceId"),
        Rule::InputOnly(ACCOUNT),
        Rule::Stringly("params[*]"),
        // Google takes a change of these, and goes on from where the old ones left off.
        Rule::Immutable("params.data_path_template"),
        Rule::Immutable("params.data_path"),
        Rule::Immutable("params.destination_table_name_template"),
        Rule::Secret("params.secret_access_key"),
        Rule::InputOnly("params.secret_access_key"),
        Rule::CaseInsensitive("schedule"),
        Rule::Trimmed("schedule"),
        Rule::Name("notificationPubsubTopic"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::required("displayName", &self.display_name),
            check::required("dataSourceId", &self.data_source_id),
        ]);
        if self.schedule_options_v2.is_some() {
            found.extend(check::at_most_one(&[
                ("scheduleOptionsV2", true),
                ("schedule", !self.schedule.is_unset()),
                ("scheduleOptions", self.schedule_options.is_some()),
            ]));
        }
        if self.data_source_id.text() == Some("google_cloud_storage") {
            for name in ["data_path_template", "destination_table_name_template"] {
                if !self.params.contains_key(name) {
                    found.push(Invalid::new(&format!("params.{name}"), "must be set"));
                }
            }
            let formats = ["CSV", "JSON", "AVRO", "PARQUET", "ORC"];
            found.extend(one_of(&self.params, "file_format", &formats));
            found.extend(one_of(&self.params, "write_disposition", &["APPEND", "MIRROR"]));
        }
        found
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let call = with_account(rest::creation(&Self::KIND, at)?, at.inputs);
        rest::create_by(&Self::KIND, session, at, &call).await
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let Some(call) = rest::changing(&Self::KIND, &update)? else { return Ok(update.live.clone()) };
        let mut call = call;
        if let Some(body) = call.body.as_mut() {
            // It wants to be told although it cannot change.
            body["dataSourceId"] = update.desired["dataSourceId"].clone();
        }
        let account = rest::tops(update.changes).iter().any(|it| it == ACCOUNT);
        let call = if account { with_account(call, update.desired) } else { call };
        rest::update_by(&Self::KIND, session, update.at, &call).await
    }

    async fn list(session: &Session, project: &str) -> Result<Vec<Live>, Failure> {
        // A transfer is where what it loads into is.
        let datasets = Dataset::list(session, project).await?;
        let location = |it: &Live| it.state["location"].as_str().map(str::to_ascii_lowercase);
        let locations: BTreeSet<String> = datasets.iter().filter_map(location).collect();
        rest::in_locations(&Self::KIND, session, project, locations.into_iter().collect()).await
    }

    const USAGE: &'static [UsageKey] =
        &[key("monthly_runs", "runs a month", "Of a source whose runs are charged for.")];

    fn bill(of: &Billed<'_>) -> Bill {
        match of.text("/dataSourceId") {
            Some("google_cloud_storage" | "amazon_s3" | "azure_blob_storage" | "redshift" | "teradata") => {
                Bill::Free(
                    "Loading from this source is free; what it loads is charged as the table's storage.",
                )
            }
            Some("scheduled_query") => {
                Bill::Free("Scheduling is free; what the query reads is charged with the dataset.")
            }
            Some("cross_region_copy") => {
                Bill::Free("Copying is free; what is copied is charged as the tables' storage.")
            }
            source => {
                let mut lines = Lines::new(of);
                let source = source.unwrap_or("a source not known yet");
                let price = sku("BigQuery Data Transfer", format!("Transfer runs from {source}"), "global");
                lines.metered(format!("Runs from {source}"), price, "run", "monthly_runs");
                lines.bill()
            }
        }
    }
}

/// Moves the account from the body into the query.
fn with_account(mut call: Call, inputs: &Value) -> Call {
    if let Some(body) = call.body.as_mut().and_then(Value::as_object_mut) {
        body.remove(ACCOUNT);
    }
    match inputs.get(ACCOUNT).map(reveal) {
        Some(Value::String(account)) => call.query(ACCOUNT, account),
        _ => call,
    }
}

fn one_of(params: &BTreeMap<String, Input<Value>>, name: &str, values: &[&str]) -> Option<Invalid> {
    let text = params.get(name)?.value()?.as_str()?;
    (!values.contains(&text)).then(|| {
        Invalid::new(&format!("params.{name}"), format!("\"{text}\" is not one of {}", values.join(", ")))
    })
}

/// Parameters from pairs: `params([("file_format", "JSON".into())])`.
pub fn params<const N: usize>(pairs: [(&str, Input<Value>); N]) -> BTreeMap<String, Input<Value>> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Handle<TransferConfig> {
    /// `projects/{number}/locations/{location}/transferConfigs/{id}`.
    pub fn id(&self) -> Output<String> {
        self.attribute("name")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_load_from_cloud_storage_must_say_what_and_where() {
        let it = TransferConfig {
            display_name: "load".into(),
            data_source_id: "google_cloud_storage".into(),
            params: params([("data_path_template", "gs://b/*.json".into()), ("file_format", "json".into())]),
            ..Default::default()
        };
        let found: Vec<String> = it.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "params.destination_table_name_template: must be set",
                "params.file_format: \"json\" is not one of CSV, JSON, AVRO, PARQUET, ORC",
            ]
        );
    }

    #[test]
    fn the_account_goes_beside_the_transfer() {
        let inputs = json!({ "serviceAccountName": "a@b", "displayName": "d" });
        let call = with_account(Call::get(API, "x").body(inputs.clone()), &inputs);
        assert_eq!(call.body, Some(json!({ "displayName": "d" })));
        assert_eq!(call.query, [("serviceAccountName".to_owned(), "a@b".to_owned())]);
    }
}
