//! A dataset: holds tables, in one place in the world.

use std::collections::BTreeMap;

use engine::{
    Bill, Billed, Call, Failure, Input, Intention, Invalid, Labels, Live, Output, Place, Rule, Session,
    Update, UsageKey,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::API;
use super::access::OLD_ROLES;
use crate::bill::{Lines, key, sku};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::bigquery::{
    DATASET, DatasetAccess, EncryptionConfiguration, ExternalCatalogDatasetOptions, ExternalDatasetReference,
    LinkedDatasetSource, RoundingMode, StorageBillingModel,
};
use crate::stack::Handle;

/// A BigQuery dataset.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dataset {
    /// 1 to 1024 letters, digits and `_`.
    pub name: Input<String>,
    /// `US`, `EU` or a region; `US` if not set. Fixed for good.
    pub location: Input<String>,
    pub friendly_name: Input<String>,
    pub description: Input<String>,
    pub labels: Labels,
    /// Milliseconds, at least an hour. Tables without an expiration of their own are deleted after it.
    pub default_table_expiration_ms: Input<i64>,
    /// Milliseconds.
    pub default_partition_expiration_ms: Input<i64>,
    pub default_encryption_configuration: Option<EncryptionConfiguration>,
    /// `und:ci`, or empty.
    pub default_collation: Input<String>,
    pub default_rounding_mode: Input<RoundingMode>,
    pub is_case_insensitive: Input<bool>,
    /// 48 to 168 hours; 168 if not set.
    pub max_time_travel_hours: Input<i64>,
    pub storage_billing_model: Input<StorageBillingModel>,
    /// Everybody who may do anything, if it is declared at all. To add one member, use
    /// [`DatasetIamMember`](super::DatasetIamMember).
    pub access: Vec<DatasetAccess>,
    /// Tag keys and values.
    pub resource_tags: BTreeMap<String, Input<String>>,
    pub external_catalog_dataset_options: Option<ExternalCatalogDatasetOptions>,
    /// Fixed for good.
    pub external_dataset_reference: Option<ExternalDatasetReference>,
    /// Fixed for good.
    pub linked_dataset_source: Option<LinkedDatasetSource>,
    /// Deletes its tables with it.
    pub delete_contents: bool,
}

impl Resource for Dataset {
    const KIND: Kind = Kind::new(
        "gcp:bigquery/v2:Dataset",
        "dataset",
        API,
        "bigquery/v2/projects/{project}/datasets/{name}",
        &DATASET,
    )
    .named("[A-Za-z0-9_]{1,1024}", |it| {
        (1..=1024).contains(&it.len()) && it.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    })
    .id("projects/{project}/datasets/{name}")
    .read_query(&[("accessPolicyVersion", "3")])
    .create(Create::Post {
        query: &[("accessPolicyVersion", "3")],
        body: &[("datasetReference.projectId", "{project}"), ("datasetReference.datasetId", "{name}")],
    })
    .update(Updating::MergePatch)
    .permission("bigquery.datasets")
    .listed("datasets", &[("maxResults", "1000")])
    .ours(&["deleteContents"])
    .empties("deleteContents")
    .data()
    .rules(&[
        Rule::Immutable("location"),
        Rule::CaseInsensitive("location"),
        Rule::Default("location", "\"US\""),
        Rule::Default("maxTimeTravelHours", "168"),
        Rule::Default("storageBillingModel", "\"LOGICAL\""),
        Rule::Default("defaultCollation", "\"\""),
        Rule::Suffix("defaultEncryptionConfiguration.kmsKeyName", "/cryptoKeyVersions/"),
        Rule::Immutable("externalDatasetReference"),
        Rule::Immutable("linkedDatasetSource"),
        Rule::Set("access"),
        Rule::Alias("access[*].role", OLD_ROLES),
        Rule::CaseInsensitive("access[*].userByEmail"),
        Rule::CaseInsensitive("access[*].groupByEmail"),
        Rule::CaseInsensitive("access[*].domain"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::between(
                "defaultTableExpirationMs",
                &self.default_table_expiration_ms,
                3_600_000,
                i64::MAX,
            ),
            check::between("maxTimeTravelHours", &self.max_time_travel_hours, 48, 168),
        ]);
        for (i, entry) in self.access.iter().enumerate() {
            let kind = entry.iam_member.text().and_then(|it| it.split_once(':')).map_or("", |(kind, _)| kind);
            let field = match kind {
                "user" | "serviceAccount" => "user_by_email",
                "group" => "group_by_email",
                "domain" => "domain",
                _ => continue,
            };
            // BigQuery gives it back in the other field, and the two would never agree.
            let problem = format!("\"{kind}:\" is not what this field is for");
            found.push(Invalid::new(&format!("access[{i}].iamMember"), problem).hint(format!("use {field}")));
        }
        found
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let access = rest::tops(update.changes).iter().any(|it| it == "access");
        let Some(call) = rest::changing(&Self::KIND, &update)? else { return Ok(update.live.clone()) };
        let mut call = call.query("accessPolicyVersion", "3");
        if access {
            // The list is replaced as a whole, so it must be the one that was read.
            call.if_match = update.live.state["etag"].as_str().map(str::to_owned);
        } else {
            call = call.query("updateMode", "UPDATE_METADATA");
        }
        rest::update_by(&Self::KIND, session, update.at, &call).await
    }

    async fn delete(session: &Session, at: Place<'_>) -> Result<(), Failure> {
        let contents = at.inputs["deleteContents"] == json!(true);
        let call = rest::deletion(&Self::KIND, at)?.query("deleteContents", contents.to_string());
        match rest::delete_by(&Self::KIND, session, at, &call).await {
            Err(failure) if failure.to_string().contains("still in use") => Err(Failure::Other {
                message: "the dataset still has tables".to_owned(),
                hint: Some(HINT.to_owned()),
            }),
            other => other,
        }
    }

    async fn foresee(session: &Session, at: Place<'_>, _live: &Live, _intention: Intention) -> Vec<String> {
        if at.inputs["deleteContents"] == true {
            return Vec::new();
        }
        let Some(path) = rest::path(&Self::KIND, at) else { return Vec::new() };
        // What cannot be looked at now is told when it is deleted.
        let tables = rest::list(session, &Call::get(API, format!("{path}/tables")), "tables")
            .await
            .unwrap_or_default();
        let names = tables.iter().filter_map(|it| {
            let reference = &it["tableReference"];
            let (project, dataset) = (reference["projectId"].as_str()?, reference["datasetId"].as_str()?);
            let table = reference["tableId"].as_str()?;
            let id = format!("projects/{project}/datasets/{dataset}/tables/{table}");
            (!at.others.contains(&id)).then_some(table)
        });
        let left: Vec<&str> = names.collect();
        if left.is_empty() {
            return Vec::new();
        }
        vec![format!("it still has the tables {}: {HINT}", left.join(", "))]
    }

    async fn list(session: &Session, project: &str) -> Result<Vec<Live>, Failure> {
        let found = rest::items(&Self::KIND, session, &json!({ "project": project })).await?;
        let named = |it: &Value| json!({ "project": project, "name": it["datasetReference"]["datasetId"] });
        rest::each(found.iter().map(named).collect(), |it| rest::whole(&Self::KIND, session, it)).await
    }

    const USAGE: &'static [UsageKey] = &[key(
        "monthly_queries_tb",
        "TiB a month",
        "What queries read, and the dataset's tables are read by.",
    )];

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        let place = location(of.inputs, of.region);
        lines.priced_by(&["/location"]);
        let price = sku("BigQuery", format!("Analysis ({place})"), place);
        lines.metered("Queries (on demand)", price, "TiBy", "monthly_queries_tb");
        lines.bill()
    }
}

const HINT: &str = "delete them, or declare it with delete_contents and apply first";

/// Where its data is, in small letters: `us` if not set, as BigQuery has it, wherever the stack is.
pub(super) fn location(inputs: &Value, region: &str) -> String {
    let place = match inputs.get("location") {
        None | Some(Value::Null) => "us",
        // Not known yet.
        Some(it) => it.as_str().unwrap_or(region),
    };
    place.to_ascii_lowercase()
}

impl Handle<Dataset> {
    /// `analytics`.
    pub fn dataset_id(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }

    /// `projects/{project}/datasets/{name}`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/datasets/{}", self.project(), self.text_or_name(&self.name)))
    }
}
