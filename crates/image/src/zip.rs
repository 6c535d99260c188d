//! Writes a ZIP archive that depends on nothing but what is put in.
//!
//! <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use time::OffsetDateTime;

use crate::pack::{Entry, PackError};

/// 2.0: folders and deflate.
const VERSION: u16 = 20;
/// Made on Unix, whose modes are in the upper half of a file's attributes.
const UNIX: u16 = 3 << 8;
const DEFLATE: u16 = 8;
/// A regular file, in Unix' modes.
const REGULAR: u32 = 0o100_000;

/// The archive. `time` in seconds since 1970; ZIP knows none before 1980, and only even seconds.
pub(crate) fn archive(entries: &[Entry], time: u64) -> Result<Vec<u8>, PackError> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for it in entries {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(&it.bytes)?;
        let packed = deflate.finish()?;
        let mut crc = Crc::new();
        crc.update(&it.bytes);
        // What the head of the file and the directory's entry say alike.
        let mut facts = Vec::new();
        for number in [VERSION, 0, DEFLATE] {
            facts.extend(number.to_le_bytes());
        }
        facts.extend(dos(time).to_le_bytes());
        facts.extend(crc.sum().to_le_bytes());
        facts.extend(small(packed.len())?.to_le_bytes());
        facts.extend(small(it.bytes.len())?.to_le_bytes());
        let length = u16::try_from(it.path.len()).map_err(|_| PackError::TooLarge)?;
        facts.extend(length.to_le_bytes());
        facts.extend(0_u16.to_le_bytes());

        let offset = small(out.len())?;
        out.extend(b"PK\x03\x04");
        out.extend(&facts);
        out.extend(it.path.as_bytes());
        out.extend(&packed);

        directory.extend(b"PK\x01\x02");
        directory.extend((UNIX | VERSION).to_le_bytes());
        directory.extend(&facts);
        // No comment, the first disk, no text.
        directory.extend([0; 6]);
        directory.extend(((REGULAR | it.mode) << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(it.path.as_bytes());
    }
    let (count, start) = (u16::try_from(entries.len()).map_err(|_| PackError::TooLarge)?, small(out.len())?);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(small(directory.len())?.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0; 2]);
    Ok(out)
}

fn small(number: usize) -> Result<u32, PackError> {
    u32::try_from(number).map_err(|_| PackError::TooLarge)
}

/// Time and date as MS-DOS has them: the time in the lower half.
fn dos(seconds: u64) -> u32 {
    let at = i64::try_from(seconds).ok().and_then(|it| OffsetDateTime::from_unix_timestamp(it).ok());
    let at = at.filter(|it| (1980..2108).contains(&it.year()));
    // The first of January 1980.
    let Some(at) = at else { return 0x21 << 16 };
    let year = u32::try_from(at.year() - 1980).unwrap_or_default();
    let date = year << 9 | u32::from(u8::from(at.month())) << 5 | u32::from(at.day());
    let time = u32::from(at.hour()) << 11 | u32::from(at.minute()) << 5 | (u32::from(at.second()) / 2);
    (date << 16) | time
}

#[cfg(test)]
mod tests {
    use super::dos;

    #[test]
    fn times_are_those_of_dos() {
        assert_eq!(dos(0), dos(315_532_800));
        // 2026-11-28 01:16:50.
        assert_eq!(dos(1_795_828_610), ((46 << 9 | 11 << 5 | 28) << 16) | (1 << 11 | 16 << 5 | 25));
    }
}
