//! Names with the time of a run in them: `gs://b/{run_time|"%Y/%m/%d"}/*.json`, `events_{run_date}`.

use time::{Duration, OffsetDateTime};

/// Puts the time of a run into a template.
///
/// `{run_time|"FORMAT"}` takes strftime's letters, and an offset before the bar: `{run_time+25h|"%Y%m%d"}`;
/// `{run_date}` is `{run_time|"%Y%m%d"}`. A brace behind a backslash is a brace.
///
/// # Errors
///
/// What cannot be read of it, in words.
pub(super) fn fill(template: &str, at: OffsetDateTime) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        if let Some(brace) =
            rest.strip_prefix('\\').and_then(|it| it.chars().next()).filter(|it| "{}".contains(*it))
        {
            out.push(brace);
            rest = &rest[2..];
        } else if c == '{' {
            let end = rest.find('}').ok_or_else(|| format!("'{template}' has a brace that is not closed"))?;
            out.push_str(&parameter(&rest[1..end], at)?);
            rest = &rest[end + 1..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Ok(out)
}

fn parameter(text: &str, at: OffsetDateTime) -> Result<String, String> {
    let unknown = || format!("'{{{text}}}' is not a runtime parameter: run_time and run_date are");
    let (name, format) = match text.split_once('|') {
        Some((name, format)) => (name.trim(), Some(format.trim())),
        None => (text.trim(), None),
    };
    if name == "run_date" && format.is_none() {
        return formatted("%Y%m%d", at);
    }
    let offset = name.strip_prefix("run_time").ok_or_else(unknown)?;
    let at = match offset.trim() {
        "" => at,
        offset => at.checked_add(length(offset).ok_or_else(unknown)?).ok_or_else(unknown)?,
    };
    let format = format.ok_or_else(unknown)?;
    let quoted = format.strip_prefix('"').and_then(|it| it.strip_suffix('"')).ok_or_else(unknown)?;
    formatted(quoted, at)
}

/// `+25h`, `-30m`, `-1h30m`.
fn length(text: &str) -> Option<Duration> {
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    Some(Duration::microseconds(crate::clock::length(rest)?) * sign)
}

fn formatted(format: &str, at: OffsetDateTime) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => out.push_str(&format!("{:04}", at.year())),
            Some('y') => out.push_str(&format!("{:02}", at.year().rem_euclid(100))),
            Some('m') => out.push_str(&format!("{:02}", u8::from(at.month()))),
            Some('d') => out.push_str(&format!("{:02}", at.day())),
            Some('j') => out.push_str(&format!("{:03}", at.ordinal())),
            Some('H') => out.push_str(&format!("{:02}", at.hour())),
            Some('M') => out.push_str(&format!("{:02}", at.minute())),
            Some('S') => out.push_str(&format!("{:02}", at.second())),
            Some('s') => out.push_str(&at.unix_timestamp().to_string()),
            Some('F') => out.push_str(&formatted("%Y-%m-%d", at)?),
            Some('%') => out.push('%'),
            Some(other) => return Err(format!("the local cloud does not write times with %{other}")),
            None => return Err("a format of a time ends in %".to_owned()),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, want: Result<&str, &str>) {
        let at = crate::moment::parse("2026-02-15T23:30:05Z").unwrap();
        match (fill(template, at), want) {
            (Ok(got), Ok(want)) => assert_eq!(got, want, "{template}"),
            (Err(got), Err(want)) => assert!(got.contains(want), "{template}: {got}"),
            (got, want) => panic!("{template}: {got:?}, not {want:?}"),
        }
    }

    #[test]
    fn times_of_runs() {
        check("gs://b/*.json", Ok("gs://b/*.json"));
        check("t_{run_date}", Ok("t_20260215"));
        check(r#"gs://b/{run_time|"%Y/%m/%d/%H"}/*.csv"#, Ok("gs://b/2026/02/15/23/*.csv"));
        check(r#"t_{run_time+1h|"%Y%m%d"}_x"#, Ok("t_20260216_x"));
        check(r#"{run_time-45d|"%F"}"#, Ok("2026-01-01"));
        check(r"a\{b\}", Ok("a{b}"));
        check("{run_time}", Err("not a runtime parameter"));
        check("{today}", Err("not a runtime parameter"));
        check("{run_date", Err("not closed"));
        check(r#"{run_time|"%Q"}"#, Err("%Q"));
    }
}
