//! Where a field stands, and whether a rule speaks of it.

use std::fmt;

/// The way to a value: field names, and the items of lists and maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Field(String),
    /// A name that a person chose: a label.
    Key(String),
    Index(usize),
    /// An item told apart by what one of its fields says.
    Item(String),
}

impl Path {
    #[must_use]
    pub fn field(&self, name: &str) -> Path {
        self.with(Segment::Field(name.to_owned()))
    }
    #[must_use]
    pub fn key(&self, name: &str) -> Path {
        self.with(Segment::Key(name.to_owned()))
    }
    #[must_use]
    pub fn index(&self, at: usize) -> Path {
        self.with(Segment::Index(at))
    }
    #[must_use]
    pub fn item(&self, name: &str) -> Path {
        self.with(Segment::Item(name.to_owned()))
    }

    fn with(&self, segment: Segment) -> Path {
        let mut segments = self.0.clone();
        segments.push(segment);
        Path(segments)
    }

    /// The field at the top.
    pub fn top(&self) -> Option<&str> {
        match self.0.first() {
            Some(Segment::Field(name)) => Some(name),
            Some(Segment::Key(_) | Segment::Index(_) | Segment::Item(_)) | None => None,
        }
    }

    /// Whether this is a name in a map.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.0.last(), Some(Segment::Key(_)))
    }

    /// Whether a pattern such as `template.containers.*.image` or `schema.**.type` names exactly this.
    pub fn matches(&self, pattern: &str) -> bool {
        self.walk(pattern, false)
    }

    /// Whether a pattern names this or something this stands in.
    pub fn is_within(&self, pattern: &str) -> bool {
        self.walk(pattern, true)
    }

    fn walk(&self, pattern: &str, within: bool) -> bool {
        let pattern: Vec<&str> = pattern.split('.').collect();
        matches_from(&self.0, &pattern, within)
    }
}

fn matches_from(path: &[Segment], pattern: &[&str], within: bool) -> bool {
    match (path, pattern) {
        (_, []) => path.is_empty() || within,
        (_, ["**", rest @ ..]) => {
            matches_from(path, rest, within)
                || (!path.is_empty() && matches_from(&path[1..], pattern, within))
        }
        ([], _) => false,
        ([first, others @ ..], [want, rest @ ..]) => {
            let fits = match first {
                Segment::Field(name) => name == want || *want == "*",
                // A label's name may itself be what the pattern says.
                Segment::Key(name) => *want == "*" || name == want,
                Segment::Index(_) | Segment::Item(_) => *want == "*",
            };
            fits && matches_from(others, rest, within)
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if i == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Key(name) if name.contains(['.', '/', ' ', '[']) => write!(f, "[\"{name}\"]")?,
                Segment::Key(name) => write!(f, ".{name}")?,
                Segment::Index(at) => write!(f, "[{at}]")?,
                Segment::Item(name) => write!(f, "[{name}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let image = Path::default().field("template").field("containers").index(0).field("image");
        assert_eq!(image.to_string(), "template.containers[0].image");
        assert!(image.matches("template.containers.*.image"));
        assert!(image.matches("**.image"));
        assert!(!image.matches("template.containers"));
        assert!(image.is_within("template.containers"));
        assert!(image.is_within("template"));
        assert!(!image.is_within("template.volumes"));
        let label = Path::default().field("labels").key("a/b");
        assert_eq!(label.to_string(), "labels[\"a/b\"]");
        assert!(label.matches("labels.*") && label.is_within("labels"));
    }
}
