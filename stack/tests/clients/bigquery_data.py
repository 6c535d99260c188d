#!/usr/bin/env python3
"""Google's own BigQuery client against a local cloud: rows in, queries, loads, rows out.

Usage: pip install -r stack/tests/clients/requirements.txt
       stack/tests/clients/bigquery_data.py http://127.0.0.1:8085

Prints each check that fails, then `N passed, M failed`.
"""
import datetime
import decimal
import gzip
import io
import json
import os
import sys
import time
import urllib.request
import uuid

HOST = sys.argv[1].rstrip("/")
os.environ["BIGQUERY_EMULATOR_HOST"] = HOST

import fastavro  # noqa: E402
from google.api_core import exceptions  # noqa: E402
from google.auth.credentials import AnonymousCredentials  # noqa: E402
from google.cloud import bigquery  # noqa: E402

PROJECT = "bq-check"
UTC = datetime.timezone.utc
passed, failed = 0, []
client = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials())
dataset = f"{PROJECT}.d_{uuid.uuid4().hex[:8]}"
events = f"{dataset}.events"


def check(function):
    global passed
    try:
        function()
        passed += 1
    except Exception as error:  # a check that breaks is a check that fails
        failed.append(function.__name__)
        print(f"FAILED {function.__name__}: {type(error).__name__}: {error}")


def rows(sql, *parameters):
    config = bigquery.QueryJobConfig(query_parameters=list(parameters))
    return [dict(it) for it in client.query(sql, job_config=config).result()]


def same(got, want):
    assert got == want, f"{got!r} is not {want!r}"


def put(bucket, name, content):
    for path, body in [
        (f"/storage/v1/b?project={PROJECT}", json.dumps({"name": bucket}).encode()),
        (f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}", content),
    ]:
        try:
            urllib.request.urlopen(urllib.request.Request(HOST + path, body, method="POST")).read()
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise


@check
def a_dataset_and_a_table_are_made():
    place = bigquery.Dataset(dataset)
    place.location = "us-central1"
    client.create_dataset(place)
    client.create_table(bigquery.Table(events, schema=[
        bigquery.SchemaField("event_id", "STRING", mode="REQUIRED"),
        bigquery.SchemaField("event_data", "JSON"),
        bigquery.SchemaField("timestamp", "TIMESTAMP", mode="REQUIRED"),
    ]))


def event(number, country, second):
    data = {"country": country, "event_type": "login", "user_id": f"user_{number}"}
    return {"event_id": f"e{number}", "event_data": json.dumps(data), "timestamp": f"2025-05-07T08:25:{second:02}Z"}


@check
def rows_are_inserted_and_listed():
    same(client.insert_rows_json(events, [event(1, "FR", 10), event(2, "DE", 11), event(1, "FR", 12)]), [])
    got = list(client.list_rows(events))
    same([(it.event_id, it.timestamp) for it in got][0], ("e1", datetime.datetime(2025, 5, 7, 8, 25, 10, tzinfo=UTC)))
    same(len(got), 3)
    same(len(list(client.list_rows(events, max_results=2, page_size=1))), 2)
    same([dict(it) for it in client.list_rows(events, selected_fields=[bigquery.SchemaField("event_id", "STRING")],
                                             start_index=1, max_results=1)], [{"event_id": "e2"}])


@check
def an_insert_id_is_taken_once():
    for _ in range(2):
        same(client.insert_rows_json(events, [event(3, "IT", 13)], row_ids=["once"]), [])
    same(rows(f"SELECT COUNT(*) AS n FROM `{events}` WHERE event_id = 'e3'"), [{"n": 1}])


@check
def bad_rows_are_told():
    errors = client.insert_rows_json(events, [event(9, "FR", 1), {"event_id": "x", "nope": 1}])
    same([(it["index"], it["errors"][0]["reason"]) for it in errors], [(0, "stopped"), (1, "invalid")])
    same(errors[1]["errors"][0]["message"], "no such field: nope.")
    errors = client.insert_rows_json(events, [event(8, "PT", 14), {"event_id": "x"}], skip_invalid_rows=True)
    same([it["index"] for it in errors], [1])


@check
def the_service_reads_events():
    got = rows(
        f"SELECT event_id, TO_JSON_STRING(event_data) AS event_data, timestamp FROM `{events}` "
        "WHERE timestamp < @before AND JSON_VALUE(event_data, '$.country') = @country "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY timestamp DESC) = 1 "
        "ORDER BY timestamp DESC, event_id LIMIT 100",
        bigquery.ScalarQueryParameter("before", "TIMESTAMP", datetime.datetime(2026, 1, 1, tzinfo=UTC)),
        bigquery.ScalarQueryParameter("country", "STRING", "FR"))
    same(got, [{"event_id": "e1", "event_data": '{"country":"FR","event_type":"login","user_id":"user_1"}',
                "timestamp": datetime.datetime(2025, 5, 7, 8, 25, 12, tzinfo=UTC)}])
    got = rows(f"SELECT event_id, event_data, timestamp FROM `{events}` ORDER BY timestamp DESC LIMIT 100")
    same((len(got), got[0]["event_data"]), (5, {"country": "PT", "event_type": "login", "user_id": "user_8"}))


@check
def parameters_of_every_shape():
    got = rows("SELECT @a AS a, @s.x AS x, @d AS d, @n AS n, 'b' IN UNNEST(@l) AS l",
               bigquery.ScalarQueryParameter("a", "INT64", 5),
               bigquery.StructQueryParameter("s", bigquery.ScalarQueryParameter("x", "STRING", "y")),
               bigquery.ScalarQueryParameter("d", "DATE", datetime.date(2025, 5, 7)),
               bigquery.ScalarQueryParameter("n", "NUMERIC", decimal.Decimal("1.5")),
               bigquery.ArrayQueryParameter("l", "STRING", ["a", "b"]))
    same(got, [{"a": 5, "x": "y", "d": datetime.date(2025, 5, 7), "n": decimal.Decimal("1.5"), "l": True}])
    same(rows("SELECT ? + ? AS n", bigquery.ScalarQueryParameter(None, "INT64", 1),
              bigquery.ScalarQueryParameter(None, "INT64", 2)), [{"n": 3}])


@check
def values_of_every_type():
    got = rows("SELECT 1 AS i, 1.5 AS f, TRUE AS b, 'x' AS s, b'ab' AS y, DATE '2025-05-07' AS d, TIME '10:00:00' AS t, "
               "DATETIME '2025-05-07 10:00:00' AS dt, BIGNUMERIC '1.25' AS bn, [STRUCT(1 AS a, ['z'] AS l)] AS r, "
               "JSON '{\"k\": [1]}' AS j, CAST(NULL AS STRING) AS n")
    same(got, [{"i": 1, "f": 1.5, "b": True, "s": "x", "y": b"ab", "d": datetime.date(2025, 5, 7),
                "t": datetime.time(10), "dt": datetime.datetime(2025, 5, 7, 10), "bn": decimal.Decimal("1.25"),
                "r": [{"a": 1, "l": ["z"]}], "j": {"k": [1]}, "n": None}])


@check
def a_dry_run_tells_bytes():
    job = client.query(f"SELECT event_id FROM `{events}`", job_config=bigquery.QueryJobConfig(dry_run=True))
    same((job.total_bytes_processed, job.schema[0].name), (20, "event_id"))
    try:
        client.query(f"SELECT * FROM `{events}`", job_config=bigquery.QueryJobConfig(maximum_bytes_billed=1000)).result()
        raise AssertionError("it was billed")
    except exceptions.GoogleAPICallError as error:
        assert "Query exceeded limit for bytes billed: 1000. 10485760 or higher required." in str(error), error


@check
def failures_have_googles_words():
    for sql, kind, words in [
        (f"SELECT nope FROM `{events}`", exceptions.BadRequest, "Unrecognized name: nope at [1:8]"),
        ("SELEC 1", exceptions.BadRequest, 'Syntax error: Unexpected identifier "SELEC" at [1:1]'),
        (f"SELECT * FROM `{dataset}.nope`", exceptions.NotFound, "was not found in location us-central1"),
    ]:
        try:
            client.query(sql).result()
            raise AssertionError(f"{sql} works")
        except kind as error:
            assert words in str(error), error
        try:
            client.query_and_wait(sql)
            raise AssertionError(f"{sql} works")
        except kind as error:
            assert words in str(error), error


@check
def pages_and_query_and_wait():
    got = client.query("SELECT x FROM UNNEST(GENERATE_ARRAY(1, 2500)) AS x ORDER BY x").result(page_size=1000)
    same([it.x for it in got], list(range(1, 2501)))
    same([dict(it) for it in client.query_and_wait("SELECT 1 AS a")], [{"a": 1}])
    same(client.query("SELECT 1").result().total_rows, 1)


@check
def json_is_loaded():
    table = f"{dataset}.loaded"
    config = bigquery.LoadJobConfig(autodetect=True)
    job = client.load_table_from_json([{"id": 1, "name": "a", "at": "2025-05-07T08:00:00Z"}, {"id": 2, "name": "b"}],
                                      table, job_config=config)
    same(job.result().output_rows, 2)
    same([it.field_type for it in sorted(client.get_table(table).schema, key=lambda it: it.name)],
         ["TIMESTAMP", "INTEGER", "STRING"])
    same(rows(f"SELECT name FROM `{table}` WHERE id = 2"), [{"name": "b"}])


@check
def files_are_loaded_from_storage():
    bucket = f"bucket-{uuid.uuid4().hex[:8]}"
    for number in (1, 2):
        line = {"event_id": f"f{number}", "event_data": {"n": number}, "timestamp": "2025-05-08T00:00:00Z"}
        put(bucket, f"events-{number}.json", json.dumps(line).encode() + b"\n")
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", write_disposition="WRITE_APPEND")
    job = client.load_table_from_uri(f"gs://{bucket}/events-*.json", events, job_config=config)
    same(job.result().output_rows, 2)
    same(rows(f"SELECT event_data.n AS n FROM `{events}` WHERE event_id = 'f2'"), [{"n": 2}])
    put(bucket, "bad.json", b'{"event_id": "g1", "timestamp": "2025-05-08T00:00:00Z"}\n{"event_id": \n')
    job = client.load_table_from_uri(f"gs://{bucket}/bad.json", events, job_config=config)
    try:
        job.result()
        raise AssertionError("a broken line was loaded")
    except exceptions.BadRequest as error:
        assert f"gs://{bucket}/bad.json" in str(error), error
        assert any("(line 2)" in it["message"] for it in job.errors), job.errors
    same(rows(f"SELECT COUNT(*) AS n FROM `{events}` WHERE event_id = 'g1'"), [{"n": 0}])
    put(bucket, "t.csv", b'id,name\n1,"a, b"\n2,\n')
    config = bigquery.LoadJobConfig(source_format="CSV", autodetect=True)
    client.load_table_from_uri(f"gs://{bucket}/t.csv", f"{dataset}.csv", job_config=config).result()
    same(rows(f"SELECT * FROM `{dataset}.csv` ORDER BY id"), [{"id": 1, "name": "a, b"}, {"id": 2, "name": None}])


def get(bucket, name):
    return urllib.request.urlopen(f"{HOST}/storage/v1/b/{bucket}/o/{name}?alt=media").read()


def refused(job, kind, words):
    try:
        job.result()
        raise AssertionError("it works")
    except kind as error:
        assert words in str(error), error


@check
def packed_files_are_loaded():
    bucket = f"bucket-{uuid.uuid4().hex[:8]}"
    schema = [bigquery.SchemaField("id", "INTEGER"), bigquery.SchemaField("name", "STRING")]
    rows_of = b'{"id": %d, "name": "n"}\n'
    # Two members in one file, as `cat a.gz b.gz` makes it.
    put(bucket, "rows.json.gz", gzip.compress(rows_of % 1) + gzip.compress(rows_of % 2))
    put(bucket, "rows.csv.gz", gzip.compress(b"3,c\n4,d\n"))
    for name, source in [("rows.json.gz", "NEWLINE_DELIMITED_JSON"), ("rows.csv.gz", "CSV")]:
        config = bigquery.LoadJobConfig(source_format=source, schema=schema)
        same(client.load_table_from_uri(f"gs://{bucket}/{name}", f"{dataset}.packed", job_config=config).result().output_rows, 2)
    same(rows(f"SELECT SUM(id) AS s FROM `{dataset}.packed`"), [{"s": 10}])
    put(bucket, "torn.json.gz", gzip.compress(rows_of % 5)[:-6])
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", schema=schema)
    job = client.load_table_from_uri(f"gs://{bucket}/torn.json.gz", f"{dataset}.packed", job_config=config)
    refused(job, exceptions.BadRequest, f"gs://{bucket}/torn.json.gz")
    # So many bad records and no more.
    put(bucket, "bad.json.gz", gzip.compress(rows_of % 6 + b"{\n" + rows_of % 7 + b'{"id": "x"}\n'))
    config.max_bad_records = 1
    job = client.load_table_from_uri(f"gs://{bucket}/bad.json.gz", f"{dataset}.packed", job_config=config)
    refused(job, exceptions.BadRequest, "errors: 2; max bad: 1")
    said = [it["message"] for it in job.errors]
    assert "(line 2)" in said[1] and "(line 4)" in said[2] and said[1].endswith(f"File: gs://{bucket}/bad.json.gz"), said
    config.max_bad_records = 2
    job = client.load_table_from_uri(f"gs://{bucket}/bad.json.gz", f"{dataset}.packed", job_config=config)
    same(job.result().output_rows, 2)


@check
def avro_files_are_loaded():
    bucket = f"bucket-{uuid.uuid4().hex[:8]}"
    schema = fastavro.parse_schema({"type": "record", "name": "Event", "fields": [
        {"name": "event_id", "type": "string"},
        {"name": "event_data", "type": ["null", {"type": "string", "sqlType": "JSON"}]},
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-micros"}}]})
    at = datetime.datetime(2025, 5, 9, 8, 25, 14, 500, tzinfo=UTC)
    config = bigquery.LoadJobConfig(source_format="AVRO", use_avro_logical_types=True)
    for codec in ["null", "deflate", "snappy"]:
        file = io.BytesIO()
        events_of = [{"event_id": f"{codec}-{it}", "event_data": json.dumps({"n": it}) if it else None, "timestamp": at}
                     for it in range(500)]
        fastavro.writer(file, schema, events_of, codec=codec, sync_interval=2000)
        put(bucket, f"{codec}.avro", file.getvalue())
        job = client.load_table_from_uri(f"gs://{bucket}/{codec}.avro", events, job_config=config)
        same(job.result().output_rows, 500)
        same(rows(f"SELECT event_data.n AS n, timestamp FROM `{events}` WHERE event_id IN ('{codec}-499', '{codec}-0') "
                  "ORDER BY event_id"), [{"n": None, "timestamp": at}, {"n": 499, "timestamp": at}])
    put(bucket, "torn.avro", file.getvalue()[:-30])
    refused(client.load_table_from_uri(f"gs://{bucket}/torn.avro", events, job_config=config), exceptions.BadRequest, "torn.avro")
    other = {"type": "record", "name": "Row", "fields": [
        {"name": "id", "type": "long"}, {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal",
                                                                            "precision": 10, "scale": 2}]},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}}, {"name": "tags", "type": {"type": "array", "items": "string"}},
        {"name": "more", "type": {"type": "map", "values": "int"}}]}
    file = io.BytesIO()
    row = {"id": 7, "price": decimal.Decimal("-12.50"), "day": datetime.date(2025, 5, 7), "tags": ["a", "b"], "more": {"k": 1}}
    fastavro.writer(file, other, [row])
    file.seek(0)
    client.load_table_from_file(file, f"{dataset}.avro", job_config=config).result()
    same(rows(f"SELECT * FROM `{dataset}.avro`"), [{**row, "more": [{"key": "k", "value": 1}]}])
    same([(it.field_type, it.mode) for it in client.get_table(f"{dataset}.avro").schema],
         [("INTEGER", "REQUIRED"), ("NUMERIC", "NULLABLE"), ("DATE", "REQUIRED"), ("STRING", "REPEATED"), ("RECORD", "REPEATED")])


@check
def tables_are_extracted_and_copied():
    bucket, table = f"bucket-{uuid.uuid4().hex[:8]}", f"{dataset}.out"
    put(bucket, "mark", b"")
    client.query(f"CREATE TABLE `{table}` AS SELECT 1 AS id, 'a, \"b\"' AS name, TIMESTAMP '2025-05-07 08:25:14.5+00' AS `at` "
                 "UNION ALL SELECT 2, CAST(NULL AS STRING), NULL").result()
    job = client.extract_table(table, f"gs://{bucket}/out-*.csv")
    job.result()
    same(job.destination_uri_file_counts, [1])
    same(sorted(get(bucket, "out-000000000000.csv").decode().splitlines()),
         ['1,"a, ""b""",2025-05-07 08:25:14.500 UTC', "2,,", "id,name,at"])
    config = bigquery.ExtractJobConfig(destination_format="NEWLINE_DELIMITED_JSON", compression="GZIP")
    client.extract_table(table, f"gs://{bucket}/out.json.gz", job_config=config).result()
    same(sorted(json.dumps(json.loads(it)) for it in gzip.decompress(get(bucket, "out.json.gz")).splitlines()),
         ['{"at": "2025-05-07 08:25:14.500 UTC", "id": "1", "name": "a, \\"b\\""}', '{"id": "2"}'])
    load = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", schema=client.get_table(table).schema)
    client.load_table_from_uri(f"gs://{bucket}/out.json.gz", f"{dataset}.again", job_config=load).result()
    same(rows(f"SELECT * FROM `{dataset}.again` ORDER BY id"), rows(f"SELECT * FROM `{table}` ORDER BY id"))
    client.copy_table([table, f"{dataset}.again"], f"{dataset}.copied").result()
    same(client.get_table(f"{dataset}.copied").num_rows, 4)
    refused(client.copy_table(table, f"{dataset}.copied"), exceptions.Conflict, "Already Exists")
    replace = bigquery.CopyJobConfig(write_disposition="WRITE_TRUNCATE")
    client.copy_table(table, f"{dataset}.copied", job_config=replace).result()
    same(client.get_table(f"{dataset}.copied").num_rows, 2)
    refused(client.extract_table(f"{dataset}.nope", f"gs://{bucket}/x"), exceptions.NotFound, "nope")
    refused(client.extract_table(table, f"gs://{bucket}-nope/x"), exceptions.NotFound, "bucket")


@check
def what_is_not_built_says_so():
    try:
        client.insert_rows_json(events, [event(1, "FR", 1)], template_suffix="_x")
        raise AssertionError("a table was made by its template")
    except exceptions.MethodNotImplemented as error:
        assert "templateSuffix" in str(error), error
    config = bigquery.ExtractJobConfig(destination_format="PARQUET")
    refused(client.extract_table(events, "gs://b/x", job_config=config), exceptions.GoogleAPICallError, "PARQUET")


@check
def statements_change_tables():
    table = f"{dataset}.made"
    client.query(f"CREATE OR REPLACE TABLE `{table}` AS SELECT 1 AS id, 'a' AS name UNION ALL SELECT 2, 'b'").result()
    same(client.query(f"INSERT INTO `{table}` (id, name) VALUES (3, 'c'), (4, 'd')").result().num_dml_affected_rows, 2)
    same(client.query(f"UPDATE `{table}` SET name = UPPER(name) WHERE id > 2").result().num_dml_affected_rows, 2)
    same(client.query(f"DELETE FROM `{table}` WHERE id = 1").result().num_dml_affected_rows, 1)
    same(rows(f"SELECT * FROM `{table}` ORDER BY id"),
         [{"id": 2, "name": "b"}, {"id": 3, "name": "C"}, {"id": 4, "name": "D"}])
    client.query(f"MERGE `{table}` t USING (SELECT 2 AS id, 'B' AS name UNION ALL SELECT 9, 'I') s ON t.id = s.id "
                 "WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name) "
                 "WHEN NOT MATCHED BY SOURCE AND t.id = 4 THEN DELETE").result()
    same(rows(f"SELECT id, name FROM `{table}` ORDER BY id"),
         [{"id": 2, "name": "B"}, {"id": 3, "name": "C"}, {"id": 9, "name": "I"}])
    client.query(f"ALTER TABLE `{table}` ADD COLUMN extra INT64, DROP COLUMN name").result()
    same([it.name for it in client.get_table(table).schema], ["id", "extra"])
    client.query(f"CREATE VIEW `{dataset}.seen` AS SELECT id * 2 AS twice FROM `{table}`").result()
    same(rows(f"SELECT SUM(twice) AS s FROM `{dataset}.seen`"), [{"s": 28}])
    target = bigquery.QueryJobConfig(destination=f"{dataset}.target", write_disposition="WRITE_TRUNCATE")
    client.query(f"SELECT id FROM `{table}`", job_config=target).result()
    same(client.get_table(f"{dataset}.target").num_rows, 3)
    client.query(f"TRUNCATE TABLE `{dataset}.target`").result()
    client.query(f"DROP TABLE `{table}`").result()


@check
def jobs_are_seen():
    job = client.query("SELECT 1", job_config=bigquery.QueryJobConfig(labels={"a": "b"}))
    job.result()
    again = client.get_job(job.job_id, location=job.location)
    same((again.state, again.labels, again.cache_hit), ("DONE", {"a": "b"}, False))
    assert job.job_id in [it.job_id for it in client.list_jobs(max_results=1000)]
    client.cancel_job(job.job_id, location=job.location)


@check
def a_hundred_thousand_rows():
    table = f"{dataset}.many"
    lines = [{"id": it, "data": {"country": ["FR", "DE", "IT"][it % 3], "page": f"/p{it % 50}"}} for it in range(100_000)]
    schema = [bigquery.SchemaField("id", "INTEGER"), bigquery.SchemaField("data", "JSON")]
    begun = time.monotonic()
    client.load_table_from_json(lines, table, job_config=bigquery.LoadJobConfig(schema=schema)).result()
    loaded = time.monotonic()
    sql = f"SELECT JSON_VALUE(data, '$.country') AS c, COUNT(*) AS n FROM `{table}` GROUP BY c ORDER BY c"
    same([it["n"] for it in rows(sql)], [33333, 33334, 33333])
    first = time.monotonic()
    rows(sql)
    second = time.monotonic()
    rows(f"SELECT id FROM `{table}` ORDER BY id DESC LIMIT 100")
    print(f"100,000 rows: load {loaded - begun:.2f} s, first query {first - loaded:.2f} s, again {second - first:.2f} s, "
          f"newest hundred {time.monotonic() - second:.2f} s")


@check
def it_all_goes():
    client.delete_dataset(dataset, delete_contents=True)


print(f"{passed} passed, {len(failed)} failed")
sys.exit(1 if failed else 0)
