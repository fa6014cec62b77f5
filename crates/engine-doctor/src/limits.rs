//! What the system lets the program have: memory and open files.

use crate::finding::{Finding, Level};
use std::path::Path;

/// Open files: connections (4,096), files of the lake that are searched, and some more.
const FILES: u64 = 8_192;
/// Memory under which the server is cramped.
const MEMORY: u64 = 2 << 30;
/// Memory that should be free for a start.
const FREE: u64 = 512 << 20;

/// What the system gives.
#[derive(Clone, Debug, Default)]
pub struct LimitFacts {
    /// Most open files; `None` without a limit.
    pub files: Option<u64>,
    /// Bytes of memory, the limit of the control group counted.
    pub memory: Option<u64>,
    /// Bytes of it that are available.
    pub free: Option<u64>,
}

/// Asks the system; `root` is `/` but for tests.
#[must_use]
pub fn look_at_limits(root: &Path) -> LimitFacts {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let info = std::fs::read_to_string(root.join("proc/meminfo")).unwrap_or_default();
    let line = |name: &str| {
        let line = info.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.checked_mul(1_024)
    };
    // Control groups, version 2: the limit of the group this process is in.
    let group = std::fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let group = group.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let bound = std::fs::read_to_string(root.join("sys/fs/cgroup").join(group).join("memory.max"));
    let bound = bound.ok().and_then(|text| text.trim().parse::<u64>().ok());
    let memory = match (line("MemTotal:"), bound) {
        (Some(all), Some(bound)) => Some(all.min(bound)),
        (all, bound) => all.or(bound),
    };
    LimitFacts { files, memory, free: line("MemAvailable:") }
}

/// What is too little.
#[must_use]
pub fn limits(facts: &LimitFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(files) = facts.files.filter(|files| *files < FILES) {
        findings.push(Finding::new("limit-files", Level::Warning, format!("{files} < {FILES}")));
    }
    let mebibytes = |bytes: u64| format!("{} MiB", bytes >> 20);
    if let Some(memory) = facts.memory.filter(|memory| *memory < MEMORY) {
        findings.push(Finding::new(
            "limit-memory",
            Level::Warning,
            format!("{} < {}", mebibytes(memory), mebibytes(MEMORY)),
        ));
    }
    if let Some(free) = facts.free.filter(|free| *free < FREE) {
        findings.push(Finding::new(
            "limit-free-memory",
            Level::Warning,
            format!("{} < {}", mebibytes(free), mebibytes(FREE)),
        ));
    }
    if findings.is_empty() {
        let files = facts.files.map_or_else(|| "∞".to_owned(), |files| files.to_string());
        let memory = facts.memory.map_or_else(|| "?".to_owned(), mebibytes);
        findings.push(Finding::new("limit-well", Level::Well, format!("{memory}, {files}")));
    }
    findings
}
