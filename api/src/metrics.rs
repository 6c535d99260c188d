//! Counts what happens, and says it in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Upper bounds in seconds; 0.8 is the objective that 95% of requests are held to.
const BOUNDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.8, 2.0, 5.0, 15.0];

#[derive(Clone, Debug, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Histogram {
    fn observe(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(bucket) = BOUNDS.iter().position(|it| seconds <= *it) {
            self.buckets[bucket] += 1;
        }
        self.count += 1;
        self.sum += seconds;
    }

    fn write(&self, out: &mut String, name: &str, label: &str) {
        let comma = if label.is_empty() { "" } else { "," };
        let mut below = 0;
        for (bound, count) in BOUNDS.iter().zip(self.buckets) {
            below += count;
            let _ = writeln!(out, "{name}_bucket{{{label}{comma}le=\"{bound}\"}} {below}");
        }
        let _ = writeln!(out, "{name}_bucket{{{label}{comma}le=\"+Inf\"}} {}", self.count);
        let braces = if label.is_empty() { String::new() } else { format!("{{{label}}}") };
        let _ = writeln!(out, "{name}_sum{braces} {}", self.sum);
        let _ = writeln!(out, "{name}_count{braces} {}", self.count);
    }
}

#[derive(Debug, Default)]
struct Counts {
    requests: BTreeMap<(String, String, u16), u64>,
    durations: BTreeMap<String, Histogram>,
    cache: BTreeMap<&'static str, u64>,
    queries: BTreeMap<&'static str, u64>,
    query_durations: Histogram,
    bytes_billed: u64,
    in_flight: i64,
    queries_in_flight: i64,
    queries_waiting: usize,
}

/// All counts of the process.
#[derive(Debug)]
pub struct Metrics {
    counts: Mutex<Counts>,
    started: SystemTime,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics { counts: Mutex::default(), started: SystemTime::now() }
    }
}

impl Metrics {
    fn with<T>(&self, change: impl FnOnce(&mut Counts) -> T) -> T {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A request came in.
    pub fn request_began(&self) {
        self.with(|it| it.in_flight += 1);
    }

    /// A request ended, whether or not it was answered.
    pub fn request_ended(&self) {
        self.with(|it| it.in_flight -= 1);
    }

    /// `route` and `method` are of few values: a router's pattern, a known method.
    pub fn request_answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        self.with(|it| {
            *it.requests.entry((route.to_owned(), method.to_owned(), status)).or_default() += 1;
            it.durations.entry(route.to_owned()).or_default().observe(took);
        });
    }

    /// `outcome` is `hit`, `stale`, `miss`, `shared`, `stale_error` or `error`.
    pub fn cache(&self, outcome: &'static str) {
        self.with(|it| *it.cache.entry(outcome).or_default() += 1);
    }

    pub fn query_began(&self) {
        self.with(|it| it.queries_in_flight += 1);
    }

    /// So many queries wait for their turn.
    pub fn waiting(&self, count: usize) {
        self.with(|it| it.queries_waiting = count);
    }

    /// `outcome` is `ok` or a failure's kind.
    pub fn query_ended(&self, outcome: &'static str, took: Duration, bytes_billed: u64) {
        self.with(|it| {
            it.queries_in_flight -= 1;
            *it.queries.entry(outcome).or_default() += 1;
            it.query_durations.observe(took);
            it.bytes_billed += bytes_billed;
        });
    }

    /// The exposition format, version 0.0.4.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let head = |out: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        self.with(|it| {
            head(&mut out, "http_requests_total", "counter", "Requests answered.");
            for ((route, method, status), count) in &it.requests {
                let _ = writeln!(
                    out,
                    "http_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {count}"
                );
            }
            head(&mut out, "http_request_duration_seconds", "histogram", "Time to answer.");
            for (route, histogram) in &it.durations {
                histogram.write(&mut out, "http_request_duration_seconds", &format!("route=\"{route}\""));
            }
            head(&mut out, "http_requests_in_flight", "gauge", "Requests being answered.");
            let _ = writeln!(out, "http_requests_in_flight {}", it.in_flight);
            head(&mut out, "events_cache_total", "counter", "Answers by what the cache did.");
            for (outcome, count) in &it.cache {
                let _ = writeln!(out, "events_cache_total{{outcome=\"{outcome}\"}} {count}");
            }
            head(&mut out, "bigquery_queries_total", "counter", "Queries by how they ended.");
            for (outcome, count) in &it.queries {
                let _ = writeln!(out, "bigquery_queries_total{{outcome=\"{outcome}\"}} {count}");
            }
            head(&mut out, "bigquery_query_duration_seconds", "histogram", "Time of a query, with retries.");
            it.query_durations.write(&mut out, "bigquery_query_duration_seconds", "");
            head(&mut out, "bigquery_queries_in_flight", "gauge", "Queries running.");
            let _ = writeln!(out, "bigquery_queries_in_flight {}", it.queries_in_flight);
            head(&mut out, "bigquery_queries_waiting", "gauge", "Queries waiting for their turn.");
            let _ = writeln!(out, "bigquery_queries_waiting {}", it.queries_waiting);
            head(&mut out, "bigquery_bytes_billed_total", "counter", "Bytes that queries were billed for.");
            let _ = writeln!(out, "bigquery_bytes_billed_total {}", it.bytes_billed);
        });
        head(&mut out, "process_start_time_seconds", "gauge", "When the process started, since 1970.");
        let started = self.started.duration_since(UNIX_EPOCH).unwrap_or_default();
        let _ = writeln!(out, "process_start_time_seconds {:.3}", started.as_secs_f64());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_said_as_prometheus_reads_them() {
        let it = Metrics::default();
        it.request_began();
        it.request_answered("/events", "GET", 200, Duration::from_millis(7));
        it.request_answered("/events", "GET", 200, Duration::from_secs(60));
        it.cache("hit");
        it.query_began();
        it.waiting(3);
        it.query_ended("ok", Duration::from_millis(300), 10);
        let text = it.text();
        for line in [
            "http_requests_total{route=\"/events\",method=\"GET\",status=\"200\"} 2",
            "http_request_duration_seconds_bucket{route=\"/events\",le=\"0.005\"} 0",
            "http_request_duration_seconds_bucket{route=\"/events\",le=\"0.01\"} 1",
            "http_request_duration_seconds_bucket{route=\"/events\",le=\"15\"} 1",
            "http_request_duration_seconds_bucket{route=\"/events\",le=\"+Inf\"} 2",
            "http_request_duration_seconds_count{route=\"/events\"} 2",
            "http_requests_in_flight 1",
            "events_cache_total{outcome=\"hit\"} 1",
            "bigquery_queries_total{outcome=\"ok\"} 1",
            "bigquery_query_duration_seconds_bucket{le=\"0.5\"} 1",
            "bigquery_query_duration_seconds_count 1",
            "bigquery_bytes_billed_total 10",
            "bigquery_queries_waiting 3",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
        }
    }
}
