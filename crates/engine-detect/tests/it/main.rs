//! Integration tests of detection.
mod content;
mod correlate;
mod detections;
mod public_rules;
mod support;
