//! What several ways of doing the same cost, by how much is done, and where one becomes cheaper than another.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// How many volumes a curve has beside those that were asked for.
const SAMPLES: u32 = 40;

/// Several ways, and what each costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// `How events reach the table`.
    pub title: String,
    /// What a volume counts: `events a month`.
    pub unit: String,
    /// Those that were asked for, in their order.
    pub volumes: Vec<Decimal>,
    /// Those that curves are drawn through, the former among them, from the least to the most.
    pub points: Vec<Decimal>,
    pub ways: Vec<Way>,
    /// By volume.
    pub crossings: Vec<Crossing>,
}

/// One of the ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    pub name: String,
    /// How long it takes, in words: `1 to 16 minutes`.
    pub delay: String,
    /// US dollars a month, at each of the [points](Comparison::points); `None` where a price is not known.
    pub costs: Vec<Option<Decimal>>,
}

/// A volume from which on one way is cheaper than another that was cheaper below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    pub volume: Decimal,
    pub cheaper: String,
    pub than: String,
}

impl Comparison {
    /// Works out what each way, by its name and delay, costs at each volume: `cost` of the way's place and a volume,
    /// in US dollars a month.
    pub fn new(
        title: &str,
        unit: &str,
        volumes: &[Decimal],
        ways: &[(&str, &str)],
        cost: impl Fn(usize, Decimal) -> Option<Decimal>,
    ) -> Comparison {
        let points = points(volumes);
        let way = |(at, (name, delay)): (usize, &(&str, &str))| Way {
            name: (*name).to_owned(),
            delay: (*delay).to_owned(),
            costs: points.iter().map(|it| cost(at, *it)).collect(),
        };
        let ways: Vec<Way> = ways.iter().enumerate().map(way).collect();
        let mut crossings = Vec::new();
        for one in 0..ways.len() {
            for other in one + 1..ways.len() {
                let difference = |volume| Some(cost(one, volume)? - cost(other, volume)?);
                let costs = ways[one].costs.iter().zip(&ways[other].costs);
                let known = costs.map(|(one, other)| Some((*one)? - (*other)?));
                let known: Vec<_> = points.iter().copied().zip(known).collect();
                for (volume, sign) in crossed(&known, difference) {
                    let (cheaper, than) = if sign { (other, one) } else { (one, other) };
                    let name = |at: usize| ways[at].name.clone();
                    crossings.push(Crossing { volume, cheaper: name(cheaper), than: name(than) });
                }
            }
        }
        crossings.sort_by_key(|it| it.volume);
        let (title, unit, volumes) = (title.to_owned(), unit.to_owned(), volumes.to_vec());
        Comparison { title, unit, volumes, points, ways, crossings }
    }

    /// What a way costs at one of the volumes.
    pub fn cost(&self, way: &Way, volume: Decimal) -> Option<Decimal> {
        let at = self.points.binary_search(&volume).ok()?;
        way.costs.get(at).copied().flatten()
    }
}

/// The volumes, and others in even steps of logarithms between the least and the most.
fn points(volumes: &[Decimal]) -> Vec<Decimal> {
    let mut points = volumes.to_vec();
    let ends = volumes.iter().min().zip(volumes.iter().max());
    if let Some((low, high)) = ends.and_then(|(low, high)| low.to_f64().zip(high.to_f64()))
        && low > 0.0
    {
        let step = |at: u32| low * (high / low).powf(f64::from(at) / f64::from(SAMPLES));
        let whole = |it: f64| Decimal::from_f64_retain(it.round());
        points.extend((1..SAMPLES).filter_map(|it| whole(step(it))));
    }
    points.sort();
    points.dedup();
    points
}

/// Where a difference that is `known` at some volumes changes its sign, to a thousandth of the volume, and whether it
/// is positive from there on.
fn crossed(
    known: &[(Decimal, Option<Decimal>)],
    difference: impl Fn(Decimal) -> Option<Decimal>,
) -> Vec<(Decimal, bool)> {
    let mut found = Vec::new();
    // The last volume at which one was cheaper, and which.
    let mut last: Option<(Decimal, bool)> = None;
    for (point, it) in known {
        let Some(it) = it.filter(|it| !it.is_zero()) else { continue };
        let sign = it > Decimal::ZERO;
        if let Some((before, _)) = last.filter(|(_, former)| *former != sign) {
            let (mut low, mut high) = (before, *point);
            while high - low > (high / Decimal::ONE_THOUSAND).max(Decimal::ONE) {
                let middle = ((low + high) / Decimal::TWO).round();
                match difference(middle).is_some_and(|it| (it > Decimal::ZERO) == sign && !it.is_zero()) {
                    true => high = middle,
                    false => low = middle,
                }
            }
            found.push((high, sign));
        }
        last = Some((*point, sign));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(it: u32) -> Decimal {
        Decimal::from(it)
    }

    /// One that costs by the volume, one that costs the same whatever it is, one whose price nobody knows.
    fn sample() -> Comparison {
        let ways = [("by volume", "seconds"), ("always", "minutes"), ("unknown", "never")];
        let volumes = [dollars(1_000_000), dollars(1_000), dollars(30_000)];
        Comparison::new("Ways", "events a month", &volumes, &ways, |way, volume| match way {
            0 => Some(volume / dollars(1_000)),
            1 => Some(dollars(77)),
            _ => None,
        })
    }

    #[test]
    fn a_crossing_is_found_to_a_thousandth() {
        let found = sample();
        assert_eq!(found.crossings.len(), 1, "{:?}", found.crossings);
        let crossing = &found.crossings[0];
        assert_eq!((crossing.cheaper.as_str(), crossing.than.as_str()), ("always", "by volume"));
        let off = (crossing.volume - dollars(77_000)).abs();
        assert!(off <= dollars(77), "{}", crossing.volume);
        assert!(crossing.volume > dollars(77_000), "from there on it is cheaper");
    }

    #[test]
    fn what_costs_the_same_for_a_while_crosses_where_it_no_longer_does() {
        let volumes = [dollars(1), dollars(1_000)];
        // Both are free up to 100; then the first costs more, and from 500 on the second.
        let found = Comparison::new("Ways", "events", &volumes, &[("a", ""), ("b", "")], |way, volume| {
            let over = |from: u32, price: u32| (volume - dollars(from)).max(Decimal::ZERO) * dollars(price);
            Some(if way == 0 { over(100, 1) } else { over(300, 2) })
        });
        assert_eq!(found.crossings.len(), 1, "{:?}", found.crossings);
        assert_eq!(found.crossings[0].cheaper, "a");
        assert!((found.crossings[0].volume - dollars(501)).abs() <= dollars(1), "{:?}", found.crossings);
    }

    #[test]
    fn curves_go_through_what_was_asked_for() {
        let found = sample();
        assert!(found.points.is_sorted() && found.points.len() > 40);
        for volume in &found.volumes {
            let cost = found.cost(&found.ways[0], *volume);
            assert_eq!(cost, Some(*volume / dollars(1_000)), "{volume}");
            assert_eq!(found.cost(&found.ways[2], *volume), None);
        }
        let one = Comparison::new("Ways", "events", &[dollars(5)], &[("a", "")], |_, it| Some(it));
        assert_eq!((one.points.as_slice(), one.crossings.len()), ([dollars(5)].as_slice(), 0));
    }
}
