#!/usr/bin/env python3
"""Inserts random events straight into the table, with Google's own client.

Usage: insert_test_data.py --project P [--dataset analytics_data] [--table events] [--count 5]
"""
import argparse
import json
import os
import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from publish_test_events import event


def client(project):
    """Application default credentials; against a server of one's own, none are needed."""
    if os.environ.get("BIGQUERY_EMULATOR_HOST"):
        return bigquery.Client(project=project, credentials=AnonymousCredentials())
    return bigquery.Client(project=project)


def insert(bq, table, events):
    rows = [{**it, "event_data": json.dumps(it["event_data"])} for it in events]
    errors = bq.insert_rows_json(table, rows)
    if errors:
        sys.exit(f"rows were refused: {errors}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--project", required=True)
    options.add_argument("--dataset", default="analytics_data")
    options.add_argument("--table", default="events")
    options.add_argument("--count", type=int, default=5)
    given = options.parse_args()
    table = f"{given.project}.{given.dataset}.{given.table}"
    insert(client(given.project), table, [event() for _ in range(given.count)])
    print(f"{given.count} rows inserted into {table}")


if __name__ == "__main__":
    main()
