//! Looks at a binary: for which machine it is, and whether it runs with nothing beside it.

/// What an image runs on, in OCI's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    Amd64,
    Arm64,
}

impl Architecture {
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::Amd64 => "amd64",
            Architecture::Arm64 => "arm64",
        }
    }
}

/// What a binary is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Linux program that needs no other file.
    Static(Architecture),
    /// A Linux program that a dynamic linker has to load.
    Dynamic,
    /// A program for a machine that we do not know.
    Foreign,
    /// Not a Linux program.
    Other,
}

/// A segment that names the dynamic linker.
const PT_INTERP: u32 = 3;

/// Reads the ELF header and the program headers.
pub fn kind(bytes: &[u8]) -> Kind {
    // 64 bits, little-endian.
    if bytes.get(..6) != Some(b"\x7fELF\x02\x01") {
        return Kind::Other;
    }
    let architecture = match number(bytes, 18, 2) {
        Some(62) => Architecture::Amd64,
        Some(183) => Architecture::Arm64,
        Some(_) | None => return Kind::Foreign,
    };
    let (Some(start), Some(size), Some(count)) =
        (number(bytes, 32, 8), number(bytes, 54, 2), number(bytes, 56, 2))
    else {
        return Kind::Other;
    };
    for i in 0..count {
        let segment = start.checked_add(i * size).and_then(|at| number(bytes, at, 4));
        match segment {
            Some(it) if it == u64::from(PT_INTERP) => return Kind::Dynamic,
            Some(_) => {}
            None => return Kind::Other,
        }
    }
    Kind::Static(architecture)
}

fn number(bytes: &[u8], at: u64, size: u64) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let end = at.checked_add(usize::try_from(size).ok()?)?;
    Some(bytes.get(at..end)?.iter().rev().fold(0, |sum, it| (sum << 8) | u64::from(*it)))
}

/// The least that passes for a static binary.
#[cfg(test)]
pub fn sample(machine: u8, segment: u32) -> Vec<u8> {
    let mut bytes = vec![0; 64 + 56];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[18] = machine;
    bytes[32] = 64;
    bytes[54] = 56;
    bytes[56] = 1;
    bytes[64..68].copy_from_slice(&segment.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_binary_is() {
        assert_eq!(kind(&sample(62, 1)), Kind::Static(Architecture::Amd64));
        assert_eq!(kind(&sample(183, 1)), Kind::Static(Architecture::Arm64));
        assert_eq!(kind(&sample(62, PT_INTERP)), Kind::Dynamic);
        assert_eq!(kind(&sample(8, 1)), Kind::Foreign);
        assert_eq!(kind(b"#!/bin/sh\n"), Kind::Other);
        assert_eq!(kind(&sample(62, 1)[..100]), Kind::Static(Architecture::Amd64));
        assert_eq!(kind(&sample(62, 1)[..60]), Kind::Other);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_looked_at(mut bytes: Vec<u8>, elf: bool) {
            if elf && bytes.len() > 6 {
                bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
            }
            kind(&bytes);
        }
    }
}
