//! What the rule list is asked for: filters, order, page. The list is made in memory: rules are
//! thousands, not millions.

use super::liveness::{Flag, Liveness};
use base_core::fold::fold;
use base_core::{Lang, Severity};

/// Rows on a page.
pub const PAGE_ROWS: i64 = 50;

/// By what the list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// Gravest flag first, then gravest level.
    #[default]
    Flag,
    /// Level.
    Level,
    /// Title.
    Title,
    /// Events of the log source in 7 days.
    Events,
    /// Hits in 7 days.
    Hits,
    /// When it last fired.
    Last,
    /// Share of false alarms.
    False,
    /// Time per event.
    Cost,
}

impl SortKey {
    /// Every key.
    pub const ALL: [SortKey; 8] = [
        SortKey::Flag,
        SortKey::Level,
        SortKey::Title,
        SortKey::Events,
        SortKey::Hits,
        SortKey::Last,
        SortKey::False,
        SortKey::Cost,
    ];

    /// The word in links.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SortKey::Flag => "flag",
            SortKey::Level => "level",
            SortKey::Title => "title",
            SortKey::Events => "events",
            SortKey::Hits => "hits",
            SortKey::Last => "last",
            SortKey::False => "false",
            SortKey::Cost => "cost",
        }
    }

    /// From the word in a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// Filters and order of the rule list. Empty means no filter.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// Language of the titles.
    pub lang: Lang,
    /// Text in title, id, file or explanation, without regard to accents.
    pub text: String,
    /// Only rules with this flag.
    pub flag: Option<Flag>,
    /// Only rules without any flag.
    pub well: bool,
    /// Only this level.
    pub level: Option<Severity>,
    /// Only rules that ask for this log source, as [`source_name`] writes it.
    pub source: Option<String>,
    /// Only rules with this tactic.
    pub tactic: Option<String>,
    /// Only this status.
    pub status: Option<String>,
    /// Order.
    pub sort: SortKey,
    /// Largest first.
    pub descending: bool,
}

/// The log source a rule asks for, as `product/category/service` without what it does not name.
#[must_use]
pub fn source_name(rule: &engine_detect::RuleInfo) -> String {
    let source = &rule.logsource;
    let parts = [source.product.as_deref(), source.category.as_deref(), source.service.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

impl ListRequest {
    /// Those of `all` that the filters leave, sorted. Rules that only feed correlations are left out.
    #[must_use]
    pub fn select<'a>(&self, all: &'a [Liveness]) -> Vec<&'a Liveness> {
        let words: Vec<String> = fold(&self.text).split_whitespace().map(str::to_owned).collect();
        let mut found: Vec<&Liveness> =
            all.iter().filter(|l| l.info.standalone && self.keeps(l) && contains(l, &words)).collect();
        found.sort_by(|a, b| {
            let by_key = self.compare(a, b);
            let by_key = if self.descending { by_key.reverse() } else { by_key };
            by_key
                .then_with(|| b.info.level.cmp(&a.info.level))
                .then_with(|| a.info.title_in(self.lang).cmp(b.info.title_in(self.lang)))
        });
        found
    }

    fn keeps(&self, rule: &Liveness) -> bool {
        let is = |wanted: &Option<String>, have: Option<&str>| wanted.as_deref().is_none_or(|w| have == Some(w));
        self.flag.is_none_or(|f| rule.flags.contains(&f))
            && (!self.well || rule.flags.is_empty())
            && self.level.is_none_or(|l| rule.info.level == l)
            && is(&self.source, Some(&source_name(&rule.info)))
            && is(&self.status, rule.info.status)
            && self.tactic.as_deref().is_none_or(|t| rule.info.tactics().any(|a| a.id == t))
    }

    fn compare(&self, a: &Liveness, b: &Liveness) -> std::cmp::Ordering {
        let flag =
            |l: &Liveness| l.flags.first().map_or(usize::MAX, |f| Flag::ALL.iter().position(|g| g == f).unwrap_or(0));
        match self.sort {
            SortKey::Flag => flag(a).cmp(&flag(b)),
            SortKey::Level => a.info.level.cmp(&b.info.level),
            SortKey::Title => a.info.title_in(self.lang).cmp(b.info.title_in(self.lang)),
            SortKey::Events => a.events.week.cmp(&b.events.week),
            SortKey::Hits => a.hits.week.cmp(&b.hits.week),
            SortKey::Last => a.hits.last.cmp(&b.hits.last),
            SortKey::False => a.feedback.false_percent().cmp(&b.feedback.false_percent()),
            SortKey::Cost => a.cost.unwrap_or(-1.0).total_cmp(&b.cost.unwrap_or(-1.0)),
        }
    }
}

fn contains(rule: &Liveness, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let info = &rule.info;
    let techniques: String = info.attack.iter().map(|a| format!("{} {} ", a.id, a.name)).collect();
    let explain = &info.explain;
    let text = fold(&format!(
        "{} {} {} {} {techniques} {} {} {}",
        info.title,
        info.title_vi.as_deref().unwrap_or_default(),
        info.id,
        info.file,
        info.description.as_deref().unwrap_or_default(),
        explain.vi.what,
        explain.en.what
    ));
    words.iter().all(|w| text.contains(w.as_str()))
}
