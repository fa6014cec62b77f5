//! Compiled rules as bytes, to be kept between starts.
//!
//! Compiling thousands of rules takes a fraction of a second, which a program that starts for every
//! hunt pays each time. What comes of it depends on nothing but the files, the options and this
//! crate; so it is kept under a [`RuleCacheKey`] made of all three, and a change of any of them
//! leads to another key. Nothing here opens a file: whoever has a place to keep bytes lends it
//! as a [`RuleCache`].
//!
//! # Form
//! `MGRULES` and a version byte, the key (32 bytes), the BLAKE3 sum of the rest (32 bytes), the rest:
//! field names, leaves, rules, correlations, mistakes. Numbers are little-endian base 128, texts and
//! lists are preceded by their length. Texts of documents are told as places in the files, which are
//! at hand anyway. Regular expressions are kept as written; they were checked before and are
//! built when first needed.
//!
//! Bytes of another key or with another sum are refused, and so is everything that does not fit
//! together (a leaf of a field that is not there): reading is bounded and cannot break down, and
//! whoever is refused compiles from source.

mod bytes;
mod meta;
mod question;
mod read;
#[cfg(test)]
mod tests;
mod write;

use crate::options::CompileOptions;
use crate::rule_set::RuleSet;
use base_core::{ContentError, ContentFile};
use std::fmt::{self, Write as _};

/// What compiled rules are kept under: all that they depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleCacheKey([u8; 32]);

/// A place where compiled rules may be kept. It may forget them at any time.
pub trait RuleCache {
    /// The bytes kept under `key`, if any; at most [`LARGEST_STORED`].
    fn get(&self, key: &RuleCacheKey) -> Option<Vec<u8>>;
    /// Keeps bytes under `key`. Failing is no mistake: the next start compiles again.
    fn put(&self, key: &RuleCacheKey, bytes: &[u8]);
}

/// Most bytes of compiled rules that are read.
pub const LARGEST_STORED: usize = 256 << 20;

/// Why bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// They are no compiled rules, or those of another version of the form.
    Foreign,
    /// They were made of other files, with other options or by another build.
    OtherKey,
    /// Their sum is another: a part is missing or changed.
    Damaged,
    /// Their parts do not fit together.
    Inconsistent,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Foreign => "no compiled rules of this version",
            Refused::OtherKey => "compiled from other rules, with other options or by another build",
            Refused::Damaged => "a part is missing or changed",
            Refused::Inconsistent => "its parts do not fit together",
        })
    }
}

impl std::error::Error for Refused {}

/// The start of all compiled rules: name and version of the form.
const MAGIC: &[u8; 8] = b"MGRULES\x01";

/// What tells builds apart.
const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("ENGINE_SIGMA_SOURCES"));

impl RuleCacheKey {
    /// The key of what [`RuleSet::compile_with`] makes of `files` with `options`.
    #[must_use]
    pub fn of(files: &[ContentFile], options: &CompileOptions) -> Self {
        let mut sum = Sum::default();
        sum.text(BUILD);
        // All of the options, also of those that are added one day.
        let _ = write!(sum, "{options:?}");
        sum.number(files.len());
        for file in files {
            sum.text(&file.path);
            sum.text(&file.text);
        }
        Self(sum.finish())
    }

    /// As hexadecimal digits, to name a file by.
    #[must_use]
    pub fn to_hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }
}

impl fmt::Debug for RuleCacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RuleCacheKey({})", self.to_hex())
    }
}

/// A sum over many small texts: they are gathered, since the sum is quick only over much at once.
#[derive(Default)]
struct Sum {
    hasher: blake3::Hasher,
    gathered: Vec<u8>,
}

/// Bytes that are gathered.
const GATHERED: usize = 64 << 10;

impl Sum {
    fn number(&mut self, number: usize) {
        self.add(&u64::try_from(number).unwrap_or(u64::MAX).to_le_bytes());
    }

    /// A text and its length, so that no two lists of texts look alike.
    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.add(text.as_bytes());
    }

    fn add(&mut self, bytes: &[u8]) {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHERED {
            self.hasher.update(&self.gathered);
            self.gathered.clear();
        }
    }

    fn finish(mut self) -> [u8; 32] {
        self.hasher.update(&self.gathered);
        *self.hasher.finalize().as_bytes()
    }
}

impl fmt::Write for Sum {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

impl RuleSet {
    /// The same as [`RuleSet::compile_with`], mistakes included, by way of `cache`: what it keeps
    /// of these files and options is taken where it is sound; else the rules are compiled and
    /// given to it. The last value tells whether they came from there.
    #[must_use]
    pub fn compile_cached(
        files: &[ContentFile],
        options: &CompileOptions,
        cache: &dyn RuleCache,
    ) -> (RuleSet, Vec<ContentError>, bool) {
        let key = RuleCacheKey::of(files, options);
        if let Some((set, errors)) =
            cache.get(&key).and_then(|bytes| Self::from_stored(&bytes, &key, files, options).ok())
        {
            return (set, errors, true);
        }
        let (set, errors) = Self::compile_with(files, options);
        cache.put(&key, &set.to_stored(&errors, &key, files));
        (set, errors, false)
    }

    /// The rules and the mistakes that were found beside them as bytes. `key` and `files` are
    /// those they were compiled from.
    #[must_use]
    pub fn to_stored(&self, errors: &[ContentError], key: &RuleCacheKey, files: &[ContentFile]) -> Vec<u8> {
        let body = write::write(self, errors, files);
        let mut bytes = Vec::with_capacity(MAGIC.len() + 64 + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&key.0);
        bytes.extend_from_slice(blake3::hash(&body).as_bytes());
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Rules and mistakes from bytes that [`RuleSet::to_stored`] made.
    ///
    /// # Errors
    /// When the bytes are not sound, or not those of `key`.
    pub fn from_stored(
        bytes: &[u8],
        key: &RuleCacheKey,
        files: &[ContentFile],
        options: &CompileOptions,
    ) -> Result<(RuleSet, Vec<ContentError>), Refused> {
        let rest = bytes.strip_prefix(MAGIC).filter(|_| bytes.len() <= LARGEST_STORED).ok_or(Refused::Foreign)?;
        let (stored_key, rest) = rest.split_first_chunk::<32>().ok_or(Refused::Damaged)?;
        if *stored_key != key.0 {
            return Err(Refused::OtherKey);
        }
        let (sum, body) = rest.split_first_chunk::<32>().ok_or(Refused::Damaged)?;
        if blake3::hash(body).as_bytes() != sum {
            return Err(Refused::Damaged);
        }
        read::read(body, files, options).ok_or(Refused::Inconsistent)
    }
}
