//! The book of sources: who a sender is, looked up for every batch, kept in memory.

use crate::model::{SourceKeep, identity, token};
use crate::store::sources;
use base_core::{Result, Scope, SourceId, UnitId};
use base_db::Db;
use engine_intake::Identity;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

/// What the intake needs to know of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The source.
    pub id: SourceId,
    /// Its name for people.
    pub name: String,
    /// Its unit.
    pub unit: Option<UnitId>,
    /// Source definition it is known to send.
    pub hint: Option<String>,
    /// Whether its events are taken.
    pub enabled: bool,
    /// How long its events are kept.
    pub keep: SourceKeep,
}

#[derive(Debug, Default)]
struct Pages {
    by_token: HashMap<String, Known>,
    by_address: HashMap<IpAddr, Known>,
    /// Networks, narrowest first.
    by_network: Vec<(IpNet, Known)>,
    /// By certificate or folder, as [`identity`] writes them.
    by_identity: HashMap<String, Known>,
    by_id: HashMap<SourceId, Known>,
    undeclared: usize,
}

/// The book. Read for every batch, written anew when a source changes.
#[derive(Debug, Default)]
pub struct SourceBook(RwLock<Arc<Pages>>);

impl SourceBook {
    /// An empty book; [`SourceBook::reload`] fills it.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Reads the sources anew. To be called at the start and after each change.
    ///
    /// # Errors
    /// When the database does not answer; the book stays as it was.
    pub async fn reload(&self, db: &Db) -> Result<()> {
        let scope = Scope::system("book of sources for the intake");
        let mut pages = Pages::default();
        for (source, hash) in sources::all(db.read(), &scope).await? {
            let known = Known {
                id: source.id,
                name: source.name,
                unit: source.unit,
                hint: source.hint,
                enabled: source.enabled,
                keep: source.keep,
            };
            if let Some(hash) = hash {
                pages.by_token.insert(hash, known.clone());
            }
            for net in source.peers {
                if net.prefix_len() == net.max_prefix_len() {
                    pages.by_address.insert(net.addr(), known.clone());
                } else {
                    pages.by_network.push((net, known.clone()));
                }
            }
            for identity in source.identities {
                pages.by_identity.insert(identity, known.clone());
            }
            pages.undeclared += usize::from(!source.declared);
            pages.by_id.insert(known.id.clone(), known);
        }
        pages.by_network.sort_by_key(|(net, _)| std::cmp::Reverse(net.prefix_len()));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pages);
        Ok(())
    }

    fn pages(&self) -> Arc<Pages> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The source a token belongs to.
    #[must_use]
    pub fn by_token(&self, presented: &str) -> Option<Known> {
        self.pages().by_token.get(&token::hash(presented)).cloned()
    }

    /// The source that sends from an address: by the address itself, else by the narrowest network.
    #[must_use]
    pub fn by_address(&self, address: IpAddr) -> Option<Known> {
        let pages = self.pages();
        let address = address.to_canonical();
        let by_network = || pages.by_network.iter().find(|(net, _)| net.contains(&address)).map(|(_, k)| k);
        pages.by_address.get(&address).or_else(by_network).cloned()
    }

    /// The source that shows this certificate, or is this folder: by fingerprint, else by subject.
    #[must_use]
    pub fn by_identity(&self, identity: &Identity) -> Option<Known> {
        if let Identity::Source(id) = identity {
            return self.by_id(id);
        }
        let pages = self.pages();
        identity::keys_of(identity).iter().find_map(|key| pages.by_identity.get(key)).cloned()
    }

    /// The source of a sender: by what it has proved to be, else by its address.
    #[must_use]
    pub fn by_sender(&self, identity: Option<&Identity>, address: IpAddr) -> Option<Known> {
        match identity {
            // Folders have no address of their own, and a token is worth more than any.
            Some(known @ (Identity::Folder(_) | Identity::Source(_))) => self.by_identity(known),
            Some(shown) => self.by_identity(shown).or_else(|| self.by_address(address)),
            None => self.by_address(address),
        }
    }

    /// A source by its id.
    #[must_use]
    pub fn by_id(&self, id: &SourceId) -> Option<Known> {
        self.pages().by_id.get(id).cloned()
    }

    /// How long the events of a source are kept; as by default for one that is not known.
    #[must_use]
    pub fn keep(&self, id: &SourceId) -> SourceKeep {
        self.pages().by_id.get(id).map(|known| known.keep).unwrap_or_default()
    }

    /// How many sources were made for unknown senders and not declared by a person.
    #[must_use]
    pub fn undeclared(&self) -> usize {
        self.pages().undeclared
    }
}
