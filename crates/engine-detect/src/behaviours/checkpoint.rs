//! The memory of a detector as bytes, and back.
//!
//! Format 1: `MGBEHAV` and the version (one byte); the length of what follows (8 bytes); then the
//! receipt reached, and per behaviour its id, a fingerprint of its settings, its counters and its
//! memory with its length; at the end 16 bytes of BLAKE3 over all before. Numbers are
//! little-endian. Memory of a behaviour that is gone or whose settings changed is passed over.

use super::codec::{Reader, Writer};
use super::detector::{BehaviourDetector, running};

const MAGIC: &[u8; 7] = b"MGBEHAV";
const VERSION: u8 = 1;
const SUM: usize = 16;

/// Why a checkpoint cannot be used. Without one, behaviours learn anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckpointError {
    /// It does not begin like one.
    NotOne,
    /// It is of a version that this program does not know.
    Version(u8),
    /// Its sum does not fit its content: it was cut or changed.
    Damaged,
}

impl std::fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let learn = "behaviours learn anew when it is taken away";
        match self {
            CheckpointError::NotOne => write!(f, "is no checkpoint of behaviours; {learn}"),
            CheckpointError::Version(version) => {
                write!(
                    f,
                    "is a checkpoint of version {version}, and this program knows {VERSION}; use the program that wrote it, or {learn}"
                )
            }
            CheckpointError::Damaged => write!(f, "is damaged; restore it from a backup, or {learn}"),
        }
    }
}

impl std::error::Error for CheckpointError {}

/// What came of restoring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Behaviours that go on where they were.
    pub restored: usize,
    /// Ids of behaviours whose settings changed: they learn anew.
    pub changed: Vec<String>,
    /// Ids of behaviours that are gone.
    pub gone: Vec<String>,
}

impl BehaviourDetector {
    /// The memory as bytes, to be stored in the same transaction as what was detected.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let mut body = Writer::default();
        body.i64(self.received);
        let both: Vec<_> = self.behaviours().all().iter().zip(&self.running).collect();
        body.count(both.len());
        for (of, running) in both {
            body.text(&of.info.id);
            body.u64(of.print);
            for n in [running.observed, running.fired, running.late, running.evicted] {
                body.u64(n);
            }
            let mut memory = Writer::default();
            running.machine.write(&mut memory);
            body.count(memory.0.len());
            body.0.extend_from_slice(&memory.0);
        }
        let mut out = Writer::default();
        out.0.extend_from_slice(MAGIC);
        out.u8(VERSION);
        out.count(body.0.len());
        out.0.extend_from_slice(&body.0);
        let sum = blake3::hash(&out.0);
        out.0.extend_from_slice(sum.as_bytes().get(..SUM).unwrap_or_default());
        out.0
    }

    /// Goes on from a checkpoint, in place of what was remembered.
    ///
    /// # Errors
    /// When the bytes are no checkpoint, of another version, or damaged. Then nothing is changed.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<Restored, CheckpointError> {
        let (content, sum) = bytes.split_last_chunk::<SUM>().ok_or(CheckpointError::NotOne)?;
        let mut reader = Reader(content);
        if reader.bytes(MAGIC.len()) != Some(MAGIC) {
            return Err(CheckpointError::NotOne);
        }
        match reader.u8() {
            Some(VERSION) => {}
            Some(other) => return Err(CheckpointError::Version(other)),
            None => return Err(CheckpointError::NotOne),
        }
        let whole = blake3::hash(content).as_bytes().get(..SUM) == Some(sum);
        let length = reader.count(1).filter(|n| whole && *n == reader.0.len());
        length.and_then(|_| self.take(&mut reader)).ok_or(CheckpointError::Damaged)
    }

    fn take(&mut self, reader: &mut Reader<'_>) -> Option<Restored> {
        let mut done = Restored::default();
        let received = reader.i64()?;
        let behaviours = std::sync::Arc::clone(self.behaviours());
        let mut all: Vec<_> = behaviours.all().iter().map(running).collect();
        for _ in 0..reader.count(8)? {
            let (id, print) = (reader.text()?, reader.u64()?);
            let counters = [reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?];
            let length = reader.count(1)?;
            let memory = reader.bytes(length)?;
            let mut known = behaviours.all().iter().zip(&mut all);
            let Some((of, running)) = known.find(|(of, _)| *of.info.id == *id) else {
                done.gone.push(id.to_owned());
                continue;
            };
            if of.print != print {
                done.changed.push(id.to_owned());
                continue;
            }
            running.machine.read(&mut Reader(memory))?;
            [running.observed, running.fired, running.late, running.evicted] = counters;
            done.restored += 1;
        }
        self.received = received;
        self.running = all;
        Some(done)
    }
}
