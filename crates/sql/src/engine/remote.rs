//! Runs work on a thread of its own while this one answers what it asks of the catalog.

use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::{Map, Value};

use super::failure::Failure;
use super::{Catalog, Found, Listed, TableName};

type Rows = Vec<Map<String, Value>>;

/// A question to the catalog, and where its answer goes.
enum Question {
    Find(TableName, Sender<Result<Option<Found>, String>>),
    Segment(String, Sender<Result<Rows, String>>),
    Dataset(String, String, Sender<Result<Option<String>, String>>),
    Tables(String, String, Sender<Result<Vec<Listed>, String>>),
}

/// The catalog, as the other thread sees it.
struct Remote {
    questions: Sender<Question>,
}

impl Remote {
    fn ask<T>(&self, question: impl FnOnce(Sender<Result<T, String>>) -> Question) -> Result<T, String> {
        let (answer, answers) = channel();
        let gone = || "the catalog is gone".to_owned();
        self.questions.send(question(answer)).map_err(|_| gone())?;
        answers.recv().map_err(|_| gone())?
    }
}

impl Catalog for Remote {
    fn find(&self, name: &TableName) -> Result<Option<Found>, String> {
        self.ask(|answer| Question::Find(name.clone(), answer))
    }

    fn segment(&self, key: &str) -> Result<Rows, String> {
        self.ask(|answer| Question::Segment(key.to_owned(), answer))
    }

    fn dataset(&self, project: &str, dataset: &str) -> Result<Option<String>, String> {
        self.ask(|answer| Question::Dataset(project.to_owned(), dataset.to_owned(), answer))
    }

    fn tables(&self, project: &str, dataset: &str) -> Result<Vec<Listed>, String> {
        self.ask(|answer| Question::Tables(project.to_owned(), dataset.to_owned(), answer))
    }
}

fn answer(catalog: &dyn Catalog, questions: &Receiver<Question>) {
    while let Ok(question) = questions.recv() {
        let waited = match question {
            Question::Find(name, to) => to.send(catalog.find(&name)).is_ok(),
            Question::Segment(key, to) => to.send(catalog.segment(&key)).is_ok(),
            Question::Dataset(project, dataset, to) => to.send(catalog.dataset(&project, &dataset)).is_ok(),
            Question::Tables(project, dataset, to) => to.send(catalog.tables(&project, &dataset)).is_ok(),
        };
        if !waited {
            // The asker is gone, and asks nothing more.
            return;
        }
    }
}

/// Runs work on a thread with a stack of this size. A panic there is an error here.
pub fn run<T: Send>(
    catalog: &dyn Catalog,
    stack: usize,
    work: impl FnOnce(&dyn Catalog) -> Result<T, Failure> + Send,
) -> Result<T, Failure> {
    let (questions, asked) = channel();
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("sql".to_owned())
            .stack_size(stack)
            .spawn_scoped(scope, move || work(&Remote { questions }));
        let thread =
            thread.map_err(|error| Failure::internal(format!("no thread for the query: {error}")))?;
        // Ends when the other thread's side of the channel does.
        answer(catalog, &asked);
        thread
            .join()
            .unwrap_or_else(|_| Err(Failure::internal("The query failed by a fault of the local BigQuery.")))
    })
}
