use super::*;

const TOPIC: &[UsageKey] =
    &[UsageKey { name: "monthly_message_data_tb", unit: "TiB a month", doc: "What is published." }];
const BUCKET: &[UsageKey] = &[
    UsageKey { name: "storage_gb", unit: "GiB", doc: "" },
    UsageKey { name: "monthly_egress_data_transfer_gb.asia", unit: "GiB a month", doc: "To Asia." },
    UsageKey { name: "monthly_egress_data_transfer_gb.worldwide", unit: "GiB a month", doc: "Elsewhere." },
];

fn types() -> Vec<Type> {
    let one = |names: &[&str], keys: &[UsageKey]| Type {
        names: names.iter().map(|it| (*it).to_owned()).collect(),
        keys: keys.to_vec(),
    };
    vec![
        one(&["google_pubsub_topic", "gcp:pubsub/v1:Topic"], TOPIC),
        one(&["google_storage_bucket"], BUCKET),
        one(&["google_service_account"], &[]),
    ]
}

fn target(addresses: &[&str], type_name: &str) -> Target {
    Target {
        addresses: addresses.iter().map(|it| (*it).to_owned()).collect(),
        type_name: type_name.to_owned(),
        derived: Vec::new(),
    }
}

fn targets() -> Vec<Target> {
    vec![
        target(&["google_pubsub_topic.t[0]", "orders"], "google_pubsub_topic"),
        target(&["module.m[\"a.b\"].google_pubsub_topic.t"], "gcp:pubsub/v1:Topic"),
        target(&["google_storage_bucket.b"], "google_storage_bucket"),
        target(&["google_compute_instance.vm"], "google_compute_instance"),
    ]
}

fn parse(text: &str) -> Result<UsageFile, UsageError> {
    UsageFile::parse(text, "usage.yml", &types(), &targets())
}

/// What is said of a resource, by key.
fn check(text: &str, target: usize, expected: &[(&str, &str)]) {
    let read = parse(text).unwrap_or_else(|error| panic!("{error}"));
    let usage = read.usage(&targets()[target], &types());
    let told: Vec<(&str, String)> = usage
        .readings
        .iter()
        .map(|(key, it)| {
            let Range { low, expected, high } = it.range;
            (*key, if it.range.is_exact() { low.to_string() } else { format!("{low} {expected} {high}") })
        })
        .collect();
    let expected: Vec<(&str, String)> = expected.iter().map(|(a, b)| (*a, (*b).to_owned())).collect();
    assert_eq!(told, expected);
}

/// What is warned of, and that all else is read.
fn check_warning(text: &str, warning: &str) {
    let read = parse(text).unwrap_or_else(|error| panic!("{error}"));
    let told: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(told, [warning], "{text}");
}

fn check_error(text: &str, error: &str) {
    assert_eq!(parse(text).unwrap_err().to_string(), error, "{text}");
}

#[test]
fn an_address_overrides_a_wildcard_and_that_its_type() {
    let text = "\
version: 0.1
resource_type_default_usage:
  google_pubsub_topic:
    monthly_message_data_tb: 1
resource_usage:
  google_pubsub_topic.t[0]:
    monthly_message_data_tb: 3
  google_pubsub_topic.t[*]:
    monthly_message_data_tb: 2
  module.m[*].google_pubsub_topic.t:
    monthly_message_data_tb: 4
";
    let key = "monthly_message_data_tb";
    check(text, 0, &[(key, "3")]);
    check(text, 1, &[(key, "4")]);
    check(&text.replace("t[0]", "t[1]"), 0, &[(key, "2")]);
    check(&text[..text.find("resource_usage").unwrap()], 1, &[(key, "1")]);
    check("resource_usage: {orders: {monthly_message_data_tb: 5}}", 0, &[(key, "5")]);
    check("", 0, &[]);
}

#[test]
fn wildcards_stand_for_one_index() {
    let check =
        |pattern: &str, address: &str, it: bool| assert_eq!(matches(pattern, address), it, "{pattern}");
    check("a.b[*]", "a.b[0]", true);
    check("a.b[*]", "a.b[\"x[1].y\"]", true);
    check("module.m[*].a.b[*]", "module.m[\"k\"].a.b[1]", true);
    check("a.b[*]", "a.b", false);
    check("a.b[*]", "a.b[0].c", false);
    check("a.b[*].c", "a.b[0].d", false);
    check("a.b", "a.b", true);
    assert_eq!(type_in("module.m[\"a.b\"].google_x.y[\"z.w\"]"), Some("google_x"));
    assert_eq!(type_in("orders"), None);
}

#[test]
fn numbers_may_have_underscores_and_be_ranges_and_nested() {
    let text = "\
resource_usage:
  google_storage_bucket.b:
    storage_gb: {low: 1, expected: 1_000.5, high: 2e3}
    monthly_egress_data_transfer_gb:
      asia: [1, 2, 3]
      worldwide: 0.1
";
    let expected = [
        ("monthly_egress_data_transfer_gb.asia", "1 2 3"),
        ("monthly_egress_data_transfer_gb.worldwide", "0.1"),
        ("storage_gb", "1 1000.5 2000"),
    ];
    let as_written = |it: &str| text.replace("2e3", it);
    check(&as_written("2000"), 2, &expected);
    check(&as_written("2_000"), 2, &expected);
    let dotted = "resource_usage:\n  google_storage_bucket.b:\n    monthly_egress_data_transfer_gb.asia: 1\n";
    check(dotted, 2, &[("monthly_egress_data_transfer_gb.asia", "1")]);
}

#[test]
fn names_that_are_not_known_are_warned_of_with_their_line_and_the_nearest_name() {
    let bucket = |it: &str| format!("version: 0.1\nresource_usage:\n  google_storage_bucket.b:\n    {it}\n");
    check_warning(
        &bucket("storage_gbs: 1"),
        "line 4: usage storage_gbs is not known, and is left out; did you mean storage_gb?",
    );
    check_warning(
        &bucket("monthly_egress_data_transfer_gb:\n      asai: 1"),
        "line 5: usage monthly_egress_data_transfer_gb.asai is not known, and is left out; did you mean \
         monthly_egress_data_transfer_gb.asia?",
    );
    check_warning(
        "resource_type_default_usage:\n  google_pubsub_topics:\n    a: 1\n",
        "line 2: no price of type google_pubsub_topics is known here, and its usage is left out; did you mean \
         google_pubsub_topic?",
    );
    check_warning(
        "resource_type_default_usage:\n  google_service_account:\n    a: 1\n",
        "line 3: usage a is not known, and is left out: google_service_account has none",
    );
    check_warning(
        "resource_usages: {}\n",
        "line 1: resource_usages is not known, and is left out; did you mean resource_usage?",
    );
    // What is known beside is read.
    check(&bucket("storage_gbs: 1\n    storage_gb: 2"), 2, &[("storage_gb", "2")]);
}

#[test]
fn numbers_that_are_none_are_refused_with_their_line() {
    let bucket = |it: &str| format!("version: 0.1\nresource_usage:\n  google_storage_bucket.b:\n    {it}\n");
    check_error(&bucket("storage_gb: -1"), "usage.yml: line 4: storage_gb is -1; it cannot be negative");
    check_error(&bucket("storage_gb: .nan"), "usage.yml: line 4: storage_gb is .nan, which is no number");
    check_error(&bucket("storage_gb: .inf"), "usage.yml: line 4: storage_gb is .inf, which is no number");
    check_error(&bucket("storage_gb: much"), "usage.yml: line 4: storage_gb is much, which is no number");
    check_error(&bucket("storage_gb:"), "usage.yml: line 4: storage_gb has no number");
    check_error(&bucket("storage_gb: 1e40"), "usage.yml: line 4: storage_gb is 1e40, which is absurd");
    check_error(
        &bucket("storage_gb: 1000000000000001"),
        "usage.yml: line 4: storage_gb is 1000000000000001, which is absurd: more than 10^15 a month",
    );
    check_error(
        &bucket("storage_gb: [3, 2, 4]"),
        "usage.yml: line 4: storage_gb must rise from low over expected to high",
    );
    check_error(&bucket("storage_gb: {low: 1, high: 2}"), "usage.yml: line 4: storage_gb has no expected");
    check_error("version: 0.2\n", "usage.yml: line 1: version 0.2 is not known; write 0.1");
    check_error("[1]", "usage.yml: not a map of version and resource_usage");
    let twice = parse(&bucket("storage_gb: -1\n    monthly_egress_data_transfer_gb.asia: x")).unwrap_err();
    assert_eq!(twice.problems.len(), 2);
    let broken = parse("version: 0.1\nresource_usage: [\n").unwrap_err();
    assert!(broken.problems[0].line.is_some(), "{broken}");
}

#[test]
fn addresses_of_other_clouds_are_one_warning() {
    check_warning(
        "resource_usage:\n  aws_instance.a:\n    x: 1\n  aws_instance.b:\n    x: 1\n  azurerm_x.c:\n    x: 1\n",
        "line 2: no resource has aws_instance.a or 2 more addresses, which are of other clouds",
    );
}

#[test]
fn addresses_of_nothing_and_other_clouds_are_warned_of() {
    let read = parse(
        "resource_type_default_usage:\n  aws_lambda_function:\n    monthly_requests: 1\nresource_usage:\n  \
         google_storage_bucket.a:\n    storage_gb: 1\n  google_compute_instance.vm:\n    x: 1\n",
    )
    .unwrap();
    let told: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "line 2: aws_lambda_function is of another cloud, and is left out",
            "line 5: no resource has the address google_storage_bucket.a; did you mean google_storage_bucket.b?",
            "line 7: google_compute_instance.vm is of no kind with a price here, and is left out",
        ]
    );
    // Its keys are checked all the same.
    check_error(
        "resource_usage:\n  google_storage_bucket.a:\n    storage_gb: -1\n",
        "usage.yml: line 3: storage_gb is -1; it cannot be negative",
    );
}

fn synced(text: &str) -> Synced {
    let found = sync(text, "usage.yml", &types(), &targets()).unwrap_or_else(|error| panic!("{error}"));
    // Once is enough.
    let again = sync(&found.text, "usage.yml", &types(), &targets()).unwrap();
    assert_eq!((again.written, &again.text), (0, &found.text));
    found
}

#[test]
fn a_new_file_has_all_keys_and_says_nothing() {
    insta::assert_snapshot!(synced("").text, @r#"
    # How much is used of each resource a month, for `cost`. In Infracost's format.
    # Take the # away from a key to say how much it is: 0 if it is not used, {low: 1, expected: 2, high: 3} for a range.
    # What is not said follows from other usage, or is not known.
    version: 0.1
    resource_usage:
      google_pubsub_topic.t[0]:
        # monthly_message_data_tb: 0 # TiB a month: What is published.
      module.m["a.b"].google_pubsub_topic.t:
        # monthly_message_data_tb: 0 # TiB a month: What is published.
      google_storage_bucket.b:
        # storage_gb: 0 # GiB
        # monthly_egress_data_transfer_gb:
        #   asia: 0 # GiB a month: To Asia.
        #   worldwide: 0 # GiB a month: Elsewhere.
    "#);
}

#[test]
fn what_is_there_stays_with_its_comments_and_order() {
    let text = "\
# Ours.
version: 0.1

resource_usage:
   google_storage_bucket.b: # big
      monthly_egress_data_transfer_gb:
         asia: 7   # a guess
      # more to come

   orders:
resource_type_default_usage:
  google_service_account: {}
";
    let found = synced(text);
    insta::assert_snapshot!(found.text, @r#"
    # Ours.
    version: 0.1

    resource_usage:
       google_storage_bucket.b: # big
          monthly_egress_data_transfer_gb:
             asia: 7   # a guess
             # worldwide: 0 # GiB a month: Elsewhere.
          # storage_gb: 0 # GiB
          # more to come

       orders:
         # monthly_message_data_tb: 0 # TiB a month: What is published.
       module.m["a.b"].google_pubsub_topic.t:
         # monthly_message_data_tb: 0 # TiB a month: What is published.
    resource_type_default_usage:
      google_service_account: {}
    "#);
    assert_eq!(found.written, 4);
}

#[test]
fn a_key_that_is_taken_out_of_its_comment_is_said() {
    let text = synced("").text;
    let text = text.replace("    # storage_gb: 0 #", "    storage_gb: 7 #");
    let text = text
        .replace("    # monthly_egress", "    monthly_egress")
        .replace("    #   asia: 0", "      asia: 3");
    check(&text, 2, &[("monthly_egress_data_transfer_gb.asia", "3"), ("storage_gb", "7")]);
    // What nobody said is not known.
    check(&text, 0, &[]);
    // What is left is still offered, and not offered twice.
    assert_eq!((synced(&text).written, synced(&text).text), (0, text));
}

#[test]
fn what_a_default_or_another_usage_says_is_not_written() {
    let text = "resource_type_default_usage:\n  google_pubsub_topic:\n    monthly_message_data_tb: 1\n";
    let mut targets = targets();
    targets[2].derived = BUCKET.iter().map(|it| it.name).collect();
    let found = sync(text, "usage.yml", &types(), &targets).unwrap();
    assert_eq!((found.text.as_str(), found.written), (text, 0));
}

#[test]
fn braces_are_left_alone_unless_they_are_empty() {
    let found = synced("resource_usage:\n  orders: {}\n  google_storage_bucket.b: {storage_gb: 1}\n");
    assert_eq!(
        found.text,
        "resource_usage:\n  orders:\n    # monthly_message_data_tb: 0 # TiB a month: What is published.\n  \
         google_storage_bucket.b: {storage_gb: 1}\n  module.m[\"a.b\"].google_pubsub_topic.t:\n    \
         # monthly_message_data_tb: 0 # TiB a month: What is published.\n"
    );
    assert_eq!(
        found.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["line 3: google_storage_bucket.b is written in braces, and was left as it is"]
    );
    let found = synced("resource_usage: {}\n");
    assert!(found.text.starts_with("resource_usage:\n  google_pubsub_topic.t[0]:\n"), "{}", found.text);
}

#[test]
fn a_file_that_cannot_be_read_is_not_edited() {
    assert!(sync("resource_usage: 3\n", "usage.yml", &types(), &targets()).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_ends_the_program_and_a_sync_keeps_what_is_said(text in "([ a:\\[\\]\"'#.{},*\\-0-9]|\n|\n  |\n    |resource_usage:|orders:|storage_gb: ){0,30}") {
        if let Ok(found) = sync(&text, "usage.yml", &types(), &targets()) {
            proptest::prop_assert!(parse(&found.text).is_ok(), "{}", found.text);
        }
    }
}
