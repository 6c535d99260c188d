//! Carries out runs of the source `google_cloud_storage`: files of a bucket into a table, each once.
//!
//! Which files were loaded is noted in the transaction that writes their rows, by name and generation. So a file
//! that is written while a run is on its way, or whose run is killed, is loaded by the next one, and none twice.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::log::{self, Message};
use super::runner::{Ended, denied, number, run_time, text};
use super::template;
use crate::error::{Code, Refusal};
use crate::iam;
use crate::request::{Caller, Request, last};
use crate::services::bigquery::{self, File, LoadError};
use crate::services::storage::{self, Listed};
use crate::store::Tx;

/// Which generation of a file was loaded, by config and file.
const LOADED: &str = "bigquerydatatransfer/loaded";

/// What a run does, as its parameters say.
struct Load<'a> {
    request: Request<'a>,
    project: String,
    /// The key of the config.
    config: &'a str,
    bucket: String,
    pattern: String,
    /// `projects/p/datasets/d/tables/t`.
    table: String,
    params: &'a Value,
    configuration: Value,
    /// What the ids of its jobs begin with.
    job: String,
}

fn flag(params: &Value, name: &str) -> bool {
    text(params, name) == "true"
}

/// The load job that a run's parameters ask for.
fn configuration(params: &Value, project: &str, dataset: &str, table: &str) -> Value {
    let format = match text(params, "file_format").as_str() {
        "JSON" => "NEWLINE_DELIMITED_JSON".to_owned(),
        "" => "CSV".to_owned(),
        other => other.to_owned(),
    };
    let mirror = text(params, "write_disposition") == "MIRROR";
    let mut out = json!({
        "destinationTable": {"projectId": project, "datasetId": dataset, "tableId": table},
        "sourceFormat": format,
        // A transfer does not make its table.
        "createDisposition": "CREATE_NEVER",
        // What is mirrored goes into the columns that there are.
        "writeDisposition": if mirror { "WRITE_TRUNCATE_DATA" } else { "WRITE_APPEND" },
        "maxBadRecords": number(params, "max_bad_records"),
        "skipLeadingRows": number(params, "skip_leading_rows"),
        "ignoreUnknownValues": flag(params, "ignore_unknown_values"),
        "allowJaggedRows": flag(params, "allow_jagged_rows"),
        "allowQuotedNewlines": flag(params, "allow_quoted_newlines"),
    });
    for (param, field) in [("field_delimiter", "fieldDelimiter"), ("quote", "quote")] {
        if params[param].is_string() {
            out[field] = params[param].clone();
        }
    }
    out
}

impl<'a> Load<'a> {
    fn new(
        request: Request<'a>,
        key: &str,
        run: &'a Value,
        config: (&'a str, &Value),
    ) -> Result<Load<'a>, Refusal> {
        let params = &run["params"];
        let at = run_time(run);
        let fill = |name: &str| template::fill(&text(params, name), at).map_err(Refusal::invalid);
        let path = fill("data_path_template")?;
        let table = fill("destination_table_name_template")?;
        if table.contains('$') {
            return Err(unbuilt(format!("transfers into partitions ({table})")));
        }
        for name in ["reference_file_schema_uri", "decimal_target_types"] {
            if !text(params, name).is_empty() {
                return Err(unbuilt(format!("transfers with the parameter {name}")));
            }
        }
        if !matches!(text(params, "encoding").as_str(), "" | "UTF-8" | "UTF8") {
            return Err(unbuilt("transfers of files in another encoding than UTF-8".to_owned()));
        }
        let wrong = || Refusal::invalid(format!("Invalid source URI {path}: it must be gs://BUCKET/OBJECT."));
        let (bucket, pattern) =
            path.strip_prefix("gs://").and_then(|it| it.split_once('/')).ok_or_else(wrong)?;
        if bucket.is_empty() || bucket.contains('*') || pattern.is_empty() {
            return Err(wrong());
        }
        let project = request.project()?.id.clone();
        let dataset = config.1["destinationDatasetId"].as_str().unwrap_or_default();
        Ok(Load {
            configuration: configuration(params, &project, dataset, &table),
            table: format!("projects/{project}/datasets/{dataset}/tables/{table}"),
            bucket: bucket.to_owned(),
            pattern: pattern.to_owned(),
            job: format!("bqts_{}", last(key).replace('-', "")),
            config: config.0,
            params,
            project,
            request,
        })
    }

    fn mirrors(&self) -> bool {
        text(self.params, "write_disposition") == "MIRROR"
    }

    fn uri(&self) -> String {
        format!("gs://{}/{}", self.bucket, self.pattern)
    }

    /// `events` of `projects/p/datasets/d/tables/events`.
    fn table_id(&self) -> &str {
        last(&self.table)
    }

    /// Refuses what the account that runs the transfer may not do.
    fn check(&self, tx: &Tx) -> Result<(), Refusal> {
        let caller = &self.request.caller;
        let bucket = tx.get("storage/buckets", &self.bucket)?.ok_or_else(|| {
            Refusal::not_found(format!(
                "Not found: Bucket {}: The specified bucket does not exist.",
                self.bucket
            ))
        })?;
        let owner = bucket["_project"].as_str().unwrap_or(&self.project);
        let key = iam::key("storage", &format!("b/{}", self.bucket));
        for (permission, noun) in [("storage.objects.list", "bucket"), ("storage.objects.get", "object")] {
            if !iam::allowed(tx, Some(caller), permission, &key, owner)? {
                return Err(Refusal::denied(format!(
                    "Access Denied: File {}: {} does not have {permission} access to the Google Cloud Storage {noun}. \
                     Permission '{permission}' denied on resource (or it may not exist).",
                    self.uri(),
                    caller.shown()
                )));
            }
        }
        let project = &self.project;
        let key = iam::key("bigquery", &format!("projects/{project}"));
        if !iam::allowed(tx, Some(caller), "bigquery.jobs.create", &key, project)? {
            return Err(Refusal::denied(format!(
                "Access Denied: Project {project}: User does not have bigquery.jobs.create permission in project \
                 {project}."
            )));
        }
        let key = iam::key("bigquery", &self.table);
        let title = self.title();
        for permission in ["bigquery.tables.get", "bigquery.tables.updateData"] {
            if !iam::allowed(tx, Some(caller), permission, &key, project)? {
                return Err(denied("Table", &title, permission));
            }
        }
        if tx.get("bigquery/tables", &self.table)?.is_none() {
            return Err(Refusal::not_found(format!("Not found: Table {title}")));
        }
        Ok(())
    }

    /// `p:d.t`.
    fn title(&self) -> String {
        let parts: Vec<&str> = self.table.split('/').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        format!("{}:{}.{}", part(1), part(3), part(5))
    }

    fn note(&self, file: &Listed) -> String {
        format!("{}/{}/{}", self.config, file.bucket, file.name)
    }

    /// The files to load. Google appends a file once, and again when it was written again: what a file's
    /// modification time tells there, its generation tells here, which no clock can make ambiguous. Whoever mirrors
    /// loads every file each time.
    fn choose(&self, tx: &Tx) -> Result<Vec<Listed>, Refusal> {
        let found = storage::listed(tx, &self.bucket, &self.pattern)?.unwrap_or_default();
        if self.mirrors() {
            return Ok(found);
        }
        let mut fresh = Vec::new();
        for file in found {
            let noted = tx.get(LOADED, &self.note(&file))?;
            if noted.is_none_or(|it| it["generation"] != file.generation.as_str()) {
                fresh.push(file);
            }
        }
        Ok(fresh)
    }

    /// Notes files as loaded, forgets those that are no more, and deletes them if that is asked.
    fn settle(&self, tx: &mut Tx, files: &[Listed]) -> Result<Vec<Message>, Refusal> {
        for file in files {
            tx.put(LOADED, &self.note(file), &json!({"generation": file.generation}))?;
        }
        let mut said = Vec::new();
        if flag(self.params, "delete_source_files") {
            for file in files {
                // Google does its best here, and a file that stays fails no run.
                if let Err(refusal) = self.delete(tx, file) {
                    said.push(log::warning(format!("Failed to delete {}: {}", file.uri(), refusal.message)));
                }
            }
        }
        let prefix = format!("{}/{}/", self.config, self.bucket);
        for (key, _) in tx.all(LOADED, &prefix)? {
            if !storage::exists(tx, &self.bucket, &key[prefix.len()..])? {
                tx.remove(LOADED, &key)?;
            }
        }
        Ok(said)
    }

    fn delete(&self, tx: &mut Tx, file: &Listed) -> Result<(), Refusal> {
        let caller = &self.request.caller;
        let owner = tx.get("storage/buckets", &file.bucket)?.unwrap_or_default();
        let owner = owner["_project"].as_str().unwrap_or(&self.project).to_owned();
        let key = iam::key("storage", &format!("b/{}", file.bucket));
        if !iam::allowed(tx, Some(caller), "storage.objects.delete", &key, &owner)? {
            return Err(Refusal::denied(format!(
                "{} does not have storage.objects.delete access to the Google Cloud Storage object.",
                caller.shown()
            )));
        }
        let path = [("bucket", file.bucket.as_str()), ("object", file.name.as_str())];
        let project = self.request.project.clone();
        let mut request = Request::own(
            self.request.cloud,
            ("storage", "v1"),
            "storage.objects.delete",
            &path,
            project,
            caller.clone(),
        )?;
        // Only the version that was loaded: one that was written since is still to come.
        request.query.set("ifGenerationMatch", &file.generation);
        storage::delete(tx, &request)
    }

    /// Loads files as the job of this number, and notes them, in one transaction.
    fn load(&self, tx: &mut Tx, number: usize, files: &Files) -> Result<Vec<Message>, LoadError> {
        let id = self.job_id(number);
        let configuration = self.configuration(files);
        let loaded = bigquery::load_as(tx, &self.request, &id, &configuration, &files.contents)?;
        let mut said = vec![log::info(format!(
            "Job {id} (table {}) completed successfully. Number of records: {}, with errors: {}.",
            self.table_id(),
            loaded.rows,
            loaded.bad
        ))];
        said.extend(self.settle(tx, &files.listed)?);
        Ok(said)
    }

    fn configuration(&self, files: &Files) -> Value {
        let mut configuration = self.configuration.clone();
        configuration["sourceUris"] = files.listed.iter().map(|it| json!(it.uri())).collect();
        configuration
    }

    fn job_id(&self, number: usize) -> String {
        if number == 0 { self.job.clone() } else { format!("{}_{number}", self.job) }
    }
}

/// Files, and in the same order what is in them.
#[derive(Default)]
struct Files {
    listed: Vec<Listed>,
    contents: Vec<File>,
}

impl Files {
    fn read(tx: &Tx, listed: Vec<Listed>) -> Result<Files, Refusal> {
        let contents = bigquery::read_listed(tx, &listed)?;
        Ok(Files { listed, contents })
    }

    fn without(self, bad: &BTreeSet<String>) -> Files {
        let good = self.listed.into_iter().zip(self.contents).filter(|(_, file)| !bad.contains(&file.uri));
        let (listed, contents) = good.unzip();
        Files { listed, contents }
    }
}

fn unbuilt(what: String) -> Refusal {
    Refusal::new(Code::Unimplemented, format!("The local cloud has not built {what}."))
}

/// Carries out a run.
///
/// # Errors
///
/// Why it could not even begin to load.
pub(super) fn run(
    request: Request<'_>,
    key: &str,
    run: &Value,
    config: (&str, &Value),
) -> Result<Ended, Refusal> {
    let cloud = request.cloud;
    let load = Load::new(request, key, run, config)?;
    let mut tx = cloud.store.write()?;
    load.check(&tx)?;
    let files = Files::read(&tx, load.choose(&tx)?)?;
    if files.listed.is_empty() {
        let said = vec![log::info(format!("No new files found matching \"{}\".", load.uri()))];
        return Ok(Ended { tx, said, error: None });
    }
    if load.configuration(&files)["sourceFormat"] == "PARQUET" {
        cloud.sql.engine()?;
    }
    let mut said =
        vec![log::info("Moving data from Google Cloud Storage to Google BigQuery started.".to_owned())];
    let failed = match load.load(&mut tx, 0, &files) {
        Ok(more) => {
            said.extend(more);
            said.push(complete(1, 0));
            return Ok(Ended { tx, said, error: None });
        }
        Err(failed) => failed,
    };
    // Nothing of what was begun stays.
    drop(tx);
    let mut tx = cloud.store.write()?;
    bigquery::keep_failed(&mut tx, &load.request, &load.job_id(0), &load.configuration(&files), &failed)?;
    let error = failure(&load, &failed);
    said.push(log::error(error.message.clone()));
    for more in failed.errors().iter().skip(2) {
        said.push(log::error(more["message"].as_str().unwrap_or_default()));
    }
    let good = match &failed {
        LoadError::Records { files: bad, .. } => files.without(bad),
        LoadError::Refused(_) => Files::default(),
    };
    // Google's job is all or nothing, and a bad file keeps the others from being loaded until it is gone. Here they
    // are loaded by a second job, and only the bad one waits to be mended. A mirror of a part would be a lie.
    if good.listed.is_empty() || load.mirrors() {
        said.push(complete(0, 1));
        return Ok(Ended { tx, said, error: Some(error) });
    }
    match load.load(&mut tx, 1, &good) {
        Ok(more) => {
            said.extend(more);
            said.push(complete(1, 1));
            Ok(Ended { tx, said, error: Some(error) })
        }
        // They were fine a moment ago: what changed since, such as the table, is why.
        Err(LoadError::Refused(refusal)) => Err(refusal),
        Err(again @ LoadError::Records { .. }) => Err(failure(&load, &again)),
    }
}

fn complete(succeeded: u32, failed: u32) -> Message {
    log::info(format!(
        "Moving data from Google Cloud Storage to Google BigQuery complete: succeeded {succeeded} jobs, failed \
         {failed} jobs."
    ))
}

/// What a run fails of whose job failed: the job's error, and the first record's with its file and line.
fn failure(load: &Load<'_>, failed: &LoadError) -> Refusal {
    let (code, message) = match failed {
        LoadError::Refused(refusal) => (refusal.code, refusal.message.clone()),
        LoadError::Records { errors, .. } => {
            let texts: Vec<&str> = errors.iter().take(2).filter_map(|it| it["message"].as_str()).collect();
            (Code::InvalidArgument, texts.join("; "))
        }
    };
    let job = load.job_id(0);
    Refusal::new(
        code,
        format!(
            "Job {job} (table {}) failed with error {}: {message}; JobID: {}:{job}",
            load.table_id(),
            code.status(),
            load.project
        ),
    )
}

/// Forgets which files a config has loaded.
pub(super) fn forget(tx: &mut Tx, config: &str) -> Result<(), Refusal> {
    for (name, _) in tx.all(LOADED, &format!("{config}/"))? {
        tx.remove(LOADED, &name)?;
    }
    Ok(())
}

/// Who carries out a config's runs: its account, or whoever made it.
pub(super) fn account(config: &Value) -> Caller {
    let owner = config["ownerInfo"]["email"].as_str();
    match config["_serviceAccount"].as_str().filter(|it| !it.is_empty()).or(owner) {
        None | Some(crate::request::OWNER) => Caller::Owner,
        Some(email) => Caller::Principal(email.to_owned()),
    }
}
