//! What the tests share: the content as production loads it, and parsing of texts.

use base_core::{Timestamp, content};
use engine_event::{Event, EventId};
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The folder of source definitions.
pub(crate) fn sources_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/sources")
}

/// The catalogue of the project's content.
pub(crate) fn catalog() -> Arc<Catalog> {
    static CATALOG: OnceLock<Arc<Catalog>> = OnceLock::new();
    Arc::clone(CATALOG.get_or_init(|| {
        let (files, unreadable) = content::read_dir(&sources_dir(), &["source.toml"]).expect("content/sources");
        assert!(unreadable.is_empty(), "{unreadable:?}");
        let (catalog, errors) = Catalog::load(&files);
        for error in &errors {
            eprintln!("{error}");
        }
        assert!(errors.is_empty(), "{} mistakes in content/sources", errors.len());
        Arc::new(catalog)
    }))
}

pub(crate) fn parser() -> Parser {
    Parser::new(catalog(), ParserOptions::default())
}

/// A fixed time of receipt, so that expectations do not age.
pub(crate) fn received() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-22T12:00:00Z").expect("time")
}

pub(crate) fn parse_bytes(parser: &mut Parser, bytes: &[u8], hint: Option<&str>) -> Event {
    let raw = Raw { bytes, received: received(), hint, peer: None, transport: Transport::File };
    parser.parse(&raw, EventId::default())
}

pub(crate) fn parse(text: &str) -> Event {
    parse_bytes(&mut parser(), text.as_bytes(), None)
}

/// Runs `work` on two threads, each with its share of `items` and a parser.
pub(crate) fn in_two<T: Sync, R: Send>(items: &[T], work: impl Fn(&mut Parser, &T) -> R + Sync) -> Vec<R> {
    let half = items.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = items
            .chunks(half)
            .map(|chunk| {
                scope.spawn(move || {
                    let mut parser = parser();
                    chunk.iter().map(|item| work(&mut parser, item)).collect::<Vec<_>>()
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().expect("thread")).collect()
    })
}
