//! Sample events whose facts are known.

use base_core::{Scope, SourceId, Timestamp, UnitId};
use engine_event::{Common, CommonField, Event, EventId, Kind, LogSource, Marks, Record};
use std::sync::Arc;

/// Journal instance of the samples.
pub const INSTANCE: u64 = 0x6d61_6e67_726f_7665;
/// Time of the first sample: 2014-03-01 00:00 UTC.
pub const START: Timestamp = Timestamp::from_secs(1_393_632_000);
/// Seconds between samples: 240 of them span ten days.
pub const STEP_SECS: i64 = 3600;

/// The facts of sample `n`.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Sequence number.
    pub n: u64,
}

const UNITS: [Option<&str>; 3] = [Some("stttt"), Some("syt"), None];
const KINDS: [&str; 3] = ["microsoft/windows-security", "linux/sshd", "nginx/access"];
const USERS: [&str; 4] = ["Administrator", "nguyễn.văn.an", "root", "svc-backup"];

impl Facts {
    /// When it happened.
    #[must_use]
    pub fn time(self) -> Timestamp {
        START.plus_secs(STEP_SECS * i64::try_from(self.n).unwrap_or(0))
    }

    /// Unit.
    #[must_use]
    pub fn unit(self) -> Option<&'static str> {
        UNITS[self.pick(0, 3)]
    }

    /// Kind of source.
    #[must_use]
    pub fn kind(self) -> &'static str {
        KINDS[self.pick(1, 3)]
    }

    /// User.
    #[must_use]
    pub fn user(self) -> &'static str {
        USERS[self.pick(2, 4)]
    }

    /// Host.
    #[must_use]
    pub fn host(self) -> String {
        format!("PC-{:02}.camau.local", self.pick(3, 7))
    }

    /// Last part of the address 10.0.x.y.
    #[must_use]
    pub fn address(self) -> (usize, usize) {
        (self.pick(4, 3), self.pick(5, 250))
    }

    /// Port.
    #[must_use]
    pub fn port(self) -> usize {
        self.pick(6, 65_536)
    }

    /// Whether the command line holds the tell-tale word.
    #[must_use]
    pub fn is_attack(self) -> bool {
        self.n % 17 == 5
    }

    /// A number in `0..below` that looks random and depends on `salt`.
    fn pick(self, salt: u64, below: usize) -> usize {
        let mut x = self.n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (salt + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
        x ^= x >> 29;
        x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 32;
        usize::try_from(x % below as u64).unwrap_or(0)
    }

    /// The command line.
    #[must_use]
    pub fn command(self) -> String {
        if self.is_attack() {
            format!(r#"C:\Temp\x{}.exe "sekurlsa::LogonPasswords" exit"#, self.n)
        } else {
            format!(r"C:\Windows\System32\notepad.exe tài liệu {}.txt", self.n)
        }
    }

    /// The event.
    #[must_use]
    pub fn event(self) -> Event {
        let (x, y) = self.address();
        let mut common = Common::default();
        common.set(CommonField::HostName, &self.host());
        common.set(CommonField::UserName, self.user());
        common.set(CommonField::SourceIp, &format!("10.0.{x}.{y}"));
        common.set(CommonField::SourcePort, &self.port().to_string());
        common.set(CommonField::ProcessCommandLine, &self.command());
        let mut record = Record::new();
        record.push("EventID", "4688", Kind::Number);
        record.push_text("TargetUserName", self.user());
        record.push_text("CommandLine", &self.command());
        record.push("Nothing", "", Kind::Null);
        record.push("Elevated", if self.n.is_multiple_of(2) { "true" } else { "false" }, Kind::Bool);
        record.push_element("Groups", "Users", Kind::Text);
        record.push_element("Groups", &format!("Nhóm {}", self.n % 5), Kind::Text);
        let raw = format!("<13>{} {} seq={} user={}", self.time(), self.host(), self.n, self.user());
        Event {
            id: EventId::from_journal(INSTANCE, self.n),
            time: self.time(),
            received: self.time().plus_secs(2),
            unit: self.unit().map(UnitId::new),
            source: Some(SourceId::new(format!("src-{}", self.n % 2))),
            kind: Arc::from(self.kind()),
            logsource: Arc::new(LogSource::new(
                Some("windows"),
                self.n.is_multiple_of(2).then_some("process_creation"),
                None,
            )),
            record,
            common,
            raw: raw.into_bytes().into_boxed_slice(),
            marks: Marks { truncated: self.n % 50 == 7, ..Marks::default() },
        }
    }
}

/// Facts of the first `count` samples.
pub fn facts(count: u64) -> impl Iterator<Item = Facts> {
    (0..count).map(|n| Facts { n })
}

/// The first `count` samples as events.
#[must_use]
pub fn events(count: u64) -> Vec<Event> {
    facts(count).map(Facts::event).collect()
}

/// Everyone's scope.
#[must_use]
pub fn province() -> Scope {
    Scope::province()
}

/// The scope of one unit.
#[must_use]
pub fn unit(name: &str) -> Scope {
    Scope::units([UnitId::new(name)])
}

/// Fails when two events differ in anything.
///
/// # Panics
/// When they do.
pub fn assert_same(found: &Event, expected: &Event) {
    let n = expected.id;
    assert_eq!(found.id, n);
    assert_eq!((found.time, found.received), (expected.time, expected.received), "times of {n}");
    assert_eq!((&found.unit, &found.source), (&expected.unit, &expected.source), "owner of {n}");
    assert_eq!((&found.kind, &found.logsource), (&expected.kind, &expected.logsource), "kind of {n}");
    assert_eq!(found.common, expected.common, "common columns of {n}");
    assert_eq!(found.record, expected.record, "record of {n}");
    assert_eq!(found.raw, expected.raw, "raw bytes of {n}");
    assert_eq!(found.marks, expected.marks, "marks of {n}");
}
