#!/usr/bin/env python3
"""Writes crates/gcp/src/schema/*.rs: the nested messages and enums of the kinds in crates/gcp.

Usage: scripts/schema.py            writes the files
       scripts/schema.py --check    writes nothing; fails if the files are not what it would write

Reads crates/discovery/data (see scripts/discovery.py). ROOTS says, for each API, which messages are
kinds. From each it follows the fields that a caller may set, and writes for every message on the way
a table of all its fields (`engine::Message`: names, shapes, which ones only the server sets) and,
unless it is a root, a plain struct of the fields that may be set. A root's struct is written by hand
in the kind's file. Every enum on the way becomes a Rust enum without its *_UNSPECIFIED value.

To add a kind: add its message to ROOTS, run this. Needs rustfmt. Running it twice gives the same bytes.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parent.parent
DATA = REPO / "crates" / "discovery" / "data"
TARGET = REPO / "crates" / "gcp" / "src" / "schema"

# API and version; the messages that are kinds (or that a kind writes by hand).
ROOTS = [
    ("artifactregistry", "v1", ["Repository", "Tag"]),
    ("bigquery", "v2", ["Dataset", "Table"]),
    ("bigquerydatatransfer", "v1", ["TransferConfig"]),
    ("cloudresourcemanager", "v3", ["Project"]),
    ("cloudscheduler", "v1", ["Job"]),
    ("dataflow", "v1b3", ["LaunchFlexTemplateParameter", "LaunchTemplateParameters"]),
    ("iam", "v1", ["Binding", "Policy", "ServiceAccount", "WorkloadIdentityPool", "WorkloadIdentityPoolProvider"]),
    ("logging", "v2", ["LogMetric", "LogSink"]),
    ("monitoring", "v1", ["Dashboard"]),
    ("monitoring", "v3", ["AlertPolicy", "NotificationChannel", "Service", "ServiceLevelObjective"]),
    ("pubsub", "v1", ["Schema", "Subscription", "Topic"]),
    ("run", "v2", ["GoogleCloudRunV2Job", "GoogleCloudRunV2Service"]),
    ("secretmanager", "v1", ["Secret", "SecretPayload", "SecretVersion"]),
    ("serviceusage", "v1", ["GoogleApiServiceusageV1Service"]),
    ("storage", "v1", ["Bucket"]),
]

# Fields that only the server sets, by what Google's description says in prose and does not mark, or
# that nobody sets: obsolete, or no part of the kind.
OUTPUTS = {
    "bigquery.v2": "Table.kind Table.model",
    "logging.v2": "MetricDescriptor.description MetricDescriptor.monitoredResourceTypes MetricDescriptor.name MetricDescriptor.type",
    "monitoring.v3": "AlertPolicy.creationRecord AlertPolicy.mutationRecord AlertPolicy.validity NotificationChannel.creationRecord "
    "NotificationChannel.mutationRecords NotificationChannel.verificationStatus",
    "pubsub.v1": "Topic.satisfiesPzs",
    "secretmanager.v1": "SecretVersion.replicationStatus",
    "serviceusage.v1": "GoogleApiServiceusageV1Service.config GoogleApiServiceusageV1Service.name GoogleApiServiceusageV1Service.parent",
    "storage.v1": "Bucket.etag Bucket.generation Bucket.hardDeleteTime Bucket.id Bucket.kind Bucket.locationType Bucket.metageneration "
    "Bucket.owner Bucket.projectNumber Bucket.satisfiesPZI Bucket.satisfiesPZS Bucket.selfLink Bucket.softDeleteTime "
    "Bucket.timeCreated Bucket.updated BucketAccessControl.bucket BucketAccessControl.domain BucketAccessControl.email "
    "BucketAccessControl.entityId BucketAccessControl.etag BucketAccessControl.id BucketAccessControl.kind "
    "BucketAccessControl.projectTeam BucketAccessControl.selfLink BucketAutoclass.terminalStorageClassUpdateTime "
    "BucketAutoclass.toggleTime BucketEncryptionCustomerManagedEncryptionEnforcementConfig.effectiveTime "
    "BucketEncryptionCustomerSuppliedEncryptionEnforcementConfig.effectiveTime "
    "BucketEncryptionGoogleManagedEncryptionEnforcementConfig.effectiveTime BucketIamConfiguration.bucketPolicyOnly "
    "BucketIamConfigurationUniformBucketLevelAccess.lockedTime BucketRetentionPolicy.effectiveTime "
    "BucketSoftDeletePolicy.effectiveTime BucketSoftDeletePolicyHardDeletePause.effectiveTime ObjectAccessControl.bucket "
    "ObjectAccessControl.domain ObjectAccessControl.email ObjectAccessControl.entityId ObjectAccessControl.etag "
    "ObjectAccessControl.generation ObjectAccessControl.id ObjectAccessControl.kind ObjectAccessControl.object "
    "ObjectAccessControl.projectTeam ObjectAccessControl.selfLink",
}

# What names of messages begin with and mean nothing by, by API.
PREFIXES = {
    "artifactregistry": ["GoogleDevtoolsArtifactregistryV1RemoteRepositoryConfig"],
    "bigquery": ["TableConstraints", "TableFieldSchema"],
    "monitoring": ["GoogleMonitoringV3"],
    "run": ["GoogleCloudRunV2"],
    "serviceusage": ["GoogleApiServiceusageV1"],
    "storage": ["BucketEncryption", "BucketIamConfiguration", "BucketIpFilter", "Bucket"],
}
# Fields whose enum needs the message's name to be understood.
VAGUE = {"action", "alignment", "color", "direction", "format", "language", "mode", "padding", "scale", "type", "version"}
# A value of an enum, and what its names begin with, where the longest common beginning is too much.
COMMON = {"ROUND_HALF_AWAY_FROM_ZERO": "ROUND_"}
UNITS = {"Seconds": "Seconds", "Ms": "Milliseconds", "Millis": "Milliseconds", "Bytes": "Bytes", "Days": "Days", "Hours": "Hours",
         "Minutes": "Minutes", "Mb": "Megabytes", "Gb": "Gigabytes", "Percent": "Percent"}
FORMATS = {"byte": "Base64", "date": "A date such as `2026-01-31`", "date-time": "RFC 3339", "google-datetime": "RFC 3339"}
KEYWORDS = set("as async await break const continue dyn else enum extern false fn for gen if impl in let loop match mod move mut pub "
               "ref return static struct trait true try type unsafe use where while".split())
TAKEN = {"BTreeMap", "Box", "Field", "Input", "Message", "Option", "Seconds", "Serialize", "Shape", "Some", "String", "Value", "Vec"}


def snake(name):
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z])([A-Z][a-z])", r"\1_\2", name).lower()


def camel(name):
    """What serde's rename_all = "camelCase" makes of a snake_case name."""
    pascal = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return pascal[:1].lower() + pascal[1:]


def pascal(name):
    return name[:1].upper() + name[1:]


def tame(name):
    """HTTPGetAction -> HttpGetAction."""
    return re.sub(r"[A-Z]{2,}(?=[A-Z][a-z]|[0-9]|$)", lambda m: m.group().capitalize(), name)


def join(message, field):
    """AptPublicRepository and RepositoryBase -> AptPublicRepositoryBase."""
    word = re.match("[A-Z][a-z0-9]*", field).group()
    return message.removesuffix(word) + field if message != word else message + field


def inner(field):
    """The field that a list or a map holds, or the field itself."""
    while "list" in field or "map" in field:
        field = field.get("list") or field["map"]
    return field


class Module:
    """One API's part: what is reached from its roots, and the Rust for it."""

    def __init__(self, api, version, roots):
        self.facts = json.loads((DATA / f"{api}.{version}.json").read_text())
        self.api = f"{api} {version}"
        self.roots = roots
        self.outputs = set(OUTPUTS.get(f"{api}.{version}", "").split())
        self.uses = set()
        unknown = [it for it in self.outputs if it.split(".")[1] not in self.facts["schemas"][it.split(".")[0]]["fields"]]
        assert not unknown, f"{self.api}: OUTPUTS names what is not there: {unknown}"
        self.reach()
        self.name_messages()
        self.name_enums()
        self.find_cycles()

    # What is reached.

    def fields(self, message):
        return sorted(self.facts["schemas"][message]["fields"].items())

    def output(self, message, name, field):
        return field.get("readOnly", False) or f"{message}.{name}" in self.outputs

    def settable(self, message):
        return [(k, v) for k, v in self.fields(message) if not self.output(message, k, v)]

    def reach(self):
        self.messages, todo = [], list(self.roots)
        while todo:
            message = todo.pop(0)
            if message in self.messages:
                continue
            schema = self.facts["schemas"][message]
            assert "alias" not in schema and "rest" not in schema, f"{self.api}: {message} is not a plain message"
            self.messages.append(message)
            for name, field in self.settable(message):
                target = inner(field).get("ref")
                if target:
                    assert target not in self.roots or message in self.roots, f"{message}.{name} holds {target}, which is written by hand"
                    todo.append(target)
        self.messages.sort()

    def find_cycles(self):
        """Which messages hold themselves other than through a list or a map: Rust needs a Box there."""
        edges = {m: {f["ref"] for _, f in self.settable(m) if "ref" in f} for m in self.messages}
        self.reaches = {}
        for message in self.messages:
            seen, todo = set(), list(edges[message])
            while todo:
                it = todo.pop()
                if it not in seen:
                    seen.add(it)
                    todo += edges[it]
            self.reaches[message] = seen

    # Names.

    def name_messages(self):
        self.names = {}
        short = collections.Counter(self.strip(m) for m in self.messages)
        for message in self.messages:
            name = self.strip(message)
            self.names[message] = name if short[name] == 1 and name not in TAKEN else tame(message)
        taken = set(self.names.values())
        assert len(taken) == len(self.names) and not taken & TAKEN, f"{self.api}: names of messages collide"

    def strip(self, message):
        if message in self.roots and not message.startswith("Google"):
            return tame(message)
        for prefix in PREFIXES.get(self.facts["name"], []):
            rest = message.removeprefix(prefix)
            if rest != message and rest[:1].isupper():
                return tame(rest)
        return tame(message)

    def name_enums(self):
        """Names each enum after its field; with the message's name before it where that is not enough."""
        groups = collections.defaultdict(list)
        for message in self.messages:
            for name, field in self.settable(message):
                leaf = inner(field)
                if "enum" in leaf:
                    one = name[:-1] if "list" in field and name.endswith("s") else name
                    groups[(pascal(one), tuple(leaf["enum"]))].append((message, name))
        # `defaultRoundingMode` is a `roundingMode`.
        for key in sorted(groups, key=lambda it: len(it[0])):
            for other in [it for it in groups if it != key and it[1] == key[1] and it[0].endswith(key[0])]:
                groups[key] += groups.pop(other)
        often = collections.Counter(field for field, _ in groups)
        taken = set(self.names.values()) | TAKEN
        self.enums, self.enum_of = {}, {}
        for (field, values), places in sorted(groups.items()):
            vague = places[0][1] in VAGUE or often[field] > 1 or field in taken
            name = join(self.names[places[0][0]], field) if vague else field
            assert name not in taken, f"{self.api}: {name} is taken"
            taken.add(name)
            self.enums[name] = (values, sorted(places))
            self.enum_of.update({place: name for place in places})

    # Rust.

    def use(self, name):
        self.uses.add(name)
        return name

    def rust_type(self, message, name, field):
        if "ref" in field:
            target = self.names[field["ref"]]
            recursive = message in self.reaches[field["ref"]] or message == field["ref"]
            return f"Option<Box<{target}>>" if recursive else f"Option<{target}>"
        if "list" in field:
            return f"Vec<{self.rust_item(message, name, field['list'])}>"
        if "map" in field:
            return f"{self.use('BTreeMap')}<String, {self.rust_item(message, name, field['map'])}>"
        return f"{self.use('Input')}<{self.rust_scalar(message, name, field)}>"

    def rust_item(self, message, name, field):
        if "ref" in field:
            return self.names[field["ref"]]
        if "enum" in field:
            return self.enum_of[(message, name)]
        if "list" in field or "map" in field:
            return self.rust_type(message, name, field)
        return f"{self.use('Input')}<{self.rust_scalar(message, name, field)}>"

    def rust_scalar(self, message, name, field):
        kind, form = field["type"], field.get("format")
        if "enum" in field:
            return self.enum_of[(message, name)]
        if kind == "string" and form == "google-duration":
            return self.use("Seconds")
        if kind == "string":
            return "i64" if form in ("int64", "uint64") else "String"
        return {"boolean": "bool", "integer": "i64", "number": "f64", "any": "serde_json::Value"}[kind]

    def shape(self, field):
        if "ref" in field:
            known = field["ref"] in self.names
            return f"Shape::Message(&{self.static(field['ref'])})" if known else "Shape::Any"
        if "list" in field:
            return f"Shape::List(&{self.shape(field['list'])})"
        if "map" in field:
            return f"Shape::Map(&{self.shape(field['map'])})"
        kind, form = field["type"], field.get("format")
        if "enum" in field:
            return "Shape::Enum"
        if kind == "string":
            return "Shape::" + {"int64": "Int64", "uint64": "Int64", "byte": "Bytes", "google-duration": "Duration",
                                "google-datetime": "Timestamp", "date-time": "Timestamp"}.get(form, "Text")
        return "Shape::" + {"boolean": "Bool", "integer": "Int", "number": "Double", "any": "Any"}[kind]

    def static(self, message):
        return snake(self.names[message]).upper()

    def says(self, name, field):
        """A field's facts in a few words."""
        if "list" in field:
            return "A list"
        leaf = inner(field)
        if "map" in field:
            return "A map"
        if "ref" in leaf:
            return "A message"
        if "enum" in leaf:
            return "One of a list"
        kind, form = leaf["type"], leaf.get("format")
        if kind == "string" and form == "google-duration":
            return "Seconds"
        if kind == "integer" or form in ("int64", "uint64"):
            unit = next((u for ending, u in UNITS.items() if name.endswith(ending) or name == ending.lower()), None)
            return unit or "A whole number"
        if kind == "string":
            return FORMATS.get(form, "Text")
        return {"boolean": "True or false", "number": "A number", "any": "Any JSON"}[kind]

    def struct(self, message):
        fields = self.settable(message)
        out = [f"/// {self.api}, {message}.", "#[derive(Clone, Debug, Default, Serialize)]"]
        if not fields:
            return out + [f"pub struct {self.names[message]} {{}}"]
        out += ['#[serde(rename_all = "camelCase")]', f"pub struct {self.names[message]} {{"]
        for name, field in fields:
            facts = self.says(name, field) + "."
            if "default" in field:
                facts += f" Default `{field['default']}`."
            if field.get("deprecated"):
                facts = "Deprecated. " + facts
            out.append(f"/// {facts} {self.api}, {message}.{name}.")
            rust = snake(name)
            if camel(rust) != name:
                out.append(f'#[serde(rename = "{name}")]')
            assert re.fullmatch(r"[a-z][a-z0-9_]*", rust) and rust not in ("self", "super", "crate"), f"{message}.{name}: no Rust name"
            rust = f"r#{rust}" if rust in KEYWORDS else rust
            out.append(f"pub {rust}: {self.rust_type(message, name, field)},")
        return out + ["}"]

    def table(self, message):
        out = [f"/// {self.api}, {message}."] if message in self.roots else []
        out += [f"pub static {self.static(message)}: Message = Message {{ name: {json.dumps(message)}, fields: &["]
        for name, field in self.fields(message):
            output = str(self.output(message, name, field)).lower()
            out.append(f"Field {{ name: {json.dumps(name)}, shape: {self.shape(field)}, output: {output} }},")
        return out + ["] };"]

    def enum(self, name):
        values, places = self.enums[name]
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        out = [f"/// {self.api}, {'.'.join(places[0])}{more}.", "#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]"]
        variants = variants_of(values, self.names[places[0][0]])
        assert len(set(variants.values())) == len(variants), f"{name}: values collide"
        # What serde's rename_all = "SCREAMING_SNAKE_CASE" makes of each variant.
        screaming = all(re.sub(r"(?<!^)([A-Z])", r"_\1", variant).upper() == value for value, variant in variants.items())
        if screaming:
            out.append('#[serde(rename_all = "SCREAMING_SNAKE_CASE")]')
        out.append(f"pub enum {name} {{")
        for value, variant in variants.items():
            if not screaming and variant != value:
                out.append(f"#[serde(rename = {json.dumps(value)})]")
            out.append(f"{variant},")
        return out + ["}"]

    def rust(self):
        body = []
        for message in sorted(self.messages, key=lambda it: self.names[it]):
            body += [""] + (self.struct(message) + [""] if message not in self.roots else []) + self.table(message)
        for name in sorted(self.enums):
            body += [""] + self.enum(name)
        head = [
            f"//! {written_by(f'{self.api}, revision ' + self.facts['revision'])}",
            "//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.",
            "",
        ]
        if "BTreeMap" in self.uses:
            head += ["use std::collections::BTreeMap;", ""]
        head.append(f"use engine::{{{', '.join(sorted({'Field', 'Message', 'Shape'} | self.uses - {'BTreeMap'}))}}};")
        if any("Serialize" in line for line in body):
            head.append("use serde::Serialize;")
        return "\n".join(head + body) + "\n"


def variants_of(values, message):
    """Rust's names for an enum's values: without the words that all begin with, or the message's name at the end."""
    kept = [it for it in values if not it.endswith("_UNSPECIFIED")]
    words = [it.split("_") for it in kept]
    begin = end = 0
    compare = words if len(words) > 1 else [it.split("_") for it in values]
    if any(it in COMMON for it in kept):
        begin = len(next(COMMON[it] for it in kept if it in COMMON).rstrip("_").split("_"))
    elif len(compare) > 1:
        shortest = min(map(len, compare))
        while begin < shortest - 1 and len({it[begin] for it in compare}) == 1:
            begin += 1
    if all(len(it) > 1 and it[-1] == message.upper() for it in words):
        end = 1
    while begin and any(not it[begin][:1].isalpha() for it in words):
        begin -= 1

    def variant(value, parts):
        if re.search("[a-z]", value):
            return pascal(value)
        return "".join(part.capitalize() for part in parts[begin : len(parts) - end])

    return {value: variant(value, parts) for value, parts in zip(kept, words)}


def written_by(source):
    return f"Written by scripts/schema.py from Google's description of {source}: change the script, not this."


def format_rust(text):
    command = ["rustfmt", "--edition", "2024", "--config-path", str(REPO / "rustfmt.toml")]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"rustfmt: {done.stderr}")
    return done.stdout


def main():
    twice = {api for api, n in collections.Counter(api for api, _, _ in ROOTS).items() if n > 1}
    files, index = {}, []
    for api, version, roots in ROOTS:
        module = Module(api, version, roots)
        name = f"{api}_{version}" if api in twice else api
        files[f"{name}.rs"] = format_rust(module.rust())
        index.append((name, module))
        structs = len(module.messages) - len(module.roots)
        print(f"{name}: {structs} structs, {len(module.enums)} enums, {len(module.messages)} tables", file=sys.stderr)
    lines = [f"//! {written_by('the APIs below')}", "//!"]
    lines += ["//! Messages and enums that the kinds hold, and a table of fields for each message and each kind.", ""]
    for name, module in index:
        lines += [f"/// {module.api}, revision {module.facts['revision']}.", f"pub mod {name};"]
    files["mod.rs"] = format_rust("\n".join(lines) + "\n")

    stale = [it for it in TARGET.glob("*.rs") if it.name not in files]
    if sys.argv[1:] == ["--check"]:
        differ = [k for k, v in files.items() if not (TARGET / k).exists() or (TARGET / k).read_text() != v] + [it.name for it in stale]
        if differ:
            sys.exit(f"crates/gcp/src/schema differs from what scripts/schema.py writes: {', '.join(sorted(differ))}\nhint: run scripts/schema.py")
        return
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (TARGET / name).write_text(text)
    for path in stale:
        path.unlink()


if __name__ == "__main__":
    main()
