#!/usr/bin/env python3
"""Publishes random events to a topic, with Google's own client over gRPC.

Usage: publish_test_events.py --project P [--topic data-ingestion-topic] [--count 10] [--delay 1]
"""
import argparse
import datetime
import json
import random
import time
import uuid

from google.cloud import pubsub_v1

PAGES = ["/home", "/products", "/about", "/contact", "/cart", "/checkout"]
TYPES = ["page_view", "click", "form_submit", "purchase", "login"]


def event():
    data = {
        "user_id": f"user_{random.randint(1, 10)}",
        "page": random.choice(PAGES),
        "event_type": random.choice(TYPES),
        "browser": random.choice(["Chrome", "Firefox", "Safari", "Edge"]),
        "device": random.choice(["desktop", "mobile", "tablet"]),
        "country": random.choice(["US", "UK", "CA", "DE", "FR", "JP", "MX"]),
    }
    if data["event_type"] == "purchase":
        data.update(amount=round(random.uniform(10, 500), 2), items=random.randint(1, 5))
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return {"event_id": str(uuid.uuid4()), "event_data": data, "timestamp": now}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--project", required=True)
    options.add_argument("--topic", default="data-ingestion-topic")
    options.add_argument("--count", type=int, default=10)
    options.add_argument("--delay", type=float, default=1)
    given = options.parse_args()
    publisher = pubsub_v1.PublisherClient()
    topic = publisher.topic_path(given.project, given.topic)
    for i in range(given.count):
        sent = event()
        message = publisher.publish(topic, json.dumps(sent).encode()).result(timeout=60)
        print(f"{i + 1}/{given.count} {sent['event_id']} as message {message}")
        if i + 1 < given.count:
            time.sleep(given.delay)


if __name__ == "__main__":
    main()
