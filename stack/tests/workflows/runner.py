"""Runs the jobs of a workflow file as GitHub's runner does: its `run:` steps as they are written, in a fresh clone.

Actions are stood in for: checkout clones, cache keeps folders by key, artifacts are carried from job to job, and what an
attestation vouches for is held to the files and written down. What else a workflow uses is an error, so that nothing is
skipped quietly.
"""

import glob
import hashlib
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import uuid

import yaml

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<op>==|!=|&&|\|\||[!(),])|(?P<name>[A-Za-z_][\w.\-]*))"
)


class Expression:
    """An expression of GitHub Actions: literals, names, ==, !=, !, &&, ||, parentheses, hashFiles(), contains()."""

    def __init__(self, text, names, files):
        self.tokens, at = [], 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            assert found, f"not understood: {text[at:]!r} in {text!r}"
            self.tokens.append((found.lastgroup, found.group(found.lastgroup)))
            at = found.end()
        self.names, self.files = names, files

    def value(self):
        value = self.either()
        assert not self.tokens, f"more than an expression: {self.tokens}"
        return value

    def next_is(self, *ops):
        return bool(self.tokens) and self.tokens[0][0] == "op" and self.tokens[0][1] in ops

    def either(self):
        value = self.both()
        while self.next_is("||"):
            self.tokens.pop(0)
            other = self.both()
            value = value or other
        return value

    def both(self):
        value = self.equal()
        while self.next_is("&&"):
            self.tokens.pop(0)
            other = self.equal()
            value = value and other
        return value

    def equal(self):
        value = self.one()
        while self.next_is("==", "!="):
            op = self.tokens.pop(0)[1]
            other = self.one()
            # GitHub compares texts without case; null, "" and what is not there are alike.
            same = str(value or "").lower() == str(other or "").lower()
            value = same if op == "==" else not same
        return value

    def one(self):
        kind, text = self.tokens.pop(0)
        if kind == "op" and text == "!":
            return not self.one()
        if kind == "op" and text == "(":
            value = self.either()
            assert self.tokens.pop(0) == ("op", ")")
            return value
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        assert kind == "name", f"not understood: {text}"
        if self.next_is("("):
            self.tokens.pop(0)
            arguments = []
            while not self.next_is(")"):
                arguments.append(self.either())
                if self.next_is(","):
                    self.tokens.pop(0)
            self.tokens.pop(0)
            if text == "contains":
                return str(arguments[1]).lower() in str(arguments[0] or "").lower()
            assert text == "hashFiles", f"no function {text}"
            return self.files(arguments)
        return self.name(text)

    def name(self, path):
        value = self.names
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value


class Failed(Exception):
    """A step ended with another code than 0."""


class Runner:
    def __init__(self, github, source, folder, variables, environment, given):
        """`source` is the repository; `folder` holds caches and artifacts, and the workspace unless `given` names one. `given`
        are options of run.py: commands that whoever calls runs by itself, images built before."""
        self.github, self.source, self.folder = github, source, pathlib.Path(folder)
        self.workspace = pathlib.Path(given.workspace or self.folder / "clone").resolve()
        self.variables, self.environment, self.done = variables, environment, set(given.done)
        self.images = given.images
        self.said = []
        self.summaries = {}
        # What attestations vouch for: each a name and a digest.
        self.attested = []

    def run(self, name, event, ref, payload=None, fork=False, only=None):
        """Runs a workflow for an event at a ref; the results of its jobs. Of a matrix, `only` are the entries that are run:
        those that agree with it."""
        file = yaml.load((self.source / ".github/workflows" / f"{name}.yml").read_text(), yaml.BaseLoader)
        triggers = file["on"] if isinstance(file["on"], dict) else {it: {} for it in [file["on"]]}
        assert event in triggers, f"{name}.yml is not run for {event}"
        wanted = triggers[event] if isinstance(triggers[event], dict) else {}
        branches, short = wanted.get("branches"), ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        if ref.startswith("refs/tags/"):
            assert any(fits(short, it) for it in wanted.get("tags", [])), f"{name}.yml is not run for {ref}"
        else:
            assert (not branches and "tags" not in wanted) or short in branches, f"{name}.yml is not run for {ref}"
        sha = subprocess.run(
            ["git", "rev-parse", "HEAD" if event == "pull_request" else short],
            cwd=self.source, check=True, capture_output=True, text=True,
        ).stdout.strip()
        run = str(uuid.uuid4().int % 10**10)
        github = {
            "event_name": event, "ref": ref, "ref_name": short, "sha": sha, "run_id": run,
            "repository": self.github.repository, "event": payload or {}, "actor": "someone",
        }  # fmt: skip
        shutil.rmtree(self.folder / "artifacts", ignore_errors=True)
        results, outputs = {}, {}
        waiting = dict(file["jobs"])
        while waiting:
            job_id = next(it for it in waiting if all(need in results for need in needs(waiting[it])))
            job = waiting.pop(job_id)
            names = {"github": github, "vars": self.variables}
            names["needs"] = {need: {"result": results[need], "outputs": outputs.get(need, {})} for need in needs(job)}
            if any(results[need] != "success" for need in needs(job)) or not self.holds(job.get("if"), names):
                results[job_id] = "skipped"
                continue
            codes = []
            entries = matrices(job.get("strategy", {}).get("matrix", {}))
            chosen = [it for it in entries if all(it.get(key, value) == value for key, value in (only or {}).items())]
            assert chosen, f"no entry of {job_id} is one of {only}"
            for matrix in chosen:
                result, told = self.job(name, file, job_id, job, {**names, "matrix": matrix}, fork)
                codes.append(result)
                outputs[job_id] = told
            results[job_id] = "success" if all(it == "success" for it in codes) else "failure"
        return results

    def holds(self, condition, names):
        if condition is None:
            return True
        return bool(Expression(condition.removeprefix("${{").removesuffix("}}"), names, self.hash_files).value())

    def filled(self, text, names):
        value = lambda found: Expression(found.group(1), names, self.hash_files).value()
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: shown(value(found)), text)

    def hash_files(self, patterns):
        files = {it for pattern in patterns for it in glob.glob(pattern, root_dir=self.workspace, recursive=True)}
        digest = hashlib.sha256()
        for it in sorted(files):
            if (self.workspace / it).is_file():
                digest.update((self.workspace / it).read_bytes())
        return digest.hexdigest() if files else ""

    def job(self, workflow, file, job_id, job, names, fork):
        """Runs one job; its result and its outputs."""
        permissions = job.get("permissions", file.get("permissions", {}))
        place = self.filled(job["environment"], names) if isinstance(job.get("environment"), str) else None
        token = uuid.uuid4().hex
        github = names["github"]
        claims = {
            "sub": f"repo:{github['repository']}:" + (f"environment:{place}" if place else f"ref:{github['ref']}"),
            "repository": github["repository"], "repository_id": str(self.github.number), "ref": github["ref"],
            "event_name": github["event_name"], "run_id": github["run_id"], "sha": github["sha"], "run_attempt": "1",
            "repository_owner": github["repository"].split("/")[0], "workflow": workflow,
        }  # fmt: skip
        if place:
            claims["environment"] = place
        # A fork's token only reads, whatever the workflow asks for, and it has no identity.
        granted = {key: "read" for key in permissions} if fork else dict(permissions)
        identity = granted.get("id-token") == "write"
        self.github.jobs[token] = {"permissions": granted, "identity": identity, "claims": claims}
        names["github"] = {**github, "token": token}
        temp = self.folder / "temp"
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir(parents=True)
        variables = {
            **self.environment, "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": github["repository"],
            "GITHUB_SHA": github["sha"], "GITHUB_REF": github["ref"], "GITHUB_REF_NAME": github["ref_name"],
            "GITHUB_EVENT_NAME": github["event_name"], "GITHUB_RUN_ID": github["run_id"], "GITHUB_JOB": job_id,
            "GITHUB_WORKFLOW": workflow, "GITHUB_API_URL": self.github.url, "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKSPACE": str(self.workspace), "RUNNER_TEMP": str(temp), "RUNNER_OS": "Linux",
        }  # fmt: skip
        if identity:
            variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{self.github.url}/oidc/token?api-version=2.0"
            variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = token
        levels = [file.get("env", {}), job.get("env", {})]
        variables.update({key: self.filled(it, names) for level in levels for key, it in level.items()})
        names["env"] = variables
        self.builds = any(step.get("run", "").startswith("cargo ") for step in job["steps"])
        kept, names["steps"], result = [], {}, "success"
        title = f"{workflow}/{job_id}" + "".join(f" {it}" for it in names["matrix"].values())
        try:
            for step in job["steps"]:
                if not self.holds(step.get("if"), names):
                    continue
                if "uses" in step:
                    self.use(step, names, kept)
                else:
                    self.step(title, step, variables, names, temp)
        except Failed:
            result = "failure"
        self.end_orphans()
        for path, where in kept if result == "success" else []:
            shutil.rmtree(where, ignore_errors=True)
            if path.exists():
                shutil.copytree(path, where, symlinks=True)
        del self.github.jobs[token]
        return result, {key: self.filled(it, names) for key, it in job.get("outputs", {}).items()}

    def end_orphans(self):
        """A runner ends what a job has left running: here a local cloud that a step has started by the way."""
        note = self.workspace / ".stack/local/server.json"
        if note.exists():
            os.kill(json.loads(note.read_text())["pid"], signal.SIGTERM)

    def use(self, step, names, kept):
        action, _, digest = step["uses"].partition("@")
        assert re.fullmatch(r"[0-9a-f]{40}", digest), f"{step['uses']} is not pinned by a digest"
        given = {key: self.filled(it, names) for key, it in step.get("with", {}).items()}
        if action == "actions/checkout":
            assert given.get("persist-credentials") == "false"
            self.checkout(given.get("ref") or names["github"]["sha"])
        elif action in ("actions/cache", "actions/cache/restore"):
            for path in given["path"].split():
                # What Cargo keeps is the environment's: CARGO_TARGET_DIR and CARGO_HOME.
                if path in ("target", "~/.cargo/registry"):
                    continue
                where = self.folder / "caches" / given["key"]
                if path == ".stack/images" and self.images:
                    # As an earlier run of the same sources leaves them.
                    shutil.copytree(self.images, where, symlinks=True)
                    self.images = None
                if where.exists():
                    shutil.copytree(where, self.workspace / path, dirs_exist_ok=True, symlinks=True)
                elif action == "actions/cache":
                    kept.append((self.workspace / path, where))
        elif action == "actions/upload-artifact":
            where = self.folder / "artifacts" / given["name"]
            what = self.workspace / given["path"]
            if what.is_dir():
                shutil.copytree(what, where)
            else:
                where.mkdir(parents=True)
                shutil.copy2(what, where)
        elif action == "actions/download-artifact":
            assert "name" in given or given["merge-multiple"] == "true"
            found = sorted((self.folder / "artifacts").glob(given.get("name") or given["pattern"]))
            assert found, f"no artifact is {given}"
            for it in found:
                shutil.copytree(it, self.workspace / given.get("path", "."), dirs_exist_ok=True)
        elif action == "actions/attest-build-provenance":
            self.attest(given, names)
        else:
            raise AssertionError(f"nothing stands in for {step['uses']}")

    def attest(self, given, names):
        """Vouches for files by their sums, which must be theirs, or for what has a name and a digest."""
        granted = self.github.jobs[names["github"]["token"]]["permissions"]
        assert granted.get("attestations") == "write" and granted.get("id-token") == "write", granted
        if "subject-checksums" not in given:
            assert set(given) == {"subject-name", "subject-digest"} and given["subject-name"], given
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", given["subject-digest"]), given
            self.attested.append((given["subject-name"], given["subject-digest"]))
            return
        sums = self.workspace / given["subject-checksums"]
        for line in sums.read_text().splitlines():
            digest, name = line[:64], line[66:]
            assert digest == hashlib.sha256((sums.parent / name).read_bytes()).hexdigest(), line
            self.attested.append((name, f"sha256:{digest}"))

    def checkout(self, ref):
        # A file that is as it was stays as old as it was, so that Cargo builds what has changed and nothing else.
        before = contents(self.workspace)
        shutil.rmtree(self.workspace, ignore_errors=True)
        git = lambda *args: subprocess.run(["git", *args], check=True, capture_output=True, text=True)
        git("clone", "-q", str(self.source), str(self.workspace))
        git("-C", str(self.workspace), "checkout", "-q", ref)
        for path, (digest, _) in contents(self.workspace).items():
            if path in before and before[path][0] == digest:
                os.utime(self.workspace / path, ns=(before[path][1], before[path][1]))
        if self.builds:
            # Steps name `target/…`, as it is on a runner.
            (self.workspace / "target").symlink_to(self.environment["CARGO_TARGET_DIR"])

    def step(self, title, step, variables, names, temp):
        command = self.filled(step["run"], names)
        name = f"{title}: {step.get('name', command)}"
        if command in self.done:
            print(f"   {name}: is run by who calls this", flush=True)
            return
        script, files = temp / "step.sh", {}
        script.write_text(command)
        for variable in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"):
            files[variable] = temp / f"{variable.lower()}-{uuid.uuid4().hex}"
            files[variable].touch()
        own = {key: self.filled(it, names) for key, it in step.get("env", {}).items()}
        done = subprocess.run(
            ["bash", "-e", str(script)], cwd=self.workspace, text=True, capture_output=True,
            env={**variables, **own, **{key: str(it) for key, it in files.items()}},
        )  # fmt: skip
        told = done.stdout + done.stderr
        self.said.append((name, command, done.returncode, told))
        self.summaries[name] = files["GITHUB_STEP_SUMMARY"].read_text()
        print(f"   {name}: {'ok' if done.returncode == 0 else f'exit code {done.returncode}'}", flush=True)
        variables.update(assignments(files["GITHUB_ENV"]))
        if "id" in step:
            names["steps"][step["id"]] = {"outputs": assignments(files["GITHUB_OUTPUT"])}
        if done.returncode != 0:
            raise Failed


def fits(name, pattern):
    """Whether a tag fits a pattern of a trigger, in which `+` repeats what stands before it and `*` is anything but `/`."""
    parts = re.split(r"([*+.])", pattern)
    return re.fullmatch("".join({"*": "[^/]*", ".": r"\."}.get(it, it) for it in parts), name) is not None


def contents(folder):
    """Of each file that Git knows: a digest of what it holds, and when it was changed."""
    if not (folder / ".git").exists():
        return {}
    listed = subprocess.run(["git", "ls-files"], cwd=folder, check=True, capture_output=True, text=True).stdout
    paths = [it for it in listed.splitlines() if (folder / it).is_file()]
    return {
        it: (hashlib.sha256((folder / it).read_bytes()).hexdigest(), (folder / it).stat().st_mtime_ns) for it in paths
    }


def needs(job):
    listed = job.get("needs", [])
    return [listed] if isinstance(listed, str) else listed


def matrices(matrix):
    included = matrix.get("include", [])
    axes = {key: it for key, it in matrix.items() if key != "include"}
    crossed = [dict(zip(axes, values)) for values in itertools.product(*axes.values())] if axes else []
    return crossed + included if crossed or included else [{}]


def shown(value):
    if value is None:
        return ""
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def assignments(path):
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)
