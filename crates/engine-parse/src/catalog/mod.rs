//! The catalogue of log sources: definitions as data, compiled for quick recognition.

mod address;
mod compile;
pub(crate) mod extract;
pub(crate) mod finish;
pub(crate) mod recognise;
mod spec;

use crate::decode::delimited::Layout;
use crate::decode::kv::KvOptions;
use crate::decode::patterns::Pattern;
use crate::time::TimeReader;
use base_core::{ContentError, ContentFile, Lang};
use engine_event::LogSource;
use finish::Plan;
use recognise::{Index, TextTest};
use std::sync::Arc;

/// A kind of source, as the console lists it.
#[derive(Clone, Debug)]
pub struct SourceKind {
    /// `<vendor>/<product>`, the path of its folder.
    pub id: Arc<str>,
    name_vi: Box<str>,
    name_en: Box<str>,
    /// Product, category and service of its records, before any case.
    pub logsource: Arc<LogSource>,
    /// Whether its senders are devices that guard the network of a unit: what they send proves that
    /// the unit has a firewall. A host's own packet filter is none.
    pub firewall: bool,
}

impl SourceKind {
    /// Its name for people.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.name_vi,
            Lang::En => &self.name_en,
        }
    }
}

/// How the fields of a source's records are read.
#[derive(Debug)]
pub(crate) enum Decoder {
    Json,
    Windows,
    Kv(KvOptions),
    Cef,
    Leef,
    Delimited(Layout),
    Audit,
    Web,
    Patterns { list: Vec<Pattern>, must_match: bool },
    Text,
}

/// Fields of a JSON document that wraps a syslog message.
#[derive(Debug)]
pub(crate) struct Relay {
    pub message: Box<str>,
    pub program: Option<Box<str>>,
    pub host: Option<Box<str>>,
    pub pid: Option<Box<str>>,
    /// The message is a whole record in whatever format.
    pub whole: bool,
}

/// A compiled source definition.
#[derive(Debug)]
pub(crate) struct Source {
    pub kind: SourceKind,
    pub decoder: Decoder,
    pub plan: Plan,
    pub texts: Vec<TextTest>,
    pub times: Option<TimeReader>,
    pub relay: Option<Relay>,
}

/// All compiled source definitions.
#[derive(Debug, Default)]
pub struct Catalog {
    pub(crate) sources: Vec<Source>,
    pub(crate) index: Index,
}

impl Catalog {
    /// Compiles the `source.toml` files among `files` (paths `<vendor>/<product>/source.toml`).
    ///
    /// A definition with a mistake is left out and reported; the others work on.
    #[must_use]
    pub fn load(files: &[ContentFile]) -> (Catalog, Vec<ContentError>) {
        let mut catalog = Catalog::default();
        let mut errors = Vec::new();
        let mut files: Vec<_> = files.iter().filter(|f| f.path.ends_with("source.toml")).collect();
        // The order of files decides between equals: make it the same everywhere.
        files.sort_by(|a, b| a.path.cmp(&b.path));
        for file in files {
            if let Err(mistakes) = compile::source(file, &mut catalog) {
                errors.extend(mistakes);
            }
        }
        catalog.index.settle();
        (catalog, errors)
    }

    /// Every kind of source, by id.
    pub fn kinds(&self) -> impl Iterator<Item = &SourceKind> {
        self.sources.iter().map(|s| &s.kind)
    }

    /// The kind with this id.
    #[must_use]
    pub fn kind(&self, id: &str) -> Option<&SourceKind> {
        self.index.by_id(id).and_then(|at| self.source(at)).map(|s| &s.kind)
    }

    pub(crate) fn source(&self, at: usize) -> Option<&Source> {
        self.sources.get(at)
    }
}
