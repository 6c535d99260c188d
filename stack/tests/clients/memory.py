#!/usr/bin/env python3
"""How much memory a local cloud takes under load, and how much of it stays.

Usage: stack/tests/clients/memory.py http://127.0.0.1:8085 PID [MIB]

PID is the process of the local cloud. MIB is the size of the objects, 1024 unless it is given. Reads the resident
memory in /proc before each load, its peak during the load, and what is resident 10 seconds after. Prints a line for
each load, and fails if an object that was downloaded is not the one that was uploaded, if a transfer of an object
takes more than 64 MiB, or if more than 120 MiB stay in the end beyond what was resident at the start: 32 MiB of
them are the database's cache.
"""
import base64
import hashlib
import http.client
import json
import socket
import sys
import time
import urllib.parse
import uuid

BASE, PID = urllib.parse.urlparse(sys.argv[1]), int(sys.argv[2])
MIB = 1 << 20
SIZE = (int(sys.argv[3]) if len(sys.argv) > 3 else 1024) * MIB
PART = 16 * MIB
SETTLE = 10
MOST_OF_A_TRANSFER, MOST_THAT_STAYS = 64, 120
PROJECT = "memory-check"
name = uuid.uuid4().hex[:8]
# Not all alike, so that neither compression nor a mistake in the order goes unseen.
BLOCK = hashlib.shake_128(b"memory").digest(MIB)


def resident(field):
    """VmRSS or VmHWM in MiB."""
    with open(f"/proc/{PID}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024


def reset_peak():
    with open(f"/proc/{PID}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def connection():
    return http.client.HTTPConnection(BASE.hostname, BASE.port, timeout=600)


def call(link, method, path, body=None, headers=None, want=(200,)):
    link.request(method, path, body, headers or {})
    answer = link.getresponse()
    content = answer.read()
    assert answer.status in want, f"{method} {path}: {answer.status} {content[:300]!r}"
    return answer, content


def send(link, method, path, document):
    return json.loads(call(link, method, path, json.dumps(document), {"Content-Type": "application/json"})[1] or "{}")


def blocks(first, length):
    """The bytes of the object from `first` on: block after block, each marked by its number."""
    at = first
    while at < first + length:
        number = at // MIB
        block = number.to_bytes(8, "big") + BLOCK[8:]
        piece = block[at % MIB : min(MIB, at % MIB + first + length - at)]
        yield piece
        at += len(piece)


def digest():
    whole = hashlib.md5()
    for block in blocks(0, SIZE):
        whole.update(block)
    return base64.b64encode(whole.digest()).decode()


def upload_at_once():
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(SIZE)}
    path = f"/upload/storage/v1/b/memory-{name}/o?uploadType=media&name=once"
    answer = json.loads(call(connection(), "POST", path, blocks(0, SIZE), headers)[1])
    assert (answer["size"], answer["md5Hash"]) == (str(SIZE), MD5), answer


def upload_in_parts():
    link = connection()
    path = f"/upload/storage/v1/b/memory-{name}/o?uploadType=resumable&name=parts"
    at = call(link, "POST", path, "{}", {"Content-Type": "application/json"})[0].headers["Location"]
    at = urllib.parse.urlparse(at)
    at = f"{at.path}?{at.query}"
    for first in range(0, SIZE, PART):
        length = min(PART, SIZE - first)
        headers = {"Content-Range": f"bytes {first}-{first + length - 1}/{SIZE}", "Content-Length": str(length)}
        last = first + length == SIZE
        content = call(link, "PUT", at, blocks(first, length), headers, (200,) if last else (308,))[1]
    answer = json.loads(content)
    assert (answer["size"], answer["md5Hash"]) == (str(SIZE), MD5), answer


def download(object_name):
    link = connection()
    link.request("GET", f"/storage/v1/b/memory-{name}/o/{object_name}?alt=media")
    answer = link.getresponse()
    assert answer.status == 200, answer.status
    whole = hashlib.md5()
    while chunk := answer.read(MIB):
        whole.update(chunk)
    assert base64.b64encode(whole.digest()).decode() == MD5, f"{object_name} is not what was uploaded"


def messages():
    link = connection()
    topic, subscription = (f"projects/{PROJECT}/{kind}/m-{name}" for kind in ("topics", "subscriptions"))
    send(link, "PUT", f"/v1/{topic}", {})
    send(link, "PUT", f"/v1/{subscription}", {"topic": topic, "ackDeadlineSeconds": 600})
    data = base64.b64encode(BLOCK[:512]).decode()
    for _ in range(100):
        send(link, "POST", f"/v1/{topic}:publish", {"messages": [{"data": data}] * 1000})
    left = 100_000
    while left:
        pulled = send(link, "POST", f"/v1/{subscription}:pull", {"maxMessages": 1000})["receivedMessages"]
        acks = [it["ackId"] for it in pulled]
        send(link, "POST", f"/v1/{subscription}:acknowledge", {"ackIds": acks})
        left -= len(acks)


def rows():
    link = connection()
    projects = f"/bigquery/v2/projects/{PROJECT}"
    dataset = f"d_{name}"
    send(link, "POST", f"{projects}/datasets", {"datasetReference": {"datasetId": dataset}})
    fields = [{"name": "id", "type": "INTEGER"}, {"name": "kind", "type": "STRING"}, {"name": "text", "type": "STRING"}]
    table = {"tableReference": {"tableId": "t"}, "schema": {"fields": fields}}
    send(link, "POST", f"{projects}/datasets/{dataset}/tables", table)
    for first in range(0, 50_000, 500):
        batch = [{"json": {"id": i, "kind": f"k{i % 10}", "text": "x" * 100}} for i in range(first, first + 500)]
        answer = send(link, "POST", f"{projects}/datasets/{dataset}/tables/t/insertAll", {"rows": batch})
        assert "insertErrors" not in answer, answer
    for i in range(100):
        query = f"SELECT kind, COUNT(*), MAX(text) FROM {dataset}.t WHERE id >= {i} GROUP BY kind ORDER BY kind"
        answer = send(link, "POST", f"{projects}/queries", {"query": query, "useLegacySql": False})
        assert len(answer["rows"]) == 10, answer


def connections():
    links = []
    for _ in range(500):
        links.append(socket.create_connection((BASE.hostname, BASE.port)))
        links[-1].sendall(f"GET /healthz HTTP/1.1\r\nHost: {BASE.netloc}\r\n\r\n".encode())
    for link in links:
        assert link.recv(12) == b"HTTP/1.1 200"
        link.close()


MD5 = digest()
send(connection(), "POST", f"/storage/v1/b?project={PROJECT}", {"name": f"memory-{name}", "softDeletePolicy": {"retentionDurationSeconds": "0"}})
start = resident("VmRSS")
failures = []
print(f"{'load':44} {'before':>8} {'peak':>8} {'after':>8} {'seconds':>8}")
for what, load, transfer in [
    (f"upload {SIZE // MIB} MiB in one request", upload_at_once, True),
    (f"download {SIZE // MIB} MiB", lambda: download("once"), True),
    (f"upload {SIZE // MIB} MiB in parts of 16 MiB", upload_in_parts, True),
    (f"download {SIZE // MIB} MiB again", lambda: download("parts"), True),
    ("100,000 messages in, out, acknowledged", messages, False),
    ("50,000 rows in, 100 queries", rows, False),
    ("500 connections", connections, False),
]:
    before = resident("VmRSS")
    reset_peak()
    begun = time.monotonic()
    load()
    seconds = time.monotonic() - begun
    peak = resident("VmHWM")
    if not transfer:
        time.sleep(SETTLE)
    print(f"{what:44} {before:8.0f} {peak:8.0f} {resident('VmRSS'):8.0f} {seconds:8.1f}", flush=True)
    if transfer and peak - before > MOST_OF_A_TRANSFER:
        failures.append(f"{what}: {peak - before:.0f} MiB, more than {MOST_OF_A_TRANSFER}")
for each in ("once", "parts"):
    call(connection(), "DELETE", f"/storage/v1/b/memory-{name}/o/{each}", want=(204,))
stayed = resident("VmRSS") - start
print(f"{start:.0f} MiB at the start, {stayed:.0f} MiB more in the end")
if stayed > MOST_THAT_STAYS:
    failures.append(f"{stayed:.0f} MiB stay, more than {MOST_THAT_STAYS}")
for each in failures:
    print(f"failed: {each}")
sys.exit(bool(failures))
