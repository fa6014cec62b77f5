//! Correlations over several inputs, and runs that a person stops.

use crate::support::{NOW, SSH_RULE, hunt_with, hunter, options, refused};
use base_core::ManualClock;
use engine_hunt::{Control, Finding, Inputs, Outcome, Report, Sink};
use std::path::Path;

/// Ten refused passwords from one address within five minutes.
const BURST: &str = r"title: SSH failed password
name: ssh_failed
id: 5e0f5a0e-6a6c-4c0f-9a30-0f6b8d7f3c11
status: test
level: low
logsource:
    product: linux
    service: sshd
detection:
    keywords:
        - 'Failed password for'
    condition: keywords
---
title: Password guessing
id: 6a1f5a0e-6a6c-4c0f-9a30-0f6b8d7f3c11
status: test
level: high
tags:
    - attack.credential-access
correlation:
    type: event_count
    rules:
        - ssh_failed
    group-by:
        - host.name
    timespan: 5m
    condition:
        gte: 10
";

fn write_seconds(path: &Path, seconds: std::ops::Range<u32>) {
    let text: String = seconds.map(|s| refused(s) + "\n").collect();
    std::fs::write(path, text).expect("written");
}

#[test]
fn an_attack_over_rotated_files_is_seen_whatever_their_order() {
    for threads in [1, 4] {
        let dir = tempfile::tempdir().expect("folder");
        // `auth.log` is read first and holds the later half: neither half alone is enough.
        write_seconds(&dir.path().join("auth.log"), 20..26);
        write_seconds(&dir.path().join("auth.log.1"), 10..16);
        let (hunter, skips) = hunter(&[BURST], options(threads));
        assert_eq!(skips, []);
        let (report, found) = hunt_with(&hunter, skips, &[dir.path()]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("Password guessing auth.log "), "{found:?}");
        let rule = report.rules_by_weight()[0];
        assert_eq!(rule.samples[0].events, 10);
        assert_eq!(rule.samples[0].host.as_deref(), Some("vpubnd-web"));
        assert_eq!(report.events.late, 0);
    }
}

#[test]
fn a_hunt_that_is_stopped_reports_what_it_has() {
    struct StopAtFirst(Control, usize);
    impl Sink for StopAtFirst {
        fn finding(&mut self, _: &Finding) -> std::io::Result<()> {
            self.1 += 1;
            self.0.stop();
            Ok(())
        }
        fn finish(&mut self, _: &Report) -> std::io::Result<()> {
            Ok(())
        }
    }
    let dir = tempfile::tempdir().expect("folder");
    let text: String = (0..200_000).map(|s| refused(s) + "\n").collect();
    std::fs::write(dir.path().join("auth.log"), text).expect("written");
    let (hunter, skips) = hunter(&[SSH_RULE], options(2));
    let control = Control::default();
    let mut sink = StopAtFirst(control.clone(), 0);
    let clock = ManualClock::at(NOW);
    let report = hunter.run(Inputs::gather(&[dir.path()]), skips, clock.as_ref(), &control, &mut sink).expect("runs");
    assert!(report.stopped);
    assert_eq!(report.outcome(), Outcome::Partial);
    assert!(report.detections() > 0 && report.detections() < 200_000, "{}", report.detections());
    assert_eq!(report.detections(), sink.1 as u64, "everything counted was told");
}
