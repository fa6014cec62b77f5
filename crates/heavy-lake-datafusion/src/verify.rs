//! Checking the lake against its manifests and seals: which file was altered, removed or added.

use crate::cold;
use crate::lake::ParquetLake;
use crate::seal::{self, HEAD, Head, Seal, SealedFile};
use engine_lake::LakeError;
use std::collections::{BTreeMap, BTreeSet};

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, from the lake's folder.
    pub path: String,
    /// What is wrong with it.
    pub what: Wrong,
}

/// What can be wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// Its bytes are not those that were written.
    Altered,
    /// It belongs to the lake and is not there.
    Removed,
    /// It is there and does not belong to the lake. A write that a crash interrupted leaves such
    /// a file, too; the server removes it at its next start.
    Added,
    /// The signed list of its partition does not have it in this form.
    NotAsSealed,
    /// The list itself cannot be trusted, and why.
    BadSeal(String),
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Files read.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Their events.
    pub events: u64,
    /// Files that a seal lists.
    pub sealed: u64,
    /// Files without a hash (format 1): only their size could be compared.
    pub without_hash: u64,
    /// Files of the cold folder that could not be read because it is away: nothing is known of them.
    pub out_of_reach: u64,
    /// Number and hash of the newest head of seals; keep it elsewhere to notice a lake that was
    /// set back as a whole.
    pub head: Option<(u64, String)>,
    /// What is wrong, by file.
    pub findings: Vec<Finding>,
}

impl ParquetLake {
    /// Reads every file and compares it with manifest and seals. `public` is the key the seals
    /// must be signed with, hexadecimal; without one they are not looked at.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn verify(&self, public: Option<&str>) -> Result<Verified, LakeError> {
        self.look_at_cold().await;
        let (snapshot, away) = (self.whole(), !self.store.cold.is_here());
        let mut verified = Verified::default();
        let mut findings = BTreeSet::new();
        let mut add = |path: &str, what: Wrong| {
            findings.insert(Finding { path: path.to_owned(), what });
        };
        let there: BTreeMap<String, u64> =
            self.store.list_data().await?.into_iter().map(|item| (item.location.to_string(), item.size)).collect();
        let lost = snapshot.lost.iter().map(|(file, _)| file.path.as_str());
        let known: BTreeSet<&str> = snapshot.files.iter().map(|file| file.path.as_str()).chain(lost.clone()).collect();
        for path in there.keys().filter(|path| !known.contains(path.as_str())) {
            add(path, Wrong::Added);
        }
        for path in lost {
            add(path, if there.contains_key(path) { Wrong::Altered } else { Wrong::Removed });
        }
        for file in &snapshot.files {
            if away && cold::is_cold(file) {
                verified.out_of_reach += 1;
                continue;
            }
            if !there.contains_key(&file.path) {
                add(&file.path, Wrong::Removed);
                continue;
            }
            let bytes = self.store.get(&file.path).await?;
            verified.files += 1;
            verified.bytes += bytes.len() as u64;
            verified.events += file.events;
            verified.without_hash += u64::from(file.hash.is_empty());
            let hash = (!file.hash.is_empty()).then(|| seal::hash_of(&bytes));
            if bytes.len() as u64 != file.bytes || hash.is_some_and(|hash| hash != file.hash) {
                add(&file.path, Wrong::Altered);
            }
        }
        if let Some(public) = public {
            self.verify_seals(public, &mut verified, &mut add).await?;
        }
        verified.findings = findings.into_iter().collect();
        Ok(verified)
    }

    async fn verify_seals(
        &self,
        public: &str,
        verified: &mut Verified,
        add: &mut (impl FnMut(&str, Wrong) + Send),
    ) -> Result<(), LakeError> {
        let snapshot = self.whole();
        let mut files = seal::partitions(&snapshot);
        let mut head = Head::default();
        if self.store.exists(HEAD).await? {
            let bytes = self.store.get(HEAD).await?;
            match seal::opened::<Head>(&bytes, public) {
                Ok(read) => {
                    verified.head = Some((read.number, seal::hash_of(&bytes)));
                    head = read;
                }
                Err(reason) => add(HEAD, Wrong::BadSeal(reason)),
            }
        }
        let listed = self.store.list("seals").await?;
        let paths: BTreeSet<String> =
            listed.into_iter().map(|item| item.location.to_string()).filter(|p| p != HEAD).collect();
        for missing in head.seals.keys().filter(|path| !paths.contains(*path)) {
            add(missing, Wrong::Removed);
        }
        if verified.head.is_none() && !paths.is_empty() {
            add(HEAD, Wrong::Removed);
        }
        for path in &paths {
            let bytes = self.store.get(path).await?;
            let seal = match seal::opened::<Seal>(&bytes, public) {
                Ok(seal) => seal,
                Err(reason) => {
                    add(path, Wrong::BadSeal(reason));
                    continue;
                }
            };
            // A crash between a partition's seal and the head leaves the head one behind.
            let hash = seal::hash_of(&bytes);
            let known = head.seals.get(path);
            if verified.head.is_some() && known != Some(&hash) && known.is_none_or(|known| *known != seal.previous) {
                add(path, Wrong::BadSeal("it is older than the newest list of seals says".to_owned()));
            }
            let now = files.remove(&(seal.day.clone(), seal.kind.clone())).unwrap_or_default();
            verified.sealed += compare(&seal, &now, add);
        }
        Ok(())
    }
}

/// Holds a partition against its seal; the number of its files that are as sealed.
fn compare(seal: &Seal, now: &[SealedFile], add: &mut impl FnMut(&str, Wrong)) -> u64 {
    let by_path: BTreeMap<&str, &SealedFile> = now.iter().map(|file| (file.path.as_str(), file)).collect();
    // A crash after the seal and before the manifest: all that was before is still there.
    let undone =
        !seal.before.is_empty() && seal.before.iter().all(|file| by_path.get(file.path.as_str()) == Some(&file));
    if undone {
        return seal.before.len() as u64;
    }
    let mut same = 0;
    for file in &seal.files {
        match by_path.get(file.path.as_str()) {
            Some(found) if *found == file => same += 1,
            Some(_) => add(&file.path, Wrong::NotAsSealed),
            None => add(&file.path, Wrong::Removed),
        }
    }
    same
}
