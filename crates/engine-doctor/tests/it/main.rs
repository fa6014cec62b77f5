//! Each fault is provoked, and the finding names it.
#![expect(clippy::expect_used, reason = "a test fails by panicking and speaks through its own output")]

mod machine;
mod network;
mod texts;

use engine_doctor::Finding;

/// The codes of findings, in their order.
pub(crate) fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}
