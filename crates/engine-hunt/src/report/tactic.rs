//! ATT&CK tactics in the order of an attack, as lanes of the time-line and rows of the summary.

/// Enterprise tactics, attack order. ATT&CK before v19 has `defense-evasion`, later versions
/// `stealth` and `defense-impairment` in its place; rules of either age are met.
pub const TACTICS: &[&str] = &[
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "stealth",
    "defense-impairment",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
];

/// Name of the lane of detections whose rule names no tactic.
pub const NO_TACTIC: &str = "none";

/// Lane that counts every detection once, whatever its tactics.
pub const LANE_ALL: u8 = 0;
/// Lane of detections without a tactic.
pub const LANE_NONE: u8 = 255;

/// The tactic's slug as in [`TACTICS`], from any spelling (`credential_access`, `Credential Access`).
#[must_use]
pub fn tactic_slug(name: &str) -> Option<&'static str> {
    let plain = |c: char| if matches!(c, '_' | ' ') { '-' } else { c.to_ascii_lowercase() };
    let wanted: String = name.chars().map(plain).collect();
    TACTICS.iter().find(|t| **t == wanted).copied()
}

/// The lane of a tactic in the time-line.
#[must_use]
pub fn lane_of(tactic: &str) -> u8 {
    TACTICS.iter().position(|t| *t == tactic).and_then(|n| u8::try_from(n + 1).ok()).unwrap_or(LANE_NONE)
}

/// The tactic of a lane; [`NO_TACTIC`] for any other.
#[must_use]
pub fn tactic_of(lane: u8) -> &'static str {
    usize::from(lane).checked_sub(1).and_then(|n| TACTICS.get(n)).copied().unwrap_or(NO_TACTIC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_and_tactics_are_inverse() {
        for tactic in TACTICS {
            assert_eq!(tactic_of(lane_of(tactic)), *tactic);
        }
        assert_eq!(tactic_of(LANE_NONE), NO_TACTIC);
        assert_eq!(tactic_slug("Credential_Access"), Some("credential-access"));
        assert_eq!(tactic_slug("t1059"), None);
    }
}
