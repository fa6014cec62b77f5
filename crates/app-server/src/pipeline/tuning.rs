//! What tuning leaves of the detections of a batch.

use area_rules::model::{Hidden, Tuning, Verdict};
use engine_detect::Detection;
use engine_event::{Event, EventId};
use std::collections::HashMap;
use std::sync::Arc;

/// Detections that go to the desk, and those a filter hid.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// For the desk.
    pub kept: Vec<Detection>,
    /// Hidden ones, to be counted on their filter.
    pub hidden: Vec<Hidden>,
}

/// Holds switches and filters against the detections. Those of a rule that is switched off are gone:
/// its hits are counted all the same.
#[must_use]
pub(super) fn judge(tuning: &Tuning, detections: Vec<Detection>, events: &HashMap<EventId, &Event>) -> Judged {
    if tuning.is_empty() {
        return Judged { kept: detections, hidden: Vec::new() };
    }
    let mut judged = Judged::default();
    for detection in detections {
        let event = detection.events.last().and_then(|id| events.get(id).copied());
        match tuning.judge(&detection, event) {
            Verdict::Kept => judged.kept.push(detection),
            Verdict::Off => {}
            Verdict::Hidden(filter) => judged.hidden.push(hidden(filter, detection)),
        }
    }
    judged
}

fn hidden(filter: Arc<str>, detection: Detection) -> Hidden {
    Hidden {
        filter,
        rule: Arc::clone(&detection.rule.id),
        event: detection.events.last().map(ToString::to_string).unwrap_or_default(),
        detection: detection.key,
        time: detection.time,
        unit: detection.unit,
        entity_kind: detection.entity.kind.as_str(),
        entity_name: detection.entity.name,
        fields: detection.summary_fields,
    }
}
