//! What behaviours remember, between one start and the next. System jobs without a person.

use crate::store::memory::{self, Kept};
use base_core::{Error, Result, Timestamp};
use base_db::{Db, Tx};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Level of compression: it is written every few seconds.
const LEVEL: i32 = 1;
/// Longest memory, in bytes: that of a hundred behaviours at their usual budget.
const MOST: u64 = 2 * 1024 * 1024 * 1024;

/// What behaviours remembered before the event `next` of the journal `instance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The journal.
    pub instance: u64,
    /// The event they had not seen yet.
    pub next: u64,
    /// A checkpoint of `engine_detect::behaviours::BehaviourDetector`.
    pub checkpoint: Vec<u8>,
}

/// Packs a memory for [`write`]: the costly part, which needs no transaction.
///
/// # Errors
/// When it cannot be compressed, which means that there is no memory left.
pub fn pack(memory: &Memory) -> Result<Packed> {
    let packed = zstd::bulk::compress(&memory.checkpoint, LEVEL).map_err(Error::bug)?;
    Ok(Packed(Kept { instance: memory.instance, next: memory.next, text: STANDARD.encode(packed) }))
}

/// A memory ready to be written.
#[derive(Clone, Debug)]
pub struct Packed(Kept);

impl Packed {
    /// The event that it had not seen yet.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.0.next
    }
}

/// Keeps a memory, within the transaction of the pipeline.
///
/// # Errors
/// When the database does not answer.
pub async fn write(tx: &mut Tx, memory: &Packed, now: Timestamp) -> Result<()> {
    memory::put(tx, &memory.0, now).await
}

/// The memory that was kept. What cannot be read comes as an empty checkpoint, which no detector
/// takes: then behaviours learn anew, and say so.
///
/// # Errors
/// When the database does not answer.
pub async fn read(db: &Db) -> Result<Option<Memory>> {
    let Some(Kept { instance, next, text }) = memory::get(db.read()).await? else { return Ok(None) };
    let unpacked = STANDARD.decode(text).ok().and_then(|packed| {
        use std::io::Read;
        let mut checkpoint = Vec::new();
        let decoder = zstd::Decoder::new(packed.as_slice()).ok()?;
        decoder.take(MOST).read_to_end(&mut checkpoint).ok()?;
        Some(checkpoint)
    });
    Ok(Some(Memory { instance, next, checkpoint: unpacked.unwrap_or_default() }))
}
