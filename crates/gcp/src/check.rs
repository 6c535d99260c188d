//! What an API would refuse, found before it is asked.

use engine::{Input, Invalid, Seconds};

/// All that is wrong.
pub fn all<const N: usize>(found: [Option<Invalid>; N]) -> Vec<Invalid> {
    found.into_iter().flatten().collect()
}

/// A name that must look like `rule`, which `is_valid` decides and the message shows.
pub fn name(name: &Input<String>, rule: &str, is_valid: fn(&str) -> bool) -> Option<Invalid> {
    text("name", name, rule, is_valid)
}

/// A text that must look like `rule`, which `is_valid` decides and the message shows.
pub fn text(field: &str, value: &Input<String>, rule: &str, is_valid: fn(&str) -> bool) -> Option<Invalid> {
    let text = value.text()?;
    (!is_valid(text)).then(|| Invalid::new(field, format!("\"{text}\" does not match {rule}")))
}

/// A whole number within bounds.
pub fn between(field: &str, value: &Input<i64>, low: i64, high: i64) -> Option<Invalid> {
    let it = *value.value()?;
    (!(low..=high).contains(&it)).then(|| Invalid::new(field, format!("{it} is not between {low} and {high}")))
}

/// A span of time within bounds, in seconds.
pub fn seconds(field: &str, value: &Input<Seconds>, low: u64, high: u64) -> Option<Invalid> {
    let Seconds(it) = *value.value()?;
    (!(low..=high).contains(&it))
        .then(|| Invalid::new(field, format!("\"{it}s\" is not between \"{low}s\" and \"{high}s\"")))
}

/// A field that must be there.
pub fn required<T>(field: &str, value: &Input<T>) -> Option<Invalid> {
    value.is_unset().then(|| Invalid::new(field, "must be set"))
}

/// Pub/Sub: a letter, then 2 to 254 letters, digits and `-_.~+%`; not `goog…`.
pub fn pubsub_name(name: &str) -> bool {
    (3..=255).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.~+%".contains(&c))
        && !name.starts_with("goog")
}
