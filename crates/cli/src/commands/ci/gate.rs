//! Whether a plan may cost so much more.

use rust_decimal::Decimal;

use crate::args::Increase;
use crate::problem::Problem;

/// Reasons that are listed.
const LISTED: usize = 20;

/// Holds a plan's bills to a limit; why it is refused, if it is.
pub fn refused(plan: &serde_json::Value, most: Increase, allow_unpriced: bool) -> Option<Problem> {
    let bills = &plan["bills"];
    let money = |name: &str| bills["total"][name].as_str().and_then(|it| it.parse::<Decimal>().ok());
    let (Some(before), Some(after)) = (money("before"), money("after")) else {
        return Some(
            Problem::new("--fail-on-increase cannot be held to: the monthly cost could not be worked out")
                .hint("`stack cost` says why"),
        );
    };
    let by = after - before;
    if most.is_exceeded(before, after) {
        let text = format!(
            "it would cost {by:.2} USD a month more than the {before:.2} USD of now, which is more than \
             --fail-on-increase allows"
        );
        return Some(Problem::new(text));
    }
    let listed = |name: &str| bills[name].as_array().into_iter().flatten().filter_map(|it| it.as_str());
    let unpriced = listed("unpriced").map(|it| format!("no price is known of {it}"));
    let unpriced: Vec<String> = unpriced.chain(listed("atLeast").map(str::to_owned)).collect();
    if unpriced.is_empty() || allow_unpriced {
        return None;
    }
    let mut problem =
        Problem::new("--fail-on-increase cannot be held to: not all that is charged has a known cost");
    let more = unpriced.len().saturating_sub(LISTED);
    problem.causes = unpriced.into_iter().take(LISTED).collect();
    problem.causes.extend((more > 0).then(|| format!("and {more} more")));
    Some(problem.hint("--allow-unpriced holds it to what is known"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn bills(before: &str, after: &str, unpriced: &[&str]) -> Value {
        json!({ "bills": { "total": { "before": before, "after": after }, "unpriced": unpriced } })
    }

    fn check(plan: &Value, most: Increase, expect: Option<&str>) {
        let found = refused(plan, most, false).map(|it| it.message);
        match expect {
            None => assert_eq!(found, None),
            Some(start) => assert!(found.as_deref().is_some_and(|it| it.starts_with(start)), "{found:?}"),
        }
    }

    #[test]
    fn an_increase_is_held_to_an_amount_or_a_percentage() {
        let (ten, amount) = (Increase::Percent(Decimal::TEN), Increase::Amount(Decimal::TEN));
        check(&bills("100", "110", &[]), ten, None);
        check(&bills("100", "110.01", &[]), ten, Some("it would cost 10.01 USD a month more"));
        check(&bills("0", "0.01", &[]), ten, Some("it would cost 0.01 USD"));
        check(&bills("0", "0", &[]), ten, None);
        check(&bills("100", "50", &[]), ten, None);
        check(&bills("0", "10", &[]), amount, None);
        check(&bills("0", "10.5", &[]), amount, Some("it would cost 10.50 USD"));
    }

    #[test]
    fn what_is_not_known_is_not_held_to_be_cheap() {
        let most = Increase::Amount(Decimal::TEN);
        check(&json!({}), most, Some("--fail-on-increase cannot be held to: the monthly cost"));
        let plan = bills("0", "1", &["topic orders: throughput"]);
        check(&plan, most, Some("--fail-on-increase cannot be held to: not all"));
        assert!(refused(&plan, most, true).is_none());
        // A charge that is known only in part may be dearer.
        let mut plan = bills("0", "1", &[]);
        plan["bills"]["atLeast"] = json!(["service data-api: at least, for the region is not known"]);
        check(&plan, most, Some("--fail-on-increase cannot be held to: not all"));
    }
}
