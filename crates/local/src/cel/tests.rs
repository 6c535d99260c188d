use serde_json::json;

use super::*;

fn variables() -> Variables {
    let assertion = json!({
        "sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop", "ref": "refs/heads/main",
        "groups": ["dev", "ops"], "run": 7, "share": 0.5, "email_verified": true, "none": null,
        "https://claims/x": "y", "nested": {"a": {"b": "deep"}},
    });
    let google = json!({"subject": "repo:acme/shop:ref:refs/heads/main", "groups": ["dev"]});
    let attribute = json!({"repository": "acme/shop"});
    [("assertion", &assertion), ("google", &google), ("attribute", &attribute)]
        .into_iter()
        .map(|(name, it)| (name, Value::from(it)))
        .collect()
}

fn parsed(text: &str) -> Result<Expression, ParseError> {
    Expression::parse(text, &["assertion", "google", "attribute"])
}

fn value(text: &str) -> Result<Value, EvalError> {
    parsed(text).unwrap_or_else(|error| panic!("{text}: {error}")).evaluate(&variables())
}

#[track_caller]
fn check(text: &str, want: impl Into<serde_json::Value>) {
    assert_eq!(value(text), Ok(Value::from(&want.into())), "{text}");
}

/// An expression that must not parse, and what the error must name.
#[track_caller]
fn refused(text: &str, words: &str) {
    match parsed(text) {
        Ok(_) => panic!("{text} parses"),
        Err(error) => assert!(error.to_string().contains(words), "{text}: {error}"),
    }
}

/// An expression that has no value, and what the error must name.
#[track_caller]
fn fails(text: &str, words: &str) {
    match value(text) {
        Ok(value) => panic!("{text} is {value:?}"),
        Err(error) => assert!(error.to_string().contains(words), "{text}: {error}"),
    }
}

#[test]
fn conditions_that_people_write() {
    check("assertion.repository == 'acme/shop'", true);
    check("assertion.repository=='acme/shop'&&assertion.ref==\"refs/heads/main\"", true);
    check("attribute.repository in ['acme/a', 'acme/shop']", true);
    check("!(assertion.repository in [])", true);
    check("'dev' in google.groups && !('boss' in google.groups)", true);
    check("assertion.sub.startsWith('repo:acme/') || false", true);
    check("has(assertion.environment) && assertion.environment == 'prod'", false);
    check("has(assertion.repository)", true);
    check("assertion['https://claims/x'] == 'y'", true);
    check("assertion.ref.matches('^refs/(heads|tags)/')", true);
    check("matches(assertion.ref, 'HEAD')", false);
    check("assertion.run >= 7 && assertion.run < 8 && assertion.share <= 0.5 && assertion.run > 6.5", true);
    check("assertion.none == null && assertion.run != null", true);
    check("assertion.email_verified", true);
    check("size(assertion.groups) == 2 && assertion.repository.size() == 9", true);
    check("assertion.nested.a.b", "deep");
    check("'x' in {'x': 1} // so much for maps\n", true);
}

#[test]
fn mappings_that_people_write() {
    check("'github::' + assertion.repository", "github::acme/shop");
    check("assertion.sub.split(':')[1]", "acme/shop");
    check("assertion.groups.join(',')", "dev,ops");
    check("assertion.repository.upperAscii().lowerAscii()", "acme/shop");
    check("assertion.run == 7 ? 'seven' : 'other'", "seven");
    check("{'acme/shop': 'shop'}[assertion.repository]", "shop");
    check("string(assertion.run) + string(assertion.email_verified)", "7true");
    check("[1] + [2, 3]", json!([1, 2, 3]));
    check("1 + 2 == 3 && -1 < 0 && 1.5 + 1.0 == 2.5 && 1e1 == 10", true);
}

/// Google's own examples, <https://docs.cloud.google.com/iam/docs/conditions-attribute-reference#extract>.
#[test]
fn extract() {
    let name =
        "projects/_/buckets/acme-orders-aaa/objects/data_lake/orders/order_date=2019-11-03/aef87g87ae0876";
    for (template, want) in [
        ("/order_date={date}/", "2019-11-03"),
        ("buckets/{name}/", "acme-orders-aaa"),
        ("/orders/{empty}order_date", ""),
        ("{start}/objects/data_lake", "projects/_/buckets/acme-orders-aaa"),
        ("orders/{end}", "order_date=2019-11-03/aef87g87ae0876"),
        ("{all}", name),
        ("/orders/{none}/order_date=", ""),
        ("/orders/order_date=2019-11-03/{id}/data_lake", ""),
    ] {
        check(&format!("'{name}'.extract('{template}')"), want);
    }
    refused("assertion.sub.extract('no braces')", "no braces");
    refused("assertion.sub.extract('{a}/{b}')", "exactly one part in braces");
}

#[test]
fn strings_and_their_escapes() {
    check(r#"'it\'s' + "\"\\\n\t" + 'A\x41\u00e9'"#, "it's\"\\\n\tAA\u{e9}");
    check(r"r'\d' + '''a'b''' + R'x'", r"\da'bx");
    refused("'open", "has no end");
    refused(r"'\q'", "unknown escape");
    refused(r"'\x+4'", "unknown escape");
    refused("b'bytes'", "bytes");
}

#[test]
fn one_side_that_decides_is_enough() {
    check("assertion.absent == 'x' || true", true);
    check("true || assertion.absent", true);
    check("assertion.absent == 'x' && false", false);
    fails("assertion.absent == 'x' || false", "absent");
    fails("assertion.absent == 'x' && true", "absent");
}

#[test]
fn what_is_absent_and_what_is_wrong_are_told_apart() {
    assert!(value("assertion.absent").is_err_and(|it| it.is_absence()));
    assert!(value("assertion.groups[2]").is_err_and(|it| it.is_absence()));
    for text in [
        "assertion.run == '7'",
        "assertion.run != '7'",
        "assertion.run < 'x'",
        "assertion.run + 'x'",
        "assertion.run.startsWith('7')",
        "assertion.run in 7",
        "7 in ['a']",
        "!assertion.run",
        "assertion.sub && true",
        "assertion.sub ? 1 : 2",
        "assertion.sub.sub",
        "has(assertion.sub.x)",
        "assertion.groups['dev']",
        "[1].join(',')",
        "9223372036854775807 + 1",
    ] {
        assert!(value(text).is_err_and(|it| !it.is_absence()), "{text}");
    }
}

#[test]
fn what_is_not_known_is_named() {
    refused("asertion.sub", "undeclared reference to \"asertion\"");
    refused("assertion.groups.exists(g, g == 'dev')", "\"g\"");
    refused("assertion.groups.exists(assertion, true)", "\"exists\"");
    refused("assertion.sub.replace('a', 'b')", "\"replace\"");
    refused("type(assertion.sub)", "\"type\"");
    refused("assertion.run - 1", "operator \"-\"");
    refused("assertion.run * 2", "operator \"*\"");
    refused("-assertion.run", "operator \"-\"");
    refused("assertion.sub.startsWith()", "one argument");
    refused("has(assertion)", "has");
    refused("assertion.sub ==", "the end");
    refused("assertion.sub = 'x'", "\"=\"");
    refused("assertion.sub 'x'", "a string");
    refused("(assertion.sub", "\")\"");
    refused("assertion.ref.matches('(')", "regular expression");
    refused("7u == 7", "number");
    refused("99999999999999999999 == 1", "too large");
    refused(" ", "empty");
}

#[test]
fn what_is_too_deep_or_too_long_is_refused_and_nothing_breaks() {
    refused(&format!("{}true{}", "(".repeat(40), ")".repeat(40)), "too deeply");
    refused(&format!("{}true", "!".repeat(40)), "too deeply");
    refused(&format!("true{}", " == true".repeat(100)), "too deeply");
    refused(&format!("{}true{}", "[".repeat(40), "]".repeat(40)), "too deeply");
    refused(&format!("'a'{}", ".lowerAscii()".repeat(100)), "too deeply");
    refused(&format!("assertion{}", ".a".repeat(600)), "too deeply");
    refused(&format!("'{}'", "x".repeat(5000)), "4096 bytes");
    check(&format!("{}1", "1+".repeat(1999)), 2000);
    check(&format!("{}true", "false||".repeat(500)), true);
    check(&format!("{}true{}", "(".repeat(23), ")".repeat(23)), true);
    check(&format!("true{}", " == true".repeat(60)), true);
}

#[test]
fn no_text_breaks_the_reader() {
    let good = r#"has(assertion.a) && r'é\d' in ['x', "\u00e9"] || -1.5e3 <= size({'k': 1}) ? assertion['é'] : '''q'''"#;
    assert!(parsed(good).is_ok());
    let chars: Vec<char> = good.chars().collect();
    for at in 0..chars.len() {
        let (before, rest) = chars.split_at(at);
        for changed in ["", "'", "\\", "(", ")", ".", "é", "\u{10ffff}", "9", "\0", "?", "{"] {
            let before: String = before.iter().collect();
            let rest: String = rest[1..].iter().collect();
            // Whether it parses does not matter; what parses is evaluated, to a value or an error.
            for text in [format!("{before}{changed}{rest}"), format!("{before}{changed}")] {
                let _ = parsed(&text).map(|it| it.evaluate(&variables()));
            }
        }
    }
}

#[test]
fn types_that_the_expression_alone_tells() {
    for (text, kind) in [
        ("assertion.sub", None),
        ("assertion.sub == 'x'", Some("bool")),
        ("'a' + assertion.sub", Some("string")),
        ("true ? 'a' : 'b'", Some("string")),
        ("true ? 'a' : 1", None),
        ("assertion.sub.split(':')", Some("list")),
        ("size('a')", Some("int")),
    ] {
        assert_eq!(parsed(text).unwrap().kind(), kind, "{text}");
    }
}
