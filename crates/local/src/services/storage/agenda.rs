//! What time alone brings about, kept in the order of time: one look at the first entry says whether anything is due.

use serde_json::{Value, json};

use super::objects::MARK;
use crate::store::{StoreError, Tx};

/// What is to be looked at, by when and what.
const ENTRIES: &str = "storage/agenda";
/// When each thing is to be looked at, by what: so that it is on the agenda once.
const TIMES: &str = "storage/agendaTimes";

/// A thing that has its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matter {
    /// The versions of one name may meet a rule of their bucket.
    Name { bucket: String, name: String },
    /// The settings of a bucket have changed: all of its names are to be looked at, from this one on.
    Bucket { bucket: String, from: String },
    /// A soft-deleted object, by its key, goes for good.
    Object(String),
    /// A soft-deleted bucket, by its key, goes for good.
    Deleted(String),
    /// A resumable upload, by its session, is given up.
    Upload(String),
}

impl Matter {
    /// What tells it from others.
    fn id(&self) -> String {
        match self {
            Matter::Name { bucket, name } => format!("name{MARK}{bucket}{MARK}{name}"),
            // A walk through a bucket is one matter wherever it stands.
            Matter::Bucket { bucket, .. } => format!("bucket{MARK}{bucket}"),
            Matter::Object(key) => format!("object{MARK}{key}"),
            Matter::Deleted(key) => format!("deleted{MARK}{key}"),
            Matter::Upload(session) => format!("upload{MARK}{session}"),
        }
    }

    fn document(&self) -> Value {
        match self {
            Matter::Name { bucket, name } => json!({"what": "name", "bucket": bucket, "name": name}),
            Matter::Bucket { bucket, from } => json!({"what": "bucket", "bucket": bucket, "from": from}),
            Matter::Object(key) => json!({"what": "object", "key": key}),
            Matter::Deleted(key) => json!({"what": "deleted", "key": key}),
            Matter::Upload(session) => json!({"what": "upload", "key": session}),
        }
    }

    fn of(document: &Value) -> Option<Matter> {
        let text = |field: &str| document[field].as_str().map(str::to_owned);
        Some(match document["what"].as_str()? {
            "name" => Matter::Name { bucket: text("bucket")?, name: text("name")? },
            "bucket" => Matter::Bucket { bucket: text("bucket")?, from: text("from")? },
            "object" => Matter::Object(text("key")?),
            "deleted" => Matter::Deleted(text("key")?),
            "upload" => Matter::Upload(text("key")?),
            _ => return None,
        })
    }
}

/// An entry's key; times before 1970 are as due as 1970.
fn key(at: i64, id: &str) -> String {
    format!("{:0>20}{MARK}{id}", at.max(0))
}

/// Puts a matter on the agenda, in microseconds since 1970; one that is on it for earlier stays.
pub(super) fn add(tx: &mut Tx, matter: &Matter, at: i64) -> Result<(), StoreError> {
    match tx.get(TIMES, &matter.id())?.and_then(|it| it.as_i64()) {
        Some(before) if before <= at => Ok(()),
        Some(_) | None => set(tx, matter, at),
    }
}

/// Puts a matter on the agenda for this time and no other.
pub(super) fn set(tx: &mut Tx, matter: &Matter, at: i64) -> Result<(), StoreError> {
    forget(tx, matter)?;
    let id = matter.id();
    tx.put(TIMES, &id, &json!(at))?;
    tx.put(ENTRIES, &key(at, &id), &matter.document())
}

/// Takes a matter off the agenda.
pub(super) fn forget(tx: &mut Tx, matter: &Matter) -> Result<(), StoreError> {
    let id = matter.id();
    if let Some(at) = tx.get(TIMES, &id)?.and_then(|it| it.as_i64()) {
        tx.remove(ENTRIES, &key(at, &id))?;
        tx.remove(TIMES, &id)?;
    }
    Ok(())
}

/// The matters whose time has come, the earliest first, at most so many.
pub(super) fn due(tx: &Tx, now: i64, most: usize) -> Result<Vec<Matter>, StoreError> {
    let first = tx.scan(ENTRIES, "", None, most)?;
    let end = key(now.saturating_add(1), "");
    Ok(first.into_iter().take_while(|(key, _)| *key < end).filter_map(|(_, it)| Matter::of(&it)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_matter_is_there_once_and_for_its_earliest_time() {
        let store = Store::open(None).unwrap();
        let mut tx = store.write().unwrap();
        let name = |name: &str| Matter::Name { bucket: "b".to_owned(), name: name.to_owned() };
        add(&mut tx, &name("x"), 50).unwrap();
        add(&mut tx, &name("x"), 90).unwrap();
        add(&mut tx, &name("y"), 9).unwrap();
        assert_eq!(due(&tx, 8, 10).unwrap(), []);
        assert_eq!(due(&tx, 9, 10).unwrap(), [name("y")]);
        assert_eq!(due(&tx, 1_000, 10).unwrap(), [name("y"), name("x")]);
        assert_eq!(due(&tx, 1_000, 1).unwrap(), [name("y")]);
        add(&mut tx, &name("x"), 3).unwrap();
        set(&mut tx, &name("y"), 2_000).unwrap();
        assert_eq!(due(&tx, 1_000, 10).unwrap(), [name("x")]);
        forget(&mut tx, &name("x")).unwrap();
        assert_eq!(due(&tx, 1_000, 10).unwrap(), []);
        assert_eq!(due(&tx, 2_000, 10).unwrap(), [name("y")]);
    }

    #[test]
    fn what_is_kept_of_a_matter_says_which_it_is() {
        for matter in [
            Matter::Name { bucket: "b".to_owned(), name: "n".to_owned() },
            Matter::Bucket { bucket: "b".to_owned(), from: "n".to_owned() },
            Matter::Object("o".to_owned()),
            Matter::Deleted("d".to_owned()),
            Matter::Upload("u".to_owned()),
        ] {
            assert_eq!(Matter::of(&matter.document()), Some(matter));
        }
    }
}
