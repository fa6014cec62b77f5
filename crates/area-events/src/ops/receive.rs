//! Everything that inputs receive into the journal: their sink.

use super::manage_source::adopt_sender;
use crate::book::{Known, SourceBook};
use crate::model::Reason;
use crate::refusals::{Note, RefusalLog};
use async_trait::async_trait;
use base_core::IdSource;
use base_db::Db;
use engine_intake::{Identity, Received, Refused, Sink};
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
    async fn accept(&self, batch: Vec<Received>) -> Result<(), Refused> {
        let mut sources: HashMap<Sender, Known> = HashMap::new();
        let mut refused: HashMap<Sender, u64> = HashMap::new();
        let mut entries = Vec::with_capacity(batch.len());
        for record in batch {
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
            entries.push(Entry {
                source: known.id.clone(),
                unit: known.unit.clone(),
                received: record.received,
                hint: known.hint.clone(),
                peer: Some(sender.1.to_canonical().to_string()),
                transport: record.transport.code(),
                raw: record.bytes.to_vec(),
            });
        }
        match self.journal.append(entries).await {
            Ok(_) => {}
            Err(error) => return Err(refused_by_journal(&error)),
        }
        // Counted once the rest is safe: an input repeats a batch that was refused as busy.
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
        Ok(())
    }
}
