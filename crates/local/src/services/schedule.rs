//! Schedules: cron's five fields, and the English of App Engine (`every 15 minutes`, `first sunday of quarter 00:00`).

use time::{Date, Duration, OffsetDateTime, Time};

/// When something is done again.
#[derive(Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Once in so long.
    Every(Duration),
    /// At these times of the days that fit.
    At { days: Days, hours: Vec<u8>, minutes: Vec<u8> },
}

/// Which days fit; an empty list fits any.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// 1 to 12.
    months: Vec<u8>,
    /// 1 to 31.
    dates: Vec<u8>,
    /// 0 is Sunday.
    weekdays: Vec<u8>,
    /// Of those weekdays only the first, the second, … of the month.
    ordinals: Vec<u8>,
    /// Cron's rule: a day fits by its date or by its weekday.
    either: bool,
}

impl Days {
    fn fit(&self, day: Date) -> bool {
        let among = |list: &[u8], it: u8| list.is_empty() || list.contains(&it);
        let date = among(&self.dates, day.day());
        let weekday = among(&self.weekdays, day.weekday().number_days_from_sunday());
        among(&self.months, day.month().into())
            && among(&self.ordinals, (day.day() - 1) / 7 + 1)
            && if self.either { date || weekday } else { date && weekday }
    }
}

impl Schedule {
    /// The next time after one, in UTC; `None` if it never comes.
    pub fn next(&self, after: OffsetDateTime) -> Option<OffsetDateTime> {
        let (days, hours, minutes) = match self {
            Schedule::Every(interval) => return after.checked_add(*interval),
            Schedule::At { days, hours, minutes } => (days, hours, minutes),
        };
        let mut day = after.date();
        // The rarest day, 29 February, comes at least every eight years.
        for _ in 0..366 * 8 {
            if days.fit(day) {
                for (hour, minute) in hours.iter().flat_map(|hour| minutes.iter().map(move |it| (*hour, *it)))
                {
                    let at = day.with_time(Time::from_hms(hour, minute, 0).ok()?).assume_utc();
                    if at > after {
                        return Some(at);
                    }
                }
            }
            day = day.next_day()?;
        }
        None
    }
}

/// Reads a schedule.
pub fn parse(text: &str) -> Option<Schedule> {
    let text = text.trim().to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    cron(&words).or_else(|| english(&words))
}

const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// The place of a name or of its first three letters.
fn place(names: &[&str], word: &str) -> Option<u8> {
    let at = names.iter().position(|it| *it == word || (word.len() >= 3 && it.starts_with(word)))?;
    u8::try_from(at).ok()
}

fn cron(words: &[&str]) -> Option<Schedule> {
    let [minute, hour, date, month, weekday] = words else { return None };
    let mut weekdays = field(weekday, 0, 7, &WEEKDAYS, 0)?;
    for it in &mut weekdays {
        *it %= 7;
    }
    let any = |text: &str| text.starts_with('*');
    let restrict = |text: &str, list: Vec<u8>| if text == "*" { Vec::new() } else { list };
    let days = Days {
        months: restrict(month, field(month, 1, 12, &MONTHS, 1)?),
        dates: restrict(date, field(date, 1, 31, &[], 0)?),
        weekdays: restrict(weekday, weekdays),
        ordinals: Vec::new(),
        either: !any(date) && !any(weekday),
    };
    Some(Schedule::At { days, hours: field(hour, 0, 23, &[], 0)?, minutes: field(minute, 0, 59, &[], 0)? })
}

/// One field of cron: `*`, `5`, `1-5`, `*/15`, `mon,wed`, in order.
fn field(text: &str, least: u8, most: u8, names: &[&str], first: u8) -> Option<Vec<u8>> {
    let value = |it: &str| it.parse().ok().or_else(|| place(names, it).map(|it| it + first));
    let mut out = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u8>().ok().filter(|it| *it > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (value(from)?, value(to)?),
            None if part.contains('/') => (value(range)?, most),
            None => (value(range)?, value(range)?),
        };
        if from < least || to > most || from > to {
            return None;
        }
        out.extend((from..=to).step_by(step.into()));
    }
    out.sort_unstable();
    out.dedup();
    Some(out)
}

fn english(words: &[&str]) -> Option<Schedule> {
    let (first, rest) = words.split_first()?;
    if let ("every", [count, unit, tail @ ..]) = (*first, rest)
        && let Ok(count) = count.parse::<i64>()
    {
        let unit = match unit.trim_end_matches('s') {
            "minute" | "min" => Duration::MINUTE,
            "hour" => Duration::HOUR,
            "day" => Duration::DAY,
            _ => return None,
        };
        // Within which hours of the day does not change how often.
        let fits = matches!(tail, [] | ["synchronized"])
            || matches!(tail, ["from", from, "to", to] if clock(from).and(clock(to)).is_some());
        return (count > 0 && fits).then(|| Schedule::Every(unit * i32::try_from(count).unwrap_or(i32::MAX)));
    }
    let mut days = Days::default();
    let mut rest = rest;
    if *first != "every" {
        for it in first.split(',') {
            let number = it.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<u8>().ok();
            let ordinal = place(&ORDINALS, it).map(|it| it + 1).or(number)?;
            days.ordinals.push(ordinal);
        }
    }
    let names_days = rest.first().is_some_and(|it| *it != "of" && clock(it).is_none());
    if names_days {
        let (named, tail) = rest.split_first()?;
        rest = tail;
        if *named != "day" {
            for it in named.split(',') {
                days.weekdays.push(place(&WEEKDAYS, it)?);
            }
        }
    } else if *first == "every" {
        return None;
    }
    // `1,15 of month` and `5th day of month` count days, not weeks.
    if days.weekdays.is_empty() {
        std::mem::swap(&mut days.dates, &mut days.ordinals);
    }
    let most = if days.weekdays.is_empty() { 31 } else { 5 };
    if days.dates.iter().chain(&days.ordinals).any(|it| !(1..=most).contains(it)) {
        return None;
    }
    if let ["of", named, tail @ ..] = rest {
        rest = tail;
        match *named {
            "month" => {}
            "quarter" => days.months = vec![1, 4, 7, 10],
            named => {
                for it in named.split(',') {
                    days.months.push(place(&MONTHS, it)? + 1);
                }
            }
        }
    }
    let (hour, minute) = match rest {
        [] => (0, 0),
        [at] => clock(at)?,
        _ => return None,
    };
    Some(Schedule::At { days, hours: vec![hour], minutes: vec![minute] })
}

fn clock(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment;

    /// After Tuesday 2 April 2024, 12:34:56.
    fn check(text: &str, want: Option<&str>) {
        let after = moment::parse("2024-04-02T12:34:56Z").unwrap();
        let next = parse(text).and_then(|it| it.next(after)).map(moment::seconds);
        assert_eq!(next.as_deref(), want, "{text}");
    }

    #[test]
    fn cron_fields() {
        check("*/15 * * * *", Some("2024-04-02T12:45:00Z"));
        check("0 9 * * 1", Some("2024-04-08T09:00:00Z"));
        check("0 0 13 * fri", Some("2024-04-05T00:00:00Z"));
        check("30 6 29 2 *", Some("2028-02-29T06:30:00Z"));
        check("0 25 * * *", None);
        check("* * *", None);
        check("0 0 31 2 *", None);
    }

    #[test]
    fn app_engine_english() {
        check("every 15 minutes", Some("2024-04-02T12:49:56Z"));
        check("every 24 hours", Some("2024-04-03T12:34:56Z"));
        check("every 5 minutes from 10:00 to 14:00", Some("2024-04-02T12:39:56Z"));
        check("every day 00:00", Some("2024-04-03T00:00:00Z"));
        check("every mon,wed 09:00", Some("2024-04-03T09:00:00Z"));
        check("first sunday of quarter 00:00", Some("2024-04-07T00:00:00Z"));
        check("1st,3rd monday of month 15:30", Some("2024-04-15T15:30:00Z"));
        check("1,15 of month 10:00", Some("2024-04-15T10:00:00Z"));
        check("every monday of january 08:00", Some("2025-01-06T08:00:00Z"));
        check("now and then", None);
        check("every 0 minutes", None);
        check("sometimes", None);
    }
}
