#!/usr/bin/env bash
# Builds an image and pushes it to a registry that others wrote (Debian's docker-registry), reads it back with
# a client that others wrote (skopeo), and looks at what is said when it cannot be pushed.
# Says `N passed, M failed` last, and fails if something did.
#
# Usage: stack/tests/clients/registry.sh PROGRAM [WORKSPACE]
#
# The workspace has a package `api` with a binary `data-api` and a Pulumi.yaml; without one, a small one is made.
set -euo pipefail
program=$(realpath "$1")
if ! command -v docker-registry >/dev/null || ! command -v skopeo >/dev/null; then
    apt-get update -qq && apt-get install -y -qq docker-registry skopeo >/dev/null
fi
work=$(mktemp -d)
mkdir "$work/nobody"
servers=()
cleanup() {
    for it in "${servers[@]}"; do kill "$it" 2>/dev/null || true; done
    # A disk can be taken away only when the server on it has ended.
    for it in "${servers[@]}"; do wait "$it" 2>/dev/null || true; done
    mountpoint -q "$work/full" 2>/dev/null && umount "$work/full" || true
    mountpoint -q "$work/small" 2>/dev/null && umount "$work/small" || true
    rm -rf "$work"
}
trap cleanup EXIT
# Nobody's logins get in.
export DOCKER_CONFIG="$work/nobody" XDG_RUNTIME_DIR="$work/nobody"
# The registry takes every REGISTRY_* for a setting of its own.
unset REGISTRY_AUTH_FILE CARGO_TARGET_DIR GOOGLE_OAUTH_ACCESS_TOKEN SOURCE_DATE_EPOCH

passed=0 failed=0
# check WHAT COMMAND…: it must succeed.
check() {
    local what=$1
    shift
    if "$@" >"$work/check.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n' "$what"
        sed 's/^/    /' "$work/check.log" | tail -n 20
    fi
}
same() { [ "$1" = "$2" ] || { printf 'have %s\nwant %s\n' "$1" "$2"; return 1; }; }
has() { grep -qF -- "$2" <<<"$1" || { printf 'have %s\nwant %s\n' "$1" "$2"; return 1; }; }
lacks() { ! has "$1" "$2" >/dev/null || { printf 'have %s\nwithout %s\n' "$1" "$2"; return 1; }; }
field() { python3 -c 'import json, sys; print(eval("it" + sys.argv[1], {"it": json.load(sys.stdin)}))' "$1"; }
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# serve NAME STORAGE [MORE CONFIGURATION]: sets $at to where a registry serves.
serve() {
    at=127.0.0.1:$(port)
    printf 'version: 0.1\nlog:\n  accesslog:\n    disabled: false\nstorage:\n  filesystem:\n    rootdirectory: %s\n%s\nhttp:\n  addr: %s\n' \
        "$2" "${3:-}" "$at" >"$work/$1.yml"
    docker-registry serve "$work/$1.yml" >"$work/$1.log" 2>&1 &
    servers+=($!)
    for _ in $(seq 100); do
        if curl -s -o "$work/ping" "http://$at/v2/"; then return; fi
        sleep 0.1
    done
    cat "$work/$1.log"
    return 1
}
stack() { (cd "$workspace" && "$program" "$@"); }
# refused ARGS…: its words on stderr; it must fail.
refused() { if stack "$@" 2>&1 >"$work/out"; then echo "it succeeded"; fi; }

# A service of the standard library's alone.
sample() {
    mkdir -p "$1/api/src"
    printf 'name: sample\nruntime: rust\n' >"$1/Pulumi.yaml"
    printf '[workspace]\nresolver = "3"\nmembers = ["api"]\n' >"$1/Cargo.toml"
    printf '[package]\nname = "api"\nversion = "0.1.0"\nedition = "2024"\n[[bin]]\nname = "data-api"\npath = "src/main.rs"\n' >"$1/api/Cargo.toml"
    printf 'version = 4\n\n[[package]]\nname = "api"\nversion = "0.1.0"\n' >"$1/Cargo.lock"
    cat >"$1/api/src/main.rs" <<'R'
use std::io::{Read, Write};
fn main() {
    let port = std::env::var("PORT").unwrap_or("8080".to_owned());
    for stream in std::net::TcpListener::bind(format!("0.0.0.0:{port}")).unwrap().incoming() {
        let mut stream = stream.unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        // Whose is a file that we write?
        let file = std::fs::File::create("/tmp/mine").unwrap();
        let uid = std::os::unix::fs::MetadataExt::uid(&file.metadata().unwrap()).to_string();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{uid}", uid.len()).unwrap();
    }
}
R
}

if [ $# -gt 1 ]; then
    workspace=$(realpath "$2")
else
    workspace=$work/sample
    sample "$workspace"
fi

# The image in a folder.
digest=$(stack image build)
layout=$workspace/.stack/images/data-api
check "a digest is printed" has "$digest" "sha256:"
check "skopeo reads the folder" same "$(skopeo inspect --format '{{.Digest}}' "oci:$layout:latest")" "$digest"
check "built once" same "$(stack image build --json | field '["built"]')" False
check "built again, the same" same "$(stack image build --force 2>"$work/err")" "$digest"
check "under 15 MB" test "$(stack image build --json | field '["size"]')" -lt 15000000
check "another folder" same "$(stack image build --out "$work/elsewhere" --tag v9)" "$digest"
check "skopeo reads it" same "$(skopeo inspect --format '{{.Digest}}' "oci:$work/elsewhere:v9")" "$digest"
if [ $# -lt 2 ]; then
    sample "$work/some where/else"
    check "the same from another folder" same "$(workspace="$work/some where/else" && stack image build)" "$digest"
fi

# Pushed, and read back.
serve open "$work/open"
open=$at
to=$open/team/data-api
first=$(stack image push "$to:v1" --json)
check "pushed by digest" same "$(field '["pushed"]["image"]' <<<"$first")" "$to@$digest"
check "the tag has it" same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$to:v1")" "$digest"
check "the digest has it" same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$to@$digest")" "$digest"
check "copied whole" skopeo copy -q --src-tls-verify=false "docker://$to:v1" "oci:$work/copy:v1"
config=$(skopeo inspect --config "oci:$work/copy:v1")
check "not root" same "$(field '["config"]["User"]' <<<"$config")" 65532:65532
check "entrypoint" same "$(field '["config"]["Entrypoint"][0]' <<<"$config")" /usr/local/bin/data-api
check "labels" same "$(field '["config"]["Labels"]["org.opencontainers.image.title"]' <<<"$config")" data-api

# What is there is not sent again.
again=$(stack image push "$to:v1" --json)
check "nothing changed" same "$(field '["pushed"]["unchanged"]' <<<"$again")" True
other=$(stack image push "$to:v2" --json)
check "another tag sends no blob" same "$(field '["pushed"]["sentBytes"]' <<<"$other")" 0
check "another tag" same "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$to:v2")" "$digest"

# The bill of materials refers to the image.
fetch() { curl -sf -H 'accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' "http://$open/v2/team/data-api/$1"; }
referrers=$(fetch "manifests/sha256-${digest#sha256:}")
check "one referrer" same "$(field '["manifests"].__len__()' <<<"$referrers")" 1
check "of SPDX" same "$(field '["manifests"][0]["artifactType"]' <<<"$referrers")" application/spdx+json
about=$(field '["manifests"][0]["digest"]' <<<"$referrers")
about=$(fetch "manifests/$about")
check "about this image" same "$(field '["subject"]["digest"]' <<<"$about")" "$digest"
sbom=$(fetch "blobs/$(field '["layers"][0]["digest"]' <<<"$about")")
check "it is SPDX 2.3" same "$(field '["spdxVersion"]' <<<"$sbom")" SPDX-2.3
check "of the package" same "$(field '["packages"][0]["name"]' <<<"$sbom")" api

# It runs, with nothing but itself.
if [ "$(id -u)" = 0 ]; then
    skopeo copy -q --src-tls-verify=false "docker://$to:v1" "dir:$work/dir"
    mkdir "$work/root"
    for layer in $(field '["layers"]' <"$work/dir/manifest.json" | grep -o 'sha256:[0-9a-f]*'); do
        tar -xzpf "$work/dir/${layer#sha256:}" -C "$work/root"
    done
    port=$(port)
    env -i PORT="$port" GOOGLE_CLOUD_PROJECT=local-project BIGQUERY_EMULATOR_HOST=http://127.0.0.1:1 \
        "$(command -v chroot)" --userspec=65532:65532 "$work/root" /usr/local/bin/data-api >"$work/run.log" 2>&1 &
    servers+=($!)
    for _ in $(seq 50); do curl -sf "http://127.0.0.1:$port/health" >"$work/health" && break || sleep 0.1; done
    check "answers /health" test -s "$work/health"
    [ $# -gt 1 ] || check "runs as nobody" has "$(cat "$work/health")" 65532
    check "its root has a writable /tmp" same "$(stat -c %a "$work/root/tmp")" 1777
fi

# A registry with a password, which is `right`.
mkdir -p "$work/right" "$work/wrong"
printf 'me:$2b$05$ycaRopcu9hEZqrghYzk08.XyPFsXC1ATCI2vDO18.jBVNy/DhPv36\n' >"$work/htpasswd"
serve closed "$work/closed" "$(printf 'auth:\n  htpasswd:\n    realm: closed\n    path: %s' "$work/htpasswd")"
for it in right wrong; do
    printf '{"auths": {"%s": {"auth": "%s"}}}' "$at" "$(printf 'me:%s' "$it" | base64)" >"$work/$it/config.json"
done
check "nobody is refused" has "$(refused image push "$at/team/data-api:v1")" "does not accept anybody without a login"
said=$(DOCKER_CONFIG=$work/wrong refused image push "$at/team/data-api:v1")
check "a wrong password is refused" has "$said" "does not accept me with this password"
check "and there is a hint" has "$said" "hint: run \`docker login $at\` again"
check "the password is not shown" lacks "$said" "$(printf 'me:wrong' | base64)"
DOCKER_CONFIG=$work/right check "the right one is taken" stack image push "$at/team/data-api:v1"

# A registry that only reads, one that is full, one that is none, and one that is not there.
serve frozen "$work/frozen" '  maintenance:
    readonly:
      enabled: true'
check "a frozen registry" has "$(refused image push "$at/team/data-api:v1")" "answered 405 Method Not Allowed"
mkdir "$work/full" "$work/small"
if mount -t tmpfs -o size=256k tmpfs "$work/full" 2>/dev/null; then
    serve full "$work/full"
    said=$(refused image push "$at/team/data-api:v1")
    check "a full registry" has "$said" "$at"
    check "a full registry says so" has "$said" "no space left"
    check "and has no image" lacks "$(skopeo inspect --tls-verify=false "docker://$at/team/data-api:v1" 2>&1)" '"Digest"'
fi
if mount -t tmpfs -o size=256k tmpfs "$work/small" 2>/dev/null; then
    said=$(refused image build --out "$work/small")
    check "a full disk" has "$said" "the disk is full"
    check "a full disk's hint" has "$said" "hint: free some space"
fi
port=$(port)
web=127.0.0.1:$port
python3 -m http.server --bind 127.0.0.1 --directory "$work/small" "$port" >"$work/web.log" 2>&1 &
servers+=($!)
for _ in $(seq 50); do curl -sf -o "$work/ping" "http://$web" && break || sleep 0.1; done
check "what is no registry" has "$(refused image push "$web/team/data-api:v1")" "error: $web"
said=$(refused image push 127.0.0.1:1/team/data-api:v1)
check "nobody there" has "$said" "the registry 127.0.0.1:1 cannot be reached: Connection refused"
check "no such host" has "$(refused image push registry.invalid/team/data-api:v1)" "the registry registry.invalid cannot be reached"
check "no registry named" has "$(refused image push data-api:v1)" "names no registry"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
