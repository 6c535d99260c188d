//! In which order the halves of steps are done: what is needed first, what is used last.

use std::collections::{HashMap, HashSet};

use crate::Urn;
use crate::plan::{Op, Step};

/// A step's first or second half, each with prerequisites of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Half {
    Make(usize),
    Unmake(usize),
}

impl Half {
    pub(crate) fn step(self) -> usize {
        match self {
            Half::Make(at) | Half::Unmake(at) => at,
        }
    }
}

/// What comes before what.
pub(crate) struct Order {
    /// For each half that there is to do, the halves that come first.
    pub(crate) waiting: HashMap<Half, HashSet<Half>>,
    /// What would have had to come before what, if that had not waited for it.
    given_up: Vec<(Half, Half)>,
}

impl Order {
    pub(crate) fn new(steps: &[Step]) -> Order {
        let by_urn: HashMap<&Urn, usize> = steps.iter().enumerate().map(|(i, it)| (&it.urn, i)).collect();
        let by_ledger: HashMap<Urn, usize> =
            steps.iter().enumerate().map(|(i, it)| (ledger_urn(it), i)).collect();
        let mut order = Order { waiting: HashMap::new(), given_up: Vec::new() };
        for (at, step) in steps.iter().enumerate() {
            let halves = [makes(step).then_some(Half::Make(at)), unmakes(step).then_some(Half::Unmake(at))];
            order.waiting.extend(halves.into_iter().flatten().map(|it| (it, HashSet::new())));
        }
        for (at, step) in steps.iter().enumerate() {
            let (make, unmake) = (Half::Make(at), Half::Unmake(at));
            match (makes(step) && unmakes(step), step.work.create_first) {
                (true, true) => order.must(make, unmake),
                (true, false) => order.must(unmake, make),
                (false, _) => {}
            }
            for need in step.work.needs.iter().filter_map(|it| by_urn.get(it)) {
                if makes(step) && makes(&steps[*need]) {
                    order.must(Half::Make(*need), make);
                }
            }
        }
        // The rest gives way where it would close a circle, for nothing may wait for ever.
        let (mut deletions, mut others) = (Vec::new(), Vec::new());
        for (at, step) in steps.iter().enumerate() {
            let used = used(step).filter_map(|it| by_ledger.get(it).or_else(|| by_urn.get(it)));
            for other in used.filter(|it| **it != at && unmakes(&steps[**it])) {
                // What used something is deleted before it, or lets go of it before.
                match unmakes(step) {
                    true => deletions.push((Half::Unmake(at), Half::Unmake(*other))),
                    false => others.push((Half::Make(at), Half::Unmake(*other))),
                }
            }
        }
        // What makes room for its replacement goes only once all that the new one needs is there.
        for (at, step) in steps.iter().enumerate() {
            if makes(step) && unmakes(step) && !step.work.create_first {
                let needs = order.waiting.get(&Half::Make(at)).into_iter().flatten().copied();
                others.extend(needs.filter(|it| *it != Half::Unmake(at)).map(|it| (it, Half::Unmake(at))));
            }
        }
        // What is deleted has ended before what it used changes: a job has drained the subscription it pulls
        // before that delivers otherwise. It is the first to give way.
        let mut ends = Vec::new();
        for (at, step) in steps.iter().enumerate().filter(|(_, it)| it.op == Op::Delete) {
            let used = used(step).filter_map(|it| by_ledger.get(it).or_else(|| by_urn.get(it)));
            let changing = used.filter(|it| changes(&steps[**it]));
            ends.extend(changing.map(|it| (Half::Unmake(at), Half::Make(*it))));
        }
        others.sort();
        for (first, then) in deletions.into_iter().chain(others).chain(ends) {
            order.may(first, then);
        }
        order
    }

    fn must(&mut self, first: Half, then: Half) {
        if let Some(needs) = self.waiting.get_mut(&then) {
            needs.insert(first);
        }
    }

    fn may(&mut self, first: Half, then: Half) {
        if self.waits_for(first, then) {
            self.given_up.push((first, then));
        } else {
            self.must(first, then);
        }
    }

    fn waits_for(&self, which: Half, what: Half) -> bool {
        let mut seen = HashSet::new();
        let mut todo = vec![which];
        while let Some(half) = todo.pop() {
            if half == what {
                return true;
            }
            if seen.insert(half) {
                todo.extend(self.waiting.get(&half).into_iter().flatten());
            }
        }
        false
    }
}

fn makes(step: &Step) -> bool {
    step.op != Op::Delete
}

fn unmakes(step: &Step) -> bool {
    match step.op {
        Op::Delete => true,
        Op::Replace => step.work.live.is_some() || step.work.entry.is_some(),
        Op::Same | Op::Create | Op::Update | Op::Adopt | Op::Conflict => false,
    }
}

/// Whether what is there stays, and becomes something else.
fn changes(step: &Step) -> bool {
    match step.op {
        Op::Update | Op::Adopt => true,
        Op::Same | Op::Create | Op::Replace | Op::Conflict | Op::Delete => false,
    }
}

/// What the live one uses; and, where it stays, what it will use from now on.
fn used(step: &Step) -> impl Iterator<Item = &Urn> {
    let former = step.work.entry.iter().flat_map(|it| &it.dependencies);
    let stays = makes(step) && !(unmakes(step) && step.work.entry.is_some());
    former.chain(step.work.needs.iter().filter(move |_| stays))
}

/// What could be made beside the old one cannot where that must go before something it needs can be made
/// anew: a transfer into a dataset that is replaced.
pub(crate) fn make_room(steps: &mut [Step]) {
    let beside = |it: &Step| it.op == Op::Replace && it.work.create_first;
    while steps.iter().any(beside) {
        let order = Order::new(steps);
        let stuck = order.given_up.iter().find_map(|(first, _)| match first {
            Half::Unmake(at) if beside(&steps[*at]) => Some(*at),
            Half::Make(_) | Half::Unmake(_) => None,
        });
        match stuck {
            Some(at) => steps[at].work.create_first = false,
            None => return,
        }
    }
}

/// Under which address the ledger has it.
pub(crate) fn ledger_urn(step: &Step) -> Urn {
    step.work.entry.as_ref().map_or_else(|| step.urn.clone(), |it| it.urn.clone())
}
