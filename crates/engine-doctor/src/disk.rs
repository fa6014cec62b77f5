//! The disk of a folder: room, names, speed, and what kind it is.

use crate::finding::{Finding, Level};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Writes that are timed.
const WRITES: usize = 15;
/// Longest time spent on timing.
const PATIENCE: Duration = Duration::from_secs(3);
/// A sync that takes longer makes senders wait; one of a disk that spins takes about ten milliseconds.
const SLOW: Duration = Duration::from_millis(30);
/// The server begins to delete old events at this share of free room, at most at one GiB, and warns at twice that.
const LOW_PERCENT: u64 = 20;
const FULL_PERCENT: u64 = 3;
const ENOUGH: u64 = 10 << 30;
/// Free names, in parts of a hundred.
const NAMES_PERCENT: u64 = 5;
/// File systems in the network: locks and write-ahead logs do not hold there (statfs(2), f_type).
const NETWORK: &[(u64, &str)] =
    &[(0x6969, "nfs"), (0xff53_4d42, "cifs"), (0xfe53_4d42, "smb2"), (0x517b, "smb"), (0x0102_1997, "9p")];
/// File systems in memory: gone with the power.
const MEMORY: &[(u64, &str)] = &[(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs")];

/// What is known of a disk.
#[derive(Clone, Debug, Default)]
pub struct DiskFacts {
    /// The folder, as it was named.
    pub place: String,
    /// Bytes free for the program, and of all.
    pub free: u64,
    /// Bytes of the file system.
    pub total: u64,
    /// Free names (inodes), and all; 0 of 0 where there is no limit.
    pub free_names: u64,
    /// Names of the file system.
    pub names: u64,
    /// Its type (statfs(2), `f_type`).
    pub kind: u64,
    /// Whether it may only be read.
    pub read_only: bool,
    /// How long a small durable write takes, the middle of several; `None` where none was made.
    pub sync: Option<Duration>,
    /// Why nothing could be written, in the system's words.
    pub refused: Option<String>,
}

/// Looks at the disk of a folder, and times a few durable writes there when `write`.
///
/// # Errors
/// When the folder cannot be looked at, in the system's words.
pub fn look_at_disk(folder: &Path, write: bool) -> std::io::Result<DiskFacts> {
    let (room, kind) = (rustix::fs::statvfs(folder)?, rustix::fs::statfs(folder)?);
    let mut facts = DiskFacts {
        place: folder.display().to_string(),
        free: room.f_bavail.saturating_mul(room.f_frsize),
        total: room.f_blocks.saturating_mul(room.f_frsize),
        free_names: room.f_favail,
        names: room.f_files,
        kind: u64::try_from(kind.f_type).unwrap_or_default(),
        read_only: room.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
        ..DiskFacts::default()
    };
    if write && !facts.read_only {
        match time_writes(folder) {
            Ok(middle) => facts.sync = Some(middle),
            Err(error) => facts.refused = Some(error.to_string()),
        }
    }
    Ok(facts)
}

fn time_writes(folder: &Path) -> std::io::Result<Duration> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let timed = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let (begun, mut times) = (Instant::now(), Vec::new());
        while times.len() < WRITES && begun.elapsed() < PATIENCE {
            let one = Instant::now();
            file.write_all(&[0; 4_096])?;
            file.sync_data()?;
            times.push(one.elapsed());
        }
        times.sort_unstable();
        Ok(times.get(times.len() / 2).copied().unwrap_or_default())
    })();
    let _ = std::fs::remove_file(&path);
    timed
}

/// What is wrong with a disk.
#[must_use]
pub fn disk(facts: &DiskFacts) -> Vec<Finding> {
    let DiskFacts { place, free, total, .. } = facts;
    let room = format!("{place}: {} / {}", size(*free), size(*total));
    let mut findings = Vec::new();
    let percent = |part: u64, of: u64| u64::try_from(u128::from(part) * 100 / u128::from(of.max(1))).unwrap_or(100);
    if facts.read_only {
        findings.push(Finding::new("disk-read-only", Level::Fault, place.clone()));
    }
    if let Some(said) = &facts.refused {
        findings.push(Finding::new("disk-refused", Level::Fault, format!("{place}: {said}")));
    }
    if percent(*free, *total) < FULL_PERCENT && *free < ENOUGH {
        findings.push(Finding::new("disk-full", Level::Fault, room.clone()));
    } else if percent(*free, *total) < LOW_PERCENT && *free < ENOUGH {
        findings.push(Finding::new("disk-low", Level::Warning, room.clone()));
    }
    if facts.names > 0 && percent(facts.free_names, facts.names) < NAMES_PERCENT {
        let evidence = format!("{place}: {} / {}", facts.free_names, facts.names);
        findings.push(Finding::new("disk-names", Level::Warning, evidence));
    }
    let named = |all: &[(u64, &'static str)]| all.iter().find(|(kind, _)| *kind == facts.kind).map(|(_, name)| *name);
    if let Some(name) = named(NETWORK) {
        findings.push(Finding::new("disk-network", Level::Warning, format!("{place}: {name}")));
    }
    if let Some(name) = named(MEMORY) {
        findings.push(Finding::new("disk-memory", Level::Warning, format!("{place}: {name}")));
    }
    if let Some(sync) = facts.sync.filter(|sync| *sync > SLOW) {
        findings.push(Finding::new("disk-slow", Level::Warning, format!("{place}: {} ms", sync.as_millis())));
    }
    if findings.is_empty() {
        let sync = facts.sync.map_or_else(String::new, |sync| format!(", fsync {:.1} ms", sync.as_secs_f64() * 1e3));
        findings.push(Finding::new("disk-well", Level::Well, format!("{room}{sync}")));
    }
    findings
}

/// Bytes in the unit people read.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}
