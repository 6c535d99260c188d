//! A resource's name within all stacks: `urn:pulumi:dev::events::gcp:pubsub/v1:Topic::orders`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The address of a resource in a program and in the ledger, in Pulumi's form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Urn(String);

impl Urn {
    /// `scope` is the chain of components that the resource stands in, outermost first.
    pub fn new(stack: &str, project: &str, scope: &[String], kind: &str, name: &str) -> Urn {
        let mut types = String::new();
        for component in scope {
            types.push_str("component:");
            types.push_str(component);
            types.push('$');
        }
        Urn(format!("urn:pulumi:{stack}::{project}::{types}{kind}::{name}"))
    }

    /// An address as it stands in a ledger.
    pub fn parse(text: &str) -> Option<Urn> {
        (text.starts_with("urn:pulumi:") && text.splitn(4, "::").count() == 4).then(|| Urn(text.to_owned()))
    }

    /// The last part: what people call the resource.
    pub fn name(&self) -> &str {
        self.0.splitn(4, "::").nth(3).unwrap_or(&self.0)
    }

    /// `gcp:pubsub/v1:Topic`.
    pub fn kind(&self) -> &str {
        let types = self.0.split("::").nth(2).unwrap_or("");
        types.rsplit('$').next().unwrap_or(types)
    }

    /// The address under which a ledger keeps what has been replaced and not been deleted yet.
    #[must_use]
    pub fn replaced(&self) -> Urn {
        Urn(format!("{} (replaced)", self.0))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Urn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
