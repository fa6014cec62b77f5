//! Files to compiled rules, on all cores.
//!
//! Each thread reads a share of the files and compiles their rules over tables of its own. Joined
//! in the order of the files these are the same tables as if one thread had done all of it.

use crate::condition::{Named, compile_detections};
use crate::correlation;
use crate::document::{Body, Document, Place, Reader, rule_meta};
use crate::expr::{Expr, Fields, Leaves};
use crate::fault::Fault;
use crate::item::Context;
use crate::meta::RuleMeta;
use crate::options::CompileOptions;
use crate::pipeline::{Renames, adapt_rule};
use base_core::{ContentError, ContentFile};
use rsigma_parser::{FilterRule, SigmaRule};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// A rule that is compiled but not yet part of a set.
pub(crate) struct Sketch {
    pub(crate) meta: RuleMeta,
    pub(crate) place: Place,
    pub(crate) conditions: Vec<String>,
    pub(crate) renames: Renames,
    pub(crate) compiled: Result<(Named, Expr), ContentError>,
}

/// What came of a document.
pub(crate) enum Made {
    Rule(Box<Sketch>),
    Correlation(Box<correlation::Source>),
    Filter(Box<FilterRule>, Place),
    /// A rule that could not be adapted.
    Mistake(ContentError),
}

/// What came of some files.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) made: Vec<Made>,
    /// Mistakes of reading.
    pub(crate) errors: Vec<ContentError>,
    pub(crate) fields: Fields,
    pub(crate) leaves: Leaves,
    /// YAML documents that are something else than Sigma.
    pub(crate) foreign: usize,
    /// Rules left out because of their status.
    pub(crate) skipped: usize,
}

/// Bytes of the stack of a thread: conditions are nested up to a thousand deep.
const STACK: usize = 8 << 20;

/// Reads and compiles all files; the result is in their order.
pub(crate) fn read(files: &[ContentFile], options: &CompileOptions) -> Vec<Batch> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = files.len().div_ceil(threads).max(16);
    std::thread::scope(|scope| {
        let running: Vec<_> = files.chunks(share).map(|part| start(scope, part, options)).collect();
        let joined = running.into_iter().zip(files.chunks(share)).map(|(handle, part)| match handle {
            // A defect in the YAML reader must not take the other rules with it.
            Some(handle) => handle.join().map_or_else(|_| read_each(part, options), |batch| vec![batch]),
            None => vec![read_some(part, options)],
        });
        joined.flatten().collect()
    })
}

/// A thread for some files; `None` when the system gives none.
fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    part: &'scope [ContentFile],
    options: &'scope CompileOptions,
) -> Option<ScopedJoinHandle<'scope, Batch>> {
    Builder::new().stack_size(STACK).spawn_scoped(scope, || read_some(part, options)).ok()
}

fn read_some(files: &[ContentFile], options: &CompileOptions) -> Batch {
    let mut batch = Batch::default();
    let mut reader = Reader::default();
    for file in files {
        reader.read(file);
        for Document { place, body } in reader.documents.drain(..) {
            match body {
                Body::Rule(rule) => batch.add(*rule, place, options),
                Body::Correlation(rule, written) => {
                    batch.made.push(Made::Correlation(Box::new((rule, written, place))));
                }
                Body::Filter(rule) => batch.made.push(Made::Filter(rule, place)),
            }
        }
    }
    (batch.errors, batch.foreign) = (reader.errors, reader.foreign);
    batch
}

/// Reads files one by one, so that one on which the reader breaks down is named and left out.
fn read_each(files: &[ContentFile], options: &CompileOptions) -> Vec<Batch> {
    let one = |file: &ContentFile| {
        let file = std::slice::from_ref(file);
        std::thread::scope(|scope| start(scope, file, options).and_then(|thread| thread.join().ok()))
    };
    let broken = |file: &ContentFile| {
        let fault = Fault::new("the YAML reader broke down on this file", "simplify the file, or leave it out");
        Batch { errors: vec![fault.at(&file.path, &file.text, 1)], ..Batch::default() }
    };
    files.iter().map(|file| one(file).unwrap_or_else(|| broken(file))).collect()
}

impl Batch {
    fn add(&mut self, mut rule: SigmaRule, place: Place, options: &CompileOptions) {
        let renames = match adapt_rule(&mut rule, &options.pipelines) {
            Ok(renames) => renames,
            Err(fault) => return self.made.push(Made::Mistake(place.error(fault))),
        };
        let (meta, mut detection) = rule_meta(rule, &place);
        if meta.status.is_some_and(|s| options.skip_statuses.iter().any(|skip| skip == s)) {
            self.skipped += 1;
            return;
        }
        let mut cx = Context { fields: &mut self.fields, leaves: &mut self.leaves, options };
        let compiled = compile_detections(&detection, &mut cx).map_err(|fault| place.error(fault));
        let conditions = std::mem::take(&mut detection.condition_strings);
        self.made.push(Made::Rule(Box::new(Sketch { meta, place, conditions, renames, compiled })));
    }
}
