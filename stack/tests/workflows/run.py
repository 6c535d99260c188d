#!/usr/bin/env python3
"""The repository delivers itself: its workflows' steps, as they are written, against a local Google Cloud and GitHub's API
as GitHub describes it. CARGO_TARGET_DIR is where it builds."""

import argparse
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import urllib.request

from github import ISSUER, GitHub
from runner import Runner

NAME, NUMBER = "someone/events", 4242
PROJECTS = {"dev": "events-dev-1", "prod": "events-prod-1"}


def sh(*command, cwd, env=None, code=0):
    done = subprocess.run(command, cwd=cwd, env=env, text=True, capture_output=True)
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


class Delivery:
    def __init__(self, given):
        self.program, self.folder = str(pathlib.Path(given.program).resolve()), pathlib.Path(given.folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.github = GitHub(NAME, NUMBER)
        self.repository = self.folder / "repository"
        sh("git", "clone", "-q", str(pathlib.Path(given.repository).resolve()), str(self.repository), cwd=self.folder)
        for key, value in (("user.name", "Someone"), ("user.email", "someone@example.com")):
            self.git("config", key, value)
        self.git("checkout", "-q", "-B", "main")
        own = {key: it for key, it in os.environ.items() if not key.startswith(("GITHUB_", "GOOGLE_", "PULUMI_", "ACTIONS_"))}
        # A person's own commands, outside of any job.
        self.person = {**own, "GITHUB_API_URL": self.github.url}
        self.cloud = self.folder / "cloud"
        self.cloud.mkdir()
        (self.cloud / "Pulumi.yaml").write_text("name: cloud\nruntime: rust\n")
        start = [self.program, "local", "start", "--port", "0", "--issuer", f"{ISSUER}={self.github.url}/oidc"]
        sh(*start, cwd=self.cloud, env=own)
        self.address = "http://" + json.loads((self.cloud / ".stack/local/server.json").read_text())["address"]
        # `stack test` moves the local cloud's time on, so that nobody waits for an export.
        self.github.clock = lambda: self.now().timestamp()
        self.variables = {"DELIVER": "on"}
        self.runner = Runner(self.github, self.repository, self.folder, self.variables, own, given)

    def git(self, *args):
        return sh("git", *args, cwd=self.repository).strip()

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def settings(self):
        """What a person writes who has forked the repository: the projects, here on the local cloud."""
        for stack, project in PROJECTS.items():
            (self.repository / f"Pulumi.{stack}.yaml").write_text(
                f"config:\n  gcp:project: {project}\n  gcp:region: us-central1\n  gcp:endpoint: {self.address}\n"
            )

    def stack(self, *args, code=0):
        return sh(self.program, *args, cwd=self.repository, env=self.person, code=code)

    def call(self, method, host, path, body=None):
        """A call to the cloud as its owner, behind everybody's back."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"host": host, "authorization": "Bearer local", "content-type": "application/json"}
        request = urllib.request.Request(f"{self.address}/{path}", data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def now(self):
        said = self.call("POST", "127.0.0.1", "_local/tick?by=1s")["now"]
        return datetime.datetime.fromisoformat(said.replace("Z", "+00:00"))

    def image(self, stack):
        path = f"v2/projects/{PROJECTS[stack]}/locations/us-central1/services/data-api"
        return self.call("GET", "run.googleapis.com", path)["template"]["containers"][0]["image"]

    def run(self, workflow, event, ref, expect, **more):
        print(f"-- {workflow}.yml: {event} of {ref}", flush=True)
        before = len(self.runner.said)
        results = self.runner.run(workflow, event, ref, **more)
        said = self.runner.said[before:]
        assert results == expect, "\n".join(
            [f"{workflow}: {results}, not {expect}", *(f"$ {it[1]}\n{it[3]}" for it in said)]
        )
        faults = [it for it in self.github.log if it.startswith("FAULT")]
        assert not faults, faults
        return {name: told for name, _, _, told in said}

    def pull_request(self, number, branch, fork=False):
        self.github.pulls.add(number)
        self.git("checkout", "-q", branch)
        head = {"repo": {"full_name": "stranger/events" if fork else NAME}}
        return {"payload": {"pull_request": {"number": number, "head": head}}, "fork": fork}

    def stop(self):
        subprocess.run([self.program, "local", "stop"], cwd=self.cloud, capture_output=True, check=False)


DEPLOYED = {"test": "success", "plan": "success", "apply": "success", "destroy": "skipped"}


def bootstrap(it):
    """From a fork to a repository that may deploy."""
    it.settings()
    for stack, branch in (("dev", "develop"), ("prod", "main")):
        args = ["bootstrap", "github", "--repo", NAME, "--stack", stack, "--branch", branch]
        assert "roles/pubsub.admin" in it.stack(*args, "--plan")
        said = it.stack(*args, "--yes")
        assert f"repository {NUMBER}" in said and "Written into" in said, said
        # A second time there is nothing to do.
        assert "Nothing to do" in it.stack(*args, "--plan"), "bootstrap is not stable"
        bucket = it.call("GET", "storage.googleapis.com", f"storage/v1/b/{PROJECTS[stack]}-events-ledger")
        assert bucket["versioning"]["enabled"] and bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced"
        assert bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"]
    it.commit("Deliver dev and prod")
    it.git("branch", "develop")


def deploy(it):
    """A push to develop is planned by one job, and applied by another as the deployer."""
    it.git("checkout", "-q", "develop")
    said = it.run("deploy", "push", "refs/heads/develop", DEPLOYED)
    assert "3 passed, 0 failed" in said["deploy/apply: Test what is deployed"], said
    assert "sha256:" in it.runner.summaries["deploy/plan: Plan"]
    # The same commit again changes nothing.
    said = it.run("deploy", "workflow_dispatch", "refs/heads/develop", DEPLOYED)
    assert "Nothing to do" in said["deploy/apply: Apply"], said


def preview(it):
    """A pull request has a comment a stack, which the next push updates."""
    it.git("checkout", "-q", "-b", "change", "develop")
    stack = it.repository / "stack/src/service.rs"
    text = stack.read_text()
    assert text.count("max_instance_count: 10.into()") == 1
    stack.write_text(text.replace("max_instance_count: 10.into()", "max_instance_count: 20.into()"))
    # So much is published that it costs something.
    usage = "resource_usage:\n  topic data-ingestion-topic:\n    monthly_messages: 900_000_000\n    average_message_bytes: 500\n"
    (it.repository / "infracost-usage.yml").write_text(usage)
    it.commit("More instances")
    pull = it.pull_request(7, "change")
    stranger = "<!-- stack ci: events/dev -->\nmine"
    it.github.comment(7, stranger, login="stranger", kind="User")
    it.run("preview", "pull_request", "refs/pull/7/merge", {"comment": "failure", "fork": "skipped"}, **pull)
    texts = it.github.texts(7)
    assert texts[0] == stranger and len(texts) == 3, texts
    dev = next(text for text in texts[1:] if text.startswith("<!-- stack ci: events/dev -->"))
    assert "1 to update" in dev and "maxInstanceCount" in dev and "-   " in dev, dev
    # All of prod is still to be made, and costs more than nothing: the gate says so in the comment, and fails.
    prod = next(text for text in texts[1:] if text.startswith("<!-- stack ci: events/prod -->"))
    assert "to create" in prod and "--fail-on-increase" in prod, prod
    stack.write_text(text.replace("max_instance_count: 10.into()", "max_instance_count: 30.into()"))
    it.commit("Even more instances")
    it.variables["FAIL_ON_INCREASE"] = "500"
    it.run("preview", "pull_request", "refs/pull/7/merge", {"comment": "success", "fork": "skipped"}, **pull)
    texts = it.github.texts(7)
    assert len(texts) == 3 and any("+   template.scaling.maxInstanceCount: 30" in text for text in texts), texts


def strangers(it):
    """A pull request from a fork has no identity: it is planned on a local cloud, and logging in says why it cannot."""
    pull = it.pull_request(8, "change", fork=True)
    it.run("preview", "pull_request", "refs/pull/8/merge", {"comment": "skipped", "fork": "success"}, **pull)
    assert "to create" in it.runner.summaries["preview/fork: Plan on a local Google Cloud"]
    assert it.github.texts(8) == []
    for command in (["ci", "login", "--stack", "dev"], ["ci", "login", "--stack", "dev", "--deployer"]):
        job = {
            **it.person, "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": "/dev/null", "GITHUB_ENV": "/dev/null",
            "GITHUB_STEP_SUMMARY": "/dev/null", "RUNNER_TEMP": str(it.folder),
        }  # fmt: skip
        said = sh(it.program, *command, cwd=it.repository, env=job, code=1)
        assert "a pull request from a fork gets none" in said, said


def impostors(it):
    """An identity that is not the repository's, on the branch, in the environment and in time, gets no access."""
    it.git("checkout", "-q", "develop")
    deploys = {
        "sub": f"repo:{NAME}:environment:dev", "repository": NAME, "repository_id": str(NUMBER), "run_id": "1",
        "event_name": "push", "ref": "refs/heads/develop", "environment": "dev",
    }  # fmt: skip
    condition, deployer = "rejected by the attribute condition", "iam.serviceAccounts.getAccessToken"
    now = int(it.now().timestamp())
    cases = [
        ({}, None),
        ({"repository_id": "4243"}, condition),
        ({"ref": "refs/heads/other"}, condition),
        ({"environment": "prod"}, deployer),
        ({"environment": None}, deployer),
        ({"event_name": "pull_request", "ref": "refs/pull/7/merge"}, deployer),
        ({"iss": "https://token.example.com"}, "issuer"),
        ({"aud": "https://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/x/providers/y"}, "audience"),
        ({"iat": now - 900, "nbf": now - 900, "exp": now - 600}, "is stale to sign-in"),
    ]
    for changed, refusal in cases:
        claims = {key: value for key, value in {**deploys, **changed}.items() if value is not None}
        it.github.jobs["impostor"] = {"permissions": {}, "identity": True, "claims": claims}
        files = {name: it.folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        job = {
            **it.person, **{name: str(path) for name, path in files.items()}, "GITHUB_ACTIONS": "true",
            "RUNNER_TEMP": str(it.folder), "PULUMI_STACK": "dev", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "impostor",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{it.github.url}/oidc/token?api-version=2.0",
        }  # fmt: skip
        sh(it.program, "ci", "login", "--deployer", cwd=it.repository, env=job)
        job.update(line.split("=", 1) for line in files["GITHUB_ENV"].read_text().splitlines())
        said = sh(it.program, "plan", cwd=it.repository, env=job, code=1 if refusal else 0)
        assert refusal is None or refusal in said, f"{changed}: {said}"
        assert refusal is None or "hint: " in said, f"{changed}: {said}"
        print(f"   {changed or 'the deployer itself'}: {refusal or 'let in'}", flush=True)


def rule(age):
    return {"lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": age}}]}}


def drift(it):
    """What changes behind the repository's back opens an issue, which is closed once it is gone."""
    it.git("checkout", "-q", "main")
    it.variables["DELIVER"] = "on"
    bucket = f"storage/v1/b/{PROJECTS['dev']}-pubsub-exports"
    it.call("PATCH", "storage.googleapis.com", bucket, rule(5))
    it.run("drift", "schedule", "refs/heads/main", {"drift": "success"})
    issues = [issue for issue in it.github.issues.values() if "events/dev" in issue["title"]]
    assert len(issues) == 1 and "lifecycle.rule[0].condition.age: 5" in issues[0]["body"], issues
    it.run("drift", "schedule", "refs/heads/main", {"drift": "success"})
    assert len([issue for issue in it.github.issues.values() if "events/dev" in issue["title"]]) == 1
    it.call("PATCH", "storage.googleapis.com", bucket, rule(30))
    it.run("drift", "schedule", "refs/heads/main", {"drift": "success"})
    assert issues[0]["state"] == "closed" and len(it.github.texts(issues[0]["number"])) == 1, issues


def gates(it):
    """What is applied is what was approved, in the world that was looked at."""
    it.git("checkout", "-q", "develop")
    bucket = f"storage/v1/b/{PROJECTS['dev']}-pubsub-exports"
    change = lambda body: it.call("PATCH", "storage.googleapis.com", bucket, body)
    change({"labels": {"app": "other"}})
    it.stack("plan", "--stack", "dev", "--out", "approved.json")
    digest = json.loads((it.repository / "approved.json").read_text())["digest"]
    other = "sha256:" + "0" * 64
    said = it.stack("apply", "approved.json", "--approved", other, "--stack", "dev", code=1)
    assert "this is not the plan that was approved, and nothing was done" in said, said
    change(rule(5))
    said = it.stack("apply", "approved.json", "--approved", digest, "--stack", "dev", code=1)
    assert "is out of date, and nothing was done" in said, said
    said = it.stack("apply", "--approved", digest, "--stack", "dev", code=1)
    assert "this is not the plan that was approved, and nothing was done" in said, said
    change(rule(30))
    said = it.stack("apply", "--approved", digest, "--stack", "dev")
    assert "1 updated" in said, said
    (it.repository / "approved.json").unlink()


def roll_back(it):
    """A push of an earlier commit returns to its image, by its digest, and to its settings."""
    it.git("checkout", "-q", "develop")
    first = it.image("dev")
    api = it.repository / "api/src/main.rs"
    api.write_text(api.read_text() + "\n// A later version.\n")
    it.commit("A later version of the API")
    it.run("deploy", "push", "refs/heads/develop", DEPLOYED)
    it.git("revert", "--no-edit", "HEAD")
    it.run("deploy", "push", "refs/heads/develop", DEPLOYED)
    assert it.image("dev") == first, (it.image("dev"), first)


def destroy(it):
    """On develop, the switch has the stack deleted again after a while."""
    it.git("checkout", "-q", "develop")
    it.variables["DESTROY_AFTER"] = "1s"
    said = it.run("deploy", "workflow_dispatch", "refs/heads/develop", {**DEPLOYED, "destroy": "success"})
    assert "deleted" in said["deploy/destroy: Destroy"], said


STEPS = [bootstrap, deploy, preview, strangers, impostors, drift, gates, roll_back, destroy]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program", help="stack")
    options.add_argument("repository", help="its HEAD is tried")
    options.add_argument("folder", help="is emptied and worked in")
    options.add_argument("--workspace", help="where jobs clone to, and what was built there before is found again")
    options.add_argument("--done", action="append", default=[], help="a command that whoever calls this runs by itself")
    options.add_argument("--images", help="images that were built of these very sources")
    given = options.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    it = Delivery(given)
    try:
        for step in STEPS:
            print(f"== {step.__doc__.strip()}", flush=True)
            step(it)
    finally:
        it.stop()
    print(f"{len(STEPS)} parts of delivery passed.")


main()
