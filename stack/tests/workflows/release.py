#!/usr/bin/env python3
"""The repository releases itself for Linux on x86-64: the steps of release.yml as they are written, the image in the local
cloud's registry, and the action that installs what was released. CARGO_TARGET_DIR is where it builds.

STACK_PACK_QUICK and STACK_PACK_PROGRAMS, if set, have less built than a release has."""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import urllib.request

from action import Action
from github import GitHub
from runner import Runner
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

NAME = "Someone/Events"
TARGET = "x86_64-unknown-linux-musl"
PUBLISHED = {"build": "success", "image": "success", "publish": "success"}


def sh(*command, code=0, **more):
    done = subprocess.run(command, text=True, capture_output=True, **more)
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


class Project:
    """A fork of the repository, and GitHub."""

    def __init__(self, given):
        self.folder = pathlib.Path(given.folder).resolve()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.github = GitHub(NAME, 4242)
        self.repository = self.folder / "repository"
        sh("git", "clone", "-q", str(pathlib.Path(given.repository).resolve()), str(self.repository))
        for key, value in (("user.name", "Someone"), ("user.email", "someone@example.com")):
            self.git("config", key, value)
        self.git("checkout", "-q", "-B", "main")
        dropped = ("GITHUB_", "GOOGLE_", "PULUMI_", "ACTIONS_", "STACK_LOCAL")
        self.environment = {key: it for key, it in os.environ.items() if not key.startswith(dropped)}
        self.version = re.search(r'^version = "(.*)"$', (self.repository / "Cargo.toml").read_text(), re.M).group(1)
        self.tag = f"v{self.version}"
        self.stem = f"stack-{self.tag}-{TARGET}"
        # Where what was packed is unpacked.
        self.packed = self.folder / "unpacked" / self.stem / "stack"
        self.local = given.local
        self.program, self.cloud = str(pathlib.Path(given.program).resolve()), self.folder / "cloud"
        self.variables = {"REGISTRY": self.registry()}
        given.images = None
        self.runner = Runner(self.github, self.repository, self.folder, self.variables, self.environment, given)

    def registry(self):
        """A repository of images on a local cloud."""
        self.cloud.mkdir()
        (self.cloud / "Pulumi.yaml").write_text("name: cloud\nruntime: rust\n")
        sh(self.program, "local", "start", "--port", "0", cwd=self.cloud)
        self.address = json.loads((self.cloud / ".stack/local/server.json").read_text())["address"]
        self.call("POST", "serviceusage/v1/projects/p-1/services/artifactregistry.googleapis.com:enable", {})
        repositories = "artifactregistry/v1/projects/p-1/locations/us-central1/repositories"
        self.call("POST", f"{repositories}?repositoryId=images", {"format": "DOCKER"})
        return f"{self.address}/p-1/images"

    def call(self, method, path, body=None, **headers):
        data = json.dumps(body).encode() if body is not None else None
        headers = {"authorization": "Bearer local", "content-type": "application/json", **headers}
        request = urllib.request.Request(f"http://{self.address}/{path}", data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def stop(self):
        subprocess.run([self.program, "local", "stop"], cwd=self.cloud, capture_output=True, check=False)

    def git(self, *args):
        return sh("git", *args, cwd=self.repository).strip()

    def run(self, event, ref, expect):
        print(f"-- release.yml: {event} of {ref}", flush=True)
        before = len(self.runner.said)
        results = self.runner.run("release", event, ref, only={"target": TARGET})
        said = self.runner.said[before:]
        assert results == expect, "\n".join([f"{results}, not {expect}", *(f"$ {it[1]}\n{it[3]}" for it in said)])
        faults = [it for it in self.github.log if it.startswith("FAULT")]
        assert not faults, faults
        return {name: told for name, _, _, told in said}

    def artifact(self, name):
        return self.folder / "artifacts" / f"dist-{TARGET}" / name


def unnamed(it):
    """A tag whose version the changelog is not about is not built any further."""
    it.git("tag", it.tag)
    said = it.run("push", f"refs/tags/{it.tag}", {"build": "failure", "image": "skipped", "publish": "skipped"})
    told = next(text for name, text in said.items() if name.endswith("Tag, version and changelog agree"))
    assert f"and not about {it.version}" in told and f"call it `## {it.version}`" in told, told
    it.git("tag", "-d", it.tag)


def by_hand(it):
    """By hand, programs are packed with their bills of materials, and nothing is published."""
    it.run("workflow_dispatch", "refs/heads/main", {"build": "success", "image": "skipped", "publish": "skipped"})
    assert not it.github.releases.all and not it.runner.attested
    stem = it.stem
    with tarfile.open(it.artifact(f"{stem}.tar.gz")) as tar:
        assert {f"{stem}/{name}" for name in ("stack", "LICENSE", "README.md")} <= set(tar.getnames()), tar.getnames()
        tar.extractall(it.folder / "unpacked", filter="data")
    program = it.packed
    told = sh("file", str(program))
    assert "static" in told and "x86-64" in told, told
    told = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    assert "static" in told.stdout or "not a dynamic executable" in told.stderr, told
    assert sh(str(program), "--version").strip() == f"stack {it.version}"


def planned(it):
    """The program that was packed plans on a local cloud whose program lies beside it."""
    folder = it.folder / "planning"
    shutil.copytree(it.repository, folder, ignore=shutil.ignore_patterns(".git"))
    program = it.packed
    beside = program.parent / "stack-local-sql"
    if not beside.exists():
        shutil.copy2(it.local, beside)
    try:
        sh(str(program), "local", "start", "--port", "0", cwd=folder, env=it.environment)
        command = [program, "plan", "--json"]
        done = subprocess.run(command, cwd=folder, env=it.environment, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["summary"]["create"] > 40, told["summary"]
        print(f"   planned: {told['summary']}", flush=True)
    finally:
        sh(str(program), "local", "stop", cwd=folder, env=it.environment)


def bills(it):
    """The bill of materials is valid, and names what is linked in."""
    path = it.artifact(f"{it.stem}.spdx.json")
    problems = validate_full_spdx_document(parse_file(str(path)))
    assert not problems, [problem.validation_message for problem in problems[:3]]
    parts = {part["name"] for part in json.loads(path.read_text())["packages"]}
    assert {"stack", "cli", "rustls", "rust-std", "musl"} <= parts, parts
    print(f"   {len(parts)} parts", flush=True)


def released(it):
    """A tag that the changelog is about is released, whole, with the changelog's text."""
    changelog = it.repository / "CHANGELOG.md"
    text = changelog.read_text()
    changelog.write_text(text.replace("## Unreleased", f"## {it.version}", 1))
    it.git("commit", "-aqm", "A version")
    it.git("tag", it.tag)
    said = it.run("push", f"refs/tags/{it.tag}", PUBLISHED)
    (release,) = it.github.releases.all.values()
    section = text.split("## Unreleased", 1)[1].split("\n## ", 1)[0].strip()
    assert release["body"].strip() == section and not release["draft"] and not release["prerelease"], release
    stem = it.stem
    files = ["SHA256SUMS", f"{stem}.spdx.json", f"{stem}.tar.gz"]
    # It was seen once, with all that belongs to it.
    assert it.github.releases.shown == [(it.tag, files)], it.github.releases.shown
    attested = dict(it.runner.attested)
    (held,) = it.github.releases.files.values()
    for name in files[1:]:
        assert attested[name] == f"sha256:{hashlib.sha256(held[name]).hexdigest()}", name
    image = f"{it.variables['REGISTRY']}/{NAME.lower()}"
    assert attested[image] in said["release/image: Push"], said
    pulled(it, image.split("/", 1)[1], attested[image], it.packed)
    # A second run finds the release, and leaves it.
    said = it.run("push", f"refs/tags/{it.tag}", {**PUBLISHED, "publish": "failure"})
    assert f"release {it.tag} exists already" in said["release/publish: Release"], said


def pulled(it, name, digest, program):
    """The image has the program that was packed, for its processor, and its bill of materials."""
    index = it.call("GET", f"v2/{name}/manifests/{it.tag}", accept="application/vnd.oci.image.index.v1+json")
    (entry,) = index["manifests"]
    assert entry["platform"] == {"architecture": "amd64", "os": "linux"}, entry
    manifest = it.call("GET", f"v2/{name}/manifests/{entry['digest']}", accept=entry["mediaType"])
    (referrer,) = it.call("GET", f"v2/{name}/referrers/{entry['digest']}")["manifests"]
    assert referrer["artifactType"] == "application/spdx+json", referrer
    layers = [layer["digest"] for layer in manifest["layers"]]
    for layer in layers[1:]:
        request = urllib.request.Request(f"http://{it.address}/v2/{name}/blobs/{layer}", headers={"authorization": "Bearer local"})
        with urllib.request.urlopen(request) as answer, tarfile.open(fileobj=answer, mode="r|gz") as tar:
            held = {entry.name: tar.extractfile(entry).read() for entry in tar if entry.isfile()}
        if "usr/local/bin/stack" in held:
            assert held["usr/local/bin/stack"] == program.read_bytes()
            print(f"   {it.variables['REGISTRY']}: {len(layers)} layers, {digest}", flush=True)
            return
    raise AssertionError(f"no layer has the program: {manifest}")


def installed(it):
    """The action installs what was released, checked, and runs it."""
    downloads = f"{it.github.url}/{NAME}/releases/download"
    action = Action(it.repository, it.folder / "action", {**it.environment, "STACK_DOWNLOADS": downloads})
    done = action.run(NAME, {"args": "--version"})
    assert done["Run"].strip() == f"stack {it.version}", done


STEPS = [unnamed, by_hand, planned, bills, released, installed]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program", help="stack")
    options.add_argument("repository", help="its HEAD is tried")
    options.add_argument("folder", help="is emptied and worked in")
    options.add_argument("local", help="the local cloud's program, if it is not packed")
    options.add_argument("--workspace", help="where jobs clone to, and what was built there before is found again")
    options.add_argument("--done", action="append", default=[], help="a command that has been run on this machine")
    given = options.parse_args()
    it = Project(given)
    try:
        for step in STEPS:
            print(f"== {step.__doc__}", flush=True)
            step(it)
    finally:
        it.stop()
    print(f"{len(STEPS)} parts of a release passed.")


main()
