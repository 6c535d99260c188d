//! Where a part of an upload belongs, and whether there is more to come.

use crate::error::Refusal;
use crate::request::{Answer, Body};

/// Where the bytes of a request belong in the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// They are the whole: there is no `Content-Range`.
    Whole,
    /// They begin at this byte.
    From(u64),
    /// There are none: it is asked what has come so far.
    Query,
}

/// What a `Content-Range` says: `bytes 0-9/20`, `bytes 0-9/*`, `bytes */20`, `bytes */*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub position: Position,
    /// How many bytes there are in all, where that is known.
    total: Option<u64>,
}

impl Range {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// If it is none of these.
    pub fn parse(header: Option<&str>) -> Result<Range, Refusal> {
        let Some(header) = header else { return Ok(Range { position: Position::Whole, total: None }) };
        let invalid = || Refusal::invalid("Failed to parse Content-Range header.");
        let (bytes, total) =
            header.trim().trim_start_matches("bytes ").split_once('/').ok_or_else(invalid)?;
        let position = match bytes.split_once('-') {
            Some((from, _)) => Position::From(from.trim().parse().map_err(|_| invalid())?),
            None if bytes.trim() == "*" => Position::Query,
            None => return Err(invalid()),
        };
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse().map_err(|_| invalid())?),
        };
        Ok(Range { position, total })
    }

    /// Whether an upload that has so many bytes is complete.
    pub fn is_complete(&self, length: u64) -> bool {
        match self.total {
            Some(total) => length >= total,
            None => self.position == Position::Whole,
        }
    }
}

/// Asks for the rest of an upload that has so many bytes.
pub fn more(length: u64) -> Answer {
    let answer = Answer { status: 308, body: Body::None, headers: Vec::new() };
    match length {
        0 => answer,
        length => answer.header("range", format!("bytes=0-{}", length - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let range = |text| Range::parse(text).map(|it| (it.position, it.total)).ok();
        assert_eq!(range(None), Some((Position::Whole, None)));
        assert_eq!(range(Some("bytes 0-9/20")), Some((Position::From(0), Some(20))));
        assert_eq!(range(Some("bytes 10-19/*")), Some((Position::From(10), None)));
        assert_eq!(range(Some("bytes */20")), Some((Position::Query, Some(20))));
        assert_eq!(range(Some("bytes */*")), Some((Position::Query, None)));
        for bad in ["", "bytes", "bytes x-9/20", "bytes 0-9", "bytes 0-9/x", "bytes x/20"] {
            assert_eq!(range(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn the_total_says_when_an_upload_is_complete() {
        let complete = |text, length| Range::parse(text).unwrap().is_complete(length);
        assert!(complete(None, 0));
        assert!(!complete(Some("bytes 0-9/20"), 10));
        assert!(complete(Some("bytes 10-19/20"), 20));
        assert!(!complete(Some("bytes 10-19/*"), 20));
        assert!(complete(Some("bytes */20"), 20));
        assert!(!complete(Some("bytes */*"), 20));
    }
}
