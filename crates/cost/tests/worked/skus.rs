//! Every price that a bill asks for is in the built-in list, or among those that the list is known to lack; and
//! every price in the list is asked for, or is known not to be. So a misspelt one cannot pass as one more that
//! is missing.

use std::collections::{BTreeMap, BTreeSet};

use cost::{Missing, PriceList, Priced as Money};
use engine::Sku;
use gcp::terraform;
use serde_json::{Value, json};

use crate::{Used, account, priced, used, with_free_tier};

const REPOSITORY: &str = "gcp:artifactregistry/v1:Repository";
const DATASET: &str = "gcp:bigquery/v2:Dataset";
const TABLE: &str = "gcp:bigquery/v2:Table";
const BUCKET: &str = "gcp:storage/v1:Bucket";

/// A price by service, description and place.
type Name = (&'static str, String, String);

/// Every region that the list has a price for, and where else something of a kind can be.
fn places(token: &str) -> BTreeSet<String> {
    let regions = PriceList::embedded().prices().map(|it| it.region.as_str()).filter(|it| it.contains('-'));
    let more: &[&str] = match token {
        REPOSITORY => &["us", "europe", "asia"],
        DATASET | TABLE => &["US", "EU"],
        BUCKET => &["US", "EU", "ASIA", "NAM4", "EUR4", "ASIA1"],
        _ => &[],
    };
    regions.chain(more.iter().copied()).map(str::to_owned).collect()
}

/// What of a kind makes a difference to its prices.
fn settings(token: &str) -> Vec<Value> {
    let service = |resources: Value| {
        let scaling = json!({ "minInstanceCount": 1 });
        json!({ "template": { "containers": [{ "resources": resources }], "scaling": scaling } })
    };
    let environment = |path: &str, it: Value| json!({ "gcsPath": path, "environment": it });
    let key = |algorithm: &str, level: &str| json!({ "version_template": [{ "algorithm": algorithm, "protection_level": level }] });
    match token {
        "gcp:pubsub/v1:Topic" => {
            let sources = ["awsKinesis", "cloudStorage", "azureEventHubs", "awsMsk", "confluentCloud"];
            let import = |it: &&str| json!({ "ingestionDataSourceSettings": { *it: {} } });
            let transforms = json!([{ "javascriptUdf": {} }, { "aiInference": {} }]);
            let keeps = json!({ "messageRetentionDuration": "86400s", "messageTransforms": transforms });
            sources.iter().map(import).chain([keeps]).collect()
        }
        "gcp:pubsub/v1:Subscription" => vec![
            json!({}),
            json!({ "retainAckedMessages": true }),
            json!({ "bigqueryConfig": { "table": "p.d.t" } }),
            json!({ "bigtableConfig": { "table": "t" } }),
            json!({ "cloudStorageConfig": { "bucket": "b" } }),
        ],
        BUCKET => ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"]
            .map(|it| json!({ "storageClass": it }))
            .into_iter()
            .chain([json!({ "autoclass": { "enabled": true } }), json!({ "rpo": "ASYNC_TURBO" })])
            .collect(),
        "gcp:run/v2:Service" => vec![
            service(json!({ "cpuIdle": true, "limits": { "cpu": "1" } })),
            service(json!({ "limits": { "cpu": "1" } })),
            service(json!({ "limits": { "cpu": "4", "nvidia.com/gpu": "1" } })),
        ],
        "gcp:run/v2:Job" => vec![json!({ "template": { "template": { "containers": [{}] } } })],
        "gcp:dataflow/v1b3:TemplateJob" | "gcp:dataflow/v1b3:FlexTemplateJob" => {
            let (streaming, batch) = ("gs://b/pubsub_x", "gs://b/x");
            let prime = json!({ "additionalExperiments": ["enable_prime"] });
            vec![
                environment(streaming, json!({})),
                environment(streaming, json!({ "enableStreamingEngine": true })),
                environment(streaming, prime.clone()),
                environment(batch, json!({})),
                environment(batch, json!({ "flexrsGoal": "FLEXRS_COST_OPTIMIZED" })),
                environment(batch, prime),
            ]
        }
        "gcp:bigquerydatatransfer/v1:TransferConfig" => {
            ["google_cloud_storage", "scheduled_query"].map(|it| json!({ "dataSourceId": it })).into()
        }
        "gcp:monitoring/v3:AlertPolicy" => {
            let condition = json!({ "conditionThreshold": { "filter": "metric.type = \"a\"" } });
            vec![json!({ "conditions": [condition] })]
        }
        "gcp:logging/v2:LogSink" => {
            let bucket = "logging.googleapis.com/projects/p/locations/global/buckets/b";
            vec![json!({ "destination": bucket })]
        }
        "google_kms_crypto_key" => {
            let algorithms = [
                "GOOGLE_SYMMETRIC_ENCRYPTION",
                "HMAC_SHA256",
                "RSA_SIGN_PSS_2048_SHA256",
                "RSA_SIGN_PSS_3072_SHA256",
                "EC_SIGN_P256_SHA256",
                "EC_SIGN_P384_SHA384",
            ];
            let software = algorithms.map(|it| key(it, "SOFTWARE"));
            let external = ["EXTERNAL_SYMMETRIC_ENCRYPTION", "EC_SIGN_P256_SHA256"];
            let external = external.map(|it| key(it, "EXTERNAL"));
            software.into_iter().chain(algorithms.map(|it| key(it, "HSM"))).chain(external).collect()
        }
        _ => vec![json!({})],
    }
}

/// Every price that a bill asks for, and whether the list has it in a unit that ours is.
fn asked_for() -> BTreeMap<Name, bool> {
    let mut asked = BTreeMap::new();
    for (of, _) in terraform::all() {
        let token = of.token();
        let keys = priced(token).usage().iter().map(|it| it.name);
        let keys: Vec<&str> = keys.filter(|it| !it.ends_with('}')).collect();
        // All that can be used, and each by itself: one may stand for another.
        let alone = keys.iter().map(|it| vec![(*it, "1")]);
        let said: Vec<Vec<(&str, &str)>> =
            [keys.iter().map(|it| (*it, "1")).collect()].into_iter().chain(alone).collect();
        for place in places(token) {
            for mut inputs in settings(token) {
                inputs["location"] = json!(place);
                let mut around: Vec<Used> = Vec::new();
                let models: &[&str] = if token == TABLE { &["LOGICAL", "PHYSICAL"] } else { &[""] };
                for model in models {
                    if token == TABLE {
                        inputs = json!({ "project": "p", "dataset": "d", "name": "t" });
                        let dataset = json!({
                            "project": "p", "name": "d", "location": place, "storageBillingModel": model,
                        });
                        around = vec![used(DATASET, dataset, &[])];
                    }
                    for said in &said {
                        around.push(used(token, inputs.clone(), said));
                        ask(&around, &mut asked);
                        around.pop();
                    }
                }
            }
        }
    }
    asked
}

fn ask(all: &[Used], asked: &mut BTreeMap<Name, bool>) {
    for line in account(all, &with_free_tier(true)).resources.iter().flat_map(|it| it.lines()) {
        let missing = match &line.priced {
            Money::Missing(Missing::Unit { list }) => {
                panic!("{:?} is in {}, and the list has it in {list}", line.sku, line.unit)
            }
            Money::Missing(Missing::Quantity) => panic!("{:?} has an absurd quantity", line.sku),
            Money::Missing(Missing::Price) => true,
            Money::Missing(why @ (Missing::Kind(_) | Missing::Later(_) | Missing::Wrong(_))) => {
                panic!("{:?} is not asked for: {why:?}", line.sku)
            }
            Money::Cost(_) => false,
            Money::ByUsage => PriceList::embedded().lookup(&line.sku).is_none(),
        };
        let sku = line.sku.clone();
        asked.insert((sku.service, sku.description, sku.region), !missing);
    }
}

/// Where the list has a price, of all places that it is asked for in.
#[derive(Debug)]
enum Listed {
    Nowhere,
    OnlyIn(&'static [&'static str]),
    NotIn(&'static [&'static str]),
}
use Listed::{NotIn, Nowhere, OnlyIn};

/// BigQuery is there, and nothing in the list is yet but what BigQuery asks for.
const NEW: &[&str] = &["asia-southeast4"];
const NO_CLOUD_RUN: &[&str] = &["asia-southeast3", "asia-southeast4", "europe-north2", "northamerica-south1"];
/// All that is to be had of Dataflow's prices are those of one region, and one of another.
const IOWA: Listed = OnlyIn(&["us-central1"]);

const BIGQUERY: &str = "BigQuery";
const STORAGE_API: &str = "BigQuery Storage API";
const DATAFLOW: &str = "Cloud Dataflow";
const KMS: &str = "Cloud Key Management Service (KMS)";
const RUN: &str = "Cloud Run";
const STORAGE: &str = "Cloud Storage";

/// What the list is known to lack. A star stands for whatever place.
#[rustfmt::skip]
const LACKS: &[(&str, &str, Listed)] = &[
    (BIGQUERY, "Active Logical Storage (*)", OnlyIn(&[
        "asia-south1", "asia-southeast1", "eu", "europe-west1", "southamerica-east1", "us", "us-central1",
    ])),
    (BIGQUERY, "Long Term Logical Storage (*)", OnlyIn(&[
        "asia-southeast1", "eu", "europe-west1", "southamerica-east1", "us", "us-central1",
    ])),
    (BIGQUERY, "Active Physical Storage (*)", OnlyIn(&["us"])),
    (BIGQUERY, "Long Term Physical Storage (*)", OnlyIn(&["us"])),
    (BIGQUERY, "Analysis (*)", NotIn(&[
        "asia-east2", "asia-northeast2", "asia-south2", "asia-southeast2",
        "australia-southeast2", "europe-central2", "europe-north1", "europe-southwest1", "europe-west3",
        "europe-west4", "europe-west6", "europe-west8", "europe-west9", "northamerica-northeast1",
        "northamerica-northeast2", "us-east4", "us-east5", "us-west1", "us-west3", "us-west4",
    ])),
    (BIGQUERY, "Streaming Insert (*)", OnlyIn(&["asia-south1", "eu", "us", "us-central1"])),
    (STORAGE_API, "BigQuery Storage API - Read (*)", Nowhere),
    (STORAGE_API, "BigQuery Storage API - Write (*)", OnlyIn(&["us"])),
    (DATAFLOW, "Data Compute Unit batch (Prime)", IOWA),
    (DATAFLOW, "Data Compute Unit streaming (Prime)", IOWA),
    (DATAFLOW, "Local Disk Time PD Standard *", IOWA),
    (DATAFLOW, "RAM Time Batch *", IOWA),
    (DATAFLOW, "RAM Time FlexRS *", IOWA),
    (DATAFLOW, "RAM Time Streaming *", IOWA),
    (DATAFLOW, "Shuffle data processed", IOWA),
    (DATAFLOW, "Streaming Engine Compute Unit", IOWA),
    (DATAFLOW, "Streaming Engine data processed (legacy billing)", IOWA),
    (DATAFLOW, "vCPU Time Batch *", IOWA),
    (DATAFLOW, "vCPU Time FlexRS *", IOWA),
    (DATAFLOW, "vCPU Time Streaming *", OnlyIn(&["us-central1", "us-east1"])),
    (KMS, "Cryptographic operations with a software MAC key", Nowhere),
    (KMS, "Cryptographic operations with a software asymmetric key", Nowhere),
    (KMS, "External asymmetric cryptographic operations", Nowhere),
    (KMS, "HSM cryptographic operations with a MAC key", Nowhere),
    (KMS, "HSM cryptographic operations with a RSA 3072 bit key", Nowhere),
    (KMS, "HSM cryptographic operations with an ECDSA P-384 key", Nowhere),
    (RUN, "Cloud Run Network Internet Data Transfer Out *", OnlyIn(&["us-central1"])),
    (RUN, "GPU nvidia-l4 in *", Nowhere),
    (RUN, "Jobs CPU in *", NotIn(NO_CLOUD_RUN)),
    (RUN, "Jobs Memory in *", NotIn(NO_CLOUD_RUN)),
    (RUN, "Services CPU (Instance-based billing) in *", NotIn(NO_CLOUD_RUN)),
    (RUN, "Services Memory (Instance-based billing) in *", NotIn(NO_CLOUD_RUN)),
    (RUN, "Services CPU Tier 2  (Request-based billing)", NotIn(NO_CLOUD_RUN)),
    (RUN, "Services Memory Tier 2 (Request-based billing)", NotIn(NO_CLOUD_RUN)),
    (RUN, "Services Min Instance CPU Tier 2 (Request-based billing)", NotIn(NO_CLOUD_RUN)),
    (RUN, "Services Min Instance Memory Tier 2 (Request-based billing)", NotIn(NO_CLOUD_RUN)),
    (STORAGE, "Standard Storage (regional)", NotIn(NEW)),
    (STORAGE, "Nearline Storage (regional)", NotIn(NEW)),
    (STORAGE, "Coldline Storage (regional)", NotIn(NEW)),
    (STORAGE, "Archive Storage (regional)", NotIn(NEW)),
    (STORAGE, "Regional Nearline Class A Operations", Nowhere),
    (STORAGE, "Regional Coldline Class A Operations", Nowhere),
    (STORAGE, "Regional Archive Class A Operations", Nowhere),
    (STORAGE, "Network Data Transfer GCP Inter Region within Africa", Nowhere),
    (STORAGE, "Network Data Transfer GCP Inter Region within Middle East", Nowhere),
    (STORAGE, "Network Data Transfer GCP Inter Region within Oceania", Nowhere),
    (STORAGE, "Network Data Transfer GCP Inter Region within South America", Nowhere),
    (STORAGE, "Turbo Replication", Nowhere),
    (STORAGE, "Autoclass Management Fee", Nowhere),
];

/// What the list has and no bill asks for, and why.
#[rustfmt::skip]
const SPARE: &[(&str, &str, &str)] = &[
    ("BigQuery Data Transfer", "Transfer runs from Cloud Storage *", "free, and its bill says so"),
    ("BigQuery Reservation API", "*", "no kind reserves slots"),
    (DATAFLOW, "Local Disk Time PD SSD Iowa", "a job cannot declare its disk's type"),
    (KMS, "* for Autokey", "no kind has Autokey"),
    (KMS, "Active single tenant HSM instances", "no kind is such an instance"),
    (KMS, "Generate Random Bytes Call", "no kind has it"),
    ("Cloud Monitoring", "Monitoring API Requests (pre Oct-2025 meter)", "charged no longer"),
    ("Cloud Monitoring", "Prometheus Samples Ingested", "no kind ingests them"),
    ("Cloud Monitoring", "Uptime check executions", "no kind is an uptime check"),
    (RUN, "FREE TIER *", "an allowance, which no line asks for"),
    ("Free", "*", "free, and each bill says so"),
];

fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
        None => pattern == text,
    }
}

#[test]
fn every_price_that_is_asked_for_is_listed_or_known_to_be_missing() {
    let asked = asked_for();
    let lacks = |(service, description, _): &Name| {
        LACKS.iter().filter(|it| it.0 == *service && is_like(it.1, description)).count()
    };
    for (name, listed) in &asked {
        assert!(*listed || lacks(name) == 1, "the list has no {name:?}");
        // What is asked for so is said here at most once.
        assert!(lacks(name) <= 1, "{name:?} is missing twice");
    }
    for (service, pattern, place) in LACKS {
        let like = asked.iter().filter(|(it, _)| it.0 == *service && is_like(pattern, &it.1));
        let (has, lacks): (Vec<_>, Vec<_>) = like.partition(|(_, listed)| **listed);
        let regions = |of: Vec<(&Name, &bool)>| of.into_iter().map(|(it, _)| it.2.clone()).collect();
        let (has, lacks): (BTreeSet<String>, BTreeSet<String>) = (regions(has), regions(lacks));
        let set = |of: &[&str]| of.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<String>>();
        assert!(!lacks.is_empty(), "{pattern} is not missing");
        match place {
            Nowhere => assert_eq!(has, set(&[]), "{pattern}"),
            OnlyIn(places) => assert_eq!(has, set(places), "{pattern}"),
            NotIn(places) => assert_eq!(lacks, set(places), "{pattern}"),
        }
    }
}

#[test]
fn every_price_in_the_list_is_asked_for_or_known_not_to_be() {
    let list = PriceList::embedded();
    let found = asked_for().into_keys().filter_map(|(service, description, region)| {
        list.lookup(&Sku { service, description, region })
            .map(|it| (it.service.as_str(), it.description.as_str(), it.region.as_str()))
    });
    let found: BTreeSet<(&str, &str, &str)> = found.collect();
    let mut spare = BTreeSet::new();
    for price in list.prices() {
        if !found.contains(&(price.service.as_str(), price.description.as_str(), price.region.as_str())) {
            let known = |it: &&(&str, &str, &str)| it.0 == price.service && is_like(it.1, &price.description);
            let known = SPARE.iter().find(known);
            let known = known.unwrap_or_else(|| {
                panic!("nothing asks for {}: {} in {}", price.service, price.description, price.region)
            });
            spare.insert(known);
        }
    }
    for known in SPARE {
        assert!(spare.contains(known), "{known:?} is asked for, or not in the list");
    }
}
