//! The loaded texts of all languages.

use crate::format;
use base_core::Lang;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::collections::BTreeMap;
use std::fmt;
use unic_langid::LanguageIdentifier;

/// One file of texts: language, name for messages (such as `desk`), content.
pub type FtlSource = (Lang, &'static str, &'static str);

/// A mistake in a file of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringsError {
    /// Which file.
    pub file: String,
    /// What is wrong and where.
    pub message: String,
}

impl fmt::Display for StringsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for StringsError {}

/// The texts of every language. Shared behind an `Arc` by [`crate::Tr`].
pub struct Strings {
    bundles: BTreeMap<&'static str, FluentBundle<FluentResource>>,
}

impl fmt::Debug for Strings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Strings").field("languages", &self.bundles.keys()).finish_non_exhaustive()
    }
}

impl Strings {
    /// Loads the files.
    ///
    /// # Errors
    /// Every mistake in them: syntax, and keys given twice in one language.
    pub fn load(sources: &[FtlSource]) -> Result<Self, Vec<StringsError>> {
        let mut bundles = BTreeMap::new();
        let mut errors = Vec::new();
        for lang in Lang::ALL {
            // Chooses the plural rules; a tag of `Lang` always parses.
            let id: LanguageIdentifier = lang.tag().parse().unwrap_or_default();
            let mut bundle = FluentBundle::new_concurrent(vec![id]);
            // Isolation marks around values would end up in copied text and in mails.
            bundle.set_use_isolating(false);
            bundle.set_formatter(Some(match lang {
                Lang::Vi => number_vi,
                Lang::En => number_en,
            }));
            for (_, name, text) in sources.iter().filter(|(l, ..)| *l == lang) {
                add(&mut bundle, &format!("locales/{}/{name}.ftl", lang.tag()), text, &mut errors);
            }
            bundles.insert(lang.tag(), bundle);
        }
        if errors.is_empty() { Ok(Self { bundles }) } else { Err(errors) }
    }

    /// The text of `key`, from the first language if `lang` lacks it.
    pub(crate) fn get(&self, lang: Lang, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        [lang, Lang::default()].into_iter().find_map(|lang| {
            let bundle = self.bundles.get(lang.tag())?;
            let (id, attribute) = match key.split_once('.') {
                Some((id, attribute)) => (id, Some(attribute)),
                None => (key, None),
            };
            let message = bundle.get_message(id)?;
            let pattern = match attribute {
                Some(attribute) => message.get_attribute(attribute)?.value(),
                None => message.value()?,
            };
            let mut errors = Vec::new();
            Some(bundle.format_pattern(pattern, args, &mut errors).into_owned())
        })
    }

    /// Whether `lang` has a text for `key`.
    #[must_use]
    pub fn has(&self, lang: Lang, key: &str) -> bool {
        self.bundles.get(lang.tag()).is_some_and(|b| b.has_message(key))
    }
}

fn add(bundle: &mut FluentBundle<FluentResource>, file: &str, text: &str, errors: &mut Vec<StringsError>) {
    let resource = match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => resource,
        Err((_, mistakes)) => {
            errors.extend(mistakes.iter().map(|m| {
                let before = text.get(..m.pos.start).unwrap_or(text);
                let line = before.matches('\n').count() + 1;
                StringsError { file: file.to_owned(), message: format!("line {line}: {}", m.kind) }
            }));
            return;
        }
    };
    if let Err(twice) = bundle.add_resource(resource) {
        errors.extend(twice.iter().map(|e| StringsError { file: file.to_owned(), message: e.to_string() }));
    }
}

fn number_vi<M>(value: &FluentValue<'_>, _memo: &M) -> Option<String> {
    number(value, Lang::Vi)
}

fn number_en<M>(value: &FluentValue<'_>, _memo: &M) -> Option<String> {
    number(value, Lang::En)
}

fn number(value: &FluentValue<'_>, lang: Lang) -> Option<String> {
    match value {
        FluentValue::Number(n) => Some(format::fluent_number(n.value, lang)),
        _ => None,
    }
}
