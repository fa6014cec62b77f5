//! Tuning: rules that are switched off, and filters that hide some detections of a rule for a time.
//!
//! A filter hides a detection when each of its conditions is met by the event that made the rule
//! fire (or, for a correlation, by what it grouped by), and the event was received while the
//! filter held. The time of receipt decides, so that a replay after a crash hides the same.

use base_core::{Error, FieldError, Kind, Result, Timestamp};
use engine_detect::Detection;
use engine_event::{CommonField, Event, Kind as ValueKind};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Most conditions of a filter.
pub const MAX_CONDITIONS: usize = 5;
/// Longest value of a condition, in characters.
pub const MAX_VALUE_CHARS: usize = 500;
/// Longest name of a field, in characters.
pub const MAX_FIELD_CHARS: usize = 120;
/// Longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 1_000;
/// The longest a filter may hold, in days: what is hidden for good belongs into the rule.
pub const MAX_DAYS: i64 = 180;

/// A field that must have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Field of the event, or common column such as `host.name`.
    pub field: String,
    /// Its value without regard to case; `*` stands for any text.
    pub value: String,
}

impl Condition {
    /// Whether a value of `event` fits.
    #[must_use]
    pub fn holds_for(&self, event: &Event) -> bool {
        let fits = |text: &str| glob(&self.value.to_lowercase(), &text.to_lowercase());
        event.record.get_all(&self.field).any(|f| f.kind != ValueKind::Null && fits(f.text))
            || CommonField::from_name(&self.field).and_then(|c| event.common.get(c)).is_some_and(fits)
    }

    fn holds_for_detection(&self, detection: &Detection) -> bool {
        let fits = |text: &str| glob(&self.value.to_lowercase(), &text.to_lowercase());
        detection.matched.iter().any(|m| (m.field == self.field || m.pattern == self.field) && fits(&m.value))
            || detection.summary_fields.iter().any(|(name, value)| *name == self.field && fits(value))
    }

    /// Whether it asks for any text at all.
    fn is_open(&self) -> bool {
        self.value.chars().all(|c| c == '*')
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for any text. Linear in both.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(tail)
}

/// A filter as stored.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Identity.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// What must hold, all of it.
    pub conditions: Vec<Condition>,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub by_name: String,
    /// From when it holds.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// When a person ended it before its time, and who.
    pub ended: Option<(Timestamp, String)>,
    /// How many detections it hid.
    pub hidden: i64,
    /// Time of the latest of them.
    pub last_hidden: Option<Timestamp>,
}

impl Filter {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.ended.is_none() && self.at <= now && now < self.until
    }
}

/// A filter as the pipeline applies it.
#[derive(Clone, Debug)]
pub struct LiveFilter {
    /// Identity.
    pub id: Arc<str>,
    /// What must hold.
    pub conditions: Vec<Condition>,
    /// From when it holds.
    pub at: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl LiveFilter {
    fn hides(&self, detection: &Detection, event: Option<&Event>) -> bool {
        self.at <= detection.received
            && detection.received < self.until
            && !self.conditions.is_empty()
            && self.conditions.iter().all(|c| event.is_some_and(|e| c.holds_for(e)) || c.holds_for_detection(detection))
    }
}

/// What becomes of a detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes to the desk.
    Kept,
    /// Its rule is switched off.
    Off,
    /// This filter hides it.
    Hidden(Arc<str>),
}

/// What holds at present: rules switched off, and filters by rule.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    off: HashSet<Box<str>>,
    filters: HashMap<Box<str>, Vec<LiveFilter>>,
}

impl Tuning {
    /// From the stored switches and filters.
    #[must_use]
    pub fn new(off: impl IntoIterator<Item = String>, filters: &[Filter]) -> Self {
        let mut tuning = Self { off: off.into_iter().map(String::into_boxed_str).collect(), filters: HashMap::new() };
        for f in filters.iter().filter(|f| f.ended.is_none()) {
            let live =
                LiveFilter { id: Arc::from(f.id.as_str()), conditions: f.conditions.clone(), at: f.at, until: f.until };
            tuning.filters.entry(f.rule.as_str().into()).or_default().push(live);
        }
        tuning
    }

    /// What becomes of `detection`; `event` is the one that made the rule fire, where at hand.
    #[must_use]
    pub fn judge(&self, detection: &Detection, event: Option<&Event>) -> Verdict {
        if self.off.contains(&*detection.rule.id) {
            return Verdict::Off;
        }
        let filters = self.filters.get(&*detection.rule.id).map(Vec::as_slice).unwrap_or_default();
        match filters.iter().find(|f| f.hides(detection, event)) {
            Some(filter) => Verdict::Hidden(Arc::clone(&filter.id)),
            None => Verdict::Kept,
        }
    }

    /// Whether nothing is tuned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.off.is_empty() && self.filters.is_empty()
    }
}

/// What a person enters for a filter.
#[derive(Clone, Debug, Default)]
pub struct FilterInput {
    /// Conditions in the order of the form; empty ones are left out.
    pub conditions: Vec<Condition>,
    /// Last day on which it holds, `2026-12-31`, in Cà Mau.
    pub until: String,
    /// Why.
    pub reason: String,
}

/// Checks the conditions: trimmed, none half empty, not so open that everything would be hidden.
///
/// # Errors
/// `Invalid` with codes for the fields at fault.
pub fn check_conditions(given: &[Condition]) -> Result<Vec<Condition>> {
    let mut kept = Vec::new();
    for (n, c) in given.iter().enumerate() {
        let c = Condition { field: c.field.trim().to_owned(), value: c.value.trim().to_owned() };
        let long = c.field.chars().count() > MAX_FIELD_CHARS || c.value.chars().count() > MAX_VALUE_CHARS;
        match (c.field.is_empty(), c.value.is_empty()) {
            (true, true) => {}
            _ if long => return Err(Error::invalid(format!("value{}", n + 1), "condition-long")),
            (true, false) => return Err(Error::invalid(format!("field{}", n + 1), "field-missing")),
            (false, true) => return Err(Error::invalid(format!("value{}", n + 1), "value-missing")),
            (false, false) => kept.push(c),
        }
    }
    if kept.is_empty() {
        return Err(Error::invalid("field1", "condition-missing"));
    }
    if kept.len() > MAX_CONDITIONS {
        return Err(Error::invalid("field1", "condition-many"));
    }
    if kept.iter().all(Condition::is_open) {
        return Err(Error::invalid("value1", "condition-open"));
    }
    Ok(kept)
}

impl FilterInput {
    /// The checked conditions, end and reason.
    ///
    /// # Errors
    /// `Invalid` with codes for the fields at fault.
    pub fn check(&self, now: Timestamp) -> Result<(Vec<Condition>, Timestamp, String)> {
        let mut fields: Vec<FieldError> = Vec::new();
        let mut wrong =
            |field: &str, code: &str| fields.push(FieldError { field: field.to_owned(), message: code.to_owned() });
        let until = end_of_day(&self.until);
        match until {
            None => wrong("until", "until-wrong"),
            Some(until) if until <= now => wrong("until", "until-past"),
            Some(until) if until > now.plus_secs(MAX_DAYS * 86_400) => wrong("until", "until-far"),
            Some(_) => {}
        }
        let reason = self.reason.trim();
        match reason.chars().count() {
            0..5 => wrong("reason", "reason-missing"),
            n if n > MAX_REASON_CHARS => wrong("reason", "reason-long"),
            _ => {}
        }
        let conditions = check_conditions(&self.conditions);
        if let Err(error) = &conditions {
            fields.extend(error.fields.iter().cloned());
        }
        match (conditions, until) {
            (Ok(conditions), Some(until)) if fields.is_empty() => Ok((conditions, until, reason.to_owned())),
            _ => {
                let mut error = Error::new(Kind::Invalid, "the filter has mistakes");
                error.fields = fields;
                Err(error)
            }
        }
    }
}

/// The end of a day in Cà Mau (UTC+7).
fn end_of_day(day: &str) -> Option<Timestamp> {
    let begin = Timestamp::parse_rfc3339(&format!("{}T00:00:00+07:00", day.trim()))?;
    Some(begin.plus_secs(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "abc", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "", true),
            ("ab*ba", "aba", false),
            ("*.exe", "x.EXE", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn an_input_is_checked_as_a_whole() {
        let now = Timestamp::parse_rfc3339("2014-03-05T08:00:00+07:00").expect("a time");
        let condition = |field: &str, value: &str| Condition { field: field.into(), value: value.into() };
        let good = FilterInput {
            conditions: vec![condition("Image", r"C:\app\*"), condition("", "")],
            until: "2014-03-05".into(),
            reason: "Phần mềm kế toán".into(),
        };
        let (conditions, until, _) = good.check(now).expect("accepted");
        assert_eq!(conditions.len(), 1);
        assert_eq!(until.to_string(), "2014-03-05T17:00:00Z");
        for (input, field) in [
            (FilterInput { until: "2014-03-04".into(), ..good.clone() }, "until"),
            (FilterInput { until: "2016-03-04".into(), ..good.clone() }, "until"),
            (FilterInput { until: "mai".into(), ..good.clone() }, "until"),
            (FilterInput { reason: " ".into(), ..good.clone() }, "reason"),
            (FilterInput { conditions: vec![condition("Image", "**")], ..good.clone() }, "value1"),
            (FilterInput { conditions: vec![condition("", "x")], ..good.clone() }, "field1"),
            (FilterInput { conditions: vec![], ..good }, "field1"),
        ] {
            let error = input.check(now).expect_err("refused");
            assert!(error.fields.iter().any(|f| f.field == field), "{field}: {:?}", error.fields);
        }
    }
}
