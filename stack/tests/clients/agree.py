#!/usr/bin/env python3
"""Google's own client libraries list and describe what `stack apply` made on a local cloud.

Usage: pip install -r stack/tests/clients/requirements.txt
       stack apply --yes && stack/tests/clients/agree.py http://127.0.0.1:8085

The libraries know nothing of us: what they read by Google's descriptions and by Google's own code has to
be what was declared. Prints a line per check, and last `N passed, M failed`.
"""
import hashlib
import io
import os
import sys

import google.auth.credentials
from google.api_core.client_options import ClientOptions
from google.cloud import bigquery, storage
from googleapiclient.discovery import build

PROJECT, REGION = "local-project", "us-central1"
passed, failed = 0, 0


class Token(google.auth.credentials.Credentials):
    """The local owner's token: it never expires."""

    def __init__(self):
        super().__init__()
        self.token = "local"

    def refresh(self, request):
        pass


def check(what, got, want):
    global passed, failed
    if got == want:
        passed += 1
        print(f"ok      {what}")
    else:
        failed += 1
        print(f"FAILED  {what}: {got!r}, not {want!r}")


def has(what, wanted, among):
    among = list(among)
    check(what, wanted if wanted in among else among, wanted)


def main():
    base = sys.argv[1].rstrip("/")
    token = Token()
    os.environ["STORAGE_EMULATOR_HOST"] = base
    os.environ["BIGQUERY_EMULATOR_HOST"] = base

    def api(name, version):
        options = ClientOptions(api_endpoint=f"{base}/{name}")
        return build(name, version, credentials=token, client_options=options, static_discovery=True)

    gcs = storage.Client(project=PROJECT, credentials=token)
    bucket_name = f"{PROJECT}-pubsub-exports"
    has("storage lists the bucket", bucket_name, (it.name for it in gcs.list_buckets()))
    bucket = gcs.get_bucket(bucket_name)
    check("its location", bucket.location, REGION.upper())
    check("its lifecycle", [dict(it) for it in bucket.lifecycle_rules], [{"action": {"type": "Delete"}, "condition": {"age": 30}}])
    check("its access", (bucket.iam_configuration.uniform_bucket_level_access_enabled, bucket.iam_configuration.public_access_prevention), (True, "enforced"))
    roles = {it["role"] for it in bucket.get_iam_policy(requested_policy_version=3).bindings if any("gcp-sa-pubsub" in m for m in it["members"])}
    check("the roles of Pub/Sub's agent on it", roles, {"roles/storage.objectCreator", "roles/storage.legacyBucketReader"})
    blob = bucket.blob("clients/hello.json")
    blob.upload_from_string('{"hello": "world"}', content_type="application/json")
    check("an object written and read back", bucket.blob("clients/hello.json").download_as_text(), '{"hello": "world"}')
    has("objects are listed", "clients/hello.json", (it.name for it in gcs.list_blobs(bucket_name, prefix="clients/")))
    blob.delete()
    # Longer than what is kept in the database: sent in one request of two parts, and in parts.
    content = hashlib.shake_128(b"large").digest(5 << 20)
    for what, size in [("in one request", None), ("in parts", 1 << 20)]:
        blob = bucket.blob("clients/large", chunk_size=size)
        blob.upload_from_file(io.BytesIO(content), checksum="md5")
        check(f"a large object written {what} and read back", blob.download_as_bytes(checksum="md5") == content, True)
        part = blob.download_as_bytes(start=1_000_000, end=3_999_999, raw_download=True)
        check("a range of it", part == content[1_000_000:4_000_000], True)
    both = bucket.blob("clients/both")
    both.compose([blob, blob])
    check("composed with itself", both.download_as_bytes(checksum=None) == content * 2, True)
    copy = bucket.copy_blob(both, bucket, "clients/copy")
    both.delete()
    check("copied", copy.download_as_bytes(checksum=None) == content * 2, True)
    copy.delete()
    blob.delete()

    bq = bigquery.Client(project=PROJECT, credentials=token, location=REGION)
    has("bigquery lists the dataset", "analytics_data", (it.dataset_id for it in bq.list_datasets()))
    dataset = bq.get_dataset("analytics_data")
    check("its names and location", (dataset.friendly_name, dataset.location), ("Analytics data", REGION))
    has("its access", ("READER", f"api-service-account@{PROJECT}.iam.gserviceaccount.com"), ((it.role, it.entity_id) for it in dataset.access_entries))
    has("bigquery lists the table", "events", (it.table_id for it in bq.list_tables("analytics_data")))
    schema = [(it.name, it.field_type, it.mode) for it in bq.get_table("analytics_data.events").schema]
    check("its columns", schema, [("event_id", "STRING", "REQUIRED"), ("event_data", "JSON", "NULLABLE"), ("timestamp", "TIMESTAMP", "REQUIRED")])

    pubsub = api("pubsub", "v1").projects()
    topics = pubsub.topics().list(project=f"projects/{PROJECT}").execute()["topics"]
    has("pubsub lists the topic", f"projects/{PROJECT}/topics/data-ingestion-topic", (it["name"] for it in topics))
    export = pubsub.subscriptions().get(subscription=f"projects/{PROJECT}/subscriptions/export-to-storage").execute()
    config = {k: export["cloudStorageConfig"][k] for k in ("bucket", "filenamePrefix", "filenameSuffix", "maxDuration", "maxBytes", "state")}
    check("the export", config, {"bucket": bucket_name, "filenamePrefix": "events-", "filenameSuffix": ".json", "maxDuration": "60s", "maxBytes": "1000000", "state": "ACTIVE"})
    pull = pubsub.subscriptions().get(subscription=f"projects/{PROJECT}/subscriptions/data-subscription").execute()
    check("the dead letters", pull["deadLetterPolicy"], {"deadLetterTopic": f"projects/{PROJECT}/topics/data-dead-letters", "maxDeliveryAttempts": 5})
    policy = pubsub.topics().getIamPolicy(resource=f"projects/{PROJECT}/topics/data-dead-letters").execute()
    check("who publishes to them", [it["role"] for it in policy["bindings"]], ["roles/pubsub.publisher"])

    run = api("run", "v2").projects().locations().services()
    services = run.list(parent=f"projects/{PROJECT}/locations/{REGION}").execute()["services"]
    has("run lists the service", f"projects/{PROJECT}/locations/{REGION}/services/data-api", (it["name"] for it in services))
    service = run.get(name=services[0]["name"]).execute()
    container = service["template"]["containers"][0]
    check("its account", service["template"]["serviceAccount"], f"api-service-account@{PROJECT}.iam.gserviceaccount.com")
    has("its environment", {"name": "GOOGLE_CLOUD_PROJECT", "value": PROJECT}, container["env"])
    check("it is ready", service["terminalCondition"]["state"], "CONDITION_SUCCEEDED")
    policy = run.getIamPolicy(resource=services[0]["name"]).execute()
    has("who may call it", {"role": "roles/run.invoker", "members": ["allUsers"]}, policy["bindings"])

    accounts = api("iam", "v1").projects().serviceAccounts()
    emails = {it["email"].split("@")[0] for it in accounts.list(name=f"projects/{PROJECT}").execute()["accounts"]}
    check("iam lists the accounts", emails >= {"api-service-account", "bq-transfer-service-account"}, True)

    monitoring = api("monitoring", "v3")
    policies = monitoring.projects().alertPolicies().list(name=f"projects/{PROJECT}").execute()["alertPolicies"]
    check("monitoring lists the alert", [it["displayName"] for it in policies], ["High API Error Rate"])
    check("it is a ratio", "denominatorFilter" in policies[0]["conditions"][0]["conditionThreshold"], True)
    parent = f"projects/{PROJECT}/services/events-pipeline"
    objectives = monitoring.services().serviceLevelObjectives().list(parent=parent).execute()["serviceLevelObjectives"]
    goals = {it["name"].rsplit("/", 1)[1]: it["goal"] for it in objectives}
    check("the objectives", goals, {"publish-success": 0.99, "api-success": 0.995, "api-latency": 0.95, "query-success": 0.99, "storage-reads": 0.999})
    boards = api("monitoring", "v1").projects().dashboards().list(parent=f"projects/{PROJECT}").execute()["dashboards"]
    check("the dashboard", [it["displayName"] for it in boards], ["Events pipeline"])

    transfers = api("bigquerydatatransfer", "v1").projects().locations().transferConfigs()
    configs = transfers.list(parent=f"projects/{PROJECT}/locations/{REGION}").execute()["transferConfigs"]
    check("the transfer", [(it["displayName"], it["schedule"], it["destinationDatasetId"]) for it in configs], [("storage-to-bq", "every 15 minutes", "analytics_data")])
    check("its file pattern", configs[0]["params"]["data_path_template"], f"gs://{bucket_name}/*.json")

    repositories = api("artifactregistry", "v1").projects().locations().repositories()
    images = repositories.get(name=f"projects/{PROJECT}/locations/{REGION}/repositories/data-api-images").execute()
    check("the repository", (images["format"], sorted(images["cleanupPolicies"])), ("DOCKER", ["delete-old", "keep-the-last-ten"]))

    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
