//! Finds inputs of a bill that are known only after apply.

use engine::is_unknown;
use serde_json::Value;

/// Why a bill that depends on these inputs is not known in full, in words; `None` where all of them are known.
/// Paths are JSON pointers, in which a `*` stands for any index of a list or key of a map. An input is unknown with what
/// it is in; what is in it does not count.
pub(crate) fn reason(inputs: &Value, pointers: &[&str]) -> Option<String> {
    let mut found: Vec<String> = Vec::new();
    for pointer in pointers {
        let steps: Vec<&str> = pointer.split('/').skip(1).collect();
        gather(inputs, &steps, String::new(), &mut found);
    }
    found.sort();
    found.dedup();
    let is = if found.len() == 1 { "is" } else { "are" };
    (!found.is_empty()).then(|| format!("{} {is} known only after apply", found.join(" and ")))
}

fn gather(at: &Value, steps: &[&str], path: String, found: &mut Vec<String>) {
    if is_unknown(at) {
        found.push(path);
        return;
    }
    let Some((step, rest)) = steps.split_first() else { return };
    match at {
        Value::Array(items) if *step == "*" => {
            items.iter().enumerate().for_each(|(at, it)| gather(it, rest, format!("{path}[{at}]"), found));
        }
        Value::Array(items) => {
            if let Some((index, it)) = step.parse().ok().and_then(|at: usize| Some((at, items.get(at)?))) {
                gather(it, rest, format!("{path}[{index}]"), found);
            }
        }
        Value::Object(map) if *step == "*" => {
            map.iter().for_each(|(key, it)| gather(it, rest, field(&path, key), found));
        }
        Value::Object(map) => {
            if let Some(it) = map.get(*step) {
                gather(it, rest, field(&path, step), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn field(path: &str, name: &str) -> String {
    match path.is_empty() {
        true => name.to_owned(),
        false => format!("{path}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use engine::unknown;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_input_is_unknown_with_what_it_is_in() {
        let check = |inputs: Value, pointers: &[&str], expected: Option<&str>| {
            assert_eq!(reason(&inputs, pointers).as_deref(), expected, "{inputs}");
        };
        let limits = ["/template/containers/*/resources/limits/*"];
        let told = Some("template.containers[0].resources.limits.cpu is known only after apply");
        let of = |resources: Value| json!({ "template": { "containers": [{ "image": unknown(), "resources": resources }] } });
        check(of(json!({ "limits": { "cpu": unknown() } })), &limits, told);
        check(of(json!({ "limits": { "cpu": "1" } })), &limits, None);
        check(json!({ "template": unknown() }), &limits, Some("template is known only after apply"));
        check(json!({}), &limits, None);
        let both = json!({ "location": unknown(), "storageClass": unknown(), "name": unknown() });
        let told = Some("location and storageClass are known only after apply");
        check(both, &["/location", "/storageClass"], told);
    }
}
