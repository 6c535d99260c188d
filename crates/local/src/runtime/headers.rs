//! Headers of requests and answers that are carried on: what stays, what goes, what is added.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::made_up;

/// Headers of one connection, which are not carried on.
const HOPS: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Removes what concerns only the connection it came by.
pub fn without_hops(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .map(|it| it.trim().to_ascii_lowercase())
        .collect();
    for name in HOPS.iter().copied().chain(named.iter().map(String::as_str)) {
        headers.remove(name);
    }
}

/// Tells the container who calls, how, and in which trace. `prefix` is what of the path led here.
pub fn announce(headers: &mut HeaderMap, authority: Option<String>, prefix: &str, peer: SocketAddr) {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
    // HTTP/2 says the host in the URI; HTTP/1 of the container needs it as a header.
    let host = text("host").or(authority).unwrap_or_else(|| "localhost".to_owned());
    let peer = peer.ip();
    let forwarded = match text("x-forwarded-for") {
        Some(before) => format!("{before},{peer}"),
        None => peer.to_string(),
    };
    let parent = text("traceparent");
    let trace = text("x-cloud-trace-context").unwrap_or_else(|| {
        let id = parent.as_deref().and_then(|it| it.split('-').nth(1)).map(str::to_owned);
        format!("{}/{};o=1", id.unwrap_or_else(|| made_up::hex(32)), made_up::random() >> 1)
    });
    let id = trace.split('/').next().unwrap_or_default();
    let parent = parent.unwrap_or_else(|| format!("00-{id:0>32}-{}-01", made_up::hex(16)));
    let mut all = vec![
        ("host", host.clone()),
        ("x-forwarded-host", host),
        ("x-forwarded-for", forwarded),
        ("x-forwarded-proto", "http".to_owned()),
        ("forwarded", format!("for=\"{peer}\";proto=http")),
        ("x-cloud-trace-context", trace.clone()),
        ("traceparent", parent),
    ];
    if !prefix.is_empty() {
        all.push(("x-forwarded-prefix", prefix.to_owned()));
    }
    for (name, value) in all {
        // What came in a header can go in one.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_concerns_the_container_is_carried_on() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "svc.example"),
            ("connection", "keep-alive, x-mine"),
            ("keep-alive", "5"),
            ("x-mine", "1"),
            ("x-forwarded-for", "10.0.0.1"),
            ("accept", "*/*"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        without_hops(&mut headers);
        announce(&mut headers, None, "/_run/p/l/s", ([127, 0, 0, 1], 5).into());
        let text = |name: &str| headers.get(name).map_or("", |it| it.to_str().unwrap());
        assert_eq!((text("connection"), text("keep-alive"), text("x-mine")), ("", "", ""));
        assert_eq!((text("accept"), text("host")), ("*/*", "svc.example"));
        assert_eq!(text("x-forwarded-for"), "10.0.0.1,127.0.0.1");
        assert_eq!(text("x-forwarded-prefix"), "/_run/p/l/s");
        let trace = text("x-cloud-trace-context").split('/').next().unwrap();
        assert_eq!(text("traceparent").split('-').nth(1), Some(trace));
    }
}
