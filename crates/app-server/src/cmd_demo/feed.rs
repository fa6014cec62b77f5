//! Sends the demo stream into the journal as if it came from the units.

use crate::app::Kept;
use crate::demo::stream::{DemoRecord, DemoStream, StreamOptions};
use crate::demo::units::load_units;
use crate::wire::Wired;
use anyhow::Result;
use area_events::book::SourceBook;
use area_events::model::SourceForm;
use area_events::ops::{manage_source, read_sources};
use base_authz::Caller;
use base_core::{ContentFile, SourceId, UnitId};
use base_web::ports::UnitDirectory;
use engine_intake::Transport;
use engine_journal::{Entry, JournalError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Most records handed to the journal at once.
const BATCH: usize = 1_024;
/// The longest pause between looks at the stream.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Starts sending; the task ends with the program.
pub(crate) async fn start(kept: &Kept, wired: &Wired, files: &[ContentFile], rate: f64) -> Result<()> {
    let now = kept.clock.now();
    // A journal that has seen events has the past already.
    let mut options =
        if kept.journal.end() == 0 { StreamOptions::first_start(now) } else { StreamOptions::next_start(now) };
    options.rate = rate;
    let mut stream = DemoStream::load(files, options)?;
    let networks: HashMap<String, String> = load_units(files)?.into_iter().map(|u| (u.code, u.network)).collect();
    let mut sources = Sources::open(kept, wired).await?;
    let kept = kept.clone();
    tokio::spawn(async move {
        loop {
            let records = stream.due(kept.clock.now(), BATCH);
            if records.is_empty() {
                let wait = stream.next_at().map_or(0, |at| at.micros_since(kept.clock.now()).max(1_000));
                let wait = Duration::from_micros(u64::try_from(wait).unwrap_or(1_000));
                tokio::time::sleep(wait.min(LONGEST_PAUSE)).await;
                continue;
            }
            if let Err(error) = send(&kept, &mut sources, &networks, records).await {
                // The program is being stopped: the next start goes on with the stream.
                if matches!(error.downcast_ref(), Some(JournalError::Closed)) {
                    break;
                }
                tracing::warn!(error = format!("{error:#}"), "demo events could not be sent");
                tokio::time::sleep(LONGEST_PAUSE).await;
            }
        }
    });
    Ok(())
}

async fn send(
    kept: &Kept,
    sources: &mut Sources,
    networks: &HashMap<String, String>,
    records: Vec<DemoRecord>,
) -> Result<()> {
    let mut entries = Vec::with_capacity(records.len());
    for record in records {
        let network = networks.get(&record.unit_code).map_or("10.0", String::as_str);
        let (source, unit) = sources.of(&record, network).await?;
        entries.push(Entry {
            source,
            unit,
            received: record.at,
            hint: None,
            peer: Some(record.host),
            transport: Transport::Demo.code(),
            tag: None,
            raw: record.bytes,
        });
    }
    kept.journal.append(entries).await?;
    Ok(())
}

/// The sources of the demo: one per unit and family of senders, declared when first needed.
struct Sources {
    events: EventsOf,
    known: HashMap<String, SourceId>,
}

/// What declaring a source needs.
struct EventsOf {
    kept: Kept,
    book: Arc<SourceBook>,
    units: Arc<dyn UnitDirectory>,
}

impl Sources {
    async fn open(kept: &Kept, wired: &Wired) -> Result<Self> {
        let caller = Caller::system("demo-feed", kept.clock.now());
        let all = read_sources::list(&kept.db, &caller, &read_sources::Request::default()).await?;
        let known = all.into_iter().map(|row| (row.source.name, row.source.id)).collect();
        let events = EventsOf { kept: kept.clone(), book: Arc::clone(&wired.book), units: Arc::clone(&wired.units) };
        Ok(Self { events, known })
    }

    /// The source and unit of a record.
    async fn of(&mut self, record: &DemoRecord, network: &str) -> Result<(SourceId, Option<UnitId>)> {
        let unit = self.events.units.resolve_code(&record.unit_code);
        let family = Family::of(&record.kind);
        let place = unit.as_ref().map_or(record.unit_code.as_str(), |u| u.short.as_str());
        let name = format!("{} — {place}", family.name);
        let id = unit.map(|u| u.id);
        if let Some(source) = self.known.get(&name) {
            return Ok((source.clone(), id));
        }
        let form = SourceForm {
            name: name.clone(),
            unit: id.as_ref().map(|u| u.as_str().to_owned()).unwrap_or_default(),
            transport: family.transport.to_owned(),
            hint: String::new(),
            peers: if family.transport == "syslog" { format!("{network}.0.0/16") } else { String::new() },
            identities: String::new(),
            silent_minutes: family.silent_minutes.to_owned(),
            ..SourceForm::default()
        };
        let EventsOf { kept, book, .. } = &self.events;
        let caller = Caller::system("demo-feed", kept.clock.now());
        let (source, _token) = manage_source::declare(&kept.db, &kept.ids, book, &*kept.levels, &caller, &form).await?;
        self.known.insert(name, source.clone());
        Ok((source, id))
    }
}

/// A kind of senders that a unit would run as one source.
struct Family {
    name: &'static str,
    transport: &'static str,
    /// How long it may be quiet: machines report their state every six hours.
    silent_minutes: &'static str,
}

impl Family {
    fn of(kind: &str) -> Self {
        let (name, transport) = match kind.split('/').next().unwrap_or(kind) {
            "microsoft" => ("Máy tính Windows", "http"),
            "mangrove" => ("Báo cáo tình trạng máy", "http"),
            "nginx" | "apache" | "web" | "haproxy" => ("Cổng thông tin", "syslog"),
            "postfix" | "dovecot" => ("Thư điện tử", "syslog"),
            "postgresql" | "mysql" => ("Cơ sở dữ liệu", "syslog"),
            "fortinet" | "cisco" | "netgate" | "mikrotik" | "paloalto" | "checkpoint" | "juniper" => {
                ("Thiết bị mạng", "syslog")
            }
            "bind" | "suricata" | "zeek" | "squid" => ("Giám sát mạng", "syslog"),
            _ => ("Máy chủ Linux", "syslog"),
        };
        let silent_minutes = if kind.starts_with("mangrove/") { "480" } else { "60" };
        Self { name, transport, silent_minutes }
    }
}
