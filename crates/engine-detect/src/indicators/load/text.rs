//! One indicator per line, as most block lists are published.

use super::{Loader, lines};
use crate::indicators::meta::Remarks;
use std::io::BufRead;

/// Addresses that begin lines of `hosts` files: the indicator is the name behind them.
const HOSTS_FILE: &[&str] = &["0.0.0.0", "127.0.0.1", "::", "::1"];

pub(super) fn read(loader: &mut Loader<'_>, input: &mut dyn BufRead) {
    let remarks = Remarks::default();
    lines::each(loader, input, |loader, number, line| {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
            return true;
        }
        // Counts and remarks follow after white space; commas too where a list has no header.
        let mut words = line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|w| !w.is_empty());
        let first = words.next().unwrap_or_default();
        let second = words.next().filter(|w| !w.starts_with('#'));
        match second {
            Some(name) if HOSTS_FILE.contains(&first) => loader.add(Some(number), name, None, &remarks),
            _ => loader.add(Some(number), first, None, &remarks),
        }
        true
    });
}
