//! Whether a unit has enough people who look after security (R71), against a norm kept as data.

use super::{Block, NewStaff};
use base_core::{ContentError, Lang};
use serde::Deserialize;

/// The norm of the province: `content/norms/security-staff.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffNorm {
    /// What it is called, Vietnamese.
    pub title_vi: String,
    /// What it is called, English.
    pub title_en: String,
    norm: Vec<Line>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    blocks: Vec<String>,
    at_least: f64,
    machines_per_further: i64,
    basis_vi: String,
    basis_en: String,
}

/// What a unit has and should have, in persons working full time; part time counts half.
#[derive(Clone, Debug, PartialEq)]
pub struct Adequacy {
    /// What it has.
    pub have: f64,
    /// What it should have.
    pub need: f64,
    /// What that rests on.
    pub basis: String,
}

impl Adequacy {
    /// Whether it has enough.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.have >= self.need
    }
}

impl StaffNorm {
    /// Reads a norm.
    ///
    /// # Errors
    /// With the mistake, for what is not well-formed or names no block.
    pub fn parse(file: &str, text: &str) -> Result<Self, ContentError> {
        let told = |message: String| ContentError {
            file: file.to_owned(),
            line: None,
            message,
            remedy: "compare it with content/norms/security-staff.toml".to_owned(),
        };
        let norm: Self = toml::from_str(text).map_err(|e| told(e.message().to_owned()))?;
        for line in &norm.norm {
            if let Some(wrong) = line.blocks.iter().find(|b| Block::parse(b).is_none()) {
                return Err(told(format!("there is no block '{wrong}'")));
            }
            if line.machines_per_further < 1 || !(0.0..=100.0).contains(&line.at_least) {
                return Err(told("at_least must be 0 to 100, machines_per_further at least 1".to_owned()));
            }
        }
        Ok(norm)
    }

    /// The norm the program comes with.
    ///
    /// # Errors
    /// When the file in the program is wrong; a test keeps that from happening.
    pub fn shipped() -> Result<Self, ContentError> {
        let text = include_str!("../../../../content/norms/security-staff.toml");
        Self::parse("norms/security-staff.toml", text)
    }

    /// What a unit has against what it should have; `None` where the norm says nothing of its block.
    #[must_use]
    pub fn adequacy<'s>(
        &self,
        (block, machines): (Block, i64),
        people: impl IntoIterator<Item = &'s NewStaff>,
        lang: Lang,
    ) -> Option<Adequacy> {
        let line = self.norm.iter().find(|l| l.blocks.iter().any(|b| b == block.as_str()))?;
        let security = people.into_iter().filter(|p| p.is_security);
        let have = security.map(|p| if p.is_full_time { 1.0 } else { 0.5 }).sum();
        let beyond = machines.saturating_sub(line.machines_per_further).max(0);
        let further = beyond.saturating_add(line.machines_per_further - 1) / line.machines_per_further;
        // At most 100 000 machines, so it fits.
        let need = line.at_least + f64::from(u32::try_from(further).unwrap_or(u32::MAX));
        let basis = match lang {
            Lang::Vi => &line.basis_vi,
            Lang::En => &line.basis_en,
        };
        Some(Adequacy { have, need, basis: basis.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Qualification;
    use super::*;

    fn person(is_full_time: bool, is_security: bool) -> NewStaff {
        NewStaff {
            name: "A".into(),
            job: "x".into(),
            qualification: Qualification::Degree,
            certificate: String::new(),
            is_full_time,
            is_security,
        }
    }

    #[test]
    fn what_is_needed_grows_with_machines_and_part_time_counts_half() {
        let norm = StaffNorm::shipped().unwrap();
        let people = [person(true, true), person(false, true), person(true, false)];
        let of = |machines| norm.adequacy((Block::Department, machines), &people, Lang::Vi).unwrap();
        assert_eq!((of(0).need, of(100).need, of(101).need, of(190).need, of(201).need), (1.0, 1.0, 2.0, 2.0, 3.0));
        assert_eq!(of(82).have, 1.5);
        assert!(of(100).is_met() && !of(101).is_met());
        assert!(StaffNorm::parse("x", "title_vi = 1").is_err());
    }
}
