//! What an API would refuse, found before it is asked.

use engine::{Input, Invalid, Seconds};

/// All that is wrong.
pub fn all<const N: usize>(found: [Option<Invalid>; N]) -> Vec<Invalid> {
    found.into_iter().flatten().collect()
}

/// A text that must look like `rule`, which `is_valid` decides and the message shows.
pub fn text(field: &str, value: &Input<String>, rule: &str, is_valid: fn(&str) -> bool) -> Option<Invalid> {
    let text = value.text()?;
    (!is_valid(text)).then(|| Invalid::new(field, format!("\"{text}\" does not match {rule}")))
}

/// A whole number within bounds.
pub fn between(field: &str, value: &Input<i64>, low: i64, high: i64) -> Option<Invalid> {
    let it = *value.value()?;
    (!(low..=high).contains(&it))
        .then(|| Invalid::new(field, format!("{it} is not between {low} and {high}")))
}

/// A span of time within bounds, in seconds.
pub fn seconds(field: &str, value: &Input<Seconds>, low: u64, high: u64) -> Option<Invalid> {
    let it = value.value()?.whole();
    (!(low..=high).contains(&it))
        .then(|| Invalid::new(field, format!("\"{it}s\" is not between \"{low}s\" and \"{high}s\"")))
}

/// A field that must be there.
pub fn required<T>(field: &str, value: &Input<T>) -> Option<Invalid> {
    value.is_unset().then(|| Invalid::new(field, "must be set"))
}

/// At most one of these may be set; each that is too many is told.
pub fn at_most_one(fields: &[(&str, bool)]) -> Vec<Invalid> {
    let mut set = fields.iter().filter(|(_, it)| *it).map(|(name, _)| *name);
    let Some(first) = set.next() else { return Vec::new() };
    set.map(|it| Invalid::new(it, format!("cannot be set beside {first}"))).collect()
}

/// One of these must be set, and no other.
pub fn exactly_one(fields: &[(&str, bool)]) -> Vec<Invalid> {
    if fields.iter().any(|(_, it)| *it) {
        return at_most_one(fields);
    }
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    fields
        .first()
        .map(|(name, _)| Invalid::new(name, format!("one of {} must be set", names.join(", "))))
        .into_iter()
        .collect()
}

/// Letters, digits, `-` and `_`, at least one and at most so many.
pub fn word(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
}

/// RFC 1035: a lower-case letter, then lower-case letters, digits and hyphens, no hyphen last.
pub fn dns_label(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

/// A project's id: 6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last; old ones
/// have a domain before it (`example.com:p`).
pub fn project_id(id: &str) -> bool {
    let id = id.rsplit_once(':').map_or(id, |(_, id)| id);
    (6..=30).contains(&id.len()) && dns_label(id)
}

/// Pub/Sub: a letter, then 2 to 254 letters, digits and `-_.~+%`; not `goog…`.
pub fn pubsub_name(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.~+%".contains(&c))
        && !name.starts_with("goog")
}
