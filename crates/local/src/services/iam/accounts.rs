//! Service accounts.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::request::{Answer, Request, last};
use crate::resource::{self, Kind, apply_mask, plain, policy_method};
use crate::store::{StoreError, Tx};

const ACCOUNT: Kind = Kind {
    collection: "iam/serviceAccounts",
    list: "accounts",
    missing: |_, _| "Unknown service account".to_owned(),
    taken: |request, name| {
        let id = last(name).split('@').next().unwrap_or_default();
        format!("Service account {id} already exists within project {}.", request.name())
    },
    show: plain,
    page: 20,
};

/// Deleted accounts by unique id, for as long as they can come back.
const DELETED: &str = "iam/deletedServiceAccounts";

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let id = request.text("accountId");
    let good = (6..=30).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        return Err(Refusal::invalid(
            "The account ID must be 6 to 30 characters long, begin with a letter, and hold lower-case letters, \
             digits and hyphens only.",
        ));
    }
    // A project of a domain, `example.com:p`, has its accounts under `p.example.com`.
    let domain = match project.id.split_once(':') {
        Some((domain, id)) => format!("{id}.{domain}"),
        None => project.id.clone(),
    };
    let email = format!("{id}@{domain}.iam.gserviceaccount.com");
    let name = format!("projects/{}/serviceAccounts/{email}", project.id);
    let given = &request.body["serviceAccount"];
    check_texts(given)?;
    let mut account = json!({
        "name": name,
        "projectId": project.id,
        "uniqueId": made_up::digits(21),
        "email": email,
        "etag": made_up::etag(),
        "oauth2ClientId": made_up::digits(21),
    });
    let mask = ["displayName", "description"].map(str::to_owned);
    apply_mask(&mut account, given, &mask);
    ACCOUNT.insert(tx, request, &name, &account)?;
    Ok(ACCOUNT.answer(request, account))
}

fn check_texts(given: &Value) -> Result<(), Refusal> {
    for (field, most) in [("displayName", 100), ("description", 256)] {
        if given[field].as_str().is_some_and(|it| it.len() > most) {
            return Err(Refusal::invalid(format!("The {field} must have at most {most} bytes in UTF-8.")));
        }
    }
    Ok(())
}

/// The account of an email or unique id in any project, and its name.
pub fn find(tx: &Tx, id: &str) -> Result<Option<(String, Value)>, StoreError> {
    let all = tx.all(ACCOUNT.collection, "projects/")?;
    Ok(all.into_iter().find(|(_, it)| it["uniqueId"] == id || it["email"] == id))
}

/// Puts the project's id in the place of `-`, and the email in that of the unique id, so that policies are found.
pub fn settle(tx: &Tx, request: &mut Request<'_>) -> Result<(), Refusal> {
    let parts: Vec<&str> = request.name().split('/').collect();
    let ["projects", project, "serviceAccounts", id] = parts[..] else { return Ok(()) };
    let short_lived = request.api.name == "iamcredentials";
    if short_lived && project != "-" {
        return Err(Refusal::invalid(
            "Invalid resource name: the name of a service account must be projects/-/serviceAccounts/ACCOUNT.",
        ));
    }
    // Its name says all of it already.
    if project != "-" && id.contains('@') {
        return Ok(());
    }
    let found = find(tx, id)?.filter(|(name, _)| project == "-" || name.split('/').nth(1) == Some(project));
    let (name, of) = match found {
        Some((name, account)) => (name, account["projectId"].as_str().unwrap_or_default().to_owned()),
        // Where its tokens are asked for, an account that is missing still belongs to the project in its email.
        None if short_lived => {
            let domain = id.split_once('@').and_then(|(_, it)| it.strip_suffix(".iam.gserviceaccount.com"));
            let of = domain.unwrap_or_default().to_owned();
            (format!("projects/{of}/serviceAccounts/{id}"), of)
        }
        None => return Ok(()),
    };
    request.project = request.cloud.known(&of);
    if let Some(value) = request.path.values_mut().find(|it| it.starts_with("projects/")) {
        *value = name;
    }
    Ok(())
}

/// The name of the account that the path names by email or unique id, in its project or in any.
fn resolve(tx: &Tx, request: &Request<'_>) -> Result<(String, Value), Refusal> {
    let id = request.id();
    let anywhere = request.name().starts_with("projects/-/");
    let prefix = match (&request.project, anywhere) {
        (Some(project), false) => format!("projects/{}/serviceAccounts/", project.id),
        _ => "projects/".to_owned(),
    };
    let exact = format!("{prefix}{id}");
    if let Some(account) = tx.get(ACCOUNT.collection, &exact)? {
        return Ok((exact, account));
    }
    let found = tx
        .all(ACCOUNT.collection, &prefix)?
        .into_iter()
        .find(|(_, it)| it["uniqueId"] == id || it["email"] == id);
    found.ok_or_else(|| match anywhere {
        // Whoever asks across projects is not told whether an account exists.
        true => Refusal::denied(format!(
            "Permission '{}' denied on resource (or it may not exist).",
            crate::roles::of_method(&request.method.id)
                .and_then(|it| it.first())
                .map_or("iam.serviceAccounts.get", String::as_str)
        )),
        false => Refusal::not_found((ACCOUNT.missing)(request, id)),
    })
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (_, account) = resolve(tx, request)?;
    Ok(ACCOUNT.answer(request, account))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("{}/serviceAccounts/", request.name());
    ACCOUNT.list_where(tx, request, &prefix, |_, _| true)
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, mut account) = resolve(tx, request)?;
    let mask = request.mask();
    if mask.is_empty() {
        return Err(Refusal::invalid("The update_mask must be set and name display_name or description."));
    }
    if let Some(wrong) = mask.iter().find(|it| !matches!(it.as_str(), "displayName" | "description")) {
        return Err(Refusal::invalid(format!("The field {wrong} of a service account cannot be updated.")));
    }
    let given = &request.body["serviceAccount"];
    check_texts(given)?;
    apply_mask(&mut account, given, &mask);
    account["etag"] = json!(made_up::etag());
    ACCOUNT.save(tx, &name, &account)?;
    // Only what the mask names is answered.
    let mut shown = json!({"name": name});
    apply_mask(&mut shown, &account, &mask);
    Ok(Answer::json(shown))
}

/// The older way to update: only the display name.
pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, mut account) = resolve(tx, request)?;
    if made_up::is_stale(request.body["etag"].as_str(), account["etag"].as_str()) {
        return Err(Refusal::aborted("The etag of the service account does not match its current one."));
    }
    check_texts(&request.body)?;
    apply_mask(&mut account, &request.body, &["displayName".to_owned()]);
    account["etag"] = json!(made_up::etag());
    ACCOUNT.save(tx, &name, &account)?;
    Ok(ACCOUNT.answer(request, account))
}

fn switch(tx: &mut Tx, request: &Request<'_>, off: bool) -> Result<Answer, Refusal> {
    let (name, mut account) = resolve(tx, request)?;
    if off {
        account["disabled"] = json!(true);
    } else {
        resource::remove(&mut account, "disabled");
    }
    ACCOUNT.save(tx, &name, &account)?;
    Ok(Answer::empty())
}

pub(super) fn enable(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    switch(tx, request, false)
}

pub(super) fn disable(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    switch(tx, request, true)
}

/// How policies name an account, and how they name it once it is deleted.
fn members(account: &Value) -> (String, String) {
    let email = account["email"].as_str().unwrap_or_default();
    let id = account["uniqueId"].as_str().unwrap_or_default();
    (format!("serviceAccount:{email}"), format!("deleted:serviceAccount:{email}?uid={id}"))
}

/// Renames an account wherever something is granted to it: in policies and in datasets.
fn rename(tx: &mut Tx, from: &str, to: &str) -> Result<(), Refusal> {
    iam::rename_members(tx, from, to)?;
    // A dataset names a live account by its email alone.
    let plain = |member: &str| member.strip_prefix("serviceAccount:").unwrap_or(member).to_owned();
    let (from, to) = (plain(from), plain(to));
    for (name, mut dataset) in tx.all("bigquery/datasets", "")? {
        let mut changed = false;
        let entries = dataset.get_mut("access").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten().filter(|it| it["userByEmail"] == from.as_str()) {
            entry["userByEmail"] = json!(to);
            changed = true;
        }
        if changed {
            dataset["etag"] = json!(made_up::etag());
            tx.put("bigquery/datasets", &name, &dataset)?;
        }
    }
    Ok(())
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, account) = resolve(tx, request)?;
    ACCOUNT.delete(tx, request, &name)?;
    let (live, gone) = members(&account);
    rename(tx, &live, &gone)?;
    let id = account["uniqueId"].as_str().unwrap_or_default().to_owned();
    tx.put(DELETED, &id, &account)?;
    Ok(Answer::empty())
}

pub(super) fn undelete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let id = request.id();
    let account = tx.get(DELETED, id)?.ok_or_else(|| Refusal::not_found((ACCOUNT.missing)(request, id)))?;
    let name = account["name"].as_str().unwrap_or_default().to_owned();
    if ACCOUNT.find(tx, &name)?.is_some() {
        return Err(Refusal::precondition(format!(
            "A service account with the email {} exists.",
            last(&name)
        )));
    }
    ACCOUNT.save(tx, &name, &account)?;
    tx.remove(DELETED, id)?;
    let (live, gone) = members(&account);
    rename(tx, &gone, &live)?;
    Ok(Answer::json(json!({"restoredAccount": account})))
}

pub(super) fn policy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, _) = resolve(tx, request)?;
    let key = iam::key("iam", &name);
    match last(&request.method.id.replace('.', "/")) {
        "getIamPolicy" => iam::get(tx, request, &key),
        "setIamPolicy" => iam::set(tx, request, &key),
        method if policy_method(method).is_some() => iam::test(tx, request, &key),
        _ => Err(Refusal::not_found((ACCOUNT.missing)(request, &name))),
    }
}
