//! The two ends: where records come from and where they go.

use crate::{Counters, Received};
use async_trait::async_trait;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Something that receives records until it is told to stop.
#[async_trait]
pub trait Input: Send {
    /// A short name for logs and the console, such as `syslog over TCP`.
    fn name(&self) -> &'static str;

    /// Where it listens; `None` for inputs that look at files.
    fn local_addr(&self) -> Option<SocketAddr>;

    /// Where it receives, for people: an address, or a folder.
    fn place(&self) -> String {
        self.local_addr().map_or_else(String::new, |address| address.to_string())
    }

    /// Its figures, also valid after it has ended.
    fn counters(&self) -> Arc<Counters>;

    /// Receives until `stop`; then hands on what has arrived completely and ends.
    async fn run(self: Box<Self>, sink: Arc<dyn Sink>, stop: CancellationToken);
}

/// Takes records into safety.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Takes the batch: returns when all of it is safe. Records whose id says that they are safe already, or are
    /// being taken in at this moment for another caller, are left out and named.
    ///
    /// # Errors
    /// [`Refused`]; then none of the batch was taken.
    async fn accept(&self, batch: Vec<Received>) -> Result<Taken, Refused>;
}

/// What became of records that came with an id of their sender, by their place in the batch, rising. All others were
/// taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Safe before: this one was not taken.
    pub again: Vec<usize>,
    /// The same is being taken in for another caller, whose outcome is open: this one is to be sent again.
    pub under_way: Vec<usize>,
}

/// The sink does not take a batch.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refused {
    /// Not now (the disk is full, say); the input keeps the batch and tries again.
    #[error("not now: {0}")]
    Busy(String),
    /// Never (the sender is unknown, say); the batch is counted as refused and let go.
    #[error("refused: {0}")]
    Denied(String),
}
