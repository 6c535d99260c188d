//! A table, a view, a materialized view or an external table.

use std::collections::BTreeMap;

use engine::{
    Bill, Billed, Call, Change, Failure, Input, Invalid, Labels, Live, Method, Output, Path, Place, Repeat,
    Rule, Session, Update, UsageKey, is_unknown, reveal,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use super::API;
use super::dataset::{Dataset, location};
use crate::bill::quantity::{GIB, number};
use crate::bill::{Lines, key, later, sku};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::bigquery::{
    BigLakeConfiguration, Clustering, EncryptionConfiguration, ExternalCatalogTableOptions,
    ExternalDataConfiguration, ManagedTableType, MaterializedViewDefinition, PartitioningDefinition,
    RangePartitioning, RoundingMode, TABLE, TableConstraints, TableFieldSchema, TableReplicationInfo,
    TableSchema, TimePartitioning, ViewDefinition,
};
use crate::stack::Handle;

/// A BigQuery table; with `view`, `materialized_view` or `external_data_configuration`, one of those.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// The dataset's id: `analytics`.
    pub dataset: Input<String>,
    /// 1 to 1024 letters, digits, `_`, `-` and spaces.
    pub name: Input<String>,
    pub friendly_name: Input<String>,
    pub description: Input<String>,
    pub labels: Labels,
    /// Columns may be added, and required ones loosened; any other change makes the table anew, unless
    /// [`drop_columns`](Self::drop_columns) lets one go.
    pub schema: Option<TableSchema>,
    /// A column at the top that is declared no more is dropped with all that is in it (`ALTER TABLE … DROP COLUMN`), in
    /// place of making the table anew.
    pub drop_columns: bool,
    /// Fixed for good but for its expiration.
    pub time_partitioning: Option<TimePartitioning>,
    /// Fixed for good.
    pub range_partitioning: Option<RangePartitioning>,
    /// Queries must say which partitions they read.
    pub require_partition_filter: Input<bool>,
    /// At most four columns, in order.
    pub clustering: Option<Clustering>,
    /// Milliseconds since 1970.
    pub expiration_time: Input<i64>,
    /// In GoogleSQL, unless it says otherwise.
    pub view: Option<ViewDefinition>,
    pub materialized_view: Option<MaterializedViewDefinition>,
    pub external_data_configuration: Option<ExternalDataConfiguration>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
    /// Fixed for good.
    pub biglake_configuration: Option<BigLakeConfiguration>,
    pub table_constraints: Option<TableConstraints>,
    /// An interval such as `0-0 0 0:30:0`.
    pub max_staleness: Input<String>,
    /// `und:ci`, or empty.
    pub default_collation: Input<String>,
    pub default_rounding_mode: Input<RoundingMode>,
    pub external_catalog_table_options: Option<ExternalCatalogTableOptions>,
    /// Fixed for good.
    pub managed_table_type: Input<ManagedTableType>,
    pub partition_definition: Option<PartitioningDefinition>,
    /// Fixed for good.
    pub table_replication_info: Option<TableReplicationInfo>,
    /// Tag keys and values.
    pub resource_tags: BTreeMap<String, Input<String>>,
}

/// New spellings of types, and the old ones that BigQuery gives back.
const TYPES: &[(&str, &str)] = &[
    ("INT64", "INTEGER"),
    ("FLOAT64", "FLOAT"),
    ("BOOL", "BOOLEAN"),
    ("STRUCT", "RECORD"),
    ("DECIMAL", "NUMERIC"),
    ("BIGDECIMAL", "BIGNUMERIC"),
];

pub(crate) const ACTIVE: &str = "monthly_active_storage_gb";
pub(crate) const LONG_TERM: &str = "monthly_long_term_storage_gb";
pub(crate) const STREAMED: &str = "monthly_streaming_inserts_mb";
pub(crate) const WRITTEN: &str = "monthly_storage_write_api_gb";
const API_PRICES: &str = "BigQuery Storage API";

impl Resource for Table {
    const KIND: Kind = Kind::new(
        "gcp:bigquery/v2:Table",
        "table",
        API,
        "bigquery/v2/projects/{project}/datasets/{dataset}/tables/{name}",
        &TABLE,
    )
    .named("1 to 1024 letters, digits, _, - and spaces", |it| {
        (1..=1024).contains(&it.chars().count())
            && it.chars().all(|c| c.is_alphanumeric() || "_- ".contains(c) || !c.is_ascii())
    })
    .id("projects/{project}/datasets/{dataset}/tables/{name}")
    .create(Create::Post {
        query: &[],
        body: &[
            ("tableReference.projectId", "{project}"),
            ("tableReference.datasetId", "{dataset}"),
            ("tableReference.tableId", "{name}"),
        ],
    })
    .update(Updating::MergePatch)
    .ours(&["dropColumns"])
    .permission("bigquery.tables")
    .listed("tables", &[("maxResults", "1000")])
    .data()
    .rules(&[
        Rule::Bound("dataset"),
        Rule::Columns("schema.**.fields"),
        Rule::Alias("schema.**.type", TYPES),
        Rule::Default("schema.**.mode", "\"NULLABLE\""),
        Rule::CaseInsensitive("schema.**.mode"),
        Rule::Immutable("timePartitioning.type"),
        Rule::Immutable("timePartitioning.field"),
        Rule::Immutable("rangePartitioning"),
        Rule::Immutable("materializedView.query"),
        Rule::Immutable("materializedView.allowNonIncrementalDefinition"),
        Rule::Default("materializedView.enableRefresh", "true"),
        Rule::Default("materializedView.refreshIntervalMs", "1800000"),
        Rule::Immutable("biglakeConfiguration"),
        Rule::Immutable("managedTableType"),
        Rule::Immutable("tableReplicationInfo"),
        Rule::Default("defaultCollation", "\"\""),
        Rule::Suffix("encryptionConfiguration.kmsKeyName", "/cryptoKeyVersions/"),
        Rule::Default("externalDataConfiguration.compression", "\"NONE\""),
        // Given back by the schema of the table.
        Rule::InputOnly("externalDataConfiguration.schema"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([check::required("dataset", &self.dataset)]);
        found.extend(check::at_most_one(&[
            ("view", self.view.is_some()),
            ("materializedView", self.materialized_view.is_some()),
            ("externalDataConfiguration", self.external_data_configuration.is_some()),
        ]));
        found.extend(check::at_most_one(&[
            ("timePartitioning", self.time_partitioning.is_some()),
            ("rangePartitioning", self.range_partitioning.is_some()),
        ]));
        if let Some(it) = &self.time_partitioning {
            found.extend(check::required("timePartitioning.type", &it.r#type));
            if !it.require_partition_filter.is_unset() {
                let invalid =
                    Invalid::new("timePartitioning.requirePartitionFilter", "is where it was long ago");
                found.push(invalid.hint("set require_partition_filter of the table"));
            }
        }
        if self.clustering.as_ref().is_some_and(|it| it.fields.len() > 4) {
            found.push(Invalid::new("clustering.fields", "must be at most 4 columns"));
        }
        if let Some(it) = &self.schema {
            check_columns("schema.fields", &it.fields, &mut found);
            if self.view.is_some() || self.materialized_view.is_some() {
                check_view_columns("schema.fields", &it.fields, &mut found);
            }
        }
        found
    }

    fn holds(live: &Live) -> Option<&'static str> {
        // A view and an external table store nothing of their own.
        let stores = ["view", "externalDataConfiguration"].iter().all(|it| live.state.get(*it).is_none());
        if stores { Self::KIND.facts.holds } else { None }
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let mut call = rest::creation(&Self::KIND, at)?;
        let mut later = None;
        if let Some(body) = call.body.as_mut().and_then(Value::as_object_mut) {
            if let Some(Value::Object(view)) = body.get_mut("view") {
                // Without a word BigQuery takes a view to be in legacy SQL.
                view.entry("useLegacySql").or_insert(json!(false));
            }
            if body.contains_key("view") || body.contains_key("materializedView") {
                // A view's columns come of its query; what they are described by comes after.
                later = body.remove("schema");
            }
        }
        let live = rest::create_by(&Self::KIND, session, at, &call).await?;
        let Some(schema) = later else { return Ok(live) };
        let path = rest::path(&Self::KIND, at).ok_or_else(|| rest::unnamed(&Self::KIND))?;
        let call = Call::new(Method::Patch, API, path).body(json!({ "schema": schema })).repeat(Repeat::Safe);
        rest::update_by(&Self::KIND, session, at, &call).await
    }

    fn in_place(desired: &Value, change: &Change) -> bool {
        // A view's columns follow from its query.
        let derived = is_view(desired) && change.path.top() == Some("schema");
        derived || (desired["dropColumns"] == true && dropped(change).is_some())
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let drops = |it: &Change| {
            dropped(it).filter(|_| update.desired["dropColumns"] == true && !is_view(update.desired))
        };
        let columns: Vec<String> = update.changes.iter().filter_map(drops).collect();
        let mut live = update.live.clone();
        let mut left: Vec<Change> = update.changes.to_vec();
        if !columns.is_empty() {
            drop_columns(session, update.at, &columns).await?;
            live = rest::fetch(&Self::KIND, session, update.at).await?;
            left.retain(|it| drops(it).is_none());
        }
        // BigQuery works a view's columns out of its query anew: what is said of them comes after that.
        let is_query = |it: &Change| matches!(it.path.top(), Some("view" | "materializedView"));
        let (queries, others): (Vec<Change>, Vec<Change>) = left.into_iter().partition(is_query);
        for changes in [queries, others] {
            let part = Update { live: &live, changes: &changes, ..update };
            let Some(mut call) = rest::changing(&Self::KIND, &part)? else { continue };
            let external = call.body.as_mut().and_then(|it| it.get_mut("externalDataConfiguration"));
            if let Some(external) = external.and_then(Value::as_object_mut) {
                external.remove("schema");
            }
            live = rest::update_by(&Self::KIND, session, update.at, &call).await?;
        }
        Ok(live)
    }

    async fn list(session: &Session, project: &str) -> Result<Vec<Live>, Failure> {
        let datasets = Dataset::list(session, project).await?;
        let tables = rest::each(datasets, async |dataset| {
            let dataset = &dataset.state["name"];
            let place = json!({ "project": project, "dataset": dataset });
            let found = rest::items(&Self::KIND, session, &place).await?;
            let named = |it: &Value| {
                let name = &it["tableReference"]["tableId"];
                json!({ "project": project, "dataset": dataset, "name": name })
            };
            Ok(found.iter().map(named).collect())
        });
        rest::each(tables.await?, |it| rest::whole(&Self::KIND, session, it)).await
    }

    fn measured(of: &Billed<'_>) -> Vec<(&'static str, Decimal)> {
        let model = if is_physical(dataset(of)) { "Physical" } else { "Logical" };
        let stored = |key, what: &str| {
            let bytes = number(of.inputs.get(format!("num{what}{model}Bytes")))?;
            Some((key, bytes / Decimal::from(GIB)))
        };
        let mut told: Vec<_> =
            [stored(ACTIVE, "Active"), stored(LONG_TERM, "LongTerm")].into_iter().flatten().collect();
        // What was streamed a moment ago is stored, and not yet counted.
        let buffer = number(of.inputs.pointer("/streamingBuffer/estimatedBytes"));
        if let (Some(buffer), Some((_, active))) = (buffer, told.first_mut()) {
            *active += buffer / Decimal::from(GIB);
        }
        told
    }

    const USAGE: &'static [UsageKey] = &[
        key(ACTIVE, "GiB", "What changed within 90 days."),
        key(LONG_TERM, "GiB", "What did not change for 90 days."),
        key(STREAMED, "MiB a month", "Rows by insertAll; each counts as at least 1 KiB."),
        key(WRITTEN, "GiB a month", "Rows by the Storage Write API."),
        key("monthly_storage_read_api_tb", "TiB a month", "Rows by the Storage Read API."),
    ];

    fn bill(of: &Billed<'_>) -> Bill {
        let has = |field: &str| of.inputs.get(field).is_some_and(|it| !it.is_null() && !is_unknown(it));
        if has("view") {
            return Bill::Free("A view stores nothing; what its queries read is charged with its dataset.");
        }
        if has("externalDataConfiguration") {
            return Bill::Free(
                "An external table's data lies elsewhere; queries are charged with its dataset.",
            );
        }
        let dataset = dataset(of);
        let place = dataset.map_or_else(|| of.region.to_owned(), |it| location(it, of.region));
        let model = if is_physical(dataset) { "Physical" } else { "Logical" };
        let mut lines = Lines::new(of);
        let later = |it: &Value| later::reason(it, &["/location", "/storageBillingModel"]);
        match dataset.map(later) {
            Some(None) => lines.priced_by(&["/view", "/externalDataConfiguration"]),
            Some(Some(why)) => lines.no_price(format!("its dataset's {why}")),
            None => lines.no_price("where it lies is not known, for its dataset is not here"),
        }
        for (name, key) in [("Active", ACTIVE), ("Long Term", LONG_TERM)] {
            let price = sku("BigQuery", format!("{name} {model} Storage ({place})"), &*place);
            let name = format!("{} storage ({})", name.replace(" T", "-t"), model.to_lowercase());
            lines.metered(name, price, "GiBy.mo", key);
        }
        let price = sku("BigQuery", format!("Streaming Insert ({place})"), &*place);
        lines.metered("Streaming inserts", price, "MiBy", STREAMED);
        let price = sku(API_PRICES, format!("BigQuery Storage API - Write ({place})"), &*place);
        lines.metered("Storage Write API", price, "GiBy", WRITTEN);
        let description = match place.as_str() {
            "us" => "BigQuery Storage API - Read".to_owned(),
            _ => format!("BigQuery Storage API - Read ({place})"),
        };
        let price = sku(API_PRICES, description, &*place);
        lines.metered("Storage Read API", price, "TiBy", "monthly_storage_read_api_tb");
        lines.bill()
    }
}

/// The dataset of a table, if it is known.
fn dataset<'a>(of: &Billed<'a>) -> Option<&'a Value> {
    of.others.inputs(Dataset::KIND.facts.token, of.text("/dataset")?)
}

/// Whether a dataset's bytes are charged as they lie on disks.
fn is_physical(dataset: Option<&Value>) -> bool {
    dataset.is_some_and(|it| it["storageBillingModel"] == "PHYSICAL")
}

fn check_columns(at: &str, columns: &[TableFieldSchema], found: &mut Vec<Invalid>) {
    let mut names: Vec<String> = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let field = |name: &str| format!("{at}[{i}].{name}");
        found.extend(check::required(&field("name"), &column.name));
        found.extend(check::required(&field("type"), &column.r#type));
        found.extend(check::text(&field("name"), &column.name, "[A-Za-z_][A-Za-z0-9_]{0,299}", |it| {
            (1..=300).contains(&it.chars().count()) && !it.starts_with(|c: char| c.is_ascii_digit())
        }));
        found.extend(check::text(&field("mode"), &column.mode, "NULLABLE, REQUIRED or REPEATED", |it| {
            ["NULLABLE", "REQUIRED", "REPEATED"].contains(&it.to_uppercase().as_str())
        }));
        let name = column.name.text().unwrap_or_default().to_lowercase();
        if !name.is_empty() && names.contains(&name) {
            found.push(Invalid::new(&field("name"), format!("there are two columns called {name}")));
        }
        names.push(name);
        check_columns(&field("fields"), &column.fields, found);
    }
}

/// A view has no rows of its own, so that nothing can be required in it: BigQuery refuses that.
fn check_view_columns(path: &str, columns: &[TableFieldSchema], found: &mut Vec<Invalid>) {
    for (i, column) in columns.iter().enumerate() {
        let at = format!("{path}[{i}]");
        if column.mode.text().is_some_and(|it| it.eq_ignore_ascii_case("REQUIRED")) {
            let invalid = Invalid::new(&format!("{at}.mode"), "is REQUIRED, and a view's columns cannot be");
            found.push(invalid.hint("leave the mode out"));
        }
        check_view_columns(&format!("{at}.fields"), &column.fields, found);
    }
}

fn is_view(inputs: &Value) -> bool {
    ["view", "materializedView"].iter().any(|it| inputs[*it].is_object())
}

/// The column at the top that a change takes away.
fn dropped(change: &Change) -> Option<String> {
    let name = change.before.get("name").and_then(Value::as_str)?;
    let is_it = change.path == Path::default().field("schema").field("fields").item(name);
    (change.after.is_null() && is_it).then(|| name.to_owned())
}

/// Drops columns with all that is in them.
async fn drop_columns(session: &Session, at: Place<'_>, columns: &[String]) -> Result<(), Failure> {
    let text = |name: &str| reveal(at.inputs.get(name).unwrap_or(&Value::Null)).as_str().map(str::to_owned);
    let unnamed = || rest::unnamed(&Table::KIND);
    let (project, dataset) = (text("project").ok_or_else(unnamed)?, text("dataset").ok_or_else(unnamed)?);
    let table = text("name").ok_or_else(unnamed)?;
    let drops: Vec<String> =
        columns.iter().map(|it| format!("DROP COLUMN IF EXISTS {}", quoted(it))).collect();
    let query =
        format!("ALTER TABLE {} {}", quoted(&format!("{project}.{dataset}.{table}")), drops.join(", "));
    let mut body = json!({ "query": query, "useLegacySql": false, "timeoutMs": 200_000 });
    // A query runs where its dataset is.
    let place =
        Call::get(API, format!("bigquery/v2/projects/{project}/datasets/{}", rest::segment(&dataset)));
    body["location"] = session.read(&place).await?["location"].clone();
    // A column that is gone already is no error, so that the statement may be sent twice.
    let call = Call::new(Method::Post, API, format!("bigquery/v2/projects/{project}/queries"))
        .body(body)
        .repeat(Repeat::Safe);
    let answer = session.send(&call).await?;
    match answer["jobComplete"] == true {
        true => Ok(()),
        false => Err(Failure::unexpected(&call, "the columns are not dropped yet: run it again")),
    }
}

/// A name within SQL.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

/// A table's columns: `columns([required("id", "STRING"), column("data", "JSON")])`.
pub fn columns<const N: usize>(columns: [TableFieldSchema; N]) -> Option<TableSchema> {
    Some(TableSchema { fields: columns.into(), ..Default::default() })
}

/// A column that may be null: `column("data", "JSON")`.
pub fn column(name: &str, kind: &str) -> TableFieldSchema {
    TableFieldSchema { name: name.into(), r#type: kind.into(), ..Default::default() }
}

/// A column that has a value in every row: `required("id", "STRING")`.
pub fn required(name: &str, kind: &str) -> TableFieldSchema {
    TableFieldSchema { mode: "REQUIRED".into(), ..column(name, kind) }
}

impl Handle<Table> {
    /// `events`.
    pub fn table_id(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }

    /// `{project}.{dataset}.{table}`, as Pub/Sub and SQL write it.
    pub fn path(&self) -> Output<String> {
        self.known(format!("{}.{}.{}", self.project(), self.dataset_text(), self.text_or_name(&self.name)))
    }

    /// `{project}:{dataset}.{table}`, as Dataflow templates write it.
    pub fn spec(&self) -> Output<String> {
        self.known(format!("{}:{}.{}", self.project(), self.dataset_text(), self.text_or_name(&self.name)))
    }

    /// `projects/{project}/datasets/{dataset}/tables/{table}`.
    pub fn id(&self) -> Output<String> {
        let (dataset, table) = (self.dataset_text(), self.text_or_name(&self.name));
        self.known(format!("projects/{}/datasets/{dataset}/tables/{table}", self.project()))
    }

    fn dataset_text(&self) -> &str {
        self.dataset.text().unwrap_or_default()
    }
}
