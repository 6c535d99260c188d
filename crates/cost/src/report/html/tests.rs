use super::super::samples::{context, items, sample};
use super::*;
use crate::{Options, PriceList, breakdown, diff, estimate};

fn page() -> String {
    let mut before = items();
    before.remove(0);
    before.push(crate::Item { address: "archive".to_owned(), ..items()[0].clone() });
    let before = breakdown::of(&estimate(before, PriceList::embedded(), &Options::default()));
    let diff = diff::diff(&before, &breakdown::of(&sample()));
    write(&sample(), Some(&diff), &context())
}

#[test]
fn a_page() {
    let page = page();
    // The style is no matter of words.
    let (head, body) = page.split_once("</style>").unwrap();
    assert!(head.starts_with("<!doctype html>"));
    insta::assert_snapshot!(body);
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_runs_nothing() {
    let page = page();
    for it in ["<script", "http://", "https://", "src=", "@import", "url(", "javascript:", "onload"] {
        assert!(!page.contains(it), "{it}");
    }
}

#[test]
fn every_tag_that_opens_closes() {
    let page = page();
    let mut open: Vec<&str> = Vec::new();
    let body = &page[page.find("</style>").unwrap() + 8..];
    for tag in body.split('<').skip(1) {
        let tag = &tag[..tag.find('>').unwrap()];
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if tag.starts_with('/') {
            // Those of the head were opened before the style.
            if !["head", "html"].contains(&name) {
                assert_eq!(open.pop(), Some(name), "{tag}");
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn names_bring_no_markup() {
    let mut items = items();
    items[0].address = "\"><img onerror='x'>&".to_owned();
    let text = write(&estimate(items, PriceList::embedded(), &Options::default()), None, &context());
    assert!(!text.contains("<img") && text.contains("&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;&amp;"));
}

#[test]
fn many_resources_make_a_short_chart_and_none_make_none() {
    let many: Vec<_> =
        (0..40).map(|it| crate::Item { address: format!("topic-{it}"), ..items()[0].clone() }).collect();
    let text = write(&estimate(many, PriceList::embedded(), &Options::default()), None, &context());
    assert_eq!(text.matches("class=\"bar\"").count(), BARS);
    assert!(text.contains("29 others"));
    let none = write(&estimate([], PriceList::embedded(), &Options::default()), None, &context());
    assert!(!none.contains("<svg") && none.contains("$0.00"));
}
