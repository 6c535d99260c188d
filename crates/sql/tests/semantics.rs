//! BigQuery's rules where another engine's would be wrong without a word: types, nulls, order, overflow, names.

mod catalog;

use catalog::{done, fails, yields};
use sql::engine::Effect;
use values::cell::Cell;
use values::types::{Field, Type};

#[test]
fn numbers_of_several_types_meet_in_one() {
    yields("SELECT IF(true, 1, 2.5), IF(false, 1, 2.5)", "f0_ FLOAT64, f1_ FLOAT64", &["1.0 | 2.5"]);
    yields(
        "SELECT CASE WHEN false THEN 2.5 ELSE 1 END, COALESCE(NULL, 1, 2.5)",
        "f0_ FLOAT64, f1_ FLOAT64",
        &["1.0 | 1.0"],
    );
    yields("SELECT x FROM (SELECT 1 AS x UNION ALL SELECT 2.5) ORDER BY x", "x FLOAT64", &["1.0", "2.5"]);
    yields(
        "SELECT COALESCE(price, 1.5) AS p, price + 1 AS q FROM d.things WHERE id = 1",
        "p NUMERIC, q NUMERIC",
        &["1.5 | 2.5"],
    );
    yields(
        "SELECT [1, 2.5], 1 IN (1.0, 2), id + 0.5 FROM d.things WHERE id = 1",
        "f0_ ARRAY<FLOAT64>, f1_ BOOL, f2_ FLOAT64",
        &["[1.0, 2.5] | true | 1.5"],
    );
    yields(
        "SELECT CAST(99999999999999999999999999999.999999999 AS NUMERIC) AS n",
        "n NUMERIC",
        &["99999999999999999999999999999.999999999"],
    );
    let Effect::CreateTable { fields, rows, .. } =
        done("CREATE TABLE d.t AS SELECT IF(true, 1, 2.5) AS x").effect
    else {
        panic!("a table")
    };
    assert_eq!((fields, rows), (vec![Field::new("x", Type::Float64)], vec![vec![Cell::Float(1.0)]]));
    fails(
        "SELECT IF(true, 1, 'a')",
        "No matching signature for function IF for argument types: INT64, STRING. at [1:8]",
    );
}

#[test]
fn integers_do_not_wrap() {
    fails("SELECT 9223372036854775807 + 1", "int64 overflow: 9223372036854775807 + 1");
    fails("SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) AS x", "int64 overflow: SUM");
    fails("SELECT -(-9223372036854775808)", "int64 overflow: -(-9223372036854775808)");
    yields(
        "SELECT SAFE_ADD(9223372036854775807, 1), SAFE_DIVIDE(1, 0), SAFE_DIVIDE(6, 4), SAFE_MULTIPLY(1e308, 10)",
        "f0_ INT64, f1_ FLOAT64, f2_ FLOAT64, f3_ FLOAT64",
        &["NULL | NULL | 1.5 | NULL"],
    );
}

#[test]
fn recursion_goes_round() {
    yields(
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT n FROM t ORDER BY n",
        "n INT64",
        &["1", "2", "3", "4"],
    );
    yields(
        "WITH RECURSIVE t AS (SELECT 0 AS n UNION DISTINCT SELECT MOD(n + 1, 3) FROM t) SELECT COUNT(*) AS c FROM t",
        "c INT64",
        &["3"],
    );
    fails(
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n FROM t) SELECT n FROM t",
        "A recursive CTE has reached the maximum number of iterations: 500",
    );
}

#[test]
fn joins_keep_their_conditions_and_columns() {
    yields(
        "SELECT a, b FROM UNNEST([1, 2, 3]) AS a JOIN UNNEST([2, 3, 4]) AS b ON a = b ORDER BY a",
        "a INT64, b INT64",
        &["2 | 2", "3 | 3"],
    );
    yields(
        "SELECT id, t FROM d.things LEFT JOIN UNNEST(tags) AS t ON t = 'b' ORDER BY id",
        "id INT64, t STRING",
        &["1 | b", "2 | NULL"],
    );
    yields(
        "SELECT x, a, b FROM (SELECT 1 AS x, 'l' AS a) FULL JOIN (SELECT 2 AS x, 'r' AS b) USING (x) ORDER BY x",
        "x INT64, a STRING, b STRING",
        &["1 | l | NULL", "2 | NULL | r"],
    );
    yields("SELECT * FROM (SELECT NULL AS x) a JOIN (SELECT NULL AS x) b USING (x)", "x INT64", &[]);
    fails(
        "SELECT 1 FROM d.things a JOIN d.things b",
        "INNER JOIN must have an immediately following ON or USING clause at [1:26]",
    );
}

#[test]
fn order_is_kept() {
    yields(
        "SELECT ARRAY(SELECT x FROM UNNEST([2, 3, 1]) AS x ORDER BY x DESC) AS a",
        "a ARRAY<INT64>",
        &["[3, 2, 1]"],
    );
    yields(
        "SELECT x, SUM(x) OVER w AS s FROM UNNEST([3, 1, 2]) AS x WINDOW w AS (ORDER BY x) ORDER BY x",
        "x INT64, s INT64",
        &["1 | 1", "2 | 3", "3 | 6"],
    );
    yields(
        "SELECT x FROM UNNEST([1.0, CAST('nan' AS FLOAT64), NULL, CAST('-inf' AS FLOAT64)]) AS x ORDER BY x",
        "x FLOAT64",
        &["NULL", "NaN", "-Infinity", "1.0"],
    );
    yields(
        "SELECT ARRAY_CONCAT_AGG(a ORDER BY o) AS x FROM (SELECT [3] AS a, 2 AS o UNION ALL SELECT [1, 2], 1)",
        "x ARRAY<INT64>",
        &["[1, 2, 3]"],
    );
    yields(
        "SELECT STRING_AGG(DISTINCT x, '-' ORDER BY x DESC LIMIT 2) AS s FROM UNNEST(['a', 'c', 'b', 'c']) AS x",
        "s STRING",
        &["c-b"],
    );
}

#[test]
fn nulls_are_unknown() {
    yields(
        "SELECT 2 IN UNNEST([1, NULL]), 1 IN UNNEST([1, NULL]), 2 IN (1, NULL), NULL IN UNNEST(CAST([] AS ARRAY<INT64>)),
           NOT (NULL = 1), NULL IS NOT DISTINCT FROM NULL, (1, NULL) = (1, 2)",
        "f0_ BOOL, f1_ BOOL, f2_ BOOL, f3_ BOOL, f4_ BOOL, f5_ BOOL, f6_ BOOL",
        &["NULL | true | NULL | false | NULL | true | NULL"],
    );
    yields(
        "SELECT 'a' NOT LIKE ANY ('a', 'b'), 'a' LIKE ALL ('a%', NULL), 'a' LIKE ANY ('b', NULL)",
        "f0_ BOOL, f1_ BOOL, f2_ BOOL",
        &["true | NULL | NULL"],
    );
    fails("SELECT 1 + NULL", "Operands of + cannot be literal NULL at [1:12]");
}

#[test]
fn literals_are_read_as_googlesql_does() {
    yields(
        r"SELECT '\x41\101\u00e9\n' AS s, b'\xff\101' AS b, r'\n' AS r, 0xFF AS h, '''a'b''' AS t, 1e3 AS f",
        "s STRING, b BYTES, r STRING, h INT64, t STRING, f FLOAT64",
        &["AA\u{e9}\n | /0E= | \\n | 255 | a'b | 1000.0"],
    );
    fails(r"SELECT '\q'", r"Syntax error: Illegal escape sequence: \q at [1:9]");
    fails("SELECT 9223372036854775808", "Invalid integer literal: 9223372036854775808 at [1:8]");
}

#[test]
fn values_of_tables_and_rows() {
    yields(
        "SELECT a FROM UNNEST([STRUCT(1 AS x, 'y' AS z)]) AS a",
        "a STRUCT<x INT64, z STRING>",
        &["{1, y}"],
    );
    yields("SELECT x FROM UNNEST([STRUCT(1 AS x), STRUCT(NULL)])", "x INT64", &["1", "NULL"]);
    yields("SELECT AS STRUCT 1 AS a, 'b' AS c", "a INT64, c STRING", &["1 | b"]);
    yields("SELECT t.b.c FROM (SELECT STRUCT(STRUCT(5 AS c) AS b) AS t)", "c INT64", &["5"]);
    yields(
        "SELECT (SELECT COUNT(*) FROM t.tags) AS n FROM d.things AS t ORDER BY id",
        "n INT64",
        &["2", "0"],
    );
    yields(
        "SELECT id, (SELECT MAX(u.id) FROM d.things u WHERE u.id < t.id) AS m FROM d.things t ORDER BY id",
        "id INT64, m INT64",
        &["1 | NULL", "2 | 1"],
    );
}

#[test]
fn json_keeps_digits_and_texts() {
    yields(
        "SELECT TO_JSON_STRING(NUMERIC '1.5'), TO_JSON_STRING(NUMERIC '3'), TO_JSON_STRING(9007199254740993), TO_JSON_STRING(1.0),
           TO_JSON_STRING(JSON '\"12\"'), TO_JSON_STRING(JSON '\"null\"'), TO_JSON_STRING(JSON '{\"b\": \"{\\\\\"a\\\\\":1}\"}')",
        "f0_ STRING, f1_ STRING, f2_ STRING, f3_ STRING, f4_ STRING, f5_ STRING, f6_ STRING",
        &["\"1.5\" | 3 | \"9007199254740993\" | 1 | \"12\" | \"null\" | {\"b\":\"{\\\"a\\\":1}\"}"],
    );
    yields(
        "SELECT JSON_QUERY('{\"b\": 1.0, \"a\": [1, 2]}', '$'), JSON_VALUE('{\"a\": 1.10}', '$.a'), JSON_QUERY('{\"a\": null}', '$.a')",
        "f0_ STRING, f1_ STRING, f2_ STRING",
        &["{\"b\":1.0,\"a\":[1,2]} | 1.10 | NULL"],
    );
}

#[test]
fn every_argument_counts() {
    yields(
        "SELECT INSTR('banana', 'an', 3), INSTR('banana', 'an', -1), INSTR('banana', 'an', 1, 2), REGEXP_INSTR('banana', 'an', 3),
           REGEXP_INSTR('banana', 'a(n)', 1, 2, 1), INITCAP('a-b c', '-'), STRING(TIMESTAMP '2025-05-07 08:00:00+00', 'Europe/Paris')",
        "f0_ INT64, f1_ INT64, f2_ INT64, f3_ INT64, f4_ INT64, f5_ STRING, f6_ STRING",
        &["4 | 4 | 4 | 4 | 6 | A-B c | 2025-05-07 10:00:00+02"],
    );
    for (sql, message) in [
        ("SELECT LENGTH(1)", "No matching signature for function LENGTH for argument types: INT64. at [1:8]"),
        (
            "SELECT SUBSTR(1, 2)",
            "No matching signature for function SUBSTR for argument types: INT64, INT64. at [1:8]",
        ),
        (
            "SELECT LENGTH('a', 'b')",
            "No matching signature for function LENGTH for argument types: STRING, STRING. at [1:8]",
        ),
        (
            "SELECT UPPER('a') + 1",
            "No matching signature for operator + for argument types: STRING, INT64. at [1:8]",
        ),
        (
            "SELECT DATE_ADD('2024-01-01', 1)",
            "No matching signature for function DATE_ADD for argument types: STRING, INT64. at [1:8]",
        ),
    ] {
        fails(sql, message);
    }
}

#[test]
fn more_of_the_language() {
    yields(
        "SELECT TO_HEX(MD5('a')), TO_HEX(SHA1('a')), EXISTS(SELECT 1), FORMAT('%T', [1.0])",
        "f0_ STRING, f1_ STRING, f2_ BOOL, f3_ STRING",
        &["0cc175b9c0f1b6a831c399e269772661 | 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8 | true | [1.0]"],
    );
    yields(
        "SELECT DISTINCT PERCENTILE_CONT(x, 0.5) OVER () AS c, PERCENTILE_DISC(x, 0.5) OVER () AS d FROM UNNEST([1, 2, 3, 10]) AS x",
        "c FLOAT64, d INT64",
        &["2.5 | 2"],
    );
    yields(
        "SELECT * FROM (SELECT 'a' AS k, 'q1' AS q, 1 AS v UNION ALL SELECT 'a', 'q2', 2 UNION ALL SELECT 'a', 'q1', 3)
         PIVOT(SUM(v) FOR q IN ('q1', 'q2'))",
        "k STRING, q1 INT64, q2 INT64",
        &["a | 4 | 2"],
    );
    yields(
        "SELECT * FROM (SELECT 1 AS a, 2 AS b) UNPIVOT(v FOR n IN (a, b)) ORDER BY n",
        "v INT64, n STRING",
        &["1 | a", "2 | b"],
    );
    yields(
        "FROM UNNEST([1, 2, 3, 4]) AS x |> WHERE x > 1 |> AGGREGATE COUNT(*) AS n GROUP BY MOD(x, 2) AS odd |> ORDER BY odd",
        "odd INT64, n INT64",
        &["0 | 2", "1 | 1"],
    );
    yields("CREATE TEMP FUNCTION twice(x INT64) AS (x * 2); SELECT twice(twice(3)) AS t", "t INT64", &["12"]);
    yields(
        "SELECT a, GROUPING(a) AS g, COUNT(*) AS n FROM UNNEST([1, 1, 2]) AS a GROUP BY ROLLUP(a) ORDER BY a",
        "a INT64, g INT64, n INT64",
        &["NULL | 1 | 3", "1 | 0 | 2", "2 | 0 | 1"],
    );
    yields(
        "SELECT x, SUM(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS s FROM UNNEST([1, 2, 4]) AS x ORDER BY x",
        "x INT64, s INT64",
        &["1 | 3", "2 | 3", "4 | 4"],
    );
    yields(
        "SELECT DATE '2024-01-31' + INTERVAL 1 MONTH AS d, INTERVAL '1-2 3 4:5:6' YEAR TO SECOND AS i, DATE '2024-03-01' - DATE '2024-02-01' AS g",
        "d DATETIME, i INTERVAL, g INTERVAL",
        &["2024-02-29T00:00:00 | 1-2 3 4:5:6 | 0-0 29 0:0:0"],
    );
    yields(
        "SELECT DATE('2024-05-06') AS a, DATE('2024-05-06 23:30:00-08') AS b, DATE('2024-05-06 23:30:00') AS c",
        "a DATE, b DATE, c DATE",
        &["2024-05-06 | 2024-05-07 | 2024-05-06"],
    );
    fails("SELECT DATE('nonsense')", "Invalid date string \"nonsense\"");
    yields(
        "SELECT IF(SUM(x) > 0, SUM(x), SUM(1 / (x - x))) AS s FROM UNNEST([1, 2]) AS x",
        "s FLOAT64",
        &["3.0"],
    );
}

#[test]
fn what_is_lacking_is_said_with_its_place() {
    for (sql, message) in [
        ("SELECT\n ST_AREA(1)", "Function ST_AREA is not supported by the local BigQuery at [2:2]"),
        (
            "SELECT 1 FROM d.things FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP()",
            "FOR SYSTEM_TIME AS OF is not supported by the local BigQuery at [1:24]",
        ),
        ("BEGIN SELECT 1; END", "The statement BEGIN is not supported by the local BigQuery at [1:1]"),
        (
            "EXPORT DATA OPTIONS(uri = 'x') AS SELECT 1",
            "The statement EXPORT DATA is not supported by the local BigQuery at [1:1]",
        ),
        (
            "SELECT 1; SELECT 2",
            "A script of several statements is not supported by the local BigQuery at [1:1]",
        ),
        (
            "CREATE TABLE d.t (x INT64 DEFAULT 1)",
            "DEFAULT of a column is not supported by the local BigQuery at [1:27]",
        ),
        (
            "SELECT @@project_id",
            "The system variable @@project_id is not supported by the local BigQuery at [1:8]",
        ),
    ] {
        fails(sql, message);
    }
}

#[test]
fn queries_within_a_clause_see_the_columns_of_the_list() {
    let grouped = "SELECT MOD(n, 2) AS odd, ARRAY_AGG(n) AS all_of FROM UNNEST([1, 2, 3]) AS n GROUP BY odd";
    yields(
        &format!("{grouped} HAVING EXISTS (SELECT 1 FROM UNNEST(all_of) AS x WHERE x > 2)"),
        "odd INT64, all_of ARRAY<INT64>",
        &["1 | [1, 3]"],
    );
    yields(
        &format!("{grouped} ORDER BY (SELECT MAX(x) FROM UNNEST(all_of) AS x)"),
        "odd INT64, all_of ARRAY<INT64>",
        &["0 | [2]", "1 | [1, 3]"],
    );
    yields(
        "SELECT n, RANK() OVER (ORDER BY n DESC) AS place FROM UNNEST([1, 2, 3]) AS n
         QUALIFY EXISTS (SELECT 1 FROM UNNEST([1, 2]) AS x WHERE x = place) ORDER BY n",
        "n INT64, place INT64",
        &["2 | 2", "3 | 1"],
    );
    // A column of the inner query comes first.
    yields(
        "SELECT 1 AS a, COUNT(*) AS c FROM UNNEST([1, 2, 3]) AS n GROUP BY a
         HAVING EXISTS (SELECT 1 FROM (SELECT 7 AS c) WHERE c = 7)",
        "a INT64, c INT64",
        &["1 | 3"],
    );
    fails(
        "SELECT n AS a FROM UNNEST([1]) AS n WHERE EXISTS (SELECT 1 FROM UNNEST([1]) AS x WHERE x = a)",
        "Unrecognized name: a at [1:92]",
    );
}

#[test]
fn zones_are_offsets_or_names() {
    yields(
        "SELECT EXTRACT(HOUR FROM TIMESTAMP '2000-01-01 08:00:00+00' AT TIME ZONE '-05:30'),
                EXTRACT(HOUR FROM TIMESTAMP '2000-01-01 08:00:00+00' AT TIME ZONE '+02'),
                EXTRACT(HOUR FROM TIMESTAMP '2000-01-01 08:00:00+00' AT TIME ZONE 'Europe/Zurich')",
        "f0_ INT64, f1_ INT64, f2_ INT64",
        &["2 | 10 | 9"],
    );
    fails("SELECT STRING(TIMESTAMP '2000-01-01', 'UTC+x')", "Invalid time zone: UTC+x");
    fails(
        "SELECT STRING(TIMESTAMP '2000-01-01', 'UTC+0530')",
        "The time zone UTC+0530 is not supported by the local BigQuery",
    );
}
