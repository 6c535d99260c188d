//! A schema: what a topic's messages must look like.

use engine::{
    Bill, Billed, Call, Failure, Input, Invalid, Live, Method, Output, Repeat, Rule, Session, Update,
};
use serde::Serialize;
use serde_json::json;

use super::API;
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::pubsub::{SCHEMA, SchemaType};
use crate::stack::Handle;

/// A Pub/Sub schema. A new definition becomes a new revision of it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// As a topic's name.
    pub name: Input<String>,
    pub r#type: Input<SchemaType>,
    /// The text of the definition, in the language of `type`.
    pub definition: Input<String>,
}

impl Resource for Schema {
    const KIND: Kind =
        Kind::new("gcp:pubsub/v1:Schema", "schema", API, "v1/projects/{project}/schemas/{name}", &SCHEMA)
            .named("[A-Za-z][A-Za-z0-9._~+%-]{2,254}", check::pubsub_name)
            .create(Create::Post { query: &[("schemaId", "{name}")], body: &[] })
            .seen_late()
            .update(Updating::Own)
            .rules(&[Rule::Immutable("type")]);

    fn check(&self) -> Vec<Invalid> {
        check::all([check::required("type", &self.r#type), check::required("definition", &self.definition)])
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        let path = rest::path(&Self::KIND, update.at).ok_or_else(|| rest::unnamed(&Self::KIND))?;
        let mut schema = rest::body(&Self::KIND, update.desired);
        schema.insert("name".to_owned(), rest::id(&Self::KIND, update.at.inputs).into());
        // The same definition twice is one revision, so that this may be repeated.
        let call = Call::new(Method::Post, API, format!("{path}:commit"))
            .body(json!({ "schema": schema }))
            .repeat(Repeat::Safe);
        rest::update_by(&Self::KIND, session, update.at, &call).await
    }

    fn bill(_of: &Billed<'_>) -> Bill {
        Bill::Free("Schemas are free.")
    }
}

impl Handle<Schema> {
    /// `projects/{project}/schemas/{name}`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/schemas/{}", self.project(), self.text_or_name(&self.name)))
    }
}
