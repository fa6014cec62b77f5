//! How long the events of a source are kept: what the law asks for, and what a person has set.

use base_core::{Error, FieldError, Kind, Result, UnitId};
use serde::Serialize;

/// Most days that can be set: a hundred years.
pub const MAX_DAYS: u32 = 36_525;

/// What a person has set for a source; `None`: as the level of its unit's systems demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SourceKeep {
    /// Days for which nothing but a person may delete its events.
    pub at_least_days: Option<u32>,
    /// Days after which its events are deleted; without it they stay while there is room.
    pub at_most_days: Option<u32>,
}

/// What the events of a unit must be kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Required {
    /// Days.
    pub days: u32,
    /// The highest level of the unit's systems, 1 to 5, that asks for it; `None` where no level is known.
    pub level: Option<i64>,
}

/// Knows what the law asks for: TCVN 14423:2026, clause 8 of each level.
pub trait RequiredKeep: Send + Sync {
    /// For events of the unit; `None` for those of the whole province.
    fn required(&self, unit: Option<&UnitId>) -> Required;
}

impl Required {
    /// The last part of the text key that names the rule.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self.level {
            None => "unknown",
            Some(..=1) => "1",
            Some(2) => "2",
            Some(3) => "3",
            Some(4) => "4",
            Some(_) => "5",
        }
    }
}

impl SourceKeep {
    /// Days of a field; empty is none.
    pub(crate) fn days(text: &str) -> Option<Option<u32>> {
        match text.trim() {
            "" => Some(None),
            text => text.parse().ok().filter(|days| (1..=MAX_DAYS).contains(days)).map(Some),
        }
    }

    /// Holds what was set against the law.
    ///
    /// # Errors
    /// `Invalid` with the field at fault, and the rule as its message.
    pub fn check(self, required: Required) -> Result<()> {
        let too_short = |days: Option<u32>| days.is_some_and(|days| days < required.days);
        let least = self.at_least_days.unwrap_or(0).max(required.days);
        let mut error =
            Error::new(Kind::Invalid, "the source is not kept as long as it must be; see the fields marked");
        let mut fault = |field: &str, message: String| {
            error.fields.push(FieldError { field: field.to_owned(), message });
        };
        if too_short(self.at_least_days) {
            fault("keep_least", format!("keep-{}", required.rule()));
        }
        if too_short(self.at_most_days) {
            fault("keep_most", format!("keep-{}", required.rule()));
        } else if self.at_most_days.is_some_and(|most| most < least) {
            fault("keep_most", "keep-order".to_owned());
        }
        if error.fields.is_empty() { Ok(()) } else { Err(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(least: Option<u32>, most: Option<u32>, required: Required) -> Vec<String> {
        let keep = SourceKeep { at_least_days: least, at_most_days: most };
        let fields = keep.check(required).err().map(|error| error.fields).unwrap_or_default();
        fields.into_iter().map(|fault| format!("{}:{}", fault.field, fault.message)).collect()
    }

    #[test]
    fn nothing_is_kept_shorter_than_the_level_demands() {
        let three = Required { days: 93, level: Some(3) };
        assert!(faults(None, None, three).is_empty());
        assert!(faults(Some(93), Some(93), three).is_empty());
        assert_eq!(faults(None, Some(92), three), ["keep_most:keep-3"]);
        assert_eq!(faults(Some(30), Some(120), three), ["keep_least:keep-3"]);
        assert_eq!(faults(Some(200), Some(120), three), ["keep_most:keep-order"]);
        assert_eq!(faults(None, Some(364), Required { days: 365, level: None }), ["keep_most:keep-unknown"]);
    }

    #[test]
    fn days_are_whole_positive_numbers() {
        assert_eq!(SourceKeep::days(" "), Some(None));
        assert_eq!(SourceKeep::days("93"), Some(Some(93)));
        for text in ["0", "-1", "1.5", "ba mươi", "36526"] {
            assert_eq!(SourceKeep::days(text), None, "{text}");
        }
    }
}
