//! The day a list is of: a field of every list of the area, kept in its address.

use crate::model::{day_text, next_day, parse_day};
use base_core::Timestamp;
use base_i18n::Tr;
use base_ui::{Field, Href, Tone, notice};
use maud::{Markup, html};
use serde::Deserialize;

/// The day of which something is asked, as the address has it; today when it is empty or no day.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct AsOf(String);

impl AsOf {
    /// The day a moment falls on.
    pub(crate) fn day_of(at: Timestamp) -> Self {
        Self(day_text(at))
    }

    /// As it stands in the address.
    pub(crate) fn text(&self) -> &str {
        self.0.trim()
    }

    fn day(&self) -> Option<Timestamp> {
        parse_day(&self.0)
    }

    /// Whether another day than today is asked for.
    pub(crate) fn is_set(&self) -> bool {
        self.day().is_some()
    }

    /// The moment: the beginning of the day, or now.
    pub(crate) fn moment(&self, now: Timestamp) -> Timestamp {
        self.day().unwrap_or(now)
    }

    /// The end of that day: what was seen later is not of it.
    pub(crate) fn end(&self, now: Timestamp) -> Timestamp {
        self.day().map_or_else(|| next_day(now), next_day)
    }

    /// The field of a filter.
    pub(crate) fn field(&self, tr: &Tr) -> Markup {
        let value = self.day().map(day_text).unwrap_or_default();
        let error = (!self.text().is_empty() && !self.is_set()).then(|| tr.t("org-error-day-form"));
        Field::input("date", "at", &tr.t("org-as-of")).value(value).error(error).render()
    }

    /// Says above a list that it is not of today, with the way back.
    pub(crate) fn note(&self, tr: &Tr, here: &Href, now: Timestamp) -> Markup {
        let Some(day) = self.day() else { return html! {} };
        let text = if day > now {
            tr.ta("org-as-of-plan", &[("day", &tr.date(day))])
        } else {
            tr.ta("org-as-of-past", &[("day", &tr.date(day))])
        };
        notice(
            Tone::Info,
            html! { p { (text) " " a href=(here.clone().with("at", "")) { (tr.t("org-as-of-today")) } } },
        )
    }
}
