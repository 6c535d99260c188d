//! Query jobs: a statement's run against the tables that are kept here.

use std::cell::RefCell;

use serde_json::{Map, Value, json};
use values::engine::{
    Catalog, Done, Effect, Engine, Failure, Found, Limits, Listed, Reason, Scope, Stop, TableName,
};
use values::types::{Field, fields};

use super::datasets::DATASET;
use super::jobs::{Job, error_of};
use super::tables::TABLE;
use super::{destination, effects, parameters, rows};
use crate::clock;
use crate::error::{Code, Refusal};
use crate::iam;
use crate::made_up;
use crate::request::Request;
use crate::store::Tx;

/// BigQuery bills whole megabytes, and ten of them at least.
const MEGABYTE: u64 = 1 << 20;

/// The tables of the local cloud, as a query finds them.
struct Tables<'a> {
    tx: &'a Tx,
    request: &'a Request<'a>,
    /// Where the first dataset that was found is.
    location: RefCell<Option<String>>,
    /// Why the caller may not read a table.
    denied: RefCell<Option<Refusal>>,
}

impl<'a> Tables<'a> {
    fn new(tx: &'a Tx, request: &'a Request<'a>) -> Tables<'a> {
        Tables { tx, request, location: RefCell::new(None), denied: RefCell::new(None) }
    }

    fn project(&self, named: &str) -> String {
        self.request.cloud.known(named).map_or_else(|| named.to_owned(), |it| it.id)
    }
}

fn internal(refusal: Refusal) -> String {
    refusal.message
}

impl Catalog for Tables<'_> {
    fn find(&self, name: &TableName) -> Result<Option<Found>, String> {
        let dataset = format!("projects/{}/datasets/{}", self.project(&name.project), name.dataset);
        let table = format!("{dataset}/tables/{}", name.table);
        let Some(document) = TABLE.find(self.tx, &table).map_err(internal)? else { return Ok(None) };
        let allowed =
            iam::may(self.tx, self.request, "bigquery.tables.getData", &iam::key("bigquery", &table));
        if !allowed.map_err(internal)? {
            let refusal = Refusal::denied(format!(
                "Access Denied: Table {name}: User does not have permission to query table {name}, or perhaps it does \
                 not exist."
            ));
            *self.denied.borrow_mut() = Some(refusal);
            return Err("access denied".to_owned());
        }
        self.location
            .borrow_mut()
            .get_or_insert_with(|| document["location"].as_str().unwrap_or("US").to_owned());
        Ok(match document["type"].as_str() {
            Some("VIEW") => {
                Some(Found::View { query: document["view"]["query"].as_str().unwrap_or_default().to_owned() })
            }
            Some("MATERIALIZED_VIEW") => Some(Found::View {
                query: document["materializedView"]["query"].as_str().unwrap_or_default().to_owned(),
            }),
            _ => {
                let index = rows::index(self.tx, &table).map_err(internal)?;
                Some(Found::Rows {
                    fields: fields(&document["schema"]["fields"]),
                    segments: index.segments.into_iter().map(|it| it.key).collect(),
                })
            }
        })
    }

    fn segment(&self, key: &str) -> Result<Vec<Map<String, Value>>, String> {
        rows::segment(self.tx, key).map_err(internal)
    }

    fn dataset(&self, project: &str, dataset: &str) -> Result<Option<String>, String> {
        let name = format!("projects/{}/datasets/{dataset}", self.project(project));
        let found = DATASET.find(self.tx, &name).map_err(internal)?;
        Ok(found.map(|it| it["location"].as_str().unwrap_or("US").to_owned()))
    }

    fn tables(&self, project: &str, dataset: &str) -> Result<Vec<Listed>, String> {
        let prefix = format!("projects/{}/datasets/{dataset}/tables/", self.project(project));
        let all = self.tx.all(TABLE.collection, &prefix).map_err(|it| it.to_string())?;
        Ok(all
            .into_iter()
            .map(|(_, it)| Listed {
                name: it["tableReference"]["tableId"].as_str().unwrap_or_default().to_owned(),
                kind: it["type"].as_str().unwrap_or_default().to_owned(),
                created: it["creationTime"].as_str().and_then(|it| it.parse::<i64>().ok()).unwrap_or(0)
                    * 1000,
                fields: fields(&it["schema"]["fields"]),
            })
            .collect())
    }
}

/// What the API says to a failure of the engine.
fn refusal(failure: &Failure) -> Refusal {
    let message = failure.message.clone();
    match failure.reason {
        Reason::Query => Refusal::invalid(message).reason("invalidQuery"),
        Reason::NotFound => Refusal::not_found(message),
        Reason::Duplicate => Refusal::exists(message),
        Reason::Unsupported => Refusal::new(Code::Unimplemented, message).reason("notImplemented"),
        Reason::Resources => Refusal::invalid(message).reason("resourcesExceeded"),
        Reason::Stopped | Reason::Timeout => Refusal::invalid(message).reason("stopped"),
        Reason::Internal => Refusal::internal(message),
    }
}

/// Whether a statement only reads: it begins as a query does.
fn only_reads(sql: &str) -> bool {
    let mut rest = sql.trim_start();
    loop {
        let comment = if rest.starts_with("--") || rest.starts_with('#') {
            rest.find('\n').map(|at| at + 1)
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|at| at + 2)
        } else {
            break;
        };
        rest = comment.map_or("", |at| rest[at..].trim_start());
    }
    let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    rest.starts_with('(') || matches!(word.to_ascii_uppercase().as_str(), "SELECT" | "WITH")
}

/// What the columns of a result are called and typed, for the API.
fn shown_schema(columns: &[Field]) -> Value {
    columns.iter().map(Field::to_api).collect()
}

/// Runs a query job and keeps it; the second says why it failed, if it did.
pub(super) fn run(tx: &Tx, request: &Request<'_>, mut job: Job) -> Result<(Value, Option<Refusal>), Refusal> {
    let dry = job.document["configuration"]["dryRun"] == true;
    let sql = job.document["configuration"]["query"]["query"].as_str().unwrap_or_default().to_owned();
    job.document["configuration"]["jobType"] = json!("QUERY");
    let engine = request.cloud.sql.engine()?;
    let outcome = check(&job, &sql).and_then(|()| {
        if dry || only_reads(&sql) && job.document["configuration"]["query"]["destinationTable"].is_null() {
            let done = plan(engine, tx, request, &mut job, &sql, dry)?;
            return Ok((done, None));
        }
        let mut writing = request.cloud.store.write()?;
        let done = plan(engine, &writing, request, &mut job, &sql, dry)?;
        let done = effects::apply(&mut writing, request, &mut job, done)?;
        Ok((done, Some(writing)))
    });
    let mut failed = None;
    let mut writing = None;
    match outcome {
        Ok((done, transaction)) => {
            if dry {
                job.document["statistics"]["query"]["schema"] = json!({"fields": shown_schema(&done.fields)});
                job.document["jobReference"]["jobId"] = json!("");
                return Ok((job.document, None));
            }
            let mut tx = match transaction {
                Some(tx) => tx,
                None => request.cloud.store.write()?,
            };
            keep_rows(&mut tx, &mut job, &done)?;
            writing = Some(tx);
        }
        // A dry run has no job that could tell: its caller is told at once.
        Err(refusal) if dry => return Err(refusal),
        Err(refusal) => failed = Some(refusal),
    }
    let errors = failed.as_ref().map(|it| vec![error_of(it)]);
    job.end(errors.as_deref());
    let mut tx = match writing {
        Some(tx) => tx,
        None => request.cloud.store.write()?,
    };
    job.keep(&mut tx)?;
    tx.commit()?;
    Ok((job.document, failed))
}

fn check(job: &Job, sql: &str) -> Result<(), Refusal> {
    if sql.trim().is_empty() {
        return Err(Refusal::invalid("Required parameter is missing: query").reason("required"));
    }
    // What does not say is legacy to Google, which nobody notices until it is too late.
    if job.document["configuration"]["query"]["useLegacySql"] != false {
        return Err(Refusal::invalid(
            "The local BigQuery has no legacy SQL, which a request without useLegacySql asks for: send \
             \"useLegacySql\": false.",
        )
        .reason("invalidQuery"));
    }
    Ok(())
}

/// How much a job's query may take: as long as the job says, and until something stops it.
fn limits(job: &Job) -> Limits {
    let said = &job.document["configuration"]["jobTimeoutMs"];
    let said = said.as_u64().or_else(|| said.as_str().and_then(|it| it.parse().ok())).filter(|it| *it > 0);
    let mut limits = match said {
        Some(millis) => Limits::lasting(std::time::Duration::from_millis(millis)),
        None => Limits::default(),
    };
    limits.stops = job.stops.iter().cloned().map(Stop::of).collect();
    limits
}

/// Runs the statement, or only plans it, and notes what it read.
fn plan(
    engine: &dyn Engine,
    tx: &Tx,
    request: &Request<'_>,
    job: &mut Job,
    sql: &str,
    dry: bool,
) -> Result<Done, Refusal> {
    let query = job.document["configuration"]["query"].clone();
    let tables = Tables::new(tx, request);
    let default = &query["defaultDataset"];
    let dataset = default["datasetId"].as_str().map(|it| {
        (default["projectId"].as_str().unwrap_or(request.var("projectId")).to_owned(), it.to_owned())
    });
    let scope = Scope {
        project: request.var("projectId"),
        dataset,
        location: job.location().to_owned(),
        parameters: parameters::read(&query["queryParameters"])?,
        now: clock::micros(request.now),
        user: request.caller.shown().to_owned(),
        limits: limits(job),
    };
    let ran = engine.run(sql, &tables, &scope, dry || limited(&query));
    if let Some(denied) = tables.denied.take() {
        return Err(denied);
    }
    let mut done = ran.map_err(|it| refusal(&it))?;
    if let Some(location) = tables.location.take() {
        job.set_location(&location);
    }
    let billed = match done.bytes {
        0 => 0,
        bytes => bytes.div_ceil(MEGABYTE).max(10) * MEGABYTE,
    };
    if let Some(most) =
        query["maximumBytesBilled"].as_str().and_then(|it| it.parse::<u64>().ok()).filter(|it| *it > 0)
    {
        if billed > most {
            return Err(Refusal::invalid(format!(
                "Query exceeded limit for bytes billed: {most}. {billed} or higher required."
            ))
            .reason("bytesBilledLimitExceeded"));
        }
        if !dry {
            done = engine.run(sql, &tables, &scope, false).map_err(|it| refusal(&it))?;
        }
    }
    let statistics = &mut job.document["statistics"];
    statistics["totalBytesProcessed"] = json!(done.bytes.to_string());
    let reference =
        |it: &TableName| json!({"projectId": it.project, "datasetId": it.dataset, "tableId": it.table});
    statistics["query"] = json!({
        "statementType": done.statement,
        "totalBytesProcessed": done.bytes.to_string(),
        "totalBytesBilled": billed.to_string(),
        "cacheHit": false,
    });
    if !done.read.is_empty() {
        statistics["query"]["referencedTables"] = done.read.iter().map(reference).collect();
    }
    Ok(done)
}

/// The columns that a query yields, as a view of it shows them; `None` if it cannot be planned.
///
/// # Errors
///
/// When there is no engine to plan it with yet.
pub(super) fn columns(tx: &Tx, request: &Request<'_>, sql: &str) -> Result<Option<Value>, Refusal> {
    let engine = match request.cloud.sql.engine() {
        Ok(engine) => engine,
        Err(refusal) if refusal.code == Code::Unimplemented => return Ok(None),
        Err(refusal) => return Err(refusal),
    };
    let tables = Tables::new(tx, request);
    let scope = Scope {
        project: request.var("projectId"),
        dataset: None,
        location: "US".to_owned(),
        parameters: Vec::new(),
        now: clock::micros(request.now),
        user: request.caller.shown().to_owned(),
        limits: Limits::default(),
    };
    Ok(engine.run(sql, &tables, &scope, true).ok().map(|it| shown_schema(&it.fields)))
}

/// Whether a query must be planned before it may run.
fn limited(query: &Value) -> bool {
    query["maximumBytesBilled"].as_str().is_some_and(|it| it != "0")
}

/// Keeps what a query yields where its pages are read from.
fn keep_rows(tx: &mut Tx, job: &mut Job, done: &Done) -> Result<(), Refusal> {
    if done.effect != Effect::None || done.fields.is_empty() {
        return Ok(());
    }
    job.document["_schema"] = shown_schema(&done.fields);
    let query = &job.document["configuration"]["query"];
    match destination::name_of(&query["destinationTable"]) {
        Some(table) => job.document["_rows"] = json!(table),
        None => {
            rows::add(tx, &job.name, &done.fields, &done.rows, None)?;
            let project = job.document["jobReference"]["projectId"].clone();
            job.document["_rows"] = json!(job.name);
            job.document["configuration"]["query"]["destinationTable"] = json!({"projectId": project,
                "datasetId": format!("_{}", made_up::hex(40)), "tableId": format!("anon{}", made_up::hex(32))});
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_reads() {
        for sql in
            ["select 1", "-- hello\nSELECT 1", "/* x */ WITH a AS (SELECT 1) SELECT * FROM a", "(SELECT 1)"]
        {
            assert!(only_reads(sql), "{sql}");
        }
        for sql in ["DELETE FROM t WHERE true", "# SELECT\nINSERT t VALUES (1)", "", "-- SELECT"] {
            assert!(!only_reads(sql), "{sql}");
        }
    }
}
