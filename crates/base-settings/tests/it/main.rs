//! Settings as a person gives them: files, variables, flags, and what is told about mistakes.
#![expect(clippy::expect_used, reason = "a test fails by panicking and speaks through its own output")]

mod given;
mod manual;
