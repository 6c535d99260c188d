//! Launches jobs from templates: classic ones and flex ones.

use serde_json::{Map, Value, json};

use super::jobs::{self, JOB};
use super::pipeline::{self, Template};
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request, last};
use crate::resource;
use crate::services::regions;
use crate::store::Tx;

/// What is launched, however it was asked for.
struct Launch<'a> {
    job: &'a str,
    /// Where the template is; empty if the request brings it along.
    template: &'a str,
    parameters: &'a Value,
    environment: &'a Value,
    update: bool,
    flex: bool,
    validate_only: bool,
}

impl Launch<'_> {
    /// The name of a template that Google provides.
    fn provided(&self) -> Option<&str> {
        let path = self.template.strip_prefix("gs://dataflow-templates")?;
        // Each region has its own copy: `gs://dataflow-templates-us-central1/latest/…`.
        (path.starts_with('/') || path.starts_with('-')).then(|| last(path))
    }

    /// Whether the job goes on for ever: if what it reads never ends.
    fn is_streaming(&self) -> bool {
        let endless = ["inputsubscription", "inputtopic", "subscription", "kafka", "changestream"];
        let reads = |name: &str| endless.iter().any(|it| name.to_ascii_lowercase().contains(it));
        let template = last(self.template).to_ascii_lowercase();
        let named =
            template.contains("pubsub_") && !template.contains("to_pubsub") || template.contains("stream");
        named
            || template.contains("cdc")
            || template.starts_with("kafka_to")
            || self.parameters.as_object().into_iter().flatten().any(|(name, _)| reads(name))
    }

    fn labels(&self) -> Map<String, Value> {
        let mut labels = self.environment["additionalUserLabels"].as_object().cloned().unwrap_or_default();
        if let Some(template) = self.provided() {
            let kind = if self.flex { "flex" } else { "legacy" };
            labels.insert(
                "goog-dataflow-provided-template-name".to_owned(),
                json!(template.to_ascii_lowercase()),
            );
            labels.insert("goog-dataflow-provided-template-type".to_owned(), json!(kind));
        }
        labels
    }
}

/// The options that Beam's Java SDK tells of every pipeline, with the values they have when nobody sets them.
fn beam_defaults() -> Value {
    json!({
        "HTTPWriteTimeout": 0,
        "credentialFactoryClass": "org.apache.beam.sdk.extensions.gcp.auth.GcpCredentialFactory",
        "dataflowEndpoint": "",
        "dataflowWorkerJar": null,
        "defaultEnvironmentConfig": null,
        "defaultEnvironmentType": null,
        "enableCloudDebugger": false,
        "gcsPerformanceMetrics": false,
        "gcsUploadBufferSizeBytes": null,
        "googleApiTrace": null,
        "maxStreamingBatchSize": 65_536,
        "maxStreamingRowsToBatch": 500,
        "numStreamingKeys": 50,
        "numberOfWorkerHarnessThreads": 0,
        "optionsId": 0,
        "overrideWindmillBinary": null,
        "pathValidatorClass": "org.apache.beam.sdk.extensions.gcp.storage.GcsPathValidator",
        "saveProfilesToGcs": null,
        "stableUniqueNames": "WARNING",
        "stagerClass": "org.apache.beam.runners.dataflow.util.GcsStager",
        "useGrpcForGcs": false,
        "workerDiskType": null,
    })
}

/// What a pipeline is started with: the parameters, and the environment under the names that Beam has for it.
fn options(
    request: &Request<'_>,
    launch: &Launch<'_>,
    id: &str,
    labels: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let project = request.project()?;
    let region = jobs::location(request);
    let environment = launch.environment;
    let staging = format!("gs://dataflow-staging-{region}-{}", project.number);
    let temp = environment["tempLocation"].as_str().map_or_else(|| format!("{staging}/tmp"), str::to_owned);
    let stage =
        environment["stagingLocation"].as_str().map_or_else(|| format!("{staging}/staging"), str::to_owned);
    let number = |field: &str| environment[field].as_i64().unwrap_or(0);
    let app: String = last(launch.template)
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars.next().map(|it| it.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
        })
        .collect();
    let mut options = beam_defaults();
    let own = json!({
        "apiRootUrl": "https://dataflow.googleapis.com/",
        "appName": app,
        "autoscalingAlgorithm": environment["autoscalingAlgorithm"],
        "dataflowKmsKey": environment["kmsKeyName"],
        "diskSizeGb": number("diskSizeGb"),
        "enableStreamingEngine": environment["enableStreamingEngine"] == true,
        "experiments": environment["additionalExperiments"].as_array().cloned().unwrap_or_default(),
        "gcpTempLocation": temp,
        "jobName": launch.job,
        "labels": labels,
        "maxNumWorkers": number("maxWorkers"),
        "network": environment["network"],
        "numWorkers": number("numWorkers"),
        "project": project.id,
        "region": region,
        "runner": "org.apache.beam.runners.dataflow.DataflowRunner",
        "serviceAccount": account(request, launch)?,
        "stagingLocation": stage,
        "streaming": launch.is_streaming(),
        "subnetwork": environment["subnetwork"],
        "tempLocation": temp,
        "workerMachineType": environment["machineType"],
        "workerRegion": environment["workerRegion"],
        "zone": environment["zone"],
    });
    for (name, value) in own.as_object().into_iter().flatten() {
        options[name] = value.clone();
    }
    if launch.flex {
        options["templateLocation"] = json!(format!("{stage}/template_launches/{id}/job_object"));
    }
    if environment["ipConfiguration"] == "WORKER_IP_PRIVATE" {
        options["usePublicIps"] = json!(false);
    }
    for (name, value) in launch.parameters.as_object().into_iter().flatten() {
        options[name] = value.clone();
    }
    Ok(json!({"display_data": [], "options": options}))
}

/// The account that the workers run as.
fn account(request: &Request<'_>, launch: &Launch<'_>) -> Result<String, Refusal> {
    match launch.environment["serviceAccountEmail"].as_str() {
        Some(email) => Ok(email.to_owned()),
        None => Ok(format!("{}-compute@developer.gserviceaccount.com", request.project()?.number)),
    }
}

fn environment(
    request: &Request<'_>,
    launch: &Launch<'_>,
    id: &str,
    labels: &Map<String, Value>,
) -> Result<Value, Refusal> {
    let options = options(request, launch, id, labels)?;
    let temp = options["options"]["tempLocation"].as_str().unwrap_or_default().to_owned();
    let kind = if launch.is_streaming() { "STREAMING" } else { "JAVA_BATCH_AUTOSCALING" };
    let mut out = json!({
        "dataset": "bigquery.googleapis.com/cloud_dataflow",
        "sdkPipelineOptions": options,
        "serviceAccountEmail": account(request, launch)?,
        "tempStoragePrefix": temp.replacen("gs://", "storage.googleapis.com/", 1),
        "userAgent": {"name": "Apache Beam SDK for Java"},
        "version": {"job_type": kind, "major": "8"},
    });
    if let Some(experiments) = launch.environment.get("additionalExperiments") {
        out["experiments"] = experiments.clone();
    }
    if let Some(key) = launch.environment.get("kmsKeyName") {
        out["serviceKmsKeyName"] = key.clone();
    }
    Ok(out)
}

fn check(tx: &Tx, request: &Request<'_>, launch: &Launch<'_>) -> Result<(), Refusal> {
    regions::check(jobs::location(request), &[])?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let job = launch.job;
    let good =
        job.starts_with(|c: char| c.is_ascii_lowercase()) && !job.ends_with('-') && job.chars().all(fits);
    if !good || job.len() > 1024 {
        return Err(Refusal::invalid(format!(
            "({}): The workflow could not be created. Causes: ({}): The job name \"{job}\" is invalid. Specify a name \
             that has only lower-case letters, digits and hyphens, and begins with a letter.",
            made_up::hex(16),
            made_up::hex(16)
        )));
    }
    if !launch.template.is_empty() && !launch.template.starts_with("gs://") {
        return Err(Refusal::invalid(format!(
            "Template path {} is invalid: it must begin with gs://.",
            launch.template
        )));
    }
    for field in ["tempLocation", "stagingLocation"] {
        if launch.environment[field].as_str().is_some_and(|it| !it.starts_with("gs://")) {
            return Err(Refusal::invalid(format!(
                "Runtime environment {field} must be a Cloud Storage path."
            )));
        }
    }
    pipeline::check(&Template {
        name: launch.provided().unwrap_or_default(),
        parameters: launch.parameters,
    })?;
    if let Some(email) = launch.environment["serviceAccountEmail"].as_str() {
        let absent = Refusal::invalid(format!("The controller service account {email} does not exist."));
        iam::check_act_as(tx, request, email, absent)?;
    }
    Ok(())
}

/// The job of this name that is active; names are taken only as long.
fn active(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Option<(String, Value)>, Refusal> {
    let now = moment::millis(request.now);
    let mut all = tx.all(JOB.collection, &jobs::prefix(request)?)?;
    all.retain(|(_, it)| it["name"] == name && jobs::is_active(it, now));
    Ok(all.pop())
}

/// Launches a job; answers it as it is told at once.
fn begin(tx: &mut Tx, request: &Request<'_>, launch: &Launch<'_>) -> Result<Value, Refusal> {
    check(tx, request, launch)?;
    let before = active(tx, request, launch.job)?;
    let replaced = match (launch.update, before) {
        (false, None) => None,
        (true, Some(old)) => Some(old),
        (false, Some(_)) => {
            return Err(Refusal::exists(format!(
                "({}): The workflow could not be created. Causes: ({}): There is already an active job named {}. If you \
                 want to submit a second job, try again by setting a different name.",
                made_up::hex(16),
                made_up::hex(16),
                launch.job
            )));
        }
        (true, None) => {
            return Err(Refusal::not_found(format!(
                "({}): There is no job named {} in RUNNING OR DRAINING state that could be updated.",
                made_up::hex(16),
                launch.job
            )));
        }
    };
    let now = moment::millis(request.now);
    let stamp = moment::seconds(request.now).replace(['T', ':'], "_");
    let id = format!("{}-{}", stamp.trim_end_matches('Z'), made_up::digits(19));
    let labels = launch.labels();
    let kind = if launch.is_streaming() { "JOB_TYPE_STREAMING" } else { "JOB_TYPE_BATCH" };
    let mut told = json!({
        "id": id,
        "projectId": request.project()?.id,
        "name": launch.job,
        "location": jobs::location(request),
        "createTime": request.time(),
        "startTime": request.time(),
        "currentStateTime": if launch.flex { request.time() } else { json!("1970-01-01T00:00:00Z") },
    });
    let mut job = told.clone();
    job["type"] = json!(kind);
    job["environment"] = environment(request, launch, &id, &labels)?;
    if !labels.is_empty() {
        job["labels"] = Value::Object(labels);
    }
    job["_launched"] = json!(now);
    job["_runs"] = json!(now.saturating_add(jobs::pace(request)));
    job["_flex"] = json!(launch.flex);
    // A classic template says at once what kind of job it is.
    if !launch.flex {
        told["type"] = json!(kind);
    }
    if launch.validate_only {
        return Ok(told);
    }
    let key = format!("{}{id}", jobs::prefix(request)?);
    let before = replaced.as_ref().map(|(name, _)| name.as_str());
    let template = Template { name: launch.provided().unwrap_or_default(), parameters: launch.parameters };
    let account = launch.environment["serviceAccountEmail"].as_str();
    job["_moves"] = json!(pipeline::keep(tx, request, &key, &template, account, before)?);
    if let Some((name, mut old)) = replaced {
        job["replaceJobId"] = old["id"].clone();
        told["replaceJobId"] = old["id"].clone();
        old["replacedByJobId"] = json!(id);
        old["_ended"] = json!({"state": "JOB_STATE_UPDATED", "asked": now, "at": now});
        JOB.save(tx, &name, &old)?;
    }
    JOB.insert(tx, request, &key, &job)?;
    Ok(told)
}

/// `templates.create`: the template's path is in the body, and the answer is the job itself.
pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let job = begin(tx, request, &classic(&request.body, request.text("gcsPath"), false)?)?;
    Ok(Answer::json(job))
}

/// `templates.launch`: the path is in the query.
pub(super) fn launch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let path = request.query.get("gcsPath").or_else(|| request.query.get("dynamicTemplate.gcsPath"));
    let launch = classic(&request.body, path.unwrap_or_default(), request.query.is("validateOnly"))?;
    Ok(Answer::json(json!({"job": begin(tx, request, &launch)?})))
}

fn classic<'a>(body: &'a Value, path: &'a str, validate_only: bool) -> Result<Launch<'a>, Refusal> {
    if path.is_empty() {
        return Err(Refusal::invalid("Template path must be set: gcsPath is missing."));
    }
    Ok(Launch {
        job: body["jobName"].as_str().unwrap_or_default(),
        template: path,
        parameters: &body["parameters"],
        environment: &body["environment"],
        update: body["update"] == true,
        flex: false,
        validate_only,
    })
}

pub(super) fn launch_flex(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let given = &request.body["launchParameter"];
    let path = given["containerSpecGcsPath"].as_str().unwrap_or_default();
    if path.is_empty() && !resource::has(given, "containerSpec") {
        return Err(Refusal::invalid("Either container_spec_gcs_path or container_spec must be set."));
    }
    let launch = Launch {
        job: given["jobName"].as_str().unwrap_or_default(),
        template: path,
        parameters: &given["parameters"],
        environment: &given["environment"],
        update: given["update"] == true,
        flex: true,
        validate_only: request.body["validateOnly"] == true,
    };
    Ok(Answer::json(json!({"job": begin(tx, request, &launch)?})))
}
