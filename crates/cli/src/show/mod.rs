//! How things look on a terminal.

pub mod comment;
pub mod plan;
pub mod progress;
pub mod value;

/// `512 B`, `6.2 MB`.
pub fn bytes(count: u64) -> String {
    let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    match count {
        0.0..1e3 => format!("{count} B"),
        1e3..1e6 => format!("{:.1} kB", count / 1e3),
        _ => format!("{:.1} MB", count / 1e6),
    }
}
