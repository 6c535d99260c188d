//! Reads and writes comma-separated values as RFC 4180 has them.

/// The records of a text, each with the number of the line that it begins in. `None` where a quote is
/// left open.
pub(crate) fn records(text: &str) -> Option<Vec<(usize, Vec<String>)>> {
    let mut records = Vec::new();
    let mut letters = text.chars().peekable();
    let mut line = 1;
    while letters.peek().is_some() {
        let begins = line;
        let mut record = Vec::new();
        let mut field = String::new();
        let mut quoted = false;
        loop {
            match letters.next() {
                Some('"') if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    field.push('"');
                }
                Some('"') => quoted = !quoted,
                Some(',') if !quoted => record.push(std::mem::take(&mut field)),
                Some('\r') if !quoted && letters.peek() == Some(&'\n') => {}
                Some('\n') if !quoted => break,
                Some(letter) => {
                    line += usize::from(letter == '\n');
                    field.push(letter);
                }
                None if quoted => return None,
                None => break,
            }
        }
        line += 1;
        record.push(field);
        if record != [""] {
            records.push((begins, record));
        }
    }
    Some(records)
}

/// One record as a line, with its line feed.
pub(crate) fn record<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            line.push('"');
            line.push_str(&field.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(field);
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let fields = ["a", "", "b, c", "said \"no\"", "two\nlines", "Ärmel"];
        let text = record(fields) + &record(["x"]);
        assert_eq!(
            records(&text),
            Some(vec![(1, fields.map(str::to_owned).to_vec()), (3, vec!["x".to_owned()])])
        );
    }

    #[test]
    fn lines_end_as_on_windows_too_and_the_last_need_not() {
        let check = |text: &str| records(text).map(|it| it.into_iter().map(|it| it.1).collect::<Vec<_>>());
        assert_eq!(
            check("a,b\r\nc,d"),
            Some(vec![vec!["a".into(), "b".into()], vec!["c".into(), "d".into()]])
        );
        assert_eq!(check("a,\"b"), None);
        assert_eq!(check("\n\n"), Some(vec![]));
    }
}
