//! How fast a trail is verified: `cargo run --release -p base-audit --example verify -- ENTRIES [DATABASE-URL]`.
//!
//! Fills a database with entries as operations write them, a thousand per transaction, then walks it, exports it and
//! checks the export. Figures go to `docs/benchmarks/audit.md`.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench tells and takes time"
)]

use base_audit::{Act, Exporter, MIGRATIONS, Signer, record, sign, verify_export, verify_signed};
use base_authz::Caller;
use base_core::{Timestamp, UnitId};
use base_db::{Db, migrate};
use serde_json::json;
use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Write};
use std::time::Instant;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let entries: u64 = arguments.next().unwrap_or_else(|| "100000".to_owned()).parse()?;
    let folder = std::env::temp_dir().join(format!("mangrove-audit-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let db = match arguments.next() {
        Some(url) => Db::open(&url).await?,
        None => Db::open_file(&folder.join("audit.db")).await?,
    };
    let outcome = measure(&db, entries, &folder.join("audit.ndjson")).await;
    db.close().await;
    std::fs::remove_dir_all(&folder)?;
    outcome
}

async fn measure(db: &Db, entries: u64, file: &std::path::Path) -> Outcome<()> {
    migrate(db, MIGRATIONS, Timestamp::EPOCH).await?;
    let begun = Instant::now();
    fill(db, entries).await?;
    told("written", entries, begun);

    let signer = Signer::new(&[1; 32])?;
    sign(db, &signer, Timestamp::EPOCH).await?.map_err(|b| b.to_string())?;
    let begun = Instant::now();
    verify_signed(db, signer.key(), &[]).await?.map_err(|b| b.to_string())?;
    told("verified in the database", entries, begun);

    let begun = Instant::now();
    let mut exporter = Exporter::new(db, signer.key());
    let mut out = File::create(file)?;
    while let Some(piece) = exporter.next().await? {
        out.write_all(&piece)?;
    }
    told("exported", entries, begun);
    println!("export: {} bytes per entry", std::fs::metadata(file)?.len() / entries.max(1));

    let begun = Instant::now();
    let open = || File::open(file).map(|f| BufReader::with_capacity(1 << 20, f));
    verify_export(open, Some(signer.key()), &[])?.verdict.map_err(|b| b.to_string())?;
    told("verified in the export", entries, begun);
    Ok(())
}

async fn fill(db: &Db, entries: u64) -> Outcome<()> {
    let caller = Caller::system("bench", Timestamp::from_secs(1_400_000_000));
    let mut done = 0;
    while done < entries {
        let mut tx = db.begin().await?;
        let end = entries.min(done + 1_000);
        for n in done..end {
            let act = Act::new("alerts.close", "alert", format!("01J{n:023}"))
                .unit(Some(&UnitId::new("SNV")))
                .change(Some(json!({"state": "new"})), Some(json!({"state": "closed-false", "by": "01JC6Z7Q0W8D5V"})))
                .why("Báo động giả: quản trị viên chạy PowerShell theo kế hoạch bảo trì");
            record(&mut tx, &caller, act).await?;
        }
        tx.commit().await?;
        done = end;
    }
    Ok(())
}

fn told(what: &str, entries: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    println!("{what}: {:.2} s, {:.0} entries/s", seconds, entries as f64 / seconds);
}
