//! Sockets: accepts connections, carries requests and answers over them, and ends them when the cloud stops or makes way.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use crate::Stop;
use crate::bounds::{self, Protocol};
use crate::cloud::Cloud;
use crate::runtime::Runtime;
use crate::server::{Edge, dispatch};

/// How long requests that are under way have to end when this server makes way for another: who pulls messages may wait
/// for hours.
const LAST_REQUESTS: Duration = Duration::from_secs(15);

/// How long nothing is accepted after that failed: where descriptors are used up, the next try fails as well.
const PAUSE: Duration = Duration::from_millis(50);

/// What every connection is served with.
#[derive(Clone)]
struct Served {
    cloud: Arc<Cloud>,
    edge: Arc<Edge>,
    runtime: Arc<Runtime>,
    stop: watch::Receiver<Stop>,
}

/// Binds an address.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Accepts connections, and takes those that containers open in their own networks, until told to stop. Gives back what it
/// listened on.
pub async fn run(
    listener: TcpListener,
    mut from_containers: mpsc::Receiver<(TcpStream, SocketAddr)>,
    cloud: Arc<Cloud>,
    edge: Edge,
    idle: Duration,
    mut stop: watch::Receiver<Stop>,
) -> TcpListener {
    let runtime = Runtime::start(&cloud, idle);
    let mut background = JoinSet::new();
    background.spawn(crate::services::pubsub::keep(Arc::clone(&cloud)));
    background.spawn(crate::services::bigquerydatatransfer::keep(Arc::clone(&cloud)));
    background.spawn(crate::services::dataflow::keep(Arc::clone(&cloud)));
    background.spawn(crate::services::storage::keep(Arc::clone(&cloud)));
    let served = Served { cloud, edge: Arc::new(edge), runtime: Arc::clone(&runtime), stop: stop.clone() };
    let mut connections = JoinSet::new();
    let places = Arc::new(Semaphore::new(bounds::CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &mut from_containers, &places) => accepted,
            _ = stop.changed() => break,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let served = served.clone();
        connections.spawn(async move {
            let _place = place;
            served.connection(stream, peer).await;
        });
        while connections.try_join_next().is_some() {}
    }
    if *stop.borrow() == Stop::Gently {
        let answered = async { while connections.join_next().await.is_some() {} };
        // What is still under way then is cut off, as by a stop.
        let _ = tokio::time::timeout(LAST_REQUESTS, answered).await;
    }
    connections.shutdown().await;
    background.shutdown().await;
    runtime.close().await;
    listener
}

impl Served {
    /// Serves one connection until it ends, or until its request that is under way is answered if the cloud makes way.
    async fn connection(self, stream: TcpStream, peer: SocketAddr) {
        // Small answers go out at once; without this each waits for the caller's acknowledgement.
        let _ = stream.set_nodelay(true);
        let Served { cloud, edge, runtime, mut stop } = self;
        let service = service_fn(move |request: http::Request<Incoming>| {
            dispatch(request, peer, Arc::clone(&cloud), Arc::clone(&edge), Arc::clone(&runtime))
        });
        // How a connection ends is its caller's affair, and breaking one is what a fault does.
        match bounds::protocol(&stream).await {
            Some(Protocol::Http1) => {
                let connection = hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(bounds::HEAD)
                    .max_buf_size(bounds::HEAD_BYTES)
                    .serve_connection(TokioIo::new(stream), service);
                let mut connection = pin!(connection.with_upgrades());
                tokio::select! {
                    _ = connection.as_mut() => return,
                    () = asked_gently(&mut stop) => connection.as_mut().graceful_shutdown(),
                }
                let _ = connection.await;
            }
            Some(Protocol::Http2) => {
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .timer(TokioTimer::new())
                    .keep_alive_interval(bounds::HEAD)
                    .max_header_list_size(bounds::HEAD_BYTES as u32)
                    .serve_connection(TokioIo::new(stream), service);
                let mut connection = pin!(connection);
                tokio::select! {
                    _ = connection.as_mut() => return,
                    () = asked_gently(&mut stop) => connection.as_mut().graceful_shutdown(),
                }
                let _ = connection.await;
            }
            // It said nothing in time.
            None => {}
        }
    }
}

/// Returns once this server is asked to make way for another.
async fn asked_gently(stop: &mut watch::Receiver<Stop>) {
    if stop.wait_for(|it| *it == Stop::Gently).await.is_err() {
        // The cloud was dropped, and ends everything by itself.
        std::future::pending::<()>().await;
    }
}

/// The next connection, once there is a place for it; `None` if it failed.
async fn accept(
    listener: &TcpListener,
    from_containers: &mut mpsc::Receiver<(TcpStream, SocketAddr)>,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    // The semaphore is never closed.
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    let accepted = tokio::select! {
        accepted = listener.accept() => accepted,
        Some(connection) = from_containers.recv() => Ok(connection),
    };
    match accepted {
        Ok((stream, peer)) => Some((stream, peer, place)),
        // One that failed before it began concerns only its caller.
        Err(_) => {
            tokio::time::sleep(PAUSE).await;
            None
        }
    }
}
