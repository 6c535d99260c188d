//! Kinds that add one member to somebody's policy: the resource, the role, the member, nothing else.

use engine::{Call, Failure, Field, Input, Invalid, Live, Message, Method, Place, Repeat, Session, Shape};
use serde_json::{Value, json};

use crate::iam::{self, Form, Membership, PolicyCalls};
use crate::rest;
use crate::schema::iam::EXPR;

/// What such a kind holds beside its resource.
pub static MEMBER: Message = Message {
    name: "Binding",
    fields: &[
        Field { name: "condition", shape: Shape::Message(&EXPR), output: false },
        Field { name: "member", shape: Shape::Text, output: false },
        Field { name: "role", shape: Shape::Text, output: false },
    ],
};

/// Where a resource's policy is, and how it is read and written.
#[derive(Debug)]
pub struct Policy {
    pub service: &'static str,
    /// The resource's path: `v1/projects/{project}/topics/{topic}`. The input named last may hold the whole
    /// name (`projects/p/topics/t`) in place of its last part.
    pub resource: &'static str,
    pub calls: Calls,
}

/// The four ways in which Google's APIs read and write a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// GET `…:getIamPolicy?options.requestedPolicyVersion=3`, POST `…:setIamPolicy`.
    Get,
    /// POST `…:getIamPolicy?options.requestedPolicyVersion=3`, POST `…:setIamPolicy`.
    Post,
    /// POST `…:getIamPolicy` with the version in its body, POST `…:setIamPolicy`.
    PostBody,
    /// GET and PUT `…/iam`.
    Bucket,
    /// GET and PATCH of a dataset, whose access list is the policy.
    Dataset,
}

impl Policy {
    /// The resource's path, once its inputs are known.
    pub fn path(&self, inputs: &Value) -> Option<String> {
        let (prefix, field) =
            self.resource.rsplit_once('{').and_then(|(a, b)| Some((a, b.strip_suffix('}')?)))?;
        let value = engine::reveal(inputs.get(field)?);
        let value = value.as_str()?;
        if value.contains('/') {
            let version = prefix.split_once("projects/").map_or(prefix, |(version, _)| version);
            let parts: Vec<String> = value.split('/').map(rest::segment).collect();
            return Some(format!("{version}{}", parts.join("/")));
        }
        rest::fill(self.resource, inputs, true)
    }

    fn policy_calls(&self, inputs: &Value) -> Result<PolicyCalls, Failure> {
        let path = self.path(inputs).ok_or_else(|| Failure::other("the resource's name is not known yet"))?;
        let get = |path: String| Call::get(self.service, path);
        let post = |verb: &str| Call::new(Method::Post, self.service, format!("{path}:{verb}"));
        let version = "options.requestedPolicyVersion";
        let resource = resource(&path);
        Ok(match self.calls {
            Calls::Get => PolicyCalls {
                get: get(format!("{path}:getIamPolicy")).query(version, "3"),
                set: post("setIamPolicy"),
                form: Form::Wrapped,
                resource,
            },
            Calls::Post => PolicyCalls {
                get: post("getIamPolicy").query(version, "3").repeat(Repeat::Safe),
                set: post("setIamPolicy"),
                form: Form::Wrapped,
                resource,
            },
            Calls::PostBody => PolicyCalls {
                get: post("getIamPolicy")
                    .body(json!({ "options": { "requestedPolicyVersion": 3 } }))
                    .repeat(Repeat::Safe),
                set: post("setIamPolicy"),
                form: Form::Wrapped,
                resource,
            },
            Calls::Bucket => PolicyCalls {
                get: get(format!("{path}/iam")).query("optionsRequestedPolicyVersion", "3"),
                set: Call::new(Method::Put, self.service, format!("{path}/iam")),
                form: Form::Bare,
                resource,
            },
            Calls::Dataset => PolicyCalls {
                get: get(path.clone()).query("accessPolicyVersion", "3"),
                set: Call::new(Method::Patch, self.service, path)
                    .query("accessPolicyVersion", "3")
                    .query("updateMode", "UPDATE_ACL"),
                form: Form::Access,
                resource,
            },
        })
    }

    /// A name for the membership: the resource, the role, the member, the condition.
    pub fn id(&self, inputs: &Value) -> Option<String> {
        let it = membership(inputs)?;
        let path = self.path(inputs)?;
        let resource = path.find("projects/").map_or(path.as_str(), |at| &path[at..]);
        let resource = resource.strip_prefix("storage/v1/").unwrap_or(resource);
        let mut id = format!("{resource} {} {}", it.role, iam::normal_member(&it.member));
        if let Some(condition) = &it.condition {
            let part =
                |name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            id = format!("{id} if {} {}", part("title"), part("expression"));
        }
        Some(id)
    }

    /// The membership as it is.
    ///
    /// # Errors
    /// Any refusal but that the resource does not exist.
    pub async fn read(&self, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        let it = membership(at.inputs).ok_or_else(unknown)?;
        let live = iam::read(session, &self.policy_calls(at.inputs)?, &it).await?;
        Ok(live.map(|it| self.named(it, at)))
    }

    /// Adds the member, and leaves every other one.
    ///
    /// # Errors
    /// Any refusal.
    pub async fn create(&self, session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let it = membership(at.inputs).ok_or_else(unknown)?;
        iam::add(session, &self.policy_calls(at.inputs)?, &it).await.map(|it| self.named(it, at))
    }

    /// Removes the member, and leaves every other one.
    ///
    /// # Errors
    /// Any refusal but that the resource itself is gone.
    pub async fn delete(&self, session: &Session, at: Place<'_>) -> Result<(), Failure> {
        let it = membership(at.inputs).ok_or_else(unknown)?;
        iam::remove(session, &self.policy_calls(at.inputs)?, &it).await
    }

    fn named(&self, live: Live, at: Place<'_>) -> Live {
        Live { id: self.id(at.inputs).unwrap_or(live.id), state: live.state }
    }
}

/// A resource's name out of its path: `projects/p/topics/t` of `v1/projects/p/topics/t`, `b/bucket` of `storage/v1/b/bucket`.
fn resource(path: &str) -> String {
    let after = |mark: &str| path.find(mark).map(|at| path[at..].to_owned());
    after("projects/").or_else(|| after("b/")).unwrap_or_else(|| path.to_owned())
}

fn unknown() -> Failure {
    Failure::other("the role and the member are not known yet")
}

fn membership(inputs: &Value) -> Option<Membership> {
    let text = |name: &str| engine::reveal(inputs.get(name)?).as_str().map(str::to_owned);
    let condition = inputs.get("condition").filter(|it| !it.is_null()).map(engine::reveal);
    Some(Membership { role: text("role")?, member: text("member")?, condition })
}

/// What every policy would refuse, and the members that this one does.
pub fn check(role: &Input<String>, member: &Input<String>, refused: &[&str]) -> Vec<Invalid> {
    let mut found = Vec::new();
    match role.text() {
        None if role.is_unset() => found.push(Invalid::new("role", "must be set")),
        Some(it) if !it.starts_with("roles/") && !it.contains("/roles/") => {
            let invalid = Invalid::new("role", format!("\"{it}\" is not the full name of a role"));
            found.push(invalid.hint(format!(
                "write \"roles/{it}\", or \"projects/PROJECT/roles/{it}\" for one of your own"
            )));
        }
        _ => {}
    }
    match member.text() {
        None if member.is_unset() => found.push(Invalid::new("member", "must be set")),
        Some(it) if it.starts_with("deleted:") => {
            found.push(Invalid::new("member", format!("\"{it}\" is an account that was deleted")));
        }
        Some(it) if !it.contains(':') && !WITHOUT_KIND.contains(&it) => {
            let invalid = Invalid::new("member", format!("\"{it}\" does not say what it is"));
            found.push(
                invalid.hint(format!("write \"serviceAccount:{it}\", \"user:{it}\" or \"group:{it}\"")),
            );
        }
        Some(it) if refused.iter().any(|no| it == *no || (no.ends_with(':') && it.starts_with(no))) => {
            found.push(Invalid::new("member", format!("\"{it}\" cannot be given a role on this")));
        }
        _ => {}
    }
    found
}

const WITHOUT_KIND: [&str; 5] =
    ["allUsers", "allAuthenticatedUsers", "projectOwners", "projectReaders", "projectWriters"];

/// Members that only Cloud Storage and BigQuery know.
pub const CONVENIENCE: &[&str] = &[
    "projectOwner:",
    "projectEditor:",
    "projectViewer:",
    "projectOwners",
    "projectReaders",
    "projectWriters",
];

/// Declares a kind that adds one member to a policy.
macro_rules! member {
    (
        $(#[$doc:meta])*
        $name:ident($token:literal, $permission:literal), $policy:ident, refused: $refused:expr,
        path: $path:literal, rules: $rules:expr,
        { $($(#[$field_doc:meta])* $field:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: engine::Input<String>,)*
            /// `roles/…`, or the full name of a role of your own.
            pub role: engine::Input<String>,
            /// `user:`, `serviceAccount:`, `group:`, `domain:` with an address, `principal://…`, `allUsers`.
            pub member: engine::Input<String>,
            /// Only while this is true.
            pub condition: Option<crate::schema::iam::Expr>,
        }

        impl crate::resource::Resource for $name {
            const KIND: crate::resource::Kind =
                crate::resource::Kind::new($token, "grant", $policy.service, $path, &crate::member::MEMBER)
                    .grant()
                    .permission($permission)
                    .rules($rules);

            fn id(inputs: &serde_json::Value) -> Option<String> {
                $policy.id(inputs)
            }

            fn identity() -> Vec<&'static str> {
                let mut names = Self::KIND.identity();
                names.push("condition");
                names
            }

            fn check(&self) -> Vec<engine::Invalid> {
                crate::member::check(&self.role, &self.member, $refused)
            }

            fn bill(_of: &engine::Billed<'_>) -> engine::Bill {
                engine::Bill::Free("Roles and members are free.")
            }

            async fn read(session: &engine::Session, at: engine::Place<'_>) -> Result<Option<engine::Live>, engine::Failure> {
                $policy.read(session, at).await
            }

            async fn create(session: &engine::Session, at: engine::Place<'_>) -> Result<engine::Live, engine::Failure> {
                $policy.create(session, at).await
            }

            async fn delete(session: &engine::Session, at: engine::Place<'_>) -> Result<(), engine::Failure> {
                $policy.delete(session, at).await
            }
        }
    };
}
pub(crate) use member;
