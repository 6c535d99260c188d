//! Reads the body of an upload: bounded memory, however long the body is.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::sync::OwnedMutexGuard;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::multipart::{Metadata, Splitter};
use super::session::Progress;
use super::{Content, ContentError, INLINE, Spool};
use crate::bounds::{self, Budget, PART, Room};
use crate::cloud::Cloud;
use crate::error::{Code, Refusal};
use crate::resumable::{Position, Range};

/// How many bytes are gathered before they are written to a file.
const CHUNK: usize = 256 << 10;

/// How long a part waits for another one of the same upload.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the body of an upload goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// All of it is the content, of at most so many bytes.
    Content { most: u64 },
    /// Metadata, and then the content.
    Multipart,
    /// A part of the upload whose content has this name in the store.
    Part { name: String, range: Option<String> },
}

/// The body of an upload, received: its metadata and its bytes.
#[derive(Debug)]
pub struct Upload {
    /// The `Content-Type` of the request.
    pub content_type: String,
    /// The first part of a `multipart/related` body: the object's metadata.
    pub metadata: Option<Metadata>,
    pub received: Received,
    /// How many bytes the body had, and their CRC32C: what tells one request from another.
    pub identity: (u64, u32),
}

/// The bytes of an upload.
#[derive(Debug)]
pub enum Received {
    /// A content that came with one request.
    Whole(Content),
    /// A part of a content that comes with several.
    Part {
        /// How many bytes have come so far.
        length: u64,
        /// The content, if that is all of it.
        whole: Option<Content>,
        /// Nobody else adds to it until this request is answered.
        _lock: OwnedMutexGuard<Progress>,
    },
    /// A part of an upload that is over, or never was: what came is not kept.
    Nothing,
}

impl Upload {
    /// All of a content that came with one request, in memory; nothing of a part.
    ///
    /// # Errors
    ///
    /// If it has more bytes than these.
    pub fn read(&self, most: u64) -> Result<Bytes, Refusal> {
        match &self.received {
            Received::Whole(content) => Ok(content.read(most)?),
            Received::Part { .. } | Received::Nothing => Ok(Bytes::new()),
        }
    }
}

/// Why an upload was not received.
#[derive(Debug)]
pub enum Failure {
    /// The connection broke, or its caller was too slow.
    Lost,
    Refused(Refusal),
}

impl From<bounds::Refused> for Failure {
    fn from(why: bounds::Refused) -> Failure {
        match why {
            bounds::Refused::Lost => Failure::Lost,
            bounds::Refused::TooLarge(_) => Failure::Refused(Refusal::new(Code::TooLarge, why.to_string())),
            bounds::Refused::Busy => Failure::Refused(Refusal::new(Code::Unavailable, why.to_string())),
        }
    }
}

impl From<ContentError> for Failure {
    fn from(why: ContentError) -> Failure {
        Failure::Refused(why.into())
    }
}

impl From<Refusal> for Failure {
    fn from(why: Refusal) -> Failure {
        Failure::Refused(why)
    }
}

/// Receives the body of an upload.
///
/// If the connection breaks, nothing of a whole content stays, and of a part everything that came.
///
/// # Errors
///
/// If the body does not come or is too long, if there is no room for it in memory or on the disk, and if it is no part
/// that can be taken.
pub async fn receive<B>(
    cloud: Arc<Cloud>,
    budget: Budget,
    destination: Destination,
    content_type: String,
    body: B,
) -> Result<Upload, Failure>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    let mut incoming = Incoming { body, length: 0, crc32c: 0 };
    let (metadata, received) = match destination {
        Destination::Content { most } => (None, whole(&cloud, &budget, most, &mut incoming).await?),
        Destination::Multipart => {
            let splitter = Splitter::new(&content_type).map_err(malformed)?;
            let (metadata, content) = multipart(&cloud, &budget, splitter, &mut incoming).await?;
            (Some(metadata), content)
        }
        Destination::Part { name, range } => {
            // A task of its own: if the connection breaks, its handler is dropped, and the bytes that came are still kept.
            let part = tokio::spawn(async move {
                let received = part(&cloud, &budget, &name, range.as_deref(), &mut incoming).await;
                received.map(|it| (it, incoming))
            });
            let part =
                part.await.map_err(|_| Refusal::internal("The local cloud failed at this request."))?;
            let (received, incoming) = part?;
            let identity = (incoming.length, incoming.crc32c);
            return Ok(Upload { content_type, metadata: None, received, identity });
        }
    };
    Ok(Upload { content_type, metadata, received, identity: (incoming.length, incoming.crc32c) })
}

/// A body, and what of it has come.
struct Incoming<B> {
    body: B,
    length: u64,
    crc32c: u32,
}

impl<B: Body<Data = Bytes> + Unpin> Incoming<B> {
    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let Some(frame) = timeout(PART, self.body.frame()).await.map_err(|_| Failure::Lost)? else {
                return Ok(None);
            };
            let Ok(data) = frame.map_err(|_| Failure::Lost)?.into_data() else { continue };
            self.length += data.len() as u64;
            self.crc32c = crc32c::crc32c_append(self.crc32c, &data);
            return Ok(Some(data));
        }
    }

    /// Reads the rest, and keeps none of it.
    async fn discard(&mut self) -> Result<(), Failure> {
        while self.next().await?.is_some() {}
        Ok(())
    }
}

/// Does what may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ContentError> + Send + 'static,
) -> Result<T, Failure> {
    match spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Refusal::internal("The local cloud failed at this request.").into()),
    }
}

/// A spool with the bytes that are not in it yet, and the memory that both take.
struct Filling {
    spool: Spool,
    buffer: Vec<u8>,
    room: Room,
}

impl Filling {
    fn new(cloud: &Cloud, budget: &Budget, most: u64) -> Filling {
        Filling { spool: Spool::new(&cloud.folder, most), buffer: Vec::new(), room: budget.room() }
    }

    /// Makes room for so many bytes more, unless it has all that a spool can take.
    async fn make_room(&mut self, more: usize) -> Result<(), Failure> {
        let wanted = (self.spool.in_memory() + self.buffer.len() + more).min(INLINE + CHUNK);
        Ok(self.room.grow(wanted).await?)
    }

    /// Writes what was gathered, if that is enough.
    async fn settle(mut self) -> Result<Filling, Failure> {
        if self.buffer.len() < CHUNK {
            return Ok(self);
        }
        blocking(move || {
            self.spool.write(&self.buffer)?;
            self.buffer.clear();
            Ok(self)
        })
        .await
    }

    async fn finish(mut self) -> Result<Received, Failure> {
        blocking(move || {
            self.spool.write(&self.buffer)?;
            Ok(Received::Whole(self.spool.finish()?))
        })
        .await
    }
}

fn too_long<B: Body>(body: &B, most: u64) -> Result<(), Failure> {
    // What is said to be too large is not read at all.
    if body.size_hint().lower() > most {
        return Err(ContentError::TooLong(most).into());
    }
    Ok(())
}

async fn whole<B>(
    cloud: &Cloud,
    budget: &Budget,
    most: u64,
    body: &mut Incoming<B>,
) -> Result<Received, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    too_long(&body.body, most)?;
    let mut filling = Filling::new(cloud, budget, most);
    while let Some(data) = body.next().await? {
        filling.make_room(data.len()).await?;
        filling.buffer.extend_from_slice(&data);
        filling = filling.settle().await?;
    }
    filling.finish().await
}

fn malformed(why: super::multipart::Malformed) -> Refusal {
    Refusal::invalid(why.to_string()).reason("badContent")
}

async fn multipart<B>(
    cloud: &Cloud,
    budget: &Budget,
    mut splitter: Splitter,
    body: &mut Incoming<B>,
) -> Result<(Metadata, Received), Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    too_long(&body.body, bounds::UPLOAD)?;
    let mut filling = Filling::new(cloud, budget, bounds::UPLOAD);
    while let Some(data) = body.next().await? {
        filling.make_room(data.len()).await?;
        splitter.push(&data, &mut filling.buffer).map_err(malformed)?;
        filling = filling.settle().await?;
    }
    let metadata = splitter.finish(&mut filling.buffer).map_err(malformed)?;
    Ok((metadata, filling.finish().await?))
}

async fn part<B>(
    cloud: &Cloud,
    budget: &Budget,
    name: &str,
    range: Option<&str>,
    body: &mut Incoming<B>,
) -> Result<Received, Failure>
where
    B: Body<Data = Bytes> + Unpin,
{
    let file_of =
        || Ok::<_, Failure>(cloud.store.read().and_then(|it| it.file_of(name)).map_err(Refusal::from)?);
    let range = Range::parse(range)?;
    let Some(file) = file_of()? else {
        // The answer that its client missed is sent again, or it is told that there is no such upload.
        body.discard().await?;
        return Ok(Received::Nothing);
    };
    let Ok(mut progress) = timeout(PATIENCE, cloud.uploads.lock(&file)).await else {
        return Err(Refusal::new(Code::Unavailable, "Another part of this upload is still coming.").into());
    };
    // It may have been completed meanwhile.
    if file_of()?.as_ref() != Some(&file) {
        body.discard().await?;
        return Ok(Received::Nothing);
    }
    let folder = Arc::clone(&cloud.folder);
    let begins = range.position;
    let (named, at) = (file.clone(), Arc::clone(&folder));
    progress = blocking(move || {
        progress.load(&at, &named)?;
        if begins == Position::Whole {
            progress.clear(&at, &named)?;
        }
        Ok(progress)
    })
    .await?;
    // Bytes that came before are taken once.
    let mut skip = match begins {
        Position::Whole => 0,
        Position::From(from) if from <= progress.length() => progress.length() - from,
        Position::From(_) => {
            // Read to its end, so that its client hears the answer.
            body.discard().await?;
            return Err(Refusal::invalid("The part does not begin where the last one ended.").into());
        }
        Position::Query => u64::MAX,
    };
    let mut room = budget.room();
    let mut buffer = Vec::new();
    let ended = loop {
        let data = match body.next().await {
            Ok(Some(data)) => data,
            Ok(None) => break Ok(()),
            // The bytes that came until then are kept.
            Err(why) => break Err(why),
        };
        let skipped = usize::try_from(skip).unwrap_or(usize::MAX).min(data.len());
        skip -= skipped as u64;
        let data = &data[skipped..];
        if progress.length() + (buffer.len() + data.len()) as u64 > bounds::UPLOAD {
            break Err(ContentError::TooLong(bounds::UPLOAD).into());
        }
        room.grow((buffer.len() + data.len()).min(CHUNK)).await?;
        buffer.extend_from_slice(data);
        if buffer.len() >= CHUNK {
            let (named, at) = (file.clone(), Arc::clone(&folder));
            (progress, buffer) = blocking(move || {
                progress.append(&at, &named, &buffer)?;
                buffer.clear();
                Ok((progress, buffer))
            })
            .await?;
        }
    };
    let (progress, whole) = blocking(move || {
        if !buffer.is_empty() {
            progress.append(&folder, &file, &buffer)?;
        }
        progress.sync(&folder, &file)?;
        let whole = range.is_complete(progress.length()).then(|| progress.content(&folder, &file));
        Ok((progress, whole))
    })
    .await?;
    ended?;
    Ok(Received::Part { length: progress.length(), whole, _lock: progress })
}
