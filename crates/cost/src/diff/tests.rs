use super::*;

fn component(name: &str, quantity: i64, cost: Option<i64>) -> Component {
    Component {
        name: name.to_owned(),
        unit: "GiB".to_owned(),
        monthly_quantity: Some(quantity.into()),
        monthly_cost: cost.map(Decimal::from),
        ..Component::default()
    }
}

fn costed(name: &str, components: Vec<Component>) -> Costed {
    Costed {
        name: name.to_owned(),
        monthly_cost: components.iter().filter_map(|it| it.monthly_cost).reduce(|a, b| a + b),
        cost_components: components,
        ..Costed::default()
    }
}

fn breakdown(resources: Vec<Costed>) -> Breakdown {
    Breakdown {
        total_monthly_cost: Some(resources.iter().filter_map(|it| it.monthly_cost).sum()),
        resources,
        ..Breakdown::default()
    }
}

#[test]
fn resources_and_lines_are_compared_by_name() {
    let past = breakdown(vec![
        costed("gone", vec![component("storage", 1, Some(5))]),
        costed("same", vec![component("storage", 1, Some(1))]),
        costed("dearer", vec![component("storage", 1, Some(4)), component("egress", 1, Some(1))]),
    ]);
    let now = breakdown(vec![
        costed("dearer", vec![component("storage", 2, Some(8)), component("queries", 1, None)]),
        costed("same", vec![component("storage", 1, Some(1))]),
        costed("new", vec![component("storage", 1, Some(7))]),
    ]);
    let found = diff(&past, &now);
    let told: Vec<_> = found
        .resources
        .iter()
        .map(|it| (it.address.as_str(), it.change, it.costs.difference().to_string()))
        .collect();
    assert_eq!(
        told,
        [
            ("dearer", Change::Changed, "3".to_owned()),
            ("same", Change::Same, "0".to_owned()),
            ("new", Change::Added, "7".to_owned()),
            ("gone", Change::Removed, "-5".to_owned()),
        ]
    );
    let lines: Vec<_> =
        found.resources[0].lines.iter().map(|it| (it.name.as_str(), it.change, it.unknown())).collect();
    assert_eq!(
        lines,
        [
            ("storage", Change::Changed, false),
            ("queries", Change::Added, true),
            ("egress", Change::Removed, false),
        ]
    );
    assert_eq!(found.costs.difference(), 5.into());
    assert_eq!(found.costs.percent(), Some("45.454545454545454545454545455".parse().unwrap()));
    let told: Vec<Costed> = found.resources.iter().filter_map(ResourceDiff::told).collect();
    assert_eq!(told.len(), 3);
    let sum: Decimal = told.iter().filter_map(|it| it.monthly_cost).sum();
    assert_eq!(sum, 5.into());
}

#[test]
fn nothing_has_no_percentage() {
    let costs = Costs { past: None, now: Some(Decimal::ONE) };
    assert_eq!((costs.difference(), costs.percent()), (Decimal::ONE, None));
    assert_eq!(Costs { past: Some(Decimal::ZERO), now: None }.percent(), None);
    assert_eq!(Costs { past: Some(Decimal::TWO), now: None }.percent(), Some(Decimal::from(-100)));
}

#[test]
fn equal_names_are_taken_in_turn_and_inner_lines_bear_the_name_of_their_resource() {
    let past = breakdown(vec![costed("a", vec![component("x", 1, Some(1)), component("x", 2, Some(2))])]);
    let same = diff(&past, &past);
    assert_eq!(same.changed().count(), 0);
    let mut outer = costed("a", vec![]);
    outer.subresources = vec![costed("inner", vec![component("x", 1, Some(1))])];
    let found = diff(&Breakdown::default(), &breakdown(vec![outer]));
    assert_eq!(found.resources[0].lines[0].name, "inner: x");
}
