//! The numbers of enum values: what clients send and get that speak numbers.

/// Enums whose numbers are not their positions, known by their first value. The rest count from zero.
const NUMBERED: &[(&str, &[(&str, u64)])] = &[
    (
        "LAUNCH_STAGE_UNSPECIFIED",
        &[
            ("UNIMPLEMENTED", 6),
            ("PRELAUNCH", 7),
            ("EARLY_ACCESS", 1),
            ("ALPHA", 2),
            ("BETA", 3),
            ("GA", 4),
            ("DEPRECATED", 5),
        ],
    ),
    (
        "ALIGN_NONE",
        &[
            ("ALIGN_DELTA", 1),
            ("ALIGN_RATE", 2),
            ("ALIGN_INTERPOLATE", 3),
            ("ALIGN_NEXT_OLDER", 4),
            ("ALIGN_MIN", 10),
            ("ALIGN_MAX", 11),
            ("ALIGN_MEAN", 12),
            ("ALIGN_COUNT", 13),
            ("ALIGN_SUM", 14),
            ("ALIGN_STDDEV", 15),
            ("ALIGN_COUNT_TRUE", 16),
            ("ALIGN_FRACTION_TRUE", 17),
            ("ALIGN_PERCENTILE_99", 18),
            ("ALIGN_PERCENTILE_95", 19),
            ("ALIGN_PERCENTILE_50", 20),
            ("ALIGN_PERCENTILE_05", 21),
            ("ALIGN_PERCENT_CHANGE", 23),
            ("ALIGN_COUNT_FALSE", 24),
        ],
    ),
    (
        "REDUCE_NONE",
        &[
            ("REDUCE_FRACTION_TRUE", 8),
            ("REDUCE_PERCENTILE_99", 9),
            ("REDUCE_PERCENTILE_95", 10),
            ("REDUCE_PERCENTILE_50", 11),
            ("REDUCE_PERCENTILE_05", 12),
            ("REDUCE_COUNT_FALSE", 15),
        ],
    ),
    ("COLOR_UNSPECIFIED", &[("YELLOW", 4), ("RED", 6)]),
    (
        "TRANSFER_STATE_UNSPECIFIED",
        &[("PENDING", 2), ("RUNNING", 3), ("SUCCEEDED", 4), ("FAILED", 5), ("CANCELLED", 6)],
    ),
    (
        "FORMAT_UNSPECIFIED",
        &[
            ("DOCKER", 1),
            ("MAVEN", 2),
            ("NPM", 3),
            ("APT", 5),
            ("YUM", 6),
            ("GOOGET", 7),
            ("PYTHON", 8),
            ("KFP", 9),
            ("GO", 10),
            ("GENERIC", 11),
            ("RUBY", 12),
        ],
    ),
    (
        "DEFAULT",
        &[
            ("DEBUG", 100),
            ("INFO", 200),
            ("NOTICE", 300),
            ("WARNING", 400),
            ("ERROR", 500),
            ("CRITICAL", 600),
            ("ALERT", 700),
            ("EMERGENCY", 800),
        ],
    ),
];

fn exception(values: &[String], name: &str) -> Option<u64> {
    let first = values.first()?;
    let (_, numbers) = NUMBERED.iter().find(|(it, _)| it == first)?;
    numbers.iter().find(|(it, _)| *it == name).map(|(_, number)| *number)
}

/// The number of a value.
pub fn number(values: &[String], name: &str) -> Option<u64> {
    exception(values, name)
        .or_else(|| values.iter().position(|it| it == name).and_then(|it| u64::try_from(it).ok()))
}

/// The value of a number.
pub fn name(values: &[String], wanted: u64) -> Option<&str> {
    values.iter().find(|it| number(values, it) == Some(wanted)).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_and_exceptions() {
        let own = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let plain = own(&["STATE_UNSPECIFIED", "ACTIVE"]);
        assert_eq!((number(&plain, "ACTIVE"), name(&plain, 1)), (Some(1), Some("ACTIVE")));
        let stage = own(&["LAUNCH_STAGE_UNSPECIFIED", "UNIMPLEMENTED", "ALPHA", "GA"]);
        assert_eq!((number(&stage, "GA"), name(&stage, 4), name(&stage, 3)), (Some(4), Some("GA"), None));
        assert_eq!(number(&plain, "OTHER"), None);
        let reducers =
            own(&["REDUCE_NONE", "REDUCE_COUNT_FALSE", "REDUCE_FRACTION_TRUE", "REDUCE_PERCENTILE_99"]);
        assert_eq!(
            (number(&reducers, "REDUCE_PERCENTILE_99"), name(&reducers, 8)),
            (Some(9), Some("REDUCE_FRACTION_TRUE"))
        );
    }
}
