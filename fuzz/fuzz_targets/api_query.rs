//! The query string of `GET /events`: any bytes.
#![no_main]

use api::events::Event;
use api::json::Json;
use api::moment::Moment;
use api::parameters::Asked;
use api::query::{Before, Query, Table};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let Ok(asked) = Asked::parse(&text) else { return };

    // What a caller writes never becomes SQL: other values of the same parameters give the same text.
    let table = Table { project: "p".into(), dataset: "d".into(), table: "t".into() };
    let statement = asked.query.statement(&table);
    let other = |given: &Option<String>| given.as_ref().map(|_| "x".to_owned());
    let epoch = Moment::from_micros(0).unwrap();
    let plain = Query {
        limit: 1,
        before: asked.query.before.as_ref().map(|it| match it {
            Before::Time(_) => Before::Time(epoch),
            Before::Event(..) => Before::Event(epoch, "x".to_owned()),
        }),
        after: asked.query.after.map(|_| epoch),
        event_type: other(&asked.query.event_type),
        user_id: other(&asked.query.user_id),
        country: other(&asked.query.country),
    };
    assert_eq!(statement.sql, plain.statement(&table).sql);
    for parameter in &statement.parameters {
        assert!(statement.sql.contains(&format!("@{}", parameter.name)), "{}", parameter.name);
    }

    // It is written back as it was read.
    let written = asked.to_query_string();
    assert_eq!(Asked::parse(&written).as_ref(), Ok(&asked), "{written}");

    // The next page's link asks for what comes after the last event, whatever that is called.
    let id = text.split_once('#').map_or("", |it| it.1).to_owned();
    let time = asked.query.after.unwrap_or(epoch);
    let event = Event { id: Some(id), data: Json::Null, time: Some(time) };
    let rows = vec![event; usize::from(asked.query.limit) + 1];
    let next = asked.starting(asked.query.page(rows).next.expect("there is one event more"));
    let link = next.to_query_string();
    assert!(link.is_ascii() && !link.contains(['<', '>', '"', ' ']) && link.len() < 16_000, "{link}");
    assert_eq!(Asked::parse(&link), Ok(next), "{link}");
});
