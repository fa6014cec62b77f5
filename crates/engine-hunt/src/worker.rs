//! What the pool does for a hunt: reads records, parses and matches them, makes findings.

use crate::collect::Collector;
use crate::detect::{At, Matching, Seen};
use crate::hunt::{Control, HuntOptions, Looks};
use crate::input::{Input, Origin, unreadable};
use crate::pool::Job;
use crate::report::{EventCounts, Span};
use crate::skip::{Skip, SkipKind};
use base_core::{Clock, Timestamp};
use engine_event::{Event, EventId, LogSource};
use engine_parse::{Catalog, FileFormat, Limits, Parser, ParserOptions, Place, Raw, RawRecord, RecordReader, Skipped};
use std::sync::{Arc, Mutex, PoisonError};

/// Records of a batch: enough that taking turns costs nothing, few enough to spread.
const BATCH_RECORDS: usize = 512;
/// Bytes of a batch.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// Reads one input of a hunt.
pub(crate) struct Reader {
    input: usize,
    records: Option<RecordReader>,
    /// Why it could not be opened, until it was told.
    fault: Option<Skip>,
    /// Stands in for times the records lack, and tells the year of those that name none.
    received: Timestamp,
    /// First half of the events' ids.
    instance: u64,
    sequence: u64,
    consumed: u64,
}

/// Records of one input that go to one worker.
pub(crate) struct Batch {
    input: usize,
    records: Vec<RawRecord>,
    skips: Vec<Skip>,
    failed: bool,
    received: Timestamp,
    instance: u64,
    first: u64,
    bytes: u64,
}

/// What came of a batch.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) counts: EventCounts,
    pub(crate) span: Span,
    pub(crate) seen: Vec<Seen>,
    /// Detections below the level that is told.
    pub(crate) below: u64,
    pub(crate) skips: Vec<Skip>,
    /// The input could not be opened.
    pub(crate) failed: bool,
}

impl Done {
    /// Memory while it waits, roughly, in bytes.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>() + self.skips.len() * 256 + self.seen.iter().map(Seen::weight).sum::<usize>()
    }
}

/// A worker's own memory.
pub(crate) struct Scratch {
    parser: Parser,
    matching: Matching,
}

/// A hunt as the pool sees it.
pub(crate) struct HuntJob<'a> {
    catalog: &'a Arc<Catalog>,
    looks: &'a Looks,
    options: &'a HuntOptions,
    inputs: &'a [Input],
    clock: &'a dyn Clock,
    control: &'a Control,
    collector: Mutex<Collector<'a>>,
}

impl<'a> HuntJob<'a> {
    pub(crate) fn new(
        catalog: &'a Arc<Catalog>,
        looks: &'a Looks,
        options: &'a HuntOptions,
        inputs: &'a [Input],
        clock: &'a dyn Clock,
        control: &'a Control,
        collector: Collector<'a>,
    ) -> Self {
        Self { catalog, looks, options, inputs, clock, control, collector: Mutex::new(collector) }
    }

    pub(crate) fn into_collector(self) -> Collector<'a> {
        self.collector.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, input: usize) -> Arc<str> {
        self.inputs.get(input).map_or_else(|| Arc::from(""), |i| Arc::clone(&i.name))
    }

    /// Whether the event is to be looked at; one without a time of its own always is.
    fn in_range(&self, event: &Event) -> bool {
        event.marks.no_time
            || (self.options.from.is_none_or(|from| event.time >= from)
                && self.options.to.is_none_or(|to| event.time < to))
    }
}

fn skip_of(name: &str, skipped: Skipped) -> Skip {
    Skip {
        kind: SkipKind::Input,
        input: name.to_owned(),
        place: if skipped.place == Place::Whole { String::new() } else { skipped.place.to_string() },
        reason: skipped.reason,
        remedy: skipped.remedy,
        records_lost: skipped.records_lost_estimate,
    }
}

/// When the records may be taken as received. For text that is when the file was last written,
/// since syslog times lack the year; records of other formats bear whole times, which the
/// time of a copied file must not put in doubt.
fn received_at(origin: &Origin, format: FileFormat, clock: &dyn Clock) -> Timestamp {
    let (Origin::File(path), FileFormat::Text) = (origin, format) else { return clock.now() };
    let modified = std::fs::metadata(path).and_then(|m| m.modified()).ok();
    let since = modified.and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok());
    since.and_then(|d| i64::try_from(d.as_micros()).ok()).map_or_else(|| clock.now(), Timestamp::from_micros)
}

pub(crate) fn count_marks(counts: &mut EventCounts, event: &Event, known: bool) {
    counts.read += 1;
    counts.unparsed += u64::from(event.marks.unparsed || !known);
    counts.truncated += u64::from(event.marks.truncated);
    counts.no_time += u64::from(event.marks.no_time);
    counts.not_utf8 += u64::from(event.marks.not_utf8);
}

impl Job for HuntJob<'_> {
    type Reader = Reader;
    type Batch = Batch;
    type Done = Done;
    type Scratch = Scratch;

    fn inputs(&self) -> usize {
        self.inputs.len()
    }

    fn scratch(&self) -> Scratch {
        Scratch {
            parser: Parser::new(Arc::clone(self.catalog), ParserOptions::default()),
            matching: Matching::new(self.looks, self.options),
        }
    }

    fn open(&self, input: usize) -> Reader {
        let mut reader = Reader {
            input,
            records: None,
            fault: None,
            received: self.clock.now(),
            instance: 0,
            sequence: 0,
            consumed: 0,
        };
        let Some(item) = self.inputs.get(input) else { return reader };
        let limits = Limits::default();
        let opened = match &item.origin {
            Origin::Stdin => RecordReader::from_read("-", Box::new(std::io::stdin()), limits),
            Origin::File(path) => match std::fs::File::open(path) {
                Ok(file) => RecordReader::from_read(item.name.as_ref(), Box::new(file), limits),
                Err(e) => {
                    reader.fault = Some(unreadable(path, &e));
                    return reader;
                }
            },
        };
        reader.instance = blake3::hash(item.name.as_bytes())
            .as_bytes()
            .first_chunk::<8>()
            .map_or(0, |first| u64::from_be_bytes(*first));
        match opened {
            Ok(records) => {
                reader.received = received_at(&item.origin, records.format(), self.clock);
                reader.records = Some(records);
            }
            Err(e) => reader.fault = Some(skip_of(&item.name, e.into())),
        }
        reader
    }

    fn read(&self, reader: &mut Reader) -> (Batch, bool) {
        let mut batch = Batch {
            input: reader.input,
            records: Vec::new(),
            skips: Vec::new(),
            failed: reader.fault.is_some(),
            received: reader.received,
            instance: reader.instance,
            first: reader.sequence,
            bytes: 0,
        };
        batch.skips.extend(reader.fault.take());
        let name = self.name(reader.input);
        let Some(records) = reader.records.as_mut() else {
            // A file that cannot be read is done with as far as the progress bar is concerned.
            batch.bytes = self.inputs.get(reader.input).map_or(0, |i| i.size);
            return (batch, true);
        };
        let (mut size, mut last) = (0, false);
        while batch.records.len() < BATCH_RECORDS && size < BATCH_BYTES && batch.skips.len() < BATCH_RECORDS {
            match records.next() {
                Some(Ok(record)) => {
                    size += record.bytes.len();
                    if record.truncated {
                        batch.skips.push(too_long(&name, record.place));
                    }
                    batch.records.push(record);
                }
                Some(Err(skipped)) => batch.skips.push(skip_of(&name, skipped)),
                None => {
                    last = true;
                    break;
                }
            }
            if self.control.stopped() {
                break;
            }
        }
        reader.sequence += batch.records.len() as u64;
        batch.bytes = records.consumed().saturating_sub(reader.consumed);
        reader.consumed = records.consumed();
        (batch, last)
    }

    fn work(&self, scratch: &mut Scratch, batch: Batch) -> Done {
        let mut done = Done { skips: batch.skips, failed: batch.failed, ..Done::default() };
        let name = self.name(batch.input);
        let count = batch.records.len() as u64;
        for (record, sequence) in batch.records.into_iter().zip(batch.first..) {
            let (place, transport) = (record.place, record.transport);
            let raw = Raw { bytes: &[], received: batch.received, hint: None, peer: None, transport };
            let id = EventId::from_journal(batch.instance, sequence);
            let mut event = scratch.parser.parse_owned(record.bytes, &raw, id);
            event.marks.truncated |= record.truncated;
            let known = *event.logsource != LogSource::default();
            count_marks(&mut done.counts, &event, known);
            if self.in_range(&event) {
                done.span.add((!event.marks.no_time).then_some(event.time));
                // An event of no known source would meet the rules of every source: rules that
                // only say what must not be there would fire on any text. Indicators are looked
                // for in it all the same.
                let at = At { input: &name, place, position: sequence, stored: false };
                done.below += scratch.matching.look(&mut event, known, at, &mut done.seen);
            } else {
                done.counts.outside_range += 1;
            }
            scratch.parser.recycle(event);
        }
        self.control.read(batch.bytes, count);
        done
    }

    fn defect(&self, input: usize, what: &str) -> Done {
        let name = self.name(input);
        let reason = format!("{what} (a defect of this program)");
        let skip = Skip::input(name.as_ref(), reason, "report it with the file, if it may be shown");
        Done { skips: vec![skip], ..Done::default() }
    }

    fn weight(&self, done: &Done) -> usize {
        done.weight()
    }

    fn deliver(&self, input: usize, done: Done, last: bool) {
        let name = self.name(input);
        self.collector.lock().unwrap_or_else(PoisonError::into_inner).take(&name, done, last);
    }

    fn stopped(&self) -> bool {
        self.control.stopped()
    }
}

fn too_long(name: &str, place: Place) -> Skip {
    Skip {
        kind: SkipKind::Input,
        input: name.to_owned(),
        place: place.to_string(),
        reason: format!(
            "a record is longer than {} bytes; what lies beyond was not searched",
            engine_parse::files::MAX_RECORD_BYTES
        ),
        remedy: "check what wrote it; split the record if all of it matters".to_owned(),
        records_lost: None,
    }
}
