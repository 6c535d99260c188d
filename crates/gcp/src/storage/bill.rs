//! What a bucket is charged for: what lies in it, what is done to it, and what leaves it.

use engine::{Bill, Billed, UsageKey};
use rust_decimal::Decimal;
use serde_json::Value;

use super::skus::{self, Class, DOWNLOADS, Spread};
use crate::bill::quantity::{number, times};
use crate::bill::{Lines, key};

pub(crate) const STORAGE: &str = "storage_gb";
pub(crate) const CLASS_A: &str = "monthly_class_a_operations";
pub(crate) const CLASS_B: &str = "monthly_class_b_operations";
const RETRIEVAL: &str = "monthly_data_retrieval_gb";
const NEARBY: &str = "monthly_egress_data_transfer_gb.same_continent";
const EARLY: &str = "monthly_early_deleted_gb";
const EARLY_AGE: &str = "early_deleted_after_days";
const TURBO: &str = "monthly_turbo_replication_gb";
const AUTOCLASS: &str = "autoclass_objects";

pub(super) const USAGE: &[UsageKey] = &[
    key(
        STORAGE,
        "GiB",
        "Objects of the bucket's own class, with those that are deleted and can be had back.",
    ),
    key(CLASS_A, "a month", "Writes, lists and changes."),
    key(CLASS_B, "a month", "Reads."),
    key(RETRIEVAL, "GiB a month", "What is read of nearline, coldline or archive objects."),
    key(NEARBY, "GiB a month", "To other places in Google Cloud on the same continent."),
    key(DOWNLOADS[0].0, "GiB a month", "To the world without Asia and Australia."),
    key(DOWNLOADS[1].0, "GiB a month", "To Asia without China."),
    key(DOWNLOADS[2].0, "GiB a month", "To China without Hong Kong."),
    key(DOWNLOADS[3].0, "GiB a month", "To Australia."),
    key("standard_storage_gb", "GiB", "Objects of this class in a bucket of another."),
    key("nearline_storage_gb", "GiB", "Objects of this class in a bucket of another."),
    key("coldline_storage_gb", "GiB", "Objects of this class in a bucket of another."),
    key("archive_storage_gb", "GiB", "Objects of this class in a bucket of another."),
    key(EARLY, "GiB a month", "Deleted before the least time of the bucket's class: 30, 90 or 365 days."),
    key(EARLY_AGE, "days", "How old that is when it is deleted; 0 if not said, which costs most."),
    key(TURBO, "GiB a month", "Written into a bucket with turbo replication."),
    key(AUTOCLASS, "objects", "Those of 128 KiB and more that Autoclass watches."),
];

/// `US` if not set, as Cloud Storage has it; where the stack is while it is not known.
pub(crate) fn location<'a>(of: &Billed<'a>) -> &'a str {
    match of.inputs.get("location") {
        None | Some(Value::Null) => "US",
        Some(it) => it.as_str().unwrap_or(of.region),
    }
}

pub(super) fn bill(of: &Billed<'_>) -> Bill {
    let mut lines = Lines::new(of);
    let pair = of.inputs.pointer("/customPlacementConfig/dataLocations").and_then(Value::as_array);
    let pair: Vec<&str> = pair.into_iter().flatten().filter_map(Value::as_str).collect();
    let spread = Spread::of(location(of), &pair);
    // What Autoclass keeps begins as standard, and is never charged for being read or deleted early.
    let is_auto = of.inputs.pointer("/autoclass/enabled") == Some(&Value::Bool(true));
    let said = of.text("/storageClass").unwrap_or_default();
    let is_class_later = !is_auto && lines.is_later(&["/storageClass", "/autoclass/enabled"]);
    let class = if is_auto { Some(Class::Standard) } else { Class::of(said) };
    const PLACE: [&str; 2] = ["/location", "/customPlacementConfig/dataLocations/*"];
    const CLASS: [&str; 4] = [PLACE[0], PLACE[1], "/storageClass", "/autoclass/enabled"];
    lines.priced_by(if is_auto { &PLACE } else { &CLASS });
    if said.eq_ignore_ascii_case("RAPID") {
        lines.no_price("no price of storage class RAPID is known here");
    } else if class.is_none() {
        lines.wrong(format!(
            "{said:?} is no storage class: it is one of STANDARD, NEARLINE, COLDLINE, ARCHIVE and RAPID"
        ));
    }
    let class = class.unwrap_or(Class::Standard);
    let name = match (is_class_later, is_auto) {
        (true, _) => "Storage".to_owned(),
        (false, true) => "Storage (standard), before Autoclass moves what is not read".to_owned(),
        (false, false) => {
            format!("Storage ({})", if Class::of(said).is_some() { class.lower() } else { said })
        }
    };
    lines.metered(name, spread.storage(class), "GiBy.mo", STORAGE);
    for other in [Class::Standard].into_iter().chain(Class::COLD).filter(|it| *it != class) {
        let name = format!("Storage ({})", other.lower());
        lines.metered_if_used(name, spread.storage(other), "GiBy.mo", other.key());
    }
    lines.metered("Class A operations", spread.class_a(class), "count", CLASS_A);
    lines.metered("Class B operations", spread.class_b(class), "count", CLASS_B);
    if class != Class::Standard {
        lines.metered("Retrieval", skus::retrieval(class), "GiBy", RETRIEVAL);
        early(&mut lines, &spread, class);
    } else if is_class_later {
        lines.metered_if_used("Retrieval", skus::retrieval(class), "GiBy", RETRIEVAL);
    }
    lines.priced_by(&PLACE);
    lines.metered("Transfer on the same continent", spread.nearby(), "GiBy", NEARBY);
    lines.priced_by(&[]);
    for (key, name, description) in DOWNLOADS {
        lines.metered(name, skus::download(description), "GiBy", key);
    }
    lines.priced_by(&[PLACE[0], PLACE[1], "/rpo"]);
    if lines.is_later(&["/rpo"]) {
        lines.metered_if_used("Turbo replication", spread.turbo(), "GiBy", TURBO);
    } else if of.text("/rpo") == Some("ASYNC_TURBO") {
        lines.metered("Turbo replication", spread.turbo(), "GiBy", TURBO);
    }
    lines.priced_by(&[]);
    if is_auto {
        lines.metered("Autoclass, objects watched", skus::autoclass(), "count", AUTOCLASS);
    }
    lines.bill()
}

/// What is deleted too early is paid for as if it stayed its class's least time.
fn early(lines: &mut Lines<'_>, spread: &Spread, class: Class) {
    let Some(deleted) = lines.usage(EARLY) else { return };
    let age = lines.usage(EARLY_AGE).map_or(Decimal::ZERO, |it| it.expected);
    let days = (Decimal::from(class.least_days()) - age).max(Decimal::ZERO);
    let quantity = times(deleted, days / Decimal::from(30));
    let price = spread.storage(class);
    lines.line("Early deletion", price, "GiBy.mo", Some(quantity), &[EARLY, EARLY_AGE]);
}

/// For how many days objects lie in a bucket: until the first rule deletes them all, and then for as long as
/// they can be had back. `None` where no rule does.
pub(crate) fn days_kept(inputs: &Value) -> Option<Decimal> {
    let rules = inputs.pointer("/lifecycle/rule").and_then(Value::as_array);
    let age = |rule: &Value| {
        let condition = rule["condition"].as_object()?;
        let only_age = condition.iter().all(|(name, it)| name == "age" || says_nothing(name, it));
        (rule.pointer("/action/type")? == "Delete" && only_age)
            .then(|| number(condition.get("age")))
            .flatten()
    };
    let age = rules.into_iter().flatten().filter_map(age).min()?;
    let seconds = inputs.pointer("/softDeletePolicy/retentionDurationSeconds");
    let back = number(seconds).unwrap_or(Decimal::from(604_800)) / Decimal::from(86_400);
    Some(age + back)
}

/// Whether a condition leaves every live object in.
fn says_nothing(name: &str, condition: &Value) -> bool {
    match condition {
        Value::Null => true,
        Value::Bool(it) => name == "isLive" && *it,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::String(it) => it.is_empty() || it == "0",
        Value::Array(it) => it.is_empty(),
        Value::Object(it) => it.is_empty(),
    }
}
