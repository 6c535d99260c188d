#!/usr/bin/env python3
"""Writes stack/tests/workflows/github.json: the operations of GitHub's REST API that `stack ci` uses.

The source is GitHub's own description of its API (https://github.com/github/rest-api-description, MIT licence), as the npm
package @octokit/openapi carries it. Texts for people are left out.

    scripts/github.py [--check]
"""

import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "stack/tests/workflows/github.json"
PACKAGE = "@octokit/openapi@23.0.2"
OPERATIONS = [
    ("get", "/user"),
    ("get", "/repos/{owner}/{repo}"),
    ("get", "/repos/{owner}/{repo}/pulls/{pull_number}"),
    ("get", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("post", "/repos/{owner}/{repo}/issues/{issue_number}/comments"),
    ("patch", "/repos/{owner}/{repo}/issues/comments/{comment_id}"),
    ("get", "/repos/{owner}/{repo}/issues"),
    ("post", "/repos/{owner}/{repo}/issues"),
    ("patch", "/repos/{owner}/{repo}/issues/{issue_number}"),
    ("get", "/repos/{owner}/{repo}/releases"),
    ("post", "/repos/{owner}/{repo}/releases"),
    ("get", "/repos/{owner}/{repo}/releases/tags/{tag}"),
    ("patch", "/repos/{owner}/{repo}/releases/{release_id}"),
    ("delete", "/repos/{owner}/{repo}/releases/{release_id}"),
    ("post", "/repos/{owner}/{repo}/releases/{release_id}/assets"),
]
TEXTS = {"description", "summary", "externalDocs", "tags", "x-github", "x-displayName", "x-multi-segment", "title"}


def description():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(pathlib.Path(folder).glob("*.tgz"))
        with tarfile.open(archive) as tar:
            return json.load(tar.extractfile("package/generated/api.github.com.json"))


def without_texts(value, names=False):
    """A value without texts for people; in a map of names (`properties`), a name may be that of a text."""
    if isinstance(value, list):
        return [without_texts(it) for it in value]
    if isinstance(value, dict):
        return {
            key: without_texts(it, key in ("properties", "responses", "schemas", "examples", "value"))
            for key, it in value.items()
            if names or key not in TEXTS
        }
    return value


def references(value, found, whole):
    if isinstance(value, list):
        for it in value:
            references(it, found, whole)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference not in found:
            target = whole
            for part in reference[2:].split("/"):
                target = target[part]
            found[reference] = target
            references(target, found, whole)
        for it in value.values():
            references(it, found, whole)


def extract(whole):
    out = {"openapi": whole["openapi"], "info": {"source": PACKAGE, "licence": "MIT"}, "paths": {}, "components": {}}
    found = {}
    for method, path in OPERATIONS:
        operation = whole["paths"][path][method]
        out["paths"].setdefault(path, {})[method] = without_texts(operation)
        references(operation, found, whole)
    for reference, target in sorted(found.items()):
        _, group, kind, name = reference.split("/")
        kept = target if kind == "examples" else without_texts(target)
        out[group].setdefault(kind, {})[name] = kept
    return json.dumps(out, indent=1, sort_keys=True) + "\n"


def main():
    text = extract(description())
    if "--check" in sys.argv[1:]:
        if TARGET.read_text() != text:
            sys.exit(f"{TARGET.relative_to(ROOT)} is not as {PACKAGE} says: run scripts/github.py")
        return
    TARGET.write_text(text)


main()
