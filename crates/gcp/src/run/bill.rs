//! What a Cloud Run service is charged for: by the request, or by the instance.

use engine::{Bill, Billed, Range, Sku, UsageKey, is_unknown};
use rust_decimal::Decimal;
use serde_json::Value;

use super::containers::{CPU_UNIT, GPU_UNIT, SERVICE, Size, in_region, size};
use crate::bill::place::{Continent, continent, is_tier_two};
use crate::bill::quantity::{MONTH_SECONDS, less, most, number, over, ratio, times};
use crate::bill::{Lines, key, sku};

const REQUESTS: &str = "monthly_requests";
const DURATION: &str = "average_request_duration_ms";
const CONCURRENCY: &str = "concurrent_requests_per_instance";
const HOURS: &str = "instance_hrs";
const EGRESS: &str = "monthly_egress_gb";

pub(super) const USAGE: &[UsageKey] = &[
    key(REQUESTS, "requests a month", "Where CPU is paid for by the request."),
    key(DURATION, "milliseconds", "From a request's coming to its answer's end; charged in steps of 100."),
    key(
        CONCURRENCY,
        "requests",
        "How many an instance serves at a time on average; between one and the declared limit if not said.",
    ),
    key(HOURS, "hours a month", "All instances together, where CPU is paid for around the clock."),
    key(EGRESS, "GiB a month", "To the internet on the same continent."),
];

/// How a service pays for its CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Request,
    Instance,
}

/// Cloud Run gives CPU only while requests are served, unless a container's resources say otherwise, and
/// resources that do not say so do say otherwise.
fn mode(containers: Option<&Value>) -> Mode {
    // While it is not known, the lesser price is a lower bound: by the request.
    let always = |it: &Value| {
        let resources = it.get("resources").filter(|it| !is_unknown(it)).and_then(Value::as_object);
        resources.filter(|it| !it.is_empty()).is_some_and(|it| match it.get("cpuIdle") {
            Some(idle) if is_unknown(idle) => false,
            idle => idle != Some(&Value::Bool(true)),
        })
    };
    let containers = containers.and_then(Value::as_array).into_iter().flatten();
    if containers.into_iter().any(always) { Mode::Instance } else { Mode::Request }
}

/// What decides the size of an instance.
const SIZE: &str = "/template/containers/*/resources/limits/*";
/// What decides whether CPU is paid for by the request.
const MODE: &str = "/template/containers/*/resources/cpuIdle";
/// What decides how many instances there are at least.
const LEAST: [&str; 4] = [
    "/scaling/scalingMode",
    "/scaling/manualInstanceCount",
    "/scaling/minInstanceCount",
    "/template/scaling/minInstanceCount",
];

/// How many instances there are at least: the service's, or each revision's.
fn least_instances(inputs: &Value) -> Decimal {
    let at = |pointer: &str| number(inputs.pointer(pointer)).unwrap_or_default();
    if inputs.pointer("/scaling/scalingMode").is_some_and(|it| it == "MANUAL") {
        return at("/scaling/manualInstanceCount");
    }
    at("/scaling/minInstanceCount").max(at("/template/scaling/minInstanceCount"))
}

pub(super) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let containers = of.inputs.pointer("/template/containers");
    let size = size(containers);
    let region = of.text("/location").unwrap_or(of.region);
    lines.priced_by(&["/location"]);
    if let Some(why) = &size.wrong {
        lines.wrong(why);
    }
    match mode(containers) {
        Mode::Request if size.gpus.is_zero() => by_request(&mut lines, of.inputs, &size, region),
        Mode::Request | Mode::Instance => by_instance(&mut lines, of.inputs, &size, region),
    }
    lines.priced_by(&["/location"]);
    lines.counted_by(&[]);
    lines.metered_if_used("Transfer to the internet", egress(region), "GiBy", EGRESS);
    lines.bill()
}

/// The seconds for which instances serve requests. Steps of 100 ms are taken as if no two requests shared one.
fn serving(lines: &Lines<'_>, inputs: &Value) -> Option<Range> {
    let step = Decimal::from(100);
    let duration = lines.usage(DURATION)?.map(|it| (it / step).ceil().saturating_mul(step));
    let most = inputs.pointer("/template/maxInstanceRequestConcurrency");
    // The most that Cloud Run takes, while it is not known.
    let usual = if most.is_some_and(is_unknown) { 1000 } else { 80 };
    let most = number(most).filter(|it| !it.is_zero());
    let unsaid = Range { high: most.unwrap_or(Decimal::from(usual)), ..Range::exact(1) };
    let together = lines.usage(CONCURRENCY).unwrap_or(unsaid);
    Some(over(ratio(lines.usage(REQUESTS)? * duration, together), 1000))
}

fn by_request(lines: &mut Lines<'_>, inputs: &Value, size: &Size, region: &str) {
    let price = |what: &str| request_price(what, region);
    let serving = serving(lines, inputs);
    let from = [REQUESTS, DURATION, CONCURRENCY];
    lines.counted_by(&[SIZE, MODE]);
    let cpu = serving.map(|it| times(it, size.cpu));
    lines.line("CPU while serving", price("CPU"), CPU_UNIT, cpu, &from);
    let memory = serving.map(|it| times(it, size.memory));
    lines.line("Memory while serving", price("Memory"), "GiBy.s", memory, &from);

    let least = least_instances(inputs);
    let [mode, manual, service, revision] = LEAST;
    if !least.is_zero() || lines.is_later(&LEAST) {
        lines.counted_by(&[SIZE, MODE, mode, manual, service, revision]);
        let always = Range::exact(least * Decimal::from(MONTH_SECONDS));
        // While nothing is known of requests, all of it is idle.
        let idle = less(always, serving.unwrap_or(Range::exact(0)));
        let from: &[&str] = if serving.is_some() { &from } else { &[] };
        let cpu = times(idle, size.cpu);
        lines.line("CPU of idle minimum instances", price("Min Instance CPU"), CPU_UNIT, Some(cpu), from);
        let memory = times(idle, size.memory);
        let name = "Memory of idle minimum instances";
        lines.line(name, price("Min Instance Memory"), "GiBy.s", Some(memory), from);
    }
    lines.priced_by(&[]);
    lines.counted_by(&[]);
    lines.metered("Requests", sku(SERVICE, "Requests", "global"), "count", REQUESTS);
}

fn by_instance(lines: &mut Lines<'_>, inputs: &Value, size: &Size, region: &str) {
    let least = least_instances(inputs) * Decimal::from(MONTH_SECONDS);
    let said = lines.usage(HOURS).map(|it| times(it, 3600));
    let (seconds, from): (Option<Range>, &[&'static str]) = match said {
        Some(said) => (Some(most(said, Range::exact(least))), &[HOURS]),
        None if least.is_zero() => (None, &[HOURS]),
        None => (Some(Range::exact(least)), &[]),
    };
    let [mode, manual, service, revision] = LEAST;
    lines.counted_by(&[SIZE, MODE, mode, manual, service, revision]);
    let price = |what: &str| in_region(&format!("Services {what} (Instance-based billing)"), region);
    let cpu = seconds.map(|it| times(it, size.cpu));
    lines.line("CPU around the clock", price("CPU"), CPU_UNIT, cpu, from);
    let memory = seconds.map(|it| times(it, size.memory));
    lines.line("Memory around the clock", price("Memory"), "GiBy.s", memory, from);
    if !size.gpus.is_zero() {
        lines.priced_by(&["/location", "/template/nodeSelector/accelerator"]);
        let accelerator = inputs.pointer("/template/nodeSelector/accelerator").and_then(Value::as_str);
        let price = in_region(&format!("GPU {}", accelerator.unwrap_or("nvidia-l4")), region);
        lines.line("GPU", price, GPU_UNIT, seconds.map(|it| times(it, size.gpus)), from);
    }
}

/// The price of what is paid for by the request: two tiers of regions, and Google's own spaces.
fn request_price(what: &str, region: &str) -> Sku {
    let tier = match (is_tier_two(region), what) {
        (false, _) => "",
        (true, "CPU") => " Tier 2 ",
        (true, _) => " Tier 2",
    };
    sku(SERVICE, format!("Services {what}{tier} (Request-based billing)"), region)
}

fn egress(region: &str) -> Sku {
    let here = match continent(region) {
        Some(Continent::NorthAmerica) => "North America",
        Some(Continent::SouthAmerica) => "South America",
        Some(Continent::Europe) => "Europe",
        Some(Continent::Asia) => "Asia",
        Some(Continent::Oceania) => "Oceania",
        Some(Continent::MiddleEast) => "Middle East",
        Some(Continent::Africa) => "Africa",
        None => region,
    };
    let description = format!("Cloud Run Network Internet Data Transfer Out {here} to {here}");
    sku(SERVICE, description, region)
}
