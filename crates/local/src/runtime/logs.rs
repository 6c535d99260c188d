//! What containers say, by service, in files of the data's folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::moment;

const FOLDER: &str = "logs/run";

/// A log that has grown to this many bytes is put aside when the next process begins.
const FULL: u64 = 10 << 20;

/// The most of one line that is kept together.
const LINE: u64 = 256 * 1024;

fn path(cloud: &Cloud, service: &str) -> PathBuf {
    cloud.folder.path(FOLDER).join(format!("{service}.log"))
}

/// The log of a service or job.
#[derive(Clone, Debug)]
pub struct Log {
    file: Arc<File>,
    /// The revision or task whose lines these are.
    of: String,
}

impl Log {
    /// Opens the log of a service, to write what one of its revisions says.
    pub fn open(cloud: &Cloud, service: &str, of: &str) -> io::Result<Log> {
        cloud.folder.make(FOLDER)?;
        let path = path(cloud, service);
        if fs::metadata(&path).is_ok_and(|it| it.len() > FULL) {
            fs::rename(&path, path.with_extension("log.1"))?;
        }
        let file = fs::OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Log { file: Arc::new(file), of: of.to_owned() })
    }

    /// Writes a line, by whoever says it: `stdout`, `stderr`, or `run` for this cloud.
    pub fn line(&self, by: &str, line: &str) {
        // When it really was: a clock that is moved moves no process.
        let text = format!("{} {} {by} {line}\n", moment::text(moment::now()), self.of);
        // A log that cannot be written must not end what it is about.
        let _ = (&*self.file).write_all(text.as_bytes());
    }

    /// Writes what a stream says until it ends.
    pub async fn follow(self, by: &'static str, stream: impl AsyncRead + Unpin) {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader).take(LINE).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => self.line(by, String::from_utf8_lossy(&line).trim_end()),
            }
        }
    }
}

/// The last lines of a service's log.
pub fn read(cloud: &Cloud, service: &str, lines: usize) -> Result<String, Refusal> {
    if service.is_empty() || service.contains(['/', '\\']) || service.starts_with('.') {
        return Err(Refusal::invalid("Say which service or job: /_local/logs?service=NAME"));
    }
    let text = match fs::read(path(cloud, service)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Refusal::not_found(format!("No service or job named {service} has run here.")));
        }
        Err(error) => return Err(Refusal::internal(format!("The log cannot be read: {error}"))),
    };
    let all: Vec<&str> = text.lines().collect();
    let kept = &all[all.len().saturating_sub(lines)..];
    Ok(kept.iter().map(|it| format!("{it}\n")).collect())
}
