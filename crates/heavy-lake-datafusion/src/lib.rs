//! The event lake in Parquet files, searched with DataFusion in this process.
//!
//! * A write makes one file per UTC day and kind of source, `data/day=…/kind=…/<first>-<last>…`,
//!   and then one manifest, which is what makes the files part of the lake ([`manifest`]).
//! * A search goes through time in windows of about equally many events, newest (or oldest)
//!   first, and stops when the page is full; every condition of the query is evaluated inside
//!   the Parquet scan, so that other columns are read for matching rows only ([`search`], [`condition`]).
//! * [`ParquetLake::compact`] merges small files; [`ParquetLake::maintain`] does so regularly.
//!
//! Files go through `object_store`; in this version the store is a folder.

mod compact;
mod condition;
mod data_file;
mod decode;
mod derive;
mod encode;
mod fields;
mod filter;
mod grams;
mod lake;
mod leaves;
mod manifest;
mod open;
mod options;
mod prune;
mod record;
mod scan;
mod schema;
mod search;
mod shape;
mod store;
mod text_index;
mod window;
mod write;

pub use compact::Compacted;
pub use lake::ParquetLake;
pub use open::OpenReport;
pub use options::LakeOptions;
