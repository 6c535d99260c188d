//! Queries in, rows out.

mod catalog;

use catalog::{fails, yields};
use sql::engine::{Effect, TableName};
use values::cell::Cell;
use values::types::{Field, Type};

#[test]
fn the_queries_that_the_events_service_makes() {
    yields(
        "SELECT event_id, TO_JSON_STRING(event_data) AS event_data, timestamp FROM `p.d.events`
         WHERE timestamp < @before AND JSON_VALUE(event_data, '$.country') = @country
         QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY timestamp DESC) = 1
         ORDER BY timestamp DESC, event_id LIMIT 100",
        "event_id STRING, event_data STRING, timestamp TIMESTAMP",
        &[
            "c | {\"amount\":9.5,\"country\":\"FR\",\"event_type\":\"purchase\",\"items\":2} | 2025-05-07T08:25:16Z",
            "a | {\"country\":\"FR\",\"event_type\":\"login\"} | 2025-05-07T08:25:14Z",
        ],
    );
    yields(
        "SELECT event_id, event_data, timestamp FROM `p.d.events` ORDER BY timestamp DESC LIMIT 2",
        "event_id STRING, event_data JSON, timestamp TIMESTAMP",
        &[
            "c | {\"amount\":9.5,\"country\":\"FR\",\"event_type\":\"purchase\",\"items\":2} | 2025-05-07T08:25:16Z",
            "b | {\"country\":\"DE\",\"event_type\":\"page_view\"} | 2025-05-07T08:25:15Z",
        ],
    );
}

#[test]
fn names_of_tables_and_columns() {
    for table in ["`p.d.events`", "`p`.`d`.`events`", "p.d.events", "d.events", "`d.events`", "events"] {
        yields(&format!("SELECT COUNT(*) FROM {table}"), "f0_ INT64", &["4"]);
    }
    yields("SELECT 1, 2 AS b, 'x'", "f0_ INT64, b INT64, f1_ STRING", &["1 | 2 | x"]);
    yields("SELECT EVENT_ID FROM d.events e WHERE e.Event_Id = 'b'", "EVENT_ID STRING", &["b"]);
    yields("SELECT events.event_id AS Id FROM d.events ORDER BY id LIMIT 1", "Id STRING", &["a"]);
    yields(
        "SELECT * EXCEPT (event_data, timestamp) FROM d.events WHERE event_id = 'b'",
        "event_id STRING",
        &["b"],
    );
    yields(
        "SELECT * REPLACE (UPPER(name) AS name) FROM d.things WHERE id = 1",
        "id INT64, Name STRING, price NUMERIC, tags ARRAY<STRING>, box STRUCT<w FLOAT64, Label STRING>, day DATE",
        &["1 | ONE | 1.5 | [a, b] | {2.0, big} | 2025-05-07"],
    );
    yields("SELECT id FROM d.a_view ORDER BY 1", "id INT64", &["1", "2"]);
    yields("WITH x AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT SUM(a) AS s FROM x", "s INT64", &["3"]);
}

#[test]
fn json() {
    yields(
        "SELECT event_data.country, event_data['event_type'] AS kind, JSON_QUERY(event_data, '$.items') AS items
         FROM d.events WHERE event_id = 'c'",
        "country JSON, kind JSON, items JSON",
        &["\"FR\" | \"purchase\" | 2"],
    );
    yields(
        "SELECT STRING(event_data.country), INT64(event_data.items), LAX_INT64(JSON '\"7\"') FROM d.events WHERE event_id = 'c'",
        "f0_ STRING, f1_ INT64, f2_ INT64",
        &["FR | 2 | 7"],
    );
    yields(
        "SELECT JSON_VALUE('{\"a\": {\"b\": [1, true]}}', '$.a.b[1]'), JSON_VALUE('nope', '$.a'), JSON_QUERY_ARRAY(JSON '[1,{\"a\":2}]')",
        "f0_ STRING, f1_ STRING, f2_ ARRAY<JSON>",
        &["true | NULL | [1, {\"a\":2}]"],
    );
    yields(
        "SELECT TO_JSON_STRING(STRUCT(1 AS b, 'x' AS A, [1.5] AS c)), TO_JSON_STRING(t) FROM (SELECT 1) u, d.things t WHERE id = 1",
        "f0_ STRING, f1_ STRING",
        &[
            "{\"b\":1,\"A\":\"x\",\"c\":[1.5]} | {\"id\":1,\"Name\":\"one\",\"price\":\"1.5\",\"tags\":[\"a\",\"b\"],\"box\":{\"w\":2,\"Label\":\"big\"},\"day\":\"2025-05-07\"}",
        ],
    );
    yields(
        "SELECT PARSE_JSON('{\"b\": 1, \"a\": null}') AS j, SAFE.PARSE_JSON('{') AS k",
        "j JSON, k JSON",
        &["{\"a\":null,\"b\":1} | NULL"],
    );
}

#[test]
fn times() {
    yields(
        "SELECT TIMESTAMP_ADD(timestamp, INTERVAL 1 DAY), TIMESTAMP_SUB(timestamp, INTERVAL 30 MINUTE),
           TIMESTAMP_TRUNC(timestamp, HOUR), TIMESTAMP_DIFF(timestamp, TIMESTAMP '2025-05-07', SECOND), DATE(timestamp)
         FROM d.events WHERE event_id = 'b'",
        "f0_ TIMESTAMP, f1_ TIMESTAMP, f2_ TIMESTAMP, f3_ INT64, f4_ DATE",
        &["2025-05-08T08:25:15Z | 2025-05-07T07:55:15Z | 2025-05-07T08:00:00Z | 30315 | 2025-05-07"],
    );
    yields(
        "SELECT FORMAT_TIMESTAMP('%a, %d %b %Y %H:%M:%S GMT', TIMESTAMP '2025-05-07 08:25:14+00'),
           PARSE_TIMESTAMP('%Y-%m-%d %H:%M', '2025-05-07 08:25'), UNIX_SECONDS(TIMESTAMP_SECONDS(5)), TIMESTAMP_MICROS(1500000)",
        "f0_ STRING, f1_ TIMESTAMP, f2_ INT64, f3_ TIMESTAMP",
        &["Wed, 07 May 2025 08:25:14 GMT | 2025-05-07T08:25:00Z | 5 | 1970-01-01T00:00:01.500Z"],
    );
    yields(
        "SELECT CURRENT_TIMESTAMP() > TIMESTAMP '2020-01-01', CURRENT_DATE() = DATE(CURRENT_TIMESTAMP()), EXTRACT(YEAR FROM DATE '2025-05-07'),
           DATE_ADD(DATE '2025-01-31', INTERVAL 1 MONTH), DATE_DIFF(DATE '2025-05-07', DATE '2025-05-01', DAY), DATE_TRUNC(DATE '2025-05-07', WEEK(MONDAY))",
        "f0_ BOOL, f1_ BOOL, f2_ INT64, f3_ DATE, f4_ INT64, f5_ DATE",
        &["true | true | 2025 | 2025-02-28 | 6 | 2025-05-05"],
    );
    yields(
        "SELECT event_id FROM d.events WHERE timestamp > '2025-05-07 08:25:15' ORDER BY event_id",
        "event_id STRING",
        &["c"],
    );
    yields(
        "SELECT TIMESTAMP '2025-05-07' + INTERVAL 2 HOUR, TIMESTAMP('2025-05-07 12:00:00', 'Europe/Paris')",
        "f0_ TIMESTAMP, f1_ TIMESTAMP",
        &["2025-05-07T02:00:00Z | 2025-05-07T10:00:00Z"],
    );
}

#[test]
fn casts_and_numbers() {
    yields(
        "SELECT CAST('12' AS INT64), SAFE_CAST('x' AS INT64), CAST(1.5 AS STRING), CAST(2.5 AS INT64), CAST('1.25' AS NUMERIC), CAST(true AS STRING),
           CAST(TIMESTAMP '2025-05-07 08:00:00' AS STRING)",
        "f0_ INT64, f1_ INT64, f2_ STRING, f3_ INT64, f4_ NUMERIC, f5_ STRING, f6_ STRING",
        &["12 | NULL | 1.5 | 3 | 1.25 | true | 2025-05-07 08:00:00+00"],
    );
    yields(
        "SELECT 7 / 2, DIV(7, 2), MOD(7, 2), SAFE_DIVIDE(1, 0), ROUND(2.567, 2), ABS(-3), GREATEST(1, 5, 3), 'a' || 'b', POW(2, 3)",
        "f0_ FLOAT64, f1_ INT64, f2_ INT64, f3_ FLOAT64, f4_ FLOAT64, f5_ INT64, f6_ INT64, f7_ STRING, f8_ FLOAT64",
        &["3.5 | 3 | 1 | NULL | 2.57 | 3 | 5 | ab | 8.0"],
    );
    yields(
        "SELECT IF(1 > 2, 'a', 'b'), IFNULL(NULL, 3), COALESCE(NULL, 'x'), NULLIF(1, 1), CASE 2 WHEN 2 THEN 'two' END",
        "f0_ STRING, f1_ INT64, f2_ STRING, f3_ INT64, f4_ STRING",
        &["b | 3 | x | NULL | two"],
    );
    yields("SELECT SUM(price), AVG(price) FROM d.things", "f0_ NUMERIC, f1_ NUMERIC", &["4 | 2"]);
}

#[test]
fn aggregates() {
    yields(
        "SELECT JSON_VALUE(event_data, '$.country') AS c, COUNT(*) AS n, COUNTIF(event_id = 'a') AS a, APPROX_COUNT_DISTINCT(event_id) AS d
         FROM d.events GROUP BY c ORDER BY n DESC, c",
        "c STRING, n INT64, a INT64, d INT64",
        &["FR | 3 | 2 | 2", "DE | 1 | 0 | 1"],
    );
    yields(
        "SELECT ARRAY_AGG(name ORDER BY name DESC LIMIT 1), STRING_AGG(name, '-' ORDER BY id), ANY_VALUE(name HAVING MAX id),
           APPROX_QUANTILES(id, 2), APPROX_TOP_COUNT(name, 1)[OFFSET(0)].count, LOGICAL_OR(id = 2) FROM d.things",
        "f0_ ARRAY<STRING>, f1_ STRING, f2_ STRING, f3_ ARRAY<INT64>, count INT64, f4_ BOOL",
        &["[two] | one-two | two | [1, 1, 2] | 1 | true"],
    );
    yields(
        "SELECT id, SUM(id) OVER (ORDER BY id) AS r, LAG(id) OVER (ORDER BY id) AS p FROM d.things ORDER BY id",
        "id INT64, r INT64, p INT64",
        &["1 | 1 | NULL", "2 | 3 | 1"],
    );
    yields(
        "SELECT DISTINCT JSON_VALUE(event_data, '$.country') AS c FROM d.events ORDER BY c",
        "c STRING",
        &["DE", "FR"],
    );
    yields(
        "SELECT name FROM d.things GROUP BY name HAVING COUNT(*) = 1 ORDER BY COUNT(*), name",
        "name STRING",
        &["one", "two"],
    );
    yields("SELECT x FROM UNNEST([3, NULL, 1]) AS x ORDER BY x", "x INT64", &["NULL", "1", "3"]);
}

#[test]
fn arrays_and_structs() {
    yields(
        "SELECT x, o FROM UNNEST(['a', 'b']) AS x WITH OFFSET AS o ORDER BY o DESC",
        "x STRING, o INT64",
        &["b | 1", "a | 0"],
    );
    yields(
        "SELECT id, t FROM d.things, UNNEST(tags) AS t ORDER BY id, t",
        "id INT64, t STRING",
        &["1 | a", "1 | b"],
    );
    yields(
        "SELECT th.id, tag, pos FROM d.things AS th LEFT JOIN UNNEST(th.tags) AS tag WITH OFFSET pos ORDER BY 1, 3",
        "id INT64, tag STRING, pos INT64",
        &["1 | a | 0", "1 | b | 1", "2 | NULL | NULL"],
    );
    yields(
        "SELECT box.w, box.label, tags[OFFSET(1)], tags[SAFE_OFFSET(9)], ARRAY_LENGTH(tags) FROM d.things WHERE id = 1",
        "w FLOAT64, label STRING, f0_ STRING, f1_ STRING, f2_ INT64",
        &["2.0 | big | b | NULL | 2"],
    );
    yields(
        "SELECT ARRAY(SELECT x * 2 FROM UNNEST([1, 2]) AS x), STRUCT(1 AS a).a, 'a' IN UNNEST(@list), ARRAY_TO_STRING(['a', 'b'], '+')",
        "f0_ ARRAY<INT64>, a INT64, f1_ BOOL, f2_ STRING",
        &["[2, 4] | 1 | true | a+b"],
    );
    yields("SELECT @s.x AS x, @nothing AS n", "x INT64, n INT64", &["5 | NULL"]);
}

#[test]
fn texts() {
    yields(
        "SELECT UPPER('ab'), SUBSTR('hello', 2, 3), SPLIT('a,b', ','), REGEXP_CONTAINS('foo1', r'\\d'), REGEXP_EXTRACT('k=v', r'=(.*)'),
           REGEXP_REPLACE('abc', r'(b)', r'<\\1>'), STARTS_WITH('abc', 'a'), TRIM('  x '), LENGTH('é'), FORMAT('%05d-%s', 42, 'x'), REPLACE('aXa', 'X', '-')",
        "f0_ STRING, f1_ STRING, f2_ ARRAY<STRING>, f3_ BOOL, f4_ STRING, f5_ STRING, f6_ BOOL, f7_ STRING, f8_ INT64, f9_ STRING, f10_ STRING",
        &["AB | ell | [a, b] | true | v | a<b>c | true | x | 1 | 00042-x | a-a"],
    );
    yields(
        "SELECT FARM_FINGERPRINT('foo'), TO_HEX(SHA256('a')) LIKE 'ca97%', LENGTH(GENERATE_UUID()), \"it's\", CONCAT('a', NULL)",
        "f0_ INT64, f1_ BOOL, f2_ INT64, f3_ STRING, f4_ STRING",
        &["6150913649986995171 | true | 36 | it's | NULL"],
    );
}

#[test]
fn information_schema() {
    yields(
        "SELECT table_name, table_type FROM d.INFORMATION_SCHEMA.TABLES ORDER BY table_name",
        "table_name STRING, table_type STRING",
        &["a_view | VIEW", "events | BASE TABLE", "things | BASE TABLE"],
    );
    yields(
        "SELECT column_name, data_type, is_nullable FROM `p.d`.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'events' ORDER BY ordinal_position",
        "column_name STRING, data_type STRING, is_nullable STRING",
        &["event_id | STRING | NO", "event_data | JSON | YES", "timestamp | TIMESTAMP | NO"],
    );
}

#[test]
fn failures_are_said_in_bigquerys_words() {
    fails("SELECT x FROM d.events", "Unrecognized name: x at [1:8]");
    fails("SELECT event_idd FROM d.events", "Unrecognized name: event_idd; Did you mean event_id? at [1:8]");
    fails("SELECT\n  nope\nFROM d.events", "Unrecognized name: nope at [2:3]");
    fails("SELECT e.nope FROM d.events e", "Name nope not found inside e at [1:10]");
    fails("SELEC 1", "Syntax error: Unexpected identifier \"SELEC\" at [1:1]");
    fails("SELECT FROM d.events", "Syntax error: Unexpected keyword FROM at [1:8]");
    fails("SELECT 1 FROM d.events WHERE", "Syntax error: Unexpected end of script at [1:29]");
    fails("SELECT (1", "Syntax error: Unexpected end of script at [1:10]");
    fails("SELECT 'abc", "Syntax error: Unclosed string literal at [1:8]");
    fails(
        "SELECT 1 FROM d.events LIMIT 5 x",
        "Syntax error: Expected end of input but got identifier \"x\" at [1:32]",
    );
    fails("SELECT * FROM d.nope", "Not found: Table p:d.nope was not found in location US");
    fails("SELECT * FROM zz.nope", "Not found: Dataset p:zz was not found in location US");
    fails("SELECT NOPE(1)", "Function not found: nope at [1:8]");
    fails("SELECT @missing", "Query parameter 'missing' not found at [1:8]");
    fails("SELECT CAST('x' AS INT64)", "Bad int64 value: x");
    fails(
        "SELECT a.id, b.ID FROM d.things a JOIN d.things b USING (id)",
        "Duplicate column names in the result are not supported. Found duplicate(s): ID",
    );
    fails("SELECT 1 / 0", "division by zero: 1 / 0");
    fails(
        "SELECT event_id FROM d.events WHERE event_data = event_data",
        "Equality is not defined for arguments of type JSON at [1:37]",
    );
    fails(
        "SELECT event_id, COUNT(*) FROM d.events",
        "SELECT list expression references column event_id which is neither grouped nor aggregated at [1:8]",
    );
    fails("SELECT UPPER(1)", "No matching signature for function UPPER for argument types: INT64. at [1:8]");
}

#[test]
fn more_that_people_write() {
    yields(
        "SELECT * FROM UNNEST([STRUCT(1 AS a, 'x' AS B), STRUCT(2, 'y')]) ORDER BY a",
        "a INT64, B STRING",
        &["1 | x", "2 | y"],
    );
    yields("SELECT e.a FROM UNNEST([STRUCT(1 AS a)]) AS e", "a INT64", &["1"]);
    yields(
        "SELECT SAFE.SUBSTR('abc', 1, -2) AS s, SAFE.PARSE_DATE('%F', 'x') AS d",
        "s STRING, d DATE",
        &["NULL | NULL"],
    );
    yields(
        "SELECT a.id, b.id AS other FROM d.things a LEFT JOIN d.things b ON a.id = b.id + 1 ORDER BY 1",
        "id INT64, other INT64",
        &["1 | NULL", "2 | 1"],
    );
    fails(
        "SELECT box.w, box.w FROM d.things",
        "Duplicate column names in the result are not supported. Found duplicate(s): w",
    );
    yields("SELECT id FROM d.things WHERE EXISTS(SELECT 1 FROM UNNEST(tags) t)", "id INT64", &["1"]);
}

#[test]
fn statements_say_what_they_do() {
    let effect = |sql: &str| catalog::done(sql).effect;
    let name =
        |table: &str| TableName { project: "p".to_owned(), dataset: "d".to_owned(), table: table.to_owned() };
    let text = |it: &str| Cell::Text(it.to_owned());
    assert_eq!(
        effect(
            "INSERT d.things (id, name, price, day) VALUES (3, 'c', 1, '2025-05-07'), (4, NULL, 2.5, NULL)"
        ),
        Effect::Append {
            table: name("things"),
            rows: vec![
                vec![
                    Cell::Int(3),
                    text("c"),
                    Cell::Numeric(1_000_000_000),
                    Cell::Array(vec![]),
                    Cell::Null,
                    Cell::Date(20215)
                ],
                vec![
                    Cell::Int(4),
                    Cell::Null,
                    Cell::Numeric(2_500_000_000),
                    Cell::Array(vec![]),
                    Cell::Null,
                    Cell::Null
                ],
            ],
        }
    );
    let Effect::Replace { rows, deleted, .. } = effect("DELETE FROM d.events WHERE event_id = 'a'") else {
        panic!()
    };
    assert_eq!((rows.len(), deleted), (2, 2));
    let Effect::Replace { rows, updated, .. } = effect("UPDATE d.things SET Name = NULL WHERE id = 2") else {
        panic!()
    };
    assert_eq!((&rows[1][1], updated), (&Cell::Null, 1));
    let Effect::Replace { rows, inserted, updated, deleted, .. } = effect(
        "MERGE d.things t USING (SELECT 1 AS id UNION ALL SELECT 5) s ON t.id = s.id
         WHEN MATCHED THEN UPDATE SET price = 9 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)
         WHEN NOT MATCHED BY SOURCE THEN DELETE",
    ) else {
        panic!()
    };
    assert_eq!((rows.len(), inserted, updated, deleted), (2, 1, 1, 1));
    assert_eq!(
        effect("CREATE VIEW d.v AS SELECT id AS Number FROM d.things"),
        Effect::CreateView {
            table: name("v"),
            query: "SELECT id AS Number FROM d.things".to_owned(),
            fields: vec![Field::new("Number", Type::Int64)],
            replace: false,
            if_not_exists: false,
        }
    );
    assert_eq!(
        effect("DROP TABLE IF EXISTS d.things"),
        Effect::Drop { table: name("things"), view: false, if_exists: true }
    );
    fails("DELETE FROM d.things", "DELETE must have a WHERE clause at [1:21]");
    fails("INSERT d.things (nope) VALUES (1)", "Column nope is not present in table p:d.things at [1:18]");
    fails(
        "INSERT d.things (id) VALUES ('x')",
        "Query column has type STRING which cannot be inserted into column id, which has type INT64",
    );
}
