//! How patient a session is: what is tried again, how long, how often, and what is asked only once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engine::*;
use serde_json::{Value, json};
use tokio::time::Instant;

/// Answers in turn; the last answer for ever.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Answer, Lost>>>,
    /// When each call came, since the first.
    calls: Mutex<Vec<(String, Duration)>>,
    begun: Mutex<Option<Instant>>,
    slow: Duration,
}

#[async_trait]
impl Cloud for Script {
    async fn send(&self, call: &Call) -> Result<Answer, Lost> {
        let begun = *self.begun.lock().unwrap().get_or_insert_with(Instant::now);
        self.calls.lock().unwrap().push((call.to_string(), begun.elapsed()));
        tokio::time::sleep(self.slow).await;
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }
}

struct Patient {
    rate: Rate,
}

#[async_trait]
impl Provider for Patient {
    fn driver(&self, _: &str) -> Option<&'static dyn Driver> {
        None
    }
    fn refusal(&self, _: &Call, answer: &Answer) -> Refusal {
        let cause = match answer.status {
            403 => Cause::Denied,
            404 => Cause::NotFound,
            409 => Cause::Busy,
            412 => Cause::Stale,
            429 => Cause::Throttled,
            500..=599 => Cause::Unavailable,
            _ => Cause::Invalid,
        };
        let message = answer.body.as_str().unwrap_or_default().to_owned();
        let (status, code, hint) = (answer.status, String::new(), Some("wait".to_owned()));
        Refusal { cause, status, code, message, hint, principal: None, resource: None }
    }
    fn explains(&self, fact: &Fact, refusal: &Refusal, _: &Call) -> bool {
        refusal.cause == Cause::Denied && *fact == grant("a")
    }
    fn rate(&self, _: &str) -> Rate {
        self.rate
    }
    async fn facts(&self, _: &Program, _: &Session) -> Result<Facts, Failure> {
        Ok(Facts::new())
    }
    async fn foresee(&self, _: &Plan, _: &Session) -> Vec<Diagnostic> {
        Vec::new()
    }
}

fn grant(member: &str) -> Fact {
    Fact::Granted { role: "r".to_owned(), member: member.to_owned(), resource: "x".to_owned() }
}

fn answer(status: u16) -> Result<Answer, Lost> {
    Ok(Answer { status, retry_after: None, body: json!("said") })
}

fn after(status: u16, seconds: u64) -> Result<Answer, Lost> {
    Ok(Answer { status, retry_after: Some(Duration::from_secs(seconds)), body: Value::Null })
}

fn broken() -> Result<Answer, Lost> {
    Err(Lost::Broken { reason: "connection reset".to_owned() })
}

fn unreachable() -> Result<Answer, Lost> {
    Err(Lost::Unreachable { reason: "refused".to_owned(), hint: Some("start it".to_owned()) })
}

const PATIENCE: Patience = Patience {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(8),
    give_up: Duration::from_secs(60),
    fresh: Duration::from_secs(420),
};

const UNLIMITED: Rate = Rate { per_second: 1e9, burst: 1e9 };

fn scripted(answers: Vec<Result<Answer, Lost>>, slow: Duration, rate: Rate) -> (Arc<Script>, Arc<Session>) {
    let script = Arc::new(Script { answers: Mutex::new(answers.into()), slow, ..Script::default() });
    let session = Session::new(script.clone(), Arc::new(Patient { rate }), PATIENCE);
    (script, Arc::new(session))
}

fn with(answers: Vec<Result<Answer, Lost>>) -> (Arc<Script>, Arc<Session>) {
    scripted(answers, Duration::ZERO, UNLIMITED)
}

fn get() -> Call {
    Call::get("api", "v1/things/a")
}

fn post() -> Call {
    Call::new(Method::Post, "api", "v1/things")
}

impl Script {
    fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    fn times(&self) -> Vec<Duration> {
        self.calls.lock().unwrap().iter().map(|(_, at)| *at).collect()
    }

    /// How long was waited before each try but the first.
    fn waits(&self) -> Vec<Duration> {
        self.times().windows(2).map(|it| it[1] - it[0]).collect()
    }
}

/// Checks how often a call is sent when the first answers are these and then it succeeds, and whether it does.
async fn check(call: Call, answers: Vec<Result<Answer, Lost>>, tries: usize, succeeds: bool) {
    let shown = format!("{call} after {answers:?}");
    let (script, session) = with([answers, vec![answer(200)]].concat());
    let outcome = session.send(&call).await;
    assert_eq!((script.count(), outcome.is_ok()), (tries, succeeds), "{shown}: {outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_temporary_is_tried_again() {
    for status in [429, 500, 502, 503, 504] {
        check(get(), vec![answer(status), answer(status)], 3, true).await;
    }
    check(get(), vec![answer(409)], 2, true).await;
    check(get(), vec![broken(), answer(503), broken()], 4, true).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_final_is_not() {
    for status in [400, 403, 404, 412] {
        check(get(), vec![answer(status)], 1, false).await;
    }
    let credentials = Lost::Credentials { reason: "none".to_owned(), hint: None };
    check(get(), vec![Err(credentials)], 1, false).await;
}

#[tokio::test(start_paused = true)]
async fn what_may_have_taken_effect_is_not_sent_twice() {
    check(post(), vec![broken()], 1, false).await;
    for status in [500, 502, 503, 504] {
        check(post(), vec![answer(status)], 1, false).await;
    }
    // Nothing was done then.
    check(post(), vec![answer(429)], 2, true).await;
    check(post(), vec![unreachable()], 2, true).await;
    // Its sender may know better, either way.
    check(post().repeat(Repeat::Safe), vec![broken(), answer(500)], 3, true).await;
    check(Call::new(Method::Put, "api", "a").repeat(Repeat::Once), vec![broken()], 1, false).await;
    for method in [Method::Put, Method::Patch, Method::Delete] {
        check(Call::new(method, "api", "a"), vec![broken(), answer(500)], 3, true).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whether_it_may_have_taken_effect_is_told() {
    for (answers, unsure) in [
        (vec![answer(400)], false),
        (vec![answer(429), answer(400)], false),
        (vec![unreachable()], false),
        (vec![broken()], true),
        (vec![answer(500)], true),
        // An earlier try may be the reason for the refusal.
        (vec![broken(), answer(400)], true),
        (vec![answer(503), answer(400)], true),
    ] {
        let shown = format!("{answers:?}");
        let (_, session) = with(answers);
        let failure = session.send(&Call::new(Method::Put, "api", "a")).await.unwrap_err();
        assert_eq!(failure.is_unsure(), unsure, "{shown}: {failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_double_up_to_the_longest_with_jitter() {
    let (script, session) = with(vec![answer(503)]);
    session.send(&get()).await.unwrap_err();
    for (i, wait) in script.waits().iter().enumerate() {
        let step = Duration::from_secs(1 << i.min(3));
        assert!(*wait >= step / 2 && *wait <= step, "wait {i} was {wait:?}");
    }
    assert!(script.waits().len() >= 7);
}

#[tokio::test(start_paused = true)]
async fn the_server_says_how_long_to_wait() {
    let (script, session) = with(vec![after(429, 7), after(503, 11), answer(200)]);
    session.send(&get()).await.unwrap();
    assert_eq!(script.waits().iter().map(Duration::as_secs).collect::<Vec<_>>(), [7, 11]);
}

#[tokio::test(start_paused = true)]
async fn it_gives_up_in_time() {
    for wrong in [answer(503), answer(429), answer(409), broken(), after(429, 10)] {
        let (script, session) = with(vec![wrong]);
        let begun = Instant::now();
        let failure = session.send(&get()).await.unwrap_err();
        let took = begun.elapsed();
        // No try begins later than that, but the last wait.
        let (least, most) = (PATIENCE.give_up, PATIENCE.give_up + Duration::from_secs(10));
        assert!(took >= least && took <= most, "{failure} after {took:?}");
        let (Failure::Refused { attempts, .. } | Failure::Lost { attempts, .. }) = failure else {
            panic!("{failure:?}")
        };
        assert_eq!(attempts as usize, script.count());
    }
    let (script, session) = with(vec![unreachable()]);
    let failure = session.send(&get()).await.unwrap_err();
    assert_eq!(script.count(), 4, "nobody is there");
    assert_eq!(failure.hint().as_deref(), Some("start it"));
}

#[tokio::test(start_paused = true)]
async fn a_failure_says_what_was_asked_and_what_was_answered() {
    let (_, session) = with(vec![answer(403)]);
    let failure = session.send(&get()).await.unwrap_err();
    assert_eq!(failure.to_string(), "403: said");
    assert_eq!(failure.call(), Some("GET api/v1/things/a"));
    assert_eq!(failure.hint().as_deref(), Some("wait"));
    let (_, session) = with(vec![broken()]);
    let failure = session.send(&post()).await.unwrap_err();
    assert_eq!(failure.to_string(), "no answer from api: connection reset");
}

#[tokio::test(start_paused = true)]
async fn a_fresh_grant_passes_and_a_stale_one_does_not() {
    let (script, session) = with(vec![answer(403), answer(403), answer(200)]);
    session.note(grant("a"));
    session.send(&post()).await.unwrap();
    assert_eq!(script.count(), 3);

    let (script, session) = with(vec![answer(403)]);
    session.note(grant("b"));
    session.send(&post()).await.unwrap_err();
    assert_eq!(script.count(), 1);

    let (script, session) = with(vec![answer(403)]);
    session.note(grant("a"));
    tokio::time::sleep(PATIENCE.fresh).await;
    session.send(&post()).await.unwrap_err();
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_says_what_for_and_how_long_at_most() {
    let (_, session) = with(vec![answer(403), answer(403), answer(503), answer(200)]);
    session.note(grant("a"));
    tokio::time::sleep(Duration::from_secs(20)).await;
    let shown = Arc::new(Mutex::new(Vec::new()));
    let sink = shown.clone();
    session.on_retry(Arc::new(move |it: &Waiting<'_>| {
        let fact = it.fact.map_or_else(|| it.why.to_owned(), Fact::to_string);
        sink.lock().unwrap().push((fact, it.at_most.as_secs()));
    }));
    session.send(&get()).await.unwrap();
    let shown = shown.lock().unwrap();
    assert_eq!(shown[0], ("the grant of r to a on x to take effect".to_owned(), 400), "20 s have passed");
    assert!(shown[1].1 < 400 && shown[1].0 == shown[0].0, "{shown:?}");
    assert!(shown[2].0 == "503: said" && shown[2].1 <= 60, "{shown:?}");
}

#[tokio::test(start_paused = true)]
async fn what_only_asks_takes_a_refusal_for_the_answer() {
    let (script, session) = with(vec![answer(403)]);
    session.note(grant("a"));
    session.send(&get().asking()).await.unwrap_err();
    assert_eq!(script.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_repeats_no_secret() {
    let refusal = Ok(Answer { status: 400, retry_after: None, body: json!("\"hunter2\" is no colour") });
    let (_, session) = with(vec![refusal]);
    let failure =
        session.send(&post().body(json!({ "colour": secret(json!("hunter2")) }))).await.unwrap_err();
    assert_eq!(failure.to_string(), "400: \"(secret)\" is no colour");
}

#[tokio::test(start_paused = true)]
async fn a_grant_that_never_shows_is_waited_for_only_so_long() {
    let (_, session) = with(vec![answer(403)]);
    session.note(grant("a"));
    let begun = Instant::now();
    session.send(&post()).await.unwrap_err();
    let took = begun.elapsed();
    assert!(took >= PATIENCE.fresh && took <= PATIENCE.fresh + PATIENCE.longest, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn so_many_at_once_and_so_many_a_second() {
    let (script, session) =
        scripted(vec![answer(200)], Duration::ZERO, Rate { per_second: 10.0, burst: 5.0 });
    let call = get();
    futures_util::future::join_all((0..25).map(|_| session.send(&call))).await;
    let at_once = script.times().iter().filter(|it| it.as_millis() < 50).count();
    assert_eq!(at_once, 5);
    let last = script.times().last().unwrap().as_millis();
    assert!((1990..=2010).contains(&last), "the last of 25 came after {last} ms");
    // Another service has a bucket of its own.
    let begun = Instant::now();
    session.send(&Call::get("other", "a")).await.unwrap();
    assert!(begun.elapsed().as_millis() < 5);
    // It fills up again, and never beyond the burst.
    tokio::time::sleep(Duration::from_secs(100)).await;
    let begun = Instant::now();
    futures_util::future::join_all((0..6).map(|_| session.send(&call))).await;
    let took = begun.elapsed().as_millis();
    assert!((95..=105).contains(&took), "six took {took} ms");
}

#[tokio::test(start_paused = true)]
async fn what_many_read_at_once_is_asked_once() {
    let (script, session) = scripted(vec![answer(200)], Duration::from_secs(1), UNLIMITED);
    let call = get();
    let answers = futures_util::future::join_all((0..20).map(|_| session.read(&call))).await;
    assert!(answers.iter().all(|it| it.as_ref().is_ok_and(|it| it == "said")));
    assert_eq!(script.count(), 1);
    session.read(&call).await.unwrap();
    assert_eq!(script.count(), 1);
    // What differs in any part is another read.
    session.read(&call.clone().query("view", "FULL")).await.unwrap();
    session.read(&Call::get("api", "v1/things/b")).await.unwrap();
    session.read(&Call::get("other", "v1/things/a")).await.unwrap();
    assert_eq!(script.count(), 4);
    session.forget_reads();
    session.read(&call).await.unwrap();
    assert_eq!(script.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_failed_is_shared_too_until_forgotten() {
    let (script, session) = with(vec![answer(404), answer(200)]);
    let (one, two) = (session.read(&get()).await, session.read(&get()).await);
    assert!(one.is_err() && two.is_err());
    assert_eq!(script.count(), 1);
    session.forget_reads();
    session.read(&get()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_gives_up_does_not_take_the_answer_from_others() {
    let (script, session) = scripted(vec![answer(200)], Duration::from_secs(1), UNLIMITED);
    let call = get();
    let first = tokio::time::timeout(Duration::from_millis(100), session.read(&call));
    let (first, second) = futures_util::future::join(first, session.read(&call)).await;
    assert!(first.is_err() && second.is_ok());
    assert!(script.count() <= 2);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_waiting() {
    let (script, session) = with(vec![after(429, 50), answer(503)]);
    let running = tokio::spawn({
        let session = session.clone();
        async move { session.send(&get()).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!running.is_finished() && !session.is_stopped());
    let begun = Instant::now();
    session.stop();
    let failure = running.await.unwrap().unwrap_err();
    assert!(begun.elapsed() < Duration::from_millis(10), "{:?}", begun.elapsed());
    assert!(session.is_stopped());
    assert_eq!((failure.to_string(), script.count()), ("503: said".to_owned(), 2));
    // What is sent after it is sent, and not tried again.
    session.send(&get()).await.unwrap_err();
    assert_eq!(script.count(), 3);
    let begun = Instant::now();
    session.pause(Duration::from_secs(60)).await;
    assert!(begun.elapsed() < Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_is_told_of_each_wait() {
    let (_, session) = with(vec![after(429, 3), broken(), answer(200)]);
    let told = Arc::new(Mutex::new(Vec::new()));
    let to = told.clone();
    session.on_retry(Arc::new(move |it: &Waiting<'_>| {
        let (call, why, wait) = (it.call, it.why, it.wait);
        to.lock().unwrap().push(format!("{call}: {why} ({})", wait.as_secs().min(3)));
    }));
    session.send(&get()).await.unwrap();
    let told = told.lock().unwrap();
    assert_eq!(told[0], "GET api/v1/things/a: 429:  (3)");
    assert!(told[1].starts_with("GET api/v1/things/a: connection reset"), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lane_is_one_at_a_time() {
    let (_, session) = with(vec![answer(200)]);
    let turn = session.lane("project");
    let held = turn.lock().await;
    assert!(session.lane("project").try_lock().is_err());
    assert!(session.lane("another").try_lock().is_ok());
    drop(held);
    assert!(session.lane("project").try_lock().is_ok());
}

#[test]
fn what_steps_share_is_made_once() {
    let (_, session) = with(vec![answer(200)]);
    session.shared::<Mutex<Vec<u8>>>().lock().unwrap().push(1);
    assert_eq!(*session.shared::<Mutex<Vec<u8>>>().lock().unwrap(), [1]);
    assert_eq!(*session.shared::<Mutex<String>>().lock().unwrap(), "");
}
