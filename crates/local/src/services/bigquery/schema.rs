//! Table schemas: BigQuery's spelling of them, which changes it allows, and what a view's query yields.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::resource::remove;

/// Types as BigQuery shows them.
fn normal_type(given: &str) -> String {
    let upper = given.to_ascii_uppercase();
    match upper.as_str() {
        "INT64" | "INT" | "SMALLINT" | "BIGINT" | "TINYINT" | "BYTEINT" => "INTEGER".to_owned(),
        "FLOAT64" => "FLOAT".to_owned(),
        "BOOL" => "BOOLEAN".to_owned(),
        "STRUCT" => "RECORD".to_owned(),
        "DECIMAL" => "NUMERIC".to_owned(),
        "BIGDECIMAL" => "BIGNUMERIC".to_owned(),
        _ => upper,
    }
}

const TYPES: &[&str] = &[
    "STRING",
    "BYTES",
    "INTEGER",
    "FLOAT",
    "BOOLEAN",
    "TIMESTAMP",
    "DATE",
    "TIME",
    "DATETIME",
    "GEOGRAPHY",
    "NUMERIC",
    "BIGNUMERIC",
    "JSON",
    "RECORD",
    "RANGE",
    "INTERVAL",
    "FOREIGN",
];

/// Brings a list of fields to BigQuery's form.
pub(super) fn normalise(fields: &mut Value) -> Result<(), Refusal> {
    let mut seen: Vec<String> = Vec::new();
    for field in fields.as_array_mut().into_iter().flatten() {
        let name = field["name"].as_str().unwrap_or_default().to_owned();
        if name.is_empty() || name.chars().count() > 300 {
            return Err(Refusal::invalid(format!("Invalid field name \"{name}\".")));
        }
        if seen.iter().any(|it| it.eq_ignore_ascii_case(&name)) {
            return Err(Refusal::invalid(format!("Duplicate field names in schema: {name}")));
        }
        let kind = normal_type(field["type"].as_str().unwrap_or_default());
        if !TYPES.contains(&kind.as_str()) {
            return Err(Refusal::invalid(format!("Invalid value for type: {kind} is not a valid value")));
        }
        if kind == "RECORD" && field["fields"].as_array().is_none_or(Vec::is_empty) {
            return Err(Refusal::invalid(format!("Field {name} is type RECORD but has no schema")));
        }
        field["type"] = json!(kind);
        if let Some(mode) = field["mode"].as_str() {
            field["mode"] = json!(mode.to_ascii_uppercase());
        }
        if field["policyTags"]["names"].as_array().is_none_or(Vec::is_empty) {
            remove(field, "policyTags");
        }
        if field["description"] == "" {
            remove(field, "description");
        }
        if field.get("fields").is_some() {
            normalise(&mut field["fields"])?;
        }
        seen.push(name);
    }
    Ok(())
}

fn mode(field: &Value) -> &str {
    field["mode"].as_str().unwrap_or("NULLABLE")
}

/// Refuses a change that BigQuery makes only by a new table: dropping a field, another type, a
/// stricter mode, a new required field.
pub(super) fn check_change(table: &str, old: &Value, new: &Value) -> Result<(), Refusal> {
    let mismatch =
        |why: String| Err(Refusal::invalid(format!("Provided Schema does not match Table {table}. {why}")));
    let by_name = |fields: &Value, name: &str| {
        let mut all = fields.as_array().into_iter().flatten();
        all.find(|it| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name))).cloned()
    };
    for before in old.as_array().into_iter().flatten() {
        let name = before["name"].as_str().unwrap_or_default();
        let Some(after) = by_name(new, name) else {
            return mismatch(format!("Field {name} is missing in new schema"));
        };
        if before["type"] != after["type"] {
            let text = |it: &Value| it["type"].as_str().unwrap_or_default().to_owned();
            return mismatch(format!(
                "Field {name} has changed type from {} to {}",
                text(before),
                text(&after)
            ));
        }
        if mode(before) != mode(&after) && !(mode(before) == "REQUIRED" && mode(&after) == "NULLABLE") {
            return mismatch(format!(
                "Field {name} has changed mode from {} to {}",
                mode(before),
                mode(&after)
            ));
        }
        check_change(table, &before["fields"], &after["fields"])?;
    }
    let had_any = old.as_array().is_some_and(|it| !it.is_empty());
    for after in new.as_array().into_iter().flatten() {
        let name = after["name"].as_str().unwrap_or_default();
        if had_any && by_name(old, name).is_none() && mode(after) == "REQUIRED" {
            return mismatch(format!("Cannot add required fields to an existing schema. (field: {name})"));
        }
    }
    Ok(())
}

/// The table and columns of a query that only chooses columns of one table.
#[derive(Debug, PartialEq)]
pub(super) struct Choice {
    /// `p.d.t` or `d.t`.
    pub table: String,
    /// A column and the name it gets; empty: all.
    pub columns: Vec<(String, String)>,
}

/// Reads a query that only chooses columns; `None` for what a real planner must plan.
pub(super) fn choice(query: &str) -> Option<Choice> {
    let flat = query.split_whitespace().collect::<Vec<_>>().join(" ");
    let upper = flat.to_ascii_uppercase();
    let from = upper.find(" FROM ")?;
    let chosen = flat.get("SELECT ".len()..from).filter(|_| upper.starts_with("SELECT "))?.trim();
    let chosen = match chosen.to_ascii_uppercase().starts_with("DISTINCT ") {
        true => chosen["DISTINCT ".len()..].trim(),
        false => chosen,
    };
    let rest = flat[from + " FROM ".len()..].trim().trim_end_matches(';').trim();
    let (table, tail) = match rest.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`')?,
        None => rest.split_once(' ').unwrap_or((rest, "")),
    };
    // Conditions and orders leave the columns as they are; anything else may not.
    let tail = tail.trim().to_ascii_uppercase();
    if !(tail.is_empty()
        || tail.starts_with("WHERE ")
        || tail.starts_with("ORDER BY ")
        || tail.starts_with("LIMIT "))
    {
        return None;
    }
    let plain = |it: &str| !it.is_empty() && it.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !table.chars().all(|c| c.is_alphanumeric() || "._-:".contains(c)) {
        return None;
    }
    let mut columns = Vec::new();
    if chosen != "*" {
        for item in chosen.split(',') {
            let words: Vec<&str> = item.split_whitespace().map(|it| it.trim_matches('`')).collect();
            let (column, name) = match words[..] {
                [column] => (column, column),
                [column, word, name] if word.eq_ignore_ascii_case("AS") => (column, name),
                _ => return None,
            };
            if !plain(column) || !plain(name) {
                return None;
            }
            columns.push((column.to_owned(), name.to_owned()));
        }
    }
    Some(Choice { table: table.replace(':', "."), columns })
}

/// Whether any field must have a value.
pub fn requires(fields: &Value) -> bool {
    let required = |it: &Value| it["mode"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("REQUIRED"));
    fields.as_array().into_iter().flatten().any(|it| required(it) || requires(&it["fields"]))
}

/// The fields that a choice yields of a table's fields: nothing is required of a view's.
pub(super) fn chosen(choice: &Choice, fields: &Value) -> Result<Value, Refusal> {
    let all = fields.as_array().cloned().unwrap_or_default();
    let shaped = |field: &Value, name: &str| {
        let mode = if mode(field) == "REPEATED" { "REPEATED" } else { "NULLABLE" };
        let mut out = json!({"name": name, "type": field["type"], "mode": mode});
        if field["fields"].is_array() {
            out["fields"] = field["fields"].clone();
        }
        out
    };
    if choice.columns.is_empty() {
        return Ok(all.iter().map(|it| shaped(it, it["name"].as_str().unwrap_or_default())).collect());
    }
    let mut out = Vec::new();
    for (column, name) in &choice.columns {
        let found =
            all.iter().find(|it| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(column)));
        let field = found.ok_or_else(|| {
            Refusal::invalid(format!("Unrecognized name: {column} at [1:8]")).reason("invalidQuery")
        })?;
        out.push(shaped(field, name));
    }
    Ok(Value::Array(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let mut fields = json!([
            {"name": "a", "type": "int64", "mode": "required", "policyTags": {}},
            {"name": "b", "type": "STRUCT", "fields": [{"name": "c", "type": "bool", "description": ""}]},
        ]);
        normalise(&mut fields).unwrap();
        assert_eq!(
            fields,
            json!([
                {"name": "a", "type": "INTEGER", "mode": "REQUIRED"},
                {"name": "b", "type": "RECORD", "fields": [{"name": "c", "type": "BOOLEAN"}]},
            ])
        );
        assert!(normalise(&mut json!([{"name": "a", "type": "NOPE"}])).is_err());
    }

    #[test]
    fn changes() {
        let old = json!([{"name": "a", "type": "STRING", "mode": "REQUIRED"}]);
        let check = |new: Value| check_change("p:d.t", &old, &new).is_ok();
        assert!(check(json!([{"name": "a", "type": "STRING"}, {"name": "b", "type": "DATE"}])));
        assert!(!check(json!([])));
        assert!(!check(json!([{"name": "a", "type": "DATE", "mode": "REQUIRED"}])));
        assert!(!check(json!([{"name": "a", "type": "STRING", "mode": "REPEATED"}])));
        let required =
            json!([{"name": "a", "type": "STRING"}, {"name": "b", "type": "DATE", "mode": "REQUIRED"}]);
        assert!(!check(required));
    }

    #[test]
    fn queries_that_only_choose() {
        let got = choice("SELECT\ndistinct dt, user_id AS u\nFROM `p.d.t`").unwrap();
        let column = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            got,
            Choice { table: "p.d.t".to_owned(), columns: vec![column("dt", "dt"), column("user_id", "u")] }
        );
        assert_eq!(choice("SELECT * FROM d.t WHERE x = 1").unwrap().columns, []);
        assert_eq!(choice("SELECT COUNT(*) FROM d.t"), None);
        assert_eq!(choice("SELECT a FROM d.t JOIN d.u USING (a)"), None);
    }
}
