//! Uploads that come in parts, each of which says where it belongs.

use crate::bounds::UPLOAD;
use crate::error::{Code, Refusal};
use crate::request::{Answer, Body, Request};

/// What was uploaded so far with one more part, and whether that is all.
///
/// # Errors
///
/// When the part does not begin where the last one ended.
pub fn add(mut content: Vec<u8>, request: &Request<'_>, part: &[u8]) -> Result<(Vec<u8>, bool), Refusal> {
    let range = request.headers.get("content-range").map_or("", String::as_str);
    let (bytes, total) = range.trim_start_matches("bytes ").split_once('/').unwrap_or(("", ""));
    match bytes.split_once('-').and_then(|(from, _)| from.parse::<usize>().ok()) {
        // A part that was sent before is taken once.
        Some(from) if from <= content.len() => {
            content.truncate(from);
            if content.len() + part.len() > UPLOAD {
                return Err(Refusal::new(
                    Code::TooLarge,
                    format!("The local cloud keeps at most {UPLOAD} bytes of one upload."),
                ));
            }
            content.extend(part);
        }
        Some(_) => return Err(Refusal::invalid("The part does not begin where the last one ended.")),
        None if bytes == "*" => {}
        None => content = part.to_vec(),
    }
    let complete = match total {
        "" => true,
        "*" => false,
        total => total.parse::<usize>().is_ok_and(|it| content.len() >= it),
    };
    Ok((content, complete))
}

/// Asks for the rest: says what is there.
pub fn more(content: &[u8]) -> Answer {
    let answer = Answer { status: 308, body: Body::None, headers: Vec::new() };
    match content.len() {
        0 => answer,
        length => answer.header("range", format!("bytes=0-{}", length - 1)),
    }
}
