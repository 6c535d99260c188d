//! What a field may hold, so that two spellings of one value compare as equal.

/// The type of a field, as far as comparing, sending and printing need it.
#[derive(Debug)]
pub enum Shape {
    /// Any JSON: compared as it stands.
    Any,
    Bool,
    /// A JSON number.
    Int,
    /// An integer that travels as text: `"604800"`.
    Int64,
    Double,
    Text,
    /// Base64.
    Bytes,
    /// Seconds with an `s`: `"3.5s"`. `"60s"`, `"060s"` and `"60.000s"` are one duration.
    Duration,
    /// RFC 3339. `…:00Z`, `…:00.000Z` and `…:00+00:00` are one instant.
    Timestamp,
    /// One of a closed list of texts.
    Enum,
    /// Ordered, unless a [`Rule::Set`](crate::Rule::Set) says otherwise.
    List(&'static Shape),
    /// Names that the person chooses: labels, environment. Each name is owned by itself.
    Map(&'static Shape),
    Message(&'static Message),
}

/// An object with named fields.
#[derive(Debug)]
pub struct Message {
    /// Google's name for it, such as `GoogleCloudRunV2Container`.
    pub name: &'static str,
    /// In alphabetical order.
    pub fields: &'static [Field],
}

/// A field of a [`Message`].
#[derive(Debug)]
pub struct Field {
    /// As it stands in JSON: `ackDeadlineSeconds`.
    pub name: &'static str,
    pub shape: Shape,
    /// Only the server sets it.
    pub output: bool,
}

impl Message {
    /// The field of this JSON name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.binary_search_by(|it| it.name.cmp(name)).ok().map(|i| &self.fields[i])
    }
}
