//! A bucket: holds objects.

use engine::{
    Bill, Billed, Call, Failure, Input, Intention, Invalid, Labels, Live, Method, Output, Place, Repeat,
    Rule, Session, Update, UsageKey,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Value, json};

use super::{API, bill};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest::{self, segment};
use crate::schema::storage::{
    Autoclass, BUCKET, Billing, Cors, CustomPlacementConfig, Encryption, HierarchicalNamespace,
    IamConfiguration, IpFilter, Lifecycle, Logging, ObjectRetention, RetentionPolicy, SoftDeletePolicy,
    Versioning, Website,
};
use crate::stack::Handle;

/// A Cloud Storage bucket.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bucket {
    /// 3 to 63 lower-case letters, digits, `-`, `_` and `.`; the only one of its name in all of Google Cloud.
    pub name: Input<String>,
    /// A region, a dual-region or `US`, `EU`, `ASIA`; `US` if not set. Fixed for good.
    pub location: Input<String>,
    /// `STANDARD`, `NEARLINE`, `COLDLINE` or `ARCHIVE`, for objects that do not say; `STANDARD` if not set.
    pub storage_class: Input<String>,
    pub labels: Labels,
    /// What happens to objects by age and state.
    pub lifecycle: Option<Lifecycle>,
    pub versioning: Option<Versioning>,
    /// Uniform access and public access prevention.
    pub iam_configuration: Option<IamConfiguration>,
    /// For how long deleted objects can be had back; seven days if not set.
    pub soft_delete_policy: Option<SoftDeletePolicy>,
    /// For how long objects cannot be deleted. Locking it cannot be undone.
    pub retention_policy: Option<RetentionPolicy>,
    pub cors: Vec<Cors>,
    pub website: Option<Website>,
    pub logging: Option<Logging>,
    pub encryption: Option<Encryption>,
    pub billing: Option<Billing>,
    pub default_event_based_hold: Input<bool>,
    pub autoclass: Option<Autoclass>,
    /// Fixed for good.
    pub hierarchical_namespace: Option<HierarchicalNamespace>,
    /// Two regions; fixed for good.
    pub custom_placement_config: Option<CustomPlacementConfig>,
    /// `Enabled`; fixed for good.
    pub object_retention: Option<ObjectRetention>,
    /// `DEFAULT` or `ASYNC_TURBO`, for two regions.
    pub rpo: Input<String>,
    pub ip_filter: Option<IpFilter>,
    /// Deletes every object, old generations too, when the bucket is to be deleted.
    pub force_destroy: bool,
}

/// How many objects are deleted at once.
const AT_ONCE: usize = 32;

impl Resource for Bucket {
    const KIND: Kind = Kind::new("gcp:storage/v1:Bucket", "bucket", API, "storage/v1/b/{name}", &BUCKET)
        .named("[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", bucket_name)
        .id("{name}")
        .create(Create::Post { query: &[("project", "{project}")], body: &[("name", "{name}")] })
        .update(Updating::MergePatch)
        .permission("storage.buckets")
        .listed("items", &[("project", "{project}")])
        .ours(&["forceDestroy"])
        .empties("forceDestroy")
        .data()
        .one_at_a_time()
        .rules(&[
            Rule::Immutable("location"),
            Rule::CaseInsensitive("location"),
            Rule::Default("location", "\"US\""),
            Rule::CaseInsensitive("storageClass"),
            Rule::Default("storageClass", "\"STANDARD\""),
            Rule::Default("rpo", "\"DEFAULT\""),
            Rule::Default("iamConfiguration.publicAccessPrevention", "\"inherited\""),
            Rule::Default("softDeletePolicy.retentionDurationSeconds", "604800"),
            Rule::Immutable("hierarchicalNamespace"),
            Rule::Immutable("customPlacementConfig"),
            Rule::Set("customPlacementConfig.dataLocations"),
            Rule::CaseInsensitive("customPlacementConfig.dataLocations[*]"),
            Rule::Immutable("objectRetention"),
            // Zero days, and not live, are conditions.
            Rule::Presence("lifecycle.rule[*].condition"),
        ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([check::text(
            "storageClass",
            &self.storage_class,
            "STANDARD, NEARLINE, COLDLINE or ARCHIVE",
            |it| ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"].contains(&it.to_uppercase().as_str()),
        )]);
        if let Some(it) = &self.soft_delete_policy
            && it.retention_duration_seconds.value() != Some(&0)
        {
            let field = "softDeletePolicy.retentionDurationSeconds";
            found.extend(check::between(field, &it.retention_duration_seconds, 604_800, 7_776_000));
        }
        if let Some(it) = &self.retention_policy {
            let field = "retentionPolicy.retentionPeriod";
            found.extend(check::between(field, &it.retention_period, 1, 3_155_760_000));
        }
        for (i, rule) in self.lifecycle.iter().flat_map(|it| &it.rule).enumerate() {
            found.extend(check_rule(i, rule));
        }
        found
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let mut call = rest::creation(&Self::KIND, at)?;
        let retention =
            call.body.as_mut().and_then(Value::as_object_mut).and_then(|it| it.remove("objectRetention"));
        if retention.is_some_and(|it| it["mode"] == "Enabled") {
            call = call.query("enableObjectRetention", "true");
        }
        let locked = unlock(&mut call);
        let live = rest::create_by(&Self::KIND, session, at, &call).await?;
        if locked { lock(session, at, live).await } else { Ok(live) }
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let Some(mut call) = rest::changing(&Self::KIND, &update)? else { return Ok(update.live.clone()) };
        let was_locked = update.live.state["retentionPolicy"]["isLocked"] == true;
        if was_locked && update.desired["retentionPolicy"]["isLocked"] == false {
            let message = "a retention policy that is locked cannot be unlocked".to_owned();
            let hint = "leave is_locked as it is, or make the bucket anew with --replace".to_owned();
            return Err(Failure::Other { message, hint: Some(hint) });
        }
        let locked = unlock(&mut call) && !was_locked;
        if let Some(lifecycle) = call.body.as_mut().and_then(|it| it.get_mut("lifecycle"))
            && lifecycle.is_null()
        {
            // Rules are taken away by an empty list.
            *lifecycle = json!({ "rule": [] });
        }
        let live = rest::update_by(&Self::KIND, session, update.at, &call).await?;
        if locked { lock(session, update.at, live).await } else { Ok(live) }
    }

    async fn delete(session: &Session, at: Place<'_>) -> Result<(), Failure> {
        let forced = at.inputs["forceDestroy"] == true;
        if forced {
            empty(session, at).await?;
        }
        match rest::delete(&Self::KIND, session, at).await {
            Err(failure) if failure.to_string().contains("not empty") => {
                let message = "the bucket is not empty".to_owned();
                Err(Failure::Other { message, hint: Some(hint(forced).to_owned()) })
            }
            other => other,
        }
    }

    async fn foresee(session: &Session, at: Place<'_>, _live: &Live, _intention: Intention) -> Vec<String> {
        if at.inputs["forceDestroy"] == true {
            return Vec::new();
        }
        let Some(call) = objects(at) else { return Vec::new() };
        // What cannot be looked at now is told when it is deleted.
        match session.read(&call.query("maxResults", "1")).await {
            Ok(page) if !items(&page).is_empty() => vec![format!("it is not empty: {}", hint(false))],
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    const USAGE: &'static [UsageKey] = bill::USAGE;

    fn bill(of: &Billed<'_>) -> Bill {
        bill::bill(of)
    }
}

fn hint(forced: bool) -> &'static str {
    if forced {
        "somebody writes to it: stop that, and run it again"
    } else {
        "empty it, or declare it with force_destroy and apply first"
    }
}

/// Takes the lock out of a body; whether there was one.
fn unlock(call: &mut Call) -> bool {
    let policy =
        call.body.as_mut().and_then(|it| it.get_mut("retentionPolicy")).and_then(Value::as_object_mut);
    policy.and_then(|it| it.remove("isLocked")).is_some_and(|it| it == true)
}

/// Locks the retention policy for good.
async fn lock(session: &Session, at: Place<'_>, live: Live) -> Result<Live, Failure> {
    let path = rest::path(&Bucket::KIND, at).ok_or_else(|| rest::unnamed(&Bucket::KIND))?;
    let generation = live.state["metageneration"].as_str().unwrap_or_default();
    let call = Call::new(Method::Post, API, format!("{path}/lockRetentionPolicy"))
        .query("ifMetagenerationMatch", generation);
    let state = session.send(&call).await?;
    Ok(Live { id: live.id, state })
}

/// The list of every object in every generation.
fn objects(at: Place<'_>) -> Option<Call> {
    let path = rest::path(&Bucket::KIND, at)?;
    Some(
        Call::get(API, format!("{path}/o"))
            .query("versions", "true")
            .query("fields", "items(name,generation),nextPageToken"),
    )
}

fn items(page: &Value) -> &[Value] {
    page.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Deletes every object, page by page.
async fn empty(session: &Session, at: Place<'_>) -> Result<(), Failure> {
    let list = objects(at).ok_or_else(|| rest::unnamed(&Bucket::KIND))?;
    let mut token: Option<String> = None;
    loop {
        let call = match &token {
            Some(token) => list.clone().query("pageToken", token),
            None => list.clone(),
        };
        let page = match session.send(&call).await {
            Ok(page) => page,
            Err(failure) if failure.is_absent() => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let deletions: Vec<Call> = items(&page).iter().map(|it| deletion(&list.path, it)).collect();
        let done = stream::iter(deletions).map(|call| delete_object(session, call)).buffer_unordered(AT_ONCE);
        done.try_collect::<()>().await?;
        match page.get("nextPageToken").and_then(Value::as_str) {
            Some(next) if !next.is_empty() && !session.is_stopped() => token = Some(next.to_owned()),
            _ => return Ok(()),
        }
    }
}

fn deletion(list: &str, object: &Value) -> Call {
    let name = segment(object["name"].as_str().unwrap_or_default());
    let generation = object["generation"].as_str().unwrap_or_default();
    Call::new(Method::Delete, API, format!("{list}/{name}"))
        .query("generation", generation)
        .repeat(Repeat::Safe)
}

async fn delete_object(session: &Session, call: Call) -> Result<(), Failure> {
    match session.send(&call).await {
        Err(failure) if !failure.is_absent() => Err(failure),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn bucket_name(name: &str) -> bool {
    let edge = |it: Option<char>| it.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let longest = if name.contains('.') { 222 } else { 63 };
    (3..=longest).contains(&name.len())
        && edge(name.chars().next())
        && edge(name.chars().last())
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_.".contains(&c))
        && name.split('.').all(|it| (1..=63).contains(&it.len()))
        && !name.starts_with("goog")
        && !name.contains("google")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

fn check_rule(at: usize, rule: &crate::schema::storage::LifecycleRule) -> Option<Invalid> {
    if let Some(condition) = &rule.condition
        && let Some(days) = condition.age.value().filter(|it| **it < 0)
    {
        let field = format!("lifecycle.rule[{at}].condition.age");
        return Some(Invalid::new(&field, format!("{days} is less than 0 days")));
    }
    let action = rule.action.as_ref()?;
    let field = format!("lifecycle.rule[{at}].action");
    match action.r#type.text()? {
        "SetStorageClass" => check::required(&format!("{field}.storageClass"), &action.storage_class),
        "Delete" | "AbortIncompleteMultipartUpload" => None,
        other => {
            let problem =
                format!("\"{other}\" is not Delete, SetStorageClass or AbortIncompleteMultipartUpload");
            Some(Invalid::new(&format!("{field}.type"), problem))
        }
    }
}

impl Handle<Bucket> {
    /// `my-bucket`.
    pub fn bucket_name(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }

    /// `gs://my-bucket`.
    pub fn url(&self) -> Output<String> {
        self.known(format!("gs://{}", self.text_or_name(&self.name)))
    }

    /// `gs://my-bucket/` and what follows: an object, or a pattern of some.
    pub fn url_of(&self, objects: &str) -> Output<String> {
        self.known(format!("gs://{}/{objects}", self.text_or_name(&self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["abc", "my-project-exports", "a.example.com", "a_b1"] {
            assert!(bucket_name(good), "{good}");
        }
        for bad in ["ab", "Abc", "-abc", "abc-", "goog-x", "my-google", "192.168.5.4", "a..b"] {
            assert!(!bucket_name(bad), "{bad}");
        }
    }
}
