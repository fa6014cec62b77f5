//! Each kind of edit by raw SQL, found and named; on a trail long enough for rows to be far from both ends.

use super::{add, tamper, trail};
use base_audit::{Broken, Entry, Fault, Signer, Walker, sign, verify, verify_export, verify_signed};
use base_core::Timestamp;
use base_db::Db;

const ACTS: usize = 200;

async fn found(statements: &[&'static str]) -> Broken {
    let records = trail(ACTS).await;
    verify(&records.db).await.unwrap().unwrap();
    tamper(&records.db, statements).await;
    verify(&records.db).await.unwrap().unwrap_err()
}

#[tokio::test]
async fn a_whole_trail_verifies_and_gives_its_head() {
    let records = trail(5).await;
    let verified = verify(&records.db).await.unwrap().unwrap();
    assert_eq!((verified.acts, verified.head.len(), verified.signed), (5, 64, 0));
    let empty = trail(0).await;
    assert_eq!(verify(&empty.db).await.unwrap().unwrap().acts, 0);
}

#[tokio::test]
async fn every_column_that_is_altered_is_found() {
    let records = trail(9).await;
    for column in [
        "at = at + 1",
        "account = 'x'",
        "account_name = account_name || ' '",
        "roles = 'administrator'",
        "peer = '10.0.0.1'",
        "request = 'x'",
        "action = 'alerts.open'",
        "object_kind = 'x'",
        "object_id = '99'",
        "unit_id = NULL",
        "before_json = NULL",
        "after_json = '{}'",
        "why = ''",
        "version = 1",
        "previous = NULL, version = 1",
        "hash = previous",
    ] {
        let saved = "CREATE TABLE saved AS SELECT * FROM audit_act WHERE seq = 6";
        let statement: &'static str =
            Box::leak(format!("UPDATE audit_act SET {column} WHERE seq = 6").into_boxed_str());
        tamper(&records.db, &[saved, statement]).await;
        let broken = verify(&records.db).await.unwrap().unwrap_err();
        assert_eq!(broken, Broken { seq: 6, fault: Fault::Altered }, "{column}");
        tamper(
            &records.db,
            &["DELETE FROM audit_act WHERE seq = 6", "INSERT INTO audit_act SELECT * FROM saved", "DROP TABLE saved"],
        )
        .await;
    }
    verify(&records.db).await.unwrap().unwrap();
}

/// Rows are read as one text; whoever moves a separator between columns or rows is found, and texts that hold one are
/// kept.
#[tokio::test]
async fn separators_in_fields_are_kept_and_hide_nothing() {
    let records = trail(3).await;
    let mut tx = records.db.begin().await.unwrap();
    let caller = base_authz::Caller::system("test", Timestamp::EPOCH);
    let act = base_audit::Act::new("alerts.note", "alert", "a\u{1f}b").why("\u{1f}1c");
    base_audit::record(&mut tx, &caller, act).await.unwrap();
    let act = base_audit::Act::new("alerts.note", "alert", "a\u{1e}b").why("c\u{1e}");
    base_audit::record(&mut tx, &caller, act).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(verify(&records.db).await.unwrap().unwrap().acts, 5);
    let mut tx = records.db.begin().await.unwrap();
    let moved = base_db::Sql::new("UPDATE audit_act SET object_kind = ").bind("alert\u{1f}a");
    moved.push(", object_id = ").bind("b").push(" WHERE seq = 4").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let broken = verify(&records.db).await.unwrap().unwrap_err();
    assert_eq!(broken, Broken { seq: 4, fault: Fault::Altered });
}

/// A row that is taken out and written, with its separators, into the end of the one before it.
#[tokio::test]
async fn a_row_inside_another_row_is_not_taken_for_one() {
    let records = trail(9).await;
    let joined = "seq || x'1f' || version || x'1f' || at || x'1f' || account || x'1f' || account_name || x'1f' ||
        coalesce('1' || roles, '0') || x'1f' || coalesce('1' || peer, '0') || x'1f' || request || x'1f' || action ||
        x'1f' || object_kind || x'1f' || object_id || x'1f' || coalesce('1' || unit_id, '0') || x'1f' ||
        coalesce('1' || before_json, '0') || x'1f' || coalesce('1' || after_json, '0') || x'1f' ||
        coalesce('1' || why, '0') || x'1f' || coalesce('1' || previous, '0') || x'1f' || hash";
    let sign = |byte: &str| {
        if base_testkit::records::on_postgres() {
            format!("chr({})", u8::from_str_radix(byte, 16).unwrap())
        } else {
            format!("char(0x{byte})")
        }
    };
    let joined = joined.replace("x'1f'", &sign("1f"));
    let hide = format!(
        "UPDATE audit_act SET hash = hash || {} || (SELECT {joined} FROM audit_act AS six WHERE six.seq = 6) WHERE seq = 5",
        sign("1e")
    );
    tamper(&records.db, &[Box::leak(hide.into_boxed_str()), "DELETE FROM audit_act WHERE seq = 6"]).await;
    let broken = verify(&records.db).await.unwrap().unwrap_err();
    assert_eq!(broken, Broken { seq: 5, fault: Fault::Altered });
}

#[tokio::test]
async fn removed_rows_are_found_also_when_the_rest_is_numbered_anew() {
    let gap = found(&["DELETE FROM audit_act WHERE seq IN (50, 51)"]).await;
    assert_eq!(gap, Broken { seq: 50, fault: Fault::Removed(2) });
    let first = found(&["DELETE FROM audit_act WHERE seq = 1"]).await;
    assert_eq!(first, Broken { seq: 1, fault: Fault::Removed(1) });
    // Two steps, because a number may not be there twice even for a moment.
    let closed = found(&[
        "DELETE FROM audit_act WHERE seq IN (50, 51)",
        "UPDATE audit_act SET seq = -(seq - 2) WHERE seq > 51",
        "UPDATE audit_act SET seq = -seq WHERE seq < 0",
    ])
    .await;
    assert_eq!(closed, Broken { seq: 50, fault: Fault::Removed(2) });
}

#[tokio::test]
async fn inserted_rows_are_found() {
    let copy = "INSERT INTO audit_act SELECT 70, at, account, account_name, peer, request, action, object_kind,
        'forged', unit_id, before_json, after_json, why, hash, version, roles, previous FROM audit_act WHERE seq = 60";
    let moved =
        ["UPDATE audit_act SET seq = -(seq + 1) WHERE seq >= 70", "UPDATE audit_act SET seq = -seq WHERE seq < 0"];
    let inserted = found(&[moved[0], moved[1], copy]).await;
    assert_eq!(inserted, Broken { seq: 70, fault: Fault::Inserted(1) });
    let beyond = found(&[
        "INSERT INTO audit_act SELECT 201, at, account, account_name, peer, request, action, object_kind,
        'forged', unit_id, before_json, after_json, why, hash, version, roles, previous FROM audit_act WHERE seq = 200",
    ])
    .await;
    assert_eq!(beyond.seq, 201);
}

#[tokio::test]
async fn exchanged_rows_are_found() {
    let exchange = |a: i64, b: i64| -> Vec<&'static str> {
        [
            format!("UPDATE audit_act SET seq = -1 WHERE seq = {a}"),
            format!("UPDATE audit_act SET seq = {a} WHERE seq = {b}"),
            format!("UPDATE audit_act SET seq = {b} WHERE seq = -1"),
        ]
        .into_iter()
        .map(|s| &*Box::leak(s.into_boxed_str()))
        .collect()
    };
    assert_eq!(found(&exchange(80, 81)).await, Broken { seq: 80, fault: Fault::Moved(81) });
    assert_eq!(found(&exchange(80, 100)).await, Broken { seq: 80, fault: Fault::Moved(100) });
}

/// Whoever knows the program can seal one altered row anew; the row after it tells.
#[tokio::test]
async fn a_row_that_was_sealed_anew_is_named_itself() {
    let records = trail(ACTS).await;
    let mut entries = entries(&records.db).await;
    entries[89].why = Some("another reason".to_owned());
    entries[89].hash = sealed(&entries[89]);
    assert_eq!(walk(entries).unwrap_err(), Broken { seq: 90, fault: Fault::Altered });
}

/// Nothing in the rows themselves tells when all of them were sealed anew, or the end is gone: the signature does.
#[tokio::test]
async fn a_chain_that_was_sealed_anew_does_not_fit_what_was_signed() {
    let signer = Signer::new(&[3; 32]).unwrap();
    let records = trail(50).await;
    sign(&records.db, &signer, Timestamp::EPOCH).await.unwrap().unwrap().unwrap();
    add(&records.db, 50..120).await;
    sign(&records.db, &signer, Timestamp::EPOCH).await.unwrap().unwrap().unwrap();
    add(&records.db, 120..130).await;
    let whole = verify_signed(&records.db, signer.key(), &[]).await.unwrap().unwrap();
    assert_eq!((whole.acts, whole.signed), (130, 120));

    let mut forged = entries(&records.db).await;
    forged[99].why = Some("another reason".to_owned());
    for n in 99..forged.len() {
        forged[n].previous = Some(forged[n - 1].hash.clone());
        forged[n].hash = sealed(&forged[n]);
    }
    walk(forged.clone()).unwrap();
    let points = checkpoints(&records.db, &signer).await;
    let mut walker = Walker::new(points.clone());
    let broken = forged.into_iter().try_for_each(|e| walker.push(e)).and_then(|()| walker.finish().map(|_| ()));
    assert_eq!(broken.unwrap_err(), Broken { seq: 51, fault: Fault::Rewritten(120) });

    tamper(&records.db, &["DELETE FROM audit_act WHERE seq > 110"]).await;
    verify(&records.db).await.unwrap().unwrap();
    let broken = verify_signed(&records.db, signer.key(), &[]).await.unwrap().unwrap_err();
    assert_eq!(broken, Broken { seq: 111, fault: Fault::CutOff(120) });
    // Even without the checkpoint in the database, the copy that was sent away tells.
    tamper(&records.db, &["DELETE FROM audit_checkpoint WHERE size > 50"]).await;
    verify_signed(&records.db, signer.key(), &[]).await.unwrap().unwrap();
    let broken = verify_signed(&records.db, signer.key(), &points).await.unwrap().unwrap_err();
    assert_eq!(broken, Broken { seq: 111, fault: Fault::CutOff(120) });
    // Nothing is signed any more.
    tamper(&records.db, &["UPDATE audit_act SET why = '' WHERE seq = 3"]).await;
    assert_eq!(sign(&records.db, &signer, Timestamp::EPOCH).await.unwrap().unwrap_err().seq, 3);
}

#[tokio::test]
async fn a_checkpoint_of_somebody_else_is_found() {
    let records = trail(10).await;
    sign(&records.db, &Signer::new(&[4; 32]).unwrap(), Timestamp::EPOCH).await.unwrap().unwrap();
    let own = Signer::new(&[3; 32]).unwrap();
    let broken = verify_signed(&records.db, own.key(), &[]).await.unwrap().unwrap_err();
    assert_eq!(broken.fault, Fault::FalseCheckpoint(10));
}

/// A file that was sent to the inspectors is checked with the public key alone.
#[tokio::test]
async fn an_export_is_checked_without_the_database() {
    let signer = Signer::new(&[3; 32]).unwrap();
    let records = trail(ACTS).await;
    sign(&records.db, &signer, Timestamp::EPOCH).await.unwrap().unwrap();
    let text = exported(&records.db, &signer).await;
    assert!(!text.contains("geheim"), "secrets are masked");
    let check = |text: &str, key: Option<&Signer>| verify_export(|| Ok(text.as_bytes()), key.map(Signer::key), &[]);
    let checked = check(&text, Some(&signer)).unwrap();
    assert_eq!((checked.verdict.unwrap().signed, checked.own_key), (200, false));
    assert!(check(&text, None).unwrap().own_key);

    let lines: Vec<&str> = text.lines().collect();
    let without = |gone: usize| {
        let left: Vec<_> = lines.iter().enumerate().filter(|(n, _)| *n != gone).map(|(_, l)| *l).collect();
        left.join("\n")
    };
    let verdict = |text: &str| check(text, Some(&signer)).unwrap().verdict.unwrap_err();
    assert_eq!(verdict(&without(120)), Broken { seq: 120, fault: Fault::Removed(1) });
    assert_eq!(verdict(&without(200)), Broken { seq: 200, fault: Fault::CutOff(200) });
    assert_eq!(verdict(&text.replacen("\"object_id\":\"41\"", "\"object_id\":\"14\"", 1)).seq, 42);
    let other = Signer::new(&[9; 32]).unwrap();
    assert_eq!(check(&text, Some(&other)).unwrap().verdict.unwrap_err().fault, Fault::FalseCheckpoint(200));
    for (bad, line) in [("", 1), ("{}", 1), (&*format!("{}\n{{\"seq\":1}}\n", lines[0]), 2), (&lines[0][..20], 1)] {
        assert_eq!(check(bad, None).unwrap_err().line, line, "{bad}");
    }
}

async fn exported(db: &Db, signer: &Signer) -> String {
    let mut exporter = base_audit::Exporter::new(db, signer.key());
    let mut file = Vec::new();
    while let Some(piece) = exporter.next().await.unwrap() {
        file.extend(piece);
    }
    String::from_utf8(file).unwrap()
}

async fn entries(db: &Db) -> Vec<Entry> {
    let text = exported(db, &Signer::new(&[3; 32]).unwrap()).await;
    text.lines().skip(1).filter(|l| !l.starts_with("{\"checkpoint")).map(|l| serde_json::from_str(l).unwrap()).collect()
}

async fn checkpoints(db: &Db, signer: &Signer) -> Vec<base_audit::Checkpoint> {
    let stored = base_audit::checkpoints(db).await.unwrap();
    stored.iter().map(|s| base_audit::Checkpoint::open(&s.note, signer.key()).unwrap()).collect()
}

fn walk(entries: Vec<Entry>) -> Result<base_audit::Verified, Broken> {
    let mut walker = Walker::new([]);
    entries.into_iter().try_for_each(|e| walker.push(e)).and_then(|()| walker.finish())
}

/// The hash as the documentation of the format says, written a second time.
fn sealed(entry: &Entry) -> String {
    use sha2::{Digest, Sha256};
    let mut bytes = b"mangrove-audit-row-2\n".to_vec();
    let mut put = |field: Option<&str>| match field {
        None => bytes.push(0),
        Some(text) => {
            bytes.push(1);
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
    };
    put(entry.previous.as_deref());
    put(Some(&entry.seq.to_string()));
    put(Some(&entry.at.to_string()));
    put(Some(&entry.account));
    put(Some(&entry.account_name));
    put(entry.roles.as_deref());
    put(entry.peer.as_deref());
    for field in [&entry.request, &entry.action, &entry.object_kind, &entry.object_id] {
        put(Some(field));
    }
    for field in [&entry.unit_id, &entry.before_json, &entry.after_json, &entry.why] {
        put(field.as_deref());
    }
    hex::encode(Sha256::digest(&bytes))
}
