//! Lines of bounded length.

use super::{Loader, MAX_LINE, NOT_READABLE};
use std::io::BufRead;

/// Calls `each` with every line that is text and not too long, and its number from 1.
/// `each` may stop by giving `false`.
pub(super) fn each(
    loader: &mut Loader<'_>,
    input: &mut dyn BufRead,
    mut each: impl FnMut(&mut Loader<'_>, usize, &str) -> bool,
) {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        match read_line(input, &mut line) {
            Ok(None) => return,
            Ok(Some(true)) => {}
            Ok(Some(false)) => {
                loader.mistake(Some(number), "is longer than 64 KiB".to_owned(), "give one indicator per line");
                continue;
            }
            Err(e) => {
                loader.mistake(Some(number), format!("cannot be read: {e}"), NOT_READABLE);
                return;
            }
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            loader.mistake(Some(number), "is not UTF-8".to_owned(), "save the list as UTF-8");
            continue;
        };
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        if !each(loader, number, text) {
            return;
        }
    }
}

/// The next line without its end; `Some(false)` for one that is too long, of which the rest is
/// passed over; `None` at the end.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    let (mut any, mut fits) = (false, true);
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        if available.is_empty() {
            return Ok(any.then_some(fits));
        }
        any = true;
        let end = memchr::memchr(b'\n', available);
        let part = available.get(..end.unwrap_or(available.len())).unwrap_or_default();
        fits &= line.len() + part.len() <= MAX_LINE;
        if fits {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(Some(fits));
        }
    }
}
