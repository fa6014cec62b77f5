//! Opening the records beside or without a running server: for commands at the terminal.

use anyhow::{Result, bail};
use base_db::Db;
use std::path::Path;

/// Opens the database at `database`, or else the file in the data folder.
///
/// # Errors
/// When the folder is not one of Mangrove, or the database cannot be opened.
pub(crate) async fn open(data: &Path, database: Option<&str>) -> Result<Db> {
    let file = data.join("mangrove.db");
    match database {
        Some(url) if data.join("keys").is_dir() => Ok(Db::open(url).await?),
        None if file.is_file() => Ok(Db::open_file(&file).await?),
        _ => bail!(
            "{} holds no data of Mangrove; start `mangrove up --data {}` once, or name its folder",
            data.display(),
            data.display()
        ),
    }
}

/// As [`open`], also with a database alone: for who has no data folder at hand, or lost it.
///
/// # Errors
/// When there is neither, or the database cannot be opened.
pub(crate) async fn open_any(data: &Path, database: Option<&str>) -> Result<Db> {
    match database {
        Some(url) => Ok(Db::open(url).await?),
        None => open(data, None).await,
    }
}
