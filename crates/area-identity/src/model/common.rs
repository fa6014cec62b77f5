//! Passwords that are tried first: words, names, places and rows of keys, and what people make of them.
//!
//! No list of leaked passwords is shipped. Ours is made at first use from short files (`words/`) by rules that mirror how
//! people here choose: a name in its usual orders, a body with its place, a word as it looks when a Vietnamese keyboard
//! was off (Telex), a row of keys. A password is refused when what is left of it without marks, years, signs and usual
//! replacements is made of at most two such pieces.

use base_core::fold::fold;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Words without marks, one per line.
const WORDS: &str = include_str!("words/common.txt");
/// `surname`, `middle` and `given` names with blanks between; `place`, `body` and `word` with commas.
const NAMES: &str = include_str!("words/names.txt");

/// Rows of keys as they lie under the fingers, and the alphabet.
const ROWS: [&str; 7] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "qazwsxedcrfvtgbyhnujm",
    "qweasdzxc",
    "qwerasdfzxcv",
];
/// Shortest and longest piece of a row.
const RUN: (usize, usize) = (4, 10);
/// Surnames and middle names that are combined with every given name; beyond these full names are rare.
const FULL: (usize, usize) = (10, 6);

/// Words and signs of the list that may be strung together before a password counts as a sentence.
const MAX_PIECES: usize = 2;
/// Letters that may stand around and between them.
const MAX_FREE: usize = 2;
/// Longest text that is looked at; what is longer is a sentence.
const MAX_LETTERS: usize = 64;

/// All pieces in order, for finding one by halving: one block of text and the ends of its words.
struct List {
    text: String,
    ends: Vec<u32>,
    longest: usize,
}

impl List {
    fn of(words: BTreeSet<String>) -> Self {
        let mut list = Self { text: String::new(), ends: Vec::with_capacity(words.len()), longest: 0 };
        for word in words {
            list.text.push_str(&word);
            list.longest = list.longest.max(word.len());
            list.ends.push(u32::try_from(list.text.len()).unwrap_or(u32::MAX));
        }
        list
    }

    fn word(&self, at: usize) -> &str {
        let end_of = |at: usize| self.ends.get(at).and_then(|e| usize::try_from(*e).ok());
        let begin = at.checked_sub(1).and_then(end_of).unwrap_or(0);
        end_of(at).and_then(|end| self.text.get(begin..end)).unwrap_or("")
    }

    fn has(&self, word: &str) -> bool {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.word(middle).cmp(word) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }
}

static LIST: LazyLock<List> = LazyLock::new(|| List::of(made()));

/// The list, by the rules.
fn made() -> BTreeSet<String> {
    let mut all: BTreeSet<String> = WORDS.lines().map(str::trim).filter(|w| w.len() > 1).map(str::to_owned).collect();
    rows(&mut all);
    let entries = |kind: &str, separator: char| -> Vec<String> {
        let lines = NAMES.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' '));
        lines.flat_map(|line| line.split(separator)).map(|e| e.trim().to_owned()).filter(|e| !e.is_empty()).collect()
    };
    let folded = |kind: &str| entries(kind, ' ').iter().map(|name| fold(name)).collect::<Vec<_>>();
    people(&mut all, &folded("surname"), &folded("middle"), &folded("given"));
    let joined = |text: &str| fold(text).replace(' ', "");
    let places: Vec<String> = entries("place", ',').iter().map(|place| joined(place)).collect();
    for body in entries("body", ',').iter().map(|body| joined(body)) {
        all.extend(places.iter().map(|place| format!("{body}{place}")));
        all.insert(body);
    }
    all.extend(places);
    let typed = ["place", "word", "surname", "given"];
    for text in typed.iter().flat_map(|kind| entries(kind, if kind.len() > 5 || *kind == "given" { ' ' } else { ',' }))
    {
        if text.contains(' ') || text.chars().count() > 2 {
            all.insert(telex(&text));
            all.insert(joined(&text));
        }
    }
    all.retain(|word| word.len() > 1);
    all
}

/// Pieces of rows of keys, both ways.
fn rows(all: &mut BTreeSet<String>) {
    for row in ROWS {
        let forth: Vec<char> = row.chars().collect();
        let back: Vec<char> = row.chars().rev().collect();
        for way in [forth, back] {
            for length in RUN.0..=RUN.1.min(way.len()) {
                all.extend(way.windows(length).map(|piece| piece.iter().collect::<String>()));
            }
        }
    }
}

/// Names in the orders in which people write them.
fn people(all: &mut BTreeSet<String>, surnames: &[String], middles: &[String], given: &[String]) {
    for name in given {
        for surname in surnames {
            all.insert(format!("{surname}{name}"));
            all.insert(format!("{name}{surname}"));
        }
        for middle in middles {
            all.insert(format!("{middle}{name}"));
        }
        for surname in surnames.iter().take(FULL.0) {
            all.extend(middles.iter().take(FULL.1).map(|middle| format!("{surname}{middle}{name}")));
        }
    }
}

/// What a Telex keyboard sends for a Vietnamese text while no program composes it: `mật khẩu` → `maatjkhaaur`.
fn telex(text: &str) -> String {
    text.split(' ').map(telex_syllable).collect()
}

fn telex_syllable(syllable: &str) -> String {
    let (mut out, mut tone) = (String::new(), None);
    for letter in syllable.to_lowercase().chars() {
        if letter == 'đ' {
            out.push_str("dd");
            continue;
        }
        for part in std::iter::once(letter).nfd() {
            match part {
                // Circumflex: the letter again. Breve and horn: w.
                '\u{302}' => out.extend(out.chars().last()),
                '\u{306}' | '\u{31b}' => out.push('w'),
                '\u{301}' => tone = Some('s'),
                '\u{300}' => tone = Some('f'),
                '\u{309}' => tone = Some('r'),
                '\u{303}' => tone = Some('x'),
                '\u{323}' => tone = Some('j'),
                other => out.push(other),
            }
        }
    }
    // The tone comes last, as most people type it.
    out.extend(tone);
    out
}

/// What a password is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// Pieces of the list.
    OfCommon,
    /// The person's own name or sign-in name, alone or with a piece of the list.
    OfPerson,
}

/// What the words within a password are made of; `None` when they are more than that.
pub(super) fn made_of(password: &str, login: &str, name: &str) -> Option<Made> {
    let own = own_words(login, name);
    let texts = readings(&fold(password));
    let any = |judge: &dyn Fn(&[u8]) -> bool| texts.iter().any(|text| judge(text.as_bytes()));
    if any(&|text| covered(text, &|_| false, &own)) {
        return Some(Made::OfPerson);
    }
    if any(&|text| covered(text, &|word| LIST.has(word), &[])) {
        return Some(Made::OfCommon);
    }
    any(&|text| covered(text, &|word| LIST.has(word), &own)).then_some(Made::OfPerson)
}

/// Syllables of the name and parts of the sign-in name, together, reversed, and as initials.
fn own_words(login: &str, name: &str) -> Vec<String> {
    let letters = |text: &str| fold(text).chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let local = login.split('@').next().unwrap_or(login);
    let syllables: Vec<String> = name.split_whitespace().map(letters).filter(|s| !s.is_empty()).collect();
    let mut own: Vec<String> = local.split(['.', '_', '-']).map(letters).collect();
    own.extend([letters(local), syllables.concat(), syllables.iter().rev().map(String::as_str).collect()]);
    let initials: String = syllables.iter().filter_map(|s| s.chars().next()).collect();
    if let Some((given, before)) = syllables.split_last() {
        let short: String = before.iter().filter_map(|s| s.chars().next()).collect();
        // `annv`, as offices make sign-in names.
        own.push(format!("{given}{short}"));
    }
    own.push(initials);
    own.extend(syllables);
    own.retain(|word| word.len() > 1);
    own
}

/// The letters of a password as it may be meant: digits and signs at the ends dropped (years, `!`), inner ones taken for
/// letters they resemble or left out.
fn readings(plain: &str) -> Vec<String> {
    let undo = |one: char| {
        move |c: char| match c {
            '0' => Some('o'),
            '1' | '!' | '|' => Some(one),
            '3' => Some('e'),
            '4' | '@' => Some('a'),
            '5' | '$' => Some('s'),
            '7' | '+' => Some('t'),
            '8' => Some('b'),
            '9' => Some('g'),
            c => c.is_ascii_alphabetic().then_some(c),
        }
    };
    let core = plain.trim_matches(|c: char| !c.is_alphabetic());
    // `@` and `$` at an end may be a letter (`p@ssword`) or not (`matkhau@2014`).
    let signed = plain.trim_matches(|c: char| !c.is_alphabetic() && !matches!(c, '@' | '$'));
    let mut texts: Vec<String> =
        [core, signed].iter().flat_map(|t| [undo('i'), undo('l')].map(|f| t.chars().filter_map(f).collect())).collect();
    texts.push(plain.chars().filter(char::is_ascii_alphabetic).collect());
    texts.retain(|text| !text.is_empty() && text.len() <= MAX_LETTERS);
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// Whether a text is nothing but at most [`MAX_PIECES`] words that are `known`, any number of `own` ones, and
/// [`MAX_FREE`] letters; and at least one word.
fn covered(text: &[u8], known: &dyn Fn(&str) -> bool, own: &[String]) -> bool {
    // reached[i] holds, per number of pieces, the fewest free letters with which the first i letters are covered, and
    // apart those ways in which no word was used yet.
    const NONE: usize = usize::MAX;
    let mut reached = vec![[[NONE; 2]; MAX_PIECES + 1]; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        first[0][0] = 0;
    }
    let longest = LIST.longest;
    for begin in 0..text.len() {
        let Some(here) = reached.get(begin).copied() else { continue };
        let mut step = |end: usize, pieces: usize, used: usize, free: usize| {
            if let Some(cell) = reached.get_mut(end).and_then(|r| r.get_mut(pieces)).and_then(|r| r.get_mut(used)) {
                *cell = (*cell).min(free);
            }
        };
        for (pieces, ways) in here.iter().enumerate() {
            for (used, &free) in ways.iter().enumerate().filter(|(_, free)| **free <= MAX_FREE) {
                if free < MAX_FREE {
                    step(begin + 1, pieces, used, free + 1);
                }
                for end in begin + 2..=text.len().min(begin + longest) {
                    let word = text.get(begin..end).and_then(|w| std::str::from_utf8(w).ok()).unwrap_or("");
                    if pieces < MAX_PIECES && known(word) {
                        step(end, pieces + 1, 1, free);
                    }
                    if own.iter().any(|o| o == word) {
                        step(end, pieces, 1, free);
                    }
                }
            }
        }
    }
    reached.last().is_some_and(|end| end.iter().any(|ways| ways.get(1).is_some_and(|free| *free <= MAX_FREE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(password: &str) -> Option<Made> {
        made_of(password, "an.nv@camau.gov.vn", "Nguyễn Văn Ân")
    }

    #[test]
    fn the_list_is_long_and_every_word_of_it_is_found() {
        let all = super::made();
        assert!(all.len() > 10_000, "{}", all.len());
        assert!(all.iter().all(|w| w.bytes().all(|b| b.is_ascii_lowercase())), "letters alone");
        assert_eq!(LIST.ends.len(), all.len());
        assert!(LIST.text.len() < 256 * 1024, "{} bytes", LIST.text.len());
        for (n, word) in all.iter().enumerate() {
            assert!(LIST.has(word), "{word}");
            if n % 97 == 0 && word.len() <= 20 {
                for form in [format!("{word}2026!"), format!("123{}", word.to_uppercase()), format!("{word}@123")] {
                    assert!(made(&form).is_some(), "{form}");
                }
            }
        }
        assert!(!LIST.has("") && !LIST.has("zzzzzz") && !LIST.has("~"));
    }

    #[test]
    fn what_people_make_of_common_words_is_seen_through() {
        for common in [
            "P@ssw0rd2014!",
            "Mật khẩu 2014",
            "maatjkhaaur2026",
            "M4tkh4u!123",
            "qwerty123456",
            "1qaz2wsx3edc",
            "Asdfghjkl;1",
            "UBNDtinhCaMau@2026",
            "soytecamau123",
            "camau@quantri",
            "TranThiLan1990",
            "lantran1985",
            "iloveyouvietnam",
            "Viettel@Camau1",
            "hochiminh1975",
            "admin@HaNoi2025",
            "xmatkhaux2026",
        ] {
            assert_eq!(made(common), Some(Made::OfCommon), "{common}");
        }
        for own in ["NguyễnVănÂn99", "an.nv@2026!!", "annv@camau2026", "AnVanNguyen1", "nva-matkhau-1", "Ân@19851985"]
        {
            assert_eq!(made(own), Some(Made::OfPerson), "{own}");
        }
    }

    #[test]
    fn sentences_and_random_signs_are_left_alone() {
        for fine in [
            "rừng đước mùa nước nổi",
            "tram-chim-7-bong-sen",
            "Wq8#tnVx2kLp",
            "Rung-Duoc-Ca-Mau-2026",
            "tràm chim bảy bông sen",
            "trời nước bao la",
            "8273645019",
            "correct horse battery staple",
            &"camau".repeat(20),
        ] {
            assert_eq!(made(fine), None, "{fine}");
        }
    }

    #[test]
    fn telex_is_what_the_keys_send() {
        assert_eq!(telex("mật khẩu"), "maatjkhaaur");
        assert_eq!(telex("Đường"), "dduwowngf");
        assert_eq!(telex("quản trị viên"), "quanrtrijvieen");
        assert_eq!(telex("Nguyễn"), "nguyeenx");
    }
}
