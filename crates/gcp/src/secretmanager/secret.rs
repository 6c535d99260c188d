//! A secret: a name under which versions of a value are kept.

use std::collections::BTreeMap;

use engine::{
    Bill, Billed, Failure, Input, Invalid, Labels, Live, Output, Place, Rule, Seconds, Session, UsageKey,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::API;
use crate::bill::quantity::times;
use crate::bill::{Lines, key, sku};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::secretmanager::{
    CustomerManagedEncryption, Replication, Rotation, SECRET, SecretType, Topic,
};
use crate::stack::Handle;

/// A secret without its value: that is in its [versions](super::SecretVersion).
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// 1 to 255 letters, digits, `-` and `_`.
    pub name: Input<String>,
    /// Where it is kept; wherever Google likes if not set. Fixed for good.
    pub replication: Option<Replication>,
    pub labels: Labels,
    /// At most 16 KiB together.
    pub annotations: Labels,
    /// RFC 3339: it is deleted then.
    pub expire_time: Input<String>,
    /// In place of a time: for how long from its creation on.
    pub ttl: Input<Seconds>,
    /// Reminds the topics; it rotates nothing.
    pub rotation: Option<Rotation>,
    /// At most 10, told of changes.
    pub topics: Vec<Topic>,
    /// Other names of versions.
    pub version_aliases: BTreeMap<String, Input<i64>>,
    /// For how long a destroyed version can be had back.
    pub version_destroy_ttl: Input<Seconds>,
    pub customer_managed_encryption: Option<CustomerManagedEncryption>,
    /// Fixed for good.
    pub secret_type: Input<SecretType>,
    /// Resource Manager tags, `tagKeys/1` to `tagValues/2`; only at creation.
    pub tags: Labels,
}

pub(crate) const VERSIONS: &str = "active_secret_versions";

impl Resource for Secret {
    const KIND: Kind = Kind::new(
        "gcp:secretmanager/v1:Secret",
        "secret",
        API,
        "v1/projects/{project}/secrets/{name}",
        &SECRET,
    )
    .named("[A-Za-z0-9_-]{1,255}", |it| check::word(it, 255))
    .create(Create::Post { query: &[("secretId", "{name}")], body: &[] })
    .update(Updating::MaskInQuery)
    .permission("secretmanager.secrets")
    .listed("secrets", &[])
    .data()
    .rules(&[
        Rule::Presence("replication.automatic"),
        Rule::Keyed("replication.userManaged.replicas", "location"),
        Rule::FixedItems("replication.userManaged.replicas"),
        Rule::Immutable("secretType"),
        Rule::Immutable("tags"),
        Rule::InputOnly("tags"),
        Rule::InputOnly("ttl"),
        // It moves on by itself.
        Rule::InputOnly("rotation.nextRotationTime"),
        Rule::Keyed("topics", "name"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        found.extend(check::at_most_one(&[
            ("expireTime", !self.expire_time.is_unset()),
            ("ttl", !self.ttl.is_unset()),
        ]));
        if let Some(it) = &self.replication {
            found.extend(check::exactly_one(&[
                ("replication.automatic", it.automatic.is_some()),
                ("replication.userManaged", it.user_managed.is_some()),
            ]));
        }
        if let Some(it) = &self.rotation {
            found.extend(check::seconds("rotation.rotationPeriod", &it.rotation_period, 3600, 3_153_600_000));
            if !it.rotation_period.is_unset() && it.next_rotation_time.is_unset() {
                found.push(Invalid::new("rotation.nextRotationTime", "must be set, for there is a period"));
            }
            if self.topics.is_empty() {
                found.push(Invalid::new("topics", "must have one that is told of the rotation"));
            }
        }
        if self.topics.len() > 10 {
            found.push(Invalid::new("topics", format!("must be at most 10, and are {}", self.topics.len())));
        }
        found
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        let mut call = rest::creation(&Self::KIND, at)?;
        if let Some(body) = call.body.as_mut().and_then(Value::as_object_mut) {
            body.entry("replication").or_insert(json!({ "automatic": {} }));
        }
        rest::create_by(&Self::KIND, session, at, &call).await
    }

    const USAGE: &'static [UsageKey] = &[
        key(VERSIONS, "versions", "Not destroyed; each is paid for in every place where it is kept."),
        ACCESS_KEY,
        key("monthly_rotation_notifications", "a month", "Messages that tell of a rotation."),
    ];

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        let price = |description: &str| sku("Secret Manager", description, "global");
        lines.counted_by(&["/replication/userManaged/replicas"]);
        // Wherever Google likes counts as one place.
        let places = of.inputs.pointer("/replication/userManaged/replicas").and_then(Value::as_array);
        let places = places.map_or(1, Vec::len).max(1);
        let quantity = lines.usage(VERSIONS).map(|it| times(it, places));
        lines.line("Active versions", price("Secret version replica storage"), "mo", quantity, &[VERSIONS]);
        lines.counted_by(&[]);
        for (name, description, key) in [
            ("Access operations", "Secret access operations", ACCESS),
            ("Rotation notifications", "Secret rotate operations", "monthly_rotation_notifications"),
        ] {
            lines.metered(name, price(description), "count", key);
        }
        lines.bill()
    }
}

pub(super) const ACCESS: &str = "monthly_access_operations";
pub(super) const ACCESS_KEY: UsageKey = key(ACCESS, "a month", "Reads of a version.");

impl Handle<Secret> {
    /// `projects/{project}/secrets/{name}`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/secrets/{}", self.project(), self.text_or_name(&self.name)))
    }

    /// `{name}`, as Cloud Run takes it within a project.
    pub fn secret_id(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }
}
