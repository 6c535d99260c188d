//! A pool's provider: who vouches for identities from elsewhere.

use engine::{Bill, Billed, Failure, Input, Invalid, Labels, Live, Output, Place, Rule, Session, Update};
use serde::Serialize;

use super::{API, is_id, pool};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::schema::iam::{Aws, Oidc, Saml, WORKLOAD_IDENTITY_POOL_PROVIDER, X509};
use crate::stack::Handle;

/// A provider of a workload identity pool: OIDC, AWS, SAML or X.509. Deleted and declared again within 30 days, it
/// comes back.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadIdentityPoolProvider {
    /// The pool's id: `pool.pool_id().into()`.
    pub pool: Input<String>,
    /// 4 to 32 lower-case letters, digits and hyphens, not `gcp-…`.
    pub name: Input<String>,
    /// At most 32 characters.
    pub display_name: Input<String>,
    /// At most 256 characters.
    pub description: Input<String>,
    pub disabled: Input<bool>,
    /// `google.subject`, `attribute.…` to CEL over `assertion`; OIDC must say the subject.
    pub attribute_mapping: Labels,
    /// CEL, at most 4096 characters: who is let in at all.
    pub attribute_condition: Input<String>,
    pub oidc: Option<Oidc>,
    pub aws: Option<Aws>,
    pub saml: Option<Saml>,
    pub x509: Option<X509>,
    /// Full names of providers that may act for others here.
    pub actor_providers: Vec<Input<String>>,
}

impl Resource for WorkloadIdentityPoolProvider {
    const KIND: Kind = Kind::new(
        "gcp:iam/v1:WorkloadIdentityPoolProvider",
        "identity provider",
        API,
        "v1/projects/{project}/locations/global/workloadIdentityPools/{pool}/providers/{name}",
        &WORKLOAD_IDENTITY_POOL_PROVIDER,
    )
    .named("[a-z0-9-]{4,32}, not gcp-…", is_id)
    .create(Create::Post { query: &[("workloadIdentityPoolProviderId", "{name}")], body: &[] })
    .update(Updating::MaskInQuery)
    .operations()
    .gone("state", "DELETED")
    .permission("iam.workloadIdentityPoolProviders")
    .one_at_a_time()
    .rules(&[Rule::Bound("pool"), Rule::Json("oidc.jwksJson"), Rule::Trimmed("attributeCondition")]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::required("pool", &self.pool),
            check::text("displayName", &self.display_name, "at most 32 characters", |it| {
                it.chars().count() <= 32
            }),
            check::text("description", &self.description, "at most 256 characters", |it| {
                it.chars().count() <= 256
            }),
            check::text("attributeCondition", &self.attribute_condition, "at most 4096 characters", |it| {
                it.chars().count() <= 4096
            }),
        ]);
        found.extend(check::exactly_one(&[
            ("oidc", self.oidc.is_some()),
            ("aws", self.aws.is_some()),
            ("saml", self.saml.is_some()),
            ("x509", self.x509.is_some()),
        ]));
        if let Some(oidc) = &self.oidc {
            found.extend(check::required("oidc.issuerUri", &oidc.issuer_uri));
            found.extend(check::text("oidc.issuerUri", &oidc.issuer_uri, "https://…", |it| {
                it.starts_with("https://")
            }));
            if !self.attribute_mapping.contains_key("google.subject") {
                let invalid = Invalid::new("attributeMapping[\"google.subject\"]", "must be set");
                found.push(invalid.hint("write \"assertion.sub\""));
            }
            let shared = ["https://token.actions.githubusercontent.com", "https://app.terraform.io"];
            let open = oidc.issuer_uri.text().is_some_and(|it| shared.contains(&it.trim_end_matches('/')));
            if open && self.attribute_condition.is_unset() {
                let invalid =
                    Invalid::new("attributeCondition", "must be set: this issuer vouches for everybody");
                found.push(invalid.hint("write \"assertion.repository_owner == 'you'\""));
            }
        }
        found
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        pool::create(&Self::KIND, session, at).await
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        pool::change(&Self::KIND, session, update).await
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Workload identity federation is free.")
    }
}

impl Handle<WorkloadIdentityPoolProvider> {
    /// `projects/{number}/locations/global/workloadIdentityPools/{pool}/providers/{name}`, as those who come
    /// through it must say.
    pub fn id(&self) -> Output<String> {
        self.attribute("name")
    }
}
