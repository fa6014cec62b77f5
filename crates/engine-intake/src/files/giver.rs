//! What both inputs of files need to hand records on and to say what is wrong.

use super::FolderOptions;
use crate::counters::{Counters, add};
use crate::serve::{Handed, hand_over};
use crate::troubles::Tell;
use crate::{Identity, Origin, Received, Sink, Transport, TroubleKind};
use base_core::SharedClock;
use bytes::Bytes;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Something to be told: the file, what is wrong, what to do.
pub(super) type Told = (String, String, &'static str);

/// A folder that cannot be looked at.
pub(super) fn unlistable(folder: &Path, error: &io::Error) -> Told {
    let remedy = "check that the folder is there and that the server's account may list and read it";
    (folder.display().to_string(), format!("cannot be listed: {error}"), remedy)
}

/// Files are of this machine.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What both inputs of files need to hand records on.
#[derive(Debug)]
pub(super) struct Giver {
    pub(super) options: FolderOptions,
    pub(super) clock: SharedClock,
    pub(super) counters: Arc<Counters>,
    transport: Transport,
    identity: Arc<Identity>,
}

impl Giver {
    pub(super) fn new(options: FolderOptions, clock: SharedClock, transport: Transport) -> Self {
        let counters = Arc::new(Counters::with_quota(options.quota));
        let identity = Arc::new(Identity::Folder(options.name.clone()));
        Self { options, clock, counters, transport, identity }
    }

    /// The folder and the names looked for, for people.
    pub(super) fn place(&self) -> String {
        self.options.folder.join(&self.options.pattern).display().to_string()
    }

    /// Nothing can be remembered, so nothing more is read.
    pub(super) fn tell_unsaved(&self, error: &io::Error) {
        let place = self.options.checkpoint.display().to_string();
        let remedy = "make room and check who may write there; reading goes on when it can be written";
        self.tell((place, format!("the checkpoint cannot be written: {error}"), remedy));
    }

    pub(super) fn tell(&self, (place, reason, remedy): Told) {
        let (source, at) = (self.options.name.clone(), self.clock.now());
        // Each file is an entry of its own.
        let source = format!("{source}: {place}");
        self.counters.tell(Tell { kind: TroubleKind::File, source, place, reason, remedy, at });
    }

    /// Hands records over and waits as the quota asks; `false` when the program stops without them taken.
    pub(super) async fn give(&self, records: Vec<(Bytes, bool)>, sink: &dyn Sink, stop: &CancellationToken) -> bool {
        if records.is_empty() {
            return true;
        }
        let bytes = records.iter().map(|(bytes, _)| bytes.len()).sum();
        add(&self.counters.truncated, records.iter().filter(|(_, cut)| *cut).count());
        let wait = self.counters.charge(&Origin::of(HERE, Some(&self.identity)), records.len(), bytes);
        let received = self.clock.now();
        let batch = records
            .into_iter()
            .map(|(bytes, truncated)| Received {
                bytes,
                peer: HERE,
                identity: Some(Arc::clone(&self.identity)),
                transport: self.transport,
                received,
                id: None,
                truncated,
            })
            .collect();
        let taken = hand_over(sink, batch, &self.counters, stop).await != Handed::Stopped;
        if wait > Duration::ZERO {
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(wait) => {}
            }
        }
        taken
    }
}
