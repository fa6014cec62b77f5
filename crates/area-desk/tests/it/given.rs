//! What the tests of the desk begin with.

use area_desk::model::{AttackLink, Evidence, Explained, Explanation, MatchedField, NewDetection, RuleSnapshot};
use area_desk::ops::commit_detections::{Committed, commit_detections};
use area_desk::ports::{DeskPorts, Pulse, PulsePort, WarningRef, WarningsPort};
use async_trait::async_trait;
use base_core::{AlertId, Result, Scope, Severity, Timestamp, UnitId};
use base_testkit::console::{BEGIN, Ground};
use engine_event::EventId;
use engine_lake::{Lake, MemoryLake};
use std::sync::Arc;

/// A rule of a severity.
pub(crate) fn rule(id: &str, severity: Severity) -> Arc<RuleSnapshot> {
    Arc::new(RuleSnapshot {
        id: id.to_owned(),
        digest: "d1".to_owned(),
        title: format!("Rule {id}"),
        severity,
        file: format!("windows/{id}.yml"),
        source_text: format!("title: Rule {id}\ndetection: …"),
        attack: vec![AttackLink {
            id: "T1003.001".to_owned(),
            name: "T1003.001".to_owned(),
            url: "https://attack.mitre.org/techniques/T1003/001/".to_owned(),
        }],
    })
}

/// A detection of `rule` on `host` of `unit`, so many seconds after the begin.
pub(crate) fn detection(
    key: &str,
    rule: &Arc<RuleSnapshot>,
    unit: Option<&str>,
    host: &str,
    secs: i64,
) -> NewDetection {
    let time = BEGIN.plus_secs(secs);
    let event = EventId::from_journal(7, u64::try_from(secs).unwrap_or(0));
    let words =
        |what: String, why: &str, step: &str| Explanation { what, why: why.to_owned(), do_now: vec![step.to_owned()] };
    NewDetection {
        key: key.to_owned(),
        rule: Arc::clone(rule),
        unit: unit.map(UnitId::new),
        entity_kind: "host".to_owned(),
        entity_name: host.to_owned(),
        host: Some(host.to_owned()),
        time,
        explain: Explained {
            vi: words(
                format!("Có người đọc trộm mật khẩu trên máy {host}. Rất nguy hiểm."),
                "Mất mật khẩu là mất tất cả.",
                "Rút dây mạng.",
            ),
            en: words(
                format!("Somebody reads passwords on {host}."),
                "Lost passwords lose everything.",
                "Unplug the network.",
            ),
        },
        evidence: Evidence {
            events: vec![event],
            event,
            time,
            kind: "microsoft/sysmon".to_owned(),
            fields: vec![
                ("CommandLine".to_owned(), "mimikatz.exe <script>".to_owned()),
                ("User".to_owned(), "hoa".to_owned()),
            ],
            raw: r#"{"CommandLine":"mimikatz.exe <script>","User":"hoa"}"#.to_owned(),
            cut: false,
            matched: vec![MatchedField {
                field: "CommandLine".to_owned(),
                value: "mimikatz.exe <script>".to_owned(),
                pattern: "mimikatz".to_owned(),
                op: "contains".to_owned(),
                span: Some((0, 8)),
            }],
        },
    }
}

/// Takes a batch in, in a transaction of its own.
pub(crate) async fn take(ground: &Ground, batch: &[NewDetection]) -> Committed {
    let mut tx = ground.db.begin().await.expect("a transaction");
    let committed = commit_detections(&mut tx, &ground.ids, batch).await.expect("it commits");
    tx.commit().await.expect("it commits");
    committed
}

/// A flow of events of figures easy to recognise.
struct Flow;

#[async_trait]
impl PulsePort for Flow {
    async fn pulse(&self, scope: &Scope, _: Timestamp) -> Result<Pulse> {
        let whole = scope.as_units().is_none();
        Ok(Pulse {
            per_second: 12.5,
            minutes: vec![1; 30],
            sources: 3,
            silent: 1,
            silent_names: vec![("Tường lửa 7".to_owned(), "/nguon/s7".to_owned())],
            unparsed_share: Some(0.25),
            refused: 42,
            lag: whole.then_some(17),
        })
    }
}

/// One warning for each alert.
struct Warned;

#[async_trait]
impl WarningsPort for Warned {
    async fn of_alert(&self, _: &Scope, _: &AlertId) -> Result<Vec<WarningRef>> {
        Ok(vec![WarningRef {
            code: "01/CB-ATTT".to_owned(),
            href: "/canh-bao-don-vi/w1".to_owned(),
            unit: UnitId::new("SYT"),
            state: "acknowledged",
            overdue: false,
            issued_at: BEGIN,
            due_at: BEGIN.plus_secs(3_600),
            answer: Some("Đã rút dây mạng.".to_owned()),
        }])
    }

    async fn open(&self, _: &Scope, _: Timestamp) -> Result<(i64, i64)> {
        Ok((5, 2))
    }
}

/// The ports over a lake in memory.
pub(crate) fn ports() -> DeskPorts {
    let lake: Arc<dyn Lake> = Arc::new(MemoryLake::new());
    DeskPorts { lake, pulse: Arc::new(Flow), warnings: Arc::new(Warned) }
}
