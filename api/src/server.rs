//! Connections: accepted up to a number, closed when they say too little for too long, and ended without cutting what is
//! being answered.

use std::convert::Infallible;
use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout, timeout_at};
use tower::ServiceExt as _;

/// Where a request comes from: the other end of its connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the first byte of its first request.
    pub first: Duration,
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
    /// Between an answer and the next request. Google's front ends keep connections for 600 s, and what they send must
    /// not meet one that is just being closed.
    pub idle: Duration,
    /// Until it takes the next part of an answer.
    pub write: Duration,
    /// From being told to stop until every connection is gone.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            first: Duration::from_secs(60),
            head: Duration::from_secs(10),
            idle: Duration::from_secs(620),
            write: Duration::from_secs(60),
            // Cloud Run kills what still runs 10 s after it was told to stop.
            stop: Duration::from_millis(9700),
        }
    }
}

/// How many connections there may be at once. Those beyond wait to be accepted.
const CONNECTIONS: usize = 16 << 10;
/// The most bytes of a request's head.
const HEAD_BYTES: usize = 64 << 10;
/// A connection that says nothing for so long, or at most twice that, gives its buffers back.
const REST: Duration = Duration::from_millis(500);
/// How long nothing is accepted after that failed: where descriptors are used up, the next try fails as well.
const PAUSE: Duration = Duration::from_millis(50);

/// When we are told to stop, connections that wait to be accepted still are, for so long: there may be no end of them.
const LAST_ACCEPTED: Duration = Duration::from_millis(500);

/// Whether every connection ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Answered,
    /// Some were still open when the time was over.
    Late,
}

/// Serves until `stop` is over; then accepts no more, answers what is under way, and closes what is idle.
pub async fn run(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Ended {
    let (tell, told) = watch::channel(false);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &places) => accepted,
        };
        if let Some((stream, peer, place)) = accepted {
            connections.spawn(connection(stream, peer, place, router.clone(), limits, told.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
    let end = Instant::now() + limits.stop;
    let last = Instant::now() + LAST_ACCEPTED;
    // Who connected before it was known that we stop would be cut by the listener's end.
    while let Ok(accepted) = timeout_at(last.min(Instant::now() + PAUSE), accept(&listener, &places)).await {
        if let Some((stream, peer, place)) = accepted {
            connections.spawn(connection(stream, peer, place, router.clone(), limits, told.clone()));
        }
    }
    drop(listener);
    let _ = tell.send(true);
    let all = async { while connections.join_next().await.is_some() {} };
    match timeout_at(end, all).await {
        Ok(()) => Ended::Answered,
        Err(_) => Ended::Late,
    }
}

/// The next connection, once there is a place for it; `None` if it failed.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        // One that failed before it began concerns only its caller.
        Err(_) => {
            sleep(PAUSE).await;
            None
        }
    }
}

async fn connection(
    mut stream: TcpStream,
    peer: SocketAddr,
    _place: OwnedSemaphorePermit,
    router: Router,
    limits: Limits,
    mut told: watch::Receiver<bool>,
) {
    // Small answers must not wait for more to send. A connection that is gone already fails by itself.
    let _ = stream.set_nodelay(true);
    let mut patience = limits.first;
    while speaks(&stream, patience, &mut told).await {
        let Some(head) = head(&mut stream, limits.head).await else { return };
        // Buffers and all else are on the heap and last as long as there is something to answer: ten thousand
        // connections that say nothing, or half of something, cost next to nothing.
        let stage = Stage { stream, head, peer, router: router.clone(), limits };
        match Box::pin(talk(stage, &mut told)).await {
            Some(kept) => stream = kept,
            None => return,
        }
        patience = limits.idle;
    }
}

/// Whether the other end says something in time.
async fn speaks(stream: &TcpStream, patience: Duration, told: &mut watch::Receiver<bool>) -> bool {
    let mut first = [0];
    tokio::select! {
        seen = timeout(patience, stream.peek(&mut first)) => return matches!(seen, Ok(Ok(1))),
        () = hears(told) => {}
    }
    // What it sent while we were told is on its way.
    matches!(timeout(PAUSE, stream.peek(&mut first)).await, Ok(Ok(1)))
}

/// What came up to the end of a request's head, in time.
async fn head(stream: &mut TcpStream, patience: Duration) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let whole = async {
        // hyper takes it from here if it is longer, and refuses what is too long.
        while !ends(&head) && head.len() < 4096 {
            head.reserve(512);
            if !stream.read_buf(&mut head).await.is_ok_and(|it| it > 0) {
                return false;
            }
        }
        true
    };
    timeout(patience, whole).await.is_ok_and(|it| it).then_some(head)
}

fn ends(head: &[u8]) -> bool {
    // A line may end without a carriage return.
    head.windows(3).any(|it| it == b"\n\r\n") || head.windows(2).any(|it| it == b"\n\n")
}

/// A connection on which a request begins.
struct Stage {
    stream: TcpStream,
    head: Vec<u8>,
    peer: SocketAddr,
    router: Router,
    limits: Limits,
}

/// Answers requests until the connection ends, or rests and is given back.
async fn talk(stage: Stage, told: &mut watch::Receiver<bool>) -> Option<TcpStream> {
    let Stage { stream, head, peer, router, limits } = stage;
    let phase = Arc::new(Phase::default());
    let io = TokioIo::new(Watched::new(stream, head, limits, Arc::clone(&phase)));
    let seen = Arc::clone(&phase);
    let service = service_fn(move |request: Request<Incoming>| {
        seen.asked();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let (router, seen) = (router.clone(), Arc::clone(&seen));
        async move {
            let response: Result<Response, Infallible> = router.oneshot(request).await;
            seen.answered();
            response
        }
    });
    // hyper counts from the end of an answer to the end of the next head, so this is how long a connection is idle.
    let mut served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(io, service);
    // How a connection ends is its caller's affair.
    tokio::select! {
        _ = &mut served => return None,
        () = phase.rests() => {}
        () = hears(told) => {
            Pin::new(&mut served).graceful_shutdown();
            let _ = served.await;
            return None;
        }
    }
    let parts = served.into_parts();
    // At rest nothing was read that is not answered.
    parts.read_buf.is_empty().then(|| parts.io.into_inner().stream)
}

/// Over when we are told to stop.
async fn hears(told: &mut watch::Receiver<bool>) {
    // It fails when the sender is gone, and then there is nobody who serves.
    let _ = told.wait_for(|it| *it).await;
}

/// What a connection is about, as its bytes and the service see it. Only the task of the connection changes it.
#[derive(Default)]
struct Phase {
    answering: AtomicBool,
    /// How many requests came.
    requests: AtomicU64,
    /// Whether a part of a request's head is there. Heads end with an empty line, and those that are answered here have
    /// no body behind them; after one that has, the next request is waited for only as long as for the rest of a head.
    begun: AtomicBool,
    /// Whether an answer waits until it can be written.
    writing: AtomicBool,
}

impl Phase {
    fn asked(&self) {
        self.answering.store(true, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn answered(&self) {
        self.answering.store(false, Ordering::Relaxed);
    }

    /// Over when the last request was answered a while ago and no other one has begun.
    async fn rests(&self) {
        let mut before = None;
        loop {
            sleep(REST).await;
            let busy =
                [&self.answering, &self.begun, &self.writing].iter().any(|it| it.load(Ordering::Relaxed));
            let requests = (!busy).then(|| self.requests.load(Ordering::Relaxed));
            if requests.is_some_and(|it| it > 0) && requests == before {
                return;
            }
            before = requests;
        }
    }

    /// The number of the request whose head is under way.
    fn head(&self) -> Option<u64> {
        let awaited = self.begun.load(Ordering::Relaxed) && !self.answering.load(Ordering::Relaxed);
        awaited.then(|| self.requests.load(Ordering::Relaxed))
    }
}

/// What a request's head ends with.
const END: &[u8; 4] = b"\r\n\r\n";

/// A stream that fails when its other end takes too long.
struct Watched {
    stream: TcpStream,
    /// What was read of it already.
    head: Bytes,
    limits: Limits,
    phase: Arc<Phase>,
    /// The last bytes that came.
    last: [u8; 4],
    /// The head that must be whole, and when.
    reading: Option<(u64, Pin<Box<Sleep>>)>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    fn new(stream: TcpStream, head: Vec<u8>, limits: Limits, phase: Arc<Phase>) -> Watched {
        Watched { stream, head: head.into(), limits, phase, last: *END, reading: None, writing: None }
    }

    fn came(&mut self, bytes: &[u8]) {
        for it in &bytes[bytes.len().saturating_sub(END.len())..] {
            self.last.rotate_left(1);
            self.last[END.len() - 1] = *it;
        }
        self.phase.begun.store(self.last != *END, Ordering::Relaxed);
    }

    /// Nothing is there to be read: fails if a head is not whole in time.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(head) = self.phase.head() else {
            self.reading = None;
            return Poll::Pending;
        };
        let limit = self.limits.head;
        let clock = match self.reading.take().filter(|(of, _)| *of == head) {
            Some((_, clock)) => clock,
            None => Box::pin(sleep(limit)),
        };
        let (_, clock) = self.reading.insert((head, clock));
        ready!(clock.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }

    /// The outcome of writing: fails if nothing could be written for too long.
    fn wrote<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<Result<T, Error>>,
    ) -> Poll<Result<T, Error>> {
        self.phase.writing.store(outcome.is_pending(), Ordering::Relaxed);
        if outcome.is_ready() {
            self.writing = None;
            return outcome;
        }
        let limit = self.limits.write;
        let clock = self.writing.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(clock.as_mut().poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        if !self.head.is_empty() {
            let length = self.head.len().min(buffer.remaining());
            let part = self.head.split_to(length);
            buffer.put_slice(&part);
            self.came(&part);
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(outcome) => {
                if let Some(came) = buffer.filled().get(before..) {
                    self.came(came);
                }
                Poll::Ready(outcome)
            }
            Poll::Pending => self.wait(context),
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        let outcome = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.wrote(context, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
