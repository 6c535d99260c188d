//! Reads the query string of a request into a query, and writes it back for links.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::events::Timestamps;
use crate::moment::Moment;
use crate::query::{Before, LONGEST, MOST, Query};

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    pub query: Query,
    pub timestamps: Timestamps,
}

/// A parameter that cannot be used: which, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct BadParameter {
    pub name: &'static str,
    pub why: String,
}

const NAMES: [&str; 7] = ["limit", "before", "after", "event_type", "user_id", "country", "timestamps"];
const A_TIME: &str = "write a time as 2025-05-07T08:25:14Z (a + in an offset as %2B)";

impl Asked {
    /// Reads a query string. Parameters that are not ours are let be, as they were before there were any.
    ///
    /// # Errors
    /// The first parameter that cannot be used.
    pub fn parse(raw: &str) -> Result<Asked, BadParameter> {
        let mut asked = Asked::default();
        let mut seen = Vec::new();
        for pair in raw.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(name) = decode(name).and_then(|name| NAMES.into_iter().find(|it| *it == name)) else {
                continue;
            };
            let bad = |why: String| BadParameter { name, why };
            if seen.contains(&name) {
                return Err(bad("given more than once".to_owned()));
            }
            seen.push(name);
            let value = decode(value).ok_or_else(|| bad("not UTF-8 after percent-decoding".to_owned()))?;
            if value.is_empty() {
                return Err(bad("empty".to_owned()));
            }
            asked.set(name, value).map_err(bad)?;
        }
        Ok(asked)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        let query = &mut self.query;
        match name {
            "limit" => query.limit = limit(&value)?,
            "before" => query.before = Some(before(&value)?),
            "after" => query.after = Some(time(&value)?),
            "event_type" => query.event_type = Some(short(value)?),
            "user_id" => query.user_id = Some(short(value)?),
            "country" => query.country = Some(short(value)?),
            _ => {
                self.timestamps = match value.as_str() {
                    "http" => Timestamps::HttpDate,
                    "rfc3339" => Timestamps::Rfc3339,
                    other => return Err(format!("\"{other}\" is neither http nor rfc3339")),
                }
            }
        }
        Ok(())
    }

    /// A query string that [`Asked::parse`] reads back; empty if nothing is out of the ordinary.
    pub fn to_query_string(&self) -> String {
        let Query { limit, before, after, event_type, user_id, country } = &self.query;
        let mut pairs = Vec::new();
        if *limit != MOST {
            pairs.push(("limit", limit.to_string()));
        }
        for (name, value) in [("event_type", event_type), ("user_id", user_id), ("country", country)] {
            if let Some(value) = value {
                pairs.push((name, value.clone()));
            }
        }
        if let Some(after) = after {
            pairs.push(("after", after.rfc3339()));
        }
        match before {
            Some(Before::Time(time)) => pairs.push(("before", time.rfc3339())),
            Some(Before::Event(time, id)) => pairs.push(("before", format!("{},{id}", time.rfc3339()))),
            None => {}
        }
        if self.timestamps == Timestamps::Rfc3339 {
            pairs.push(("timestamps", "rfc3339".to_owned()));
        }
        let pairs: Vec<String> =
            pairs.iter().map(|(k, v)| format!("{k}={}", utf8_percent_encode(v, ESCAPED))).collect();
        pairs.join("&")
    }

    /// The same, from `start` on.
    pub fn starting(&self, start: Before) -> Asked {
        Asked { query: Query { before: Some(start), ..self.query.clone() }, timestamps: self.timestamps }
    }
}

/// `:` and `,` may stand in a query, and times and cursors are easier to read with them.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b',');

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|it| it.into_owned())
}

fn limit(text: &str) -> Result<u8, String> {
    // u8's own parser would take "+5".
    let digits = text.bytes().all(|it| it.is_ascii_digit());
    let number = text.parse().ok().filter(|it| digits && (1..=MOST).contains(it));
    number.ok_or_else(|| format!("\"{text}\" is not a whole number from 1 to {MOST}"))
}

fn time(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| format!("\"{text}\" is not a time; {A_TIME}"))
}

fn before(text: &str) -> Result<Before, String> {
    // A time in its own right may have a comma: that of the weekday.
    if let Some(time) = Moment::parse(text) {
        return Ok(Before::Time(time));
    }
    match text.split_once(',') {
        Some((moment, id)) if moment.contains('T') && !moment.starts_with(|it: char| it.is_alphabetic()) => {
            Ok(Before::Event(time(moment)?, short(id.to_owned())?))
        }
        Some(_) | None => time(text).map(Before::Time),
    }
}

fn short(text: String) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("the event's id after the comma is empty".to_owned()),
        count if count > LONGEST => {
            Err(format!("{count} characters are more than the {LONGEST} that are allowed"))
        }
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(raw: &str) -> String {
        Asked::parse(raw).unwrap_err().to_string()
    }

    #[test]
    fn nothing_asked_is_the_newest_hundred() {
        for raw in ["", "&", "_=1746606314", "utm_source=x&foo", "%ff=1", "Limit=3"] {
            assert_eq!(Asked::parse(raw), Ok(Asked::default()), "{raw}");
        }
        assert_eq!(Asked::default().to_query_string(), "");
    }

    #[test]
    fn says_which_and_why() {
        assert_eq!(refused("limit=0"), "limit: \"0\" is not a whole number from 1 to 100");
        for raw in ["limit=101", "limit=-1", "limit=%2B5", "limit=1e1", "limit=5.0", "limit=256", "limit=x"] {
            assert!(refused(raw).starts_with("limit: "), "{raw}");
        }
        assert_eq!(refused("limit=1&limit=2"), "limit: given more than once");
        assert_eq!(refused("country="), "country: empty");
        assert_eq!(refused("country"), "country: empty");
        assert_eq!(refused("user_id=%ff"), "user_id: not UTF-8 after percent-decoding");
        assert!(refused("after=yesterday").starts_with("after: \"yesterday\" is not a time; write"));
        assert!(refused("before=x,y").starts_with("before: \"x,y\" is not a time"));
        assert_eq!(
            refused("before=2025-05-07T08:25:14Z,"),
            "before: the event's id after the comma is empty"
        );
        assert_eq!(refused("timestamps=unix"), "timestamps: \"unix\" is neither http nor rfc3339");
        assert!(refused(&format!("user_id={}", "a".repeat(257))).contains("more than the 256"));
    }

    #[test]
    fn times_are_taken_as_answers_write_them() {
        let time = Moment::from_micros(1_746_606_314_000_000).unwrap();
        for raw in [
            "before=2025-05-07T08:25:14Z",
            "before=Wed,+07+May+2025+08:25:14+GMT",
            "before=2025-05-07T10%3A25%3A14%2B02%3A00",
        ] {
            assert_eq!(Asked::parse(raw).unwrap().query.before, Some(Before::Time(time)), "{raw}");
        }
        assert_eq!(
            Asked::parse("before=2025-05-07T08:25:14Z,a,b").unwrap().query.before,
            Some(Before::Event(time, "a,b".into()))
        );
    }

    prop_compose! {
        fn asked()(
            limit in 1..=MOST,
            times in (any::<Option<i32>>(), any::<Option<i32>>()),
            id in prop::option::of(".{1,40}"),
            texts in (prop::option::of(".{1,40}"), prop::option::of(".{1,40}"), prop::option::of(".{1,40}")),
            rfc3339 in any::<bool>(),
        ) -> Asked {
            let moment = |it: i32| Moment::from_micros(i64::from(it) * 1_000_003).unwrap();
            let before = times.0.map(moment).map(|time| match id {
                Some(id) => Before::Event(time, id),
                None => Before::Time(time),
            });
            let (event_type, user_id, country) = texts;
            Asked {
                query: Query { limit, before, after: times.1.map(moment), event_type, user_id, country },
                timestamps: if rfc3339 { Timestamps::Rfc3339 } else { Timestamps::HttpDate },
            }
        }
    }

    proptest! {
        #[test]
        fn links_read_back(asked in asked()) {
            let text = asked.to_query_string();
            prop_assert!(text.is_ascii() && !text.contains(['<', '>', '"', ' ']));
            prop_assert_eq!(Asked::parse(&text), Ok(asked));
        }

        #[test]
        fn never_panics(raw in "[a-z_=&%+0-9TZ:.,-]{0,60}|.{0,60}") {
            let _ = Asked::parse(&raw);
        }

        #[test]
        fn a_bad_parameter_is_named(name in 0..NAMES.len(), value in "[^a-z0-9&=]{0,20}") {
            if let Err(it) = Asked::parse(&format!("{}={value}", NAMES[name])) {
                prop_assert_eq!(it.name, NAMES[name]);
            }
        }
    }
}
