use super::*;

fn sample() -> Comparison {
    let ways = [("by <volume>", "1 to 16 minutes"), ("always", "seconds"), ("unknown", "seconds")];
    let volumes = [1_000, 100_000, 1_000_000].map(Decimal::from);
    Comparison::new(
        "How events reach the table",
        "events a month",
        &volumes,
        &ways,
        |way, volume| match way {
            0 => Some(volume / Decimal::from(1_000)),
            1 => Some(Decimal::from(77)),
            _ => None,
        },
    )
}

#[test]
fn a_table() {
    insta::assert_snapshot!(table(&sample(), Style::default()));
}

#[test]
fn a_comment() {
    insta::assert_snapshot!(markdown(&sample()));
}

#[test]
fn data() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&json(&sample())).unwrap());
}

#[test]
fn a_page() {
    let page = html(&sample(), &["Prices: some <of> them.".to_owned()]);
    let (_, body) = page.split_once("</style>").unwrap();
    insta::assert_snapshot!(body);
    assert!(!body.contains("by <volume>") && body.contains("by &lt;volume&gt;"));
    for it in ["<script", "http://", "https://", "src=", "url(", "NaN", "inf"] {
        assert!(!body.contains(it), "{it}");
    }
}

#[test]
fn what_cannot_be_plotted_has_no_plot() {
    let check = |volumes: &[u32], cost: u32| {
        let volumes: Vec<Decimal> = volumes.iter().copied().map(Decimal::from).collect();
        let it = Comparison::new("Ways", "events", &volumes, &[("a", "")], |_, _| Some(Decimal::from(cost)));
        plot::plot(&it)
    };
    assert_eq!(check(&[5], 7), "");
    assert_eq!(check(&[5, 50], 0), "");
    assert_eq!(check(&[], 7), "");
    assert!(check(&[5, 50], 7).contains("<polyline"));
}
