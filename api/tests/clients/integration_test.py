#!/usr/bin/env python3
"""Inserts a row with an id of its own, finds it through the API, and asks the API for its health.

Usage: integration_test.py --project P --url http://… [--dataset analytics_data] [--table events]
Prints last `N passed, M failed`.
"""
import argparse
import sys
import time

import requests

from insert_test_data import client, insert
from publish_test_events import event


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--project", required=True)
    options.add_argument("--url", required=True)
    options.add_argument("--dataset", default="analytics_data")
    options.add_argument("--table", default="events")
    options.add_argument("--patience", type=float, default=30, help="seconds until the row must be there")
    given = options.parse_args()
    url = given.url.rstrip("/")
    passed = failed = 0

    def check(what, holds):
        nonlocal passed, failed
        passed, failed = passed + bool(holds), failed + (not holds)
        print(f"{'ok    ' if holds else 'FAILED'}  {what}")

    health = requests.get(f"{url}/health", timeout=30)
    check("/health is healthy", health.status_code == 200 and health.json() == {"status": "healthy"})
    sent = event()
    insert(client(given.project), f"{given.project}.{given.dataset}.{given.table}", [sent])
    deadline, found = time.time() + given.patience, None
    while found is None and time.time() < deadline:
        answer = requests.get(f"{url}/events", timeout=30)
        if answer.status_code == 200:
            found = next((it for it in answer.json() if it["event_id"] == sent["event_id"]), None)
        if found is None:
            time.sleep(1)
    check("/events has the row", found is not None)
    check("with its data", found is not None and found["event_data"] == sent["event_data"])
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
