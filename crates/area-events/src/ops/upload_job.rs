//! Reads uploaded files into the journal.
//!
//! How far a file was read is kept after each batch; a start after a crash goes on from there,
//! so that at most one batch comes twice.

use crate::book::SourceBook;
use crate::model::upload::MAX_SKIPS_TOLD;
use crate::model::{Upload, UploadSkip, UploadState};
use crate::store::uploads;
use base_core::{IdSource, Result, Scope, UnitId};
use base_db::Db;
use engine_intake::Transport;
use engine_journal::{Entry, Journal, JournalError};
use engine_parse::{Limits, RecordReader, Skipped};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Most records of a batch.
const BATCH_RECORDS: usize = 4_096;
/// Most bytes of a batch.
const BATCH_BYTES: usize = 4 << 20;
/// Pause before a full disk is tried again.
const FULL_PAUSE: Duration = Duration::from_secs(5);

/// Tells the browsers that the reading of a file of this unit has gone on.
pub type Tell = Arc<dyn Fn(Option<&UnitId>) + Send + Sync>;

/// What the job works with.
#[derive(Clone)]
pub struct UploadJob {
    /// The records.
    pub db: Db,
    /// The time.
    pub ids: Arc<IdSource>,
    /// Where records go.
    pub journal: Arc<Journal>,
    /// Hints of sources.
    pub book: Arc<SourceBook>,
    /// Where the files lie.
    pub spool: PathBuf,
    /// Tells the browsers, with the unit of the upload.
    pub tell: Tell,
}

impl std::fmt::Debug for UploadJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UploadJob").field("spool", &self.spool).finish_non_exhaustive()
    }
}

/// What a piece of reading brought.
struct Piece {
    reader: Box<RecordReader>,
    records: Vec<Vec<u8>>,
    skips: Vec<Skipped>,
    ended: bool,
}

fn read_piece(mut reader: Box<RecordReader>, pass_over: u64) -> Piece {
    let (mut records, mut skips, mut bytes, mut passed) = (Vec::new(), Vec::new(), 0, 0);
    while records.len() < BATCH_RECORDS && bytes < BATCH_BYTES && skips.len() < BATCH_RECORDS {
        match reader.next() {
            None => return Piece { reader, records, skips, ended: true },
            // Items that an interrupted reading has dealt with already.
            Some(_) if passed < pass_over => passed += 1,
            Some(Ok(record)) => {
                bytes += record.bytes.len();
                records.push(record.bytes);
            }
            Some(Err(skip)) => skips.push(skip),
        }
    }
    Piece { reader, records, skips, ended: false }
}

impl UploadJob {
    /// Reads one upload to its end. Whatever happens is written to its record.
    pub async fn run(self, mut upload: Upload) {
        let path = self.spool.join(&upload.id);
        let outcome = self.read(&mut upload).await;
        match outcome {
            Ok(()) => upload.state = if upload.records == 0 { UploadState::Failed } else { UploadState::Done },
            Err(message) => {
                upload.state = UploadState::Failed;
                upload.message = Some(message);
            }
        }
        upload.finished_at = Some(self.ids.now());
        if let Err(error) = self.keep(&mut upload, &[]).await {
            tracing::error!(upload.id, error = %error, "the end of an upload could not be written");
            return;
        }
        if let Err(error) = tokio::fs::remove_file(&path).await {
            tracing::warn!(file.path = %path.display(), error = %error, "a spool file could not be removed");
        }
        tracing::info!(upload.id, upload.records, upload.skipped, "an uploaded file was read");
    }

    async fn read(&self, upload: &mut Upload) -> std::result::Result<(), String> {
        let path = self.spool.join(&upload.id);
        let name = upload.file_name.clone();
        let file =
            std::fs::File::open(&path).map_err(|e| format!("the spool file is gone ({e}); hand the file in again"))?;
        let opened =
            tokio::task::spawn_blocking(move || RecordReader::from_read(name, Box::new(file), Limits::default()));
        let opened = opened.await.map_err(|e| format!("reading stopped: {e}"))?;
        let reader = opened.map_err(|e| format!("{}; {}", e.reason, e.remedy))?;
        upload.format = Some(reader.format().name().to_owned());
        let mut reader = Box::new(reader);
        let mut pass_over = u64::try_from(upload.records + upload.skipped).unwrap_or(0);
        loop {
            let piece = tokio::task::spawn_blocking(move || read_piece(reader, std::mem::take(&mut pass_over)));
            let piece = piece.await.map_err(|e| format!("reading stopped: {e}"))?;
            let count = i64::try_from(piece.records.len()).unwrap_or(i64::MAX);
            self.append(upload, piece.records).await?;
            upload.records += count;
            self.keep(upload, &piece.skips).await.map_err(|e| e.to_string())?;
            if piece.ended {
                return Ok(());
            }
            reader = piece.reader;
            pass_over = 0;
        }
    }

    /// Appends to the journal; waits while its disk is full.
    async fn append(&self, upload: &mut Upload, records: Vec<Vec<u8>>) -> std::result::Result<(), String> {
        let hint = self.book.by_id(&upload.source).and_then(|k| k.hint);
        let received = self.ids.now();
        let entry = |raw: &Vec<u8>| Entry {
            source: upload.source.clone(),
            unit: upload.unit.clone(),
            received,
            hint: hint.clone(),
            peer: Some(upload.file_name.clone()),
            transport: Transport::Upload.code(),
            tag: None,
            raw: raw.clone(),
        };
        loop {
            match self.journal.append(records.iter().map(entry).collect()).await {
                Ok(_) => return Ok(()),
                Err(error @ JournalError::Full { .. }) => {
                    tracing::warn!(upload.id, error = %error, "an upload waits for room in the journal");
                    tokio::time::sleep(FULL_PAUSE).await;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Writes how far the reading has come and what was skipped; tells the browsers.
    async fn keep(&self, upload: &mut Upload, skips: &[Skipped]) -> Result<()> {
        let mut tx = self.db.begin().await?;
        let mut kept = upload.clone();
        for skip in skips {
            let lost = skip.records_lost_estimate.and_then(|n| i64::try_from(n).ok()).unwrap_or(0);
            if kept.skipped < MAX_SKIPS_TOLD {
                let told = UploadSkip {
                    input: skip.input.clone(),
                    place: skip.place.to_string(),
                    reason: skip.reason.clone(),
                    remedy: skip.remedy.clone(),
                    lost,
                };
                uploads::add_skip(&mut tx, &upload.id, kept.skipped, &told).await?;
            }
            kept.skipped += 1;
            kept.lost = kept.lost.saturating_add(lost);
        }
        uploads::set_progress(&mut tx, &kept).await?;
        let (tell, unit) = (Arc::clone(&self.tell), kept.unit.clone());
        tx.after_commit(move || tell(unit.as_ref()));
        tx.commit().await?;
        *upload = kept;
        Ok(())
    }
}

/// Goes on with the uploads that a stop of the program has interrupted, one after another.
/// To be run once at the start.
///
/// # Errors
/// When the database does not answer.
pub async fn resume(job: &UploadJob) -> Result<usize> {
    let scope = Scope::system("going on with interrupted uploads");
    let waiting = uploads::running(job.db.read(), &scope).await?;
    let count = waiting.len();
    for upload in waiting {
        job.clone().run(upload).await;
    }
    Ok(count)
}
