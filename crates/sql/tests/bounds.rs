//! What strangers' queries may take: depth, memory and time, and that a query that fails takes nothing else along.

mod catalog;

use std::time::{Duration, Instant};

use catalog::{Fixed, scope, yields};
use sql::engine::{Failure, Limits, Reason, Stop, run};

fn outcome(sql: &str) -> Result<usize, Failure> {
    run(sql, &Fixed, &scope(), false).map(|it| it.rows.len())
}

/// A query that must be answered, or refused plainly.
fn answered_or_refused(sql: &str) {
    if let Err(error) = outcome(sql) {
        let shown: String = sql.chars().take(60).collect();
        assert_eq!(error.reason, Reason::Query, "{shown}: {error}");
        assert!(error.message.contains("too complex"), "{shown}: {error}");
    }
}

#[test]
fn long_chains_are_flat() {
    let joined = |item: &str, between: &str, count: usize| vec![item; count].join(between);
    yields(&format!("SELECT {}", joined("false", " OR ", 10_000)), "f0_ BOOL", &["false"]);
    yields(&format!("SELECT {}", joined("true", " AND ", 10_000)), "f0_ BOOL", &["true"]);
    yields(&format!("SELECT {}", joined("1", " + ", 10_000)), "f0_ INT64", &["10000"]);
    yields(&format!("SELECT LENGTH({})", joined("'a'", " || ", 10_000)), "f0_ INT64", &["10000"]);
    yields(&format!("SELECT {}TRUE", "NOT ".repeat(10_000)), "f0_ BOOL", &["true"]);
    assert_eq!(outcome(&joined("SELECT 1", " UNION ALL ", 2_000)).unwrap(), 2_000);
    let ids = joined("id", " + ", 3_000);
    yields(&format!("SELECT {ids} FROM d.things ORDER BY 1"), "f0_ INT64", &["3000", "6000"]);
    let branches = "WHEN 2 THEN 3 ".repeat(5_000);
    yields(&format!("SELECT CASE 1 {branches} ELSE 0 END"), "f0_ INT64", &["0"]);
}

#[test]
fn depth_is_refused_and_not_fatal() {
    let nested = |before: &str, inner: &str, after: &str, depth: usize| {
        format!("SELECT {}{inner}{}", before.repeat(depth), after.repeat(depth))
    };
    for depth in [100, 450, 1_000, 100_000] {
        for (before, inner, after) in [
            ("(", "1", ")"),
            ("IF(true, ", "1", ", 2)"),
            ("[", "1", "]"),
            ("STRUCT(", "1", ")"),
            ("- ", "1", ""),
            ("~", "1", ""),
            ("(SELECT ", "1", ")"),
            ("ARRAY(SELECT ", "1", ")"),
            ("COALESCE(NULL, ", "1", ")"),
            ("CASE WHEN true THEN ", "1", " END"),
            ("CAST(", "1", " AS INT64)"),
            ("EXISTS(SELECT ", "1", ")"),
            ("1 + (2 * ", "1", ")"),
            ("NOT (", "true", ")"),
        ] {
            let sql = nested(before, inner, after, depth);
            match outcome(&sql) {
                Ok(_) => {}
                // Arrays of arrays, which BigQuery has none of.
                Err(error) => assert_eq!(error.reason, Reason::Query, "{before} {depth}: {error}"),
            }
        }
        answered_or_refused(&format!(
            "SELECT CAST(NULL AS {}INT64{})",
            "STRUCT<".repeat(depth),
            ">".repeat(depth)
        ));
        let from = format!("{}SELECT 1 AS x{}", "SELECT * FROM (".repeat(depth), ")".repeat(depth));
        answered_or_refused(&from);
        answered_or_refused(&format!("SELECT 1 FROM d.things {}", "|> WHERE true ".repeat(depth)));
        let mut joins = "SELECT 1 FROM (SELECT 1 AS id) t0".to_owned();
        (1..depth.min(2_000))
            .for_each(|at| joins.push_str(&format!(" JOIN (SELECT 1 AS id) t{at} USING (id)")));
        answered_or_refused(&joins);
        let names = vec!["a"; depth].join(".");
        assert!(outcome(&format!("SELECT {names}")).is_err());
    }
    // A hundred views in a row of names are no depth.
    let mut with = "WITH t0 AS (SELECT 1 AS x)".to_owned();
    (1..300).for_each(|at| with.push_str(&format!(", t{at} AS (SELECT x FROM t{})", at - 1)));
    yields(&format!("{with} SELECT x FROM t299"), "x INT64", &["1"]);
}

#[test]
fn functions_make_nothing_endless() {
    for call in [
        "LPAD('a', 9000000000000000, 'b')",
        "RPAD('a', 9000000000000000, 'b')",
        "LPAD(b'a', 9223372036854775807, b'b')",
        "REPEAT('a', 9000000000000000)",
        "GENERATE_ARRAY(1, 9000000000000000)",
        "GENERATE_ARRAY(0.0, 1e300, 1e-300)",
        "GENERATE_DATE_ARRAY('0001-01-01', '9999-12-31')",
        "GENERATE_TIMESTAMP_ARRAY('0001-01-01', '9999-12-31', INTERVAL 1 MICROSECOND)",
        "FORMAT('%2000000000d', 1)",
        "FORMAT('%.2000000000f', 1.0)",
        "FORMAT('%*d', 9000000000, 1)",
        "JSON_SET(JSON '{}', '$[9000000000]', 1)",
        "(SELECT STRING_AGG(REPEAT('a', 1000000), ',') FROM UNNEST(GENERATE_ARRAY(1, 200)) x)",
        "(SELECT REPLACE(s, 'a', s) FROM (SELECT REPEAT('a', 1000000) AS s))",
        "ARRAY_LENGTH(ARRAY(SELECT REPEAT(CAST(x AS STRING), 100000) FROM UNNEST(GENERATE_ARRAY(1, 100000)) x))",
    ] {
        let begun = Instant::now();
        if let Err(error) = outcome(&format!("SELECT {call}")) {
            assert!(matches!(error.reason, Reason::Query | Reason::Resources), "{call}: {error}");
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{call}");
    }
    for refused in
        ["LPAD('a', 9000000000000000, 'b')", "REPEAT('ab', 1000000)", "GENERATE_ARRAY(1, 10000000)"]
    {
        assert!(outcome(&format!("SELECT {refused}")).is_err(), "{refused}");
    }
}

/// Three times a thousand rows: a billion pairs.
const ENDLESS: &str = "SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 100000)) a, UNNEST(GENERATE_ARRAY(1, 100000)) b, \
                       UNNEST(GENERATE_ARRAY(1, 100000)) c WHERE a + b + c = -1";

#[test]
fn time_is_bounded() {
    let mut scope = scope();
    scope.limits = Limits::lasting(Duration::from_millis(200));
    let begun = Instant::now();
    let error = run(ENDLESS, &Fixed, &scope, false).unwrap_err();
    assert_eq!(error.reason, Reason::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_query_is_stopped_from_elsewhere() {
    let stop = Stop::default();
    let mut scope = scope();
    scope.limits.stops = vec![stop.clone()];
    let begun = Instant::now();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            stop.stop();
        });
        let error = run(ENDLESS, &Fixed, &scope, false).unwrap_err();
        assert_eq!(error.reason, Reason::Stopped, "{error}");
    });
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn memory_is_bounded() {
    let mut scope = scope();
    scope.limits.memory = 16 << 20;
    for sql in [
        "SELECT a FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a ORDER BY a DESC",
        "SELECT ARRAY_AGG(a) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a",
        "SELECT DISTINCT a FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a",
        "SELECT a, COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a GROUP BY a",
        "SELECT a, ROW_NUMBER() OVER () FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a",
        "WITH t AS (SELECT a FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a) SELECT COUNT(*) FROM t",
        "WITH RECURSIVE t AS (SELECT REPEAT('a', 100000) AS a UNION ALL SELECT a FROM t) SELECT COUNT(*) FROM t",
        "SELECT a FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a",
    ] {
        let error = run(sql, &Fixed, &scope, false).unwrap_err();
        assert_eq!(error.reason, Reason::Resources, "{sql}: {error}");
    }
    // What only passes through takes nothing.
    assert!(run("SELECT COUNT(*) FROM UNNEST(GENERATE_ARRAY(1, 100000)) a", &Fixed, &scope, false).is_ok());
}

#[test]
fn what_is_deep_in_data_is_refused_too() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for sql in [
        format!("SELECT JSON_VALUE('{deep}', '$.a')"),
        format!("SELECT JSON_QUERY('{deep}', '$')"),
        format!("SELECT SAFE.PARSE_JSON('{deep}')"),
        format!("SELECT JSON_VALUE('{{}}', '$.{}')", vec!["a"; 10_000].join(".")),
        format!("SELECT 'a' LIKE '{}b'", "%a".repeat(10_000)),
        format!("SELECT REGEXP_CONTAINS('a', r'{}a{}')", "(".repeat(10_000), ")".repeat(10_000)),
    ] {
        let _ = outcome(&sql);
    }
}
