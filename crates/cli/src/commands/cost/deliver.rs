//! Where a report goes, and how its words stand out there.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use cost::report::table;

use crate::out::Out;
use crate::problem::Problem;

/// Writes a report, piece by piece, to where it was asked for.
pub fn deliver(
    path: Option<&Path>,
    out: &Out,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Problem> {
    let Some(path) = path else {
        out.pieces(write);
        return Ok(());
    };
    let written = std::fs::File::create(path).and_then(|it| {
        let mut to = BufWriter::new(it);
        write(&mut to)?;
        to.flush()
    });
    written.map_err(|it| Problem::new(format!("{} cannot be written: {it}", path.display())))?;
    out.note(&format!("Written to {}.", path.display()));
    Ok(())
}

/// How words of a report stand out, where anybody sees it.
pub fn style(path: Option<&Path>, out: &Out) -> table::Style {
    if !out.results.is_on() || path.is_some() {
        return table::Style::default();
    }
    table::Style {
        bold: ("\x1b[1m", "\x1b[0m"),
        faint: ("\x1b[2m", "\x1b[0m"),
        bad: ("\x1b[31m", "\x1b[0m"),
        good: ("\x1b[32m", "\x1b[0m"),
    }
}
