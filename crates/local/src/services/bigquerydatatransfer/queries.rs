//! Carries out runs of the source `scheduled_query`: a query for a time, into a table if one is named.

use serde_json::{Value, json};

use super::log;
use super::runner::{Ended, run_time, text};
use super::template;
use crate::error::Refusal;
use crate::moment;
use crate::request::{Request, last};
use crate::services::bigquery;

/// Runs the query with `@run_time` and `@run_date`. The job keeps itself with what it wrote, under an id that
/// follows from the run's: begun again after a kill, it is not run twice.
pub(super) fn run(request: &Request<'_>, key: &str, run: &Value, config: &Value) -> Result<Ended, Refusal> {
    let params = &run["params"];
    let at = run_time(run);
    let parameter = |name: &str, kind: &str, value: String| json!({"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": value}});
    let mut configuration = json!({
        "query": text(params, "query"),
        "useLegacySql": false,
        "parameterMode": "NAMED",
        "queryParameters": [
            parameter("run_time", "TIMESTAMP", moment::text(at)),
            parameter("run_date", "DATE", moment::seconds(at).chars().take(10).collect()),
        ],
    });
    let dataset = config["destinationDatasetId"].as_str().unwrap_or_default();
    let project = &request.project()?.id;
    if !dataset.is_empty() {
        configuration["defaultDataset"] = json!({"projectId": project, "datasetId": dataset});
    }
    let table =
        template::fill(&text(params, "destination_table_name_template"), at).map_err(Refusal::invalid)?;
    if !table.is_empty() {
        configuration["destinationTable"] =
            json!({"projectId": project, "datasetId": dataset, "tableId": table});
        configuration["writeDisposition"] = json!(match text(params, "write_disposition").as_str() {
            "WRITE_TRUNCATE" => "WRITE_TRUNCATE",
            _ => "WRITE_APPEND",
        });
    }
    let id = format!("scheduled_query_{}", last(key).replace('-', ""));
    let said = vec![log::info(format!("Starting to process job {id}."))];
    bigquery::query_as(request, &id, &configuration)?;
    let mut said = said;
    said.push(log::info(format!("Job {id} completed successfully.")));
    Ok(Ended { tx: request.cloud.store.write()?, said, error: None })
}
