//! Versions of secrets: what they hold, and whether it may be read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use time::Duration;

use super::{SECRET, check_etag};
use crate::error::Refusal;
use crate::filter;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request, last, parent};
use crate::resource::{self, Kind};
use crate::store::Tx;

const VERSION: Kind = Kind {
    collection: "secretmanager/versions",
    list: "versions",
    missing: |request, name| format!("Secret Version [{}] not found.", request.numbered(name)),
    taken: resource::already_exists,
    show: resource::numbered,
    page: 25_000,
};

/// The most that a version holds.
const LIMIT: usize = 64 * 1024;

/// Under which key a version is kept: lists begin with the newest, so the number is counted down.
fn key(secret: &str, number: u64) -> String {
    format!("{secret}/versions/{:010}", 9_999_999_999 - number)
}

/// The version of this number.
pub(super) fn find(tx: &Tx, secret: &str, number: &str) -> Result<Option<Value>, Refusal> {
    match number.parse() {
        Ok(number) => VERSION.find(tx, &key(secret, number)),
        Err(_) => Ok(None),
    }
}

/// Removes all versions of a secret.
pub(super) fn forget(tx: &mut Tx, secret: &str) -> Result<(), Refusal> {
    for (name, _) in tx.all(VERSION.collection, &format!("{secret}/versions/"))? {
        tx.remove(VERSION.collection, &name)?;
    }
    Ok(())
}

/// The version that a path names: by its number, and where Google lets it, by an alias or as `latest`.
fn load(tx: &Tx, request: &Request<'_>, aliases: bool) -> Result<Value, Refusal> {
    let name = request.name();
    let secret_name = parent(name);
    let secret = SECRET.load(tx, request, secret_name)?;
    let id = last(name);
    let found = if aliases { named(tx, secret_name, &secret, id)? } else { find(tx, secret_name, id)? };
    found.ok_or_else(|| Refusal::not_found((VERSION.missing)(request, name)))
}

/// The version of this number, of this alias, or the `latest`.
fn named(tx: &Tx, secret_name: &str, secret: &Value, id: &str) -> Result<Option<Value>, Refusal> {
    match id {
        "latest" => {
            let newest = tx.scan(VERSION.collection, &format!("{secret_name}/versions/"), None, 1)?;
            Ok(newest.into_iter().next().map(|(_, it)| it))
        }
        id if secret["versionAliases"][id].is_string() => {
            find(tx, secret_name, secret["versionAliases"][id].as_str().unwrap_or_default())
        }
        id => find(tx, secret_name, id),
    }
}

/// What an enabled version holds, for what runs in this cloud; `None` if there is no such version.
pub fn read(tx: &Tx, secret_name: &str, id: &str) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(secret) = SECRET.find(tx, secret_name)? else { return Ok(None) };
    let version = named(tx, secret_name, &secret, id)?.filter(|it| it["state"] == "ENABLED");
    Ok(version.map(|it| STANDARD.decode(it["_data"].as_str().unwrap_or_default()).unwrap_or_default()))
}

fn save(tx: &mut Tx, version: &Value) -> Result<(), Refusal> {
    let name = version["name"].as_str().unwrap_or_default();
    let number = last(name).parse().unwrap_or(0);
    VERSION.save(tx, &key(parent(name), number), version)
}

/// Where a version is kept, told by how its secret is replicated.
fn replication_status(secret: &Value) -> Option<Value> {
    let encrypted = |it: &Value| {
        let key = it["customerManagedEncryption"]["kmsKeyName"].as_str();
        key.map(|key| json!({"kmsKeyVersionName": format!("{key}/cryptoKeyVersions/1")}))
    };
    let replication = secret.get("replication")?;
    if let Some(replicas) = replication["userManaged"]["replicas"].as_array() {
        let shown = replicas.iter().map(|it| {
            let mut status = json!({"location": it["location"]});
            if let Some(encryption) = encrypted(it) {
                status["customerManagedEncryption"] = encryption;
            }
            status
        });
        return Some(json!({"userManaged": {"replicas": shown.collect::<Vec<_>>()}}));
    }
    let mut status = json!({});
    if let Some(encryption) = encrypted(&replication["automatic"]) {
        status["customerManagedEncryption"] = encryption;
    }
    Some(json!({"automatic": status}))
}

pub(super) fn add(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let secret_name = request.name();
    let secret = SECRET.load(tx, request, secret_name)?;
    let payload = &request.body["payload"];
    let data = payload["data"].as_str().unwrap_or_default();
    let bytes = STANDARD.decode(data).unwrap_or_default();
    if bytes.is_empty() {
        return Err(Refusal::invalid("The field AddSecretVersionRequest.payload.data is required."));
    }
    if bytes.len() > LIMIT {
        return Err(Refusal::invalid("The secret payload is larger than 65536 bytes."));
    }
    let checksum = payload["dataCrc32c"].as_str();
    if checksum.is_some_and(|it| it != crc32c::crc32c(&bytes).to_string()) {
        return Err(Refusal::invalid("The checksum of the secret payload does not match its data."));
    }
    let number = secret["_versions"].as_u64().unwrap_or(0) + 1;
    let mut version = json!({
        "name": format!("{secret_name}/versions/{number}"),
        "createTime": request.time(),
        "state": "ENABLED",
        "etag": made_up::etag(),
        "_data": data,
    });
    if let Some(status) = replication_status(&secret) {
        version["replicationStatus"] = status;
    }
    if checksum.is_some() {
        version["clientSpecifiedPayloadChecksum"] = json!(true);
    }
    save(tx, &version)?;
    let mut secret = secret;
    secret["_versions"] = json!(number);
    SECRET.save(tx, secret_name, &secret)?;
    Ok(VERSION.answer(request, version))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let version = load(tx, request, true)?;
    Ok(VERSION.answer(request, version))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let secret = request.name();
    SECRET.load(tx, request, secret)?;
    let filter = filter::parse(request.query.get("filter").unwrap_or_default())?;
    let prefix = format!("{secret}/versions/");
    let total = tx.all(VERSION.collection, &prefix)?.iter().filter(|(_, it)| filter.fits(it)).count();
    let mut answer = VERSION.list_where(tx, request, &prefix, |_, it| filter.fits(it))?;
    answer.set("totalSize", total);
    Ok(answer)
}

fn in_state(request: &Request<'_>, version: &Value) -> Refusal {
    let name = request.numbered(version["name"].as_str().unwrap_or_default());
    let state = version["state"].as_str().unwrap_or_default();
    Refusal::precondition(format!("Secret Version [{name}] is in {state} state."))
}

pub(super) fn access(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let version = load(tx, request, true)?;
    if version["state"] != "ENABLED" {
        return Err(in_state(request, &version));
    }
    let data = version["_data"].as_str().unwrap_or_default();
    let checksum = crc32c::crc32c(&STANDARD.decode(data).unwrap_or_default());
    Ok(Answer::json(json!({
        "name": request.numbered(version["name"].as_str().unwrap_or_default()),
        "payload": {"data": data, "dataCrc32c": checksum.to_string()},
    })))
}

/// Brings a version to a state; a destroyed one stays destroyed.
fn change(
    tx: &mut Tx,
    request: &Request<'_>,
    state: &str,
    edit: impl FnOnce(&mut Value),
) -> Result<Answer, Refusal> {
    let mut version = load(tx, request, false)?;
    check_etag(request.body["etag"].as_str(), &version)?;
    if version["state"] == "DESTROYED" {
        return match state {
            "DESTROYED" => Ok(VERSION.answer(request, version)),
            _ => Err(in_state(request, &version)),
        };
    }
    version["state"] = json!(state);
    version["etag"] = json!(made_up::etag());
    edit(&mut version);
    save(tx, &version)?;
    Ok(VERSION.answer(request, version))
}

pub(super) fn enable(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, "ENABLED", |it| {
        resource::remove(it, "scheduledDestroyTime");
    })
}

pub(super) fn disable(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    change(tx, request, "DISABLED", |_| {})
}

/// Destroys for good, or, if the secret says so, only after a while in which it is disabled.
pub(super) fn destroy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let secret = SECRET.load(tx, request, parent(request.name()))?;
    let delay = secret["versionDestroyTtl"].as_str().and_then(moment::duration_seconds);
    let mut version = load(tx, request, false)?;
    if let Some(delay) = delay
        && version["state"] != "DESTROYED"
    {
        check_etag(request.body["etag"].as_str(), &version)?;
        version["state"] = json!("DISABLED");
        version["scheduledDestroyTime"] = json!(moment::text(request.now + Duration::seconds_f64(delay)));
        version["etag"] = json!(made_up::etag());
        save(tx, &version)?;
        return Ok(VERSION.answer(request, version));
    }
    let at = request.time();
    change(tx, request, "DESTROYED", |it| {
        resource::remove(it, "_data");
        resource::remove(it, "scheduledDestroyTime");
        it["destroyTime"] = at;
    })
}
