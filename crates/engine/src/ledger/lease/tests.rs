//! Leases that are renewed, lost and taken over, at a pace that tests can wait for.

use super::*;
use crate::ledger::store::Folder;

const LEASE: &str = ".pulumi/locks/organization/events/dev/lease.json";

fn pace(renew: u64, expire: u64) -> Pace {
    let [renew, expire] = [renew, expire].map(Duration::from_millis);
    Pace { renew, expire, skew: Duration::from_secs(300) }
}

/// What a holder on another computer would have written.
async fn elsewhere(store: &Arc<dyn Store>, expires: OffsetDateTime) -> Version {
    let text = format!(
        r#"{{"pid":7,"username":"anna","hostname":"far","timestamp":"x","expires":"{}","machine":"m","started":1,"token":"t"}}"#,
        timestamp(expires)
    );
    store.put(LEASE, text.as_bytes(), Expect::Any).await.unwrap()
}

#[tokio::test]
async fn a_lease_is_renewed_while_held_and_lost_when_taken() {
    let home = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Folder::new(home.path()));
    let lease = acquire(&store, "events", "dev", pace(30, 60_000)).await.unwrap();
    let grip = lease.grip();
    let first = grip.held.lock().await.until;
    while grip.held.lock().await.until == first {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    grip.verify().await.unwrap();
    elsewhere(&store, OffsetDateTime::now_utc() + Duration::from_secs(60)).await;
    while grip.verify().await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let error = grip.verify().await.unwrap_err();
    assert!(error.to_string().contains("now held by anna@far"), "{error}");
    lease.release().await.unwrap();
    assert!(store.get(LEASE).await.unwrap().is_some(), "released what is not ours");
}

#[tokio::test]
async fn one_that_was_deleted_is_lost_and_one_that_ran_out_is_renewed() {
    let home = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Folder::new(home.path()));
    let lease = acquire(&store, "events", "dev", pace(60_000, 1)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    lease.grip().verify().await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    store.delete(LEASE).await.unwrap();
    let error = lease.grip().verify().await.unwrap_err();
    assert!(error.to_string().contains("it was deleted"), "{error}");
}

#[tokio::test]
async fn only_a_holder_that_is_certainly_gone_is_followed() {
    let home = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Folder::new(home.path()));
    let now = OffsetDateTime::now_utc();
    elsewhere(&store, now + Duration::from_secs(60)).await;
    let error = acquire(&store, "events", "dev", pace(50, 100)).await.unwrap_err();
    assert!(matches!(error, LedgerError::Locked { .. }));
    // Overdue by little: its clock may be behind, and it renews while we watch.
    elsewhere(&store, now - Duration::from_secs(1)).await;
    let (taken, _) = tokio::join!(acquire(&store, "events", "dev", pace(200, 400)), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        elsewhere(&store, now - Duration::from_millis(900)).await
    });
    assert!(matches!(taken, Err(LedgerError::Locked { .. })));
    // It does not renew.
    acquire(&store, "events", "dev", pace(50, 100)).await.unwrap().release().await.unwrap();
    // Overdue by more than any clock is wrong: at once.
    elsewhere(&store, now - Duration::from_secs(3600)).await;
    acquire(&store, "events", "dev", pace(600_000, 600_000)).await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_jumped_takes_nothing_from_a_living_process_of_this_machine() {
    let home = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Folder::new(home.path()));
    let mut holder = Holder::new(&Process::this()).unwrap();
    holder.expires = Some(timestamp(OffsetDateTime::now_utc() - Duration::from_secs(86_400)));
    store.put(LEASE, &json(&holder).unwrap(), Expect::Any).await.unwrap();
    let error = acquire(&store, "events", "dev", pace(50, 100)).await.unwrap_err();
    assert!(matches!(error, LedgerError::Locked { .. }), "{error}");
    // The same process number, given out again: that one has ended.
    holder.started = holder.started.map(|it| it + 1);
    store.put(LEASE, &json(&holder).unwrap(), Expect::Any).await.unwrap();
    acquire(&store, "events", "dev", pace(50, 100)).await.unwrap().release().await.unwrap();
}
