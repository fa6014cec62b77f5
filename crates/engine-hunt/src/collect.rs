//! Takes the workers' results in order: correlates, counts, and tells the sink.

use crate::detect::{Correlating, Seen};
use crate::finding::Finding;
use crate::hunt::{Control, HuntError, HuntOptions, Looks};
use crate::output::Sink;
use crate::report::{InputTally, Report};
use crate::skip::Skip;
use crate::worker::Done;
use base_core::Clock;
use std::io;
use std::sync::Arc;

/// The one place where results meet.
pub(crate) struct Collector<'a> {
    report: Report,
    options: &'a HuntOptions,
    control: &'a Control,
    sink: &'a mut dyn Sink,
    correlating: Correlating,
    /// What is known of the input whose turn it is.
    current: InputTally,
    current_failed: bool,
    error: Option<io::Error>,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(
        report: Report,
        looks: &Looks,
        options: &'a HuntOptions,
        control: &'a Control,
        sink: &'a mut dyn Sink,
    ) -> Self {
        Self {
            report,
            options,
            control,
            sink,
            correlating: Correlating::new(looks, options),
            current: InputTally::default(),
            current_failed: false,
            error: None,
        }
    }

    /// Takes a result; `last` is the last one of its input.
    pub(crate) fn take(&mut self, input: &Arc<str>, done: Done, last: bool) {
        self.report.events.add(&done.counts);
        self.report.event_span.add(done.span.first);
        self.report.event_span.add(done.span.last);
        self.current.events += done.counts.read;
        self.current.unparsed += done.counts.unparsed;
        self.current_failed |= done.failed;
        if let Some(tally) = self.report.by_input.of(input) {
            tally.events += done.counts.read;
            tally.unparsed += done.counts.unparsed;
        }
        self.report.below_level += done.below;
        for skip in done.skips {
            self.report.skips.push(skip);
        }
        for seen in done.seen {
            self.see(seen);
        }
        if last {
            self.close(input);
        }
    }

    fn see(&mut self, seen: Seen) {
        for finding in &seen.findings {
            self.tell(finding);
        }
        if let Some(counted) = seen.observation {
            for finding in self.correlating.take(*counted) {
                self.tell(&finding);
            }
        }
    }

    fn close(&mut self, input: &Arc<str>) {
        let done = std::mem::take(&mut self.current);
        if !std::mem::take(&mut self.current_failed) {
            self.report.inputs_read += 1;
        }
        if done.events > 0 && done.unparsed == done.events {
            // Silence of the rules would otherwise pass for safety.
            self.report.skips.push(Skip::input(
                input.as_ref(),
                format!(
                    "none of its {} records is of a kind that is known; no rule was held against them",
                    done.events
                ),
                "check that it is a log, or describe its kind under content/sources",
            ));
        }
    }

    fn tell(&mut self, finding: &Finding) {
        if finding.rule.level < self.options.level {
            self.report.below_level += 1;
            return;
        }
        self.report.add(finding);
        self.control.found(1);
        if self.error.is_some() {
            return;
        }
        if let Err(e) = self.sink.finding(finding) {
            // Nothing more can be told: there is no use in searching on.
            self.error = Some(e);
            self.control.stop();
        }
    }

    /// Ends the run and tells the sink the report.
    pub(crate) fn finish(mut self, clock: &dyn Clock) -> Result<Report, HuntError> {
        while let Some(findings) = self.correlating.next() {
            for finding in findings {
                self.tell(&finding);
            }
        }
        for finding in self.correlating.end(self.report.event_span.last) {
            self.tell(&finding);
        }
        self.report.events.late = self.correlating.late();
        if let Some(e) = self.error {
            return Err(HuntError::Output(e));
        }
        // A stopped run leaves an input half read: what was read of it counts.
        self.report.inputs_read += u64::from(self.current.events > 0);
        // Standard input and growing files hold more than was known before.
        self.report.bytes = self.report.bytes.max(self.control.progress().bytes);
        self.report.stopped = self.control.stopped();
        self.report.finished = clock.now();
        self.sink.finish(&self.report).map_err(HuntError::Output)?;
        Ok(self.report)
    }
}
