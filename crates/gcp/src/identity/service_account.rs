//! A service account: what a program acts as.

use engine::{
    Bill, Billed, Call, Cause, Fact, Failure, Input, Invalid, Live, Method, Output, Place, Repeat, Session,
    Update,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::API;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest::{self};
use crate::schema::iam::SERVICE_ACCOUNT;
use crate::stack::Handle;

/// A service account of the project. Its address is known before it exists.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccount {
    /// 6 to 30 lower-case letters, digits and hyphens, a letter first, no hyphen last.
    pub name: Input<String>,
    /// At most 100 bytes.
    pub display_name: Input<String>,
    /// At most 256 bytes.
    pub description: Input<String>,
    /// Nobody can act as it while this is true.
    pub disabled: Input<bool>,
}

impl Resource for ServiceAccount {
    const KIND: Kind = Kind::new(
        "gcp:iam/v1:ServiceAccount",
        "service account",
        API,
        "v1/projects/{project}/serviceAccounts/{name}@{project}.iam.gserviceaccount.com",
        &SERVICE_ACCOUNT,
    )
    .named("[a-z][a-z0-9-]{4,28}[a-z0-9]", |it| (6..=30).contains(&it.len()) && check::dns_label(it))
    .create(Create::Own)
    .update(Updating::Own)
    .seen_late()
    .permission("iam.serviceAccounts");

    fn check(&self) -> Vec<Invalid> {
        check::all([
            check::text("displayName", &self.display_name, "at most 100 bytes", |it| it.len() <= 100),
            check::text("description", &self.description, "at most 256 bytes", |it| it.len() <= 256),
        ])
    }

    async fn read(session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        match rest::read(&Self::KIND, session, at).await {
            // Google does not tell who may not know whether it exists.
            Err(failure)
                if failure.cause() == Some(&Cause::Denied)
                    && failure.to_string().contains("may not exist") =>
            {
                Ok(None)
            }
            other => other,
        }
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let path = rest::collection(&Self::KIND, at.inputs).ok_or_else(|| rest::unnamed(&Self::KIND))?;
        let body = json!({ "accountId": at.inputs["name"], "serviceAccount": described(at.inputs) });
        let call = Call::new(Method::Post, API, path).body(body);
        let live = rest::create_by(&Self::KIND, session, at, &call).await?;
        let account = |project: &str, name: &str| format!("{name}@{project}.iam.gserviceaccount.com");
        if let (Some(project), Some(name)) = (at.inputs["project"].as_str(), at.inputs["name"].as_str()) {
            session.note(Fact::Account { email: account(project, name) });
        }
        if at.inputs["disabled"] == true {
            return switch(session, at, true).await;
        }
        Ok(live)
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let tops = rest::tops(update.changes);
        let mut mask = Vec::new();
        let mut account = Map::new();
        for (field, name) in [("displayName", "display_name"), ("description", "description")] {
            if tops.iter().any(|it| it == field) {
                mask.push(name);
                account.insert(field.to_owned(), update.desired.get(field).cloned().unwrap_or(json!("")));
            }
        }
        let path = rest::path(&Self::KIND, update.at).ok_or_else(|| rest::unnamed(&Self::KIND))?;
        if !mask.is_empty() {
            let body = json!({ "serviceAccount": account, "updateMask": mask.join(",") });
            session.send(&Call::new(Method::Patch, API, path).body(body).repeat(Repeat::Safe)).await?;
        }
        if tops.iter().any(|it| it == "disabled") {
            return switch(session, update.at, update.desired["disabled"] == true).await;
        }
        // The answer to a change holds nothing but what changed.
        rest::fetch(&Self::KIND, session, update.at).await
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Service accounts are free.")
    }
}

fn described(inputs: &Value) -> Value {
    let fields = ["displayName", "description"].into_iter();
    Value::Object(fields.filter_map(|it| Some((it.to_owned(), inputs.get(it)?.clone()))).collect())
}

async fn switch(session: &Session, at: Place<'_>, off: bool) -> Result<Live, Failure> {
    let path = rest::path(&ServiceAccount::KIND, at).ok_or_else(|| rest::unnamed(&ServiceAccount::KIND))?;
    let verb = if off { "disable" } else { "enable" };
    // Enabling what is enabled is success.
    session
        .send(&Call::new(Method::Post, API, format!("{path}:{verb}")).body(json!({})).repeat(Repeat::Safe))
        .await?;
    let mut live = rest::fetch(&ServiceAccount::KIND, session, at).await?;
    // Another server may not have heard of it yet.
    live.state["disabled"] = json!(off);
    Ok(live)
}

impl Handle<ServiceAccount> {
    /// `{name}@{project}.iam.gserviceaccount.com`.
    pub fn email(&self) -> Output<String> {
        self.known(self.address())
    }

    /// `serviceAccount:{name}@{project}.iam.gserviceaccount.com`.
    pub fn member(&self) -> Output<String> {
        self.known(format!("serviceAccount:{}", self.address()))
    }

    /// `projects/{project}/serviceAccounts/{name}@{project}.iam.gserviceaccount.com`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/serviceAccounts/{}", self.project(), self.address()))
    }

    fn address(&self) -> String {
        format!("{}@{}.iam.gserviceaccount.com", self.text_or_name(&self.name), self.project())
    }
}
