//! A small catalog of fixed tables, and what is asked of queries on it.

#![allow(clippy::unwrap_used, dead_code, reason = "a part of tests, of which each uses what it needs")]

use serde_json::{Map, Value, json};
use sql::engine::{Catalog, Done, Found, Limits, Listed, Parameter, Scope, TableName, run};
use values::cell::{Cell, stored_row};
use values::input::{Origin, Rules, row};
use values::types::{Field, Type, fields};

pub struct Fixed;

fn events() -> (Vec<Field>, Vec<Value>) {
    let schema = json!([
        {"name": "event_id", "type": "STRING", "mode": "REQUIRED"},
        {"name": "event_data", "type": "JSON"},
        {"name": "timestamp", "type": "TIMESTAMP", "mode": "REQUIRED"},
    ]);
    let event = |id: &str, data: Value, second: u32| json!({"event_id": id, "event_data": data, "timestamp": format!("2025-05-07T08:25:{second}Z")});
    let rows = vec![
        event("a", json!({"country": "FR", "event_type": "login"}), 14),
        event("a", json!({"country": "FR", "event_type": "login"}), 14),
        event("b", json!({"country": "DE", "event_type": "page_view"}), 15),
        event("c", json!({"country": "FR", "event_type": "purchase", "amount": 9.5, "items": 2}), 16),
    ];
    (fields(&schema), rows)
}

fn things() -> (Vec<Field>, Vec<Value>) {
    let schema = json!([
        {"name": "id", "type": "INTEGER"},
        {"name": "Name", "type": "STRING"},
        {"name": "price", "type": "NUMERIC"},
        {"name": "tags", "type": "STRING", "mode": "REPEATED"},
        {"name": "box", "type": "RECORD", "fields": [{"name": "w", "type": "FLOAT"}, {"name": "Label", "type": "STRING"}]},
        {"name": "day", "type": "DATE"},
    ]);
    let rows = vec![
        json!({"id": 1, "name": "one", "price": "1.5", "tags": ["a", "b"], "box": {"w": 2, "label": "big"}, "day": "2025-05-07"}),
        json!({"id": 2, "name": "two", "price": "2.5"}),
    ];
    (fields(&schema), rows)
}

fn table(name: &str) -> Option<(Vec<Field>, Vec<Value>)> {
    match name {
        "events" => Some(events()),
        "things" => Some(things()),
        _ => None,
    }
}

impl Catalog for Fixed {
    fn find(&self, name: &TableName) -> Result<Option<Found>, String> {
        if (name.project.as_str(), name.dataset.as_str()) != ("p", "d") {
            return Ok(None);
        }
        if name.table == "a_view" {
            return Ok(Some(Found::View { query: "SELECT id FROM `p.d.things`".to_owned() }));
        }
        Ok(table(&name.table)
            .map(|(fields, _)| Found::Rows { fields, segments: vec![format!("fixed/{}", name.table)] }))
    }

    fn segment(&self, key: &str) -> Result<Vec<Map<String, Value>>, String> {
        let (fields, rows) = table(key.trim_start_matches("fixed/")).unwrap();
        let rules = Rules { origin: Origin::File, ignore_unknown: false };
        Ok(rows
            .iter()
            .map(|it| stored_row(&fields, &row(it.as_object().unwrap(), &fields, rules).unwrap()))
            .collect())
    }

    fn dataset(&self, project: &str, dataset: &str) -> Result<Option<String>, String> {
        Ok(((project, dataset) == ("p", "d")).then(|| "US".to_owned()))
    }

    fn tables(&self, _: &str, _: &str) -> Result<Vec<Listed>, String> {
        let listed = |name: &str, kind: &str, fields: Vec<Field>| Listed {
            name: name.to_owned(),
            kind: kind.to_owned(),
            created: 0,
            fields,
        };
        Ok(vec![
            listed("events", "TABLE", events().0),
            listed("things", "TABLE", things().0),
            listed("a_view", "VIEW", Vec::new()),
        ])
    }
}

pub fn scope() -> Scope<'static> {
    let parameter = |name: &str, kind: Type, value: Cell| Parameter { name: name.to_owned(), kind, value };
    Scope {
        project: "p",
        dataset: Some(("p".to_owned(), "d".to_owned())),
        location: "US".to_owned(),
        parameters: vec![
            parameter("before", Type::Timestamp, Cell::Timestamp(1_800_000_000_000_000)),
            parameter("country", Type::String, Cell::Text("FR".to_owned())),
            parameter(
                "list",
                Type::Array(Box::new(Type::String)),
                Cell::Array(vec![Cell::Text("a".to_owned())]),
            ),
            parameter(
                "s",
                Type::Struct(vec![Field::new("x", Type::Int64)]),
                Cell::Struct(vec![Cell::Int(5)]),
            ),
            parameter("nothing", Type::Int64, Cell::Null),
        ],
        now: 1_790_000_000_000_000,
        user: "me@example.com".to_owned(),
        limits: Limits::default(),
    }
}

pub fn show(cell: &Cell) -> String {
    let each = |cells: &[Cell]| cells.iter().map(show).collect::<Vec<_>>().join(", ");
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Array(items) => format!("[{}]", each(items)),
        Cell::Struct(cells) => format!("{{{}}}", each(cells)),
        other => other.text(),
    }
}

pub fn done(sql: &str) -> Done {
    run(sql, &Fixed, &scope(), false).unwrap_or_else(|error| panic!("{sql}\n{error}"))
}

/// Runs a query that must yield such columns and rows.
pub fn yields(sql: &str, columns: &str, rows: &[&str]) {
    let done = done(sql);
    let got: Vec<String> = done.fields.iter().map(|it| format!("{} {}", it.name, it.kind.sql())).collect();
    let lines: Vec<String> =
        done.rows.iter().map(|row| row.iter().map(show).collect::<Vec<_>>().join(" | ")).collect();
    assert_eq!(
        (got.join(", "), lines),
        (columns.to_owned(), rows.iter().map(|it| (*it).to_owned()).collect()),
        "{sql}"
    );
}

/// Runs a query that must fail so.
pub fn fails(sql: &str, message: &str) {
    match run(sql, &Fixed, &scope(), false) {
        Ok(done) => panic!("{sql} should fail, and yields {:?}", done.rows),
        Err(error) => assert_eq!(error.message, message, "{sql}"),
    }
}
