//! The tables of the area. The only place of this crate with SQL.

pub(crate) mod figures;
pub(crate) mod filters;
pub(crate) mod lists;
pub(crate) mod memory;
pub(crate) mod packs;
pub(crate) mod proofs;
pub(crate) mod retro;
pub(crate) mod switches;
