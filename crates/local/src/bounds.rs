//! How much a request may ask of this machine: bytes, time, connections.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The most of a request's body that is JSON: Google's largest are publishes and inserts of 10 MB, in base64.
pub const JSON: usize = 32 << 20;
/// The most bytes of an object, as at Google: 5 TiB. Uploads go to the disk as they come.
pub const UPLOAD: u64 = 5 << 40;
/// The most bytes of all files that one job loads, which are in memory: as they are stored, and unpacked.
pub const LOAD: u64 = 256 << 20;
/// The most of all bodies that are held in memory at once.
const BODIES: usize = 768 << 20;
/// What bodies are counted in.
const UNIT: usize = 64 << 10;
/// How long a caller may take for the head of a request, and for the next part of its body.
pub const HEAD: Duration = Duration::from_secs(30);
pub const PART: Duration = Duration::from_secs(60);
/// How long a request waits until others have let go of memory.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many connections there may be at once.
pub const CONNECTIONS: usize = 1024;
/// The most bytes of a request's head.
pub const HEAD_BYTES: usize = 64 << 10;
/// What every connection of HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Why a body was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("The request's body has more than {} bytes, the most that the local cloud takes here.", .0)]
    TooLarge(usize),
    #[error("The local cloud holds as many bytes of other requests as it may. Try again.")]
    Busy,
    /// The connection broke, or its caller was too slow.
    #[error("the body did not come")]
    Lost,
}

/// The memory that bodies of requests may take.
#[derive(Clone, Debug)]
pub struct Budget {
    units: Arc<Semaphore>,
}

/// A body with the memory it takes.
#[derive(Debug)]
pub struct Held {
    pub bytes: Bytes,
    _room: Room,
}

/// Memory of a budget, given back when this is dropped.
#[derive(Debug)]
pub struct Room {
    units: Arc<Semaphore>,
    taken: Vec<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Room {
    /// Grows to so many bytes, unless it has as many.
    ///
    /// # Errors
    ///
    /// If others do not give back enough in time.
    pub async fn grow(&mut self, bytes: usize) -> Result<(), Refused> {
        if bytes <= self.bytes {
            return Ok(());
        }
        let missing = (bytes - self.bytes).div_ceil(UNIT);
        let wanted = Arc::clone(&self.units).acquire_many_owned(u32::try_from(missing).unwrap_or(u32::MAX));
        let permit = timeout(PATIENCE, wanted).await.map_err(|_| Refused::Busy)?;
        // The semaphore is never closed.
        self.taken.push(permit.map_err(|_| Refused::Busy)?);
        self.bytes += missing * UNIT;
        Ok(())
    }
}

impl Budget {
    pub fn new() -> Budget {
        Budget { units: Arc::new(Semaphore::new(BODIES / UNIT)) }
    }

    /// Reads a body of at most so many bytes.
    ///
    /// # Errors
    ///
    /// If it is larger, if there is no room for it in time, or if it does not come.
    pub async fn read<B>(&self, mut body: B, most: usize) -> Result<Held, Refused>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        // What is said to be too large is not read at all.
        if body.size_hint().lower() > most as u64 {
            return Err(Refused::TooLarge(most));
        }
        let (mut bytes, mut room) = (BytesMut::new(), self.room());
        while let Some(frame) = timeout(PART, body.frame()).await.map_err(|_| Refused::Lost)? {
            let Ok(data) = frame.map_err(|_| Refused::Lost)?.into_data() else { continue };
            if bytes.len() + data.len() > most {
                return Err(Refused::TooLarge(most));
            }
            room.grow(bytes.len() + data.len()).await?;
            bytes.extend_from_slice(&data);
        }
        Ok(Held { bytes: bytes.freeze(), _room: room })
    }

    /// Room for nothing yet.
    pub fn room(&self) -> Room {
        Room { units: Arc::clone(&self.units), taken: Vec::new(), bytes: 0 }
    }
}

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    Http2,
}

/// What a connection speaks, told by its first bytes; `None` if they do not come in time.
pub async fn protocol(stream: &TcpStream) -> Option<Protocol> {
    let told = async {
        let mut first = [0; PREFACE.len()];
        loop {
            let count = stream.peek(&mut first).await.ok().filter(|it| *it > 0)?;
            if first[..count] != PREFACE[..count] {
                return Some(Protocol::Http1);
            }
            if count == PREFACE.len() {
                return Some(Protocol::Http2);
            }
            // Bytes that were peeked at stay, so that the socket does not say when more have come.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(HEAD, told).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    async fn read(budget: &Budget, length: usize, most: usize) -> Result<usize, String> {
        let body = Full::new(Bytes::from(vec![b'x'; length]));
        budget.read(body, most).await.map(|it| it.bytes.len()).map_err(|it| it.to_string())
    }

    #[tokio::test]
    async fn a_body_is_bounded() {
        let budget = Budget::new();
        assert_eq!(read(&budget, 100, 100).await, Ok(100));
        assert_eq!(read(&budget, 0, 0).await, Ok(0));
        assert!(read(&budget, 101, 100).await.unwrap_err().contains("more than 100 bytes"));
    }

    #[tokio::test(start_paused = true)]
    async fn all_bodies_together_are_bounded_and_give_back_what_they_took() {
        let budget = Budget { units: Arc::new(Semaphore::new(4)) };
        let body = || Full::new(Bytes::from(vec![b'x'; 3 * UNIT]));
        let held = budget.read(body(), JSON).await.unwrap();
        assert!(matches!(budget.read(body(), JSON).await, Err(Refused::Busy)));
        drop(held);
        assert!(budget.read(body(), JSON).await.is_ok());
        assert_eq!(budget.units.available_permits(), 4);
    }
}
