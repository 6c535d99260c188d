//! Which permissions a step asks for, and which roles hold them.

use engine::{KindFacts, Op};

/// `PERMISSION ROLE ROLE ROLE`, without `roles/`.
const ROLES: &str = include_str!("roles.txt");

/// Predefined roles that hold a permission, the narrowest first, the admin of its service last; none if it is not known.
pub fn roles(permission: &str) -> Vec<String> {
    let found = ROLES.lines().find_map(|it| it.strip_prefix(permission)?.strip_prefix(' '));
    found.into_iter().flat_map(|it| it.split(' ')).map(|it| format!("roles/{it}")).collect()
}

/// `pubsub.topics.create (roles/pubsub.editor or roles/pubsub.admin)`.
pub fn with_roles(permission: &str) -> String {
    match roles(permission) {
        roles if roles.is_empty() => permission.to_owned(),
        roles => format!("{permission} ({})", roles.join(" or ")),
    }
}

/// The permissions for doing `op` to a resource of this kind, in its project.
pub fn needed(facts: &KindFacts, op: Op) -> Vec<String> {
    let prefix = facts.permission;
    let verbs: &[&str] = match op {
        _ if prefix.is_empty() => &[],
        Op::Same | Op::Conflict => &[],
        Op::Create | Op::Update | Op::Adopt | Op::Replace | Op::Delete if facts.grant => &["setIamPolicy"],
        // An API is enabled, and never disabled.
        Op::Delete if facts.kept => &[],
        Op::Create | Op::Update | Op::Adopt | Op::Replace if facts.kept => &["enable"],
        Op::Create => &["create"],
        Op::Update | Op::Adopt => &["update"],
        Op::Replace => &["create", "delete"],
        Op::Delete => &["delete"],
    };
    verbs.iter().map(|verb| format!("{prefix}.{verb}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_names_the_roles_that_hold_it() {
        assert_eq!(
            with_roles("bigquery.transfers.update"),
            "bigquery.transfers.update (roles/bigquery.admin)"
        );
        assert_eq!(roles("pubsub.topics.create"), ["roles/pubsub.editor", "roles/pubsub.admin"]);
        assert_eq!(with_roles("pubsub.topics"), "pubsub.topics");
    }

    #[test]
    fn every_permission_that_a_kind_asks_for_is_held_by_a_role() {
        let ops = [Op::Create, Op::Update, Op::Delete];
        let needed =
            crate::kinds::ALL.iter().flat_map(|kind| ops.iter().flat_map(|op| needed(&kind.kind.facts, *op)));
        let unknown: Vec<String> = needed.filter(|it| roles(it).is_empty()).collect();
        assert!(unknown.is_empty(), "{unknown:#?}");
    }
}
