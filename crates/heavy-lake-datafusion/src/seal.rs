//! Signed lists of what each partition of the lake holds.
//!
//! A partition is a day and kind. Its seal, `seals/<day>.<kind>.json`, lists its files with their
//! hashes and is chained to the seal before it; `seals/head.json` lists the newest seal of every
//! partition and is chained to the head before it. Both are signed (Ed25519, RFC 8032) with a key
//! that the data folder keeps apart from the lake. Who alters, removes or adds a file afterwards
//! would have to sign again; [`crate::verify`] names the file.
//!
//! Seals are made once a day, and whenever compaction or expiry replaces files that were sealed:
//! before the manifest, so that a crash between the two leaves a seal that still lists, under
//! `before`, what the manifest says.

use crate::lake::ParquetLake;
use crate::manifest::{FileEntry, Snapshot};
use base_core::Timestamp;
use engine_lake::LakeError;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Format version of seals.
const FORMAT: u32 = 1;
pub(crate) const HEAD: &str = "seals/head.json";

/// A file as a seal names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SealedFile {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    /// BLAKE3, hexadecimal; empty for files of format 1 until they are rewritten.
    pub(crate) hash: String,
}

impl SealedFile {
    pub(crate) fn of(file: &FileEntry) -> Self {
        Self { path: file.path.clone(), bytes: file.bytes, events: file.events, hash: file.hash.clone() }
    }
}

/// What a partition holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seal {
    pub(crate) format: u32,
    pub(crate) day: String,
    pub(crate) kind: String,
    /// 1 for the partition's first seal.
    pub(crate) number: u64,
    /// Hash of the partition's seal before this one; empty for the first.
    pub(crate) previous: String,
    /// When, in µs.
    pub(crate) at: i64,
    /// Why it was made: `daily`, `compacted`, `expired`.
    pub(crate) why: String,
    pub(crate) files: Vec<SealedFile>,
    /// What the seal before this one listed and this one does not.
    pub(crate) before: Vec<SealedFile>,
}

/// The newest seal of every partition.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) format: u32,
    pub(crate) number: u64,
    /// Hash of the head before this one.
    pub(crate) previous: String,
    pub(crate) at: i64,
    /// Hash of the newest seal by its path.
    pub(crate) seals: BTreeMap<String, String>,
}

/// A text with its signature.
#[derive(Serialize, Deserialize)]
struct Signed {
    /// The JSON text that is signed.
    signed: String,
    /// Public key and signature, hexadecimal.
    key: String,
    signature: String,
}

/// Signs for a lake.
#[derive(Debug)]
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
}

impl Signer {
    /// From the 32 secret bytes.
    pub(crate) fn new(seed: &[u8; 32]) -> Result<Self, LakeError> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed).map_err(|e| LakeError::engine("use its signing key", e))?;
        Ok(Self { pair })
    }

    /// The public key, hexadecimal.
    pub(crate) fn public(&self) -> String {
        hex::encode(self.pair.public_key().as_ref())
    }

    fn sign(&self, value: &impl Serialize) -> Result<Vec<u8>, LakeError> {
        let failed = |e: serde_json::Error| LakeError::engine("write a seal", e);
        let signed = serde_json::to_string(value).map_err(failed)?;
        let signature = hex::encode(self.pair.sign(signed.as_bytes()));
        serde_json::to_vec(&Signed { signed, key: self.public(), signature }).map_err(failed)
    }
}

/// Reads a signed text; the reason when it is not what the key has signed.
pub(crate) fn opened<T: DeserializeOwned>(bytes: &[u8], public: &str) -> Result<T, String> {
    let outer: Signed = serde_json::from_slice(bytes).map_err(|e| format!("it is not a seal ({e})"))?;
    if outer.key != public {
        return Err(format!("it is signed with another key ({})", outer.key.chars().take(16).collect::<String>()));
    }
    let bytes = |text: &str| hex::decode(text).map_err(|_| "its signature is not readable".to_owned());
    let key = UnparsedPublicKey::new(&ED25519, bytes(&outer.key)?);
    key.verify(outer.signed.as_bytes(), &bytes(&outer.signature)?)
        .map_err(|_| "its signature is not valid: it was altered".to_owned())?;
    serde_json::from_str(&outer.signed).map_err(|e| format!("it is of another version ({e})"))
}

/// Path of a partition's seal.
pub(crate) fn path_of(day: &str, kind: &str) -> String {
    format!("seals/{day}.{kind}.json")
}

pub(crate) fn hash_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Day and kind.
pub(crate) type Partition = (String, String);

pub(crate) fn partition_of(file: &FileEntry) -> Partition {
    (file.day.clone(), file.folder.clone())
}

/// The files of each partition.
pub(crate) fn partitions(snapshot: &Snapshot) -> BTreeMap<Partition, Vec<SealedFile>> {
    let mut all: BTreeMap<Partition, Vec<SealedFile>> = BTreeMap::new();
    // A lost file is still what the lake should have.
    for file in snapshot.files.iter().chain(snapshot.lost.iter().map(|(file, _)| file)) {
        all.entry(partition_of(file)).or_default().push(SealedFile::of(file));
    }
    all.values_mut().for_each(|files| files.sort());
    all
}

impl ParquetLake {
    /// Seals every partition that has changed since it was sealed. Gives the number of seals
    /// made; without a signing key there are none.
    ///
    /// # Errors
    /// When seals cannot be read or written. A seal that somebody altered is not overwritten.
    pub async fn seal(&self, now: Timestamp) -> Result<usize, LakeError> {
        let _commit = self.commit.lock().await;
        let snapshot = self.whole();
        let mut all = partitions(&snapshot);
        // A partition whose last file went is sealed as empty.
        for (partition, _) in self.sealed().iter().filter(|(_, files)| !files.is_empty()) {
            all.entry(partition.clone()).or_default();
        }
        self.write_seals(all, now, "daily").await
    }

    /// Seals anew the partitions that lose sealed files, as they will be after the change.
    pub(crate) async fn seal_change(
        &self,
        after: &Snapshot,
        gone: &[String],
        now: Timestamp,
        why: &str,
    ) -> Result<(), LakeError> {
        let gone: BTreeSet<&str> = gone.iter().map(String::as_str).collect();
        let touched: BTreeSet<Partition> = {
            let sealed = self.sealed();
            let lost = sealed.iter().filter(|(_, files)| files.iter().any(|file| gone.contains(file.path.as_str())));
            lost.map(|(partition, _)| partition.clone()).collect()
        };
        if touched.is_empty() {
            return Ok(());
        }
        let mut all = partitions(after);
        let changed = touched.into_iter().map(|partition| {
            let files = all.remove(&partition).unwrap_or_default();
            (partition, files)
        });
        self.write_seals(changed.collect(), now, why).await.map(|_| ())
    }

    async fn write_seals(
        &self,
        wanted: BTreeMap<Partition, Vec<SealedFile>>,
        now: Timestamp,
        why: &str,
    ) -> Result<usize, LakeError> {
        let Some(signer) = &self.signer else { return Ok(0) };
        let changed: Vec<(Partition, Vec<SealedFile>)> = {
            let sealed = self.sealed();
            wanted.into_iter().filter(|(partition, files)| sealed.get(partition) != Some(files)).collect()
        };
        if changed.is_empty() {
            return Ok(0);
        }
        let (mut head, head_before) = self.read_signed::<Head>(HEAD, signer).await?.unwrap_or_default();
        let (mut paths, count) = (Vec::new(), changed.len());
        for ((day, kind), files) in changed {
            let path = path_of(&day, &kind);
            let (number, previous, listed) = match self.read_signed::<Seal>(&path, signer).await? {
                Some((seal, hash)) => (seal.number + 1, hash, seal.files),
                None => (1, String::new(), Vec::new()),
            };
            let before = listed.into_iter().filter(|file| files.binary_search(file).is_err()).collect();
            let seal = Seal {
                format: FORMAT,
                day: day.clone(),
                kind: kind.clone(),
                number,
                previous,
                at: now.as_micros(),
                why: why.to_owned(),
                files: files.clone(),
                before,
            };
            let bytes = signer.sign(&seal)?;
            head.seals.insert(path.clone(), hash_of(&bytes));
            self.store.put(&path, bytes).await?;
            paths.push(path);
            self.sealed().insert((day, kind), files);
        }
        (head.format, head.number, head.previous, head.at) = (FORMAT, head.number + 1, head_before, now.as_micros());
        self.store.put(HEAD, signer.sign(&head)?).await?;
        paths.push(HEAD.to_owned());
        self.store.sync(&paths).await?;
        Ok(count)
    }

    /// A signed file with its hash; `None` when it is not there.
    async fn read_signed<T: DeserializeOwned>(
        &self,
        path: &str,
        signer: &Signer,
    ) -> Result<Option<(T, String)>, LakeError> {
        if !self.store.exists(path).await? {
            return Ok(None);
        }
        let bytes = self.store.get(path).await?;
        match opened(&bytes, &signer.public()) {
            Ok(value) => Ok(Some((value, hash_of(&bytes)))),
            Err(reason) => Err(LakeError::Damaged { file: path.to_owned(), reason }),
        }
    }

    /// What the seals on disk list, for a lake that is just opened. A head that a crash has left
    /// one seal behind is brought up to date.
    pub(crate) async fn load_seals(&self) -> Result<(), LakeError> {
        let Some(signer) = &self.signer else { return Ok(()) };
        let snapshot = self.whole();
        let there: BTreeSet<SealedFile> = partitions(&snapshot).into_values().flatten().collect();
        let told = |error: &LakeError| {
            tracing::error!(%error, "a seal of the event lake was altered; check with `mangrove lake verify`");
        };
        let head = match self.read_signed::<Head>(HEAD, signer).await {
            Ok(head) => head,
            Err(error) => {
                told(&error);
                return Ok(());
            }
        };
        let (mut head, head_hash) = head.unwrap_or_default();
        let mut behind = false;
        for item in self.store.list("seals").await? {
            let path = item.location.to_string();
            if path == HEAD {
                continue;
            }
            match self.read_signed::<Seal>(&path, signer).await {
                Ok(Some((mut seal, hash))) => {
                    if head.seals.get(&path).map_or("", String::as_str) == seal.previous {
                        head.seals.insert(path, hash);
                        behind = true;
                    }
                    // A change that was sealed and then not made: both lists may be met.
                    if seal.before.iter().all(|file| there.contains(file)) {
                        seal.files.append(&mut seal.before);
                        seal.files.sort();
                    }
                    self.sealed().insert((seal.day, seal.kind), seal.files);
                }
                Ok(None) => {}
                Err(error) => told(&error),
            }
        }
        if behind {
            (head.format, head.number, head.previous) = (FORMAT, head.number + 1, head_hash);
            self.store.put(HEAD, signer.sign(&head)?).await?;
            self.store.sync(&[HEAD.to_owned()]).await?;
        }
        Ok(())
    }
}
