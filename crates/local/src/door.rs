//! Refuses requests that a web page or another network may have sent, before anything else looks at them.
//!
//! Listening on loopback is no authentication: every page in a browser on this machine can send requests here, and a
//! name that a stranger's DNS server points at 127.0.0.1 makes them same-origin for that page. A browser says where a
//! request comes from in `Origin` and `Sec-Fetch-Site`, and which name it was sent to in `Host`; a page cannot forge
//! any of the three.

use std::net::IpAddr;

use http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use http::uri::{Authority, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Domains of Google's APIs and registries, which clients may be made to resolve to this machine.
const GOOGLE: &[&str] = &["googleapis.com", "pkg.dev", "gcr.io"];

/// The names under which requests may reach this cloud.
#[derive(Debug, Default)]
pub struct Door {
    /// Names beyond loopback, `*.localhost` and Google's, in lower case.
    names: Vec<String>,
}

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    #[error("the request names no host")]
    NoHost,
    #[error(
        "the host \"{0}\" is not a name of this machine: call 127.0.0.1 or localhost, or start the local cloud with \
         --host {0}"
    )]
    Host(String),
    #[error("requests of web pages from \"{0}\" are refused")]
    Origin(String),
    #[error("requests that a web page of another site makes are refused (Sec-Fetch-Site: {0})")]
    Site(String),
}

impl Door {
    /// `names`: further host names, without port, under which this cloud is reached.
    pub fn new(names: &[String]) -> Door {
        Door { names: names.iter().map(|it| it.to_ascii_lowercase()).collect() }
    }

    /// Whether a request may be looked at.
    ///
    /// # Errors
    ///
    /// If it was sent to a name that is not ours, or by a page of another origin.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Foreign> {
        let mut authorities: Vec<&str> = uri.authority().map(Authority::as_str).into_iter().collect();
        for value in headers.get_all(HOST) {
            authorities.push(value.to_str().map_err(|_| Foreign::Host("not text".to_owned()))?);
        }
        let Some(authority) = authorities.first() else { return Err(Foreign::NoHost) };
        // A request line may name one host and a header another: neither may be foreign.
        if let Some(foreign) = authorities.iter().find(|it| !self.is_ours(it)) {
            return Err(Foreign::Host((*foreign).to_owned()));
        }
        let shown = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        for origin in headers.get_all(ORIGIN) {
            let same = origin.to_str().ok().and_then(|it| it.strip_prefix("http://"));
            if !same.is_some_and(|it| it.eq_ignore_ascii_case(authority)) {
                return Err(Foreign::Origin(shown(origin)));
            }
        }
        for site in headers.get_all(SEC_FETCH_SITE) {
            if !matches!(site.as_bytes(), b"same-origin" | b"none") {
                return Err(Foreign::Site(shown(site)));
            }
        }
        Ok(())
    }

    /// Whether an authority (`HOST` or `HOST:PORT`) is a name of this cloud.
    fn is_ours(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        // A user name before `@` is no part of a Host header.
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host().to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if let Ok(address) = address {
            return address.to_canonical().is_loopback() || self.names.iter().any(|it| it == host);
        }
        let below = |domain: &str| host.strip_suffix(domain).is_some_and(|it| it.ends_with('.'));
        host == "localhost"
            || below("localhost")
            || GOOGLE.iter().any(|it| host == *it || below(it))
            || self.names.iter().any(|it| it == host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&str, &str)]) -> Result<(), Foreign> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        Door::new(&["Host.Docker.internal".to_owned()]).check(&Uri::from_static("/v1/x"), &map)
    }

    #[test]
    fn hosts() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8085",
            "127.1.2.3",
            "[::1]:8085",
            "[::ffff:127.0.0.1]",
            "localhost:8085",
            "LOCALHOST.",
            "pubsub.localhost:1",
            "svc-1.us-central1.run.localhost:8085",
            "pubsub.googleapis.com",
            "us-central1-docker.pkg.dev",
            "gcr.io",
            "eu.gcr.io",
            "host.docker.internal:8085",
        ] {
            assert_eq!(check(&[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8085",
            "localhost.evil.example",
            "evillocalhost",
            "evilgoogleapis.com",
            "googleapis.com.evil.example",
            "127.0.0.1.evil.example",
            "0.0.0.0:8085",
            "192.168.1.5",
            "[::]",
            "[::ffff:10.0.0.1]",
            "user@localhost",
            "localhost/evil",
        ] {
            assert_eq!(check(&[("host", host)]), Err(Foreign::Host(host.to_owned())), "{host}");
        }
        assert_eq!(check(&[]), Err(Foreign::NoHost));
        let both = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(check(&both), Err(Foreign::Host("evil.example".to_owned())));
    }

    #[test]
    fn the_request_line_names_a_host_too() {
        let door = Door::default();
        let mut headers = HeaderMap::new();
        let uri = Uri::from_static("http://evil.example/v1/x");
        assert_eq!(door.check(&uri, &headers), Err(Foreign::Host("evil.example".to_owned())));
        headers.insert(HOST, "localhost".parse().unwrap());
        assert_eq!(door.check(&uri, &headers), Err(Foreign::Host("evil.example".to_owned())));
        assert_eq!(door.check(&Uri::from_static("http://localhost:1/x"), &headers), Ok(()));
    }

    #[test]
    fn origins_and_sites() {
        let host = ("host", "127.0.0.1:8085");
        assert_eq!(check(&[host, ("origin", "http://127.0.0.1:8085")]), Ok(()));
        for origin in [
            "null",
            "https://127.0.0.1:8085",
            "http://127.0.0.1",
            "http://127.0.0.1:3000",
            "http://localhost:8085",
            "https://evil.example",
            "",
        ] {
            assert_eq!(
                check(&[host, ("origin", origin)]),
                Err(Foreign::Origin(origin.to_owned())),
                "{origin}"
            );
        }
        for site in ["same-origin", "none"] {
            assert_eq!(check(&[host, ("sec-fetch-site", site)]), Ok(()));
        }
        for site in ["cross-site", "same-site", "", "None"] {
            assert_eq!(
                check(&[host, ("sec-fetch-site", site)]),
                Err(Foreign::Site(site.to_owned())),
                "{site}"
            );
        }
    }
}
