//! Writes acts into the trail of a stopped server, for measuring with a long one:
//! `cargo run --release -p base-audit --example fill -- DATABASE-URL ACTS`.
#![allow(clippy::print_stdout, reason = "an example speaks to its user")]

use base_audit::{Act, record};
use base_authz::Caller;
use base_core::{Timestamp, UnitId};
use base_db::Db;
use serde_json::json;
use std::error::Error;

/// Acts of one transaction.
const STEP: u64 = 1_000;
/// Units the acts are of, by turns.
const UNITS: [&str; 4] = ["SNV", "STC", "SYT", "SGDDT"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, acts] = arguments.as_slice() else { return Err("fill DATABASE-URL ACTS".into()) };
    let (db, acts) = (Db::open(url).await?, acts.parse::<u64>()?);
    let mut done = 0;
    while done < acts {
        let mut tx = db.begin().await?;
        let end = acts.min(done + STEP);
        for n in done..end {
            let at = Timestamp::from_secs(1_790_000_000 + i64::try_from(n)? * 10);
            let unit = usize::try_from(n)? % UNITS.len();
            let act = Act::new("alerts.close", "alert", format!("01J{n:023}"))
                .unit(UNITS.get(unit).map(|unit| UnitId::new(*unit)).as_ref())
                .change(Some(json!({"state": "new"})), Some(json!({"state": "closed-false"})))
                .why("Báo động giả: quản trị viên chạy PowerShell theo kế hoạch bảo trì");
            record(&mut tx, &Caller::system("bench", at), act).await?;
        }
        tx.commit().await?;
        done = end;
    }
    db.close().await;
    println!("{acts} acts written");
    Ok(())
}
