//! An identity that comes through a workload identity pool, and the members of policies that it is one of.
//!
//! <https://docs.cloud.google.com/iam/docs/principal-identifiers>

use std::collections::BTreeMap;

/// What a subject token was exchanged for: who its bearer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `projects/NUMBER/locations/global/workloadIdentityPools/POOL`.
    pub pool: String,
    /// What `google.subject` was mapped to.
    pub subject: String,
    /// What `google.groups` was mapped to.
    pub groups: Vec<String>,
    /// What each `attribute.NAME` was mapped to, by `NAME`.
    pub attributes: BTreeMap<String, String>,
    /// `principal://iam.googleapis.com/POOL/subject/SUBJECT`.
    pub principal: String,
}

/// What members of pools begin with behind their type.
const SERVICE: &str = "//iam.googleapis.com/";

impl Identity {
    pub fn new(
        pool: String,
        subject: String,
        groups: Vec<String>,
        attributes: BTreeMap<String, String>,
    ) -> Identity {
        let principal = format!("principal:{SERVICE}{pool}/subject/{subject}");
        Identity { pool, subject, groups, attributes, principal }
    }

    /// Whether it is meant by a member of a policy.
    pub fn is(&self, member: &str) -> bool {
        let Some((kind, of)) = member.split_once(':') else { return false };
        let Some(of) = of.strip_prefix(SERVICE).and_then(|it| it.strip_prefix(self.pool.as_str())) else {
            return false;
        };
        match kind {
            "principal" => of.strip_prefix("/subject/") == Some(self.subject.as_str()),
            "principalSet" => self.is_in(of),
            _ => false,
        }
    }

    /// Whether it is in the set that the rest of a `principalSet` behind the pool names.
    fn is_in(&self, set: &str) -> bool {
        if set == "/*" {
            return true;
        }
        if let Some(group) = set.strip_prefix("/group/") {
            return self.groups.iter().any(|it| it == group);
        }
        let attribute = set.strip_prefix("/attribute.").and_then(|it| it.split_once('/'));
        attribute.is_some_and(|(name, value)| self.attributes.get(name).is_some_and(|it| it == value))
    }
}

/// The pool that a member names: `projects/NUMBER/locations/global/workloadIdentityPools/POOL`.
pub fn pool_of_member(member: &str) -> Option<&str> {
    let (kind, of) = member.split_once(':')?;
    let of = of.strip_prefix(SERVICE).filter(|_| matches!(kind, "principal" | "principalSet"))?;
    // projects, number, locations, global, workloadIdentityPools, pool.
    let end = of.match_indices('/').nth(5).map_or(of.len(), |(at, _)| at);
    let parts: Vec<&str> = of[..end].split('/').collect();
    match parts[..] {
        ["projects", _, "locations", _, "workloadIdentityPools", _] => Some(&of[..end]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "projects/7/locations/global/workloadIdentityPools/github";

    #[test]
    fn members() {
        let attributes = [("repository", "acme/shop"), ("empty", "")];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let identity =
            Identity::new(POOL.into(), "repo:acme/shop:x".into(), vec!["dev".into()], attributes.into());
        for (member, want) in [
            ("principal://iam.googleapis.com/POOL/subject/repo:acme/shop:x", true),
            ("principal://iam.googleapis.com/POOL/subject/repo:acme/shop", false),
            ("principal://iam.googleapis.com/POOL/subject/repo:acme/shop:x/y", false),
            ("principalSet://iam.googleapis.com/POOL/subject/repo:acme/shop:x", false),
            ("principalSet://iam.googleapis.com/POOL/attribute.repository/acme/shop", true),
            ("principalSet://iam.googleapis.com/POOL/attribute.repository/acme", false),
            ("principalSet://iam.googleapis.com/POOL/attribute.owner/acme/shop", false),
            ("principalSet://iam.googleapis.com/POOL/attribute.empty/", true),
            ("principalSet://iam.googleapis.com/POOL/group/dev", true),
            ("principalSet://iam.googleapis.com/POOL/group/ops", false),
            ("principalSet://iam.googleapis.com/POOL/*", true),
            ("principalSet://iam.googleapis.com/POOLx/*", false),
            ("principal://iam.googleapis.com/POOL/*", false),
            ("principalSet://other.googleapis.com/POOL/*", false),
            ("user:repo:acme/shop:x", false),
        ] {
            assert_eq!(identity.is(&member.replace("POOL", POOL)), want, "{member}");
        }
        assert!(identity.is(&identity.principal));
    }

    #[test]
    fn pools_of_members() {
        let member = format!("principalSet://iam.googleapis.com/{POOL}/attribute.repository/acme/shop");
        assert_eq!(pool_of_member(&member), Some(POOL));
        assert_eq!(pool_of_member(&format!("principalSet://iam.googleapis.com/{POOL}")), Some(POOL));
        assert_eq!(
            pool_of_member("principal://iam.googleapis.com/locations/global/workforcePools/p/subject/x"),
            None
        );
        assert_eq!(pool_of_member("user:a@example.com"), None);
    }
}
