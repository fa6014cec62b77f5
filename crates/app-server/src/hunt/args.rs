//! The command line of `mangrove hunt`.

use base_core::{Lang, Severity, Timestamp};
use clap::{Args, ValueEnum};
use engine_hunt::OutputFormat;
use std::path::PathBuf;

/// Find attacks in log files and folders, without a server
#[derive(Args, Clone, Debug)]
pub(crate) struct HuntArgs {
    /// Log files and folders, recognised by their content (also gzip and zstd); `-` is standard input
    #[arg(required_unless_present = "lake", conflicts_with = "lake", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Hunt through the events a server has stored instead of files; the server may be running
    #[arg(long, requires = "data")]
    pub(crate) lake: bool,

    /// Data folder of the server, for --lake
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Only events of the time up to now, for --lake: 24h, 90d, 12w
    #[arg(long, value_name = "SPAN", value_parser = crate::lake_cli::parse_span, requires = "lake", conflicts_with = "from")]
    pub(crate) since: Option<i64>,

    /// Sigma rules: a SigmaHQ checkout, any folder of *.yml, or one file; may be given several times.
    /// Without it the built-in rules are used
    #[arg(long, short = 'r', value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// Compile the rules anew; else compiled ones are kept below ~/.cache/mangrove, checked and taken
    /// from there as long as no rule changes
    #[arg(long)]
    pub(crate) no_rule_cache: bool,

    /// Look for the addresses, domains, URLs, hashes and mail addresses of these lists in every field:
    /// text, CSV, JSON lines, MISP or STIX, also gzip and zstd; may be given several times
    #[arg(long, short = 'i', value_name = "FILE")]
    pub(crate) indicators: Vec<PathBuf>,

    /// Values that are never told although a list has them, one per line
    #[arg(long, value_name = "FILE", requires = "indicators")]
    pub(crate) allow: Vec<PathBuf>,

    /// Leave out behaviours: what stands out over time
    #[arg(long)]
    pub(crate) no_behaviours: bool,

    /// Form of the result
    #[arg(long, short = 'o', value_enum, default_value_t = Form::Table)]
    pub(crate) output: Form,

    /// Write the result to this file instead of standard output
    #[arg(long, short = 'f', value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,

    /// Lowest level that is told
    #[arg(long, short = 'l', value_enum, default_value_t = Level::Informational)]
    pub(crate) level: Level,

    /// Leave out events before this time: 2026-11-22, "2026-11-22 08:00", 22/11/2026 or RFC 3339;
    /// Vietnam time where no zone is given
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) from: Option<Timestamp>,

    /// Leave out events at or after this time; a bare day means its end
    #[arg(long, visible_alias = "until", value_name = "TIME", value_parser = parse_end)]
    pub(crate) to: Option<Timestamp>,

    /// Worker threads; as many as there are processors if not given
    #[arg(long, short = 't', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) threads: Option<u16>,

    /// No progress bar and no summary on standard error
    #[arg(long, short = 'q')]
    pub(crate) quiet: bool,

    /// Language of the result
    #[arg(long, value_enum, env = "MANGROVE_LANG", default_value_t = Tongue::Vi)]
    pub(crate) lang: Tongue,
}

/// Forms of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Summary tables for the terminal
    Table,
    /// One JSON document with every detection and the summary
    Json,
    /// One JSON object per line and detection, written as found
    Jsonl,
    /// Comma-separated values, written as found
    Csv,
    /// One self-contained page with a time-line, to be mailed or printed
    Html,
}

impl From<Form> for OutputFormat {
    fn from(form: Form) -> Self {
        match form {
            Form::Table => OutputFormat::Table,
            Form::Json => OutputFormat::Json,
            Form::Jsonl => OutputFormat::JsonLines,
            Form::Csv => OutputFormat::Csv,
            Form::Html => OutputFormat::Html,
        }
    }
}

/// Levels of the Sigma specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// For enrichment only
    Informational,
    /// Notable, rarely an incident
    Low,
    /// Should be looked at
    Medium,
    /// Look at it now
    High,
    /// An incident
    Critical,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Informational => Severity::Informational,
            Level::Low => Severity::Low,
            Level::Medium => Severity::Medium,
            Level::High => Severity::High,
            Level::Critical => Severity::Critical,
        }
    }
}

/// Languages of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tongue {
    /// Tiếng Việt
    Vi,
    /// English
    En,
}

impl From<Tongue> for Lang {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Vi => Lang::Vi,
            Tongue::En => Lang::En,
        }
    }
}

/// Vietnam has kept UTC+7 without summer time since 1975.
const VIETNAM: jiff::tz::Offset = jiff::tz::Offset::constant(7);

pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    parse(text, jiff::civil::Time::midnight(), 0)
}

pub(crate) fn parse_end(text: &str) -> Result<Timestamp, String> {
    // A bare day as the end means the whole of that day.
    parse(text, jiff::civil::Time::midnight(), 1)
}

fn parse(text: &str, clock: jiff::civil::Time, days: i64) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Some(time) = Timestamp::parse_rfc3339(text) {
        return Ok(time);
    }
    let local = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M",
    ]
    .iter()
    .find_map(|form| jiff::civil::DateTime::strptime(form, text).ok());
    let day = || ["%Y-%m-%d", "%d/%m/%Y"].iter().find_map(|form| jiff::civil::Date::strptime(form, text).ok());
    let whole_day = || Some(day()?.checked_add(jiff::Span::new().days(days)).ok()?.to_datetime(clock));
    local
        .or_else(whole_day)
        .and_then(|t| VIETNAM.to_timestamp(t).ok())
        .map(|t| Timestamp::from_micros(t.as_microsecond()))
        .ok_or_else(|| {
            "not a time; write 2026-11-22, \"2026-11-22 08:00\", 22/11/2026 or 2026-11-22T08:00:00+07:00".to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_vietnam_time_unless_they_say_otherwise() {
        for text in ["2014-03-01 08:00", "01/03/2014 08:00:00", "2014-03-01T01:00:00Z", "2014-03-01T08:00"] {
            assert_eq!(parse_time(text).expect(text).to_string(), "2014-03-01T01:00:00Z", "{text}");
        }
        assert_eq!(parse_time("01/03/2014").expect("day").to_string(), "2014-02-28T17:00:00Z");
        assert_eq!(parse_end("2014-03-01").expect("day").to_string(), "2014-03-01T17:00:00Z");
        assert!(parse_time("hôm qua").is_err());
        assert!(parse_end("31/02/2014").is_err());
    }
}
