//! Usage that follows from other usage: a topic's events are what its subscriptions deliver.

use std::collections::BTreeMap;

use engine::{Origin, Range, Reading, Usage};
use rust_decimal::Decimal;
use serde_json::Value;

use super::flow::{Flow, Inflow, files};
use super::quantity::{GIB, MIB, MONTH_HOURS, number, over, times};
use super::{Item, Resources};
use crate::bigquery::table::{ACTIVE, LONG_TERM, STREAMED, WRITTEN};
use crate::pubsub::throughput::{BATCH, BYTES, DATA, MESSAGES};
use crate::secretmanager::secret::VERSIONS;
use crate::storage::bill::{CLASS_A, CLASS_B, STORAGE, days_kept};

const TOPIC: &str = "gcp:pubsub/v1:Topic";
const SUBSCRIPTION: &str = "gcp:pubsub/v1:Subscription";
const BUCKET: &str = "gcp:storage/v1:Bucket";
const DATASET: &str = "gcp:bigquery/v2:Dataset";
const TABLE: &str = "gcp:bigquery/v2:Table";
const TRANSFER: &str = "gcp:bigquerydatatransfer/v1:TransferConfig";
const TEMPLATE_JOB: &str = "gcp:dataflow/v1b3:TemplateJob";
const FLEX_TEMPLATE_JOB: &str = "gcp:dataflow/v1b3:FlexTemplateJob";
const SECRET: &str = "gcp:secretmanager/v1:Secret";
const SECRET_VERSION: &str = "gcp:secretmanager/v1:SecretVersion";

/// For how many days what is in a table counts as active.
const ACTIVE_DAYS: u32 = 90;
/// BigQuery counts a row that is streamed as at least so many bytes.
const LEAST_ROW: u32 = 1024;

/// What is used of each resource, by its address: what was given, which is left as it is, and what follows
/// from it through references: topic, subscription or job, bucket, transfer, table.
pub fn derive(resources: &Resources, given: &BTreeMap<String, Usage>) -> BTreeMap<String, Usage> {
    let mut it = Derivation { resources, usage: given.clone() };
    it.subscriptions();
    it.jobs();
    let buckets = it.exports();
    it.buckets(&buckets);
    let mut tables = it.streams();
    it.transfers(&buckets, &mut tables);
    it.tables(&tables);
    it.secrets();
    it.usage
}

/// What comes into buckets or tables, by their addresses.
type Inflows<'a> = BTreeMap<&'a str, (&'a Item, Inflow)>;

struct Derivation<'a> {
    resources: &'a Resources,
    usage: BTreeMap<String, Usage>,
}

impl<'a> Derivation<'a> {
    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'a Item> + use<'a> {
        self.resources.items().iter().filter(move |it| it.priced.token() == kind)
    }

    fn find(&self, kind: &str, from: &Item, pointer: &str) -> Option<&'a Item> {
        self.resources.find(kind, from.inputs.pointer(pointer)?.as_str()?)
    }

    /// Adds a reading, unless there is one.
    fn put(&mut self, item: &Item, key: &'static str, range: Range, from: &str) {
        let usage = self.usage.entry(item.address.clone()).or_default();
        let reading = || Reading { range, origin: Origin::Derived(from.to_owned()) };
        usage.readings.entry(key).or_insert_with(reading);
    }

    fn flow(&self, item: &Item) -> Option<Flow> {
        let noun = item.priced.noun();
        Flow::of(self.usage.get(&item.address)?, format!("messages of {noun} {}", item.name))
    }

    /// Gives what goes through a topic on to what reads it.
    fn hand_on(&mut self, topic: &Item, reader: &Item) {
        let Some(usage) = self.usage.get(&topic.address).cloned() else { return };
        let own = self.usage.get(&reader.address);
        let has = |key: &str| own.is_some_and(|it| it.get(key).is_some());
        let (counts_data, counts_messages) = (has(DATA), has(MESSAGES) || has(BYTES));
        if counts_data {
            return;
        }
        let from = format!("messages of topic {}", topic.name);
        for key in [MESSAGES, BYTES, BATCH, DATA] {
            // A topic's data says nothing of a reader whose messages are counted.
            if let Some(range) = usage.get(key).filter(|_| key != DATA || !counts_messages) {
                self.put(reader, key, range, &from);
            }
        }
    }

    fn subscriptions(&mut self) {
        for subscription in self.of_kind(SUBSCRIPTION) {
            if let Some(topic) = self.find(TOPIC, subscription, "/topic") {
                self.hand_on(topic, subscription);
            }
        }
    }

    fn all_jobs(&self) -> impl Iterator<Item = &'a Item> + use<'a> {
        self.of_kind(TEMPLATE_JOB).chain(self.of_kind(FLEX_TEMPLATE_JOB))
    }

    fn jobs(&mut self) {
        for job in self.all_jobs() {
            if let Some(topic) = self.find(TOPIC, job, "/parameters/inputTopic") {
                self.hand_on(topic, job);
            }
        }
    }

    /// What subscriptions write into buckets.
    fn exports(&self) -> Inflows<'a> {
        let mut buckets = Inflows::new();
        for subscription in self.of_kind(SUBSCRIPTION) {
            let Some(bucket) = self.find(BUCKET, subscription, "/cloudStorageConfig/bucket") else {
                continue;
            };
            let Some(flow) = self.flow(subscription) else { continue };
            let flow = filtered(flow, subscription);
            let files = files(&subscription.inputs["cloudStorageConfig"], &flow);
            let inflow = &mut buckets.entry(&bucket.address).or_insert((bucket, Inflow::default())).1;
            inflow.add(flow);
            inflow.files = inflow.files + files;
        }
        buckets
    }

    fn buckets(&mut self, buckets: &Inflows<'a>) {
        for (bucket, inflow) in buckets.values() {
            let month = Decimal::from(MONTH_HOURS) / Decimal::from(24);
            let (months, how) = match days_kept(&bucket.inputs) {
                Some(days) => (days / month, format!("kept for {} days", days.normalize())),
                None => (Decimal::ONE, "one month's, and as much again each further month".to_owned()),
            };
            let stored = times(over(inflow.bytes, GIB), months);
            self.put(bucket, STORAGE, stored, &format!("{}, {how}", inflow.words()));
            let from = format!("files with {}", inflow.words());
            self.put(bucket, CLASS_A, inflow.files, &from);
        }
    }

    /// What subscriptions and jobs write into tables.
    fn streams(&self) -> Inflows<'a> {
        let mut tables = Inflows::new();
        for subscription in self.of_kind(SUBSCRIPTION) {
            let Some(table) = self.find(TABLE, subscription, "/bigqueryConfig/table") else { continue };
            let Some(flow) = self.flow(subscription) else { continue };
            // What delivery into BigQuery costs has its writing in it.
            let inflow = &mut tables.entry(&table.address).or_insert((table, Inflow::default())).1;
            inflow.add(filtered(flow, subscription));
        }
        for job in self.all_jobs() {
            let table = ["/parameters/outputTableSpec", "/parameters/outputTable"];
            let Some(table) = table.into_iter().find_map(|it| self.find(TABLE, job, it)) else { continue };
            let reads = self.find(SUBSCRIPTION, job, "/parameters/inputSubscription");
            let Some(flow) = self.flow(reads.unwrap_or(job)) else { continue };
            let inflow = &mut tables.entry(&table.address).or_insert((table, Inflow::default())).1;
            let parameter = job.inputs.pointer("/parameters/useStorageWriteApi");
            if parameter.is_some_and(|it| it == "true" || *it == Value::Bool(true)) {
                inflow.written = inflow.written + flow.bytes;
            } else {
                let least = flow.messages.map(|it| times(it, LEAST_ROW));
                let rows = least.map_or(flow.bytes, |it| super::quantity::most(it, flow.bytes));
                inflow.streamed = inflow.streamed + rows;
            }
            inflow.add(flow);
        }
        tables
    }

    /// What transfers load out of buckets into tables. Loading is free; reading the files is not.
    fn transfers(&mut self, buckets: &Inflows<'a>, tables: &mut Inflows<'a>) {
        for transfer in
            self.of_kind(TRANSFER).filter(|it| it.inputs["dataSourceId"] == "google_cloud_storage")
        {
            let params = &transfer.inputs["params"];
            let path = params["data_path_template"].as_str().and_then(|it| it.strip_prefix("gs://"));
            let bucket = path.and_then(|it| self.resources.find(BUCKET, it.split('/').next()?));
            let Some((bucket, inflow)) = bucket.and_then(|it| buckets.get(it.address.as_str())) else {
                continue;
            };
            self.put(bucket, CLASS_B, inflow.files, &format!("files that transfer {} reads", transfer.name));
            let dataset = transfer.inputs["destinationDatasetId"].as_str().map(last_part);
            let name = params["destination_table_name_template"].as_str();
            let Some((dataset, name)) = dataset.zip(name) else { continue };
            let reference = format!("datasets/{dataset}/tables/{name}");
            let Some(table) = self.resources.find(TABLE, &reference) else { continue };
            let to = &mut tables.entry(&table.address).or_insert((table, Inflow::default())).1;
            to.bytes = to.bytes + inflow.bytes;
            to.from.push(format!("{} by transfer {}", inflow.words(), transfer.name));
        }
    }

    fn tables(&mut self, tables: &Inflows<'a>) {
        for (table, inflow) in tables.values() {
            let stored = over(inflow.bytes, GIB);
            let month = Decimal::from(MONTH_HOURS) / Decimal::from(24);
            let words = inflow.words();
            match self.days_in_table(table) {
                Some(days) => {
                    let how = format!("{words}, kept for {} days", days.normalize());
                    let active = days.min(Decimal::from(ACTIVE_DAYS));
                    self.put(table, ACTIVE, times(stored, active / month), &how);
                    self.put(table, LONG_TERM, times(stored, (days - active) / month), &how);
                }
                None => {
                    let how = format!("{words}, one month's, and as much again each further month");
                    self.put(table, ACTIVE, stored, &how);
                }
            }
            for (key, bytes, unit) in [(STREAMED, inflow.streamed, MIB), (WRITTEN, inflow.written, GIB)] {
                if !bytes.high.is_zero() {
                    self.put(table, key, over(bytes, unit), &words);
                }
            }
        }
    }

    /// For how many days a partitioned table keeps its partitions.
    fn days_in_table(&self, table: &Item) -> Option<Decimal> {
        let partitioning = table.inputs.get("timePartitioning").filter(|it| it.is_object())?;
        let dataset = self.find(DATASET, table, "/dataset");
        let millis = number(partitioning.get("expirationMs"))
            .or_else(|| number(dataset?.inputs.get("defaultPartitionExpirationMs")))?;
        (!millis.is_zero()).then(|| millis / Decimal::from(86_400_000))
    }

    fn secrets(&mut self) {
        let mut versions: BTreeMap<&str, (&Item, u32)> = BTreeMap::new();
        for version in self.of_kind(SECRET_VERSION) {
            if let Some(secret) = self.find(SECRET, version, "/secret") {
                versions.entry(&secret.address).or_insert((secret, 0)).1 += 1;
            }
        }
        for (secret, count) in versions.into_values() {
            self.put(secret, VERSIONS, Range::exact(count), "versions that are declared");
        }
    }
}

/// What a filter lets through is not known: nothing at least, all at most.
fn filtered(flow: Flow, subscription: &Item) -> Flow {
    let filter = &subscription.inputs["filter"];
    let has_filter = filter.as_str().is_some_and(|it| !it.is_empty()) || engine::is_unknown(filter);
    if !has_filter {
        return flow;
    }
    let some = |it: Range| Range { low: Decimal::ZERO, ..it };
    Flow { bytes: some(flow.bytes), messages: flow.messages.map(some), ..flow }
}

fn last_part(name: &str) -> &str {
    name.rsplit(['/', ':', '.']).next().unwrap_or(name)
}
