//! The quick search: each area finds what is its own, within what the person may see; here it is asked and gathered.
//!
//! Every keystroke may ask, so a finder's work is bounded by itself (rows looked at, rows given), and one that takes
//! longer than [`PATIENCE`] is left out of the answer rather than waited for.

use crate::{Ctx, NavItem};
use async_trait::async_trait;
use base_authz::{Action, Principal};
use base_core::Result;
use base_core::fold::fold;
use base_i18n::Tr;
use base_ui::{Href, Icon};
use futures::future::join_all;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::error::Elapsed;

/// Words of a question that count; further ones are left out.
const MAX_WORDS: usize = 8;
/// Characters of a question that count.
const MAX_CHARS: usize = 100;
/// Longest time one finder may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Most that is shown of one kind.
pub const MOST_OF_A_KIND: usize = 8;

/// What was asked for: words in lower case without tone and vowel marks, so that "phong chong" finds "phòng chống".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text: String = text.chars().take(MAX_CHARS).collect();
        Self(fold(&text).split_whitespace().take(MAX_WORDS).map(str::to_owned).collect())
    }

    /// Whether nothing was asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words, folded.
    #[must_use]
    pub fn all(&self) -> &[String] {
        &self.0
    }

    /// How well `text` fits: 0 = it begins with what was asked, 1 = every word begins one of its words, 2 = every word
    /// is somewhere in it; `None` when a word is missing.
    #[must_use]
    pub fn rank(&self, text: &str) -> Option<u8> {
        let text = fold(text);
        if self.0.is_empty() || !self.0.iter().all(|word| text.contains(word.as_str())) {
            return None;
        }
        if text.starts_with(&self.0.join(" ")) {
            return Some(0);
        }
        let parts = || text.split(|c: char| !c.is_alphanumeric());
        let begins = self.0.iter().all(|word| parts().any(|part| part.starts_with(word.as_str())));
        Some(if begins { 1 } else { 2 })
    }

    /// Patterns for `LIKE … ESCAPE '\'` over a folded column, one per word; wild cards of the person are literal.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        let one = |word: &String| {
            let mut pattern = String::from("%");
            for c in word.chars() {
                if matches!(c, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(c);
            }
            pattern.push('%');
            pattern
        };
        self.0.iter().map(one).collect()
    }
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub title: String,
    /// What tells it from others of that name; may be empty.
    pub hint: String,
    /// Its page.
    pub href: Href,
}

/// Finds things of one kind. Handed in with [`crate::Area::finder`].
#[async_trait]
pub trait Finder: Send + Sync {
    /// Heading of the kind, such as "Units".
    fn label(&self, tr: &Tr) -> String;
    /// The sign of the kind.
    fn icon(&self) -> Icon;
    /// Who may look for them; others are not told that the kind exists.
    fn action(&self) -> Action;
    /// Place among the kinds, small first: what a person most often looks for stands on top.
    fn order(&self) -> u8 {
        50
    }
    /// What fits, best first, at most `most`, within the person's scope for [`Finder::action`]. The work is bounded
    /// whatever is asked; the words are never empty.
    ///
    /// # Errors
    /// When the records do not answer.
    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>>;
}

impl fmt::Debug for dyn Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Finder({})", self.action().as_str())
    }
}

/// What was found of one kind.
#[derive(Clone, Debug)]
pub struct FoundGroup {
    /// Heading.
    pub label: String,
    /// Sign.
    pub icon: Icon,
    /// What was found, best first.
    pub found: Vec<Found>,
}

/// Sorts `ranked` best first (then as given) and takes the first `most`: for finders that look through a list.
#[must_use]
pub fn best(mut ranked: Vec<(u8, Found)>, most: usize) -> Vec<Found> {
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().take(most).map(|(_, found)| found).collect()
}

impl Ctx {
    /// Asks every finder the person may use, all at the same time. The second value says whether one of them failed
    /// or took too long, so that what is shown is not everything.
    pub async fn find(&self, words: &Words) -> (Vec<FoundGroup>, bool) {
        if words.is_empty() {
            return (Vec::new(), false);
        }
        let finders = self.web.0.finders.iter().filter(|f| self.may(f.action()));
        let mut finders: Vec<_> = finders.collect();
        finders.sort_by_key(|finder| finder.order());
        let asked: Vec<_> = finders.into_iter().map(|finder| ask(finder, self, words)).collect();
        let mut groups = vec![FoundGroup {
            label: self.tr.t("web-find-pages"),
            icon: Icon::File,
            found: pages(&self.tr, &self.principal, self.web.places(), words),
        }];
        let mut cut = false;
        for (finder, asked) in join_all(asked).await {
            match asked {
                Ok(Ok(mut found)) => {
                    found.truncate(MOST_OF_A_KIND);
                    groups.push(FoundGroup { label: finder.label(&self.tr), icon: finder.icon(), found });
                }
                Ok(Err(error)) => {
                    cut = true;
                    tracing::warn!(%error, finder = finder.action().as_str(), "a finder of the quick search failed");
                }
                Err(_) => cut = true,
            }
        }
        groups.retain(|group| !group.found.is_empty());
        (groups, cut)
    }
}

/// What a finder says, with the finder; an error of the timer when it takes too long.
async fn ask<'a>(
    finder: &'a Arc<dyn Finder>,
    ctx: &'a Ctx,
    words: &'a Words,
) -> (&'a Arc<dyn Finder>, std::result::Result<Result<Vec<Found>>, Elapsed>) {
    (finder, tokio::time::timeout(PATIENCE, finder.find(ctx, words, MOST_OF_A_KIND)).await)
}

/// Pages the person may open, by their names.
fn pages<'w>(tr: &Tr, principal: &Principal, places: impl Iterator<Item = &'w NavItem>, words: &Words) -> Vec<Found> {
    let fits = |item: &NavItem| {
        let title = (item.label)(tr);
        let rank = words.rank(&title)?;
        Some((rank, Found { title, hint: String::new(), href: Href::new(item.href) }))
    };
    best(places.filter(|item| principal.may(item.action)).filter_map(fits).collect(), MOST_OF_A_KIND)
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn accents_case_and_order_of_words_do_not_matter() {
        let words = Words::of("phong CHONG");
        assert_eq!(words.rank("Phòng chống mã độc"), Some(0));
        assert_eq!(words.rank("Kế hoạch phòng chống"), Some(1));
        assert_eq!(Words::of("chống phòng").rank("Phòng, chống"), Some(1));
        assert_eq!(Words::of("hong").rank("Phòng"), Some(2));
        assert_eq!(Words::of("phòng cháy").rank("Phòng chống"), None);
        assert_eq!(Words::of("  ").rank("x"), None);
    }

    #[test]
    fn a_question_is_bounded_and_its_wild_cards_are_literal() {
        assert_eq!(Words::of("50%_a\\b").patterns(), [r"%50\%\_a\\b%"]);
        assert_eq!(Words::of(&"a ".repeat(100)).all().len(), 8);
        assert_eq!(Words::of(&"x".repeat(5_000)).all()[0].len(), 100);
    }
}
