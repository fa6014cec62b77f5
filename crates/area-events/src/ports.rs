//! What the events area is handed at the start.

use crate::book::SourceBook;
use crate::refusals::RefusalLog;
use base_core::Lang;
use engine_intake::{Counters, Door};
use engine_journal::Journal;
use engine_lake::{Lake, LakeTables};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};

/// A source definition a person can choose as the hint of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// Its id, such as `microsoft/windows-security`.
    pub id: String,
    /// Its name in Vietnamese.
    pub name_vi: String,
    /// Its name in English.
    pub name_en: String,
}

/// An input and its figures, for the page that shows them.
#[derive(Clone, Debug)]
pub struct InputFigures {
    /// What it receives, such as `syslog over TCP`.
    pub name: &'static str,
    /// Where: an address, or a folder.
    pub place: String,
    /// Its figures.
    pub counters: Arc<Counters>,
}

/// The inputs that run; filled once they are bound.
pub type Inputs = Arc<RwLock<Vec<InputFigures>>>;

/// Everything this area is handed.
#[derive(Clone)]
pub struct EventsPorts {
    /// Received records.
    pub journal: Arc<Journal>,
    /// Stored events.
    pub lake: Arc<dyn Lake>,
    /// Stored events as tables; `None` where the lake has no engine for it.
    pub tables: Option<Arc<dyn LakeTables>>,
    /// Who the senders are.
    pub book: Arc<SourceBook>,
    /// Counts what is refused.
    pub refusals: Arc<RefusalLog>,
    /// Takes in what programs send by HTTP.
    pub door: Arc<Door>,
    /// The inputs that run.
    pub inputs: Inputs,
    /// Folder for files on their way in.
    pub spool: PathBuf,
    /// The source definitions, for choosing.
    pub kinds: Arc<[KindInfo]>,
    /// Address under which senders reach the console, for the instructions shown.
    pub base_url: Arc<str>,
}

impl std::fmt::Debug for EventsPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventsPorts")
            .field("spool", &self.spool)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl KindInfo {
    /// Its name in a language.
    #[must_use]
    pub fn name(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.name_vi,
            Lang::En => &self.name_en,
        }
    }
}
