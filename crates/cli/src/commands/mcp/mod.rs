//! `stack mcp`: a server of the Model Context Protocol for agents. They may look; they apply only what a person approved.

mod apply;
mod arguments;
mod catalog;
mod explain;
mod looks;
mod protocol;
mod reply;
mod wire;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::Declaration;
use crate::args::Global;
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::world::{Declared, World};
use catalog::Tool;
use protocol::{Answer, Call, Era, Protocol};
use wire::{Line, Wire};

/// Calls that are at work at once; the others wait.
const AT_ONCE: usize = 4;

/// What every tool works with.
pub struct Server {
    global: Global,
    declaration: Declaration,
    out: Out,
    /// Held by the one apply that is at work.
    applying: Mutex<()>,
    turns: Semaphore,
}

impl Server {
    /// A whole stack and the way to its cloud; no image is built for it.
    async fn world(&self, stack: Option<&str>) -> Result<World, Problem> {
        let global = arguments::with_stack(&self.global, stack)?;
        let all = engine::Selection::default();
        let (what, later) = (Declared::Everything, Building::Later);
        World::open(&global, self.declaration, what, later, all, &self.out).await
    }

    /// Runs a tool; its failure is a result, too.
    async fn call(&self, call: Call, stop: watch::Receiver<bool>, telling: Telling) -> Value {
        // Nobody closes the semaphore.
        let _turn = self.turns.acquire().await;
        let Call { tool, arguments, .. } = call;
        let done = async {
            match tool {
                Tool::Plan => looks::plan(self, &arguments::parse(tool, arguments)?).await,
                Tool::Explain => explain::explain(self, &arguments::parse(tool, arguments)?).await,
                Tool::Cost => looks::cost(self, &arguments::parse(tool, arguments)?).await,
                Tool::Drift => looks::drift(self, &arguments::parse(tool, arguments)?).await,
                Tool::State => looks::state(self, &arguments::parse(tool, arguments)?).await,
                Tool::Outputs => looks::outputs(self, &arguments::parse(tool, arguments)?).await,
                Tool::Apply => apply::apply(self, &arguments::parse(tool, arguments)?, stop, &telling).await,
            }
        };
        match done.await {
            Ok(reply) => reply.result(),
            Err(problem) => reply::failure(&problem),
        }
    }
}

/// Tells the client how far a call is, if it asked for that.
pub struct Telling {
    token: Option<Value>,
    to: UnboundedSender<Value>,
}

impl Telling {
    fn progress(&self, done: usize, of: usize, message: &str) {
        if let Some(token) = &self.token {
            // Nobody listens any longer when the connection ends; the work goes on.
            let _ = self.to.send(protocol::progress(token, done, of, message));
        }
    }
}

/// A call that is at work.
struct Running {
    id: Value,
    era: Era,
    /// Whether it may be ended anywhere: it only looks.
    looks: bool,
    is_cancelled: bool,
    stop: watch::Sender<bool>,
    task: AbortHandle,
}

impl Running {
    /// Ends a call that only looks; an apply lets finish what is under way.
    fn cancel(&mut self) {
        self.is_cancelled = true;
        self.stop.send_replace(true);
        if self.looks {
            self.task.abort();
        }
    }
}

/// One client's connection.
struct Connection {
    server: Arc<Server>,
    protocol: Protocol,
    tasks: JoinSet<Value>,
    running: HashMap<Id, Running>,
    notes: (UnboundedSender<Value>, UnboundedReceiver<Value>),
}

pub async fn run(global: &Global, declaration: Declaration, out: &Out) -> Result<ExitCode, Problem> {
    let mut wire = Wire::take_over()?;
    let server = Server {
        global: global.clone(),
        declaration,
        out: *out,
        applying: Mutex::default(),
        turns: Semaphore::new(AT_ONCE),
    };
    let mut connection = Connection {
        server: Arc::new(server),
        protocol: Protocol::default(),
        tasks: JoinSet::new(),
        running: HashMap::new(),
        notes: unbounded_channel(),
    };
    out.note("Serving the Model Context Protocol on standard input and output.");
    let served = tokio::select! {
        () = connection.serve(&mut wire) => Ok(()),
        stop = crate::system::stop_asked() => stop.map_err(|it| Problem::of(&it, None)),
    };
    connection.end(out).await?;
    wire.close();
    served.map(|()| ExitCode::SUCCESS)
}

impl Connection {
    /// Answers the client until it closes its side, or no longer reads.
    async fn serve(&mut self, wire: &mut Wire) {
        loop {
            let message = tokio::select! {
                line = wire.lines.recv() => match line {
                    Some(line) => self.take(&line),
                    None => return,
                },
                note = self.notes.1.recv() => note,
                Some(done) = self.tasks.join_next_with_id() => self.ended(done),
            };
            if let Some(message) = message
                && wire.messages.send(message).await.is_err()
            {
                return;
            }
        }
    }

    /// Takes a line; what it is answered with at once, if it is.
    fn take(&mut self, line: &Line) -> Option<Value> {
        let answer = match line {
            Line::Whole(line) => self.protocol.take(line),
            Line::TooLong => {
                let why = "a message has at most 1 MiB";
                Answer::Send(protocol::error(&Value::Null, protocol::INVALID_REQUEST, why))
            }
        };
        match answer {
            Answer::Nothing => None,
            Answer::Send(message) => Some(message),
            Answer::Cancel(id) => {
                self.running.values_mut().filter(|it| it.id == id).for_each(Running::cancel);
                None
            }
            Answer::Run(call) if self.running.values().any(|it| it.id == call.id) => {
                let why = "another request with this id is at work";
                Some(protocol::error(&call.id, protocol::INVALID_REQUEST, why))
            }
            Answer::Run(call) => {
                self.begin(call);
                None
            }
        }
    }

    fn begin(&mut self, call: Call) {
        let (stop, stopped) = watch::channel(false);
        let telling = Telling { token: call.progress.clone(), to: self.notes.0.clone() };
        let (id, era, looks) = (call.id.clone(), call.era, call.tool != Tool::Apply);
        let server = Arc::clone(&self.server);
        let task = self.tasks.spawn(async move { server.call(call, stopped, telling).await });
        self.running.insert(task.id(), Running { id, era, looks, is_cancelled: false, stop, task });
    }

    /// What a call that ended is answered with; a cancelled one with nothing.
    fn ended(&mut self, done: Result<(Id, Value), JoinError>) -> Option<Value> {
        let task = done.as_ref().map_or_else(JoinError::id, |it| it.0);
        let call = self.running.remove(&task).filter(|it| !it.is_cancelled)?;
        Some(match done {
            Ok((_, result)) => protocol::result(&call.id, result, call.era),
            Err(error) => {
                let why = format!("the tool broke off, which is an error of this program: {error}");
                protocol::error(&call.id, protocol::INTERNAL_ERROR, &why)
            }
        })
    }

    /// Ends everything that is at work: what only looks at once, an apply when what is under way has finished. Whoever asks
    /// once more ends that, too.
    async fn end(&mut self, out: &Out) -> Result<(), Problem> {
        self.running.values_mut().for_each(Running::cancel);
        if self.running.values().any(|it| !it.looks) {
            out.note("Stopping: what is under way is let finish. The next run goes on from there.");
        }
        tokio::select! {
            () = async { while self.tasks.join_next().await.is_some() {} } => Ok(()),
            stop = crate::system::stop_asked() => {
                stop.map_err(|it| Problem::of(&it, None))?;
                Err(Problem::new("stopped at once").hint("run it again: it goes on from what really happened"))
            }
        }
    }
}
