//! The query of a request, checked against Google's description.

use std::collections::BTreeMap;

use discovery::{Api, Method, Param, Place, Type};
use serde_json::{Value, json};

use super::body::{Checker, Reading, camel, refuse, snake};
use crate::error::Refusal;

/// The query of a request: parameters by name, each with all its values.
#[derive(Clone, Debug, Default)]
pub struct Query(BTreeMap<String, Vec<String>>);

impl Query {
    /// Splits `a=b&c=d`.
    pub fn parse(text: &str) -> Query {
        let mut all = BTreeMap::<String, Vec<String>>::new();
        for pair in text.split('&').filter(|it| !it.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| crate::route::decode(&text.replace('+', " "));
            all.entry(plain(name)).or_default().push(plain(value));
        }
        Query(all)
    }

    /// The last value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.last().map(String::as_str)
    }

    /// Replaces the value of a parameter.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), vec![value.to_owned()]);
    }

    /// Every value of a parameter.
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a parameter is `true`.
    pub fn is(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// A parameter that is a number; it was checked before.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// Parameters that every API takes, beside those its description lists.
const COMMON: &[&str] =
    &["$alt", "$fields", "$prettyPrint", "upload_id", "userIp", "$userProject", "$httpHeaders"];

/// Parameters that a client of Google's sends although no description has them: the API, and which.
const UNDESCRIBED: &[(&str, &str)] = &[("bigquery", "projection")];

/// Checks the parameters, brings their names to one form, and moves to the body what belongs there:
/// One Platform reads any field of a request message from the query too.
pub fn query(api: &Api, method: &Method, given: Query, body: &mut Value) -> Result<Query, Refusal> {
    let reading = Reading::of(api);
    let mut checker = Checker { api, reading, violations: Vec::new() };
    let mut out = BTreeMap::new();
    let schema = method.request.as_deref().and_then(|it| api.schema(it));
    for (name, values) in given.0 {
        let known = |name: &str| method.params.get(name).filter(|it| it.place == Place::Query);
        let proper = if known(&name).is_some() { name.clone() } else { camel(&name) };
        if let Some(param) = known(&proper) {
            // Clients write booleans as their languages do: `True` too.
            let values: Vec<String> = match param.kind.as_str() {
                "boolean" => values.iter().map(|it| it.to_ascii_lowercase()).collect(),
                _ => values,
            };
            for value in &values {
                checker.param(&proper, param, value);
            }
            out.insert(proper, values);
        } else if api.params.contains_key(&name)
            || COMMON.contains(&name.as_str())
            || UNDESCRIBED.contains(&(api.name.as_str(), name.as_str()))
        {
            out.insert(name, values);
        } else if let Some(field) = schema.and_then(|it| it.fields.get(&proper)) {
            let value = match (&field.kind, values.last()) {
                (Type::List(_), _) => json!(values),
                (_, Some(value)) => json!(value),
                (_, None) => continue,
            };
            if let (Some(value), Value::Object(fields)) =
                (checker.field(field, value, &snake(&proper)), &mut *body)
            {
                fields.entry(proper).or_insert(value);
            }
        } else if reading != Reading::Tolerant {
            checker.wrong(
                "",
                format!(
                    "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. \
                     Field '{name}' could not be found in request message."
                ),
            );
        }
    }
    if !checker.violations.is_empty() {
        return Err(refuse(checker.violations));
    }
    for (name, param) in &method.params {
        if param.required && param.place == Place::Query && !out.contains_key(name) {
            let words = match reading {
                Reading::Merging | Reading::Tolerant => format!("Required parameter: {name}"),
                Reading::Strict => format!("Missing required field: {}", snake(name)),
            };
            return Err(Refusal::invalid(words).reason("required"));
        }
    }
    Ok(Query(out))
}

impl Checker<'_> {
    fn param(&mut self, name: &str, param: &Param, value: &str) {
        let kind = match param.kind.as_str() {
            "boolean" if !matches!(value, "true" | "false" | "") => "TYPE_BOOL",
            "integer" if value.parse::<i64>().is_err() => "TYPE_INT32",
            "number" if value.parse::<f64>().is_err() => "TYPE_DOUBLE",
            _ => match (&param.values, param.format.as_deref()) {
                (Some(values), _)
                    if !values.iter().any(|it| it == value) && value.parse::<u64>().is_err() =>
                {
                    "TYPE_ENUM"
                }
                (None, Some("int64" | "uint64")) if value.parse::<i128>().is_err() => "TYPE_INT64",
                _ => return,
            },
        };
        self.invalid(&snake(name), kind, &json!(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_the_message_may_come_in_the_query() {
        let api = discovery::api("pubsub", "v1").unwrap();
        let method = api.method("pubsub.projects.topics.patch").unwrap();
        let mut body = json!({"topic": {}});
        query(api, method, Query::parse("updateMask=labels%2Cfoo&$alt=json"), &mut body).unwrap();
        assert_eq!(body, json!({"topic": {}, "updateMask": "labels,foo"}));
        let refused = query(api, method, Query::parse("wrong=1"), &mut body).unwrap_err();
        assert!(
            refused.message.starts_with("Invalid JSON payload received. Unknown name \"wrong\": Cannot bind")
        );
    }
}
