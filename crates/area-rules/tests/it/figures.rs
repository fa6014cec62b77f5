//! What the pipeline counts, and how rules fare by it.

use crate::given::{console, detect, event, ports};
use area_rules::model::{BatchFigures, Flag, SourceFigure};
use area_rules::ops::commit_figures::{commit_batch, commit_sources, forget_old};
use area_rules::ops::read_rules::overview;
use base_authz::Role;
use base_testkit::console::{BEGIN, caller, person};
use engine_event::Event;

/// Takes events in as the pipeline does; returns how rules fare.
async fn flags(events: &[Event]) -> Vec<(String, i64, i64, Vec<Flag>)> {
    let ports = ports();
    let console = console(ports.clone()).await;
    let pack = ports.book.active().pack.clone();
    let (found, tally) = detect(&pack, events);
    let db = &console.ground.db;
    let mut tx = db.begin().await.expect("a transaction");
    commit_batch(&mut tx, &BatchFigures::new(&pack, &tally, &found), BEGIN).await.expect("counted");
    tx.commit().await.expect("committed");
    let mut sources = SourceFigure::default();
    sources.add(&tally);
    commit_sources(db, &sources, BEGIN).await.expect("counted");
    let analyst = caller(&person("phuong", Role::Analyst, None), BEGIN.plus_secs(60));
    let seen = overview(db, &ports, &analyst).await.expect("read");
    assert_eq!(seen.since, Some(BEGIN));
    forget_old(db, BEGIN.plus_secs(200 * 86_400)).await.expect("forgotten");
    let later = caller(&person("phuong", Role::Analyst, None), BEGIN.plus_secs(200 * 86_400));
    let after = overview(db, &ports, &later).await.expect("read");
    assert!(after.rules.iter().all(|l| l.hits.week == 0 && l.flags.contains(&Flag::Dead)));
    seen.rules.into_iter().map(|l| (l.info.id.to_string(), l.events.week, l.hits.week, l.flags)).collect()
}

#[tokio::test]
async fn dead_starved_shadowed_and_noisy_rules_are_flagged() {
    let mut events: Vec<Event> = (0..60).map(|n| event(n, r"C:\Windows\notepad.exe", "pc-1", Some("SYT"), 0)).collect();
    events.extend((60..64).map(|n| event(n, r"C:\Temp\m.exe", "pc-1", Some("SYT"), 0)));
    let seen = flags(&events).await;
    let of = |id: &str| seen.iter().find(|s| s.0 == id).expect("the rule").clone();
    assert_eq!(of("ssh"), ("ssh".into(), 0, 0, vec![Flag::Dead]));
    assert_eq!(of("original"), ("original".into(), 64, 0, vec![Flag::Starved]));
    assert_eq!(of("tool"), ("tool".into(), 64, 4, vec![]), "the graver one is not shadowed by the lesser");
    assert_eq!(of("temp"), ("temp".into(), 64, 4, vec![Flag::Shadowed, Flag::Noisy]), "7 of 8 verdicts are false");
}

#[tokio::test]
async fn a_rule_that_fires_alone_once_is_not_shadowed() {
    let mut events: Vec<Event> = (0..8).map(|n| event(n, r"C:\Temp\m.exe", "pc-1", None, 0)).collect();
    events.push(event(8, r"C:\Temp\other.exe", "pc-1", None, 0));
    let seen = flags(&events).await;
    let temp = seen.iter().find(|s| s.0 == "temp").expect("the rule");
    assert_eq!((temp.2, temp.3.as_slice()), (9, &[Flag::Noisy][..]));
}
