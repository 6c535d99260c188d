#!/usr/bin/env python3
"""Today's scripts and today's service against an applied stack on a local cloud, and ours beside them.

Usage: pip install -r api/tests/clients/requirements.txt
       api/tests/clients/run.py http://127.0.0.1:8085 target/debug/data-api [CHECKOUT]

With a CHECKOUT of the service that ours replaces, that service runs, unchanged (and pandas, db-dtypes and pyarrow are
needed); without one, flask_service.py stands in. Flask and ours serve the same table, and give the same bytes for it.
They differ on purpose in this:
- An event that is in the table twice is shown twice by Flask and once, with its newest time, by ours.
- Events of the same time come in any order from Flask, by descending id from ours.
- When BigQuery fails, Flask answers 500 with Google's words, in which are project and table; ours answers
  503 and when to come back, in words that name neither. Both are {"error": "…"}.
- Where an answer has nothing but numbers and NULL, or nothing but strings and NULL, pandas makes its event_data of
  one type: 1 is 1.0 beside 1.5, and NULL is NaN, which is not JSON. Ours shows each event as it is, whatever stands
  beside it. (flask_service.py has no pandas.)

Prints each check that fails, then `N passed, M failed`.
"""
import datetime
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid

BASE, PROGRAM = sys.argv[1].rstrip("/"), os.path.abspath(sys.argv[2])
HERE = pathlib.Path(__file__).resolve().parent
FLASK = HERE / "flask_service.py"
if len(sys.argv) > 3:
    os.environ["ORIGINAL"], FLASK = os.path.abspath(sys.argv[3]), HERE / "original.py"
os.environ["BIGQUERY_EMULATOR_HOST"] = BASE
os.environ["PUBSUB_EMULATOR_HOST"] = BASE.split("://")[1]

sys.path.insert(0, str(HERE.parent / "vectors"))

import make  # noqa: E402
import requests  # noqa: E402
from google.auth.credentials import AnonymousCredentials  # noqa: E402
from google.cloud import bigquery, pubsub_v1  # noqa: E402

STACK = "local-project"
OTHER = f"flask-{uuid.uuid4().hex[:8]}"
NOTHING = f"nothing-{uuid.uuid4().hex[:8]}"
TABLE = f"{OTHER}.analytics_data.events"
passed, failed, servers = 0, [], []
logs = tempfile.TemporaryDirectory()


def check(function):
    global passed
    try:
        function()
        passed += 1
    except Exception as error:  # a check that breaks is a check that fails
        failed.append(function.__name__)
        print(f"FAILED {function.__name__}: {type(error).__name__}: {error}")


def same(got, want):
    if got != want:
        got, want = repr(got), repr(want)
        # From a little before where they begin to differ.
        at = max(0, len(os.path.commonprefix([got, want])) - 100)
        raise AssertionError(f"\n  have {got[at:at + 300]}\n  want {want[at:at + 300]}")


def serve(name, command, project):
    """Starts a server on a free port; gives its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = open(f"{logs.name}/{name}.log", "w")
    environment = {**os.environ, "GOOGLE_CLOUD_PROJECT": project, "PORT": str(port)}
    if project != STACK:
        # A table here is another one a moment later.
        environment |= {"CACHE_TTL_SECONDS": "0", "CACHE_STALE_WHILE_REVALIDATE_SECONDS": "0"}
    servers.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
    return f"http://127.0.0.1:{port}"


def wait_for(url):
    for _ in range(300):
        try:
            return requests.get(f"{url}/health", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")


def script(name, *arguments):
    ran = subprocess.run([sys.executable, HERE / name, *arguments], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, f"{name} ended with {ran.returncode}:\n{ran.stdout[-1500:]}{ran.stderr[-1500:]}"
    return ran.stdout


def answers(url):
    answer = requests.get(f"{url}/events", headers={"Cache-Control": "no-cache"}, timeout=60)
    return answer.status_code, answer.headers["Content-Type"], answer.content


def row(event_id, data, timestamp):
    return {"event_id": event_id, "event_data": data, "timestamp": timestamp}


def table(rows, data_type="JSON"):
    """The table anew, with these rows."""
    bq.delete_table(TABLE, not_found_ok=True)
    bq.create_table(bigquery.Table(TABLE, schema=[
        bigquery.SchemaField("event_id", "STRING", mode="REQUIRED"),
        bigquery.SchemaField("event_data", data_type),
        bigquery.SchemaField("timestamp", "TIMESTAMP", mode="REQUIRED"),
    ]))
    for at in range(0, len(rows), 100):
        same(bq.insert_rows_json(TABLE, rows[at:at + 100]), [])


def equal(rows, data_type="JSON"):
    """Flask's and our answers for a table of these rows, which must not differ."""
    table(rows, data_type)
    theirs, mine = answers(flask), answers(ours)
    same(mine, theirs)
    same((theirs[0], len(json.loads(theirs[2]))), (200, min(len(rows), 100)))
    return theirs[2]


def minute(number):
    return f"2025-05-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"


servers_of = {
    (name, project): serve(f"{name}-{project}", command, project)
    for name, command in [("flask", [sys.executable, FLASK]), ("ours", [PROGRAM])]
    for project in [STACK, OTHER, NOTHING]
}
flask, ours = servers_of["flask", OTHER], servers_of["ours", OTHER]
bq = bigquery.Client(project=OTHER, credentials=AnonymousCredentials())
bq.create_dataset(f"{OTHER}.analytics_data")


@check
def both_are_healthy():
    theirs, mine = wait_for(flask), wait_for(ours)
    same((mine.status_code, mine.headers["Content-Type"], mine.json()),
         (theirs.status_code, theirs.headers["Content-Type"], theirs.json()))
    same(mine.content, theirs.content)
    for url in servers_of.values():
        wait_for(url)


@check
def an_error_has_the_same_shape():
    def both():
        (status, kind, body), (our_status, our_kind, our_body) = (
            answers(servers_of[it, NOTHING]) for it in ["flask", "ours"])
        same((status, our_status, our_kind), (500, 503, kind))
        same([(list(it), type(it["error"])) for it in map(json.loads, [body, our_body])], [(["error"], str)] * 2)
        assert body.endswith(b"\n") and our_body.endswith(b"\n") and NOTHING.encode() not in our_body, our_body

    both()  # no dataset
    client = bigquery.Client(project=NOTHING, credentials=AnonymousCredentials())
    client.create_dataset(f"{NOTHING}.analytics_data")
    both()  # no table


@check
def no_rows():
    same(equal([]), b"[]\n")


@check
def odd_json():
    odd = [
        "{}", "[]", "null", "true", '"text"', '"{\\"a\\": 1}"', '"[1,2"', "0", "-1", "1.5", "1e16", "1e-7", "100.0",
        "9007199254740993", "-0.0", "0.1", '""', '{"b": 1, "a": {"z": [1, null, {"y": []}], "c": {}}, "": 2}',
        '{"é": "ü 日本語 😀", "日": "\\u0000\\u2028", "html": "<a href=\'x\'>&amp;</a>", "10": 1, "9": 2}',
        '{"user_id": null}', '{"amount": 333.82, "items": 3}', '["a", {"b": [[[]]]}]', '{"q": "\\"\\\\/\\b\\f\\n\\r\\t"}',
    ]
    equal([row(f"id {at}", it, minute(at)) for at, it in enumerate(odd)])


@check
def strings_that_look_like_json():
    texts = ["12", "true", "null", '{"a":1}', "[1]", '"b"', "1.0", ""]
    body = equal([row(f"s{at}", json.dumps(it), minute(at)) for at, it in enumerate(texts)])
    same([it["event_data"] for it in json.loads(body)], texts[::-1])


@check
def generated_json():
    """Whatever the table takes, a hundred at a time and one alone."""
    cases = [(text, at) for at, (text, _, _) in enumerate(make.cases()) if text is not None]
    taken = 0
    for start in range(0, len(cases), 90):
        table([row("an object", "{}", minute(0))])  # or pandas would make numbers of one type
        for text, at in cases[start:start + 90]:
            taken += not bq.insert_rows_json(TABLE, [row(f"g{at:04}", text, minute(1 + at))])
        theirs, mine = answers(flask), answers(ours)
        same(theirs[0], 200)
        same(mine, theirs)
    assert taken > 300, f"{taken} of {len(cases)} values were taken"
    for alone in ["1", "1.0", "-0", "-0.0", "18446744073709551615", "null", "true", '"12"', "1e-7", "0.1", "[]"]:
        equal([row("alone", alone, minute(0))])


@check
def generated_times():
    # Each its own id; equal seconds would come in any order.
    rng = random.Random(9)
    micros = [rng.randint(-62135596800000000, 253402300799999999) for _ in range(60)]
    micros += [rng.randint(-10**7, 10**7) for _ in range(30)]
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    times = [(epoch + datetime.timedelta(microseconds=it)).isoformat() for it in micros]
    equal([row(f"t{at}", "{}", it) for at, it in enumerate(times)])


def in_pages(parameters):
    """The ids of all pages of ours, by the links from one to the next."""
    url, ids = f"{ours}/events?{parameters}", []
    while url:
        answer = requests.get(url, timeout=60)
        same(answer.status_code, 200)
        ids += [it["event_id"] for it in answer.json()]
        url = ours + answer.links["next"]["url"] if "next" in answer.links else None
    return ids


@check
def missing_fields_and_odd_ids():
    bare = [{"event_id": f"e{at}", "timestamp": minute(at)} for at in range(3)]
    ids = ["", 'a "quoted" \\ id', "é 日 😀", "line\nbreak", "<b>", "x" * 2000]
    body = equal(bare + [row(it, None, minute(10 + at)) for at, it in enumerate(ids)])
    for limit in [1, 2, 4]:
        same(in_pages(f"limit={limit}"), [it["event_id"] for it in json.loads(body)])


@check
def odd_times():
    times = ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "2000-02-29T12:00:00Z",
             "2025-05-07T08:25:14.000001Z", "2025-05-07T08:25:14.999999Z", "2025-05-07 10:25:13+02:00",
             "9999-12-31T23:59:59.999999Z", "2025-05-07 08:25:10 UTC", "2025-05-07T08:25"]
    equal([row(f"t{at}", "{}", it) for at, it in enumerate(times)])


@check
def event_data_that_is_text():
    texts = ["", "hello", "{", "{'a': 1}", "[1,]", '{"a": 1}', '"b"', "12", "é", " [1] ", "nul", "null", "tab\there"]
    body = equal([row(f"s{at}", it, minute(at)) for at, it in enumerate(texts)], "STRING")
    same([it["event_data"] for it in json.loads(body)], texts[::-1])
    equal([row("nothing", None, minute(0))], "STRING")


@check
def more_than_a_hundred_rows():
    body = equal([row(f"n{at:03}", json.dumps({"number": at}), minute(at)) for at in range(250)])
    same([it["event_data"]["number"] for it in json.loads(body)], list(range(249, 149, -1)))


@check
def loaded_rows():
    table([])
    lines = [row(f"l{at}", {"z": at, "a": [at / 8, None, "é"]}, minute(at)) for at in range(120)]
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
    same(bq.load_table_from_json(lines, TABLE, job_config=config).result().output_rows, 120)
    same(answers(ours), answers(flask))


@check
def rows_come_in_pages():
    query = f"SELECT event_id FROM `{TABLE}` ORDER BY timestamp"
    pages = [[it.event_id for it in page] for page in bq.query(query).result(page_size=50).pages]
    same([len(it) for it in pages], [50, 50, 20])
    same(sum(pages, []), [f"l{at}" for at in range(120)])
    waited = bq.query_and_wait(query, page_size=70)
    same(([it.event_id for it in waited], waited.total_rows), (sum(pages, []), 120))
    listed = bq.list_rows(TABLE, page_size=50)
    same((sorted(len(list(it)) for it in listed.pages), listed.total_rows), ([20, 50, 50], 120))
    same([it.event_id for it in bq.query(query).result(max_results=3, start_index=118)], ["l118", "l119"])


@check
def events_of_the_same_time():
    table([row(f"e{at * 7 % 30:02}", json.dumps({"n": at}), minute(at // 10)) for at in range(30)])
    theirs, mine = answers(flask), answers(ours)
    same(mine[:2], theirs[:2])
    same(mine[2].count(b"event_id"), 30)
    # Flask's in our order: by time as it has them, within a time by id.
    order = json.loads(theirs[2])
    times = [it["timestamp"] for it in order]
    order.sort(key=lambda it: it["event_id"], reverse=True)
    order.sort(key=lambda it: times.index(it["timestamp"]))
    same(mine[2].decode(), json.dumps(order, sort_keys=True, separators=(",", ":")) + "\n")


@check
def what_came_twice_is_shown_once():
    twice = row("twice", '{"n": 1}', minute(5))
    table([row("first", "{}", minute(1)), twice, twice, row("later", '{"n": 2}', minute(8)),
           row("later", '{"n": 3}', minute(9)), row("last", "{}", minute(10))])
    theirs, mine = (json.loads(answers(it)[2]) for it in [flask, ours])
    same([it["event_id"] for it in theirs], ["last", "later", "later", "twice", "twice", "first"])
    same([it["event_id"] for it in mine], ["last", "later", "twice", "first"])
    # The newest of each, and nothing else differs.
    seen = set()
    same(mine, [it for it in theirs if not (it["event_id"] in seen or seen.add(it["event_id"]))])
    for parameters in ["limit=2", "limit=1", f"before={minute(9)}", f"after={minute(4)}"]:
        ids = in_pages(parameters)
        same(len(ids), len(set(ids)))


def stack_ids():
    client = bigquery.Client(project=STACK, credentials=AnonymousCredentials())
    return [it.event_id for it in client.query(f"SELECT event_id FROM `{STACK}.analytics_data.events`").result()]


@check
def test_data_is_inserted():
    before = len(stack_ids())
    said = script("insert_test_data.py", "--project", STACK)
    assert "5 rows inserted" in said, said
    same(len(stack_ids()), before + 5)
    script("insert_test_data.py", "--project", STACK, "--dataset", "analytics_data", "--table", "events", "--count", "2")
    same(len(stack_ids()), before + 7)


@check
def test_events_are_published():
    subscriber = pubsub_v1.SubscriberClient()
    subscription = subscriber.subscription_path(STACK, "data-subscription")
    said = script("publish_test_events.py", "--project", STACK, "--topic", "data-ingestion-topic", "--count", "10",
                  "--delay", "0.1")
    published = {it.split()[1] for it in said.splitlines()}
    same(len(published), 10)
    received, deadline = {}, time.time() + 30
    while not published <= received.keys() and time.time() < deadline:
        pulled = subscriber.pull(subscription=subscription, max_messages=100, timeout=30).received_messages
        for it in pulled:
            event = json.loads(it.message.data)
            received[event["event_id"]] = event
        if pulled:
            subscriber.acknowledge(subscription=subscription, ack_ids=[it.ack_id for it in pulled])
    assert published <= received.keys(), f"{published - received.keys()} did not arrive"
    for it in published:
        same(sorted(received[it]), ["event_data", "event_id", "timestamp"])


@check
def the_integration_test_passes():
    for name in ["flask", "ours"]:
        said = script("integration_test.py", "--project", STACK, "--url", servers_of[name, STACK])
        same(said.splitlines()[-1], "3 passed, 0 failed")


@check
def the_stacks_table_has_the_same_bytes():
    time.sleep(1.1)  # so old may an answer be to who wants none out of the cache
    same(answers(servers_of["ours", STACK]), answers(servers_of["flask", STACK]))


for server in servers:
    server.terminate()
for server in servers:
    server.wait(timeout=20)
if failed:
    for log in sorted(pathlib.Path(logs.name).iterdir()):
        print(f"--- {log.name}\n{log.read_text()[-2000:]}")
print(f"{passed} passed, {len(failed)} failed")
sys.exit(1 if failed else 0)
