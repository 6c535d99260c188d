//! The page at `/`: the latest events for a person to look at, without a script.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};

use crate::events::Event;
use crate::json::Json;
use crate::parameters::Asked;
use crate::query::Page;

const STYLE: &str = include_str!("page.css");
const COLUMNS: [(&str, &str); 7] = [
    ("event_type", "Type"),
    ("user_id", "User"),
    ("page", "Page"),
    ("country", "Country"),
    ("device", "Device"),
    ("browser", "Browser"),
    ("amount", "Amount"),
];
const FILTERS: [(&str, &str); 3] = [("event_type", "Type"), ("user_id", "User"), ("country", "Country")];

/// Nothing but our own style sheet is let in, whatever an event may hold.
pub fn content_security_policy() -> &'static str {
    static POLICY: OnceLock<String> = OnceLock::new();
    POLICY.get_or_init(|| {
        let hash = BASE64_STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        )
    })
}

/// A page of events. `notice` is said above them.
pub fn events(asked: &Asked, page: &Page, notice: Option<&str>) -> String {
    let mut main = form(asked);
    if let Some(notice) = notice {
        main.push_str(&format!("<p class=\"notice\" role=\"status\">{}</p>\n", escape(notice)));
    }
    if page.events.is_empty() {
        main.push_str("<p class=\"empty\">No events here.</p>\n");
    } else {
        main.push_str(&table(&page.events));
    }
    let mut links = String::new();
    if asked.query.before.is_some() {
        links.push_str(&link(&Asked { query: newest(asked), ..asked.clone() }, "Newest"));
    }
    if let Some(next) = &page.next {
        links.push_str(&link(&asked.starting(next.clone()), "Older"));
    }
    main.push_str(&format!("<nav aria-label=\"Pages\">{links}</nav>\n"));
    document(&main)
}

/// A page that says why there are no events.
pub fn problem(message: &str) -> String {
    document(&format!(
        "<p class=\"notice\" role=\"alert\">{}</p>\n<nav><a href=\"/\">Newest events</a></nav>\n",
        escape(message)
    ))
}

fn newest(asked: &Asked) -> crate::query::Query {
    crate::query::Query { before: None, ..asked.query.clone() }
}

fn link(asked: &Asked, text: &str) -> String {
    format!("<a href=\"/?{}\">{text}</a>", escape(&asked.to_query_string()))
}

fn form(asked: &Asked) -> String {
    let query = &asked.query;
    let values = [&query.event_type, &query.user_id, &query.country];
    let mut out = String::from("<form action=\"/\">\n");
    for ((name, label), value) in FILTERS.iter().zip(values) {
        let value = escape(value.as_deref().unwrap_or(""));
        out.push_str(&format!(
            "<label>{label} <input name=\"{name}\" value=\"{value}\" maxlength=\"256\" autocomplete=\"off\"></label>\n"
        ));
    }
    out.push_str("<button>Show</button>\n</form>\n");
    out
}

fn table(events: &[Event]) -> String {
    let mut out = String::from("<table>\n<thead><tr><th scope=\"col\">Time (UTC)</th>");
    for (_, label) in COLUMNS {
        out.push_str(&format!("<th scope=\"col\">{label}</th>"));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for event in events {
        out.push_str(&row(event));
    }
    out.push_str("</tbody>\n</table>\n");
    out
}

fn row(event: &Event) -> String {
    let id = escape(event.id.as_deref().unwrap_or(""));
    let time = match event.time {
        Some(time) => {
            let iso = time.rfc3339();
            let shown = iso.get(..19).unwrap_or(&iso).replace('T', " ");
            format!("<time datetime=\"{iso}\">{shown}</time>")
        }
        None => "–".to_owned(),
    };
    let mut out = format!("<tr title=\"{id}\"><td class=\"time\">{time}</td>");
    match &event.data {
        Json::Map(fields) => {
            for (name, label) in COLUMNS {
                let text = fields.get(name.as_bytes()).map(plain).unwrap_or_default();
                let class = if text.is_empty() { "none" } else { name };
                let text = escape(&text);
                out.push_str(&format!(
                    "<td class=\"{class}\" data-label=\"{label}\"><span>{text}</span></td>"
                ));
            }
        }
        other => out.push_str(&format!(
            "<td class=\"raw\" colspan=\"{}\"><span>{}</span></td>",
            COLUMNS.len(),
            escape(&plain(other))
        )),
    }
    out.push_str("</tr>\n");
    out
}

fn plain(value: &Json) -> String {
    match value {
        Json::Text(text) => text.shown().into_owned(),
        Json::Null => String::new(),
        other => {
            let mut out = String::new();
            other.write(&mut out);
            out
        }
    }
}

fn document(main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Events</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>Events</h1><p><a href=\"/events\">JSON</a><a href=\"/openapi.json\">OpenAPI</a></p></header>\n\
         <main>\n{main}</main>\n</body>\n</html>\n"
    )
}

/// Safe as text and within a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            it => out.push(it),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::events;
    use crate::moment::Moment;
    use crate::query::Before;

    fn shown(id: &str, data: &str, query: crate::query::Query) -> String {
        let time = Moment::from_micros(1_746_606_314_000_000);
        let event = Event { id: Some(id.to_owned()), data: events::data(Some(data)), time };
        let next = Some(Before::Event(time.unwrap(), id.to_owned()));
        events(&Asked { query, ..Asked::default() }, &Page { events: vec![event], next }, None)
    }

    #[test]
    fn an_event_is_a_row() {
        let text = shown("a", r#"{"event_type":"click","amount":3.5}"#, crate::query::Query::default());
        assert!(
            text.contains("<time datetime=\"2025-05-07T08:25:14Z\">2025-05-07 08:25:14</time>"),
            "{text}"
        );
        assert!(text.contains("<td class=\"event_type\" data-label=\"Type\"><span>click</span></td>"));
        assert!(text.contains("<td class=\"amount\" data-label=\"Amount\"><span>3.5</span></td>"));
        assert!(text.contains("href=\"/?before=2025-05-07T08:25:14Z,a\""));
        assert!(shown("a", "\"hello\"", crate::query::Query::default()).contains("<span>hello</span>"));
    }

    proptest! {
        #[test]
        fn nothing_of_an_event_or_a_request_becomes_markup(text in r#"[<>"'&a]{1,20}"#) {
            let tags = |it: &str| it.matches('<').count();
            let quotes = |it: &str| it.matches('"').count();
            let data = |it: &str| {
                let mut out = String::from("{\"page\":");
                crate::json::write_text(it, &mut out);
                out + "}"
            };
            let query = |it: &str| crate::query::Query { user_id: Some(it.into()), ..Default::default() };
            let (hostile, tame) = (shown(&text, &data(&text), query(&text)), shown("a", &data("a"), query("a")));
            prop_assert_eq!(tags(&hostile), tags(&tame));
            prop_assert_eq!(quotes(&hostile), quotes(&tame));
        }
    }
}
