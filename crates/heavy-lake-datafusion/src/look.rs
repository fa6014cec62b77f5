//! Looking into a lake beside the server that writes it: reading only, without its lock.
//!
//! Files never change and a manifest names them all, so a reader of the folder sees a whole version.
//! What can happen is that the server merges or expires files meanwhile: then the newest manifest is
//! read anew and the question asked again. Places in a search ([`engine_lake::Cursor`]) are times and
//! ids, so a page asked again has the same events.

use crate::lake::ParquetLake;
use crate::{Deletion, Hold, LakeOptions, Verified, open};
use async_trait::async_trait;
use base_core::{Scope, Timestamp};
use engine_event::{Event, EventId};
use engine_lake::{
    Bucket, EventWriter, Lake, LakeError, LakeStats, LakeTables, OutOfReach, SearchPage, SearchRequest, SqlColumn,
    SqlError, SqlRequest, SqlRows, Survey, SurveyAsk,
};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

/// How often a question is asked because files have gone meanwhile.
const TRIES: u32 = 10;

/// Waits before asking again, longer each time, about two seconds in all: a merger of many days
/// replaces file after file.
async fn pause(tries: u32) {
    tokio::time::sleep(Duration::from_millis(10 << tries.min(5))).await;
}

/// Asks; when a file is not there any more, looks at the newest version and asks again.
macro_rules! again {
    ($self:ident, $ask:expr) => {{
        let mut tries = 1;
        loop {
            match $ask.await {
                Err(LakeError::Damaged { .. }) if tries < TRIES => {
                    pause(tries).await;
                    tries += 1;
                    $self.refresh().await?;
                }
                answer => break answer,
            }
        }
    }};
}

/// A file of a lake, for whoever copies them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Path from the lake's folder.
    pub path: String,
    /// Its bytes.
    pub bytes: u64,
    /// Its events.
    pub events: u64,
}

/// A lake that is only read, while another process may write it.
#[derive(Debug)]
pub struct LookedAtLake(ParquetLake);

impl LookedAtLake {
    /// Reads which files make the lake in `dir`.
    ///
    /// # Errors
    /// [`LakeError::Damaged`] when a manifest cannot be read, [`LakeError::UnknownFormat`] for a newer
    /// version's files, [`LakeError::Engine`] when the folder cannot be listed.
    pub async fn open(dir: &Path, options: LakeOptions) -> Result<Self, LakeError> {
        // A manifest may be tidied away between the listing and the reading.
        let mut tries = 1;
        loop {
            match open::look(dir, &options).await {
                Err(LakeError::Damaged { .. }) if tries < TRIES => {
                    pause(tries).await;
                    tries += 1;
                }
                found => {
                    let (store, snapshot) = found?;
                    return Ok(Self(ParquetLake::made_of(store, snapshot, options)?));
                }
            }
        }
    }

    /// As [`ParquetLake::verify`]. What a server merges away meanwhile is looked up anew; what it does
    /// between two looks can still be told as wrong, so ask again before believing a finding.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn verify(&self, public: Option<&str>) -> Result<Verified, LakeError> {
        again!(self, self.0.verify(public))
    }

    /// The version that is looked at, and the files it names. They never change; those that a later
    /// version does without are removed, so a copy takes hold of them first and then looks whether it has
    /// them all. The version's manifest is `manifests/<version, 20 digits>.json`; those before it, back to
    /// the last whose number is a multiple of 64, belong to it.
    #[must_use]
    pub fn named(&self) -> (u64, Vec<NamedFile>) {
        let whole = self.0.whole();
        let files = whole.files.iter();
        let named = files.map(|f| NamedFile { path: f.path.clone(), bytes: f.bytes, events: f.events });
        (whole.version, named.collect())
    }

    /// The public key of the seals, hexadecimal, where the options have the secret.
    #[must_use]
    pub fn seal_key(&self) -> Option<String> {
        self.0.seal_key()
    }

    /// The holds in force.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn holds(&self) -> Result<Vec<Hold>, LakeError> {
        self.0.holds().await
    }

    /// As [`ParquetLake::deletions`].
    ///
    /// # Errors
    /// When the record cannot be read, or a line was altered or taken out.
    pub async fn deletions(&self) -> Result<Vec<Deletion>, LakeError> {
        self.0.deletions().await
    }

    async fn refresh(&self) -> Result<(), LakeError> {
        self.0.replace_snapshot(open::newest(&self.0.store).await?);
        Ok(())
    }
}

fn only_read<T>() -> Result<T, LakeError> {
    Err(LakeError::engine("write", "this lake is only looked at; the server that holds it writes"))
}

#[async_trait]
impl Lake for LookedAtLake {
    async fn write(&self, _: Range<u64>, _: &[Event]) -> Result<(), LakeError> {
        only_read()
    }

    async fn committed(&self) -> Result<u64, LakeError> {
        self.0.committed().await
    }

    async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchPage, LakeError> {
        again!(self, self.0.search(scope, request))
    }

    async fn histogram(&self, scope: &Scope, request: &SearchRequest, n: usize) -> Result<Vec<Bucket>, LakeError> {
        again!(self, self.0.histogram(scope, request, n))
    }

    async fn get(&self, scope: &Scope, id: &EventId, near: Option<Timestamp>) -> Result<Option<Event>, LakeError> {
        again!(self, self.0.get(scope, id, near))
    }

    async fn survey(&self, scope: &Scope, request: &SearchRequest, ask: &SurveyAsk) -> Result<Survey, LakeError> {
        again!(self, self.0.survey(scope, request, ask))
    }

    async fn stats(&self) -> Result<LakeStats, LakeError> {
        self.0.stats().await
    }

    async fn out_of_reach(&self, from: Option<Timestamp>, until: Option<Timestamp>) -> Option<OutOfReach> {
        self.0.out_of_reach(from, until).await
    }
}

#[async_trait]
impl LakeTables for LookedAtLake {
    async fn sql(&self, scope: &Scope, request: &SqlRequest) -> Result<SqlRows, SqlError> {
        let mut tries = 1;
        loop {
            match self.0.sql(scope, request).await {
                Err(SqlError::Lake(LakeError::Damaged { .. })) if tries < TRIES => {
                    pause(tries).await;
                    tries += 1;
                    self.refresh().await?;
                }
                answer => return answer,
            }
        }
    }

    fn sql_columns(&self) -> Vec<SqlColumn> {
        self.0.sql_columns()
    }

    fn parquet(&self) -> Result<Box<dyn EventWriter>, LakeError> {
        self.0.parquet()
    }
}
