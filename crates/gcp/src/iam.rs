//! IAM policies: one member added or removed among those of other people.
//!
//! Many members of one policy are changed in one read-modify-write: whoever comes first reads the policy,
//! everybody who came meanwhile goes with its write.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use engine::{Call, Cause, Fact, Failure, Live, Session};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use crate::bigquery::access;

/// How a resource's policy is read and written.
#[derive(Clone, Debug)]
pub struct PolicyCalls {
    pub get: Call,
    /// Without a body.
    pub set: Call,
    pub form: Form,
    /// Whose policy it is: `projects/p/topics/t`, `b/bucket`.
    pub resource: String,
}

/// What is read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{"policy": …}`.
    Wrapped,
    /// The policy itself.
    Bare,
    /// A BigQuery dataset, whose `access` list stands for a policy.
    Access,
}

/// One member of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub role: String,
    pub member: String,
    /// `{title, description, expression}`.
    pub condition: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Present,
    Absent,
}

struct Request {
    membership: Membership,
    wish: Wish,
    done: oneshot::Sender<Result<(), Failure>>,
}

/// Who waits for which policy in this run.
#[derive(Default)]
struct Queues {
    by_policy: Mutex<HashMap<String, Vec<Request>>>,
}

/// The membership as it is in the policy.
///
/// # Errors
/// Any refusal but that the resource does not exist.
pub async fn read(
    session: &Session,
    calls: &PolicyCalls,
    wanted: &Membership,
) -> Result<Option<Live>, Failure> {
    match session.read(&calls.get.clone().asking()).await {
        Ok(policy) => Ok(holds(calls.form, &policy, wanted).then(|| live(calls, wanted))),
        Err(failure) if failure.is_absent() => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn live(calls: &PolicyCalls, it: &Membership) -> Live {
    let mut state = json!({ "role": it.role, "member": it.member });
    let mut id = format!("{}/{}/{}", calls.get.path, it.role, it.member);
    if let Some(condition) = &it.condition {
        state["condition"] = condition.clone();
        id = format!("{id}/{}", condition.get("title").and_then(Value::as_str).unwrap_or(""));
    }
    Live { id, state }
}

/// Adds a member and leaves every other one.
///
/// # Errors
/// Any refusal.
pub async fn add(session: &Session, calls: &PolicyCalls, it: &Membership) -> Result<Live, Failure> {
    change(session, calls, it, Wish::Present).await?;
    let (role, member, resource) = (it.role.clone(), it.member.clone(), calls.resource.clone());
    session.note(Fact::Granted { role, member, resource });
    Ok(live(calls, it))
}

/// Removes a member and leaves every other one; that it is gone already is success.
///
/// # Errors
/// Any refusal but that the resource itself is gone.
pub async fn remove(session: &Session, calls: &PolicyCalls, it: &Membership) -> Result<(), Failure> {
    match change(session, calls, it, Wish::Absent).await {
        Err(failure) if failure.is_absent() => Ok(()),
        other => other,
    }
}

async fn change(session: &Session, calls: &PolicyCalls, it: &Membership, wish: Wish) -> Result<(), Failure> {
    let key = calls.set.to_string();
    let queues = session.shared::<Queues>();
    let (done, mine) = oneshot::channel();
    queue(&queues, &key).push(Request { membership: it.clone(), wish, done });
    let lane = session.lane(&key);
    let turn = lane.lock().await;
    // Whoever has the turn serves all who wait; the others find themselves served.
    let mut mine = mine;
    if let Ok(outcome) = mine.try_recv() {
        return outcome;
    }
    serve(session, calls, &queues, &key).await;
    drop(turn);
    mine.await.unwrap_or_else(|_| Err(Failure::other("the policy's change was given up")))
}

/// The waiting list of one policy. What is locked is only ever changed whole, so a panic leaves it usable.
fn queue<'a>(queues: &'a Arc<Queues>, key: &str) -> impl std::ops::DerefMut<Target = Vec<Request>> + 'a {
    struct Guard<'a>(std::sync::MutexGuard<'a, HashMap<String, Vec<Request>>>, String);
    impl std::ops::Deref for Guard<'_> {
        type Target = Vec<Request>;
        fn deref(&self) -> &Vec<Request> {
            &self.0[&self.1]
        }
    }
    impl std::ops::DerefMut for Guard<'_> {
        fn deref_mut(&mut self) -> &mut Vec<Request> {
            self.0.entry(self.1.clone()).or_default()
        }
    }
    let mut map = queues.by_policy.lock().unwrap_or_else(PoisonError::into_inner);
    map.entry(key.to_owned()).or_default();
    Guard(map, key.to_owned())
}

async fn serve(session: &Session, calls: &PolicyCalls, queues: &Arc<Queues>, key: &str) {
    let mut waiting: Vec<Request> = Vec::new();
    let mut conflicts = 0;
    loop {
        let policy = match session.send(&calls.get).await {
            Ok(policy) => policy,
            Err(failure) => return answer_all(queues, key, waiting, &Err(failure)),
        };
        // Taken after the read, so that those who came during it are served too.
        waiting.append(&mut queue(queues, key));
        let mut changed = policy.clone();
        for request in &waiting {
            change_document(calls.form, &mut changed, &request.membership, request.wish);
        }
        if changed == policy {
            return answer_all(queues, key, waiting, &Ok(()));
        }
        match session.send(&write(calls, changed)).await {
            Ok(_) => return answer_all(queues, key, waiting, &Ok(())),
            Err(failure) if failure.cause() == Some(&Cause::Stale) && conflicts < 20 => {
                conflicts += 1;
                session.pause(session.backoff(conflicts)).await;
            }
            // The write may or may not be there: the next read tells.
            Err(failure) if failure.is_unsure() && conflicts < 20 && !session.is_stopped() => {
                conflicts += 1;
                session.pause(session.backoff(conflicts)).await;
            }
            // One bad member must not fail the others: each by itself.
            Err(failure) if waiting.len() > 1 && is_about_content(&failure) => {
                return one_by_one(session, calls, waiting).await;
            }
            Err(failure) => return answer_all(queues, key, waiting, &Err(failure)),
        }
    }
}

fn is_about_content(failure: &Failure) -> bool {
    matches!(failure.cause(), Some(Cause::Invalid | Cause::Precondition))
}

fn answer_all(queues: &Arc<Queues>, key: &str, mut waiting: Vec<Request>, outcome: &Result<(), Failure>) {
    if outcome.is_err() {
        waiting.append(&mut queue(queues, key));
    }
    for request in waiting {
        // Whoever no longer waits was stopped; there is nobody to tell.
        let _ = request.done.send(outcome.clone());
    }
}

async fn one_by_one(session: &Session, calls: &PolicyCalls, waiting: Vec<Request>) {
    for request in waiting {
        let outcome = alone(session, calls, &request).await;
        // Whoever no longer waits was stopped; there is nobody to tell.
        let _ = request.done.send(outcome);
    }
}

async fn alone(session: &Session, calls: &PolicyCalls, request: &Request) -> Result<(), Failure> {
    let mut conflicts = 0;
    loop {
        let policy = session.send(&calls.get).await?;
        let mut changed = policy.clone();
        change_document(calls.form, &mut changed, &request.membership, request.wish);
        if changed == policy {
            return Ok(());
        }
        match session.send(&write(calls, changed)).await {
            Ok(_) => return Ok(()),
            Err(failure)
                if (failure.cause() == Some(&Cause::Stale) || failure.is_unsure())
                    && conflicts < 20
                    && !session.is_stopped() =>
            {
                conflicts += 1;
                session.pause(session.backoff(conflicts)).await;
            }
            Err(failure) => return Err(failure),
        }
    }
}

fn write(calls: &PolicyCalls, mut policy: Value) -> Call {
    let mut call = calls.set.clone();
    let body = match calls.form {
        Form::Wrapped => json!({ "policy": policy }),
        Form::Bare => {
            let empty = policy["bindings"].as_array().is_none_or(Vec::is_empty);
            if let (Some(policy), true) = (policy.as_object_mut(), empty) {
                // Cloud Storage refuses an etag where nothing is left to bind.
                policy.remove("etag");
            }
            policy
        }
        Form::Access => {
            call.if_match = policy["etag"].as_str().map(str::to_owned);
            json!({ "access": access::writable(&policy) })
        }
    };
    call.body(body)
}

fn holds(form: Form, document: &Value, it: &Membership) -> bool {
    match form {
        Form::Wrapped | Form::Bare => find(document, it).is_some(),
        Form::Access => access::holds(document, it),
    }
}

fn change_document(form: Form, document: &mut Value, it: &Membership, wish: Wish) {
    match (form, wish) {
        (Form::Wrapped | Form::Bare, _) => apply(document, it, wish),
        (Form::Access, Wish::Present) => access::add(document, it),
        (Form::Access, Wish::Absent) => access::remove(document, it),
    }
}

/// Whether two texts name one member.
pub fn same_member(a: &str, b: &str) -> bool {
    normal_member(a) == normal_member(b)
}

/// A member as Google stores it: what comes before the first colon as it is, an address in lower case.
pub fn normal_member(member: &str) -> String {
    match member.split_once(':') {
        Some(("principal" | "principalSet" | "principalHierarchy", _)) | None => member.to_owned(),
        Some((kind, address)) => format!("{kind}:{}", address.to_lowercase()),
    }
}

fn is_binding(binding: &Value, it: &Membership) -> bool {
    binding.get("role").and_then(Value::as_str) == Some(&it.role)
        && binding.get("condition").filter(|it| !it.is_null()) == it.condition.as_ref()
}

fn find<'a>(policy: &'a Value, it: &Membership) -> Option<&'a str> {
    let bindings = policy.get("bindings")?.as_array()?;
    let members = bindings.iter().filter(|b| is_binding(b, it)).filter_map(|b| b.get("members")?.as_array());
    members.flatten().filter_map(Value::as_str).find(|member| same_member(member, &it.member))
}

/// Whether this is what is left of a member whose account was deleted: `deleted:serviceAccount:a@b?uid=1`.
fn is_dead(member: &str, of: &Membership) -> bool {
    let dead = member.strip_prefix("deleted:").and_then(|it| it.split_once("?uid="));
    dead.is_some_and(|(former, _)| same_member(former, &of.member))
}

/// Takes away what an account of ours that is deleted has left in our binding: it gives nobody anything, and a policy has
/// only so much room.
fn bury(policy: &mut Value, it: &Membership) {
    let Some(bindings) = policy.get_mut("bindings").and_then(Value::as_array_mut) else { return };
    for binding in bindings.iter_mut().filter(|b| is_binding(b, it)) {
        if let Some(members) = binding.get_mut("members").and_then(Value::as_array_mut) {
            members.retain(|member| !member.as_str().is_some_and(|member| is_dead(member, it)));
        }
    }
    bindings.retain(|b| b.get("members").and_then(Value::as_array).is_none_or(|it| !it.is_empty()));
}

fn apply(policy: &mut Value, it: &Membership, wish: Wish) {
    bury(policy, it);
    let present = find(policy, it).is_some();
    if !policy.is_object() {
        *policy = Value::Object(Map::new());
    }
    match wish {
        Wish::Present if !present => {
            if it.condition.is_some() {
                policy["version"] = json!(3);
            }
            if !policy["bindings"].is_array() {
                policy["bindings"] = json!([]);
            }
            let Some(bindings) = policy["bindings"].as_array_mut() else { return };
            match bindings
                .iter_mut()
                .find(|b| is_binding(b, it))
                .and_then(|b| b.get_mut("members")?.as_array_mut())
            {
                Some(members) => members.push(json!(it.member)),
                None => {
                    let mut binding = json!({ "role": it.role, "members": [it.member] });
                    if let Some(condition) = &it.condition {
                        binding["condition"] = condition.clone();
                    }
                    bindings.push(binding);
                }
            }
        }
        Wish::Absent if present => {
            let Some(bindings) = policy["bindings"].as_array_mut() else { return };
            for binding in bindings.iter_mut().filter(|b| is_binding(b, it)) {
                if let Some(members) = binding.get_mut("members").and_then(Value::as_array_mut) {
                    members.retain(|member| {
                        !member.as_str().is_some_and(|member| same_member(member, &it.member))
                    });
                }
            }
            bindings.retain(|b| b.get("members").and_then(Value::as_array).is_some_and(|it| !it.is_empty()));
        }
        Wish::Present | Wish::Absent => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn membership(role: &str, member: &str) -> Membership {
        Membership { role: role.to_owned(), member: member.to_owned(), condition: None }
    }

    #[test]
    fn members_of_others_stay() {
        let mut policy = json!({ "etag": "x", "bindings": [
            { "role": "roles/a", "members": ["user:one@example.com"] },
            { "role": "roles/a", "members": ["user:two@example.com"], "condition": { "title": "t", "expression": "true" } },
        ]});
        let before = policy.clone();
        let mine = membership("roles/a", "user:me@example.com");
        apply(&mut policy, &mine, Wish::Present);
        assert_eq!(policy["bindings"][0]["members"], json!(["user:one@example.com", "user:me@example.com"]));
        assert_eq!(policy["bindings"][1], before["bindings"][1]);
        apply(&mut policy, &mine, Wish::Absent);
        assert_eq!(policy, before);
    }

    #[test]
    fn what_a_deleted_account_of_ours_left_goes_and_that_of_others_stays() {
        let (mine, other) =
            ("serviceAccount:a@p.iam.gserviceaccount.com", "serviceAccount:b@p.iam.gserviceaccount.com");
        let dead = |it: &str| format!("deleted:{it}?uid=123");
        let policy = json!({ "bindings": [
            { "role": "roles/a", "members": [dead(mine), dead(other)] },
            { "role": "roles/b", "members": [dead(mine)] },
        ]});
        for (wish, role_a) in
            [(Wish::Present, json!([dead(other), mine])), (Wish::Absent, json!([dead(other)]))]
        {
            let mut policy = policy.clone();
            apply(&mut policy, &membership("roles/a", mine), wish);
            assert_eq!(policy["bindings"][0]["members"], role_a);
            assert_eq!(policy["bindings"][1]["members"], json!([dead(mine)]), "another grant's");
        }
        let mut alone = json!({ "bindings": [{ "role": "roles/a", "members": [dead(mine)] }] });
        apply(&mut alone, &membership("roles/a", mine), Wish::Absent);
        assert_eq!(alone, json!({ "bindings": [] }));
    }

    #[test]
    fn members_compare_as_google_stores_them() {
        assert!(same_member("user:Me@Example.com", "user:me@example.com"));
        assert!(!same_member("user:me@example.com", "group:me@example.com"));
        assert!(!same_member("principal://a/B", "principal://a/b"));
        assert!(same_member("allUsers", "allUsers"));
    }

    #[test]
    fn the_last_member_takes_its_binding_with_it() {
        let mut policy = json!({ "bindings": [{ "role": "roles/a", "members": ["allUsers"] }] });
        apply(&mut policy, &membership("roles/a", "allUsers"), Wish::Absent);
        assert_eq!(policy, json!({ "bindings": [] }));
    }
}
