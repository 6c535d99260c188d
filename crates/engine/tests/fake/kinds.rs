//! Kinds of each sort, and the provider that knows them.

use async_trait::async_trait;
use engine::*;
use serde_json::{Value, json};

const fn field(name: &'static str, shape: Shape, output: bool) -> Field {
    Field { name, shape, output }
}

static PART: Message =
    Message { name: "Part", fields: &[field("mode", Shape::Text, false), field("size", Shape::Int, false)] };

static SHAPE: Message = Message {
    name: "Thing",
    fields: &[
        field("fixed", Shape::Text, false),
        field("id", Shape::Text, true),
        field("label", Shape::Text, false),
        field("labels", Shape::Map(&Shape::Text), false),
        field("of", Shape::Text, false),
        field("part", Shape::Message(&PART), false),
        field("password", Shape::Text, false),
        field("serial", Shape::Int, true),
    ],
};

const fn facts(token: &'static str, noun: &'static str, made_id: bool, data: bool) -> KindFacts {
    KindFacts {
        token,
        noun,
        service: "fake",
        shape: &SHAPE,
        rules: &[
            Rule::Immutable("fixed"),
            Rule::Bound("of"),
            Rule::Secret("password"),
            Rule::CaseInsensitive("part.mode"),
        ],
        made_id,
        holds: if data { Some("what is stored in it") } else { None },
        empties: Some("force"),
        kept: false,
        grant: false,
        permission: "",
        acts: false,
    }
}

static THING: KindFacts = facts("fake:Thing", "thing", false, false);
static STORE: KindFacts = facts("fake:Store", "store", false, true);
static MADE: KindFacts = facts("fake:Made", "made", true, false);
static GRANT: KindFacts = KindFacts { grant: true, ..facts("fake:Grant", "grant", false, false) };
static ACTOR: KindFacts = KindFacts { acts: true, ..facts("fake:Actor", "actor", false, false) };
static SCOPE: KindFacts = facts("fake:Scoped", "scoped", false, false);
static SERVICE: KindFacts = KindFacts { kept: true, ..facts("fake:Service", "service", false, false) };

/// A kind by its facts.
pub struct Kind(pub &'static KindFacts);

pub static THINGS: Kind = Kind(&THING);
pub static STORES: Kind = Kind(&STORE);
pub static MADES: Kind = Kind(&MADE);
pub static GRANTS: Kind = Kind(&GRANT);
pub static ACTORS: Kind = Kind(&ACTOR);
/// In a place that may be left out: `fixed`.
pub static SCOPED: Kind = Kind(&SCOPE);
pub static SERVICES: Kind = Kind(&SERVICE);

fn body(inputs: &Value) -> Value {
    let mut body = reveal(inputs);
    let fields = body.as_object_mut().unwrap();
    fields.remove("name");
    fields.remove("force");
    body
}

impl Kind {
    fn path(&self, at: Place<'_>) -> Option<String> {
        if self.0.made_id { at.id.map(str::to_owned) } else { self.id(at.inputs) }
    }

    async fn find(&self, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        let all = session.send(&Call::get("fake", "made")).await?;
        let found = all.as_array().unwrap().iter().find(|it| {
            it["label"] == at.inputs["label"] && !at.others.iter().any(|other| it["id"] == **other)
        });
        Ok(found.map(|it| Live { id: it["id"].as_str().unwrap().to_owned(), state: it.clone() }))
    }
}

#[async_trait]
impl Driver for Kind {
    fn facts(&self) -> &'static KindFacts {
        self.0
    }
    fn identity(&self) -> Vec<&'static str> {
        match self.0.token {
            _ if self.0.made_id => Vec::new(),
            "fake:Scoped" => vec!["fixed", "name"],
            _ => vec!["name"],
        }
    }
    fn ours(&self) -> &'static [&'static str] {
        &["force"]
    }
    fn id(&self, inputs: &Value) -> Option<String> {
        let name = inputs["name"].as_str().filter(|_| !self.0.made_id)?;
        match inputs["fixed"].as_str() {
            Some(place) if self.0.token == "fake:Scoped" => Some(format!("things/{place}/{name}")),
            _ => Some(format!("things/{name}")),
        }
    }
    async fn read(&self, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        let Some(path) = self.path(at) else { return self.find(session, at).await };
        match session.send(&Call::get("fake", path.clone())).await {
            Ok(state) => Ok(Some(Live { id: path, state })),
            Err(failure) if failure.is_absent() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
    async fn create(&self, session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let call = match self.path(at) {
            Some(path) => Call::new(Method::Put, "fake", path),
            None => Call::new(Method::Post, "fake", "made"),
        };
        let state = session.send(&call.body(body(at.inputs))).await?;
        let id = state["id"].as_str().map_or_else(|| self.path(at).unwrap(), str::to_owned);
        Ok(Live { id, state })
    }
    async fn update(&self, session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let call = Call::new(Method::Patch, "fake", update.live.id.clone());
        let mut fields = json!({});
        let terms = Terms { shape: &SHAPE, rules: self.0.rules, identity: &[] };
        for change in update.changes {
            let top = change.path.top().unwrap();
            let of = |it: &Value| it.get(top).map(reveal);
            let (desired, last, live) =
                (of(update.desired), update.last.and_then(of), of(&update.live.state));
            fields[top] = merge_field(terms, top, desired.as_ref(), last.as_ref(), live.as_ref());
        }
        Ok(Live { id: update.live.id.clone(), state: session.send(&call.body(fields)).await? })
    }
    async fn delete(&self, session: &Session, at: Place<'_>) -> Result<(), Failure> {
        let mut call = Call::new(Method::Delete, "fake", self.path(at).unwrap());
        if at.inputs["force"] == true {
            call = call.query("force", "true");
        }
        match session.send(&call).await {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_absent() => Ok(()),
            Err(failure) => Err(failure),
        }
    }
    async fn foresee(&self, _: &Session, at: Place<'_>, _: &Live, intention: Intention) -> Vec<String> {
        let full = at.inputs.get("label").is_some_and(|it| it == "full");
        if full { vec![format!("it is full: {intention:?}")] } else { Vec::new() }
    }
}

pub struct FakeProvider;

#[async_trait]
impl Provider for FakeProvider {
    fn driver(&self, kind: &str) -> Option<&'static dyn Driver> {
        let all: [&'static dyn Driver; 7] = [&THINGS, &STORES, &MADES, &GRANTS, &ACTORS, &SERVICES, &SCOPED];
        all.into_iter().find(|it| it.facts().token == kind)
    }
    fn refusal(&self, _: &Call, answer: &Answer) -> Refusal {
        let cause = match answer.status {
            403 => Cause::Disabled("fake".to_owned()),
            404 => Cause::NotFound,
            409 => Cause::Exists,
            429 => Cause::Throttled,
            500..=599 => Cause::Unavailable,
            _ => Cause::Invalid,
        };
        Refusal {
            cause,
            status: answer.status,
            code: String::new(),
            message: answer.body.to_string(),
            hint: None,
            principal: None,
            resource: None,
        }
    }
    fn explains(&self, _: &Fact, _: &Refusal, _: &Call) -> bool {
        false
    }
    fn rate(&self, _: &str) -> Rate {
        Rate { per_second: 1e6, burst: 1e6 }
    }
    async fn facts(&self, _: &Program, _: &Session) -> Result<Facts, Failure> {
        Ok(Facts::from([("number".to_owned(), json!("42"))]))
    }
    async fn foresee(&self, _: &Plan, _: &Session) -> Vec<Diagnostic> {
        Vec::new()
    }
}
