//! Bodies of `multipart/related`: metadata in JSON and then a content, told apart while they come.

/// The most bytes of everything before the content.
const MOST_HEAD: usize = 1 << 20;

/// The most bytes of the closing boundary and what may follow it.
const MOST_TAIL: usize = 4096;

/// The body is not two parts with this boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Malformed multipart body.")]
pub struct Malformed;

/// The first part, and what is said of the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The first part's bytes.
    pub json: Vec<u8>,
    /// The second part's `Content-Type`; empty if it has none.
    pub content_type: String,
}

/// Takes a body as it comes and gives its content back, but for the last bytes, which may be the closing boundary.
#[derive(Debug)]
pub struct Splitter {
    mark: Vec<u8>,
    /// The bytes of the body before the content, until the content begins.
    head: Vec<u8>,
    metadata: Option<Metadata>,
    tail: Vec<u8>,
    /// Whether bytes of the content were given back.
    begun: bool,
}

impl Splitter {
    /// A splitter for a `Content-Type` that names a boundary.
    ///
    /// # Errors
    ///
    /// If it names none.
    pub fn new(content_type: &str) -> Result<Splitter, Malformed> {
        let boundary = content_type
            .split(';')
            .find_map(|it| it.trim().strip_prefix("boundary="))
            .map(|it| it.trim_matches(['"', '\'']))
            .filter(|it| !it.is_empty() && it.len() < MOST_TAIL / 2)
            .ok_or(Malformed)?;
        Ok(Splitter {
            mark: format!("--{boundary}").into_bytes(),
            head: Vec::new(),
            metadata: None,
            tail: Vec::new(),
            begun: false,
        })
    }

    /// Takes more of the body; adds what is certainly content to `content`.
    ///
    /// # Errors
    ///
    /// If the content does not begin in time.
    pub fn push(&mut self, bytes: &[u8], content: &mut Vec<u8>) -> Result<(), Malformed> {
        if self.metadata.is_some() {
            self.tail.extend_from_slice(bytes);
        } else {
            self.head.extend_from_slice(bytes);
            match self.split_head() {
                Some((metadata, begin)) => {
                    self.metadata = Some(metadata);
                    self.tail = self.head.split_off(begin);
                    self.head = Vec::new();
                }
                None if self.head.len() > MOST_HEAD => return Err(Malformed),
                None => {}
            }
        }
        let most = MOST_TAIL + self.mark.len();
        if self.tail.len() > most {
            content.extend(self.tail.drain(..self.tail.len() - most));
            self.begun = true;
        }
        Ok(())
    }

    /// The metadata and where in the head the content begins, once all of that is there.
    fn split_head(&self) -> Option<(Metadata, usize)> {
        let first = find(&self.head, &self.mark, 0)? + self.mark.len();
        let second = find(&self.head, &self.mark, first)?;
        let (_, json) = part(&self.head[first..second])?;
        let begin = second + self.mark.len();
        let (end, gap) = blank_line(&self.head[begin..])?;
        let headers = String::from_utf8_lossy(&self.head[begin..begin + end]).into_owned();
        let content_type = headers
            .lines()
            .filter_map(|it| it.split_once(':'))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-type"))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default();
        Some((Metadata { json: json.to_vec(), content_type }, begin + end + gap))
    }

    /// Ends the body: adds the last of the content, and gives the metadata.
    ///
    /// # Errors
    ///
    /// If there were no two parts, or the closing boundary is not at the end.
    pub fn finish(self, content: &mut Vec<u8>) -> Result<Metadata, Malformed> {
        let metadata = self.metadata.ok_or(Malformed)?;
        let end = self.tail.windows(self.mark.len()).rposition(|it| it == self.mark).ok_or(Malformed)?;
        // The line break before it could be among the bytes that were given back.
        if self.begun && end < 2 {
            return Err(Malformed);
        }
        content.extend_from_slice(without_line_break(&self.tail[..end]));
        Ok(metadata)
    }
}

/// A part's headers and content; the line break before the next boundary belongs to that.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (end, gap) = blank_line(bytes)?;
    Some((&bytes[..end], without_line_break(&bytes[end + gap..])))
}

/// Where the first blank line begins, and how many bytes it and the line break before it have.
fn blank_line(bytes: &[u8]) -> Option<(usize, usize)> {
    match (find(bytes, b"\r\n\r\n", 0), find(bytes, b"\n\n", 0)) {
        (Some(long), Some(short)) if short < long => Some((short, 2)),
        (Some(long), _) => Some((long, 4)),
        (None, Some(short)) => Some((short, 2)),
        (None, None) => None,
    }
}

fn without_line_break(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes)
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(wanted.len()).position(|it| it == wanted).map(|it| it + from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits a body that comes in pieces of so many bytes.
    fn split(body: &[u8], size: usize) -> Result<(Metadata, Vec<u8>), Malformed> {
        let mut splitter = Splitter::new("multipart/related; boundary=\"x\"")?;
        let mut content = Vec::new();
        for piece in body.chunks(size) {
            splitter.push(piece, &mut content)?;
        }
        let metadata = splitter.finish(&mut content)?;
        Ok((metadata, content))
    }

    fn body(content: &[u8], end: &[u8]) -> Vec<u8> {
        let head = b"--x\r\ncontent-type: application/json\r\n\r\n{\"name\": \"n\"}\r\n--x\r\nContent-Type: text/csv\r\n\r\n";
        [head, content, end].concat()
    }

    #[test]
    fn a_body_is_split_however_it_comes() {
        let long: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
        for content in [&b"a,b\r\n1,2\r\n"[..], b"", b"\r\n", b"\n\n--y--\r\n", b"-", &long] {
            for size in [1, 7, 4096, 1 << 20] {
                // A large content byte by byte takes long, and shows nothing more.
                if size == 1 && content.len() > 100 {
                    continue;
                }
                let (metadata, split) = split(&body(content, b"\r\n--x--\r\n"), size).unwrap();
                assert_eq!(metadata.json, b"{\"name\": \"n\"}");
                assert_eq!(metadata.content_type, "text/csv");
                assert_eq!(split, content, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn lines_may_end_without_a_carriage_return() {
        let body = b"--x\n\n{}\n--x\n\ncontent\n--x--";
        let (metadata, content) = split(body, 3).unwrap();
        assert_eq!((metadata.json.as_slice(), metadata.content_type.as_str()), (&b"{}"[..], ""));
        assert_eq!(content, b"content");
    }

    #[test]
    fn what_is_not_two_parts_is_refused() {
        assert_eq!(Splitter::new("multipart/related").err(), Some(Malformed));
        assert_eq!(Splitter::new("multipart/related; boundary=").err(), Some(Malformed));
        for bad in [
            b"".to_vec(),
            b"--x\r\n\r\n{}\r\n--x--".to_vec(),
            body(b"not closed", b""),
            // The closing boundary is followed by more than may follow it.
            body(b"content", &[b"\r\n--x--".to_vec(), vec![b'z'; 10_000]].concat()),
            vec![b'z'; MOST_HEAD + 2],
        ] {
            assert_eq!(split(&bad, 100_000), Err(Malformed));
        }
    }
}
