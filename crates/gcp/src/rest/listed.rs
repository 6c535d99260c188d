//! Lists all of a kind that a project has, in every place.

use engine::{Call, Failure, Live, Place, Session};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::{collection, list, live, with_query};
use crate::resource::Kind;

/// How many lists and resources are read at a time.
const AT_ONCE: usize = 32;

/// All of a kind that a project has, each as its [`live`] answer, with the inputs that say which one it is.
/// Nothing of a kind that does not say how it is [listed](Kind::listed).
///
/// # Errors
/// Any refusal.
pub async fn listed(kind: &Kind, session: &Session, project: &str) -> Result<Vec<Live>, Failure> {
    if kind.listed.is_none() {
        return Ok(Vec::new());
    }
    if !kind.path.contains("{location}") {
        return in_place(kind, session, &json!({ "project": project })).await;
    }
    let locations = locations(kind, session, project).await?;
    in_locations(kind, session, project, locations).await
}

/// All of a kind that are in some locations.
///
/// # Errors
/// Any refusal but that the project may not use a location: nothing of it can be there.
pub async fn in_locations(
    kind: &Kind,
    session: &Session,
    project: &str,
    locations: Vec<String>,
) -> Result<Vec<Live>, Failure> {
    each(locations, async |location| {
        let place = json!({ "project": project, "location": location });
        match in_place(kind, session, &place).await {
            Err(failure) if failure.to_string().contains("Permission denied on 'locations/") => {
                Ok(Vec::new())
            }
            other => other,
        }
    })
    .await
}

/// What is asked of each of many, some at a time, in their order.
///
/// # Errors
/// The first failure.
pub async fn each<T, R, F>(of: Vec<T>, ask: impl Fn(T) -> F) -> Result<Vec<R>, Failure>
where
    F: Future<Output = Result<Vec<R>, Failure>>,
{
    let found: Vec<Vec<R>> = stream::iter(of).map(ask).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// All of a kind that are in one place, which is said by the inputs that the collection's path is made of.
///
/// # Errors
/// Any refusal.
pub async fn in_place(kind: &Kind, session: &Session, place: &Value) -> Result<Vec<Live>, Failure> {
    let found = items(kind, session, place).await?;
    Ok(found.into_iter().filter_map(|it| named(kind, place, it)).collect())
}

/// The items of a collection's list, as they are.
///
/// # Errors
/// Any refusal.
pub async fn items(kind: &Kind, session: &Session, place: &Value) -> Result<Vec<Value>, Failure> {
    let Some(how) = &kind.listed else { return Ok(Vec::new()) };
    let path = collection(kind, place).ok_or_else(|| super::unnamed(kind))?;
    let call = with_query(Call::get(kind.facts.service, path).about(&kind.facts), how.query, place)?;
    list(session, &call, how.items).await
}

/// The resource that a list says little of, read by itself: none if it went meanwhile.
///
/// # Errors
/// Any refusal but that it does not exist.
pub async fn whole(kind: &Kind, session: &Session, inputs: Value) -> Result<Vec<Live>, Failure> {
    let mut live = super::read(kind, session, Place { inputs: &inputs, id: None, others: &[] }).await?;
    if let (Some(live), Some(inputs)) = (&mut live, inputs.as_object()) {
        for (input, value) in inputs {
            live.state[input] = value.clone();
        }
    }
    Ok(live.into_iter().collect())
}

/// What was found, with the inputs that say which one it is.
fn named(kind: &Kind, place: &Value, mut state: Value) -> Option<Live> {
    let name = state.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (input, value) in identity(kind, place, &name) {
        // What Google makes up stays, for it is how others refer to it.
        if input != "id" {
            state[input] = Value::String(value);
        }
    }
    let inputs = state.clone();
    live(kind, Place { inputs: &inputs, id: None, others: &[] }, state)
}

/// The inputs in a name: of `projects/p/topics/t` the project and `t`; where it was looked for says the rest.
fn identity(kind: &Kind, place: &Value, name: &str) -> Vec<(&'static str, String)> {
    let template: Vec<&'static str> = kind.path.split('/').collect();
    let parts: Vec<&str> = name.split('/').collect();
    let of = |part: &'static str| part.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let told = |input: &str| place.get(input).and_then(Value::as_str).map(str::to_owned);
    let last = template.len().saturating_sub(1);
    // A full name is the path without its version.
    let is_full = parts.len() + 1 == template.len() && parts.len() > 1;
    let value = |(at, input): (usize, &'static str)| {
        // A project may be named by its number, which inputs do not have.
        let value = told(input).or_else(|| match is_full {
            true => Some(parts[at - 1].to_owned()),
            false => (at == last).then(|| name.to_owned()),
        });
        Some((input, value?))
    };
    let inputs = template.iter().enumerate().filter_map(|(at, part)| Some((at, of(part)?)));
    let project = told("project").map(|it| ("project", it));
    project.into_iter().chain(inputs.filter_map(value)).collect()
}

/// The locations that a project can use of a kind's API.
async fn locations(kind: &Kind, session: &Session, project: &str) -> Result<Vec<String>, Failure> {
    // Cloud Run's v2 has no such list, and refuses `-` for all of them.
    let call = Call::get(kind.facts.service, format!("v1/projects/{}/locations", super::segment(project)));
    let found = list(session, &call, "locations").await?;
    let id = |it: &Value| it.get("locationId").and_then(Value::as_str).map(str::to_owned);
    found.iter().map(|it| id(it).ok_or_else(|| Failure::unexpected(&call, "a location has no id"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Resource;
    use crate::{logging, monitoring, pubsub, run, storage};

    fn found<R: Resource>(place: &Value, state: Value) -> Value {
        named(&R::KIND, place, state).map(|it| json!([it.id, it.state])).unwrap_or_default()
    }

    #[test]
    fn a_name_says_which_one_it_is() {
        let here = json!({ "project": "p" });
        assert_eq!(
            found::<pubsub::Topic>(&here, json!({ "name": "projects/p/topics/t" })),
            json!(["projects/p/topics/t", { "name": "t", "project": "p" }])
        );
        assert_eq!(
            found::<storage::Bucket>(&here, json!({ "name": "b.example", "location": "EU" })),
            json!(["b.example", { "name": "b.example", "location": "EU", "project": "p" }])
        );
        // A slash in it is its own.
        assert_eq!(
            found::<logging::LogMetric>(&here, json!({ "name": "a/b/c" }))[1],
            json!({ "name": "a/b/c", "project": "p" })
        );
        let place = json!({ "project": "p", "location": "l" });
        assert_eq!(
            found::<run::Service>(&place, json!({ "name": "projects/7/locations/l/services/s" })),
            json!(["projects/p/locations/l/services/s", { "name": "s", "project": "p", "location": "l" }])
        );
        // What Google makes up is what it is called.
        assert_eq!(
            found::<monitoring::AlertPolicy>(&here, json!({ "name": "projects/p/alertPolicies/1" })),
            json!(["projects/p/alertPolicies/1", { "name": "projects/p/alertPolicies/1", "project": "p" }])
        );
    }
}
