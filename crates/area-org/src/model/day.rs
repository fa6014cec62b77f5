//! Days as forms, files and addresses write them; a day begins at midnight in the province (UTC+7, no summer time).

use base_core::Timestamp;

/// Seconds the province is ahead of UTC.
const AHEAD_SECS: i64 = 7 * 3_600;

/// Midnight at the beginning of a day written `2014-03-31` or `31/3/2014`; `None` for anything else.
#[must_use]
pub fn parse_day(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (year, month, day) = match text.split(['/', '.']).collect::<Vec<_>>().as_slice() {
        [day, month, year] => (*year, *month, *day),
        _ => match text.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] => (*year, *month, *day),
            _ => return None,
        },
    };
    let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    Timestamp::parse_rfc3339(&format!("{year}-{month:0>2}-{day:0>2}T00:00:00+07:00"))
}

/// The day a moment falls on in the province, as `2014-03-31`.
#[must_use]
pub fn day_text(at: Timestamp) -> String {
    at.plus_secs(AHEAD_SECS).utc_day()
}

/// The day after the one a moment falls on: its midnight.
#[must_use]
pub fn next_day(at: Timestamp) -> Timestamp {
    let secs = at.as_secs().saturating_add(AHEAD_SECS).div_euclid(86_400).saturating_add(1);
    Timestamp::from_secs(secs.saturating_mul(86_400).saturating_sub(AHEAD_SECS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_the_province() {
        let at = parse_day("2025-03-01").unwrap();
        assert_eq!((at.to_string().as_str(), day_text(at).as_str()), ("2025-02-28T17:00:00Z", "2025-03-01"));
        assert_eq!(parse_day(" 1/3/2025 "), Some(at));
        assert_eq!(day_text(next_day(at)), "2025-03-02");
        for wrong in ["", "2025-02-30", "31/02/2025", "2025-3", "1/3/25", "+025-03-01", "2025-03-01T00:00"] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }
}
