//! Tables with a header (RFC 4180), read line by line so that a quote that is never closed costs
//! one row and not the rest of the list.

use super::row::Columns;
use super::{Loader, MAX_LINE, lines};
use std::io::BufRead;

pub(super) fn read(loader: &mut Loader<'_>, input: &mut dyn BufRead) {
    let mut columns: Option<Columns> = None;
    // A row whose quote is open, and the line where it began.
    let mut open: Option<(usize, String)> = None;
    lines::each(loader, input, |loader, number, line| {
        let Some(columns) = &columns else {
            let text = line.trim();
            let heads = Columns::of(text);
            // Comments may come first, and some feeds write the header as one.
            if heads.is_none() && !text.is_empty() && !text.starts_with('#') {
                let remedy = "begin with a header naming a column `value`, `ip`, `domain`, `url`, `sha256` …";
                loader.mistake(Some(number), "no column of the header holds indicators".to_owned(), remedy);
                return false;
            }
            columns = heads;
            return true;
        };
        if open.is_none() && (line.trim().is_empty() || line.starts_with('#')) {
            return true;
        }
        let (begin, row) = match open.take() {
            Some((begin, mut row)) => {
                row.push('\n');
                row.push_str(line);
                (begin, row)
            }
            None => (number, line.to_owned()),
        };
        match cells(&row, columns.separator) {
            Some(cells) => {
                let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
                columns.add(loader, begin, &cells);
            }
            None if row.len() <= MAX_LINE => open = Some((begin, row)),
            None => unclosed(loader, begin),
        }
        true
    });
    if let Some((begin, _)) = open {
        unclosed(loader, begin);
    }
}

fn unclosed(loader: &mut Loader<'_>, line: usize) {
    let remedy = "close the quote; quotes within a cell are doubled. Rows up to the end or 64 KiB were lost to it";
    loader.mistake(Some(line), "a quote is not closed".to_owned(), remedy);
}

/// The cells of a row; `None` when a quote is open at its end.
fn cells(row: &str, separator: u8) -> Option<Vec<String>> {
    let separator = char::from(separator);
    let (mut all, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            // A quote within an unquoted cell is text.
            '"' if cell.trim().is_empty() => {
                quoted = true;
                cell.clear();
            }
            c if c == separator && !quoted => all.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    all.push(cell);
    (!quoted).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::cells;

    #[test]
    fn quoting() {
        let row = |text| cells(text, b',');
        assert_eq!(row("a,\"b,\"\"c\"\"\",d"), Some(vec!["a".into(), "b,\"c\"".into(), "d".into()]));
        assert_eq!(row("a, \"b\nc\" ,"), Some(vec!["a".into(), "b\nc ".into(), String::new()]));
        assert_eq!(row("a\"b,c"), Some(vec!["a\"b".into(), "c".into()]));
        assert_eq!(row("\"a,b"), None);
    }
}
