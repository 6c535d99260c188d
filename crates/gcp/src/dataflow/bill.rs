//! What a Dataflow job is charged for: its workers by the hour, and what it moves.

use engine::{Bill, Billed, Range, Sku, UsageKey};
use rust_decimal::Decimal;
use serde_json::Value;

use super::machine::{Machine, machine};
use crate::bill::place::city;
use crate::bill::quantity::{MONTH_HOURS, number, times};
use crate::bill::{Lines, key, sku};
use crate::pubsub::throughput::{self, BATCH_KEY, BYTES_KEY, DATA_KEY, MESSAGES_KEY};

const SERVICE: &str = "Cloud Dataflow";
const HOURS: &str = "monthly_worker_hours";
const STREAMED: &str = "monthly_streaming_data_gb";
const UNITS: &str = "monthly_streaming_compute_units";
const SHUFFLED: &str = "monthly_shuffle_data_gb";
const PRIME: &str = "monthly_data_compute_units";

pub(super) const USAGE: &[UsageKey] = &[
    key(
        HOURS,
        "hours a month",
        "All workers together; of a streaming job, its workers around the clock if not said.",
    ),
    key(STREAMED, "GiB a month", "What Streaming Engine processes, where it is charged by that."),
    key(UNITS, "units a month", "Streaming Engine's compute units, where it is charged by them."),
    key(SHUFFLED, "GiB a month", "What a batch shuffles."),
    key(PRIME, "units a month", "Data compute units of a job that runs on Prime."),
    DATA_KEY,
    MESSAGES_KEY,
    BYTES_KEY,
    BATCH_KEY,
];

/// Whether it runs until it is stopped: as Google says, or by the name of its template.
pub(crate) fn is_streaming(inputs: &Value) -> bool {
    match inputs["type"].as_str() {
        Some("JOB_TYPE_STREAMING") => return true,
        Some("JOB_TYPE_BATCH") => return false,
        Some(_) | None => {}
    }
    let path = ["gcsPath", "containerSpecGcsPath"].into_iter().find_map(|it| inputs[it].as_str());
    let file = path.unwrap_or_default().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    ["pubsub", "cloud_pubsub", "kafka"].iter().any(|it| file.starts_with(it))
        || file.contains("stream")
        || file.contains("_cdc")
}

/// How many workers there are: as it begins, and at most.
fn workers(environment: &Value) -> Range {
    let at = |name: &str| number(environment.get(name)).filter(|it| !it.is_zero());
    let first = at("numWorkers").unwrap_or(Decimal::ONE);
    let most = at("maxWorkers").unwrap_or(first).max(first);
    Range { low: first, expected: first, high: most }
}

/// What decides where a job runs and how it is charged.
const PRICED_BY: [&str; 7] = [
    "/location",
    "/type",
    "/gcsPath",
    "/containerSpecGcsPath",
    "/environment/additionalExperiments/*",
    "/environment/enableStreamingEngine",
    "/environment/flexrsGoal",
];

pub(super) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let environment = &of.inputs["environment"];
    let region = of.text("/location").unwrap_or(of.region);
    let is_streaming = is_streaming(of.inputs);
    lines.priced_by(&PRICED_BY);
    let is_prime = environment["additionalExperiments"]
        .as_array()
        .is_some_and(|it| it.iter().any(|it| it == "enable_prime"));
    if is_prime {
        let kind = if is_streaming { "streaming" } else { "batch" };
        let price = sku(SERVICE, format!("Data Compute Unit {kind} (Prime)"), region);
        lines.metered("Data compute units", price, "count", PRIME);
    } else {
        by_worker(&mut lines, environment, region, is_streaming);
    }
    lines.priced_by(&[]);
    lines.counted_by(&[]);
    if of.inputs.pointer("/parameters/inputTopic").is_some_and(|it| !it.is_null()) {
        // A job that reads a topic makes a subscription of its own.
        throughput::throughput(&mut lines, "Delivery of messages to the job", "Message Delivery Basic");
    }
    lines.bill()
}

fn by_worker(lines: &mut Lines<'_>, environment: &Value, region: &str, is_streaming: bool) {
    let has_engine = is_streaming && environment["enableStreamingEngine"] == true;
    let is_cheap =
        !is_streaming && environment.get("flexrsGoal").is_some_and(|it| it == "FLEXRS_COST_OPTIMIZED");
    let kind = match (is_streaming, is_cheap) {
        (true, _) => "Streaming",
        (false, true) => "FlexRS",
        (false, false) => "Batch",
    };
    let usual = match (is_streaming, has_engine) {
        (true, true) => "n1-standard-2",
        (true, false) => "n1-standard-4",
        (false, _) => "n1-standard-1",
    };
    let name = environment["machineType"].as_str().unwrap_or(usual);
    let machine = machine(name);
    let (hours, from): (Option<Range>, &[&'static str]) = match lines.usage(HOURS) {
        Some(said) => (Some(said), &[HOURS]),
        None if is_streaming => (Some(times(workers(environment), MONTH_HOURS)), &[]),
        None => (None, &[HOURS]),
    };
    let price = |what: &str| -> Sku { sku(SERVICE, format!("{what} {}", city(region)), region) };
    let workers = ["/environment/numWorkers", "/environment/maxWorkers"];
    lines.counted_by(&[workers[0], workers[1], "/environment/machineType"]);
    let is_machine_later = lines.is_later(&["/environment/machineType"]);
    // A type that is known later counts as nothing; of one that is not known here no quantity is known.
    let none = Machine { cpus: Decimal::ZERO, memory: Decimal::ZERO };
    let machine = if is_machine_later { Some(none) } else { machine };
    let name = if is_machine_later { "type not known yet" } else { name };
    if machine.is_none() {
        lines.no_price(format!("how many vCPUs and how much memory a {name} has is not known here"));
    }
    let quantity = hours.zip(machine).map(|(hours, it)| times(hours, it.cpus));
    lines.line(format!("vCPUs ({name})"), price(&format!("vCPU Time {kind}")), "h", quantity, from);
    let quantity = hours.zip(machine).map(|(hours, it)| times(hours, it.memory));
    lines.line(format!("Memory ({name})"), price(&format!("RAM Time {kind}")), "GiBy.h", quantity, from);
    lines.priced_by(&PRICED_BY);
    lines.counted_by(&[workers[0], workers[1], "/environment/diskSizeGb"]);
    // GiB a worker, unless it is said.
    let usual = match (is_streaming, has_engine) {
        (true, true) => 30,
        (true, false) => 400,
        (false, _) => 250,
    };
    let disk = number(environment.get("diskSizeGb")).filter(|it| !it.is_zero()).unwrap_or(usual.into());
    let quantity = hours.map(|it| times(it, disk));
    lines.line("Disk", price("Local Disk Time PD Standard"), "GiBy.h", quantity, from);
    lines.counted_by(&[]);
    if has_engine {
        let units = sku(SERVICE, "Streaming Engine Compute Unit", region);
        let data = sku(SERVICE, "Streaming Engine data processed (legacy billing)", region);
        // It is charged by one of the two.
        if lines.usage(UNITS).is_some() || lines.usage(STREAMED).is_none() {
            lines.metered("Streaming Engine", units, "count", UNITS);
        } else {
            lines.metered("Streaming Engine", data, "GiBy", STREAMED);
        }
    }
    if !is_streaming {
        lines.metered("Shuffle", sku(SERVICE, "Shuffle data processed", region), "GiBy", SHUFFLED);
    }
}
