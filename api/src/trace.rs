//! Which trace a request belongs to, so that its log lines and queries are found together.

use std::hash::{BuildHasher, Hasher, RandomState};

use http::HeaderMap;

/// A trace, and the span that called us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 32 hexadecimal digits.
    pub id: String,
    /// 16 hexadecimal digits.
    pub span: String,
    pub sampled: bool,
}

impl Trace {
    /// Reads `traceparent` (W3C), or else `X-Cloud-Trace-Context`, which Cloud Run sets.
    pub fn from_headers(headers: &HeaderMap) -> Option<Trace> {
        let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
        text("traceparent")
            .and_then(Trace::from_traceparent)
            .or_else(|| text("x-cloud-trace-context").and_then(Trace::from_cloud))
    }

    fn from_traceparent(text: &str) -> Option<Trace> {
        let mut parts = text.trim().split('-');
        let (version, id, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // Later versions may append parts; version ff is none.
        let known = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        let usable = known && is_id(id, 32) && is_id(span, 16) && hex(flags, 2);
        let sampled = u8::from_str_radix(flags, 16).is_ok_and(|it| it & 1 == 1);
        usable.then(|| Trace { id: id.to_owned(), span: span.to_owned(), sampled })
    }

    /// `TRACE/SPAN;o=1`, with the span in decimal.
    fn from_cloud(text: &str) -> Option<Trace> {
        let (id, rest) = text.trim().split_once('/').unwrap_or((text.trim(), "0"));
        let (span, options) = rest.split_once(';').unwrap_or((rest, ""));
        let id = id.to_ascii_lowercase();
        let span: u64 = span.parse().ok()?;
        is_id(&id, 32).then(|| Trace { id, span: format!("{span:016x}"), sampled: options == "o=1" })
    }

    /// A span of our own within the trace, for a call that we make.
    pub fn child(&self) -> Trace {
        Trace { span: format!("{:016x}", random().max(1)), ..self.clone() }
    }

    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.id, self.span, u8::from(self.sampled))
    }
}

/// 64 bits that nobody guesses or repeats; the standard library's hashers are seeded by the system.
pub fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_id(text: &str, length: usize) -> bool {
    hex(text, length) && text.bytes().any(|it| it != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn read(name: &'static str, value: &str) -> Option<Trace> {
        Trace::from_headers(&HeaderMap::from_iter([(
            http::HeaderName::from_static(name),
            value.parse().unwrap(),
        )]))
    }

    #[test]
    fn both_headers_are_read() {
        let trace = Trace { id: ID.into(), span: "00f067aa0ba902b7".into(), sampled: true };
        assert_eq!(read("traceparent", &trace.traceparent()), Some(trace.clone()));
        assert_eq!(
            read("x-cloud-trace-context", &format!("{}/67667974448284343;o=1", ID.to_uppercase())),
            Some(trace)
        );
        assert!(!read("x-cloud-trace-context", &format!("{ID}/1")).unwrap().sampled);
    }

    #[test]
    fn what_is_malformed_is_no_trace() {
        let zero = "0".repeat(32);
        for text in [
            "",
            "00",
            "x-y-z-0",
            &format!("00-{zero}-00f067aa0ba902b7-01"),
            &format!("ff-{ID}-00f067aa0ba902b7-01"),
        ] {
            assert_eq!(read("traceparent", text), None, "{text}");
        }
        assert_eq!(read("x-cloud-trace-context", "a\"b/1;o=1"), None);
    }

    #[test]
    fn a_child_is_of_the_same_trace() {
        let trace = Trace { id: ID.into(), span: "00f067aa0ba902b7".into(), sampled: false };
        let child = trace.child();
        assert_eq!(child.id, trace.id);
        assert_ne!(child.span, trace.span);
        assert_eq!(read("traceparent", &child.traceparent()), Some(child));
    }
}
