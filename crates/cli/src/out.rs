//! The two streams: results go to one, what is going on to the other.

use std::io::{self, BufRead, BufWriter, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;

use crate::args::When;
use crate::problem::Problem;
use crate::style::Style;

/// What is written at once of a long result.
const PIECE: usize = 64 * 1024;

/// Where a command writes. The only place that prints.
#[derive(Clone, Copy, Debug)]
pub struct Out {
    pub results: Style,
    pub notes: Style,
    /// A person watches, so that lines may change.
    pub watched: bool,
}

/// Why a part of the result was lost first.
static LOST: OnceLock<String> = OnceLock::new();

fn keep(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        // Only the first counts.
        let _ = LOST.set(error.to_string());
    }
}

impl Out {
    pub fn new(color: When) -> Out {
        Out {
            results: Style::of(color, &io::stdout()),
            notes: Style::of(color, &io::stderr()),
            watched: io::stderr().is_terminal(),
        }
    }

    /// A line of the result.
    pub fn line(&self, text: &str) {
        self.text(&format!("{text}\n"));
    }

    /// The result, as it stands.
    pub fn text(&self, text: &str) {
        let mut out = io::stdout().lock();
        keep(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// A result that is written piece by piece.
    pub fn pieces(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        let mut out = BufWriter::with_capacity(PIECE, io::stdout().lock());
        keep(write(&mut out).and_then(|()| out.flush()));
    }

    /// Whether all of the result could be written. Work goes on when it could not, for a change that is half done is
    /// worse; the command fails in the end.
    ///
    /// # Errors
    /// Why a part was lost first. A reader that went away (`| head`) has had enough, and is no error.
    pub fn check(&self) -> Result<(), Problem> {
        match LOST.get() {
            Some(why) => Err(Problem::new(format!("the output could not be written: {why}"))),
            None => Ok(()),
        }
    }

    /// A line that is not the result.
    pub fn note(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// A line that the next one takes the place of; only where a person watches.
    pub fn changing(&self, text: &str) {
        if self.watched {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K{text}");
        }
    }

    /// Asks the person; on anything but a terminal there is nobody to ask.
    pub fn confirm(&self, question: &str) -> Result<bool, Problem> {
        if !io::stdin().is_terminal() {
            return Err(Problem::new("there is nobody to ask").hint("pass --yes"));
        }
        let _ = write!(io::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).map_err(|it| Problem::of(&it, None))?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }
}
