//! Everything that inputs receive into the journal: their sink.

use super::manage_source::adopt_sender;
use crate::book::{Known, SourceBook};
use crate::model::Reason;
use crate::refusals::{Note, RefusalLog};
use crate::sent_ids::{Reserved, Seen, SentIds};
use async_trait::async_trait;
use base_core::IdSource;
use base_db::Db;
use engine_intake::{Identity, Received, Refused, Sink, Taken};
use engine_journal::{Entry, Journal, JournalError};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Takes batches of the inputs into the journal, each record under the source of its
/// sender. Returns when they are on the disk.
#[derive(Debug)]
pub struct JournalSink {
    /// Where they go.
    pub journal: Arc<Journal>,
    /// Who the senders are.
    pub book: Arc<SourceBook>,
    /// Counts what is refused.
    pub refusals: Arc<RefusalLog>,
    /// What was sent before.
    pub sent: Arc<SentIds>,
    /// For sources of unknown senders.
    pub db: Db,
    /// For their ids.
    pub ids: Arc<IdSource>,
}

/// What a sender is known by.
type Sender = (Option<Arc<Identity>>, IpAddr);

/// In words for senders, without paths of this machine; the journal's own words go to the log.
fn refused_by_journal(error: &JournalError) -> Refused {
    match error {
        JournalError::TooLarge { .. } => return Refused::Denied(error.to_string()),
        _ => tracing::warn!(%error, "records could not be written to the journal"),
    }
    Refused::Busy(match error {
        JournalError::Full { .. } => "the disk of the event journal is full".to_owned(),
        _ => "the event journal cannot be written".to_owned(),
    })
}

impl JournalSink {
    /// Into the journal. Once begun, a batch with ids goes to its end also when its sender has given up waiting and
    /// this future is dropped: whether it was kept must be known when the sender comes again.
    async fn append(&self, entries: Vec<Entry>, reserved: Reserved) -> Result<(), JournalError> {
        if reserved.is_empty() {
            return self.journal.append(entries).await.map(|_| ());
        }
        let journal = Arc::clone(&self.journal);
        let written = tokio::spawn(async move {
            let written = journal.append(entries).await;
            if written.is_ok() {
                reserved.stored();
            }
            written.map(|_| ())
        });
        written.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Counts what came from sources that are switched off.
    fn note_disabled(&self, refused: HashMap<Sender, u64>, sources: &HashMap<Sender, Known>) {
        for (sender, records) in refused {
            let known = sources.get(&sender);
            let address = sender.1.to_canonical().to_string();
            self.refusals.note(&Note {
                transport: "syslog",
                sender: &sender.0.map_or(address, |identity| identity.to_string()),
                reason: Reason::Disabled,
                source: known.map(|k| (&k.id, k.unit.as_ref())),
                detail: "",
                records,
                at: self.ids.now(),
            });
        }
    }

    async fn source_of(&self, sender: &Sender) -> Result<Known, Refused> {
        let (identity, address) = (sender.0.as_deref(), sender.1);
        if let Some(known) = self.book.by_sender(identity, address) {
            return Ok(known);
        }
        if let Some(Identity::Source(id)) = identity {
            return Err(Refused::Denied(format!("source {id} is not there any more")));
        }
        adopt_sender(&self.db, &self.ids, &self.book, identity, address)
            .await
            .map_err(|e| Refused::Busy(format!("the source of {address} cannot be kept: {e}")))
    }
}

#[async_trait]
impl Sink for JournalSink {
    async fn accept(&self, batch: Vec<Received>) -> Result<Taken, Refused> {
        let (mut reserved, mut taken) = (self.sent.batch(), Taken::default());
        let mut sources: HashMap<Sender, Known> = HashMap::new();
        let mut refused: HashMap<Sender, u64> = HashMap::new();
        let mut entries = Vec::with_capacity(batch.len());
        for (place, record) in batch.into_iter().enumerate() {
            let sender: Sender = (record.identity, record.peer.ip());
            let known = match sources.get(&sender) {
                Some(known) => known,
                None => {
                    let known = self.source_of(&sender).await?;
                    sources.entry(sender.clone()).or_insert(known)
                }
            };
            if !known.enabled {
                *refused.entry(sender).or_default() += 1;
                continue;
            }
            match record.id.map(|id| reserved.see(&known.id, id)) {
                None | Some(Seen::New) => {}
                Some(Seen::Again) => {
                    taken.again.push(place);
                    continue;
                }
                Some(Seen::UnderWay) => {
                    taken.under_way.push(place);
                    continue;
                }
            }
            entries.push(Entry {
                source: known.id.clone(),
                unit: known.unit.clone(),
                received: record.received,
                hint: known.hint.clone(),
                peer: Some(sender.1.to_canonical().to_string()),
                transport: record.transport.code(),
                tag: record.id.map(|id| id.0),
                raw: record.bytes.to_vec(),
            });
        }
        match self.append(entries, reserved).await {
            Ok(()) => {}
            Err(error) => {
                if matches!(error, JournalError::Full { .. }) {
                    self.refusals.disk_full(self.ids.now());
                }
                return Err(refused_by_journal(&error));
            }
        }
        // Counted once the rest is safe: an input repeats a batch that was refused as busy.
        self.note_disabled(refused, &sources);
        Ok(taken)
    }
}
