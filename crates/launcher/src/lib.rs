//! What the command line and the local cloud's program share: the program's flags, where it is found or how it is built,
//! and the note it leaves of where it serves.

mod flags;
mod note;
mod program;

pub use flags::{Flags, Given, rate};
pub use note::Note;
pub use program::{Building, Kind, LauncherError, PLAIN, program};
