#!/usr/bin/env python3
"""Google's Pub/Sub client publishes to a local cloud and gets back what it published, over gRPC.

Usage: pip install -r stack/tests/clients/requirements.txt
       stack/tests/clients/pubsub_data.py http://127.0.0.1:8085

Makes what it needs in a project of its own and deletes it again. Prints a line per check, and last
`N passed, M failed`.
"""
import concurrent.futures
import datetime
import json
import os
import sys
import threading
import time
import urllib.request
import uuid

BASE = sys.argv[1].rstrip("/")
os.environ["PUBSUB_EMULATOR_HOST"] = BASE.split("//")[1]

import grpc  # noqa: E402
from google.api_core import exceptions  # noqa: E402
from google.cloud import pubsub_v1  # noqa: E402
from google.cloud.pubsub_v1.subscriber import exceptions as subscriber_exceptions  # noqa: E402
from google.protobuf import field_mask_pb2, timestamp_pb2  # noqa: E402
from google.pubsub_v1 import SchemaServiceClient  # noqa: E402
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport  # noqa: E402
from google.pubsub_v1.types import Encoding, Schema, SchemaSettings  # noqa: E402

PROJECT = "pubsub-data"
RUN = uuid.uuid4().hex[:8]
passed, failed = 0, 0


def check(what, got, want):
    global passed, failed
    if got == want:
        passed += 1
        print(f"ok      {what}")
    else:
        failed += 1
        print(f"FAILED  {what}: {got!r}, not {want!r}")


def refused(what, kind, words, call):
    try:
        got = call()
    except kind as error:
        check(what, words if words in str(error) else str(error), words)
    else:
        check(what, got, kind.__name__)


def name(kind, of):
    return f"projects/{PROJECT}/{kind}/{of}-{RUN}"


def eventually(holds, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


def tick(by):
    urllib.request.urlopen(urllib.request.Request(f"{BASE}/_local/tick?by={by}", method="POST")).read()


def drain(subscriber, subscription, wanted, rounds=10):
    """Pulls and acknowledges until so many came, or nothing more does."""
    got = []
    for _ in range(rounds):
        answer = subscriber.pull(subscription=subscription, max_messages=1000, timeout=3)
        got += answer.received_messages
        if answer.received_messages:
            ids = [it.ack_id for it in answer.received_messages]
            subscriber.acknowledge(subscription=subscription, ack_ids=ids)
        if len(got) >= wanted:
            break
    return got


def manage(publisher, subscriber):
    topic, sub = name("topics", "manage"), name("subscriptions", "manage")
    made = publisher.create_topic(request={"name": topic, "labels": {"a": "b"}})
    check("a topic is made", (made.name, dict(made.labels)), (topic, {"a": "b"}))
    refused("a name is taken", exceptions.AlreadyExists, "already exists", lambda: publisher.create_topic(name=topic))
    made = subscriber.create_subscription(
        request={"name": sub, "topic": topic, "ack_deadline_seconds": 20, "labels": {"c": "d"}}
    )
    check("a subscription is made", (made.ack_deadline_seconds, made.message_retention_duration.days), (20, 7))
    mask = field_mask_pb2.FieldMask(paths=["ack_deadline_seconds", "labels"])
    changed = subscriber.update_subscription(
        request={"subscription": {"name": sub, "ack_deadline_seconds": 60, "labels": {}}, "update_mask": mask}
    )
    check("a subscription is changed", (changed.ack_deadline_seconds, dict(changed.labels)), (60, {}))
    check("topics are listed", topic in [it.name for it in publisher.list_topics(project=f"projects/{PROJECT}")], True)
    check("a topic's subscriptions are listed", list(publisher.list_topic_subscriptions(topic=topic)), [sub])
    policy = publisher.get_iam_policy(request={"resource": topic})
    policy.bindings.add(role="roles/pubsub.publisher", members=["user:someone@example.com"])
    policy = publisher.set_iam_policy(request={"resource": topic, "policy": policy})
    check("a policy is set", policy.bindings[0].members[0], "user:someone@example.com")
    held = publisher.test_iam_permissions(request={"resource": topic, "permissions": ["pubsub.topics.publish"]})
    check("permissions are tested", list(held.permissions), ["pubsub.topics.publish"])
    bad = {"name": name("subscriptions", "bad"), "topic": topic, "filter": "attributes:a AND"}
    refused("a bad filter is refused", exceptions.InvalidArgument, "filter", lambda: subscriber.create_subscription(bad))
    subscriber.delete_subscription(subscription=sub)
    publisher.delete_topic(topic=topic)
    refused("what was deleted is not found", exceptions.NotFound, "not found", lambda: publisher.get_topic(topic=topic))


def pull(publisher, subscriber):
    topic, sub = name("topics", "pull"), name("subscriptions", "pull")
    publisher.create_topic(name=topic)
    subscriber.create_subscription(name=sub, topic=topic)
    published = publisher.publish(topic, b"hello", key="value").result(10)
    answer = subscriber.pull(subscription=sub, max_messages=10, timeout=10)
    message = answer.received_messages[0].message
    check("a message is pulled", (message.message_id, message.data, dict(message.attributes)), (published, b"hello", {"key": "value"}))
    age = abs((datetime.datetime.now(datetime.timezone.utc) - message.publish_time).total_seconds())
    check("it says when it was published", age < 3600 * 24 * 400, True)
    ack_id = answer.received_messages[0].ack_id
    subscriber.modify_ack_deadline(subscription=sub, ack_ids=[ack_id], ack_deadline_seconds=0)
    again = subscriber.pull(subscription=sub, max_messages=10, timeout=10).received_messages
    check("a message given back comes again", [it.message.message_id for it in again], [published])
    tick("11s")
    again = subscriber.pull(subscription=sub, max_messages=10, timeout=10).received_messages
    check("a message comes again after its deadline", [it.message.message_id for it in again], [published])
    subscriber.acknowledge(subscription=sub, ack_ids=[again[0].ack_id])
    tick("11s")
    empty = subscriber.pull(subscription=sub, max_messages=10, timeout=2).received_messages
    check("an acknowledged message does not", len(empty), 0)
    refused("nonsense is no ack id", exceptions.InvalidArgument, "ack", lambda: subscriber.acknowledge(subscription=sub, ack_ids=["x"]))
    refused("an empty message is refused", exceptions.InvalidArgument, "empty", lambda: publisher.publish(topic, b"").result(10))
    missing = name("topics", "missing")
    refused("no topic, no publishing", exceptions.NotFound, "not found", lambda: publisher.publish(missing, b"x").result(10))
    begun = datetime.datetime.now(datetime.timezone.utc)
    publisher.publish(topic, b"later").result(10)
    snapshot = name("snapshots", "pull")
    subscriber.create_snapshot(name=snapshot, subscription=sub)
    check("what is there is drained", [it.message.data for it in drain(subscriber, sub, 1)], [b"later"])
    subscriber.seek(request={"subscription": sub, "snapshot": snapshot})
    check("a snapshot brings it back", [it.message.data for it in drain(subscriber, sub, 1)], [b"later"])
    subscriber.seek(request={"subscription": sub, "snapshot": snapshot})
    future = timestamp_pb2.Timestamp()
    future.FromDatetime(begun + datetime.timedelta(days=500))
    subscriber.seek(request={"subscription": sub, "time": future})
    check("seeking ahead drops it", subscriber.pull(subscription=sub, max_messages=1, timeout=2).received_messages, [])
    subscriber.delete_snapshot(snapshot=snapshot)
    subscriber.delete_subscription(subscription=sub)
    publisher.delete_topic(topic=topic)


def stream(publisher, subscriber):
    topic, sub = name("topics", "stream"), name("subscriptions", "stream")
    publisher.create_topic(name=topic)
    subscriber.create_subscription(name=sub, topic=topic)
    batches = pubsub_v1.types.BatchSettings(max_messages=500, max_latency=0.05)
    batching = pubsub_v1.PublisherClient(batch_settings=batches)
    count = 5000
    got, lock = {}, threading.Lock()

    def on_message(message):
        with lock:
            got[message.message_id] = message.data
        message.ack()

    future = subscriber.subscribe(sub, callback=on_message)
    begun = time.monotonic()
    ids = [it.result(30) for it in [batching.publish(topic, b"%d" % n) for n in range(count)]]
    sent = time.monotonic() - begun
    check("every message has an id", len(set(ids)), count)
    eventually(lambda: len(got) >= count)
    took = time.monotonic() - begun
    check("every message came through the stream", len(got), count)
    check("with its content", sorted(got.values()), sorted(b"%d" % n for n in range(count)))
    print(f"        {count} messages: published in {sent:.2f} s, received in {took:.2f} s, {count / took:.0f} a second")
    future.cancel()
    try:
        future.result(10)
    except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
        pass
    tick("15m")
    check("all were acknowledged", subscriber.pull(subscription=sub, max_messages=10, timeout=2).received_messages, [])
    subscriber.delete_subscription(subscription=sub)
    publisher.delete_topic(topic=topic)


def nacks(publisher, subscriber):
    topic, sub = name("topics", "nack"), name("subscriptions", "nack")
    publisher.create_topic(name=topic)
    subscriber.create_subscription(name=sub, topic=topic)
    seen = []

    def on_message(message):
        seen.append(message.message_id)
        message.nack() if len(seen) < 3 else message.ack()

    future = subscriber.subscribe(sub, callback=on_message)
    publisher.publish(topic, b"again").result(10)
    check("what is refused comes again", eventually(lambda: len(seen) >= 3), True)
    future.cancel()
    subscriber.delete_subscription(subscription=sub)
    publisher.delete_topic(topic=topic)


def ordering(publisher, subscriber):
    topic, sub = name("topics", "order"), name("subscriptions", "order")
    publisher.create_topic(name=topic)
    subscriber.create_subscription(request={"name": sub, "topic": topic, "enable_message_ordering": True})
    options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
    ordered = pubsub_v1.PublisherClient(publisher_options=options)
    futures = [ordered.publish(topic, b"%d" % n, ordering_key=f"key-{n % 3}") for n in range(300)]
    for it in futures:
        it.result(30)
    got, lock = {}, threading.Lock()

    def on_message(message):
        with lock:
            got.setdefault(message.ordering_key, []).append(int(message.data))
        message.ack()

    future = subscriber.subscribe(sub, callback=on_message)
    eventually(lambda: sum(map(len, got.values())) >= 300)
    future.cancel()
    want = {f"key-{key}": list(range(key, 300, 3)) for key in range(3)}
    check("messages of a key come in order", got, want)
    subscriber.delete_subscription(subscription=sub)
    publisher.delete_topic(topic=topic)


def exactly_once(publisher, subscriber):
    topic, sub = name("topics", "once"), name("subscriptions", "once")
    publisher.create_topic(name=topic)
    subscriber.create_subscription(request={"name": sub, "topic": topic, "enable_exactly_once_delivery": True})
    outcomes = []

    def on_message(message):
        try:
            outcomes.append(message.ack_with_response().result(20))
        except subscriber_exceptions.AcknowledgeError as error:
            outcomes.append(error.error_code)

    future = subscriber.subscribe(sub, callback=lambda it: threading.Thread(target=on_message, args=[it]).start())
    publisher.publish(topic, b"once").result(10)
    eventually(lambda: outcomes)
    check("an acknowledgement is confirmed", outcomes, [subscriber_exceptions.AcknowledgeStatus.SUCCESS])
    future.cancel()
    try:
        future.result(10)
    except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError):
        pass
    publisher.publish(topic, b"late").result(10)
    ack_id = subscriber.pull(subscription=sub, max_messages=1, timeout=10).received_messages[0].ack_id
    tick("20m")
    late = lambda: subscriber.acknowledge(subscription=sub, ack_ids=[ack_id])  # noqa: E731
    refused("one that is too late is refused", exceptions.FailedPrecondition, "expired", late)
    subscriber.delete_subscription(subscription=sub)
    publisher.delete_topic(topic=topic)


def schemas(publisher, subscriber):
    # The schema client does not look at PUBSUB_EMULATOR_HOST itself.
    channel = grpc.insecure_channel(os.environ["PUBSUB_EMULATOR_HOST"])
    client = SchemaServiceClient(transport=SchemaServiceGrpcTransport(channel=channel))
    topic = name("topics", "schema")
    schema = name("schemas", "schema")
    definition = json.dumps({"type": "record", "name": "Event", "fields": [
        {"name": "id", "type": "long"}, {"name": "country", "type": ["null", "string"]}]})
    client.create_schema(request={
        "parent": f"projects/{PROJECT}", "schema_id": schema.split("/")[-1],
        "schema": Schema(type_=Schema.Type.AVRO, definition=definition)})
    check("a schema is kept", client.get_schema(name=schema).definition, definition)
    settings = SchemaSettings(schema=schema, encoding=Encoding.JSON)
    publisher.create_topic(request={"name": topic, "schema_settings": settings})
    good = json.dumps({"id": 1, "country": {"string": "NL"}}).encode()
    check("a message of the schema is taken", publisher.publish(topic, good).result(10) != "", True)
    refused("another is refused", exceptions.InvalidArgument, "schema",
            lambda: publisher.publish(topic, b'{"id": "1"}').result(10))
    publisher.delete_topic(topic=topic)
    client.delete_schema(name=schema)


def main():
    with pubsub_v1.SubscriberClient() as subscriber:
        publisher = pubsub_v1.PublisherClient()
        for part in (manage, pull, stream, nacks, ordering, exactly_once, schemas):
            try:
                part(publisher, subscriber)
            except Exception as error:  # noqa: BLE001
                check(part.__name__, f"{type(error).__name__}: {error}", "no exception")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
