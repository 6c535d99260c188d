//! Colour, where it is seen.

use std::io::IsTerminal;

use crate::args::When;

/// Whether to colour, decided once for a stream.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    on: bool,
}

/// What a colour says; the terminal's theme says how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Added,
    Changed,
    Removed,
    Replaced,
    Adopted,
    Faint,
    Strong,
    Error,
    Warning,
    Hint,
}

impl Style {
    /// For a stream, by what the person said and what the stream is.
    pub fn of(when: When, stream: &impl IsTerminal) -> Style {
        let on = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|it| it != "0");
                let refused = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
                let dumb = std::env::var_os("TERM").is_some_and(|it| it == "dumb");
                forced || (stream.is_terminal() && !refused && !dumb)
            }
        };
        Style { on }
    }

    /// Without any colour.
    pub const PLAIN: Style = Style { on: false };

    /// Whether colours are seen.
    pub fn is_on(self) -> bool {
        self.on
    }

    pub fn paint(self, ink: Ink, text: &str) -> String {
        if !self.on || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Added => "32",
            Ink::Changed => "33",
            Ink::Removed => "31",
            Ink::Replaced => "35",
            Ink::Adopted => "36",
            Ink::Faint => "2",
            Ink::Strong => "1",
            Ink::Error => "1;31",
            Ink::Warning => "1;33",
            Ink::Hint => "36",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
