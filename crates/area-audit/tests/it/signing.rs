//! Once a day, to every courier, until each has it.

use super::ports;
use area_audit::jobs::SignJob;
use area_audit::ports::Courier;
use async_trait::async_trait;
use base_audit::{Act, Checkpoint, Signed, newest_checkpoints, record};
use base_authz::Caller;
use base_core::{Error, Kind, Result};
use base_testkit::console::{BEGIN, Ground};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Postman {
    down: AtomicBool,
    got: Mutex<Vec<String>>,
}

#[async_trait]
impl Courier for Postman {
    fn place(&self) -> String {
        "test".to_owned()
    }

    async fn send(&self, checkpoint: &Signed) -> Result<()> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Unavailable, "nobody there"));
        }
        self.got.lock().unwrap().push(checkpoint.note.clone());
        Ok(())
    }
}

async fn act(ground: &Ground) {
    let mut tx = ground.db.begin().await.unwrap();
    record(&mut tx, &Caller::system("test", BEGIN), Act::new("alerts.close", "alert", "1")).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_checkpoint_a_day_reaches_the_third_party() {
    let ground = Ground::new().await;
    ground.migrate(&[]).await;
    let postman = Arc::new(Postman::default());
    let signer = ports().signer;
    let job = SignJob {
        db: ground.db.clone(),
        signer: Arc::clone(&signer),
        couriers: Arc::new([Arc::clone(&postman) as Arc<dyn Courier>]),
        clock: ground.clock.clone(),
    };
    job.step(BEGIN).await.unwrap();
    assert!(postman.got.lock().unwrap().is_empty(), "nothing to sign yet");
    act(&ground).await;
    postman.down.store(true, Ordering::SeqCst);
    assert!(job.step(BEGIN).await.is_err());
    act(&ground).await;
    assert!(job.step(BEGIN.plus_secs(3_600)).await.is_err());
    assert_eq!(newest_checkpoints(&ground.db, 9).await.unwrap().len(), 1, "one a day");
    assert!(job.step(BEGIN.plus_secs(86_400)).await.is_err());
    postman.down.store(false, Ordering::SeqCst);
    job.step(BEGIN.plus_secs(86_500)).await.unwrap();
    job.step(BEGIN.plus_secs(86_600)).await.unwrap();
    let got = postman.got.lock().unwrap().clone();
    let sizes: Vec<i64> = got.iter().map(|n| Checkpoint::open(n, signer.key()).unwrap().size).collect();
    assert_eq!(sizes, [1, 2], "each once, the oldest first");
    let kept = newest_checkpoints(&ground.db, 9).await.unwrap();
    assert!(kept.iter().all(|k| k.sent_to.as_deref() == Some("test")));
}
