//! Shapes an answer as the caller asked: some of its fields, or enums as numbers.

use discovery::{Api, Field, Method, Schema, Type};
use serde_json::{Map, Value, json};

use crate::enums;
use crate::validate::Query;

/// Shapes the answer of a method.
pub fn shape(api: &Api, method: &Method, query: &Query, mut answer: Value) -> Value {
    let numbers =
        ["$alt", "alt"].iter().any(|it| query.get(it).is_some_and(|it| it.contains("enum-encoding=int")));
    if numbers && let Some(schema) = method.response.as_deref().and_then(|it| api.schema(it)) {
        number_object(api, schema, &mut answer);
    }
    match query.get("fields").or_else(|| query.get("$fields")) {
        Some(mask) if !mask.is_empty() && mask != "*" => select(&answer, &Selection::parse(mask)),
        Some(_) | None => answer,
    }
}

fn number_object(api: &Api, schema: &Schema, value: &mut Value) {
    let Value::Object(fields) = value else { return };
    // What an operation carries says itself what it is.
    let own = fields.get("@type").and_then(Value::as_str).and_then(|it| schema_of(api, it));
    let schema = own.unwrap_or(schema);
    for (name, value) in fields.iter_mut() {
        match schema.fields.get(name).or(schema.rest.as_ref()) {
            Some(field) => number(api, field, value),
            None => {
                let own = value.get("@type").and_then(Value::as_str).and_then(|it| schema_of(api, it));
                if let Some(own) = own {
                    number_object(api, own, value);
                }
            }
        }
    }
}

/// The schema that a type's URL names: `…/google.cloud.run.v2.Job` is `Job`, or `GoogleCloudRunV2Job`.
fn schema_of<'a>(api: &'a Api, url: &str) -> Option<&'a Schema> {
    let full = url.rsplit('/').next()?;
    let last = full.rsplit('.').next()?;
    let joined: String = full
        .split('.')
        .map(|it| {
            let mut chars = it.chars();
            chars
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
                .unwrap_or_default()
        })
        .collect();
    api.schema(&joined).or_else(|| api.schema(last))
}

fn number(api: &Api, field: &Field, value: &mut Value) {
    match &field.kind {
        Type::Enum(values) => {
            if let Some(number) = value.as_str().and_then(|it| enums::number(values, it)) {
                *value = json!(number);
            }
        }
        Type::Ref(name) => {
            if let Some(schema) = api.schema(name) {
                match &schema.alias {
                    Some(alias) => number(api, alias, value),
                    None => number_object(api, schema, value),
                }
            }
        }
        Type::List(item) => {
            for it in value.as_array_mut().into_iter().flatten() {
                number(api, item, it);
            }
        }
        Type::Map(item) => {
            let typed = value.get("@type").and_then(Value::as_str).and_then(|it| schema_of(api, it));
            if let Some(schema) = typed {
                number_object(api, schema, value);
                return;
            }
            if let Value::Object(entries) = value {
                for it in entries.values_mut() {
                    number(api, item, it);
                }
            }
        }
        Type::Any => {
            if let Some(schema) = value.get("@type").and_then(Value::as_str).and_then(|it| schema_of(api, it))
            {
                number_object(api, schema, value);
            }
        }
        Type::Boolean | Type::Integer { .. } | Type::Number { .. } | Type::String { .. } => {}
    }
}

/// A partial response's mask: `items(id,name),nextPageToken`, `a/b`, `*`.
#[derive(Debug, Default)]
struct Selection(Vec<(String, Selection)>);

impl Selection {
    fn parse(text: &str) -> Selection {
        let mut chars = text.chars().peekable();
        Selection::list(&mut chars)
    }

    fn list(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Selection {
        let mut out = Vec::new();
        loop {
            out.push(Selection::item(chars));
            match chars.next() {
                Some(',') => {}
                Some(_) | None => return Selection(out),
            }
        }
    }

    fn item(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> (String, Selection) {
        let mut name = String::new();
        while let Some(c) = chars.peek().copied() {
            match c {
                ',' | ')' => break,
                '/' => {
                    chars.next();
                    return (name, Selection(vec![Selection::item(chars)]));
                }
                '(' => {
                    chars.next();
                    return (name, Selection::list(chars));
                }
                c => {
                    chars.next();
                    if !c.is_whitespace() {
                        name.push(if c == '.' { '/' } else { c });
                    }
                }
            }
        }
        // A dotted path is the same as one with slashes.
        match name.split_once('/') {
            Some((first, rest)) => (first.to_owned(), Selection::parse(rest)),
            None => (name, Selection::default()),
        }
    }
}

fn select(value: &Value, selection: &Selection) -> Value {
    if selection.0.is_empty() {
        return value.clone();
    }
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|it| select(it, selection)).collect()),
        Value::Object(fields) => {
            let mut out = Map::new();
            for (name, value) in fields {
                for (wanted, inner) in &selection.0 {
                    if wanted == "*" || wanted == name {
                        let chosen = select(value, inner);
                        match out.get_mut(name) {
                            Some(Value::Object(before)) => {
                                if let Value::Object(more) = chosen {
                                    before.extend(more);
                                }
                            }
                            Some(_) | None => {
                                out.insert(name.clone(), chosen);
                            }
                        }
                    }
                }
            }
            Value::Object(out)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mask: &str, want: Value) {
        let value =
            json!({"items": [{"id": 1, "name": "a", "deep": {"x": 1, "y": 2}}], "next": "n", "kind": "k"});
        assert_eq!(select(&value, &Selection::parse(mask)), want, "{mask}");
    }

    #[test]
    fn partial_answers() {
        check("items(id,name),next", json!({"items": [{"id": 1, "name": "a"}], "next": "n"}));
        check("items/id", json!({"items": [{"id": 1}]}));
        check("items/deep/x,kind", json!({"items": [{"deep": {"x": 1}}], "kind": "k"}));
        check(
            "*",
            json!({"items": [{"id": 1, "name": "a", "deep": {"x": 1, "y": 2}}], "next": "n", "kind": "k"}),
        );
    }

    #[test]
    fn enums_as_numbers() {
        let api = discovery::api("run", "v2").unwrap();
        let method = api.method("run.projects.locations.jobs.create").unwrap();
        let answer = json!({"metadata": {"@type": "type.googleapis.com/google.cloud.run.v2.Job", "launchStage": "GA"}});
        let shaped = shape(api, method, &Query::parse("%24alt=json%3Benum-encoding%3Dint"), answer);
        assert_eq!(shaped["metadata"]["launchStage"], 4);
    }
}
