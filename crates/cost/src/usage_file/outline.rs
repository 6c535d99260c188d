//! Where the keys of a YAML text are, so that it can be edited as text and its mistakes be shown.

use std::collections::HashMap;

/// A key on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// From 0.
    pub line: usize,
    pub indent: usize,
    pub name: String,
    /// What stands after the colon, without a comment.
    pub value: String,
    /// The place of the key that it is in.
    pub parent: Option<usize>,
    /// The last line of what it holds, itself where it holds nothing.
    pub end: usize,
}

/// All keys of a text in their order. Maps in braces are values and have none.
#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    pub keys: Vec<Key>,
    /// By the place of what they are in, and name.
    places: HashMap<(Option<usize>, String), usize>,
}

impl Outline {
    pub(super) fn of(text: &str) -> Outline {
        let mut keys: Vec<Key> = Vec::new();
        // The keys that the present line may be in.
        let mut open: Vec<usize> = Vec::new();
        for (line, full) in text.lines().enumerate() {
            let content = full.trim_start();
            if content.is_empty() || content.starts_with('#') || content.starts_with("---") {
                continue;
            }
            let indent = full.len() - content.len();
            let item = content.starts_with("- ") || content == "-";
            // Items of a list may stand right below its key.
            while let Some(last) = open.last().copied()
                && (keys[last].indent > indent || keys[last].indent == indent && !item)
            {
                open.pop();
            }
            for it in &open {
                keys[*it].end = line;
            }
            if item {
                continue;
            }
            if let Some((name, value)) = split(content) {
                keys.push(Key { line, indent, name, value, parent: open.last().copied(), end: line });
                open.push(keys.len() - 1);
            }
        }
        let places =
            keys.iter().enumerate().map(|(index, it)| ((it.parent, it.name.clone()), index)).collect();
        Outline { keys, places }
    }

    /// The place of a key in another, or at the root.
    pub(super) fn child(&self, parent: Option<usize>, name: &str) -> Option<usize> {
        self.places.get(&(parent, name.to_owned())).copied()
    }

    /// The line of a path, or of as much of it as has one; from 1.
    pub(super) fn line(&self, path: &[&str]) -> Option<usize> {
        let mut at = None;
        for name in path {
            match self.child(at, name) {
                Some(found) => at = Some(found),
                None => break,
            }
        }
        at.map(|it| self.keys[it].line + 1)
    }
}

/// A line's key and value; `None` if it has no key.
fn split(content: &str) -> Option<(String, String)> {
    let (name, rest) = match content.chars().next()? {
        quote @ ('"' | '\'') => {
            let end = content[1..].find(quote)? + 1;
            (content[1..end].to_owned(), content[end + 1..].trim_start().strip_prefix(':')?)
        }
        _ => {
            let end = content.find(": ").or_else(|| content.trim_end().strip_suffix(':').map(str::len))?;
            (content[..end].trim_end().to_owned(), &content[end + 1..])
        }
    };
    let rest = if rest.trim_start().starts_with('#') { "" } else { rest };
    let value = rest.find(" #").map_or(rest, |it| &rest[..it]);
    Some((name, value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_know_their_line_their_parent_and_their_end() {
        let text = "# about\nversion: 0.1\nresource_usage:\n  google_x.y[\"a:b\"]: # why\n    a: 1 # one\n\n    \
                    \"b\":\n      c: 2\n      d:\n      - 1\n      - 2\n  'z': {a: 1}\n";
        let outline = Outline::of(text);
        let told: Vec<_> =
            outline.keys.iter().map(|it| (it.line, it.name.as_str(), it.value.as_str(), it.end)).collect();
        assert_eq!(
            told,
            [
                (1, "version", "0.1", 1),
                (2, "resource_usage", "", 11),
                (3, "google_x.y[\"a:b\"]", "", 10),
                (4, "a", "1", 4),
                (6, "b", "", 10),
                (7, "c", "2", 7),
                (8, "d", "", 10),
                (11, "z", "{a: 1}", 11),
            ]
        );
        assert_eq!(outline.line(&["resource_usage", "z", "a"]), Some(12));
        assert_eq!(outline.line(&["nothing"]), None);
    }
}
