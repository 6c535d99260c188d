use super::*;

#[test]
fn infracosts_files_are_read() {
    let file = read(
        r#"{"version": "0.2", "currency": "USD", "runId": "x", "projects": [{
            "name": "p", "metadata": {"path": ".", "type": "terraform_dir"}, "pastBreakdown": null,
            "breakdown": {
                "resources": [{
                    "name": "google_storage_bucket.b", "tags": null, "metadata": {}, "hourlyCost": null,
                    "monthlyCost": "1.5", "costComponents": null,
                    "subresources": [{"name": "Storage", "metadata": {}, "hourlyCost": "0",
                        "monthlyCost": "1.5", "costComponents": [{"name": "Storage (standard)",
                        "unit": "GiB", "hourlyQuantity": "0.1", "monthlyQuantity": "75", "price": "0.02",
                        "hourlyCost": "0.002", "monthlyCost": "1.5", "priceNotFound": false}]}]
                }],
                "totalHourlyCost": "0.002", "totalMonthlyCost": "1.5", "totalMonthlyUsageCost": "1.5"
            },
            "diff": null, "summary": {"unsupportedResourceCounts": {}, "noPriceResourceCounts": null}
        }], "totalHourlyCost": "0.002", "totalMonthlyCost": "1.5", "timeGenerated": "2026-10-01T00:00:00Z",
        "summary": {}}"#,
    )
    .unwrap();
    let whole = file.whole();
    assert_eq!(whole.monthly, Some("1.5".parse().unwrap()));
    assert_eq!(whole.resources[0].subresources[0].cost_components[0].monthly_quantity, Some(75.into()));
}

#[test]
fn what_is_no_report_is_told_what_it_is() {
    let check = |text: &str, error: &str| assert_eq!(read(text).unwrap_err().to_string(), error);
    check("{\"planned_values\": {}}", "a Terraform plan, not the JSON of a cost report");
    check("{\"terraform_version\": \"1\"}", "a Terraform state, not the JSON of a cost report");
    check("{}", "something else, not the JSON of a cost report");
    check(
        "{\"version\": \"0.1\", \"projects\": []}",
        "a cost report of version 0.1, of which only 0.2 is known",
    );
    check("{\"projects\": []}", "a cost report of version (none), of which only 0.2 is known");
    check("x", "not the JSON of a cost report");
}
