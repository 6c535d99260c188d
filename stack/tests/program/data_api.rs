//! Answers every request with its version; a broken one answers only the probe.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

const VERSION: &str = "one";

fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let host = std::env::var("HOST").unwrap_or_else(|_| "0.0.0.0".to_owned());
    let listener = TcpListener::bind(format!("{host}:{port}"))?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        std::thread::spawn(move || {
            let mut lines = BufReader::new(&stream).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().is_some_and(|it| it.is_ok_and(|it| !it.is_empty())) {}
            let is_well = VERSION != "broken" || first.contains("/health");
            let status = if is_well { "200 OK" } else { "500 Internal Server Error" };
            let body = format!("[\"{VERSION}\"]");
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes());
        });
    }
    Ok(())
}
