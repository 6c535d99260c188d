//! A line for each way: volumes from left to right and dollars upwards, both by logarithms.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::logarithm;
use crate::comparison::{Comparison, Way};
use crate::money::Currency;
use crate::report::html::escaped;
use crate::unit::grouped;

/// The height of the field that lines are in, and what is above and below it for words, in pixels.
const HEIGHT: f64 = 260.0;
const ABOVE: f64 = 18.0;
const BELOW: f64 = 26.0;

/// Sorts of lines that the page's style has; more ways share them.
const SORTS: usize = 4;

/// The plot with its legend. Widths are parts of whatever the page has, and heights are pixels, so that letters
/// keep their size on a telephone.
pub(super) fn plot(it: &Comparison) -> String {
    let most = it.ways.iter().flat_map(|it| &it.costs).flatten().max().copied().unwrap_or_default();
    let (Some(first), Some(last)) = (it.points.first(), it.points.last()) else { return String::new() };
    if first == last || most.is_zero() {
        return String::new();
    }
    let place = |volume: Decimal| volume.to_f64().unwrap_or_default().max(1.0).ln();
    let (from, to) = (place(*first), place(*last));
    let across = |volume: Decimal| (place(volume) - from) / (to - from) * 100.0;
    let upwards = |cost: Decimal| (1.0 - logarithm(cost) / logarithm(most)) * 100.0;
    let (mut drawn, mut words_over) = (String::new(), String::new());
    for cost in marks(most) {
        let y = ABOVE + upwards(cost) / 100.0 * HEIGHT;
        let words = Currency::default().write_price(cost);
        let words = words.trim_end_matches(".00");
        drawn += &format!("<line class=\"rule\" x1=\"0\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n");
        words_over +=
            &format!("<text class=\"mark\" x=\"0\" y=\"{:.1}\">{}</text>\n", y - 4.0, escaped(words));
    }
    drawn += &format!(
        "<svg x=\"0\" y=\"{ABOVE}\" width=\"100%\" height=\"{HEIGHT}\" viewBox=\"0 0 100 100\" \
         preserveAspectRatio=\"none\">\n"
    );
    for (at, way) in it.ways.iter().enumerate() {
        for points in lines(it, way) {
            let points: Vec<String> = points
                .into_iter()
                .map(|(volume, cost)| format!("{:.2},{:.2}", across(volume), upwards(cost)))
                .collect();
            drawn +=
                &format!("<polyline class=\"curve sort{}\" points=\"{}\"/>\n", at % SORTS, points.join(" "));
        }
    }
    drawn += "</svg>\n";
    drawn += &words_over;
    for volume in tens(*first, *last) {
        let x = across(volume);
        let anchor = match x {
            x if x < 5.0 => "start",
            x if x > 95.0 => "end",
            _ => "middle",
        };
        drawn += &format!(
            "<text class=\"mark\" x=\"{x:.2}%\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>\n",
            ABOVE + HEIGHT + 18.0,
            short(volume)
        );
    }
    let key = |(at, way): (usize, &Way)| {
        format!(
            "<li><svg class=\"key\" viewBox=\"0 0 40 10\" aria-hidden=\"true\"><line class=\"curve sort{}\" x1=\"0\" \
             x2=\"40\" y1=\"5\" y2=\"5\"/></svg> {} <span class=\"soft\">{}</span></li>\n",
            at % SORTS,
            escaped(&way.name),
            escaped(&way.delay)
        )
    };
    let legend: String = it.ways.iter().enumerate().map(key).collect();
    format!(
        "<section>\n<ul class=\"legend\">\n{legend}</ul>\n<svg role=\"img\" aria-labelledby=\"plot-title\" \
         height=\"{}\">\n<title id=\"plot-title\">Dollars a month by {}; the table below has the numbers</title>\n\
         {drawn}</svg>\n<p class=\"soft\">Dollars a month by {}; both scales are logarithmic.</p>\n</section>\n",
        ABOVE + HEIGHT + BELOW,
        escaped(&it.unit),
        escaped(&it.unit)
    )
}

/// A way's points without those that have no price: a line for each stretch.
fn lines(it: &Comparison, way: &Way) -> Vec<Vec<(Decimal, Decimal)>> {
    let points: Vec<(Decimal, Option<Decimal>)> =
        it.points.iter().copied().zip(way.costs.iter().copied()).collect();
    let stretches = points.split(|(_, cost)| cost.is_none()).filter(|it| !it.is_empty());
    stretches.map(|it| it.iter().filter_map(|(volume, cost)| Some((*volume, (*cost)?))).collect()).collect()
}

/// What the scale of dollars is marked with: nothing, and powers of ten.
fn marks(most: Decimal) -> Vec<Decimal> {
    let powers = std::iter::successors(Some(Decimal::ONE), |it| it.checked_mul(Decimal::TEN));
    std::iter::once(Decimal::ZERO).chain(powers.take_while(|it| *it <= most)).collect()
}

/// The powers of ten of a stretch; its ends where it has fewer than two.
fn tens(first: Decimal, last: Decimal) -> Vec<Decimal> {
    let powers = std::iter::successors(Some(Decimal::ONE), |it| it.checked_mul(Decimal::TEN));
    let found: Vec<Decimal> = powers.skip_while(|it| *it < first).take_while(|it| *it <= last).collect();
    if found.len() < 2 { vec![first, last] } else { found }
}

/// `10M` is ten million.
fn short(volume: Decimal) -> String {
    let million = Decimal::from(1_000_000);
    let (number, letter) = match volume {
        it if it >= million => (it / million, "M"),
        it if it >= Decimal::ONE_THOUSAND => (it / Decimal::ONE_THOUSAND, "k"),
        it => (it, ""),
    };
    format!("{}{letter}", grouped(&number.round_dp(1).normalize().to_string()))
}
