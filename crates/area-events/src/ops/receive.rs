//! Syslog into the journal: the sink of the network inputs.

use super::manage_source::adopt_sender;
use crate::book::{Known, SourceBook};
use crate::model::Reason;
use crate::refusals::{Note, RefusalLog};
use async_trait::async_trait;
use base_core::IdSource;
use base_db::Db;
use engine_intake::{Received, Refused, Sink};
use engine_journal::{Entry, Journal, JournalError};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Takes batches of the network inputs into the journal, each record under the source of its
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

impl JournalSink {
    async fn source_of(&self, address: IpAddr) -> Result<Known, Refused> {
        if let Some(known) = self.book.by_address(address) {
            return Ok(known);
        }
        adopt_sender(&self.db, &self.ids, &self.book, address)
            .await
            .map_err(|e| Refused::Busy(format!("the source of {address} cannot be kept: {e}")))
    }
}

#[async_trait]
impl Sink for JournalSink {
    async fn accept(&self, batch: Vec<Received>) -> Result<(), Refused> {
        let mut sources: HashMap<IpAddr, Known> = HashMap::new();
        let mut refused: HashMap<IpAddr, u64> = HashMap::new();
        let mut entries = Vec::with_capacity(batch.len());
        for record in batch {
            let address = record.peer.ip();
            let known = match sources.get(&address) {
                Some(known) => known,
                None => {
                    let known = self.source_of(address).await?;
                    sources.entry(address).or_insert(known)
                }
            };
            if !known.enabled {
                *refused.entry(address).or_default() += 1;
                continue;
            }
            entries.push(Entry {
                source: known.id.clone(),
                unit: known.unit.clone(),
                received: record.received,
                hint: known.hint.clone(),
                peer: Some(address.to_canonical().to_string()),
                transport: record.transport.code(),
                raw: record.bytes.to_vec(),
            });
        }
        match self.journal.append(entries).await {
            Ok(_) => {}
            Err(error @ (JournalError::Full { .. } | JournalError::Io { .. })) => {
                return Err(Refused::Busy(error.to_string()));
            }
            Err(error) => return Err(Refused::Denied(error.to_string())),
        }
        // Counted once the rest is safe: an input repeats a batch that was refused as busy.
        for (address, records) in refused {
            let known = sources.get(&address);
            self.refusals.note(&Note {
                transport: "syslog",
                sender: &address.to_canonical().to_string(),
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
