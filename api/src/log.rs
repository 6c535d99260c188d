//! Writes what happens, one JSON object a line, as Cloud Logging reads it. Nothing else prints.

use std::io::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::trace::Trace;

/// How grave it is; the names are Cloud Logging's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Severity::Debug => "DEBUG",
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
            Severity::Critical => "CRITICAL",
        }
    }

    pub fn from_name(name: &str) -> Option<Severity> {
        use Severity::{Critical, Debug, Error, Info, Warning};
        [Debug, Info, Warning, Error, Critical].into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    pub status: u16,
    pub latency: Duration,
    pub user_agent: Option<String>,
    pub remote_ip: Option<String>,
    pub response_size: Option<u64>,
}

/// Where lines go, and from which severity on.
#[derive(Clone, Debug)]
pub struct Log {
    project: String,
    least: Severity,
}

impl Log {
    /// `project` is the one whose traces the lines are linked to.
    pub fn new(project: &str, least: Severity) -> Log {
        Log { project: project.to_owned(), least }
    }

    pub fn say(&self, severity: Severity, message: &str, trace: Option<&Trace>) {
        self.write(severity, message, trace, None);
    }

    pub fn request(&self, severity: Severity, request: &HttpRequest, trace: Option<&Trace>) {
        let message = format!("{} {} {}", request.method, request.url, request.status);
        self.write(severity, &message, trace, Some(request));
    }

    fn write(&self, severity: Severity, message: &str, trace: Option<&Trace>, request: Option<&HttpRequest>) {
        if severity < self.least {
            return;
        }
        let line = self.line(severity, message, trace, request, OffsetDateTime::now_utc());
        // Who reads our output may be gone; the service goes on.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }

    fn line(
        &self,
        severity: Severity,
        message: &str,
        trace: Option<&Trace>,
        request: Option<&HttpRequest>,
        now: OffsetDateTime,
    ) -> Value {
        let mut line = Map::new();
        line.insert("severity".into(), severity.name().into());
        line.insert("message".into(), message.into());
        if let Ok(now) = now.format(&Rfc3339) {
            line.insert("time".into(), now.into());
        }
        if let Some(trace) = trace {
            let name = format!("projects/{}/traces/{}", self.project, trace.id);
            line.insert("logging.googleapis.com/trace".into(), name.into());
            line.insert("logging.googleapis.com/spanId".into(), trace.span.clone().into());
            line.insert("logging.googleapis.com/trace_sampled".into(), trace.sampled.into());
        }
        if let Some(it) = request {
            let mut http = json!({
                "requestMethod": it.method,
                "requestUrl": it.url,
                "status": it.status,
                "latency": format!("{:.6}s", it.latency.as_secs_f64()),
            });
            let optional = [
                ("userAgent", it.user_agent.clone()),
                ("remoteIp", it.remote_ip.clone()),
                // An int64, which Google's JSON has as text.
                ("responseSize", it.response_size.map(|it| it.to_string())),
            ];
            for (name, value) in optional {
                if let Some(value) = value {
                    http[name] = value.into();
                }
            }
            line.insert("httpRequest".into(), http);
        }
        Value::Object(line)
    }
}

/// An error and its causes on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text.push_str(&format!(": {it}"));
        cause = it.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloud_logging_reads() {
        let trace = Trace { id: "a".repeat(32), span: "b".repeat(16), sampled: true };
        let request = HttpRequest {
            method: "GET".into(),
            url: "/events?user_id=\"x\n\"".into(),
            status: 200,
            latency: Duration::from_millis(12),
            user_agent: Some("curl".into()),
            remote_ip: None,
            response_size: Some(7),
        };
        let log = Log::new("p", Severity::Info);
        let line = log.line(Severity::Info, "m", Some(&trace), Some(&request), OffsetDateTime::UNIX_EPOCH);
        assert_eq!(
            line,
            json!({
                "severity": "INFO",
                "message": "m",
                "time": "1970-01-01T00:00:00Z",
                "logging.googleapis.com/trace": format!("projects/p/traces/{}", "a".repeat(32)),
                "logging.googleapis.com/spanId": "b".repeat(16),
                "logging.googleapis.com/trace_sampled": true,
                "httpRequest": {
                    "requestMethod": "GET",
                    "requestUrl": "/events?user_id=\"x\n\"",
                    "status": 200,
                    "latency": "0.012000s",
                    "userAgent": "curl",
                    "responseSize": "7",
                },
            })
        );
        assert!(!line.to_string().contains('\n'), "one line, whatever a client sends");
    }
}
