//! `POST /tuy-chon/cot`: which columns of a table this person wants to see.

use axum::Form;
use base_web::person;
use base_web::{Ctx, WebResult, safe_next, see_other};

/// Fields: `table`, `next`, `reset`, and `c` for each column that shall be seen.
pub(crate) async fn send(ctx: Ctx, Form(fields): Form<Vec<(String, String)>>) -> WebResult {
    let value = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    let reset = fields.iter().any(|(name, _)| name == "reset");
    let chosen: Vec<String> =
        fields.iter().filter(|(n, _)| n == "c" && !reset).map(|(_, v)| v.clone()).take(60).collect();
    let mut tx = ctx.db().begin().await?;
    person::choose_columns(&mut tx, &ctx.principal.account, value("table"), &chosen).await?;
    tx.commit().await?;
    Ok(see_other(safe_next(value("next"))))
}
