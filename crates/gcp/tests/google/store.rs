//! What the fake answers: resources are kept under their paths, as they were sent.

use engine::{Answer, Call, Method};
use serde_json::{Map, Value, json};

use super::describe::method_of;
use super::{State, absent, ok};

/// The tag that a manifest is put under in a registry, and the version that it then names.
pub fn named_image(call: &Call) -> Option<(String, String)> {
    let location = call.service.strip_suffix("-docker.pkg.dev")?;
    let (image, tag) = call.path.strip_prefix("v2/")?.split_once("/manifests/")?;
    let [project, repository, name] = image.split('/').collect::<Vec<_>>()[..] else { return None };
    let digest = call.body.as_ref()?["digest"].as_str()?;
    let package =
        format!("v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{name}");
    Some((format!("{package}/tags/{tag}"), format!("{package}/versions/{digest}")))
}

impl State {
    pub fn answer(&mut self, call: &Call) -> Answer {
        let path = call.path.as_str();
        if let Some((tag, version)) = named_image(call) {
            self.stored.insert(tag.clone(), json!({ "name": tag, "version": version }));
            return Answer { status: 201, retry_after: None, body: Value::Null };
        }
        if let Some((resource, verb)) = path.rsplit_once(':').filter(|(_, verb)| !verb.contains('/')) {
            return self.verb(call, resource, verb);
        }
        if let Some(bucket) = path.strip_suffix("/iam") {
            return match call.method {
                Method::Get => self.policy(bucket),
                _ => self.set_policy(bucket, call.body.clone().unwrap_or_default()),
            };
        }
        if path.ends_with("/lockRetentionPolicy") {
            let bucket = path.trim_end_matches("/lockRetentionPolicy");
            return self.change(bucket, |it| it["retentionPolicy"]["isLocked"] = json!(true));
        }
        match call.method {
            Method::Get => self.read(call),
            Method::Post => self.create(call),
            Method::Put | Method::Patch => self.update(call),
            Method::Delete => match self.stored.remove(path) {
                Some(_) => done(call, json!({})),
                None => absent(),
            },
        }
    }

    fn read(&self, call: &Call) -> Answer {
        if let Some(found) = self.stored.get(&call.path) {
            return ok(found.clone());
        }
        // A list, under whatever name its answer has.
        let prefix = format!("{}/", call.path);
        let items: Vec<&Value> = self
            .stored
            .iter()
            .filter(|(path, _)| path.strip_prefix(&prefix).is_some_and(|rest| !rest.contains('/')))
            .map(|(_, it)| it)
            .collect();
        let name = call.path.rsplit('/').next().unwrap_or_default();
        let is_list = method_of(call).is_some_and(|it| it.method.id.ends_with(".list"));
        match name {
            _ if !is_list => absent(),
            "b" | "o" => ok(json!({ "items": items })),
            name => ok(json!({ name: items })),
        }
    }

    fn create(&mut self, call: &Call) -> Answer {
        let body = call.body.clone().unwrap_or_default();
        let key = key(call, &body);
        if self.stored.contains_key(&key) {
            let error =
                json!({ "error": { "code": 409, "message": "it exists", "status": "ALREADY_EXISTS" } });
            return Answer { status: 409, retry_after: None, body: error };
        }
        let mut state = match body.get("serviceAccount") {
            Some(account) => account.clone(),
            None => body,
        };
        if !state.is_object() {
            state = json!({});
        }
        named(&mut state, &key);
        if call.query.contains(&("enableObjectRetention".to_owned(), "true".to_owned())) {
            state["objectRetention"] = json!({ "mode": "Enabled" });
        }
        self.stored.insert(key, state.clone());
        done(call, state)
    }

    fn update(&mut self, call: &Call) -> Answer {
        let mut body = call.body.clone().unwrap_or_default();
        let wrapped = ["topic", "subscription", "serviceAccount"].into_iter();
        let inner = wrapped.filter(|_| body.get("updateMask").is_some()).find(|it| body[*it].is_object());
        let mask = match inner {
            Some(wrap) => {
                let mask = body["updateMask"].as_str().map(str::to_owned);
                body = body[wrap].take();
                mask
            }
            None => call.query.iter().find(|(name, _)| name == "updateMask").map(|(_, mask)| mask.clone()),
        };
        let merged = ["storage.googleapis.com", "bigquery.googleapis.com"].contains(&call.service.as_str());
        let Some(old) = self.stored.get(&call.path) else {
            if call.method != Method::Put {
                return absent();
            }
            named(&mut body, &call.path);
            self.stored.insert(call.path.clone(), body.clone());
            return ok(body);
        };
        let mut new = old.clone();
        match mask {
            Some(mask) => {
                for field in mask.split(',') {
                    let field = if field == "display_name" { "displayName" } else { field };
                    match body.get(field) {
                        Some(value) => new[field] = value.clone(),
                        None => {
                            new.as_object_mut().unwrap().remove(field);
                        }
                    }
                }
            }
            None if merged => merge(&mut new, &body),
            None if body.get("requestedState").is_some() => {
                new["currentState"] = ended(&body["requestedState"])
            }
            None => new = body,
        }
        named(&mut new, &call.path);
        self.stored.insert(call.path.clone(), new.clone());
        done(call, new)
    }

    fn verb(&mut self, call: &Call, resource: &str, verb: &str) -> Answer {
        let body = call.body.clone().unwrap_or_default();
        match verb {
            "aggregated" => {
                let places = format!("{}/locations/", resource.trim_end_matches("/jobs"));
                let is_job = |path: &str| {
                    path.strip_prefix(&places).is_some_and(|it| it.split('/').nth(1) == Some("jobs"))
                };
                let jobs: Vec<&Value> =
                    self.stored.iter().filter(|(path, _)| is_job(path)).map(|(_, it)| it).collect();
                ok(json!({ "jobs": jobs }))
            }
            "getIamPolicy" => self.policy(resource),
            "setIamPolicy" => self.set_policy(resource, body["policy"].clone()),
            "commit" => self.change(resource, |it| *it = body["schema"].clone()),
            "enable" if resource.contains("/services/") => {
                self.stored.insert(resource.to_owned(), json!({ "state": "ENABLED" }));
                ok(json!({ "name": "operations/1", "done": true, "response": {} }))
            }
            "enable" if resource.contains("/versions/") => {
                self.change(resource, |it| it["state"] = json!("ENABLED"))
            }
            "disable" if resource.contains("/versions/") => {
                self.change(resource, |it| it["state"] = json!("DISABLED"))
            }
            "destroy" => self.change(resource, |it| it["state"] = json!("DESTROYED")),
            "enable" => self.change(resource, |it| it["disabled"] = json!(false)),
            "disable" => self.change(resource, |it| it["disabled"] = json!(true)),
            "pause" => self.change(resource, |it| it["state"] = json!("PAUSED")),
            "resume" => self.change(resource, |it| it["state"] = json!("ENABLED")),
            "undelete" => {
                self.change(resource, |it| it["state"] = json!("ACTIVE"));
                done(call, json!({}))
            }
            "addVersion" => {
                let count =
                    self.stored.keys().filter(|it| it.starts_with(&format!("{resource}/versions/"))).count();
                let key = format!("{resource}/versions/{}", count + 1);
                let mut state = json!({ "state": "ENABLED" });
                named(&mut state, &key);
                self.stored.insert(key, state.clone());
                ok(state)
            }
            "launch" => {
                let place = resource.rsplit_once('/').map_or("", |(place, _)| place);
                let wanted = body.get("launchParameter").unwrap_or(&body);
                let count = self.stored.keys().filter(|it| it.starts_with(&format!("{place}/jobs/"))).count();
                let id = format!("job-{}", count + 1);
                if wanted["update"] == true {
                    for (_, job) in self.stored.iter_mut().filter(|(_, it)| it["name"] == wanted["jobName"]) {
                        job["currentState"] = json!("JOB_STATE_UPDATED");
                        job["replacedByJobId"] = json!(id);
                    }
                }
                let job = json!({
                    "id": id, "name": wanted["jobName"], "currentState": "JOB_STATE_RUNNING", "type": "JOB_TYPE_STREAMING",
                });
                self.stored.insert(format!("{place}/jobs/{id}"), job.clone());
                ok(json!({ "job": job }))
            }
            other => panic!("the fake knows no verb {other}"),
        }
    }

    fn change(&mut self, path: &str, f: impl FnOnce(&mut Value)) -> Answer {
        match self.stored.get_mut(path) {
            Some(state) => {
                f(state);
                ok(state.clone())
            }
            None => absent(),
        }
    }

    fn policy(&self, resource: &str) -> Answer {
        ok(self.policies.get(resource).cloned().unwrap_or_else(|| json!({ "etag": "etag-0" })))
    }

    fn set_policy(&mut self, resource: &str, mut policy: Value) -> Answer {
        policy["etag"] = json!(format!("etag-{}", self.calls.len()));
        self.policies.insert(resource.to_owned(), policy.clone());
        ok(policy)
    }
}

/// Where a new resource is kept: by the id in the query or the body, or by one that is made up.
fn key(call: &Call, body: &Value) -> String {
    let path = call.path.as_str();
    let version = path.split('/').next().unwrap_or_default();
    let by_query = call.query.iter().find(|(name, _)| name.ends_with("Id"));
    if let Some((_, id)) = by_query {
        return format!("{path}/{id}");
    }
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
    if let Some(id) = text("/datasetReference/datasetId").filter(|_| path.ends_with("/datasets")) {
        return format!("{path}/{id}");
    }
    if let Some(id) = text("/tableReference/tableId") {
        return format!("{path}/{id}");
    }
    if let Some(id) = text("/accountId") {
        return format!("{path}/{id}@p.iam.gserviceaccount.com");
    }
    match text("/name") {
        Some(name) if name.contains('/') => format!("{version}/{name}"),
        Some(name) => format!("{path}/{name}"),
        None => format!("{path}/made-1"),
    }
}

/// Google says the full name where it makes one up, and a short one where it was given short.
fn named(state: &mut Value, key: &str) {
    let name = key.split_once('/').map_or(key, |(_, rest)| rest);
    let short = key.contains("/metrics/") || key.contains("/sinks/") || key.starts_with("storage/");
    if !key.starts_with("bigquery/") && !key.contains("/jobs/job-") {
        let last = key.rsplit('/').next().unwrap_or_default();
        state["name"] = json!(if short { last } else { name });
    }
}

fn merge(old: &mut Value, new: &Value) {
    match (old.as_object_mut(), new.as_object()) {
        (Some(old), Some(new)) => {
            for (name, value) in new {
                if value.is_null() {
                    old.remove(name);
                } else {
                    merge(old.entry(name).or_insert_with(|| Value::Object(Map::new())), value);
                }
            }
        }
        _ => *old = new.clone(),
    }
}

fn ended(requested: &Value) -> Value {
    if requested == "JOB_STATE_DRAINING" { json!("JOB_STATE_DRAINED") } else { requested.clone() }
}

/// The answer itself, or a finished operation that holds it.
fn done(call: &Call, state: Value) -> Answer {
    let response = method_of(call).and_then(|it| it.method.response.as_deref());
    if response.is_some_and(|it| it.ends_with("Operation")) {
        return ok(json!({ "name": "operations/1", "done": true, "response": state }));
    }
    ok(state)
}
