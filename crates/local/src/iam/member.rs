//! Whom a member of a policy means.

use super::policy::{COLLECTION, project_key};
use crate::request::Caller;
use crate::store::{StoreError, Tx};

/// Whether a member means a caller.
pub fn is_member(tx: &Tx, caller: &Caller, member: &str) -> Result<bool, StoreError> {
    if member == "allUsers" {
        return Ok(true);
    }
    match caller {
        Caller::Owner => Ok(true),
        // All authenticated users are those of Google: an identity of another provider is none of them.
        Caller::Federated(identity) => match convenience(member) {
            Some((role, project)) => basic(tx, role, project, &|it| identity.is(it)),
            None => Ok(identity.is(member)),
        },
        Caller::Principal(email) => match convenience(member) {
            Some((role, project)) => basic(tx, role, project, &|it| is_account(email, it)),
            None => Ok(is_account(email, member) || is_known(email, member)),
        },
    }
}

/// The basic role and the project of a member such as `projectEditor:p`.
fn convenience(member: &str) -> Option<(&'static str, &str)> {
    let (kind, project) = member.split_once(':')?;
    let role = match kind {
        "projectOwner" => "roles/owner",
        "projectEditor" => "roles/editor",
        "projectViewer" => "roles/viewer",
        _ => return None,
    };
    Some((role, project))
}

/// Whether one of those who hold a basic role in a project is meant.
fn basic(tx: &Tx, role: &str, project: &str, is_meant: &dyn Fn(&str) -> bool) -> Result<bool, StoreError> {
    let policy = tx.get(COLLECTION, &project_key(project))?;
    Ok(policy.iter().flat_map(|it| it["bindings"].as_array().into_iter().flatten()).any(|binding| {
        let mut members = binding["members"].as_array().into_iter().flatten().filter_map(|it| it.as_str());
        binding["role"] == role && !binding["condition"].is_object() && members.any(is_meant)
    }))
}

/// Whether a member is the user or the service account of an email.
fn is_account(email: &str, member: &str) -> bool {
    match member.split_once(':') {
        Some(("user", it)) => it == email && !email.ends_with("gserviceaccount.com"),
        Some(("serviceAccount", it)) => it == email,
        // Nobody is in a group here: the local cloud has no directory.
        Some(_) | None => false,
    }
}

/// Whether a member means everybody whom Google knows, or everybody of the email's domain.
fn is_known(email: &str, member: &str) -> bool {
    match member.split_once(':') {
        Some(("domain", it)) => email.rsplit_once('@').is_some_and(|(_, domain)| domain == it),
        Some(_) => false,
        None => member == "allAuthenticatedUsers",
    }
}
