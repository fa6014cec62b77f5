//! A lake with many events, written before the server starts.

use base_core::{SourceId, Timestamp, UnitId};
use engine_event::{Common, CommonField, Event, EventId, LogSource, Marks, Record};
use engine_lake::Lake;
use heavy_lake_datafusion::{Hold, LakeOptions, ParquetLake};
use std::path::Path;
use std::sync::Arc;

/// Journal instance of the events.
const INSTANCE: u64 = 0x7365_6172_6368;
/// Events written at once.
const BATCH: u64 = 50_000;

/// Units of the events by turns; the last is nobody's.
const UNITS: [Option<&str>; 4] = [Some("NHIEN"), Some("STC"), Some("SYT"), None];

/// The begin: 2014-03-01 00:00 in Viet Nam.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_393_606_800);

/// A value that only events of other units than NHIEN bear.
pub(crate) const CANARY: &str = "canary-of-unit-b";

/// Event `n` of `all`, which span ten days.
pub(crate) fn event(n: u64, all: u64) -> Event {
    // Looks random, depends on `salt`.
    let of = |salt: u32, below: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(salt * 7) >> 20) % below;
    let unit = UNITS[usize::try_from(n % 4).unwrap_or(0)];
    let own = unit == Some("NHIEN");
    let needle = n % 100_003 == 77;
    let user = if own { format!("canbo{:03}", of(1, 400)) } else { format!("{CANARY}-{:03}", of(1, 400)) };
    let host = if own {
        format!("nhien-pc-{:03}.nhien.example", of(2, 200))
    } else {
        format!("{CANARY}-pc-{:03}", of(2, 200))
    };
    let command = if needle {
        r"C:\Temp\m.exe sekurlsa::logonpasswords".to_owned()
    } else {
        format!(r"C:\Windows\System32\tool{}.exe /run", of(3, 50))
    };
    let failed = n.is_multiple_of(7);
    let mut common = Common::default();
    common.set(CommonField::HostName, &host);
    common.set(CommonField::UserName, &user);
    let address = format!("45.{}.{}.{}", of(4, 4), of(5, 200), of(6, 250));
    common.set(CommonField::SourceIp, &address);
    common.set(CommonField::EventCode, if failed { "4625" } else { "4688" });
    common.set(CommonField::EventOutcome, if failed { "failure" } else { "success" });
    common.set(CommonField::ProcessCommandLine, &command);
    let mut record = Record::new();
    record.push_text("TargetUserName", &user);
    record.push_text("CommandLine", &command);
    record.push_text("IpAddress", &address);
    record.push_text("LogonType", if failed { "3" } else { "2" });
    if !own {
        record.push_text("Secret", CANARY);
    }
    let span = 10 * 86_400 * 1_000_000_i64;
    let step = span / i64::try_from(all.max(1)).unwrap_or(i64::MAX);
    let time = START.plus_micros(step.max(1).saturating_mul(i64::try_from(n).unwrap_or(0)));
    let raw = format!("{} EventID={} user={user} cmd={command}", host, if failed { 4625 } else { 4688 });
    Event {
        id: EventId::from_journal(INSTANCE, n),
        time,
        received: time.plus_secs(1),
        unit: unit.map(UnitId::new),
        source: Some(SourceId::new("given")),
        kind: Arc::from(if n.is_multiple_of(3) { "microsoft/windows-security" } else { "microsoft/sysmon" }),
        logsource: Arc::new(LogSource::new(Some("windows"), Some("process_creation"), None)),
        record,
        common,
        raw: raw.into_bytes().into_boxed_slice(),
        marks: Marks::default(),
    }
}

/// Writes `all` events into the lake of a data folder.
pub(crate) fn write(data: &Path, all: u64) {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        let options = LakeOptions { sync: false, ..LakeOptions::default() };
        let (lake, _) = ParquetLake::open(&data.join("lake"), options).await.expect("a lake");
        let mut at = 0;
        while at < all {
            let end = (at + BATCH).min(all);
            let events: Vec<Event> = (at..end).map(|n| event(n, all)).collect();
            lake.write(at..end, &events).await.expect("written");
            at = end;
        }
        // The events are older than anything must be kept: a server short of room would delete them.
        let (from, until) = (i64::MIN, i64::MAX);
        let hold = Hold { name: "test".into(), from, until, why: "events of a test".into() };
        lake.hold(hold).await.expect("held");
    });
}
