#!/usr/bin/env python3
"""Reduces Google's API descriptions to facts and writes crates/discovery/data/<api>.<version>.json.

Usage: pip install google-api-python-client==2.202.0 && scripts/discovery.py

The descriptions come with the PyPI package google-api-python-client (Apache-2.0). Kept: methods,
paths, parameters, fields, types, formats, enums, which fields are read-only. Dropped: prose.
Anonymous nested objects get a name of their own (Bucket.lifecycle becomes BucketLifecycle), so
that every object a field can hold is a schema that can be looked up by name.
Running it twice gives the same bytes.
"""
import json
import pathlib
import re
import sys

import googleapiclient.discovery_cache as cache

# Each API, and the methods of it to keep: a regular expression over the method's id.
PROJECTS = r"^[a-z]+\.(?!organizations|folders|billingAccounts)"
APIS = [
    ("artifactregistry", "v1", r"."),
    ("bigquery", "v2", r"."),
    ("bigquerydatatransfer", "v1", r"."),
    ("cloudbilling", "v1", r"^cloudbilling\.services\."),
    ("cloudresourcemanager", "v1", r"^cloudresourcemanager\.projects\."),
    ("cloudresourcemanager", "v3", r"^cloudresourcemanager\.(projects|operations)\."),
    ("cloudscheduler", "v1", r"."),
    ("dataflow", "v1b3", r"."),
    ("iam", "v1", r"^iam\.(projects\.(roles|serviceAccounts|locations\.workloadIdentityPools\.(?!namespaces))|roles|permissions|iamPolicies)"),
    ("iamcredentials", "v1", r"."),
    ("logging", "v2", r"^logging\.(projects|entries|monitoredResourceDescriptors)\."),
    ("monitoring", "v1", r"^monitoring\.projects\.dashboards"),
    ("monitoring", "v3", PROJECTS),
    ("pubsub", "v1", r"."),
    ("run", "v1", r"^run\.projects\.locations\.list$"),
    ("run", "v2", r"."),
    ("secretmanager", "v1", r"."),
    ("serviceusage", "v1", r"."),
    ("serviceusage", "v1beta1", r"generateServiceIdentity"),
    ("storage", "v1", r"."),
    ("sts", "v1", r"."),
]
READ_ONLY = re.compile(r"^\s*\[?(Output[ -]only|Response only)", re.I)


def pascal(name):
    return re.sub(r"(^|[^A-Za-z0-9])([A-Za-z0-9])", lambda m: m.group(2).upper(), name)


class Reducer:
    def __init__(self, document):
        self.document = document
        self.schemas = {}

    def object(self, name, schema):
        """Reduces an object schema and files it under `name`."""
        fields = {k: self.field(name + pascal(k), v) for k, v in schema.get("properties", {}).items()}
        reduced = {"fields": fields}
        if "additionalProperties" in schema:
            reduced["rest"] = self.field(name + "Value", schema["additionalProperties"])
        self.schemas[name] = reduced

    def field(self, name, schema):
        out = {}
        if "$ref" in schema:
            out["ref"] = schema["$ref"]
        elif schema.get("type") == "array":
            out["list"] = self.field(name, schema["items"])
        elif schema.get("type") == "object":
            if "properties" in schema:
                while name in self.document["schemas"] or name in self.schemas:
                    name += "_"
                self.object(name, schema)
                out["ref"] = name
            elif "additionalProperties" in schema:
                out["map"] = self.field(name, schema["additionalProperties"])
            else:
                out["map"] = {"type": "any"}
        else:
            out["type"] = schema.get("type", "any")
            if "format" in schema:
                out["format"] = schema["format"]
            if "enum" in schema:
                out["enum"] = schema["enum"]
        if schema.get("readOnly") or READ_ONLY.match(schema.get("description", "")):
            out["readOnly"] = True
        if schema.get("deprecated"):
            out["deprecated"] = True
        if "default" in schema:
            out["default"] = schema["default"]
        return out

    def reachable(self, names):
        seen, todo = set(), list(names)
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            todo += re.findall(r'"ref": "([^"]+)"', json.dumps(self.schemas[name]))
        return seen


def parameter(name, p):
    out = {"in": p.get("location", "query"), "type": p.get("type", "string")}
    for key in ("required", "repeated", "pattern", "format", "enum", "default", "minimum", "maximum"):
        if key in p:
            out[key] = p[key]
    return out


def methods(node, keep):
    for _, method in sorted(node.get("methods", {}).items()):
        if re.search(keep, method["id"]):
            yield method
    for _, child in sorted(node.get("resources", {}).items()):
        yield from methods(child, keep)


def reduce(document, keep):
    reducer = Reducer(document)
    for name, schema in document["schemas"].items():
        if schema.get("type") == "object":
            reducer.object(name, schema)
        else:
            reducer.schemas[name] = {"alias": reducer.field(name, schema)}
    kept, roots = [], set()
    for m in methods(document, keep):
        entry = {
            "id": m["id"],
            "verb": m["httpMethod"],
            "path": document["servicePath"] + m["path"],
            "params": {k: parameter(k, v) for k, v in sorted(m.get("parameters", {}).items())},
        }
        for key in ("request", "response"):
            if "$ref" in m.get(key, {}):
                entry[key] = m[key]["$ref"]
                roots.add(entry[key])
        upload = m.get("mediaUpload", {}).get("protocols", {})
        if upload:
            entry["upload"] = sorted(p["path"].lstrip("/") for p in upload.values())
        if m.get("supportsMediaDownload"):
            entry["download"] = True
        kept.append(entry)
    names = reducer.reachable(roots)
    return {
        "name": document["name"],
        "version": document["version"],
        "revision": document["revision"],
        "host": re.sub(r"^https://|/$", "", document["rootUrl"]),
        "params": {k: parameter(k, v) for k, v in sorted(document.get("parameters", {}).items())},
        "methods": kept,
        "schemas": {k: reducer.schemas[k] for k in sorted(names)},
    }


def main():
    source = pathlib.Path(cache.__file__).parent / "documents"
    target = pathlib.Path(__file__).parent.parent / "crates" / "discovery" / "data"
    target.mkdir(parents=True, exist_ok=True)
    for name, version, keep in APIS:
        document = json.loads((source / f"{name}.{version}.json").read_text())
        facts = reduce(document, keep)
        # One method or schema a line: small, and a new revision's change can be read in a diff.
        lines = ["{"]
        for key in ("name", "version", "revision", "host", "params"):
            lines.append(f"{json.dumps(key)}: {json.dumps(facts[key], sort_keys=True)},")
        lines.append('"methods": [')
        lines.append(",\n".join(json.dumps(m, sort_keys=True) for m in facts["methods"]))
        lines.append('],\n"schemas": {')
        lines.append(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in facts["schemas"].items()))
        lines.append("}\n}")
        (target / f"{name}.{version}.json").write_text("\n".join(lines) + "\n")
        print(f"{name} {version} {facts['revision']}: {len(facts['methods'])} methods, {len(facts['schemas'])} schemas", file=sys.stderr)


if __name__ == "__main__":
    main()
