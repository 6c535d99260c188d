//! Commits many callers' rows at once: whoever comes while a commit runs shares the next one.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use crate::queue::Row;
use crate::store::{Store, StoreError};

/// Told how the commit went, in the order of the batches.
type Then = Box<dyn FnOnce(Result<(), Arc<StoreError>>) + Send>;

/// Rows that are kept together or not at all.
struct Batch {
    rows: Vec<Row>,
    then: Then,
}

/// The most rows of one commit.
const MOST: usize = 50_000;

/// The one who writes messages.
pub struct Writer {
    batches: Option<Sender<Batch>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts writing to a store.
    pub fn new(store: Arc<Store>) -> Writer {
        let (batches, received) = channel();
        let thread = std::thread::spawn(move || run(&store, &received));
        Writer { batches: Some(batches), thread: Some(thread) }
    }

    /// Hands over rows; never waits.
    pub fn write(&self, rows: Vec<Row>, then: impl FnOnce(Result<(), Arc<StoreError>>) + Send + 'static) {
        let batch = Batch { rows, then: Box::new(then) };
        if let Some(Err(lost)) = self.batches.as_ref().map(|it| it.send(batch)) {
            (lost.0.then)(Err(Arc::new(StoreError::Stopped)));
        }
    }
}

impl Drop for Writer {
    /// Waits until all that was handed over is written, so that the data can be opened again.
    fn drop(&mut self) {
        self.batches.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(store: &Store, received: &Receiver<Batch>) {
    while let Ok(first) = received.recv() {
        let mut count = first.rows.len();
        let mut batches = vec![first];
        while count < MOST
            && let Ok(next) = received.try_recv()
        {
            count += next.rows.len();
            batches.push(next);
        }
        let outcome = commit(store, &batches).map_err(Arc::new);
        for batch in batches {
            (batch.then)(outcome.clone());
        }
    }
}

fn commit(store: &Store, batches: &[Batch]) -> Result<(), StoreError> {
    if batches.iter().all(|it| it.rows.is_empty()) {
        return Ok(());
    }
    let mut tx = store.write()?;
    for batch in batches {
        tx.write_rows(&batch.rows)?;
    }
    tx.commit()
}
