//! Which permissions a step asks for, to find at plan what is missing.

use engine::{KindFacts, Op};

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
