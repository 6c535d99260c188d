//! The parts of contents that `Range` headers ask for.

/// The first and last byte that `bytes=2-5`, `bytes=2-` or `bytes=-3` means in so many; `None` if it is none of these,
/// and `Err` if there are no such bytes.
pub fn parse(header: &str, total: u64) -> Option<Result<(u64, u64), ()>> {
    let (from, to) = header.strip_prefix("bytes=")?.split_once('-')?;
    let end = total.saturating_sub(1);
    let (from, to) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) => (from, to.min(end)),
        (Ok(from), Err(_)) if to.is_empty() => (from, end),
        (Err(_), Ok(count)) if from.is_empty() => (total.saturating_sub(count), end),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => return None,
    };
    Some(if from < total && from <= to { Ok((from, to)) } else { Err(()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, want) in [
            ("bytes=2-5", Some(Ok((2, 5)))),
            ("bytes=2-", Some(Ok((2, 9)))),
            ("bytes=-3", Some(Ok((7, 9)))),
            ("bytes=-30", Some(Ok((0, 9)))),
            ("bytes=5-99", Some(Ok((5, 9)))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=5-4", Some(Err(()))),
            ("lines=1-2", None),
            ("bytes=-", None),
            ("bytes=x-2", None),
        ] {
            assert_eq!(parse(header, 10), want, "{header}");
        }
        assert_eq!(parse("bytes=0-", 0), Some(Err(())));
    }
}
