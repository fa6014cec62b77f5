//! What the events area is handed at the start.

use crate::book::SourceBook;
use crate::model::RequiredKeep;
use crate::refusals::RefusalLog;
use async_trait::async_trait;
use base_core::{Lang, Result, Timestamp, UnitId};
use base_db::Tx;
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

/// The words of a silence in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SilenceText {
    /// What happened.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to do now.
    pub do_now: Vec<String>,
}

/// A source that has fallen silent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Identity of this silence of this source.
    pub key: String,
    /// Name of the source.
    pub name: String,
    /// Its unit.
    pub unit: Option<UnitId>,
    /// When it was last heard.
    pub last_seen: Timestamp,
    /// The words, in Vietnamese and English.
    pub texts: [SilenceText; 2],
    /// What it rests on, by name.
    pub facts: Vec<(String, String)>,
}

/// Where silences are told: in the transaction in which they are kept.
#[async_trait]
pub trait SilenceAlerts: Send + Sync {
    /// A source has fallen silent.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn silent(&self, tx: &mut Tx, silence: Silence) -> Result<()>;

    /// The silence with this key is over.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn ended(&self, tx: &mut Tx, key: &str) -> Result<()>;
}

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
    /// How long events must be kept by law.
    pub law: Arc<dyn RequiredKeep>,
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
