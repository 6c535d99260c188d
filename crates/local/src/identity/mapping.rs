//! Attribute mappings and conditions of a provider: what a credential's claims become, and whether they are accepted.
//!
//! <https://docs.cloud.google.com/iam/docs/workload-identity-federation#mapping>

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::principal::Identity;
use crate::cel::{Expression, Value, Variables};
use crate::error::Refusal;

/// What expressions may read.
const IN_MAPPINGS: &[&str] = &["assertion"];
const IN_CONDITIONS: &[&str] = &["assertion", "google", "attribute"];

/// The most custom attributes.
const MOST_ATTRIBUTES: usize = 50;
/// The most characters of a mapped attribute's key.
const LONGEST_KEY: usize = 100;
/// The most characters of a mapping's expression.
const LONGEST_MAPPING: usize = 2048;
/// The most bytes of a subject.
const LONGEST_SUBJECT: usize = 127;
/// The most bytes of all mapped attributes.
const MOST_BYTES: usize = 8 << 10;

/// Issuers that issue tokens to everybody who asks: a condition must say whose are accepted.
const MULTI_TENANT: &[&str] =
    &["https://token.actions.githubusercontent.com", "https://gitlab.com", "https://app.terraform.io"];

/// Why a credential is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    #[error("Could not obtain a value for google.subject from the given credential.")]
    NoSubject,
    #[error("The given credential is rejected by the attribute condition.")]
    Rejected,
    #[error(
        "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or \
         the incoming assertion to produce a mapped attribute that is less than 127 bytes."
    )]
    LongSubject,
    #[error("The size of all mapped attributes exceeds the 8 KB limit.")]
    TooLarge,
    #[error("The mapped attribute '{key}' must be of type {wanted}.")]
    Type { key: String, wanted: &'static str },
    #[error("The attribute mapping of '{key}' cannot be evaluated: {why}.")]
    Mapping { key: String, why: String },
}

impl MappingError {
    /// The error of OAuth that it is answered with.
    pub fn code(&self) -> &'static str {
        match self {
            MappingError::NoSubject | MappingError::Rejected => "unauthorized_client",
            MappingError::LongSubject
            | MappingError::TooLarge
            | MappingError::Type { .. }
            | MappingError::Mapping { .. } => "invalid_request",
        }
    }
}

fn mappings(provider: &Json) -> impl Iterator<Item = (&String, &str)> {
    let mappings = provider["attributeMapping"].as_object();
    mappings.into_iter().flatten().filter_map(|(key, it)| Some((key, it.as_str()?)))
}

fn condition(provider: &Json) -> Option<&str> {
    provider["attributeCondition"].as_str().filter(|it| !it.is_empty())
}

/// Checks the mapping and the condition of a provider that is made or changed.
///
/// # Errors
///
/// If one is no expression that can be evaluated here, with what is not understood in it.
pub fn check(provider: &Json) -> Result<(), Refusal> {
    let custom = mappings(provider).filter(|(key, _)| key.starts_with("attribute.")).count();
    if custom > MOST_ATTRIBUTES {
        return Err(Refusal::invalid(format!("At most {MOST_ATTRIBUTES} custom attributes can be mapped.")));
    }
    for (key, text) in mappings(provider) {
        check_key(key)?;
        if text.chars().count() > LONGEST_MAPPING {
            return Err(Refusal::invalid(format!(
                "The attribute mapping of {key} can have at most {LONGEST_MAPPING} characters."
            )));
        }
        let refuse = |why: String| Refusal::invalid(format!("Invalid attribute mapping of {key}: {why}."));
        let mapping = Expression::parse(text, IN_MAPPINGS).map_err(|it| refuse(it.to_string()))?;
        let wanted = if key == "google.groups" { "list" } else { "string" };
        if let Some(kind) = mapping.kind().filter(|it| *it != wanted) {
            return Err(refuse(format!("its value is a {kind} and not a {wanted}")));
        }
    }
    let parsed = match condition(provider) {
        None => None,
        Some(text) => {
            let refuse = |why: String| Refusal::invalid(format!("Invalid attribute condition: {why}."));
            let condition = Expression::parse(text, IN_CONDITIONS).map_err(|it| refuse(it.to_string()))?;
            if let Some(kind) = condition.kind().filter(|it| *it != "bool") {
                return Err(refuse(format!("its value is a {kind} and not a bool")));
            }
            Some(condition)
        }
    };
    let issuer = provider["oidc"]["issuerUri"].as_str().unwrap_or_default().trim_end_matches('/');
    if MULTI_TENANT.contains(&issuer) && !parsed.is_some_and(|it| it.reads_variables()) {
        return Err(Refusal::invalid(
            "The attribute condition must reference one of the provider's claims. For more information, see \
             https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions",
        ));
    }
    Ok(())
}

fn check_key(key: &str) -> Result<(), Refusal> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let custom = |name: &str| !name.is_empty() && key.len() <= LONGEST_KEY && name.bytes().all(fits);
    match key {
        "google.subject" | "google.groups" => Ok(()),
        _ if key.strip_prefix("attribute.").is_some_and(custom) => Ok(()),
        _ => Err(Refusal::invalid(format!("Invalid attribute mapping key \"{key}\"."))),
    }
}

/// The identity in a pool that a credential's claims are mapped to, if the provider's condition accepts it.
pub fn map(provider: &Json, pool: String, claims: &Json) -> Result<Identity, MappingError> {
    let mut variables: Variables = [("assertion", Value::from(claims))].into();
    let (mut subject, mut groups, mut attributes) = (None, Vec::new(), BTreeMap::new());
    for (key, text) in mappings(provider) {
        match (key.as_str(), mapped(key, text, &variables)?) {
            // What the credential lacks is not mapped.
            (_, None | Some(Value::Null)) => {}
            ("google.subject", Some(Value::String(it))) => subject = Some(it),
            ("google.groups", Some(Value::List(it))) => groups = texts(key, it)?,
            ("google.groups", Some(_)) => return Err(wrong(key, "LIST")),
            (_, Some(Value::String(it))) => {
                attributes.insert(key.trim_start_matches("attribute.").to_owned(), it);
            }
            (_, Some(_)) => return Err(wrong(key, "STRING")),
        }
    }
    let subject = subject.filter(|it| !it.is_empty()).ok_or(MappingError::NoSubject)?;
    if subject.len() > LONGEST_SUBJECT {
        return Err(MappingError::LongSubject);
    }
    let size = attributes.iter().map(|(name, it)| name.len() + it.len()).sum::<usize>()
        + groups.iter().map(String::len).sum::<usize>()
        + subject.len();
    if size > MOST_BYTES {
        return Err(MappingError::TooLarge);
    }
    if let Some(text) = condition(provider) {
        let mut google = Map::from_iter([("subject".to_owned(), Json::from(subject.as_str()))]);
        if provider["attributeMapping"]["google.groups"].is_string() {
            google.insert("groups".to_owned(), Json::from(groups.clone()));
        }
        let custom: Map<String, Json> =
            attributes.iter().map(|(name, it)| (name.clone(), Json::from(it.as_str()))).collect();
        variables.insert("google", Value::from(&Json::Object(google)));
        variables.insert("attribute", Value::from(&Json::Object(custom)));
        let accepted = Expression::parse(text, IN_CONDITIONS).ok().map(|it| it.evaluate(&variables));
        // A condition that has no value accepts nobody.
        if accepted != Some(Ok(Value::Bool(true))) {
            return Err(MappingError::Rejected);
        }
    }
    Ok(Identity::new(pool, subject, groups, attributes))
}

fn wrong(key: &str, wanted: &'static str) -> MappingError {
    MappingError::Type { key: key.to_owned(), wanted }
}

/// The value of a mapping; `None` if the claims lack what it reads.
fn mapped(key: &str, text: &str, variables: &Variables) -> Result<Option<Value>, MappingError> {
    let failed = |why: String| MappingError::Mapping { key: key.to_owned(), why };
    let expression = Expression::parse(text, IN_MAPPINGS).map_err(|it| failed(it.to_string()))?;
    match expression.evaluate(variables) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_absence() => Ok(None),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn texts(key: &str, items: Vec<Value>) -> Result<Vec<String>, MappingError> {
    let text = |it| match it {
        Value::String(text) => Ok(text),
        _ => Err(wrong(key, "LIST")),
    };
    items.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn provider(mapping: Json, condition: &str) -> Json {
        json!({"attributeMapping": mapping, "attributeCondition": condition,
            "oidc": {"issuerUri": "https://id.example.com"}})
    }

    fn identity(mapping: Json, condition: &str, claims: Json) -> Result<Identity, String> {
        map(&provider(mapping, condition), "pool".to_owned(), &claims).map_err(|it| it.to_string())
    }

    #[test]
    fn claims_become_attributes_and_what_is_lacking_becomes_none() {
        let mapping = json!({"google.subject": "assertion.sub", "google.groups": "assertion.groups",
            "attribute.repository": "assertion.repository", "attribute.environment": "assertion.environment"});
        let claims = json!({"sub": "s", "groups": ["dev"], "repository": "acme/shop"});
        let found = identity(
            mapping.clone(),
            "attribute.repository == 'acme/shop' && 'dev' in google.groups",
            claims,
        );
        let found = found.unwrap();
        assert_eq!((found.subject.as_str(), found.groups), ("s", vec!["dev".to_owned()]));
        assert_eq!(found.attributes, [("repository".to_owned(), "acme/shop".to_owned())].into());
        assert_eq!(found.principal, "principal://iam.googleapis.com/pool/subject/s");
        // A condition on what is not there accepts nobody, and neither does one that has no value.
        for condition in ["attribute.environment == 'prod'", "assertion.sub == 1", "assertion.sub"] {
            let refused = identity(mapping.clone(), condition, json!({"sub": "s"}));
            assert_eq!(refused, Err(MappingError::Rejected.to_string()), "{condition}");
        }
    }

    #[test]
    fn subjects() {
        let mapped = |claims| identity(json!({"google.subject": "assertion.sub"}), "", claims);
        assert!(mapped(json!({"sub": "x".repeat(127)})).is_ok());
        assert_eq!(mapped(json!({"sub": "é".repeat(64)})), Err(MappingError::LongSubject.to_string()));
        for claims in [json!({}), json!({"sub": null}), json!({"sub": ""})] {
            assert_eq!(mapped(claims), Err(MappingError::NoSubject.to_string()));
        }
        assert!(
            mapped(json!({"sub": 7})).is_err_and(|it| it.contains("'google.subject' must be of type STRING"))
        );
        let mapping = json!({"google.subject": "assertion.sub", "attribute.long": "assertion.long"});
        let long = identity(mapping, "", json!({"sub": "s", "long": "x".repeat(9000)}));
        assert_eq!(long, Err(MappingError::TooLarge.to_string()));
    }

    #[test]
    fn what_a_provider_may_not_say() {
        let subject = json!({"google.subject": "assertion.sub"});
        let with = |key: &str, text: &str| {
            let mut mapping = subject.clone();
            mapping[key] = json!(text);
            mapping
        };
        let refused = |mapping, condition: &str, words: &str| {
            let refusal = check(&provider(mapping, condition)).expect_err(words);
            assert!(refusal.message.contains(words), "{words}: {}", refusal.message);
        };
        assert!(check(&provider(subject.clone(), "assertion.sub == 'x'")).is_ok());
        refused(with("attribute.a", "asertion.sub"), "", "undeclared reference to \"asertion\"");
        refused(with("attribute.a", "attribute.b"), "", "undeclared reference to \"attribute\"");
        refused(with("attribute.a", "assertion.sub == 'x'"), "", "a bool and not a string");
        refused(with("google.groups", "'dev'"), "", "a string and not a list");
        refused(with("attribute.A", "assertion.sub"), "", "attribute.A");
        refused(with("attribute.", "assertion.sub"), "", "attribute.");
        refused(with("google.x", "assertion.sub"), "", "google.x");
        refused(with("attribute.a", &format!("'{}'", "x".repeat(2100))), "", "2048");
        refused(subject.clone(), "assertion.groups.exists(g, g == 'x')", "\"g\"");
        refused(subject.clone(), "'text'", "a string and not a bool");
        let many = (0..51).map(|it| (format!("attribute.a{it}"), json!("assertion.sub"))).collect();
        refused(Json::Object(many), "", "50 custom attributes");
    }

    #[test]
    fn an_issuer_of_everybody_needs_a_condition_on_its_claims() {
        let mut github = provider(json!({"google.subject": "assertion.sub"}), "");
        github["oidc"]["issuerUri"] = json!("https://token.actions.githubusercontent.com");
        for (condition, good) in
            [("", false), ("true", false), ("assertion.repository_owner == 'acme'", true)]
        {
            github["attributeCondition"] = json!(condition);
            assert_eq!(check(&github).is_ok(), good, "{condition}");
        }
    }
}
