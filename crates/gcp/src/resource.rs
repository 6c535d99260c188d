//! What a kind of resource is: a struct of fields, and the decisions that types cannot say.

use std::future::Future;
use std::marker::PhantomData;

use async_trait::async_trait;
use engine::{
    Bill, Billed, Driver, Failure, Intention, Invalid, KindFacts, Live, Message, Place, Rule, Session,
    Update, UsageKey,
};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::rest;

/// A resource that can be declared. Most kinds say what they are in [`KIND`](Self::KIND) and leave the
/// calls to [`rest`]; an odd one overrides the operation in which it is odd.
pub trait Resource: Serialize + Clone + Default + Send + Sync + 'static {
    const KIND: Kind;

    /// How other resources refer to it, once its inputs say it.
    fn id(inputs: &Value) -> Option<String> {
        rest::id(&Self::KIND, inputs)
    }

    /// The inputs that say which resource it is.
    fn identity() -> Vec<&'static str> {
        Self::KIND.identity()
    }

    /// What the API would refuse, found without asking it.
    fn check(&self) -> Vec<Invalid> {
        Vec::new()
    }

    fn read(session: &Session, at: Place<'_>) -> impl Future<Output = Result<Option<Live>, Failure>> + Send {
        rest::read(&Self::KIND, session, at)
    }

    fn create(session: &Session, at: Place<'_>) -> impl Future<Output = Result<Live, Failure>> + Send {
        rest::create(&Self::KIND, session, at)
    }

    fn update(session: &Session, update: Update<'_>) -> impl Future<Output = Result<Live, Failure>> + Send {
        rest::update(&Self::KIND, session, update)
    }

    fn delete(session: &Session, at: Place<'_>) -> impl Future<Output = Result<(), Failure>> + Send {
        rest::delete(&Self::KIND, session, at)
    }

    /// All that a project has, whoever made them; nothing of a kind that is not [listed](Kind::listed).
    fn list(session: &Session, project: &str) -> impl Future<Output = Result<Vec<Live>, Failure>> + Send {
        rest::listed(&Self::KIND, session, project)
    }

    /// How much of a usage is there now, as the API tells it of the resource.
    fn measured(_of: &Billed<'_>) -> Vec<(&'static str, Decimal)> {
        Vec::new()
    }

    /// The usage that its charges follow.
    const USAGE: &'static [UsageKey] = &[];

    /// What it is charged for, or why it is free.
    fn bill(of: &Billed<'_>) -> Bill;

    /// What is lost when this one is deleted; see [`Driver::holds`].
    fn holds(_live: &Live) -> Option<&'static str> {
        Self::KIND.facts.holds
    }

    /// What would stop a deletion or replacement: a bucket that is not empty.
    fn foresee(
        _session: &Session,
        _at: Place<'_>,
        _live: &Live,
        _intention: Intention,
    ) -> impl Future<Output = Vec<String>> + Send {
        std::future::ready(Vec::new())
    }
}

/// The facts of one kind. Templates name inputs in braces: `v1/projects/{project}/topics/{name}`.
#[derive(Debug)]
pub struct Kind {
    pub facts: KindFacts,
    /// Where it is, from the version on. `{id}` as the last part stands for an id that Google makes up.
    pub path: &'static str,
    pub name: Option<NameRule>,
    /// How other resources refer to it; without it, the path without its version.
    pub id: Option<&'static str>,
    /// Sent with every read.
    pub read_query: &'static [(&'static str, &'static str)],
    pub create: Create,
    pub update: Updating,
    /// Sent with a deletion.
    pub delete_query: &'static [(&'static str, &'static str)],
    /// Create, update and delete answer with an operation to wait for.
    pub operations: bool,
    /// Inputs that steer us and are no fields of the API: `forceDestroy`.
    pub ours: &'static [&'static str],
    /// A field whose value says that the resource is gone although it can be read: `("state", "DELETED")`.
    pub gone: Option<(&'static str, &'static str)>,
    /// How to find one whose id Google made up.
    pub find: Option<Find>,
    /// How to list all that a project has; without it nobody looks for them.
    pub listed: Option<Listed>,
    /// Reads may miss it for a moment after it is made.
    pub seen_late: bool,
    /// What is asked of the API one at a time within a project.
    pub one_at_a_time: bool,
}

/// What a name must look like, and whether one does.
#[derive(Clone, Copy, Debug)]
pub struct NameRule {
    /// As a person reads it: `[a-z][a-z0-9-]{4,28}[a-z0-9]`.
    pub rule: &'static str,
    pub is_valid: fn(&str) -> bool,
}

/// How a resource is made.
#[derive(Debug)]
pub enum Create {
    /// PUT to its own path.
    Put,
    /// POST to the collection, its path without the last part; what the query and the body say beside the fields.
    Post {
        query: &'static [(&'static str, &'static str)],
        /// Dotted paths into the body, and templates.
        body: &'static [(&'static str, &'static str)],
    },
    /// The kind makes it itself.
    Own,
}

/// How a resource is changed in place.
#[derive(Debug)]
pub enum Updating {
    /// Any change makes it anew.
    Never,
    /// PATCH of the changed fields at the top, named in `?updateMask=`.
    MaskInQuery,
    /// PATCH of the changed fields at the top, wrapped: `{"topic": {…}, "updateMask": "…"}`.
    MaskInBody { wrap: &'static str, name: &'static str },
    /// PATCH that merges objects and drops what is null.
    MergePatch,
    /// PATCH (or PUT) of the whole resource; `etag` carries on the one that was read.
    Whole { put: bool, etag: bool },
    /// The kind changes it itself.
    Own,
}

/// A list to search where Google makes up the id.
#[derive(Debug)]
pub struct Find {
    /// The field of the list's answer that holds the items: `alertPolicies`.
    pub items: &'static str,
    pub query: &'static [(&'static str, &'static str)],
    /// Inputs by which a resource is known again: `displayName`.
    pub by: &'static [&'static str],
}

/// The list of the collection, its path without the last part, in each location.
#[derive(Debug)]
pub struct Listed {
    /// The field of the answer that holds the items: `topics`.
    pub items: &'static str,
    /// What the query says, as templates.
    pub query: &'static [(&'static str, &'static str)],
}

impl Kind {
    /// `token` as `gcp:pubsub/v1:Topic`, `noun` as people say it, `service` the API's host.
    pub const fn new(
        token: &'static str,
        noun: &'static str,
        service: &'static str,
        path: &'static str,
        shape: &'static Message,
    ) -> Kind {
        Kind {
            facts: KindFacts {
                token,
                noun,
                service,
                shape,
                rules: &[],
                made_id: false,
                holds: None,
                empties: None,
                kept: false,
                grant: false,
                acts: false,
                permission: "",
            },
            path,
            name: None,
            id: None,
            read_query: &[],
            create: Create::Own,
            update: Updating::Never,
            delete_query: &[],
            operations: false,
            ours: &[],
            gone: None,
            find: None,
            listed: None,
            seen_late: false,
            one_at_a_time: false,
        }
    }

    pub const fn create(mut self, create: Create) -> Kind {
        self.create = create;
        self
    }
    pub const fn update(mut self, update: Updating) -> Kind {
        self.update = update;
        self
    }
    pub const fn rules(mut self, rules: &'static [Rule]) -> Kind {
        self.facts.rules = rules;
        self
    }
    /// What its name must look like, and whether one does.
    pub const fn named(mut self, rule: &'static str, is_valid: fn(&str) -> bool) -> Kind {
        self.name = Some(NameRule { rule, is_valid });
        self
    }
    /// Other resources refer to it by this: `{name}`.
    pub const fn id(mut self, template: &'static str) -> Kind {
        self.id = Some(template);
        self
    }
    pub const fn read_query(mut self, query: &'static [(&'static str, &'static str)]) -> Kind {
        self.read_query = query;
        self
    }
    pub const fn delete_query(mut self, query: &'static [(&'static str, &'static str)]) -> Kind {
        self.delete_query = query;
        self
    }
    pub const fn operations(mut self) -> Kind {
        self.operations = true;
        self
    }
    pub const fn ours(mut self, fields: &'static [&'static str]) -> Kind {
        self.ours = fields;
        self
    }
    pub const fn gone(mut self, field: &'static str, value: &'static str) -> Kind {
        self.gone = Some((field, value));
        self
    }
    /// Google makes up its id.
    pub const fn made_id(mut self, find: Find) -> Kind {
        self.facts.made_id = true;
        self.find = Some(find);
        self
    }
    /// Google makes up its id, and nothing of it tells one from another.
    pub const fn made_id_only(mut self) -> Kind {
        self.facts.made_id = true;
        self
    }
    /// All that a project has are in the list of its collection.
    pub const fn listed(
        mut self,
        items: &'static str,
        query: &'static [(&'static str, &'static str)],
    ) -> Kind {
        self.listed = Some(Listed { items, query });
        self
    }
    /// Deleting it loses what people stored in it.
    pub const fn data(self) -> Kind {
        self.holds("what is stored in it")
    }
    /// Deleting it loses this.
    pub const fn holds(mut self, what: &'static str) -> Kind {
        self.facts.holds = Some(what);
        self
    }
    /// The input that lets a deletion take what is in it along.
    pub const fn empties(mut self, input: &'static str) -> Kind {
        self.facts.empties = Some(input);
        self
    }
    /// It is forgotten instead of deleted.
    pub const fn kept(mut self) -> Kind {
        self.facts.kept = true;
        self
    }
    /// It lets somebody do something.
    pub const fn grant(mut self) -> Kind {
        self.facts.grant = true;
        self
    }
    /// It acts with rights, and so comes after grants on what it names.
    pub const fn acts(mut self) -> Kind {
        self.facts.acts = true;
        self
    }
    /// What its permissions begin with: `pubsub.topics` for `pubsub.topics.create`.
    pub const fn permission(mut self, prefix: &'static str) -> Kind {
        self.facts.permission = prefix;
        self
    }
    /// Reads may miss it for a moment after it is made: it counts as made once it is seen.
    pub const fn seen_late(mut self) -> Kind {
        self.seen_late = true;
        self
    }
    pub const fn one_at_a_time(mut self) -> Kind {
        self.one_at_a_time = true;
        self
    }

    /// The inputs that the path is made of.
    pub fn identity(&self) -> Vec<&'static str> {
        parameters(self.path).into_iter().filter(|it| *it != "id").collect()
    }
}

/// The names in a template's braces.
pub(crate) fn parameters(template: &'static str) -> Vec<&'static str> {
    template.split('{').skip(1).filter_map(|it| it.split_once('}').map(|(name, _)| name)).collect()
}

/// The driver of a kind, as the engine sees it.
struct Of<R>(PhantomData<fn() -> R>);

/// The driver of a kind.
pub const fn driver<R: Resource>() -> &'static dyn Driver {
    &Of::<R>(PhantomData)
}

#[async_trait]
impl<R: Resource> Driver for Of<R> {
    fn facts(&self) -> &'static KindFacts {
        &const { R::KIND }.facts
    }

    fn identity(&self) -> Vec<&'static str> {
        R::identity()
    }

    fn id(&self, inputs: &Value) -> Option<String> {
        R::id(inputs)
    }

    fn ours(&self) -> &'static [&'static str] {
        R::KIND.ours
    }

    fn bill(&self, of: &Billed<'_>) -> Option<Bill> {
        Some(R::bill(of))
    }

    fn usage(&self) -> &'static [UsageKey] {
        R::USAGE
    }

    fn holds(&self, live: &Live) -> Option<&'static str> {
        R::holds(live)
    }

    fn context(&self) -> &'static [&'static str] {
        &["project"]
    }

    async fn read(&self, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        R::read(session, at).await
    }

    async fn create(&self, session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        R::create(session, at).await
    }

    async fn update(&self, session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        R::update(session, update).await
    }

    async fn delete(&self, session: &Session, at: Place<'_>) -> Result<(), Failure> {
        R::delete(session, at).await
    }

    async fn foresee(
        &self,
        session: &Session,
        at: Place<'_>,
        live: &Live,
        intention: Intention,
    ) -> Vec<String> {
        R::foresee(session, at, live, intention).await
    }
}
