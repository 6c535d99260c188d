#!/usr/bin/env python3
"""Measures ours beside the service that it replaces, on the same local BigQuery, one after the other.

Usage: cargo build --profile image -p api --bin data-api --example load && cargo build -p stack
       pip install -r api/tests/clients/requirements.txt gunicorn pandas db-dtypes pyarrow
       api/bench/run.py CHECKOUT target/image/data-api target/image/examples/load target/debug/stack

CHECKOUT has the service that ours replaces; it runs unchanged under gunicorn with 4 workers, as its Dockerfile says.
Every load is bounded in time and goes to loopback only. Writes a table in Markdown, and what it was measured with.

BENCH_SECONDS says how long each load lasts (20), BENCH_LATENCY what the local BigQuery adds to each answer (300ms).
"""
import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ORIGINAL, PROGRAM, LOAD, STACK = map(os.path.abspath, sys.argv[1:5])
SECONDS, LATENCY = int(os.environ.get("BENCH_SECONDS", 20)), os.environ.get("BENCH_LATENCY", "300ms")
PROJECT = "bench-project"
# The original manages four a second of these; the first rate leaves it some room, the second none.
LOW, HIGH = 2, 100
# Another query each time, and the same hundred events in each answer.
DISTINCT = "/events?after=2001-01-01T00:00:00.{}Z"
OFF = {"CACHE_TTL_SECONDS": "0", "CACHE_STALE_WHILE_REVALIDATE_SECONDS": "0", "CACHE_STALE_IF_ERROR_SECONDS": "0"}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def wait_for(url, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)
    raise TimeoutError(f"{url} does not answer")


def family(pid):
    """A process and all below it."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid] + [it for child in children for it in family(int(child))]


def memory(pid):
    """Proportional bytes of all its processes: what they share counts once."""
    lines = [line for it in family(pid) for line in open(f"/proc/{it}/smaps_rollup", encoding="ascii")]
    return sum(int(it.split()[1]) * 1024 for it in lines if it.startswith("Pss:"))


def processor(pid):
    """Seconds of processor time of all its processes."""
    ticks = 0
    for it in family(pid):
        fields = pathlib.Path(f"/proc/{it}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def size(path):
    return sum(it.stat().st_size for it in pathlib.Path(path).rglob("*") if it.is_file() and not it.is_symlink())


class Service:
    def __init__(self, name, command, environment):
        self.name, self.command, self.port = name, command, free_port()
        self.environment = {**os.environ, "GOOGLE_CLOUD_PROJECT": PROJECT, "PORT": str(self.port), "HOST": "127.0.0.1",
                            "BIGQUERY_EMULATOR_HOST": BIGQUERY, "ORIGINAL": ORIGINAL, **environment}
        self.process = None

    def __enter__(self):
        begun = time.monotonic()
        command = [it.replace("PORT", str(self.port)) for it in self.command]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, cwd=HERE.parent / "tests" / "clients")
        wait_for(f"http://127.0.0.1:{self.port}/health")
        self.healthy = time.monotonic() - begun
        wait_for(f"http://127.0.0.1:{self.port}/events")
        self.first = time.monotonic() - begun
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)

    def load(self, path, rate=None, connections=16):
        rated = ["--rate", str(rate)] if rate else []
        before, begun = processor(self.process.pid), time.monotonic()
        ran = subprocess.run([LOAD, f"127.0.0.1:{self.port}", path, "--seconds", str(SECONDS), "--connections",
                              str(connections), *rated], capture_output=True, text=True, timeout=SECONDS + 60, check=True)
        seen = json.loads(ran.stdout)
        seen["processor"] = (processor(self.process.pid) - before) / (time.monotonic() - begun)
        seen["perRequest"] = (processor(self.process.pid) - before) / max(1, seen["answered"])
        print(f"  {self.name} {path} {rate or 'closed'}: {seen}", file=sys.stderr, flush=True)
        return seen


def latencies(seen):
    asked = sum(seen["statuses"].values())
    if not seen["answered"]:
        return f"none of {asked} answered"
    text = " / ".join(f"{seen[it]:,.1f}" for it in ["p50", "p99", "p999"])
    return text + ("" if seen["answered"] == asked else f", {asked - seen['answered']} of {asked} not answered")


def measure(service, path):
    starts = []
    for _ in range(3):
        with service:
            starts.append((service.healthy, service.first))
    # Each load has a service that just started: what is left waiting of one is not the next one's.
    with service:
        idle = memory(service.process.pid)
        closed = service.load(path, connections=64)
    with service:
        low = service.load(path, LOW)
    with service:
        high = service.load(path, HIGH, 512)
        return {
            "requests a second, 64 connections": f"{closed['perSecond']:,.1f}",
            f"p50 / p99 / p99.9 at {LOW} a second, ms": latencies(low),
            f"p50 / p99 / p99.9 at {HIGH} a second, ms": latencies(high),
            "processor time a request, ms": f"{closed['perRequest'] * 1000:,.2f}",
            f"processors used at {HIGH} a second": f"{high['processor']:.2f}",
            "memory after the start, and after the last load, MB": f"{idle / 1e6:,.0f}, {memory(service.process.pid) / 1e6:,.0f}",
            "start to the first /health, s": f"{statistics.median(it[0] for it in starts):.2f}",
            "start to the first /events, s": f"{statistics.median(it[1] for it in starts):.2f}",
        }


def fill():
    call(f"{BIGQUERY}/bigquery/v2/projects/{PROJECT}/datasets", {"datasetReference": {"datasetId": "analytics_data"}})
    fields = [{"name": "event_id", "type": "STRING", "mode": "REQUIRED"}, {"name": "event_data", "type": "JSON"},
              {"name": "timestamp", "type": "TIMESTAMP", "mode": "REQUIRED"}]
    tables = f"{BIGQUERY}/bigquery/v2/projects/{PROJECT}/datasets/analytics_data/tables"
    call(tables, {"tableReference": {"tableId": "events"}, "schema": {"fields": fields}})
    data = {"user_id": "user_1", "page": "/products", "event_type": "purchase", "browser": "Edge", "device": "desktop",
            "country": "FR", "amount": 333.82, "items": 1}
    rows = [{"json": {"event_id": f"e{at:04}", "event_data": json.dumps(data), "timestamp": f"2025-05-07T08:{at // 60:02}:{at % 60:02}Z"}}
            for at in range(200)]
    assert "insertErrors" not in call(f"{tables}/events/insertAll", {"rows": rows})


BIGQUERY = f"http://127.0.0.1:{free_port()}"


def main():
    with tempfile.TemporaryDirectory() as data:
        cloud = subprocess.Popen([STACK, "local", "serve", "--port", BIGQUERY.rsplit(":", 1)[1], "--data", f"{data}/cloud",
                                  "--latency", LATENCY], cwd=HERE.parent.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(f"{BIGQUERY}/bigquery/v2/projects/{PROJECT}/datasets")
            fill()
            gunicorn = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:PORT", "--workers", "4", "--timeout", "120", "original:app"]
            columns = {
                "the original, gunicorn with 4 workers": measure(Service("original", gunicorn, {}), "/events"),
                "ours, cache on": measure(Service("ours", [PROGRAM], {}), "/events"),
                "ours, cache off": measure(Service("ours", [PROGRAM], OFF), "/events"),
                "ours, cache off, each request another query": measure(Service("ours", [PROGRAM], OFF), DISTINCT),
            }
        finally:
            cloud.terminate()
            cloud.wait(timeout=30)
    libraries = size(sysconfig.get_path("purelib"))
    installed = "the program, or the libraries without Python itself, MB"
    for name, column in columns.items():
        column[installed] = f"{(os.path.getsize(PROGRAM) if 'ours' in name else libraries) / 1e6:,.0f}"
    print("| |", " | ".join(columns), "|")
    print("|---" * (len(columns) + 1) + "|")
    for row in next(iter(columns.values())):
        print(f"| {row} |", " | ".join(it[row] for it in columns.values()), "|")
    print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, Python {platform.python_version()}, latency {LATENCY}, "
          f"{SECONDS} s a load, data-api of {os.path.getsize(PROGRAM) / 1e6:.0f} MB")


main()
