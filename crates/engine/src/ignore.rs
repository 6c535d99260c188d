//! Leaves the fields that a person wants ignored as they are live.

use serde_json::{Map, Value};

use crate::diff::{column_of, key_of};
use crate::input::is_special;
use crate::path::{Path, Pattern};
use crate::{Message, Rule, Shape};

/// The declared inputs, with the live value at every place that a pattern names.
pub(crate) fn with_ignored(
    message: &Message,
    rules: &[Rule],
    ignored: &[Pattern],
    desired: &Value,
    live: &Value,
) -> Value {
    if ignored.is_empty() {
        return desired.clone();
    }
    let keep = Keep { rules, ignored };
    let fields = keep.fields(&Path::default(), |name| message.field(name).map(|it| &it.shape), desired, live);
    Value::Object(fields)
}

struct Keep<'a> {
    rules: &'a [Rule],
    ignored: &'a [Pattern],
}

impl Keep<'_> {
    fn value(
        &self,
        shape: &Shape,
        path: &Path,
        desired: Option<&Value>,
        live: Option<&Value>,
    ) -> Option<Value> {
        if self.ignored.iter().any(|it| it.matches(path)) {
            return live.cloned();
        }
        if !self.ignored.iter().any(|it| it.reaches_into(path)) || desired.is_some_and(is_special) {
            return desired.cloned();
        }
        let none = Value::Null;
        match (desired.or(live), shape) {
            (Some(Value::Object(_)), _) => {
                let of = |name: &str| match shape {
                    Shape::Message(message) => message.field(name).map(|it| &it.shape),
                    Shape::Map(inner) => Some(*inner),
                    _ => None,
                };
                let fields = self.fields(path, of, desired.unwrap_or(&none), live.unwrap_or(&none));
                (desired.is_some() || !fields.is_empty()).then_some(Value::Object(fields))
            }
            (Some(Value::Array(_)), Shape::List(inner)) => {
                let items = self.items(
                    inner,
                    path,
                    desired.and_then(Value::as_array),
                    live.and_then(Value::as_array),
                );
                (desired.is_some() || !items.is_empty()).then_some(Value::Array(items))
            }
            _ => desired.cloned(),
        }
    }

    fn fields<'s>(
        &self,
        path: &Path,
        shape: impl Fn(&str) -> Option<&'s Shape>,
        desired: &Value,
        live: &Value,
    ) -> Map<String, Value> {
        let mut names: Vec<&String> =
            [desired, live].into_iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
        names.sort();
        names.dedup();
        let kept = names.into_iter().filter_map(|name| {
            let shape = shape(name).unwrap_or(&Shape::Any);
            let kept = self.value(shape, &path.field(name), desired.get(name), live.get(name))?;
            Some((name.clone(), kept))
        });
        kept.collect()
    }

    fn items(
        &self,
        inner: &Shape,
        path: &Path,
        desired: Option<&Vec<Value>>,
        live: Option<&Vec<Value>>,
    ) -> Vec<Value> {
        let none = Vec::new();
        let (desired, live) = (desired.unwrap_or(&none), live.unwrap_or(&none));
        let Some(key) = self.key(path) else {
            let count = desired.len().max(live.len());
            let item = |i: usize| self.item(inner, &path.index(i), desired.get(i), live.get(i));
            return (0..count).filter_map(item).collect();
        };
        let same = |of: &[Value], item: &Value| of.iter().find(|it| key(it) == key(item)).cloned();
        let declared = desired.iter().map(|item| (Some(item.clone()), same(live, item)));
        let others =
            live.iter().filter(|it| same(desired, it).is_none()).map(|item| (None, Some(item.clone())));
        let kept = declared.chain(others).filter_map(|(desired, live)| {
            let name = key(desired.as_ref().or(live.as_ref())?);
            self.item(inner, &path.item(&name), desired.as_ref(), live.as_ref())
        });
        kept.collect()
    }

    /// An item that is not live yet is made as declared, and one that is only live is no ignored part of ours, unless
    /// the whole item is ignored.
    fn item(
        &self,
        inner: &Shape,
        path: &Path,
        desired: Option<&Value>,
        live: Option<&Value>,
    ) -> Option<Value> {
        if desired.is_some() == live.is_some() || self.ignored.iter().any(|it| it.matches(path)) {
            return self.value(inner, path, desired, live);
        }
        desired.cloned()
    }

    /// How the items of a list are told apart, if not by their place.
    fn key(&self, path: &Path) -> Option<impl Fn(&Value) -> String + use<>> {
        self.rules
            .iter()
            .find_map(|rule| match *rule {
                Rule::Keyed(at, key) if path.matches(at) => Some((key, false)),
                Rule::Columns(at) if path.matches(at) => Some(("name", true)),
                _ => None,
            })
            .map(|(key, is_column)| {
                move |item: &Value| if is_column { column_of(item) } else { key_of(item, key) }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;
    use serde_json::json;

    const fn field(name: &'static str, shape: Shape) -> Field {
        Field { name, shape, output: false }
    }

    static VARIABLE: Message =
        Message { name: "Variable", fields: &[field("name", Shape::Text), field("value", Shape::Text)] };
    static CONTAINER: Message = Message {
        name: "Container",
        fields: &[
            field("env", Shape::List(&Shape::Message(&VARIABLE))),
            field("image", Shape::Text),
            field("inner", Shape::List(&Shape::Message(&CONTAINER))),
        ],
    };
    static THING: Message = Message {
        name: "Thing",
        fields: &[
            field("containers", Shape::List(&Shape::Message(&CONTAINER))),
            field("labels", Shape::Map(&Shape::Text)),
        ],
    };
    const RULES: &[Rule] = &[Rule::Keyed("**.env", "name")];

    fn check(ignored: &[&str], desired: Value, live: Value, expect: Value) {
        let ignored: Vec<Pattern> = ignored.iter().map(|it| it.parse().unwrap()).collect();
        assert_eq!(with_ignored(&THING, RULES, &ignored, &desired, &live), expect);
    }

    #[test]
    fn an_item_of_a_list_by_its_place() {
        let desired = json!({ "containers": [{ "image": "a" }, { "image": "b" }] });
        let live = json!({ "containers": [{ "image": "x" }, { "image": "y" }] });
        let expect = json!({ "containers": [{ "image": "x" }, { "image": "b" }] });
        check(&["containers[0].image"], desired.clone(), live.clone(), expect);
        check(&["containers[*].image"], desired.clone(), live.clone(), live.clone());
        check(&["**.image"], desired.clone(), live.clone(), live.clone());
        check(&["containers"], desired.clone(), live.clone(), live.clone());
        check(&["labels"], desired.clone(), live, desired);
    }

    #[test]
    fn places_that_only_one_side_has() {
        let one = json!({ "containers": [{ "image": "a" }] });
        let two = json!({ "containers": [{ "image": "a" }, { "image": "b" }] });
        // Somebody added a container, which is not an ignored image of ours.
        check(&["containers[*].image"], one.clone(), two.clone(), one.clone());
        check(&["containers[1]"], one.clone(), two.clone(), two.clone());
        check(&["containers[1].image"], two.clone(), one.clone(), two.clone());
        check(&["containers[1]"], two, one.clone(), one);
        check(&["containers[0].image"], json!({}), json!({}), json!({}));
    }

    #[test]
    fn an_item_of_a_keyed_list_by_its_key() {
        let env = |of: &[(&str, &str)]| {
            let all: Vec<Value> =
                of.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
            json!({ "containers": [{ "env": all }] })
        };
        let (desired, live) = (env(&[("A", "1"), ("B", "2")]), env(&[("C", "9"), ("B", "8"), ("A", "7")]));
        check(&["containers[0].env[B].value"], desired.clone(), live.clone(), env(&[("A", "1"), ("B", "8")]));
        check(
            &["containers[*].env[C]"],
            desired.clone(),
            live.clone(),
            env(&[("A", "1"), ("B", "2"), ("C", "9")]),
        );
        check(&["**.value"], desired, live, env(&[("A", "7"), ("B", "8")]));
    }

    #[test]
    fn a_name_in_a_map() {
        let desired = json!({ "labels": { "a.b": "1", "c": "2" } });
        let live = json!({ "labels": { "a.b": "9", "d": "4" } });
        check(
            &["labels[\"a.b\"]"],
            desired.clone(),
            live.clone(),
            json!({ "labels": { "a.b": "9", "c": "2" } }),
        );
        check(
            &["labels.d"],
            desired.clone(),
            live.clone(),
            json!({ "labels": { "a.b": "1", "c": "2", "d": "4" } }),
        );
        check(&["labels.d"], json!({}), live.clone(), json!({ "labels": { "d": "4" } }));
        check(&["labels.c"], desired, live, json!({ "labels": { "a.b": "1" } }));
    }
}
