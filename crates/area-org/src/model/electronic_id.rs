//! The electronic identifier of a public body (mã định danh điện tử; Decision 20/2020/QĐ-TTg).

/// Longest identifier, characters.
const MAX_LEN: usize = 35;
/// Longest one older programs take (`OrganId` of NĐ 30/2020, appendix VI).
const OLD_LEN: usize = 13;

/// Checks and writes an identifier in capitals: groups of digits and capital letters parted by dots, at most 35
/// characters, the first group a letter from A to Y and two digits (`H12.05.03`).
///
/// # Errors
/// The code of `org-error-…` that says what is wrong.
pub fn parse_electronic_id(text: &str) -> Result<String, &'static str> {
    let id = text.trim().to_ascii_uppercase();
    if id.chars().count() > MAX_LEN {
        return Err("electronic-id-long");
    }
    let group = |g: &str| !g.is_empty() && g.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    if !id.split('.').all(group) {
        return Err("electronic-id-form");
    }
    match id.split('.').next().unwrap_or_default().as_bytes() {
        [b'A'..=b'Y', b'0'..=b'9', b'0'..=b'9'] => Ok(id),
        _ => Err("electronic-id-first"),
    }
}

/// Whether an export to an older program would have to cut it.
#[must_use]
pub fn is_long_electronic_id(id: &str) -> bool {
    id.len() > OLD_LEN
}

/// Whether `child` stands below `parent`: the groups of the parent come first.
#[must_use]
pub fn is_below(child: &str, parent: &str) -> bool {
    child.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_decision_20_2020_hold() {
        assert_eq!(parse_electronic_id(" h12.05.a3 ").as_deref(), Ok("H12.05.A3"));
        let long = format!("H12.{}", "1".repeat(32));
        for (text, code) in [
            (long.as_str(), "electronic-id-long"),
            ("H12..05", "electronic-id-form"),
            ("H12.05-3", "electronic-id-form"),
            ("Đ12", "electronic-id-form"),
            ("Z12", "electronic-id-first"),
            ("H1", "electronic-id-first"),
            ("H123.05", "electronic-id-first"),
        ] {
            assert_eq!(parse_electronic_id(text), Err(code), "{text}");
        }
        assert!(is_long_electronic_id("000.00.05.H12.X") && !is_long_electronic_id("H12.05.03.001"));
        assert!(is_below("H12.05", "H12") && !is_below("H123", "H12") && !is_below("H12", "H12"));
    }
}
