//! What the tests of events begin with.

use area_events::book::SourceBook;
use area_events::model::{Required, RequiredKeep, SourceForm};
use area_events::ops::admit::SourceGate;
use area_events::ops::manage_source;
use area_events::ops::receive::JournalSink;
use area_events::ports::{EventsPorts, KindInfo};
use area_events::refusals::RefusalLog;
use area_events::sent_ids::SentIds;
use base_authz::{Principal, Role};
use base_core::{SharedClock, SourceId, UnitId};
use base_testkit::console::{BEGIN, Console, Ground, caller, person, quick_search};
use engine_event::{Common, CommonField, Event, EventId, LogSource, Marks, Record};
use engine_intake::{Door, HttpOptions};
use engine_journal::{Entry, Journal, JournalOptions};
use engine_lake::{Lake, MemoryLake};
use std::sync::Arc;

/// A console with the events area, and what stands behind it.
pub(crate) struct Given {
    pub(crate) console: Console,
    pub(crate) ports: EventsPorts,
}

/// The people of the tests: administrator `an`, analyst `phuong`, officer of SYT `hoa`.
fn people() -> [Principal; 3] {
    [
        person("an", Role::Administrator, None),
        person("phuong", Role::Analyst, None),
        person("hoa", Role::UnitOfficer, Some("SYT")),
    ]
}

/// SYT runs systems of level 3; of the others none is known.
struct Law;

impl RequiredKeep for Law {
    fn required(&self, unit: Option<&UnitId>) -> Required {
        match unit.map(UnitId::as_str) {
            Some("SYT") => Required { days: 93, level: Some(3) },
            _ => Required { days: 365, level: None },
        }
    }
}

pub(crate) async fn given() -> Given {
    given_with(Arc::new(MemoryLake::new())).await
}

/// With a lake of one's own.
pub(crate) async fn given_with(lake: Arc<dyn Lake>) -> Given {
    let ground = Ground::new().await;
    let (journal, _) = Journal::open(&ground.dir.path().join("journal"), JournalOptions::default()).expect("a journal");
    let (book, refusals) = (SourceBook::new(), Arc::new(RefusalLog::default()));
    let gate = Arc::new(SourceGate { book: Arc::clone(&book), refusals: Arc::clone(&refusals) });
    let sink = sink(&ground, &journal, &book, &refusals, Arc::default());
    let clock: SharedClock = ground.clock.clone();
    let door = Door::new(gate, sink, clock, HttpOptions::default());
    let kind = |id: &str, name: &str| KindInfo { id: id.into(), name_vi: name.into(), name_en: name.into() };
    let ports = EventsPorts {
        journal,
        lake,
        tables: None,
        book,
        refusals,
        inputs: Arc::default(),
        law: Arc::new(Law),
        door,
        spool: ground.dir.path().join("spool"),
        kinds: Arc::from([kind("microsoft/windows-security", "Windows Security")]),
        base_url: Arc::from("https://mangrove.example"),
    };
    let console = Console::start(ground, vec![area_events::area(ports.clone()), quick_search()], &people()).await;
    Given { console, ports }
}

fn sink(
    ground: &Ground,
    journal: &Arc<Journal>,
    book: &Arc<SourceBook>,
    refusals: &Arc<RefusalLog>,
    sent: Arc<SentIds>,
) -> Arc<JournalSink> {
    Arc::new(JournalSink {
        journal: Arc::clone(journal),
        book: Arc::clone(book),
        refusals: Arc::clone(refusals),
        sent,
        db: ground.db.clone(),
        ids: Arc::clone(&ground.ids),
    })
}

impl Given {
    /// A sink that remembers these ids.
    pub(crate) fn sink(&self, sent: Arc<SentIds>) -> Arc<JournalSink> {
        let ports = &self.ports;
        sink(&self.console.ground, &ports.journal, &ports.book, &ports.refusals, sent)
    }

    /// The gate of the sources.
    pub(crate) fn gate(&self) -> Arc<SourceGate> {
        Arc::new(SourceGate { book: Arc::clone(&self.ports.book), refusals: Arc::clone(&self.ports.refusals) })
    }

    /// Declares a source as the administrator; gives its id and, for HTTP, its token.
    pub(crate) async fn declare(&self, name: &str, unit: &str, transport: &str, peers: &str) -> (SourceId, String) {
        let ground = &self.console.ground;
        let form = SourceForm {
            name: name.into(),
            unit: unit.into(),
            transport: transport.into(),
            hint: String::new(),
            peers: peers.into(),
            identities: String::new(),
            silent_minutes: "10".into(),
            ..SourceForm::default()
        };
        let admin = caller(&people()[0], BEGIN);
        let made = manage_source::declare(&ground.db, &ground.ids, &self.ports.book, &Law, &admin, &form).await;
        let (id, token) = made.expect("the source is declared");
        (id, token.map(|t| t.reveal().to_owned()).unwrap_or_default())
    }

    /// Everything that is in the journal.
    pub(crate) async fn journal(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut reader = self.ports.journal.reader(self.ports.journal.start());
        while entries.len() < usize::try_from(self.ports.journal.end() - self.ports.journal.start()).expect("few") {
            entries.extend(reader.next_batch(1_000, 1 << 20).await.expect("it can be read").entries);
        }
        entries
    }
}

/// An event of `unit` on `host`, so many seconds after the begin.
pub(crate) fn event(n: u64, unit: Option<&str>, host: &str, raw: &str) -> Event {
    let mut record = Record::new();
    record.push_text("TargetUserName", "hoa<b>");
    let mut common = Common::default();
    common.set(CommonField::HostName, host);
    common.set(CommonField::UserName, "hoa");
    let time = BEGIN.plus_secs(i64::try_from(n).expect("small"));
    Event {
        id: EventId::from_journal(1, n),
        time,
        received: time,
        unit: unit.map(UnitId::new),
        source: Some(SourceId::new("s1")),
        kind: Arc::from("test/kind"),
        logsource: Arc::new(LogSource::new(Some("windows"), None, None)),
        record,
        common,
        raw: raw.as_bytes().into(),
        marks: Marks::default(),
    }
}
