//! Reads and writes JSON as Python does, so that answers keep the bytes that Flask gave them.
//!
//! serde_json cannot: it writes floats and non-ASCII text differently, and forgets integers beyond 64 bits.
//! Two things are not as in Python: `NaN` and `Infinity` are not JSON here, and a number too large for a float
//! is not either, since Python would write it as `Infinity`, which no other reader takes.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

/// A JSON value. Keys are sorted by code point, as Python's `sort_keys` does; the last of equal keys wins.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    /// Decimal digits with an optional sign, of any length.
    Int(String),
    Float(f64),
    Text(Text),
    List(Vec<Json>),
    Map(BTreeMap<Text, Json>),
}

/// Text as Python has it: code points, among which halves of surrogate pairs may stand alone. Kept as WTF-8, which is
/// UTF-8 but for those halves, and whose bytes sort as code points do.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Vec<u8>);

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text(text.as_bytes().to_vec())
    }
}

impl Borrow<[u8]> for Text {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl Text {
    /// The text for a person: what is not Unicode is U+FFFD.
    pub fn shown(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    fn push_str(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Appends a code point below 0x110000, which may be half of a pair.
    fn push(&mut self, code: u32) {
        match char::from_u32(code) {
            Some(it) => self.push_str(it.encode_utf8(&mut [0; 4])),
            // Six bits in each byte, as UTF-8 has it for its neighbours.
            None => self.0.extend([0xed, 0x80 | ((code >> 6) & 0x3f) as u8, 0x80 | (code & 0x3f) as u8]),
        }
    }

    fn write(&self, out: &mut String) {
        out.push('"');
        let mut rest = self.0.as_slice();
        loop {
            let valid = match str::from_utf8(rest) {
                Ok(text) => {
                    write_characters(text, out);
                    break;
                }
                Err(half) => half.valid_up_to(),
            };
            write_characters(str::from_utf8(&rest[..valid]).unwrap_or_default(), out);
            // Only `push` writes bytes that are not UTF-8, three for each half.
            let [_, high, low, after @ ..] = &rest[valid..] else { break };
            out.push_str(&format!("\\ud{:03x}", u32::from(high & 0x3f) << 6 | u32::from(low & 0x3f)));
            rest = after;
        }
        out.push('"');
    }
}

/// BigQuery takes no JSON that is nested deeper, and Python would give up soon after.
const DEEPEST: usize = 500;
/// Python refuses to turn more digits into an integer.
const MOST_DIGITS: usize = 4300;

/// The value that `text` is, if it is JSON.
pub fn parse(text: &str) -> Option<Json> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Json) -> Option<Json> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())?;
        Some(value)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > DEEPEST {
            return None;
        }
        self.space();
        match self.peek()? {
            b'n' => self.word("null", Json::Null),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => self.list(depth),
            b'{' => self.map(depth),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        self.take(b'[')?;
        let mut items = Vec::new();
        self.space();
        if self.take(b']').is_some() {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']').is_some() {
                return Some(Json::List(items));
            }
            self.take(b',')?;
        }
    }

    fn map(&mut self, depth: usize) -> Option<Json> {
        self.take(b'{')?;
        let mut entries = BTreeMap::new();
        self.space();
        if self.take(b'}').is_some() {
            return Some(Json::Map(entries));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.take(b':')?;
            entries.insert(key, self.value(depth + 1)?);
            self.space();
            if self.take(b'}').is_some() {
                return Some(Json::Map(entries));
            }
            self.take(b',')?;
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        let _ = self.take(b'-');
        if self.take(b'0').is_none() && self.digits() == 0 {
            return None;
        }
        let mut whole = true;
        if self.take(b'.').is_some() {
            whole = false;
            (self.digits() > 0).then_some(())?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            (self.digits() > 0).then_some(())?;
        }
        let text = &self.text[start..self.at];
        if !whole {
            return text.parse().ok().filter(|it: &f64| it.is_finite()).map(Json::Float);
        }
        // An integer has no negative zero.
        let text = if text == "-0" { "0" } else { text };
        (text.trim_start_matches('-').len() <= MOST_DIGITS).then(|| Json::Int(text.to_owned()))
    }

    fn string(&mut self) -> Option<Text> {
        self.take(b'"')?;
        let mut out = Text::default();
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            out.push_str(&self.text[start..self.at]);
            if self.take(b'"').is_some() {
                return Some(out);
            }
            // What is left besides a backslash is a control character, which must be escaped.
            self.take(b'\\')?;
            out.push(self.escape()?);
        }
    }

    /// The code point that an escape stands for.
    fn escape(&mut self) -> Option<u32> {
        let kind = self.peek()?;
        self.at += 1;
        Some(match kind {
            b'"' | b'\\' | b'/' => kind.into(),
            b'b' => 0x8,
            b'f' => 0xc,
            b'n' => 0xa,
            b'r' => 0xd,
            b't' => 0x9,
            b'u' => {
                let first = self.hex()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return Some(first);
                }
                let back = self.at;
                if self.take(b'\\').is_some()
                    && self.take(b'u').is_some()
                    && let Some(second @ 0xdc00..0xe000) = self.hex()
                {
                    return Some(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
                }
                self.at = back;
                first
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let text = self.text.get(self.at..self.at + 4)?;
        // from_str_radix would take a sign.
        let digits = text.bytes().all(|it| it.is_ascii_hexdigit()).then_some(text)?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

impl Json {
    /// Appends the value: compact, keys sorted, ASCII only.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Int(digits) => out.push_str(digits),
            Json::Float(value) => write_float(*value, out),
            Json::Text(text) => text.write(out),
            Json::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Map(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    key.write(out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Appends `text` in quotes, everything beyond ASCII as `\uXXXX`.
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    write_characters(text, out);
    out.push('"');
}

fn write_characters(text: &str, out: &mut String) {
    for it in text.chars() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(it),
            it => {
                for half in it.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{half:04x}"));
                }
            }
        }
    }
}

/// The shortest digits that read back as the same float, in Python's clothes: `1e+16`, `1e-05`, `100.0`.
fn write_float(value: f64, out: &mut String) {
    let shortest = format!("{value:e}");
    let places =
        shortest.split('e').next().map_or(0, |it| it.trim_start_matches('-').len().saturating_sub(2));
    // Of two equally short and equally near ones Rust's shortest takes the larger, Python the even.
    let even = format!("{value:.places$e}");
    let scientific = if even.parse() == Ok(value) { even } else { shortest };
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("{digits}e{sign}{:02}", exponent.unsigned_abs()));
        return;
    }
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let digits = digits.replace('.', "");
    out.push_str(sign);
    match usize::try_from(exponent) {
        Ok(exponent) => {
            let whole = digits.get(..=exponent).unwrap_or(&digits);
            let rest = digits.get(exponent + 1..).filter(|it| !it.is_empty());
            let zeros = "0".repeat((exponent + 1).saturating_sub(digits.len()));
            out.push_str(&format!("{whole}{zeros}.{}", rest.unwrap_or("0")));
        }
        Err(_) => {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
            out.push_str(&format!("0.{zeros}{digits}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn again(text: &str) -> Option<String> {
        let mut out = String::new();
        parse(text)?.write(&mut out);
        Some(out)
    }

    #[test]
    fn what_python_would_make_invalid_is_not_json() {
        for text in ["NaN", "Infinity", "-Infinity", "1e400", "", "[", "\"\u{1}\"", "\"\\u+123\"", "1 2"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"9".repeat(5000)), None);
    }

    #[test]
    fn halves_of_pairs_stay() {
        for (text, want) in [
            (r#""\ud800x""#, r#""\ud800x""#),
            (r#""\ud83d\u0041""#, r#""\ud83dA""#),
            (r#""\uDFFF\uD800""#, r#""\udfff\ud800""#),
            (r#""\ud83d\ude00\ud83d""#, r#""\ud83d\ude00\ud83d""#),
            // Sorted by code point: the half comes before U+E000, and that before what lies beyond 16 bits.
            (r#"{"\ud83d\ude00":1,"\ue000":2,"\udc00":3}"#, r#"{"\udc00":3,"\ue000":2,"\ud83d\ude00":1}"#),
        ] {
            assert_eq!(again(text).as_deref(), Some(want));
        }
        let Some(Json::Text(half)) = parse(r#""a\ud800b""#) else { panic!("a text") };
        assert!(half.shown().starts_with("a\u{fffd}") && half.shown().ends_with('b'));
    }

    #[test]
    fn depth_has_a_bound() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(500)).is_some());
        assert!(parse(&nested(100_000)).is_none());
    }

    /// Any code points; two halves that would make a pair are a pair once they are read back.
    fn text() -> impl Strategy<Value = Text> {
        let code = prop_oneof![any::<char>().prop_map(u32::from), 0xd800..0xdc00u32];
        prop::collection::vec(code, 0..8).prop_map(|codes| {
            let mut text = Text::default();
            codes.into_iter().for_each(|it| text.push(it));
            text
        })
    }

    fn values() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<i128>().prop_map(|it| Json::Int(it.to_string())),
            any::<f64>().prop_filter("finite", |it| it.is_finite()).prop_map(Json::Float),
            text().prop_map(Json::Text),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::List),
                prop::collection::btree_map(text(), inner, 0..6).prop_map(Json::Map),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_back_what_it_writes(value in values()) {
            let mut out = String::new();
            value.write(&mut out);
            prop_assert!(out.is_ascii());
            prop_assert_eq!(parse(&out), Some(value));
            // And others can read it, but for lone halves.
            let half = out.contains("\\ud");
            prop_assert!(half || serde_json::from_str::<serde_json::Value>(&out).is_ok());
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn takes_what_serde_takes(text in r#"[\[\]{}",:0-9eE.+\\u -]{0,12}"#) {
            let serde = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            let half = text.contains("\\u") || text.contains('e') || text.contains('E');
            prop_assert!(half || parse(&text).is_some() == serde, "{}", text);
        }
    }
}
