use super::super::samples::{context, euros, items, sample};
use super::{Context, Decimal, Estimate, File, Report, ReportError, Value, breakdown, json};
use crate::{Options, PriceList, estimate};

/// A report's text.
fn write(estimate: &Estimate, past: Option<&File>, context: &Context) -> Result<String, ReportError> {
    let mut text = Vec::new();
    Report::new(estimate, past, context)?.write(&mut text).unwrap();
    Ok(String::from_utf8(text).unwrap())
}

fn valid(report: &str) -> Value {
    let schema: Value = serde_json::from_str(include_str!("../../../../../docs/cost.schema.json")).unwrap();
    let report: Value = serde_json::from_str(report).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
    report
}

#[test]
fn reports_are_valid_and_come_back() {
    let text = write(&sample(), None, &context()).unwrap();
    valid(&text);
    let back = breakdown::read(&text).unwrap();
    let told = File::of(&sample());
    // A resource without a price has no place but a warning, by which it is known again.
    let sorted = |file: &File| {
        let mut breakdown = file.projects[0].breakdown.clone().unwrap();
        breakdown.resources.iter_mut().for_each(|it| {
            if it.resource_type == "google_compute_instance" {
                it.metadata.clear();
            }
        });
        breakdown.resources.sort_by(|a, b| a.name.cmp(&b.name));
        breakdown
    };
    assert_eq!(sorted(&back), sorted(&told));
    assert_eq!(back.currency, told.currency);
    // Compared with itself, nothing changed.
    let again = valid(&write(&sample(), Some(&back), &context()).unwrap());
    assert_eq!(again["diffTotalMonthlyCost"], "0");
    assert_eq!(again["projects"][0]["diff"]["resources"], json!([]));
    valid(&write(&estimate([], PriceList::embedded(), &Options::default()), None, &context()).unwrap());
}

#[test]
fn the_schema_refuses_what_infracosts_would() {
    let schema: Value = serde_json::from_str(include_str!("../../../../../docs/cost.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let report: Value = serde_json::from_str(&write(&sample(), None, &context()).unwrap()).unwrap();
    let check = |pointer: &str, value: Value| {
        let mut report = report.clone();
        *report.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&report), "{pointer}");
    };
    check("/totalMonthlyCost", json!(1.5));
    check("/currency", json!(null));
    check("/projects/0/breakdown/resources/0/costComponents/0/priceNotFound", json!("no"));
    check("/projects/0/breakdown/resources/0/costComponents/0", json!({"name": "x"}));
    check("/projects/0/pastBreakdown", json!(null));
    check("/summary/totalDetectedResources", json!(1.5));
    check("/projects/0/metadata", json!({}));
}

#[test]
fn costs_add_up_to_the_total_and_unknown_ones_are_null() {
    let report = valid(&write(&sample(), None, &context()).unwrap());
    let resources = report["projects"][0]["breakdown"]["resources"].as_array().unwrap();
    let money = |it: &Value| it.as_str().map(|it| it.parse::<Decimal>().unwrap());
    let sum: Decimal = resources.iter().filter_map(|it| money(&it["monthlyCost"])).sum();
    assert_eq!(Some(sum), money(&report["totalMonthlyCost"]));
    let queries = &resources[3]["costComponents"][0];
    assert_eq!(
        (&queries["priceNotFound"], &queries["monthlyCost"], &queries["price"]),
        (&json!(true), &json!(null), &json!(null))
    );
    let requests = &resources[2]["costComponents"][1];
    assert_eq!((&requests["monthlyCost"], &requests["price"]), (&json!(null), &json!("0.0000004")));
    let storage = &resources[1];
    assert_eq!(storage["metadata"]["monthlyCostRange"], json!({"low": "2.5", "high": "8.5"}));
    assert_eq!(storage["metadata"]["lines"][0]["usage"][0]["from"], "events of topic <orders>");
}

#[test]
fn past_and_difference_are_told_and_other_currencies_refused() {
    let mut before = items();
    before.truncate(1);
    let before = estimate(before, PriceList::embedded(), &Options::default());
    let past = File::of(&before);
    let report = valid(&write(&sample(), Some(&past), &context()).unwrap());
    assert_eq!(report["pastTotalMonthlyCost"], "19.609375");
    let added: Vec<&str> = report["projects"][0]["diff"]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        added,
        ["google_storage_bucket.exports[\"a\"]", "api", "dataset <mars>", "vm", "Free allowances"]
    );
    let error = write(&euros(), Some(&past), &context()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the past report is in USD, this one in EUR: only reports of one currency can be compared"
    );
}
