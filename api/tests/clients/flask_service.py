"""The service as it was, in short: Flask and google-cloud-bigquery. Ours must give the same bytes.

It stands in where no checkout of that service is at hand; with one, run.py takes the service itself.
GOOGLE_CLOUD_PROJECT says where the table is, and BIGQUERY_EMULATOR_HOST (a URL) that it is not at Google.
"""
import json
import os

from flask import Flask, jsonify
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

app = Flask(__name__)
PROJECT = os.environ.get("GOOGLE_CLOUD_PROJECT")


def client():
    if os.environ.get("BIGQUERY_EMULATOR_HOST"):
        return bigquery.Client(project=PROJECT, credentials=AnonymousCredentials())
    return bigquery.Client(project=PROJECT)


@app.route("/events", methods=["GET"])
def events():
    try:
        rows = client().query(
            "SELECT event_id, TO_JSON_STRING(event_data) AS event_data, timestamp "
            f"FROM `{PROJECT}.analytics_data.events` ORDER BY timestamp DESC LIMIT 100"
        ).result()
        found = []
        for row in rows:
            data = row.event_data
            try:
                data = json.loads(data)
            except (TypeError, ValueError):
                pass
            found.append({"event_id": row.event_id, "event_data": data, "timestamp": row.timestamp})
        return jsonify(found)
    except Exception as problem:
        return jsonify({"error": str(problem)}), 500


@app.route("/health", methods=["GET"])
def health():
    return jsonify({"status": "healthy"})


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", 8080)))
