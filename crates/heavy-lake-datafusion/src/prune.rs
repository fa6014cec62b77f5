//! Which blocks of which files can hold what a query asks for, by their text indexes.

use crate::grams::{commonness, grams_of};
use crate::lake::ParquetLake;
use crate::manifest::FileEntry;
use crate::store::Store;
use crate::text_index::{Blocks, IndexHead, head_bytes};
use datafusion::datasource::physical_plan::parquet::ParquetRowSelection;
use datafusion::parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use engine_lake::LakeError;
use engine_lake::query::{self, FieldRef, Meta, Pattern, Test};
use futures::{StreamExt, TryStreamExt, stream};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Grams asked for of one pattern, in rounds: the first are the rarest and mostly enough. More than
/// all of these hardly narrow further.
const ROUNDS: [usize; 3] = [3, 8, 24];
/// With so few blocks left, looking at their rows costs less than asking for more grams.
const ENOUGH_BLOCKS: u32 = 1;
/// Files whose indexes are read at once.
const FILES_AT_ONCE: usize = 8;

/// What the text of a matching row must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    /// Nothing in particular.
    Nothing,
    /// All of these grams, the rarest first.
    Grams(Vec<u32>),
    /// All of these.
    All(Vec<Needed>),
    /// At least one of these.
    Any(Vec<Needed>),
}

impl Needed {
    /// What the rows of a query must hold.
    pub(crate) fn of(expr: &query::Expr) -> Self {
        match expr {
            query::Expr::And(parts) => {
                let parts: Vec<Self> = parts.iter().map(Self::of).filter(|part| *part != Self::Nothing).collect();
                if parts.is_empty() { Self::Nothing } else { Self::All(parts) }
            }
            query::Expr::Or(parts) => {
                let parts: Vec<Self> = parts.iter().map(Self::of).collect();
                if parts.is_empty() || parts.contains(&Self::Nothing) { Self::Nothing } else { Self::Any(parts) }
            }
            query::Expr::Text(pattern)
            | query::Expr::Field(
                FieldRef::Common(_) | FieldRef::Record(_) | FieldRef::Meta(Meta::Raw),
                Test::Is(pattern),
            ) => Self::of_pattern(pattern),
            query::Expr::All | query::Expr::Not(_) | query::Expr::Field(..) => Self::Nothing,
        }
    }

    fn of_pattern(pattern: &Pattern) -> Self {
        let mut grams: Vec<u32> = pattern.plain_pieces().flat_map(grams_of).collect();
        grams.sort_unstable();
        grams.dedup();
        // A few of one word say as much as all of it, and those of other words more.
        grams.sort_by_cached_key(|gram| commonness(*gram));
        grams.truncate(ROUNDS.iter().copied().max().unwrap_or_default());
        if grams.is_empty() { Self::Nothing } else { Self::Grams(grams) }
    }

    /// Adds the grams from the one numbered `from` of each pattern to the one before `until`.
    fn collect(&self, from: usize, until: usize, all: &mut BTreeSet<u32>) {
        match self {
            Self::Nothing => {}
            Self::Grams(grams) => all.extend(grams.iter().take(until).skip(from)),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect(from, until, all)),
        }
    }

    fn blocks(&self, known: &FxHashMap<u32, Blocks>, count: u32) -> Blocks {
        match self {
            Self::Nothing => Blocks::all(count),
            Self::Grams(grams) => {
                let found = grams.iter().filter_map(|gram| known.get(gram));
                found.fold(Blocks::all(count), |all, blocks| all.and(blocks))
            }
            Self::All(parts) => parts.iter().fold(Blocks::all(count), |all, part| all.and(&part.blocks(known, count))),
            Self::Any(parts) => parts.iter().fold(Blocks::none(count), |any, part| any.or(&part.blocks(known, count))),
        }
    }
}

/// The rows of a file that can match.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    blocks: Blocks,
    block_rows: usize,
    rows: usize,
}

impl Rows {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.len() == 0
    }

    /// How much of so many bytes they are, if rows are of one size.
    pub(crate) fn share_of(&self, bytes: u64) -> u64 {
        bytes * u64::from(self.blocks.len()) / u64::from(self.blocks.of().max(1))
    }

    /// As the Parquet reader wants it.
    pub(crate) fn selection(&self) -> ParquetRowSelection {
        let mut selectors: Vec<RowSelector> = Vec::new();
        let mut left = self.rows;
        for block in 0..self.blocks.of() {
            let rows = left.min(self.block_rows);
            left -= rows;
            let skip = !self.blocks.contains(block);
            match selectors.last_mut().filter(|last| last.skip == skip) {
                Some(last) => last.row_count += rows,
                None => selectors.push(RowSelector { row_count: rows, skip }),
            }
        }
        ParquetRowSelection::new(RowSelection::from(selectors))
    }
}

/// The pruning of one search: each file's index is asked once.
#[derive(Debug)]
pub(crate) struct Pruning {
    needed: Needed,
    /// For each round, its grams by the section they are in.
    rounds: Vec<BTreeMap<u32, Vec<u32>>>,
    known: FxHashMap<String, Arc<Rows>>,
}

impl Pruning {
    /// For a query.
    pub(crate) fn of(query: &query::Query) -> Self {
        let needed = Needed::of(query.expr());
        let (mut from, mut asked, mut rounds) = (0, BTreeSet::new(), Vec::new());
        for until in ROUNDS {
            let mut grams = BTreeSet::new();
            needed.collect(from, until, &mut grams);
            let mut sections: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for gram in grams.into_iter().filter(|gram| asked.insert(*gram)) {
                sections.entry(IndexHead::section_of(gram)).or_default().push(gram);
            }
            rounds.push(sections);
            from = until;
        }
        Self { needed, rounds, known: FxHashMap::default() }
    }

    /// The rows of a file, as far as [`Pruning::look`] has looked.
    pub(crate) fn rows(&self, file: &FileEntry) -> Option<&Arc<Rows>> {
        self.known.get(&file.path)
    }

    /// Asks the indexes of these files; gives those that can hold something.
    pub(crate) async fn look(
        &mut self,
        lake: &ParquetLake,
        files: Vec<Arc<FileEntry>>,
    ) -> Result<Vec<Arc<FileEntry>>, LakeError> {
        self.look_in(&lake.store, files).await
    }

    /// The same with the files' store alone.
    pub(crate) async fn look_in(
        &mut self,
        store: &Store,
        files: Vec<Arc<FileEntry>>,
    ) -> Result<Vec<Arc<FileEntry>>, LakeError> {
        if self.needed == Needed::Nothing {
            return Ok(files);
        }
        let unknown = files.iter().filter(|file| file.index_bytes > 0 && !self.known.contains_key(&file.path));
        let asked = unknown.map(|file| {
            let ask = self.ask(store, file);
            async move { Ok::<_, LakeError>((file.path.clone(), Arc::new(ask.await?))) }
        });
        // Collected first: the futures borrow what the answers are put into.
        let asked: Vec<_> = asked.collect();
        let found: Vec<_> = stream::iter(asked).buffer_unordered(FILES_AT_ONCE).try_collect().await?;
        self.known.extend(found);
        Ok(files.into_iter().filter(|file| self.rows(file).is_none_or(|rows| !rows.is_empty())).collect())
    }

    async fn ask(&self, store: &Store, file: &FileEntry) -> Result<Rows, LakeError> {
        let head = store.get_range(&file.path, file.index_at..file.index_at + head_bytes()).await?;
        let head = IndexHead::parse(&file.path, &head)?;
        let (mut known, mut blocks) = (FxHashMap::default(), Blocks::all(head.blocks));
        for sections in self.rounds.iter().filter(|sections| !sections.is_empty()) {
            let mut read = Vec::with_capacity(sections.len());
            for (section, grams) in sections {
                let place = head.place(*section);
                let place = file.index_at + place.start..file.index_at + place.end;
                read.push((store.get_range(&file.path, place).await?, grams.clone()));
            }
            // Unpacking is work for other threads than the one that waits for files.
            let (of, path) = (head.clone(), file.path.clone());
            let unpack = move || read.iter().map(|(bytes, grams)| of.blocks_with(&path, bytes, grams)).collect();
            let unpacked = tokio::task::spawn_blocking(unpack).await;
            let unpacked: Result<Vec<_>, LakeError> =
                unpacked.map_err(|e| LakeError::engine("read a text index", e))?;
            known.extend(unpacked?.into_iter().flatten());
            blocks = self.needed.blocks(&known, head.blocks);
            if blocks.len() <= ENOUGH_BLOCKS {
                break;
            }
        }
        let rows = usize::try_from(file.events).unwrap_or(usize::MAX);
        Ok(Rows { blocks, block_rows: head.block_rows, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine_lake::Query;

    fn needed(text: &str) -> Needed {
        Needed::of(Query::parse(text).expect("parses").expr())
    }

    #[test]
    fn only_what_every_match_holds_is_needed() {
        let ordered = |mut grams: Vec<u32>| {
            grams.sort_unstable();
            grams.sort_by_cached_key(|gram| commonness(*gram));
            Needed::Grams(grams)
        };
        let grams = |text: &str| ordered(grams_of(text));
        assert_eq!(needed("mimikatz"), grams("mimikatz"));
        assert_eq!(needed("host.name:PC-01"), grams("pc-01"));
        assert_eq!(needed("NOT mimikatz"), Needed::Nothing);
        assert_eq!(needed("abc AND NOT mimikatz"), Needed::All(vec![grams("abc")]));
        assert_eq!(needed("abc OR xy"), Needed::Nothing, "two letters say nothing");
        assert_eq!(needed("abc OR raw:xyz"), Needed::Any(vec![grams("abc"), grams("xyz")]));
        assert_eq!(needed("CommandLine:*secret*dump*"), ordered([grams_of("secret"), grams_of("dump")].concat()));
        assert_eq!(needed("source.port:<100"), Needed::Nothing);
    }
}
