//! `/ke-hoach/{indicator}/export.csv`: the figures per unit, within the person's scope.

use super::indicator;
use crate::ops::read_indicators;
use axum::extract::Path;
use axum::response::Response;
use base_core::Timestamp;
use base_web::{Ctx, WebResult, attachment};
use std::fmt::Write as _;

/// The file. Begins with a byte-order mark, so that spreadsheets read the accents.
pub(crate) async fn handler(ctx: Ctx, Path(word): Path<String>) -> WebResult<Response> {
    let indicator = indicator::find(&word)?;
    let known = read_indicators::read(ctx.db(), &ctx, indicator).await?;
    let mut csv =
        String::from("\u{feff}unit_code,unit,numerator,denominator,unknown,oldest_at,newest_at,measured_at\r\n");
    if let Some(m) = &known.measured {
        for u in &m.units {
            let info = ctx.web.units().unit(&u.unit);
            let (code, name) = info.map_or_else(|| (u.unit.as_str().to_owned(), String::new()), |i| (i.code, i.name));
            let at = |t: Option<Timestamp>| t.map(|t| t.to_string()).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = write!(
                csv,
                "{},{},{},{},{},{},{},{}\r\n",
                cell(&code),
                cell(&name),
                u.numerator,
                u.denominator,
                u.unknown,
                at(u.oldest_at),
                at(u.newest_at),
                m.at
            );
        }
    }
    Ok(attachment(&format!("{}.csv", indicator.as_str()), "text/csv; charset=utf-8", csv.into_bytes()))
}

/// RFC 4180 quoting; a leading sign that a spreadsheet would calculate is made text.
fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(cell("Sở \"A\", B"), "\"Sở \"\"A\"\", B\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
