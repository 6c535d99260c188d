#!/usr/bin/env python3
"""Google's own authentication library goes the keyless way against a local cloud: a workflow's token, the exchange,
an impersonated account, an API. Then it tries each credential that must be refused.

Usage: pip install -r stack/tests/clients/requirements.txt
       stack/tests/clients/federation.py target/debug/stack

Starts a local cloud of its own in a folder of its own, and an identity provider with a key of its own. Prints each
check that fails, then `N passed, M failed`.
"""
import base64
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from google.api_core import exceptions as api_exceptions
from google.api_core.client_options import ClientOptions
from google.auth import exceptions, identity_pool
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud import pubsub_v1, storage

PROGRAM = os.path.abspath(sys.argv[1])
# What the tokens say; nobody answers there but to GitHub.
ISSUER = "https://token.actions.githubusercontent.com"
PROJECT = "federation-check"
DEPLOYER = f"deployer@{PROJECT}.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
passed, failed = 0, 0


def check(what, got, want):
    global passed, failed
    if got == want:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}: got {got!r}, want {want!r}")


def encoded(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size):
    return encoded(value.to_bytes(size, "big"))


class Rsa:
    """A key of RS256, as GitHub has."""

    alg = "RS256"

    def __init__(self, kid):
        self.kid, self.key = kid, rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public(self):
        it = self.key.public_key().public_numbers()
        return {"kty": "RSA", "use": "sig", "alg": self.alg, "kid": self.kid,
                "n": number(it.n, 256), "e": number(it.e, 3)}

    def sign(self, message):
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())


class Ec:
    """A key of ES256."""

    alg = "ES256"

    def __init__(self, kid):
        self.kid, self.key = kid, ec.generate_private_key(ec.SECP256R1())

    def public(self):
        it = self.key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid, "x": number(it.x, 32), "y": number(it.y, 32)}

    def sign(self, message):
        r, s = utils.decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def token(key, claims, **header):
    header = {"alg": key.alg, "typ": "JWT", "kid": key.kid} | header
    signed = f"{encoded(header)}.{encoded(claims)}"
    return f"{signed}.{encoded(key.sign(signed.encode()))}"


class Provider(http.server.BaseHTTPRequestHandler):
    """The issuer's documents, and the address at which a workflow gets its token."""

    keys = [Rsa("rsa-1"), Ec("ec-1")]
    subject_token = ""

    def do_GET(self):
        path = self.path.split("?")[0]
        body = {
            "/.well-known/openid-configuration": {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/.well-known/jwks"},
            "/.well-known/jwks": {"keys": [it.public() for it in Provider.keys]},
            "/idtoken": {"value": Provider.subject_token},
        }.get(path)
        allowed = path != "/idtoken" or self.headers.get("Authorization") == "Bearer workflow"
        data = json.dumps(body).encode()
        self.send_response(200 if body and allowed else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def owner(method, url, body=None):
    answer = requests.request(method, url, json=body, headers={"Authorization": "Bearer owner"}, timeout=30)
    assert answer.ok, f"{method} {url}: {answer.status_code} {answer.text}"
    return answer.json()


class Check:
    def __init__(self, base, server, folder):
        self.base, self.folder = base, folder
        self.provider = f"http://127.0.0.1:{server.server_address[1]}"
        self.ahead = 0
        pools = f"{base}/iam/v1/projects/{PROJECT}/locations/global/workloadIdentityPools"
        owner("POST", f"{pools}?workloadIdentityPoolId=github", {})
        self.pool_url = f"{pools}/github"
        self.provider_url = f"{pools}/github/providers/actions"
        owner("POST", f"{pools}/github/providers?workloadIdentityPoolProviderId=actions", {
            "oidc": {"issuerUri": ISSUER},
            "attributeMapping": {
                "google.subject": "assertion.sub",
                "attribute.repository": "assertion.repository",
                "attribute.branch": "assertion.ref.extract('refs/heads/{branch}')",
            },
            "attributeCondition": "assertion.repository_owner == 'acme' && !assertion.repository.endsWith('-fork')",
        })
        self.pool = owner("GET", self.pool_url)["name"]
        accounts = f"{base}/iam/v1/projects/{PROJECT}/serviceAccounts"
        owner("POST", accounts, {"accountId": "deployer"})
        self.account_url = f"{accounts}/{DEPLOYER}"
        self.grant(self.account_url, "roles/iam.workloadIdentityUser", self.members("attribute.repository/acme/shop"))
        owner("POST", f"{base}/storage/v1/b?project={PROJECT}", {"name": "federation-check"})
        self.bucket = f"{base}/storage/v1/b/federation-check"
        owner("PUT", f"{self.bucket}/iam", {"bindings": [
            {"role": "roles/storage.admin", "members": [f"serviceAccount:{DEPLOYER}"]},
            {"role": "roles/storage.legacyBucketReader", "members": [self.members("attribute.branch/main")]},
        ]})

    def members(self, of):
        return f"principalSet://iam.googleapis.com/{self.pool}/{of}"

    def grant(self, url, role, member):
        owner("POST", f"{url}:setIamPolicy", {"policy": {"bindings": [{"role": role, "members": [member]}]}})

    def now(self):
        return int(time.time()) + self.ahead

    def claims(self, **changed):
        return {
            "iss": ISSUER, "aud": f"https://iam.googleapis.com/{self.pool}/providers/actions",
            "sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop", "repository_owner": "acme",
            "ref": "refs/heads/main", "iat": self.now() - 5, "nbf": self.now() - 5, "exp": self.now() + 300,
        } | changed

    def credentials(self, source, account=DEPLOYER, audience=None):
        info = {
            "type": "external_account",
            "audience": audience or f"//iam.googleapis.com/{self.pool}/providers/actions",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": f"{self.base}/sts/v1/token",
            "credential_source": source,
        }
        if account:
            url = f"{self.base}/iamcredentials/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
            info["service_account_impersonation_url"] = url
            info["service_account_impersonation"] = {"token_lifetime_seconds": 1800}
        # google.auth.default would ask the real Resource Manager for the project as well.
        return identity_pool.Credentials.from_info(info, scopes=[SCOPE])

    def file(self, subject_token):
        path = self.folder / "token"
        path.write_text(subject_token)
        return {"file": str(path)}

    def status(self, credentials, url):
        return AuthorizedSession(credentials).get(url, timeout=30).status_code

    def keyless(self):
        for key in Provider.keys:
            credentials = self.credentials(self.file(token(key, self.claims())))
            check(f"{key.alg}, impersonated", self.status(credentials, self.bucket), 200)
            lasts = (credentials.expiry - type(credentials.expiry).utcnow()).total_seconds()
            check(f"{key.alg}, lasts {lasts}s", 1700 < lasts <= 1800, True)
        direct = self.credentials(self.file(token(Provider.keys[0], self.claims())), account=None)
        check("without an account: reads the bucket", self.status(direct, self.bucket), 200)
        check("without an account: reads no policy", self.status(direct, f"{self.bucket}/iam"), 403)
        other = self.claims(ref="refs/heads/other")
        direct = self.credentials(self.file(token(Provider.keys[0], other)), account=None)
        check("another branch reads nothing", self.status(direct, self.bucket), 403)
        # As google-github-actions/auth writes it into a workflow's credentials file.
        Provider.subject_token = token(Provider.keys[0], self.claims())
        workflow = self.credentials({
            "url": f"{self.provider}/idtoken?audience=x", "headers": {"Authorization": "Bearer workflow"},
            "format": {"type": "json", "subject_token_field_name": "value"},
        })
        client = storage.Client(PROJECT, workflow, client_options=ClientOptions(api_endpoint=self.base))
        blob = client.bucket("federation-check").blob("from/a/workflow.txt")
        blob.upload_from_string("no key at all")
        check("an object is written and read", blob.download_as_bytes(), b"no key at all")

    def refused_by_the_exchange(self, what, subject_token, code, words, audience=None):
        try:
            self.credentials(self.file(subject_token), audience=audience).refresh(Request())
            check(what, "accepted", f"{code}: {words}")
        except exceptions.OAuthError as error:
            text = str(error.args[0])
            check(f"{what}: {text}", text.startswith(f"Error code {code}: ") and words in text, True)

    def refusals(self):
        key = Provider.keys[0]
        signed = token(key, self.claims())
        unsigned = signed.rsplit(".", 1)[0]
        grant = "invalid_grant"
        for what, subject_token, code, words in [
            ("another issuer", token(key, self.claims(iss="https://evil.example.com")), grant, "The issuer in ID Token"),
            ("another audience", token(key, self.claims(aud="https://github.com/acme")), grant,
             "The audience in ID Token [https://github.com/acme] does not match the expected audience"),
            ("another key of the same name", token(Rsa(key.kid), self.claims()), grant, "signature does not verify"),
            ("a key of another kind", token(Ec(key.kid), self.claims()), grant, "no key"),
            ("an unknown key", token(Rsa("rsa-2"), self.claims()), grant, "no key \"rsa-2\""),
            ("no signature", f"{unsigned}.", grant, "signature does not verify"),
            ("changed claims", ".".join([signed.split(".")[0], encoded(self.claims(sub="x")), signed.split(".")[2]]),
             grant, "signature does not verify"),
            ("alg none", token(key, self.claims(), alg="none"), grant, "\"none\" is not RS256 or ES256"),
            ("alg HS256", token(key, self.claims(), alg="HS256"), grant, "\"HS256\" is not RS256 or ES256"),
            ("expired", token(key, self.claims(exp=self.now() - 1)), grant, "is stale to sign-in."),
            ("issued long ago", token(key, self.claims(iat=self.now() - 25 * 3600)), grant, "is stale to sign-in."),
            ("not yet valid", token(key, self.claims(nbf=self.now() + 900)), grant, "is not valid before"),
            ("valid for too long", token(key, self.claims(exp=self.now() + 25 * 3600)), grant, "24 hours"),
            ("a long subject", token(key, self.claims(sub="x" * 128)), "invalid_request",
             "The size of mapped attribute google.subject exceeds the 127 bytes limit."),
            ("another owner", token(key, self.claims(repository_owner="evil")), "unauthorized_client",
             "The given credential is rejected by the attribute condition."),
            ("a fork", token(key, self.claims(repository="acme/shop-fork")), "unauthorized_client",
             "The given credential is rejected by the attribute condition."),
            ("no repository", token(key, {k: v for k, v in self.claims().items() if k != "repository"}),
             "unauthorized_client", "The given credential is rejected by the attribute condition."),
            ("no token", "x.y.z", grant, "not a valid ID Token"),
        ]:
            self.refused_by_the_exchange(what, subject_token, code, words)
        absent = "This might either be because the pool or provider is disabled or deleted or because it doesn't exist."
        other = f"//iam.googleapis.com/{self.pool}/providers/other"
        self.refused_by_the_exchange("an unknown provider", signed, "invalid_target", absent, audience=other)
        pool = f"//iam.googleapis.com/{self.pool}"
        self.refused_by_the_exchange("no provider", signed, "invalid_request", "full resource name", audience=pool)
        for url in (self.provider_url, self.pool_url):
            owner("PATCH", f"{url}?updateMask=disabled", {"disabled": True})
            self.refused_by_the_exchange(f"{url} is disabled", signed, "invalid_target", absent)
            owner("PATCH", f"{url}?updateMask=disabled", {"disabled": False})
            owner("DELETE", url)
            self.refused_by_the_exchange(f"{url} is deleted", signed, "invalid_target", absent)
            owner("POST", f"{url}:undelete", {})
        # Those that the library itself never sends.
        good = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "scope": SCOPE,
            "audience": f"//iam.googleapis.com/{self.pool}/providers/actions", "subject_token": signed,
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        }
        exchange = lambda form: requests.post(f"{self.base}/v1/token", data=form, timeout=30)
        check("a form by path alone", exchange(good).status_code, 200)
        for name in good:
            answer = exchange({k: v for k, v in good.items() if k != name})
            check(f"without {name}", (answer.status_code, answer.json()["error"]), (400, "invalid_request"))
        answer = exchange(good | {"grant_type": "client_credentials"})
        check("another grant", (answer.status_code, answer.json()["error"]), (400, "unsupported_grant_type"))

    def impersonation(self):
        mine = self.file(token(Provider.keys[0], self.claims()))
        other = self.claims(repository="acme/other", sub="repo:acme/other:ref:refs/heads/main")
        for what, source, account in [
            ("another repository", self.file(token(Provider.keys[0], other)), DEPLOYER),
            ("another account", mine, f"nobody@{PROJECT}.iam.gserviceaccount.com"),
        ]:
            if source is mine:
                self.file(token(Provider.keys[0], self.claims()))
            try:
                self.credentials(source, account=account).refresh(Request())
                check(what, "accepted", "refused")
            except exceptions.RefreshError as error:
                denied = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
                check(what, json.loads(error.args[1])["error"]["message"], denied)

    def grpc(self):
        """Pub/Sub over gRPC takes the same tokens. Its channel is in clear, so that they are sent by hand."""
        topic, subscription = f"projects/{PROJECT}/topics/orders", f"projects/{PROJECT}/subscriptions/orders"
        owner("PUT", f"{self.base}/pubsub/v1/{topic}", {})
        owner("PUT", f"{self.base}/pubsub/v1/{subscription}", {"topic": topic})
        self.grant(f"{self.base}/pubsub/v1/{topic}", "roles/pubsub.viewer", self.members("attribute.branch/main"))
        self.grant(f"{self.base}/pubsub/v1/{subscription}", "roles/pubsub.subscriber", f"serviceAccount:{DEPLOYER}")
        os.environ["PUBSUB_EMULATOR_HOST"] = self.base.split("//")[1]
        publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        source = self.file(token(Provider.keys[0], self.claims()))
        direct, account = self.credentials(source, account=None), self.credentials(source)
        direct.refresh(Request())
        account.refresh(Request())

        def code(call, request, bearer):
            try:
                call(request=request, metadata=[("authorization", f"Bearer {bearer}")], timeout=20)
                return 200
            except api_exceptions.GoogleAPICallError as error:
                return error.code

        pull = {"subscription": subscription, "max_messages": 1, "return_immediately": True}
        for what, call, request, bearer, want in [
            ("a federated viewer gets the topic", publisher.get_topic, {"topic": topic}, direct.token, 200),
            ("the account does not", publisher.get_topic, {"topic": topic}, account.token, 403),
            ("the account pulls", subscriber.pull, pull, account.token, 200),
            ("the viewer does not", subscriber.pull, pull, direct.token, 403),
            ("a token that is made up manages", publisher.get_topic, {"topic": topic}, account.token + "x", 401),
            ("a token that is made up pulls", subscriber.pull, pull, account.token + "x", 401),
        ]:
            check(f"gRPC: {what}", code(call, request, bearer), want)

    def the_end(self):
        """A token that has ended is answered with 401, upon which the library gets another."""
        credentials = self.credentials(self.file(token(Provider.keys[0], self.claims())))
        session = AuthorizedSession(credentials)
        check("before the end", session.get(self.bucket, timeout=30).status_code, 200)
        first = credentials.token
        owner("POST", f"{self.base}/_local/tick?by=31m")
        self.ahead += 31 * 60
        self.file(token(Provider.keys[0], self.claims()))
        old = requests.get(self.bucket, headers={"Authorization": f"Bearer {first}"}, timeout=30)
        check("after the end", (old.status_code, old.json()["error"]["message"]), (401, "Invalid Credentials"))
        check("refreshed", session.get(self.bucket, timeout=30).status_code, 200)
        check("by another token", credentials.token != first, True)
        owner("POST", f"{self.account_url}:disable", {})
        held = requests.get(self.bucket, headers={"Authorization": f"Bearer {credentials.token}"}, timeout=30)
        check("a disabled account", held.status_code, 401)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "Pulumi.yaml").write_text("name: federation\nruntime: rust\n")
        port = server.server_address[1]
        begin = [PROGRAM, "local", "start", "--port", "0", "--issuer", f"{ISSUER}=http://127.0.0.1:{port}"]
        subprocess.run(begin, cwd=folder, check=True)
        try:
            address = json.loads((folder / ".stack/local/server.json").read_text())["address"]
            it = Check(f"http://{address}", server, folder)
            it.keyless()
            it.refusals()
            it.impersonation()
            it.grpc()
            it.the_end()
        finally:
            subprocess.run([PROGRAM, "local", "stop"], cwd=folder, check=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
