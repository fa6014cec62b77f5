//! The alert: what the desk knows of one finding, and the states it goes through.

use super::detection::{Explained, Explanation};
use base_core::{AlertId, Lang, Severity, Timestamp, UnitId};

/// Longest note an analyst may write, in characters.
pub const MAX_NOTE_CHARS: usize = 4_000;

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody has taken it up.
    New,
    /// Somebody is looking into it.
    Looking,
    /// It was a real attack or breach, and it has been dealt with or handed on.
    ClosedTrue,
    /// It was a false alarm.
    ClosedFalse,
}

impl State {
    /// Every state in the order of the work.
    pub const ALL: [State; 4] = [State::New, State::Looking, State::ClosedTrue, State::ClosedFalse];

    /// The stored word; also the value in forms and links.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::New => "new",
            State::Looking => "looking",
            State::ClosedTrue => "closed-true",
            State::ClosedFalse => "closed-false",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether the work on it is done.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, State::ClosedTrue | State::ClosedFalse)
    }

    /// Whether the alert may go from this state to `to`. A closed alert can be opened
    /// again, and a verdict can be corrected; nothing becomes new again.
    #[must_use]
    pub fn may_become(self, to: State) -> bool {
        self != to && to != State::New
    }
}

/// What the alert is about: a machine, an account, an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// `host`, `user`, `ip` … as the detector names it.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// An alert as stored.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Identity.
    pub id: AlertId,
    /// Id of the rule that raised it.
    pub rule: String,
    /// Which text of the rule raised it.
    pub rule_digest: String,
    /// Title of the rule.
    pub title: String,
    /// How grave it is.
    pub severity: Severity,
    /// The unit concerned; `None` for what belongs to the province as a whole.
    pub unit: Option<UnitId>,
    /// What it is about.
    pub entity: Entity,
    /// Machine of the first event, where known.
    pub host: Option<String>,
    /// What happened, why it matters and what to do, in both languages, filled in.
    pub explain: Explained,
    /// Where it stands.
    pub state: State,
    /// Rises with each change by a person; a form that carries an older one is refused.
    pub version: i64,
    /// Name of the person who holds it, if any.
    pub holder_name: Option<String>,
    /// When the desk learnt of it.
    pub raised_at: Timestamp,
    /// When a detection or a person last changed it.
    pub updated_at: Timestamp,
    /// Time of its earliest event.
    pub first_seen: Timestamp,
    /// Time of its latest event.
    pub last_seen: Timestamp,
    /// How many detections it gathers.
    pub detections: i64,
}

impl Alert {
    /// The explanation in a language.
    #[must_use]
    pub fn explanation(&self, lang: Lang) -> &Explanation {
        self.explain.get(lang)
    }

    /// One line that says what it is about, in the reader's language: for Vietnamese the
    /// beginning of what happened, since titles of rules are English.
    #[must_use]
    pub fn headline(&self, lang: Lang) -> String {
        headline(lang, &self.title, &self.explain)
    }

    /// Hours within which somebody should have looked at an alert of this severity,
    /// counted from when it was raised; `None` where there is no hurry.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let hours = match self.severity {
            Severity::Critical => 1,
            Severity::High => 4,
            Severity::Medium => 24,
            Severity::Low => 72,
            Severity::Informational => return None,
        };
        Some(self.raised_at.plus_secs(hours * 3_600))
    }
}

/// Longest headline, in characters.
const HEADLINE_CHARS: usize = 140;

/// One line for an alert of the rule `title`: see [`Alert::headline`].
pub(crate) fn headline(lang: Lang, title: &str, explain: &Explained) -> String {
    let what = first_sentence(&explain.vi.what);
    match lang {
        Lang::Vi if !what.is_empty() => what,
        _ => title.to_owned(),
    }
}

/// The first sentence, without its full stop, cut to a headline. A full stop within a name
/// (`srv.example`) is followed by no space and does not end it.
fn first_sentence(text: &str) -> String {
    let text = text.trim();
    let end = text.find(". ").or_else(|| text.find('\n')).unwrap_or(text.len());
    let sentence = text.get(..end).unwrap_or(text).trim_end_matches('.');
    match sentence.char_indices().nth(HEADLINE_CHARS) {
        Some((at, _)) => format!("{}…", sentence.get(..at).unwrap_or(sentence).trim_end()),
        None => sentence.to_owned(),
    }
}

/// Kinds of lines in an alert's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryKind {
    /// The detector raised it.
    Raised,
    /// A person changed its state.
    State,
    /// A person added a note.
    Note,
    /// The unit was warned; the note is the number of the warning.
    Warned,
    /// The unit acknowledged; the note is what its officer wrote.
    Answered,
    /// What the alert tells of is over, as the program saw.
    Ended,
}

impl HistoryKind {
    const ALL: [HistoryKind; 6] = [Self::Raised, Self::State, Self::Note, Self::Warned, Self::Answered, Self::Ended];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::State => "state",
            Self::Note => "note",
            Self::Warned => "warned",
            Self::Answered => "answered",
            Self::Ended => "ended",
        }
    }

    /// From the stored word; an unknown one reads as a note.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|k| k.as_str() == text).unwrap_or(Self::Note)
    }
}

/// One line of an alert's history.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// Name of the person, or empty for the detector.
    pub actor_name: String,
    /// What kind.
    pub kind: HistoryKind,
    /// For a change of state: from which.
    pub from: Option<State>,
    /// For a change of state: to which.
    pub to: Option<State>,
    /// Words of the person, or the number of a warning.
    pub note: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_is_one_short_sentence() {
        assert_eq!(first_sentence("Máy a.example bị dò. Rất nhanh."), "Máy a.example bị dò");
        assert_eq!(first_sentence(&"ố".repeat(500)).chars().count(), HEADLINE_CHARS + 1);
        assert_eq!(first_sentence(" "), "");
    }

    #[test]
    fn states_round_trip_and_never_go_back_to_new() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
            assert!(!state.may_become(State::New));
            assert!(!state.may_become(state));
        }
        assert!(State::ClosedFalse.may_become(State::Looking));
    }
}
