//! The second factor: who must have one, and the codes for the day the phone is lost.

use crate::model::token;
use base_authz::{Grant, Role};

/// Whether people with much power must have a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactor {
    /// Administrators, security leads and analysts are led to the enrolment before anything else.
    #[default]
    Required,
    /// Everybody may have one, nobody must: the demonstration.
    Optional,
}

impl SecondFactor {
    /// Whether somebody with these grants must have one.
    pub(crate) fn asked_of<'g>(self, mut grants: impl Iterator<Item = &'g Grant>) -> bool {
        let powerful = |role| matches!(role, Role::Administrator | Role::SecurityLead | Role::Analyst);
        self == Self::Required && grants.any(|g| powerful(g.role))
    }
}

/// Recovery codes given at once.
pub(crate) const RECOVERY_CODES: usize = 10;
/// Groups of four characters in one: 80 bits, so that the fast hash kept of it cannot be searched.
const RECOVERY_GROUPS: usize = 4;

/// Fresh codes, to be shown once.
pub(crate) fn recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| token::readable(RECOVERY_GROUPS)).collect()
}

/// What is kept of a code, or looked for when one was typed. `None` when it cannot be one.
pub(crate) fn recovery_hash(typed: &str) -> Option<String> {
    let plain = token::plain_code(typed);
    (plain.len() == RECOVERY_GROUPS * 4).then(|| token::hash(&plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::UnitId;

    #[test]
    fn the_powerful_must_and_the_demonstration_need_not() {
        let grants = [Grant::unit(Role::UnitOfficer, UnitId::new("SYT")), Grant::province(Role::Analyst)];
        assert!(SecondFactor::Required.asked_of(grants.iter()));
        assert!(!SecondFactor::Required.asked_of(grants.iter().take(1)));
        assert!(!SecondFactor::Optional.asked_of(grants.iter()));
    }

    #[test]
    fn recovery_codes_differ_and_are_read_kindly() {
        let codes = recovery_codes();
        let different: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(different.len(), RECOVERY_CODES);
        let code = &codes[0];
        assert_eq!(recovery_hash(code), recovery_hash(&code.to_lowercase().replace('-', " ")));
        assert_eq!(recovery_hash("123456"), None);
    }
}
