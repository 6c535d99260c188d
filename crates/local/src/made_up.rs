//! What Google makes up: ids, etags, numbers.

use std::hash::{BuildHasher, Hasher, RandomState};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// 64 random bits. Not for secrets.
pub fn random() -> u64 {
    // Each state is keyed by the system's randomness and then counted on.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u8(0);
    hasher.finish()
}

/// So many random digits, the first not zero.
pub fn digits(count: usize) -> String {
    let mut out = format!("{}", 1 + random() % 9);
    while out.len() < count {
        out.push(char::from(b'0' + u8::try_from(random() % 10).unwrap_or(0)));
    }
    out
}

/// So many random letters and digits of a hexadecimal number.
pub fn hex(count: usize) -> String {
    let mut out = String::new();
    while out.len() < count {
        out.push_str(&format!("{:016x}", random()));
    }
    out.truncate(count);
    out
}

/// `6f1d8c52-0000-2f5e-a1b2-c3d4e5f60718`.
pub fn uuid() -> String {
    let hex = hex(32);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// The etag of a policy that nobody has set.
pub const FIRST_ETAG: &str = "ACAB";

/// An etag: `BwY…=`, eight bytes of which the first bits are always the same.
pub fn etag() -> String {
    let mut bytes = random().to_be_bytes();
    bytes[0] = 0x07;
    bytes[1] = 0x06;
    bytes[2] &= 0x3f;
    STANDARD.encode(bytes)
}

/// Whether what a caller sent says it saw an older state than the current one.
///
/// Only an etag that this cloud could have made can be stale; another, such as the placeholder of a
/// recorded exchange, tells nothing and is not compared.
pub fn is_stale(sent: Option<&str>, current: Option<&str>) -> bool {
    let Some(sent) = sent.filter(|it| !it.is_empty()) else { return false };
    let ours = sent == FIRST_ETAG || sent.len() == 12 && sent.starts_with("BwY");
    ours && Some(sent) != current
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags() {
        let (one, two) = (etag(), etag());
        assert_ne!(one, two);
        assert!((0..100).all(|_| etag().starts_with("BwY")));
        assert!(is_stale(Some(&one), Some(&two)) && is_stale(Some(FIRST_ETAG), Some(&two)));
        assert!(!is_stale(Some(&two), Some(&two)) && !is_stale(None, Some(&two)));
        assert!(!is_stale(Some("abcdef0123A="), Some(&two)));
    }

    #[test]
    fn shapes() {
        assert_eq!((digits(21).len(), hex(5).len(), uuid().len()), (21, 5, 36));
    }
}
