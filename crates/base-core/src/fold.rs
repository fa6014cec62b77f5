//! Accent-insensitive comparison of Vietnamese text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` in lower case without tone and vowel marks, so that `tuong lua`, `tường lửa`
/// and `TƯỜNG LỬA` in either Unicode form, and either tone placement, are equal.
#[must_use]
pub fn fold(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'đ' { 'd' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_both_unicode_forms_and_tone_places() {
        assert_eq!(fold("Tường lửa ĐÚNG chuẩn"), "tuong lua dung chuan");
        assert_eq!(fold("thuỷ"), fold("thủy"));
        assert_eq!(fold("Ca\u{0300} Mau"), fold("Cà Mau"));
    }
}
