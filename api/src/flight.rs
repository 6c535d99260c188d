//! Work that many wait for and that is done once. It goes on when those who wait are gone, and nobody holds a lock
//! meanwhile.

use tokio::sync::watch;

/// The outcome of work under way, once it is there.
pub type Flight<T> = watch::Receiver<Option<T>>;

/// Starts work in the background.
pub fn start<T: Send + Sync + 'static>(work: impl Future<Output = T> + Send + 'static) -> Flight<T> {
    let (sender, flight) = watch::channel(None);
    tokio::spawn(async move {
        let outcome = work.await;
        // Nobody may be waiting any more.
        let _ = sender.send(Some(outcome));
    });
    flight
}

/// Whether it is still under way. What is not and has no outcome crashed.
pub fn under_way<T>(flight: &Flight<T>) -> bool {
    flight.has_changed().is_ok() && flight.borrow().is_none()
}

/// The outcome; `None` if the work crashed.
pub async fn outcome<T: Clone>(mut flight: Flight<T>) -> Option<T> {
    flight.wait_for(Option::is_some).await.ok()?.clone()
}
