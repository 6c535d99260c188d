#!/usr/bin/env python3
"""The official client of the Model Context Protocol uses `stack mcp` as an agent's program does, in both eras of the protocol:
it lists the tools and validates their schemas, looks with each, and applies only what was approved at a terminal.

Usage: pip install -r stack/tests/clients/requirements.txt
       stack/tests/clients/mcp.py target/debug/stack

Starts a local cloud of its own in a folder of its own. Prints each check that fails, then `N passed, M failed`.
"""
import asyncio
import json
import os
import pathlib
import pty
import shutil
import subprocess
import sys
import tempfile

# This file is called as the package is, and its folder comes first on the path.
sys.path.pop(0)

import jsonschema
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

PROGRAM = os.path.abspath(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[3]
SECRET = "whoever.is.told@secret.example.com"
passed, failed = 0, 0


def check(what, got, want):
    global passed, failed
    if got == want:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}: got {got!r}, want {want!r}")


def schema(name):
    return json.loads((ROOT / "docs" / name).read_text())


class Agent:
    def __init__(self, client, said):
        self.client, self.said = client, said

    async def call(self, tool, **arguments):
        result = await self.client.call_tool(tool, arguments)
        self.said.append(result.model_dump_json())
        return result

    async def good(self, tool, **arguments):
        result = await self.call(tool, **arguments)
        check(f"{tool} succeeds: {result.content[0].text[:300]}", bool(result.is_error), False)
        return result.structured_content or {}, result.content[0].text

    async def refused(self, what, tool, words, **arguments):
        result = await self.call(tool, **arguments)
        check(f"{what}: {result.content[0].text}", (bool(result.is_error), words in result.content[0].text), (True, True))


class Check:
    def __init__(self, folder):
        self.folder = folder
        self.environment = os.environ | {
            "PULUMI_CONFIG_PASSPHRASE": "a phrase",
            # Beside the project, for approvals are not kept in it.
            "XDG_STATE_HOME": str(folder.parent / "state"),
        }
        self.said = []

    def run(self, *args):
        subprocess.run([PROGRAM, *args], cwd=self.folder, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def approve(self, *args):
        """A person at a terminal says yes."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execve(PROGRAM, [PROGRAM, "approve", *args], self.environment)
        os.write(terminal, b"y\n")
        shown = b""
        try:
            while piece := os.read(terminal, 65536):
                shown += piece
        except OSError:
            pass  # The terminal's other end is closed: the program has ended.
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status), shown.decode()

    def connect(self, mode, errors):
        parameters = StdioServerParameters(command=PROGRAM, args=["mcp"], cwd=self.folder, env=self.environment)
        return Client(stdio_client(parameters, errlog=errors), mode=mode, raise_exceptions=True)

    async def tools(self, client, revision):
        check("revision", client.protocol_version, revision)
        check("name", client.server_info.name, "stack")
        tools = (await client.list_tools()).tools
        check("tools", [it.name for it in tools], ["plan", "explain", "cost", "drift", "state", "outputs", "apply"])
        for tool in tools:
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            if tool.output_schema:
                jsonschema.Draft202012Validator.check_schema(tool.output_schema)
            changes = tool.name == "apply"
            hints = tool.annotations
            check(f"{tool.name} hints", (hints.read_only_hint, hints.destructive_hint), (not changes, changes))
            check(f"{tool.name} is described", len(tool.description) > 40, True)

    async def looks(self, agent):
        # The client itself holds the plan to the tool's schema of its output.
        plan, text = await agent.good("plan")
        jsonschema.validate(plan["plan"], schema("plan.schema.json"))
        check("a plan has its digest", plan["digest"] is not None and plan["digest"] in text, True)
        cost, _ = await agent.good("cost")
        jsonschema.validate(cost, schema("cost.schema.json"))
        explained, text = await agent.good("explain", resource="pubsub-exports")
        check("explained", (explained["noun"], "deleting it loses" in text), ("bucket", True))
        await agent.refused("an unknown name", "explain", "did you mean pubsub-exports?", resource="pubsub-export")
        drift, _ = await agent.good("drift")
        state, _ = await agent.good("state")
        check("drift of nothing", (drift["differs"], len(state["resources"]) > 40), (0, True))
        outputs, _ = await agent.good("outputs")
        check("outputs", outputs["outputs"]["bucket"], "gs://local-project-pubsub-exports")
        # That the secret is in; each call derives the passphrase's key anew, which takes a second.
        for entry in state["resources"]:
            if entry["kind"].endswith((":NotificationChannel", ":AlertPolicy")):
                await agent.good("state", resource=entry["urn"])
        await agent.refused("wrong arguments", "plan", "wrong arguments for plan", everything=True)
        await agent.refused("a setting of the person's", "plan", "the person's alone", config={"gcp:endpoint": "http://a"})

    async def applies(self, agent):
        (self.folder / "Pulumi.local.yaml").write_text(
            (self.folder / "Pulumi.local.yaml").read_text() + "  events:exportRetentionDays: 7\n"
        )
        plan, text = await agent.good("plan")
        digest = plan["digest"]
        check("one change", (plan["plan"]["summary"]["update"], "30 -> 7" in text), (1, True))
        await agent.refused("without approval", "apply", "no person has approved", digest=digest)
        await agent.refused("a made-up digest", "apply", "no person has approved", digest="sha256:" + 64 * "0")
        code, shown = self.approve("sha256:" + 64 * "0")
        check(f"another digest cannot be approved: {shown}", code, 1)
        code, shown = self.approve(digest)
        check(f"approved: {shown}", (code, digest in shown), (0, True))
        done, _ = await agent.good("apply", digest=digest)
        check("done", [it["name"] for it in done["done"]], ["pubsub-exports"])
        await agent.refused("an approval that is used up", "apply", "or it was applied already", digest=digest)
        plan, _ = await agent.good("plan")
        check("then nothing is to be done", plan["plan"]["summary"]["update"], 0)


async def main(folder):
    it = Check(folder)
    for file in ("Pulumi.yaml", "Pulumi.local.yaml"):
        shutil.copy(ROOT / file, folder)
    # A service is somebody else's affair here.
    with open(folder / "Pulumi.local.yaml", "a") as file:
        file.write("  events:image: us-docker.pkg.dev/cloudrun/container/hello\n")
    it.run("config", "set", "--secret", "alertEmail", SECRET)
    it.run("local", "start", "--port", "0")
    errors = folder.parent / "errors"
    try:
        it.run("apply", "--yes")
        for mode, revision in (("auto", "2026-07-28"), ("legacy", "2025-11-25")):
            with open(errors, "a") as log:
                async with it.connect(mode, log) as client:
                    agent = Agent(client, it.said)
                    await it.tools(client, revision)
                    await it.looks(agent)
                    if mode == "auto":
                        await it.applies(agent)
    finally:
        it.run("local", "stop")
    seen = "".join(it.said) + errors.read_text()
    check("the secret is nowhere", SECRET in seen, False)
    check("a mask is in its place", "(secret)" in seen, True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        project = pathlib.Path(name, "project")
        project.mkdir()
        asyncio.run(main(project))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
