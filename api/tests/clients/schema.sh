#!/usr/bin/env bash
# Whether the service does what its /openapi.json says, for requests that somebody else makes up:
# schemathesis, with all its checks and always the same requests. Says last what it found.
#
# Usage: pip install -r api/tests/clients/requirements.txt
#        api/tests/clients/schema.sh http://127.0.0.1:8085 target/debug/data-api
#
# The first is the local cloud with the stack applied, the second our service's program; it is started here.
set -euo pipefail
base=$1 program=$2
work=$(mktemp -d)
service=
cleanup() {
    if [ -n "$service" ]; then kill "$service" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
PORT=$port GOOGLE_CLOUD_PROJECT=local-project BIGQUERY_EMULATOR_HOST=$base LOG_LEVEL=warning \
    "$program" >"$work/log" 2>&1 &
service=$!
for _ in $(seq 100); do
    if curl -sf -o "$work/health" "http://127.0.0.1:$port/health"; then break; fi
    sleep 0.1
done
cd "$work"
schemathesis run "http://127.0.0.1:$port/openapi.json" --checks all --mode all --phases examples,coverage,fuzzing \
    --max-examples "${EXAMPLES:-1500}" --seed 1 --generation-database none --no-color --request-timeout 20 ||
    { tail -n 20 "$work/log"; exit 1; }
