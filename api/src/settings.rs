//! The environment, read once at start into what the rest of the service takes for granted.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::cache::Ages;
use crate::log::Severity;
use crate::query::Table;
use crate::queue::Bounds;

/// Everything that can be set.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// `PORT`, as Cloud Run sets it. 8080 unless set.
    pub port: u16,
    /// `HOST`, the address to listen on. Every one of the machine (0.0.0.0) unless set, as Cloud Run asks; a machine that
    /// is not behind its front says 127.0.0.1.
    pub host: IpAddr,
    /// `GOOGLE_CLOUD_PROJECT`, `BIGQUERY_DATASET` (analytics_data) and `BIGQUERY_TABLE` (events).
    pub table: Table,
    /// `BIGQUERY_LOCATION`. BigQuery finds it out by the dataset unless set.
    pub location: Option<String>,
    /// `BIGQUERY_EMULATOR_HOST` as a URL. Calls go to Google unless set.
    pub bigquery_emulator: Option<String>,
    /// `BIGQUERY_MAX_BYTES_BILLED`: a query that would cost more is refused. 10 GiB unless set.
    pub max_bytes_billed: u64,
    /// `BIGQUERY_TIMEOUT_SECONDS`, for a query with all its retries and pages. 15 unless set.
    pub query_timeout: Duration,
    /// `BIGQUERY_MAX_QUERIES` in flight at once (16), `BIGQUERY_MAX_WAITING` for their turn (512), and
    /// `BIGQUERY_WAIT_SECONDS`, how long one waits (10).
    pub queue: Bounds,
    /// `CACHE_TTL_SECONDS` (5), `CACHE_STALE_WHILE_REVALIDATE_SECONDS` (5), `CACHE_STALE_IF_ERROR_SECONDS` (3600).
    pub ages: Ages,
    /// `K_SERVICE`, which Cloud Run sets: its front end then adds the caller's address to `X-Forwarded-For` as the last
    /// one. Anywhere else that header is whatever a caller wrote.
    pub behind_front: bool,
    /// `AUTH_AUDIENCES`, separated by commas: Google ID tokens for one of them are let in.
    pub audiences: Vec<String>,
    /// `AUTH_EMAILS`, separated by commas, `*@example.com` for all of a domain: whose tokens. Anybody's unless set.
    pub emails: Vec<String>,
    /// `AUTH_JWKS_URL`: the keys that tokens are signed with. Google's unless set.
    pub jwks_url: String,
    /// `API_KEYS`, separated by commas.
    pub api_keys: Vec<String>,
    /// `API_KEYS_SECRET`: a secret's version (`projects/P/secrets/S/versions/latest`) with a key on each line.
    pub api_keys_secret: Option<String>,
    /// `SECRETMANAGER_EMULATOR_HOST` as a URL. Secrets are read from Google unless set.
    pub secretmanager_emulator: Option<String>,
    /// `LOG_LEVEL`: debug, info (unless set), warning, error, critical.
    pub log_level: Severity,
}

/// Every variable that cannot be used, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct BadSettings(pub Vec<String>);

const JWKS: &str = "https://www.googleapis.com/oauth2/v3/certs";
const GIB: u64 = 1 << 30;
/// The shortest key that is not guessed.
const SHORTEST_KEY: usize = 16;

impl Settings {
    /// Reads the variables that `lookup` finds. An empty one counts as not set.
    ///
    /// # Errors
    /// All that are missing or malformed.
    pub fn resolve(lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, BadSettings> {
        let mut it = Reader { lookup, bad: Vec::new() };
        let settings = Settings {
            port: it.number("PORT", 8080, 1, u16::MAX.into()),
            host: it.address("HOST"),
            table: it.table(),
            location: it.text("BIGQUERY_LOCATION", "a region such as europe-west1", |it| {
                it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
            }),
            bigquery_emulator: it.host("BIGQUERY_EMULATOR_HOST"),
            max_bytes_billed: it.number("BIGQUERY_MAX_BYTES_BILLED", 10 * GIB, 10 << 20, 1 << 50),
            query_timeout: Duration::from_secs(it.number("BIGQUERY_TIMEOUT_SECONDS", 15, 1, 300)),
            queue: Bounds {
                running: it.number("BIGQUERY_MAX_QUERIES", 16, 1, 1000),
                waiting: it.number("BIGQUERY_MAX_WAITING", 512, 0, 10_000),
                patience: Duration::from_secs(it.number("BIGQUERY_WAIT_SECONDS", 10, 1, 60)),
            },
            behind_front: it.get("K_SERVICE").is_some(),
            ages: it.ages(),
            audiences: it.list("AUTH_AUDIENCES"),
            emails: it.list("AUTH_EMAILS"),
            jwks_url: it.text("AUTH_JWKS_URL", "an http or https URL", is_url).unwrap_or(JWKS.to_owned()),
            api_keys: it.list("API_KEYS"),
            api_keys_secret: it.text("API_KEYS_SECRET", "projects/P/secrets/S/versions/V", is_secret),
            secretmanager_emulator: it.host("SECRETMANAGER_EMULATOR_HOST"),
            log_level: it.level(),
        };
        if let Some(key) = settings.api_keys.iter().find(|it| it.len() < SHORTEST_KEY) {
            let length = key.len();
            it.bad.push(format!(
                "API_KEYS: a key of {length} characters is too short; {SHORTEST_KEY} are the least"
            ));
        }
        if settings.audiences.is_empty() && !settings.emails.is_empty() {
            it.bad.push("AUTH_EMAILS: means nothing without AUTH_AUDIENCES; set both or none".to_owned());
        }
        if it.bad.is_empty() { Ok(settings) } else { Err(BadSettings(it.bad)) }
    }

    /// Whether callers must say who they are.
    pub fn guarded(&self) -> bool {
        !self.audiences.is_empty() || !self.api_keys.is_empty() || self.api_keys_secret.is_some()
    }
}

struct Reader<F> {
    lookup: F,
    bad: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn get(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
    }

    fn address(&mut self, name: &str) -> IpAddr {
        let text = self.text(name, "an IP address", |it| it.parse::<IpAddr>().is_ok());
        text.and_then(|it| it.parse().ok()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    fn text(&mut self, name: &str, what: &str, ok: impl Fn(&str) -> bool) -> Option<String> {
        let text = self.get(name)?;
        if ok(&text) {
            return Some(text);
        }
        self.bad.push(format!("{name}: \"{text}\" is not {what}"));
        None
    }

    fn number<N: TryFrom<u64> + Default>(&mut self, name: &str, unset: u64, least: u64, most: u64) -> N {
        let number = match self.get(name) {
            None => Some(unset),
            Some(text) => {
                let number = text.parse().ok().filter(|it| (least..=most).contains(it));
                if number.is_none() {
                    self.bad.push(format!("{name}: \"{text}\" is not a whole number from {least} to {most}"));
                }
                number
            }
        };
        // Only a number within bounds that fit the type comes here, or none, which is an error already.
        number.and_then(|it| N::try_from(it).ok()).unwrap_or_default()
    }

    fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }

    fn host(&mut self, name: &str) -> Option<String> {
        let host = self.get(name)?;
        // Google's clients write it both ways.
        let url = if host.contains("://") { host.clone() } else { format!("http://{host}") };
        if is_url(&url) {
            return Some(url.trim_end_matches('/').to_owned());
        }
        self.bad.push(format!("{name}: \"{host}\" is neither a host and port nor an http URL"));
        None
    }

    fn table(&mut self) -> Table {
        let word = |it: &str| it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        // They stand in the SQL within backticks, where no parameter can.
        let project = self.text("GOOGLE_CLOUD_PROJECT", "a project's id", |it| {
            it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-.:".contains(&it))
        });
        if project.is_none() && self.get("GOOGLE_CLOUD_PROJECT").is_none() {
            self.bad.push("GOOGLE_CLOUD_PROJECT: not set; it says whose table is read".to_owned());
        }
        let dataset = self.text("BIGQUERY_DATASET", "a dataset's id (letters, digits, _)", word);
        let table = self.text("BIGQUERY_TABLE", "a table's id (letters, digits, _, -)", |it| {
            it.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it))
        });
        Table {
            project: project.unwrap_or_default(),
            dataset: dataset.unwrap_or("analytics_data".to_owned()),
            table: table.unwrap_or("events".to_owned()),
        }
    }

    fn ages(&mut self) -> Ages {
        let mut seconds = |name, unset| Duration::from_secs(self.number(name, unset, 0, 86_400 * 7));
        Ages {
            fresh: seconds("CACHE_TTL_SECONDS", 5),
            stale_while_revalidate: seconds("CACHE_STALE_WHILE_REVALIDATE_SECONDS", 5),
            stale_if_error: seconds("CACHE_STALE_IF_ERROR_SECONDS", 3600),
        }
    }

    fn level(&mut self) -> Severity {
        let what = "debug, info, warning, error or critical";
        let name = self.text("LOG_LEVEL", what, |it| Severity::from_name(it).is_some());
        name.and_then(|it| Severity::from_name(&it)).unwrap_or(Severity::Info)
    }
}

fn is_url(text: &str) -> bool {
    let uri: Option<http::Uri> = text.parse().ok();
    uri.is_some_and(|it| {
        it.host().is_some_and(|it| !it.is_empty()) && matches!(it.scheme_str(), Some("http" | "https"))
    })
}

fn is_secret(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let part =
        |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_:.".contains(&it));
    matches!(parts[..], ["projects", p, "secrets", s, "versions", v] if part(p) && part(s) && part(v))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(set: &[(&str, &str)]) -> Result<Settings, BadSettings> {
        Settings::resolve(|name| set.iter().find(|it| it.0 == name).map(|it| it.1.to_owned()))
    }

    fn refused(set: &[(&str, &str)]) -> Vec<String> {
        resolve(set).err().map(|it| it.0).unwrap_or_default()
    }

    #[test]
    fn a_project_is_enough() {
        let it = resolve(&[("GOOGLE_CLOUD_PROJECT", "p-1"), ("PORT", "")]).ok().unwrap();
        assert_eq!(it.port, 8080);
        assert_eq!(
            it.table,
            Table { project: "p-1".into(), dataset: "analytics_data".into(), table: "events".into() }
        );
        assert!(!it.guarded());
        assert_eq!(it.max_bytes_billed, 10 << 30);
        assert_eq!(it.queue, Bounds { running: 16, waiting: 512, patience: Duration::from_secs(10) });
        assert!(!it.behind_front);
        let it = resolve(&[
            ("GOOGLE_CLOUD_PROJECT", "p-1"),
            ("K_SERVICE", "data-api"),
            ("BIGQUERY_MAX_WAITING", "0"),
        ]);
        assert!(it.ok().is_some_and(|it| it.behind_front && it.queue.waiting == 0));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        assert_eq!(
            refused(&[
                ("PORT", "http"),
                ("BIGQUERY_TABLE", "t`; DROP"),
                ("BIGQUERY_MAX_BYTES_BILLED", "1"),
                ("API_KEYS", "short"),
                ("AUTH_EMAILS", "a@b.c"),
                ("API_KEYS_SECRET", "keys"),
                ("LOG_LEVEL", "loud"),
            ]),
            [
                "PORT: \"http\" is not a whole number from 1 to 65535",
                "GOOGLE_CLOUD_PROJECT: not set; it says whose table is read",
                "BIGQUERY_TABLE: \"t`; DROP\" is not a table's id (letters, digits, _, -)",
                "BIGQUERY_MAX_BYTES_BILLED: \"1\" is not a whole number from 10485760 to 1125899906842624",
                "API_KEYS_SECRET: \"keys\" is not projects/P/secrets/S/versions/V",
                "LOG_LEVEL: \"loud\" is not debug, info, warning, error or critical",
                "API_KEYS: a key of 5 characters is too short; 16 are the least",
                "AUTH_EMAILS: means nothing without AUTH_AUDIENCES; set both or none",
            ]
        );
    }

    #[test]
    fn an_emulator_is_a_host_or_a_url() {
        for host in ["localhost:8085", "http://localhost:8085", "http://localhost:8085/"] {
            let it =
                resolve(&[("GOOGLE_CLOUD_PROJECT", "p"), ("BIGQUERY_EMULATOR_HOST", host)]).ok().unwrap();
            assert_eq!(it.bigquery_emulator.as_deref(), Some("http://localhost:8085"));
        }
        assert_eq!(refused(&[("GOOGLE_CLOUD_PROJECT", "p"), ("BIGQUERY_EMULATOR_HOST", "ftp://x")]).len(), 1);
    }
}
