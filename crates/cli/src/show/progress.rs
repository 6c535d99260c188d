//! What is going on while a plan is applied: a line for each step that ended, and on a terminal one line
//! for those under way.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::{Doing, Event, Fact, Step, Urn, Waiting};

use crate::style::{Ink, Style};

/// Shows events as they come. Cheap to share.
#[derive(Clone)]
pub struct Progress {
    state: Arc<Mutex<State>>,
}

struct State {
    style: Style,
    /// A terminal that shows a line that changes.
    live: bool,
    total: usize,
    ended: usize,
    running: BTreeMap<Urn, (String, Instant)>,
    begun: Instant,
    /// The latest reason for waiting.
    waiting: Option<(String, Instant)>,
    /// The facts whose waits were shown.
    waited_for: HashSet<Fact>,
    frame: usize,
}

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const CLEAR: &str = "\r\x1b[2K";

impl Progress {
    pub fn new(total: usize, live: bool, style: Style) -> Progress {
        let state = State {
            style,
            live,
            total,
            ended: 0,
            running: BTreeMap::new(),
            begun: Instant::now(),
            waiting: None,
            waited_for: HashSet::new(),
            frame: 0,
        };
        Progress { state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Worst, a line looks odd.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn event(&self, event: &Event<'_>) {
        let mut state = self.state();
        match event {
            Event::Started { step, doing } => {
                let text = format!("{} {}", verb(*doing), name(step));
                state.running.insert(step.urn.clone(), (text, Instant::now()));
            }
            Event::Done { step, doing, took } => {
                state.running.remove(&step.urn);
                state.ended += 1;
                let (mark, ink) = mark(*doing);
                let (mark, time) =
                    (state.style.paint(ink, mark), state.style.paint(Ink::Faint, &seconds(*took)));
                state.line(&format!("  {mark} {} {} {time}", past(*doing), name(step)));
            }
            Event::Failed { step, doing, failure } => {
                state.running.remove(&step.urn);
                state.ended += 1;
                let mark = state.style.paint(Ink::Error, "x");
                state.line(&format!("  {mark} {} {}: {failure}", verb(*doing), name(step)));
            }
            Event::Skipped { step, because } => {
                state.ended += 1;
                let text = state.style.paint(Ink::Faint, &format!("  . {} left out: {because}", name(step)));
                state.line(&text);
            }
        }
        state.draw();
    }

    /// Shows what a call waits for and how long at most. Where no line changes in place, a wait for a fact of this run
    /// is a line of its own, once: it may take minutes.
    pub fn retry(&self, waiting: &Waiting<'_>) {
        let mut state = self.state();
        let text = match waiting.fact {
            Some(fact) => format!("waiting for {fact} (at most {})", seconds(waiting.at_most)),
            None => {
                let why: String = waiting.why.chars().take(100).collect();
                let (wait, at_most) = (seconds(waiting.wait), seconds(waiting.at_most));
                format!("{}: {why}; again in {wait} (at most {at_most})", waiting.call)
            }
        };
        if let Some(fact) = waiting.fact
            && !state.live
            && state.waited_for.insert(fact.clone())
        {
            state.write(&format!("  … {text}\n"));
        }
        state.waiting = Some((text, Instant::now() + waiting.wait));
        state.draw();
    }

    /// Draws the changing line anew every 80 ms, for as long as it is awaited.
    pub async fn tick(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(80)).await;
            let mut state = self.state();
            state.frame += 1;
            state.draw();
        }
    }

    /// Takes the changing line away.
    pub fn clear(&self) {
        let state = self.state();
        if state.live {
            state.write(CLEAR);
        }
    }
}

impl State {
    /// Progress is for watching: if nobody can see it, the work goes on.
    fn write(&self, text: &str) {
        let mut err = io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    fn line(&self, text: &str) {
        let clear = if self.live { CLEAR } else { "" };
        self.write(&format!("{clear}{text}\n"));
    }

    fn draw(&mut self) {
        if !self.live {
            return;
        }
        if self.running.is_empty() {
            return self.write(CLEAR);
        }
        let spin = self.style.paint(Ink::Adopted, FRAMES[self.frame % FRAMES.len()]);
        let count = format!("{}/{} {}", self.ended, self.total, seconds(self.begun.elapsed()));
        let waiting =
            self.waiting.as_ref().filter(|(_, until)| Instant::now() < *until).map(|(text, _)| text.clone());
        let text = waiting.unwrap_or_else(|| {
            // The one that takes longest is what people wait for.
            let mut running: Vec<&(String, Instant)> = self.running.values().collect();
            running.sort_by_key(|(_, since)| *since);
            let names: Vec<&str> = running.iter().take(3).map(|(text, _)| text.as_str()).collect();
            let more = running.len().saturating_sub(3);
            let more = if more > 0 { format!(", {more} more") } else { String::new() };
            format!("{}{more}", names.join(", "))
        });
        let room = crate::system::width().saturating_sub(count.chars().count() + 6);
        let text: String = text.chars().take(room).collect();
        self.write(&format!("{CLEAR}  {spin} {count}  {}", self.style.paint(Ink::Faint, &text)));
    }
}

fn name(step: &Step) -> String {
    format!("{} {}", step.noun(), step.name)
}

fn verb(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "creating",
        Doing::Updating => "updating",
        Doing::Adopting => "adopting",
        Doing::Deleting => "deleting",
        Doing::Noting => "noting",
    }
}

fn past(doing: Doing) -> &'static str {
    match doing {
        Doing::Creating => "created",
        Doing::Updating => "updated",
        Doing::Adopting => "adopted",
        Doing::Deleting => "deleted",
        Doing::Noting => "noted",
    }
}

fn mark(doing: Doing) -> (&'static str, Ink) {
    match doing {
        Doing::Creating => ("+", Ink::Added),
        Doing::Updating => ("~", Ink::Changed),
        Doing::Adopting => ("↻", Ink::Adopted),
        Doing::Deleting => ("-", Ink::Removed),
        Doing::Noting => (" ", Ink::Faint),
    }
}

/// `0.4s`, `12s`, `3m05s`.
pub fn seconds(time: Duration) -> String {
    let all = time.as_secs();
    match all {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        10..60 => format!("{all}s"),
        _ => format!("{}m{:02}s", all / 60, all % 60),
    }
}
