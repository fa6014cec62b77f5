//! Signing: only over a whole trail, only when something was added; rows of the first version stay valid.

use super::{add, trail};
use base_audit::{Checkpoint, MIGRATIONS, Signer, mark_sent, newest_checkpoints, sign, verify_signed};
use base_core::Timestamp;
use base_db::migrate;
use base_testkit::Records;

#[tokio::test]
async fn a_checkpoint_is_made_when_something_was_added() {
    let records = trail(3).await;
    let signer = Signer::new(&[1; 32]).unwrap();
    let now = Timestamp::from_secs(1_500_000_000);
    let first = sign(&records.db, &signer, now).await.unwrap().unwrap().unwrap();
    assert_eq!(Checkpoint::open(&first.note, signer.key()).unwrap().size, 3);
    assert!(first.note.starts_with(&format!("{}\n3\n", signer.key().name())), "{}", first.note);
    assert_eq!(sign(&records.db, &signer, now).await.unwrap().unwrap(), None);
    add(&records.db, 3..5).await;
    assert_eq!(sign(&records.db, &signer, now).await.unwrap().unwrap().unwrap().size, 5);
    mark_sent(&records.db, 3, "syslog 10.0.0.9:514", now).await.unwrap();
    let newest = newest_checkpoints(&records.db, 10).await.unwrap();
    assert_eq!(newest.iter().map(|c| c.size).collect::<Vec<_>>(), [5, 3]);
    assert_eq!((newest[1].sent_at, newest[1].sent_to.as_deref()), (Some(now), Some("syslog 10.0.0.9:514")));
}

/// Rows that the first version of the program wrote, as SQL, with what follows them.
#[tokio::test]
async fn rows_of_the_first_version_stay_valid() {
    let records = Records::new().await;
    migrate(&records.db, &MIGRATIONS[..1], Timestamp::EPOCH).await.unwrap();
    super::tamper(&records.db, &[include_str!("rows_of_version_1.sql")]).await;
    migrate(&records.db, MIGRATIONS, Timestamp::EPOCH).await.unwrap();
    add(&records.db, 0..3).await;
    let signer = Signer::new(&[1; 32]).unwrap();
    sign(&records.db, &signer, Timestamp::EPOCH).await.unwrap().unwrap();
    let whole = verify_signed(&records.db, signer.key(), &[]).await.unwrap().unwrap();
    assert_eq!((whole.acts, whole.signed), (5, 5));
    super::tamper(&records.db, &["UPDATE audit_act SET why = 'x' WHERE seq = 2"]).await;
    assert_eq!(verify_signed(&records.db, signer.key(), &[]).await.unwrap().unwrap_err().seq, 2);
}
