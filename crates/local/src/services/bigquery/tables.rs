//! Tables, views and materialized views.

use serde_json::{Value, json};

use super::datasets::{self, DATASET};
use super::{check_match, check_reference, link, millis, rows, schema, settled, writable};
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{Kind, default, merge, page, policy_method, remove, visible};
use crate::store::Tx;

pub(super) const TABLE: Kind = Kind {
    collection: "bigquery/tables",
    list: "tables",
    missing: |_, name| format!("Not found: Table {}", title(name)),
    taken: |_, name| format!("Already Exists: Table {}", title(name)),
    show: crate::resource::plain,
    page: 50,
};

/// `p:d.t` of `projects/p/datasets/d/tables/t`.
pub(super) fn title(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    format!("{}:{}.{}", parts.get(1).unwrap_or(&""), parts.get(3).unwrap_or(&""), parts.get(5).unwrap_or(&""))
}

pub(super) fn name(request: &Request<'_>) -> String {
    format!("{}/tables/{}", datasets::name(request), request.var("tableId"))
}

/// How much there is of a new table: nothing.
const SIZES: &[&str] = &[
    "numActiveLogicalBytes",
    "numBytes",
    "numLongTermBytes",
    "numLongTermLogicalBytes",
    "numRows",
    "numTotalLogicalBytes",
];

/// What the server sets, and an update keeps.
const KEPT: &[&str] =
    &["kind", "id", "selfLink", "type", "creationTime", "tableReference", "location", "expirationTime"];

fn kind_of(table: &Value) -> &'static str {
    let has = |field: &str| !table[field].is_null();
    if has("view") {
        "VIEW"
    } else if has("materializedView") {
        "MATERIALIZED_VIEW"
    } else if has("externalDataConfiguration") {
        "EXTERNAL"
    } else if has("snapshotDefinition") {
        "SNAPSHOT"
    } else {
        "TABLE"
    }
}

/// Sets what Google sets where the caller said nothing, and what follows from what it said.
fn complete(request: &Request<'_>, table: &mut Value) -> Result<(), Refusal> {
    if !table["schema"]["fields"].is_null() {
        schema::normalise(&mut table["schema"]["fields"])?;
    }
    let field = table["timePartitioning"]["field"].as_str().or(table["rangePartitioning"]["field"].as_str());
    match field.map(str::to_owned) {
        Some(field) => table["partitionDefinition"] = json!({"partitionedColumn": [{"field": field}]}),
        None => {
            remove(table, "partitionDefinition");
        }
    }
    if table["materializedView"].is_object() {
        let view = &mut table["materializedView"];
        default(view, "enableRefresh", true);
        default(view, "refreshIntervalMs", "1800000");
        default(view, "lastRefreshTime", millis(request));
        let at = moment::text(request.now);
        default(table, "materializedViewStatus", json!({"refreshWatermark": at}));
    }
    if table["labels"].is_object() {
        crate::resource::check_labels(&table["labels"])?;
    }
    Ok(())
}

fn check(table: &Value) -> Result<(), Refusal> {
    let of = ["view", "materializedView", "externalDataConfiguration"];
    if of.iter().filter(|it| !table[**it].is_null()).count() > 1 {
        return Err(Refusal::invalid(
            "A table can be only one of a view, a materialized view and an external table.",
        ));
    }
    if let Some(columns) = table["clustering"]["fields"].as_array()
        && (columns.is_empty() || columns.len() > 4)
    {
        return Err(Refusal::invalid("Clustering needs one to four fields."));
    }
    let fields = table["schema"]["fields"].as_array().cloned().unwrap_or_default();
    if let Some(field) = table["timePartitioning"]["field"].as_str()
        && kind_of(table) == "TABLE"
    {
        let column = fields.iter().find(|it| it["name"] == field);
        let Some(column) = column else {
            return Err(Refusal::invalid(format!(
                "The field specified for partitioning cannot be found in the schema: {field}"
            )));
        };
        if !matches!(column["type"].as_str(), Some("DATE" | "TIMESTAMP" | "DATETIME")) {
            return Err(Refusal::invalid(
                "The field specified for time partitioning can only be of type TIMESTAMP, DATE or DATETIME.",
            ));
        }
    }
    let partitioning = table["timePartitioning"]["type"].as_str();
    if table["timePartitioning"].is_object()
        && !matches!(partitioning, Some("DAY" | "HOUR" | "MONTH" | "YEAR"))
    {
        return Err(Refusal::invalid("Time partitioning must have a type of DAY, HOUR, MONTH or YEAR."));
    }
    Ok(())
}

/// Derives the schema of a view from the table it reads, where its query only chooses columns.
fn derive(tx: &Tx, request: &Request<'_>, table: &mut Value) -> Result<(), Refusal> {
    let query = table["view"]["query"].as_str().or(table["materializedView"]["query"].as_str());
    let Some(choice) = query.and_then(schema::choice) else {
        // A query that does more than choose columns is planned; a view over what cannot be planned is still a view,
        // without columns that are known.
        if let Some(query) = query
            && let Some(columns) = super::query::columns(tx, request, query)?
        {
            table["schema"] = json!({"fields": columns});
        }
        return Ok(());
    };
    let parts: Vec<&str> = choice.table.split('.').collect();
    let (project, dataset, id) = match parts[..] {
        [project, dataset, id] => (project, dataset, id),
        [dataset, id] => (request.var("projectId"), dataset, id),
        _ => return Ok(()),
    };
    let Some(owner) = request.cloud.known(project) else { return Ok(()) };
    let name = format!("projects/{}/datasets/{dataset}/tables/{id}", owner.id);
    let Some(base) = TABLE.find(tx, &name)? else {
        let location = table["location"].as_str().unwrap_or("US");
        return Err(Refusal::not_found(format!(
            "Not found: Table {} was not found in location {location}",
            title(&name)
        )));
    };
    table["schema"] = json!({"fields": schema::chosen(&choice, &base["schema"]["fields"])?});
    Ok(())
}

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let table = settled(writable(request, "Table"));
    check_reference(request, &table["tableReference"], &["projectId", "datasetId"])?;
    let id = table["tableReference"]["tableId"].as_str().unwrap_or_default().to_owned();
    let mut table = make(tx, request, &datasets::name(request), &id, table)?;
    // The answer to an insert, and only that, shows an empty schema where there is none.
    default(&mut table, "schema", json!({}));
    Ok(TABLE.answer(request, table))
}

/// Makes a table in `projects/p/datasets/d` of what a caller says about it.
pub(super) fn make(
    tx: &mut Tx,
    request: &Request<'_>,
    parent: &str,
    id: &str,
    mut table: Value,
) -> Result<Value, Refusal> {
    let dataset = DATASET.load(tx, request, parent)?;
    let fits = |c: char| c.is_alphanumeric() || "_-$ ".contains(c);
    if id.is_empty() || id.len() > 1024 || !id.chars().all(fits) {
        return Err(Refusal::invalid(format!("Invalid table ID \"{id}\".")));
    }
    let (project, of) =
        (parent.split('/').nth(1).unwrap_or_default(), parent.split('/').nth(3).unwrap_or_default());
    let name = format!("{parent}/tables/{id}");
    if TABLE.find(tx, &name)?.is_some() {
        return Err(Refusal::exists((TABLE.taken)(request, &name)));
    }
    let kind = kind_of(&table);
    if matches!(kind, "VIEW" | "MATERIALIZED_VIEW") && table["schema"].is_object() {
        return Err(Refusal::invalid("Schema field shouldn't be used as input with a view"));
    }
    table["location"] = dataset["location"].clone();
    derive(tx, request, &mut table)?;
    complete(request, &mut table)?;
    check(&table)?;
    table["kind"] = json!("bigquery#table");
    table["id"] = json!(format!("{project}:{of}.{id}"));
    table["selfLink"] = link(&name);
    table["tableReference"] = json!({"projectId": project, "datasetId": of, "tableId": id});
    table["type"] = json!(kind);
    table["etag"] = json!(made_up::etag());
    table["creationTime"] = millis(request);
    table["lastModifiedTime"] = millis(request);
    for size in SIZES {
        table[*size] = json!("0");
    }
    let lifetime = dataset["defaultTableExpirationMs"]
        .as_str()
        .and_then(|it| it.parse::<i64>().ok())
        .filter(|it| *it > 0);
    if let Some(lifetime) = lifetime
        && table["timePartitioning"].is_null()
    {
        default(&mut table, "expirationTime", (moment::millis(request.now) + lifetime).to_string());
    }
    if let Some(lifetime) = dataset["defaultPartitionExpirationMs"].as_str()
        && table["timePartitioning"].is_object()
    {
        let lifetime = lifetime.to_owned();
        default(&mut table["timePartitioning"], "expirationMs", lifetime);
    }
    TABLE.insert(tx, request, &name, &table)?;
    Ok(table)
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    // A missing dataset is what is missing, and Google says so.
    let mut table = match TABLE.find(tx, &name(request))? {
        Some(table) => table,
        None => {
            DATASET.load(tx, request, &datasets::name(request))?;
            return Err(Refusal::not_found((TABLE.missing)(request, &name(request))));
        }
    };
    rows::measure(tx, &name(request), &mut table, moment::millis(request.now))?;
    if request.query.get("view") == Some("BASIC") {
        for size in SIZES {
            remove(&mut table, size);
        }
    }
    Ok(TABLE.answer(request, table))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let dataset = datasets::name(request);
    DATASET.load(tx, request, &dataset)?;
    let prefix = format!("{dataset}/tables/");
    let total = tx.all(TABLE.collection, &prefix)?.len();
    let page = page(tx, request, TABLE.collection, &prefix, TABLE.page, |_, _| true)?;
    let mut answer = json!({"kind": "bigquery#tableList", "etag": made_up::etag(), "totalItems": total});
    let fields = [
        "type",
        "friendlyName",
        "labels",
        "creationTime",
        "expirationTime",
        "timePartitioning",
        "rangePartitioning",
        "clustering",
    ];
    if !page.items.is_empty() {
        answer["tables"] = page
            .items
            .iter()
            .map(|(_, it)| {
                let mut shown = datasets::brief(it, &fields, "tableReference");
                if it["view"].is_object() {
                    shown["view"] = json!({"useLegacySql": it["view"]["useLegacySql"] == true});
                }
                shown
            })
            .collect();
    }
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}

fn change(tx: &mut Tx, request: &Request<'_>, apply: fn(&Value, &Value) -> Value) -> Result<Answer, Refusal> {
    let name = name(request);
    let old = TABLE.load(tx, request, &name)?;
    check_match(request, &old)?;
    let given = writable(request, "Table");
    check_reference(request, &given["tableReference"], &["projectId", "datasetId", "tableId"])?;
    let mut table = settled(apply(&old, &given));
    if kind_of(&table) != kind_of(&old) {
        return Err(Refusal::invalid(format!("Cannot change the type of {}.", title(&name))));
    }
    for fixed in [("timePartitioning", "field"), ("timePartitioning", "type"), ("rangePartitioning", "field")]
    {
        if old[fixed.0][fixed.1] != table[fixed.0][fixed.1] {
            return Err(Refusal::invalid(format!("Cannot change partitioning of table {}.", title(&name))));
        }
    }
    complete(request, &mut table)?;
    let views = matches!(kind_of(&table), "VIEW" | "MATERIALIZED_VIEW");
    if views && schema::requires(&given["schema"]["fields"]) {
        return Err(Refusal::invalid(
            "Schema update invalid. Field mode REQUIRED is not allowed for a view.",
        ));
    }
    let query = |it: &Value| it["view"]["query"].clone();
    if views {
        if query(&old) != query(&table) {
            derive(tx, request, &mut table)?;
        } else {
            default(&mut table, "schema", old["schema"].clone());
        }
    } else if kind_of(&table) == "TABLE" && !old["schema"]["fields"].is_null() {
        schema::check_change(&title(&name), &old["schema"]["fields"], &table["schema"]["fields"])?;
    }
    check(&table)?;
    table["etag"] = json!(made_up::etag());
    table["lastModifiedTime"] = millis(request);
    TABLE.save(tx, &name, &table)?;
    Ok(TABLE.answer(request, visible(table)))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, |old, given| {
        let mut new = old.clone();
        merge(&mut new, given);
        new
    })
}

pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, |old, given| {
        let mut new = given.clone();
        for field in KEPT.iter().chain(SIZES) {
            default(&mut new, field, old[*field].clone());
        }
        // The view's status is the server's, and so are parts of its definition.
        default(&mut new, "materializedViewStatus", old["materializedViewStatus"].clone());
        if new["materializedView"].is_object() {
            default(
                &mut new["materializedView"],
                "lastRefreshTime",
                old["materializedView"]["lastRefreshTime"].clone(),
            );
        }
        // What has been set once is shown as not set, rather than left out.
        if old["requirePartitionFilter"] == true {
            default(&mut new, "requirePartitionFilter", false);
        }
        new
    })
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    TABLE.delete(tx, request, &name(request))?;
    rows::forget(tx, &name(request))?;
    Ok(Answer::no_content())
}

pub(super) fn policy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    match policy_method(&request.method.id) {
        Some(answer) => answer(&TABLE, tx, request),
        None => Err(Refusal::not_found((TABLE.missing)(request, request.name()))),
    }
}
