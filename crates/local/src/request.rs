//! What a handler is given and what it answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use discovery::{Api, Method};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::cloud::{Cloud, Project};
use crate::content::{Stored, Upload};
use crate::error::Refusal;
use crate::identity::Identity;
use crate::store::Tx;
use crate::validate::Query;

/// Who the local owner is, where Google shows an email.
pub const OWNER: &str = "owner@example.com";

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The person whose machine this is: may do all.
    Owner,
    /// Someone held to their roles, by email.
    Principal(String),
    /// Someone held to their roles who came through a workload identity pool.
    Federated(Arc<Identity>),
}

impl Caller {
    /// The caller of a token that this cloud did not issue: `local.EMAIL` is that principal, and any other the owner.
    pub fn of(token: &str) -> Caller {
        match token.strip_prefix("local.").filter(|it| it.contains('@')) {
            Some(email) => Caller::Principal(email.to_ascii_lowercase()),
            None => Caller::Owner,
        }
    }

    /// Who it is where Google shows an email: the email, or the identifier of one without.
    pub fn shown(&self) -> &str {
        match self {
            Caller::Owner => OWNER,
            Caller::Principal(email) => email,
            Caller::Federated(identity) => &identity.principal,
        }
    }
}

/// A request, checked and brought to one form. Names in it say the project's id, never its number.
pub struct Request<'a> {
    pub cloud: &'a Cloud,
    pub api: &'static Api,
    pub method: &'static Method,
    pub path: BTreeMap<String, String>,
    pub query: Query,
    pub body: Value,
    /// The project that the path or the query names.
    pub project: Option<Project>,
    pub caller: Caller,
    pub now: OffsetDateTime,
    /// Request headers that handlers care about, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body of an upload.
    pub upload: Option<&'a Upload>,
    /// `http://127.0.0.1:8085`, for links to ourselves.
    pub base: String,
    /// Set when the client has gone away before it was answered.
    pub gone: Arc<AtomicBool>,
}

/// What a request is but for the cloud that it is made to: work that outlives it takes this along.
pub struct Parts {
    api: &'static Api,
    method: &'static Method,
    path: BTreeMap<String, String>,
    query: Query,
    body: Value,
    project: Option<Project>,
    caller: Caller,
    now: OffsetDateTime,
    headers: BTreeMap<String, String>,
    base: String,
    gone: Arc<AtomicBool>,
}

impl Parts {
    /// The request again, without what it uploads.
    pub fn on(self, cloud: &Cloud) -> Request<'_> {
        Request {
            cloud,
            api: self.api,
            method: self.method,
            path: self.path,
            query: self.query,
            body: self.body,
            project: self.project,
            caller: self.caller,
            now: self.now,
            headers: self.headers,
            upload: None,
            base: self.base,
            gone: self.gone,
        }
    }
}

impl Request<'_> {
    /// All of this request that can be taken along.
    pub fn parts(&self) -> Parts {
        Parts {
            api: self.api,
            method: self.method,
            path: self.path.clone(),
            query: self.query.clone(),
            body: self.body.clone(),
            project: self.project.clone(),
            caller: self.caller.clone(),
            now: self.now,
            headers: self.headers.clone(),
            base: self.base.clone(),
            gone: Arc::clone(&self.gone),
        }
    }
}

impl<'a> Request<'a> {
    /// A request that a service of this cloud makes of another, for someone.
    pub fn own(
        cloud: &'a Cloud,
        (api, version): (&str, &str),
        method: &str,
        path: &[(&str, &str)],
        project: Option<Project>,
        caller: Caller,
    ) -> Result<Request<'a>, Refusal> {
        let unknown = || Refusal::internal(format!("There is no method {method}."));
        let api = discovery::api(api, version).ok_or_else(unknown)?;
        Ok(Request {
            cloud,
            api,
            method: api.method(method).ok_or_else(unknown)?,
            path: path.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            query: Query::default(),
            body: json!({}),
            project,
            caller,
            now: cloud.clock.now(),
            headers: BTreeMap::new(),
            upload: None,
            base: format!("http://{}", cloud.address),
            gone: Arc::default(),
        })
    }
}

impl Request<'_> {
    /// A path variable.
    pub fn var(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The resource or parent that the path names: the only variable, whatever it is called.
    pub fn name(&self) -> &str {
        self.path.values().find(|it| it.starts_with("projects/")).map_or("", String::as_str)
    }

    /// The last segment of [`Request::name`].
    pub fn id(&self) -> &str {
        last(self.name())
    }

    /// The project that the request is about.
    pub fn project(&self) -> Result<&Project, Refusal> {
        self.project.as_ref().ok_or_else(|| Refusal::invalid("The request names no project."))
    }

    /// A name with the project's number in the place of its id, as some APIs show it.
    pub fn numbered(&self, name: &str) -> String {
        match &self.project {
            Some(project) => match name.strip_prefix(&format!("projects/{}/", project.id)) {
                Some(rest) => format!("projects/{}/{rest}", project.number),
                None => name.to_owned(),
            },
            None => name.to_owned(),
        }
    }

    /// A name that a body gave, with the id in the place of the number.
    pub fn named(&self, name: &str) -> String {
        let Some(rest) = name.strip_prefix("projects/") else { return name.to_owned() };
        let (project, tail) = rest.split_once('/').map_or((rest, ""), |(a, b)| (a, b));
        match self.cloud.known(project) {
            Some(project) if tail.is_empty() => format!("projects/{}", project.id),
            Some(project) => format!("projects/{}/{tail}", project.id),
            None => name.to_owned(),
        }
    }

    /// The text of a field of the body.
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// The update mask, from the query or the body, in camelCase.
    pub fn mask(&self) -> Vec<String> {
        let given =
            self.query.get("updateMask").or_else(|| self.body["updateMask"].as_str()).unwrap_or_default();
        given
            .split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(|it| it.split('.').map(crate::validate::camel).collect::<Vec<_>>().join("."))
            .collect()
    }

    /// The time of the request as Google writes it.
    pub fn time(&self) -> Value {
        json!(crate::moment::text(self.now))
    }
}

/// The last segment of a name.
pub fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The name of what a resource belongs to: `projects/p` of `projects/p/topics/t`.
pub fn parent(name: &str) -> &str {
    let mut parts = name.rsplitn(3, '/');
    parts.next();
    parts.next();
    parts.next().unwrap_or_default()
}

/// What a handler answers.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Body,
    pub headers: Vec<(&'static str, String)>,
}

#[derive(Debug)]
pub enum Body {
    Json(Value),
    /// JSON on one line.
    Compact(Value),
    Bytes(Vec<u8>),
    /// So many bytes of a content from where it begins.
    Stored(Stored, u64),
    None,
    /// Nothing yet: to be asked again when something has changed, and `{}` in the end.
    Later,
}

impl Answer {
    pub fn json(body: Value) -> Answer {
        Answer { status: 200, body: Body::Json(body), headers: Vec::new() }
    }

    /// `{}`.
    pub fn empty() -> Answer {
        Answer::json(json!({}))
    }

    /// 204, as Cloud Storage and BigQuery answer a delete.
    pub fn no_content() -> Answer {
        Answer { status: 204, body: Body::None, headers: Vec::new() }
    }

    /// Adds a field to an answer that is an object.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        if let Body::Json(Value::Object(fields)) = &mut self.body {
            fields.insert(field.to_owned(), value.into());
        }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }
}

/// Answers a request within a transaction.
pub type Handler = fn(&mut Tx, &Request<'_>) -> Result<Answer, Refusal>;
