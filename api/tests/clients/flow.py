#!/usr/bin/env python3
"""Events on their whole way in each mode of ingestion, while the local cloud is killed again and again.

Usage: pip install -r api/tests/clients/requirements.txt
       cd PROJECT && .../api/tests/clients/flow.py target/debug/stack

In each mode the stack is set up by `demo`. Then events are published over gRPC by Google's publisher, with its own
retries, while the cloud is killed with SIGKILL at arbitrary moments (a publish, a file or a load under way) and
started again with the same data on the same port. In the end every event is in the table, and the API shows it
once, also the one that is published twice on purpose. Pub/Sub promises at least once, and a publisher that hears no
answer sends again: how many events came more than once is told.

STACK_EVENTS says how many events a mode gets (a few by default), STACK_KILLS how often the cloud is killed.
"""
import collections
import datetime
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid

PROGRAM = os.path.abspath(sys.argv[1])
NOTE = ".stack/local/server.json"
EVENTS, KILLS = int(os.environ.get("STACK_EVENTS", 1000)), int(os.environ.get("STACK_KILLS", 3))
MODES = ["transfer", "bigquery-subscription", "dataflow"]
# How long all events may take into the table, in seconds.
PATIENCE = 60 + EVENTS / 100


def stack(*arguments):
    ran = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=900)
    assert ran.returncode == 0, f"stack {' '.join(arguments)} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def note():
    with open(NOTE, encoding="utf-8") as file:
        return json.load(file)


stack("plan", "--json")  # starts the local cloud if none runs
ADDRESS = note()["address"]
BASE = f"http://{ADDRESS}"
os.environ["PUBSUB_EMULATOR_HOST"] = ADDRESS
os.environ["BIGQUERY_EMULATOR_HOST"] = BASE

import requests  # noqa: E402
from google.auth.credentials import AnonymousCredentials  # noqa: E402
from google.cloud import bigquery, pubsub_v1  # noqa: E402


class Cloud:
    """The local cloud, whose time goes on and which is killed now and then."""

    def __init__(self):
        self.over = threading.Event()
        # Held while the cloud is down, so that nobody else wonders about that.
        self.up = threading.Lock()
        self.clock = threading.Thread(target=self.move_time)

    def __enter__(self):
        self.clock.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.clock.join()

    def move_time(self):
        """A minute ends a file, a quarter of an hour begins a load."""
        for at in range(1_000_000):
            if self.over.wait(0.15):
                return
            with self.up:
                tick("16m" if at % 3 == 2 else "61s")

    def kill(self):
        # What time brought is under way for so long, more or less.
        time.sleep(random.uniform(0, 0.2))
        with self.up:
            os.kill(note()["pid"], signal.SIGKILL)
            stack("local", "start", "--port", ADDRESS.split(":")[1])


def tick(by):
    requests.post(f"{BASE}/_local/tick?by={by}", timeout=30).raise_for_status()


def event(event_id):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    data = {"user_id": "user_1", "page": "/home", "event_type": "click", "browser": "Firefox", "device": "mobile",
            "country": "FR"}
    return json.dumps({"event_id": event_id, "event_data": data, "timestamp": now}).encode()


def publish(publisher, topic, ids, cloud):
    """Publishes all, and kills the cloud when this much of them is sent."""
    moments = sorted(random.sample(range(1, len(ids)), KILLS))
    kept = []
    for at, event_id in enumerate(ids):
        while moments and moments[0] <= at:
            moments.pop(0)
            cloud.kill()
        kept.append(publisher.publish(topic, event(event_id)))
        if at % 50 == 49:
            # A person's events come one after another too.
            time.sleep(0.03)
    for it in kept:
        it.result(timeout=600)


def in_table(client, table, prefix):
    """How often each event is in the table."""
    query = f"SELECT event_id, COUNT(*) AS count FROM `{table}` WHERE STARTS_WITH(event_id, '{prefix}') GROUP BY event_id"
    return {it.event_id: it["count"] for it in client.query(query).result(page_size=5000)}


def wait_until(client, table, prefix, holds, say):
    begun = time.monotonic()
    while True:
        found = in_table(client, table, prefix)
        if holds(found):
            return found
        assert time.monotonic() - begun < PATIENCE, say(found)
        tick("16m")
        time.sleep(0.3)


def shown(url, after):
    """How often the API shows each event, page by page."""
    counts = collections.Counter()
    page = f"{url}/events?limit=100&after={after}"
    while page:
        answer = requests.get(page, headers={"Cache-Control": "no-cache"}, timeout=60)
        assert answer.status_code == 200, f"{page}: {answer.status_code} {answer.text[:300]}"
        counts.update(it["event_id"] for it in answer.json())
        page = url + answer.links["next"]["url"] if "next" in answer.links else None
    return counts


def run(mode):
    begun = time.monotonic()
    stack("demo", "--count", "1", "--config", f"ingestion={mode}")
    outputs = json.loads(stack("output", "--json"))
    table, topic, url = outputs["table"], outputs["topic"], outputs["url"].rstrip("/")
    client = bigquery.Client(project=table.split(".")[0], credentials=AnonymousCredentials())
    publisher = pubsub_v1.PublisherClient(pubsub_v1.types.BatchSettings(max_messages=25, max_latency=0.02))
    prefix, after = f"{mode}-{uuid.uuid4().hex[:8]}-", datetime.datetime.now(datetime.timezone.utc)
    after = after.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    ids = [f"{prefix}{at:06}" for at in range(EVENTS)]
    with Cloud() as cloud:
        publish(publisher, topic, ids, cloud)
    sent = time.monotonic()
    found = wait_until(client, table, prefix, lambda found: set(ids) <= found.keys(),
                       lambda found: f"{len(set(ids) - found.keys())} of {EVENTS} events are not in the table")
    # What Pub/Sub delivers once may have been published twice, by a publisher that heard no answer.
    more = sum(it - 1 for it in found.values())
    publisher.publish(topic, event(ids[0])).result(timeout=60)
    wait_until(client, table, prefix, lambda now: sum(now.values()) > sum(found.values()),
               lambda _: "the event that was published twice is in the table once")
    counts = shown(url, after)
    wrong = {it: counts[it] for it in ids if counts[it] != 1}
    assert not wrong, f"the API shows {len(wrong)} events not once: {list(wrong.items())[:3]}"
    assert not set(counts) - set(ids), f"the API shows others: {list(set(counts) - set(ids))[:3]}"
    print(f"{mode}: {EVENTS} events through {KILLS} kills in {sent - begun:.1f}s, all in the table, {more} more than "
          f"once; the API shows each once ({time.monotonic() - begun:.1f}s in all)", flush=True)


for mode in MODES:
    run(mode)
