//! CSV as BigQuery reads it.

/// How a file is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    pub delimiter: u8,
    /// `None`: nothing is quoted.
    pub quote: Option<u8>,
    pub quoted_newlines: bool,
}

/// One record: where it begins, by byte and by line, and its fields; quoted ones are told apart, for
/// a quoted nothing is an empty text and an unquoted one is null.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub position: usize,
    pub line: usize,
    pub fields: Vec<(String, bool)>,
    /// What is wrong with the record itself.
    pub wrong: Option<String>,
}

/// Splits a file into records.
pub(super) fn records(content: &[u8], style: &Style) -> Vec<Record> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut out = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < content.len() {
        let (position, begun) = (at, line);
        let mut fields = Vec::new();
        let mut wrong = None;
        loop {
            let mut field = Vec::new();
            let mut quoted = false;
            if style.quote.is_some() && content.get(at).copied() == style.quote {
                quoted = true;
                at += 1;
                loop {
                    match content.get(at) {
                        None => {
                            wrong = Some(format!(
                                "Error detected while parsing row starting at position: {position}. Error: Missing \
                                 close quote character (\")."
                            ));
                            break;
                        }
                        Some(byte) if Some(*byte) == style.quote => {
                            at += 1;
                            if content.get(at).copied() != style.quote {
                                break;
                            }
                            field.push(*byte);
                            at += 1;
                        }
                        Some(byte) => {
                            if *byte == b'\n' {
                                line += 1;
                                if !style.quoted_newlines {
                                    wrong = Some(format!(
                                        "Error detected while parsing row starting at position: {position}. Error: \
                                         Missing close quote character (\")."
                                    ));
                                }
                            }
                            field.push(*byte);
                            at += 1;
                        }
                    }
                }
            }
            while let Some(byte) =
                content.get(at).filter(|it| **it != style.delimiter && !b"\r\n".contains(it))
            {
                if quoted {
                    wrong = Some(format!(
                        "Error detected while parsing row starting at position: {position}. Error: Data between close \
                         quote character (\") and field separator."
                    ));
                }
                field.push(*byte);
                at += 1;
            }
            fields.push((String::from_utf8_lossy(&field).into_owned(), quoted));
            match content.get(at) {
                Some(byte) if *byte == style.delimiter => at += 1,
                Some(b'\r') => {
                    at += if content.get(at + 1) == Some(&b'\n') { 2 } else { 1 };
                    line += 1;
                    break;
                }
                Some(_) => {
                    at += 1;
                    line += 1;
                    break;
                }
                None => break,
            }
        }
        // An empty line is no record.
        if fields.len() > 1 || !fields[0].0.is_empty() || fields[0].1 {
            out.push(Record { position, line: begun, fields, wrong });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_their_places() {
        let style = Style { delimiter: b',', quote: Some(b'"'), quoted_newlines: true };
        let got = records(b"a,\"b \"\"x\"\"\nc\",\r\n\n1,\"\",3", &style);
        let field = |text: &str, quoted: bool| (text.to_owned(), quoted);
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].fields, [field("a", false), field("b \"x\"\nc", true), field("", false)]);
        assert_eq!((got[1].line, got[1].position), (4, 17));
        assert_eq!(got[1].fields, [field("1", false), field("", true), field("3", false)]);
        assert!(records(b"\"open", &style)[0].wrong.is_some());
    }
}
