#!/usr/bin/env bash
# How many round trips a plan of the applied stack waits for: its time with 100 ms added to every answer,
# less its time without, in units of 100 ms. Needs a stack that is applied; leaves the local cloud running
# without latency.
#
# Usage: stack/tests/clients/round_trips.sh PROGRAM
set -euo pipefail
program=$1
port=$(python3 -c 'import json; print(json.load(open(".stack/local/server.json"))["address"].split(":")[1])')
measure() {
    "$program" local stop >/dev/null
    "$program" local start --port "$port" --latency "$1" >/dev/null
    python3 - "$program" <<'P'
import subprocess, sys, time
times = []
for _ in range(5):
    begun = time.monotonic()
    subprocess.run([sys.argv[1], "plan", "--detailed-exitcode"], check=True, stdout=subprocess.DEVNULL)
    times.append(time.monotonic() - begun)
print(sorted(times)[2])
P
}
near=$(measure 0ms)
far=$(measure 100ms)
"$program" local stop >/dev/null
"$program" local start --port "$port" >/dev/null
python3 - "$near" "$far" <<'P'
import sys
near, far = map(float, sys.argv[1:])
trips = (far - near) / 0.1
print(f"plan: {near:.3f} s without latency, {far:.3f} s with 100 ms: {trips:.1f} round trips (at most 4)")
sys.exit(0 if trips <= 4.05 else 1)
P
