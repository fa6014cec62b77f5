//! The event lake in Parquet files, searched with DataFusion in this process.
//!
//! * A write makes one file per UTC day and kind of source, `data/day=…/kind=…/<first>-<last>…`,
//!   and then one manifest, which is what makes the files part of the lake ([`manifest`]).
//! * A search goes through time in windows of about equally many events, newest (or oldest)
//!   first, and stops when the page is full; every condition of the query is evaluated inside
//!   the Parquet scan, so that other columns are read for matching rows only ([`search`], [`condition`]).
//! * Values are counted over the columns alone ([`survey`]); questions in SQL see the table
//!   `events`, whose provider holds the scope ([`sql`]).
//! * [`ParquetLake::compact`] merges small files; [`ParquetLake::maintain`] does so regularly.
//!
//! Files go through `object_store`; in this version the store is a folder.

mod cold;
mod compact;
mod condition;
mod data_file;
mod decode;
mod derive;
mod encode;
mod fields;
mod filter;
mod find;
mod grams;
mod holds;
mod lake;
mod leaves;
mod look;
mod manifest;
mod move_cold;
mod open;
mod options;
mod parquet_out;
mod prune;
mod record;
mod scan;
mod schema;
mod seal;
mod search;
mod shape;
mod sql;
mod store;
mod survey;
mod table;
mod text_index;
mod upkeep;
mod verify;
mod window;
mod write;

pub use cold::ColdTier;
pub use compact::{Compacted, CompactionProgress};
pub use holds::{Hold, HoldBook};
pub use lake::ParquetLake;
pub use look::{LookedAtLake, NamedFile};
pub use move_cold::Moved;
pub use open::OpenReport;
pub use options::LakeOptions;
pub use upkeep::{Deletion, Keep, Retention, Room, RoomLimits};
pub use verify::{Finding, Verified, Wrong};
