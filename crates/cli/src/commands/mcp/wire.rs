//! Standard input and output as the protocol's wire, and nobody else's: a message is a line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::problem::Problem;

/// A longer line is refused.
const LONGEST: u64 = 1024 * 1024;
/// Messages that wait to be taken, each way.
const WAITING: usize = 64;
/// How long the last messages may take to be written once the client is gone.
const LAST: Duration = Duration::from_secs(2);

/// A line of input.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// The wire.
pub struct Wire {
    /// Ends when the client closes its side.
    pub lines: Receiver<Line>,
    pub messages: Sender<Value>,
    writer: JoinHandle<()>,
}

impl Wire {
    /// Takes standard input and output over. From then on the process's own standard input is empty and what is printed goes
    /// to standard error, so that nothing but messages is on the wire, whoever prints.
    pub fn take_over() -> Result<Wire, Problem> {
        let moved = || -> std::io::Result<(File, File)> {
            // Above the standard streams, and closed in programs that are run.
            let input = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?;
            let output = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
            rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
            rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
            Ok((File::from(input), File::from(output)))
        };
        let (input, output) = moved()
            .map_err(|it| Problem::new(format!("standard input and output cannot be taken over: {it}")))?;
        let (to, lines) = channel(WAITING);
        let (messages, from) = channel(WAITING);
        // Threads of their own: a read that waits for the client must not keep the process from ending.
        std::thread::spawn(move || read(BufReader::new(input), &to));
        let writer = std::thread::spawn(move || write(output, from));
        Ok(Wire { lines, messages, writer })
    }

    /// Writes what is still to be written, unless the client no longer reads.
    pub fn close(self) {
        drop((self.messages, self.lines));
        let begun = Instant::now();
        while !self.writer.is_finished() && begun.elapsed() < LAST {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Reads lines until the input ends. A last line without an end is part of a message, and of no use.
fn read(mut from: impl BufRead, to: &Sender<Line>) {
    loop {
        let mut line = Vec::new();
        if from.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line).is_err() {
            return;
        }
        let line = match line.pop() {
            Some(b'\n') => Line::Whole(line),
            Some(_) if line.len() as u64 >= LONGEST => {
                if !skip(&mut from) {
                    return;
                }
                Line::TooLong
            }
            Some(_) | None => return,
        };
        let is_blank = matches!(&line, Line::Whole(text) if text.trim_ascii().is_empty());
        if !is_blank && to.blocking_send(line).is_err() {
            return;
        }
    }
}

/// Reads over the rest of a line; false if the input ends first.
fn skip(from: &mut impl BufRead) -> bool {
    loop {
        let piece = match from.fill_buf() {
            Ok([]) | Err(_) => return false,
            Ok(piece) => piece,
        };
        let end = piece.iter().position(|it| *it == b'\n');
        let length = end.map_or(piece.len(), |it| it + 1);
        from.consume(length);
        if end.is_some() {
            return true;
        }
    }
}

/// Writes messages until there are no more, or the client no longer reads. Then nobody can send any.
fn write(mut to: impl Write, mut from: Receiver<Value>) {
    while let Some(message) = from.blocking_recv() {
        // JSON has no line breaks of its own.
        if to.write_all(format!("{message}\n").as_bytes()).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_whole() {
        let long = "x".repeat(3 * 1024 * 1024);
        let input = format!("one\n\n{long}\ntwo\r\nthe end is miss");
        let (to, mut lines) = channel(WAITING);
        read(BufReader::new(input.as_bytes()), &to);
        drop(to);
        let mut found = Vec::new();
        while let Ok(line) = lines.try_recv() {
            found.push(line);
        }
        assert_eq!(found, [Line::Whole(b"one".to_vec()), Line::TooLong, Line::Whole(b"two\r".to_vec())]);
    }
}
