//! The texts in one person's language.

use crate::{Strings, format};
use base_core::{Lang, Timestamp};
use fluent_bundle::{FluentArgs, FluentValue};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value to put into a text.
pub trait ToArg {
    /// As Fluent takes it: numbers stay numbers, so that plural forms and grouping work.
    fn to_arg(&self) -> FluentValue<'_>;
}

impl ToArg for str {
    fn to_arg(&self) -> FluentValue<'_> {
        FluentValue::from(self)
    }
}

impl ToArg for String {
    fn to_arg(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

impl<T: ToArg + ?Sized> ToArg for &T {
    fn to_arg(&self) -> FluentValue<'_> {
        (**self).to_arg()
    }
}

impl ToArg for std::borrow::Cow<'_, str> {
    fn to_arg(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_ref())
    }
}

macro_rules! number_args {
    ($($ty:ty),+) => {$(
        impl ToArg for $ty {
            fn to_arg(&self) -> FluentValue<'_> {
                FluentValue::from(*self)
            }
        }
    )+};
}
number_args!(i32, i64, u32, u64, usize, f64);

/// The texts in one language. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tr {
    lang: Lang,
    strings: Arc<Strings>,
}

impl Tr {
    /// Texts in `lang`.
    #[must_use]
    pub fn new(lang: Lang, strings: Arc<Strings>) -> Self {
        Self { lang, strings }
    }

    /// The language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The same texts in another language.
    #[must_use]
    pub fn with_lang(&self, lang: Lang) -> Self {
        Self { lang, strings: Arc::clone(&self.strings) }
    }

    /// The text of `key`. An unknown key shows as `⟦key⟧`; `cargo xtask i18n` finds those before a person does.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.strings.get(self.lang, key, None).unwrap_or_else(|| format!("⟦{key}⟧"))
    }

    /// The text of `key` with values: `tr.ta("desk-count", &[("n", &count), ("unit", &name)])`.
    #[must_use]
    pub fn ta(&self, key: &str, args: &[(&str, &dyn ToArg)]) -> String {
        let args: FluentArgs<'_> = args.iter().map(|(name, value)| (name.to_string(), value.to_arg())).collect();
        self.strings.get(self.lang, key, Some(&args)).unwrap_or_else(|| format!("⟦{key}⟧"))
    }

    /// The text of `prefix` followed by `value`: `tr.dynamic("role-", role.as_str())`.
    /// Underscores of the value become dashes. Unknown values show as they are.
    #[must_use]
    pub fn dynamic(&self, prefix: &str, value: &str) -> String {
        let key = format!("{prefix}{}", value.replace('_', "-"));
        self.strings.get(self.lang, &key, None).unwrap_or_else(|| value.to_owned())
    }

    /// As [`Tr::dynamic`], with values that are known by name only: those of a notice, say. A text that names a value
    /// not given shows the name.
    #[must_use]
    pub fn dynamic_with(&self, prefix: &str, value: &str, words: &BTreeMap<String, String>) -> String {
        let key = format!("{prefix}{}", value.replace('_', "-"));
        let args: FluentArgs<'_> = words.iter().map(|(name, word)| (name.clone(), word.to_arg())).collect();
        self.strings.get(self.lang, &key, Some(&args)).unwrap_or_else(|| value.to_owned())
    }

    /// `22/11/2026 17:05`, Asia/Ho_Chi_Minh.
    #[must_use]
    pub fn time(&self, at: Timestamp) -> String {
        format::time(at, "%d/%m/%Y %H:%M")
    }

    /// `22/11/2026 17:05:09`, Asia/Ho_Chi_Minh.
    #[must_use]
    pub fn time_secs(&self, at: Timestamp) -> String {
        format::time(at, "%d/%m/%Y %H:%M:%S")
    }

    /// `22/11/2026`, Asia/Ho_Chi_Minh.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> String {
        format::time(at, "%d/%m/%Y")
    }

    /// How long ago, in the largest whole unit: `3 phút trước`. Times ahead are shown as a time.
    #[must_use]
    pub fn ago(&self, at: Timestamp, now: Timestamp) -> String {
        let secs = now.micros_since(at).div_euclid(1_000_000);
        match (self.lang, secs) {
            (_, i64::MIN..=-60) => self.time(at),
            (Lang::Vi, ..=4) => "vừa xong".to_owned(),
            (Lang::En, ..=4) => "just now".to_owned(),
            (Lang::Vi, _) => format!("{} trước", format::span_vi(secs)),
            (Lang::En, _) => format!("{} ago", format::span_en(secs)),
        }
    }

    /// A span of seconds in the largest whole unit: `3 phút`.
    #[must_use]
    pub fn span(&self, secs: i64) -> String {
        match self.lang {
            Lang::Vi => format::span_vi(secs),
            Lang::En => format::span_en(secs),
        }
    }

    /// `1.234` (Vietnamese) or `1,234`.
    #[must_use]
    pub fn number(&self, value: impl TryInto<i64>) -> String {
        format::format_number(value.try_into().unwrap_or(i64::MAX), self.lang)
    }

    /// With one decimal at most: `1.234,5`.
    #[must_use]
    pub fn decimal(&self, value: f64) -> String {
        format::decimal(value, 1, self.lang)
    }

    /// A share of 1 as a percentage with one decimal at most: `percent(0.055)` is `5,5 %`.
    #[must_use]
    pub fn percent(&self, share: f64) -> String {
        format!("{}\u{a0}%", format::decimal(share * 100.0, 1, self.lang))
    }

    /// Bytes in powers of 1024: `1,5 MiB`.
    #[must_use]
    pub fn bytes(&self, bytes: u64) -> String {
        format::bytes(bytes, self.lang)
    }
}
