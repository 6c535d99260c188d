"""GitHub, as far as a workflow of this repository meets it: its REST API, and the identity tokens of its jobs.

Each request and each answer is held to GitHub's own description (github.json, written by scripts/github.py); answers are
made of the description's examples. Identity tokens are as GitHub documents their claims, signed by a key of this process.
"""

import base64
import copy
import json
import pathlib
import re
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jsonschema
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from releases import Releases

API = json.loads((pathlib.Path(__file__).parent / "github.json").read_text())
ISSUER = "https://token.actions.githubusercontent.com"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def as_json_schema(value):
    """OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(value, list):
        return [as_json_schema(it) for it in value]
    if not isinstance(value, dict):
        return value
    out = {key: as_json_schema(it) for key, it in value.items() if key not in ("nullable", "example")}
    if value.get("nullable") is True:
        return {"anyOf": [out, {"type": "null"}]}
    return out


SCHEMAS = as_json_schema(API["components"].get("schemas", {}))


def resolved(value):
    while isinstance(value, dict) and "$ref" in value:
        target = API
        for part in value["$ref"][2:].split("/"):
            target = target[part]
        value = target
    return value


def check(schema, value, what):
    whole = {**as_json_schema(schema), "components": {"schemas": SCHEMAS}}
    errors = [f"{it.json_path}: {it.message}" for it in jsonschema.Draft202012Validator(whole).iter_errors(value)]
    assert not errors, f"{what} is not as GitHub describes it: {errors[:3]}"


class Key:
    """The key that identity tokens are signed with."""

    def __init__(self):
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public(self):
        numbers = self.private.public_key().public_numbers()
        number = lambda it: encoded(it.to_bytes((it.bit_length() + 7) // 8, "big"))
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "test", "n": number(numbers.n), "e": number(numbers.e)}

    def token(self, claims):
        head = encoded(json.dumps({"alg": "RS256", "kid": "test", "typ": "JWT"}).encode())
        text = f"{head}.{encoded(json.dumps(claims).encode())}"
        signature = self.private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{encoded(signature)}"


class GitHub:
    """One repository at GitHub. `jobs` are the tokens of jobs that run, and what each may do."""

    def __init__(self, repository, number):
        self.repository, self.number = repository, number
        self.key = Key()
        self.pulls = set()
        self.comments = {}
        self.issues = {}
        self.jobs = {}
        self.refusals = []
        self.log = []
        self.last = 1000
        # In seconds since 1970. Who moves another's time on says what it is there.
        self.clock = time.time
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length) or None
                if body and (self.headers.get("content-type") or "").startswith("application/json"):
                    body = json.loads(body)
                file = outer.releases.download(self.path) if self.command == "GET" else None
                if file is not None:
                    return self.give(200, {"content-type": "application/octet-stream"}, file)
                try:
                    status, headers, answer = outer.answer(self.command, self.path, self.headers, body)
                except Exception as error:  # the client is told, and the test fails by the log
                    outer.log.append(f"FAULT {self.command} {self.path}: {error}")
                    status, headers, answer = 500, {}, {"message": str(error)}
                text = b"" if status == 204 else json.dumps(answer).encode()
                self.give(status, {"content-type": "application/json", **headers}, text)

            def give(self, status, headers, content):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = do

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.releases = Releases(repository, self.url, self.example, self.new)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def new(self):
        self.last += 1
        return self.last

    # Identity tokens.

    def identity(self, job, audience):
        now = int(self.clock())
        usual = {"iss": ISSUER, "aud": audience, "iat": now, "nbf": now - 5, "exp": now + 300}
        return self.key.token({**usual, **job["claims"]})

    def answer(self, method, path, headers, body):
        address = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(address.query))
        if address.path == "/oidc/.well-known/openid-configuration":
            return 200, {}, {"issuer": ISSUER, "jwks_uri": f"{self.url}/oidc/.well-known/jwks"}
        if address.path == "/oidc/.well-known/jwks":
            return 200, {}, {"keys": [self.key.public()]}
        token = (headers.get("authorization") or "").removeprefix("Bearer ")
        job = self.jobs.get(token)
        if address.path == "/oidc/token":
            if not job or not job["identity"]:
                return 401, {}, {"message": "Unauthorized"}
            return 200, {}, {"value": self.identity(job, query["audience"])}
        if self.refusals:
            return self.refusals.pop(0)
        if job is None and token:
            return 401, {}, {"message": "Bad credentials", "status": "401"}
        return self.api(method, address.path, query, job, body)

    # The API.

    def api(self, method, path, query, job, body):
        for template, methods in API["paths"].items():
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
            operation = methods.get(method.lower()) if found else None
            if operation is None:
                continue
            known = {resolved(it)["name"] for it in operation.get("parameters", []) if resolved(it)["in"] == "query"}
            assert set(query) <= known, f"{method} {template} has no parameters {set(query) - known}"
            content = resolved(operation.get("requestBody", {})).get("content", {})
            if "application/json" in content:
                check(content["application/json"]["schema"], body, f"the body of {method} {path}")
            self.log.append(f"{method} {path}")
            status, answer = self.operate(method, template, found.groupdict(), query, job, body)
            described = resolved(operation["responses"][str(status)]) if str(status) in operation["responses"] else {}
            schema = described.get("content", {}).get("application/json", {}).get("schema")
            if schema:
                check(schema, answer, f"the answer to {method} {path}")
            return status, {}, answer
        return 404, {}, {"message": "Not Found", "status": "404"}

    def example(self, method, template, status):
        content = resolved(API["paths"][template][method]["responses"][status])["content"]["application/json"]
        example = resolved(next(iter(content["examples"].values())))["value"]
        return copy.deepcopy(example[0] if isinstance(example, list) else example)

    def operate(self, method, template, at, query, job, body):
        absent = 404, {"message": "Not Found", "status": "404"}
        denied = 403, {"message": "Resource not accessible by integration", "status": "403"}
        if template == "/user":
            return denied
        if f"{at.get('owner')}/{at.get('repo')}" != self.repository:
            return absent
        permissions = job["permissions"] if job else {}
        comments = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
        if template == "/repos/{owner}/{repo}":
            shown = self.example("get", template, "200")
            # The description's example lacks what the description requires.
            for it in [shown, *(shown.get(name) or {} for name in ("source", "parent", "template_repository"))]:
                it.setdefault("language", None)
            return 200, {**shown, "id": self.number, "full_name": self.repository}
        if template.endswith("/pulls/{pull_number}"):
            number = int(at["pull_number"])
            if number not in self.pulls:
                return absent
            # As above: the example's teams have no type.
            return 200, {**self.example("get", template, "200"), "number": number, "requested_teams": []}
        if template == comments:
            number = int(at["issue_number"])
            there = [it for it in self.comments.values() if it["issue"] == number]
            if method == "GET":
                size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
                return 200, [it["shown"] for it in there[(page - 1) * size : page * size]]
            needed = "issues" if number in self.issues else "pull-requests"
            if permissions.get(needed) != "write":
                return denied
            return 201, self.comment(number, body["body"])
        if template.endswith("/issues/comments/{comment_id}"):
            if permissions.get("pull-requests") != "write":
                return denied
            there = self.comments.get(int(at["comment_id"]))
            if there is None:
                return absent
            there["shown"]["body"] = body["body"]
            return 200, there["shown"]
        if template.startswith("/repos/{owner}/{repo}/releases"):
            return self.releases.operate(method, template, at, query, permissions, body)
        return self.operate_issues(method, template, at, query, permissions, body)

    def operate_issues(self, method, template, at, query, permissions, body):
        if method != "GET" and permissions.get("issues") != "write":
            return 403, {"message": "Resource not accessible by integration", "status": "403"}
        if template == "/repos/{owner}/{repo}/issues" and method == "GET":
            fits = lambda it: it["state"] == query.get("state", "open") and query.get("labels", "") in [
                label["name"] for label in it["labels"]
            ]
            return 200, [it for it in self.issues.values() if fits(it)]
        if template == "/repos/{owner}/{repo}/issues":
            number = self.new()
            issue = self.example("post", template, "201")
            label = {**issue["labels"][0], "name": body["labels"][0]}
            url = f"https://github.com/{self.repository}/issues/{number}"
            issue.update(number=number, title=body["title"], body=body["body"], labels=[label], html_url=url, state="open")
            issue.pop("pull_request", None)
            self.issues[number] = issue
            return 201, issue
        issue = self.issues.get(int(at["issue_number"]))
        if issue is None:
            return 404, {"message": "Not Found", "status": "404"}
        issue.update({key: it for key, it in body.items() if key in ("title", "body", "state", "state_reason")})
        return 200, issue

    def comment(self, number, text, login="github-actions[bot]", kind="Bot"):
        template = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
        shown = self.example("post", template, "201")
        identity = self.new()
        url = f"https://github.com/{self.repository}/pull/{number}#issuecomment-{identity}"
        shown.update(id=identity, body=text, html_url=url, user={**shown["user"], "login": login, "type": kind})
        self.comments[identity] = {"issue": number, "shown": shown}
        return shown

    def texts(self, number):
        return [it["shown"]["body"] for it in self.comments.values() if it["issue"] == number]
