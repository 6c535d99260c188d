//! Addresses of fields within a resource: one grammar for plans, options, rules and facts.
//!
//! - `template.containers[0].image`: fields, and an item of a list by its place.
//! - `env[NAME]`, `labels.team`, `labels["a.b"]`: an item of a keyed list by its key, a name in a map; quotes where a
//!   name holds a character of this grammar.
//! - `containers[*].image`: every item of a list or every name in a map.
//! - `schema.**.type`: at any depth.

mod text;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use serde_json::Value;

use crate::nearest::nearest;
use crate::{Message, Shape};

/// Where one value stands in a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Field(String),
    /// A name in a map, such as a label's.
    Key(String),
    Index(usize),
    /// An item of a keyed list, by its key.
    Item(String),
}

/// One or many places in a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// `name`, after a dot or at the start.
    Name(String),
    /// `[name]` or `["name"]`.
    Bracket(String),
    Index(usize),
    /// `[*]`
    Any,
    /// `**`
    Deep,
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("a path is empty")]
    Empty,
    #[error("the path {path:?} has an empty name at character {at}")]
    EmptyName { path: String, at: usize },
    #[error("the path {path:?} has a bracket without its end at character {at}")]
    Open { path: String, at: usize },
    #[error("the path {path:?} has an unexpected {found:?} at character {at}")]
    Unexpected { path: String, at: usize, found: char },
    #[error("the path {path:?} has quotes that hold no JSON text at character {at}")]
    Quotes { path: String, at: usize },
}

/// A path that names no field of a kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path:?} names no field: {within} has no {name:?}")]
pub struct NoField {
    pub path: String,
    /// The part of the path that does exist; the kind's name for the top.
    pub within: String,
    pub name: String,
    /// The whole path with the nearest name there is.
    pub nearest: Option<String>,
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

    /// Whether this is a field at the top, and this one.
    pub fn is_top(&self, name: &str) -> bool {
        self.0.len() == 1 && self.top() == Some(name)
    }

    /// Whether this is a name in a map.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.0.last(), Some(Segment::Key(_)))
    }

    /// Whether a rule's pattern names exactly this.
    pub(crate) fn matches(&self, rule: &'static str) -> bool {
        Pattern::of_rule(rule).matches(self)
    }

    /// Whether a rule's pattern names this or something this stands in.
    pub(crate) fn is_within(&self, rule: &'static str) -> bool {
        Pattern::of_rule(rule).covers(self)
    }

    /// Whether this is an item of the list, or a name in the map, that a rule's pattern names.
    pub(crate) fn is_item_of(&self, rule: &'static str) -> bool {
        match self.0.split_last() {
            Some((Segment::Key(_) | Segment::Index(_) | Segment::Item(_), above)) => {
                fits(above, &Pattern::of_rule(rule).0, Extent::Exact)
            }
            Some((Segment::Field(_), _)) | None => false,
        }
    }
}

/// How much of a path a pattern must cover.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    Exact,
    /// The pattern names the path or something that the path stands in.
    Prefix,
    /// The pattern names something inside the path.
    Below,
}

impl Pattern {
    /// The pattern that a kind's rule holds. Parsed once; `gcp`'s tests hold every rule to the grammar, and a text that
    /// is none names nothing.
    pub(crate) fn of_rule(text: &'static str) -> &'static Pattern {
        static KNOWN: RwLock<Option<HashMap<&'static str, &'static Pattern>>> = RwLock::new(None);
        // The map is only ever added to, so a panic elsewhere leaves it usable.
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.as_ref().and_then(|it| it.get(text)) {
            return found;
        }
        drop(known);
        let parsed = text.parse().unwrap_or(Pattern(Vec::new()));
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert_default().entry(text).or_insert_with(|| Box::leak(Box::new(parsed)))
    }

    /// Whether this names exactly a path.
    pub fn matches(&self, path: &Path) -> bool {
        fits(&path.0, &self.0, Extent::Exact)
    }

    /// Whether this names a path or something that it stands in.
    pub fn covers(&self, path: &Path) -> bool {
        fits(&path.0, &self.0, Extent::Prefix)
    }

    /// Whether this may name something inside a path.
    pub fn reaches_into(&self, path: &Path) -> bool {
        fits(&path.0, &self.0, Extent::Below)
    }

    /// Whether this names places at any depth.
    pub(crate) fn is_deep(&self) -> bool {
        self.0.contains(&Part::Deep)
    }

    /// The values inside `value`, which stands at `path`, that this names; a value that is unknown stands for itself.
    pub(crate) fn within<'a>(&self, path: &Path, value: &'a Value) -> Vec<(Path, &'a Value)> {
        let mut found = Vec::new();
        self.collect(path, value, &mut found);
        found
    }

    fn collect<'a>(&self, path: &Path, value: &'a Value, found: &mut Vec<(Path, &'a Value)>) {
        if self.matches(path) {
            found.push((path.clone(), value));
        }
        if !self.reaches_into(path) {
            return;
        }
        match value {
            // A name matches alike whether it is a field's or a map's.
            Value::Object(map) => map.iter().for_each(|(k, v)| self.collect(&path.field(k), v, found)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, it)| self.collect(&path.index(i), it, found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Whether this names a field of a kind, whose inputs beyond its API's message are `others`.
    ///
    /// # Errors
    /// The name that does not exist, and the nearest that does.
    pub fn check(&self, message: &'static Message, others: &[&str]) -> Result<(), NoField> {
        if let [Part::Name(name), ..] = self.0.as_slice()
            && others.contains(&name.as_str())
        {
            return Ok(());
        }
        check_message(message, &self.0, &mut Vec::new()).map_err(|mut wrong| {
            // The top's other inputs are as good a suggestion as a field.
            if wrong.at == 0 {
                wrong.nearest = nearest(
                    &wrong.name,
                    message.fields.iter().map(|it| it.name).chain(others.iter().copied()),
                );
            }
            let within = match wrong.at {
                0 => message.name.to_owned(),
                at => Pattern(self.0[..at].to_vec()).to_string(),
            };
            let nearest = wrong.nearest.map(|name| {
                let mut parts = self.0.clone();
                parts[wrong.at] = Part::Name(name);
                Pattern(parts).to_string()
            });
            NoField { path: self.to_string(), within, name: wrong.name, nearest }
        })
    }
}

/// The part of a pattern that names nothing.
struct Wrong {
    at: usize,
    name: String,
    nearest: Option<String>,
}

fn check_message(
    message: &'static Message,
    parts: &[Part],
    seen: &mut Vec<(&'static str, usize)>,
) -> Result<(), Wrong> {
    let Some((first, rest)) = parts.split_first() else { return Ok(()) };
    let deeper = |field: &'static crate::Field, seen: &mut _| {
        check_shape(&field.shape, rest, seen).map_err(|it| Wrong { at: it.at + 1, ..it })
    };
    match first {
        Part::Name(name) | Part::Bracket(name) => match message.field(name) {
            Some(field) => deeper(field, seen),
            None => Err(Wrong {
                at: 0,
                name: name.clone(),
                nearest: nearest(name, message.fields.iter().map(|it| it.name)),
            }),
        },
        Part::Any => match message.fields.iter().map(|it| deeper(it, seen)).find(Result::is_ok) {
            Some(_) => Ok(()),
            None => Err(Wrong { at: 0, name: "[*]".to_owned(), nearest: None }),
        },
        Part::Index(at) => Err(Wrong { at: 0, name: format!("[{at}]"), nearest: None }),
        Part::Deep => {
            // Messages may hold themselves.
            if seen.contains(&(message.name, parts.len())) {
                return Err(Wrong { at: 1, name: shown(rest), nearest: None });
            }
            seen.push((message.name, parts.len()));
            let here = check_message(message, rest, seen).map_err(|it| Wrong { at: it.at + 1, ..it });
            let below =
                |seen: &mut _| message.fields.iter().any(|it| check_shape(&it.shape, parts, seen).is_ok());
            match here {
                Ok(()) => Ok(()),
                Err(_) if below(seen) => Ok(()),
                Err(wrong) => Err(wrong),
            }
        }
    }
}

fn check_shape(
    shape: &'static Shape,
    parts: &[Part],
    seen: &mut Vec<(&'static str, usize)>,
) -> Result<(), Wrong> {
    let Some((first, rest)) = parts.split_first() else { return Ok(()) };
    match (shape, first) {
        (Shape::Message(message), _) => check_message(message, parts, seen),
        (Shape::Any, _) => Ok(()),
        (Shape::List(inner) | Shape::Map(inner), Part::Deep) => check_shape(inner, parts, seen),
        (Shape::Map(inner), _) | (Shape::List(inner), Part::Index(_) | Part::Any | Part::Bracket(_)) => {
            check_shape(inner, rest, seen).map_err(|it| Wrong { at: it.at + 1, ..it })
        }
        // `containers.image`: the items' brackets are missing.
        (Shape::List(_), Part::Name(name)) => {
            Err(Wrong { at: 0, name: name.clone(), nearest: Some(format!("[*].{name}")) })
        }
        (_, Part::Deep) if rest.is_empty() => Ok(()),
        _ => Err(Wrong { at: 0, name: shown(&parts[..1]), nearest: None }),
    }
}

fn shown(parts: &[Part]) -> String {
    Pattern(parts.to_vec()).to_string()
}

fn fits(path: &[Segment], parts: &[Part], extent: Extent) -> bool {
    match (path, parts) {
        ([], []) => extent != Extent::Below,
        ([], [Part::Deep, rest @ ..]) => extent == Extent::Below || fits(path, rest, extent),
        ([], _) => extent == Extent::Below,
        (_, []) => extent == Extent::Prefix,
        ([_, others @ ..], [Part::Deep, rest @ ..]) => {
            fits(path, rest, extent) || fits(others, parts, extent)
        }
        ([segment, others @ ..], [part, rest @ ..]) => is_named(segment, part) && fits(others, rest, extent),
    }
}

fn is_named(segment: &Segment, part: &Part) -> bool {
    match (segment, part) {
        (
            Segment::Field(name) | Segment::Key(name) | Segment::Item(name),
            Part::Name(want) | Part::Bracket(want),
        ) => name == want,
        // A key may be a number.
        (Segment::Key(name) | Segment::Item(name), Part::Index(want)) => *name == want.to_string(),
        (Segment::Index(at), Part::Index(want)) => at == want,
        (Segment::Index(_), Part::Name(_) | Part::Bracket(_)) | (Segment::Field(_), Part::Index(_)) => false,
        (_, Part::Any | Part::Deep) => true,
    }
}

/// The value at a path of names and places, if it is there.
pub(crate) fn at_path<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let Pattern(parts) = path.parse().ok()?;
    parts.iter().try_fold(value, |at, part| match part {
        Part::Name(name) | Part::Bracket(name) => at.get(name),
        Part::Index(place) => at.get(place),
        Part::Any | Part::Deep => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;
    use serde_json::json;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    fn root() -> Path {
        Path::default()
    }

    fn image() -> Path {
        root().field("template").field("containers").index(0).field("image")
    }

    #[test]
    fn what_is_printed_names_what_it_was_printed_of() {
        let labels = root().field("labels");
        let env = root().field("env");
        for (path, text) in [
            (image(), "template.containers[0].image"),
            (labels.key("team"), "labels.team"),
            (labels.key("a.b/c"), "labels[\"a.b/c\"]"),
            (labels.key("**"), "labels[\"**\"]"),
            (labels.key("say \"hi\"]"), "labels[\"say \\\"hi\\\"]\"]"),
            (labels.key(""), "labels[\"\"]"),
            (labels.key("7"), "labels.7"),
            (env.item("NAME").field("value"), "env[NAME].value"),
            (env.item("a.b").field("value"), "env[a.b].value"),
            (env.item("7"), "env[\"7\"]"),
            (env.item("*"), "env[\"*\"]"),
            (env.item(""), "env[\"\"]"),
            (root().field("texts").index(12), "texts[12]"),
        ] {
            assert_eq!(path.to_string(), text);
            let parsed = pattern(text);
            assert!(parsed.matches(&path), "{text}");
            assert!(parsed.covers(&path.field("below")) && !parsed.covers(&root().field("other")), "{text}");
            assert_eq!(parsed.to_string().parse(), Ok(parsed), "{text}");
        }
    }

    #[test]
    fn many_at_once() {
        let image = image();
        for text in
            ["template.containers[*].image", "**.image", "template.**.image", "template.containers.**", "**"]
        {
            assert!(pattern(text).matches(&image), "{text}");
        }
        for text in
            ["template.containers", "template.containers[1].image", "**.images", "containers[*].image"]
        {
            assert!(!pattern(text).matches(&image), "{text}");
        }
        assert!(pattern("template.containers").covers(&image) && pattern("template").covers(&image));
        assert!(!pattern("template.volumes").covers(&image));
        assert!(pattern("labels[*]").matches(&root().field("labels").key("a/b")));
        let containers = root().field("template").field("containers");
        for text in ["template.containers[*].image", "**.image", "template.containers[0]", "template.**.x"] {
            assert!(pattern(text).reaches_into(&containers), "{text}");
        }
        for text in ["template.containers", "template", "template.volumes[*].name"] {
            assert!(!pattern(text).reaches_into(&containers), "{text}");
        }
        assert!(containers.index(3).is_item_of("template.containers"));
        assert!(!containers.is_item_of("template"));
    }

    #[test]
    fn what_stands_inside() {
        let value = json!([{ "image": "a", "env": [{ "image": "x" }] }, { "image": "b" }]);
        let containers = root().field("template").field("containers");
        let found = |text: &str| -> Vec<String> {
            let all = pattern(text);
            all.within(&containers, &value).into_iter().map(|(at, it)| format!("{at}={it}")).collect()
        };
        assert_eq!(
            found("template.containers[*].image"),
            ["template.containers[0].image=\"a\"", "template.containers[1].image=\"b\""]
        );
        assert_eq!(found("**.image").len(), 3);
        assert!(found("template.volumes[*].image").is_empty());
    }

    #[test]
    fn no_paths() {
        let error = |text: &str| text.parse::<Pattern>().unwrap_err().to_string();
        assert_eq!(error(""), "a path is empty");
        assert_eq!(error("a..b"), "the path \"a..b\" has an empty name at character 3");
        assert_eq!(error("a."), "the path \"a.\" has an empty name at character 3");
        assert_eq!(error("a[0"), "the path \"a[0\" has a bracket without its end at character 2");
        assert_eq!(error("a[\"b]"), "the path \"a[\\\"b]\" has quotes that hold no JSON text at character 3");
        assert_eq!(error("a.*.b"), "the path \"a.*.b\" has an unexpected '*' at character 2");
        assert_eq!(error("a[0]b"), "the path \"a[0]b\" has an unexpected 'b' at character 5");
    }

    static INNER: Message = Message {
        name: "Inner",
        fields: &[
            Field { name: "image", shape: Shape::Text, output: false },
            Field { name: "inner", shape: Shape::List(&Shape::Message(&INNER)), output: false },
        ],
    };
    static OUTER: Message = Message {
        name: "Outer",
        fields: &[
            Field { name: "containers", shape: Shape::List(&Shape::Message(&INNER)), output: false },
            Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
            Field { name: "texts", shape: Shape::List(&Shape::Text), output: false },
        ],
    };

    #[test]
    fn a_path_must_name_a_field() {
        let check = |text: &str| pattern(text).check(&OUTER, &["forceDestroy"]);
        for text in [
            "labels",
            "labels.any",
            "labels[\"a.b\"]",
            "containers[0].image",
            "containers[*].inner[name].image",
            "containers[*].**.image",
            "**.image",
            "texts[3]",
            "forceDestroy",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        let nearest = |text: &str| check(text).unwrap_err().nearest.unwrap_or_default();
        assert_eq!(nearest("label"), "labels");
        assert_eq!(nearest("forcedestroy"), "forceDestroy");
        assert_eq!(nearest("containers[0].imag"), "containers[0].image");
        assert_eq!(nearest("containers.image"), "containers[*].image");
        assert_eq!(
            check("containers[0].imag").unwrap_err().to_string(),
            "\"containers[0].imag\" names no field: containers[0] has no \"imag\""
        );
        for text in ["**.nothing", "texts.a", "labels.a.b", "containers[0][1]", "containers[*].inner.nothing"]
        {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
