//! What a type cannot say of a field: that it cannot change, what it is when nobody sets it.

/// A decision about one field of a kind, named by a path as in [`Pattern`](crate::Pattern):
/// `template.containers[*].image`, `**` for any depth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Changing it means deleting the resource and making another.
    Immutable(&'static str),
    /// What the server has when nobody sets the field, as JSON text: `Default("ackDeadlineSeconds", "10")`.
    Default(&'static str, &'static str),
    /// A list whose order means nothing.
    Set(&'static str),
    /// A list whose order means nothing and whose items are told apart by this field: `Keyed("env", "name")`.
    Keyed(&'static str, &'static str),
    /// Upper and lower case are one.
    CaseInsensitive(&'static str),
    /// Two spellings of one value, ours and the server's.
    Alias(&'static str, &'static [(&'static str, &'static str)]),
    /// White space around it means nothing.
    Trimmed(&'static str),
    /// Text that holds JSON, which the server writes anew.
    Json(&'static str),
    /// Text compared as text whatever JSON type the server stored: `"1"` and `1` are one.
    Stringly(&'static str),
    /// Taken and never given back: compared with what was declared last time alone.
    InputOnly(&'static str),
    /// Not to be shown.
    Secret(&'static str),
    /// A zero, `false` or empty text is not the same as no value.
    Presence(&'static str),
    /// A resource's name, where the project may come back as its number, and a short name as a full one.
    Name(&'static str),
    /// The server adds this ending, which is not ours to compare: `/cryptoKeyVersions/`.
    Suffix(&'static str, &'static str),
    /// A message in which what is not declared must not be there: `expirationPolicy: {}` means never, and
    /// not "whatever is live".
    Whole(&'static str),
    /// Columns of a table: items may be added at the end or loosened in place; any other change replaces.
    Columns(&'static str),
    /// A list to which nothing is added and from which nothing is taken: that means making the resource anew.
    FixedItems(&'static str),
    /// This field names a resource that this one cannot outlive: replacing that one replaces this one.
    Bound(&'static str),
}
