//! The clock: alerts, signatures and deadlines lean on it.

use crate::finding::{Finding, Level};
use base_core::Timestamp;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How far a file may lie ahead, for disks in the network with clocks of their own.
const AHEAD_SECS: i64 = 120;
/// Before this program was written (2026-01-01): the clock was never set.
const UNSET_BEFORE: i64 = 1_767_225_600;
/// The zone of the texts for people.
const ZONE: &str = "Asia/Ho_Chi_Minh";
/// Other names of it (tz database, `backward`).
const SAME_ZONE: &[&str] = &[ZONE, "Asia/Saigon", "Asia/Bangkok", "Asia/Vientiane", "Asia/Phnom_Penh"];
/// What systemd-timesyncd leaves when it has set the clock.
const TIMESYNC: &str = "/run/systemd/timesync/synchronized";

/// What is known of the clock.
#[derive(Clone, Debug)]
pub struct ClockFacts {
    /// Now.
    pub now: Timestamp,
    /// Whether a time server keeps it right; `None` when nobody can say.
    pub synchronized: Option<bool>,
    /// The machine's zone, such as `Asia/Ho_Chi_Minh`.
    pub zone: Option<String>,
    /// The newest file that was looked at, and when it was written.
    pub newest: Option<(PathBuf, Timestamp)>,
}

impl ClockFacts {
    /// Asks the machine; `files` are some that the server writes often.
    #[must_use]
    pub fn of_machine(now: Timestamp, files: &[PathBuf]) -> Self {
        let newest = files.iter().filter_map(|file| Some((file.clone(), written(file)?))).max_by_key(|(_, at)| *at);
        Self { now, synchronized: synchronized(), zone: zone(Path::new("/etc")), newest }
    }
}

fn written(file: &Path) -> Option<Timestamp> {
    let since = file.metadata().ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Timestamp::from_micros(i64::try_from(since.as_micros()).ok()?))
}

/// What the time daemon says: systemd's, or chrony.
fn synchronized() -> Option<bool> {
    if Path::new(TIMESYNC).exists() {
        return Some(true);
    }
    let say = |program: &str, args: &[&str]| {
        let out = Command::new(program).args(args).output().ok().filter(|out| out.status.success())?;
        Some(String::from_utf8_lossy(&out.stdout).into_owned())
    };
    if let Some(text) = say("timedatectl", &["show", "--property=NTPSynchronized", "--value"]) {
        return match text.trim() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
    }
    // Machine-readable form: the last field is the leap status.
    let text = say("chronyc", &["-c", "tracking"])?;
    Some(!text.trim().ends_with("Not synchronised"))
}

/// The zone: what `/etc/localtime` leads to, or `/etc/timezone`.
fn zone(etc: &Path) -> Option<String> {
    if let Ok(target) = std::fs::read_link(etc.join("localtime")) {
        let text = target.to_string_lossy().into_owned();
        if let Some((_, name)) = text.split_once("zoneinfo/") {
            return Some(name.to_owned());
        }
    }
    let text = std::fs::read_to_string(etc.join("timezone")).ok()?;
    let name = text.trim();
    (!name.is_empty() && name.len() < 100).then(|| name.to_owned())
}

/// What is wrong with the clock.
#[must_use]
pub fn clock(facts: &ClockFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if facts.now.as_secs() < UNSET_BEFORE {
        findings.push(Finding::new("clock-unset", Level::Fault, facts.now.to_string()));
    }
    if let Some((file, at)) = facts.newest.as_ref().filter(|(_, at)| at.as_secs() > facts.now.as_secs() + AHEAD_SECS) {
        let evidence = format!("{} {at} > {}", file.display(), facts.now);
        findings.push(Finding::new("clock-behind", Level::Fault, evidence));
    }
    match facts.synchronized {
        Some(false) => findings.push(Finding::new("clock-alone", Level::Warning, "")),
        None => findings.push(Finding::new("clock-unknown", Level::Notice, "")),
        Some(true) => {}
    }
    if findings.iter().all(|finding| finding.level == Level::Notice) {
        findings.push(Finding::new("clock-well", Level::Well, facts.now.to_string()));
    }
    if let Some(zone) = facts.zone.as_ref().filter(|zone| !SAME_ZONE.contains(&zone.as_str())) {
        findings.push(Finding::new("clock-zone", Level::Notice, format!("{zone} ≠ {ZONE}")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_read_from_either_place() {
        let dir = tempfile::tempdir().expect("folder");
        assert_eq!(zone(dir.path()), None);
        std::fs::write(dir.path().join("timezone"), "Europe/Berlin\n").expect("written");
        assert_eq!(zone(dir.path()).as_deref(), Some("Europe/Berlin"));
        std::os::unix::fs::symlink("/usr/share/zoneinfo/Asia/Ho_Chi_Minh", dir.path().join("localtime")).expect("link");
        assert_eq!(zone(dir.path()).as_deref(), Some(ZONE));
    }
}
