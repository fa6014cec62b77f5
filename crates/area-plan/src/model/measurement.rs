//! Declared and measured values, and how far the measured one can be trusted.

use crate::model::Indicator;
use base_core::{Error, Result, Timestamp, UnitId};

/// A value the province declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// The share, 0 to 1.
    pub value: f64,
    /// Where it is written: document and place.
    pub basis: String,
    /// As of which day, as `2013-10-18`.
    pub declared_on: String,
    /// Counts up with each correction.
    pub version: i64,
    /// Who entered it.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

/// The figure of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitFigure {
    /// The unit.
    pub unit: UnitId,
    /// How many have it.
    pub numerator: i64,
    /// Out of how many.
    pub denominator: i64,
    /// Of the denominator, how many nothing is known about; they are not in the numerator.
    pub unknown: i64,
    /// Age of the oldest fact used.
    pub oldest_at: Option<Timestamp>,
    /// Age of the newest fact used.
    pub newest_at: Option<Timestamp>,
}

/// One measurement: the figures of the units in a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// When it was made.
    pub at: Timestamp,
    /// Name of the set the denominator counts, in Vietnamese.
    pub set_vi: String,
    /// In English.
    pub set_en: String,
    /// Version of the set, since its members change.
    pub set_version: String,
    /// Figures per unit.
    pub units: Vec<UnitFigure>,
}

/// How far a measured value can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Nothing was measured.
    None,
    /// Less than 60 % of the denominator is known, or the data are stale.
    Low,
    /// 60 % to 90 % is known.
    Medium,
    /// 90 % or more is known, from fresh data.
    High,
}

impl Confidence {
    /// The word in string keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Confidence::None => "none",
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

impl Measurement {
    /// How many have it, over the units.
    #[must_use]
    pub fn numerator(&self) -> i64 {
        self.units.iter().map(|u| u.numerator).sum()
    }

    /// Out of how many.
    #[must_use]
    pub fn denominator(&self) -> i64 {
        self.units.iter().map(|u| u.denominator).sum()
    }

    /// How many nothing is known about.
    #[must_use]
    pub fn unknown(&self) -> i64 {
        self.units.iter().map(|u| u.unknown).sum()
    }

    /// The measured share; `None` for an empty denominator.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        share(self.numerator(), self.denominator())
    }

    /// The highest share there could be, if everything unknown had it: the true value lies
    /// between [`Measurement::share`] and this.
    #[must_use]
    pub fn share_at_most(&self) -> Option<f64> {
        share(self.numerator() + self.unknown(), self.denominator())
    }

    /// Time of the newest fact used.
    #[must_use]
    pub fn newest_at(&self) -> Option<Timestamp> {
        self.units.iter().filter_map(|u| u.newest_at).max()
    }

    /// Time of the oldest fact used.
    #[must_use]
    pub fn oldest_at(&self) -> Option<Timestamp> {
        self.units.iter().filter_map(|u| u.oldest_at).min()
    }

    /// How far the value can be trusted at `now`.
    #[must_use]
    pub fn confidence(&self, indicator: Indicator, now: Timestamp) -> Confidence {
        let Some(known) = share(self.denominator() - self.unknown(), self.denominator()) else {
            return Confidence::None;
        };
        let stale =
            self.newest_at().is_none_or(|t| now.micros_since(t).div_euclid(1_000_000) > indicator.stale_after_secs());
        match known {
            k if k <= 0.0 => Confidence::None,
            _ if stale => Confidence::Low,
            k if k >= 0.9 => Confidence::High,
            k if k >= 0.6 => Confidence::Medium,
            _ => Confidence::Low,
        }
    }
}

/// `part` of `whole` as a share; `None` when there is no whole.
#[must_use]
pub fn share(part: i64, whole: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of machines stay far below 2^53")]
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The form in which a value is declared: a percentage with comma or point, a day, a source.
#[derive(Clone, Debug, Default)]
pub struct DeclareInput {
    /// Percentage as typed, such as `5` or `10,5`.
    pub percent: String,
    /// Document and place.
    pub basis: String,
    /// Day as `2013-10-18` (what a date field sends).
    pub declared_on: String,
}

impl DeclareInput {
    /// Checks the form: the share, the basis and the day.
    ///
    /// # Errors
    /// `Invalid` with the fields at fault; messages are string keys.
    pub fn check(&self) -> Result<(f64, String, String)> {
        let typed = self.percent.trim().trim_end_matches('%').trim().replace(',', ".");
        let percent: Option<f64> = typed.parse().ok().filter(|p| (0.0..=100.0).contains(p));
        let basis = self.basis.trim();
        let day = self.declared_on.trim();
        let day_known = Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z")).is_some();
        let mut error =
            Error::new(base_core::Kind::Invalid, "the declared value is not complete; see the fields marked");
        let mut fault = |field: &str, key: &str| {
            error.fields.push(base_core::FieldError { field: field.to_owned(), message: key.to_owned() });
        };
        if percent.is_none() {
            fault("percent", "plan-error-percent");
        }
        if basis.is_empty() || basis.chars().count() > 500 {
            fault("basis", "plan-error-basis");
        }
        if !day_known || day.len() != 10 {
            fault("declared_on", "plan-error-day");
        }
        match percent {
            Some(percent) if error.fields.is_empty() => Ok((percent / 100.0, basis.to_owned(), day.to_owned())),
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(units: &[(i64, i64, i64)], newest: i64) -> Measurement {
        let units = units.iter().enumerate().map(|(i, &(numerator, denominator, unknown))| UnitFigure {
            unit: UnitId::new(format!("u{i}")),
            numerator,
            denominator,
            unknown,
            oldest_at: None,
            newest_at: Some(Timestamp::from_secs(newest)),
        });
        Measurement {
            at: Timestamp::EPOCH,
            set_vi: String::new(),
            set_en: String::new(),
            set_version: String::new(),
            units: units.collect(),
        }
    }

    #[test]
    fn figures_of_the_seed() {
        let m = measured(&[(29, 96, 0), (251, 2704, 0)], 0);
        assert_eq!((m.numerator(), m.denominator()), (280, 2800));
        assert_eq!(m.share(), Some(0.1));
        assert_eq!(measured(&[], 0).share(), None);
    }

    #[test]
    fn silence_is_not_confidence() {
        let i = Indicator::LicensedAntivirus;
        let now = Timestamp::from_secs(10);
        assert_eq!(measured(&[(1, 10, 0)], 0).confidence(i, now), Confidence::High);
        assert_eq!(measured(&[(1, 10, 3)], 0).confidence(i, now), Confidence::Medium);
        assert_eq!(measured(&[(1, 10, 9)], 0).confidence(i, now), Confidence::Low);
        assert_eq!(measured(&[(0, 10, 10)], 0).confidence(i, now), Confidence::None);
        assert_eq!(measured(&[(1, 10, 0)], 0).confidence(i, now.plus_secs(8 * 86_400)), Confidence::Low);
        assert_eq!(measured(&[], 0).confidence(i, now), Confidence::None);
    }

    #[test]
    fn percentages_are_typed_with_comma_or_point() {
        let input = |percent: &str, day: &str| DeclareInput {
            percent: percent.into(),
            basis: "KH 35/KH-STTTT, mục I.1".into(),
            declared_on: day.into(),
        };
        let ok = input("10,5 %", "2013-10-18").check().expect("is right");
        assert!((ok.0 - 0.105).abs() < 1e-12);
        let fields = |i: DeclareInput| i.check().expect_err("is wrong").fields.len();
        assert_eq!(fields(input("101", "2013-10-18")), 1);
        assert_eq!(fields(input("NaN", "18/10/2013")), 2);
    }
}
