//! Takes a file in: into the spool folder first, then read into the journal by a job.

use super::manage_source::upload_source;
use crate::book::SourceBook;
use crate::model::upload::MAX_FILE_BYTES;
use crate::model::{Upload, UploadSkip, UploadState};
use crate::store::uploads;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, IdSource, Kind, Result, UnitId};
use base_db::Db;
use serde_json::json;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;

/// Longest file name kept, in characters.
const MAX_NAME_CHARS: usize = 200;

/// A file on its way into the spool folder. Dropped before [`Spooled::keep`], its bytes are removed.
#[derive(Debug)]
pub struct Spooled {
    id: String,
    path: PathBuf,
    file: Option<tokio::fs::File>,
    bytes: u64,
    kept: bool,
}

fn disk(action: &str, path: &Path, error: &std::io::Error) -> Error {
    let message =
        format!("the spool file {} cannot be {action} ({error}); check the disk of the data folder", path.display());
    Error::new(Kind::Unavailable, message)
}

impl Spooled {
    /// Opens a spool file of its own.
    ///
    /// # Errors
    /// `Forbidden` without the right; `Unavailable` when the folder cannot be written.
    pub async fn open(caller: &Caller, ids: &IdSource, folder: &Path) -> Result<Self> {
        caller.require(Action::EventsUpload)?;
        let id = ids.next();
        let path = folder.join(&id);
        tokio::fs::create_dir_all(folder).await.map_err(|e| disk("made", folder, &e))?;
        let file = tokio::fs::File::create(&path).await.map_err(|e| disk("made", &path, &e))?;
        Ok(Self { id, path, file: Some(file), bytes: 0, kept: false })
    }

    /// Adds a piece.
    ///
    /// # Errors
    /// `Invalid` beyond [`MAX_FILE_BYTES`]; `Unavailable` when the disk refuses.
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        self.bytes += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        if self.bytes > MAX_FILE_BYTES {
            return Err(Error::invalid("file", "file-large"));
        }
        match &mut self.file {
            Some(file) => file.write_all(piece).await.map_err(|e| disk("written", &self.path, &e)),
            None => Ok(()),
        }
    }

    /// Brings the file to the disk and writes its record; the job may then read it.
    ///
    /// # Errors
    /// `Invalid` for an empty file; `Forbidden` for a unit outside the person's right; when the
    /// disk or the database refuses.
    pub async fn keep(
        mut self,
        desk: Desk<'_>,
        file_name: &str,
        unit: Option<UnitId>,
        source: String,
    ) -> Result<Upload> {
        let caller = desk.caller;
        let scope = caller.require(Action::EventsUpload)?;
        if !scope.contains_opt(unit.as_ref()) {
            return Err(Error::new(Kind::Forbidden, "you may not hand in files for this unit"));
        }
        if self.bytes == 0 {
            return Err(Error::invalid("file", "file-empty"));
        }
        if let Some(mut file) = self.file.take() {
            file.flush().await.map_err(|e| disk("written", &self.path, &e))?;
            file.sync_all().await.map_err(|e| disk("written", &self.path, &e))?;
        }
        let known = upload_source(desk.db, desk.ids, desk.book, caller, unit.clone(), source).await?;
        let upload = Upload {
            id: self.id.clone(),
            source: known.id,
            unit,
            file_name: file_name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect(),
            bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            format: None,
            state: UploadState::Running,
            records: 0,
            skipped: 0,
            lost: 0,
            message: None,
            by_name: caller.principal.name.clone(),
            at: caller.now,
            finished_at: None,
        };
        let mut tx = desk.db.begin().await?;
        uploads::insert(&mut tx, &upload, caller.principal.account.as_str()).await?;
        let after = json!({"file": upload.file_name, "bytes": upload.bytes, "source": upload.source});
        let act = Act::new("events.upload", "upload", upload.id.as_str())
            .unit(upload.unit.as_ref())
            .change(None, Some(after));
        base_audit::record(&mut tx, caller, act).await?;
        tx.commit().await?;
        self.kept = true;
        Ok(upload)
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if !self.kept {
            // A browser that goes away in the middle leaves nothing behind; a failure here only
            // leaves a file that the next start removes.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What an upload is written with.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The records.
    pub db: &'a Db,
    /// New ids.
    pub ids: &'a IdSource,
    /// The book of sources.
    pub book: &'a SourceBook,
    /// Who hands it in.
    pub caller: &'a Caller,
}

/// One page of uploads and how many there are.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn list(db: &Db, caller: &Caller, limit: i64, offset: i64) -> Result<(Vec<Upload>, i64)> {
    let scope = caller.require(Action::EventsUpload)?;
    uploads::list(db.read(), &scope, limit, offset).await
}

/// One upload with what was skipped.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope.
pub async fn one(db: &Db, caller: &Caller, id: &str) -> Result<(Upload, Vec<UploadSkip>)> {
    let scope = caller.require(Action::EventsUpload)?;
    let found = uploads::get(db.read(), &scope, id).await?;
    let upload = found.ok_or_else(|| Error::not_found(format!("no upload {id}")))?;
    let skips = uploads::skips(db.read(), &upload.id).await?;
    Ok((upload, skips))
}
