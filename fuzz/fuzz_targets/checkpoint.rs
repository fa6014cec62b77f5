//! The memory of behaviours with any bytes changed and its sum made right again: it is refused, or the detector goes on
//! with it without panic.
#![no_main]

use base_core::{ContentFile, Timestamp};
use engine_detect::behaviours::{BehaviourDetector, Behaviours, Places};
use engine_event::{Common, Event, EventId, LogSource, Marks, Record};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

/// One of each kind.
const ALL: &[&str] = &[
    "{kind: baseline, by: [s], bucket: 1h, season: hour-of-day, warmup: 2h, factor: 1, at_least: 2, memory: 16KiB}",
    "{kind: baseline, by: [s], distinct: v, bucket: 1h, season: none, warmup: 2h, factor: 1, at_least: 2}",
    "{kind: first-seen, by: [s], value: v, within: 1d, learn: 2h, values: 4}",
    "{kind: rare, value: v, member: s, share: 0.4, members: 2, within: 1d, learn: 2h}",
    "{kind: travel, by: [s], address: ip}",
    "{kind: scan, by: [s], distinct: v, within: 2h, at_least: 3}",
    "{kind: sequence, by: [s], steps: [e0, {absent: e1, for: 1h}], within: 1h}",
];
const PLACES: &str = "network,name,latitude,longitude\n192.0.2.0/24,Cà Mau,9.18,105.15\n198.51.100.0/24,Hà Nội,21.03,105.85\n";
/// Bytes of the sum at the end.
const SUM: usize = 16;
/// Bytes before the content: magic, version, length.
const HEAD: usize = 16;

static BEHAVIOURS: LazyLock<Arc<Behaviours>> = LazyLock::new(|| {
    let mut text = String::new();
    for (n, settings) in ALL.iter().enumerate() {
        text += &format!(
            "---\ntitle: T{n}\nid: t{n}\nlogsource: {{product: windows}}\ndetection: {{a: {{x: '*'}}, condition: a}}\nmangrove: {{behaviour: {settings}}}\n"
        );
    }
    for n in 0..2 {
        text += &format!(
            "---\ntitle: E{n}\nid: e{n}\nname: e{n}\nlogsource: {{product: windows}}\ndetection: {{a: {{v: v{n}}}, condition: a}}\n"
        );
    }
    let file = |path: &str, text: &str| ContentFile { path: path.to_owned(), text: text.to_owned() };
    let (places, _) = Places::load(&[file("places.csv", PLACES)]);
    let (behaviours, errors) = Behaviours::load(&[file("t.yml", text.trim_start_matches("---\n"))], &[], places);
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(behaviours)
});

static WRITTEN: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (mut detector, mut out) = (BehaviourDetector::new(Arc::clone(&BEHAVIOURS)), Vec::new());
    (0..60).for_each(|n| detector.observe_event(&event(n), &mut out));
    detector.checkpoint()
});

fn event(n: u64) -> Event {
    let mut record = Record::new();
    record.push_text("x", "1");
    record.push_text("s", ["s0", "s1", "s2"][(n % 3) as usize]);
    record.push_text("v", ["v0", "v1", "v2", "v3", "v4"][(n % 5) as usize]);
    record.push_text("ip", ["192.0.2.1", "198.51.100.1"][(n % 2) as usize]);
    let time = Timestamp::from_secs(1_790_000_000 + i64::try_from(n).unwrap_or(0) * 700);
    Event {
        id: EventId::from_journal(1, n),
        time,
        received: time,
        unit: None,
        source: None,
        kind: "fuzz".into(),
        logsource: Arc::new(LogSource { product: Some("windows".into()), ..LogSource::default() }),
        record,
        common: Common::default(),
        raw: Box::default(),
        marks: Marks::default(),
    }
}

// Pieces of four bytes: where (two), what, and whether it is put in, written over, or taken out.
fuzz_target!(|bytes: &[u8]| {
    let mut detector = BehaviourDetector::new(Arc::clone(&BEHAVIOURS));
    // As it stands: refused, unless it has a right sum.
    let _ = detector.restore(bytes);
    let whole: &[u8] = &WRITTEN;
    let mut body = whole[HEAD..whole.len() - SUM].to_vec();
    for piece in bytes.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([piece[0], piece[1]])) % (body.len() + 1);
        match piece[3] % 4 {
            0 => body.insert(at, piece[2]),
            1 if at < body.len() => drop(body.remove(at)),
            _ if at < body.len() => body[at] = piece[2],
            _ => {}
        }
    }
    let mut made = whole[..HEAD - 8].to_vec();
    made.extend_from_slice(&(body.len() as u64).to_le_bytes());
    made.extend_from_slice(&body);
    let sum = blake3::hash(&made);
    made.extend_from_slice(&sum.as_bytes()[..SUM]);
    if detector.restore(&made).is_ok() {
        let mut out = Vec::new();
        (60..90).for_each(|n| detector.observe_event(&event(n), &mut out));
        let again = detector.checkpoint();
        let mut other = BehaviourDetector::new(Arc::clone(&BEHAVIOURS));
        other.restore(&again).expect("what the detector wrote itself");
    }
});
