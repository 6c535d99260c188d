//! Edits YAML line by line, so that comments, order and spelling of everything else stay.

use serde_yaml::{Mapping, Value};

/// One key of a block mapping and the lines that it takes, `end` excluded.
struct Entry {
    key: String,
    start: usize,
    end: usize,
}

/// The line, from 1, that a key stands in: `["config", "events:bucket"]`.
pub(crate) fn line_of(text: &str, path: &[&str]) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let (mut from, mut to, mut found) = (0, lines.len(), None);
    for key in path {
        let entry = block(&lines, from, to).into_iter().find(|it| it.key == *key)?;
        found = Some(entry.start + 1);
        (from, to) = (entry.start + 1, entry.end);
    }
    found
}

/// Sets (or, with `None`, removes) a key, at the top or under another: `["config", "events:bucket"]`.
///
/// `None` when the text is written in a way that cannot be edited line by line, such as a mapping on
/// one line.
pub(super) fn set(text: &str, path: [Option<&str>; 2], value: Option<&Value>) -> Option<String> {
    let mut meant = match serde_yaml::from_str::<Value>(text).ok()? {
        Value::Null => Mapping::new(),
        Value::Mapping(it) => it,
        _ => return None,
    };
    let edited = match path {
        [Some(key), None] => {
            put(&mut meant, key, value);
            edit(text, 0, usize::MAX, 0, key, value)?
        }
        [Some(above), Some(key)] => {
            let inner = meant.entry(above.into()).or_insert(Value::Mapping(Mapping::new()));
            if inner.is_null() {
                *inner = Value::Mapping(Mapping::new());
            }
            put(inner.as_mapping_mut()?, key, value);
            edit_under(text, above, key, value)?
        }
        [None, _] => return None,
    };
    // Whatever YAML we did not think of: the outcome is what was meant, or nothing is done.
    let outcome = serde_yaml::from_str::<Value>(&edited).ok()?;
    let same = |it: &Value| {
        it.as_mapping().is_some_and(|it| {
            let plain =
                |it: &Mapping| -> Mapping { it.iter().filter(|(_, it)| !is_empty(it)).map(both).collect() };
            plain(it) == plain(&meant)
        })
    };
    (same(&outcome) || (outcome.is_null() && meant.values().all(is_empty))).then_some(edited)
}

fn both((key, value): (&Value, &Value)) -> (Value, Value) {
    (key.clone(), value.clone())
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_mapping().is_some_and(Mapping::is_empty)
}

fn put(map: &mut Mapping, key: &str, value: Option<&Value>) {
    match value {
        Some(it) => drop(map.insert(key.into(), it.clone())),
        None => drop(map.remove(key)),
    }
}

fn edit_under(text: &str, above: &str, key: &str, value: Option<&Value>) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(found) = block(&lines, 0, lines.len()).into_iter().find(|it| it.key == above) else {
        let Some(value) = value else { return Some(text.to_owned()) };
        let eol = ending(text);
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { eol };
        let body = rendered(2, key, value, "")?.join(eol);
        return Some(format!("{text}{gap}{above}:{eol}{body}{eol}"));
    };
    let head = lines[found.start];
    let (_, after) = split_key(head.trim_start())?;
    let comment = comment_of(after);
    let mut text = text.to_owned();
    match after[..after.len() - comment.len()].trim() {
        "" => {}
        // An empty mapping on one line becomes one that takes lines.
        "{}" | "null" | "~" => {
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            let end = &lines[found.start][lines[found.start].trim_end_matches(['\r', '\n']).len()..];
            lines[found.start] = format!("{}:{comment}{end}", &head[..head.len() - after.len() - 1]);
            text = lines.concat();
        }
        _ => return None,
    }
    let first = lines[found.start + 1..found.end].iter().find(|it| !is_filler(it));
    let depth = first.map_or(2, |it| indent(it));
    if depth == 0 {
        return None;
    }
    edit(&text, found.start + 1, found.end, depth, key, value)
}

/// Sets a key in the mapping whose keys are `depth` deep in lines `from..to`.
fn edit(
    text: &str,
    from: usize,
    to: usize,
    depth: usize,
    key: &str,
    value: Option<&Value>,
) -> Option<String> {
    let eol = ending(text);
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let plain: Vec<&str> = text.lines().collect();
    let to = to.min(plain.len());
    let found = block(&plain, from, to).into_iter().find(|it| it.key == key);
    let Some(value) = value else {
        if let Some(it) = found {
            lines.drain(it.start..it.end);
        }
        return Some(lines.concat());
    };
    match found {
        Some(it) => {
            let head = plain[it.start].trim_start();
            let (_, after) = split_key(head)?;
            let spelled = &head[..head.len() - after.len() - 1];
            let new = rendered_as(depth, spelled, value, comment_of(after))?;
            let last = lines[it.end - 1].ends_with('\n');
            let mut new: Vec<String> = new.into_iter().map(|it| it + eol).collect();
            if let Some(it) = new.last_mut().filter(|_| !last) {
                it.truncate(it.len() - eol.len());
            }
            lines.splice(it.start..it.end, new);
        }
        None => {
            // At the top Pulumi keeps its own keys before `config`; below, new ones come last.
            let at = if depth == 0 {
                usize::from(plain.first().is_some_and(|it| it.starts_with("---")))
            } else {
                to
            };
            if let Some(before) =
                at.checked_sub(1).and_then(|it| lines.get_mut(it)).filter(|it| !it.ends_with('\n'))
            {
                before.push_str(eol);
            }
            let new = rendered(depth, key, value, "")?;
            lines.splice(at..at, new.into_iter().map(|it| it + eol));
        }
    }
    Some(lines.concat())
}

fn ending(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn rendered(depth: usize, key: &str, value: &Value, comment: &str) -> Option<Vec<String>> {
    rendered_as(depth, &scalar(&Value::from(key))?, value, comment)
}

fn rendered_as(depth: usize, key: &str, value: &Value, comment: &str) -> Option<Vec<String>> {
    let pad = " ".repeat(depth);
    let is_block = match value {
        Value::Mapping(it) => !it.is_empty(),
        Value::Sequence(it) => !it.is_empty(),
        _ => false,
    };
    if !is_block {
        return Some(vec![format!("{pad}{key}: {}{comment}", scalar(value)?)]);
    }
    let mut lines = vec![format!("{pad}{key}:{comment}")];
    for line in serde_yaml::to_string(value).ok()?.lines() {
        lines.push(if line.is_empty() { String::new() } else { format!("{pad}  {line}") });
    }
    Some(lines)
}

/// On one line, in quotes where YAML needs them.
fn scalar(value: &Value) -> Option<String> {
    let text = serde_yaml::to_string(value).ok()?;
    let text = text.trim_end_matches('\n');
    match value {
        Value::String(it) if text.contains('\n') || text.starts_with(['|', '>']) => {
            serde_json::to_string(it).ok()
        }
        _ => Some(text.to_owned()),
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_filler(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text.starts_with('#')
}

/// The keys of the mapping that the lines hold, by the depth of the first of them.
fn block(lines: &[&str], from: usize, to: usize) -> Vec<Entry> {
    let is_mark = |line: &str| line.starts_with("---") || line.starts_with("...") || line.starts_with('%');
    let mut found: Vec<Entry> = Vec::new();
    let mut depth = None;
    for (at, line) in lines.iter().enumerate().take(to).skip(from) {
        if line.trim().is_empty() || is_mark(line) {
            continue;
        }
        let text = line.trim_start();
        // A list may stand as deep as its key; a comment deeper than the key may be part of a long text.
        let continues = depth.is_some_and(|it| indent(line) > it) || text == "-" || text.starts_with("- ");
        if let (true, Some(entry)) = (continues && !found.is_empty(), found.last_mut()) {
            entry.end = at + 1;
        } else if !text.starts_with('#')
            && let Some((key, _)) = split_key(text)
        {
            depth = depth.or(Some(indent(line)));
            found.push(Entry { key, start: at, end: at + 1 });
        }
    }
    found
}

/// The key of a line and what stands behind its colon. `gcp:project: x` has the key `gcp:project`.
fn split_key(text: &str) -> Option<(String, &str)> {
    let (key, rest) = match text.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = closing(text, quote)? + 1;
            (serde_yaml::from_str::<String>(&text[..end]).ok()?, text[end..].trim_start().strip_prefix(':')?)
        }
        _ => {
            let at = text.find(": ").or_else(|| text.strip_suffix(':').map(str::len))?;
            (text[..at].trim_end().to_owned(), &text[at + 1..])
        }
    };
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some((key, rest))
}

/// Where the quote that a text begins with is closed.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, it)) = chars.next() {
        if it == '\\' && quote == '"' {
            chars.next();
        } else if it == quote {
            // Twice in single quotes stands for itself.
            if quote == '\'' && chars.peek().is_some_and(|(_, it)| *it == '\'') {
                chars.next();
            } else {
                return Some(at);
            }
        }
    }
    None
}

/// The comment behind a value, with the space before it.
fn comment_of(after: &str) -> &str {
    let value = after.trim_start();
    let start = after.len() - value.len();
    let skip = match value.chars().next() {
        Some('#') => return after,
        Some(quote @ ('"' | '\'')) => closing(value, quote).map_or(value.len(), |it| it + 1),
        Some('[' | '{') => value.rfind([']', '}']).map_or(value.len(), |it| it + 1),
        Some(_) | None => 0,
    };
    let rest = &after[start + skip..];
    rest.find(" #").map_or("", |it| {
        let blank = rest[..it].len() - rest[..it].trim_end().len();
        &rest[it - blank..]
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "\
# Of the team.
encryptionsalt: v1:old  # made once

config:
  # Where.
  gcp:project: demo # the project
  \"events:bucket\": 'it''s # one'

  events:key:
    secure: v1:abc
  # Last.
  events:list:
  - a
  - b
other: |
  config:
    events:bucket: no
";

    fn check(path: [Option<&str>; 2], value: Option<&str>, removed: &str, added: &str) {
        let value = value.map(|it| serde_yaml::from_str::<Value>(it).unwrap());
        let edited = set(TEXT, path, value.as_ref()).unwrap();
        let diff = similar(TEXT, &edited);
        assert_eq!((diff.0.as_str(), diff.1.as_str()), (removed, added), "{edited}");
    }

    /// What is only in the one and only in the other, between the common head and tail.
    fn similar(before: &str, after: &str) -> (String, String) {
        let (a, b): (Vec<&str>, Vec<&str>) =
            (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
        let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
        let most = a.len().min(b.len()) - head;
        let tail = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
        (a[head..a.len() - tail].concat(), b[head..b.len() - tail].concat())
    }

    #[test]
    fn edits_touch_their_lines_only() {
        let config = |key| [Some("config"), Some(key)];
        check(
            [Some("encryptionsalt"), None],
            Some("v1:new"),
            "encryptionsalt: v1:old  # made once\n",
            "encryptionsalt: v1:new  # made once\n",
        );
        check([Some("secretsprovider"), None], Some("x"), "", "secretsprovider: x\n");
        check(
            config("gcp:project"),
            Some("p2"),
            "  gcp:project: demo # the project\n",
            "  gcp:project: p2 # the project\n",
        );
        check(
            config("events:bucket"),
            Some("'5'"),
            "  \"events:bucket\": 'it''s # one'\n",
            "  \"events:bucket\": '5'\n",
        );
        check(
            config("events:key"),
            Some("plain"),
            "  events:key:\n    secure: v1:abc\n",
            "  events:key: plain\n",
        );
        check(
            config("gcp:project"),
            Some("{secure: v1:x}"),
            "  gcp:project: demo # the project\n",
            "  gcp:project: # the project\n    secure: v1:x\n",
        );
        check(config("events:list"), None, "  events:list:\n  - a\n  - b\n", "");
        check(config("events:new"), Some("[1, {a: b}]"), "", "  events:new:\n    - 1\n    - a: b\n");
        check(config("events:text"), Some("\"a\\nb\""), "", "  events:text: \"a\\nb\"\n");
        check(config("events:none"), None, "", "");
    }

    #[test]
    fn files_of_other_shapes() {
        let one = Value::from("1x");
        let key = [Some("config"), Some("a:b")];
        assert_eq!(set("", key, Some(&one)).unwrap(), "config:\n  a:b: 1x\n");
        assert_eq!(set("x: 1", key, Some(&one)).unwrap(), "x: 1\nconfig:\n  a:b: 1x\n");
        assert_eq!(set("config: {} # c\n", key, Some(&one)).unwrap(), "config: # c\n  a:b: 1x\n");
        assert_eq!(
            set("config:\r\n    c:d: 1\r\n", key, Some(&one)).unwrap(),
            "config:\r\n    c:d: 1\r\n    a:b: 1x\r\n"
        );
        assert_eq!(set("config: { c:d: 1 }\n", key, Some(&one)), None);
        assert_eq!(set("---\nx: 1\n", [Some("y"), None], Some(&one)).unwrap(), "---\ny: 1x\nx: 1\n");
        assert_eq!(set("config:\n  a:b: 1\n", key, None).unwrap(), "config:\n");
    }

    #[test]
    fn lines_of_keys() {
        assert_eq!(line_of(TEXT, &["config", "events:key", "secure"]), Some(10));
        assert_eq!(line_of(TEXT, &["config", "events:bucket"]), Some(7));
        assert_eq!(line_of(TEXT, &["config", "nothing"]), None);
    }

    proptest! {
        /// Whatever is written, each other line stays, and the file says what was meant.
        #[test]
        fn every_other_line_stays(
            values in prop::collection::vec((0..6_usize, "[ -~äß\n#:'\"]{0,12}"), 0..6),
            comments in prop::collection::vec("[ a-z#:]{0,8}", 6),
            key in 0..6_usize,
            value in "[ -~äß\n#:'\"]{0,12}",
        ) {
            let name = |it: usize| format!("events:k{it}");
            let mut text = "encryptionsalt: v1:x\nconfig:\n".to_owned();
            let mut used: Vec<usize> = Vec::new();
            for ((at, value), comment) in values.iter().zip(&comments) {
                if !used.contains(at) {
                    used.push(*at);
                    let quoted = serde_json::to_string(value).unwrap();
                    text += &format!("  # {comment}\n  {}: {quoted} # {comment}\n", name(*at));
                }
            }
            let value = Value::from(value);
            let edited = set(&text, [Some("config"), Some(&name(key))], Some(&value)).unwrap();
            let is_own = |line: &&str| line.trim_start().starts_with(&format!("{}:", name(key)));
            let others = |text: &str| -> Vec<String> { text.lines().filter(|it| !is_own(it)).map(str::to_owned).collect() };
            prop_assert_eq!(others(&text), others(&edited));
            let parsed: Value = serde_yaml::from_str(&edited).unwrap();
            prop_assert_eq!(&parsed["config"][name(key).as_str()], &value);
        }
    }
}
