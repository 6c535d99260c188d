//! Access tokens that this cloud issues: opaque, kept by their hash, so that they hold after a restart and end in time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::principal::Identity;
use crate::clock;
use crate::error::Refusal;
use crate::store::{StoreError, Tx};

/// What every such token begins with.
pub const PREFIX: &str = "ya29.local.";

/// Tokens by their hash.
const TOKENS: &str = "accessTokens";
/// The names of tokens in the order in which they end, to remove them.
const ENDS: &str = "accessTokenEnds";
/// How many tokens that have ended are removed whenever one is issued.
const SWEPT: usize = 32;

/// Whom a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    Federated(Identity),
    /// A service account by its resource name. One of the same name that is made later has another unique id.
    Account {
        name: String,
        unique_id: String,
    },
}

/// A token that was found.
#[derive(Debug)]
pub struct Found {
    pub holder: Holder,
    pub ends: OffsetDateTime,
}

/// Issues a token.
pub fn issue(
    tx: &mut Tx,
    holder: &Holder,
    scopes: &[String],
    now: OffsetDateTime,
    lifetime: Duration,
) -> Result<String, Refusal> {
    sweep(tx, now)?;
    let mut secret = [0; 32];
    SystemRandom::new()
        .fill(&mut secret)
        .map_err(|_| Refusal::internal("This machine gives no random numbers."))?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let ends = clock::micros(now.saturating_add(lifetime));
    let mut document = match holder {
        Holder::Federated(it) => json!({
            "pool": it.pool, "subject": it.subject, "groups": it.groups, "attributes": it.attributes,
        }),
        Holder::Account { name, unique_id } => json!({"account": name, "uniqueId": unique_id}),
    };
    document["ends"] = json!(ends);
    document["scopes"] = json!(scopes);
    let name = name(&token);
    tx.put(TOKENS, &name, &document)?;
    tx.put(ENDS, &format!("{ends:020}/{name}"), &Value::Null)?;
    Ok(token)
}

/// Tokens themselves are not kept: whoever reads the data cannot use what is in it.
fn name(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|it| format!("{it:02x}")).collect()
}

/// Removes tokens that have ended.
fn sweep(tx: &mut Tx, now: OffsetDateTime) -> Result<(), StoreError> {
    let now = format!("{:020}", clock::micros(now));
    for (key, _) in tx.scan(ENDS, "", None, SWEPT)? {
        match key.split_once('/') {
            Some((ends, name)) if ends < now.as_str() => {
                tx.remove(TOKENS, name)?;
                tx.remove(ENDS, &key)?;
            }
            Some(_) | None => break,
        }
    }
    Ok(())
}

/// The token of these letters, whether or not it has ended; `None` if there is none.
pub fn find(tx: &Tx, token: &str) -> Result<Option<Found>, StoreError> {
    let Some(document) = tx.get(TOKENS, &name(token))? else { return Ok(None) };
    let text = |field: &str| document[field].as_str().unwrap_or_default().to_owned();
    let holder = match document.get("pool") {
        Some(_) => Holder::Federated(Identity::new(
            text("pool"),
            text("subject"),
            serde_json::from_value(document["groups"].clone())?,
            serde_json::from_value(document["attributes"].clone())?,
        )),
        None => Holder::Account { name: text("account"), unique_id: text("uniqueId") },
    };
    Ok(Some(Found { holder, ends: clock::at(document["ends"].as_i64().unwrap_or(0)) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn account() -> Holder {
        let name = "projects/p-1/serviceAccounts/a@p-1.iam.gserviceaccount.com".to_owned();
        Holder::Account { name, unique_id: "1".to_owned() }
    }

    #[test]
    fn tokens_are_found_after_a_restart_and_their_letters_are_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        let attributes = [("repository".to_owned(), "acme/shop".to_owned())];
        let identity = Identity::new("pool".into(), "s".into(), vec!["dev".into()], attributes.into());
        let now = OffsetDateTime::UNIX_EPOCH;
        let mut tx = store.write().unwrap();
        let one = issue(&mut tx, &Holder::Federated(identity.clone()), &[], now, Duration::HOUR).unwrap();
        let other = issue(&mut tx, &account(), &[], now, Duration::HOUR).unwrap();
        tx.commit().unwrap();
        drop(store);
        let store = Store::open(Some(folder.path())).unwrap();
        let tx = store.read().unwrap();
        let found = find(&tx, &one).unwrap().unwrap();
        assert_eq!((found.holder, found.ends), (Holder::Federated(identity), now + Duration::HOUR));
        assert_eq!(find(&tx, &other).unwrap().unwrap().holder, account());
        assert!(find(&tx, &format!("{one}x")).unwrap().is_none());
        let bytes = std::fs::read(folder.path().join("cloud.redb")).unwrap();
        assert!(!bytes.windows(one.len()).any(|it| it == one.as_bytes()));
    }

    #[test]
    fn what_has_ended_is_removed_when_others_are_issued() {
        let store = Store::open(None).unwrap();
        let mut tx = store.write().unwrap();
        let begin = OffsetDateTime::UNIX_EPOCH;
        let old = issue(&mut tx, &account(), &[], begin, Duration::MINUTE).unwrap();
        let young = issue(&mut tx, &account(), &[], begin, Duration::HOUR).unwrap();
        issue(&mut tx, &account(), &[], begin + Duration::minutes(2), Duration::MINUTE).unwrap();
        assert!(find(&tx, &old).unwrap().is_none() && find(&tx, &young).unwrap().is_some());
        assert_eq!(tx.counts().unwrap()[TOKENS], 2);
        assert_eq!(tx.counts().unwrap()[ENDS], 2);
    }
}
