//! Stories: attacks and faults told in timed steps, among the ordinary events.

use super::template::Template;
use super::{below, parse_toml};
use base_core::{ContentError, ContentFile};
use serde::Deserialize;

/// How a record reaches Mangrove.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Via {
    /// A syslog line.
    #[default]
    Syslog,
    /// A JSON line through the API.
    Http,
}

/// A story.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// Short name.
    pub id: String,
    /// Codes of the units it happens to, one per run, in turn.
    pub units: Vec<String>,
    /// Variables, drawn once per run.
    pub vars: Vec<(String, Template)>,
    /// Steps by time.
    pub steps: Vec<Step>,
}

/// One or several records of a story.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Milliseconds after the start of the story.
    pub after_ms: i64,
    /// How often.
    pub times: u32,
    /// Milliseconds between repetitions.
    pub every_ms: i64,
    /// The record.
    pub line: Line,
}

/// A record and who sends it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Id of the source definition that reads it.
    pub kind: String,
    /// How it comes in.
    pub via: Via,
    /// Code of the unit, where it is not the story's (or the machine's).
    pub unit: Option<String>,
    /// Who sends it.
    pub sender: Sender,
    /// The record.
    pub raw: Template,
}

/// Who sends a record.
#[derive(Clone, Debug)]
pub(crate) enum Sender {
    /// Workstation number n of the story, or a random one.
    Workstation(usize),
    /// Server number n of the story, or a random one.
    Server(usize),
    /// A device: host name and address.
    Device(Template, Template),
}

/// A line as written in TOML, before its templates are compiled.
#[derive(Debug)]
pub(crate) struct LineSpec {
    pub kind: String,
    pub via: Via,
    pub unit: Option<String>,
    pub from: Option<String>,
    pub host: Option<String>,
    pub address: Option<String>,
    pub raw: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StorySpec {
    id: String,
    title_vi: String,
    title_en: String,
    units: Vec<String>,
    #[serde(default)]
    var: Vec<VarSpec>,
    step: Vec<StepSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VarSpec {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepSpec {
    /// Seconds after the start.
    after: f64,
    #[serde(default = "one")]
    times: u32,
    /// Seconds between repetitions.
    #[serde(default)]
    every: f64,
    kind: String,
    #[serde(default)]
    via: Via,
    unit: Option<String>,
    from: Option<String>,
    host: Option<String>,
    address: Option<String>,
    raw: String,
}

const fn one() -> u32 {
    1
}

/// Longest a story may last and most often a step may repeat; a typing error shall not stall the demo.
const MAX_SECONDS: f64 = 3_600.0;
const MAX_TIMES: u32 = 1_000;

impl LineSpec {
    /// Compiles the templates and the sender.
    pub(crate) fn compile(self) -> Result<Line, String> {
        let raw = Template::compile(self.raw.trim_end_matches('\n'))?;
        let sender = match (self.from.as_deref(), self.host, self.address) {
            (Some(from), None, None) => sender(from)?,
            (None, Some(host), address) => {
                Sender::Device(Template::compile(&host)?, Template::compile(address.as_deref().unwrap_or(""))?)
            }
            _ => return Err("a line needs either `from` or `host` (with `address`)".to_owned()),
        };
        Ok(Line { kind: self.kind, via: self.via, unit: self.unit, sender, raw })
    }
}

fn sender(from: &str) -> Result<Sender, String> {
    let number = |digits: &str| {
        let number = digits.parse::<usize>().ok().filter(|n| (1..=9).contains(n));
        number.map(|n| n - 1).ok_or_else(|| format!("`from = \"{from}\"` is neither m1–m9, s1–s9, pc nor server"))
    };
    match (from, from.split_at_checked(1)) {
        ("pc", _) => Ok(Sender::Workstation(0)),
        ("server", _) => Ok(Sender::Server(0)),
        (_, Some(("m", digits))) => number(digits).map(Sender::Workstation),
        (_, Some(("s", digits))) => number(digits).map(Sender::Server),
        _ => number("").map(Sender::Workstation),
    }
}

/// The stories, in the order of their file names.
///
/// # Errors
/// When a file of `stories/` is wrong.
pub(crate) fn load_stories(files: &[ContentFile]) -> Result<Vec<Story>, ContentError> {
    let mut stories = Vec::new();
    for file in below(files, "stories/") {
        let spec: StorySpec = parse_toml(file)?;
        stories.push(compile(spec).map_err(|message| ContentError {
            file: file.path.clone(),
            line: None,
            message,
            remedy: "content/demo/README.md lists the gaps and senders".to_owned(),
        })?);
    }
    Ok(stories)
}

fn compile(spec: StorySpec) -> Result<Story, String> {
    let mut vars = Vec::new();
    for var in spec.var {
        vars.push((var.name, Template::compile(&var.value)?));
    }
    let mut steps = Vec::new();
    for step in spec.step {
        let length = step.after + step.every * f64::from(step.times);
        if !(0.0..=MAX_SECONDS).contains(&length) || step.after < 0.0 || step.every < 0.0 || step.times > MAX_TIMES {
            return Err(format!("a step at {} s repeats beyond an hour or {MAX_TIMES} times", step.after));
        }
        let (kind, via, unit, from) = (step.kind, step.via, step.unit, step.from);
        let line =
            LineSpec { kind, via, unit, from, host: step.host, address: step.address, raw: step.raw }.compile()?;
        if let Some(unknown) = line.raw.vars().find(|name| !vars.iter().any(|(known, _)| known == name)) {
            return Err(format!("the variable `{unknown}` is not defined"));
        }
        steps.push(Step { after_ms: millis(step.after), times: step.times, every_ms: millis(step.every), line });
    }
    if spec.units.is_empty() || spec.title_vi.trim().is_empty() || spec.title_en.trim().is_empty() {
        return Err("a story needs `title_vi`, `title_en` and at least one of `units`".to_owned());
    }
    Ok(Story { id: spec.id, units: spec.units, vars, steps })
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be within an hour")]
fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{shipped, units::load_units};

    #[test]
    fn the_four_stories_are_there_and_name_units_that_exist() {
        let (files, units) = (shipped(), load_units(&shipped()).expect("units"));
        let stories = load_stories(&files).expect("stories");
        let ids: Vec<&str> = stories.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["defacement", "usb-worm", "mail-phishing", "wan-failure"]);
        for story in &stories {
            let named = story.units.iter().chain(story.steps.iter().filter_map(|s| s.line.unit.as_ref()));
            for code in named {
                assert!(units.iter().any(|u| u.code == *code), "{}: {code}", story.id);
            }
            assert!(story.steps.len() >= 4, "{} is short", story.id);
        }
    }

    #[test]
    fn mistakes_are_named() {
        let story = |step: &str| ContentFile {
            path: "demo/stories/x.toml".to_owned(),
            text: format!("id='x'\ntitle_vi='x'\ntitle_en='x'\nunits=['SYT']\n[[step]]\nkind='k'\n{step}"),
        };
        for (step, word) in [
            ("after=0\nfrom='m1'\nraw='${var.who}'", "`who` is not defined"),
            ("after=0\nfrom='q1'\nraw='x'", "q1"),
            ("after=0\nraw='x'", "needs either"),
            ("after=9999\nfrom='m1'\nraw='x'", "hour"),
            ("after='a'\nfrom='m1'\nraw='x'", "invalid type"),
        ] {
            let error = load_stories(&[story(step)]).expect_err(step).to_string();
            assert!(error.contains(word) && error.contains("stories/x.toml"), "{error}");
        }
    }
}
