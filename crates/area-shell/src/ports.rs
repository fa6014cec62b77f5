//! What the shell needs from elsewhere: how the program fares, and with which settings it runs. `app-server` knows both.

use async_trait::async_trait;
use base_core::Timestamp;
use base_i18n::Tr;
use std::fmt;
use std::sync::Arc;

/// How grave a check came out, gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Looked at, and well.
    Well,
    /// Good to know.
    Note,
    /// Works today, and will not for ever.
    Warning,
    /// Does not work.
    Fault,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How it came out.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What was seen: paths, numbers, words of the system.
    pub evidence: String,
    /// Why it matters; may be empty.
    pub why: String,
    /// What to do; may be empty.
    pub remedy: String,
}

/// A value of the running program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// So many.
    Count(u64),
    /// So many bytes.
    Bytes(u64),
    /// A share of 1.
    Share(f64),
    /// Then.
    Time(Timestamp),
    /// Not known.
    Unknown,
}

/// Figures of one part of the program.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Which part: `shell-part-<part>`.
    pub part: &'static str,
    /// Whether it answers.
    pub answers: bool,
    /// Name (`shell-figure-<name>`) and value.
    pub values: Vec<(&'static str, Amount)>,
}

/// How the program fares.
#[derive(Clone, Debug)]
pub struct Health {
    /// When the checks were made; `None` while the first are under way.
    pub looked_at: Option<Timestamp>,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// Figures of now.
    pub figures: Vec<Figures>,
    /// The version that runs.
    pub version: String,
    /// Since when.
    pub since: Timestamp,
}

/// Says how the program fares.
#[async_trait]
pub trait HealthPort: Send + Sync {
    /// The last checks, told in the language of `tr`, and figures of now. Quick: the checks themselves are made by a job.
    async fn health(&self, tr: &Tr) -> Health;
}

/// A setting as it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, as in the file and on the command line.
    pub name: String,
    /// What it is for.
    pub what: String,
    /// Its value; secrets are masked, `None` where nothing is set.
    pub value: Option<String>,
    /// Where the value came from.
    pub place: String,
    /// Whether it is not what the program comes with.
    pub given: bool,
}

/// Says with which settings the program runs.
pub trait SettingsPort: Send + Sync {
    /// Groups of settings with their headings, and the file that was read.
    fn settings(&self, tr: &Tr) -> (Option<String>, Vec<(String, Vec<Setting>)>);
}

/// Everything this area is handed at the start.
#[derive(Clone)]
pub struct ShellPorts {
    /// How the program fares.
    pub health: Arc<dyn HealthPort>,
    /// With which settings it runs.
    pub settings: Arc<dyn SettingsPort>,
}

impl fmt::Debug for ShellPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShellPorts")
    }
}
