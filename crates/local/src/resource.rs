//! What all kinds of resources share: reading, naming, listing by pages, and changing by mask or merge.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::error::Refusal;
use crate::request::{Answer, Request, last};
use crate::store::Tx;
use crate::validate;

/// A kind of resource: where it is kept, and what Google says when it is missing or taken.
pub struct Kind {
    /// `pubsub/topics`.
    pub collection: &'static str,
    /// The list's field in the answer: `topics`.
    pub list: &'static str,
    /// Google's words for a name that does not exist.
    pub missing: fn(&Request<'_>, &str) -> String,
    /// Google's words for a name that exists already.
    pub taken: fn(&Request<'_>, &str) -> String,
    /// How a stored document is shown; see [`plain`].
    pub show: fn(&Request<'_>, Value) -> Value,
    /// Items of a page when the caller does not say.
    pub page: usize,
}

/// Shows a document as it is, without what is ours alone.
pub fn plain(_: &Request<'_>, document: Value) -> Value {
    visible(document)
}

/// A document whose `name` is shown with the project's number.
pub fn numbered(request: &Request<'_>, document: Value) -> Value {
    let mut shown = visible(document);
    if let Some(name) = shown["name"].as_str() {
        shown["name"] = json!(request.numbered(name));
    }
    shown
}

/// `Requested entity was not found.`
pub fn not_found(_: &Request<'_>, _: &str) -> String {
    "Requested entity was not found.".to_owned()
}

/// `Requested entity already exists`
pub fn already_exists(_: &Request<'_>, _: &str) -> String {
    "Requested entity already exists".to_owned()
}

/// Leaves out the fields that are ours alone: those that begin with `_`.
pub fn visible(document: Value) -> Value {
    match document {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().filter(|(name, _)| !name.starts_with('_')).collect())
        }
        other => other,
    }
}

/// Removes a field; says what it was.
pub fn remove(document: &mut Value, field: &str) -> Option<Value> {
    document.as_object_mut().and_then(|it| it.remove(field))
}

/// Sets a field that nobody has set.
pub fn default(document: &mut Value, field: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = document
        && fields.get(field).is_none_or(Value::is_null)
    {
        fields.insert(field.to_owned(), value.into());
    }
}

/// Sets the value at a path, made if need be. What stands in the way is replaced by an object.
fn set(document: &mut Value, path: &[&str], value: Value) {
    let Some((field, rest)) = path.split_first() else {
        *document = value;
        return;
    };
    if !document.is_object() {
        *document = json!({});
    }
    if let Value::Object(fields) = document {
        set(fields.entry((*field).to_owned()).or_insert(Value::Null), rest, value);
    }
}

/// The value at a dotted path.
pub fn at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |value, step| value.get(step))
}

/// Takes the fields of a mask from `given`: those it has are set, those it lacks are cleared.
pub fn apply_mask(document: &mut Value, given: &Value, mask: &[String]) {
    for path in mask {
        let steps: Vec<&str> = path.split('.').collect();
        let Some((field, parents)) = steps.split_last() else { continue };
        match at(given, path) {
            Some(value) if !value.is_null() => set(document, &steps, value.clone()),
            Some(_) | None => {
                let holder = if parents.is_empty() {
                    Some(&mut *document)
                } else {
                    document.pointer_mut(&format!("/{}", parents.join("/")))
                };
                if let Some(Value::Object(fields)) = holder {
                    fields.remove(*field);
                }
            }
        }
    }
}

/// Merges as RFC 7396 says: null removes, objects merge, the rest replaces.
pub fn merge(document: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = json!({});
    }
    let Value::Object(fields) = document else { return };
    for (name, change) in changes {
        match change {
            Value::Null => {
                fields.remove(name);
            }
            Value::Object(_) => merge(fields.entry(name.clone()).or_insert(Value::Null), change),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                fields.insert(name.clone(), change.clone());
            }
        }
    }
}

/// Removes nulls, which a merged document may have kept deep inside what was new.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(_, it)| !it.is_null())
                .map(|(name, it)| (name, without_nulls(it)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

/// Refuses a mask that names a field the schema does not have.
pub fn check_mask(request: &Request<'_>, schema: &str, mask: &[String]) -> Result<(), Refusal> {
    let Some(schema) = request.api.schema(schema) else { return Ok(()) };
    for path in mask {
        let first = path.split('.').next().unwrap_or(path);
        if first != "*" && !schema.fields.contains_key(first) {
            return Err(Refusal::invalid(format!("Invalid update_mask provided: unknown path \"{path}\".")));
        }
    }
    Ok(())
}

/// Refuses a change of a field that cannot change.
pub fn check_immutable(old: &Value, new: &Value, fields: &[&str]) -> Result<(), Refusal> {
    for field in fields {
        if at(old, field) != at(new, field) {
            return Err(Refusal::invalid(format!("The field `{field}` is immutable and cannot be changed.")));
        }
    }
    Ok(())
}

/// A page of a list that is made anew each time.
pub fn part(request: &Request<'_>, field: &str, all: &[Value]) -> Answer {
    let number = |name: &str| request.query.get(name).and_then(|it| it.parse::<usize>().ok());
    let begin = number("pageToken").unwrap_or(0).min(all.len());
    let size = number("pageSize").filter(|it| *it > 0).unwrap_or(100);
    let end = begin.saturating_add(size).min(all.len());
    let mut answer = json!({});
    if begin < end {
        answer[field] = json!(all[begin..end]);
    }
    if end < all.len() {
        answer["nextPageToken"] = json!(end.to_string());
    }
    Answer::json(answer)
}

/// One page of a list.
pub struct Page {
    pub items: Vec<(String, Value)>,
    pub next: Option<String>,
}

/// A page of the documents under a prefix. A `-` in the prefix stands for any one segment.
pub fn page(
    tx: &Tx,
    request: &Request<'_>,
    collection: &str,
    prefix: &str,
    size: usize,
    keep: impl Fn(&str, &Value) -> bool,
) -> Result<Page, Refusal> {
    let asked = request.query.number("pageSize").or_else(|| request.query.number("maxResults"));
    let asked = asked.and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    let size = asked.unwrap_or(size);
    let mut after =
        match request.query.get("pageToken").filter(|it| !it.is_empty()) {
            None => None,
            Some(token) => {
                let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|it| String::from_utf8(it).ok());
                Some(name.ok_or_else(|| {
                    Refusal::invalid("Invalid page token: the token is not one of this list.")
                })?)
            }
        };
    let fixed = prefix.find("/-/").map_or(prefix, |at| &prefix[..=at]);
    let fits = |name: &str| {
        fixed.len() == prefix.len()
            || prefix
                .trim_end_matches('/')
                .split('/')
                .zip(name.split('/'))
                .all(|(want, got)| want == "-" || want == got)
    };
    let mut items = Vec::new();
    loop {
        let batch = tx.scan(collection, fixed, after.as_deref(), (size + 1).min(1000))?;
        let ended = batch.len() < (size + 1).min(1000);
        for (name, document) in batch {
            after = Some(name.clone());
            if !fits(&name) || !keep(&name, &document) {
                continue;
            }
            if items.len() == size {
                let next = items.last().map(|(name, _): &(String, Value)| URL_SAFE_NO_PAD.encode(name));
                return Ok(Page { items, next });
            }
            items.push((name, document));
        }
        if ended {
            return Ok(Page { items, next: None });
        }
    }
}

impl Kind {
    /// The document of this name.
    pub fn find(&self, tx: &Tx, name: &str) -> Result<Option<Value>, Refusal> {
        Ok(tx.get(self.collection, name)?)
    }

    /// The document of this name, or Google's 404.
    pub fn load(&self, tx: &Tx, request: &Request<'_>, name: &str) -> Result<Value, Refusal> {
        self.find(tx, name)?.ok_or_else(|| Refusal::not_found((self.missing)(request, name)))
    }

    /// Keeps a document under a name that must be free.
    pub fn insert(
        &self,
        tx: &mut Tx,
        request: &Request<'_>,
        name: &str,
        document: &Value,
    ) -> Result<(), Refusal> {
        if self.find(tx, name)?.is_some() {
            return Err(Refusal::exists((self.taken)(request, name)));
        }
        self.save(tx, name, document)
    }

    /// Keeps a document.
    pub fn save(&self, tx: &mut Tx, name: &str, document: &Value) -> Result<(), Refusal> {
        Ok(tx.put(self.collection, name, document)?)
    }

    /// Removes a document and the policy on it, or answers Google's 404.
    pub fn delete(&self, tx: &mut Tx, request: &Request<'_>, name: &str) -> Result<Value, Refusal> {
        let document = self.load(tx, request, name)?;
        tx.remove(self.collection, name)?;
        crate::iam::forget(tx, &crate::iam::key(&request.api.name, name))?;
        Ok(document)
    }

    /// An answer that shows a document.
    pub fn answer(&self, request: &Request<'_>, document: Value) -> Answer {
        Answer::json((self.show)(request, document))
    }

    /// Answers a plain `get` of the name in the path.
    pub fn get(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
        let document = self.load(tx, request, request.name())?;
        Ok(self.answer(request, document))
    }

    /// Answers a plain `delete` of the name in the path with `{}`.
    pub fn drop(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
        self.delete(tx, request, request.name())?;
        Ok(Answer::empty())
    }

    /// Answers a plain `list` of what is under the parent in the path.
    pub fn list(&self, tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
        let prefix = format!("{}/{}/", request.name(), last(self.collection));
        self.list_where(tx, request, &prefix, |_, _| true)
    }

    /// Answers a list of what is under a prefix and fits.
    pub fn list_where(
        &self,
        tx: &Tx,
        request: &Request<'_>,
        prefix: &str,
        keep: impl Fn(&str, &Value) -> bool,
    ) -> Result<Answer, Refusal> {
        let page = page(tx, request, self.collection, prefix, self.page, keep)?;
        let mut answer = json!({});
        if !page.items.is_empty() {
            let shown = page.items.into_iter().map(|(_, it)| (self.show)(request, it)).collect();
            answer[self.list] = Value::Array(shown);
        }
        if let Some(next) = page.next {
            answer["nextPageToken"] = json!(next);
        }
        Ok(Answer::json(answer))
    }
}

/// Refuses an id that does not look as Google asks.
pub fn check_id(
    id: &str,
    length: std::ops::RangeInclusive<usize>,
    fits: fn(char) -> bool,
    words: &str,
) -> Result<(), Refusal> {
    if length.contains(&id.len()) && id.chars().all(fits) { Ok(()) } else { Err(Refusal::invalid(words)) }
}

/// Answers a method of a kind.
pub type KindMethod = fn(&Kind, &mut Tx, &Request<'_>) -> Result<Answer, Refusal>;

/// `GetIamPolicy`, `SetIamPolicy` and `TestIamPermissions` of a kind, by the last part of the method.
pub fn policy_method(method: &str) -> Option<KindMethod> {
    match last(&method.replace('.', "/")) {
        "getIamPolicy" => Some(|kind, tx, request| {
            kind.load(tx, request, request.name())?;
            crate::iam::get(tx, request, &crate::iam::key(&request.api.name, request.name()))
        }),
        "setIamPolicy" => Some(|kind, tx, request| {
            kind.load(tx, request, request.name())?;
            crate::iam::set(tx, request, &crate::iam::key(&request.api.name, request.name()))
        }),
        "testIamPermissions" => Some(|_, tx, request| {
            crate::iam::test(tx, request, &crate::iam::key(&request.api.name, request.name()))
        }),
        _ => None,
    }
}

/// Whether a label's key and value look as Google asks.
pub fn check_labels(labels: &Value) -> Result<(), Refusal> {
    let Value::Object(labels) = labels else { return Ok(()) };
    if labels.len() > 64 {
        return Err(Refusal::invalid("Too many labels: at most 64 are allowed."));
    }
    let fits = |c: char| {
        c.is_lowercase() || c.is_numeric() || c == '_' || c == '-' || (c.is_alphabetic() && !c.is_uppercase())
    };
    for (key, value) in labels {
        let value = value.as_str().unwrap_or_default();
        let starts = key.chars().next().is_some_and(|c| c.is_alphabetic());
        if !starts || key.chars().count() > 63 || !key.chars().all(fits) {
            return Err(Refusal::invalid(format!("Invalid label key: \"{key}\"")));
        }
        if value.chars().count() > 63 || !value.chars().all(fits) {
            return Err(Refusal::invalid(format!("Invalid label value: \"{value}\"")));
        }
    }
    Ok(())
}

/// The name that a `create` makes: the parent in the path, the collection, and an id of the query.
pub fn created(request: &Request<'_>, collection: &str, parameter: &str) -> Result<String, Refusal> {
    let id = request.query.get(parameter).unwrap_or_default();
    if id.is_empty() {
        return Err(Refusal::invalid(format!("Missing required field: {}", validate::snake(parameter))));
    }
    Ok(format!("{}/{collection}/{id}", request.name()))
}

/// Whether a body's field was given at all.
pub fn has(body: &Value, field: &str) -> bool {
    body.get(field).is_some_and(|it| !it.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_sets_what_is_given_and_clears_what_is_not() {
        let mut document = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": 4});
        let mask: Vec<String> = ["a", "b.c", "b.x.y", "e"].map(str::to_owned).into();
        apply_mask(&mut document, &json!({"b": {"c": 5, "x": {"y": 6}, "d": 9}, "e": 7}), &mask);
        assert_eq!(document, json!({"b": {"c": 5, "d": 3, "x": {"y": 6}}, "e": 7}));
    }

    #[test]
    fn a_merge_removes_what_is_null() {
        let mut document = json!({"a": 1, "b": {"c": 2, "d": 3}, "list": [1]});
        merge(&mut document, &json!({"a": null, "b": {"c": null, "e": 1}, "list": []}));
        assert_eq!(document, json!({"b": {"d": 3, "e": 1}, "list": []}));
    }
}
