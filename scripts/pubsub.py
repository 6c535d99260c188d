#!/usr/bin/env python3
"""Writes crates/local/data/pubsub.descriptors: the messages of Pub/Sub's gRPC API, as a FileDescriptorSet.

Usage: pip install google-cloud-pubsub==2.44.0 && scripts/pubsub.py

The descriptions come with the PyPI packages google-cloud-pubsub and grpc-google-iam-v1 (Apache-2.0). Kept:
messages, fields, enums. Dropped: services, comments, and options other than the one that marks maps.
Running it twice gives the same bytes.
"""
import pathlib

from google.iam.v1 import iam_policy_pb2
from google.protobuf import descriptor_pb2
from google.pubsub_v1.types import pubsub, schema

TARGET = pathlib.Path(__file__).resolve().parent.parent / "crates" / "local" / "data" / "pubsub.descriptors"
# What only options need.
DROPPED = ("google/api/", "google/protobuf/descriptor.proto")


def plain(message):
    """Clears the options of a message and of all in it."""
    is_map = message.options.map_entry
    message.ClearField("options")
    if is_map:
        message.options.map_entry = True
    for field in message.field:
        field.ClearField("options")
    for oneof in message.oneof_decl:
        oneof.ClearField("options")
    for inner in message.nested_type:
        plain(inner)
    for enum in message.enum_type:
        plain_enum(enum)


def plain_enum(enum):
    enum.ClearField("options")
    for value in enum.value:
        value.ClearField("options")


def add(file, done):
    """Adds a file after those it needs."""
    if file.name in done or file.name.startswith(DROPPED):
        return
    for needed in sorted(file.dependencies, key=lambda it: it.name):
        add(needed, done)
    out = descriptor_pb2.FileDescriptorProto()
    file.CopyToProto(out)
    needed = [it for it in out.dependency if not it.startswith(DROPPED)]
    del out.dependency[:], out.public_dependency[:], out.weak_dependency[:], out.service[:], out.extension[:]
    out.dependency.extend(sorted(needed))
    out.ClearField("options")
    for message in out.message_type:
        plain(message)
    for enum in out.enum_type:
        plain_enum(enum)
    done[file.name] = out


def main():
    done = {}
    for message in (pubsub.Topic.pb(), schema.Schema.pb(), pubsub.StreamingPullResponse.pb()):
        add(message.DESCRIPTOR.file, done)
    add(iam_policy_pb2.DESCRIPTOR, done)
    files = descriptor_pb2.FileDescriptorSet(file=done.values())
    TARGET.write_bytes(files.SerializeToString(deterministic=True))
    print(f"{TARGET.name}: {len(done)} files, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
