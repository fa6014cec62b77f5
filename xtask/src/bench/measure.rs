//! Wall time and peak memory of a command.

use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One run, or the median of several.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// Seconds from start to end.
    pub(super) wall: f64,
    /// Largest resident memory, MiB.
    pub(super) peak: f64,
}

/// Runs the command so often; medians. Exit codes in `fine` are taken.
pub(super) fn median(runs: usize, fine: &[i32], mut make: impl FnMut() -> Command) -> Result<Row> {
    let mut rows = Vec::new();
    for _ in 0..runs {
        rows.push(once(&mut make(), fine)?);
    }
    Ok(Row { wall: middle(rows.iter().map(|r| r.wall)), peak: middle(rows.iter().map(|r| r.peak)) })
}

/// The middle value.
pub(super) fn middle(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

fn once(command: &mut Command, fine: &[i32]) -> Result<Row> {
    let begun = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn().context("the program cannot be started")?;
    let mut peak = 0.0;
    let status = loop {
        // The kernel keeps the high-water mark, so a look now and then misses little.
        peak = f64::max(peak, memory(child.id()));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if !status.code().is_some_and(|c| fine.contains(&c)) {
        bail!("the program ended with {status}");
    }
    Ok(Row { wall: begun.elapsed().as_secs_f64(), peak })
}

/// High-water mark of resident memory, MiB; 0 when the process has ended.
pub(super) fn memory(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(0.0, |kib| kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_three() {
        assert!((middle([3.0, 1.0, 2.0].into_iter()) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_run_has_time_and_memory() {
        let row = median(1, &[0], || {
            let mut c = Command::new("sleep");
            c.arg("0.05");
            c
        })
        .unwrap();
        assert!(row.wall >= 0.05 && row.peak > 0.0);
        assert!(median(1, &[0], || Command::new("false")).is_err());
    }
}
