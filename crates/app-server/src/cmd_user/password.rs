//! A password typed at the terminal without being shown, or read from standard input.

use anyhow::{Context, Result, bail};
use console::Term;
use std::io::{IsTerminal, Read};

/// Longest line read, in bytes: far beyond the longest password that is accepted.
const MAX_LINE: u64 = 4_096;

/// Reads a new password: twice where a person types it, the first line of standard input otherwise.
///
/// # Errors
/// When nothing comes, or the two differ.
pub(super) fn read() -> Result<String> {
    if !std::io::stdin().is_terminal() {
        return from_pipe(std::io::stdin().lock());
    }
    let term = Term::stderr();
    let ask = |text: &str| -> Result<String> {
        term.write_str(text).context("the terminal cannot be written to")?;
        term.read_secure_line().context("no password was typed")
    };
    let first = ask("New password: ")?;
    if ask("Again: ")? != first {
        bail!("the two passwords differ; nothing was changed");
    }
    wanted(&first)
}

fn from_pipe(input: impl Read) -> Result<String> {
    let mut text = String::new();
    input.take(MAX_LINE).read_to_string(&mut text).context("standard input is not text")?;
    wanted(text.lines().next().unwrap_or(""))
}

fn wanted(line: &str) -> Result<String> {
    if line.is_empty() {
        bail!("no password came; nothing was changed");
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_counts_with_its_blanks() {
        assert_eq!(from_pipe(" rừng đước \r\nx".as_bytes()).expect("a password"), " rừng đước ");
        for nothing in ["", "\n", "\r\nx"] {
            assert!(from_pipe(nothing.as_bytes()).is_err(), "{nothing:?}");
        }
        assert!(from_pipe([0xff, 0xfe].as_slice()).is_err());
    }
}
