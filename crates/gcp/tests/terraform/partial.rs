//! What a plan does not know, does not show, or leaves out.

use engine::{Bill, Doubt, Usage, is_unknown};
use gcp::terraform::{Input, read};
use serde_json::{Value, json};

fn plan(document: &Value) -> Input {
    read(document.to_string().as_bytes()).expect("it is a plan")
}

fn thing(address: &str, values: Value) -> Value {
    let kind = address.split('.').next().unwrap_or(address);
    json!({ "address": address, "mode": "managed", "type": kind, "values": values })
}

fn with(resources: &[Value]) -> Value {
    json!({ "root_module": { "resources": resources } })
}

fn change(address: &str, actions: &[&str], more: Value) -> Value {
    let mut change = json!({ "address": address, "change": { "actions": actions } });
    for (name, it) in more.as_object().into_iter().flatten() {
        match name.as_str() {
            "after_unknown" => change["change"][name] = it.clone(),
            _ => change[name] = it.clone(),
        }
    }
    change
}

fn addresses(input: &Input) -> Vec<&str> {
    input.planned.items().iter().map(|it| it.address.as_str()).collect()
}

/// Each line's name, and why it is not known in full.
fn doubts(input: &Input, address: &str) -> Vec<(String, Option<Doubt>)> {
    let item = input.planned.items().iter().find(|it| it.address == address).expect("it is there");
    match input.planned.bill(item, &Usage::default(), &input.region) {
        Some(Bill::Charges(charges)) => charges.into_iter().map(|it| (it.name, it.doubt)).collect(),
        other => panic!("{address} has no charges: {other:?}"),
    }
}

fn service(container: Value, scaling: Value) -> Value {
    let template = json!([{ "containers": [container], "scaling": [scaling] }]);
    thing(
        "google_cloud_run_v2_service.s",
        json!({ "name": "s", "location": "us-east1", "template": template }),
    )
}

#[test]
fn what_is_known_only_after_apply_is_no_default() {
    let limits = |known: Value, unknown: Value| {
        let unknown =
            json!({ "after_unknown": { "template": [{ "containers": [unknown], "scaling": [{}] }] } });
        plan(&json!({
            "format_version": "1.2",
            "planned_values": with(&[service(known, json!({ "min_instance_count": 1 }))]),
            "resource_changes": [change("google_cloud_run_v2_service.s", &["create"], unknown)],
        }))
    };
    let of = |input: &Input| {
        let of = |(name, it): (String, Option<Doubt>)| match it {
            Some(Doubt::AtLeast(why)) => format!("{name}: {why}"),
            other => format!("{name}: {other:?}"),
        };
        doubts(input, "google_cloud_run_v2_service.s").into_iter().map(of).collect::<Vec<_>>()
    };
    let cpu = json!([{ "cpu_idle": false, "limits": { "memory": "1Gi" } }]);
    let input = limits(json!({ "resources": cpu }), json!({ "resources": [{ "limits": { "cpu": true } }] }));
    let why = "template.containers[0].resources.limits.cpu is known only after apply";
    assert_eq!(
        of(&input),
        [format!("CPU around the clock: {why}"), format!("Memory around the clock: {why}")]
    );
    // What does not count is not looked at.
    let input = limits(json!({ "image": "i", "resources": cpu }), json!({ "name": true, "image": true }));
    assert_eq!(of(&input), ["CPU around the clock: None", "Memory around the clock: None"]);
    // What nobody has written gets its default from the server.
    let document = |expressions: Value| {
        let unknown = json!({ "after_unknown": { "template": [{ "containers": [{ "resources": true }], "scaling": true }] } });
        plan(&json!({
            "format_version": "1.2",
            "planned_values": with(&[thing("google_cloud_run_v2_service.s", json!({ "name": "s", "location": "us-east1", "template": [{ "containers": [{ "image": "i" }] }] }))]),
            "resource_changes": [change("google_cloud_run_v2_service.s", &["create"], unknown)],
            "configuration": { "root_module": { "resources": [{
                "mode": "managed", "type": "google_cloud_run_v2_service", "name": "s",
                "expressions": { "template": [{ "containers": [expressions] }] },
            }] } },
        }))
    };
    let input = document(json!({ "image": { "constant_value": "i" } }));
    assert_eq!(of(&input), ["CPU while serving: None", "Memory while serving: None", "Requests: None"]);
    let input =
        document(json!({ "resources": [{ "limits": { "references": ["module.a.limits", "module.a"] } }] }));
    assert!(of(&input)[0].contains("template.containers[0].resources is known only after apply"));
    // Of the first API, too.
    let v1 =
        thing("google_cloud_run_service.s", json!({ "name": "s", "location": "us-east1", "template": [{}] }));
    let metadata = json!([{ "metadata": [{ "annotations": true }] }]);
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": with(&[v1]),
        "resource_changes": [change("google_cloud_run_service.s", &["create"], json!({ "after_unknown": { "template": metadata } }))],
    }));
    let inputs = &input.planned.items()[0].inputs;
    assert!(is_unknown(&inputs["template"]["scaling"]["minInstanceCount"]), "{inputs}");
}

#[test]
fn a_class_is_unknown_or_wrong_and_never_standard() {
    let bucket = |values: Value, unknown: Value| {
        plan(&json!({
            "format_version": "1.2",
            "planned_values": with(&[thing("google_storage_bucket.b", values)]),
            "resource_changes": [change("google_storage_bucket.b", &["create"], json!({ "after_unknown": unknown }))],
        }))
    };
    let first = |input: &Input| doubts(input, "google_storage_bucket.b").remove(0);
    let input =
        bucket(json!({ "name": "b", "location": "EU" }), json!({ "storage_class": true, "self_link": true }));
    let why = "storageClass is known only after apply".to_owned();
    assert_eq!(first(&input), ("Storage".to_owned(), Some(Doubt::NoPrice(why))));
    let input = bucket(json!({ "name": "b", "location": "EU", "storage_class": "GLACIER" }), json!({}));
    assert!(matches!(first(&input).1, Some(Doubt::Wrong(it)) if it.contains("GLACIER")));
    let input = bucket(json!({ "name": "b", "storage_class": "COLDLINE" }), json!({ "location": true }));
    assert!(matches!(first(&input).1, Some(Doubt::NoPrice(it)) if it.contains("location")));
    let input = bucket(json!({ "name": "b", "storage_class": "MULTI_REGIONAL" }), json!({}));
    assert_eq!(first(&input), ("Storage (standard)".to_owned(), None));
}

/// Where the provider is, however its configuration writes it; else nowhere.
#[test]
fn a_providers_region_is_found_or_its_absence_is_said() {
    let repository = |provider: Value, key: &str, values: Value| {
        let address = "google_artifact_registry_repository.r";
        plan(&json!({
            "format_version": "1.2",
            "variables": { "env": { "value": { "places": ["us-east4", "me-west1"], "zone": "asia-east2-c" } } },
            "planned_values": with(&[thing(address, values)]),
            "resource_changes": [change(address, &["create"], json!({ "after_unknown": { "location": true } }))],
            "configuration": { "provider_config": provider, "root_module": {
                "resources": [{ "mode": "managed", "type": "google_artifact_registry_repository", "name": "r",
                    "provider_config_key": key, "expressions": {} }],
                "module_calls": { "m": {
                    "expressions": { "where": { "references": ["var.env.places[0]", "var.env.places", "var.env"] } },
                    "module": { "variables": { "usual": { "default": "europe-west9" } } },
                } },
            } },
        }))
    };
    let named = json!({ "repository_id": "r" });
    let of = |name: &str, argument: Value| json!({ name: { "expressions": argument } });
    let to = |path: &[&str]| json!({ "references": path });
    for (provider, key, expected) in [
        (of("google", json!({ "region": { "constant_value": "us-west1" } })), "google", Some("us-west1")),
        (
            of("google", json!({ "region": to(&["var.env.places[1]", "var.env.places", "var.env"]) })),
            "google",
            Some("me-west1"),
        ),
        (of("google", json!({ "zone": to(&["var.env.zone", "var.env"]) })), "google", Some("asia-east2")),
        (of("module.m:google", json!({ "region": to(&["var.where"]) })), "module.m:google", Some("us-east4")),
        (
            of("module.m:google", json!({ "region": to(&["var.usual"]) })),
            "module.m:google",
            Some("europe-west9"),
        ),
        (
            of("google.far", json!({ "region": { "constant_value": "us-west1" } })),
            "module.m:google.far",
            Some("us-west1"),
        ),
        (of("google", json!({ "region": to(&["local.region"]) })), "google", None),
        (of("google", json!({ "region": to(&["var.env.places[0]", "local.x"]) })), "google", None),
        (of("google", json!({ "project": { "constant_value": "p" } })), "google", None),
        // Another provider's region is not this one's.
        (of("google", json!({ "region": { "constant_value": "us-west1" } })), "google.far", None),
        (json!({}), "google", None),
    ] {
        let input = repository(provider.clone(), key, named.clone());
        let location = input.planned.items()[0].inputs["location"].as_str();
        assert_eq!(location, expected, "{provider}");
        assert_eq!(input.partial.iter().any(|it| it.contains("does not tell where")), expected.is_none());
    }
}

#[test]
fn what_is_sensitive_is_priced_and_not_shown() {
    let bucket = |sensitive: Value| {
        let values =
            json!({ "name": "b", "location": "MARS-WEST1", "labels": { "team": "hush", "tier": "a" } });
        let mut bucket = thing("google_storage_bucket.b", values);
        bucket["sensitive_values"] = sensitive;
        plan(&json!({ "format_version": "1.2", "planned_values": with(&[bucket]) }))
    };
    let (open, hidden) = (bucket(json!({})), bucket(json!({ "location": true, "labels": { "team": true } })));
    let bill =
        |input: &Input| format!("{:?}", input.planned.bill(&input.planned.items()[0], &Usage::default(), ""));
    assert_eq!(bill(&open), bill(&hidden));
    let item = &hidden.planned.items()[0];
    assert_eq!(hidden.planned.secrets(item), ["MARS-WEST1"]);
    assert_eq!(item.inputs["labels"], json!({ "tier": "a" }));
    assert!(
        !format!("{hidden:?}").contains("MARS") && open.planned.secrets(&open.planned.items()[0]).is_empty()
    );
}

#[test]
fn a_state_with_one_secret_keeps_all_else() {
    let path = |steps: &[Value]| -> Value {
        let step = |it: &Value| match it {
            Value::String(name) => json!({ "type": "get_attr", "value": name }),
            index => json!({ "type": "index", "value": { "value": index, "type": "number" } }),
        };
        steps.iter().map(step).collect()
    };
    let secret = path(&[
        json!("template"),
        json!(0),
        json!("containers"),
        json!(0),
        json!("env"),
        json!(0),
        json!("value"),
    ]);
    let container = json!({
        "image": "i", "env": [{ "name": "K", "value": "hush" }],
        "resources": [{ "cpu_idle": false, "limits": { "cpu": "4", "memory": "2Gi" } }],
    });
    let values = service(container, json!({ "min_instance_count": 2 }))["values"].clone();
    let state = json!({ "version": 4, "serial": 1, "lineage": "x", "resources": [{
        "mode": "managed", "type": "google_cloud_run_v2_service", "name": "s",
        "instances": [{ "attributes": values, "sensitive_attributes": [secret] }],
    }] });
    let input = plan(&state);
    let bill = input.planned.bill(&input.planned.items()[0], &Usage::default(), "");
    assert!(format!("{bill:?}").contains("CPU around the clock"), "{bill:?}");
    assert!(!format!("{input:?}").contains("hush"));
}

#[test]
fn what_a_plan_leaves_out_stays() {
    let bucket = |name: &str| {
        thing(&format!("google_storage_bucket.{name}"), json!({ "name": name, "location": "EU" }))
    };
    let cluster = thing("google_container_cluster.c", json!({}));
    let document = |changes: &[Value], more: Value| {
        let mut document = json!({
            "format_version": "1.2",
            "planned_values": with(&[bucket("a")]),
            "prior_state": { "values": with(&[bucket("a"), bucket("b"), bucket("old"), cluster.clone()]) },
            "resource_changes": changes,
        });
        for (name, it) in more.as_object().into_iter().flatten() {
            document[name] = it.clone();
        }
        plan(&document)
    };
    let (a, b) = ("google_storage_bucket.a", "google_storage_bucket.b");
    let moved = change(a, &["no-op"], json!({ "previous_address": "google_storage_bucket.old" }));
    let input = document(&[moved.clone(), change(b, &["delete"], json!({}))], json!({}));
    // `old` is moved to where something is already, and so is something else.
    assert_eq!(addresses(&input), [a, "google_storage_bucket.old"]);
    assert_eq!(input.unsupported.len(), 1);
    let input = document(
        &[change("google_storage_bucket.old", &["delete"], json!({}))],
        json!({ "complete": false }),
    );
    assert_eq!(addresses(&input), [a, b]);
    let told = input.partial.join(" ");
    assert!(
        told.contains("not complete") && told.contains("counted as it is: google_storage_bucket.b"),
        "{told}"
    );
    let input = document(&[change(b, &["forget"], json!({}))], json!({}));
    assert!(
        input
            .partial
            .join(" ")
            .contains("forgets without destroying, so that it costs as before: google_storage_bucket.b")
    );
    let input = document(&[change(b, &["delete"], json!({}))], json!({ "errored": true, "complete": false }));
    assert!(input.is_errored && input.partial[0].contains("terraform plan failed"), "{:?}", input.partial);
    // Replaced is not deleted.
    let input = document(&[change(b, &["delete", "create"], json!({}))], json!({}));
    assert!(addresses(&input).contains(&b));
}

#[test]
fn what_is_moved_is_the_same_resource() {
    let bucket = |name: &str| thing(name, json!({ "name": "b", "location": "EU" }));
    let (new, old) = ("google_storage_bucket.new", "google_storage_bucket.old");
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": with(&[bucket(new)]),
        "prior_state": { "values": with(&[bucket(old)]) },
        "resource_changes": [change(new, &["no-op"], json!({ "previous_address": old }))],
    }));
    assert_eq!(addresses(&input), [new]);
    assert_eq!(input.past.unwrap().items()[0].address, new);
}

#[test]
fn a_deposed_object_costs_and_takes_nobodys_place() {
    let topic = |name: &str| thing("google_pubsub_topic.t", json!({ "name": name }));
    let mut old = topic("old");
    old["deposed_key"] = json!("00aa");
    let subscription = thing("google_pubsub_subscription.s", json!({ "name": "s" }));
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": with(&[topic("new"), subscription]),
        "prior_state": { "values": with(&[old.clone(), topic("new")]) },
        "resource_changes": [
            change("google_pubsub_topic.t", &["delete"], json!({ "deposed": "00aa", "after_unknown": { "name": true } })),
            change("google_pubsub_subscription.s", &["create"], json!({ "after_unknown": { "topic": true } })),
        ],
        "configuration": { "root_module": { "resources": [{
            "mode": "managed", "type": "google_pubsub_subscription", "name": "s",
            "expressions": { "topic": { "references": ["google_pubsub_topic.t.id", "google_pubsub_topic.t"] } },
        }] } },
    }));
    let deposed = "google_pubsub_topic.t (deposed 00aa)";
    assert_eq!(addresses(&input), ["google_pubsub_topic.t", "google_pubsub_subscription.s", deposed]);
    assert_eq!(input.planned.items()[0].inputs["name"], "new");
    assert_eq!(input.planned.items()[1].inputs["topic"], "new");
    let state = plan(&json!({ "format_version": "1.0", "values": with(&[old, topic("new")]) }));
    assert_eq!(addresses(&state), [deposed, "google_pubsub_topic.t"]);
    let kept = plan(&json!({ "version": 4, "serial": 1, "lineage": "x", "resources": [{
        "mode": "managed", "type": "google_pubsub_topic", "name": "t",
        "instances": [{ "attributes": { "name": "old" }, "deposed": "00aa" }, { "attributes": { "name": "new" } }],
    }] }));
    assert_eq!(addresses(&kept), addresses(&state));
}

/// `module.a[each.key].id` is written as `module.a` and `each.key`.
#[test]
fn references_lead_through_modules_with_for_each() {
    let inside = |address: &str, values: Value| {
        let (module, rest) = address.split_once("].").unwrap();
        let mut it = thing(rest, values);
        it["address"] = json!(address);
        json!({ "address": format!("{module}]"), "resources": [it] })
    };
    let keys = ["a.b", "we]ird", "quo\\\"te"];
    let topics = keys
        .iter()
        .map(|it| inside(&format!("module.t[\"{it}\"].google_pubsub_topic.t"), json!({ "name": it })));
    let readers = keys
        .iter()
        .map(|it| inside(&format!("module.r[\"{it}\"].google_pubsub_subscription.s"), json!({ "name": it })));
    let later = keys.iter().map(|it| {
        change(
            &format!("module.r[\"{it}\"].google_pubsub_subscription.s"),
            &["create"],
            json!({ "after_unknown": { "topic": true } }),
        )
    });
    let resource = |kind: &str, name: &str, expressions: Value| json!({ "resources": [{ "mode": "managed", "type": kind, "name": name, "expressions": expressions }] });
    let mut inner = resource("google_pubsub_topic", "t", json!({}));
    inner["outputs"] = json!({
        "id": { "expression": { "references": ["google_pubsub_topic.t.id", "google_pubsub_topic.t"] } },
        "other": { "expression": { "constant_value": "x" } },
    });
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "child_modules": topics.chain(readers).collect::<Vec<_>>() } },
        "resource_changes": later.collect::<Vec<_>>(),
        "configuration": { "root_module": { "module_calls": {
            "t": { "for_each_expression": { "references": ["var.keys"] }, "module": inner },
            "r": {
                "for_each_expression": { "references": ["var.keys"] },
                "expressions": { "from": { "references": ["module.t", "each.key"] } },
                "module": resource("google_pubsub_subscription", "s", json!({ "topic": { "references": ["var.from"] } })),
            },
        } } },
    }));
    let readers = input.planned.items().iter().filter(|it| it.address.starts_with("module.r"));
    for reader in readers {
        assert_eq!(reader.inputs["topic"], reader.inputs["name"], "{}", reader.address);
    }
}

#[test]
fn utf16_and_empty_states_are_read() {
    let document = json!({ "format_version": "1.2", "planned_values": with(&[thing("google_pubsub_topic.ä", json!({ "name": "t" }))]) });
    let units: Vec<u16> = document.to_string().encode_utf16().collect();
    let bytes = |of: fn(u16) -> [u8; 2], mark: &[u8]| -> Vec<u8> {
        mark.iter().copied().chain(units.iter().flat_map(|it| of(*it))).collect()
    };
    for bytes in [
        bytes(u16::to_le_bytes, &[0xff, 0xfe]),
        bytes(u16::to_be_bytes, &[0xfe, 0xff]),
        bytes(u16::to_le_bytes, &[]),
        bytes(u16::to_be_bytes, &[]),
    ] {
        assert_eq!(addresses(&read(&bytes).expect("it is a plan")), ["google_pubsub_topic.ä"]);
    }
    for empty in [
        json!({ "format_version": "1.0" }),
        json!({ "format_version": "1.0", "terraform_version": "1.9.8" }),
        json!({ "version": 4, "terraform_version": "1.9.8", "serial": 3, "lineage": "x", "outputs": {}, "resources": [] }),
    ] {
        let input = plan(&empty);
        assert!(input.planned.items().is_empty() && input.past.is_none(), "{empty}");
    }
}
