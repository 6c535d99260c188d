//! Bodies of answers that are not held in memory: whole, out of a file, or as another server sends them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, SizeHint};
use tokio::fs::File;
use tokio::io::AsyncRead;

use crate::content::Stored;

/// Why a body broke off.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// The body of any answer.
pub type Payload = UnsyncBoxBody<Bytes, Broken>;

/// How much of a file is read at once.
const CHUNK: usize = 64 * 1024;

/// A body that is whole.
pub fn full(content: impl Into<Bytes>) -> Payload {
    Full::new(content.into()).map_err(|never| match never {}).boxed_unsync()
}

/// So many bytes of a file from where it stands.
pub fn file(file: File, length: u64) -> Payload {
    Part { file, left: length }.boxed_unsync()
}

/// So many bytes of a content from where it begins.
pub fn stored(content: Stored, length: u64) -> Payload {
    match content {
        Stored::Bytes(bytes) => {
            let mut bytes = Bytes::from(bytes);
            bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
            full(bytes)
        }
        Stored::File(it, _) => file(File::from_std(it), length),
    }
}

/// A part of a file.
struct Part {
    file: File,
    left: u64,
}

impl Body for Part {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let size = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
        let mut chunk = BytesMut::zeroed(size);
        let mut buffer = tokio::io::ReadBuf::new(&mut chunk);
        let read = match Pin::new(&mut self.file).poll_read(context, &mut buffer) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            Poll::Ready(Ok(())) => buffer.filled().len(),
        };
        if read == 0 {
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::UnexpectedEof).into())));
        }
        chunk.truncate(read);
        self.left -= u64::try_from(read).unwrap_or(0);
        Poll::Ready(Some(Ok(Frame::data(chunk.freeze()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A body that holds something until it has ended or is dropped.
pub struct Holding<B, H> {
    body: B,
    /// Kept for what happens when it is dropped.
    _held: H,
}

impl<B, H> Holding<B, H> {
    pub fn new(body: B, held: H) -> Holding<B, H> {
        Holding { body, _held: held }
    }
}

impl<B, H> Body for Holding<B, H>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Broken>,
    H: Unpin,
{
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        polled.map(|frame| frame.map(|it| it.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
